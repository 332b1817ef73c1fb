"""Strict validation: our own reader's issues, and the implementation guides as pyx12 knows them.

Strategy: pyx12's own entry point writes every error, values included, to the log. So its walker is driven
here directly, with the segments that our scanner found: its validators then return errors as values, of
which only codes and places are used, and every place is our own ordinal. Counts and control numbers of the
envelopes are left to our reader, which says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from hcfin.billing.reading import Trail, collect
from hcfin.issues import Issue, PolicyText
from hcfin.limits import Limits
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read
from hcfin.standards.x12.session import ISSUE
from hcfin.wire.x12 import Delimiters, Segment, scan

# Error codes of X12 999 in our words: S of segments (IK304), E of elements (IK403); then numbering.
_RULES = {
    "S1": "a segment stands where the guide has none",
    "S2": "a segment that the guide does not use",
    "S3": "a required segment or loop is missing",
    "S4": "a loop stands too often",
    "S5": "a segment stands too often",
    "SEG1": "empty elements at the end of a segment",
    "E1": "a required element is missing",
    "E2": "an element that another one requires is missing",
    "E3": "too many elements or components",
    "E4": "the value is too short",
    "E5": "the value is too long",
    "E6": "a character that is not allowed there",
    "E7": "a code that is not in its list",
    "E8": "not a date",
    "E9": "not a time",
    "E10": "an element that the guide does not use",
    "HL1": "hierarchical levels are not numbered in order",
    "HL2": "the parent of a hierarchical level is missing",
    "LX": "service lines are not numbered in order",
}
# pyx12 4.0 takes every PLB after the first for a second summary; the guide allows any number of them. It
# looks for TA1 behind the groups; the standard has it before them, and also where there is no group.
_WRONG = {("4", "PLB"), ("3", "TA1")}
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2})?([0-9]{2})(?:-0?([0-9]{1,2}))?", re.ASCII)
_VERSION = re.compile(r"[0-9]{6}(X[0-9]{3}([A-Z][0-9]?)?)?", re.ASCII)
_CONTROL_MAPS = {"00401": "x12.control.00401.xml", "00501": "x12.control.00501.xml"}


def check(data: bytes) -> tuple[Issue, ...]:
    """Issues of a file: what reading it finds, then `GUIDE_VIOLATION`s in file order.

    Never raises on data, and no issue quotes a value of the file. A guide that pyx12 does not have is
    `GUIDE_NOT_CHECKED`; segments that pyx12 fails at are one `GUIDE_CHECK_FAILED`.
    """
    limits = Limits()
    reading = collect(read(BytesIO(data), Profile(), limits, keep=True))
    issues = list(reading.issues)
    try:
        guide = _Guide(reading.trail)
    except Exception:  # pyx12 or its maps cannot be loaded
        return (*issues, ISSUE("GUIDE_CHECK_FAILED", segments=PolicyText("all")))
    for event in scan(BytesIO(data).read, limits):
        if isinstance(event, Delimiters):
            guide.delimiters = event
        elif isinstance(event, Segment):
            issues += guide.segment(event)
        if len(issues) >= limits.max_issues:
            issues.append(ISSUE("TOO_MANY_ISSUES", limit=limits.max_issues))
            break
    if guide.failed:
        first = reading.trail.origin(guide.failed[0])
        issues.append(ISSUE("GUIDE_CHECK_FAILED", first, segments=len(guide.failed)))
    return tuple(issues)


class _Guide:
    """Walks the guide of each group along its segments."""

    def __init__(self, trail: Trail) -> None:
        from pyx12 import map_if, map_index, map_walker, params, segment, x12file

        self.trail = trail
        self.delimiters = Delimiters()
        self.failed: list[int] = []
        self._new_segment = segment.Segment
        self._load_map = map_if.load_map_file
        # Not `params.params()`, which reads configuration files.
        self._settings = params.ParamsBase()
        self._index = map_index.map_index()
        self._walker = map_walker.walk_tree()
        self._numbering = x12file.X12Base()
        self._maps: dict[str, Any] = {}
        self._version = ""  # ISA12
        self._node: Any = None  # where the walk stands; None where there is no guide to walk
        self._told = False
        self._answers = False
        """Whether there is a TA1 in the interchange."""

    def segment(self, segment: Segment) -> Iterator[Issue]:
        """What the guide has against the next segment."""
        try:
            yield from self._walk(segment)
        except Exception:  # whatever pyx12 raises: its text may quote the file
            self.failed.append(segment.at)

    def _walk(self, segment: Segment) -> Iterator[Issue]:
        name = segment.elements[0]
        text = self.delimiters.element.join(segment.elements)
        if not text.isascii():
            text = text.encode("latin-1").decode("utf-8", "replace")
        separators = (self.delimiters.segment, self.delimiters.element, self.delimiters.component)
        parsed = self._new_segment(text, *separators, self.delimiters.repetition or "^")
        if name == "ISA":
            self._enter_interchange(parsed)
        elif name == "GS":
            self._enter_group(parsed)
        if self._node is None:
            if name == "ST" and not self._told:
                self._told = True
                yield self._not_checked(segment, "")
            elif name == "GS":
                self._told = True
                yield self._not_checked(segment, parsed.get_value("GS08") or "")
            return
        self._answers = self._answers or name == "TA1"
        if name not in ("ISA", "GS"):
            found, _, _, faults = self._walker.walk_errors(self._node, parsed, 0, segment.at, None)
            for fault in faults:
                if (fault.err_cde, name) in _WRONG or (
                    fault.err_cde == "3" and name == "IEA" and self._answers
                ):
                    continue
                missing = fault.err_cde == "3" and fault.map_node is not None
                named = fault.map_node.id if missing else name
                yield self._violation(segment, f"S{fault.err_cde}", named, "")
            if found is None:
                return
            self._node = found
        for fault in self._node.is_valid_errors(parsed)[1]:
            code = fault.err_cde
            if fault.map_node is None and code == "5":
                code = "10"  # of a composite, pyx12 says 5 for "not used"
            yield self._violation(segment, f"E{code}", name, str(fault.refdes or ""))
        if len(segment.elements) > 1 and not segment.elements[-1]:
            yield self._violation(segment, "SEG1", name, "")
        self._numbering._parse_segment(parsed)
        for kind, code, *_ in self._numbering.pop_errors():
            if kind == "seg" and code in ("HL1", "HL2", "LX"):
                yield self._violation(segment, code, name, "01")

    def _enter_interchange(self, parsed: Any) -> None:
        self._version = parsed.get_value("ISA12") or ""
        self._told = self._answers = False
        self._node = None
        control = _CONTROL_MAPS.get(self._version)
        if control:
            self._node = self._map(control).getnodebypath("/ISA_LOOP/ISA")
            self._walker.forceWalkCounterToLoopStart("/ISA_LOOP", "/ISA_LOOP/ISA")

    def _enter_group(self, parsed: Any) -> None:
        self._told = False
        self._node = None
        code, version = parsed.get_value("GS01"), parsed.get_value("GS08")
        # A 278 has one guide for requests and one for answers, known from BHT02 only.
        file = None if code == "HI" else self._index.get_filename(self._version, version, code)
        if file:
            guide = self._map(file)
            self._numbering.check_837_lx = guide.id == "837"
            self._node = guide.getnodebypath("/ISA_LOOP/GS_LOOP/GS")
            self._walker.forceWalkCounterToLoopStart("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")

    def _map(self, file: str) -> Any:
        if file not in self._maps:
            self._maps[file] = self._load_map(file, self._settings)
        return self._maps[file]

    def _violation(self, segment: Segment, error: str, name: str, place: str) -> Issue:
        """A missing segment (`name`) has no place of its own: the origin is where it was missed."""
        if not _NAME.fullmatch(name):
            name, place = "?", ""  # what is no segment's name may be anything
        match = _PLACE.fullmatch(place.zfill(2)) if place else None
        element = match[2] + (f"-{match[3]}" if match[3] else "") if match else ""
        return ISSUE(
            "GUIDE_VIOLATION",
            self.trail.origin(segment.at, f"{name}{element}" if element else ""),
            error=error,
            segment=name,
            element=PolicyText(element),
            rule=PolicyText(_RULES.get(error, "a rule of the guide is broken")),
        )

    def _not_checked(self, segment: Segment, version: str) -> Issue:
        known = PolicyText(version) if _VERSION.fullmatch(version) else "?"
        return ISSUE("GUIDE_NOT_CHECKED", self.trail.origin(segment.at), version=known)
