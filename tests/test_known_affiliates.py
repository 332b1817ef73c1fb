"""What is known and affiliates (A16) together: each entity takes back what it booked, in its own books."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

import hcfin
from hcfin.posting import Posting
from hcfin.reconcile import Ledger
from law_tools import remit
from test_affiliates import CLINIC, PARENT, PROVIDER, _books
from test_known import CORRECTED, DENIED, PRIMARY, codes, later, learned, post

BOOKS = _books()
RECOUP = "liability.payer_recoup"
PAID = "CLP*ACCT-9*1*1000*1000**12*CLAIM9"


def clinics(data: bytes) -> bytes:
    """The same remittance, and its claims are of the clinic."""
    text = data.decode()
    head, *claims = text.split("~CLP*")
    parts = [claim.partition("~")[::2] for claim in claims]
    bodies = [rest.split("~PLB*")[0].split("~SE*")[0] for _, rest in parts]
    for (first, rest), body in zip(parts, bodies, strict=True):
        head += f"~CLP*{first}~{body}~{PROVIDER}{rest[len(body) :]}"
    return head.encode()


def net(entity: str, *postings: Posting) -> dict[str, str]:
    """Debits less credits of an entity by role; what is zero is left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        for document in posting.documents:
            for line in document.gl_lines if document.entity == entity else ():
                status = dict(line.tags).get("ar_status", "")
                sums[f"{line.role} {status}".strip()] += line.amount if line.side == "debit" else -line.amount
    return {role: f"{amount}" for role, amount in sorted(sums.items()) if amount}


def recovered(provider: str, amount: str, reference: str = "CLAIM1") -> bytes:
    left = f"{Decimal(1000) - Decimal(amount)}"
    return remit("T5", left, PAID, plb=f"PLB*{provider}*20251231*WO:{reference}*{amount}", day="20250120")


def test_a_correction_takes_the_denial_back_in_the_books_of_the_affiliate() -> None:
    """800.00 denied, then 600.00 in cash and 200.00 by contract: main has the cash and owes it, no more."""
    denied, corrected = clinics(DENIED), clinics(CORRECTED)
    first, second = post(denied, None, BOOKS), post(corrected, learned(denied, books=BOOKS), BOOKS)
    assert codes(second) == ["REVERSAL_INFERRED"]
    assert net("clinic", first, second) == {
        "ar.due_from_affiliate": "600.00",
        "ar.payer": "-800.00",
        "revenue.adjustment.contractual": "200.00",
    }
    assert net("main", first, second) == {
        "cash.eft_in_transit": "600.00",
        "liability.due_to_affiliate": "-600.00",
    }


REVERSAL = remit(
    "T2",
    "0",
    "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*50*-125~CAS*PR*1*-75",
    plb=f"PLB*{CLINIC}*20251231*FB:T2*-300",
)


def test_a_reversal_takes_back_what_the_affiliate_posted() -> None:
    """CO-45 125.00 was contractual in the clinic's books; the reversal says CO-50 -125.00."""
    paid = clinics(PRIMARY)
    first = post(paid, None, BOOKS)
    second = post(clinics(REVERSAL), learned(paid, books=BOOKS), BOOKS)
    assert codes(second) == ["CORRECTION_MISSING", "REVERSAL_MISMATCH"]
    assert net("clinic", first, second) == {
        "ar.due_from_affiliate": "600.00",  # 300.00 paid, 300.00 carried forward for it
        "liability.due_to_affiliate": "-300.00",
        "liability.payer_forward": "-300.00",
    }
    assert net("clinic", first, post(clinics(REVERSAL), None, BOOKS))["revenue.adjustment.contractual"]


def test_a_reversal_that_names_no_affiliate_takes_nothing_of_its_books() -> None:
    """Without its provider the reversal is the payee's: it posts as it stands, and somebody must look."""
    known = learned(clinics(PRIMARY), books=BOOKS)
    posting = post(REVERSAL, known, BOOKS)
    assert codes(posting) == ["REVERSAL_MISMATCH"]
    assert "ar.payer" not in net("clinic", posting)
    assert net("main", posting) == net("main", post(REVERSAL, None, BOOKS))


def test_a_correction_in_other_books_takes_no_denial_back() -> None:
    """The clinic's denial stands until the clinic's own claim corrects it."""
    denied, corrected = clinics(DENIED), clinics(CORRECTED)
    known = learned(denied, CORRECTED.replace(b"TRN*1*T2", b"TRN*1*T9"), books=BOOKS)
    assert codes(post(CORRECTED, learned(denied, books=BOOKS), BOOKS)) == []
    assert codes(post(corrected, known, BOOKS)) == ["REVERSAL_INFERRED"]


def test_a_reversal_learned_in_other_books_leaves_the_adjudication_open() -> None:
    known = learned(clinics(PRIMARY), REVERSAL, books=BOOKS)
    assert codes(post(clinics(PRIMARY.replace(b"TRN*1*T1", b"TRN*1*T9")), known, BOOKS)) == [
        "DUPLICATE_SUSPECT"
    ]


def test_a_later_payer_moves_the_patient_share_within_the_affiliate() -> None:
    paid, next_ = clinics(PRIMARY), clinics(later("CAS*OA*23*425~CAS*CO*45*10", "65"))
    first, second = post(paid, None, BOOKS), post(next_, learned(paid, books=BOOKS), BOOKS)
    assert codes(second) == []
    assert net("clinic", first, second) == {
        "ar.due_from_affiliate": "365.00",
        "ar.payer": "-500.00",
        "revenue.adjustment.contractual": "135.00",
    }
    assert net("main", first, second) == {
        "cash.eft_in_transit": "365.00",
        "liability.due_to_affiliate": "-365.00",
    }


def test_a_claim_that_waits_for_its_reversal_stays_with_its_affiliate() -> None:
    """The correction stands before the reversal, and both are the clinic's by their group (TS3)."""
    group = f"TS3*{CLINIC}*11*20251231*2*0"
    claims = (
        "CLP*ACCT-1*1*500*320**12*CLAIM3~CAS*CO*45*180",
        "CLP*ACCT-1*22*-500*-300**12*CLAIM1~CAS*CO*45*-125~CAS*PR*1*-75",
    )
    both = remit("T2", "20", *claims).replace(b"LX*1~", f"LX*1~{group}~".encode())
    posting = post(both, learned(clinics(PRIMARY), books=BOOKS), BOOKS)
    assert codes(posting) == []
    assert net("clinic", posting) == {
        "ar.due_from_affiliate": "320.00",
        "liability.due_to_affiliate": "-300.00",
        "ar.patient": "-75.00",
        "revenue.adjustment.contractual": "55.00",
    }


def test_a_recovery_beyond_the_liability_of_an_affiliate() -> None:
    """300.00 were paid for the clinic's claim and never reversed: a denied receivable of the clinic, and
    main kept 300.00 less for it."""
    posting = post(recovered(CLINIC, "300"), learned(clinics(PRIMARY), books=BOOKS), BOOKS)
    assert codes(posting) == []
    assert net("clinic", posting) == {"ar.payer denied": "300.00", "liability.due_to_affiliate": "-300.00"}
    assert net("main", posting)["ar.due_from_affiliate"] == "300.00"


@pytest.mark.parametrize("known", [Ledger(hcfin.DEMO_KEYS), None])
def test_a_recovery_of_another_entity_is_not_taken_from_the_affiliate(known: Ledger | None) -> None:
    """PLB01 names main, and main has no such claim: 300.00 wait in main's suspense."""
    posting = post(recovered(PARENT, "300"), known or learned(clinics(PRIMARY), books=BOOKS), BOOKS)
    assert codes(posting) == ["RECOUP_UNIDENTIFIED"]
    assert net("main", posting)["suspense"] == "300.00"
    assert net("clinic", posting) == {}


def test_a_recovery_uses_the_liability_of_its_own_entity() -> None:
    """120.00 were set aside for the clinic: of 150.00 the clinic's liability has 120.00, 30.00 wait there."""
    aside = remit(
        "T4",
        "1120",
        PAID.replace("ACCT-9", "ACCT-8"),
        plb=f"PLB*{CLINIC}*20251231*WO:L1*-120",
        day="20250118",
    )
    known = learned(aside, books=BOOKS)
    posting = post(recovered(CLINIC, "150", "L1"), known, BOOKS)
    assert codes(posting) == ["RECOUP_UNIDENTIFIED"]
    assert net("clinic", posting) == {
        "liability.due_to_affiliate": "-150.00",
        RECOUP: "120.00",
        "suspense": "30.00",
    }
    other = post(recovered(PARENT, "150", "L1"), known, BOOKS)
    assert (net("main", other)["suspense"], RECOUP in net("main", other)) == ("150.00", False)


def test_an_offset_for_an_affiliate_is_the_same_with_history() -> None:
    data = remit("T5", "970", PAID, plb=f"PLB*{PARENT}*20251231*OB:{CLINIC}*30")
    assert post(data, Ledger(hcfin.DEMO_KEYS), BOOKS) == post(data, None, BOOKS)


def test_a_shadow_remittance_is_not_learned_as_an_adjudication() -> None:
    """J1: the payments of the claims wait, so a later remittance of the same charge is their first."""
    claim = "CLP*ACCT-1*1*500*300*75*12*CLAIM1~CAS*CO*45*125~CAS*PR*1*75"
    shadow = remit("T4", "0", f"{claim}~{PROVIDER}", plb=f"PLB*{PARENT}*20251231*J1:TESTREF*300")
    known = learned(shadow, books=BOOKS)
    assert "SHADOW_CLAIM" in codes(post(shadow, None, BOOKS))
    assert codes(post(clinics(PRIMARY), known, BOOKS)) == []
