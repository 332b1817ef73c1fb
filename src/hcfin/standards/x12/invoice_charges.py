"""Charges, allowances and taxes of an invoice: SAC and TXI, at lines and for the whole.

What is said for the whole may be the sum of what its lines say; where it is, it counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.base import InformationalAmount
from hcfin.model import trusted
from hcfin.money import zero

FREIGHT, TAX, OTHER = "freight", "tax", "other"
# How an allowance or charge is handled (SAC12) that is not on the invoice: by another paper, by the vendor.
_ELSEWHERE = frozenset({"01", "03", "05", "09", "10", "11", "12"})


class Charge(NamedTuple):
    """An amount on top of the lines; an allowance is negative. `on_invoice` where the total holds it."""

    at: int
    kind: str
    code: str
    amount: Decimal
    of_line: bool
    on_invoice: bool = True


def handled_elsewhere(method: str) -> bool:
    """Whether an allowance or charge that is handled so is not in the total of the invoice."""
    return method in _ELSEWHERE


def counted(charges: Iterable[Charge]) -> list[Charge]:
    """The charges that the total holds: those of lines are left out where one for the whole repeats them."""
    told = [charge for charge in charges if charge.on_invoice]
    by_code: dict[tuple[str, str], dict[bool, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for charge in told:
        by_code[charge.kind, charge.code][charge.of_line] += charge.amount
    repeated = {key for key, sums in by_code.items() if len(sums) == 2 and sums[True] == sums[False]}
    return [one for one in told if not one.of_line or (one.kind, one.code) not in repeated]


def summed(charges: Iterable[Charge], currency: str) -> dict[str, Decimal]:
    """Freight, tax and other charges, each summed."""
    sums = dict.fromkeys((FREIGHT, TAX, OTHER), zero(currency))
    for charge in charges:
        sums[charge.kind] += charge.amount
    return sums


def described(charges: Iterable[Charge]) -> tuple[InformationalAmount, ...]:
    """What the further charges are, in their order."""
    return tuple(
        trusted(InformationalAmount, {"at": one.at, "qualifier": one.code, "amount": one.amount})
        for one in charges
        if one.kind == OTHER
    )
