"""JSON from strangers: exact numbers, no surprises, bounded work.

Strategy: the standard library's scanner does the work in C. What it would let pass is stopped where it is
cheapest: numbers as they are parsed, keys that stand twice where their object is made, nesting by counting
brackets before anything is built, half surrogates only in texts that hold an escape of one. A figure that
comes again is looked up, and objects are made by a generator: resuming one costs less than a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any, TypeVar

MAX_DEPTH = 64
_MAX_DIGITS = 40
_MAX_EXPONENT = 18
_MOST_FIGURES = 4096

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
    return JsonReader(max_depth=max_depth).loads(data)


class JsonReader:
    """Parses one text after the other, such as the lines of a file; remembers a bounded number of figures."""

    def __init__(self, *, max_depth: int = MAX_DEPTH) -> None:
        self._max_depth = max_depth
        self._decimals = _Remembered(_decimal)
        self._integers = _Remembered(_integer)
        self._decoder = self._made()

    def _made(self) -> json.JSONDecoder:
        objects = _objects()
        next(objects)
        return json.JSONDecoder(
            parse_float=self._decimals.__getitem__,
            parse_int=self._integers.__getitem__,
            parse_constant=_no_number,
            object_pairs_hook=objects.send,
        )

    def loads(self, data: bytes) -> Any:
        """As the function `loads`."""
        if _too_deep(data, self._max_depth):
            raise JsonError("JSON_DEPTH")
        fault: JsonError
        try:
            text = data.decode("utf-8-sig")
            value = self._decoder.decode(text)
        except UnicodeDecodeError:
            fault = JsonError("JSON_ENCODING")
        except json.JSONDecodeError as error:
            fault = JsonError("JSON_INVALID", error.lineno, error.colno)
        except JsonError as error:
            self._decoder = self._made()  # a generator that has raised is at its end
            fault = error.with_traceback(None)
        else:
            if b"\\" not in data or not _SURROGATE_ESCAPE.search(text) or not _half_surrogates(value):
                return value
            fault = JsonError("JSON_ENCODING")
        raise fault


_Figure = TypeVar("_Figure", Decimal, int)


class _Remembered(dict[str, _Figure]):
    """Figures by their text."""

    def __init__(self, make: Callable[[str], _Figure]) -> None:
        self._make = make

    def __missing__(self, text: str) -> _Figure:
        made = self._make(text)
        if len(self) < _MOST_FIGURES:
            self[text] = made
        return made


def _decimal(text: str) -> Decimal:
    exponent = _EXPONENT.search(text) if "e" in text or "E" in text else None
    if len(text) > _MAX_DIGITS or (exponent and abs(int(exponent[1])) > _MAX_EXPONENT):
        raise JsonError("JSON_NUMBER")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise JsonError("JSON_NUMBER")
    return int(text)


def _no_number(text: str) -> Any:
    raise JsonError("JSON_NUMBER")


def _objects() -> Generator[dict[str, Any], list[tuple[str, Any]], None]:
    """Takes the pairs of one object after the other and gives the object."""
    made: dict[str, Any] = {}
    while True:
        pairs = yield made
        made = dict(pairs)
        if len(made) != len(pairs):
            raise JsonError("JSON_DUPLICATE_KEY")


def _too_deep(data: bytes, limit: int) -> bool:
    """Whether brackets nest deeper than the limit. Those inside texts are left out only where they matter."""
    if not _nests(data.translate(None, _NOT_BRACKETS), limit):
        return False
    return _nests(_STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS), limit)


def _nests(brackets: bytes, limit: int) -> bool:
    """Whether pairs are left after taking out the innermost so many times."""
    for taken in range(limit):
        if not brackets:
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
