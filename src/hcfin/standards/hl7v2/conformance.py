"""Strict validation: messages against the tables of the standard, as hl7apy knows them.

Strategy: hl7apy's parser stops at the first thing it dislikes, quotes it, drops local segments, reorders what
is out of order and takes a twentieth of a second for a message. So it is asked about one field at a time,
each distinct text once; the order of segments is checked against its tables here. Thus a bad field hides no
other, every finding has its place, and the time grows with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from hcfin.issues import Issue, PolicyText
from hcfin.limits import Limits
from hcfin.origin import Origin
from hcfin.standards.hl7v2.conformance_structure import structure
from hcfin.standards.hl7v2.conformance_tables import fields_of, has_segment, structure_of, versions
from hcfin.standards.hl7v2.conformance_values import Flaw, Values
from hcfin.standards.hl7v2.session import ISSUE
from hcfin.standards.hl7v2.trail import Trail
from hcfin.wire.hl7v2 import BatchSegment, Message, scan
from hcfin.wire.hl7v2_text import Delimiters, parts

MOST_TRIED = 100_000
"""Fields that hl7apy is asked about in one file: about half a minute."""

_ORDER, _REQUIRED, _TYPE, _CARDINALITY = "100", "101", "102", "198"
# Codes of table 0357 (message error condition codes) in our words.
_RULES = {
    _REQUIRED: "a required field or component is missing",
    _TYPE: "not what the data type allows",
    "103": "a code that is not in the table of HL7",
    "104": "the value is too long",
    _CARDINALITY: "more repetitions than allowed",
}
_LATER = "a field that the version does not have"
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_VERSION = re.compile(r"[0-9](?:\.[0-9]{1,2}){0,2}", re.ASCII)
_STRUCTURE = re.compile(r"[A-Z][A-Z0-9]{2}(?:_[A-Z0-9]{3})?", re.ASCII)


def check(data: bytes) -> tuple[Issue, ...]:
    """What the standard has against the messages of a file, in their order. What reading finds is not here.

    Never raises on data, and no issue quotes a value of the file. What cannot be checked is
    `HL7_NOT_CHECKED`, said once for each version, structure and segment.
    """
    limits = Limits()
    issues: list[Issue] = []
    for issue in _strict(data, limits):
        issues.append(issue)
        if len(issues) >= limits.max_issues:
            issues.append(ISSUE("TOO_MANY_ISSUES", limit=limits.max_issues))
            break
    return tuple(issues)


def _strict(data: bytes, limits: Limits) -> Iterator[Issue]:
    try:
        checks = _Checks()
    except Exception:  # hl7apy or its tables cannot be loaded
        yield ISSUE("HL7_CHECK_FAILED", messages=PolicyText("all"))
        return
    failed: list[Origin] = []
    for event in scan(BytesIO(data).read, limits):
        if not isinstance(event, Message) or isinstance(event, BatchSegment):
            continue
        checks.trail.take(event)
        try:
            yield from checks.message(event)
        except Exception:  # whatever hl7apy raises: its text may quote the file
            failed.append(checks.trail.origin(event.at))
        if checks.stopped:
            break
    if failed:
        yield ISSUE("HL7_CHECK_FAILED", failed[0], messages=len(failed))


class _Checks:
    """The checks of a file; remembers what it said once for all."""

    def __init__(self) -> None:
        self.trail = Trail()
        self._versions = versions()
        self._values: dict[str, Values] = {}
        self._told: set[tuple[str, str]] = set()
        self.stopped = False
        """Whether enough was done for one file."""

    @property
    def _tried(self) -> int:
        """How many fields hl7apy was asked about."""
        return sum(values.tried for values in self._values.values())

    def message(self, message: Message) -> Iterator[Issue]:
        """What the standard has against a message."""
        marks = message.delimiters
        version = parts(message.field(12), marks.component)[0].strip()
        if version not in self._versions:
            told = version if _VERSION.fullmatch(version) else "?"
            yield from self._not_checked(
                message.at, f"version {told}" if version else "a message without version"
            )
            return
        yield from self._structure(message, version)
        if version not in self._values:
            self._values[version] = Values(version)
        for at, fields in message.rows():
            yield from self._segment(at, fields, version, marks)
            if self._tried >= MOST_TRIED:
                self.stopped = True
                yield ISSUE("HL7_CHECK_STOPPED", self.trail.origin(at), limit=MOST_TRIED)
                return

    def _structure(self, message: Message, version: str) -> Iterator[Issue]:
        kind = [part.strip() for part in parts(message.field(9), message.delimiters.component)]
        code, event, stated = (*kind, "", "", "")[:3]
        name = structure_of(code, event, stated, version)
        if not name:
            told = stated or (f"{code}_{event}" if event else code)
            told = told if _STRUCTURE.fullmatch(told) else "?"
            yield from self._not_checked(message.at, f"structure {told} of version {version}")
            return
        places = [
            (at, fields[0])
            for at, fields in message.rows()
            # What no version knows is said of the segment itself.
            if not _local(fields[0]) and has_segment(fields[0], version)
        ]
        for found in structure(name, version).check([segment for _, segment in places]):
            at = places[found.at][0]
            segment = PolicyText(found.name)
            yield ISSUE(
                "HL7_ORDER",
                self.trail.origin(at),
                error=_ORDER,
                rule=PolicyText(found.fault.value),
                segment=segment,
                structure=PolicyText(name),
            )

    def _segment(self, at: int, fields: list[str], version: str, marks: Delimiters) -> Iterator[Issue]:
        name = fields[0]
        known = fields_of(name, version)
        if known is None:
            shown = name if _NAME.fullmatch(name) else "?"
            if has_segment(name, version) or _local(name):
                yield from self._not_checked(at, f"segment {shown} of version {version}")
            else:
                yield self._violation(at, "", _ORDER, "a segment that the version does not have", version)
            return
        values = self._values[version]
        for number in range(1, max(len(fields), known.last + 1)):
            text = fields[number] if number < len(fields) else ""
            element = f"{name}-{number}"
            part = known.known.get(number)
            if not text.strip():
                if part is not None and part.least:
                    yield self._violation(at, element, _REQUIRED, _RULES[_REQUIRED], version)
            elif number in known.withdrawn:
                yield from self._withdrawn(at, element, version)
            elif part is None:
                yield self._violation(at, element, _TYPE, _LATER, version)
            elif name == "MSH" and number <= 2:
                if number == 2 and not _delimiters(text, version):
                    yield self._violation(at, element, _TYPE, _RULES[_TYPE], version)
            else:
                repetitions = parts(text, marks.repetition)
                if 0 <= part.most < len(repetitions):
                    yield self._violation(at, element, _CARDINALITY, _RULES[_CARDINALITY], version)
                said: set[object] = set()
                for repetition in repetitions:
                    for flaw in values.check(repetition, part, marks):
                        if flaw in said:
                            continue
                        said.add(flaw)
                        place = f"{element}.{flaw.component}" if flaw.component else element
                        if isinstance(flaw, Flaw):
                            yield self._violation(at, place, flaw.error, _RULES[flaw.error], version)
                        else:
                            yield from self._withdrawn(at, place, version)

    def _violation(self, at: int, element: str, error: str, rule: str, version: str) -> Issue:
        origin = self.trail.origin(at, element)
        return ISSUE(
            "HL7_VIOLATION",
            origin,
            error=error,
            element=PolicyText(element or origin.segment),
            rule=PolicyText(rule),
            version=PolicyText(version),
        )

    def _withdrawn(self, at: int, element: str, version: str) -> Iterator[Issue]:
        if self._once("HL7_WITHDRAWN", f"{element} {version}"):
            origin = self.trail.origin(at, element)
            yield ISSUE("HL7_WITHDRAWN", origin, element=PolicyText(element), version=PolicyText(version))

    def _not_checked(self, at: int, what: str) -> Iterator[Issue]:
        if self._once("HL7_NOT_CHECKED", what):
            yield ISSUE("HL7_NOT_CHECKED", self.trail.origin(at), what=PolicyText(what))

    def _once(self, code: str, what: str) -> bool:
        """Whether this is said for the first time."""
        new = (code, what) not in self._told
        self._told.add((code, what))
        return new


def _delimiters(text: str, version: str) -> bool:
    """Whether MSH-2 states what it must: four different delimiters, from 2.7 on perhaps a fifth."""
    most = 5 if version >= "2.7" else 4
    return 4 <= len(text) <= most and len(set(text)) == len(text)


def _local(segment: str) -> bool:
    """Whether a segment is the sender's own, by its name."""
    return segment.startswith("Z")
