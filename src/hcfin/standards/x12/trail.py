"""The way back: where each segment stood, and what of it may be shown.

Strategy: segments wait in a window until their claim is taken, so that origins and excerpts of what is open
cost nothing. After that only the header of the open set is remembered, or, where everything is kept, eight
bytes a segment: names and elements are read from the source again when somebody asks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable

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
    "TS2": frozenset(range(1, 20)),
    "TS3": frozenset(range(5, 25)),
}
_NOTHING: frozenset[int] = frozenset()
_SHOWN_ELEMENTS = 40


def excerpt(segment: Segment, separator: str = "*") -> str:
    """A segment with only codes and amounts in clear."""
    elements = segment.elements
    allowed = _SHOWN.get(elements[0], _NOTHING)
    return masked_excerpt(elements[:_SHOWN_ELEMENTS], allowed, separator)


class Trail:
    """Where segments stood. `source` gives bytes of the source again (offset, length); without it, only what
    is open is known."""

    def __init__(self, source: Callable[[int, int], bytes] | None = None) -> None:
        self._source = source
        self._window: list[Segment] = []
        self._header: dict[int, tuple[Segment, str]] = {}
        self._offsets = array("q")
        self._loops: list[tuple[int, str]] = []
        self._units: list[tuple[int, str]] = []
        self._delimiters: list[tuple[int, Delimiters]] = []
        self._open_at = 0
        self._set_ended = False
        self.due = False
        """Whether there is something to settle."""
        self.add = self._window.append
        """Take the next segment."""

    @property
    def next(self) -> int:
        """The ordinal of the segment to come."""
        return self._window[-1].at + 1 if self._window else self._open_at or 1

    def enter(self, at: int, loop: str) -> None:
        """From this segment on, the loop is another."""
        self._loops.append((at, loop))

    def unit(self, at: int, control: str) -> None:
        """From this segment on, the control numbers are others."""
        self._units.append((at, control))

    def delimit(self, at: int, delimiters: Delimiters) -> None:
        """From this segment on, the delimiters are others."""
        self._delimiters.append((at, delimiters))

    def open(self, at: int) -> None:
        """What is open begins here; what came before may be settled once its events are taken."""
        self._open_at = at
        self.due = True

    def pin_header(self, before: int) -> None:
        """The header of a set stays known until the set has ended."""
        if self._source is None:
            for segment in self._window:
                if segment.at < before:
                    self._header[segment.at] = segment, _latest(self._loops, segment.at)

    def end_set(self, at: int) -> None:
        """The set has ended here, and with it the need to find its header."""
        self._set_ended = True
        self.open(at)

    def settle(self) -> None:
        """Let go of what came before what is open."""
        self.due = False
        window = self._window
        if not window:
            return
        taken = min(max(self._open_at - window[0].at, 0), len(window))
        if self._source is not None:
            self._offsets.extend([segment.offset for segment in window[:taken]])
        else:
            del self._loops[:-1], self._units[:-1], self._delimiters[:-1]
            if self._set_ended:
                self._header.clear()
        self._set_ended = False
        del window[:taken]

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment. One that is not known gives an origin without an offset."""
        segment, loop = self._find(at)
        if segment is None:
            return Origin(standard="x12", at=at, element=element)
        return self.origin_of(segment, element, loop)

    def origin_of(self, segment: Segment, element: str = "", loop: str | None = None) -> Origin:
        """The place of a segment at hand; its loop is looked up where it is not given."""
        name = segment.elements[0]
        return Origin(
            standard="x12",
            at=segment.at,
            segment=name if len(name) <= 3 else "",
            element=element,
            loop=_latest(self._loops, segment.at) if loop is None else loop,
            unit=_latest(self._units, segment.at),
            offset=segment.offset,
        )

    def excerpt(self, at: int) -> str:
        """The masked segment; empty where it is not known."""
        segment, _ = self._find(at)
        return excerpt(segment, self._delimiters_at(at).element) if segment else ""

    def _find(self, at: int) -> tuple[Segment | None, str]:
        window = self._window
        if window and window[0].at <= at <= window[-1].at:
            return window[at - window[0].at], _latest(self._loops, at)
        if at in self._header:
            return self._header[at]
        if self._source is None or not 0 < at <= len(self._offsets):
            return None, ""
        return self._again(self._source, at), _latest(self._loops, at)

    def _again(self, source: Callable[[int, int], bytes], at: int) -> Segment:
        """Read a segment from the source again."""
        delimiters = self._delimiters_at(at)
        start = self._offsets[at - 1]
        following = self._offsets[at] if at < len(self._offsets) else start + 4096
        raw = source(start, following - start).decode("latin-1")
        text = raw.partition(delimiters.segment)[0].replace("\r", "").replace("\n", "")
        return Segment(at, start, text.split(delimiters.element))

    def _delimiters_at(self, at: int) -> Delimiters:
        position = bisect_right(self._delimiters, at, key=lambda change: change[0]) - 1
        return self._delimiters[position][1] if position >= 0 else Delimiters()


def _latest(changes: list[tuple[int, str]], at: int) -> str:
    position = bisect_right(changes, at, key=lambda change: change[0]) - 1
    return changes[position][1] if position >= 0 else ""
