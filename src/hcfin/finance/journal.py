"""Journal entries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hcfin.finance.base import Document, GlLine
from hcfin.model import Model


class Subject(Model):
    """The one thing that a journal entry is about, by tokens: they tell a repeat, and find what is undone."""

    account_token: str = Field(description="Token of the patient account (domain `acct`).")
    prior_token: str = Field(default="", description="Token of the account that ended in it.")
    id_token: str = Field(default="", description="Token of the sender's number (domain `charge`).")
    service_token: str = Field(default="", description="Token of what was charged on which day.")
    digest: str = Field(default="", description="Digest of what it books, without dates.")


class JournalEntry(Document):
    """A balanced journal entry of one entity, currency and date. An unbalanced one cannot be made."""

    kind: Literal["journal_entry"] = Field(default="journal_entry", description="Kind of document.")
    subject: Subject | None = Field(default=None, description="What it is about, where that is one thing.")
    gl_lines: tuple[GlLine, ...] = Field(min_length=2, description="Balanced lines.")

    @model_validator(mode="after")
    def _balanced(self) -> JournalEntry:
        self.check_lines()
        return self
