"""Claims become bills (posting rules A17, §3.1, §4.1 P2C-08): moved, charged or left alone, never twice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from billed import (
    CONTEXT,
    KEYS,
    LINES,
    books,
    claim,
    codes,
    learned,
    net,
    posted,
    service,
    submission,
)
from hcfin.billing.claim import Claim
from hcfin.books import Books
from hcfin.books.checks import roles_used
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.identity import token
from hcfin.posting import Outcome, Posting, post
from law_tools import remit

BY_CLAIM = books('charge_source = "claim_837"')
NO_SOURCE = books('charge_source = "none"')
ACCOUNT = token(KEYS, "acct", "ACCT-C")
REPLACED = {"frequency": "7", "references": [{"qualifier": "F8", "value": "ICN1"}]}


def invoice_of(posting: Posting) -> Invoice:
    (found,) = (one for one in posting.documents if isinstance(one, Invoice))
    return found


def journals(posting: Posting) -> list[JournalEntry]:
    return [one for one in posting.documents if isinstance(one, JournalEntry)]


# What a bill books


def test_a_final_bill_moves_the_charges() -> None:
    """P2C-08: unbilled 2,000.00 to the first payer; nothing in the result."""
    posting = posted(claim())
    assert codes(posting) == []
    assert net(*posting.documents) == {("ar.payer", "1"): "2000.00", ("ar.unbilled",): "-2000.00"}
    journal, invoice = posting.documents
    assert isinstance(invoice, Invoice)
    assert (invoice.memo, invoice.gl_lines, invoice.depends_on) == (True, (), (journal.id,))
    assert (invoice.customer.kind, invoice.customer.token) == ("payer", "mac_a")
    assert (invoice.account_token, invoice.sequence, invoice.amount) == (ACCOUNT, "1", Decimal("2000.00"))
    told = [(one.revenue_code, one.procedure, one.quantity, one.amount) for one in invoice.lines]
    assert told == [("0750", "43239", 1, Decimal("1500.00")), ("0310", "88305", 2, Decimal("500.00"))]
    assert {(one.account, one.dimensions) for one in invoice.lines} == {("1090", ())}
    assert journal.gl_date.isoformat() == "2025-01-31"


def test_a_claim_may_charge() -> None:
    """A17, claim_837: Dr receivable, Cr gross revenue by revenue code."""
    posting = posted(claim(), used=BY_CLAIM)
    assert net(*posting.documents) == {
        ("ar.payer", "1"): "2000.00",
        ("revenue.gross", "0310"): "-500.00",
        ("revenue.gross", "0750"): "-1500.00",
    }
    assert [dict(line.dimensions) for line in invoice_of(posting).lines] == [{"payer_class": "medicare"}] * 2


def test_no_source_books_nothing() -> None:
    """A17, none: every amount of the claim is information, by the policy that says so."""
    posting = posted(claim(account=""), used=NO_SOURCE)
    assert (posting.documents, posting.issues) == ((), ())
    rules = {(end.outcome, end.rule) for end in posting.dispositions}
    assert rules == {(Outcome.INFORMATIONAL, "charge_source")}
    assert posting.dispositions[0].ref is not None


def test_a_patient_who_pays_owes_the_bill() -> None:
    posting = posted(claim(filing_indicator="09", sequence="P"))
    assert net(*posting.documents) == {("ar.patient",): "2000.00", ("ar.unbilled",): "-2000.00"}
    invoice = invoice_of(posting)
    assert (invoice.customer.kind, invoice.customer.token, invoice.sequence) == ("patient", ACCOUNT, "")


@pytest.mark.parametrize("used", [books(), BY_CLAIM])
def test_a_later_payer_is_billed_nothing_new(used: Books) -> None:
    """A17: sequence > 1 never touches unbilled or gross revenue; its bucket is filled by the remittance."""
    other = {"sequence": "P", "payer": {"id": "77"}, "paid": "1500.00"}
    posting = posted(claim(sequence="S", other_payers=[other]), used=used)
    assert (codes(posting), posting.documents) == (["BILL_LATER_PAYER"], ())
    assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}


@pytest.mark.parametrize(
    ("changes", "header", "code"),
    [
        ({}, {"use": "RP"}, "BILL_REPORTED"),
        ({"predetermination": "PB"}, {}, "PREDETERMINATION"),
    ],
)
def test_what_is_no_bill_books_nothing(changes: dict[str, Any], header: dict[str, str], code: str) -> None:
    posting = posted(claim(**changes), header=submission(**header))
    assert (codes(posting), posting.documents) == ([code], ())
    ends = {(end.outcome, end.rule) for end in posting.dispositions}
    assert ends == {(Outcome.INFORMATIONAL, code)}


def test_a_claim_without_charges_books_nothing() -> None:
    posting = posted(claim("0.00", service("0.00", "0750")))
    assert (posting.documents, posting.issues) == ((), ())
    assert {end.rule for end in posting.dispositions} == {"zero"}


def test_a_line_without_a_charge_is_listed_and_books_nothing() -> None:
    posting = posted(claim("2000.00", *LINES, service("0.00", "0636", "J1885")))
    assert [line.amount for line in invoice_of(posting).lines][2] == 0
    assert net(*posting.documents)["ar.payer", "1"] == "2000.00"


# What is held


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unreadable": ["charged"]}, "BILL_UNREADABLE"),
        ({"frequency": "Z"}, "BILL_CODE_UNKNOWN"),
        ({"sequence": "U"}, "BILL_CODE_UNKNOWN"),
        ({"billing_provider": None}, "BILL_PROVIDER_UNKNOWN"),
        ({"billing_provider": {"role": "85", "id": "9999999999"}}, "BILL_PROVIDER_UNKNOWN"),
        ({"currency": "CAD"}, "BILL_CURRENCY_MISMATCH"),
        ({"charged": "2000.01"}, "BILL_UNBALANCED"),
        ({"frequency": "7"}, "BILL_ORIGINAL_UNKNOWN"),
        ({"frequency": "8"}, "BILL_ORIGINAL_UNKNOWN"),
    ],
)
def test_what_cannot_be_booked_is_held_whole(changes: dict[str, Any], code: str) -> None:
    made = Claim.build({**json.loads(claim().model_dump_json()), **changes})
    posting = posted(made)
    assert codes(posting) == [code]
    assert posting.documents == ()
    charges = [end for end in posting.dispositions if end.outcome is Outcome.SUSPENDED]
    assert len(charges) == 3
    assert {end.rule for end in charges} == {code}


def test_a_negative_charge_is_held() -> None:
    posting = posted(claim("1400.00", service("1500.00"), service("-100.00")))
    assert codes(posting) == ["BILL_NEGATIVE"]


def test_an_unknown_payer_is_told() -> None:
    strict = books("", "[payers.other]\ncatch_all = false\n")
    posting = posted(claim(payer={"name": "SOMEBODY"}), used=strict)
    assert codes(posting) == ["BILL_PAYER_UNKNOWN"]


def test_the_date_is_the_submission_s_or_the_posting_date_and_never_a_day_of_service() -> None:
    dated = claim(dates=[{"qualifier": "472", "first": "2025-01-24"}])
    undated = posted(dated, header=submission(created=None))
    assert codes(undated) == ["BILL_DATE_MISSING"]
    alone = post([dated], books(), context=CONTEXT)
    assert codes(alone) == ["BILL_DATE_MISSING"]
    context = hcfin.Context(keys=KEYS, posting_date=hcfin.billing.base.date(2025, 2, 3))
    (journal, _) = post([dated], books(), context=context).documents
    assert journal.gl_date.isoformat() == "2025-02-03"


def test_a_closed_period() -> None:
    closed = '[periods]\nclosed_through = "2025-01"\n'
    posting = posted(claim(), used=books("", closed))
    assert codes(posting) == ["PERIOD_CLOSED"]
    assert {(one.gl_date.isoformat(), one.original_period) for one in posting.documents} == {
        ("2025-02-01", "2025-01")
    }
    withheld = posted(claim(), used=books('closed_period = "withhold"', closed))
    assert (codes(withheld), withheld.documents) == (["BILL_PERIOD_CLOSED"], ())


def test_a_role_without_account_holds_the_claim() -> None:
    used = books()
    chart = {role: account for role, account in used.chart.items() if role != "ar.unbilled"}
    posting = posted(claim(), used=used.model_copy(update={"chart": chart}))
    assert (codes(posting), posting.documents) == (["CLAIM_ACCOUNT_UNMAPPED"], ())


def test_a_dimension_of_a_revenue_code() -> None:
    department = (
        '[dimensions.department]\nfrom = "line.revenue_code"\non = ["revenue.gross"]\nrequired = true\n'
        '[dimensions.department.values]\n"0750" = "endoscopy"\n'
    )
    used = books('charge_source = "claim_837"', department)
    posting = posted(claim(), used=used)
    assert codes(posting) == ["CLAIM_DIMENSION_UNMAPPED"]
    known = posted(claim("1500.00"), used=used)
    assert [dict(line.dimensions).get("department") for line in invoice_of(known).lines] == ["endoscopy"]
    kind = '[dimensions.kind]\nfrom = "claim.claim_type"\non = ["revenue.*", "ar.payer"]\nrequired = true\n'
    by_kind = posted(claim(), used=books('charge_source = "claim_837"', kind))
    assert {dict(line.dimensions)["kind"] for line in by_kind.documents[0].gl_lines} == {"professional"}
    bare = posted(claim("10.00", service("10.00")), used=books('charge_source = "claim_837"', department))
    assert codes(bare) == ["CLAIM_DIMENSION_UNMAPPED"]


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("charge_feed", {"ar.unbilled", "revenue.gross"}),
        ("claim_837", {"revenue.gross"}),
        ("none", set()),
    ],
)
def test_books_are_asked_only_for_accounts_that_bills_can_reach(source: str, asked: set[str]) -> None:
    for net_of in ("false", "true"):
        used = books(f'charge_source = "{source}"\nexpected_net = {net_of}')
        reached = {role for _, role in roles_used(used)} & {
            "ar.unbilled",
            "revenue.gross",
            "ar.allowance.contractual",
        }
        more = {"ar.allowance.contractual"} if net_of == "true" and source != "none" else set()
        assert reached == asked | more


# Replacement and void


@pytest.mark.parametrize("mode", ["gl_only", "open_item"])
@pytest.mark.parametrize("source", ["charge_feed", "claim_837"])
def test_a_replacement_takes_the_original_back_first(mode: str, source: str) -> None:
    """A17, P2C-08, J6: 2,000.00 back, 1,800.00 anew; the credit memo names the invoice that it ends."""
    used = books(f'charge_source = "{source}"\nar_mode = "{mode}"')
    first = posted(claim(), used=used)
    anew = claim(
        "1800.00", service("1500.00", "0750", "43239"), service("300.00", "0310", "88305"), **REPLACED
    )
    second = posted(anew, used=used, known=learned(first))
    assert codes(second) == []
    (credit,) = (one for one in second.documents if isinstance(one, CreditMemo))
    assert credit.reverses == invoice_of(first).id
    assert (credit.amount, invoice_of(second).amount) == (Decimal("2000.00"), Decimal("1800.00"))
    total = net(*first.documents, *second.documents)
    assert total["ar.payer", "1"] == "1800.00"
    if source == "charge_feed":
        assert total == {("ar.payer", "1"): "1800.00", ("ar.unbilled",): "-1800.00"}
    else:
        assert total["revenue.gross", "0310"] == "-300.00"
    if mode == "gl_only":
        back = next(one for one in journals(second) if one.reverses)
        assert back.reverses == journals(first)[0].id
        assert net(*journals(first), back) == {}
    else:
        assert credit.depends_on == (invoice_of(first).id,)
    known = learned(first, second)
    assert [bill.amount for bill in known.bills(ACCOUNT)] == [Decimal("1800.00")]
    again = posted(anew, used=used, known=known)
    assert (codes(again), again.documents) == (["DUPLICATE_BILL"], ())


@pytest.mark.parametrize("used", [books(), BY_CLAIM, books('ar_mode = "open_item"')])
def test_a_void_leaves_nothing(used: Books) -> None:
    first = posted(claim(), used=used)
    void = claim(frequency="8", references=[{"qualifier": "F8", "value": "ICN1"}])
    second = posted(void, used=used, known=learned(first))
    assert net(*first.documents, *second.documents) == {}
    assert len(second.dispositions) == 3
    assert not any(isinstance(one, Invoice) for one in second.documents)
    known = learned(first, second)
    assert known.bills(ACCOUNT) == ()
    assert known.open_balance(ACCOUNT, "1") == 0
    assert codes(posted(void, used=used, known=known)) == ["DUPLICATE_BILL"]
    other = claim(frequency="8", references=[{"qualifier": "F8", "value": "ICN2"}])
    assert codes(posted(other, used=used, known=known)) == ["BILL_ORIGINAL_UNKNOWN"]


def test_a_patient_s_bill_becomes_a_payer_s() -> None:
    """Coverage found later: the patient's receivable goes, the payer's comes."""
    first = posted(claim(filing_indicator="09"))
    second = posted(claim(frequency="7"), known=learned(first))
    assert net(*first.documents, *second.documents) == {
        ("ar.payer", "1"): "2000.00",
        ("ar.unbilled",): "-2000.00",
    }


def test_a_credit_beyond_what_is_open_waits_for_the_payer_s_reversal() -> None:
    """§8 CREDIT_EXCEEDS_CHARGE: 2,000.00 were settled; a void would leave a negative receivable."""
    first = posted(claim())
    known = learned(first)
    reading = hcfin.read(
        remit("T1", "1500", "CLP*ACCT-C*1*2000*1500**MB*ICN1~CAS*CO*45*500").replace(
            b"1999999999", b"1512345678"
        )
    )
    known.learn(reading, post(reading, books(), context=CONTEXT, known=known))
    void = posted(claim(frequency="8"), known=known)
    assert (codes(void), void.documents) == (["CREDIT_EXCEEDS_CHARGE"], ())
    assert dict(void.issues[0].values) == {"frequency": "8", "amount": "2000.00", "open": "0.00"}
    assert codes(posted(claim(**REPLACED), known=known)) == []
    patient = learned(posted(claim(filing_indicator="09")))
    assert codes(posted(claim(frequency="8", filing_indicator="09"), known=patient)) == []


def test_an_original_is_taken_back_once_in_a_run() -> None:
    first = posted(claim())
    both = posted(claim(frequency="8"), claim("1500.00", **REPLACED), known=learned(first))
    assert codes(both) == ["BILL_ORIGINAL_UNKNOWN"]
    assert net(*first.documents, *both.documents) == {}


def test_an_original_among_several_is_not_guessed() -> None:
    """Interim bills stand beside one another, by their first day."""
    days = [{"qualifier": "434", "first": "2025-01-01"}], [{"qualifier": "434", "first": "2025-02-01"}]
    both = posted(claim(frequency="3", dates=days[0]), claim(frequency="3", dates=days[1]))
    assert codes(both) == []
    assert net(*both.documents)["ar.payer", "1"] == "4000.00"
    void = posted(claim(frequency="8"), known=learned(both))
    assert dict(void.issues[0].values) == {"found": "2", "frequency": "8"}
