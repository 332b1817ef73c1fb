"""Laws of bills (posting rules A17, J1, J4): each charge once in every setting, each amount one end; and what
else reads claims."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from billed import (
    CONTEXT,
    KEYS,
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
from hcfin.comparison import compare
from hcfin.errors import ModelError
from hcfin.finance.base import hashed_content
from hcfin.finance.documents import load_document
from hcfin.finance.receivable import Invoice
from hcfin.identity import content_hash, token
from hcfin.posting import Outcome, Posting, post, post_events
from hcfin.posting.claim import ClaimPosting
from hcfin.posting.told import amounts
from hcfin.proof import prove
from hcfin.reconcile import Allowed, Ledger, roll_forward
from hcfin.testing import (
    assert_balanced,
    assert_clearing_zero,
    assert_deterministic,
    assert_no_phi,
    invariant,
    plant,
)
from hcfin.unmapped import unmapped
from law_tools import remit

BY_CLAIM = books('charge_source = "claim_837"')
NO_SOURCE = books('charge_source = "none"')
ACCOUNT = token(KEYS, "acct", "ACCT-C")


def invoice_of(posting: Posting) -> Invoice:
    (found,) = (one for one in posting.documents if isinstance(one, Invoice))
    return found


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


def test_a_visit_on_another_day_is_another_bill() -> None:
    """Practices use one account number for every visit of a patient."""
    visits = [claim(dates=[{"qualifier": "472", "first": f"2025-01-{day}"}]) for day in ("10", "24")]
    both = posted(*visits)
    assert codes(both) == []
    assert net(*both.documents)["ar.payer", "1"] == "4000.00"
    assert codes(posted(visits[0], known=learned(both))) == ["DUPLICATE_BILL"]


def test_facts_are_posted_in_the_order_in_which_they_are_given() -> None:
    """A file may hold remittances and claims: streamed or not, it books the same in the same order."""
    advice = hcfin.read(cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi").facts
    bill = (submission(), claim())
    alone = [[one.id for one in post(facts, books(), context=CONTEXT).documents] for facts in (advice, bill)]
    for facts, ids in (
        ((*advice, *bill), [*alone[0], *alone[1]]),
        ((*bill, *advice), [*alone[1], *alone[0]]),
    ):
        assert [one.id for one in post(facts, books(), context=CONTEXT).documents] == ids


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


def test_the_law_of_modes_is_broken_by_an_invoice_that_books_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = by_role(posted(claim()).documents)
    parts = ClaimPosting._parts

    def twice(self: ClaimPosting, billed: Any, drafts: list[Any], expected: list[Any]) -> Any:
        return parts(self, billed, drafts, [*expected, *drafts])

    monkeypatch.setattr(ClaimPosting, "_parts", twice)
    assert by_role(posted(claim(), used=books('ar_mode = "open_item"')).documents) != plain


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


def test_claims_are_translated_with_what_is_expected_of_them() -> None:
    source = FactStream("facts", iter((submission(), claim())))
    allowed = Allowed(KEYS, claims={"ACCT-C": Decimal("1200.00")})
    result = translation.translate_facts(
        source, books("expected_net = true"), to="netsuite", context=CONTEXT, expected=allowed, facts=True
    )
    assert (result.status, len(result.documents), len(result.facts)) == ("ok", 2, 2)
    (journal,) = result.payloads
    assert sum(item.get("debit", 0) for item in journal.body["line"]["items"]) == Decimal("2800.00")


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


def test_the_invariant_counts_the_amounts_of_claims() -> None:
    other = {"paid": "4.00", "adjustments": [{"group": "CO", "reason": "45", "amount": "5.00"}]}
    facts = (submission(), claim(other_payers=[other], contract_amount="1.00"))
    posting = post(Reading("x12", facts), books(), context=CONTEXT)
    assert invariant._ends(posting) == invariant._amounts(facts)
    assert sorted(kind for _, kind, _ in invariant._amounts(facts)) == ["CAS", "CLM", "SV1", "SV1"]


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
