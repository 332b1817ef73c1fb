"""Statements of benefits (FHIR ExplanationOfBenefit, ClaimResponse) posted: the same rules as for an 835
where they tell groups and reasons, else what the books take their categories for."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import hcfin
from fhir_money import benefits, bundle, category, reason
from hcfin.books import Books
from hcfin.posting import Outcome, Posting
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from posted import CONTEXT, Line, cash, line, lines

STATED = '[policy]\nadjudication_source = "eob"\n'
D = Decimal


def books(tmp_path: Path, text: str = "") -> Books:
    path = tmp_path / "own.toml"
    path.write_text(STATED + text, encoding="utf-8")
    return hcfin.load_books("example", str(path))


def posted(own: Books, *statements: dict[str, Any]) -> Posting:
    reading = hcfin.read(bundle(*statements))
    assert not [issue for issue in reading.issues if issue.severity != "info"], reading.issues
    posting = hcfin.post(reading, own, context=CONTEXT)
    for document in posting.documents:
        assert_balanced(document)
    assert_clearing_zero(posting.documents)
    return posting


def codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


def settled(amount: str, paid: str, turn: str = "1") -> list[Line]:
    """What leaves the payer's receivable, and the money of it."""
    money = [line("cash.remit_clearing", D(paid)), *cash(D(paid))] if D(paid) else []
    return [line("ar.payer", -D(amount), sequence=turn), *money]


def share(amount: str, kind: str, group: str = "PR", reason: str = "") -> Line:
    told = {"group": group, "reason": reason or kind, "patient_class": kind, "statement_hold": "coverage"}
    return line("ar.patient", D(amount), **told)


def test_groups_and_reasons_are_posted_as_in_an_835(tmp_path: Path) -> None:
    """250.00 = 126.00 paid + 100.00 by contract + 24.00 coinsurance."""
    posting = posted(
        books(tmp_path),
        benefits(
            category("submitted", "250.00"),
            reason("CO", "45", "100.00"),
            reason("PR", "2", "24.00"),
            category("benefit", "126.00"),
            paid="126.00",
            identifier="EFT0001",
            kind="ClaimResponse",
        ),
    )
    assert codes(posting) == []
    assert lines(posting) == Counter(
        [
            *settled("250.00", "126.00"),
            line("revenue.adjustment.contractual", D("100.00"), group="CO", reason="45"),
            share("24.00", "coinsurance", reason="2"),
        ]
    )


@pytest.mark.parametrize(
    ("code", "local", "text", "expected"),
    [
        ("copay", "", "", share("30.00", "copay")),
        ("coinsurance", "", "", share("30.00", "coinsurance")),
        (
            "discount",
            "",
            "",
            line("revenue.adjustment.contractual", D("30.00"), group="CO", reason="discount"),
        ),
        # The payer's own code decides before the standard's word, and stands in the line only as that word.
        (
            "discount",
            "late",
            '[categories."discount/late"]\ntreatment = "underpaid"\ngroup = "PI"\n',
            line(
                "ar.payer",
                D("30.00"),
                ar_status="underpaid",
                group="PI",
                next_step="dispute",
                reason="discount",
                sequence="1",
            ),
        ),
        (
            "discount",
            "late",
            "",
            line("revenue.adjustment.contractual", D("30.00"), group="CO", reason="discount"),
        ),
        (
            "noncovered",
            "",
            '[categories.noncovered]\ntreatment = "patient_non_covered"\ngroup = "PR"\n',
            share("30.00", "non_covered", reason="noncovered"),
        ),
    ],
)
def test_a_category_is_what_the_books_take_it_for(
    tmp_path: Path, code: str, local: str, text: str, expected: Line
) -> None:
    posting = posted(
        books(tmp_path, text),
        benefits(
            category("submitted", "100.00"),
            category(code, "30.00", local),
            category("benefit", "70.00"),
            paid="70.00",
            identifier="EFT0001",
        ),
    )
    assert codes(posting) == []
    assert lines(posting) == Counter([expected, *settled("100.00", "70.00")])


def test_what_nobody_explains_stays_open(tmp_path: Path) -> None:
    """30.00 that are not covered, by whom nobody said; 5.00 of a category that nobody knows."""
    posting = posted(
        books(tmp_path),
        benefits(
            category("submitted", "105.00"),
            category("noncovered", "30.00"),
            category("fee_of_mine", "5.00"),
            category("benefit", "70.00"),
            paid="70.00",
            identifier="EFT0001",
        ),
    )
    assert codes(posting) == ["ADJUSTMENT_HELD", "CODE_UNCLASSIFIED"]
    assert lines(posting) == Counter(settled("70.00", "70.00"))
    kept = [f"{end.amount:f}" for end in posting.dispositions if end.outcome is Outcome.KEPT_OPEN]
    assert kept == ["30.00", "5.00"]


def test_liability_of_a_member_is_the_patients_and_held(tmp_path: Path) -> None:
    """Where the parts are not told, the whole completes the balance: 100.00 - 70.00 = 30.00."""
    posting = posted(
        books(tmp_path),
        benefits(
            category("submitted", "100.00"),
            category("memberliability", "30.00"),
            category("benefit", "70.00"),
            paid="70.00",
            identifier="EFT0001",
        ),
    )
    assert codes(posting) == ["PATIENT_BILLING_HELD"]
    held = {"group": "PR", "reason": "memberliability", "patient_class": "other", "billing_hold": "true"}
    assert lines(posting) == Counter(
        [*settled("100.00", "70.00"), line("ar.patient", D("30.00"), **held)],
    )


def test_a_discount_of_the_whole_charge_is_a_denial(tmp_path: Path) -> None:
    """A5: as CO-45 of the whole charge; nothing is paid."""
    posting = posted(books(tmp_path), benefits(category("submitted", "80.00"), category("discount", "80.00")))
    denied = {"ar_status": "denied", "denial_class": "full_charge_contractual", "next_step": "appeal"}
    assert lines(posting) == Counter(
        [
            line("ar.payer", D("-80.00"), sequence="1"),
            line("ar.payer", D("80.00"), **denied, group="CO", reason="discount", sequence="1"),
        ]
    )


def test_a_later_payer_without_what_came_before_waits(tmp_path: Path) -> None:
    """A8: without what the prior payer paid its 425.00 may be in the 435.00: only the money is booked."""
    posting = posted(
        books(tmp_path),
        benefits(
            category("submitted", "500.00"),
            category("discount", "435.00"),
            category("benefit", "65.00"),
            paid="65.00",
            identifier="EFT0001",
            turn=2,
        ),
    )
    assert codes(posting) == ["COB_MISSING_23"]
    assert lines(posting) == Counter(
        [
            line("cash.remit_clearing", D("65.00")),
            line("liability.unapplied_payer", D("-65.00"), issue="COB_MISSING_23"),
            *cash(D("65.00")),
        ]
    )


def test_a_suspended_claim_of_no_known_payment_books_nothing(tmp_path: Path) -> None:
    statement = benefits(
        category("submitted", "500.00"), category("discount", "435.00"), category("benefit", "65.00"), turn=2
    )
    posting = posted(books(tmp_path), statement)
    assert codes(posting) == ["COB_MISSING_23", "NOTHING_TO_POST"]
    assert posting.documents == ()


def test_medicare_first_is_never_contractual_by_category(tmp_path: Path) -> None:
    """A9: what Medicaid takes off after another payer may be a Medicare coinsurance."""
    own = books(tmp_path, '[payers.state]\nclass = "medicaid"\nids = ["1999999999"]\n')
    statement = benefits(
        category("submitted", "500.00"),
        category("priorpayerpaid", "425.00"),
        category("discount", "10.00"),
        category("benefit", "65.00"),
        paid="65.00",
        identifier="EFT0001",
        turn=2,
    )
    posting = posted(own, statement)
    assert codes(posting) == ["MEDICARE_INDIGENT_HELD"]
    assert lines(posting) == Counter(settled("65.00", "65.00", "2"))


def test_what_is_only_told_passes_through_a_stream(tmp_path: Path) -> None:
    """Without dispositions nothing is kept of it."""
    told = bundle(benefits(category("submitted", "70.00"), category("benefit", "70.00"), paid="70.00"))
    parts = list(hcfin.iter_translate(told, hcfin.load_books(), to="netsuite", context=CONTEXT))
    assert [document for part in parts for document in part.documents] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"use": "predetermination"},
        {"use": "preauthorization"},
        {"meta": {"profile": ["http://hl7.org/fhir/us/davinci-pct/StructureDefinition/davinci-pct-aeob"]}},
    ],
)
def test_estimates_book_nothing(tmp_path: Path, fields: dict[str, Any]) -> None:
    statement = benefits(
        category("submitted", "100.00"),
        category("copay", "30.00"),
        category("benefit", "70.00"),
        paid="70.00",
        identifier="EFT0001",
        **fields,
    )
    posting = posted(books(tmp_path), statement)
    assert posting.documents == ()
    assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}


def test_a_payer_may_be_booked_by_its_statements_alone(tmp_path: Path) -> None:
    """The books of one payer say `eob`; advices and statements of the others stay as they are."""
    path = tmp_path / "own.toml"
    path.write_text(
        f'[payers.blue]\nclass = "commercial"\nids = ["1999999999"]\n\n[payers.blue.{STATED[1:]}',
        encoding="utf-8",
    )
    own = hcfin.load_books("example", str(path))
    statement = benefits(
        category("submitted", "70.00"), category("benefit", "70.00"), paid="70.00", identifier="EFT0001"
    )
    assert lines(posted(own, statement)) == Counter(settled("70.00", "70.00"))
    assert posted(hcfin.load_books(), statement).documents == ()
