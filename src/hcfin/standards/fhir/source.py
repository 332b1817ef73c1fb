"""A stream to resources: one document of JSON or XML, a list of them, or a line for each; plain or gzip.

Strategy: only the first line decides. If it is a resource by itself and more follows, every line is one, and
memory is that of the longest line. Otherwise the stream is one document, and is held whole.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hcfin.limits import Limits
from hcfin.standards.fhir.elements import Element
from hcfin.wire import json_reader, xml_reader

_BLOCK = 1 << 17
_LARGEST_DOCUMENT = 1 << 28
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_MODIFIER = b"modifierExtension"
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")


class Document(NamedTuple):
    """One text of the stream: what it holds, or the fault that keeps it from being read.

    `place` is its JSON pointer prefix: empty, or that of an element of a list. `line` is its first line.
    """

    line: int
    place: str
    tree: Element | None
    fault: str = ""
    modified: bool = False
    """Whether there may be a modifier extension anywhere in it."""
    values: tuple[tuple[str, int], ...] = ()


def documents(read: Callable[[int], bytes], limits: Limits) -> Iterator[Document]:
    """The documents of a stream. Never raises on data."""
    lines = _Lines(read, limits)
    head = lines.start()
    if not head.strip(_SPACE + _BOM):
        yield lines.fault(whole=True) or Document(1, "", None, "FHIR_NOT_A_RESOURCE")
    elif head.lstrip(_SPACE + _BOM).startswith(b"<"):
        whole = lines.rest()
        yield lines.fault(whole=True) or _from_xml(whole)
    elif lines.several and _complete(head):
        yield from _by_line(lines)
    else:
        whole = lines.rest()
        fault = lines.fault(whole=True)
        yield from (fault,) if fault else _from_json(whole)


def _complete(line: bytes) -> bool:
    """Whether a line is a resource by itself, or was meant to be."""
    text = line.strip(_SPACE + _BOM)
    return text.startswith(b"{") and text.endswith(b"}") and b'"resourceType"' in text


def _by_line(lines: _Lines) -> Iterator[Document]:
    reader = json_reader.JsonReader()
    for number, line in lines:
        if line.strip(_SPACE):
            yield _one_line(line, number, reader)
    fault = lines.fault(whole=False)
    if fault:
        yield fault


def _one_line(line: bytes, number: int, reader: json_reader.JsonReader) -> Document:
    try:
        value = reader.loads(line)
    except json_reader.JsonError as error:
        return _unreadable(error, number)
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        return Document(number, "", value, modified=_modified(line))
    return Document(number, "", None, "FHIR_NOT_A_RESOURCE")


def _from_json(data: bytes) -> Iterator[Document]:
    try:
        value = json_reader.loads(data)
    except json_reader.JsonError as error:
        yield _unreadable(error, 1)
        return
    listed = isinstance(value, list)
    for number, one in enumerate(value if listed else [value]):
        place = f"/{number}" if listed else ""
        if isinstance(one, dict) and isinstance(one.get("resourceType"), str):
            yield Document(1, place, one, modified=_modified(data))
        else:
            yield Document(1, place, None, "FHIR_NOT_A_RESOURCE")


def _modified(data: bytes) -> bool:
    """Whether there may be a modifier extension; JSON lets any letter of its name be escaped."""
    # Searched backwards, and for one byte: several times as fast as `in` for names and for two.
    return data.rfind(_MODIFIER) >= 0 or (b"\\" in data and _ESCAPED_LETTER.search(data) is not None)


def _from_xml(data: bytes) -> Document:
    from hcfin.standards.fhir.xml import is_resource, resource_of

    try:
        root: Any = xml_reader.parse(data.lstrip(_SPACE))
    except xml_reader.XmlError as error:
        values = (("line", error.line), ("limit", xml_reader.MAX_DEPTH))
        return Document(error.line or 1, "", None, f"FHIR_{error.code}", values=values)
    if not is_resource(root):
        return Document(1, "", None, "FHIR_NOT_A_RESOURCE")
    return Document(1, "", resource_of(root), modified=_MODIFIER in data)


def _unreadable(error: json_reader.JsonError, line: int) -> Document:
    values = (
        ("line", line + max(error.line - 1, 0)),
        ("column", error.column),
        ("limit", json_reader.MAX_DEPTH),
    )
    return Document(line, "", None, f"FHIR_{error.code}", values=values)


class _Lines:
    """The lines of a stream that may be compressed. `several` is whether anything follows the first."""

    def __init__(self, read: Callable[[int], bytes], limits: Limits) -> None:
        self._read = read
        self._left = limits.max_bytes
        self._most = limits.max_bytes
        self._room = min(limits.max_bytes, _LARGEST_DOCUMENT)
        self._held = bytearray()  # grows in place: a document of one line may come in many blocks
        self._over = self._cut = self._broken = self._ended = False
        self.several = False

    def start(self) -> bytes:
        """The first line that is not empty; it is not taken."""
        head = self._read(2)
        while 0 < len(head) < 2 and (more := self._read(1)):
            head += more
        if head == b"\x1f\x8b":
            self._read = _Gunzip(self._read, head).read
        else:
            self._held += head
            self._left -= len(head)
        scanned = 0
        while True:
            first = _NOT_SPACE.search(self._held)
            start = first.start() if first else len(self._held)
            end = self._held.find(b"\n", max(start, scanned))
            if end >= 0 and first:
                self.several = self._more_than_space(end)
                return bytes(self._held[start:end])
            scanned = len(self._held)
            if not self._more():
                return bytes(self._held[start:])

    def _more_than_space(self, start: int) -> bool:
        while not _NOT_SPACE.search(self._held, start):
            start = len(self._held)
            if not self._more():
                return False
        return True

    def _block(self) -> bytes:
        """The next bytes; none at the end, or where there is no room."""
        if self._ended or self._over or self._cut:
            return b""
        try:
            block = self._read(_BLOCK)
        except (zlib.error, EOFError):
            self._broken = self._ended = True
            return b""
        self._ended = not block
        if len(block) > self._left:
            block = block[: self._left]
            self._cut = True
        self._left -= len(block)
        return block

    def _more(self) -> bool:
        """Read on; false at the end, or where there is no room."""
        block = self._block()
        self._held += block
        self._over = len(self._held) > self._room
        return bool(block) and not self._over

    def rest(self) -> bytes:
        """Everything."""
        while self._more():
            pass
        whole = bytes(self._held)
        self._held.clear()
        return whole

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        number = size = 0
        begun: list[bytes] = []
        block = bytes(self._held)
        self._held.clear()
        while block and not self._over:
            *whole, rest = block.split(b"\n")
            for line in whole:
                number += 1
                yield number, b"".join((*begun, line)) if begun else line
                if begun:
                    begun, size = [], 0
            if rest:
                begun.append(rest)
                size += len(rest)
            self._over = size > self._room
            block = self._block()
        if begun and not self._over and not self._cut:
            yield number + 1, b"".join(begun)

    def fault(self, *, whole: bool) -> Document | None:
        """What kept the stream from being read to its end, as a whole or line by line."""
        if self._broken:
            return Document(1, "", None, "FHIR_GZIP_INVALID")
        if self._over or (whole and self._cut):
            return Document(1, "", None, "FHIR_TOO_LARGE", values=(("limit", self._room),))
        if self._cut:
            return Document(1, "", None, "INPUT_TOO_LARGE", values=(("limit", self._most),))
        return None


class _Gunzip:
    """Decompresses while it is read, a block at a time: what it grows to is bounded by who reads."""

    def __init__(self, read: Callable[[int], bytes], head: bytes) -> None:
        self._source = read
        self._waiting = head
        self._member = zlib.decompressobj(31)

    def read(self, size: int) -> bytes:
        """Up to that many bytes. Raises `zlib.error` or `EOFError` where the file is damaged."""
        while True:
            if self._member.eof:
                self._waiting = self._member.unused_data or self._source(_BLOCK)
                if not self._waiting:
                    return b""
                self._member = zlib.decompressobj(31)
            if not self._waiting:
                self._waiting = self._source(_BLOCK)
                if not self._waiting:
                    raise EOFError
            made = self._member.decompress(self._waiting, size)
            self._waiting = self._member.unconsumed_tail
            if made:
                return made
