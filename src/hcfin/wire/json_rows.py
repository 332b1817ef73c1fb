"""Rows of JSON from a stream: one object a line (NDJSON), or the elements of one array.

Strategy: lines are cut at line feeds, so that a bad line costs one line; elements of an array are cut where
their brackets close, strings skipped, so that an array needs no more memory than its largest element. Whether
it is an array is told by the first character. What was cut out is parsed by the standard library, with its
numbers kept as text: no amount passes through a binary float, and no exponent is ever worked out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from hcfin.limits import Limits

MAX_DEPTH = 20
_BLOCK = 1 << 18
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_MARK = re.compile(rb'["\\\[\]{},]')
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Row(NamedTuple):
    """One row: its ordinal, from 1, its byte offset, and its text."""

    at: int
    offset: int
    data: bytes


class Fault(NamedTuple):
    """What is wrong with the stream at a row; `limit` is the one that was reached, if one was."""

    code: str
    at: int
    offset: int
    limit: int = 0


class RowError(ValueError):
    """A row that cannot be read. `code` says why: `ROW_INVALID`, `ROW_NOT_UTF8`, `ROW_NESTED`,
    `ROW_KEY_REPEATED`, `ROW_TEXT_INVALID`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def parse(data: bytes) -> dict[str, Any]:
    """The object that a row holds; numbers are `Number`. Raises `RowError`.

    >>> parse(b'{"amount": 250.00, "id": "P1"}')
    {'amount': '250.00', 'id': 'P1'}
    >>> parse(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    hcfin.wire.json_rows.RowError: ROW_KEY_REPEATED
    """
    _check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        fault = RowError("ROW_NOT_UTF8")
    else:
        try:
            value = json.loads(
                text,
                parse_float=Number,
                parse_int=Number,
                parse_constant=_no_number,
                object_pairs_hook=_object,
            )
        except RowError as error:
            fault = error
        except ValueError:
            fault = RowError("ROW_INVALID")
        else:
            if isinstance(value, dict):
                return value
            fault = RowError("ROW_INVALID")
    raise fault from None


def _no_number(_: str) -> NoReturn:
    raise RowError("ROW_INVALID")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        if _SURROGATE.search(name) or any(_SURROGATE.search(text) for text in _texts(value)):
            raise RowError("ROW_TEXT_INVALID")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RowError("ROW_KEY_REPEATED")
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before anything recurses into it."""
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for found in re.finditer(rb"[\[\]{}]", _STRING.sub(b"", data)):
        depth += 1 if found[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise RowError("ROW_NESTED")


def scan(read: Callable[[int], bytes], limits: Limits) -> Iterator[Row | Fault]:
    """The rows of a stream, in order; blank lines are none. Ends after the fault of a limit of the whole."""
    source = Source(read, limits)
    source.skip_blanks(_BOM)
    rows = _elements(source) if source.starts(b"[") else _lines(source)
    at = 0
    for offset, data, fault in rows:
        if data or fault in _ROW_FAULTS:
            if at >= limits.max_segments:
                yield Fault("ROWS_TOO_MANY", at, offset, limits.max_segments)
                return
            at += 1
        if data:
            yield Row(at, offset, data)
        if fault:
            yield Fault(fault, at, offset, limits.max_segment_bytes if fault == "ROW_TOO_LONG" else 0)
    if source.cut:
        yield Fault("ROWS_TOO_LARGE", at, source.offset, limits.max_bytes)


_ROW_FAULTS = frozenset({"ROW_TOO_LONG", "ROW_EMPTY"})


class Source:
    """Bytes of the stream, and how far they were taken."""

    def __init__(self, read: Callable[[int], bytes], limits: Limits) -> None:
        self._read = read
        self._room = limits.max_bytes
        self.longest = limits.max_segment_bytes
        self.data = b""
        self.position = 0
        self._base = 0
        self.cut = False

    @property
    def offset(self) -> int:
        """How many bytes were taken so far."""
        return self._base + self.position

    @property
    def waiting(self) -> int:
        """How many bytes are at hand."""
        return len(self.data) - self.position

    def starts(self, text: bytes) -> bool:
        """Whether the bytes at hand begin with a text."""
        return self.data.startswith(text, self.position)

    def more(self) -> bool:
        """Read another block; false where there is none, or no more may be read."""
        block = self._read(min(_BLOCK, self._room + 1))
        if len(block) > self._room:
            block, self.cut = block[: self._room], True
        self._room -= len(block)
        self.data, self._base = self.data[self.position :] + block, self.offset
        self.position = 0
        return bool(block)

    def take(self, size: int) -> bytes:
        """The next bytes."""
        taken = self.data[self.position : self.position + size]
        self.position += len(taken)
        return taken

    def skip_blanks(self, also: bytes = b"") -> None:
        """Skip blanks, and one mark in front of the text."""
        while True:
            while self.waiting and self.data[self.position] in _BLANK:
                self.position += 1
            if also and self.starts(also):
                self.take(len(also))
                also = b""
            elif self.waiting >= len(_BOM) or not self.more():
                return


_Cut = Iterator[tuple[int, bytes, str]]
"""Rows as they are cut out: offset, text, and a fault. A row without text is the fault alone."""


def _lines(source: Source) -> _Cut:
    while source.waiting or source.more():
        start, searched, long = source.offset, 0, False
        while (end := source.data.find(b"\n", source.position + searched)) < 0:
            searched = source.waiting
            if searched > source.longest:
                source.take(searched)
                searched, long = 0, True
            if not source.more():
                end = len(source.data)
                break
        line = source.take(end + 1 - source.position)
        text = line.strip(_BLANK)
        if long or len(text) > source.longest:
            yield start, b"", "ROW_TOO_LONG"
        elif text:
            yield start + len(line) - len(line.lstrip(_BLANK)), text, ""


def _elements(source: Source) -> _Cut:
    """The elements of an array."""
    source.take(1)
    state = _Brackets()
    first, closed = True, False
    while not closed:
        start, long = source.offset, False
        while (size := state.find(source.data, source.position)) < 0:
            if state.seen > source.longest:
                source.take(state.seen)
                state.seen, long = 0, True
            if not source.more():
                text = source.take(source.waiting).strip(_BLANK)
                if long:
                    yield start, b"", "ROW_TOO_LONG"
                yield start, b"" if long else text, "ROWS_UNTERMINATED"
                return
        closed = source.data[source.position + size] == _END
        piece = source.take(size + 1)[:-1]
        text = piece.strip(_BLANK)
        if long or len(text) > source.longest:
            yield start, b"", "ROW_TOO_LONG"
        elif text:
            yield start + len(piece) - len(piece.lstrip(_BLANK)), text, ""
        elif not (closed and first):
            yield start, b"", "ROW_EMPTY"
        first = False
    source.skip_blanks()
    if source.waiting:
        yield source.offset, b"", "ROWS_AFTER_END"
    while source.take(source.waiting) or source.more():
        pass  # so that what is too large is told even so


_END = ord("]")


class _Brackets:
    """Finds the end of an element of an array, block by block."""

    def __init__(self) -> None:
        self.depth = 0
        self.quoted = False
        self.seen = 0

    def find(self, data: bytes, start: int) -> int:
        """How many bytes from the start the element has, up to a comma or bracket of the array; -1 where it
        does not end yet. What was seen before is not looked at again."""
        position = start + self.seen
        while found := _MARK.search(data, position):
            mark, position = found[0], found.end()
            if mark == b"\\":
                if position == len(data):
                    self.seen = position - 1 - start  # what it escapes is in the next block
                    return -1
                position += self.quoted
            elif mark == b'"':
                self.quoted = not self.quoted
            elif self.quoted:
                continue
            elif mark in b"[{":
                self.depth += 1
            elif self.depth:
                self.depth -= mark in b"]}"
            elif mark in b",]":
                self.seen = 0
                return position - 1 - start
        self.seen = len(data) - start
        return -1
