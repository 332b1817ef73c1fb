"""Laws of payments, payouts, refunds, disputes, write-offs and transfers, over whatever a source may tell."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import hcfin
from hcfin.billing.reading import Reading
from hcfin.finance.transactions import changes, told
from hcfin.posting import Outcome, Posting
from hcfin.reconcile import Ledger, roll_forward
from hcfin.testing import assert_balanced, assert_deterministic, assert_no_phi, plant, transactions

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = hcfin.load_books("example")
FACTS = st.lists(transactions(currency="USD"), max_size=6)


def post(facts: Any, known: Ledger | None = None) -> Posting:
    numbered = tuple(fact.model_copy(update={"at": at}) for at, fact in enumerate(facts, start=1))
    return hcfin.post(Reading("facts", numbered), BOOKS, context=CONTEXT, known=known)


def numbered(facts: list[Any]) -> list[Any]:
    """Each with a number of its own, so that none is another's repeat; what is undone stays what it was."""
    return [fact.model_copy(update={"id": f"TX-{at}"}) for at, fact in enumerate(facts)]


def sums(posting: Posting) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for document in posting.documents:
        for line in document.gl_lines:
            party = line.party.token if line.party else ""
            found[line.role, party] += int(line.amount * 100) * (1 if line.side == "debit" else -1)
    return Counter({key: cents for key, cents in found.items() if cents})


def ledger_after(facts: list[Any]) -> Ledger:
    ledger = Ledger(hcfin.DEMO_KEYS)
    for fact in facts:
        ledger.learn(Reading("facts", (fact,)), post([fact], ledger))
    return ledger


@given(FACTS, st.booleans())
def test_every_amount_has_one_end_and_every_line_its_amounts(facts: list[Any], with_known: bool) -> None:
    known = ledger_after(facts[:2]) if with_known else None
    posting = post(facts, known)
    told_amounts = Counter(
        (at, name, getattr(fact, name))
        for at, fact in enumerate(facts, start=1)
        for name in ("amount", "fee")
        if name in type(fact).model_fields
    )
    ended = Counter((end.origin.at, end.origin.element, end.amount) for end in posting.dispositions)
    assert ended == told_amounts
    booked: Counter[tuple[str, int]] = Counter()
    for end in posting.dispositions:
        assert (end.outcome is Outcome.POSTED) == bool(end.lines)
        assert sum(end.booked) == 0, "what it debits it credits"
        for place, part in zip(end.lines, end.booked, strict=True):
            booked[place] += abs(int(part * 100))
    lines = {(one.id, line.n): int(line.amount * 100) for one in posting.documents for line in one.gl_lines}
    assert dict(booked) == lines
    for document in posting.documents:
        assert_balanced(document)
    kept = {end.rule for end in posting.dispositions if end.outcome is Outcome.KEPT_OPEN}
    assert kept <= {issue.code for issue in posting.issues}, "what is held is said"
    assert all(forward.foots for forward in roll_forward(posting.documents))


@given(FACTS)
def test_what_comes_again_adds_nothing(facts: list[Any]) -> None:
    facts = numbered(facts)
    once, twice = post(facts), post([*facts, *facts])
    assert [one.id for one in twice.documents] == [one.id for one in once.documents]
    assert sums(twice) == sums(once)
    ledger = Ledger(hcfin.DEMO_KEYS)
    ledger.learn(Reading("facts", tuple(facts)), once)
    assert not post(facts, ledger).documents


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_changes_no_sum(facts: list[Any], random: Any) -> None:
    facts = numbered(facts)
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert sums(post(shuffled)) == sums(post(facts))
    assert {one.id: one.content_hash for one in post(shuffled).documents} == {
        one.id: one.content_hash for one in post(facts).documents
    }


@given(FACTS, st.booleans())
def test_the_same_gives_the_same(facts: list[Any], with_known: bool) -> None:
    known = ledger_after(facts[:2]) if with_known else None
    assert_deterministic(lambda: [one.to_dict() for one in post(facts, known).documents])


@given(FACTS)
def test_what_a_ledger_knows_is_what_the_journals_say(facts: list[Any]) -> None:
    facts = numbered(facts)
    ledger = ledger_after(facts)
    patients: Counter[str] = Counter()
    seen = Ledger(hcfin.DEMO_KEYS)
    for fact in facts:
        posting = post([fact], seen)
        seen.learn(Reading("facts", (fact,)), posting)
        for document in posting.documents:
            said = told(document.source)
            assert said is not None
            for change in changes(said, document.gl_lines):
                if change.measure == "patient":
                    patients[change.account] += int(change.amount * 100)
    for account, cents in patients.items():
        assert ledger.patient_balance(account) == Decimal(cents) / 100


@given(FACTS)
def test_no_patient_data_reaches_a_document_or_issue(facts: list[Any]) -> None:
    planted, sentinels = plant(facts)
    posting = post([fact.model_copy(update={"posted": "2025-03-11"}) for fact in planted])
    outputs = {
        "documents": [one.model_dump_json() for one in posting.documents],
        "issues": [str(issue) for issue in posting.issues],
        "repr": repr(planted),
    }
    assert_no_phi(outputs, sentinels)
