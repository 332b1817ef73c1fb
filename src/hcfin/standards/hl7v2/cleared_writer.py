"""Delete markers at the places that `account_cleared` names: `IN1[2]-36`, `PID-5.2`, `PID-3[2].4`, `DG1[2]`.

Works on fields that are written already: a marker stands beside values, and takes no value's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hcfin.standards.hl7v2.account_cleared import KEYS, OF_INSURANCE, SET_ID
from hcfin.wire.hl7v2_text import DELETE, Delimiters

_PLACE = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\[([0-9]{1,4})\])?"
    r"(?:-([1-9][0-9]{0,2})(?:\[([0-9]{1,3})\])?(?:\.([1-9][0-9]?)(?:\.([1-9][0-9]?))?)?)?",
    re.ASCII,
)
# Segments that hold nothing else here stand behind the one that they belong to.
_BEHIND = {"PD1": "PID", "PV1": "PID", "PV2": "PV1", "IN2": "IN1", "IN3": "IN1"}


def clear(segments: list[list[str]], places: Iterable[str], marks: Delimiters) -> None:
    """Put a delete marker at each place; a place of another form is left out, which reading back shows."""
    for place in places:
        found = _PLACE.fullmatch(place)
        if not found:
            continue
        name, number, position, *inside = found.groups()
        fields = _segment(segments, name, int(number or 1))
        if position is None:
            fields += [""] * (max(KEYS.get(name) or (1,)) + 1 - len(fields))
            fields[(KEYS.get(name) or (1,))[0]] = DELETE
            continue
        fields += [""] * (int(position) + 1 - len(fields))
        fields[int(position)] = _marked(fields[int(position)], inside, marks)


def _marked(text: str, inside: list[str | None], marks: Delimiters) -> str:
    """A field with the marker at a repetition, component and subcomponent of it."""
    separators = (marks.repetition, marks.component, marks.subcomponent)
    numbers = [int(one) if one else 1 for one in inside]
    depth = max((n for n, one in enumerate(inside, start=1) if one), default=0)
    if not depth:
        return DELETE

    def at(part: str, level: int) -> str:
        if level == depth:
            return DELETE
        parts = part.split(separators[level])
        parts += [""] * (numbers[level] - len(parts))
        parts[numbers[level] - 1] = at(parts[numbers[level] - 1], level + 1)
        return separators[level].join(parts)

    return at(text, 0)


def _segment(segments: list[list[str]], name: str, number: int) -> list[str]:
    """The segment of a name with this number; made where there is none."""
    turn = insurance = 0
    behind = len(segments)
    for n, fields in enumerate(segments):
        if fields[0] == "IN1":
            insurance += 1
        if fields[0] == name:
            turn += 1
            own = insurance if name in OF_INSURANCE else turn
            if name in SET_ID and len(fields) > 1 and fields[1].isdigit():
                own = int(fields[1])
            if own == number:
                return fields
        if fields[0] == _BEHIND.get(name):
            behind = n + 1
    made = [name, str(number)] if name in SET_ID else [name]
    segments.insert(behind, made)
    return made
