"""A received file by its envelopes: interchanges, groups and sets, and which issues are about which.

Which codes an issue becomes is data (`codes/acknowledgment.csv`). An issue that says nothing at its own level
is told at the level around it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from io import BytesIO

from hcfin.billing.file_status import FileLevel
from hcfin.billing.reading import Unit
from hcfin.codes import table
from hcfin.errors import ModelError
from hcfin.issues import Disposition, Issue, Severity
from hcfin.limits import Limits
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read
from hcfin.standards.x12.session import Elements
from hcfin.wire.x12 import Segment, scan

ERRORS_IN_SEGMENTS = "5"
"""Of a set: what is wrong stands in its segments (IK502)."""


@dataclass
class Part:
    """An interchange, group or set that was received, and what was found in it. `codes` say what is wrong
    with the whole of it; `read` whether it was read to its end."""

    level: FileLevel
    at: int
    elements: Elements
    around: Part | None = None
    parts: list[Part] = field(default_factory=list)
    found: list[Issue] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    trailer: Elements = field(default_factory=list)
    end: int = 0
    read: bool = True

    def tell(self, code: str) -> None:
        """Say what is wrong with the whole of it, once."""
        if code not in self.codes:
            self.codes.append(code)

    @property
    def rejects(self) -> bool:
        """Whether nothing of it may be used."""
        return any(issue.disposition is Disposition.REJECT_SET for issue in self.found)

    @property
    def verdict(self) -> str:
        """A, E or R of a set: R where it was not read, or where nothing of it may be used."""
        not_read = not self.read or any(issue.code == "SET_NOT_READ" for issue in self.found)
        return "R" if self.rejects or not_read else "E" if self.codes else "A"


class Received:
    """The envelopes of a file, and what stands where."""

    def __init__(self) -> None:
        self.interchanges: list[Part] = []
        self.bare: list[Part] = []
        """Groups and sets in no interchange."""
        self.starts: list[int] = []
        self.parts: list[Part | None] = []

    def begin(self, at: int, part: Part | None) -> None:
        """From this segment on, this is open."""
        self.starts.append(at)
        self.parts.append(part)

    def at(self, at: int) -> Part | None:
        """What a segment stands in."""
        position = bisect_right(self.starts, at) - 1
        return self.parts[position] if position >= 0 else None


_LEVELS: dict[str, FileLevel] = {"ISA": "interchange", "GS": "group", "ST": "set"}
_TRAILERS: dict[str, FileLevel] = {"IEA": "interchange", "GE": "group", "SE": "set"}
_DEPTH: dict[FileLevel, int] = {"interchange": 0, "group": 1, "set": 2}


def structure(data: bytes, limits: Limits) -> Received:
    """The envelopes of a file. Never raises on data."""
    found = Received()
    opened: Part | None = None
    at = 0

    def close(to: int) -> None:
        nonlocal opened
        while opened is not None and _DEPTH[opened.level] >= to:
            opened.end = opened.end or at
            opened = opened.around

    for event in scan(BytesIO(data).read, limits):
        if not isinstance(event, Segment):
            continue
        name, elements = event.elements[0], event.elements
        if name in _LEVELS:
            level = _LEVELS[name]
            close(_DEPTH[level])
            at = event.at
            part = Part(level, at, elements, opened)
            if opened is not None:
                opened.parts.append(part)
            else:
                (found.interchanges if level == "interchange" else found.bare).append(part)
            opened = part
            found.begin(at, part)
        elif name in _TRAILERS:
            at = event.at
            inner = _DEPTH[_TRAILERS[name]] + 1
            close(inner)
            if opened is not None and opened.level == _TRAILERS[name]:
                opened.trailer, opened.end = elements, at
                found.begin(at, opened)
                close(inner - 1)
                found.begin(at + 1, opened)
        at = event.at
    close(0)
    return found


def findings(data: bytes, profile: Profile, limits: Limits, received: Received) -> list[Issue]:
    """The issues of reading, each given to the part that it is about."""
    issues: list[Issue] = []
    units: set[int] = set()
    last = 0
    try:
        for event in read(BytesIO(data), profile, limits, keep=True).events:
            if isinstance(event, Issue):
                issues.append(event)
                last = max(last, event.origin.at if event.origin else 0)
            elif isinstance(event, Unit):
                units.add(event.at)
    except ModelError:  # of what was not read to its end there is no unit
        pass
    unlisted = any(issue.code == "TOO_MANY_ISSUES" for issue in issues)
    for part in received.parts:
        if part is not None and part.level == "set":
            part.read = part.at in units and not (unlisted and part.end > last)
    for issue in issues:
        part = received.at(issue.origin.at) if issue.origin else None
        if part is not None:
            part.found.append(issue)
            _tell(part, issue)
    return issues


def _tell(part: Part, issue: Issue) -> None:
    """Give an issue's code to its part, or to the first around it that has one for it."""
    row = table("acknowledgment").get(issue.code)
    if row is None:  # of a standard's plug-in
        if part.level == "set" and issue.severity is Severity.ERROR:
            part.tell(ERRORS_IN_SEGMENTS)
        return
    around: Part | None = part
    while around is not None:
        if row[around.level]:
            around.tell(row[around.level])
            return
        around = around.around
