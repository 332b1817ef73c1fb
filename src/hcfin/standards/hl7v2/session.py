"""The state of one read: typed access to fields, issues with position, coverage, and events to hand on.

A reader of messages is a function `read_message(message: Message, session: Session) -> None`, named in
`readers.py` by the type of its messages. It walks over `message.rows()` (pairs of `at`, the ordinal of the
segment in the file, and its list of fields; field 0 is its name) or over the groups of `grouping.py`, and

- takes values by the accessors of `fields.py`. Those that may have to say something about a value take
  `at`; the others are functions of the fields alone. All take the number of the field as HL7 counts it. An
  absent value is an empty text or None, and so is one that cannot be read, after its issue: `session.has`
  tells them apart, for the `unreadable` of a fact. The delete marker `""` reads as absent;
  `session.deleted` tells it.
- hands on what it made by `session.fact(fact)` and `session.issue(code, at, position, component, **values)`;
- says what reached a fact by `session.carry(at, numbers)`, a frozenset made once, not for each segment;
- may fill `session.summary` with the figures of the message for `hcfin summary`.

The unit of the message is made when the reader returns. Money: `session.money` for amounts, `session.price`
for prices of one unit (four decimals); both give a `Money` with its currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, TypeVar

from hcfin.billing.base import Fact
from hcfin.billing.reading import Event
from hcfin.codes import table
from hcfin.coverage import Coverage
from hcfin.issues import Catalogue, Issue
from hcfin.limits import Limits
from hcfin.standards.hl7v2.fields import ABSENT, FieldAccess, Fields
from hcfin.standards.hl7v2.profile import Profile, Route
from hcfin.standards.hl7v2.trail import Trail
from hcfin.wire.hl7v2 import Message

__all__ = ["ENVELOPE", "ISSUE", "Fields", "Session", "numbers"]

ISSUE = Catalogue.of("hcfin.standards", "hcfin.standards.hl7v2")

_NOTHING: frozenset[int] = frozenset()
_T = TypeVar("_T")
ENVELOPE = {
    "MSH": frozenset({1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 17, 18}),
    "FHS": frozenset({1, 2, 3, 4, 5, 6, 7, 9, 11}),
    "BHS": frozenset({1, 2, 3, 4, 5, 6, 7, 9, 11}),
    "BTS": frozenset({1}),
    "FTS": frozenset({1}),
}
"""Fields of headers and trailers that are used: they say how to read, are checked, or stand in
`Unit.envelope`."""


class Session(FieldAccess):
    """What all parts of one read share. `events` are what the parts have made and nobody has taken yet."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        super().__init__(profile)
        self.limits = limits
        self.trail = trail
        self.covering = False
        self.events: list[Event] = []
        self.message = Message(1, 0, b"")
        """The message that is being read."""
        self.kind = ""
        """Its type: `DFT^P03`."""
        self.code = ""
        """The first part of its type: `DFT`."""
        self.version = ""
        """MSH-12: `2.5.1`; empty where it is none."""
        self.control = ""
        """MSH-10."""
        self.sender = self.facility = ""
        """MSH-3 and MSH-4, first component."""
        self.route: Route = "charge"
        """What the FT1 rows of the message are, by the profile."""
        self.summary: dict[str, Any] = {}
        """Figures of the message for its unit; the reader fills it."""
        self.envelope: dict[str, str] = {}
        """What the headers say of the message, for its unit."""
        self._issues_left = limits.max_issues
        self._carried: dict[int, frozenset[int]] = {}
        self._covered: dict[tuple[str, str, frozenset[int], bytes], int] = {}

    def begin(self, message: Message) -> None:
        """A message is read from now on, with the delimiters, the character set and the currency of its own
        header."""
        self.message = message
        self.summary = {}
        self._carried = {}
        country = message.field(17) if message.name == "MSH" else ""
        currency = _currencies().get(country)
        if country and currency is None:
            country = country.partition(message.delimiters.component or ABSENT)[0].strip().upper()
            currency = _currencies().get(country)
        self.settle(message, currency or self.profile.currency)
        if country and currency is None:
            self.issue("COUNTRY_UNKNOWN", message.at, 17)

    def remembered(self, name: str, make: Callable[[], _T]) -> _T:
        """What a reader of messages remembers under a name of its own, made when it is asked for first; it
        lasts while delimiters, character set and currency of the messages stay the same."""
        found: _T | None = self.kept.get(name)
        if found is None:
            found = self.kept[name] = make()
        return found

    # What is handed on

    def fact(self, fact: Fact) -> None:
        """Hand on a fact."""
        self.events.append(fact)

    def issue(
        self, code: str, at: int, position: int = 0, component: int = 0, **values: Decimal | int | str
    ) -> None:
        """Report a problem at a segment, or at one of its fields or components."""
        if self._issues_left >= 0:
            element = ""
            n = at - self.message.at
            if position and 0 <= n < len(self.message.segments):
                element = f"{self.message.segments[n][0]}-{position}" + (f".{component}" if component else "")
            origin = self.trail.origin(at, element)
            self.add(ISSUE(code, origin, excerpt=self.trail.excerpt(at), **values))

    def add(self, issue: Issue) -> None:
        """Keep an issue, up to the limit; beyond it, say so once."""
        self._issues_left -= 1
        if self._issues_left >= 0:
            self.events.append(issue)
        elif self._issues_left == -1:
            self.events.append(ISSUE("TOO_MANY_ISSUES", limit=self.limits.max_issues))

    # Coverage

    def cover_all(self) -> None:
        """Count the fields of every segment; to be said before the first message is taken."""
        self.covering = True

    def carry(self, at: int, numbers: frozenset[int]) -> None:
        """These fields of a segment reached a fact."""
        if self.covering:
            self._carried[at] = self._carried.get(at, _NOTHING) | numbers

    def carried(self, at: int) -> frozenset[int]:
        """The fields of a segment that reached a fact so far."""
        return self._carried.get(at, _NOTHING)

    def cover(self) -> None:
        """Count the fields of the message: those that reached a fact, and the others."""
        for at, fields in self.message.rows():
            name = fields[0]
            carried = ENVELOPE.get(name, _NOTHING) | self._carried.get(at, _NOTHING)
            place = "envelope" if name in ENVELOPE else self.code or "?"
            # A name that is not a segment's may be anything, patient data too.
            shown = name if len(name) == 3 and name.isalnum() and name.isascii() else "?"
            key = (place, shown, carried, bytes(map(bool, fields)))
            self._covered[key] = self._covered.get(key, 0) + 1

    def coverage(self) -> Coverage:
        """The counts by message type and field (`DFT.FT1-11`); empty where nobody asked for them."""
        result = Coverage()
        for key, count in self._covered.items():
            for names, counts in zip(_names_of(*key), (result.carried, result.counted), strict=True):
                for name in names:
                    counts[name] = counts.get(name, 0) + count
        return result


@cache
def _currencies() -> dict[str, str]:
    """Currencies by country, by each of its codes."""
    return {name: row["currency"] for code, row in table("country").items() for name in (code, row["short"])}


@lru_cache(maxsize=100)  # a segment may have a thousand fields
def _names_of(place: str, name: str, carried: frozenset[int], pattern: bytes) -> tuple[list[str], list[str]]:
    """The names of the fields of a segment that are not empty: those that were carried, and the others."""
    found: tuple[list[str], list[str]] = [], []
    for position in range(1, len(pattern)):
        if pattern[position]:
            found[position not in carried].append(f"{place}.{name}-{position}")
    return found


def numbers(*positions: int | Iterable[int]) -> frozenset[int]:
    """A set of field numbers, for `carry`.

    >>> sorted(numbers(1, range(4, 6)))
    [1, 4, 5]
    """
    found: set[int] = set()
    for one in positions:
        found.update([one] if isinstance(one, int) else one)
    return frozenset(found)
