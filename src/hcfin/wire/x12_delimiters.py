"""Where an X12 interchange begins and what separates its parts, found in the text itself.

Strategy: delimiters are found by counting the sixteen separators of ISA, not by offsets, because real ISAs
are short, padded with dots or wrapped. Text here is Latin-1, so that a character is a byte; a delimiter may
be a UTF-8 sequence of several of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# A character that is neither alphanumeric nor blank: a UTF-8 sequence where it is one, else one byte.
_MARK = r"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[^A-Za-z0-9\s])"
_ISA = re.compile(rf"ISA({_MARK})", re.ASCII)
_LAST_CUT = re.compile(rf"[A-Za-z]({_MARK})\s*GS", re.ASCII)
_BEGINS = re.compile(rf"\s*ISA({_MARK})", re.ASCII)
_ST = re.compile(rf"(?<![A-Za-z0-9])ST({_MARK})([0-9]{{3}})\1([A-Za-z0-9]{{1,12}})", re.ASCII)
_COMPOSITE = re.compile(rf"SVC{_MARK}[A-Z0-9]{{2}}({_MARK})", re.ASCII)
_CHARACTER = re.compile(rf"{_MARK}|.", re.ASCII | re.DOTALL)
_ISA_ELEMENTS = 16
_TAIL = 39
_COMPOSITE_REACH = 4096

ISA_REACH = 400
"""Bytes within which an ISA must have all its separators."""

START_REACH = ISA_REACH + _COMPOSITE_REACH
"""Bytes that must be seen of what may be a start, before it is said what it is."""


class Delimiters(NamedTuple):
    """The separators of an interchange. `found` is false where they were guessed, there being no ISA; `utf8`
    tells that those beyond ASCII are written in UTF-8."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    found: bool = True
    utf8: bool = False

    def raw(self, delimiter: str) -> str:
        """A delimiter as it stands in the bytes, one character for each of them."""
        return delimiter.encode("utf-8").decode("latin-1") if self.utf8 else delimiter


def find_start(text: str, at_end: bool) -> tuple[int, Delimiters] | None:
    """The first interchange in a text, or a transaction set that has none around it. None where there is no
    more to say before more text is there (`at_end`: no more will come)."""
    first = _BEGINS.match(text)  # the usual case, and cheap where a file has thousands of interchanges
    delimiters = _stated(text, first.start(1) - 3, first.group(1), at_end) if first else None
    if first and delimiters:
        return first.start(1) - 3, delimiters
    bare = _ST.search(text)
    limit = bare.start() if bare else len(text)
    for match in _ISA.finditer(text, 0, limit):
        delimiters = _stated(text, match.start(), match.group(1), at_end)
        if delimiters:
            return match.start(), delimiters
    if bare and (at_end or bare.end() + _COMPOSITE_REACH < len(text)):
        return bare.start(), _guessed(text, bare)
    return None


def _stated(text: str, start: int, element: str, at_end: bool) -> Delimiters | None:
    position = start
    separators = []
    for _ in range(_ISA_ELEMENTS):
        position = text.find(element, position + 1, start + ISA_REACH)
        if position < 0:
            return None
        separators.append(position)
    cut = _LAST_CUT.fullmatch(text, separators[14] + len(element), position)
    if cut:
        # ISA16 is missing with its separator: the last one found is that of GS.
        repetition = text[separators[10] + len(element) : separators[11]]
        return _delimiters(element, ":", _repetition(repetition), cut.group(1), True)
    tail = text[position + len(element) : position + len(element) + _TAIL - 1]
    if not tail or (len(tail) < _TAIL - 1 and not at_end):
        return None
    component, segment = _tail(tail, element)
    repetition = text[separators[10] + len(element) : separators[11]]
    return _delimiters(element, component, _repetition(repetition), segment, True)


def _repetition(text: str) -> str:
    """ISA11 where it is a separator; before 00402 it is the letter U, for the US standards."""
    mark = text.strip()
    return mark if _first(mark) == mark and not mark.isalnum() else ""


def _tail(tail: str, element: str) -> tuple[str, str]:
    """Component separator and terminator from the text after ISA's last separator."""
    component = _first(tail)
    after = tail[len(component) :]
    ahead = re.match(r"(\s*)GS" + re.escape(element), after, re.ASCII)
    if ahead and not component.isalnum() and (not ahead.group(1) or component == "~"):
        return ":", component  # ISA16 is missing: the character is the terminator
    segment = _first(after) or "~"
    if segment in " \r\n":
        # A blank or a line break, and then a mark: files exist whose terminator follows one.
        mark = _first(after.lstrip(" \r\n"))
        if mark and not mark.isalnum() and not mark.isspace():
            segment = mark
        elif segment == " " and after.lstrip(" ")[:1] in ("\r", "\n"):
            segment = _first(after.lstrip(" "))  # each line ends with a blank; values hold blanks, too
    return component, segment


def _guessed(text: str, bare: re.Match[str]) -> Delimiters:
    element = bare.group(1)
    rest = text[bare.end() : bare.end() + 60]
    end = next((mark for mark in re.findall(rf"{_MARK}|[\r\n]", rest, re.ASCII) if mark != element), "~")
    composite = _COMPOSITE.search(text, bare.end(), bare.end() + _COMPOSITE_REACH)
    component = composite.group(1) if composite and composite.group(1) != element else ":"
    return _delimiters(element, component, "^", end, False)


def _delimiters(element: str, component: str, repetition: str, segment: str, found: bool) -> Delimiters:
    marks = (element, component, repetition, segment)
    if any(len(mark) > 1 for mark in marks):
        try:
            element, component, repetition, segment = (
                mark.encode("latin-1").decode("utf-8") for mark in marks
            )
        except UnicodeDecodeError:
            pass  # some in UTF-8 and some not: they are used as they stand
        else:
            return Delimiters(element, component, repetition, segment, found, utf8=True)
    return Delimiters(element, component, repetition, segment, found)


def _first(text: str) -> str:
    """The first character of a text, all of its bytes; empty where there is none."""
    match = _CHARACTER.match(text)
    return match.group(0) if match else ""
