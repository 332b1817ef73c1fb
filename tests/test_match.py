"""Claims matched with payments: why a payment is that of a claim, and what is left on either side."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from hcfin.reconcile import match
from match_cases import (
    against,
    billed_line,
    both,
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
