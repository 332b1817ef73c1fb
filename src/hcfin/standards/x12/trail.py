"""The way back: where each segment stood, and what of it may be shown.

Strategy: the blocks of what is open wait in a window, so that origins and excerpts can be worked out when
somebody asks, and cost nothing before. After that only the header of the open set is remembered, or, where
everything is kept, eight bytes a segment: names and elements are read from the source again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from hcfin.origin import Origin
from hcfin.privacy import masked_excerpt
from hcfin.wire.x12 import Block, Delimiters, Segment

# Elements that hold codes or amounts and no identifiers, by segment. The values must also look the part.
_SHOWN: dict[str, frozenset[int]] = {
    "ACK": frozenset({1, 2, 3, 4}),
    "AK1": frozenset({1}),
    "AK3": frozenset({1, 2, 3, 4}),
    "AK4": frozenset({2, 3}),
    "AK5": frozenset(range(1, 7)),
    "AK9": frozenset(range(1, 10)),
    "AMT": frozenset({1, 2}),
    "BAK": frozenset({1, 2}),
    "BEG": frozenset({1, 2}),
    "BHT": frozenset({1, 2, 6}),
    "BIG": frozenset({7, 8}),
    "BPR": frozenset({1, 2, 3, 4, 5}),
    "BSN": frozenset({1}),
    "CAS": frozenset(range(1, 20)),
    "CL1": frozenset({1, 2, 3}),
    "CLM": frozenset({2, 6, 7, 8, 9, 10, 12, 19, 20}),
    "CLP": frozenset({2, 3, 4, 5, 6, 8, 9, 11, 12, 13}),
    "CN1": frozenset({1, 2}),
    "CTP": frozenset({4, 5}),
    "CTT": frozenset({1, 2}),
    "CUR": frozenset({1, 2}),
    "DTM": frozenset({1}),
    "DTP": frozenset({1, 2}),
    "GS": frozenset({1}),
    "HL": frozenset({1, 2, 3, 4}),
    "IK3": frozenset({1, 2, 3, 4}),
    "IK4": frozenset({2, 3}),
    "IK5": frozenset(range(1, 7)),
    "IT1": frozenset({2, 3, 4, 5, *range(6, 26, 2)}),
    "ITD": frozenset({1, 2, 3, 5, 7}),
    "LIN": frozenset({2}),
    "LQ": frozenset({1, 2}),
    "LX": frozenset({1}),
    "MIA": frozenset(range(1, 25)),
    "MOA": frozenset(range(1, 10)),
    "N1": frozenset({1, 3}),
    "NM1": frozenset({1, 2, 8}),
    "NTE": frozenset({1}),
    "OI": frozenset({3, 6}),
    "PLB": frozenset({4, 6, 8, 10, 12, 14}),
    "PO1": frozenset({2, 3, 4, 5, *range(6, 26, 2)}),
    "PRV": frozenset({1, 2}),
    "QTY": frozenset({1, 2}),
    "REF": frozenset({1}),
    "SAC": frozenset({1, 2, 5, 6, 7, 8, 9, 10, 12}),
    "SBR": frozenset({1, 5, 9}),
    "SE": frozenset({1}),
    "SN1": frozenset({2, 3, 4, 5, 6}),
    "ST": frozenset({1}),
    "STC": frozenset({3, 4, 5, 7}),
    "SV1": frozenset({2, 3, 4, 5, 9}),
    "SV2": frozenset({1, 3, 4, 5, 7}),
    "SV3": frozenset({2, 3, 6}),
    "SVC": frozenset({2, 3, 4, 5, 7}),
    "SVD": frozenset({2, 4, 5, 6}),
    "TA1": frozenset({4, 5}),
    "TDS": frozenset({1, 2, 3, 4}),
    "TRN": frozenset({1}),
    "TS2": frozenset(range(1, 20)),
    "TS3": frozenset(range(5, 25)),
    "TXI": frozenset({1, 2, 3}),
}
# Where a field stands in a segment other than the one that its model names.
_ELSEWHERE: dict[str, dict[str, str]] = {
    "BAK": {"BEG03": "BAK03", "BEG04": "BAK05", "BEG05": "BAK04"},
    "NM1": {"N102": "NM103", "N103": "NM108", "N104": "NM109"},
    "SV2": {"SV101": "SV202", "SV102": "SV203", "SV103": "SV204", "SV104": "SV205"},
    "SV3": {"SV101": "SV301", "SV102": "SV302", "SV104": "SV306", "SV105": "SV303", "SV107": "SV311"},
}
_NOTHING: frozenset[int] = frozenset()
_SHOWN_ELEMENTS = 40


def excerpt(elements: list[str], separator: str = "*") -> str:
    """A segment with only codes and amounts in clear."""
    allowed = _SHOWN.get(elements[0], _NOTHING)
    return masked_excerpt(elements[:_SHOWN_ELEMENTS], allowed, separator)


class Trail:
    """Where segments stood. `source` gives bytes of the source again (offset, length); without it, only what
    is open is known."""

    def __init__(self, source: Callable[[int, int], bytes] | None = None) -> None:
        self._source = source
        self._window: list[Block] = []
        self._header: dict[int, tuple[Block, str]] = {}
        self._offsets = array("q")
        self._loops: list[tuple[int, str]] = []
        self._units: list[tuple[int, str]] = []
        self._delimiters: list[tuple[int, Delimiters]] = []
        self._open_at = 0
        self._set_at = 0
        self._ended_at = 0
        self.loop = ""
        """The loop that is open."""

    def take(self, block: Block) -> None:
        """Take the next segments; what is over and done with is let go."""
        self._settle()
        self._window.append(block)
        if self._source is not None:
            self._offsets.extend(block.offsets)

    def enter(self, at: int, loop: str) -> None:
        """From this segment on, the loop is another."""
        self.loop = loop
        self._loops.append((at, loop))

    def entered(self, loops: list[tuple[int, str]]) -> None:
        """From these segments on, the loop is another."""
        if loops:
            self.loop = loops[-1][1]
            self._loops += loops

    def unit(self, at: int, control: str) -> None:
        """From this segment on, the control numbers are others."""
        self._units.append((at, control))
        self.enter(at, "")
        self.open(at)

    def delimit(self, delimiters: Delimiters) -> None:
        """From the next segment on, the delimiters are others."""
        last = self._window[-1] if self._window else None
        self._delimiters.append((last.at + len(last) if last else 1, delimiters))

    def open(self, at: int) -> None:
        """What is open begins here; what came before may be let go once its events are taken."""
        self._open_at = at

    def begin_set(self, at: int) -> None:
        """A set begins."""
        self._set_at = at

    def pin_header(self, before: int) -> None:
        """The header of a set stays known until the set has ended."""
        if self._source is None:
            for block in self._window:
                for at in range(max(block.at, self._set_at), min(block.at + len(block), before)):
                    self._header[at] = block, _latest(self._loops, at)

    def end_set(self, at: int) -> None:
        """The set has ended here, and with it the need to find its header."""
        self._ended_at = at
        self.open(at)

    def _settle(self) -> None:
        window = self._window
        # The last block stays: a fault of the syntax comes after the segment that it is about.
        while len(window) > 1 and window[0].at + len(window[0]) <= self._open_at:
            del window[0]
        if self._source is None and window:
            first = window[0].at
            _forget(self._loops, first)
            _forget(self._units, first)
            _forget(self._delimiters, first)
            self._header = {at: pinned for at, pinned in self._header.items() if at > self._ended_at}

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment. One that is not known gives an origin without an offset."""
        segment, loop = self._find(at)
        if segment is None:
            return Origin(standard="x12", at=at, element=element)
        return self._origin(at, segment.elements[0], segment.offset, element, loop)

    def origin_of(self, at: int, elements: list[str], element: str = "") -> Origin:
        """The place of a segment at hand."""
        block = self._block(at)
        offset = block.offsets[at - block.at] if block else None
        return self._origin(at, elements[0], offset, element, _latest(self._loops, at))

    def excerpt(self, at: int) -> str:
        """The masked segment; empty where it is not known."""
        segment, _ = self._find(at)
        return excerpt(segment.elements, self._delimiters_at(at).element) if segment else ""

    def _origin(self, at: int, name: str, offset: int | None, element: str, loop: str) -> Origin:
        if name in _ELSEWHERE:
            element = _ELSEWHERE[name].get(element, element)
        return Origin(
            standard="x12",
            at=at,
            segment=name if len(name) <= 3 else "",
            element=element,
            loop=loop,
            unit=_latest(self._units, at),
            offset=offset,
        )

    def _block(self, at: int) -> Block | None:
        for block in reversed(self._window):
            if block.at <= at < block.at + len(block):
                return block
        return None

    def _find(self, at: int) -> tuple[Segment | None, str]:
        block = self._block(at)
        if block is not None:
            return block.segment(at), _latest(self._loops, at)
        if at in self._header:
            block, loop = self._header[at]
            return block.segment(at), loop
        if self._source is None or not 0 < at <= len(self._offsets):
            return None, ""
        return self._again(self._source, at), _latest(self._loops, at)

    def _again(self, source: Callable[[int, int], bytes], at: int) -> Segment:
        """Read a segment from the source again."""
        delimiters = self._delimiters_at(at)
        start = self._offsets[at - 1]
        following = self._offsets[at] if at < len(self._offsets) else start + 4096
        raw = source(start, following - start).decode("latin-1")
        text = raw.partition(delimiters.raw(delimiters.segment))[0].replace("\r", "").replace("\n", "")
        return Segment(at, start, text.split(delimiters.raw(delimiters.element)))

    def _delimiters_at(self, at: int) -> Delimiters:
        position = bisect_right(self._delimiters, at, key=lambda change: change[0]) - 1
        return self._delimiters[position][1] if position >= 0 else Delimiters()


def _latest(changes: list[tuple[int, str]], at: int) -> str:
    position = bisect_right(changes, at, key=lambda change: change[0]) - 1
    return changes[position][1] if position >= 0 else ""


def _forget(changes: list[tuple[int, Any]], before: int) -> None:
    """Drop the changes that were over before a segment."""
    del changes[: max(bisect_right(changes, before, key=lambda change: change[0]) - 1, 0)]
