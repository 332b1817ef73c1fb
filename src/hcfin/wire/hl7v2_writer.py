"""Rows of plain values to an HL7 v2 message: escaped, so that no value makes a segment, field or component.

A cell is a text, a tuple of components, or a list of repetitions; a component is a text or a tuple of
subcomponents. The row of MSH begins with MSH-3: separator and encoding characters are the message's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hcfin.wire.hl7v2 import message_text
from hcfin.wire.hl7v2_text import Delimiters, escape

Component = str | tuple[str, ...]
Cell = str | tuple[Component, ...] | list[str | tuple[Component, ...]]
Row = Sequence[Cell]

CHARACTER_SET = 18
"""MSH-18."""
_UTF_8 = "UNICODE UTF-8"


Touch = Callable[[list[list[str]], Delimiters], None]


def message_bytes(
    rows: Iterable[Row], delimiters: Delimiters | None = None, touch: Touch | None = None
) -> bytes:
    """A message, each segment with its CR: ASCII, or UTF-8 and MSH-18 saying so. Empty ends are left out.
    `touch` may put delete markers into the fields, which are escaped by then.

    >>> message_bytes([("MSH", "HCFIN"), ("FT1", "1", "", ("A|B", "C"), ["x", ("y", ("1", "2"))])])
    b'MSH|^~\\\\&|HCFIN\\rFT1|1||A\\\\F\\\\B^C|x~y^1&2\\r'
    """
    marks = delimiters or Delimiters()
    segments = [[str(row[0]), *(_cell(cell, marks) for cell in row[1:])] for row in rows]
    if touch is not None:
        touch(segments, marks)
    if not all(field.isascii() for segment in segments for field in segment):
        header = segments[0]
        header += [""] * (CHARACTER_SET - 1 - len(header))
        header[CHARACTER_SET - 2] = _UTF_8
    for segment in segments:
        while not segment[-1]:
            segment.pop()
    segments[0][1:1] = [marks.field, marks.encoding_characters]
    return message_text(segments, marks).encode("utf-8")


def _cell(cell: Cell, marks: Delimiters) -> str:
    if isinstance(cell, list):
        return marks.repetition.join(_repetition(one, marks) for one in cell)
    return _repetition(cell, marks)


def _repetition(one: str | tuple[Component, ...], marks: Delimiters) -> str:
    if isinstance(one, str):
        return escape(one, marks)
    return _joined([_component(part, marks) for part in one], marks.component)


def _component(part: Component, marks: Delimiters) -> str:
    if isinstance(part, str):
        return escape(part, marks)
    return _joined([escape(text, marks) for text in part], marks.subcomponent)


def _joined(parts: list[str], separator: str) -> str:
    while parts and not parts[-1]:
        parts.pop()
    return separator.join(parts)
