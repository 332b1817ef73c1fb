"""What must hold whatever a remittance says: clearing at zero, no money posted twice or billed to a person
who must not pay, nothing posted of a set that was not read whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

import hcfin
from hcfin.billing.reading import Reading
from hcfin.limits import Limits
from hcfin.posting import Outcome, Posting, post
from hcfin.testing.laws import assert_clearing_zero

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
GOOD = ("CLP*ACCT-1*1*100*80**12*ICN1", "CAS*CO*45*20")


def _set(payment: str, *claims: str, currency: str = "USD", control: str = "0001") -> str:
    body = (
        f"ST*835*{control}",
        f"BPR*I*{payment}*C*ACH************20250115",
        "TRN*1*TEST0001*1999999999",
        f"CUR*PR*{currency}",
        "N1*PR*TEST PAYER",
        "N1*PE*TEST HOSPITAL*XX*1234567893",
        "LX*1",
        *claims,
    )
    return "~\n".join((*body, f"SE*{len(body) + 1}*{control}", ""))


def _read(*sets: str, limits: Limits | None = None) -> Reading:
    head = "ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   *250115*0900*^*00501*000000001*0*T*:~\n"  # noqa: E501
    group = "GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1~\n"
    text = f"{head}{group}{''.join(sets)}GE*{len(sets)}*1~\nIEA*1*000000001~\n"
    return hcfin.read(text.encode(), limits=limits)


def _post(reading: Reading, *layers: str) -> Posting:
    return post(reading, hcfin.load_books(*layers), context=CONTEXT)


def _codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


def _amount(posting: Posting, side: str, role: str) -> Decimal:
    lines = (line for document in posting.documents for line in document.gl_lines)
    return sum((line.amount for line in lines if (line.side, line.role) == (side, role)), Decimal(0))


def test_quotation_by_reason_that_is_paid_is_held() -> None:
    """§6.1 step 2, A2: CARC 101 on a paid claim: its 80.00 wait in unapplied cash, clearing is zero."""
    posting = _post(_read(_set("80", "CLP*ACCT-1*1*100*80**12*ICN1", "CAS*OA*101*20")))
    assert _codes(posting) == ["CLAIM_STATUS_PAID"]
    assert_clearing_zero(posting.documents)
    assert _amount(posting, "credit", "liability.unapplied_payer") == Decimal("80.00")


def test_remark_of_a_line_guards_the_claim() -> None:
    """A10: a QMB remark on the line holds PR of the whole claim."""
    claim = ("CLP*ACCT-1*1*100*80**MB*ICN1", "CAS*PR*2*20", "SVC*HC:99213*100*100", "LQ*HE*N781")
    posting = _post(_read(_set("80", *claim)))
    assert _codes(posting) == ["PATIENT_BILLING_BLOCKED"]
    assert _amount(posting, "debit", "ar.patient") == 0


def test_parked_money_names_its_issue_and_its_payer_class(tmp_path) -> None:
    """A2: a parked amount carries the open issue; a dimension that is known does not reject the set."""
    books = tmp_path / "books.toml"
    books.write_text('[dimensions.payer_class]\non = ["ar.*", "liability.*", "suspense"]\n', encoding="utf-8")
    claims = (*GOOD, "CLP*ACCT-2*1*200*150**12*ICN2", "CAS*CO*45*40", "PLB*1234567893*20251231*ZZ:X*5")
    posting = _post(_read(_set("225", *claims)), "example", str(books))
    parked = {
        line.role: (dict(line.tags), dict(line.dimensions))
        for line in posting.documents[0].gl_lines
        if line.role in ("liability.unapplied_payer", "suspense")
    }
    unclassified = {"payer_class": "unclassified"}
    assert parked == {
        "liability.unapplied_payer": ({"issue": "REMIT_UNBALANCED_CLAIM"}, unclassified),
        "suspense": ({"issue": "PLB_UNKNOWN", "code": "ZZ"}, unclassified),
    }


def test_nothing_is_posted_of_a_set_that_was_cut() -> None:
    """A claim that pays nothing is missing: the balance cannot show it, so the reader must say it."""
    whole = _set("80", *GOOD, "CLP*ACCT-2*1*70*0**12*ICN2", "CAS*CO*50*70")
    posting = _post(_read(whole, limits=Limits(max_segments=11)))
    assert "REMITTANCE_UNREADABLE" in _codes(posting)
    assert not posting.documents


def test_a_figure_beyond_all_measure_costs_its_claim_alone() -> None:
    claim = ("CLP*ACCT-2*1*9999999999999999*0**12*ICN2", "CAS*CO*50*9999999999999999")
    posting = _post(_read(_set("80", *GOOD, *claim)))
    assert _codes(posting) == ["CLAIM_UNREADABLE"]
    assert _amount(posting, "debit", "cash.eft_in_transit") == Decimal("80.00")


@pytest.mark.parametrize(
    ("second", "code", "outcome"),
    [
        ("CAS*CO*45*20", "DUPLICATE_REMITTANCE", Outcome.INFORMATIONAL),
        ("CAS*PR*2*20", "CONFLICT", Outcome.REJECTED),
    ],
)
def test_amounts_of_a_repeated_remittance_end_once(second: str, code: str, outcome: Outcome) -> None:
    """A21: what is dropped or held is not said to be posted."""
    reading = _read(_set("80", *GOOD), _set("80", GOOD[0], second, control="0002"))
    posting = _post(reading)
    assert _codes(posting) == [code]
    ends = [(end.outcome, end.lines) for end in posting.dispositions if end.rule == code]
    assert ends == [(outcome, ())] * 4
    assert len([end for end in posting.dispositions if end.outcome is Outcome.POSTED]) == 4


def test_amounts_of_orphans_end() -> None:
    """Law 1: claims whose remittance is not there are rejected, each amount of them."""
    facts = _read(_set("80", *GOOD)).facts
    posting = post(facts[1:], hcfin.load_books(), context=CONTEXT)
    assert _codes(posting) == ["CLAIM_ORPHAN"]
    assert [f"{end.amount:f} {end.outcome}" for end in posting.dispositions] == [
        "100.00 rejected",
        "80.00 rejected",
        "20.00 rejected",
    ]


def test_figures_that_cannot_be_read_are_not_said_to_be_unbalanced() -> None:
    reading = _read(_set("80", "CLP*ACCT-1*1*1OO*80**12*ICN1", "CAS*CO*45*20"))
    assert [issue.code for issue in reading.issues] == ["AMOUNT_INVALID"]
    (issue,) = _post(reading).issues
    assert (issue.code, issue.origin and issue.origin.element) == ("CLAIM_UNREADABLE", "CLP03")


def test_figures_of_a_currency_without_cents_have_none() -> None:
    reading = _read(_set("80", "CLP*ACCT-1*1*100*70**12*ICN1", "CAS*CO*45*30", currency="JPY"))
    (issue,) = reading.issues
    assert "are 70, payment is 80, difference -10" in issue.message


def test_faults_of_the_wire_say_at_which_byte() -> None:
    """A fault before its segment is read knows the byte all the same."""
    text = _set("80", *GOOD)
    (issue,) = (issue for issue in hcfin.read(b"hello " + text.encode()).issues if "TEXT" in issue.code)
    assert issue.origin
    assert issue.origin.offset == len(b"hello ")


def test_sums_beyond_the_measure_of_an_amount_are_still_exact() -> None:
    """Fifteen digits each, many times: the neighbours in the file go on."""
    claims = ("CLP*ACCT-1*1*999999999999999*0**12*ICN1", "CAS*CO*50*999999999999999") * 30
    reading = _read(_set("0", *claims), _set("80", *GOOD, control="0002"))
    assert reading.units[0].summary["charged"] == "29999999999999970.00"
    assert _amount(_post(reading), "debit", "cash.eft_in_transit") == Decimal("80.00")


@pytest.mark.parametrize(
    ("missing", "code"),
    [("ar.patient", "CLAIM_ACCOUNT_UNMAPPED"), ("cash.eft_in_transit", "ACCOUNT_UNMAPPED")],
)
def test_books_built_in_python_may_lack_an_account(missing: str, code: str) -> None:
    """Books that were loaded never do: this is for those that were not."""
    books = hcfin.load_books()
    books = books.model_copy(update={"chart": {r: a for r, a in books.chart.items() if r != missing}})
    reading = _read(_set("80", "CLP*ACCT-1*1*100*80**12*ICN1", "CAS*PR*2*20"))
    posting = post(reading, books, context=CONTEXT)
    assert _codes(posting) == [code]
    suspended = code.startswith("CLAIM")
    assert _amount(posting, "credit", "liability.unapplied_payer") == (80 if suspended else 0)


def test_not_even_the_waiting_place_has_an_account() -> None:
    books = hcfin.load_books()
    lacking = {"ar.patient", "liability.unapplied_payer"}
    books = books.model_copy(update={"chart": {r: a for r, a in books.chart.items() if r not in lacking}})
    reading = _read(_set("80", "CLP*ACCT-1*1*100*80**12*ICN1", "CAS*PR*2*20"))
    posting = post(reading, books, context=CONTEXT)
    assert _codes(posting) == ["ACCOUNT_UNMAPPED"]
    assert {end.outcome for end in posting.dispositions} == {Outcome.REJECTED}
    assert not posting.documents


def test_reversal_with_a_positive_charge_settles_nothing_again() -> None:
    """A13: 100.00 would leave the receivable a second time; its 80.00 wait in unapplied cash."""
    posting = _post(_read(_set("80", "CLP*ACCT-1*22*100*80**12*ICN1", "CAS*CO*45*20")))
    assert _codes(posting) == ["REVERSAL_POSITIVE"]
    assert_clearing_zero(posting.documents)
    assert _amount(posting, "credit", "ar.payer") == 0
    assert _amount(posting, "credit", "liability.unapplied_payer") == Decimal("80.00")
