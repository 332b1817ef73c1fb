"""Payments, payouts, refunds, disputes, write-offs and transfers to their journals, case by case."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import cases
import hcfin
from hcfin.billing.account import AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.payment import Dispute, Payment, Payout, Refund, Transfer, WriteOff
from hcfin.billing.reading import Reading
from hcfin.billing.registration import Coding
from hcfin.identity import token
from hcfin.posting import Posting
from hcfin.reconcile import Ledger, post_in_order, roll_forward
from hcfin.unmapped import unmapped

KEYS = hcfin.DEMO_KEYS
CONTEXT = hcfin.Context(keys=KEYS)
BOOKS = hcfin.load_books("example")
DAY = "2025-03-10"
ACCOUNT = "ACCT-TESTPERSON"
TOKEN = token(KEYS, "acct", ACCOUNT)


def fact(kind: type[Fact], amount: str = "250.00", **rest: Any) -> Any:
    given = {"id": "T1", "account": ACCOUNT, "occurred": DAY, "amount": Decimal(amount)}
    return kind.build({**given, **rest})


def posted(*facts: Fact, books: hcfin.books.Books = BOOKS, known: Ledger | None = None) -> Posting:
    posting = hcfin.post(Reading("facts", facts), books, context=CONTEXT, known=known)
    assert all(forward.foots for forward in roll_forward(posting.documents))
    return posting


def lines(posting: Posting) -> list[tuple[str, str, str]]:
    return [(line.side, f"{line.amount:f}", line.role) for one in posting.documents for line in one.gl_lines]


def codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


def held(posting: Posting) -> str:
    """The one code under which nothing is booked."""
    assert not posting.documents
    (code,) = codes(posting)
    assert {(str(end.outcome), end.rule) for end in posting.dispositions} == {("kept_open", code)}
    return code


def with_books(tmp_path: Any, text: str) -> hcfin.books.Books:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return hcfin.load_books("example", path)


def learned(*facts: Fact, books: hcfin.books.Books = BOOKS) -> Ledger:
    ledger = Ledger(KEYS)
    for one in facts:
        reading = Reading("facts", (one,))
        ledger.learn(reading, hcfin.post(reading, books, context=CONTEXT, known=ledger))
    return ledger


# The worked example of a payment, its fee, a refund and a dispute, to the cent.

WORKED = [
    (
        fact(Payment, "250.00", channel="gateway", method="card"),
        [("debit", "250.00", "cash.merchant_clearing"), ("credit", "250.00", "ar.patient")],
    ),
    (
        fact(Payout, "242.45", id="PO1", account="", fee=Decimal("7.55")),
        [
            ("debit", "242.45", "cash.bank"),
            ("credit", "250.00", "cash.merchant_clearing"),
            ("debit", "7.55", "expense.merchant_fee"),
        ],
    ),
    (
        fact(Refund, "50.00", id="R1", state="approved"),
        [("debit", "50.00", "ar.patient"), ("credit", "50.00", "liability.refund_payable_patient")],
    ),
    (
        fact(Refund, "50.00", id="R1", state="issued", channel="gateway"),
        [
            ("credit", "50.00", "cash.merchant_clearing"),
            ("debit", "50.00", "liability.refund_payable_patient"),
        ],
    ),
    (
        fact(Dispute, "200.00", id="D1", state="opened", fee=Decimal("15.00")),
        [
            ("credit", "215.00", "cash.merchant_clearing"),
            ("debit", "200.00", "ar.patient_disputed"),
            ("debit", "15.00", "expense.chargeback_fee"),
        ],
    ),
    (
        fact(Dispute, "200.00", id="D1", state="lost"),
        [("debit", "200.00", "ar.patient"), ("credit", "200.00", "ar.patient_disputed")],
    ),
    (
        fact(Payout, "-265.00", id="PO2", account=""),
        [("credit", "265.00", "cash.bank"), ("debit", "265.00", "cash.merchant_clearing")],
    ),
]


@pytest.mark.parametrize("step", WORKED, ids=lambda step: step[0].kind)
def test_worked_step(step: Any) -> None:
    one, expected = step
    posting = posted(one)
    assert sorted(lines(posting)) == sorted(expected)
    assert not posting.issues
    (document,) = posting.documents
    assert document.gl_date == date(2025, 3, 10)
    assert len(posting.dispositions) == len({end.origin.element for end in posting.dispositions})


def test_worked_example_leaves_clearing_at_zero() -> None:
    posting = posted(*(one for one, _ in WORKED))
    assert len(posting.documents) == len(WORKED), "one journal entry for each fact"
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for side, amount, role in lines(posting):
        sums[role] += Decimal(amount) if side == "debit" else -Decimal(amount)
    assert {role: f"{amount:f}" for role, amount in sums.items()} == {
        "cash.merchant_clearing": "0.00",
        "cash.bank": "-22.55",
        "expense.merchant_fee": "7.55",
        "expense.chargeback_fee": "15.00",
        "ar.patient": "0.00",
        "ar.patient_disputed": "0.00",
        "liability.refund_payable_patient": "0.00",
    }


# Payments


@pytest.mark.parametrize(
    ("channel", "role"),
    [
        ("gateway", "cash.merchant_clearing"),
        ("lockbox", "cash.lockbox_clearing"),
        ("drawer", "cash.drawer"),
        ("bank", "cash.bank"),
    ],
)
def test_a_payment_comes_in_by_its_channel(channel: str, role: str) -> None:
    assert lines(posted(fact(Payment, channel=channel)))[0] == ("debit", "250.00", role)


@pytest.mark.parametrize("rest", [{"purpose": "co_payment"}, {"purpose": "deposit"}, {"account": ""}])
def test_what_is_paid_before_the_service_or_on_no_account_is_unapplied(rest: dict[str, str]) -> None:
    posting = posted(fact(Payment, **rest))
    assert ("credit", "250.00", "liability.unapplied_patient") in lines(posting)
    (party,) = {line.party.token if line.party else "" for line in posting.documents[0].gl_lines[1:]}
    assert party == ("" if "account" in rest else TOKEN)


def test_where_nobody_knows_the_balance_the_books_decide(tmp_path: Any) -> None:
    books = with_books(tmp_path, '[transactions]\nbalance_unknown = "unapplied"\n')
    assert lines(posted(fact(Payment), books=books))[1] == ("credit", "250.00", "liability.unapplied_patient")


def test_a_payment_pays_what_is_owed_and_the_rest_is_unapplied() -> None:
    owes = fact(Transfer, "100.00", id="X1", from_bucket="unbilled", to_bucket="patient")
    known = learned(owes)
    assert known.patient_balance(TOKEN) == Decimal("100.00")
    posting = posted(fact(Payment), known=known)
    assert lines(posting)[1:] == [
        ("credit", "100.00", "ar.patient"),
        ("credit", "150.00", "liability.unapplied_patient"),
    ]
    # Two in one run share what is owed, whichever comes first.
    pair = fact(Payment, "70.00", id="P1"), fact(Payment, "60.00", id="P2")
    for facts in (pair, pair[::-1]):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for side, amount, role in lines(posted(*facts, known=known)):
            sums[role] += Decimal(amount) * (1 if side == "debit" else -1)
        assert (sums["ar.patient"], sums["liability.unapplied_patient"]) == (-100, -30)


def test_a_payment_that_is_undone_is_mirrored() -> None:
    undone = fact(Payment, "-250.00", id="P2", reverses="T1", channel="gateway")
    assert lines(posted(undone)) == [
        ("credit", "250.00", "cash.merchant_clearing"),
        ("debit", "250.00", "ar.patient"),
    ]
    assert held(posted(fact(Payment, reverses="T0"))) == "TRANSACTION_SIGN"


def test_a_known_payment_is_undone_as_it_was_booked() -> None:
    owes = fact(Transfer, "100.00", id="X1", from_bucket="unbilled", to_bucket="patient")
    payment = fact(Payment, channel="gateway")
    undone = fact(Payment, "-250.00", id="P2", reverses="T1", channel="gateway")
    known = learned(owes, payment)
    assert (known.patient_balance(TOKEN), known.unapplied(TOKEN)) == (0, Decimal("150.00"))
    for posting in (posted(undone, known=known), posted(payment, undone, known=learned(owes))):
        document = posting.documents[-1]
        assert document.reverses == hcfin.post([payment], BOOKS, context=CONTEXT).documents[0].id
        assert [(one.side, f"{one.amount}", one.role) for one in document.gl_lines] == [
            ("credit", "250.00", "cash.merchant_clearing"),
            ("debit", "100.00", "ar.patient"),
            ("debit", "150.00", "liability.unapplied_patient"),
        ]
    again = fact(Payment, "-250.00", id="P3", reverses="T1", channel="gateway")
    assert held(posted(again, known=learned(owes, payment, undone))) == "TRANSACTION_UNDONE_TWICE"
    assert codes(posted(undone, again, known=known)) == ["TRANSACTION_UNDONE_TWICE"]
    part = fact(Payment, "-100.00", id="P4", reverses="T1", channel="gateway")
    assert held(posted(part, known=known)) == "TRANSACTION_REVERSAL_MISMATCH"
    stranger = fact(Payment, "-100.00", id="P5", reverses="T9", channel="gateway")
    posting = posted(stranger, known=known)
    assert codes(posting) == ["TRANSACTION_ORIGINAL_UNKNOWN"]
    assert lines(posting)[1] == ("debit", "100.00", "ar.patient")


def test_a_payment_of_an_insurance_is_booked_once(tmp_path: Any) -> None:
    paid = fact(Payment, payer="payer", payer_id="BLUE", channel="bank")
    posting = posted(paid)
    assert not posting.documents
    assert [(str(end.outcome), end.rule) for end in posting.dispositions] == [
        ("informational", "payer_payments")
    ]
    books = with_books(tmp_path, '[transactions]\npayer_payments = "feed"\n')
    assert lines(posted(paid, books=books)) == [
        ("debit", "250.00", "cash.bank"),
        ("credit", "250.00", "ar.payer"),
    ]
    loose = fact(Payment, payer="payer", payer_id="BLUE", channel="bank", account="")
    assert lines(posted(loose, books=books))[1] == ("credit", "250.00", "liability.unapplied_payer")


KNOWN_PAYER = """
[payers.other]
catch_all = false
[payers.mac]
class = "medicare"
ids = ["MAC"]
[transactions]
payer_payments = "feed"
"""


def test_an_unknown_insurance_is_held(tmp_path: Any) -> None:
    books = with_books(tmp_path, KNOWN_PAYER)
    assert (
        held(posted(fact(Payment, payer="payer", payer_id="ZZ"), books=books)) == "TRANSACTION_PAYER_UNKNOWN"
    )
    assert held(posted(fact(Payment, payer="payer"), books=books)) == "TRANSACTION_PAYER_UNKNOWN"
    given_up = fact(WriteOff, bucket="payer", reason="denial_final", approver="TESTPERSON")
    assert held(posted(given_up, books=books)) == "TRANSACTION_PAYER_UNKNOWN"
    back = fact(Refund, state="approved", payee="payer")
    assert held(posted(back, books=books)) == "TRANSACTION_PAYER_UNKNOWN"
    moved = fact(Transfer, from_bucket="payer", from_payer="ZZ", to_bucket="patient")
    assert held(posted(moved, books=books)) == "TRANSACTION_PAYER_UNKNOWN"
    (paid,) = posted(fact(Payment, payer="payer", payer_id="MAC"), books=books).documents
    assert dict(paid.gl_lines[1].dimensions) == {"payer_class": "medicare"}


def test_a_gateway_is_named_where_the_books_name_it(tmp_path: Any) -> None:
    paid = fact(Payment, channel="gateway", gateway="stripe")
    assert dict(posted(paid).documents[0].gl_lines[0].tags) == {"gateway": "•"}
    books = with_books(tmp_path, '[transactions]\ngateways = ["stripe"]\n')
    assert dict(posted(paid, books=books).documents[0].gl_lines[0].tags) == {"gateway": "stripe"}


# Payouts


def test_a_payout_that_failed_undoes_what_it_says() -> None:
    failed = fact(Payout, "242.45", id="PO1", account="", fee=Decimal("7.55"), state="failed")
    assert lines(posted(failed)) == [
        ("credit", "242.45", "cash.bank"),
        ("debit", "250.00", "cash.merchant_clearing"),
        ("credit", "7.55", "expense.merchant_fee"),
    ]
    # What the gateway drew anyway, and zero amounts.
    fee_alone = posted(fact(Payout, "0.00", account="", fee=Decimal("7.55")))
    assert lines(fee_alone) == [
        ("credit", "7.55", "cash.merchant_clearing"),
        ("debit", "7.55", "expense.merchant_fee"),
    ]
    assert [(str(end.outcome), end.rule) for end in fee_alone.dispositions] == [
        ("posted", "merchant_fee"),
        ("informational", "zero"),
    ] or [(str(end.outcome), end.rule) for end in fee_alone.dispositions] == [
        ("informational", "zero"),
        ("posted", "merchant_fee"),
    ]
    nothing = posted(fact(Payout, "0.00", account=""))
    assert not nothing.documents
    assert not nothing.issues
    assert {end.rule for end in nothing.dispositions} == {"zero"}


# Refunds


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("cancelled", [("credit", "ar.patient"), ("debit", "liability.refund_payable_patient")]),
        ("failed", [("debit", "cash.bank"), ("credit", "liability.refund_payable_patient")]),
        ("voided", [("debit", "cash.bank"), ("credit", "liability.refund_payable_patient")]),
        (
            "escheated",
            [("debit", "liability.refund_payable_patient"), ("credit", "liability.unclaimed_property")],
        ),
    ],
)
def test_states_of_a_refund(state: str, expected: list[tuple[str, str]]) -> None:
    posting = posted(fact(Refund, "50.00", state=state))
    assert [(side, role) for side, _, role in lines(posting)] == expected


def test_a_refund_to_a_payer() -> None:
    back = fact(Refund, "50.00", state="approved", payee="payer", payer_id="BLUE")
    assert lines(posted(back)) == [
        ("debit", "50.00", "ar.payer"),
        ("credit", "50.00", "liability.refund_payable_payer"),
    ]
    letter = fact(
        Refund, "50.00", state="approved", payee="payer", payer_id="BLUE", payer_claim="ICN1", account=""
    )
    posting = posted(letter)
    assert ("debit", "50.00", "liability.payer_recoup") in lines(posting)
    (tags,) = (
        dict(one.tags) for one in posting.documents[0].gl_lines if one.role == "liability.payer_recoup"
    )
    assert tags == {"reference": token(KEYS, "claim", "ICN1")}


def test_a_refund_is_never_more_than_the_cash_that_is_there() -> None:
    known = learned(fact(Payment, "100.00"))
    assert known.refundable(TOKEN, "") == Decimal("100.00")
    within = fact(Refund, "80.00", id="R1", state="approved")
    beyond = fact(Refund, "30.00", id="R2", state="approved")
    assert (
        held(posted(fact(Refund, "100.01", id="R9", state="approved"), known=known)) == "REFUND_EXCEEDS_CASH"
    )
    posting = posted(within, beyond, known=known)
    assert codes(posting) == ["REFUND_EXCEEDS_CASH"]
    assert len(posting.documents) == 1
    cancelled = fact(Refund, "80.00", id="R1", state="cancelled")
    assert not codes(posted(within, cancelled, beyond, known=known))
    known = learned(fact(Payment, "100.00"), within, fact(Refund, "80.00", id="R1", state="issued"))
    assert known.refundable(TOKEN, "") == Decimal("20.00")
    # What a dispute took is no cash any more, and is again when it is won.
    opened = fact(Dispute, "100.00", id="D1", state="opened")
    assert learned(fact(Payment, "100.00"), opened).refundable(TOKEN, "") == 0
    won = fact(Dispute, "100.00", id="D1", state="won")
    assert learned(fact(Payment, "100.00"), opened, won).refundable(TOKEN, "") == Decimal("100.00")
    # A payer has cash of its own.
    payer = fact(Refund, "10.00", state="approved", payee="payer", payer_id="BLUE")
    assert held(posted(payer, known=known)) == "REFUND_EXCEEDS_CASH"


def test_a_refund_gives_back_deposits_first() -> None:
    known = learned(
        fact(Payment, "60.00", purpose="deposit"), fact(Payment, "40.00", id="P2", account=ACCOUNT)
    )
    assert known.unapplied(TOKEN) == Decimal("100.00"), "nothing is owed, so all of it is unapplied"
    approved = fact(Refund, "100.00", id="R1", state="approved")
    posting = posted(approved, known=known)
    assert ("debit", "100.00", "liability.unapplied_patient") in lines(posting)
    cancelled = fact(Refund, "100.00", id="R1", state="cancelled")
    undone = posted(approved, cancelled, known=known).documents[1]
    assert undone.reverses == posting.documents[0].id
    assert [(one.side, one.role) for one in undone.gl_lines] == [
        ("credit", "liability.unapplied_patient"),
        ("debit", "liability.refund_payable_patient"),
    ]


def test_refunds_that_contradict_themselves_are_held() -> None:
    assert held(posted(fact(Refund, "-5.00", state="issued"))) == "TRANSACTION_SIGN"
    assert held(posted(fact(Refund, state="approved", account=""))) == "TRANSACTION_ACCOUNT_MISSING"


# Disputes


def test_a_dispute_that_is_won_or_lost(tmp_path: Any) -> None:
    won = fact(Dispute, "200.00", state="won", fee=Decimal("-15.00"))
    assert lines(posted(won)) == [
        ("debit", "215.00", "cash.merchant_clearing"),
        ("credit", "200.00", "ar.patient_disputed"),
        ("credit", "15.00", "expense.chargeback_fee"),
    ]
    books = with_books(tmp_path, '[transactions]\ndispute_lost = "write_off"\n')
    lost = fact(Dispute, "200.00", state="lost")
    assert lines(posted(lost, books=books)) == [
        ("credit", "200.00", "ar.patient_disputed"),
        ("debit", "200.00", "revenue.adjustment.implicit_price_concession"),
    ]
    assert held(posted(fact(Dispute, "-1.00", state="won"))) == "TRANSACTION_SIGN"


# Write-offs

REASONS = {
    "small_balance": "revenue.adjustment.administrative",
    "administrative": "revenue.adjustment.administrative",
    "bad_debt": "revenue.adjustment.implicit_price_concession",
    "medicare_bad_debt": "revenue.adjustment.implicit_price_concession_medicare",
    "credit_loss": "expense.credit_loss",
    "charity": "revenue.adjustment.charity",
    "self_pay_discount": "revenue.adjustment.self_pay_discount",
    "prompt_pay": "revenue.adjustment.prompt_pay",
    "denial_final": "revenue.adjustment.denial_final",
    "contractual": "revenue.adjustment.contractual",
}


@pytest.mark.parametrize(("reason", "role"), REASONS.items())
def test_reasons_of_write_offs(reason: str, role: str) -> None:
    posting = posted(fact(WriteOff, "9.00", reason=reason, approver="TESTPERSON"))
    assert sorted(lines(posting)) == [("credit", "9.00", "ar.patient"), ("debit", "9.00", role)]
    undone = posted(fact(WriteOff, "-9.00", reason=reason, reverses="T0"))
    assert sorted(lines(undone)) == [("credit", "9.00", role), ("debit", "9.00", "ar.patient")]


def test_buckets_of_write_offs() -> None:
    roles = {
        "patient": "ar.patient",
        "payer": "ar.payer",
        "agency": "ar.agency",
        "patient_plan": "ar.patient_plan",
        "unbilled": "ar.unbilled",
    }
    for bucket, role in roles.items():
        posting = posted(fact(WriteOff, reason="charity", bucket=bucket, payer_id="BLUE", sequence="2"))
        (line,) = (one for one in posting.documents[0].gl_lines if one.side == "credit")
        assert line.role == role
        account = (
            line.party.token if line.party and line.party.kind == "patient" else dict(line.tags)["account"]
        )
        assert account == TOKEN
        assert dict(line.tags).get("sequence") == ("2" if bucket == "payer" else None)


def test_a_denial_is_finally_given_up_by_hand() -> None:
    denied = {"reason": "denial_final", "bucket": "payer", "payer_id": "BLUE", "sequence": "1"}
    assert held(posted(fact(WriteOff, **denied))) == "WRITE_OFF_APPROVAL_MISSING"
    (document,) = posted(fact(WriteOff, **denied, approver="TESTPERSON")).documents
    (line,) = (one for one in document.gl_lines if one.side == "credit")
    assert dict(line.tags) == {"account": TOKEN, "ar_status": "denied", "sequence": "1"}


def test_what_an_allowance_was_kept_for_uses_it_up(tmp_path: Any) -> None:
    chart = "\n".join(
        f'"ar.allowance.{name}" = "1199"'
        for name in ("contractual", "denial", "implicit_price_concession", "charity", "credit_loss")
    )
    books = with_books(tmp_path, f'[policy]\nallowance_method = "perpetual"\n[chart]\n{chart}\n')
    used = {
        reason: lines(posted(fact(WriteOff, "9.00", reason=reason, approver="TESTPERSON"), books=books))
        for reason in REASONS
    }
    assert {reason: role for reason, both in used.items() for side, _, role in both if side == "debit"} == {
        **REASONS,
        "bad_debt": "ar.allowance.implicit_price_concession",
        "medicare_bad_debt": "ar.allowance.implicit_price_concession",
        "credit_loss": "ar.allowance.credit_loss",
        "charity": "ar.allowance.charity",
        "denial_final": "ar.allowance.denial",
        "contractual": "ar.allowance.contractual",
    }


def test_the_site_s_own_code_has_a_reason_in_the_books(tmp_path: Any) -> None:
    coded = fact(WriteOff, "9.00", code=Coding(code="SB01"), approver="TESTPERSON")
    assert held(posted(coded)) == "WRITE_OFF_CODE_UNMAPPED"
    books = with_books(tmp_path, '[write_off_codes]\n"SB01" = "small_balance"\n')
    assert lines(posted(coded, books=books))[1] == ("debit", "9.00", "revenue.adjustment.administrative")


def test_small_balances_have_a_cap_an_approver_and_are_no_income() -> None:
    small = {"reason": "small_balance", "approver": "TESTPERSON"}
    assert lines(posted(fact(WriteOff, "10.00", **small)))
    assert held(posted(fact(WriteOff, "10.01", **small))) == "WRITE_OFF_OVER_CAP"
    assert held(posted(fact(WriteOff, "1.00", reason="small_balance"))) == "WRITE_OFF_APPROVAL_MISSING"
    assert held(posted(fact(WriteOff, "-1.00", **small))) == "WRITE_OFF_OF_CREDIT"
    assert held(posted(fact(WriteOff, "1.00", **small, reverses="T0"))) == "TRANSACTION_SIGN"
    assert held(posted(fact(WriteOff, "1.00", **small, account=""))) == "TRANSACTION_ACCOUNT_MISSING"


def test_what_medicare_left_to_the_patient_is_no_discount(tmp_path: Any) -> None:
    books = with_books(tmp_path, KNOWN_PAYER)
    left = {"payer_id": "MAC", "approver": "TESTPERSON"}
    for reason in ("small_balance", "administrative", "self_pay_discount", "prompt_pay", "contractual"):
        assert (
            held(posted(fact(WriteOff, "9.00", reason=reason, **left), books=books)) == "WRITE_OFF_MEDICARE"
        )
    for reason in ("bad_debt", "medicare_bad_debt", "charity"):
        assert posted(fact(WriteOff, "9.00", reason=reason, **left), books=books).documents
    # Of the payer's own balance a contract may take something.
    own = fact(WriteOff, "9.00", reason="contractual", bucket="payer", **left)
    assert posted(own, books=books).documents
    role = '[write_offs.bad_debt]\nrole_medicare = "revenue.adjustment.implicit_price_concession_medicare"\n'
    books = with_books(tmp_path, KNOWN_PAYER + role)
    assert (
        lines(posted(fact(WriteOff, "9.00", reason="bad_debt", **left), books=books))[1][2]
        == "revenue.adjustment.implicit_price_concession_medicare"
    )
    of_payer = fact(WriteOff, "9.00", reason="bad_debt", bucket="payer", **left)
    assert lines(posted(of_payer, books=books))[1][2] == "revenue.adjustment.implicit_price_concession"
    assert (
        lines(posted(fact(WriteOff, "9.00", reason="bad_debt"), books=books))[1][2]
        == "revenue.adjustment.implicit_price_concession"
    )


def test_no_more_is_given_up_than_is_open() -> None:
    owes = fact(Transfer, "100.00", id="X1", from_bucket="unbilled", to_bucket="patient")
    known = learned(owes)
    assert posted(fact(WriteOff, "100.00", reason="charity"), known=known).documents
    two = fact(WriteOff, "60.00", reason="charity"), fact(WriteOff, "50.00", id="W2", reason="charity")
    assert codes(posted(*two, known=known)) == ["WRITE_OFF_EXCEEDS_BALANCE"]
    # Of the other buckets nobody knows.
    assert posted(fact(WriteOff, reason="bad_debt", bucket="agency"), known=known).documents
    assert posted(fact(WriteOff, reason="contractual", bucket="payer"), known=known).documents
    known.charge(ACCOUNT, Decimal("200.00"))
    beyond = fact(WriteOff, reason="contractual", bucket="payer")
    assert held(posted(beyond, known=known)) == "WRITE_OFF_EXCEEDS_BALANCE"
    within = fact(WriteOff, "200.00", reason="contractual", bucket="payer")
    assert posted(within, known=known).documents
    known.learn(Reading("facts", (within,)), posted(within, known=known))
    assert known.open_balance(TOKEN, "1") == 0


def test_what_was_there_before_hcfin_can_be_told() -> None:
    known = Ledger(KEYS)
    assert held(posted(fact(Refund, "40.00", state="approved"), known=known)) == "REFUND_EXCEEDS_CASH"
    known.opening(ACCOUNT, patient=Decimal("60.00"), unapplied=Decimal("40.00"), received=Decimal("90.00"))
    assert lines(posted(fact(Refund, "50.00", state="approved"), known=known)) == [
        ("debit", "10.00", "ar.patient"),
        ("debit", "40.00", "liability.unapplied_patient"),
        ("credit", "50.00", "liability.refund_payable_patient"),
    ]
    assert lines(posted(fact(Payment, "100.00"), known=known))[1:] == [
        ("credit", "60.00", "ar.patient"),
        ("credit", "40.00", "liability.unapplied_patient"),
    ]


def test_transactions_follow_an_account_that_ends_in_another() -> None:
    """90.00 came before the merge and 10.00 after it, under the number that is no more."""
    merge = AccountMerge.build({"level": "account", "prior_account": ACCOUNT, "account": "ACCT-SURVIVOR"})
    known = learned(fact(Payment, "90.00", id="P1"))
    known.learn_accounts([merge])
    assert known.survivor(TOKEN) == token(KEYS, "acct", "ACCT-SURVIVOR")
    later = fact(Payment, "10.00", id="P2")
    known.learn(Reading("facts", (later,)), hcfin.post([later], BOOKS, context=CONTEXT, known=known))
    for account in (TOKEN, known.survivor(TOKEN)):
        assert known.refundable(account, "") == Decimal("100.00")
        assert known.unapplied(account) == Decimal("100.00")
    refund = fact(Refund, "100.00", state="approved", account="ACCT-SURVIVOR")
    assert ("debit", "100.00", "liability.unapplied_patient") in lines(posted(refund, known=known))


# Transfers


def test_a_transfer_nets_to_zero_and_keeps_the_account() -> None:
    moved = fact(
        Transfer, "80.00", from_bucket="payer", from_payer="BLUE", from_sequence="1", to_bucket="patient"
    )
    (document,) = posted(moved).documents
    debit, credit = sorted(document.gl_lines, key=lambda one: one.side, reverse=True)
    assert (debit.role, debit.party.token if debit.party else "") == ("ar.patient", TOKEN)
    assert (credit.role, dict(credit.tags)) == ("ar.payer", {"account": TOKEN, "sequence": "1"})
    assert credit.party
    assert credit.party.kind == "payer"
    merged = fact(Transfer, "80.00", from_bucket="patient", to_bucket="patient", to_account="ACCT-SURVIVOR")
    (document,) = posted(merged).documents
    parties = {one.side: one.party.token for one in document.gl_lines if one.party}
    assert parties == {"credit": TOKEN, "debit": token(KEYS, "acct", "ACCT-SURVIVOR")}
    ledger = learned(merged)
    assert ledger.patient_balance(parties["debit"]) == Decimal("80.00")
    agency = fact(Transfer, "80.00", from_bucket="patient", to_bucket="agency")
    assert [role for _, _, role in lines(posted(agency))] == ["ar.patient", "ar.agency"]
    assert (
        held(posted(fact(Transfer, "-1.00", from_bucket="patient", to_bucket="agency"))) == "TRANSACTION_SIGN"
    )
    nobody = fact(Transfer, from_bucket="patient", to_bucket="agency", account="")
    assert held(posted(nobody)) == "TRANSACTION_ACCOUNT_MISSING"


# Beside posting


def test_payments_in_the_roll_forward() -> None:
    """250.00 came in, 215.00 went by a dispute; a payout and an issued refund move no receivable."""
    posting = posted(*(one for one, _ in WORKED[:5]))
    (forward,) = roll_forward(posting.documents)
    assert forward.foots
    assert f"{forward.closing}" == "0.00"
    assert {role: f"{amount}" for role, amount in forward.other} == {
        "cash.merchant_clearing": "-35.00",
        "expense.chargeback_fee": "-15.00",
        "liability.refund_payable_patient": "50.00",
    }


def test_a_payer_s_refund_is_at_most_what_its_remittances_paid() -> None:
    source = hcfin.read(cases.FIXTURES / "x12/remittance_835/worked_r2/input.edi")
    known = Ledger(KEYS)
    known.learn(source, hcfin.post(source, BOOKS, context=CONTEXT, known=known))
    paid = {"state": "approved", "payee": "payer", "payer_id": "1512345678", "account": "ACCT-C"}
    assert known.refundable(token(KEYS, "acct", "ACCT-C"), "other") == Decimal("754.99")
    assert posted(fact(Refund, "754.99", **paid), known=known).documents
    assert held(posted(fact(Refund, "755.00", **paid), known=known)) == "REFUND_EXCEEDS_CASH"


def test_files_of_transactions_are_posted_in_an_order_of_their_own() -> None:
    owes = fact(
        Transfer, "100.00", id="X1", occurred="2025-03-01", from_bucket="unbilled", to_bucket="patient"
    )
    paid = fact(Payment, "250.00", id="P1", occurred="2025-03-02")
    readings = [Reading("facts", (one,)) for one in (owes, paid)]
    one, other = (
        [
            document.to_dict()
            for posting in post_in_order(turn, BOOKS, context=CONTEXT)
            for document in posting.documents
        ]
        for turn in (readings, readings[::-1])
    )
    assert one == other
    assert [line["amount"] for line in one[1]["gl_lines"]] == ["250.00", "100.00", "150.00"]


def test_what_the_books_do_not_know_is_listed(tmp_path: Any) -> None:
    books = with_books(tmp_path, KNOWN_PAYER + "[entities.main]\ncatch_all = false\n")
    facts = (
        fact(WriteOff, "9.00", facility="NORTH", payer_id="ZZ"),
        fact(Transfer, "5.00", id="T2", from_bucket="payer", from_payer="ZZ", to_bucket="patient"),
    )
    found = unmapped(books, [Reading("facts", facts)], context=CONTEXT)
    assert [(one.kind, one.value, str(one.amount), one.held) for one in found] == [
        ("facility", "(none)", "5.00", True),
        ("facility", "NORTH", "9.00", True),
        ("payer", "ZZ", "14.00", True),
    ]
    coded = fact(WriteOff, "9.00", code=Coding(code="SB01"))
    (code,) = unmapped(BOOKS, [Reading("facts", (coded,))], context=CONTEXT)
    assert (code.kind, code.value, str(code.amount)) == ("write-off code", "SB01", "9.00")
    elsewhere = with_books(tmp_path, '[transactions]\nsource = "elsewhere"\n')
    assert not unmapped(elsewhere, [Reading("facts", facts)], context=CONTEXT)


def test_the_class_of_payers_where_no_insurance_is_named(tmp_path: Any) -> None:
    def classes(posting: Posting) -> list[str]:
        return [
            dict(line.dimensions)["payer_class"] for line in posting.documents[0].gl_lines if line.dimensions
        ]

    assert classes(posted(fact(Payment))) == ["self_pay"]
    books = with_books(tmp_path, KNOWN_PAYER + 'payer_class = "patients"\n')
    assert classes(posted(fact(Payment), books=books)) == ["patients"]
    moved = fact(Transfer, from_bucket="payer", from_payer="MAC", to_bucket="patient")
    assert classes(posted(moved, books=books)) == ["medicare", "patients"]


# What holds for all of them


def test_the_day_is_told_and_no_clock_is_asked() -> None:
    def day(given: Fact, when: date | None = None) -> date:
        context = hcfin.Context(keys=KEYS, posting_date=when)
        return hcfin.post([given], BOOKS, context=context).documents[0].gl_date

    assert day(fact(Payment, posted="2025-03-12T08:00-06:00")) == date(2025, 3, 12)
    assert day(fact(Payment)) == date(2025, 3, 10)
    assert day(fact(Payment), date(2025, 4, 1)) == date(2025, 4, 1)
    assert held(posted(fact(Payment, occurred=""))) == "TRANSACTION_DATE_MISSING"


def test_closed_periods(tmp_path: Any) -> None:
    closed = '[periods]\nclosed_through = "2025-03"\n'
    (document,) = posted(fact(Payment), books=with_books(tmp_path, closed)).documents
    assert (document.gl_date, document.original_period) == (date(2025, 4, 1), "2025-03")
    withheld = with_books(tmp_path, closed + '[policy]\nclosed_period = "withhold"\n')
    assert held(posted(fact(Payment), books=withheld)) == "TRANSACTION_PERIOD_CLOSED"
    shut = with_books(tmp_path, '[periods]\nclosed = ["2025-03"]\nopen_through = "2025-03"\n')
    assert held(posted(fact(Payment), books=shut)) == "TRANSACTION_PERIOD_CLOSED"


def test_entities_by_facility(tmp_path: Any) -> None:
    books = with_books(
        tmp_path,
        '[entities.main]\ncatch_all = false\n[entities.north]\nfacilities = ["NORTH"]\naccepts = ["EUR"]\n',
    )
    (document,) = posted(fact(Payment, facility="NORTH", currency="EUR"), books=books).documents
    assert document.entity == "north"
    assert held(posted(fact(Payment), books=books)) == "TRANSACTION_ENTITY_UNKNOWN"
    assert held(posted(fact(Payment, currency="CAD", facility="NORTH"), books=books)) == (
        "TRANSACTION_CURRENCY_MISMATCH"
    )


def test_the_books_say_who_books_transactions(tmp_path: Any) -> None:
    elsewhere = with_books(tmp_path, '[transactions]\nsource = "elsewhere"\n')
    posting = posted(fact(Payment), fact(WriteOff, reason="charity", id="W1"), books=elsewhere)
    assert not posting.documents
    assert not posting.issues
    assert {(str(end.outcome), end.rule) for end in posting.dispositions} == {
        ("informational", "transactions")
    }
    none = with_books(tmp_path, '[transactions]\nsource = "none"\n')
    assert held(posted(fact(Payment), books=none)) == "TRANSACTION_NOT_EXPECTED"


def test_what_cannot_be_read_is_not_booked() -> None:
    assert held(posted(fact(Payment, unreadable=("amount",)))) == "TRANSACTION_UNREADABLE"


@pytest.mark.parametrize("name", ["id", "account", "reference", "reverses"])
def test_the_number_of_a_card_is_refused(name: str) -> None:
    assert held(posted(fact(Payment, **{name: "4111 1111 1111 1111"}))) == "TRANSACTION_CARD_NUMBER"


def test_the_same_again_is_booked_once_and_another_is_held() -> None:
    again = fact(Payment, batch="B2", number="7", posted="2025-03-11")
    posting = posted(fact(Payment), again)
    assert codes(posting) == ["TRANSACTION_REPEATED"]
    assert len(posting.documents) == 1
    assert [str(end.outcome) for end in posting.dispositions] == ["posted", "informational"]
    other = posted(fact(Payment), fact(Payment, "251.00"))
    assert codes(other) == ["TRANSACTION_CONFLICT"]
    assert len(other.documents) == 1
    known = learned(fact(Payment))
    assert codes(posted(again, known=known)) == ["TRANSACTION_REPEATED"]
    assert held(posted(fact(Payment, "251.00"), known=known)) == "TRANSACTION_CONFLICT"
    # Replay through the ledger changes nothing.
    before = known.patient_balance(TOKEN), known.refundable(TOKEN, "")
    known.learn(Reading("facts", (again,)), hcfin.post([again], BOOKS, context=CONTEXT))
    assert (known.patient_balance(TOKEN), known.refundable(TOKEN, "")) == before


def test_twins_without_an_identifier_are_two() -> None:
    twin = fact(Payment, id="")
    posting = posted(twin, twin)
    assert not posting.issues
    assert len({one.id for one in posting.documents}) == 2
    assert {one.id for one in posted(twin, twin).documents} == {one.id for one in posting.documents}


def test_a_cheque_that_was_voided_may_be_followed_by_another() -> None:
    first = fact(Refund, "50.00", state="issued", reference="CHQ1")
    voided = fact(Refund, "50.00", state="voided", reference="CHQ1")
    second = fact(Refund, "50.00", state="issued", reference="CHQ2")
    posting = posted(first, voided, second)
    assert len(posting.documents) == 3
    assert not posting.issues


def test_dimensions_come_from_fields_of_transactions(tmp_path: Any) -> None:
    books = with_books(
        tmp_path,
        '[dimensions.way]\nfrom = "transaction.channel"\non = ["cash.*"]\n'
        '[dimensions.why]\nfrom = "transaction.code.code"\non = ["cash.*"]\nrequired = true\n',
    )
    (document,) = posted(fact(Payment, channel="gateway", code=Coding(code="PY1")), books=books).documents
    assert dict(document.gl_lines[0].dimensions) == {"way": "gateway", "why": "PY1"}
    assert held(posted(fact(Payment), books=books)) == "TRANSACTION_DIMENSION_UNMAPPED"


def test_a_role_without_account_is_held() -> None:
    chart = {role: account for role, account in BOOKS.chart.items() if role != "cash.drawer"}
    books = BOOKS.model_copy(update={"chart": chart})
    assert held(posted(fact(Payment, channel="drawer"), books=books)) == "TRANSACTION_ACCOUNT_UNMAPPED"


def test_books_can_be_compared_by_transactions(tmp_path: Any) -> None:
    from hcfin.billing.reading import locator
    from hcfin.posting import post_alternatives

    other = with_books(tmp_path, '[transactions]\nbalance_unknown = "unapplied"\n')
    ((one, two),) = post_alternatives([fact(Payment)], [BOOKS, other], locator(()), context=CONTEXT)
    moved = [[(move.place.role, f"{move.amount}") for move in posting.moves] for posting in (one, two)]
    assert moved[0] == [("cash.lockbox_clearing", "250.00"), ("ar.patient", "-250.00")]
    assert moved[1][1] == ("liability.unapplied_patient", "-250.00")
