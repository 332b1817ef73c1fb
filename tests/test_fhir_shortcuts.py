"""What makes reading of FHIR fast, against the plain way of doing the same: names that stand twice, amounts,
places, coverage, and nodes that are made without validation."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from fhir_trees import damaged, to_xml
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.limits import Limits
from hcfin.model import Model
from hcfin.money import is_currency, parse_amount
from hcfin.standards.fhir.elements import known_name
from hcfin.standards.fhir.places import Place, Room
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.reader import reader_of
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.trail import Trail
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

TREES = [
    json_reader.loads(path.read_bytes()) for path in sorted((cases.FIXTURES / "fhir").glob("*/*/input.json"))
]

# JSON as text, with blanks where they may stand, names that come again, and colons inside of texts.
BLANK = st.sampled_from(["", "", "", " ", "\n", "\t ", "\r\n"])
NAME = st.sampled_from(['"a"', '"b"', '"url"', '":"', '"h:"', '"\\":"', '"a\\u003a"', '""'])
LEAF = st.sampled_from(
    ["1", "1.50", "1e2", "null", '"x"', '"http://a:b"', '":"', '"12:30"', '" : "', "[]", "{}", "1e99", "oops"]
)


def _listed(parts: list[str]) -> str:
    return "[" + ",".join(parts) + "]"


@st.composite
def objects(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    members = [
        draw(BLANK) + draw(NAME) + draw(BLANK) + ":" + draw(BLANK) + draw(inside) + draw(BLANK)
        for _ in range(draw(st.integers(0, 4)))
    ]
    return "{" + ",".join(members) + "}"


TEXTS = st.recursive(
    LEAF, lambda inside: objects(inside) | st.lists(inside, max_size=3).map(_listed), max_leaves=12
)


def plainly(text: str) -> Any:
    """The value, or the code of what is wrong, by looking at each object."""

    def figure(written: str) -> Decimal:
        if "99" in written:
            raise json_reader.JsonError("JSON_NUMBER")
        return Decimal(written)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise json_reader.JsonError("JSON_DUPLICATE_KEY")
        return dict(pairs)

    try:
        return json.loads(text, parse_float=figure, object_pairs_hook=once)
    except json.JSONDecodeError:
        return "JSON_INVALID"
    except json_reader.JsonError as error:
        return error.code


@given(st.lists(TEXTS, max_size=5))
def test_names_that_stand_twice_are_found_by_counting(texts: list[str]) -> None:
    reader = json_reader.JsonReader()
    for text in texts:  # one reader for all of them: what it remembers changes nothing
        try:
            found = reader.loads(text.encode())
        except json_reader.JsonError as error:
            found = error.code
        assert repr(found) == repr(plainly(text))


FIGURES = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17),
    st.sampled_from([Decimal("0.00"), Decimal("-0.00"), Decimal("1E+3"), Decimal("999999999.99")]),
    st.integers(-(10**17), 10**17),
)


@given(st.lists(st.tuples(FIGURES, st.sampled_from(["USD", "EUR", "JPY", "KWD", "usd", ""])), max_size=6))
def test_amounts_are_those_of_the_careful_parser(told: list[tuple[Decimal | int, str]]) -> None:
    session = Session(Profile(), Limits(), Trail(keep=False))
    session.trail.begin("Claim", 1)
    at = session.at("")
    for written, currency in told:
        amount, found = session.money({"net": {"value": written, "currency": currency}}, "net", at)
        named = currency or "USD"
        expected = None
        if is_currency(named):
            try:
                expected = parse_amount(f"{written:f}", named)
            except AmountError:
                expected = None
            assert found == named
        assert repr(amount) == repr(expected)


@given(st.lists(st.integers(0, 4), max_size=8), st.booleans())
def test_places_of_a_list_are_those_of_its_elements(sizes: list[int], keep: bool) -> None:
    together, apart = Trail(keep=keep), Trail(keep=keep)
    last = 0
    for number, size in enumerate(sizes):
        if number % 3 == 0:
            together.begin("Claim", number)
            apart.begin("Claim", number)
        first = together.note_list(f"/item/{number}", size)
        assert [first + nth for nth in range(size)] == [
            apart.note(f"/item/{number}/{nth}") for nth in range(size)
        ]
        assert together.note(f"/total/{number}") == apart.note(f"/total/{number}")
        last = first + size
    for at in range(last + 3):
        assert together.origin(at, "amount") == apart.origin(at, "amount")


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            if name != "resourceType":
                yield from _leaves(inside, f"{path}.{known_name(name)}")
    elif isinstance(value, list):
        for inside in value:
            yield from _leaves(inside, path)
    elif value is not None:
        yield path


def _below(path: str, carried: frozenset[str]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:size]) in carried for size in range(1, len(parts) + 1))


def resources(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in tree["entry"]] if "entry" in tree else [tree]


def test_coverage_is_that_of_every_leaf_by_itself() -> None:
    for number, tree in enumerate(TREES):
        for resource in resources(tree):
            kind = resource["resourceType"]
            reader = reader_of(kind)
            carried = frozenset(f"{kind}.{path}" for path in (reader.carried if reader else ()))
            place, expected = Place(kind, carried, Room()), Coverage(Counter(), Counter())
            for seed in range(5):
                one = damaged(resource, random.Random(f"{number}/{seed}"))  # noqa: S311
                if isinstance(one, dict):
                    place.count(one)
                    for path in _leaves(one, kind):
                        (expected.carried if _below(path, carried) else expected.counted)[path] += 1
            found = Coverage()
            place.tell(found)
            assert found == expected


def test_hostile_paths_take_no_more_memory_than_is_set_aside() -> None:
    room = Room(3)
    place = Place("Claim", frozenset({"Claim.item"}), room)
    place.count({"item": {"net": 1, "total": {"value": 2}}, "use": [3, [4]], "id": 5})
    found = Coverage()
    place.tell(found)
    assert room.left == 0
    # What had no place of its own counts where it stands.
    assert found.carried == {"Claim.item.net": 1, "Claim.item.total": 1}
    assert found.counted == {"Claim": 3}


def test_what_fhir_does_not_have_is_no_place() -> None:
    reading = hcfin.read(b'{"resourceType": "Testperson Alpha", "Testperson": "x"}', standard="fhir")
    assert reading.coverage.counted == {"?.?": 1}


def nodes(value: Any) -> Iterator[Model]:
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from nodes(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from nodes(one)


def proven(data: bytes) -> int:
    """How many nodes of a reading are exactly what validation makes of their values."""
    count = 0
    for fact in hcfin.read(data, standard="fhir").facts:
        again = type(fact).model_validate(fact.model_dump())
        pairs = list(zip(nodes(fact), nodes(again), strict=True))
        for made, valid in pairs:
            assert list(made.__dict__) == list(type(made).model_fields)
            assert {n: (type(v), repr(v)) for n, v in made.__dict__.items()} == {
                n: (type(v), repr(v)) for n, v in valid.__dict__.items()
            }
        count += len(pairs)
    return count


@pytest.mark.parametrize("number", range(len(TREES)))
def test_nodes_are_what_validation_makes_of_them(number: int) -> None:
    tree = TREES[number]
    assert proven(dumps(tree, numbers="number").encode())
    for seed in range(15):
        one = damaged(tree, random.Random(f"{number}/{seed}"))  # noqa: S311
        proven(dumps(one, numbers="number").encode())
    if "entry" not in tree:
        assert proven(to_xml(tree))


@pytest.mark.corpus
def test_nodes_of_real_resources_are_too(corpus: Path) -> None:
    proved = sum(proven(path.read_bytes()) for path in (corpus / "fhir").rglob("*") if path.is_file())
    assert proved > 2000
