"""Figures of cases: what was charged, allowed and paid, what the supplies cost, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.money import format_amount

GAPS = {
    "account_missing": "Nothing tells the account of the case, and so neither charges nor payments.",
    "cost_unknown": "The cost of a use is not known: its item is not, or its use is not booked.",
    "no_answer": "No payer has answered a claim yet.",
    "no_charge": "Nothing is charged.",
    "several_cases": "Several cases share an account: their claims cannot be told apart.",
}
"""What is missing from the figures of a case, and what it means."""


@dataclass(frozen=True, slots=True)
class CaseMargin:
    """Figures of a case in one currency, by the token of the case; without one, of all that is of no case.

    `charge` is what is booked as gross revenue. `allowed` is what first payers allow, `paid` what payers
    paid, `patient_paid` what the patient did. `booked_cost` is the expense that the journals hold for
    supplies of the case; `arrival_cost` is that of items that were an expense when they arrived, at the
    cost of the master data: a statistic, booked long ago and not for the case.
    """

    cases: tuple[str, ...]
    currency: str
    charge: Decimal
    allowed: Decimal
    paid: Decimal
    patient_paid: Decimal
    booked_cost: Decimal
    arrival_cost: Decimal
    answered: bool
    gaps: tuple[str, ...]

    @property
    def supply_cost(self) -> Decimal:
        """What the supplies cost."""
        return self.booked_cost + self.arrival_cost

    @property
    def margin(self) -> Decimal | None:
        """What payers allow, less the supplies; None where none has answered."""
        return self.allowed - self.supply_cost if self.answered else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text. It names nobody: cases are tokens."""
        return {
            "kind": "case_margin" if self.cases else "no_case",
            "cases": list(self.cases),
            "currency": self.currency,
            **{name: self.text(getattr(self, name)) for name in MEASURES},
            "supply_cost": self.text(self.supply_cost),
            "margin": None if self.margin is None else self.text(self.margin),
            "gaps": list(self.gaps),
        }

    def text(self, amount: Decimal) -> str:
        """An amount at the scale of the currency."""
        return format_amount(amount, self.currency)


MEASURES = ("charge", "allowed", "paid", "patient_paid", "booked_cost", "arrival_cost")
"""The figures that add up over all cases."""


@dataclass(frozen=True, slots=True)
class CaseMargins:
    """Cases with their figures, and what is of no case. All of them together are what the ledger holds."""

    cases: tuple[CaseMargin, ...] = ()
    elsewhere: tuple[CaseMargin, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing from any case."""
        return not any(one.gaps for one in self.cases)

    def to_dicts(self) -> Iterator[dict[str, Any]]:
        """Everything as JSON-ready rows with `kind` case_margin and no_case."""
        yield from (one.to_dict() for one in (*self.cases, *self.elsewhere))
