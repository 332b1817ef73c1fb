"""JSON text whose numbers are exact: an amount never passes through a binary float.

Strategy: the standard library writes `Decimal` only by way of float, so values are walked here; its own
string escaper is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Literal

Numbers = Literal["text", "number"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_DEPTH = 100
# Plain notation of a Decimal is as long as its exponent is large; money and quantities stay far below.
_MAX_EXPONENT = 50


def dumps(
    value: object, *, numbers: Numbers = "text", indent: int | None = None, sort_keys: bool = False
) -> str:
    """Write a value as JSON, the same text every time.

    `Decimal` becomes a string (`numbers="text"`) or a number with exactly its own digits
    (`numbers="number"`). Keys keep their order unless `sort_keys`. Without `indent` there are no blanks.
    Raises `TypeError` for floats, NaN, keys that are not text, nesting beyond 100 levels and every type
    that is not JSON's own; its text names the type, never the value.

    >>> dumps({"b": Decimal("12.50"), "a": [True, None, 1]})
    '{"b":"12.50","a":[true,null,1]}'
    >>> dumps({"b": Decimal("12.50"), "a": 1}, numbers="number", sort_keys=True)
    '{"a":1,"b":12.50}'
    """
    return _Writer(numbers, indent, sort_keys).text(value, 0)


class _Writer:
    __slots__ = ("indent", "numbers", "sort_keys")

    def __init__(self, numbers: Numbers, indent: int | None, sort_keys: bool) -> None:
        self.numbers = numbers
        self.indent = indent
        self.sort_keys = sort_keys

    def text(self, value: object, depth: int) -> str:
        if isinstance(value, str):
            return _string(value)
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return _integer(value)
        if isinstance(value, Decimal):
            plain = _plain(value)
            return plain if self.numbers == "number" else f'"{plain}"'
        if depth >= _MAX_DEPTH:
            raise TypeError("nested too deeply for JSON")
        if isinstance(value, Mapping):
            return self._enclosed("{}", self._members(value, depth), depth)
        if isinstance(value, list | tuple):
            return self._enclosed("[]", (self.text(item, depth + 1) for item in value), depth)
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")

    def _members(self, value: Mapping[object, object], depth: int) -> Iterable[str]:
        names = [name for name in value if isinstance(name, str)]
        if len(names) != len(value):
            raise TypeError("a key is not text")
        colon = ":" if self.indent is None else ": "
        for name in sorted(names) if self.sort_keys else names:
            yield _string(name) + colon + self.text(value[name], depth + 1)

    def _enclosed(self, brackets: str, parts: Iterable[str], depth: int) -> str:
        texts = list(parts)
        if self.indent is None or not texts:
            return brackets[0] + ",".join(texts) + brackets[1]
        outer = "\n" + " " * (self.indent * depth)
        inner = outer + " " * self.indent
        return brackets[0] + inner + ("," + inner).join(texts) + outer + brackets[1]


def _string(value: str) -> str:
    text = encode_basestring(value)
    # A lone surrogate has no UTF-8 form; as an escape it has a JSON form.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _integer(value: int) -> str:
    # Not str(): an IntEnum has its own. Beyond 4300 digits int() itself refuses, with a ValueError.
    if value.bit_length() > 4096:
        raise TypeError("an integer is too large for JSON")
    return int.__repr__(value)


def _plain(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError("a Decimal is not finite")
    if abs(exponent) > _MAX_EXPONENT:
        raise TypeError("a Decimal has too large an exponent")
    return f"{value:f}"
