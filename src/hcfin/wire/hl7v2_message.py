"""One HL7 v2 message: its bytes decoded by its own character set and split into segments and fields.

Strategy: a text in which nothing is odd is split as a whole. Only where the names of its segments are not all
plain is it looked at line by line. Fields are not split any deeper: most of them are never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from hcfin.codes import table
from hcfin.wire.hl7v2_text import DELETE, PUNCTUATION, Delimiters, delimiters_of

HEADERS = frozenset({"MSH", "FHS", "BHS"})
"""Segments whose first field is the field separator."""
BATCH = frozenset({"FHS", "BHS", "BTS", "FTS"})
"""Segments around messages."""
BOM = b"\xef\xbb\xbf"
FRAMES = b"\x0b\x0c\x1c\x1d\x1e\x1f\x00\x1a"
"""Control characters that frame messages (MLLP) or end files."""
IN_LINE = b" \t" + FRAMES
"""What may stand before a segment in its line and says nothing."""
HEADER = re.compile(
    rb"(?:MSH|FHS|BHS)([!-/:-@\[-`{-~])(?:[!-/:-@\[-`{-~]{2}|\1|[\r\n]|\Z)"
    rb"|(?:BTS|FTS)(?:[#$%&*@^|~+=\\]|[\r\n\x0b\x1c]|\Z)"
)
"""How a segment begins that messages or batches begin or end with."""
_ENDS = b"\r\n" + FRAMES
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}")
_LINES = re.compile(rb"[^\r\n\x0b\x1c]+")
_BREAKS = str.maketrans("\n\x0b\x1c", "\r\r\r")
_NAMES_SEEN: set[str] = set()
_MOST_NAMES = 2_000
_first = itemgetter(0)


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
        "deletes",
        "delimiters",
        "encoding",
        "escaped",
        "faults",
        "holds_batch",
        "lines",
        "names",
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
        self.names: tuple[str, ...] = ()
        """The name of each segment."""
        self.lines: list[str] = []
        """The text of each segment; nothing where the lines of the text are not just the segments."""
        self.delimiters = Delimiters()
        self.encoding = "ascii"
        """The Python codec that the text was decoded with."""
        self.decoded_by = "ascii"
        """Why this one: `ascii` (there is nothing else in it), `MSH-18`, `utf-8` or `fallback`."""
        self.escaped = False
        """Whether an escape character stands anywhere behind MSH-2."""
        self.deletes = False
        """Whether a delete marker may stand in it: most messages need no second look."""
        self.faults: list[Fault] = []
        self.holds_batch = False
        """Whether a line of the bytes may begin a segment of a batch."""
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
    body = raw.rstrip(_ENDS)
    if body.endswith(BOM):
        body = body[: _end_of(body)]
    name = body[:3].decode("ascii")
    message = Message(at, offset, raw) if name == "MSH" else BatchSegment(at, offset, raw)
    separator = chr(body[3]) if len(body) > 3 else ""
    if separator not in PUNCTUATION:
        separator = inherited.field if inherited else "|"  # BTS and FTS may stand alone
    if name in HEADERS:
        stated = _stated(message, body, separator)
    else:
        stated = ""
        own = inherited is not None and inherited.field == separator
        message.delimiters = inherited if inherited and own else Delimiters(field=separator)
    if not stated and body.isascii() and b"\x1b" not in body:
        text = body.decode("ascii")
    else:
        text = _decoded(message, body, stated, fallback)
    if "\n" in text or "\x0b" in text or "\x1c" in text:
        text = text.replace("\r\n", "\r").translate(_BREAKS)
    lines = text.split("\r")
    segments = list(map(str.split, lines, repeat(separator)))
    names = tuple(map(_first, segments))
    if not _plain(names):
        segments, lines = _carefully(message, body, separator), []
        names = tuple(map(_first, segments))
    elif not BATCH.isdisjoint(names):
        message.holds_batch = name == "MSH" or len(segments) > 1
    if name in HEADERS:
        segments[0].insert(1, separator)
        if len(segments[0]) == 2:
            segments[0].append("")
    if max(map(len, segments)) > max_elements:
        for n, segment in enumerate(segments):
            if len(segment) > max_elements:
                message.faults.append(Fault("TOO_MANY_ELEMENTS", at + n, offset, {"limit": max_elements}))
                del segment[max_elements:]
    message.segments, message.lines, message.names = segments, lines, names
    message.deletes = DELETE[0] in text and DELETE in text  # one character is found much faster
    escape = message.delimiters.escape
    # Behind the encoding characters, which state it.
    message.escaped = (
        bool(escape) and text.find(escape, 4 + len(segments[0][2]) if name in HEADERS else 0) >= 0
    )
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


def _end_of(body: bytes) -> int:
    """Where what a text says ends, and marks and framing begin."""
    end = len(body)
    while end:
        if body[end - 1] in _ENDS:
            end -= 1
        elif body.endswith(BOM, 0, end):
            end -= 3
        else:
            break
    return end


def _stated(message: Message, body: bytes, separator: str) -> str:
    """Take the delimiters of a header; gives its MSH-18."""
    found = _LINES.match(body)
    header = (found[0] if found else b"").decode("latin-1").split(separator, 18)
    message.delimiters, usual = delimiters_of(separator, header[1] if len(header) > 1 else "")
    if not usual:
        message.faults.append(Fault("DELIMITERS_UNUSUAL", message.at, message.offset, {}))
    return header[17] if len(header) > 17 and header[0] == "MSH" else ""


def _plain(names: Sequence[str]) -> bool:
    """Whether all of them are names of segments in their usual form."""
    if _NAMES_SEEN.issuperset(names):
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
        whole = line.removeprefix(BOM).lstrip(IN_LINE).removeprefix(BOM)
        start = found.start() + len(line) - len(whole)
        whole = whole.rstrip(FRAMES)
        if whole:
            begins = start == 0 or (_NAME.match(whole) is not None and whole[3:4] in (mark, b""))
            yield start, whole, begins


def _carefully(message: Message, body: bytes, separator: str) -> list[list[str]]:
    """The segments of a text in which something is odd, line by line."""
    segments: list[list[str]] = []
    joined = first = 0
    starts = []
    pieces: list[str] = []  # of the last field; put together once, because there may be many
    for start, line, begins in _segment_lines(body, separator):
        fields = line.decode(message.encoding, "replace").split(separator)
        message.holds_batch = message.holds_batch or (start > 0 and HEADER.match(line) is not None)
        if begins:
            if pieces:
                segments[-1][-1] = "\n".join(pieces)
            fields[0] = fields[0].upper()
            segments.append(fields)
            starts.append(message.offset + start)
            pieces = fields[-1:]
        else:
            first = first or len(segments)
            joined += 1
            if len(segments[-1]) == 1:
                segments[-1].append("")  # a name alone: what follows is no part of the name
                pieces = []
            pieces.append(fields[0])
            if len(fields) > 1:
                segments[-1][-1] = "\n".join(pieces)
                segments[-1] += fields[1:]
                pieces = fields[-1:]
    if pieces:
        segments[-1][-1] = "\n".join(pieces)
    if joined:
        place = message.at + first - 1, starts[first - 1]
        message.faults.append(Fault("SEGMENT_BROKEN", *place, {"lines": joined}))
    message._offsets = starts
    return segments


def _decoded(message: Message, body: bytes, stated: str, fallback: str) -> str:
    """The text of a message: by the character sets that MSH-18 names, else UTF-8, else the fallback."""
    codecs, unknown = _codecs_of(stated, message.delimiters.repetition) if stated else ((), False)
    if unknown:
        message.faults.append(Fault("CHARACTER_SET_UNKNOWN", message.at, message.offset, {}))
    if codecs:
        message.encoding, message.decoded_by = codecs[0], "MSH-18"
    if body.isascii():
        if b"\x1b" not in body:
            return body.decode("ascii")
        # Shifted in and out by escape sequences: such text is ASCII, too.
        codecs = tuple(sorted(codecs, key=lambda codec: not codec.startswith("iso2022")))
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
