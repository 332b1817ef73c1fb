"""JSON from strangers: every figure exactly as it was written, everything odd refused, and quickly."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.wire.json_reader import JsonError, loads

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def code(data: bytes) -> str:
    with pytest.raises(JsonError) as caught:
        loads(data)
    assert str(caught.value) == caught.value.code
    return caught.value.code


@pytest.mark.parametrize("figure", ["425.00", "0.10", "1234567890.123456789", "-0.00", "5E2", "1e-18", "7"])
def test_figures_keep_their_digits(figure: str) -> None:
    (found,) = loads(f"[{figure}]".encode())
    assert Decimal(found).compare_total(Decimal(figure)) == 0


@given(JSON)
def test_what_is_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert loads(data) == value


@given(st.binary(max_size=200) | st.text('{}[]",:0123456789.eE+-\\u dD8ab\n').map(str.encode))
def test_any_bytes_end_in_a_value_or_a_code(data: bytes) -> None:
    told = "JSON_"
    try:
        loads(data)
    except JsonError as error:
        told = error.code
    assert told.startswith("JSON_")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "JSON_DUPLICATE_KEY"),
        (b'{"a": NaN}', "JSON_NUMBER"),
        (b'{"a": -Infinity}', "JSON_NUMBER"),
        (b'{"a": 1E+999999999}', "JSON_NUMBER"),
        (b'{"a": 1.5E-19}', "JSON_NUMBER"),
        (b"[" + b"9" * 41 + b"]", "JSON_NUMBER"),
        (b"[0." + b"9" * 41 + b"]", "JSON_NUMBER"),
        (b'{"a": "\\ud800"}', "JSON_ENCODING"),
        (b'{"\\udc00": 1}', "JSON_ENCODING"),
        (b'["\xff"]', "JSON_ENCODING"),
        (b"", "JSON_INVALID"),
        (b"{} {}", "JSON_INVALID"),
        (b"[" * 100_000, "JSON_DEPTH"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "JSON_DEPTH"),
        (b"[[[}" * 30, "JSON_DEPTH"),
    ],
)
def test_what_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_what_only_looks_odd() -> None:
    assert loads(b'["\\ud83d\\ude00", "[[{{", "\\\\ud800"]') == ["\U0001f600", "[[{{", "\\ud800"]
    assert loads(b'["' + b"[" * 5000 + b'"]') == ["[" * 5000]
    assert loads(b"\xef\xbb\xbf[1]") == [1]
    assert loads(b'{"a":' * 64 + b"1" + b"}" * 64)


def test_the_place_of_a_fault() -> None:
    with pytest.raises(JsonError) as caught:
        loads(b'{\n "a": 1,\n oops')
    assert (caught.value.line, caught.value.column) == (3, 2)


def test_a_text_that_is_cut_is_invalid_and_not_too_deep() -> None:
    data = json.dumps([{"a": [{"b": [1, 2, {"c": "d"}]}]}] * 50).encode()
    for cut in range(1, len(data) - 1, 37):
        assert code(data[:cut]) == "JSON_INVALID"
