"""The strategies of claims: what they reach, and the reader of claims under fire by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.reading import Reading, collect
from hcfin.limits import Limits
from hcfin.model import Model
from hcfin.standards.x12 import STANDARD
from hcfin.testing import assert_no_phi, claims, leaks, mutations, plant, x12_837, x12_segments
from hcfin.testing.claim_strategies import CLAIM_TYPES

Facts = tuple[Fact, ...]


def read(data: bytes) -> Reading:
    return collect(STANDARD.read(BytesIO(data), None, Limits(), True))


def reach(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool], examples: int = 1500) -> Any:
    """An example of that kind, as it comes: the search stops at the first and does not shrink it."""
    quick = settings(max_examples=examples, phases=[Phase.generate], derandomize=True)
    return find(strategy, condition, settings=quick)


def claims_of(facts: Facts) -> tuple[Claim, ...]:
    return tuple(fact for fact in facts if isinstance(fact, Claim))


def coded(claim: Claim, qualifier: str) -> bool:
    return any(code.qualifier == qualifier for code in claim.codes)


REACHED: dict[str, Callable[[Claim], bool]] = {
    "a replacement of a payer's claim": lambda claim: claim.frequency == "7" and bool(claim.reference("F8")),
    "a void": lambda claim: claim.frequency == "8" and bool(claim.reference("F8")),
    "an original": lambda claim: claim.frequency == "1" and not claim.reference("F8"),
    "a patient who is not the subscriber": lambda claim: claim.patient is not None,
    "a subscriber who is the patient": lambda claim: claim.patient is None and claim.relationship == "18",
    "a later payer of whom nothing is known yet": lambda claim: any(
        other.sequence == "S" and other.paid is None for other in claim.other_payers
    ),
    "a third payer after two": lambda claim: (
        claim.sequence == "T" and all(other.paid is not None for other in claim.other_payers)
    ),
    "a secondary that gives the first payer's share by line": lambda claim: any(
        told.adjustments for line in claim.lines for told in line.adjudications
    ),
    "a secondary that gives it by claim": lambda claim: (
        any(other.adjustments for other in claim.other_payers)
        and not any(line.adjudications for line in claim.lines)
    ),
    "both": lambda claim: (
        any(other.adjustments for other in claim.other_payers)
        and any(told.adjustments for line in claim.lines for told in line.adjudications)
    ),
    "a line that a payer took apart": lambda claim: (
        len(claim.other_payers) == 1 and any(len(line.adjudications) == 2 for line in claim.lines)
    ),
    "a denial before": lambda claim: (
        any(other.paid == 0 and other.adjustments for other in claim.other_payers) and claim.charged > 0
    ),
    "a stay with a DRG": lambda claim: bool(claim.drg and claim.admission_hour),
    "value codes": lambda claim: coded(claim, "BE"),
    "a procedure with its date": lambda claim: any(
        code.first for code in claim.codes if code.qualifier == "BBR"
    ),
    "an occurrence span": lambda claim: any(code.last for code in claim.codes),
    "more diagnoses than a segment holds": lambda claim: len(claim.codes) > 12,
    "a drug": lambda claim: any(line.drugs for line in claim.lines),
    "a tooth": lambda claim: any(line.teeth for line in claim.lines),
    "three lines": lambda claim: len(claim.lines) == 3,
    "another payee": lambda claim: bool(claim.pay_to),
}


@pytest.mark.parametrize("what", REACHED)
def test_claims_reach(what: str) -> None:
    assert reach(claims(), lambda facts: any(map(REACHED[what], claims_of(facts))))


def test_neighbours_share_their_levels_and_do_not() -> None:
    def same(facts: Facts, name: str) -> set[bool]:
        found = claims_of(facts)
        return {getattr(a, name) == getattr(b, name) for a, b in pairwise(found)}

    for name in ("billing_provider", "subscriber", "patient"):
        assert reach(claims(), lambda facts, name=name: same(facts, name) == {True, False})


@pytest.mark.parametrize("claim_type", CLAIM_TYPES)
def test_one_type_of_claim_can_be_asked_for(claim_type: str) -> None:
    header, claim = reach(claims(1, min_claims=1, claim_types=[claim_type]), bool)
    assert isinstance(header, ClaimSubmission)
    assert header.claim_type == claim.claim_type == claim_type
    assert claim.submission == header.ref


@given(claims(2, min_claims=2, currency="KWD", max_lines=1, text=st.just("TESTTEXT")))
@settings(max_examples=10)
def test_sizes_currency_and_texts_are_what_was_asked_for(facts: Facts) -> None:
    assert [fact.currency for fact in facts] == ["KWD"] * 3
    for claim in claims_of(facts):
        assert (claim.account, len(claim.lines)) == ("TESTTEXT", 1)
        assert claim.charged.as_tuple().exponent == -3


# The ordinals mean nothing without a source, and nothing generated is unreadable.
NEVER_SET = {"at", "nth", "kind", "unreadable"}


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

    @settings(max_examples=250, derandomize=True)
    @given(claims(currency="EUR"))
    def gather(facts: Facts) -> None:
        for node in nodes(facts):
            for name, field in type(node).model_fields.items():
                known.add((type(node).__name__, name))
                if field.is_required() or getattr(node, name) != field.default:
                    reached.add((type(node).__name__, name))

    gather()
    assert {place for place in known - reached if place[1] not in NEVER_SET} == set()


# Under fire


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


@settings(max_examples=100)
@given(st.data(), x12_837(max_claims=2))
def test_a_damaged_file_is_read_without_an_exception(data: st.DataObject, file: tuple[bytes, Facts]) -> None:
    _, damaged = data.draw(mutations(file[0]))
    usable(damaged)


ISA = (
    b"ISA*00*          *00*          *ZZ*S              *ZZ*R              "
    b"*250101*1200*^*00501*000000001*0*T*:~"
)


@settings(max_examples=200)
@given(
    st.sampled_from((ISA, ISA + b"GS*HC*S*R*20250101*1200*1*X*005010X223A2~ST*837*0001~")),
    x12_segments(kind="837"),
)
def test_segments_in_any_order_are_read_without_an_exception(start: bytes, segments: bytes) -> None:
    usable(start + segments)


# Planted patient data


def told(fact: Fact) -> Fact:
    """A claim without its hours: no sentinel is an hour, and X12 says them in a form of their own."""
    if isinstance(fact, Claim):
        return fact.model_copy(update={"admission_hour": "", "discharge_hour": ""})
    return fact


@settings(max_examples=25)
@given(st.data(), claims(max_claims=2))
def test_no_planted_text_shows_in_a_repr_or_in_the_issues_of_a_damaged_file(
    data: st.DataObject, facts: Facts
) -> None:
    planted, sentinels = plant(facts)
    assert_no_phi([repr(fact) for fact in planted], sentinels)
    planted = tuple(map(told, planted))
    hours = {sentinel for sentinel, path in sentinels.items() if path.endswith("_hour")}
    file = STANDARD.write(planted, {})
    assert len(leaks(file, sentinels)) == len(sentinels) - len(hours)
    _, damaged = data.draw(mutations(file))
    # Not the facts' repr: damage can move a name to where a code should be, and codes are shown.
    reading = read(damaged)
    assert_no_phi([reading, [str(issue) for issue in reading.issues], reading.issues], sentinels)
    assert_no_phi(repr(reading.coverage.to_dict()), sentinels)
