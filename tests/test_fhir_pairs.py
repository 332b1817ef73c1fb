"""The same money as FHIR and as X12 has one business key where both tell it, and is booked once, whichever
comes first: an 835 and a PaymentReconciliation, a statement of benefits beside either, an 837 and a Claim."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

import hcfin
from fhir_money import (
    PAYEE,
    PAYER,
    benefits,
    billed,
    bundle,
    category,
    detail,
    other,
    reason,
    reconciliation,
)
from hcfin.billing.base import Fact
from hcfin.books import Books, builtin, load
from hcfin.finance.base import Document
from hcfin.overlay import Layer
from hcfin.posting import Posting
from hcfin.reconcile import Ledger, cash_proof, roll_forward
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from posted import written

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
# 250.00 = 126.00 paid + 100.00 by contract + 24.00 coinsurance; 80.00 = 50.00 paid + 30.00 deductible.
CLAIMS = {
    "ACCT-1": ("250.00", "126.00", (("CO", "45", "100.00"), ("PR", "2", "24.00"))),
    "ACCT-2": ("80.00", "50.00", (("PR", "1", "30.00"),)),
}


def books(text: str = "") -> Books:
    own = f'[payers.plan]\nclass = "commercial"\nids = ["{PAYER}", "TIN-9"]\nnames = ["TEST PLAN"]\n'
    return load([builtin("example.toml"), Layer("own.toml", own + text)])


BOOKS = books()
STATED = books('[policy]\nadjudication_source = "eob"\n')


def advice_x12(*beside: str, paid: str = "176.00") -> bytes:
    from decimal import Decimal

    body = []
    for account, (charged, part, adjustments) in CLAIMS.items():
        share = sum(Decimal(amount) for group, _, amount in adjustments if group == "PR")
        body.append(f"CLP*{account}*1*{charged}*{part}*{share}*12*ICN-{account}")
        body += [f"CAS*{group}*{code}*{amount}" for group, code, amount in adjustments]
    return written(Decimal(paid), *body, *beside)


def responses(kind: str = "ClaimResponse", **fields: Any) -> list[dict[str, Any]]:
    return [
        benefits(
            category("submitted", charged),
            *(reason(*told) for told in adjustments),
            category("benefit", paid),
            account=account,
            paid=paid,
            kind=kind,
            **fields,
        )
        for account, (charged, paid, adjustments) in CLAIMS.items()
    ]


def advice_fhir(release: str = "R4", *beside: dict[str, Any], paid: str = "176.00", **fields: Any) -> bytes:
    told = responses()
    parts = [detail(one, paid) for one, (_, paid, _) in zip(told, CLAIMS.values(), strict=True)]
    return bundle(*told, reconciliation(*parts, *beside, paid=paid, release=release, **fields))


def statements(kind: str = "ExplanationOfBenefit") -> bytes:
    return bundle(*responses(kind, identifier="TEST0001"))


def learned(source: bytes, own: Books = BOOKS, ledger: Ledger | None = None) -> tuple[Ledger, Posting]:
    """What became of a source, and a ledger that has seen it."""
    ledger = ledger or Ledger(hcfin.DEMO_KEYS)
    reading = hcfin.read(source)
    posting = hcfin.post(reading, own, context=CONTEXT, known=ledger)
    checked(posting.documents)
    ledger.learn(reading, posting)
    return ledger, posting


def checked(documents: tuple[Document, ...]) -> None:
    for document in documents:
        assert_balanced(document)
    assert_clearing_zero(documents)
    assert all(forward.foots for forward in roll_forward(documents))
    assert all(proof.holds for proof in cash_proof(documents))


def together(*sources: bytes, own: Books = BOOKS) -> Posting:
    """Sources posted in one run."""
    facts: list[Fact] = [fact for source in sources for fact in hcfin.read(source).facts]
    posting = hcfin.post(facts, own, context=CONTEXT)
    checked(posting.documents)
    return posting


def codes(posting: Posting) -> list[str]:
    return sorted({issue.code for issue in posting.issues})


def keys(posting: Posting) -> list[tuple[str, str]]:
    return [(document.id, document.content_hash) for document in posting.documents]


# An 835 and a PaymentReconciliation


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_an_advice_is_the_same_document_from_either_standard(release: str) -> None:
    """176.00 = 126.00 + 50.00: the same ids, lines and hashes."""
    x12, fhir = together(advice_x12()), together(advice_fhir(release))
    assert codes(x12) == codes(fhir) == []
    assert keys(x12) == keys(fhir) != []
    assert [document.source for document in x12.documents] == [document.source for document in fhir.documents]


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("first", [0, 1], ids=["835", "fhir"])
def test_an_advice_that_comes_twice_in_one_run_is_booked_once(release: str, first: int) -> None:
    sources = [advice_x12(), advice_fhir(release)]
    posting = together(sources[first], sources[1 - first])
    assert keys(posting) == keys(together(advice_x12()))
    assert codes(posting) == ["DUPLICATE_REMITTANCE"]


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("first", [0, 1], ids=["835", "fhir"])
def test_an_advice_that_comes_later_from_the_other_standard_is_booked_once(release: str, first: int) -> None:
    sources = [advice_x12(), advice_fhir(release)]
    ledger, booked = learned(sources[first])
    assert booked.documents
    _, again = learned(sources[1 - first], ledger=ledger)
    assert again.documents == ()
    assert codes(again) == ["DUPLICATE_REMITTANCE"]


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_the_tax_number_of_the_payer_is_that_of_the_advice(release: str) -> None:
    """TRN03 is 1 and the tax number."""
    system = b"urn:oid:2.16.840.1.113883.4.4"
    taxed = (
        advice_fhir(release).replace(b"urn:oid:2.999.9", system).replace(PAYER.encode(), PAYER[1:].encode())
    )
    assert system in taxed
    assert keys(together(taxed)) == keys(together(advice_x12())) != []


@pytest.mark.parametrize("first", [0, 1], ids=["835", "fhir"])
def test_other_identifiers_of_the_payer_are_the_same_payer(first: int) -> None:
    """FHIR may have an id of its own: trace and claims tell that it is one."""
    told = advice_fhir().replace(f'"value": "{PAYER}"'.encode(), b'"value": "TIN-9"')
    sources = [advice_x12(), told]
    ledger, booked = learned(sources[first])
    assert booked.documents
    _, again = learned(sources[1 - first], ledger=ledger)
    assert again.documents == ()
    assert codes(again) == ["DUPLICATE_REMITTANCE"]


@pytest.mark.parametrize("first", [0, 1], ids=["835", "fhir"])
def test_other_content_under_the_same_key_is_a_conflict(first: int) -> None:
    """A21: 30.00 of another reason. Nothing is booked on top, and a person is told."""
    other_reason = advice_x12().replace(b"CAS*PR*1*30", b"CAS*CO*45*30").replace(b"*50.00*30", b"*50.00*0")
    sources = [other_reason, advice_fhir()]
    ledger, _ = learned(sources[first])
    _, again = learned(sources[1 - first], ledger=ledger)
    assert again.documents == ()
    assert "CONFLICT" in codes(again)
    posting = together(sources[first], sources[1 - first])
    assert codes(posting) == ["CONFLICT"]
    assert keys(posting) == keys(together(sources[first]))


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_money_beside_claims_agrees_too(release: str) -> None:
    """176.00 and an advance of 20.00 are 196.00."""
    x12 = advice_x12(f"PLB*{PAYEE}*20251231*AP:REF1*-20", paid="196.00")
    fhir = advice_fhir(release, other("advance", "20.00"), paid="196.00")
    assert keys(together(x12)) == keys(together(fhir)) != []
    ledger, _ = learned(x12)
    _, again = learned(fhir, ledger=ledger)
    assert (again.documents, codes(again)) == ((), ["DUPLICATE_REMITTANCE"])


# Statements of benefits beside them


@pytest.mark.parametrize("kind", ["ExplanationOfBenefit", "ClaimResponse"])
@pytest.mark.parametrize("own", [BOOKS, STATED], ids=["remittance", "eob"])
def test_advices_and_statements_together_book_one_of_them(kind: str, own: Books) -> None:
    sources = {"advice": [advice_x12(), advice_fhir()], "stated": [statements(kind)]}
    used = sources["stated" if own is STATED else "advice"][:1]
    for several in permutations([advice_x12(), statements(kind)]):
        posting = together(*several, own=own)
        assert sorted(keys(posting)) == sorted(keys(together(*used, own=own))) != []
    everything = together(advice_x12(), advice_fhir(), statements(kind), own=own)
    assert sorted(keys(everything)) == sorted(keys(together(*used, own=own)))


def test_either_source_books_the_same_in_sum() -> None:
    """The lines of the advice are those of the two statements, added up."""

    def sums(posting: Posting) -> dict[tuple[Any, ...], Any]:
        found: dict[tuple[Any, ...], Any] = {}
        for document in posting.documents:
            for line in document.gl_lines:
                key = (line.role, line.side, line.tags)
                found[key] = found.get(key, 0) + line.amount
        return found

    assert sums(together(advice_x12())) == sums(together(statements(), own=STATED)) != {}


@pytest.mark.parametrize("first", [0, 1], ids=["advice", "statement"])
@pytest.mark.parametrize("fhir", [False, True], ids=["835", "fhir"])
def test_a_change_of_the_source_books_nothing_twice(first: int, fhir: bool) -> None:
    """Books that begin to book by the other source, over the same payment."""
    pair = [(advice_fhir() if fhir else advice_x12(), BOOKS), (statements(), STATED)]
    ledger, booked = learned(*pair[first])
    assert booked.documents
    _, again = learned(*pair[1 - first], ledger=ledger)
    assert again.documents == ()
    assert codes(again) == ["DUPLICATE_REMITTANCE"]


def test_a_response_and_a_statement_of_one_claim_are_one_adjudication() -> None:
    posting = together(statements("ClaimResponse"), statements(), own=STATED)
    assert keys(posting) == keys(together(statements(), own=STATED))
    assert codes(posting) == ["DUPLICATE_REMITTANCE"]


# Versions of a statement


def stated(account: str, paid: str, *told: tuple[str, str, str], **fields: Any) -> dict[str, Any]:
    """100.00 are charged."""
    adjustments = [reason(*one) for one in told]
    return benefits(
        category("submitted", "100.00"),
        *adjustments,
        category("benefit", paid),
        account=account,
        paid=paid,
        **fields,
    )


SHARE = ("PR", "3", "30.00")


@pytest.mark.parametrize("identifier", ["", "TEST0001"])
def test_statements_of_equal_amounts_are_remembered_apart(identifier: str) -> None:
    one, another = (stated(name, "70.00", SHARE, identifier=identifier) for name in ("ACCT-1", "ACCT-2"))
    ledger, booked = learned(bundle(one, another), STATED)
    assert len({document.id for document in booked.documents if document.kind == "journal_entry"}) == 2
    for again in (one, another):
        _, nothing = learned(bundle(again), STATED, ledger)
        assert (nothing.documents, codes(nothing)) == ((), ["DUPLICATE_REMITTANCE"])


def test_a_statement_that_books_nothing_is_not_taken_for_another() -> None:
    """The first is secondary and does not tell what came before: it waits."""
    waits = stated("ACCT-1", "70.00", SHARE, turn=2)
    ledger, booked = learned(bundle(stated("ACCT-2", "70.00", SHARE), waits), STATED)
    assert "COB_MISSING_23" in codes(booked)
    _, again = learned(bundle(stated("ACCT-2", "70.00", SHARE)), STATED, ledger)
    assert (again.documents, codes(again)) == ((), ["DUPLICATE_REMITTANCE"])


@pytest.mark.parametrize(("identifier", "code"), [("", "REVERSAL_MISSING"), ("TEST0001", "CONFLICT")])
def test_the_same_version_books_nothing_and_another_waits(identifier: str, code: str) -> None:
    """A21: the same twice is dropped; other content under the same key is held for a person."""
    first = stated("ACCT-1", "70.00", SHARE, identifier=identifier, meta={"versionId": "1"})
    ledger, _ = learned(bundle(first), STATED)
    _, same = learned(bundle(first), STATED, ledger)
    assert (same.documents, codes(same)) == ((), ["DUPLICATE_REMITTANCE"])
    told = {"identifier": identifier, "meta": {"versionId": "2"}}
    newer = stated("ACCT-1", "60.00", SHARE, ("CO", "45", "10.00"), **told)
    _, held = learned(bundle(newer), STATED, ledger)
    assert held.documents == ()
    assert code in codes(held)


# An 837 and a Claim


def bill_x12(frequency: str = "1") -> bytes:
    segments = [
        "ST*837*0001*005010X222A1",
        "BHT*0019*00*B1*20250111*0900*CH",
        f"NM1*41*2*TEST HOSPITAL*****46*{PAYEE}",
        f"NM1*40*2*TEST PAYER*****46*{PAYER}",
        "HL*1**20*1",
        f"NM1*85*2*TEST HOSPITAL*****XX*{PAYEE}",
        "HL*2*1*22*0",
        "SBR*P*18*******12",
        "NM1*IL*1*TESTPERSON*ALPHA",
        f"NM1*PR*2*TEST PAYER*****PI*{PAYER}",
        f"CLM*ACCT-1*250.00***11:B:{frequency}*Y*A*Y*Y",
        *("LX*1", "SV1*HC:99214*200.00*UN*1***1", "DTP*472*D8*20250110"),
        *("LX*2", "SV1*HC:99214*50.00*UN*1***1", "DTP*472*D8*20250110"),
    ]
    head = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'TESTHOSPITAL':15}*ZZ*{'TESTPAYER':15}*250111*0900*^*00501*000000001"
    )
    group = "*0*T*:~GS*HC*TESTHOSPITAL*TESTPAYER*20250111*0900*1*X*005010X222A1~"
    trailer = f"SE*{len(segments) + 1}*0001~GE*1*1~IEA*1*000000001~"
    return (head + group + "".join(f"{segment}~" for segment in segments) + trailer).encode()


@pytest.mark.parametrize("source", ["charge_feed", "claim_837"])
@pytest.mark.parametrize("first", [0, 1], ids=["837", "fhir"])
def test_a_bill_is_booked_once(source: str, first: int) -> None:
    own = books(f'[policy]\ncharge_source = "{source}"\n')
    sources = [bill_x12(), bundle(billed("200.00", "50.00"))]
    x12, fhir = (together(one, own=own) for one in sources)
    assert keys(x12) == keys(fhir) != []
    both = together(sources[first], sources[1 - first], own=own)
    assert (keys(both), codes(both)) == (keys(x12), ["DUPLICATE_BILL"])
    ledger, _ = learned(sources[first], own)
    _, again = learned(sources[1 - first], own, ledger)
    assert (again.documents, codes(again)) == ((), ["DUPLICATE_BILL"])
