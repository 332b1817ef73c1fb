"""Claims that make one bill, and which of its payments count."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hcfin.reconcile import match
from match_cases import (
    billed_line,
    claim,
    found,
    matched,
    only,
    paid_line,
    payment,
    remittance,
    roles,
    submission,
)

# Bills


def test_a_claim_sent_again_is_the_same_bill() -> None:
    one = only(
        matched(
            [claim("A1", "100.00"), claim("A1", "100.00", submission="S2")],
            [payment("A1", "100.00", "80.00", "CO-45 20.00", remittance="R2")],
        )
    )
    assert (len(one.claims), one.charged, one.days) == (2, 100, 18)  # since the second submission


def test_a_replacement_under_the_same_account() -> None:
    """1,000.00 paid 700.00, replaced by 900.00: taken back and paid 650.00."""
    claims = [
        claim("A1", "1000.00"),
        claim("A1", "900.00", frequency="7", original="ICN1", submission="S2"),
    ]
    first = payment("A1", "1000.00", "700.00", "CO-45 300.00")
    back = payment("A1", "-1000.00", "-700.00", "CO-45 -300.00", status="22", remittance="R2")
    corrected = payment("A1", "900.00", "650.00", "CO-45 250.00", number="ICN2", remittance="R2")
    one = only(matched(claims, [first, back, corrected]))
    assert roles(one) == [("R1", "reversed"), ("R2", "reversal"), ("R2", "stands")]
    assert (one.charged, one.paid, dict(one.adjusted), one.open) == (900, 650, {"CO": Decimal("250.00")}, 0)
    assert not one.findings

    one = only(matched(claims, [first]))
    assert found(one) == [("replacement_unanswered", "900.00")]


def test_a_replacement_of_the_same_charge_is_answered_after_it_was_sent() -> None:
    claims = [claim("A1", "100.00"), claim("A1", "100.00", frequency="7", submission="S2")]
    first = payment("A1", "100.00", "0.00", "CO-16 100.00")
    assert found(only(matched(claims, [first])))[0] == ("replacement_unanswered", "100.00")
    later = payment("A1", "100.00", "80.00", "CO-45 20.00", number="ICN2", remittance="R2")
    one = only(matched(claims, [first, later]))
    assert (roles(one), one.findings) == ([("R1", "superseded"), ("R2", "stands")], ())


def test_a_replacement_finds_its_original_by_the_payers_number() -> None:
    """Two claims of one account and day; only the payer's number says which one is replaced."""
    claims = [
        claim("A1", "100.00"),
        claim("A1", "250.00"),
        claim("B9", "240.00", frequency="7", original="ICN-B", submission="S2"),
    ]
    payments = [
        payment("A1", "100.00", "90.00", "CO-45 10.00", number="ICN-A"),
        payment("A1", "250.00", "200.00", "CO-45 50.00", number="ICN-B"),
        payment("A1", "-250.00", "-200.00", "CO-45 -50.00", number="ICN-B", status="22", remittance="R2"),
        payment("A1", "240.00", "190.00", "CO-45 50.00", number="ICN-C", remittance="R2"),
    ]
    matching = matched(claims, payments)
    assert [(len(one.claims), one.charged, one.paid) for one in matching.matches] == [
        (1, 100, 90),
        (2, 240, 190),
    ]
    assert matching.ties


def test_a_replacement_of_one_of_several_is_not_guessed() -> None:
    claims = [
        claim("A1", "100.00"),
        claim("A1", "250.00"),
        claim("A1", "240.00", frequency="7", submission="S2"),
    ]
    assert len(matched(claims, []).unmatched_claims) == 3


def test_a_replacement_for_other_days_is_a_claim_of_its_own() -> None:
    claims = [claim("A1", "100.00"), claim("A1", "90.00", frequency="7", day="2025-01-17", submission="S2")]
    assert len(matched(claims, []).unmatched_claims) == 2


def test_a_void() -> None:
    claims = [claim("A1", "100.00"), claim("A1", "100.00", frequency="8", original="ICN1", submission="S2")]
    first = payment("A1", "100.00", "80.00", "CO-45 20.00")
    back = payment("A1", "-100.00", "-80.00", "CO-45 -20.00", status="22", remittance="R2")
    one = only(matched(claims, [first, back]))
    assert (one.state, one.charged, one.paid, one.findings, one.lines) == ("voided", 0, 0, (), ())
    one = only(matched(claims, [first]))
    assert found(one) == [("over_paid", "80.00"), ("replacement_unanswered", "0.00")]


def test_billed_anew_after_a_void() -> None:
    claims = [
        claim("A1", "100.00"),
        claim("A1", "100.00", frequency="8", submission="S2"),
        claim("A1", "100.00", submission="S3"),
    ]
    one = only(
        matched(
            claims,
            [payment("A1", "100.00", "80.00", "CO-45 20.00", remittance="R2")],
            days={"S3": "2025-02-20"},
        )
    )
    assert (one.charged, one.days, one.findings) == (100, 8, ())


def test_a_void_alone_has_no_charge() -> None:
    (left,) = matched([claim("A1", "100.00", frequency="8")], []).unmatched_claims
    assert (left.charged, left.claims[0].charged) == (0, 100)


def test_a_replacement_of_another_account_sent_twice() -> None:
    claims = [
        claim("A1", "100.00"),
        *[claim("B9", "90.00", frequency="7", original="ICN1", submission="S2")] * 2,
    ]
    one = only(matched(claims, [payment("A1", "100.00", "80.00", "CO-45 20.00")]))
    assert (len(one.claims), found(one)) == (3, [("replacement_unanswered", "90.00")])


def test_the_same_bill_to_another_payer_is_another_claim() -> None:
    """The first payer did not know the patient; the claim went to the payer that covers it."""
    claims = [claim("A1", "100.00"), claim("A1", "100.00", payer="SECOND", submission="S2")]
    payments = [
        payment("A1", "100.00", "0.00", "CO-31 100.00", status="4", number="N1"),
        payment("A1", "100.00", "80.00", "CO-45 20.00", number="N2", remittance="R2"),
    ]
    headers = [remittance("R1"), remittance("R2", "2025-02-28", payer="SECOND")]
    sent = [submission("S1"), submission("S2", "2025-02-10")]
    matching = match([*claims, *sent], [*payments, *headers])
    assert [(one.payer, one.paid) for one in matching.matches] == [("TEST PAYER", 0), ("SECOND", 80)]


# Adjudications


def test_split_claims_stand_together() -> None:
    """MA15: 100.00 answered as 60.00 and 40.00, with numbers of their own."""
    parts = [
        payment("A1", "60.00", "50.00", "CO-45 10.00", number="N1", remarks=["MA15"]),
        payment("A1", "40.00", "30.00", "CO-45 10.00", number="N2", remarks=["MA15"], remittance="R2"),
    ]
    one = only(matched([claim("A1", "100.00")], parts))
    assert roles(one) == [("R1", "part"), ("R2", "part")]
    assert (one.paid, one.open, one.findings) == (80, 0, ())
    assert found(only(matched([claim("A1", "100.00")], parts[:1]))) == [("charge_differs", "-40.00")]


def test_parts_that_tell_the_charge_of_the_whole() -> None:
    parts = [
        payment("A1", "100.00", "50.00", "CO-45 10.00", "OA-94 40.00", number="N1", remarks=["MA15"]),
        payment("A1", "100.00", "30.00", "CO-45 10.00", "OA-94 60.00", number="N2", remarks=["MA15"]),
    ]
    one = only(matched([claim("A1", "100.00")], parts))
    assert [role for _, role in roles(one)] == ["part", "part"]
    assert found(one) == [("unexplained", "-100.00")]  # what each part leaves to the other


def test_parts_without_a_remark_add_up() -> None:
    parts = [
        payment("A1", "60.00", "50.00", "CO-45 10.00", number="N1"),
        payment("A1", "40.00", "30.00", "CO-45 10.00", number="N2"),
    ]
    one = only(matched([claim("A1", "100.00")], parts))
    assert ([role for _, role in roles(one)], one.paid, one.findings) == (["part", "part"], 80, ())


def test_a_correction_without_a_reversal() -> None:
    """Paid twice until somebody has looked: 80.00 and 90.00 for 100.00."""
    one = only(
        matched(
            [claim("A1", "100.00")],
            [
                payment("A1", "100.00", "80.00", "CO-45 20.00"),
                payment("A1", "100.00", "90.00", "CO-45 10.00", number="ICN2", remittance="R2"),
            ],
        )
    )
    assert roles(one) == [("R1", "superseded"), ("R2", "stands")]
    assert found(one) == [("over_paid", "70.00"), ("reversal_missing", "80.00")]
    assert one.open == -80


def test_a_reversal_without_a_correction() -> None:
    one = only(
        matched(
            [claim("A1", "100.00")],
            [
                payment("A1", "100.00", "80.00", "CO-45 20.00"),
                payment("A1", "-100.00", "-80.00", "CO-45 -20.00", status="22", remittance="R2"),
            ],
        )
    )
    assert (one.state, found(one), one.open) == ("reversed", [("reversed", "100.00")], 100)
    assert "reversal" in one.adjudications[1].reasons


def test_a_reversal_takes_back_the_one_of_its_number() -> None:
    payments = [
        payment("A1", "60.00", "50.00", "CO-45 10.00", number="N1", remarks=["MA15"]),
        payment("A1", "60.00", "40.00", "CO-45 20.00", number="N2", remarks=["MA15"]),
        payment("A1", "-60.00", "-50.00", "CO-45 -10.00", number="N1", status="22", remittance="R2"),
    ]
    one = only(matched([claim("A1", "120.00")], payments))
    assert {(each.payment.number, each.role) for each in one.adjudications} == {
        ("N1", "reversed"),
        ("N1", "reversal"),
        ("N2", "stands"),
    }


def test_a_reversal_of_another_charge_takes_nothing_back() -> None:
    payments = [
        payment("A1", "100.00", "80.00", "CO-45 20.00", number=""),
        payment("A1", "-60.00", "-50.00", "CO-45 -10.00", number="", status="22", remittance="R2"),
    ]
    one = only(matched([claim("A1", "100.00")], payments))
    assert roles(one) == [("R1", "stands"), ("R2", "reversal")]
    assert found(one) == [("reversal_unmatched", "-50.00")]


def test_a_reversal_prefers_its_number_to_a_later_payment_without_one() -> None:
    payments = [
        payment("A1", "60.00", "50.00", "CO-45 10.00", number="N1", remarks=["MA15"]),
        payment("A1", "60.00", "40.00", "CO-45 20.00", number="", remarks=["MA15"], remittance="R2"),
        payment("A1", "-60.00", "-50.00", "CO-45 -10.00", number="N1", status="22", remittance="R3"),
    ]
    one = only(matched([claim("A1", "120.00")], payments, days={"R3": "2025-03-31"}))
    assert roles(one) == [("R1", "reversed"), ("R2", "stands"), ("R3", "reversal")]


@pytest.mark.parametrize(("names", "paid"), [(("R1", "R1"), "80.00"), (("R1", "R2"), "90.00")])
def test_a_correction_is_not_what_its_reversal_takes_back(names: tuple[str, str], paid: str) -> None:
    """The original is older than what was given. A correction stands beside the reversal: in one remittance
    whatever it pays, in two of one day where it pays another amount."""
    payments = [
        payment("A1", "-100.00", "-80.00", "CO-45 -20.00", status="22", remittance=names[0]),
        payment("A1", "100.00", paid, f"CO-45 {100 - Decimal(paid)}", remittance=names[1]),
    ]
    one = only(matched([claim("A1", "100.00")], payments, days={"R2": "2025-01-31"}))
    assert [role for _, role in roles(one)] == ["reversal", "stands"]
    assert found(one) == [("reversal_unmatched", "-80.00")]


def test_parts_of_more_than_the_whole_are_no_parts() -> None:
    payments = [
        payment("A1", "60.00", "50.00", "CO-45 10.00", number="N1"),
        payment("A1", "60.00", "55.00", "CO-45 5.00", number="N2", remittance="R2"),
    ]
    one = only(matched([claim("A1", "100.00")], payments))
    assert roles(one) == [("R1", "superseded"), ("R2", "stands")]


def test_a_reversal_goes_to_the_claim_that_was_paid() -> None:
    """The charge of the reversal is that of two claims of the account; its number tells."""
    hospital = claim("A1", "100.00", [billed_line("71046", "100.00")], claim_type="institutional")
    physician = claim("A1", "100.00", [billed_line("99213", "100.00")])
    payments = [
        payment(
            "A1", "100.00", "80.00", number="P", lines=[paid_line("99213", "100.00", "80.00", "CO-45 20.00")]
        ),
        payment(
            "A1", "100.00", "70.00", number="H", lines=[paid_line("71046", "100.00", "70.00", "CO-45 30.00")]
        ),
        payment("A1", "-100.00", "-70.00", "CO-45 -30.00", number="H", status="22", remittance="R2"),
    ]
    matching = matched([hospital, physician], payments)
    assert {(one.claims[0].claim_type, one.state) for one in matching.matches} == {
        ("institutional", "reversed"),
        ("professional", "paid"),
    }


def test_a_reversal_of_another_day_is_told_by_its_number() -> None:
    back = payment("A1", "-100.00", "-80.00", "CO-45 -20.00", status="22", day="2025-02-20", remittance="R2")
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "80.00", "CO-45 20.00"), back]))
    assert one.state == "reversed"
    assert "days" not in one.adjudications[1].reasons


@pytest.mark.parametrize("names", [("R1", "R2"), ("R2", "R1")])
def test_paid_and_taken_back_on_one_day(names: tuple[str, str]) -> None:
    """Two remittances of one day: nothing tells which came first, and either order is the same."""
    one = only(
        matched(
            [claim("A1", "100.00")],
            [
                payment("A1", "100.00", "80.00", "CO-45 20.00", remittance=names[0]),
                payment("A1", "-100.00", "-80.00", "CO-45 -20.00", status="22", remittance=names[1]),
            ],
            days={"R1": "2025-01-31", "R2": "2025-01-31"},
        )
    )
    assert (one.state, found(one)) == ("reversed", [("reversed", "100.00")])


@pytest.mark.parametrize(("status", "state"), [("13", "pending"), ("23", "pending"), ("99", "pending")])
def test_a_payer_that_has_not_decided(status: str, state: str) -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "0.00", status=status)]))
    assert (one.state, found(one), one.open) == (state, [("pending", "100.00")], 100)


def test_a_predetermination_is_no_payment() -> None:
    told = payment("A1", "100.00", "0.00", "OA-101 100.00", status="25")
    one = only(matched([claim("A1", "100.00")], [told]))
    assert (one.state, found(one)) == ("information", [("information_only", "100.00")])


def test_a_denial_then_paid() -> None:
    """CO-16 is a billing error; the first answer denied all of it, what stands denies nothing."""
    matching = matched(
        [claim("A1", "100.00")],
        [
            payment("A1", "100.00", "0.00", "CO-16 100.00"),
            payment("A1", "100.00", "80.00", "CO-45 20.00", number="ICN2", remittance="R2"),
        ],
    )
    one = only(matching)
    assert (one.denied, one.denied_first) == ((), (("billing_error", Decimal("100.00")),))
    total = matching.summary()[-1]
    assert (str(total.denial_rate()), str(total.denial_rate(first=True))) == ("0.0000", "1.0000")
    assert one.days == 46  # to the first payment, 28 February
