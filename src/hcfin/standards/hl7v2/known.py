"""Values by the texts that they were read from: those of a feed repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_KEPT = 10_000

_Key = TypeVar("_Key")
_T = TypeVar("_T")


class Known(dict[_Key, _T]):
    """Values by their text: those of a feed repeat. Bounded, because those of a hostile one do not."""

    def __init__(self, most: int = _KEPT) -> None:
        self.most = most

    def keep(self, text: _Key, value: _T) -> None:
        """Remember what a text means."""
        if len(self) >= self.most:
            self.clear()
        self[text] = value


class Parsed(Known[str, _T]):
    """Values that are read when they are asked for."""

    def __init__(self, parse: Callable[[str], _T], most: int = _KEPT) -> None:
        super().__init__(most)
        self.parse = parse

    def __missing__(self, text: str) -> _T:
        value = self.parse(text)
        self.keep(text, value)
        return value
