"""The strategies, planted patient data and laws of `hcfin.testing`, and the reader under fire by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from hcfin.billing.balance import claim_faults, remittance_faults
from hcfin.billing.base import Fact
from hcfin.billing.reading import collect
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.limits import Limits
from hcfin.model import Model
from hcfin.standards.x12 import STANDARD
from hcfin.testing import (
    adjustments,
    amounts,
    assert_never_raises,
    assert_no_phi,
    claim_payments,
    delimiter_hostile_text,
    leaks,
    mutations,
    plant,
    remittances,
    x12_835,
    x12_segments,
)
from hcfin.testing.damage import LABELS
from hcfin.testing.strategies import KINDS

Facts = tuple[Fact, ...]


def read(data: bytes) -> Any:
    return collect(STANDARD.read(BytesIO(data), None, Limits(), True))


def reach(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool], examples: int = 3000) -> Any:
    """An example of that kind, as it comes: the search stops at the first and does not shrink it."""
    quick = settings(max_examples=examples, phases=[Phase.generate], derandomize=True)
    return find(strategy, condition, settings=quick)


def claims_of(facts: Facts) -> tuple[ClaimPayment, ...]:
    return tuple(fact for fact in facts if isinstance(fact, ClaimPayment))


# Strategies


@settings(max_examples=100)
@given(remittances())
def test_a_generated_remittance_balances_at_all_three_levels(facts: Facts) -> None:
    remittance, *claims = facts
    assert isinstance(remittance, Remittance)
    assert [issue for claim in claims_of(facts) for issue in claim_faults(claim, "facts")] == []
    paid = sum((claim.paid for claim in claims_of(facts)), Decimal(0))
    assert list(remittance_faults(remittance, paid, "facts")) == []
    assert remittance.payment >= 0
    assert (remittance.handling == "H") == (remittance.method == "NON") == (remittance.payment == 0)
    assert remittance.totals.claims == len(claims)
    assert all(claim.remittance == remittance.ref for claim in claims_of(facts))


def adjusts(claim: ClaimPayment, at_line: bool) -> bool:
    return any((line is not None) == at_line for _, line in claim.all_adjustments())


REACHED: dict[str, Callable[[ClaimPayment], bool]] = {
    "a reversal that takes money back": lambda claim: claim.status == "22" and claim.paid < 0,
    "a reversal of a patient's share": lambda claim: (
        claim.status == "22" and any(a.group == "PR" and a.amount < 0 for a in claim.adjustments)
    ),
    "a secondary with OA-23": lambda claim: (
        claim.status in {"2", "3"} and any((a.group, a.reason) == ("OA", "23") for a in claim.adjustments)
    ),
    "a denial": lambda claim: claim.paid == 0 < claim.charged and claim.status in {"1", "4"},
    "a predetermination": lambda claim: claim.status == "25",
    "adjustments at the claim": lambda claim: adjusts(claim, at_line=False),
    "adjustments at a line": lambda claim: adjusts(claim, at_line=True),
    "adjustments at both": lambda claim: adjusts(claim, True) and adjusts(claim, False),
    "a payment above the charge": lambda claim: 0 < claim.charged < claim.paid,
    "an unknown reason": lambda claim: any(a.reason.startswith("ZZ") for a, _ in claim.all_adjustments()),
    "more adjustments than a segment holds": lambda claim: len(claim.adjustments) > 6,
    "a claim of three lines": lambda claim: len(claim.lines) == 3,
}


@pytest.mark.parametrize("what", REACHED)
def test_claims_reach(what: str) -> None:
    assert reach(claim_payments(), REACHED[what])


SETS_REACHED: dict[str, Callable[[Remittance, tuple[ClaimPayment, ...]], bool]] = {
    "provider adjustments of both signs": lambda remittance, claims: (
        {adjustment.amount > 0 for adjustment in remittance.provider_adjustments} == {True, False}
    ),
    "an unknown provider adjustment": lambda remittance, claims: any(
        adjustment.code not in {"FB", "L6", "WO"} for adjustment in remittance.provider_adjustments
    ),
    "a balance carried forward": lambda remittance, claims: any(
        (adjustment.code, adjustment.reference) == ("FB", remittance.trace)
        for adjustment in remittance.provider_adjustments
    ),
    "no payment for paid claims": lambda remittance, claims: (
        remittance.payment == 0 and any(claim.paid for claim in claims)
    ),
    "a cheque": lambda remittance, claims: remittance.method == "CHK",
    "four claims": lambda remittance, claims: len(claims) == 4,
    "a reversal and its correction": lambda remittance, claims: any(
        first.status == "22" and second.status != "22" and first.account == second.account and first.paid
        for first, second in pairwise(claims)
    ),
}


@pytest.mark.parametrize("what", SETS_REACHED)
def test_remittances_reach(what: str) -> None:
    def reached(facts: Facts) -> bool:
        return isinstance(facts[0], Remittance) and SETS_REACHED[what](facts[0], claims_of(facts))

    kinds = ("primary", "primary", "reversal")
    assert reach(remittances(kinds=kinds), reached)


# The ordinals mean nothing without a source, nothing generated is unreadable, and a payment by debit
# (BPR03 D) is another transaction than those that the strategies are about; FHIR alone takes one back.
NEVER_SET = {"at", "nth", "kind", "unreadable", "credit_debit", "told_by", "taken_back"}


def nodes(value: object) -> Iterator[Model]:
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from nodes(getattr(value, name))


def test_every_optional_field_is_reached() -> None:
    known: set[tuple[str, str]] = set()
    reached: set[tuple[str, str]] = set()

    @settings(max_examples=400, derandomize=True)
    @given(remittances(currency="EUR", summaries=True))
    def collect(facts: Facts) -> None:
        for node in nodes(facts):
            for name, field in type(node).model_fields.items():
                known.add((type(node).__name__, name))
                if field.is_required() or getattr(node, name) != field.default:
                    reached.add((type(node).__name__, name))

    collect()
    assert {place for place in known - reached if place[1] not in NEVER_SET} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_claim_can_be_asked_for(kind: str) -> None:
    claim = reach(claim_payments(kinds=[kind]), lambda claim: bool(claim.charged))
    assert (claim.status == "22") == (kind == "reversal") == (claim.charged < 0)
    assert kind not in {"denial", "predetermination"} or claim.paid == 0


@given(st.data(), amounts("-20", "20.5", currency="KWD"))
def test_adjustments_share_out_exactly_their_total(data: st.DataObject, total: Decimal) -> None:
    assert total.as_tuple().exponent == -3
    assert -20 <= total <= Decimal("20.5")
    assert sum(a.amount for a in data.draw(adjustments(total, currency="KWD"))) == total


def test_an_example_shrinks_to_what_matters() -> None:
    quick = settings(max_examples=500, derandomize=True)
    found = find(claim_payments(), lambda claim: claim.paid > 20, settings=quick)
    assert (found.paid, found.lines, found.parties) == (Decimal("20.01"), (), ())


# X12: what is written is read back, and damage is a reading with issues


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_what_is_written_is_read_back(currency: str) -> None:
    @settings(max_examples=60 if currency == "USD" else 20)
    @given(x12_835(max_remittances=2, currency=currency))
    def law(file: tuple[bytes, Facts]) -> None:
        data, facts = file
        reading = read(data)
        assert reading.facts == facts
        assert not [issue for issue in reading.issues if issue.severity == "error"]

    law()


@settings(max_examples=40)
@given(remittances(max_claims=2, text=delimiter_hostile_text()))
def test_a_hostile_text_is_written_as_it_is_or_refused(facts: Facts) -> None:
    data = assert_never_raises(lambda said: STANDARD.write(said, {}), facts)
    assert data is None or read(data).facts == facts


def usable(data: bytes) -> None:
    """Read, within seconds on any machine, and nothing in the reading breaks when it is looked at."""
    started = time.perf_counter()
    reading = read(data)
    for issue in reading.issues:
        str(issue)
        issue.to_dict()
    repr(reading.facts)
    reading.coverage.to_dict()
    assert time.perf_counter() - started < 3


@settings(max_examples=150)
@given(st.data(), x12_835(max_claims=2))
def test_a_damaged_file_is_read_without_an_exception(data: st.DataObject, file: tuple[bytes, Facts]) -> None:
    label, damaged = data.draw(mutations(file[0]))
    assert label in LABELS
    usable(damaged)


ISA = (
    b"ISA*00*          *00*          *ZZ*S              *ZZ*R              "
    b"*250101*1200*^*00501*000000001*0*T*:~"
)


@settings(max_examples=250)
@given(st.sampled_from((b"", ISA)), x12_segments())
def test_segments_in_any_order_are_read_without_an_exception(start: bytes, segments: bytes) -> None:
    usable(start + segments)


@settings(max_examples=250)
@given(st.sampled_from((b"", b"ISA*", ISA, ISA + b"ST*835*1~CLP*A*1*1*1~")), st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(start: bytes, data: bytes) -> None:
    usable(start + data)


@pytest.mark.parametrize("label", LABELS)
def test_every_kind_of_damage_is_done(label: str) -> None:
    file = LEVELS if label == "wrong_level" else FILE
    assert reach(mutations(file), lambda pair: pair[0] == label and pair[1] != file)


FILE = (
    ISA + b"GS*HP*S*R*20250101*1200*1*X*005010X221A1~ST*835*0001~BPR*I*75*C*ACH~TRN*1*T*P~N1*PR*A~N1*PE*B~"
    b"CLP*A*1*100*75~CAS*CO*45*25~SE*8*0001~GE*1*1~IEA*1*000000001~"
)
LEVELS = ISA + b"ST*837*0001~HL*1**20*1~SE*3*0001~IEA*1*000000001~"


# Planted patient data


@settings(max_examples=30)
@given(st.data(), remittances(max_claims=2))
def test_no_planted_text_shows_in_a_repr_or_in_the_issues_of_a_damaged_file(
    data: st.DataObject, facts: Facts
) -> None:
    planted, sentinels = plant(facts)
    assert all(list(claim_faults(claim, "facts")) == [] for claim in claims_of(planted))
    file = STANDARD.write(planted, {})
    assert len(leaks(file, sentinels)) == len(sentinels)
    assert_no_phi([repr(fact) for fact in planted], sentinels)
    _, damaged = data.draw(mutations(file))
    # Not the facts' repr: damage can move a name to where a code should be, and codes are shown.
    reading = read(damaged)
    assert_no_phi([reading, [str(issue) for issue in reading.issues], reading.issues], sentinels)
    assert_no_phi(repr(reading.coverage.to_dict()), sentinels)
