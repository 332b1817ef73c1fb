"""What posting returns: documents, issues, and where every source amount went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from hcfin.finance.base import Document, Pairs, RuleRef
from hcfin.finance.known_supply import Noted
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

    `lines` names the document lines that hold it: (document id, line number). `booked` is how much of each of
    them it is, positive on the debit side. `ref` is where the rule of an amount without a line is written, if
    it is one of the books or of a code table.
    """

    origin: Origin
    amount: Decimal
    outcome: Outcome
    rule: str
    lines: tuple[tuple[str, int], ...] = ()
    booked: tuple[Decimal, ...] = ()
    ref: RuleRef | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "origin": self.origin.to_dict(),
            "amount": f"{self.amount:f}",
            "outcome": str(self.outcome),
            "rule": self.rule,
            "lines": [list(line) for line in self.lines],
        }


class Place(NamedTuple):
    """Where money can be: an account of an entity in a period, with its role and dimensions."""

    entity: str
    period: str
    currency: str
    role: str
    account: str
    dimensions: Pairs


class Move(NamedTuple):
    """One signed amount of the source at one place; positive is a debit."""

    origin: Origin
    place: Place
    amount: Decimal
    rule: str


@dataclass(frozen=True, slots=True)
class Posting:
    """The result of `post`. `moves` are there only where several books are compared; `noted` is what known
    supply learns beside the documents."""

    documents: tuple[Document, ...] = ()
    issues: tuple[Issue, ...] = ()
    dispositions: tuple[SourceAmount, ...] = ()
    moves: tuple[Move, ...] = ()
    noted: tuple[Noted, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Posting(documents={len(self.documents)}, issues={len(self.issues)}, "
            f"dispositions={len(self.dispositions)})"
        )


def together(parts: Iterable[Posting]) -> Posting:
    """Several postings as one, in order."""
    given = tuple(parts)
    if len(given) == 1:
        return given[0]
    return Posting(
        tuple(document for part in given for document in part.documents),
        tuple(issue for part in given for issue in part.issues),
        tuple(end for part in given for end in part.dispositions),
        tuple(move for part in given for move in part.moves),
        tuple(one for part in given for one in part.noted),
    )
