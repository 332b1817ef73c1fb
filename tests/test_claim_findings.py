"""The totals of a claim: each rule alone, both ways, with figures of claims that were built in Python."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hcfin.billing.base import Adjustment, DatedPeriod, Reference
from hcfin.billing.claim import Claim, ClaimLine, ClaimSubmission, LineAdjudication, OtherPayer
from hcfin.billing.claim_findings import ClaimTally, claim_findings, submission_findings
from hcfin.billing.party import Organization, Provider


def adjusted(amount: str, reason: str = "45", group: str = "CO") -> Adjustment:
    return Adjustment(group=group, reason=reason, amount=amount)


def payer(paid: str | None = None, *adjustments: Adjustment, name: str = "MAC") -> OtherPayer:
    return OtherPayer(sequence="P", payer=Organization(id=name), paid=paid, adjustments=adjustments)


def told(paid: str, *adjustments: Adjustment, name: str = "MAC") -> LineAdjudication:
    return LineAdjudication(payer=name, paid=paid, adjustments=adjustments)


def line(charged: str, *adjudications: LineAdjudication, units: str | None = "1") -> ClaimLine:
    return ClaimLine(charged=charged, units=units, adjudications=adjudications)


def claim(
    charged: str, *lines: ClaimLine, others: tuple[OtherPayer, ...] = (), unreadable: tuple[str, ...] = ()
) -> Claim:
    return Claim(
        submission="S",
        claim_type="professional",
        charged=charged,
        lines=lines,
        other_payers=others,
        unreadable=unreadable,
    )


def found(one: Claim) -> list[tuple[str, str]]:
    """Codes, with the difference where there is one."""
    return [(i.code, dict(i.values).get("difference", "")) for i in claim_findings(one, "x12")]


BALANCED = claim(
    "300.00",
    line("200.00", told("120.00", adjusted("50.00"), adjusted("30.00", "2", "PR"))),
    line("100.00", told("70.00", adjusted("30.00"))),
    others=(payer("190.00"), payer(name="LATER")),
)
ON_CLAIM = claim("300.00", line("300.00"), others=(payer("190.00", adjusted("110.00")),))
"""Adjudicated as a whole: 300 − 110 = 190; without lines there is no payment of lines to compare."""

BOTH_LEVELS = claim(
    "300.00",
    line("300.00", told("200.00", adjusted("100.00"))),
    others=(payer("190.00", adjusted("10.00", "253")),),
)
"""Adjudicated at both levels: 200 of the lines less 10 of the claim are 190, and 190 + 10 + 100 are 300."""


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (BALANCED, []),
        (ON_CLAIM, []),
        (claim("0.00"), []),
        (claim("100.00"), [("CLAIM_CHARGES_MISMATCH", "-100.00")]),
        (claim("100.00", line("60.00"), line("30.00")), [("CLAIM_CHARGES_MISMATCH", "-10.00")]),
        (BOTH_LEVELS, []),
        (claim("100.00", line("100.00"), others=(payer("60.00"),)), [("COB_CLAIM_UNBALANCED", "40.00")]),
        (
            claim("100.00", line("100.00", told("60.00", adjusted("40.00"))), others=(payer("50.00"),)),
            [("COB_CLAIM_UNBALANCED", "10.00"), ("COB_PAID_MISMATCH", "10.00")],
        ),
        (
            claim("100.00", line("100.00", told("60.00", adjusted("30.00"))), others=(payer("70.00"),)),
            [("COB_PAID_MISMATCH", "-10.00"), ("COB_LINE_UNBALANCED", "10.00")],
        ),
        (
            # The paid amount is missing: the payer's lines say that it has paid.
            claim("100.00", line("100.00", told("60.00", adjusted("40.00"))), others=(payer(),)),
            [("COB_CLAIM_UNBALANCED", "60.00"), ("COB_PAID_MISMATCH", "60.00")],
        ),
        (
            claim("100.00", line("100.00", told("100.00", name="NOBODY")), others=(payer(),)),
            [("COB_PAYER_UNKNOWN", "")],
        ),
        (
            # Unbundled: two adjudications of one line explain its charge together.
            claim(
                "100.00",
                line("100.00", told("50.00"), told("30.00", adjusted("20.00"))),
                others=(payer("80.00"),),
            ),
            [],
        ),
        (
            # A denied line, and the same 100.00 again at the claim, spread over two lines.
            claim(
                "100.00",
                line("60.00", told("0.00", adjusted("60.00", "96"))),
                line("40.00", told("0.00", adjusted("40.00", "96"))),
                others=(payer("0.00", adjusted("100.00", "96"), adjusted("0.00", "45")),),
            ),
            [
                ("COB_CLAIM_UNBALANCED", "-100.00"),
                ("COB_PAID_MISMATCH", "-100.00"),
                ("COB_ADJUSTED_TWICE", ""),
            ],
        ),
        (
            claim("-100.00", line("-100.00", units="-1")),
            [("CLAIM_FIGURE_NEGATIVE", "")] * 3,
        ),
        (
            claim(
                "10.00", line("10.00", told("-5.00", adjusted("15.00")), units=None), others=(payer("-5.00"),)
            ),
            [("CLAIM_FIGURE_NEGATIVE", "")],
        ),
        # What cannot be read is not compared.
        (claim("0.00", line("50.00"), unreadable=("charged",)), []),
        (claim("100.00", line("0.00"), unreadable=("lines.charged",)), []),
        (claim("100.00", line("100.00"), others=(payer("1.00"),), unreadable=("other_payers",)), []),
    ],
)
def test_totals(one: Claim, expected: list[tuple[str, str]]) -> None:
    assert found(one) == expected


@pytest.mark.parametrize(
    ("one", "clean", "balanced"),
    [
        (claim("100.00", line("60.00"), line("40.00")), True, True),
        (claim("100.00", line("60.00")), False, False),
        (claim("100.00", line("100.00"), unreadable=("other_payers",)), False, False),
        (claim("-1.00", line("-1.00")), False, True),
        (claim("1.00", line("1.00", units="-1")), False, True),
        (claim("1.00", line("1.00", units=None)), True, True),
        (BALANCED, False, True),
    ],
)
def test_the_tally_passes_only_what_has_no_finding(one: Claim, clean: bool, balanced: bool) -> None:
    tally = ClaimTally()
    assert tally.add(one) is clean
    assert tally.balanced is balanced
    assert (tally.claims, tally.charged, tally.lines) == (1, one.charged, len(one.lines))
    assert tally.line_charges == sum((part.charged for part in one.lines), Decimal(0))
    if clean:
        assert found(one) == []


def test_an_old_version_is_told() -> None:
    header = ClaimSubmission(ref="S", claim_type="dental")
    assert [issue.code for issue in submission_findings(header, "004010X097A1", "x12")] == ["VERSION_OLD"]
    assert list(submission_findings(header, "005010X224A2", "x12")) == []


def test_a_claim_tells_its_identifiers_and_days() -> None:
    day = DatedPeriod(qualifier="472", first=date(2025, 4, 1))
    other = DatedPeriod(qualifier="431", first=date(2025, 3, 1))
    one = claim("1.00", ClaimLine(charged="1.00", dates=(day,))).model_copy(
        update={"references": (Reference(qualifier="F8", value="TESTICN"),), "dates": (other,)}
    )
    assert (one.reference("F8"), one.reference("G1")) == ("TESTICN", "")
    assert list(one.service_days()) == [date(2025, 4, 1)]
    biller = Provider(role="85", id="1999999992", references=(Reference(qualifier="EI", value="999999999"),))
    assert (biller.identifiers(), Provider(role="85").identifiers()) == (("1999999992", "999999999"), ())
