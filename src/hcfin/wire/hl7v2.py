"""HL7 v2 syntax: bytes to messages, each with the delimiters and the character set of its own header.

Strategy: headers are looked for in the bytes as they come; what stands between one and the next is a piece,
decoded and split as a whole. So a bad message costs no other, and memory is bounded by a block and the
longest message. Segments of batches (FHS, BHS, BTS, FTS) are few: they are found in the piece, once its
segments have shown that it has any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hcfin.limits import Limits
from hcfin.wire.hl7v2_message import (
    BOM,
    FRAMES,
    HEADER,
    HEADERS,
    IN_LINE,
    BatchSegment,
    Fault,
    Message,
    message_text,
    parse,
)
from hcfin.wire.hl7v2_text import Delimiters
from hcfin.wire.stream import read_fully

__all__ = [
    "HEADERS",
    "BatchSegment",
    "Delimiters",
    "Event",
    "Fault",
    "Message",
    "message_text",
    "parse",
    "scan",
]

_BLOCK = 1 << 16
_ALL = (b"MSH", b"FHS", b"BHS", b"BTS", b"FTS")
_AROUND = _ALL[1:]
_SILENT = b"\r\n \t" + FRAMES + BOM
"""What may stand around messages and says nothing: line breaks, blanks, framing, a byte order mark."""
_REACH = 64
"""So many bytes show that a header begins, and so many blanks may stand before it in its line."""
_WITHIN = re.compile(rb"MSH([!-/:-@\[-`{-~])([!-/:-@\[-`{-~]{3,5})\1")

Event = Message | BatchSegment | Fault


def scan(read: Callable[[int], bytes], limits: Limits, fallback: str = "cp1252") -> Iterator[Event]:
    """Messages and batch segments of a source, read block by block. Never raises on data.

    `fallback` is the codec of text that is neither what MSH-18 says nor UTF-8. The faults of a message come
    after it.
    """
    return _Scanner(read, limits, fallback).events()


class _Scanner:
    def __init__(self, read: Callable[[int], bytes], limits: Limits, fallback: str) -> None:
        self.read = read
        self.limits = limits
        self.fallback = fallback
        self.buffer = bytearray()
        self.base = 0  # offset of buffer[0] in the file
        self.searched = 0  # headers before this place of the buffer are known
        self.at = 0
        self.ended = False
        self.too_large = False

    def events(self) -> Iterator[Event]:
        limits = self.limits
        found = False
        delimiters = Delimiters()
        for piece in self._pieces():
            if isinstance(piece, Fault):
                yield piece
                continue
            found = True
            waiting = [piece]
            while waiting:
                offset, raw = waiting.pop()
                message = parse(raw, self.at + 1, offset, self.fallback, delimiters, limits.max_elements)
                cuts = _headers(raw, 1, len(raw), _AROUND) if message.holds_batch else []
                if cuts:
                    ends = [*(cut for cut, _ in cuts), len(raw)]
                    parts = [(offset + a, raw[a:b]) for a, b in zip([0, *ends], ends, strict=False)]
                    waiting += reversed(parts)
                    continue
                self.at += len(message.segments)
                if self.at > limits.max_segments:
                    yield Fault("TOO_MANY_SEGMENTS", message.at, offset, {"limit": limits.max_segments})
                    return
                delimiters = message.delimiters
                yield message
                yield from message.faults
        if not found:
            yield Fault("HL7_NOT_FOUND", 0, 0, {})
        if self.too_large:
            yield Fault("INPUT_TOO_LARGE", self.at, self.base, {"limit": limits.max_bytes})

    def _pieces(self) -> Iterator[tuple[int, bytes] | Fault]:
        """What stands between headers, with its offset; and faults of what stands in no message."""
        buffer = self.buffer
        opened = False  # whether the buffer begins with a header
        stray = 0  # bytes that say something and belong to nothing
        silent = False  # the rest of a message that is too long has been told of
        while True:
            self._fill()
            start = 0
            end = len(buffer) if self.ended else max(len(buffer) - _REACH, 0)
            names = _ALL[:1] if opened else _ALL
            for cut, within in _headers(buffer, self.searched, end, names):
                if opened:
                    yield self._piece(start, cut)
                elif not silent:
                    stray += _said(buffer[start:cut])
                if stray:
                    yield Fault("TEXT_OUTSIDE_MESSAGE", self.at + 1, self.base + cut, {"bytes": stray})
                if within and opened:
                    yield Fault("MESSAGE_WITHIN_LINE", self.at + 1, self.base + cut, {})
                start, opened, stray, silent = cut, True, 0, False
            self.searched = max(self.searched, end)
            self._drop(start)
            if self.ended:
                break
            if opened and len(buffer) > self.limits.max_message_bytes + _REACH:
                yield self._piece(0, len(buffer))
                opened, silent = False, True
            if not opened:
                gone = max(self.searched - _REACH, 0)
                stray += 0 if silent else _said(buffer[:gone])
                self._drop(gone)
        if opened:
            yield self._piece(0, len(buffer))

    def _piece(self, start: int, end: int) -> tuple[int, bytes] | Fault:
        """A piece of the buffer; a fault where it is too long."""
        limit = self.limits.max_message_bytes
        if end - start > limit:
            return Fault("MESSAGE_TOO_LONG", self.at + 1, self.base + start, {"limit": limit})
        return self.base + start, bytes(self.buffer[start:end])

    def _fill(self) -> None:
        """Append a block, or note that the source has ended or is too large."""
        block = read_fully(self.read, _BLOCK)
        room = self.limits.max_bytes - self.base - len(self.buffer)
        if len(block) > room:
            block = block[: max(room, 0)]
            self.ended = self.too_large = True
        self.buffer += block
        self.ended = self.ended or len(block) < _BLOCK

    def _drop(self, count: int) -> None:
        del self.buffer[:count]
        self.base += count
        self.searched -= count


def _headers(
    buffer: bytes | bytearray, begin: int, end: int, names: tuple[bytes, ...]
) -> list[tuple[int, bool]]:
    """Where headers of these names begin, and whether within a line, between two places of a text."""
    found = []
    for name in names:
        place = buffer.find(name, begin, end + 2)
        while place >= 0:
            within = _begins(buffer, place)
            if within is not None:
                found.append((place, within))
            place = buffer.find(name, place + 3, end + 2)
    found.sort()
    return found


def _begins(buffer: bytes | bytearray, place: int) -> bool | None:
    """Whether a header here begins within a line; None where none begins."""
    before = bytes(buffer[max(place - _REACH, 0) : place])
    line = before.removesuffix(BOM).rstrip(IN_LINE)
    between = before[len(line) :]
    if not line or line[-1] in b"\r\n" or b"\x0b" in between or b"\x1c" in between:
        return False if HEADER.match(buffer, place) else None
    # Two messages that nobody separated; what looks like one inside a field is a field.
    glued = None if between else _WITHIN.match(buffer, place)
    return True if glued and line[-1] not in glued[1] + glued[2] else None


def _said(text: bytes | bytearray) -> int:
    """How many bytes of a text say something."""
    return len(text.translate(None, _SILENT))
