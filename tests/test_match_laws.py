"""Laws of matching: each claim and payment ends once, the order of input does not matter, sums are kept."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.billing.claim import Claim
from hcfin.billing.reading import Event
from hcfin.billing.remittance import ClaimPayment
from hcfin.errors import KeysError
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile import match
from hcfin.reconcile.match_facts import billed_claim, paid_claim
from hcfin.reconcile.match_result import FINDINGS, LINE_REASONS, REASONS, ROLES, STATES, UNMATCHED
from hcfin.testing import claim_payments, leaks, plant
from match_cases import billed_line, both, claim, paid_line, payment

# Few values, so that they meet; accounts that resemble one another, days and charges that repeat.
ACCOUNTS = st.sampled_from(["A1", "A-1", "0A1", "B2", "0", ""])
CHARGES = st.sampled_from(["100.00", "60.00", "40.00", "0.00"])
DAYS = st.sampled_from(["2025-01-10", "2025-01-10", "2025-01-17", ""])
NUMBERS = st.sampled_from(["", "N1", "N2"])
CODES = st.sampled_from(["99213", "99213:25", "9921325", "71046", ""])
CONTROLS = st.sampled_from(["", "1", "LINE-1", "LINE-2"])
SUBMISSIONS = st.sampled_from(["S1", "S2"])
REMITTANCES = st.sampled_from(["R1", "R2", "R3"])
PAID_ON = {"R3": "2025-01-31"}  # the day of R1


@st.composite
def billed(draw: st.DrawFn) -> Claim:
    charged = draw(CHARGES)
    lines = (
        [billed_line(draw(CODES), charged, day=draw(DAYS), control=draw(CONTROLS))]
        if draw(st.booleans())
        else []
    )
    return claim(
        draw(ACCOUNTS),
        charged,
        lines,
        frequency=draw(st.sampled_from(["1", "1", "1", "7", "8"])),
        sequence=draw(st.sampled_from(["P", "P", "S", ""])),
        original=draw(NUMBERS),
        day=draw(DAYS),
        submission=draw(SUBMISSIONS),
        payer=draw(st.sampled_from(["TEST PAYER", "SECOND"])),
    )


@st.composite
def paid(draw: st.DrawFn) -> ClaimPayment:
    charged = Decimal(draw(CHARGES))
    status = draw(st.sampled_from(["1", "1", "1", "2", "3", "4", "13", "19", "22", "22", "25"]))
    money = charged if draw(st.booleans()) else Decimal("0.00")
    rest, sign = charged - money, -1 if status == "22" else 1
    codes = [f"{draw(st.sampled_from(['CO-45', 'PR-1', 'CO-50', 'OA-23']))} {sign * rest}"] if rest else []
    charged, money = sign * charged, sign * money
    remarks = draw(st.sampled_from([[], [], ["MA15"]]))
    line = paid_line(
        draw(CODES) or "X", f"{charged}", f"{money}", *codes, day=draw(DAYS), control=draw(CONTROLS)
    )
    if draw(st.booleans()):
        more: dict[str, Any] = {"lines": [line]}
        codes = []
    else:
        more = {"day": draw(DAYS)}
    return payment(
        draw(ACCOUNTS),
        f"{charged}",
        f"{money}",
        *codes,
        status=status,
        number=draw(NUMBERS),
        remittance=draw(REMITTANCES),
        remarks=remarks,
        **more,
    )


CLAIMS, PAYMENTS = st.lists(billed(), max_size=6), st.lists(paid(), max_size=8)


@given(CLAIMS, PAYMENTS)
def test_each_claim_and_each_payment_ends_once(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    matching = match(*both(claims, payments, PAID_ON))
    ended = [one for bill in (*matching.matches, *matching.unmatched_claims) for one in bill.claims]
    assert Counter(ended) == Counter(map(billed_claim, claims))
    answers = [one.payment for bill in matching.matches for one in bill.adjudications]
    answers += [one.payment for one in matching.unmatched_payments]
    assert Counter(answers) == Counter(map(paid_claim, payments))


@given(CLAIMS, PAYMENTS, st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(
    claims: list[Claim], payments: list[ClaimPayment], random: Any
) -> None:
    first, second = both(claims, payments, PAID_ON)
    told = list(match(first, second).to_dicts(clear=True))
    random.shuffle(first)
    random.shuffle(second)
    assert list(match(first, second).to_dicts(clear=True)) == told


@given(CLAIMS, PAYMENTS)
def test_sums_of_both_sides_are_kept(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    matching = match(*both(claims, payments, PAID_ON))
    *by_payer, total = matching.summary() or (None,)
    nothing = Decimal(0)
    if total is None:
        assert not claims
        assert not payments
        return
    assert total.submitted == sum((one.charged for one in claims), nothing)
    assert total.paid + total.unmatched.amount == sum((one.paid for one in payments), nothing)
    for name in ("claims", "submitted", "charged", "adjudicated", "allowed", "paid", "open", "denied_first"):
        assert getattr(total, name) == sum((getattr(one, name) for one in by_payer), nothing)
    for one in matching.matches:
        assert one.charged == one.paid + sum((amount for _, amount in one.adjusted), nothing) + one.open
        assert one.paid == sum((each.payment.paid for each in one.adjudications), nothing)
    assert matching.ties == (not total.unanswered.count and not total.unmatched.count and not total.findings)


@given(CLAIMS, PAYMENTS)
def test_codes_are_of_the_closed_lists(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    matching = match(*both(claims, payments, PAID_ON))
    for one in matching.matches:
        assert {finding.code for finding in one.all_findings()} <= set(FINDINGS)
        assert {reason for each in one.adjudications for reason in each.reasons} <= set(REASONS)
        assert {reason for line in one.lines for part in line.parts for reason in part.reasons} <= set(
            LINE_REASONS
        )
        assert {each.role for each in one.adjudications} <= set(ROLES)
        assert one.state in STATES
    for left in (*matching.unmatched_claims, *matching.unmatched_payments):
        assert set(left.reasons) <= set(UNMATCHED)


@given(CLAIMS, PAYMENTS)
def test_lines_are_taken_once(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    for one in match(*both(claims, payments, PAID_ON)).matches:
        if one.lines:
            standing = [line for each in one.adjudications if each.stands for line in each.payment.lines]
            parts = [part.line for line in one.lines for part in line.parts]
            assert Counter(parts) == Counter(standing)
            assert [line.billed for line in one.lines if line.billed] == list(one.claims[-1].lines)


@given(CLAIMS, PAYMENTS)
def test_a_remittance_given_again_changes_no_match(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    first, second = both(claims, payments, PAID_ON)
    once, twice = match(first, second), match([*first, *first], [*second, *second])
    assert [(one.charged, one.paid, one.adjusted, one.findings) for one in twice.matches] == [
        (one.charged, one.paid, one.adjusted, one.findings) for one in once.matches
    ]
    repeated = [one for one in twice.unmatched_payments if one.reasons == ("repeated",)]
    assert Counter(one.payment for one in repeated) == Counter(map(paid_claim, payments))


@given(st.lists(claim_payments(max_lines=3), min_size=1, max_size=3))
def test_any_payment_ties_with_the_claim_that_it_pays(payments: list[ClaimPayment]) -> None:
    """Claims made from payments, each under its own account: all money is matched."""
    own = [
        one.model_copy(update={"account": f"ACCT-{number}", "payer_claim_number": f"N{number}"})
        for number, one in enumerate(payments)
    ]
    claims = [
        claim(
            one.account,
            f"{abs(one.charged)}",
            [billed_line(line.procedure.code, f"{abs(line.charged)}", day="") for line in one.lines],
            day="",
            sequence="",
            payer="",
            currency=one.currency,
        )
        for one in own
    ]
    matching = match(claims, own)
    assert not matching.unmatched_claims
    assert not matching.unmatched_payments
    assert sum((one.paid for one in matching.matches), Decimal(0)) == sum(
        (one.paid for one in own), Decimal(0)
    )


@given(CLAIMS, PAYMENTS)
def test_no_patient_data_in_rows_and_reprs(claims: list[Claim], payments: list[ClaimPayment]) -> None:
    facts, sentinels = plant([*claims, *payments], fill=False)
    first: list[Event] = [one for one in facts if isinstance(one, Claim)]
    second: list[Event] = [one for one in facts if isinstance(one, ClaimPayment)]
    matching = match(first, second)
    rows = list(matching.to_dicts(DEMO_KEYS))
    kept = (*matching.matches, *matching.unmatched_claims, *matching.unmatched_payments)
    for text in (repr(rows), repr(matching), repr(kept)):
        assert not list(leaks(text, sentinels))


def test_rows_need_keys_or_a_clear_word() -> None:
    matching = match(*both([claim("A1", "1.00")], []))
    with pytest.raises(KeysError):
        list(matching.to_dicts())
    assert next(matching.to_dicts(clear=True))["account"] == "A1"
    assert next(matching.to_dicts(DEMO_KEYS))["account"].startswith("demo")
