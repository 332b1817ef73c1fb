"""Control totals of a remittance, and whether its claims need a closer look, kept while they go by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.findings import interest_of
from hcfin.billing.remittance import ClaimPayment
from hcfin.money import zero

_NONE = Decimal(0)
_GROUPS = frozenset({"CO", "OA", "PI", "PR"})
_REVERSAL = "22"


class Tally:
    """Control totals over the claims of one remittance. `categories` is whether adjustments without a group
    are nothing to look at again: those of FHIR have a category in its place."""

    def __init__(self, *, categories: bool = False) -> None:
        self._groups = _GROUPS | {""} if categories else _GROUPS
        self.claims = self.lines = 0
        self.charged = self.paid = _NONE
        self.interest = _NONE
        self.groups: dict[str, Decimal] = {}

    def add(self, claim: ClaimPayment) -> bool:
        """Count a claim. False where `claim_faults` or `claim_findings` may have something to say about it.

        One pass over the figures of a claim that is in order, because almost all of them are.
        """
        groups, known = self.groups, self._groups
        charged, lines = claim.charged, claim.lines
        rest = charged - claim.paid
        responsibility = _NONE
        clean = not claim.unreadable
        self.claims += 1
        self.charged += charged
        self.paid += claim.paid
        for adjustment in claim.adjustments:
            group, amount = adjustment.group, adjustment.amount
            rest -= amount
            groups[group] = groups.get(group, _NONE) + amount
            if group == "PR":
                responsibility += amount
            elif group not in known:
                clean = False
        if lines:
            self.lines += len(lines)
            for line in lines:
                due = line.charged
                charged -= due
                due -= line.paid
                for adjustment in line.adjustments:
                    group, amount = adjustment.group, adjustment.amount
                    due -= amount
                    rest -= amount
                    groups[group] = groups.get(group, _NONE) + amount
                    if group == "PR":
                        responsibility += amount
                    elif group not in known:
                        clean = False
                if due:
                    clean = False
            if charged:
                clean = False
        if claim.amounts:
            self.interest += interest_of(claim)
        if claim.status == _REVERSAL:
            return clean and not rest and claim.charged <= 0 and claim.paid <= 0
        # Where claim and lines balance and the charges agree, so do the payments.
        return clean and not rest and (claim.patient_responsibility or _NONE) == responsibility

    def to_dict(self, currency: str) -> dict[str, Any]:
        """The fields of `RemittanceTotals`."""
        nothing = zero(currency)  # at the currency's scale, also where there is no claim
        return {
            "claims": self.claims,
            "lines": self.lines,
            "charged": self.charged + nothing,
            "paid": self.paid + nothing,
            "patient_responsibility": self.groups.get("PR", nothing),
            "adjustments": tuple(sorted(self.groups.items())),
        }
