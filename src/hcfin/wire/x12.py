"""X12 syntax: bytes to segments, with delimiters taken from each interchange.

Strategy: text is decoded as Latin-1, so that a character is a byte and offsets are exact; readers decode
UTF-8 element by element. Delimiters are found by counting the sixteen separators of ISA, not by offsets,
because real ISAs are short, padded with dots or wrapped. Whole blocks are split at once; only the last,
incomplete segment of a block is carried over, so memory is bounded by the block and the longest segment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from hcfin.limits import Limits

_BLOCK = 1 << 16
_ISA = re.compile(r"ISA([^A-Za-z0-9\s])", re.ASCII)
_ST = re.compile(r"(?<![A-Za-z0-9])ST([^A-Za-z0-9\s])([0-9]{3})\1([A-Za-z0-9]{1,12})", re.ASCII)
_COMPOSITE = re.compile(r"SVC[^A-Za-z0-9\s][A-Z0-9]{2}([^A-Za-z0-9\s])", re.ASCII)
# Blanks between segments. Not what str.strip() takes: separators may be control characters.
_BLANKS = " \t\r\n\f\v\x00"
_ISA_ELEMENTS = 16
_ISA_REACH = 400
_TAIL = 39
_ODD = re.compile(r"[\t\f\v\x00]")
_UTF8_BOM = "\u00ef\u00bb\u00bf"


class Delimiters(NamedTuple):
    """The separators of an interchange. `found` is false where they were guessed, there being no ISA."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    found: bool = True


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


Event = Delimiters | Segment | Fault

_segment = tuple.__new__  # a third of the price of Segment(...), paid for every segment


def scan(read: Callable[[int], bytes], limits: Limits) -> Iterator[Event]:
    """Events of a source, read block by block: `Delimiters` opens each interchange. Never raises on data."""
    for event in scan_batches(read, limits):
        if isinstance(event, list):
            yield from event
        else:
            yield event


def scan_batches(read: Callable[[int], bytes], limits: Limits) -> Iterator[Event | list[Segment]]:
    """The same, with the segments of a plain block together: handing on each of them costs as much as
    splitting it."""
    return _Scanner(read, limits).events()


class _Scanner:
    def __init__(self, read: Callable[[int], bytes], limits: Limits) -> None:
        self.read = read
        self.limits = limits
        self.text = ""
        self.base = 0  # byte offset of text[0]
        self.at = 0
        self.ended = False
        self.too_large = False

    def events(self) -> Generator[Event | list[Segment], None, None]:
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
            more = yield from self._body(delimiters)
            if not more:
                return

    def _fill(self) -> bool:
        """Append a block; false at the end of the source or at the size limit."""
        if self.ended:
            return False
        block = self.read(_BLOCK)
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

    def _too_large(self) -> Iterator[Event]:
        if self.too_large:
            self.too_large = False
            yield Fault("INPUT_TOO_LARGE", self.at, self.base, {"limit": self.limits.max_bytes})

    def _next_start(self) -> Generator[Event, None, tuple[int, Delimiters | None]]:
        """Move to the next interchange, or to a transaction set that has none. Counts skipped text."""
        skipped = 0
        while True:
            at_end = not self._fill() if len(self.text) < _BLOCK else False
            start = self._find_start(at_end)
            if start is not None:
                position, delimiters = start
                skipped += _visible(self.text[:position])
                self._drop(position)
                return skipped, delimiters
            # Keep enough to recognise an ISA that straddles two blocks.
            keep = 0 if at_end else _ISA_REACH
            gone = max(len(self.text) - keep, 0)
            skipped += _visible(self.text[:gone])
            self._drop(gone)
            if at_end:
                yield from self._too_large()
                return skipped, None

    def _find_start(self, at_end: bool) -> tuple[int, Delimiters] | None:
        bare = _ST.search(self.text)
        limit = bare.start() if bare else len(self.text)
        for match in _ISA.finditer(self.text, 0, limit):
            delimiters = self._delimiters(match.start(), match.group(1), at_end)
            if delimiters:
                return match.start(), delimiters
        if bare and (at_end or bare.end() + _ISA_REACH < len(self.text)):
            return bare.start(), self._guessed(bare)
        return None

    def _delimiters(self, start: int, element: str, at_end: bool) -> Delimiters | None:
        position = start
        separators = []
        for _ in range(_ISA_ELEMENTS):
            position = self.text.find(element, position + 1, start + _ISA_REACH)
            if position < 0:
                return None
            separators.append(position)
        tail = self.text[position + 1 : position + 1 + _TAIL]
        if not tail or (len(tail) < _TAIL and not at_end):
            return None
        component, segment = _tail_delimiters(tail, element)
        repetition = self.text[separators[10] + 1 : separators[11]].strip()
        usable = len(repetition) == 1 and not repetition.isalnum()
        return Delimiters(element, component, repetition if usable else "", segment)

    def _guessed(self, match: re.Match[str]) -> Delimiters:
        element = match.group(1)
        rest = self.text[match.end() : match.end() + 60]
        end = re.search(rf"[^A-Za-z0-9\s{re.escape(element)}]|[\r\n]", rest, re.ASCII)
        composite = _COMPOSITE.search(self.text)
        component = composite.group(1) if composite and composite.group(1) != element else ":"
        return Delimiters(element, component, "^", end.group(0) if end else "~", found=False)

    def _body(self, delimiters: Delimiters) -> Generator[Event | list[Segment], None, bool]:
        """Segments of one interchange. True if another may follow, false at the end of the source."""
        terminator, separator = delimiters.segment, delimiters.element
        newline_ends = terminator in "\r\n"
        wrapped = latin = False
        first = True
        before, after = f" {separator}", f"{separator} "
        max_segments, max_elements = self.limits.max_segments, self.limits.max_elements
        while True:
            # ISA goes alone: it is blank by design, which nothing else should be.
            end = self.text.find(terminator) if first else self.text.rfind(terminator)
            if end < 0:
                if len(self.text) > self.limits.max_segment_bytes:
                    yield Fault(
                        "SEGMENT_TOO_LONG", self.at + 1, self.base, {"limit": self.limits.max_segment_bytes}
                    )
                    self._drop(len(self.text))
                    return True
                if self._fill():
                    continue
                if not self.text.strip(_BLANKS):
                    yield from self._too_large()
                    return False
                end = len(self.text)
                yield Fault("TERMINATOR_MISSING", self.at + 1, self.base, {})
            # Not beyond the interchange: what follows may have other delimiters. (A value may look the same;
            # then the block is only shorter.)
            last = self.text.find("IEA" + separator, 0, end)
            if last >= 0:
                stop = self.text.find(terminator, last, end)
                end = stop if stop >= 0 else end
            block = self.text[:end]
            splitter = None if first else _splitter(block, terminator, separator)
            if splitter and self.at + block.count(splitter) < max_segments:
                lead = len(block) - len(block.lstrip("\r\n"))
                at, start, size = self.at, self.base + lead, len(splitter)
                batch: list[Segment] = []
                for raw in block[lead:].split(splitter):
                    if raw:
                        at += 1
                        elements = raw.split(separator)
                        if len(elements) > max_elements:
                            yield batch
                            yield Fault("TOO_MANY_ELEMENTS", at, start, {"limit": max_elements})
                            batch = []
                            del elements[max_elements:]
                        batch.append(_segment(Segment, (at, start, elements)))
                    start += len(raw) + size
                self.at = at
                yield batch
                self._drop(min(end + len(terminator), len(self.text)))
                if batch and batch[-1].elements[0] == "IEA":
                    return True
                continue
            position, size = 0, len(terminator)
            for raw in block.split(terminator):
                offset = position
                position += len(raw) + size
                content = raw.lstrip(_BLANKS)
                if not content:
                    continue
                offset += len(raw) - len(content)
                if content[-1] in "\r\n":
                    content = content.rstrip("\r\n")
                if not newline_ends and ("\n" in content or "\r" in content):
                    content = content.replace("\r", "").replace("\n", "")
                    if not wrapped:
                        wrapped = True
                        yield Fault("SEGMENT_WRAPPED", self.at + 1, self.base + offset, {})
                if self.at >= max_segments:
                    yield Fault("TOO_MANY_SEGMENTS", self.at, self.base + offset, {"limit": max_segments})
                    return False
                elements = content.split(separator)
                name = elements[0]
                if name == "ISA" and not first:
                    # The interchange before had no IEA; this one brings its own delimiters.
                    self._drop(offset)
                    return True
                first = False
                self.at += 1
                strange = not content.isascii() and not _decode(elements)
                # ISA is blank by design: its elements have fixed widths.
                if (before in content or after in content or content[-1] == " ") and name != "ISA":
                    elements[:] = [element.strip(_BLANKS) for element in elements]
                if len(elements) > max_elements:
                    yield Fault("TOO_MANY_ELEMENTS", self.at, self.base + offset, {"limit": max_elements})
                    del elements[max_elements:]
                yield _segment(Segment, (self.at, self.base + offset, elements))
                if strange and not latin:
                    latin = True
                    yield Fault("TEXT_LATIN1", self.at, self.base + offset, {})
                if name == "IEA":
                    self._drop(min(position, len(self.text)))
                    return True
            self._drop(min(position, len(self.text)))


def _splitter(block: str, terminator: str, separator: str) -> str | None:
    """What separates the segments of a block in which nothing is odd; None where something is.

    A plain block has the same line break (or none) after each terminator, no blanks beside separators, ASCII
    text alone, and no second ISA: its segments need no look at each of them.
    """
    if not block.isascii() or _ODD.search(block):
        return None
    if (
        f" {separator}" in block
        or f"{separator} " in block
        or f" {terminator}" in block
        or block.endswith(" ")
    ):
        return None
    if block.startswith(" ") or any(f"{end} " in block for end in (terminator, "\n", "\r")):
        return None
    count = block.count(terminator)
    breaks = block.count("\n") + block.count("\r")
    leading = len(block) - len(block.lstrip("\r\n"))
    if terminator in "\r\n":
        odd = breaks != count or leading or f"{terminator}ISA{separator}" in block
        return None if odd else terminator
    first = block.find(terminator)
    tail = block[first + 1 : first + 3] if first >= 0 else ""
    gap = tail if tail == "\r\n" else tail[:1] if tail[:1] == "\n" else ""
    splitter = terminator + gap
    if block.count(splitter) != count or breaks != len(gap) * count + leading:
        return None
    return None if f"{splitter}ISA{separator}" in block else splitter


def _decode(elements: list[str]) -> bool:
    """Decode UTF-8 in place; false where an element is not UTF-8 and stays Latin-1."""
    clean = True
    for position, element in enumerate(elements):
        if not element.isascii():
            try:
                elements[position] = element.encode("latin-1").decode("utf-8")
            except UnicodeDecodeError:
                clean = False
    return clean


def _tail_delimiters(tail: str, element: str) -> tuple[str, str]:
    """Component separator and terminator from the text after ISA's last separator."""
    after = tail[1:]
    ahead = re.match(r"(\s*)GS" + re.escape(element), after, re.ASCII)
    if ahead and not tail[0].isalnum():
        newline = ahead.group(1)
        if not newline or tail[0] == "~":
            return ":", tail[0]  # ISA16 is missing: the character is the terminator
    segment = after[:1] or "~"
    if segment in "\r\n":
        # A line break, and then a mark: files exist whose terminator follows the line break.
        mark = after.lstrip("\r\n")[:1]
        if mark and not mark.isalnum() and not mark.isspace():
            segment = mark
    return tail[0], segment


def _visible(text: str) -> int:
    return len(text.replace(_UTF8_BOM, "").strip(_BLANKS))
