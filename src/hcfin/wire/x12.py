"""X12 syntax: bytes to segments, with delimiters taken from each interchange.

Strategy: text is decoded as Latin-1, so that a character is a byte and offsets are exact; readers get UTF-8
decoded element by element. A run of text in which nothing is odd is cut at its terminators in one step and
its segments are split when they are taken; only other text is looked at segment by segment. What stands after
the last terminator is carried over, so memory is bounded by a run and the longest segment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from itertools import accumulate, repeat
from typing import NamedTuple

from hcfin.limits import Limits
from hcfin.wire.stream import read_fully
from hcfin.wire.x12_careful import BLANKS, Careful
from hcfin.wire.x12_delimiters import START_REACH, Delimiters, find_start

__all__ = ["Block", "Delimiters", "Event", "Fault", "Segment", "scan", "scan_blocks"]

_BLOCK = 1 << 16
_UTF8_BOM = "\u00ef\u00bb\u00bf"


class Segment(NamedTuple):
    """One segment: ordinal in the file (from 1), byte offset, and elements; element 0 is its name."""

    at: int
    offset: int
    elements: list[str]


class Fault(NamedTuple):
    """Something wrong with the syntax. `code` is the name of an issue."""

    code: str
    at: int
    offset: int
    values: dict[str, int]


class Block:
    """Consecutive segments of one interchange. Iterating gives the elements of each, split as they are taken;
    `offsets` are where they begin, worked out when somebody asks."""

    __slots__ = ("_gap", "_offsets", "_split", "_start", "at", "rows", "separator")

    def __init__(self, at: int) -> None:
        self.at = at
        """Ordinal of the first segment."""
        self.rows: list[str] = []
        """The text of its segments; empty where they were looked at one by one."""
        self.separator = ""
        """Between elements."""
        self._start = self._gap = 0
        self._split: list[list[str]] = []
        self._offsets: list[int] = []

    @classmethod
    def plain(cls, at: int, rows: list[str], separator: str, start: int, gap: int) -> Block:
        """Segments whose text needs no second look; `gap` bytes stand between one and the next."""
        block = cls(at)
        block.rows, block.separator, block._start, block._gap = rows, separator, start, gap
        return block

    def add(self, elements: list[str], offset: int) -> None:
        """Append a segment that was looked at."""
        self._split.append(elements)
        self._offsets.append(offset)

    def __len__(self) -> int:
        return len(self.rows) or len(self._split)

    def __iter__(self) -> Iterator[list[str]]:
        return self.some(self.at, self.at + len(self))

    def some(self, at: int, end: int) -> Iterator[list[str]]:
        """The elements of the segments from an ordinal to before another one."""
        first, last = at - self.at, end - self.at
        if self.rows:
            return map(str.split, self.rows[first:last], repeat(self.separator))
        return iter(self._split[first:last])

    @property
    def offsets(self) -> list[int]:
        """Byte offsets of the segments."""
        if not self._offsets:
            steps = [len(row) + self._gap for row in self.rows[:-1]]
            self._offsets = list(accumulate(steps, initial=self._start))
        return self._offsets

    def segment(self, at: int) -> Segment:
        """One of the segments, by its ordinal."""
        n = at - self.at
        elements = self.rows[n].split(self.separator) if self.rows else self._split[n]
        return Segment(at, self.offsets[n], elements)


Event = Delimiters | Segment | Fault


def scan(read: Callable[[int], bytes], limits: Limits) -> Iterator[Event]:
    """Events of a source, read block by block: `Delimiters` opens each interchange. Never raises on data."""
    for event in scan_blocks(read, limits):
        if isinstance(event, Block):
            for at in range(event.at, event.at + len(event)):
                yield event.segment(at)
        else:
            yield event


def scan_blocks(read: Callable[[int], bytes], limits: Limits) -> Iterator[Delimiters | Block | Fault]:
    """The same, with the segments in blocks: handing on each of them costs as much as splitting it."""
    return _Scanner(read, limits).events()


_Blocks = Generator[Delimiters | Block | Fault, None, None]


class _Scanner:
    def __init__(self, read: Callable[[int], bytes], limits: Limits) -> None:
        self.read = read
        self.limits = limits
        self.text = ""
        self.base = 0  # byte offset of text[0]
        self.at = 0
        self.ended = False
        self.too_large = False
        self.terminator = ""  # of the interchange before

    def events(self) -> _Blocks:
        found = False
        while True:
            skipped, delimiters = yield from self._next_start()
            if skipped and (found or delimiters):
                yield Fault("TEXT_OUTSIDE_INTERCHANGE", self.at + 1, self.base, {"bytes": skipped})
            if delimiters is None:
                if not found:
                    yield Fault("X12_NOT_FOUND", 0, 0, {})
                return
            found = True
            yield delimiters
            if not delimiters.found:
                yield Fault("INTERCHANGE_MISSING", self.at + 1, self.base, {})
            more = yield from self._interchange(delimiters)
            if not more:
                return

    def _fill(self) -> bool:
        """Append a block; false at the end of the source or at the size limit."""
        if self.ended:
            return False
        block = read_fully(self.read, _BLOCK)
        if not block:
            self.ended = True
            return False
        room = self.limits.max_bytes - self.base - len(self.text)
        if len(block) > room:
            block = block[: max(room, 0)]
            self.ended = self.too_large = True
        self.text += block.decode("latin-1")
        return bool(block)

    def _drop(self, count: int) -> None:
        self.text = self.text[count:]
        self.base += count

    def _visible(self, end: int) -> int:
        """How much of the text up to there says something; terminators that are doubled do not."""
        return len(self.text[:end].replace(_UTF8_BOM, "").strip(BLANKS + self.terminator))

    def _too_large(self) -> Iterator[Fault]:
        if self.too_large:
            self.too_large = False
            yield Fault("INPUT_TOO_LARGE", self.at, self.base, {"limit": self.limits.max_bytes})

    def _next_start(self) -> Generator[Fault, None, tuple[int, Delimiters | None]]:
        """Move to the next interchange, or to a transaction set that has none. Counts skipped text."""
        skipped = 0
        while True:
            at_end = not self._fill() if len(self.text) < _BLOCK else False
            start = find_start(self.text, at_end)
            if start is not None:
                position, delimiters = start
                skipped += self._visible(position)
                self._drop(position)
                return skipped, delimiters
            # Keep enough to recognise a start that straddles two blocks.
            keep = 0 if at_end else START_REACH
            gone = max(len(self.text) - keep, 0)
            skipped += self._visible(gone)
            self._drop(gone)
            if at_end:
                yield from self._too_large()
                return skipped, None

    def _interchange(self, delimiters: Delimiters) -> Generator[Block | Fault, None, bool]:
        """Segments of one interchange. True if another may follow, false at the end of the source."""
        terminator, separator = delimiters.raw(delimiters.segment), delimiters.raw(delimiters.element)
        careful = Careful(delimiters)
        self.terminator = terminator
        marks = (f"IEA{separator}", f"IEA{terminator}")
        first = True
        while True:
            # ISA goes alone: it is blank by design, which nothing else should be.
            end = self.text.find(terminator) if first else self.text.rfind(terminator)
            missing = False
            if end < 0:
                limit = self.limits.max_segment_bytes
                if len(self.text) > limit:
                    yield Fault("SEGMENT_TOO_LONG", self.at + 1, self.base, {"limit": limit})
                    self._drop(len(self.text))
                    return True
                if self._fill():
                    continue
                if not self.text.strip(BLANKS):
                    yield from self._too_large()
                    return False
                end = len(self.text)
                missing = True
            # Not beyond the interchange: what follows may have other delimiters. (A value may look the same;
            # then the block is only shorter.)
            for mark in marks:
                last = self.text.find(mark, 0, end)
                if last >= 0:
                    stop = self.text.find(terminator, last, end)
                    end = stop if stop >= 0 else end
            text = self.text[:end]
            block = None if first or missing else self._plain(text, terminator, separator)
            if block:
                yield block
                self._drop(end + len(terminator))
                if block.rows[-1].split(separator, 1)[0] == "IEA":
                    return True
                continue
            outcome = yield from self._carefully(text, terminator, careful, first, missing)
            if outcome is not None:
                return outcome
            first = False

    def _plain(self, text: str, terminator: str, separator: str) -> Block | None:
        """The segments of a text in which nothing is odd; None where one is empty or a limit is near."""
        found = _cut(text, terminator, separator)
        if found is None:
            return None
        rows, gap, lead = found
        if self.at + len(rows) > self.limits.max_segments or "" in rows:
            return None
        if max(map(len, rows)) > self.limits.max_elements:
            return None
        block = Block.plain(self.at + 1, rows, separator, self.base + lead, len(gap))
        self.at += len(rows)
        return block

    def _carefully(
        self, text: str, terminator: str, careful: Careful, first: bool, missing: bool
    ) -> Generator[Block | Fault, None, bool | None]:
        """Segment by segment. None to go on in the interchange, else whether another may follow."""
        limits = self.limits
        block = Block(self.at + 1)
        faults: list[Fault] = []
        position, size = 0, len(terminator)
        for raw in text.split(terminator):
            offset = position
            position += len(raw) + size
            contents = list(careful.contents(raw))
            for n, (content, within) in enumerate(contents, start=1):
                start = self.base + offset + within
                if self.at >= limits.max_segments:
                    faults.append(Fault("TOO_MANY_SEGMENTS", self.at, start, {"limit": limits.max_segments}))
                    yield from _handed_on(block, faults)
                    return False
                if careful.name_of(content) == "ISA" and not first:
                    # The interchange before had no IEA; this one brings its own delimiters.
                    yield from _handed_on(block, faults)
                    self._drop(offset + within)
                    return True
                first = False
                self.at += 1
                elements = careful.elements(content)
                if len(elements) > limits.max_elements:
                    faults.append(Fault("TOO_MANY_ELEMENTS", self.at, start, {"limit": limits.max_elements}))
                    del elements[limits.max_elements :]
                block.add(elements, start)
                faults += [Fault(code, self.at, start, {}) for code in careful.found()]
                ended = elements[0] == "IEA"
                more = n < len(contents)
                if missing and not more:
                    faults.append(Fault("TERMINATOR_MISSING", self.at, start, {}))
                if faults or ended:
                    yield from _handed_on(block, faults)
                    block, faults = Block(self.at + 1), []
                if ended:
                    # What follows the interchange in the same text is looked at afresh.
                    self._drop(offset + contents[n][1] if more else min(position, len(self.text)))
                    return True
        yield from _handed_on(block, faults)
        self._drop(min(position, len(self.text)))
        return None


def _handed_on(block: Block, faults: list[Fault]) -> Iterator[Block | Fault]:
    if len(block):
        yield block
    yield from faults


def _cut(text: str, terminator: str, separator: str) -> tuple[list[str], str, int] | None:
    """The segments of a text in which nothing is odd, what stands between them, and how many line breaks
    stand before them; None where something is odd.

    A plain text has the same line break (or none) after each terminator, no blanks beside separators, ASCII
    alone, and no second ISA: its segments need no look at each of them.
    """
    if not text.isascii() or "\t" in text or "\x00" in text or "\f" in text or "\v" in text:
        return None
    breaks = text.count("\n") + (text.count("\r") if "\r" in text else 0)
    leading = len(text) - len(text.lstrip("\r\n"))
    if terminator in "\r\n":
        gap, each = terminator, 1
        if leading:
            return None
    else:
        first = text.find(terminator)
        tail = text[first + 1 : first + 3] if first >= 0 else ""
        gap = terminator + (tail if tail == "\r\n" else tail[:1] if tail[:1] == "\n" else "")
        each = len(gap) - 1
    # A pattern that begins with a blank is searched for at the speed of finding blanks.
    marks = re.escape(f"{separator}{terminator}\r\n")
    blanks = re.search(f" (?:[{marks}]|(?<=[{marks}] ))", text)
    if blanks or text[leading : leading + 1] in " " or text.endswith(" ") or f"{gap}ISA{separator}" in text:
        return None
    rows = text[leading:].split(gap)
    # Every terminator has its line break, and there are no others.
    count = text.count(terminator)
    return (rows, gap, leading) if len(rows) == count + 1 and breaks == each * count + leading else None
