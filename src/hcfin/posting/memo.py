"""What a run remembers of the answers that it has found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

REMEMBERED = 4096
"""How many answers of one kind are kept: codes come from the file, and no file may fill the memory."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value]):
    """Values that are made of their key alone, when first asked for, so none can be stale. Full, it forgets
    them all. Of one run: not to be shared between threads."""

    def __init__(self, make: Callable[[_Key], _Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: _Key) -> _Value:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[key] = self._make(key)
        return value
