"""The laws of posting over generated FHIR: statements of benefits and reconciliations, in R4 and R5.

J1, J4, R3, R4, P1, P3, Y1 of the other standards hold here too; and PCT estimates, preauthorizations and
predeterminations book nothing, whatever figures they tell.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hcfin
from fhir_money import Digits, Element, benefits, bundle, category, detail, other, reason, reconciliation
from hcfin.billing.reading import Reading
from hcfin.books import Books, builtin, load
from hcfin.overlay import Layer
from hcfin.posting import Outcome, Posting
from hcfin.reconcile import Ledger, cash_proof, roll_forward
from hcfin.testing import assert_balanced, assert_clearing_zero, assert_money_conserved, assert_no_phi
from posted import written

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
FEW = settings(max_examples=30)
SOURCES = {
    name: load([builtin("example.toml"), Layer("own.toml", f'[policy]\nadjudication_source = "{name}"\n')])
    for name in ("remittance", "eob")
}
Told = tuple[str, str, Decimal]
CODES = [("CO", "45"), ("CO", "97"), ("CO", "197"), ("CO", "253"), ("PR", "1"), ("PR", "2"), ("OA", "23")]
CODES += [("PI", "45"), ("CO", "ZZ9"), ("PR", "96"), ("CO", "29")]
CATEGORIES = ["copay", "deductible", "coinsurance", "discount", "noncovered", "priorpayerpaid"]


class Line(NamedTuple):
    """What is paid for a line, and what is taken off: by group and reason, or by category."""

    paid: Decimal
    told: tuple[Told, ...]

    @property
    def charged(self) -> Decimal:
        return self.paid + sum((amount for _, _, amount in self.told), Decimal(0))


class Answer(NamedTuple):
    """What a payer decided of a claim."""

    lines: tuple[Line, ...]
    turn: int
    identifier: str

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), Decimal(0))


class Story(NamedTuple):
    """Claims that one payment answers, and money beside them."""

    answers: tuple[Answer, ...]
    advance: Decimal

    @property
    def paid(self) -> Decimal:
        return sum((one.paid for one in self.answers), self.advance)


def _amounts(least: int = 0) -> st.SearchStrategy[Decimal]:
    return st.integers(least, 99_999).map(lambda cents: Decimal(cents) / 100 + Decimal("0.00"))


def stories(*, coded: bool = False) -> st.SearchStrategy[Story]:
    """`coded`: everything by group and reason, as an 835 has it."""
    codes = st.tuples(st.sampled_from(CODES), _amounts(1)).map(lambda one: (*one[0], one[1]))
    words = st.tuples(st.just(""), st.sampled_from(CATEGORIES), _amounts(1))
    told = st.lists(codes if coded else codes | words, max_size=3, unique_by=lambda one: one[:2])
    lines = st.builds(Line, _amounts(), told.map(tuple)).filter(lambda line: line.charged > 0)
    named = st.just("TEST0001") if coded else st.sampled_from(["", "TEST0001"])
    turns = st.just(1) if coded else st.sampled_from([1, 1, 2])
    answers = st.builds(Answer, st.lists(lines, min_size=1, max_size=3).map(tuple), turns, named)
    several = st.lists(answers, min_size=1, max_size=3).map(tuple)
    return st.builds(Story, several, st.just(Decimal("0.00")) | _amounts(1))


def statement(answer: Answer, number: int, kind: str, **fields: Any) -> Element:
    made = benefits(
        account=f"ZZACCT{number}QX",
        number=f"ZZICN{number}QX",
        kind=kind,
        paid=f"{answer.paid:.2f}",
        identifier=answer.identifier,
        turn=answer.turn,
        **fields,
    )
    (item,) = made["item"]
    made["item"] = [
        item | {"sequence": position, "itemSequence": position, "adjudication": _adjudications(line)}
        for position, line in enumerate(answer.lines, 1)
    ]
    return made


def _adjudications(line: Line) -> list[Element]:
    told = [
        reason(group, code, f"{amount:.2f}") if group else category(code, f"{amount:.2f}")
        for group, code, amount in line.told
    ]
    return [category("submitted", f"{line.charged:.2f}"), *told, category("benefit", f"{line.paid:.2f}")]


def statements(story: Story, kind: str = "ExplanationOfBenefit", **fields: Any) -> list[Element]:
    return [statement(one, number, kind, **fields) for number, one in enumerate(story.answers, 1)]


def advice(story: Story, release: str = "R4", **fields: Any) -> list[Element]:
    told = statements(story, "ClaimResponse")
    parts = [detail(one, f"{answer.paid:.2f}") for one, answer in zip(told, story.answers, strict=True)]
    if story.advance:
        parts.append(other("advance", f"{story.advance:.2f}"))
    return [*told, reconciliation(*parts, paid=f"{story.paid:.2f}", release=release, **fields)]


def post(reading: Reading, books: Books, known: Ledger | None = None) -> Posting:
    posting = hcfin.post(reading, books, context=CONTEXT, known=known)
    for document in posting.documents:
        assert_balanced(document)
    assert_clearing_zero(posting.documents)
    assert all(forward.foots for forward in roll_forward(posting.documents))
    assert all(proof.holds for proof in cash_proof(posting.documents))
    return posting


def of(resources: list[Element], source: str) -> tuple[Reading, Posting]:
    reading = hcfin.read(bundle(*resources))
    assert not [issue for issue in reading.issues if issue.severity == "error"], reading.issues
    return reading, post(reading, SOURCES[source])


def every_amount_ends_once(reading: Reading, posting: Posting) -> None:
    places = Counter((end.origin.at, end.origin.element) for end in posting.dispositions)
    assert set(places.values()) <= {1}
    claims = [claim for view in reading.remittances for claim in view.claims]
    for claim in claims:
        nodes: list[tuple[Any, str]] = [(claim, "charged"), (claim, "paid")]
        nodes += [(adjustment, "amount") for adjustment, _ in claim.all_adjustments()]
        for node, name in nodes:
            origin = reading.place(node, name)
            assert (origin.at, origin.element) in places
    lines = {(document.id, line.n) for document in posting.documents for line in document.gl_lines}
    for end in posting.dispositions:
        assert set(end.lines) <= lines
        assert bool(end.lines) is (end.outcome is Outcome.POSTED or bool(end.booked))


def left(*postings: Posting) -> dict[tuple[str, ...], Decimal]:
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for posting in postings:
        for document in posting.documents:
            for line in document.gl_lines:
                tags = [f"{name} {value}" for name, value in line.tags if name != "sequence"]
                sums[(line.role, *tags)] += line.amount if line.side == "debit" else -line.amount
    return {place: amount for place, amount in sums.items() if amount}


def booked(posting: Posting) -> list[tuple[str, str]]:
    return [(document.id, document.content_hash) for document in posting.documents]


@pytest.mark.parametrize("release", ["R4", "R5"])
@FEW
@given(story=stories())
def test_advices_balance_and_clearing_is_zero(release: str, story: Story) -> None:
    reading, posting = of(advice(story, release), "remittance")
    (view,) = reading.remittances
    assert view.header.payment == story.paid
    assert_money_conserved(view.header, view.claims, posting.documents)
    every_amount_ends_once(reading, posting)


@pytest.mark.parametrize("kind", ["ExplanationOfBenefit", "ClaimResponse"])
@FEW
@given(story=stories())
def test_statements_balance_and_cash_is_what_is_named(kind: str, story: Story) -> None:
    reading, posting = of(statements(story, kind), "eob")
    named = sum((one.paid for one in story.answers if one.identifier), Decimal(0))
    cash = sum(
        (amount for place, amount in left(posting).items() if place[0].startswith("cash.")), Decimal(0)
    )
    assert cash == named
    every_amount_ends_once(reading, posting)


@FEW
@given(story=stories())
def test_both_releases_book_the_same(story: Story) -> None:
    assert booked(of(advice(story, "R4"), "remittance")[1]) == booked(
        of(advice(story, "R5"), "remittance")[1]
    )


@FEW
@given(story=stories(coded=True))
def test_an_advice_is_the_same_documents_as_its_835(story: Story) -> None:
    body = []
    for number, answer in enumerate(story.answers, 1):
        charged = sum((line.charged for line in answer.lines), Decimal(0))
        told = [one for line in answer.lines for one in line.told]
        share = sum((amount for group, _, amount in told if group == "PR"), Decimal(0))
        body.append(f"CLP*ZZACCT{number}QX*1*{charged}*{answer.paid}*{share}*12*ZZICN{number}QX")
        for line in answer.lines:
            body.append(f"SVC*HC:99214*{line.charged}*{line.paid}**1")
            body += [f"CAS*{group}*{code}*{amount}" for group, code, amount in line.told]
    if story.advance:
        body.append(f"PLB*1234567893*20251231*AP:REF1*-{story.advance}")
    x12 = hcfin.read(written(story.paid, *body))
    assert not x12.issues
    fhir, posting = of(advice(story), "remittance")
    assert booked(post(x12, SOURCES["remittance"])) == booked(posting)
    ledger = Ledger(hcfin.DEMO_KEYS)
    ledger.learn(x12, post(x12, SOURCES["remittance"], ledger))
    assert post(fhir, SOURCES["remittance"], ledger).documents == ()


@FEW
@given(story=stories(), source=st.sampled_from(sorted(SOURCES)))
def test_what_comes_twice_is_booked_once(story: Story, source: str) -> None:
    told = advice(story) if source == "remittance" else statements(story)
    reading, _ = of(told, source)
    ledger = Ledger(hcfin.DEMO_KEYS)
    ledger.learn(reading, post(reading, SOURCES[source], ledger))
    assert post(reading, SOURCES[source], ledger).documents == ()


@FEW
@given(story=stories(), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_resources_changes_nothing(story: Story, shuffled: random.Random) -> None:
    whole = json.loads(bundle(*advice(story)), parse_float=Digits)
    shuffled.shuffle(whole["entry"])
    reading = hcfin.read(json.dumps(whole).encode())
    assert booked(post(reading, SOURCES["remittance"])) == booked(of(advice(story), "remittance")[1])


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
@FEW
@given(story=stories(), source=st.sampled_from(sorted(SOURCES)))
def test_what_is_taken_back_leaves_nothing(status: str, story: Story, source: str) -> None:
    # A secondary without what came before waits with its money, whose taking back waits in suspense.
    answers = tuple(one._replace(turn=1) for one in story.answers)
    story = story._replace(answers=answers)
    tell = advice if source == "remittance" else statements
    assert left(of(tell(story), source)[1], of(tell(story, status=status), source)[1]) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"use": "predetermination"},
        {"use": "preauthorization"},
        {"meta": {"profile": ["http://hl7.org/fhir/us/davinci-pct/StructureDefinition/davinci-pct-aeob"]}},
    ],
    ids=["predetermination", "preauthorization", "estimate"],
)
@FEW
@given(story=stories(), source=st.sampled_from(sorted(SOURCES)))
def test_what_is_only_estimated_books_nothing(fields: dict[str, Any], story: Story, source: str) -> None:
    for kind in ("ExplanationOfBenefit", "ClaimResponse"):
        reading, posting = of(statements(story, kind, **fields), source)
        assert posting.documents == ()
        assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}
        every_amount_ends_once(reading, posting)


@FEW
@given(story=stories(), cents=st.integers(1, 999))
def test_what_does_not_add_up_touches_no_receivable_and_no_revenue(story: Story, cents: int) -> None:
    told = statements(story)
    for one in told:
        figure = one["item"][0]["adjudication"][0]["amount"]
        figure["value"] = Digits(f"{Decimal(str(figure['value'])) + Decimal(cents) / 100:.2f}")
    reading = hcfin.read(bundle(*told))
    assert "REMIT_UNBALANCED_LINE" in {issue.code for issue in reading.issues}
    roles = {place[0] for place in left(post(reading, SOURCES["eob"]))}
    assert roles <= {"cash.eft_in_transit", "liability.unapplied_payer"}


@FEW
@given(story=stories(), source=st.sampled_from(sorted(SOURCES)))
def test_no_patient_data_leaves(story: Story, source: str) -> None:
    told = advice(story) if source == "remittance" else statements(story)
    _, posting = of(told, source)
    secret = [f"ZZ{kind}{number}QX" for kind in ("ACCT", "ICN") for number in (1, 2, 3)]
    assert_no_phi([*posting.documents, *posting.issues], [*secret, "TESTPERSON"])
