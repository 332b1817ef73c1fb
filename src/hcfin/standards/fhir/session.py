"""The state of one read: facts and issues on their way out, exact amounts, coverage by JSON pointer.

A reader of a resource type is a function `(Resource, Session) -> None`. It makes nodes with
`session.at(pointer)` as their place, hands facts on with `session.fact`, says what is wrong with
`session.issue`, and tells what the unit sums up with `session.summary`.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from hcfin.billing.base import Fact
from hcfin.billing.reading import Event
from hcfin.billing.taken import Taken
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.issues import Catalogue, Issue
from hcfin.limits import Limits
from hcfin.money import is_currency, minor_units, parse_amount
from hcfin.standards.fhir.elements import Element, XmlText, number, one, text
from hcfin.standards.fhir.places import Place, Room
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.trail import Trail

_PLACES = 6
_CENT = Decimal("0.01")
_MANY = 10**9
_MOST = Decimal(_MANY)
_TWO, _MOST_CURRENCIES = 2, 200
ISSUE = Catalogue.of("hcfin.standards", "hcfin.standards.fhir")


class Session:
    """What all readers of one read share."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.events: list[Event] = []
        self.summary: dict[str, Any] = {}
        """What the unit of the resource that is open sums up."""
        self.unreadable: list[str] = []
        """Fields of the fact that is being made whose amounts cannot be read."""
        self.offsets: Any = None
        """What charge items said of one another so far (`hcfin.standards.fhir.offsets`)."""
        self._cents: set[str] = set()  # currencies of two minor units, as they come
        self.covering = False
        self._places: dict[str, Place] = {}
        self._room = Room()
        self.taken = Taken()
        self._issues_left = limits.max_issues

    # What goes out

    def at(self, pointer: str) -> int:
        """The number of a place, for a node that stands there."""
        return self.trail.note(pointer)

    def fact(self, fact: Fact) -> None:
        """Hand on a fact."""
        self.events.append(fact)

    def issue(self, code: str, at: int, element: str = "", **values: Decimal | int | str) -> None:
        """Report a problem at a place, up to the limit of issues; beyond it, say so once."""
        if self._issues_left >= 0:
            self.add(ISSUE(code, self.trail.origin(at, element), excerpt="", **values))

    def add(self, issue: Issue) -> None:
        """Keep an issue that somebody else made, within the same limit."""
        self._issues_left -= 1
        if self._issues_left >= 0:
            self.events.append(issue)
        elif self._issues_left == -1:
            self.events.append(ISSUE("TOO_MANY_ISSUES", limit=self.limits.max_issues))

    # Money

    def money(self, element: Element, name: str, at: int, field: str = "") -> tuple[Decimal | None, str]:
        """An amount of type Money (or of SimpleQuantity with a currency as code) and its currency, exact.

        None where there is none. One that cannot be read is an issue and None, and `field`, if given, is kept
        in `unreadable`.
        """
        value = element.get(name)
        if value is None:
            return None, ""
        if type(value) is dict:
            written, currency = value.get("value"), value.get("currency")
            # Almost all are exact as they stand.
            if (
                type(written) is Decimal
                and type(currency) is str
                and currency in self._cents
                and written.same_quantum(_CENT)
                and not written.is_signed()
                and written < _MOST
            ):
                return written, currency
        value = one(element, name)
        if value is None:
            return None, ""
        if not isinstance(value, dict):
            self._not_read(at, name, field)
            return None, ""
        currency = text(value, "currency") or text(value, "code") or self.profile.currency
        if not is_currency(currency):
            self.issue("CURRENCY_NOT_ISO", at, f"{name}.currency", currency=currency)
            self._note_unreadable(field)
            return None, ""
        written = one(value, "value")
        if written is None:
            return None, currency
        amount = self._amount(written, currency, at, f"{name}.value")
        if amount is None:
            self._note_unreadable(field)
        elif minor_units(currency) == _TWO and len(self._cents) < _MOST_CURRENCIES:
            self._cents.add(currency)
        return amount, currency

    def _amount(self, written: object, currency: str, at: int, name: str) -> Decimal | None:
        if isinstance(written, str) and not isinstance(written, XmlText):
            self.issue("MONEY_AS_TEXT", at, name)
        plain = f"{written:f}" if isinstance(written, Decimal) else str(written)
        if not isinstance(written, bool):
            try:
                return parse_amount(plain, currency)
            except AmountError:
                pass
        self.issue("AMOUNT_NOT_READ", at, name)
        return None

    def quantity(self, element: Element, name: str, at: int, field: str = "") -> Decimal | None:
        """A count of type Quantity, exact; None where there is none. One that is no number, that nothing real
        has so much of, or that has more than six decimals is an issue and None, and `field` is kept in
        `unreadable`."""
        counted = element.get(name)
        if type(counted) is not dict:
            counted = one(element, name)
            if not isinstance(counted, dict):
                return None
        plain = counted.get("value")
        if type(plain) is int and -_MANY < plain < _MANY:  # almost always
            return Decimal(plain)
        if one(counted, "value") is None:
            return None
        value = number(counted, "value")
        exponent = None if value is None else value.as_tuple().exponent
        if value is not None and isinstance(exponent, int) and exponent >= -_PLACES and abs(value) < _MOST:
            return value if exponent <= 0 else value.quantize(Decimal(1))
        self._not_read(at, f"{name}.value", field)
        return None

    def _not_read(self, at: int, name: str, field: str) -> None:
        self.issue("AMOUNT_NOT_READ", at, name)
        self._note_unreadable(field)

    def _note_unreadable(self, field: str) -> None:
        if field:
            self.unreadable.append(field)

    def take_unreadable(self) -> tuple[str, ...]:
        """The fields whose amounts could not be read since the last call."""
        fields = tuple(dict.fromkeys(self.unreadable))
        self.unreadable.clear()
        return fields

    def one_currency(self, currencies: Collection[str], at: int) -> str:
        """The currency of a fact; several are an issue, and the first one counts."""
        named = [currency for currency in dict.fromkeys(currencies) if currency]
        if len(named) > 1:
            self.issue("CURRENCY_MIXED", at, first=named[0], second=named[1])
            self.unreadable.append("currency")
        return named[0] if named else self.profile.currency

    # Coverage

    def cover_all(self) -> None:
        """Count every element; to be said before the first one is read."""
        self.covering = True

    def cover(self, kind: str, resource: Resource, carried: Collection[str]) -> None:
        """Count the leaves of a resource by their path without positions, `item.net`. Carried are those below
        one of the given paths. `kind` is its type as it may be shown."""
        place = self._places.get(kind)
        if place is None:
            told = frozenset(f"{kind}.{path}" for path in carried)
            place = self._places[kind] = Place(kind, told, self._room)
        place.count(resource.data)

    def coverage(self) -> Coverage:
        """The counts so far; empty where nobody asked for them."""
        counts = Coverage()
        for place in self._places.values():
            place.tell(counts)
        return counts
