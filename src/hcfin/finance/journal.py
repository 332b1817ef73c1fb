"""Journal entries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hcfin.finance.base import Document, GlLine


class JournalEntry(Document):
    """A balanced journal entry of one entity, currency and date. An unbalanced one cannot be made."""

    kind: Literal["journal_entry"] = Field(default="journal_entry", description="Kind of document.")
    gl_lines: tuple[GlLine, ...] = Field(min_length=2, description="Balanced lines.")

    @model_validator(mode="after")
    def _balanced(self) -> JournalEntry:
        self.check_lines()
        return self
