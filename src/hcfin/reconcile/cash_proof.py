"""The cash proof of remittances: the cash that they announce is the money of their claims and the rest that
passed through clearing, which ends at zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.finance.base import Document, GlLine
from hcfin.money import format_amount, zero
from hcfin.reconcile.booked import CLEARING, Scope, booking, passing, signed


@dataclass(frozen=True, slots=True)
class CashProof:
    """Cash of one entity and currency. `cash` is by role; `other` is by role what it is besides money of
    claims, signed as it changes the cash; `clearing` is what is left there."""

    entity: str
    currency: str
    cash: tuple[tuple[str, Decimal], ...]
    claims: Decimal
    other: tuple[tuple[str, Decimal], ...]
    clearing: Decimal

    @property
    def total(self) -> Decimal:
        """All cash."""
        return sum((amount for _, amount in self.cash), zero(self.currency))

    @property
    def holds(self) -> bool:
        """Whether the cash is explained to the cent, and clearing is at zero."""
        return self.total == self.claims + sum(amount for _, amount in self.other) and not self.clearing

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text."""

        def text(amount: Decimal) -> str:
            return format_amount(amount, self.currency)

        return {
            "entity": self.entity,
            "currency": self.currency,
            "cash": {role: text(amount) for role, amount in self.cash},
            "total": text(self.total),
            "claims": text(self.claims),
            "other": {role: text(amount) for role, amount in self.other},
            "clearing": text(self.clearing),
            "holds": self.holds,
        }


def cash_proof(documents: Iterable[Document]) -> tuple[CashProof, ...]:
    """The cash proof of each entity and currency, over the documents that book through clearing.

    A document that comes twice counts once; the order does not matter.
    """
    scopes: dict[Scope, _Cash] = {}
    for scope, lines in booking(documents):
        if any(line.role == CLEARING for line in lines):
            scopes.setdefault(scope, _Cash()).take(lines)
    return tuple(scopes[scope].result(scope) for scope in sorted(scopes))


class _Cash:
    """Sums while documents are taken."""

    def __init__(self) -> None:
        self.cash: dict[str, Decimal] = defaultdict(Decimal)
        self.other: dict[str, Decimal] = defaultdict(Decimal)
        self.claims = Decimal(0)
        self.clearing = Decimal(0)

    def take(self, lines: tuple[GlLine, ...]) -> None:
        """Take the lines of one document."""
        rules = passing(lines)
        for line in lines:
            amount = signed(line)
            if line.role == CLEARING:
                self.clearing += amount
                if line.rule.id not in rules:
                    self.claims += amount
            elif line.role.startswith("cash."):
                self.cash[line.role] += amount
            elif line.rule.id in rules:
                self.other[line.role] -= amount

    def result(self, scope: Scope) -> CashProof:
        """The figures of a scope."""
        nothing = zero(scope.currency)
        return CashProof(
            entity=scope.entity,
            currency=scope.currency,
            cash=tuple(sorted(self.cash.items())),
            claims=self.claims + nothing,
            other=tuple(sorted(self.other.items())),
            clearing=self.clearing + nothing,
        )
