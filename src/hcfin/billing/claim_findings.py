"""The totals of a claim: its lines against its charge, and what other payers paid against both.

Rules are those of the 837 guides (X12 RFI 1115, 1294, 2499). Findings, never verdicts: nothing here changes
what is posted; severities and dispositions are data (`issues.csv`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import place
from hcfin.billing.base import Adjustment, Node
from hcfin.billing.claim import Claim, ClaimLine, ClaimSubmission, LineAdjudication, OtherPayer
from hcfin.billing.remittance import adjustment_sum
from hcfin.issues import Catalogue, Issue

_ISSUE = Catalogue.of("hcfin.billing")
_NONE = Decimal(0)


class ClaimTally:
    """Control totals over the claims of one submission, kept while they go by."""

    def __init__(self) -> None:
        self.claims = self.lines = 0
        self.charged = self.line_charges = _NONE
        self.balanced = True
        """Whether each claim charges what its lines do, as far as all of it can be read."""

    def add(self, claim: Claim) -> bool:
        """Count a claim. False where `claim_findings` may have something to say about it.

        One pass over the figures of a claim that is in order, because almost all of them are.
        """
        charges = _NONE
        clean = not claim.other_payers and claim.charged >= 0
        for line in claim.lines:
            charges += line.charged
            if line.charged < 0 or line.adjudications or (line.units is not None and line.units < 0):
                clean = False
        self.claims += 1
        self.lines += len(claim.lines)
        self.charged += claim.charged
        self.line_charges += charges
        if charges != claim.charged or claim.unreadable:
            self.balanced = clean = False
        return clean


def line_charge_sum(claim: Claim) -> Decimal:
    """Exact sum of the line charges."""
    return sum((line.charged for line in claim.lines), _NONE)


def submission_findings(submission: ClaimSubmission, version: str, standard: str) -> Iterator[Issue]:
    """Findings of the set: an old version."""
    if version.startswith("004010"):
        yield _ISSUE("VERSION_OLD", place(submission, "reference", standard))


def claim_findings(claim: Claim, standard: str) -> Iterator[Issue]:
    """Findings of one claim: line sums, signs, and the balances of every other payer that has paid or
    adjusted it. None about figures that cannot be read."""
    unreadable = frozenset(claim.unreadable)
    if not unreadable & {"charged", "lines.charged", "lines"}:
        charges = line_charge_sum(claim)
        if charges != claim.charged:
            yield _difference(
                "CLAIM_CHARGES_MISMATCH", claim, "charged", standard, expected=charges, actual=claim.charged
            )
    yield from _signs(claim, standard)
    yield from _other_payers(claim, not unreadable, standard)


def _difference(
    code: str, node: Node, field: str, standard: str, *, expected: Decimal, actual: Decimal, **values: Any
) -> Issue:
    where = place(node, field, standard)
    return _ISSUE(code, where, expected=expected, actual=actual, difference=expected - actual, **values)


def _signs(claim: Claim, standard: str) -> Iterator[Issue]:
    """A claim is corrected by replacing or voiding it, never by negative figures (RFI 2499)."""
    figures: list[tuple[Node, str, Decimal | None]] = [(claim, "charged", claim.charged)]
    for line in claim.lines:
        figures += [(line, "charged", line.charged), (line, "units", line.units)]
        figures += [(told, "paid", told.paid) for told in line.adjudications]
    for node, field, figure in figures:
        if figure is not None and figure < 0:
            yield _ISSUE("CLAIM_FIGURE_NEGATIVE", place(node, field, standard), amount=figure)


# Other payers

_Told = dict[str, list[tuple[ClaimLine, list[LineAdjudication]]]]


def _other_payers(claim: Claim, readable: bool, standard: str) -> Iterator[Issue]:
    """What does not agree between a claim, its lines, and each payer that has already said something."""
    told = _by_payer(claim)
    known = {payer.payer.id for payer in claim.other_payers}
    for name, lines in told.items():
        if name not in known:
            for _, adjudications in lines:
                for one in adjudications:
                    yield _ISSUE("COB_PAYER_UNKNOWN", place(one, "payer", standard))
    for payer in claim.other_payers if readable else ():
        # Where several have one identifier nobody knows whose the lines are; the first is taken.
        lines = told.pop(payer.payer.id, [])
        if payer.paid is not None or payer.adjustments or lines:
            yield from _payer_findings(claim, payer, lines, standard)


def _by_payer(claim: Claim) -> _Told:
    """What each payer did about which lines: SVD01 is the identifier of the payer in 2330B."""
    told: _Told = {}
    for line in claim.lines:
        for one in line.adjudications:
            lines = told.setdefault(one.payer, [])
            if not lines or lines[-1][0] is not line:
                lines.append((line, []))
            lines[-1][1].append(one)
    return told


def _payer_findings(
    claim: Claim, payer: OtherPayer, lines: list[tuple[ClaimLine, list[LineAdjudication]]], standard: str
) -> Iterator[Issue]:
    adjudications = [one for _, told in lines for one in told]
    on_claim = adjustment_sum(payer.adjustments)
    on_lines = sum((adjustment_sum(one.adjustments) for one in adjudications), _NONE)
    paid = payer.paid or _NONE
    turn = payer.sequence
    expected = claim.charged - on_claim - on_lines
    if expected != paid:
        yield _difference(
            "COB_CLAIM_UNBALANCED", payer, "sequence", standard, expected=expected, actual=paid, payer=turn
        )
    if adjudications:
        # Without lines the payer's claim adjustments explain the charge alone: there is nothing to compare.
        expected = sum((one.paid for one in adjudications), _NONE) - on_claim
        if expected != paid:
            yield _difference(
                "COB_PAID_MISMATCH", payer, "sequence", standard, expected=expected, actual=paid, payer=turn
            )
    for line, told in lines:
        explained = sum((one.paid + adjustment_sum(one.adjustments) for one in told), _NONE)
        if explained != line.charged:
            yield _difference(
                "COB_LINE_UNBALANCED",
                told[0],
                "paid",
                standard,
                expected=line.charged,
                actual=explained,
                payer=turn,
            )
    if not payer.adjustments or not adjudications:
        return
    above = _by_reason(payer.adjustments)
    below = _by_reason(adjustment for one in adjudications for adjustment in one.adjustments)
    for (group, reason), amount in above.items():
        if amount and below[group, reason] == amount:
            yield _ISSUE(
                "COB_ADJUSTED_TWICE",
                place(payer, "sequence", standard),
                group=group,
                reason=reason,
                amount=amount,
                payer=turn,
            )


def _by_reason(adjustments: Iterable[Adjustment]) -> defaultdict[tuple[str, str], Decimal]:
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for adjustment in adjustments:
        sums[adjustment.group, adjustment.reason] += adjustment.amount
    return sums
