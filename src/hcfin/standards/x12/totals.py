"""Control totals of an 835, kept while its claims go by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.findings import interest_of
from hcfin.billing.remittance import ClaimPayment
from hcfin.money import zero

_NONE = Decimal(0)


class Totals:
    """Control totals, kept while claims go by."""

    def __init__(self) -> None:
        self.claims = self.lines = 0
        self.charged = self.paid = Decimal(0)
        self.interest = Decimal(0)
        self.groups: dict[str, Decimal] = {}

    def add(self, claim: ClaimPayment) -> None:
        self.claims += 1
        self.lines += len(claim.lines)
        self.charged += claim.charged
        self.paid += claim.paid
        if claim.amounts:
            self.interest += interest_of(claim)
        for adjustment, _ in claim.all_adjustments():
            self.groups[adjustment.group] = self.groups.get(adjustment.group, _NONE) + adjustment.amount

    def to_dict(self, currency: str) -> dict[str, Any]:
        nothing = zero(currency)  # at the currency's scale, also where there is no claim
        return {
            "claims": self.claims,
            "lines": self.lines,
            "charged": self.charged + nothing,
            "paid": self.paid + nothing,
            "patient_responsibility": self.groups.get("PR", nothing),
            "adjustments": tuple(sorted(self.groups.items())),
        }
