"""Journal entries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hcfin.finance.base import Document, GlLine


class JournalEntry(Document):
    """A balanced journal entry of one entity, currency and date. An unbalanced one cannot be made."""

    kind: Literal["journal_entry"] = Field(default="journal_entry", description="Kind of document.")
    gl_lines: tuple[GlLine, ...] = Field(min_length=2, description="Balanced lines.")

    @model_validator(mode="after")
    def _balanced(self) -> JournalEntry:
        sums = self.totals()
        if sums["debit"] != sums["credit"]:
            raise PydanticCustomError("unbalanced", "Debits and credits differ")
        if any(line.currency != self.currency for line in self.gl_lines):
            raise PydanticCustomError("currency", "A line has another currency than its entry")
        if [line.n for line in self.gl_lines] != list(range(1, len(self.gl_lines) + 1)):
            raise PydanticCustomError("numbering", "Lines are not numbered from 1")
        return self
