"""JSON from strangers: exact numbers, no surprises, bounded work.

Strategy: the standard library's scanner does the work in C. What it would let pass is stopped where it is
cheapest: numbers as they are parsed, nesting by counting brackets before anything is built, half surrogates
only in texts that hold an escape of one. Names that stand twice are found by counting: each name ends in a
quote and a colon, so where there are no more of those in the text than names in the objects, none is lost. A
text in which they are more, or in which anything is wrong, is parsed again with a look at each object. They
are counted among a few characters alone, and only where that finds too many among all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any

MAX_DEPTH = 64
_MAX_DIGITS = 40
_MAX_EXPONENT = 18
_MOST_FIGURES = 4096

# What is counted. The letters keep the colons of URLs and moments apart from the quote before them.
_NOT_MARKS = bytes(byte for byte in range(256) if byte not in b'{}[]":huT')
_NAME_END = re.compile(rb'"[ \t\r\n]*:')
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)", re.ASCII)


class JsonError(ValueError):
    """JSON that cannot be taken. `code` is the name of an issue; the text never shows what was read."""

    def __init__(self, code: str, line: int = 0, column: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.column = column


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON text (UTF-8, with or without a byte order mark). Fractions become `Decimal` with exactly
    their digits, whole numbers `int`. Raises `JsonError`: `JSON_INVALID` (with line and column),
    `JSON_ENCODING`, `JSON_DUPLICATE_KEY`, `JSON_DEPTH`, `JSON_NUMBER`.

    >>> loads(b'{"value": 425.00, "units": 3}')
    {'value': Decimal('425.00'), 'units': 3}
    >>> loads(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    hcfin.wire.json_reader.JsonError: JSON_DUPLICATE_KEY
    """
    try:
        reader = _IDLE.pop()
    except IndexError:
        reader = JsonReader()
    try:
        return reader.loads(data, max_depth=max_depth)
    except JsonError:
        raise
    except BaseException:  # interrupted in the midst of it: nobody knows what it remembers
        reader = JsonReader()
        raise
    finally:
        reader.forget()
        _IDLE.append(reader)


class JsonReader:
    """Parses one text after the other, such as the lines of a file; remembers a bounded number of figures."""

    def __init__(self) -> None:
        self._decimals, self._integers = _Decimals(), _Integers()
        self._numbers: dict[str, Any] = {
            "parse_float": self._decimals.__getitem__,
            "parse_int": self._integers.__getitem__,
            "parse_constant": _no_number,
        }
        counting = _counting()
        next(counting)
        self._count: Callable[[Any], Any] = counting.send
        self._decoder = json.JSONDecoder(**self._numbers, object_hook=self._count)

    def forget(self) -> None:
        """Let go of the figures."""
        self._decimals.clear()
        self._integers.clear()

    def loads(self, data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
        """As the function `loads`."""
        marks = data.translate(None, _NOT_MARKS)
        if _too_deep(data, marks, max_depth):
            raise JsonError("JSON_DEPTH")
        fault: JsonError
        try:
            text = data.decode("utf-8-sig")
            value = self._plain(text, data, marks)
        except UnicodeDecodeError:
            fault = JsonError("JSON_ENCODING")
        except json.JSONDecodeError as error:
            fault = JsonError("JSON_INVALID", error.lineno, error.colno)
        else:
            if b"\\" not in data or not _SURROGATE_ESCAPE.search(text) or not _half_surrogates(value):
                return value
            fault = JsonError("JSON_ENCODING")
        raise fault

    def _plain(self, text: str, data: bytes, marks: bytes) -> Any:
        """The value of a text, by counting if that proves that each name stands once."""
        self._count(None)
        try:
            value = self._decoder.decode(text)
            names = self._count(None)
        except (json.JSONDecodeError, JsonError):
            names = -1
        if names == marks.count(b'":') or names == len(_NAME_END.findall(data)):
            return value
        # Made anew: what a hook raises is told before what comes after it.
        return json.JSONDecoder(**self._numbers, object_pairs_hook=_once).decode(text)


_IDLE: list[JsonReader] = []
# Making one takes longer than reading a small resource. There are never more than were in use at once.


class _Decimals(dict[str, Decimal]):
    """Fractions by their text: figures that come again are made once."""

    def __missing__(self, text: str) -> Decimal:
        if len(text) > _MAX_DIGITS:
            raise JsonError("JSON_NUMBER")
        if "e" in text or "E" in text:
            exponent = _EXPONENT.search(text)
            if exponent and abs(int(exponent[1])) > _MAX_EXPONENT:
                raise JsonError("JSON_NUMBER")
        made = Decimal(text)
        if len(self) < _MOST_FIGURES:
            self[text] = made
        return made


class _Integers(dict[str, int]):
    """Whole numbers by their text."""

    def __missing__(self, text: str) -> int:
        if len(text) > _MAX_DIGITS:
            raise JsonError("JSON_NUMBER")
        made = int(text)
        if len(self) < _MOST_FIGURES:
            self[text] = made
        return made


def _no_number(text: str) -> Any:
    raise JsonError("JSON_NUMBER")


def _counting() -> Generator[Any, Any, None]:
    """Takes one object after the other and gives it back; for None, how many names there were since the last
    time. Resuming a generator costs less than a call."""
    names, size = 0, len
    one: Any = None
    while True:
        one = yield one
        if one is None:
            one, names = names, 0
        else:
            names += size(one)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise JsonError("JSON_DUPLICATE_KEY")
    return made


def _too_deep(data: bytes, marks: bytes, limit: int) -> bool:
    """Whether brackets nest deeper than the limit. Those inside texts are left out only where they matter."""
    if not _nests(marks.translate(None, _NOT_BRACKETS), limit):
        return False
    return _nests(_STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS), limit)


def _nests(brackets: bytes, limit: int) -> bool:
    """Whether pairs are left after taking out the innermost so many times."""
    for taken in range(limit):
        if len(brackets) + taken <= limit:
            return False
        inner = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(inner) == len(brackets):
            # They do not match, which the parser will say; until then so many can be open at once.
            return taken + brackets.count(b"{") + brackets.count(b"[") > limit
        brackets = inner
    return bool(brackets)


def _half_surrogates(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if _SURROGATE.search(one):
                return True
        elif isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False
