"""Thirty-two small 835s as payers send them: what is read, to the cent, and what is told, to the code.

The same files are the rows of docs/robustness.md, where other readers stand beside ours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

import hcfin
from hcfin.billing.reading import Reading
from hcfin.testing import robustness_cases
from hcfin.testing.robustness import Fault, RobustnessCase

CASES = {case.name: case for case in robustness_cases()}


class Told(NamedTuple):
    """What a file says: claims, sums of charges and of payments, BPR02 of all sets; and the issues."""

    claims: int
    charged: str
    paid: str
    payment: str
    issues: tuple[str, ...] = ()


_BASE = (2, "550.50", "372.25", "372.25")
# Written by hand, beside what the cases say of themselves: two ways to the same figures.
TOLD = {
    "clean": Told(*_BASE),
    "line_feed": Told(*_BASE),
    "carriage_return": Told(*_BASE),
    "newline_ends": Told(*_BASE),
    "wrapped": Told(*_BASE, ("SEGMENT_WRAPPED",)),
    "byte_order_mark": Told(*_BASE),
    "leading_blanks": Told(*_BASE),
    "unpadded_isa": Told(*_BASE),
    "two_interchanges": Told(4, "1101.00", "744.50", "744.50"),
    "two_groups": Told(*_BASE),
    "two_sets": Told(*_BASE),
    "no_last_terminator": Told(*_BASE, ("TERMINATOR_MISSING",)),
    "truncated": Told(*_BASE, ("TRAILER_MISSING", "TRAILER_MISSING", "TRAILER_MISSING")),
    "wrong_count": Told(*_BASE, ("COUNT_WRONG",)),
    "latin_1": Told(*_BASE, ("TEXT_LATIN1",)),
    "utf_8": Told(*_BASE),
    "other_delimiters": Told(*_BASE),
    "trailing_empty": Told(*_BASE),
    "unknown_segment": Told(*_BASE, ("SEGMENT_UNKNOWN",)),
    "control_repeated": Told(*_BASE, ("CONTROL_REPEATED",)),
    "no_lines": Told(2, "1100.00", "772.00", "772.00"),
    "six_adjustments": Told(*_BASE),
    "reversal": Told(2, "150.50", "108.25", "108.25"),
    "line_unbalanced": Told(*_BASE, ("REMIT_UNBALANCED_LINE", "REMIT_UNBALANCED_CLAIM")),
    "payment_unbalanced": Told(2, "550.50", "372.25", "373.25", ("REMIT_UNBALANCED_TRANSACTION",)),
    "provider_adjustments": Told(2, "550.50", "372.25", "353.50"),
    "odd_amounts": Told(2, "264.10", "170.60", "170.60"),
    # The charge of the first claim is not a number: its claim is marked, and no balance is struck with it.
    "letter_in_amount": Told(2, "350.50", "372.25", "372.25", ("AMOUNT_INVALID",)),
    "second_payee": Told(*_BASE, ("PARTY_REPEATED",)),
    "isa_in_name": Told(*_BASE),
    "old_version": Told(*_BASE, ("VERSION_OLD",)),
    "blank_before_group": Told(*_BASE),
}


def _reading(case: RobustnessCase) -> Reading:
    return hcfin.read(case.data)


def test_the_cases_are_thirty_two_different_files() -> None:
    assert len({case.data for case in CASES.values()}) == len(CASES) == len(TOLD) == 32
    assert set(CASES) == set(TOLD)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_totals_and_issues(case: RobustnessCase) -> None:
    reading = _reading(case)
    claims = [claim for view in reading.remittances for claim in view.claims]
    read = Told(
        len(claims),
        str(sum(claim.charged for claim in claims)),
        str(sum(claim.paid for claim in claims)),
        str(sum(view.header.payment for view in reading.remittances)),
        tuple(issue.code for issue in reading.issues),
    )
    assert read == TOLD[case.name]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_amount_is_what_the_case_says(case: RobustnessCase) -> None:
    views = _reading(case).remittances
    claims = [claim for view in views for claim in view.claims]
    assert [claim.account for claim in claims] == [expected.id for expected in case.claims]
    for claim, expected in zip(claims, case.claims, strict=True):
        # What is no amount in the file is zero in the fact, and the fact says so.
        assert (claim.charged, claim.paid) == (expected.charged or 0, expected.paid or 0)
        assert claim.unreadable == (() if expected.charged is not None else ("charged",))
        adjustments = [(a.group, a.reason, a.amount) for a, _ in claim.all_adjustments()]
        assert adjustments == list(expected.adjustments)
    assert [view.header.payment for view in views] == list(case.payments)
    kept = [adjustment.amount for view in views for adjustment in view.header.provider_adjustments]
    assert kept == list(case.provider_adjustments)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_fault_is_told_and_nothing_else_is(case: RobustnessCase) -> None:
    severities = {issue.severity.value for issue in _reading(case).issues}
    if case.fault is Fault.CONTENT:
        assert severities & {"warning", "error"}
    elif case.fault is Fault.FORM:
        assert "error" not in severities
    else:
        assert not severities


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_posting_holds_back_only_what_is_wrong(case: RobustnessCase) -> None:
    """A fault of form costs no money; one that breaks a balance does."""
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    result = hcfin.translate(case.data, hcfin.load_books("example"), to="netsuite", context=context)
    held = {"line_unbalanced": "partial", "letter_in_amount": "partial", "payment_unbalanced": "rejected"}
    assert result.status == held.get(case.name, "ok")


def test_without_the_contact_nothing_else_changes() -> None:
    for case in robustness_cases(contact=False):
        assert b"~PER*" not in case.data
        assert case.claims == CASES[case.name].claims
        codes = [issue.code for issue in hcfin.read(case.data).issues]
        assert codes == list(TOLD[case.name].issues)


def test_the_faultless_files_pass_the_guide() -> None:
    """The base is what the guide wants, as pyx12 sees it; so a reader that refuses it has no excuse."""
    for case in CASES.values():
        if case.fault is Fault.NONE and case.data.isascii():  # pyx12 takes no letter beyond ASCII
            assert not hcfin.check(case.data), case.name


def test_the_base_balances() -> None:
    """By plain arithmetic on the text, beside the reader's own."""
    segments = [segment.split("*") for segment in CASES["clean"].data.decode().split("~")]
    charged = sum(Decimal(s[3]) for s in segments if s[0] == "CLP")
    adjusted = sum(Decimal(s[3]) for s in segments if s[0] == "CAS")
    (payment,) = (Decimal(s[2]) for s in segments if s[0] == "BPR")
    assert charged - adjusted == payment == sum(CASES["clean"].payments)
