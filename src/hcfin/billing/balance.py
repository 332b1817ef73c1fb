"""The three balances of a remittance: service line, claim, transaction. Exact, no tolerance.

Readers and posting use the same functions, so they cannot disagree about what balances.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hcfin.billing.base import element_of
from hcfin.billing.remittance import ClaimPayment, Remittance, ServicePayment, adjustment_sum
from hcfin.issues import Catalogue, Issue
from hcfin.model import Model
from hcfin.origin import Origin

_ISSUE = Catalogue.of("hcfin.billing")


def line_expected(line: ServicePayment) -> Decimal:
    """What a line should pay: charge less its adjustments (005010X221A1 §1.10.2)."""
    return line.charged - adjustment_sum(line.adjustments)


def claim_expected(claim: ClaimPayment) -> Decimal:
    """What a claim should pay: charge less claim and line adjustments."""
    return claim.charged - sum((adjustment.amount for adjustment, _ in claim.all_adjustments()), Decimal(0))


def claim_balances(claim: ClaimPayment) -> bool:
    """Whether `claim_faults` has nothing to say about a claim whose figures can be read; faster."""
    rest = claim.charged - claim.paid
    for adjustment in claim.adjustments:
        rest -= adjustment.amount
    for line in claim.lines:
        due = line.charged - line.paid
        for adjustment in line.adjustments:
            due -= adjustment.amount
            rest -= adjustment.amount
        if due:
            return False
    return not rest


def claim_faults(claim: ClaimPayment, standard: str) -> Iterator[Issue]:
    """Issues of a claim whose lines or total do not balance; none where its figures cannot be read."""
    if set(claim.unreadable) - {"status"}:
        return
    for number, line in enumerate(claim.lines, start=1):
        expected = line_expected(line)
        if expected != line.paid:
            yield _ISSUE(
                "REMIT_UNBALANCED_LINE",
                place(line, "paid", standard),
                line=number,
                expected=expected,
                actual=line.paid,
                difference=expected - line.paid,
            )
    expected = claim_expected(claim)
    if expected != claim.paid:
        yield _ISSUE(
            "REMIT_UNBALANCED_CLAIM",
            place(claim, "paid", standard),
            expected=expected,
            actual=claim.paid,
            difference=expected - claim.paid,
        )


def remittance_faults(remittance: Remittance, paid: Decimal, standard: str) -> Iterator[Issue]:
    """The issue of a remittance whose payment is not the claims' payments less provider adjustments; none
    where its figures cannot be read."""
    if remittance.unreadable:
        return
    expected = paid - remittance.provider_adjustment_total()
    if expected != remittance.payment:
        yield _ISSUE(
            "REMIT_UNBALANCED_TRANSACTION",
            place(remittance, "payment", standard),
            expected=expected,
            actual=remittance.payment,
            difference=expected - remittance.payment,
        )


def place(node: Model, field: str, standard: str) -> Origin:
    """Where a field stands, as far as the fact itself knows."""
    element = element_of(node, field, standard)
    segment = type(node).__name__
    if element != field:
        named = element.partition("-")[0]
        segment = named if standard == "hl7v2" else named[:-2]
    return Origin(standard=standard, at=getattr(node, "at", 0), segment=segment, element=element)
