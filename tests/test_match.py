"""Claims matched with payments: every reason, every finding, and what stays open on either side."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cases
import hcfin
from hcfin.billing.claim import Claim
from hcfin.billing.remittance import ClaimPayment
from hcfin.reconcile import Matching, match
from hcfin.reconcile.match_result import (
    FINDINGS,
    LINE_REASONS,
    REASONS,
    ROLES,
    STATES,
    UNMATCHED,
    ClaimMatch,
)
from match_cases import billed_line, both, claim, paid_line, payment, remittance, submission


def matched(claims: list[Claim], payments: list[ClaimPayment], **options: Any) -> Matching:
    days = options.pop("days", None)
    return match(*both(claims, payments, days), **options)


def only(matching: Matching) -> ClaimMatch:
    """The one match of a matching in which nothing is left."""
    assert not matching.unmatched_claims
    assert not matching.unmatched_payments
    (one,) = matching.matches
    return one


def found(one: ClaimMatch) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.amount)) for finding in one.findings]


def roles(one: ClaimMatch) -> list[tuple[str, str]]:
    return [(adjudicated.payment.remittance, adjudicated.role) for adjudicated in one.adjudications]


def against(matching: Matching) -> list[tuple[str, ...]]:
    """Reasons of what is left: claims, then payments."""
    left = (*matching.unmatched_claims, *matching.unmatched_payments)
    return [one.reasons for one in left]


# Reasons


def test_account_and_everything_agrees() -> None:
    """1000.00 billed, 700.00 paid, 250.00 contractual, 50.00 the patient's: nothing open, 18 days."""
    matching = matched(
        [claim("ACCT-1", "1000.00")], [payment("ACCT-1", "1000.00", "700.00", "CO-45 250.00", "PR-1 50.00")]
    )
    one = only(matching)
    assert one.adjudications[0].reasons == ("account", "turn", "days", "charge", "payer")
    assert (one.charged, one.paid, one.allowed) == (Decimal("1000.00"), Decimal("700.00"), Decimal("750.00"))
    assert dict(one.adjusted) == {"CO": Decimal("250.00"), "PR": Decimal("50.00")}
    assert (one.open, one.days, one.state, one.findings) == (0, 18, "paid", ())
    assert matching.ties


def test_services_are_a_reason() -> None:
    one = only(
        matched(
            [claim("A1", "10.00", [billed_line("99213", "10.00")])],
            [payment("A1", "10.00", "10.00", lines=[paid_line("99213", "10.00", "10.00")])],
        )
    )
    assert "services" in one.adjudications[0].reasons


def test_the_payers_number_of_a_replacement() -> None:
    """The original is not among the claims. The payer keeps its account, which the replacement changed."""
    replacement = claim("NEW-2", "900.00", frequency="7", original="ICN-OLD", submission="S2")
    payments = [
        payment(
            "OLD-1", "-1000.00", "-700.00", "CO-45 -300.00", status="22", number="ICN-OLD", remittance="R2"
        ),
        payment("OLD-1", "900.00", "650.00", "CO-45 250.00", number="ICN-NEW", remittance="R2"),
    ]
    one = only(matched([replacement], payments))
    assert [adjudicated.reasons[0] for adjudicated in one.adjudications] == [
        "payer_number",
        "account_of_number",
    ]
    assert found(one) == [("reversal_unmatched", "-700.00")]
    assert [role for _, role in roles(one)] == ["reversal", "stands"]


def test_the_payers_number_where_the_account_is_lost() -> None:
    """A correction comes under account 0; the first payment had the account, and the same number."""
    one = only(
        matched(
            [claim("A1", "100.00")],
            [
                payment("A1", "100.00", "0.00", "CO-16 100.00", number="ICN-7"),
                payment("0", "100.00", "80.00", "CO-45 20.00", number="ICN-7", remittance="R2"),
            ],
        )
    )
    assert [adjudicated.reasons[0] for adjudicated in one.adjudications] == ["account", "payer_number"]
    assert roles(one) == [("R1", "superseded"), ("R2", "stands")]


def test_other_payments_without_an_account_do_not_follow_a_number() -> None:
    matching = matched(
        [claim("A1", "100.00")],
        [
            payment("A1", "100.00", "0.00", "CO-16 100.00", number="ICN-7"),
            payment("0", "100.00", "80.00", "CO-45 20.00", number="ICN-7", remittance="R2"),
            payment("0", "100.00", "70.00", "CO-45 30.00", number="ICN-8", remittance="R2"),
        ],
    )
    assert against(matching) == [("account_missing",)]


def test_the_payers_number_is_not_believed_for_another_charge() -> None:
    """Two payers may give the same number."""
    matching = matched(
        [claim("A1", "100.00")],
        [
            payment("A1", "100.00", "80.00", "CO-45 20.00", number="ICN-7"),
            payment("B2", "70.00", "70.00", number="ICN-7", remittance="R2"),
        ],
    )
    assert against(matching) == [("not_billed",)]


def test_line_control_numbers_where_account_and_number_are_lost() -> None:
    lines = [
        billed_line("99213", "60.00", control="LINE-0001"),
        billed_line("71046", "40.00", control="LINE-0002"),
    ]
    paid = [
        paid_line("99213", "60.00", "50.00", "CO-45 10.00", control="LINE-0001"),
        paid_line("71046", "40.00", "30.00", "CO-45 10.00", control="LINE-0002"),
    ]
    one = only(
        matched(
            [claim("A1", "100.00", lines)], [payment("UNKNOWN", "100.00", "80.00", number="", lines=paid)]
        )
    )
    assert one.adjudications[0].reasons[0] == "line_control"


@pytest.mark.parametrize(("charged", "control"), [("99.00", "LINE-0001"), ("60.00", "1")])
def test_line_control_numbers_need_the_charge_and_a_telling_number(charged: str, control: str) -> None:
    """A number of one digit is a counter that every claim has."""
    matching = matched(
        [claim("A1", "60.00", [billed_line("99213", "60.00", control=control)])],
        [
            payment(
                "B2",
                charged,
                charged,
                number="",
                lines=[paid_line("99213", charged, charged, control=control)],
            )
        ],
    )
    assert against(matching) == [("no_answer",), ("not_billed",)]


def test_days_tell_claims_of_one_account_apart() -> None:
    """Dialysis: the same account and charge each week."""
    claims = [claim("A1", "100.00", day=day) for day in ("2025-01-07", "2025-01-14", "2025-01-21")]
    payments = [
        payment("A1", "100.00", paid, f"CO-45 {100 - Decimal(paid)}", day=day, number=number)
        for day, paid, number in (("2025-01-21", "83.00", "N3"), ("2025-01-07", "81.00", "N1"))
    ]
    matching = matched(claims, payments)
    assert {
        (one.claims[0].days.first.day, one.paid) for one in matching.matches if one.claims[0].days.first
    } == {
        (7, Decimal("81.00")),
        (21, Decimal("83.00")),
    }
    assert against(matching) == [("other_days",)]


def test_the_charge_tells_claims_of_one_day_apart() -> None:
    matching = matched(
        [claim("A1", "100.00"), claim("A1", "250.00")],
        [payment("A1", "250.00", "200.00", "CO-45 50.00"), payment("A1", "100.00", "90.00", "CO-45 10.00")],
    )
    assert sorted((one.charged, one.paid) for one in matching.matches) == [(100, 90), (250, 200)]
    assert matching.ties


def test_services_tell_claims_apart_that_share_all_else() -> None:
    """A physician's and a hospital's claim of one visit, of the same charge."""
    hospital = claim("A1", "100.00", [billed_line("71046", "100.00")], claim_type="institutional")
    physician = claim("A1", "100.00", [billed_line("99213", "100.00")])
    matching = matched(
        [hospital, physician],
        [payment("A1", "100.00", "80.00", lines=[paid_line("99213", "100.00", "80.00", "CO-45 20.00")])],
    )
    (one,) = matching.matches
    assert one.claims[0].claim_type == "professional"
    assert against(matching) == [("no_answer",)]


def test_an_account_that_stands_everywhere() -> None:
    """Six hundred claims under account 0, three on each of two hundred days: charge and day tell them apart,
    and what they do not tell is left. Not one is compared with all others."""
    days = [f"{date(2025, 1, 1) + timedelta(days=number)}" for number in range(200)]
    charges = ["10.00", "20.00", "30.00"]
    claims = [claim("0", charge, day=day) for day in days for charge in charges]
    payments = [payment("0", charge, charge, day=day) for day in days for charge in charges]
    lost = [payment("0", "15.00", "15.00", day=days[0]), payment("0", "10.00", "9.00", day="", number="N9")]
    replaced = claim("0", "11.00", day=days[0], frequency="7", submission="S2")
    matching = matched([*claims, replaced], [*payments, *lost])
    assert len(matching.matches) == 600
    assert all(one.paid == one.charged for one in matching.matches)
    assert against(matching) == [("no_answer",), ("several_claims",), ("several_claims",)]


def test_nothing_is_guessed_where_claims_fit_alike() -> None:
    claims = [claim("A1", "100.00"), claim("A1", "100.00", claim_type="dental")]
    matching = matched(claims, [payment("A1", "100.00", "80.00", "CO-45 20.00")])
    assert against(matching) == [("several_claims",)] * 3


def test_a_later_payer_answers_its_own_claim() -> None:
    """RFI 1696: 500.00; the first pays 300.00, contractual 125.00, patient 75.00; the second pays 65.00."""
    claims = [claim("A1", "500.00"), claim("A1", "500.00", sequence="S", payer="SECOND", submission="S2")]
    payments = [
        payment("A1", "500.00", "300.00", "CO-45 125.00", "PR-2 75.00"),
        payment("A1", "500.00", "65.00", "OA-23 425.00", "CO-45 10.00", status="2", remittance="R2"),
    ]
    matching = matched(claims, payments)
    assert [(one.claims[0].turn, one.paid, one.open) for one in matching.matches] == [
        ("1", 300, 0),
        ("2", 65, 0),
    ]
    assert dict(matching.matches[1].adjusted) == {"CO": Decimal("10.00"), "OA": Decimal("425.00")}
    assert matching.ties


def test_a_claim_sent_on_is_answered_by_both_payers() -> None:
    """The same figures, one claim: OA-23 repeats what the first did, and 75.00 are the patient's no more."""
    one = only(
        matched(
            [claim("A1", "500.00")],
            [
                payment("A1", "500.00", "300.00", "CO-45 125.00", "PR-2 75.00", status="19"),
                payment("A1", "500.00", "65.00", "OA-23 425.00", "CO-45 10.00", status="2", remittance="R2"),
            ],
        )
    )
    assert "later_payer" in one.adjudications[1].reasons
    assert roles(one) == [("R1", "stands"), ("R2", "stands")]
    assert (one.paid, dict(one.adjusted), one.open) == (365, {"CO": Decimal("135.00")}, 0)
    assert one.allowed == 375
    assert not one.findings


def test_the_third_payer_answers_the_claim_of_the_second() -> None:
    claims = [claim("A1", "500.00"), claim("A1", "500.00", sequence="S", submission="S2")]
    third = payment("A1", "500.00", "10.00", "OA-23 490.00", status="3", remittance="R2")
    matching = matched(claims, [third])
    (one,) = matching.matches
    assert one.claims[0].turn == "2"


def test_a_payer_that_calls_itself_the_first() -> None:
    """Later payers often send status 1; the payer's name tells that it is the one that was billed."""
    one = only(
        matched(
            [claim("A1", "500.00", sequence="S")],
            [payment("A1", "500.00", "65.00", "OA-23 425.00", "CO-45 10.00")],
        )
    )
    assert one.adjudications[0].reasons == ("account", "days", "charge", "payer")


def test_the_first_payers_answer_is_not_that_of_the_second() -> None:
    matching = matched(
        [claim("A1", "500.00", sequence="S", payer="SECOND")],
        [payment("A1", "500.00", "300.00", "CO-45 125.00", "PR-2 75.00")],
    )
    assert against(matching) == [("other_turn",), ("other_turn",)]


def test_a_status_without_a_turn_answers_the_first_claim_that_waits() -> None:
    claims = [claim("A1", "500.00"), claim("A1", "500.00", sequence="S", submission="S2")]
    denied = payment("A1", "500.00", "0.00", "CO-31 500.00", status="4")
    later = payment("A1", "500.00", "0.00", "CO-31 500.00", status="4", number="ICN2", remittance="R2")
    matching = matched(claims, [denied, later])
    assert [(one.claims[0].turn, len(one.adjudications)) for one in matching.matches] == [("1", 1), ("2", 1)]


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


# Findings


def test_unpaid_and_why() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "0.00", "CO-29 100.00")]))
    assert (one.state, found(one)) == ("unpaid", [("unpaid", "100.00")])
    assert one.denied == (("timely_filing", Decimal("100.00")),)


def test_all_to_the_deductible_is_not_unpaid() -> None:
    one = only(
        matched([claim("A1", "100.00")], [payment("A1", "100.00", "0.00", "CO-45 40.00", "PR-1 60.00")])
    )
    assert (one.findings, one.allowed, one.state) == ((), 60, "unpaid")


def test_the_charge_differs() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "90.00", "80.00", "CO-45 10.00")]))
    assert found(one) == [("charge_differs", "-10.00")]


def test_more_paid_than_charged() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "120.00", "OA-94 -20.00")]))
    assert found(one) == [("over_paid", "20.00")]


def test_less_allowed_than_expected() -> None:
    """Expected 75.00; allowed 60.00 paid and 10.00 deductible: 5.00 short. Sequestration is allowed, too."""

    def expected(claim_: Claim, line: Any) -> Decimal | None:
        return Decimal("75.00") if line is None else None

    billed = [claim("A1", "100.00")]
    short = payment("A1", "100.00", "60.00", "CO-45 30.00", "PR-1 10.00")
    assert found(only(matched(billed, [short], expected=expected))) == [("short_paid", "5.00")]
    enough = payment("A1", "100.00", "73.50", "CO-45 25.00", "CO-253 1.50")
    assert not only(matched(billed, [enough], expected=expected)).findings


def test_what_cannot_be_read_is_told() -> None:
    unreadable = payment("A1", "0.00", "0.00").model_copy(update={"unreadable": ("charged",)})
    one = only(matched([claim("A1", "100.00")], [unreadable]))
    assert ("unreadable", "100.00") in found(one)


def test_what_nothing_explains() -> None:
    """100.00 less 30.00 are not 75.00."""
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "75.00", "CO-45 30.00")]))
    assert found(one) == [("unexplained", "-5.00")]


def test_a_later_payer_that_reduces_twice() -> None:
    """The first pays 300.00 of 375.00; the second tells that, and takes off the first's contract again."""
    payments = [
        payment("A1", "500.00", "300.00", "CO-45 125.00", "PR-2 75.00", status="19"),
        payment("A1", "500.00", "65.00", "OA-23 300.00", "CO-45 135.00", status="2", remittance="R2"),
    ]
    one = only(matched([claim("A1", "500.00")], payments))
    assert (one.paid, dict(one.adjusted), found(one)) == (
        365,
        {"CO": Decimal("260.00")},
        [("unexplained", "-125.00")],
    )


# Left on either side


@pytest.mark.parametrize("account", ["00ACCT1", "ACCT-1", "acct1", "ACCT.1 "])
def test_an_account_that_resembles(account: str) -> None:
    matching = matched([claim("ACCT1", "100.00")], [payment(account, "100.00", "100.00")])
    assert against(matching) == [("account_resembles",), ("account_resembles",)]


def test_never_billed_and_never_answered() -> None:
    matching = matched([claim("A1", "100.00")], [payment("B2", "50.00", "40.00", "CO-45 10.00")])
    assert against(matching) == [("no_answer",), ("not_billed",)]
    total = matching.summary()[-1]
    assert (total.claims, total.unanswered.amount, total.unmatched.amount) == (1, 100, 40)
    assert not matching.ties


def test_another_currency() -> None:
    matching = matched(
        [claim("A1", "100.00")], [payment("A1", "100.00", "100.00").model_copy(update={"currency": "CAD"})]
    )
    assert against(matching) == [("other_currency",), ("other_currency",)]
    assert [(one.payer, one.currency) for one in matching.summary()] == [
        ("TEST PAYER", "CAD"),
        ("TEST PAYER", "USD"),
        ("", "CAD"),
        ("", "USD"),
    ]


def test_a_remittance_given_twice_counts_once() -> None:
    billed, paid = both([claim("A1", "100.00")], [payment("A1", "100.00", "80.00", "CO-45 20.00")])
    matching = match(billed, [*paid, *paid])
    assert [one.paid for one in matching.matches] == [80]
    assert against(matching) == [("repeated",)]


def test_twins_of_one_remittance_are_two_payments() -> None:
    """Two equal parts of 50.00, in one remittance; given twice, two of the four count."""
    part = payment("A1", "50.00", "40.00", "CO-45 10.00", remarks=["MA15"])
    billed, paid = both([claim("A1", "100.00")], [part, part])
    assert [(one.paid, one.findings) for one in match(billed, paid).matches] == [(80, ())]
    twice = match(billed, [*paid, *paid])
    assert [(one.paid, one.findings) for one in twice.matches] == [(80, ())]
    assert against(twice) == [("repeated",)] * 2


def test_of_headers_that_share_a_name_the_first_counts() -> None:
    claims = [claim("A1", "9.00"), submission("S1", "2025-01-13"), submission("S1", "2025-01-14")]
    days = ["2025-01-31", "2025-01-30", None]
    for order in (days, days[::-1]):
        headers = [remittance("R1", day) for day in order]
        for sent in (claims, claims[::-1]):
            assert match(sent, [payment("A1", "9.00", "9.00"), *headers]).matches[0].days == 17


def test_facts_alone_match_without_headers() -> None:
    matching = match(
        [claim("A1", "100.00", sequence="")], [payment("A1", "100.00", "80.00", "CO-45 20.00", day="")]
    )
    one = only(matching)
    assert (one.days, one.payer, one.adjudications[0].reasons) == (None, "TEST PAYER", ("account", "charge"))


def test_days_to_pay_from_the_last_day_of_service_where_no_submission_tells() -> None:
    matching = match(
        [claim("A1", "100.00"), submission(created=None)],
        [payment("A1", "100.00", "80.00", "CO-45 20.00"), remittance()],
    )
    assert only(matching).days == 21
    assert matching.summary()[-1].to_dict()["days_to_pay"] == "21.0"


# Books


def test_books_name_payers_and_decide_denials() -> None:
    """CO-45 over the whole charge of an unpaid claim is a denial by hcfin's own rules; the table alone calls
    it contractual."""
    claims = [claim("A1", "100.00")]
    payments = [payment("A1", "100.00", "0.00", "CO-45 100.00")]
    assert only(matched(claims, payments)).denied == ()
    books = hcfin.load_books("example")
    one = only(matched(claims, payments, books=books))
    assert one.denied == (("full_charge_contractual", Decimal("100.00")),)
    assert one.payer == "TEST PAYER"  # what a catch-all takes is not known


OWN = """
[payers.other]
catch_all = false
[payers.mac]
class = "medicare"
names = ["{0}"]
"""


@pytest.mark.parametrize(("name", "payer"), [("TEST PAYER", "mac"), ("SOME OTHER", "TEST PAYER")])
def test_books_may_know_the_payer_or_not(name: str, payer: str, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN.format(name), encoding="utf-8")
    books = hcfin.load_books("example", own)
    one = only(matched([claim("A1", "9.00")], [payment("A1", "9.00", "0.00", "CO-45 9.00")], books=books))
    assert (one.payer, one.denied) == (payer, (("full_charge_contractual", Decimal("9.00")),))


def test_payers_that_the_books_know_are_told_apart_by_them(tmp_path: Path) -> None:
    """Two names of one payer; a payment of status 1 answers the second claim, which that payer got."""
    own = tmp_path / "own.toml"
    own.write_text(OWN.format('TEST PAYER", "TEST PAYER INC'), encoding="utf-8")
    billed = [claim("A1", "9.00", sequence="S", payer="TEST PAYER INC")]
    paid = [payment("A1", "9.00", "9.00")]
    assert against(matched(billed, paid)) == [("other_turn",), ("other_turn",)]
    assert only(matched(billed, paid, books=hcfin.load_books("example", own))).payer == "mac"


def test_rules_see_other_lines_and_advance_notices(tmp_path: Path) -> None:
    """CO-97 is a denial where no other line is paid ; a rule of the books asks for modifier GA."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[rules]]\nid = "noticed"\nwhen = { reason = "50", abn = true }\ntreatment = "denial_appeal"\n'
        'denial_class = "noticed"\n',
        encoding="utf-8",
    )
    books = hcfin.load_books("example", own)
    billed = [claim("A1", "90.00", [billed_line("99213", "60.00"), billed_line("71046:GA", "30.00")])]
    bundled, second = (
        paid_line("99213", "60.00", "0.00", "CO-97 60.00"),
        paid_line("71046:GA", "30.00", "30.00"),
    )
    noticed = paid_line("71046:GA", "30.00", "0.00", "CO-50 30.00")
    beside = payment("A1", "90.00", "30.00", lines=[bundled, second])
    alone = payment("A1", "90.00", "0.00", lines=[bundled, noticed])
    assert only(matched(billed, [beside], books=books)).denied == ()
    assert only(matched(billed, [alone], books=books)).denied == (
        ("bundled", Decimal("60.00")),
        ("noticed", Decimal("30.00")),
    )


@pytest.mark.parametrize("codes", [REASONS, LINE_REASONS, ROLES, STATES, FINDINGS, UNMATCHED])
def test_every_code_is_documented(codes: dict[str, str]) -> None:
    rows = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in codes.items())
    assert rows in (cases.FIXTURES.parent / "docs" / "match.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("codes", "modules"),
    [
        (REASONS, ["test_match"]),
        (LINE_REASONS, ["test_match_lines"]),
        (FINDINGS, ["test_match", "test_match_lines"]),
        (UNMATCHED, ["test_match"]),
        (ROLES, ["test_match"]),
        (STATES, ["test_match"]),
    ],
)
def test_every_code_has_a_worked_case(codes: dict[str, str], modules: list[str]) -> None:
    """Each stands in the tests beside this one; the law says that no other code is used."""
    text = "".join((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    assert [code for code in codes if f'"{code}"' not in text] == []


# Refused at the front end


class Said(NamedTuple):
    """What a front end says, as matching asks it."""

    account: str
    rejected: bool = True
    created: date | None = date(2025, 1, 14)
    charged: Decimal | None = None
    level: str = "claim"
    payer_claim_number: str = ""


def test_a_rejected_claim_is_not_unanswered() -> None:
    matching = matched([claim("A1", "100.00"), claim("B2", "50.00")], [], statuses=[Said("A1")])
    assert against(matching) == [("rejected",), ("no_answer",)]
    total = matching.summary()[-1]
    assert (total.rejected.amount, total.unanswered.amount, total.adjudicated) == (100, 50, 0)


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ([Said("A1", rejected=False)], "no_answer"),
        ([Said("A1", charged=Decimal("99.00"))], "no_answer"),  # another claim of the account
        ([Said("A1", charged=Decimal("100.00"))], "rejected"),
        ([Said("A1", created=date(2025, 1, 12))], "no_answer"),  # sent again since
        ([Said("A1", created=None)], "rejected"),
        (
            [Said("A1"), Said("A1", rejected=False)],
            "rejected",
        ),  # taken by the clearing house, not by the payer
        ([Said("A1"), Said("A1", rejected=False, created=date(2025, 1, 15))], "no_answer"),
        ([Said(""), Said("A1", level="provider"), submission()], "no_answer"),  # not about the claim
    ],
)
def test_what_counts_as_rejected(statuses: list[Any], reason: str) -> None:
    assert against(matched([claim("A1", "100.00")], [], statuses=statuses)) == [(reason,)]


@pytest.mark.parametrize(("told", "matches"), [(None, 1), ("100.00", 1), ("90.00", 0)])
def test_the_payers_number_of_an_acknowledgment(told: str | None, matches: int) -> None:
    """The payer lost the account, and tells the number under which it took the claim (REF 1K)."""
    taken = Said("A1", False, charged=Decimal(told) if told else None, payer_claim_number="ICN-5")
    paid = payment("LOST", "100.00", "80.00", "CO-45 20.00", number="ICN-5")
    matching = matched([claim("A1", "100.00")], [paid], statuses=[taken])
    assert [one.adjudications[0].reasons[0] for one in matching.matches] == ["payer_number"] * matches


def test_an_answer_counts_more_than_a_rejection() -> None:
    matching = matched([claim("A1", "9.00")], [payment("A1", "9.00", "9.00")], statuses=[Said("A1")])
    assert only(matching).state == "paid"


def test_a_rejected_claim_keeps_other_reasons() -> None:
    matching = matched([claim("A1", "9.00")], [payment("A-1", "9.00", "9.00")], statuses=[Said("A1")])
    assert against(matching)[0] == ("rejected", "account_resembles")


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
