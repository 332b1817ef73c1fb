"""Laws of charges (posting rules J1 to J5, P1 to P4, C7, A17): each amount ends once, order and replay change
no sum, feed and claims book each charge once."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hcfin
from billed import by_role, claim, service, submission
from charged import CONTEXT, KEYS, account, books, charge, credit, learned, merge, placed, posted, price
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.comparison import compare
from hcfin.finance.base import hashed_content
from hcfin.finance.documents import load_document
from hcfin.identity import content_hash
from hcfin.posting import Outcome, Posting, post
from hcfin.posting.charges import Charges
from hcfin.posting.told import amounts
from hcfin.reconcile import ChargeMaster, Ledger, roll_forward
from hcfin.testing import assert_balanced, assert_deterministic, assert_no_phi, plant

USED = {
    (source, granularity): books(f'charge_source = "{source}"\ngranularity = "{granularity}"')
    for source in ("charge_feed", "claim_837", "none")
    for granularity in ("remit", "claim")
}
FEED = USED["charge_feed", "remit"]
CENTS = st.integers(0, 2_000_00).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def feeds(draw: st.DrawFn) -> list[Charge]:
    """Charges of two accounts, some of them credited in part, by number or by service; the parts fit."""
    made: list[Charge] = []
    for number in range(draw(st.integers(1, 5))):
        amount = draw(CENTS)
        own: dict[str, Any] = {
            "account": draw(st.sampled_from(["ACCT-C", "ACCT-D"])),
            "code": {"code": f"4{number:04d}"},
            "revenue_code": draw(st.sampled_from(["", "0250", "0450"])),
            "transaction_id": draw(st.sampled_from(["", f"T-{number}"])),
        }
        made.append(charge(f"{amount:.2f}", **own, unit_price=f"{amount:.2f}", insurance_amount="1.00"))
        left = int(amount * 100)
        for part in range(draw(st.integers(0, 2)) if left else 0):
            taken = draw(st.integers(1, left)) if left else 0
            left -= taken
            named = {"reverses": own["transaction_id"]} if own["transaction_id"] else {}
            back = f"{Decimal(-taken).scaleb(-2):.2f}"
            made.append(credit(back, **{**own, "transaction_id": f"C-{number}-{part}", **named}))
    return made


def net_of(facts: list[Charge]) -> Decimal:
    return sum((fact.amount or Decimal(0) for fact in facts), Decimal(0))


@settings(max_examples=60)
@given(feeds())
def test_laws_of_charges(facts: list[Charge]) -> None:
    """Each amount has one end; documents balance, reload and hash; lines are what the ends say."""
    for (source, _), used in USED.items():
        posting = assert_deterministic(lambda used=used: posted(*facts, used=used))
        for document in posting.documents:
            assert_balanced(document)
            assert load_document(json.loads(document.model_dump_json(by_alias=True))) == document
            assert document.content_hash == content_hash(hashed_content(document))
        told = sorted(amount for fact in facts for _, _, amount in amounts(fact))
        assert sorted(end.amount for end in posting.dispositions) == told
        assert all(bool(end.lines) == (end.outcome is Outcome.POSTED) for end in posting.dispositions)
        lines = {(one.id, line.n): line for one in posting.documents for line in one.gl_lines}
        ended = Counter(place for end in posting.dispositions for place in end.lines)
        assert ended == Counter(list(lines))
        total = net_of(facts) if source == "charge_feed" else Decimal(0)
        expected = {"ar.unbilled": total, "revenue.gross": -total} if total else {}
        assert by_role(posting.documents) == expected
        assert all(one.foots for one in roll_forward(posting.documents))
        assert {issue.code for issue in posting.issues} <= {"CREDIT_UNLINKED"}


@settings(max_examples=60)
@given(feeds(), st.randoms(use_true_random=False))
def test_the_order_of_charges_changes_no_sum(facts: list[Charge], random: Any) -> None:
    turned = list(facts)
    random.shuffle(turned)
    one, other = posted(*facts), posted(*turned)
    assert by_role(one.documents) == by_role(other.documents)
    assert {line.id for line in one.documents} == {line.id for line in other.documents}


@settings(max_examples=60)
@given(feeds(), st.integers(0, 5))
def test_replay_adds_nothing_and_files_may_be_split(facts: list[Charge], cut: int) -> None:
    """P1, P4: what is known is dropped, and two files book what one does."""
    whole = posted(*facts)
    known = learned(tuple(facts))
    again = posted(*facts, known=known)
    assert again.documents == ()
    booked = sum(1 for fact in facts if fact.amount)
    assert [issue.code for issue in again.issues] == ["DUPLICATE_CHARGE"] * booked
    parts = Ledger(KEYS)
    split = []
    for part in (facts[:cut], facts[cut:]):
        posting = posted(*part, known=parts)
        parts.learn(placed(*part), posting)
        split += posting.documents
    if not whole.issues:
        assert {one.id: by_role([one]) for one in split} == {
            one.id: by_role([one]) for one in whole.documents
        }
        for token in (
            known.survivor("x"),
            *(hcfin.identity.token(KEYS, "acct", n) for n in ("ACCT-C", "ACCT-D")),
        ):
            assert parts.unbilled_balance(token) == known.unbilled_balance(token)
            assert parts.balances(token) == known.balances(token)


@settings(max_examples=60)
@given(st.lists(CENTS, min_size=1, max_size=5), st.booleans())
def test_feed_and_claim_book_each_charge_once(charges: list[Decimal], first: bool) -> None:
    """A17, P2C-08: whichever books the charges, unbilled ends at 0.00 and gross revenue is the charge."""
    fed = [charge(f"{one:.2f}", transaction_id=f"T-{n}") for n, one in enumerate(charges)]
    billed = [submission(), claim(f"{sum(charges):.2f}", *(service(f"{one:.2f}", "0250") for one in charges))]
    order: list[Fact] = [*fed, *billed] if first else [*billed, *fed]
    total = sum(charges, Decimal(0))
    for (source, _), used in USED.items():
        sums = by_role(posted(*order, used=used).documents)
        owed = {"ar.payer": total, "revenue.gross": -total} if total and source != "none" else {}
        assert sums == owed


def test_the_law_of_feed_and_claim_is_broken_by_a_second_source() -> None:
    """Charges of a feed booked beside those of a claim are found."""
    facts = charge("2000.00"), submission(), claim()
    both = [
        *posted(facts[0], used=FEED).documents,
        *posted(*facts[1:], used=USED["claim_837", "remit"]).documents,
    ]
    assert by_role(both)["revenue.gross"] == Decimal("-4000.00")


def test_the_law_of_order_is_broken_where_no_credit_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = credit(reverses="T-1"), charge()
    monkeypatch.setattr(Charges, "original", lambda *_: None)
    assert [one.reverses for one in posted(*facts).documents] == [None, None]


def everything(facts: tuple[Fact, ...], known: Ledger) -> tuple[Posting, Any]:
    master = ChargeMaster()
    master.learn([price("0.333333")])
    posting = post(placed(*facts), books("granularity = 'line'"), context=CONTEXT, known=known, prices=master)
    return posting, hcfin.render(posting.documents, "netsuite", settings=None)


def test_no_patient_data_reaches_a_document() -> None:
    """Law 8: sentinels in every field that is patient data, in documents, issues, ids and payloads."""
    facts: tuple[Fact, ...] = (
        account(patient={"role": "QC", "last_name": "TESTPERSON"}),
        charge(place={"room": "1", "point_of_care": "W"}, description="TEST", diagnoses=("Z00",)),
        charge(None, transaction_id="T-2", quantity="7"),
        credit("-40.00"),
        credit("-400.00", transaction_id="T-7"),
        credit("-1.00", transaction_id="T-8", reverses="T-404"),
        merge(),
    )
    planted, sentinels = plant(facts, fill=False)
    posting, rendering = everything(planted, Ledger(KEYS))
    assert len(posting.documents) > 2
    assert {issue.code for issue in posting.issues} >= {"CREDIT_EXCEEDS_CHARGE", "CREDIT_UNLINKED"}
    texts = [document.model_dump_json() for document in posting.documents]
    assert_no_phi([*texts, *posting.issues, repr(posting), *rendering.payloads, *rendering.issues], sentinels)


def test_books_are_compared_by_what_charges_move() -> None:
    facts = placed(charge(), credit(reverses="T-404"))
    other = books("", '[chart]\n"revenue.gross" = "4711"\n')
    result = compare(books(), other, [facts], context=CONTEXT)
    assert (result.unproven, result.moved) == (0, 2)
    assert sum(b - a for _, a, b in result.changed()) == 0
