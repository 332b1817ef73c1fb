"""What completes a balance: amounts of which only arithmetic says that they are adjustments.

A payer's own category that nobody knows may be told beside the balance or be a part of it; so may the
liability of a member, whose parts are often told, too. Where the charge less everything known is not the
payment, and the difference is exactly theirs, they are adjustments. Else they are told, as all else is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hcfin.billing.base import Adjustment
from hcfin.standards.fhir.adjudication import LIABILITY, TOLD, Figures


def complete(figures: Figures, charged: Decimal, paid: Decimal) -> None:
    """Make adjustments of what completes the balance of a line or header."""
    if not figures.told:
        return
    rest = charged - paid - sum((one.amount for one in figures.adjustments), Decimal(0))
    if not rest:
        return
    kinds: tuple[Callable[[str], bool], ...] = (lambda name: name == LIABILITY, _unknown)
    for belongs in kinds:
        found = [one for one in figures.told if belongs(one.qualifier)]
        if found and sum((one.amount for one in found), Decimal(0)) == rest:
            figures.adjustments += [
                Adjustment(at=one.at, group="", reason=one.qualifier, amount=one.amount) for one in found
            ]
            figures.told = [one for one in figures.told if not belongs(one.qualifier)]
            return


def _unknown(name: str) -> bool:
    return name != LIABILITY and name not in TOLD
