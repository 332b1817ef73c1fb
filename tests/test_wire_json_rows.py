"""Rows of JSON out of a stream: cut, parsed, bounded."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.limits import Limits
from hcfin.wire.json_rows import MAX_DEPTH, Fault, Row, RowError, parse, scan


def cut(data: bytes, size: int = 0, **limits: int) -> list[Row | Fault]:
    stream = BytesIO(data)
    return list(scan(lambda n: stream.read(min(n, size) if size else n), Limits(**limits)))


def rows(data: bytes, size: int = 0, **limits: int) -> list[bytes]:
    return [one.data for one in cut(data, size, **limits) if isinstance(one, Row)]


def faults(data: bytes, size: int = 0, **limits: int) -> list[tuple[str, int]]:
    return [(one.code, one.at) for one in cut(data, size, **limits) if isinstance(one, Fault)]


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
OBJECTS = st.dictionaries(st.text(), SCALARS | st.lists(SCALARS) | st.dictionaries(st.text(), SCALARS))


@given(st.lists(OBJECTS), st.integers(1, 40), st.booleans())
def test_an_array_and_lines_hold_the_same_rows(objects: list[Any], size: int, blanks: bool) -> None:
    texts = [json.dumps(one) for one in objects]
    array = json.dumps(objects, indent=1 if blanks else None).encode()
    lines = ("\r\n\n" if blanks else "\n").join(texts).encode()
    expected = [json.loads(text) for text in texts]
    assert [json.loads(row) for row in rows(array, size)] == expected
    assert [json.loads(row) for row in rows(lines, size)] == expected
    assert not faults(array, size)
    assert not faults(lines, size)


def test_a_mark_and_blanks_in_front_are_skipped() -> None:
    for head in (b"\xef\xbb\xbf", b"\xef\xbb\xbf\n ", b" \n"):
        for size in (0, 1):
            assert [(one.at, one.offset) for one in cut(head + b'{"a":1}\n', size)] == [(1, len(head))]
            assert rows(head + b'[{"a":1}]', size) == [b'{"a":1}']
    assert cut(b"") == []
    assert cut(b"\xef\xbb\xbf") == []
    assert cut(b"[]") == cut(b" [ ] ") == []


def test_offsets_point_at_the_row() -> None:
    for data in (b'{"a":1}\n\n  {"b":2}', b'[\n{"a":1},\n  {"b":2}\n]'):
        for size in (0, 1, 3):
            for row in cut(data, size):
                assert data[row.offset :].startswith(row.data if isinstance(row, Row) else b"?")


def test_brackets_and_escapes_inside_of_texts_are_text() -> None:
    nasty = {"a": 'x"],[{\\', "b": ["]", {"c": "}"}]}
    data = json.dumps([nasty, nasty]).encode()
    for size in range(1, len(data)):
        assert [json.loads(row) for row in rows(data, size)] == [nasty, nasty]


def test_a_long_row_costs_that_row() -> None:
    long = b'{"a":"' + b'x\\"' * 50 + b'"}'
    for size in (0, 1, 7):
        limits = {"max_segment_bytes": 40}
        assert rows(b'{"b":1}\n' + long + b'\n{"c":2}', size, **limits) == [b'{"b":1}', b'{"c":2}']
        assert faults(b'{"b":1}\n' + long + b'\n{"c":2}', size, **limits) == [("ROW_TOO_LONG", 2)]
        array = b'[{"b":1},' + long + b',{"c":2}]'
        assert rows(array, size, **limits) == [b'{"b":1}', b'{"c":2}']
        assert faults(array, size, **limits) == [("ROW_TOO_LONG", 2)]
        assert faults(b"[" + long, size, **limits) == [("ROW_TOO_LONG", 1), ("ROWS_UNTERMINATED", 1)]
        assert faults(long, size, **limits) == [("ROW_TOO_LONG", 1)]


def test_limits_of_the_whole() -> None:
    data = b'{"a":1}\n{"b":2}\n{"c":3}\n'
    assert faults(data, max_segments=2) == [("ROWS_TOO_MANY", 2)]
    assert len(rows(data, max_segments=2)) == 2
    assert faults(data, max_bytes=16) == [("ROWS_TOO_LARGE", 2)]
    assert rows(data, max_bytes=16) == [b'{"a":1}', b'{"b":2}']
    assert faults(b'[{"a":1}]   ' + b"x" * 20, max_bytes=12) == [("ROWS_TOO_LARGE", 1)]
    assert faults(data, max_bytes=len(data)) == []


def test_arrays_that_are_not_whole() -> None:
    assert faults(b'[{"a":1},{"b":2}') == [("ROWS_UNTERMINATED", 2)]
    assert rows(b'[{"a":1},{"b":2}') == [b'{"a":1}', b'{"b":2}']
    assert faults(b'[{"a":1},]') == [("ROW_EMPTY", 2)]
    assert faults(b"[,]") == [("ROW_EMPTY", 1), ("ROW_EMPTY", 2)]
    assert faults(b"[") == [("ROWS_UNTERMINATED", 0)]
    assert faults(b'[{"a":1}] {"b":2}') == [("ROWS_AFTER_END", 1)]
    assert rows(b'[{"a":1}},{"b":2}]') == [b'{"a":1}}', b'{"b":2}']


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "ROW_INVALID"),
        (b"[1]", "ROW_INVALID"),
        (b"1", "ROW_INVALID"),
        (b'{"a": NaN}', "ROW_INVALID"),
        (b'{"a": -Infinity}', "ROW_INVALID"),
        (b'{"a": "\x01"}', "ROW_INVALID"),
        (b'{"a": "\xff"}', "ROW_NOT_UTF8"),
        (b'{"a": 1, "a": 1}', "ROW_KEY_REPEATED"),
        (b'{"b": {"a": 1, "a": 1}}', "ROW_KEY_REPEATED"),
        (b'{"a": "\\ud800"}', "ROW_TEXT_INVALID"),
        (b'{"\\udfff": 1}', "ROW_TEXT_INVALID"),
        (b'{"a": [1, ["\\ud800"]]}', "ROW_TEXT_INVALID"),
        (b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "ROW_NESTED"),
        (b"[" * 100_000, "ROW_NESTED"),
    ],
)
def test_rows_that_cannot_be_read(data: bytes, code: str) -> None:
    with pytest.raises(RowError) as caught:
        parse(data)
    assert caught.value.code == code
    assert caught.value.__cause__ is None


def test_numbers_stay_as_they_were_written() -> None:
    found = parse(b'{"a": 250.10, "b": 1e999999999, "c": 12345678901234567890, "d": -0}')
    assert found == {"a": "250.10", "b": "1e999999999", "c": "12345678901234567890", "d": "-0"}
    many = b'{"a": "' + b"[{" * 30 + b'", "b": {}}'
    assert parse(many)["b"] == {}, "brackets in a text are no nesting"
    assert parse(b'{"a": [' + b"[]," * 30 + b"[]]}")["a"] == [[]] * 31


@given(st.binary(), st.integers(1, 9))
def test_any_bytes_end(data: bytes, size: int) -> None:
    whole = cut(data)
    assert cut(data, size) == whole
    for one in whole:
        if isinstance(one, Row):
            assert data[one.offset : one.offset + len(one.data)] == one.data
            try:
                parse(one.data)
            except RowError:
                pass
