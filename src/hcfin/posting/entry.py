"""Building one journal entry: drafts are resolved to accounts and dimensions, then summed into lines.

Sides are never netted: a debit and a credit of the same account stay two lines, so that every source amount
can be found again in exactly one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from hcfin.billing.reading import Locator
from hcfin.books import Books
from hcfin.codes import table
from hcfin.finance.base import ORIGINS_KEPT, Pairs, RuleRef, Side
from hcfin.issues import PolicyText
from hcfin.model import Model
from hcfin.money import format_amount

Fields = Mapping[str, str]
"""Fields that dimensions may come from, by selector."""

_NO_FIELDS: Fields = MappingProxyType({})


class Draft(NamedTuple):
    """One amount on its way into an entry. Positive is a debit. `node.field` is where it came from."""

    role: str
    amount: Decimal
    rule: RuleRef
    node: Model
    field: str
    tags: Pairs = ()
    fields: Fields = _NO_FIELDS
    party: str | None = None  # None: the payer of the remittance


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


class Unmapped(NamedTuple):
    """Why a draft cannot be booked: no account for its role, or no value for a required dimension."""

    code: str
    role: str
    name: str

    def values(self) -> dict[str, str]:
        """Values for the issue's message; all of them are the user's own policy."""
        return {"role": PolicyText(self.role), "name": PolicyText(self.name)}


@dataclass(slots=True)
class _Sum:
    amount: Decimal = Decimal(0)
    count: int = 0
    first: list[dict[str, object]] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)


class Entry:
    """Collects resolved drafts of one entity, currency and date."""

    def __init__(self, books: Books, entity: str, payer: str, currency: str, locator: Locator) -> None:
        self.locator = locator
        self.books = books
        self.entity = entity
        self.payer = payer
        self.currency = currency
        self.selectors = books.selectors
        self.sums: dict[LineKey, _Sum] = {}
        self._keys: dict[Any, LineKey | Unmapped] = {}

    def resolve(self, drafts: Sequence[Draft]) -> list[LineKey] | Unmapped:
        """The line of each draft, or why one of them cannot be booked. Books nothing yet."""
        keys = []
        for draft in drafts:
            key = self._key(draft)
            if isinstance(key, Unmapped):
                return key
            keys.append(key)
        return keys

    def add(self, draft: Draft, key: LineKey) -> None:
        """Add a resolved draft to its line."""
        total = self.sums.get(key)
        if total is None:
            total = self.sums[key] = _Sum()
        total.amount += abs(draft.amount)
        total.count += 1
        if total.count <= ORIGINS_KEPT:
            total.first.append(self.locator.place(draft.node, draft.field).to_dict())
        total.digest.update(f"{getattr(draft.node, 'at', 0)}.{draft.field};".encode())

    def lines(self) -> tuple[list[dict[str, Any]], dict[LineKey, int]]:
        """The lines as plain data, in the order of the chart of roles, and the number of each."""
        numbers, lines = {}, []
        for n, key in enumerate(sorted(self.sums), start=1):
            total = self.sums[key]
            numbers[key] = n
            party = table("roles")[key.role]["party"]
            lines.append(
                {
                    "n": n,
                    "role": key.role,
                    "account": key.account,
                    "side": key.side,
                    "amount": format_amount(total.amount, self.currency),
                    "currency": self.currency,
                    "party": {"kind": party, "token": key.party} if key.party else None,
                    "dimensions": key.dimensions,
                    "tags": key.tags,
                    "rule": dict(zip(("id", "layer", "line"), key.rule, strict=True)),
                    "origins": {
                        "first": tuple(total.first),
                        "count": total.count,
                        "digest": total.digest.hexdigest()[:16],
                    },
                }
            )
        return lines, numbers

    def _key(self, draft: Draft) -> LineKey | Unmapped:
        side: Side = "debit" if draft.amount > 0 else "credit"
        rule, fields = draft.rule, draft.fields
        seen = tuple([fields.get(selector) for selector in self.selectors])
        cached = (draft.role, side, rule.id, rule.layer, rule.line, draft.tags, draft.party, seen)
        if cached not in self._keys:
            self._keys[cached] = self._made(draft, side)
        return self._keys[cached]

    def _made(self, draft: Draft, side: Side) -> LineKey | Unmapped:
        role = draft.role
        account = self.books.account(role, self.entity)
        if account is None:
            return Unmapped("ACCOUNT_UNMAPPED", role, role)
        dimensions, missing = self.books.dimensions_of(role, draft.fields)
        if missing is not None:
            return Unmapped("DIMENSION_UNMAPPED", role, missing)
        rule = (draft.rule.id, draft.rule.layer, draft.rule.line)
        payer = self.payer if draft.party is None else draft.party
        party = payer if table("roles")[role]["party"] == "payer" else ""
        order = table("roles")[role].line
        return LineKey(order, role, account, side, party, dimensions, draft.tags, rule)
