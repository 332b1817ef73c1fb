"""JSON text: exact, deterministic, and silent about what it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.issues import PolicyText
from hcfin.wire.json import dumps

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | DECIMALS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def _read(text: str) -> object:
    return json.loads(text, parse_float=Decimal)


def _as_text(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    return value


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_what_is_written_is_what_a_json_reader_reads(
    value: object, indent: int | None, sort_keys: bool
) -> None:
    assert _read(dumps(value, indent=indent, sort_keys=sort_keys)) == _as_text(value)
    assert _read(dumps(value, numbers="number", indent=indent, sort_keys=sort_keys)) == value


@given(VALUES)
def test_layout_is_that_of_the_standard_library(value: object) -> None:
    plain = _as_text(value)
    assert dumps(value, indent=2) == json.dumps(plain, indent=2, ensure_ascii=False)
    assert dumps(value) == json.dumps(plain, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(
    ("amount", "digits"),
    [
        ("12.50", "12.50"),
        ("-0.01", "-0.01"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("123456789012345678.99", "123456789012345678.99"),
    ],
)
def test_numbers_keep_their_digits_in_plain_notation(amount: str, digits: str) -> None:
    assert dumps([Decimal(amount)], numbers="number") == f"[{digits}]"
    assert dumps([Decimal(amount)]) == f'["{digits}"]'


def test_keys_keep_their_order_unless_sorted() -> None:
    value = {"b": {"z": 1, "y": 2}, "a": ()}
    assert dumps(value) == '{"b":{"z":1,"y":2},"a":[]}'
    assert dumps(value, sort_keys=True) == '{"a":[],"b":{"y":2,"z":1}}'


class _Colour(IntEnum):
    RED = 7


def test_subclasses_of_text_and_int_are_written_as_such() -> None:
    assert dumps([PolicyText("ar.payer"), _Colour.RED]) == '["ar.payer",7]'


def test_text_is_kept_and_half_surrogates_are_escaped() -> None:
    text = dumps(["é•😀\ud800", 'a"\\\n\x00'])
    assert text == '["é•😀\\ud800","a\\"\\\\\\n\\u0000"]'
    assert text.encode("utf-8")


def _nest(levels: int) -> object:
    value: object = "SENTINEL"
    for _ in range(levels):
        value = [value]
    return value


class _Unknown:
    def __repr__(self) -> str:
        return "SENTINEL"


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+999999999"),
        Decimal("1E-999999999"),
        b"SENTINEL",
        {"SENTINEL"},
        _Unknown(),
        {1: "SENTINEL"},
        {None: "SENTINEL", "a": 1},
        1 << 5000,
        _nest(101),
        _nest(5000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_refuses_what_is_not_json_without_showing_it(value: object) -> None:
    for numbers in ("text", "number"):
        with pytest.raises(TypeError) as refused:
            dumps({"a": [value]}, numbers=numbers)  # type: ignore[arg-type]
        assert "SENTINEL" not in str(refused.value)
        assert "1.5" not in str(refused.value)


def test_a_hundred_levels_are_written() -> None:
    assert dumps(_nest(100)) == "[" * 100 + '"SENTINEL"' + "]" * 100
