"""What earlier remittances tell: reversals, corrections, later payers, chains, duplicates, parts.

The figures are those of the posting rules: §5.2 and §5.3 (R0 to R2), §5.5 and A8 (later payers), §5.6 and A14
(recoveries), A21 (duplicates), P4 (parts).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from decimal import Decimal

import pytest

import cases
import hcfin
from hcfin.billing.reading import Reading
from hcfin.finance.documents import load_document
from hcfin.identity import token
from hcfin.posting import Outcome, Posting
from hcfin.reconcile import Ledger, merge_by_trace, post_in_order, roll_forward
from hcfin.testing import assert_clearing_zero
from law_tools import remit

KEYS = hcfin.DEMO_KEYS
CONTEXT = hcfin.Context(keys=KEYS)
BOOKS = hcfin.load_books("example")
OWN = hcfin.load_books("example", cases.FIXTURES / "posting" / "worked_r1" / "books.toml")
X12 = cases.FIXTURES / "x12" / "remittance_835"
R0 = cases.FIXTURES / "reconcile" / "worked_5_4" / "r0.edi"
R1 = X12 / "worked_r1" / "input.edi"
R2 = X12 / "worked_r2" / "input.edi"
RECOUP = "liability.payer_recoup"


def learned(*sources: object, books: hcfin.books.Books = BOOKS) -> Ledger:
    """A ledger that has seen sources one after the other."""
    ledger = Ledger(KEYS)
    for source in sources:
        reading = hcfin.read(source)
        ledger.learn(reading, hcfin.post(reading, books, context=CONTEXT, known=ledger))
    return ledger


def post(source: object, known: Ledger | None, books: hcfin.books.Books = BOOKS) -> Posting:
    posting = hcfin.post(hcfin.read(source), books, context=CONTEXT, known=known)
    assert_clearing_zero(posting.documents)
    return posting


def codes(posting: Posting) -> list[str]:
    return sorted({issue.code for issue in posting.issues})


def net(*postings: Posting) -> dict[tuple[str, ...], str]:
    """Debits less credits by role and what tells its balances apart; what is zero is left out."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for posting in postings:
        for document in posting.documents:
            for line in document.gl_lines:
                tags = dict(line.tags)
                told = [tags[name] for name in ("sequence", "ar_status", "denial_class") if name in tags]
                sums[(line.role, *told)] += line.amount if line.side == "debit" else -line.amount
    return {place: f"{amount}" for place, amount in sorted(sums.items()) if amount}


PRIMARY = remit("T1", "300", "CLP*ACCT-1*1*500*300*75*12*CLAIM1~CAS*CO*45*125~CAS*PR*1*75", day="20250110")


# Reversals (A13, R10)


def test_a_reversal_that_mirrors_its_adjudication_says_nothing() -> None:
    known = learned(R0, books=OWN)
    posting = post(R1, known, OWN)
    assert codes(posting) == []
    assert net(posting) == net(post(R1, None, OWN))


def test_a_reversal_without_an_adjudication_posts_as_it_stands_and_is_flagged() -> None:
    posting = post(R1, Ledger(KEYS), OWN)
    assert codes(posting) == ["REVERSAL_MISMATCH"]
    assert net(posting) == net(post(R1, None, OWN))


def test_the_order_of_reversal_and_correction_in_a_remittance_does_not_matter() -> None:
    text = R1.read_text(encoding="utf-8")
    start, second, third = (text.index(part) for part in ("CLP*ACCT-A*22", "CLP*ACCT-A*1*", "CLP*ACCT-B"))
    other = (text[:start] + text[second:third] + text[start:second] + text[third:]).encode()
    known = learned(R0, books=OWN)
    first, turned = post(R1, known, OWN), post(other, known, OWN)
    assert codes(turned) == []
    assert [d.content_hash for d in first.documents] == [d.content_hash for d in turned.documents]


def test_a_reversal_under_another_code_takes_back_what_was_posted() -> None:
    """CO-45 125.00 was contractual; the reversal says CO-50 -125.00: without history contractual would keep
    125.00 and a denial of -125.00 would stand."""
    reversal = remit(
        "T2",
        "0",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*50*-125~CAS*PR*1*-75",
        plb="PLB*1*20251231*FB:T2*-300",
    )
    first, second = post(PRIMARY, None), post(reversal, learned(PRIMARY))
    assert codes(second) == ["CORRECTION_MISSING", "REVERSAL_MISMATCH"]
    # A reversal does not tell the turn of its payer.
    assert net(first, second) == {
        ("ar.payer",): "500.00",
        ("ar.payer", "1"): "-500.00",
        ("cash.eft_in_transit",): "300.00",
        ("liability.payer_forward",): "-300.00",
    }
    assert learned(PRIMARY, reversal).open_balance(token(KEYS, "acct", "ACCT-1"), "2") == 0
    stateless = net(first, post(reversal, None))
    assert stateless[("revenue.adjustment.contractual",)] == "125.00"


def test_a_reversal_of_a_share_that_went_to_the_next_payer_takes_it_back_there() -> None:
    """A12: status 19 sent 75.00 on; the reversal says PR-1 -75.00, which alone would credit the patient."""
    forwarded = PRIMARY.replace(b"ACCT-1*1*500", b"ACCT-1*19*500")
    reversal = remit(
        "T2",
        "0",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
        plb="PLB*1*20251231*FB:T2*-300",
    )
    first, second = post(forwarded, None), post(reversal, learned(forwarded))
    assert codes(second) == ["CORRECTION_MISSING"]
    assert ("ar.patient",) not in net(first, second)
    assert ("ar.payer", "2") not in net(first, second)
    assert net(first, post(reversal, None))["ar.patient",] == "-75.00"


def test_a_payee_that_nobody_knows_is_rejected_as_ever() -> None:
    case = cases.FIXTURES / "errors" / "PAYEE_UNKNOWN"
    source, books = cases.source_of(case), cases.books_of(case)
    assert codes(post(source, Ledger(KEYS), books)) == codes(post(source, None, books)) == ["PAYEE_UNKNOWN"]


@pytest.mark.parametrize(
    "others", ["CAS*CR*45*-200", "CAS*CR*45*-125~CAS*CR*1*-75", "CAS*CR*7*-150~CAS*PR*1*-50"]
)
def test_a_reversal_of_4010_takes_back_what_was_posted(others: str) -> None:
    """Group CR says only that it reverses; 125.00 and 75.00 of the original are known."""
    reversal = remit(
        "T2", "0", f"CLP*ACCT-1*22*-500*-300**12*CLAIM1~{others}", plb="PLB*1*20251231*FB:T2*-300"
    )
    first, second = post(PRIMARY, None), post(reversal, learned(PRIMARY))
    assert codes(second) == ["CORRECTION_MISSING"]
    assert net(first, second) == {
        ("ar.payer",): "500.00",
        ("ar.payer", "1"): "-500.00",
        ("cash.eft_in_transit",): "300.00",
        ("liability.payer_forward",): "-300.00",
    }
    assert sum(end.rule == "mirrored" for end in second.dispositions) == others.count("CR")
    for known in (None, Ledger(KEYS)):
        assert "REVERSAL_GROUP_CR" in codes(post(reversal, known))


# Corrections without a reversal


DENIED = remit("T1", "0", "CLP*ACCT-1*1*800*0**12*CLAIM1~CAS*CO*50*800", day="20250110")
CORRECTED = remit("T2", "600", "CLP*ACCT-1*1*800*600**12*CLAIM2~CAS*CO*45*200")


def test_a_correction_of_what_was_not_paid_takes_the_denial_back() -> None:
    """800.00 denied, then adjudicated again: 600.00 in cash, 200.00 by contract, nothing stays denied, and
    the receivable is credited with the charge once."""
    first, second = post(DENIED, None), post(CORRECTED, learned(DENIED))
    assert codes(second) == ["REVERSAL_INFERRED"]
    assert net(first, second) == {
        ("ar.payer", "1"): "-800.00",
        ("cash.eft_in_transit",): "600.00",
        ("revenue.adjustment.contractual",): "200.00",
    }
    stateless = net(first, post(CORRECTED, None))
    assert stateless["ar.payer", "1"] == "-1600.00"
    assert stateless["ar.payer", "1", "denied", "medical_necessity"] == "800.00"


def test_a_correction_of_what_was_paid_waits_for_its_reversal() -> None:
    again = remit("T3", "620", "CLP*ACCT-1*1*800*620**12*CLAIM3~CAS*CO*45*180")
    posting = post(again, learned(DENIED, CORRECTED))
    assert codes(posting) == ["REVERSAL_MISSING"]
    assert net(posting) == {("cash.eft_in_transit",): "620.00", ("liability.unapplied_payer",): "-620.00"}
    assert codes(post(again, None)) == []


# Later payers (A8, A11, §5.5)


def later(adjustments: str, paid: str, trace: str = "T2") -> bytes:
    return remit(trace, paid, f"CLP*ACCT-1*2*500*{paid}**12*CLAIM2~{adjustments}")


def test_a_later_payer_moves_the_patient_share_to_its_bucket_first() -> None:
    """500.00 less 425.00 of the earlier payer: 75.00 leave the bucket, which gets them from the patient."""
    good = later("CAS*OA*23*425~CAS*CO*45*10", "65")
    first, second = post(PRIMARY, None), post(good, learned(PRIMARY))
    assert codes(second) == []
    assert net(first, second) == {
        ("ar.payer", "1"): "-500.00",
        ("cash.eft_in_transit",): "365.00",
        ("revenue.adjustment.contractual",): "135.00",
    }
    stateless = net(first, post(good, None))
    assert (stateless["ar.patient",], stateless["ar.payer", "2"]) == ("75.00", "-75.00")


@pytest.mark.parametrize(
    ("adjustments", "code"),
    [
        ("CAS*OA*23*300~CAS*CO*45*135", "COB_DOUBLE_CONTRACTUAL"),  # 200.00 against 75.00 open
        ("CAS*CO*45*435", "COB_DOUBLE_CONTRACTUAL"),  # 500.00 against 75.00 open
    ],
)
def test_what_is_more_than_the_open_bucket_is_caught(adjustments: str, code: str) -> None:
    posting = post(later(adjustments, "65"), learned(PRIMARY))
    assert codes(posting) == [code]
    assert net(posting) == {("cash.eft_in_transit",): "65.00", ("liability.unapplied_payer",): "-65.00"}


def test_without_history_the_double_reduction_with_23_would_post() -> None:
    """The case that only the bucket tells: -125.00 would be left."""
    stateless = post(later("CAS*OA*23*300~CAS*CO*45*135", "65"), None)
    assert codes(stateless) == []
    assert net(stateless)["ar.payer", "2"] == "-200.00"


def test_a_missing_23_alone_is_a_warning_where_the_bucket_is_known() -> None:
    fits = remit("T2", "65", "CLP*ACCT-1*2*75*65**12*CLAIM2~CAS*CO*45*10")
    known = post(fits, learned(PRIMARY))
    assert codes(known) == ["COB_WITHOUT_23"]
    assert net(known)["revenue.adjustment.contractual",] == "10.00"
    assert codes(post(fits, Ledger(KEYS))) == codes(post(fits, None)) == ["COB_MISSING_23"]


def test_a_later_payer_of_an_account_that_nobody_knows_posts_as_ever() -> None:
    good = later("CAS*OA*23*425~CAS*CO*45*10", "65")
    assert net(post(good, Ledger(KEYS))) == net(post(good, None))


def test_a_share_that_was_sent_on_is_in_the_bucket_already() -> None:
    """Status 19: 75.00 are the next payer's at once, so nothing moves from the patient."""
    forwarded = PRIMARY.replace(b"ACCT-1*1*500", b"ACCT-1*19*500")
    good = later("CAS*OA*23*425~CAS*CO*45*10", "65")
    second = post(good, learned(forwarded))
    assert codes(second) == []
    assert net(second) == net(post(good, None))
    assert ("ar.payer", "2") not in net(post(forwarded, None), second)


def test_charges_open_the_bucket_of_the_first_payer() -> None:
    ledger = Ledger(KEYS)
    account = token(KEYS, "acct", "ACCT-1")
    assert ledger.open_balance(account, "1") is None
    ledger.charge("ACCT-1", Decimal("500.00"))
    assert ledger.open_balance(account, "1") == Decimal("500.00")
    reading = hcfin.read(PRIMARY)
    ledger.learn(reading, hcfin.post(reading, BOOKS, context=CONTEXT, known=ledger))
    assert ledger.open_balance(account, "1") == 0
    assert ledger.patient_balance(account) == Decimal("75.00")


# Chains by reference (A14, §5.6)


def wo(amount: str, trace: str, reference: str = "CLAIM1", code: str = "WO") -> bytes:
    """A claim that pays 1,000.00 less what is taken back."""
    paid = "CLP*ACCT-9*1*1000*1000**12*CLAIM9"
    left = Decimal("1000") - Decimal(amount)
    return remit(trace, f"{left}", paid, plb=f"PLB*1*20251231*{code}:{reference}*{amount}", day="20250120")


def letter(reference: str, amount: str) -> list[object]:
    """A payer's letter, booked: the receivable against the liability to pay back."""
    line = {
        "account": "x",
        "amount": amount,
        "currency": "USD",
        "party": {"kind": "payer", "token": "everyone"},
        "rule": {"id": "letter", "layer": "letters", "line": 1},
        "origins": {"first": [{"standard": "facts", "at": 1}], "count": 1, "digest": "0"},
    }
    tags = {"reference": token(KEYS, "claim", reference)}
    return [
        load_document(
            {
                "kind": "journal_entry",
                "id": "letter",
                "content_hash": "x",
                "entity": "main",
                "currency": "USD",
                "gl_date": "2025-01-12",
                "period": "2025-01",
                "source": "letter",
                "gl_lines": [
                    {**line, "n": 1, "role": "ar.payer", "side": "debit"},
                    {**line, "n": 2, "role": RECOUP, "side": "credit", "tags": tags},
                ],
            }
        )
    ]


def payer_name() -> str:
    (document, *_) = hcfin.post(hcfin.read(PRIMARY), BOOKS, context=CONTEXT).documents
    return next(line.party.token for line in document.gl_lines if line.party)


def test_a_recovery_of_a_booked_letter_uses_its_liability() -> None:
    ledger = Ledger(KEYS)
    booked = [
        document.model_copy(
            update={
                "gl_lines": tuple(
                    line.model_copy(update={"party": line.party.model_copy(update={"token": payer_name()})})
                    for line in document.gl_lines
                )
            }
        )
        for document in letter("CLAIM1", "120.00")
    ]
    ledger.learn_documents(booked)
    ledger.learn_documents(booked)
    posting = post(wo("120", "T5"), ledger)
    assert codes(posting) == []
    assert net(posting)[RECOUP,] == "120.00"
    beyond = post(wo("150", "T5"), ledger)
    assert codes(beyond) == ["RECOUP_UNIDENTIFIED"]
    assert (net(beyond)[RECOUP,], net(beyond)["suspense",]) == ("120.00", "30.00")


def test_a_recovery_of_a_paid_claim_is_a_denied_receivable() -> None:
    posting = post(wo("300", "T5"), learned(PRIMARY))
    assert codes(posting) == []
    assert net(posting)["ar.payer", "denied", "takeback"] == "300.00"
    (forward,) = roll_forward(posting.documents)
    assert (forward.takebacks, forward.foots) == (Decimal("300.00"), True)


def test_a_recovery_of_a_reversed_claim_is_a_duplicate() -> None:
    """R&C of 300.00 already took the money; WO takes it again."""
    reversal = remit(
        "T2",
        "0",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
        plb="PLB*1*20251231*FB:T2*-300",
    )
    posting = post(wo("300", "T5"), learned(PRIMARY, reversal))
    assert codes(posting) == ["DUPLICATE_TAKEBACK"]
    assert net(posting)["suspense",] == "300.00"


def test_a_delayed_recovery_ends_at_zero_over_two_remittances() -> None:
    """§5.6 option 3: R&C with WO -588.00, later WO +588.00 under the same reference."""
    paid = remit("T1", "588", "CLP*ACCT-1*1*588*588**12*CLAIM1", day="20250110")
    delayed = remit("T2", "0", "CLP*ACCT-1*22*-588*-588**12*CLAIM1", plb="PLB*1*20251231*WO:CLAIM1*-588")
    later_ = wo("588", "T5")
    first = post(delayed, learned(paid))
    second = post(later_, learned(paid, delayed))
    assert (codes(first), codes(second)) == (["CORRECTION_MISSING"], [])
    assert (net(first)[RECOUP,], net(second)[RECOUP,]) == ("-588.00", "588.00")


@pytest.mark.parametrize("plb", ["WO:L1*588*WO:L1*-588", "WO:L1*-588*WO:L1*588"])
def test_what_is_set_aside_in_a_remittance_may_be_used_in_it(plb: str) -> None:
    """§5.6 option 2: both stand in one remittance, in either order, and the chain ends at zero."""
    data = remit("T5", "100", "CLP*ACCT-9*1*100*100**12*CLAIM9", plb=f"PLB*1*20251231*{plb}")
    posting = post(data, Ledger(KEYS))
    assert codes(posting) == []
    assert (RECOUP,) not in net(posting)


def test_a_forwarded_balance_is_used_up_once() -> None:
    known = learned(R0, R1, books=OWN)
    assert "FB_CHAIN_BROKEN" not in codes(post(R2, known, OWN))
    alone = post(R2, Ledger(KEYS), OWN)
    assert codes(alone) == ["FB_CHAIN_BROKEN", "PATIENT_BILLING_HELD", "RECOUP_UNIDENTIFIED"]
    assert ("liability.payer_forward",) not in net(alone)
    assert net(alone)["suspense",] == "472.80"  # 352.80 and the recovery of 120.00


# Duplicates (A21) and parts (P4)


def test_the_same_remittance_in_a_later_call_is_dropped() -> None:
    """Also where what is known would have posted it otherwise: the source decides."""
    known = learned(PRIMARY, later("CAS*OA*23*425~CAS*CO*45*10", "65"))
    for source in (PRIMARY, later("CAS*OA*23*425~CAS*CO*45*10", "65")):
        other_envelope = source.replace(b"000000001", b"000000777")
        posting = post(other_envelope, known)
        assert (posting.documents, codes(posting)) == ((), ["DUPLICATE_REMITTANCE"])
        assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}


def test_other_content_under_the_same_key_is_a_conflict() -> None:
    other = PRIMARY.replace(b"CAS*CO*45*125~CAS*PR*1*75", b"CAS*CO*45*120~CAS*PR*1*80").replace(
        b"*75*12", b"*80*12"
    )
    posting = post(other, learned(PRIMARY))
    assert posting.documents == ()
    assert "CONFLICT" in codes(posting)


def test_documents_alone_know_duplicates_by_their_content() -> None:
    ledger = Ledger(KEYS)
    ledger.learn_documents(post(PRIMARY, None).documents)
    assert codes(post(PRIMARY, ledger)) == ["DUPLICATE_REMITTANCE"]


CLAIM_1, CLAIM_2 = "CLP*ACCT-1*1*100*60**12*C1~CAS*CO*45*40", "CLP*ACCT-2*1*100*40**12*C2~CAS*CO*45*60"
PLB = "PLB*1*20251231*FB:OLD*10"


def test_parts_of_a_remittance_are_told_and_merged() -> None:
    """100.00 of two claims less 10.00; each part has one claim and the payment of the whole."""
    whole = remit("T1", "90", CLAIM_1, CLAIM_2, plb=PLB)
    parts = [remit("T1", "90", CLAIM_1, plb=PLB), remit("T1", "90", CLAIM_2, plb=PLB)]
    known = learned(parts[0])
    first, second = post(parts[0], None), post(parts[1], known)
    assert "REMIT_UNBALANCED_TRANSACTION" in codes(first)
    assert "PARTIAL_REMIT" in codes(second)
    assert (first.documents, second.documents) == ((), ())
    merged = hcfin.post(merge_by_trace(hcfin.read(part) for part in parts), BOOKS, context=CONTEXT)
    expected = post(whole, None)
    assert [d.content_hash for d in merged.documents] == [d.content_hash for d in expected.documents]
    assert [d.id for d in merged.documents] == [d.id for d in expected.documents]
    full = hcfin.read(X12 / "full" / "input.edi")
    other = merge_by_trace([hcfin.read(PRIMARY), hcfin.read(whole), full])
    assert len(other) == 2 + 3 + len(full.facts)
    assert len(hcfin.post(other[:2] + other[3:6], BOOKS, context=CONTEXT).documents) == 4


# Order


def test_with_known_the_order_matters_and_post_in_order_fixes_it() -> None:
    """Stateless posting is the same in any order. With what is known it is not: a later payer before the
    earlier one has no bucket. `post_in_order` sorts, so any order of the files gives the same."""
    good = later("CAS*OA*23*425~CAS*CO*45*10", "65")
    right = net(post(PRIMARY, None), post(good, learned(PRIMARY)))
    wrong = net(post(good, Ledger(KEYS)), post(PRIMARY, learned(good)))
    assert right != wrong
    sources = [hcfin.read(source) for source in (PRIMARY, good, wo("300", "T5", "CLAIM7"))]
    results = [
        [
            [d.content_hash for d in posting.documents]
            for posting in post_in_order(turn, BOOKS, context=CONTEXT)
        ]
        for turn in itertools.permutations(sources)
    ]
    assert all(result == results[0] for result in results)
    other = hcfin.read(PRIMARY.replace(b"CO*45*125~CAS*PR*1*75", b"CO*45*120~CAS*PR*1*80"))
    turns = [[sources[0], other], [other, sources[0]]]
    first, second = (post_in_order(turn, BOOKS, context=CONTEXT) for turn in turns)
    assert "CONFLICT" in codes(first[1])
    assert first == second
    with pytest.raises(hcfin.HcfinError):
        post_in_order(sources, BOOKS, context=hcfin.Context())


def test_translate_takes_what_is_known() -> None:
    result = hcfin.translate(PRIMARY, BOOKS, to="netsuite", context=CONTEXT, known=learned(PRIMARY))
    assert [issue.code for issue in result.issues] == ["DUPLICATE_REMITTANCE"]


def test_an_empty_ledger_changes_no_first_remittance() -> None:
    """Nothing known, nothing said: but for reversals and recoveries, which ask for history."""
    reading: Reading = hcfin.read(PRIMARY)
    assert hcfin.post(reading, BOOKS, context=CONTEXT, known=Ledger(KEYS)) == hcfin.post(
        reading, BOOKS, context=CONTEXT
    )
