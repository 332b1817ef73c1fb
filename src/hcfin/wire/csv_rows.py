"""Rows of a table of text (CSV): its first record names the columns, each further one is a row.

Strategy: records are cut at line feeds outside of quotes, where a quote counts only at the beginning of a
cell, so that an inch mark inside of one costs nothing. A row is handed on as the JSON object that its header
makes of it, empty cells left out, so that whoever reads rows reads both forms in one way. A record whose
cells are not as many as the header has names is refused: nobody can say which cell is whose.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from io import StringIO

from hcfin.limits import Limits
from hcfin.wire.json_rows import Fault, Row, Source, scan

DELIMITERS = (",", ";", "\t", "|")
_BOM = b"\xef\xbb\xbf"
_HEAD = 1 << 16


def delimiter_of(head: bytes) -> str:
    """What stands between the names of a header: the one of `DELIMITERS` that is most often there; empty
    where the text begins like JSON, or has one column.

    >>> delimiter_of(b"item;quantity;unit\\n"), delimiter_of(b'{"kind": "payment", "id": 1}')
    (';', '')
    """
    line = head.removeprefix(_BOM).lstrip(b" \r\n").partition(b"\n")[0]
    if line[:1] in b"[{":
        return ""
    counts = {one: line.count(one.encode()) for one in DELIMITERS}
    best = max(DELIMITERS, key=lambda one: counts[one])
    return best if counts[best] else ""


def scan_any(read: Callable[[int], bytes], limits: Limits, delimiter: str = "") -> Iterator[Row | Fault]:
    """The rows of a stream, which is a table or JSON. `delimiter` is that of a table, where it is known."""
    head = read(min(_HEAD, limits.max_bytes + 1))

    def again(size: int) -> bytes:
        nonlocal head
        if not head:
            return read(size)
        taken, head = head[:size], head[size:]
        return taken

    found = delimiter_of(head)
    return scan_table(again, limits, delimiter or found) if found else scan(again, limits)


def scan_table(read: Callable[[int], bytes], limits: Limits, delimiter: str) -> Iterator[Row | Fault]:
    """The rows of a table; records without any value are none. Ends after the fault of a limit, or of the
    header."""
    source = Source(read, limits)
    source.skip_blanks(_BOM)
    names: list[str] | None = None
    at = 0
    for offset, data in _records(source, delimiter.encode()):
        cells = _cells(data, delimiter)
        if names is None:
            names = [] if isinstance(cells, str) else _names(cells)
            if not names:
                yield Fault("ROWS_HEADER_INVALID", 1, offset)
                return
            continue
        if not isinstance(cells, str) and not any(cell.strip() for cell in cells):
            continue
        if at >= limits.max_segments:
            yield Fault("ROWS_TOO_MANY", at, offset, limits.max_segments)
            return
        at += 1
        if isinstance(cells, str):
            yield Fault(cells, at, offset, limits.max_segment_bytes if cells == "ROW_TOO_LONG" else 0)
        elif len(cells) != len(names):
            yield Fault("ROW_CELLS", at, offset)
        else:
            told = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
            yield Row(at, offset, json.dumps(told).encode())
    if source.cut:
        yield Fault("ROWS_TOO_LARGE", at, source.offset, limits.max_bytes)


def _names(header: list[str]) -> list[str]:
    """The names of columns, a place for each that has none; nothing where one comes twice."""
    names = [cell.strip() or f"?{n}" for n, cell in enumerate(header, start=1)]
    return names if len(set(names)) == len(names) else []


def _cells(data: bytes | None, delimiter: str) -> list[str] | str:
    """The cells of a record, or the code of what is wrong with it."""
    if data is None:
        return "ROW_TOO_LONG"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "ROW_NOT_UTF8"
    if "\0" in text:
        return "ROW_INVALID"
    try:
        return next(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:  # a quote that is not closed, or something behind one that is
        return "ROW_INVALID"


def _records(source: Source, delimiter: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Records with their offsets; None for one that is too long."""
    start, parts, size, quoted = source.offset, list[bytes](), 0, False
    for line, long in _lines(source):
        size += len(line)
        if long or size > source.longest:
            yield start, None
            start, parts, size, quoted = source.offset, [], 0, False
            continue
        parts.append(line)
        quoted = _open_after(line, quoted, delimiter)
        if not quoted:
            yield start, b"".join(parts).rstrip(b"\r\n")
            start, parts, size = source.offset, [], 0
    if parts:
        yield start, b"".join(parts).rstrip(b"\r\n")


def _lines(source: Source) -> Iterator[tuple[bytes, bool]]:
    """Lines with their ends, and whether one is too long; of such a line only the end is given."""
    while source.waiting or source.more():
        searched, long = 0, False
        while (end := source.data.find(b"\n", source.position + searched)) < 0:
            searched = source.waiting
            if searched > source.longest:
                source.take(searched)
                searched, long = 0, True
            if not source.more():
                end = len(source.data)
                break
        yield source.take(end + 1 - source.position), long


def _open_after(line: bytes, quoted: bool, delimiter: bytes) -> bool:
    """Whether a cell in quotes is still open after a line."""
    position = 0
    while True:
        if not quoted:
            if line[position : position + 1] == b'"':
                quoted, position = True, position + 1
            else:
                position = line.find(delimiter, position) + 1
                if not position:
                    return False
                continue
        end = line.find(b'"', position)
        if end < 0:
            return True
        position = end + 1
        if line[position : position + 1] == b'"':
            position += 1
            continue
        quoted = False
        position = line.find(delimiter, position) + 1
        if not position:
            return False
