"""The roll-forward of receivables: opening, what moved them and why, closing; to the cent.

Strategy: a document balances, so its receivables move by exactly what its other lines hold. Those say why:
gross revenue is a charge, a deduction is an adjustment, money of claims through clearing is a payment or a
takeback. What is left names its role.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.finance.base import Document, GlLine
from hcfin.finance.known import RECEIVABLES
from hcfin.money import format_amount, zero
from hcfin.reconcile.booked import CLEARING, Scope, booking, passing, signed, statement

Bucket = tuple[str, str]
"""A role and the status of the receivable; the status of one that is simply open is empty."""


@dataclass(frozen=True, slots=True)
class RollForward:
    """Receivables of one entity and currency. `adjustments` and `other` are by role, `buckets` by role and
    status; `adjustments` reduce the receivable, `other` is signed as it changes it."""

    entity: str
    currency: str
    opening: Decimal
    charges: Decimal
    charge_credits: Decimal
    payments: Decimal
    takebacks: Decimal
    adjustments: tuple[tuple[str, Decimal], ...]
    other: tuple[tuple[str, Decimal], ...]
    closing: Decimal
    buckets: tuple[tuple[Bucket, Decimal], ...]

    @property
    def foots(self) -> bool:
        """Whether opening and movements are the closing balance, and the buckets make it up."""
        moved = self.charges - self.charge_credits - self.payments + self.takebacks
        moved += sum((amount for _, amount in self.other), Decimal(0))
        moved -= sum((amount for _, amount in self.adjustments), Decimal(0))
        made_of = sum((amount for _, amount in self.buckets), Decimal(0))
        return self.opening + moved == self.closing == made_of

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text."""

        def text(amount: Decimal) -> str:
            return format_amount(amount, self.currency)

        return {
            "entity": self.entity,
            "currency": self.currency,
            "opening": text(self.opening),
            "charges": text(self.charges),
            "charge_credits": text(self.charge_credits),
            "payments": text(self.payments),
            "takebacks": text(self.takebacks),
            "adjustments": {role: text(amount) for role, amount in self.adjustments},
            "other": {role: text(amount) for role, amount in self.other},
            "closing": text(self.closing),
            "buckets": [
                {"role": role, "status": status, "amount": text(amount)}
                for (role, status), amount in self.buckets
            ],
            "foots": self.foots,
        }


def roll_forward(
    documents: Iterable[Document], opening: Iterable[RollForward] = ()
) -> tuple[RollForward, ...]:
    """The roll-forward of each entity and currency, from the closing balances of an earlier one.

    Takes any documents that book receivables: remittances, and the charges that your billing books. The order
    does not matter. Memo documents book nothing and do not count; a document that comes twice counts once.
    """
    scopes: dict[Scope, _Movement] = {}
    for before in opening:
        movement = scopes.setdefault(Scope(before.entity, before.currency), _Movement())
        for bucket, amount in before.buckets:
            movement.opening += amount
            movement.buckets[bucket] += amount
    for scope, lines in booking(documents):
        scopes.setdefault(scope, _Movement()).take(lines)
    return tuple(scopes[scope].result(scope) for scope in sorted(scopes))


class _Movement:
    """Sums while documents are taken."""

    def __init__(self) -> None:
        self.opening = Decimal(0)
        self.sums: dict[str, Decimal] = defaultdict(Decimal)
        self.adjustments: dict[str, Decimal] = defaultdict(Decimal)
        self.other: dict[str, Decimal] = defaultdict(Decimal)
        self.buckets: dict[Bucket, Decimal] = defaultdict(Decimal)

    def take(self, lines: tuple[GlLine, ...]) -> None:
        """Take the lines of one document."""
        rules = passing(lines)
        for line in lines:
            if line.rule.id in rules:
                continue
            amount, debit = signed(line), line.side == "debit"
            if line.role in RECEIVABLES:
                self.buckets[line.role, dict(line.tags).get("ar_status", "")] += amount
            elif line.role == "revenue.gross":
                self.sums["charge_credits" if debit else "charges"] += line.amount
            elif statement(line.role) == "deduction":
                self.adjustments[line.role] += amount
            elif line.role == CLEARING:
                self.sums["payments" if debit else "takebacks"] += line.amount
            else:
                self.other[line.role] -= amount

    def result(self, scope: Scope) -> RollForward:
        """The figures of a scope."""
        nothing = zero(scope.currency)
        return RollForward(
            entity=scope.entity,
            currency=scope.currency,
            opening=self.opening + nothing,
            charges=self.sums["charges"] + nothing,
            charge_credits=self.sums["charge_credits"] + nothing,
            payments=self.sums["payments"] + nothing,
            takebacks=self.sums["takebacks"] + nothing,
            adjustments=tuple(sorted(self.adjustments.items())),
            other=tuple(sorted((role, amount) for role, amount in self.other.items() if amount)),
            closing=sum(self.buckets.values(), nothing),
            buckets=tuple(sorted(self.buckets.items())),
        )
