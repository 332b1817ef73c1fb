"""Building one journal entry: drafts are resolved to lines by account and dimensions, then summed.

Sides are never netted: a debit and a credit of the same account stay two lines, so that every source amount
can be found again in exactly one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from hcfin.billing.reading import Locator
from hcfin.books import Books
from hcfin.codes import table
from hcfin.finance.base import ORIGINS_KEPT, Pairs, Side, SourceRef
from hcfin.issues import PolicyText
from hcfin.money import format_amount
from hcfin.posting.draft import Destination, Draft
from hcfin.posting.memo import Memo


class LineKey(NamedTuple):
    """What makes two amounts part of the same line."""

    order: int
    role: str
    account: str
    side: Side
    party: str
    dimensions: Pairs
    tags: Pairs
    rule: tuple[str, str, int]


class Line:
    """A line of the entry while it is summed. `n` is its number, once the entry is complete."""

    __slots__ = ("amount", "count", "digest", "first", "key", "n")

    def __init__(self, key: LineKey) -> None:
        self.key = key
        self.n = 0
        self.amount = Decimal(0)
        self.count = 0
        self.first: list[SourceRef] = []
        self.digest = hashlib.sha256()

    def to_dict(self, currency: str) -> dict[str, Any]:
        """The fields of the `GlLine`."""
        key = self.key
        party = table("roles")[key.role]["party"]
        return {
            "n": self.n,
            "role": key.role,
            "account": key.account,
            "side": key.side,
            "amount": format_amount(self.amount, currency),
            "currency": currency,
            "party": {"kind": party, "token": key.party} if key.party else None,
            "dimensions": key.dimensions,
            "tags": key.tags,
            "rule": dict(zip(("id", "layer", "line"), key.rule, strict=True)),
            "origins": {
                "first": tuple(self.first),
                "count": self.count,
                "digest": self.digest.hexdigest()[:16],
            },
        }


class Unmapped(NamedTuple):
    """Why a draft cannot be booked: no account for its role, or no value for a required dimension."""

    code: str
    role: str
    name: str

    def values(self) -> dict[str, str]:
        """Values for the issue's message; all of them are the user's own policy."""
        return {"role": PolicyText(self.role), "name": PolicyText(self.name)}


class LineCase(NamedTuple):
    """All that decides the line of a draft."""

    destination: Destination
    debit: bool
    entity: str
    payer: str


def line_key(books: Books, case: LineCase) -> LineKey | Unmapped:
    """The line of a case, or why there is none."""
    destination, debit, entity, payer = case
    role = destination.role
    account = books.account(role, entity)
    if account is None:
        return Unmapped("ACCOUNT_UNMAPPED", role, role)
    fields = {"entity": entity, "payer": payer, "payer.class": books.payers[payer].payer_class}
    dimensions, missing = books.dimensions_of(role, {**fields, **destination.fields})
    if missing is not None:
        return Unmapped("DIMENSION_UNMAPPED", role, missing)
    known = table("roles")[role]
    party = payer if destination.party is None else destination.party
    return LineKey(
        order=known.line,
        role=role,
        account=account,
        side="debit" if debit else "credit",
        party=party if known["party"] == "payer" else "",
        dimensions=dimensions,
        tags=destination.tags,
        rule=(destination.rule.id, destination.rule.layer, destination.rule.line),
    )


LineKeys = Memo[LineCase, LineKey | Unmapped]
"""The keys that a run has found; those of one remittance serve the next."""


class Entry:
    """Collects resolved drafts of one entity, currency and date."""

    def __init__(self, keys: LineKeys, entity: str, payer: str, locator: Locator) -> None:
        self.locator = locator
        self.entity = entity
        self.payer = payer
        self._lines: dict[LineKey, Line] = {}
        self._resolved = Memo(partial(_line, keys, self._lines, entity, payer))

    def resolve(self, drafts: Iterable[Draft]) -> list[Line] | Unmapped:
        """The line of each draft, or why one of them cannot be booked. Books nothing yet."""
        lines = []
        for destination, amount, _, _ in drafts:
            line = self._resolved[destination, amount > 0]
            if isinstance(line, Unmapped):
                return line
            lines.append(line)
        return lines

    def add(self, drafts: Sequence[Draft], lines: Sequence[Line]) -> None:
        """Add resolved drafts to their lines."""
        for (_, amount, node, name), line in zip(drafts, lines, strict=True):
            line.amount += abs(amount)
            line.count += 1
            if line.count <= ORIGINS_KEPT:
                line.first.append(SourceRef.of(self.locator.place(node, name)))
            line.digest.update(f"{node.at}.{name};".encode())

    def lines(self) -> list[Line]:
        """The lines that hold something, numbered in the order of the chart of roles."""
        lines = [line for _, line in sorted(self._lines.items()) if line.count]
        for number, line in enumerate(lines, start=1):
            line.n = number
        return lines


def _line(
    keys: LineKeys, lines: dict[LineKey, Line], entity: str, payer: str, to: tuple[Destination, bool]
) -> Line | Unmapped:
    """The line of an entry for a destination and side; a new one where the entry has none yet."""
    key = keys[LineCase(*to, entity, payer)]
    return key if isinstance(key, Unmapped) else lines.setdefault(key, Line(key))
