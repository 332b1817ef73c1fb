"""What a remittance says that its guide does not allow, beyond the three balances. Findings, never verdicts:
nothing here changes what is posted; severities and dispositions are data (`issues.csv`)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hcfin.billing.balance import place
from hcfin.billing.remittance import ClaimPayment, Remittance, adjustment_sum
from hcfin.issues import Catalogue, Issue

_ISSUE = Catalogue.of("hcfin.billing")
_REVERSAL = "22"
_INTEREST = "L6"
_NONE = Decimal(0)


def claim_findings(claim: ClaimPayment, version: str, standard: str) -> Iterator[Issue]:
    """Findings of one claim: patient responsibility, line sums, the shape of a reversal, group codes."""
    if claim.unreadable:
        return
    responsibility = _NONE
    old_group = None
    for adjustment, _ in claim.all_adjustments():
        if adjustment.group == "PR":
            responsibility += adjustment.amount
        elif adjustment.group == "CR":
            old_group = old_group or adjustment
    stated = claim.patient_responsibility or _NONE
    # A reversal does not report it (X12 RFI 2548).
    if claim.status != _REVERSAL and stated != responsibility:
        yield _ISSUE(
            "CLP05_MISMATCH",
            place(claim, "patient_responsibility", standard),
            expected=responsibility,
            actual=stated,
            difference=responsibility - stated,
        )
    if claim.lines:
        yield from _line_sums(claim, standard)
    if claim.status == _REVERSAL and (claim.charged > 0 or claim.paid > 0):
        yield _ISSUE("REVERSAL_SHAPE", place(claim, "charged", standard))
    if old_group is not None and version.startswith("005010"):
        yield _ISSUE("GROUP_NOT_IN_VERSION", place(old_group, "group", standard), group="CR")


def _line_sums(claim: ClaimPayment, standard: str) -> Iterator[Issue]:
    charged = paid = _NONE
    for line in claim.lines:
        charged += line.charged
        paid += line.paid
    paid -= adjustment_sum(claim.adjustments)
    for code, field, expected, actual in (
        ("LINE_CHARGES_MISMATCH", "charged", charged, claim.charged),
        ("LINE_PAYMENTS_MISMATCH", "paid", paid, claim.paid),
    ):
        if expected != actual:
            yield _ISSUE(
                code,
                place(claim, field, standard),
                expected=expected,
                actual=actual,
                difference=expected - actual,
            )


def interest_of(claim: ClaimPayment) -> Decimal:
    """Interest that a claim tells of (AMT*I); the money itself is a provider adjustment L6."""
    return sum((told.amount for told in claim.amounts if told.qualifier == "I"), _NONE)


def remittance_findings(remittance: Remittance, interest: Decimal, standard: str) -> Iterator[Issue]:
    """Findings of the set: how it pays, interest told against interest paid, provider adjustments of zero."""
    payment = remittance.payment
    silent = remittance.method == "NON"
    if payment < 0:
        yield _ISSUE("PAYMENT_NEGATIVE", place(remittance, "payment", standard), amount=payment)
    elif (remittance.handling == "H") != silent or (silent and payment):
        yield _ISSUE(
            "PAYMENT_CONFLICT",
            place(remittance, "method", standard),
            handling=remittance.handling,
            method=remittance.method,
            amount=payment,
        )
    paid_interest = _NONE
    for adjustment in remittance.provider_adjustments:
        if adjustment.code == _INTEREST:
            paid_interest -= adjustment.amount
        if not adjustment.amount:
            yield _ISSUE("PLB_ZERO", place(adjustment, "amount", standard), code=adjustment.code)
    if interest != paid_interest:
        yield _ISSUE(
            "INTEREST_MISMATCH",
            place(remittance, "payment", standard),
            expected=interest,
            actual=paid_interest,
            difference=interest - paid_interest,
        )
    if remittance.version.startswith("004010"):
        yield _ISSUE("VERSION_OLD", place(remittance, "payment", standard))
