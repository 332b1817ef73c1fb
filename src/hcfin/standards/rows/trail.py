"""The way back: where each row stood, and what of it may be shown."""

from __future__ import annotations

from array import array
from collections import deque

from hcfin.origin import Origin
from hcfin.privacy import MASK, shown
from hcfin.standards.rows.profile import Profile
from hcfin.standards.rows.shape import AMOUNTS, KINDS, keys, words
from hcfin.standards.rows.supply_shape import PRICES, QUANTITIES, SUPPLIES, supply_keys, supply_words
from hcfin.wire.json import dumps
from hcfin.wire.json_rows import Row, RowError, parse

_WINDOW = 64
_SHOWN_KEYS = 20

_KEYS = [*(keys(kind) for kind in KINDS), *(supply_keys(kind) for kind in SUPPLIES)]
_CLEAR = frozenset(
    {"kind", "currency", "unit"}
    | AMOUNTS
    | QUANTITIES
    | PRICES
    | {key.name for known in _KEYS for key in known.values() if key.values}
)
_NAMES = frozenset({"kind"} | {name for known in _KEYS for name in known})


class Trail:
    """Where rows stood. With `keep` all are known; without it only the last of them."""

    def __init__(self, profile: Profile, *, keep: bool) -> None:
        self._keep = keep
        self._keys = {**profile.columns, profile.category: "kind"} if profile.category else profile.columns
        self._words = words() | supply_words() | frozenset(profile.categories)
        self._offsets = array("q")
        self._data: list[bytes] = []
        self._window: deque[Row] = deque(maxlen=_WINDOW)

    def take(self, row: Row) -> None:
        """Take the next row."""
        self._window.append(row)
        if self._keep:
            while len(self._data) < row.at - 1:  # a row that could not be cut out
                self._add(row.offset, b"")
            self._add(row.offset, row.data)

    def _add(self, offset: int, data: bytes) -> None:
        self._offsets.append(offset)
        self._data.append(data)

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a row, and of one of its keys as a JSON pointer."""
        row = self._row(at)
        pointer = f"/{element}" if element and element != "?" else element
        offset = row.offset if row is not None else None
        return Origin(standard="rows", at=at, element=pointer, offset=offset)

    def excerpt(self, at: int) -> str:
        """The row with only codes, amounts and words of the row shape in clear."""
        row = self._row(at)
        if row is None:
            return ""
        try:
            found = parse(row.data)
        except RowError:
            return ""
        told = list(found.items())[:_SHOWN_KEYS]
        return dumps({self._name(name): self._value(name, value) for name, value in told})

    def _name(self, name: str) -> str:
        return name if name in _NAMES or name in self._keys else MASK

    def _value(self, name: str, value: object) -> object:
        if value is None or value == "":
            return value
        clear = isinstance(value, str) and self._keys.get(name, name) in _CLEAR
        return value if clear and (value in self._words or shown(str(value)) == value) else MASK

    def _row(self, at: int) -> Row | None:
        if self._keep and 0 < at <= len(self._data):
            return Row(at, self._offsets[at - 1], self._data[at - 1])
        return next((row for row in self._window if row.at == at), None)
