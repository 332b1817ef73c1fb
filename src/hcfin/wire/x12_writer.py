"""X12 syntax: segments to bytes. A value never becomes a separator.

Strategy: X12 before 7040 has no escape character, so the separators are chosen after all values are known,
from characters that none of them contains. Control characters are refused in values, which keeps enough of
them free to be separators whatever the data: a choice always exists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from hcfin.errors import HcfinError
from hcfin.wire.x12 import Delimiters

Element = str | tuple[str, ...]
"""An element, or the components of a composite one."""

Row = Sequence[Element]
"""A segment; element 0 is its name. Empty elements at its end are not written."""


class Group(NamedTuple):
    """A functional group: GS01, GS08 and its transaction sets (ST01 and the segments between ST and SE)."""

    code: str
    version: str
    sets: Sequence[tuple[str, Sequence[Row]]]
    states_guide: bool = False
    """Whether each set states the guide too, in ST03."""


# What the caller may say about the envelope: default, form, and the form in words.
_CONTROL = {
    "sender": ("SENDER", r"[ -~]{1,15}", "1 to 15 ASCII characters"),
    "receiver": ("RECEIVER", r"[ -~]{1,15}", "1 to 15 ASCII characters"),
    "sender_qualifier": ("ZZ", r"[A-Z0-9]{2}", "two characters such as ZZ"),
    "receiver_qualifier": ("ZZ", r"[A-Z0-9]{2}", "two characters such as ZZ"),
    "date": ("", r"[0-9]{8}", "CCYYMMDD"),
    "time": ("0000", r"[0-9]{4}([0-9]{2}){0,2}", "HHMM, HHMMSS or HHMMSSDD"),
    "group_sender": ("", r"[ -~]{2,15}", "2 to 15 ASCII characters"),
    "group_receiver": ("", r"[ -~]{2,15}", "2 to 15 ASCII characters"),
    "interchange_control": ("1", r"[0-9]{1,9}", "1 to 9 digits"),
    "group_control": ("1", r"[0-9]{1,9}", "1 to 9 digits"),
    "usage": ("T", r"[TP]", "T or P"),
    "version": ("", r"[A-Z0-9]{6,12}", "a guide version such as 005010X221A1"),
    "contact": ("", r"[ -~]{1,60}", "1 to 60 ASCII characters"),
    "contact_phone": ("", r"[ -~]{1,60}", "1 to 60 ASCII characters"),
}

_PREFERRED = "*:^~"
_SPARE = [
    *"|!>}{][\\@#$%;?=_`<&",
    # Control characters that no reader takes for blanks or line breaks.
    *map(chr, (*range(0x01, 0x09), *range(0x0E, 0x1C))),
]
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_REPETITION, _COMPONENT = 11, 16


def control_data(identity: Mapping[str, str], day: date) -> dict[str, str]:
    """Every control value: the caller's where given, else a fixed default; `day` where no date is given.

    Raises `HcfinError` for a name or form that an envelope does not have.
    """
    control = {name: default for name, (default, _, _) in _CONTROL.items()}
    control["date"] = day_text(day)
    for name, value in identity.items():
        if name not in _CONTROL:
            raise HcfinError(
                f"identity: a name that X12 does not know; known are {', '.join(sorted(_CONTROL))}"
            )
        _, form, words = _CONTROL[name]
        if not re.fullmatch(form, value, re.ASCII):
            raise HcfinError(f"identity: {name} is not {words}")
        control[name] = value
    return control


def interchange(groups: Sequence[Group], control: Mapping[str, str], before: Sequence[Row] = ()) -> bytes:
    """Groups in their envelopes, counted and numbered. `control` comes from `control_data`; `before` are
    segments that stand before the first group (TA1)."""
    return join(_interchange(groups, control, before))


def _interchange(groups: Sequence[Group], control: Mapping[str, str], before: Sequence[Row]) -> Iterator[Row]:
    old = bool(groups) and all(group.version.startswith("004010") for group in groups)
    number = control["interchange_control"].zfill(9)
    sender, receiver, day = control["sender"], control["receiver"], control["date"]
    qualifiers = control["sender_qualifier"], control["receiver_qualifier"]
    yield (
        *("ISA", "00", "", "00", "", qualifiers[0], sender, qualifiers[1], receiver, day[2:]),
        *(control["time"][:4], "U" if old else "", "00401" if old else "00501"),
        *(number, "0", control["usage"], ""),
    )
    yield from before
    written = 0
    applications = control["group_sender"] or sender, control["group_receiver"] or receiver
    for nth, group in enumerate(groups):
        group_number = str(int(control["group_control"]) + nth)
        yield ("GS", group.code, *applications, day, control["time"], group_number, "X", group.version)
        for kind, rows in group.sets:
            written += 1
            yield ("ST", kind, f"{written:04d}", group.version if group.states_guide else "")
            yield from rows
            yield ("SE", str(len(rows) + 2), f"{written:04d}")
        yield ("GE", str(len(group.sets)), group_number)
    yield ("IEA", str(len(groups)), number)


def day_text(day: date | None) -> str:
    """A date as CCYYMMDD; an absent date is an empty text."""
    return day.isoformat().replace("-", "") if day else ""


def delimiters_for(values: Iterable[str]) -> Delimiters:
    """Separators that stand in none of the values: `*:^~` where they are free.

    >>> delimiters_for(["ROE", "12*A"]).element
    '|'
    """
    used: set[str] = set()
    for value in values:
        used.update(value)
    spare = (character for character in _SPARE if character not in used)
    element, component, repetition, segment = (own if own not in used else next(spare) for own in _PREFERRED)
    return Delimiters(element, component, repetition, segment)


def join(segments: Iterable[Row]) -> bytes:
    """One interchange as UTF-8. Element 0 of a segment is its name; empty elements at the end are left out.

    In ISA the fixed widths are filled up, and ISA16 and an empty ISA11 become the separators. Raises
    `HcfinError` for a value that X12 cannot hold (control characters, blanks around it): it names the place,
    never the value.

    >>> join([("NM1", "QC", "1", "ROE"), ("SVC", ("HC", "99213"), "80")])
    b'NM1*QC*1*ROE~SVC*HC:99213*80~'
    """
    rows = list(segments)
    delimiters = delimiters_for(_values(rows))
    return "".join(_segment(row, delimiters) + delimiters.segment for row in rows).encode()


def _values(rows: Iterable[Row]) -> Iterable[str]:
    for number, row in enumerate(rows, start=1):
        for position, element in enumerate(row):
            for value in element if isinstance(element, tuple) else (element,):
                fault = _fault(value)
                if fault:
                    raise HcfinError(f"segment {number}, {row[0]}{position:02d}: {fault}, X12 cannot hold it")
                yield value


def _fault(value: str) -> str:
    if value != value.strip():
        return "the value begins or ends with a blank"
    if value.isascii() and value.isprintable():
        return ""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return "the value holds a control character"
    return ""


def _segment(row: Row, delimiters: Delimiters) -> str:
    if row[0] == "ISA":
        return delimiters.element.join(_isa(row, delimiters))
    texts = [
        delimiters.component.join(_trimmed(element)) if isinstance(element, tuple) else element
        for element in row
    ]
    return delimiters.element.join(_trimmed(texts))


def _isa(row: Row, delimiters: Delimiters) -> list[str]:
    texts = [str(element) for element in row[:_COMPONENT]] + [delimiters.component]
    texts[_REPETITION] = texts[_REPETITION] or delimiters.repetition
    for position, width in enumerate(_ISA_WIDTHS, start=1):
        if len(texts[position].encode()) > width:
            raise HcfinError(f"ISA{position:02d}: the value is longer than {width} bytes")
        texts[position] = texts[position].ljust(width)
    return texts


def _trimmed(texts: Sequence[str]) -> Sequence[str]:
    end = len(texts)
    while end and not texts[end - 1]:
        end -= 1
    return texts[:end]
