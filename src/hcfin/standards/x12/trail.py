"""The way back: where each segment stood, and what of it may be shown."""

from __future__ import annotations

from array import array
from bisect import bisect_right

from hcfin.origin import Origin
from hcfin.privacy import masked_excerpt
from hcfin.wire.x12 import Delimiters, Segment

# Elements that hold codes or amounts and no identifiers, by segment. The values must also look the part.
_SHOWN: dict[str, frozenset[int]] = {
    "AMT": frozenset({1, 2}),
    "BPR": frozenset({1, 2, 3, 4, 5}),
    "CAS": frozenset(range(1, 20)),
    "CLP": frozenset({2, 3, 4, 5, 6, 8, 9, 11, 12, 13}),
    "CUR": frozenset({1, 2}),
    "DTM": frozenset({1}),
    "GS": frozenset({1}),
    "LQ": frozenset({1, 2}),
    "LX": frozenset({1}),
    "MIA": frozenset(range(1, 25)),
    "MOA": frozenset(range(1, 10)),
    "N1": frozenset({1, 3}),
    "NM1": frozenset({1, 2, 8}),
    "PLB": frozenset({4, 6, 8, 10, 12, 14}),
    "QTY": frozenset({1, 2}),
    "REF": frozenset({1}),
    "SE": frozenset({1}),
    "ST": frozenset({1}),
    "SVC": frozenset({2, 3, 4, 5, 7}),
    "TRN": frozenset({1}),
}
_NOTHING: frozenset[int] = frozenset()


def excerpt(segment: Segment, separator: str = "*") -> str:
    """A segment with only codes and amounts in clear."""
    elements = segment.elements
    return masked_excerpt(elements[:40], _SHOWN.get(elements[0], _NOTHING), separator)


class Trail:
    """Offsets, names and loops of the segments of one source; about ten bytes a segment.

    Excerpts need the source itself and are empty where it was a stream.
    """

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data
        self._offsets = array("q")
        self._names = array("H")
        self._known: dict[str, int] = {}
        self._loops: list[tuple[int, str]] = []
        self._units: list[tuple[int, str]] = []
        self._delimiters: list[tuple[int, Delimiters]] = []

    @property
    def next(self) -> int:
        """The ordinal of the segment to come."""
        return len(self._offsets) + 1

    def add(self, segment: Segment) -> None:
        """Remember where a segment stood."""
        self._offsets.append(segment.offset)
        name = segment.elements[0]
        known = self._known
        if name not in known:
            # A broken file may bring thousands of "names"; the last slot stands for all further ones.
            known[name if len(known) < 60_000 else "?"] = min(len(known), 60_000)
        self._names.append(known.get(name, 60_000))

    def enter(self, at: int, loop: str) -> None:
        """From this segment on, the loop is another."""
        self._loops.append((at, loop))

    def unit(self, at: int, control: str) -> None:
        """From this segment on, the control numbers are others."""
        self._units.append((at, control))

    def delimit(self, at: int, delimiters: Delimiters) -> None:
        """From this segment on, the delimiters are others."""
        self._delimiters.append((at, delimiters))

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment. An ordinal outside the source gives an origin without an offset."""
        if not 0 < at <= len(self._offsets):
            return Origin(standard="x12", at=at, element=element)
        number = self._names[at - 1]
        name = next((known for known, slot in self._known.items() if slot == number), "")
        return Origin(
            standard="x12",
            at=at,
            segment=name if len(name) <= 3 else "",
            element=element,
            loop=_latest(self._loops, at),
            unit=_latest(self._units, at),
            offset=self._offsets[at - 1],
        )

    def excerpt(self, at: int) -> str:
        """The masked segment; empty where the source was not kept."""
        if self.data is None or not 0 < at <= len(self._offsets):
            return ""
        start = self._offsets[at - 1]
        position = bisect_right([place for place, _ in self._delimiters], at) - 1
        if position < 0:
            return ""
        delimiters = self._delimiters[position][1]
        end = self.data.find(delimiters.segment.encode("latin-1"), start)
        raw = self.data[start : end if end >= 0 else None].decode("latin-1")
        raw = raw.replace("\r", "").replace("\n", "")
        return excerpt(Segment(at, start, raw.split(delimiters.element)), delimiters.element)


def _latest(changes: list[tuple[int, str]], at: int) -> str:
    position = bisect_right(changes, at, key=lambda change: change[0]) - 1
    return changes[position][1] if position >= 0 else ""
