"""The state of one read: typed access to elements, issues with position, coverage, and the facts so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Protocol

from hcfin.billing.base import Fact
from hcfin.billing.reading import Unit
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.issues import Catalogue, Issue
from hcfin.limits import Limits
from hcfin.money import parse_amount
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.trail import Trail, excerpt
from hcfin.wire.x12 import Delimiters, Segment

ISSUE = Catalogue.of("hcfin.standards.x12")

_QUANTITY = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", re.ASCII)
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_NOTHING: frozenset[int] = frozenset()
_BLANKS = " \t\r\n"


class SetReader(Protocol):
    """Reads one transaction set, segment by segment."""

    def segment(self, segment: Segment) -> None:
        """Take a segment between ST and SE."""

    def end(self, segment: Segment | None) -> None:
        """Take SE; None where the set ends without one."""


class Session:
    """What all parts of one read share."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.delimiters = Delimiters()
        self.version = ""
        self.facts: list[Fact] = []
        self.issues: list[Issue] = []
        self.units: list[Unit] = []
        self.refs: Counter[str] = Counter()
        self._carried: dict[tuple[str, str], Collection[int]] = {}
        self._patterns: Counter[tuple[str, str, bytes]] = Counter()
        self._issues_dropped = False

    # Issues

    def issue(self, code: str, segment: Segment, element: int = 0, **values: Decimal | int | str) -> None:
        """Report a problem at a segment, or at one of its elements."""
        name = f"{segment.elements[0]}{element:02d}" if element else ""
        origin = self.trail.origin(segment.at, name)
        self.add(ISSUE(code, origin, excerpt=excerpt(segment), **values))

    def add(self, issue: Issue) -> None:
        """Keep an issue, up to the limit."""
        if len(self.issues) < self.limits.max_issues:
            self.issues.append(issue)
        elif not self._issues_dropped:
            self._issues_dropped = True
            self.issues.append(ISSUE("TOO_MANY_ISSUES", limit=self.limits.max_issues))

    # Coverage

    def cover(self, loop: str, segment: Segment, carried: Collection[int] = _NOTHING) -> None:
        """Count a segment's elements; `carried` are the positions that reach a fact."""
        name = segment.elements[0]
        self._carried[loop, name] = carried
        self._patterns[loop, name, bytes(map(bool, segment.elements))] += 1

    def coverage(self) -> Coverage:
        """The counts by loop, segment and element."""
        result = Coverage()
        for (loop, name, pattern), count in self._patterns.items():
            carried = self._carried[loop, name]
            # A name that is not a segment's may be anything, patient data too.
            shown = name if re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", name) else "?"
            for position in range(1, len(pattern)):
                if pattern[position]:
                    place = f"{loop}.{shown}{position:02d}"
                    (result.carried if position in carried else result.counted)[place] += count
        return result

    # Typed access

    def text(self, segment: Segment, position: int) -> str:
        """An element as text without surrounding blanks; absent is empty."""
        elements = segment.elements
        if position >= len(elements):
            return ""
        value = elements[position]
        return (value if value.isascii() else self._decoded(segment, value)).strip(_BLANKS)

    def _decoded(self, segment: Segment, value: str) -> str:
        raw = value.encode("latin-1")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.issue("TEXT_LATIN1", segment)
            return value

    def components(self, segment: Segment, position: int) -> list[str]:
        """The components of a composite element; absent is one empty text."""
        if position >= len(segment.elements):
            return [""]
        value = segment.elements[position]
        value = value if value.isascii() else self._decoded(segment, value)
        return [part.strip(_BLANKS) for part in value.split(self.delimiters.component)]

    def amount(
        self, segment: Segment, position: int, currency: str, *, required: bool = False
    ) -> Decimal | None:
        """An amount; None, with an issue, where it cannot be read or is missing but required."""
        text = self.text(segment, position)
        if not text:
            if required:
                self.issue("ELEMENT_MISSING", segment, position)
            return None
        try:
            return parse_amount(text, currency)
        except AmountError as error:
            self.issue(error.code, segment, position)
            return None

    def quantity(self, segment: Segment, position: int) -> Decimal | None:
        """A quantity with up to six places; None, with an issue, where it cannot be read."""
        text = self.text(segment, position)
        if not text:
            return None
        if not _QUANTITY.fullmatch(text):
            self.issue("QUANTITY_INVALID", segment, position)
            return None
        return Decimal(text)

    def day(self, segment: Segment, position: int) -> date | None:
        """A CCYYMMDD date; None, with an issue, where it is not one."""
        text = self.text(segment, position)
        if not text:
            return None
        if _DAY.fullmatch(text):
            try:
                return date(int(text[:4]), int(text[4:6]), int(text[6:]))
            except ValueError:
                pass
        self.issue("DATE_INVALID", segment, position)
        return None
