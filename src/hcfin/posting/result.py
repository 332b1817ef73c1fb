"""What posting returns: documents, issues, and where every source amount went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hcfin.finance.base import Document
from hcfin.issues import Issue
from hcfin.origin import Origin


class Outcome(StrEnum):
    """Where a source amount ended."""

    POSTED = "posted"
    INFORMATIONAL = "informational"
    KEPT_OPEN = "kept_open"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SourceAmount:
    """One money amount of the source and its one end. `rule` says why, also where nothing was posted.

    `lines` names the document lines that hold it: (document id, line number).
    """

    origin: Origin
    amount: Decimal
    outcome: Outcome
    rule: str
    lines: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "origin": self.origin.to_dict(),
            "amount": f"{self.amount:f}",
            "outcome": str(self.outcome),
            "rule": self.rule,
            "lines": [list(line) for line in self.lines],
        }


@dataclass(frozen=True, slots=True)
class Posting:
    """The result of `post`."""

    documents: tuple[Document, ...] = ()
    issues: tuple[Issue, ...] = ()
    dispositions: tuple[SourceAmount, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Posting(documents={len(self.documents)}, issues={len(self.issues)}, "
            f"dispositions={len(self.dispositions)})"
        )
