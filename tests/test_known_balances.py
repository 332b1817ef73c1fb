"""What is open where: buckets below zero, shares that have moved on, interest, second payments."""

from __future__ import annotations

from decimal import Decimal

import pytest

import hcfin
from billed import claim, submission
from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim
from hcfin.identity import token
from hcfin.reconcile import Ledger
from law_tools import remit
from test_known import BOOKS, CONTEXT, KEYS, PRIMARY, codes, later, learned, net, post

ACCOUNT = token(KEYS, "acct", "ACCT-1")
REVERSAL = remit(
    "T3",
    "0",
    "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
    plb="PLB*1*20251231*FB:T3*-300",
)
LATER = later("CAS*OA*23*425~CAS*CO*45*10", "65")


# A12: a share comes back from the bucket that now holds it


def test_a_share_that_a_later_payer_took_over_comes_back_from_its_bucket() -> None:
    """75.00 moved from the patient to payer 2, which paid 65.00. The patient, who paid nothing, gets no
    credit: payer 2 has a bucket of -75.00, which is told and neither moved nor refunded."""
    second = post(REVERSAL, learned(PRIMARY, LATER))
    assert codes(second) == ["CORRECTION_MISSING", "NEGATIVE_BUCKET"]
    assert ("ar.patient",) not in net(second)
    assert net(second)["ar.payer", "2"] == "-75.00"
    stateless = net(post(REVERSAL, None))
    assert stateless["ar.patient",] == "-75.00"
    (told,) = [issue for issue in second.issues if issue.code == "NEGATIVE_BUCKET"]
    assert dict(told.values) == {"sequence": "2", "balance": "-75.00"}


def test_a_share_that_the_patient_still_owes_comes_back_from_the_patient() -> None:
    second = post(REVERSAL, learned(PRIMARY))
    assert net(second)["ar.patient",] == "-75.00"
    assert codes(second) == ["CORRECTION_MISSING"]


def test_what_came_back_is_no_longer_with_the_later_payer() -> None:
    ledger = learned(PRIMARY, LATER)
    (moved,) = ledger.transfers(ACCOUNT)
    assert (moved.sequence, moved.amount) == ("2", Decimal("75.00"))
    ledger = learned(PRIMARY, LATER, REVERSAL)
    assert ledger.transfers(ACCOUNT) == ()
    assert ledger.patient_balance(ACCOUNT) == 0
    assert ledger.open_balance(ACCOUNT, "2") == Decimal("-75.00")


def test_a_part_of_the_share_may_have_moved() -> None:
    """Payer 2 took over 40.00 of 75.00: 40.00 come back from its bucket, 35.00 from the patient."""
    part = later("CAS*OA*23*460", "40")
    second = post(REVERSAL, learned(PRIMARY, part))
    assert (net(second)["ar.payer", "2"], net(second)["ar.patient",]) == ("-40.00", "-35.00")


def test_a_share_of_another_claim_comes_back_from_the_patient_who_owes_it() -> None:
    """40.00 of the first claim moved on; the 20.00 of the second are still the patient's."""
    other = remit("T5", "80", "CLP*ACCT-1*1*100*80*20*12*CLAIM5~CAS*PR*1*20")
    back = remit("T6", "0", "CLP*ACCT-1*22*-100*-80**12*CLAIM5~CAS*PR*1*-20", plb="PLB*1*20251231*FB:T6*-80")
    second = post(back, learned(PRIMARY, later("CAS*OA*23*460", "40"), other))
    assert net(second)["ar.patient",] == "-20.00"
    assert ("ar.payer", "2") not in net(second)


# Buckets


def charged(amount: str) -> Ledger:
    ledger = Ledger(KEYS)
    ledger.charge("ACCT-1", Decimal(amount))
    return ledger


@pytest.mark.parametrize(("charge", "told"), [("500", []), ("600", []), ("400", ["NEGATIVE_BUCKET"])])
def test_more_than_was_charged_leaves_the_bucket(charge: str, told: list[str]) -> None:
    posting = post(PRIMARY, charged(charge))
    assert codes(posting) == told
    assert net(posting) == net(post(PRIMARY, None)), "told, and posted all the same"


def test_a_reversal_fills_the_bucket_before_its_correction_empties_it() -> None:
    ledger = charged("500")
    reading = hcfin.read(PRIMARY)
    ledger.learn(reading, hcfin.post(reading, BOOKS, context=CONTEXT, known=ledger))
    assert ledger.open_balance(ACCOUNT, "1") == 0
    both = remit(
        "T3",
        "20",
        "CLP*ACCT-1*1*500*320**12*CLAIM2~CAS*CO*45*105~CAS*PR*1*75",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
    )
    assert codes(post(both, ledger)) == []


def submitted(*claims: Claim, created: str = "2025-01-05", ref: str = "S1") -> list[Fact]:
    own = [claim.model_copy(update={"submission": ref}) for claim in claims]
    return [submission(ref=ref, created=created), *own]


def of_account(charged: str, **changes: object) -> Claim:
    return claim(charged, account="ACCT-1", **changes)


def test_claims_that_others_book_open_the_bucket_of_the_first_payer() -> None:
    """700.00 were billed and sent once more, then replaced by 500.00; the second payer's claim opens nothing,
    and neither does one that is void."""
    first = of_account("700.00")
    ledger = Ledger(KEYS)
    ledger.learn_claims(
        [
            *submitted(first),
            *submitted(first, created="2025-01-06", ref="S2"),
            *submitted(of_account("500.00", frequency="7"), created="2025-01-07", ref="S3"),
            *submitted(of_account("500.00", sequence="S"), created="2025-02-07", ref="S4"),
            *submitted(claim("40.00", account="ACCT-2"), claim("40.00", account="ACCT-2", frequency="8")),
        ]
    )
    assert ledger.open_balance(ACCOUNT, "1") == Decimal("500.00")
    assert ledger.open_balance(token(KEYS, "acct", "ACCT-2"), "1") is None
    assert codes(post(PRIMARY, ledger)) == []
    more = PRIMARY.replace(b"*500*300*75", b"*600*400*75").replace(b"*300*C", b"*400*C")
    assert codes(post(more, ledger)) == ["NEGATIVE_BUCKET"]


# Corrections and second payments


def test_a_suspended_correction_is_no_missing_one() -> None:
    """The correction does not balance and waits; that it came is known."""
    both = remit(
        "T3",
        "0",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
        "CLP*ACCT-1*1*500*300**12*CLAIM2~CAS*CO*45*100~CAS*PR*1*75",
    )
    assert codes(post(both, learned(PRIMARY))) == ["REMIT_UNBALANCED_CLAIM"]


def test_a_claim_that_is_pending_again_is_no_missing_correction() -> None:
    both = remit(
        "T3",
        "0",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
        "CLP*ACCT-1*5*500*0**12*CLAIM2~CAS*OA*133*500",
        plb="PLB*1*20251231*FB:T3*-300",
    )
    assert codes(post(both, learned(PRIMARY))) == ["CLAIM_PENDING"]


def test_the_same_payment_under_another_trace_waits() -> None:
    again = PRIMARY.replace(b"TRN*1*T1", b"TRN*1*T9").replace(b"CLAIM1", b"CLAIM7")
    posting = post(again, learned(PRIMARY))
    assert codes(posting) == ["DUPLICATE_SUSPECT"]
    assert net(posting) == {("cash.eft_in_transit",): "300.00", ("liability.unapplied_payer",): "-300.00"}
    other = again.replace(b"CAS*CO*45*125~CAS*PR*1*75", b"CAS*CO*45*120~CAS*PR*1*80")
    assert codes(post(other, learned(PRIMARY))) == ["REVERSAL_MISSING"]


# A27: interest


def interest(amount: str, trace: str, *more: str) -> bytes:
    """A claim that pays 1,000.00, and interest: negative where the payer pays it."""
    paid = "CLP*ACCT-9*1*1000*1000**12*CLAIM9"
    plb = "*".join(f"L6*{value}" for value in (amount, *more))
    left = Decimal(1000) - sum(Decimal(value) for value in (amount, *more))
    return remit(trace, f"{left}", paid, plb=f"PLB*1*20251231*{plb}")


def test_interest_that_is_taken_back_beyond_what_was_paid_is_an_expense() -> None:
    """3.00 were paid; of 5.00 that are taken back 3.00 reduce the income, and 2.00 are an expense."""
    before, back = interest("-3", "T1"), interest("5", "T2")
    known = net(post(back, learned(before)))
    assert (known["other.payer_interest",], known["expense.interest",]) == ("3.00", "2.00")
    assert net(post(back, None))["other.payer_interest",] == "5.00"


@pytest.mark.parametrize("amounts", [("-3", "5"), ("5", "-3")])
def test_interest_that_the_same_remittance_pays_counts_first(amounts: tuple[str, str]) -> None:
    booked = net(post(interest(amounts[0], "T2", amounts[1]), Ledger(KEYS)))
    assert booked["expense.interest",] == "2.00"
    assert ("other.payer_interest",) not in booked


# A13: after a final denial


def test_a_reversal_takes_back_a_final_denial_whatever_the_books_say_now() -> None:
    """800.00 were written off by books that do so; those of today do not, and would reopen a denial in the
    receivable while the write-off stands."""
    final = hcfin.books.load(
        [
            hcfin.books.builtin("example.toml"),
            hcfin.overlay.Layer("mine.toml", "[policy]\ndenial_final_auto = true\n"),
        ]
    )
    denied = remit("T1", "0", "CLP*ACCT-1*1*800*0**12*CLAIM1~CAS*CO*29*800", day="20250110")
    reversal = remit("T2", "0", "CLP*ACCT-1*22*-800*0**12*CLAIM1~CAS*CO*29*-800")
    first = post(denied, None, final)
    assert net(first)["revenue.adjustment.denial_final", "denied", "timely_filing"] == "800.00"
    second = post(reversal, learned(denied, books=final), BOOKS)
    assert net(first, second) == {("ar.payer",): "800.00", ("ar.payer", "1"): "-800.00"}
    assert "revenue.adjustment.denial_final" not in {place[0] for place in net(post(reversal, None, BOOKS))}
