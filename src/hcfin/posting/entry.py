"""Building one journal entry: drafts are resolved to lines by account and dimensions, then summed.

Sides are never netted: a debit and a credit of the same account stay two lines, so that every source amount
can be found again in exactly one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from hcfin.billing.reading import Locator
from hcfin.books import CLEARING, Books
from hcfin.codes import table
from hcfin.finance.base import ORIGINS_KEPT, GlLine, Pairs, Side, SourceRef
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
    entity: str


class Line:
    """A line of the entry while it is summed. `document` and `n` name it, once its document is made."""

    __slots__ = ("amount", "count", "digest", "document", "first", "key", "n")

    def __init__(self, key: LineKey) -> None:
        self.key = key
        self.n = 0
        self.document = ""
        self.amount = Decimal(0)
        self.count = 0
        self.first: list[SourceRef] = []
        self.digest = hashlib.sha256()

    def take(self, other: Line) -> None:
        """Add what another line holds."""
        self.amount += other.amount
        self.first = (self.first + other.first)[:ORIGINS_KEPT]
        if self.count:
            self.digest.update(other.digest.digest())
        else:
            self.digest = other.digest.copy()
        self.count += other.count

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
    header: Pairs  # fields of the remittance that a dimension of the books comes from


def line_key(books: Books, case: LineCase) -> LineKey | Unmapped:
    """The line of a case, or why there is none."""
    destination, debit, entity, payer, header = case
    role = destination.role
    account = books.account(role, entity)
    if account is None:
        return Unmapped("ACCOUNT_UNMAPPED", role, role)
    payer_class = books.payers[payer].payer_class if payer else ""
    fields = {"entity": entity, "payer": payer, "payer.class": payer_class}
    dimensions, missing = books.dimensions_of(role, {**fields, **dict(header), **destination.fields})
    if missing is not None:
        return Unmapped("DIMENSION_UNMAPPED", role, missing)
    known = table("roles")[role]
    parties = {
        "payer": payer if destination.party is None else destination.party,
        "affiliate": destination.party or "",
        "supplier": destination.party or "",
        "patient": destination.patient or "",
    }
    return LineKey(
        order=known.line,
        role=role,
        account=account,
        side="debit" if debit else "credit",
        party=parties.get(known["party"], ""),
        dimensions=dimensions,
        tags=destination.tags,
        rule=(destination.rule.id, destination.rule.layer, destination.rule.line),
        entity=entity,
    )


def key_of(booked: GlLine, entity: str) -> LineKey:
    """What makes amounts part of a line that was booked before."""
    return LineKey(
        order=table("roles")[booked.role].line,
        role=booked.role,
        account=booked.account,
        side=booked.side,
        party=booked.party.token if booked.party else "",
        dimensions=booked.dimensions,
        tags=booked.tags,
        rule=(booked.rule.id, booked.rule.layer, booked.rule.line),
        entity=entity,
    )


def mirrored(key: LineKey) -> LineKey:
    """The same on the other side."""
    return key._replace(side="credit" if key.side == "debit" else "debit")


LineKeys = Memo[LineCase, LineKey | Unmapped]
"""The keys that a run has found; those of one remittance serve the next."""


class Entry:
    """Collects resolved drafts of one currency and date: of the payee's entity, and of its affiliates."""

    def __init__(self, keys: LineKeys, entity: str, payer: str, locator: Locator, header: Pairs = ()) -> None:
        self.locator = locator
        self.entity = entity
        self.payer = payer
        self._lines: dict[LineKey, Line] = {}
        self._keys = keys
        self._header = header
        self._resolved = self._resolver()

    def _resolver(self) -> Memo[tuple[Destination, bool], Line | Unmapped]:
        return Memo(partial(_line, self._keys, self._lines, self.entity, self.payer, self._header))

    def resolve(self, drafts: Iterable[Draft]) -> list[Line] | Unmapped:
        """The line of each draft, or why one of them cannot be booked. Books nothing yet."""
        lines = []
        for destination, amount, _, _ in drafts:
            line = self._resolved[destination, amount > 0]
            if isinstance(line, Unmapped):
                return line
            lines.append(line)
        return lines

    def mirror(self, booked: GlLine) -> Line:
        """The line that takes back one that was booked before: the same on the other side."""
        return self.line(mirrored(key_of(booked, self.entity)))

    def line(self, key: LineKey) -> Line:
        """The line of a key that was made before."""
        return self._lines.setdefault(key, Line(key))

    def add(self, drafts: Sequence[Draft], lines: Sequence[Line]) -> None:
        """Add resolved drafts to their lines."""
        for (_, amount, node, name), line in zip(drafts, lines, strict=True):
            line.amount += abs(amount)
            line.count += 1
            if line.count <= ORIGINS_KEPT:
                line.first.append(SourceRef.of(self.locator.place(node, name)))
            line.digest.update(f"{node.at}.{name};".encode())

    def hold(self, place: Destination, receipt: Entry | None) -> dict[LineKey, tuple[Line, Line]] | Unmapped:
        """Keep what went through clearing, here and in a receipt, now against one place; drop all else.

        Each clearing line with its counterpart, by its key; or why there is none. The receipt holds nothing
        any more.
        """
        booked = [*self._clearing(), *(receipt._clearing() if receipt else ())]
        for entry in (self, receipt) if receipt else (self,):
            entry._lines.clear()
            entry._resolved = entry._resolver()
        found: dict[LineKey, tuple[Line, Line]] = {}
        for line in booked:
            own = self._lines.setdefault(line.key, Line(line.key))
            there = replace(place, entity=line.key.entity)
            other = self._resolved[there, line.key.side == "credit"]
            if isinstance(other, Unmapped):
                return other
            own.take(line)
            other.take(line)
            found[line.key] = own, other
        return found

    def _clearing(self) -> list[Line]:
        return [line for _, line in sorted(self._lines.items()) if line.key.role == CLEARING and line.count]

    def lines(self) -> dict[str, list[Line]]:
        """The lines that hold something by entity, the payee's first, numbered in the order of the chart of
        roles."""
        found: dict[str, list[Line]] = {}
        for key, line in sorted(self._lines.items()):
            if line.count:
                lines = found.setdefault(key.entity, [])
                lines.append(line)
                line.n = len(lines)
        return dict(sorted(found.items(), key=lambda item: (item[0] != self.entity, item[0])))


def _line(
    keys: LineKeys,
    lines: dict[LineKey, Line],
    entity: str,
    payer: str,
    header: Pairs,
    to: tuple[Destination, bool],
) -> Line | Unmapped:
    """The line of an entry for a destination and side; a new one where the entry has none yet."""
    key = keys[LineCase(*to, to[0].entity or entity, payer, header)]
    return key if isinstance(key, Unmapped) else lines.setdefault(key, Line(key))
