"""The state of one read: typed access to elements, issues with position, coverage, and events to hand on.

Strategy: a segment is its ordinal and its list of elements. `handlers` says, by its name, what takes the next
one; whoever opens or closes something (interchange, set, claim) changes it. So each segment costs one look-up
and one call.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from hcfin.billing.reading import Event
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.issues import Catalogue, Issue, PolicyText
from hcfin.limits import Limits
from hcfin.money import amount_parser
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.trail import Trail, excerpt
from hcfin.wire.x12 import Block, Delimiters

ISSUE = Catalogue.of("hcfin.standards", "hcfin.standards.x12")

Elements = list[str]
"""The elements of a segment; element 0 is its name."""

Handler = Callable[[int, Elements], bool | frozenset[int]]
"""Takes a segment: its ordinal and its elements. True where it reached a fact with the positions that are
carried of its kind, false where it is counted; or the positions of this one that reached a fact."""

Whole = Callable[[Block, int], Generator[Event, None, int]]
"""Takes whole claims from a segment on that may begin one: hands on what they make, and returns the ordinal
after the last; that of the first segment where it took none."""

_QUANTITY = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", re.ASCII)
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{12}", re.ASCII)
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
SEPARATED = re.compile(r"[A-Z][A-Z0-9]([^A-Za-z0-9\s])[A-Za-z0-9]", re.ASCII)
_NOTHING: frozenset[int] = frozenset()
ENVELOPE = {
    "ISA": frozenset({5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16}),
    "GS": frozenset({2, 3, 4, 5, 6, 8}),
    "ST": frozenset({1, 2, 3}),
    "SE": frozenset({1, 2}),
    "GE": frozenset({1, 2}),
    "IEA": frozenset({1, 2}),
}
"""Positions of the envelopes that are used: they say how to read, are checked, or stand in
`Unit.envelope`."""

_KEPT = 10_000
_NEVER = 1 << 62

_T = TypeVar("_T")


class ElementError(ValueError):
    """An element that cannot be read. `code` is the name of an issue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


UNREADABLE = (IndexError, ElementError, AmountError)
"""What an element raises that is not there or cannot be read."""


class Parsed(dict[str, _T]):
    """Values by their text: those of a feed repeat (unlike amounts). Bounded, because those of a hostile one
    do not. Looking up a text that cannot be read raises `UNREADABLE`."""

    def __init__(self, parse: Callable[[str], _T]) -> None:
        self.parse = parse

    def __missing__(self, text: str) -> _T:
        value = self.parse(text)
        if len(self) >= _KEPT:
            self.clear()
        self[text] = value
        return value


def _quantity(text: str) -> Decimal:
    if not _QUANTITY.fullmatch(text):
        raise ElementError("QUANTITY_INVALID")
    return Decimal(text)


def _day(text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    raise ElementError("DATE_INVALID")


def _period(text: str) -> tuple[date, date | None]:
    first, dash, last = text.partition("-")
    if dash:
        return _day(first), _day(last)
    # A moment, CCYYMMDDHHMM: its hour is asked for apart.
    return _day(first[:8] if _MOMENT.fullmatch(first) else first), None


class Strict:
    """Typed access like that of a session, for whoever leaves everything odd to another reader: what cannot
    be read raises `UNREADABLE` and is not told."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def amount(self, at: int, elements: Elements, position: int) -> Decimal:
        """An amount."""
        return self._session.parse_amount(elements[position])

    def quantity(self, at: int, elements: Elements, position: int) -> Decimal:
        """A quantity with up to six places."""
        return self._session.quantities[elements[position]]


class Session:
    """What all parts of one read share. `events` are what the parts have made and nobody has taken yet."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.covering = False
        self.delimiters = Delimiters()
        self.component = self.delimiters.component
        self.version = ""
        self.envelope: dict[str, str] = {}
        """What the envelopes say of the set that is open."""
        self.events: list[Event] = []
        self.handlers: dict[str, Handler] = {}
        self.otherwise: Handler = self._ignore
        """Takes segments that have no handler."""
        self.whole: Whole = none_whole
        """Takes whole claims, where it can."""
        self.no_limit()
        self.place = "envelope"
        """What coverage calls the place of segments in no loop."""
        self.carried: Mapping[str, frozenset[int]] = {}
        """Positions that reach a fact, by the name of the segment."""
        self.refs: Counter[str] = Counter()
        self.days: Parsed[date] = Parsed(_day)
        self.periods: Parsed[tuple[date, date | None]] = Parsed(_period)
        self.quantities: Parsed[Decimal] = Parsed(_quantity)
        self.settle_currency(profile.currency)
        self._issues_left = limits.max_issues
        self._covered: dict[tuple[str, str, frozenset[int], int | bytes], int] = {}

    def _ignore(self, at: int, elements: Elements) -> bool:
        """Take a segment and do nothing with it."""
        return False

    def unknown(self, at: int, elements: Elements) -> bool:
        """Take a segment that the set does not have."""
        self.issue("SEGMENT_UNKNOWN", at, elements)
        return False

    def misplaced(self, at: int, elements: Elements) -> bool:
        """Take a segment that the set has elsewhere."""
        self.issue("SEGMENT_MISPLACED", at, elements)
        return False

    def beyond(self, at: int, elements: Elements) -> bool:
        """Take a segment of a part that is too long: it is counted, and the trail keeps none of them."""
        self.trail.open(at)
        return False

    def limit(self, stop: int, exceeded: Callable[[int, Elements], object]) -> None:
        """What is open may have segments up to this one; `exceeded` is called with each that follows."""
        self.stop = stop
        self.exceeded = exceeded

    def no_limit(self) -> None:
        """What is open may have any number of segments."""
        self.limit(_NEVER, self._ignore)

    def settle_currency(self, currency: str) -> None:
        """Amounts are in this currency from now on."""

        self.currency = currency
        self.parse_amount = amount_parser(currency)

    def delimit(self, delimiters: Delimiters) -> None:
        """The delimiters of the interchange that begins."""
        self.delimiters = delimiters
        self.component = delimiters.component

    # Issues

    def issue(
        self, code: str, at: int, elements: Elements, position: int = 0, **values: Decimal | int | str
    ) -> None:
        """Report a problem at a segment, or at one of its elements."""
        if self._issues_left >= 0:
            element = f"{elements[0]}{position:02d}" if position else ""
            origin = self.trail.origin_of(at, elements, element)
            self.add(ISSUE(code, origin, excerpt=excerpt(elements, self.delimiters.element), **values))

    def add(self, issue: Issue) -> None:
        """Keep an issue, up to the limit; beyond it, say so once."""
        self._issues_left -= 1
        if self._issues_left >= 0:
            self.events.append(issue)
        elif self._issues_left == -1:
            self.events.append(ISSUE("TOO_MANY_ISSUES", limit=self.limits.max_issues))

    # Coverage

    def cover_all(self) -> None:
        """Count the elements of every segment; to be said before the first one is taken."""
        self.covering = True

    def cover(self, elements: Elements, used: bool | frozenset[int]) -> None:
        """Count a segment's elements in the loop that is open: those that reach a fact, and the others."""
        name = elements[0]
        table = ENVELOPE if name in ENVELOPE else self.carried
        carried = (table.get(name, _NOTHING) if used is True else used) or _NOTHING
        seen = bytes(map(bool, elements)) if "" in elements else len(elements)
        loop = "envelope" if name in ENVELOPE else self.trail.loop or self.place
        place = (loop, name, carried, seen)
        self._covered[place] = self._covered.get(place, 0) + 1

    def coverage(self) -> Coverage:
        """The counts by loop, segment and element; empty where nobody asked for them."""
        result = Coverage()
        for (loop, name, carried, seen), count in self._covered.items():
            # A name that is not a segment's may be anything, patient data too.
            shown = name if _NAME.fullmatch(name) else "?"
            pattern = seen if isinstance(seen, bytes) else b"\1" * seen
            for position in range(1, len(pattern)):
                if pattern[position]:
                    place = f"{loop}.{shown}{position:02d}"
                    (result.carried if position in carried else result.counted)[place] += count
        return result

    # Typed access

    def components(
        self, at: int, elements: Elements, position: int, shape: re.Pattern[str] = SEPARATED
    ) -> list[str]:
        """The components of a composite element; absent is one empty text.

        Files exist that state one component separator and use another: where the element shows it without
        doubt, that is an issue, and the other one is used until the interchange ends. `shape` finds it there:
        most composites begin with a two-letter code.
        """
        text = elements[position] if position < len(elements) else ""
        parts = text.split(self.component)
        if len(parts) == 1 and len(text) > 3:
            other = shape.match(text)
            if other:
                used, stated = PolicyText(other.group(1)), PolicyText(self.component)
                self.issue("COMPONENT_SEPARATOR_OTHER", at, elements, position, used=used, stated=stated)
                self.component = used
                return text.split(self.component)
        return parts

    def amount(self, at: int, elements: Elements, position: int, *, required: bool = False) -> Decimal | None:
        """An amount; None, with an issue, where it cannot be read or is missing but required."""
        if required and not text(elements, position):
            self.issue("ELEMENT_MISSING", at, elements, position)
            return None
        return self._value(self.parse_amount, at, elements, position)

    def quantity(self, at: int, elements: Elements, position: int) -> Decimal | None:
        """A quantity with up to six places; None, with an issue, where it cannot be read."""
        return self._value(self.quantities.__getitem__, at, elements, position)

    def day(self, at: int, elements: Elements, position: int) -> date | None:
        """A CCYYMMDD date; None, with an issue, where it is not one."""
        return self._value(self.days.__getitem__, at, elements, position)

    def period(self, at: int, elements: Elements, position: int) -> tuple[date, date | None] | None:
        """A date, moment (CCYYMMDDHHMM) or CCYYMMDD-CCYYMMDD period; None, with an issue, if it is none."""
        return self._value(self.periods.__getitem__, at, elements, position)

    def _value(self, parse: Callable[[str], _T], at: int, elements: Elements, position: int) -> _T | None:
        found = text(elements, position)
        if not found:
            return None
        try:
            return parse(found)
        except (ElementError, AmountError) as error:
            self.issue(error.code, at, elements, position)
            return None


def none_whole(block: Block, at: int) -> Generator[Event, None, int]:
    """Take no claims."""
    yield from ()
    return at


def text(elements: Elements, position: int) -> str:
    """An element as text; absent is empty."""
    return elements[position] if position < len(elements) else ""
