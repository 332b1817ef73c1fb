"""Segments in text that is not plain: blanks around elements, wrapped lines, lost terminators, encodings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hcfin.wire.x12_delimiters import Delimiters

BLANKS = " \t\r\n\f\v\x00"
"""Blanks between segments. Not what `str.strip()` takes: separators may be control characters."""

_BREAK = re.compile(r"\r\n|\r|\n")
# Names of segments in health care sets: what may begin after a line break that ends a segment.
_KNOWN = """
AAA AK1 AK2 AK3 AK4 AK5 AK9 AMT BGN BHT BPR CAS CL1 CLM CLP CR1 CR2 CR3 CRC CTP CUR DMG DTM DTP FRM GE GS
HCP HI HL HSD IEA IK3 IK4 IK5 ISA K3 LIN LQ LX MEA MIA MOA N1 N3 N4 NM1 NTE OI PAT PER PLB PRV PS1 PWK QTY
RDM REF SBR SE ST STC SV1 SV2 SV3 SV5 SVC SVD TA1 TOO TRN TS2 TS3
"""
_NAMES = frozenset(_KNOWN.split())


class Careful:
    """Looks at the segments of one interchange and remembers what is to be told once."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.separator = delimiters.raw(delimiters.element)
        self.newline_ends = delimiters.segment in "\r\n"
        self.before, self.after = f" {self.separator}", f"{self.separator} "
        self._told: set[str] = set()
        self._new: list[str] = []

    def found(self) -> list[str]:
        """Codes of what is odd since the last time, each once in an interchange."""
        new, self._new = self._new, []
        return new

    def contents(self, raw: str) -> Iterator[tuple[str, int]]:
        """The segments in the text before a terminator, with their offsets: none, one, or several where a
        terminator is missing at the end of a line."""
        content = raw.lstrip(BLANKS)
        if not content:
            return
        lead = len(raw) - len(content)
        content = content.rstrip("\r\n")
        if self.newline_ends or not _BREAK.search(content):
            yield content, lead
            return
        start, parts = 0, [""]
        for offset, line in _lines(content):
            name, found, _ = line.partition(self.separator)
            if offset and found and name in _NAMES:
                # Wrapped text breaks anywhere, but where a segment begins a terminator would stand.
                self._tell("SEGMENT_UNTERMINATED", always=True)
                yield "".join(parts), lead + start
                start, parts = offset, [line]
            else:
                if offset:
                    self._tell("SEGMENT_WRAPPED")
                parts.append(line)
        yield "".join(parts), lead + start

    def name_of(self, content: str) -> str:
        """The name of a segment."""
        return content.partition(self.separator)[0]

    def elements(self, content: str) -> list[str]:
        """The elements of a segment, decoded and without the blanks around them."""
        elements = content.split(self.separator)
        if not content.isascii() and not _decode(elements):
            self._tell("TEXT_LATIN1")
        # ISA is blank by design: its elements have fixed widths.
        if elements[0] != "ISA" and (self.before in content or self.after in content or content[-1] == " "):
            elements = [element.strip(BLANKS) for element in elements]
        return elements

    def _tell(self, code: str, *, always: bool = False) -> None:
        if always or code not in self._told:
            self._told.add(code)
            self._new.append(code)


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their offsets; empty ones are left out."""
    start = 0
    for match in _BREAK.finditer(content):
        if match.start() > start:
            yield start, content[start : match.start()]
        start = match.end()
    yield start, content[start:]


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
