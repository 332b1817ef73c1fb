"""The state of one read: typed access to elements, issues with position, coverage, and events to hand on."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Protocol

from hcfin.billing.reading import Event
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
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_NOTHING: frozenset[int] = frozenset()
_DAYS_KEPT = 10_000

Counts = dict[int | bytes, int]


class SetReader(Protocol):
    """Reads one transaction set, segment by segment."""

    def segment(self, segment: Segment) -> None:
        """Take a segment between ST and SE."""

    def cut(self) -> None:
        """Part of the set is missing."""

    def end(self, segment: Segment | None) -> None:
        """Take SE; None where the set ends without one."""


class Session:
    """What all parts of one read share. `events` are what the parts have made and nobody has taken yet."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.delimiters = Delimiters()
        self.version = ""
        self.events: list[Event] = []
        self.refs: Counter[str] = Counter()
        self._issues_left = limits.max_issues
        self._covered: dict[tuple[str, str, frozenset[int]], Counts] = {}
        self._days: dict[str, date] = {}

    # Issues

    def issue(self, code: str, segment: Segment, element: int = 0, **values: Decimal | int | str) -> None:
        """Report a problem at a segment, or at one of its elements."""
        if self._issues_left >= 0:
            name = f"{segment.elements[0]}{element:02d}" if element else ""
            origin = self.trail.origin_of(segment, name)
            self.add(ISSUE(code, origin, excerpt=excerpt(segment, self.delimiters.element), **values))

    def add(self, issue: Issue) -> None:
        """Keep an issue, up to the limit; beyond it, say so once."""
        self._issues_left -= 1
        if self._issues_left >= 0:
            self.events.append(issue)
        elif self._issues_left == -1:
            self.events.append(ISSUE("TOO_MANY_ISSUES", limit=self.limits.max_issues))

    # Coverage

    def cover(self, loop: str, segment: Segment, carried: frozenset[int] = _NOTHING) -> None:
        """Count a segment's elements; `carried` are the positions that reach a fact."""
        elements = segment.elements
        seen = bytes(map(bool, elements)) if "" in elements else len(elements)
        counts = self.counts(loop, elements[0], carried)
        counts[seen] = counts.get(seen, 0) + 1

    def counts(self, loop: str, name: str, carried: frozenset[int]) -> Counts:
        """Where the elements of one segment of a loop are counted: by which of them are there, or by how many
        where all are."""
        return self._covered.setdefault((loop, name, carried), {})

    def coverage(self) -> Coverage:
        """The counts by loop, segment and element."""
        result = Coverage()
        for (loop, name, carried), counts in self._covered.items():
            # A name that is not a segment's may be anything, patient data too.
            shown = name if _NAME.fullmatch(name) else "?"
            for seen, count in counts.items():
                pattern = seen if isinstance(seen, bytes) else b"\1" * seen
                for position in range(1, len(pattern)):
                    if pattern[position]:
                        place = f"{loop}.{shown}{position:02d}"
                        (result.carried if position in carried else result.counted)[place] += count
        return result

    # Typed access

    def text(self, segment: Segment, position: int) -> str:
        """An element as text; absent is empty."""
        elements = segment.elements
        return elements[position] if position < len(elements) else ""

    def components(self, segment: Segment, position: int) -> list[str]:
        """The components of a composite element; absent is one empty text."""
        return self.text(segment, position).split(self.delimiters.component)

    def amount(
        self, segment: Segment, position: int, currency: str, required: bool = False
    ) -> Decimal | None:
        """An amount; None, with an issue, where it cannot be read or is missing but required."""
        elements = segment.elements
        text = elements[position] if position < len(elements) else ""
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
        elements = segment.elements
        text = elements[position] if position < len(elements) else ""
        if not text:
            return None
        if not _QUANTITY.fullmatch(text):
            self.issue("QUANTITY_INVALID", segment, position)
            return None
        return Decimal(text)

    def day(self, segment: Segment, position: int) -> date | None:
        """A CCYYMMDD date; None, with an issue, where it is not one."""
        elements = segment.elements
        text = elements[position] if position < len(elements) else ""
        known = self._days.get(text)
        if known is not None:
            return known
        if not text:
            return None
        if _DAY.fullmatch(text):
            try:
                found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
            except ValueError:
                pass
            else:
                # The dates of a feed repeat; a hostile one must not fill the memory.
                if len(self._days) < _DAYS_KEPT:
                    self._days[text] = found
                return found
        self.issue("DATE_INVALID", segment, position)
        return None
