"""HL7 v2 syntax: bytes to messages, each with the delimiters and the character set of its own header.

Strategy: headers (MSH, and FHS, BHS, BTS, FTS of batches) are looked for in the bytes as they come; what
stands between one and the next is a piece, decoded and split as a whole. So a bad message costs no other, and
memory is bounded by a block and the longest message. Fields are not split any deeper here: most of them are
never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from hcfin.codes import table
from hcfin.limits import Limits
from hcfin.wire.hl7v2_text import Delimiters, delimiters_of
from hcfin.wire.stream import read_fully

__all__ = ["BatchSegment", "Delimiters", "Event", "Fault", "Message", "message_text", "parse", "scan"]

_BLOCK = 1 << 16
_NAMES = (b"MSH", b"FHS", b"BHS", b"BTS", b"FTS")
HEADERS = frozenset({"MSH", "FHS", "BHS"})
"""Segments whose first field is the field separator."""
_BOM = b"\xef\xbb\xbf"
_IN_LINE = b" \t\x0b\x0c\x1c\x1d\x1e\x1f\x00\x1a"
_BLANKS = b"\r\n" + _IN_LINE
"""What may stand around messages and says nothing: line breaks, blanks, MLLP framing."""
_REACH = 64
"""So many bytes show that a header begins, and so many blanks may stand before it in its line."""
_HEADER = re.compile(rb"(?:MSH|FHS|BHS)([!-/:-@\[-`{-~])(?:[!-/:-@\[-`{-~]{2}|\1|[\r\n]|\Z)")
_TRAILER = re.compile(rb"(?:BTS|FTS)(?:[#$%&*@^|~+=\\]|[\r\n\x1c]|\Z)")
_WITHIN = re.compile(rb"MSH([!-/:-@\[-`{-~])([!-/:-@\[-`{-~]{3,5})\1")
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}")
_LINES = re.compile(rb"[^\r\n]+")
_NAMES_SEEN: set[str] = set()
_MOST_NAMES = 2_000


class Fault(NamedTuple):
    """Something wrong with the syntax. `code` is the name of an issue; `at` is 0 for none in particular."""

    code: str
    at: int
    offset: int
    values: dict[str, int | str]


class Message:
    """One message.

    `segments[n][k]` is field k of the n-th segment, as HL7 counts them: field 0 is the name, and of MSH field
    1 is the separator and field 2 the encoding characters. They are as they stand: escaped, with blanks.
    """

    __slots__ = (
        "_offsets",
        "at",
        "decoded_by",
        "delimiters",
        "encoding",
        "escaped",
        "faults",
        "offset",
        "raw",
        "segments",
    )

    def __init__(self, at: int, offset: int, raw: bytes) -> None:
        self.at = at
        """Ordinal of the first segment in the file, from 1."""
        self.offset = offset
        """Byte offset of the first segment in the file."""
        self.raw = raw
        """The bytes, up to the next header or the end of the file."""
        self.segments: list[list[str]] = []
        self.delimiters = Delimiters()
        self.encoding = "ascii"
        """The Python codec that the text was decoded with."""
        self.decoded_by = "ascii"
        """Why this one: `ascii` (there is nothing else in it), `MSH-18`, `utf-8` or `fallback`."""
        self.escaped = False
        """Whether an escape character stands anywhere behind MSH-2."""
        self.faults: list[Fault] = []
        self._offsets: list[int] | None = None

    @property
    def name(self) -> str:
        """The name of the first segment."""
        return self.segments[0][0]

    @property
    def offsets(self) -> list[int]:
        """The byte offset of each segment in the file."""
        if self._offsets is None:
            self._offsets = [self.offset + found.start() for found in _LINES.finditer(self.raw)][
                : len(self.segments)
            ]
        return self._offsets

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each segment with its ordinal in the file."""
        return enumerate(self.segments, self.at)

    def field(self, position: int, segment: int = 0) -> str:
        """A field of a segment, of the header if no other is named; absent is empty."""
        fields = self.segments[segment]
        return fields[position] if position < len(fields) else ""


class BatchSegment(Message):
    """A segment of the file or batch around messages: FHS, BHS, BTS or FTS."""

    __slots__ = ()


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
            offset, raw = piece
            message = parse(raw, self.at + 1, offset, self.fallback, delimiters, limits.max_elements)
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
        buffer, limit = self.buffer, self.limits.max_message_bytes
        opened = False  # whether the buffer begins with a header
        stray = 0  # visible bytes that belong to nothing
        silent = False  # the rest of a message that is too long has been told of
        while True:
            self._fill()
            start = 0
            reach = 0 if self.ended else _REACH
            for cut, within in self._headers(self.searched, len(buffer) - reach):
                if opened:
                    yield self.base + start, bytes(buffer[start:cut])
                elif not silent:
                    stray += _visible(buffer[start:cut])
                if stray:
                    yield Fault("TEXT_OUTSIDE_MESSAGE", self.at + 1, self.base + cut, {"bytes": stray})
                if within and opened:
                    yield Fault("MESSAGE_WITHIN_LINE", self.at + 1, self.base + cut, {})
                start, opened, stray, silent = cut, True, 0, False
            self.searched = max(self.searched, len(buffer) - reach)
            self._drop(start)
            if self.ended:
                break
            if opened and len(buffer) > limit:
                yield Fault("MESSAGE_TOO_LONG", self.at + 1, self.base, {"limit": limit})
                opened, silent = False, True
            if not opened:
                gone = max(self.searched - _REACH, 0)
                stray += 0 if silent else _visible(buffer[:gone])
                self._drop(gone)
        if opened:
            yield self.base, bytes(buffer)

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

    def _headers(self, begin: int, end: int) -> list[tuple[int, bool]]:
        """Where headers begin, and whether within a line, between two places of the buffer."""
        found = []
        for name in _NAMES:
            place = self.buffer.find(name, begin, end + 2)
            while place >= 0:
                within = self._begins(place)
                if within is not None:
                    found.append((place, within))
                place = self.buffer.find(name, place + 3, end + 2)
        found.sort()
        return found

    def _begins(self, place: int) -> bool | None:
        """Whether a header here begins within a line; None where none begins."""
        buffer = self.buffer
        before = bytes(buffer[max(place - _REACH, 0) : place])
        line = before.removesuffix(_BOM).rstrip(_IN_LINE)
        between = before[len(line) :]
        if not line or line[-1] in b"\r\n" or b"\x0b" in between or b"\x1c" in between:
            return False if _HEADER.match(buffer, place) or _TRAILER.match(buffer, place) else None
        # Two messages that nobody separated; what looks like one inside a field is a field.
        glued = None if between else _WITHIN.match(buffer, place)
        return True if glued and line[-1] not in glued[1] + glued[2] else None


def _visible(text: bytes | bytearray) -> int:
    """How many bytes of a text say something."""
    return len(bytes(text).replace(_BOM, b"").strip(_BLANKS))


def parse(
    raw: bytes,
    at: int = 1,
    offset: int = 0,
    fallback: str = "cp1252",
    inherited: Delimiters | None = None,
    max_elements: int = 1_000,
) -> Message:
    """The message, or segment of a batch, that some bytes begin with. Never raises on data that begins with
    a header. `inherited` are the delimiters of BTS and FTS, which state none."""
    body = raw.rstrip(_BLANKS)
    while body.endswith(_BOM):
        body = body[:-3].rstrip(_BLANKS)
    name = body[:3].decode("ascii")
    message = Message(at, offset, raw) if name == "MSH" else BatchSegment(at, offset, raw)
    separator = chr(body[3]) if len(body) > 3 else "|"
    header = body[: _line_end(body)].decode("latin-1").split(separator)
    if name in HEADERS:
        message.delimiters, usual = delimiters_of(separator, header[1] if len(header) > 1 else "")
        if not usual:
            message.faults.append(Fault("DELIMITERS_UNUSUAL", at, offset, {}))
    elif inherited is not None and inherited.field == separator:
        message.delimiters = inherited
    else:
        message.delimiters = Delimiters(field=separator)
    stated = header[17] if name == "MSH" and len(header) > 17 else ""
    text = _decoded(message, body, stated, fallback)
    rows = (text.replace("\r\n", "\r").replace("\n", "\r") if "\n" in text else text).split("\r")
    segments = [row.split(separator) for row in rows]
    if not _plain({segment[0] for segment in segments}):
        segments = _carefully(message, body, separator)
    if name in HEADERS:
        segments[0].insert(1, separator)
        if len(segments[0]) == 2:
            segments[0].append("")
    if max(map(len, segments)) > max_elements:
        for n, segment in enumerate(segments):
            if len(segment) > max_elements:
                message.faults.append(Fault("TOO_MANY_ELEMENTS", at + n, offset, {"limit": max_elements}))
                del segment[max_elements:]
    message.segments = segments
    escape = message.delimiters.escape
    stated_there = segments[0][2].count(escape) if escape and name in HEADERS else 0
    message.escaped = bool(escape) and text.count(escape) > stated_there
    return message


def message_text(segments: Sequence[Sequence[str]], delimiters: Delimiters) -> str:
    """Segments as text, each with its CR. Fields stand as they are, so they must be escaped already.

    >>> message_text([["MSH", "|", "^~\\\\&", "A"], ["PID", "1"]], Delimiters())
    'MSH|^~\\\\&|A\\rPID|1\\r'
    """
    separator = delimiters.field
    rows = []
    for fields in segments:
        row = separator.join([fields[0], *fields[2:]] if fields[0] in HEADERS else fields)
        rows.append(f"{row}\r")
    return "".join(rows)


def _line_end(body: bytes) -> int:
    found = _LINES.match(body)
    return found.end() if found else 0


def _plain(names: set[str]) -> bool:
    """Whether all of them are names of segments in their usual form."""
    if names <= _NAMES_SEEN:
        return True
    for name in names:
        if len(name) != 3 or not name.isascii() or not name.isalnum() or name != name.upper():
            return False
        if name[0].isdigit():
            return False
    if len(_NAMES_SEEN) < _MOST_NAMES:
        _NAMES_SEEN.update(names)
    return True


def _segment_lines(body: bytes, separator: str) -> Iterator[tuple[int, bytes, bool]]:
    """The lines that say something: where each begins, its bytes, and whether it begins a segment. One that
    does not continues the segment before it: somebody broke a text into lines."""
    mark = separator.encode("latin-1")
    for found in _LINES.finditer(body):
        line = found[0]
        whole = line.removeprefix(_BOM).lstrip(_IN_LINE).removeprefix(_BOM)
        start = found.start() + len(line) - len(whole)
        whole = whole.rstrip(b"\x0b\x1c\x00\x1a")
        if whole:
            begins = start == 0 or (_NAME.match(whole) is not None and whole[3:4] in (mark, b""))
            yield start, whole, begins


def _carefully(message: Message, body: bytes, separator: str) -> list[list[str]]:
    """The segments of a text in which something is odd, line by line."""
    segments: list[list[str]] = []
    joined = 0
    starts = []
    for start, line, begins in _segment_lines(body, separator):
        fields = line.decode(message.encoding, "replace").split(separator)
        if begins:
            fields[0] = fields[0].upper()
            segments.append(fields)
            starts.append(message.offset + start)
        else:
            joined += 1
            segments[-1][-1] += f"\n{fields[0]}"
            segments[-1] += fields[1:]
    if joined:
        message.faults.append(Fault("SEGMENT_BROKEN", message.at, message.offset, {"lines": joined}))
    message._offsets = starts
    return segments


def _decoded(message: Message, body: bytes, stated: str, fallback: str) -> str:
    """The text of a message: by the character sets that MSH-18 names, else UTF-8, else the fallback."""
    codecs, unknown = _codecs_of(stated, message.delimiters.repetition) if stated else ((), False)
    if unknown:
        message.faults.append(Fault("CHARACTER_SET_UNKNOWN", message.at, message.offset, {}))
    if codecs:
        message.encoding, message.decoded_by = codecs[0], "MSH-18"
    if body.isascii() and b"\x1b" not in body:
        return body.decode("ascii")
    attempts = [(codec, "MSH-18") for codec in codecs]
    attempts += [("utf-8", "utf-8"), (fallback, "fallback"), ("iso8859-1", "fallback")]
    text = ""
    for codec, why in attempts:
        try:
            text = body.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        message.encoding, message.decoded_by = codec, why
        break
    if codecs and message.decoded_by != "MSH-18":
        code = "CHARACTER_SET_WRONG"
    elif message.decoded_by == "fallback":
        code = "CHARACTER_SET_GUESSED"
    else:
        return text
    message.faults.append(Fault(code, message.at, message.offset, {"codec": message.encoding}))
    return text


@lru_cache(maxsize=256)
def _codecs_of(stated: str, repetition: str) -> tuple[tuple[str, ...], bool]:
    """The codecs of MSH-18, in its order, and whether it names one that is not known."""
    names = [name.strip().upper() for name in (stated.split(repetition) if repetition else [stated])]
    known = table("character_set")
    codecs = [known[name]["codec"] for name in names if name in known]
    return tuple(dict.fromkeys(codecs)), any(name and name not in known for name in names)
