"""Claims become bills (posting rules A17, §3.1, §4.1 P2C-08): moved, charged or left alone, never twice."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hcfin
from billed import (
    CONTEXT,
    KEYS,
    LINES,
    books,
    by_role,
    claim,
    codes,
    learned,
    net,
    posted,
    service,
    submission,
)
from hcfin import translation
from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim
from hcfin.billing.reading import FactStream, Reading
from hcfin.books import Books
from hcfin.books.checks import roles_used
from hcfin.comparison import compare
from hcfin.errors import ModelError
from hcfin.finance.base import hashed_content
from hcfin.finance.documents import load_document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.identity import content_hash, token
from hcfin.posting import Outcome, Posting, post, post_events
from hcfin.posting.claim_amounts import amounts
from hcfin.proof import prove
from hcfin.reconcile import Allowed, Ledger, roll_forward
from hcfin.testing import assert_balanced, assert_clearing_zero, assert_deterministic, assert_no_phi, plant
from hcfin.unmapped import unmapped
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
        ({}, {"usage": "T"}, "TEST_SUBMISSION"),
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
        ("charge_feed", {"ar.unbilled"}),
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


def test_an_original_among_several_is_not_guessed() -> None:
    """Interim bills stand beside one another, by their first day."""
    days = [{"qualifier": "434", "first": "2025-01-01"}], [{"qualifier": "434", "first": "2025-02-01"}]
    both = posted(claim(frequency="3", dates=days[0]), claim(frequency="3", dates=days[1]))
    assert codes(both) == []
    assert net(*both.documents)["ar.payer", "1"] == "4000.00"
    void = posted(claim(frequency="8"), known=learned(both))
    assert dict(void.issues[0].values) == {"found": "2", "frequency": "8"}


# Never twice


def test_the_same_claim_again_is_dropped_and_another_is_held() -> None:
    twice = posted(claim(), claim())
    assert codes(twice) == ["DUPLICATE_BILL"]
    assert net(*twice.documents)["ar.payer", "1"] == "2000.00"
    corrected = claim(subscriber={"role": "IL", "last_name": "TESTPERSON", "id": "M2"})
    later = posted(corrected, known=learned(twice), header=submission(created="2025-02-10"))
    assert (codes(later), later.documents) == (["DUPLICATE_BILL"], ())
    other = posted(claim("1999.00"), known=learned(twice))
    assert (codes(other), other.documents) == (["BILL_CONFLICT"], ())
    assert {end.outcome for end in other.dispositions} == {Outcome.SUSPENDED}


def feed(charged: Decimal) -> dict[str, Decimal]:
    """What a feed of charges books of them."""
    return {"ar.unbilled": charged, "revenue.gross": -charged}


def plus(*sums: dict[str, Decimal]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for one in sums:
        for role, amount in one.items():
            total[role] = total.get(role, Decimal(0)) + amount
    return {role: amount for role, amount in total.items() if amount}


CENTS = st.integers(0, 2_000_00).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def claims_made(draw: st.DrawFn) -> Claim:
    """A claim that balances: any lines, any first or later payer, or the patient."""
    charges = draw(st.lists(CENTS, min_size=1, max_size=5))
    lines = [
        service(
            f"{charge:.2f}", draw(st.sampled_from(["", "0250", "0450"])), draw(st.sampled_from(["", "99284"]))
        )
        for charge in charges
    ]
    return claim(
        f"{sum(charges):.2f}",
        *lines,
        account=draw(st.sampled_from(["ACCT-1", "ACCT-2"])),
        filing_indicator=draw(st.sampled_from(["MB", "09"])),
        sequence=draw(st.sampled_from("PST")),
        contract_amount="1.00",
        amounts=[{"qualifier": "F5", "amount": "2.00"}],
        codes=[{"qualifier": "BE", "code": "80", "amount": "3.00"}],
        other_payers=[{"paid": "4.00", "adjustments": [{"group": "CO", "reason": "45", "amount": "5.00"}]}],
    )


MODES = [
    (source, mode, granularity)
    for source in ("charge_feed", "claim_837", "none")
    for mode in ("gl_only", "open_item")
    for granularity in ("remit", "claim", "line")
]
USED = {
    one: books(f'charge_source = "{one[0]}"\nar_mode = "{one[1]}"\ngranularity = "{one[2]}"') for one in MODES
}


@settings(max_examples=60)
@given(claims_made())
def test_charges_are_booked_once_in_every_setting(made: Claim) -> None:
    """Feed, claim and remittance together: gross revenue is the charge, receivables end at zero."""
    if made.sequence != "P":
        return
    charged = made.charged
    for (source, _, _), used in USED.items():
        known = Ledger(KEYS)
        bill = posted(made, used=used, known=known)
        known.learn_documents(bill.documents)
        if source == "none":
            known.charge(made.account, charged)
        taken = [feed(charged)] if source == "charge_feed" else []
        if source == "none":
            taken = [{"ar.payer": charged, "revenue.gross": -charged}]  # the opening balance
        booked = plus(*taken, by_role(bill.documents))
        owed = "ar.patient" if made.filing_indicator == "09" and source != "none" else "ar.payer"
        assert booked == plus({owed: charged, "revenue.gross": -charged})
        if owed == "ar.payer" and charged:
            data = remit("T1", f"{charged}", f"CLP*{made.account}*1*{charged}*{charged}**MB*ICN1")
            paid = post(
                hcfin.read(data.replace(b"1999999999", b"1512345678")), used, context=CONTEXT, known=known
            )
            assert_clearing_zero(paid.documents)
            assert plus(booked, by_role(paid.documents)) == {
                "cash.eft_in_transit": charged,
                "revenue.gross": -charged,
            }


def books_expecting(used: Books) -> Books:
    """The same books, expecting net amounts."""
    return used.model_copy(update={"policy": used.policy.changed({"expected_net": True})})


@settings(max_examples=60)
@given(st.lists(claims_made(), min_size=1, max_size=3))
def test_laws_of_bills(made: list[Claim]) -> None:
    """Each amount has one end; documents balance, reload and hash; no mode changes a sum by role."""
    for source in ("charge_feed", "claim_837", "none"):
        sums = []
        for (own, _, _), used in USED.items():
            if own != source:
                continue
            net_of = books_expecting(used)
            allowed = Allowed(KEYS, claims={"ACCT-1": Decimal("100.00")})
            posting = assert_deterministic(
                lambda net_of=net_of, allowed=allowed: posted(*made, used=net_of, expected=allowed)
            )
            for document in posting.documents:
                assert_balanced(document)
                assert load_document(json.loads(document.model_dump_json(by_alias=True))) == document
                assert document.content_hash == content_hash(hashed_content(document))
            told = sorted(amount for one in made for _, _, amount in amounts(one))
            assert sorted(end.amount for end in posting.dispositions) == told
            lines = {(one.id, line.n): line for one in posting.documents for line in one.gl_lines}
            for end in posting.dispositions:
                assert bool(end.lines) == (end.outcome is Outcome.POSTED)
                assert all(line in lines for line in end.lines)
            parts = plus(
                *({lines[place].role: part} for end in posting.dispositions
                  for place, part in zip(end.lines, end.booked, strict=True))
            )  # fmt: skip
            assert parts == by_role(posting.documents)
            assert all(one.foots for one in roll_forward(posting.documents))
            sums.append((by_role(posting.documents), codes(posting)))
        assert all(one == sums[0] for one in sums)


def test_every_amount_is_looked_for() -> None:
    """A field that is added to the model is not forgotten: they are found by their type."""
    made = claim(
        amounts=[{"qualifier": "F5", "amount": "2.00"}],
        lines=[{"charged": "2000.00", "noncovered": "1.00", "adjudications": [
            {"payer": "1", "paid": "7.00", "remaining": "8.00", "adjustments": [
                {"group": "CO", "reason": "45", "amount": "9.00"}]}]}],
        other_payers=[{"paid": "4.00", "inpatient": {"covered_days": "2"}}],
    )  # fmt: skip
    found = [(type(node).__name__, name, f"{amount:f}") for node, name, amount in amounts(made)]
    assert found == [
        ("Claim", "charged", "2000.00"),
        ("InformationalAmount", "amount", "2.00"),
        ("OtherPayer", "paid", "4.00"),
        ("ClaimLine", "charged", "2000.00"),
        ("ClaimLine", "noncovered", "1.00"),
        ("LineAdjudication", "paid", "7.00"),
        ("Adjustment", "amount", "9.00"),
        ("LineAdjudication", "remaining", "8.00"),
    ]


# Around it


def test_a_remittance_without_opening_balance_waits() -> None:
    """A17, none: CLP04 is unapplied, the rest is memo; with an opening balance it posts."""
    data = remit("T1", "80", "CLP*ACCT-C*1*100*80**MB*ICN1~CAS*CO*45*20")
    reading = hcfin.read(data)
    held = post(reading, NO_SOURCE, context=CONTEXT)
    assert "OPENING_BALANCE_MISSING" in codes(held)
    assert by_role(held.documents) == {
        "cash.eft_in_transit": Decimal("80.00"),
        "liability.unapplied_payer": Decimal("-80.00"),
    }
    known = Ledger(KEYS)
    assert codes(post(reading, NO_SOURCE, context=CONTEXT, known=known)) == ["OPENING_BALANCE_MISSING"]
    known.charge("ACCT-C", Decimal("100.00"))
    assert codes(post(reading, NO_SOURCE, context=CONTEXT, known=known)) == []


def test_what_a_bill_says_a_later_remittance_knows() -> None:
    known = learned(posted(claim()))
    assert known.open_balance(ACCOUNT, "1") == Decimal("2000.00")
    assert known.open_balance(ACCOUNT, "2") == 0
    patient = learned(posted(claim(filing_indicator="09")))
    assert patient.patient_balance(ACCOUNT) == Decimal("2000.00")
    assert patient.open_balance(ACCOUNT, "2") == 0
    assert (known.billed("nothing"), known.bills("nobody"), known.allowance("nobody")) == (None, (), 0)


def test_facts_of_other_kinds_post_nothing() -> None:
    assert post([Fact()], books(), context=CONTEXT).documents == ()


def test_an_invoice_is_the_sum_of_its_lines() -> None:
    data = json.loads(invoice_of(posted(claim())).model_dump_json(by_alias=True))
    with pytest.raises(ModelError, match="The lines are not the amount"):
        load_document({**data, "amount": "1999.99"})


def test_claims_post_as_they_come() -> None:
    facts = [submission(), claim(), claim(account="ACCT-D")]
    parts = list(post_events(iter(facts), books(), Reading("facts").stream().locator, context=context()))
    assert [len(part.documents) for part in parts] == [2, 2]
    assert [part.dispositions for part in parts] == [(), ()]


def context() -> hcfin.Context:
    return CONTEXT


def test_two_books_are_compared_by_what_claims_move() -> None:
    reading = Reading("facts", (submission(), claim()))
    result = compare(books(), BY_CLAIM, [reading], context=CONTEXT)
    assert result.unproven == 0
    moved = {place.role: (a, b) for place, a, b in result.changed()}
    assert moved["ar.unbilled"] == (Decimal("-2000.00"), 0)
    assert moved["revenue.gross"] == (0, Decimal("-2000.00"))


def test_what_books_do_not_know_of_claims_is_told() -> None:
    strict = books("", "[payers.other]\ncatch_all = false\n")
    strange = claim(
        payer={"name": "TEST PLAN", "id": "77777"}, billing_provider={"role": "85", "id": "1999999992"}
    )
    reading = Reading("facts", (submission(), claim(), strange, claim(billing_provider=None)))
    found = [(one.kind, one.value, one.amount) for one in unmapped(strict, [reading], context=CONTEXT)]
    assert found == [
        ("billing provider", "(none)", Decimal("2000.00")),
        ("billing provider", "1999999992", Decimal("2000.00")),
        ("payer", "77777 (TEST PLAN)", Decimal("2000.00")),
    ]


def test_a_proof_is_of_remittances_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = FactStream("facts", iter((submission(), claim())))
    monkeypatch.setattr(translation, "stream_facts", lambda *_, **__: facts)
    assert list(prove(BytesIO(b""), books(), context=CONTEXT)) == []


def test_no_patient_data_leaves() -> None:
    dated = claim(dates=[{"qualifier": "472", "first": "2025-01-24"}], notes=["ABC"])
    facts, sentinels = plant([dated, dated.model_copy(update={"frequency": "8"})])
    posting = posted(*facts)
    assert len(posting.documents) == 2
    assert_no_phi([posting.documents, posting.issues, repr(posting)], sentinels)
