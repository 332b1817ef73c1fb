"""Typed access to the fields of a message: text, composites, money, numbers, times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from hcfin.standards.hl7v2 import values as v
from hcfin.standards.hl7v2.known import Known, Parsed
from hcfin.standards.hl7v2.profile import IdentifierChoice, Profile
from hcfin.wire.hl7v2 import Message
from hcfin.wire.hl7v2_text import DELETE, Delimiters, unescape

Fields = list[str]
"""The fields of a segment; field 0 is its name."""

_SHAPES = 16
_FEW = 500
"""So much is remembered of persons, who repeat within their stay and hardly ever after."""
ABSENT = "\ufffe"
"""No text has it: nothing is split by a delimiter that the header does not state."""

_ODD = (None, "odd")

_T = TypeVar("_T")


class _Remembered:
    """What was read from texts, for messages with the same delimiters, character set and currency."""

    def __init__(self, access: FieldAccess) -> None:
        amounts = v.Amounts(access.currency, implied_decimals=access.profile.implied_decimals)
        money = partial(v.money_of, delimiters=access.delimiters, amounts=amounts)
        self.moneys: Parsed[tuple[v.Money | None, str]] = Parsed(money)
        # What is an amount is a price, too: where one is sold, both are the same text.
        self.prices: Parsed[tuple[v.Money | None, str]] = Parsed(
            lambda text: self.moneys.get(text) or money(text, price=True)
        )
        self.codes: Parsed[v.Coded] = Parsed(access._coded)
        self.identifiers: Parsed[tuple[v.Identifier, ...]] = Parsed(access._identified, _FEW)
        self.names: Parsed[v.Name | None] = Parsed(access._first(access._name), _FEW)
        self.addresses: Parsed[v.Address | None] = Parsed(access._first(access._address), _FEW)
        self.providers: Parsed[tuple[v.Provider, ...]] = Parsed(access._provided)
        self.organizations: Parsed[v.Organization | None] = Parsed(access._first(access._organization))
        self.places: Parsed[v.Place | None] = Parsed(access._first(access._place))
        self.authorities: Parsed[str] = Parsed(access._authority)
        self.moment_texts: Known[str, str] = Known()
        self.kept: dict[str, Any] = {}


def _rank(choice: IdentifierChoice) -> Callable[[v.Identifier | v.Provider], tuple[int, int]]:
    kinds, authorities = choice.kinds, choice.authorities

    def rank(one: v.Identifier | v.Provider) -> tuple[int, int]:
        return (
            kinds.index(one.kind) if one.kind in kinds else len(kinds),
            authorities.index(one.authority) if one.authority in authorities else len(authorities),
        )

    return rank


class FieldAccess:
    """Reads the fields of one message after the other, by the delimiters of each."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.currency = profile.currency
        """Currency of amounts of the message that state none."""
        formats = tuple(v.date_format(pattern) for pattern in profile.date_formats)
        self._moments: Parsed[tuple[v.Moment, str]] = Parsed(partial(v.moment_of, formats=formats))
        self._days: Known[str, date] = Known()
        """Of those about which there is nothing to say."""
        self._quantities: Parsed[Decimal] = Parsed(v.quantity_of)
        self._shape: tuple[Any, ...] = ()
        self._remembered: dict[tuple[Any, ...], _Remembered] = {}
        self.moment_texts: Known[str, str] = Known()
        """Moments of fields as ISO 8601, of those about which there is nothing to say."""
        self.kept: dict[str, Any] = {}
        """What readers of messages remember, by names of their own, while nothing of this changes."""
        self.settle(Message(1, 0, b""), profile.currency)

    def issue(
        self, code: str, at: int, position: int = 0, component: int = 0, **values: Decimal | int | str
    ) -> None:
        """Report a problem at a segment, or at one of its fields or components."""
        raise NotImplementedError

    def settle(self, message: Message, currency: str) -> None:
        """Read by the delimiters and the character set of this message from now on; amounts that state no
        currency are in this one."""
        # A text without an escape character is remembered whether or not its message has one elsewhere.
        self.escape = message.delimiters.escape if message.escaped else ""
        shape = (message.delimiters, message.encoding, currency)
        if shape == self._shape:
            return
        self._shape = shape
        self.delimiters: Delimiters = message.delimiters
        self.encoding = message.encoding
        self.component = message.delimiters.component or ABSENT
        self.repetition = message.delimiters.repetition or ABSENT
        self.subcomponent = message.delimiters.subcomponent or ABSENT
        self.currency = currency
        if shape not in self._remembered:
            if len(self._remembered) >= _SHAPES:
                self._remembered.clear()
            self._remembered[shape] = _Remembered(self)
        known = self._remembered[shape]
        self._moneys, self._prices, self._codes = known.moneys, known.prices, known.codes
        self._identifiers, self._names, self._addresses = known.identifiers, known.names, known.addresses
        self._providers, self._organizations = known.providers, known.organizations
        self._places, self._authorities = known.places, known.authorities
        self.moment_texts, self.kept = known.moment_texts, known.kept

    # Text

    def has(self, fields: Fields, position: int) -> bool:
        """Whether a field holds something other than the delete marker."""
        return position < len(fields) and fields[position].strip() not in ("", DELETE)

    def deleted(self, fields: Fields, position: int, component: int = 0) -> bool:
        """Whether the sender wants the value deleted: `""` as the field, or as one of its components."""
        text = fields[position].strip() if position < len(fields) else ""
        if text == DELETE or not component:
            return text == DELETE
        row = text.partition(self.repetition)[0].split(self.component)
        return len(row) >= component and row[component - 1].strip() == DELETE

    def text(self, fields: Fields, position: int, component: int = 1) -> str:
        """A component of the first repetition of a field, as text; absent is empty."""
        if position >= len(fields) or not (text := fields[position]):
            return ""
        if component > 1:
            return self.part(text.partition(self.repetition)[0], component)
        if text.isalnum():  # without delimiters, escapes or blanks
            return text
        first = text.partition(self.component)[0]
        return first if first.isalnum() else self.clear(first.partition(self.repetition)[0])

    def whole(self, fields: Fields, position: int) -> str:
        """A field that is one text, whatever stands in it."""
        return self.clear(fields[position]) if position < len(fields) else ""

    def repetitions(self, fields: Fields, position: int) -> list[str]:
        """The repetitions of a field that say something, as they stand."""
        if position >= len(fields) or not fields[position]:
            return []
        text = fields[position]
        rows = text.split(self.repetition) if self.repetition in text else (text,)
        return [row for row in rows if row != DELETE and row.strip() not in ("", DELETE)]

    def part(self, text: str, component: int) -> str:
        """A component of one repetition, subcomponents and all."""
        if component == 1:
            return self.clear(text.partition(self.component)[0] if self.component in text else text)
        row = text.split(self.component, component)
        return self.clear(row[component - 1]) if len(row) >= component else ""

    def sub(self, text: str, subcomponent: int = 1) -> str:
        """A subcomponent of a component as it stands."""
        if self.subcomponent not in text:
            return self.clear(text) if subcomponent == 1 else ""
        row = text.split(self.subcomponent, subcomponent)
        return self.clear(row[subcomponent - 1]) if len(row) >= subcomponent else ""

    def clear(self, text: str) -> str:
        """A text without escapes and blanks around it; the delete marker is no text."""
        if self.escape and self.escape in text:
            text = unescape(text, self.delimiters, self.encoding)
        text = text.strip()
        return "" if text == DELETE else text

    def parts(self, row: str) -> list[str]:
        """The components of one repetition as text, subcomponents and all."""
        found = row.split(self.component)
        if DELETE in row or (self.escape and self.escape in row):
            return [self.clear(part) for part in found]
        return [part.strip() for part in found]

    def _upper(self, row: str) -> list[str]:
        """The same, of each component the first subcomponent."""
        if self.subcomponent not in row:
            return self.parts(row)
        return [self.sub(part) for part in row.split(self.component)]

    # Composites

    def coded(self, fields: Fields, position: int) -> v.Coded:
        """The first code of a field of any coded type; absent is an empty code."""
        text = fields[position] if position < len(fields) else ""
        return self._codes[text.partition(self.repetition)[0] if self.repetition in text else text]

    def coded_all(self, fields: Fields, position: int) -> list[v.Coded]:
        """Every code of a field that repeats."""
        return [self._codes[row] for row in self.repetitions(fields, position)]

    def _coded(self, text: str) -> v.Coded:
        return v.Coded(*self.parts(text)[:6])

    def identifiers(self, fields: Fields, position: int) -> list[v.Identifier]:
        """The identifiers of a field (CX, CK, EI, ST), in the order in which they stand."""
        text = fields[position] if position < len(fields) else ""
        return list(self._identifiers[text]) if text else []

    def _identified(self, text: str) -> tuple[v.Identifier, ...]:
        found = []
        for row in text.split(self.repetition):
            value, *parts = row.split(self.component)
            if not value.isalnum():
                value = self.sub(value)
            if value:
                size = len(parts)
                authority = self._authorities[parts[2]] if size > 2 and parts[2] else ""
                kind = parts[3] if size > 3 else ""
                found.append(v.Identifier(value, authority, kind if kind.isalnum() else self.clear(kind)))
        return tuple(found)

    def identifier(self, fields: Fields, position: int) -> v.Identifier | None:
        """The identifier of a field that the profile prefers; else the first."""
        text = fields[position] if position < len(fields) else ""
        found = self._identifiers[text] if text else ()
        if len(found) < 2:
            return found[0] if found else None
        choice = self.profile.identifiers.get(f"{fields[0]}-{position}")
        return min(found, key=_rank(choice)) if choice else found[0]

    def _first(self, parse: Callable[[str], _T | None]) -> Callable[[str], _T | None]:
        """Reads the first repetition of a field that says something."""

        def first(text: str) -> _T | None:
            if self.repetition not in text:
                return parse(text)
            found = map(parse, self.repetitions([text], 0))
            return next((one for one in found if one is not None), None)

        return first

    def _authority(self, text: str) -> str:
        """Who assigned an identifier (HD): the namespace, else the universal id."""
        return self.sub(text) or self.sub(text, 2)

    def name(self, fields: Fields, position: int) -> v.Name | None:
        """The first name of a person (XPN, PN)."""
        text = fields[position] if position < len(fields) else ""
        return self._names[text] if text else None

    def _name(self, row: str) -> v.Name | None:
        family, given, middle, suffix, prefix, degree, kind = self._seven(row)
        if not (family or given or middle or suffix or prefix or degree or kind):
            return None
        return v.Name(family, given, middle, suffix, prefix, kind)

    def organization(self, fields: Fields, position: int) -> v.Organization | None:
        """The first name of an organisation (XON, ST)."""
        text = fields[position] if position < len(fields) else ""
        return self._organizations[text] if text else None

    def _organization(self, row: str) -> v.Organization | None:
        several = self.component in row
        name, identifier = self.part(row, 1), self.part(row, 10) or self.part(row, 3) if several else ""
        if not name and not identifier:
            return None
        if not several:
            return v.Organization(name)
        authority = [*row.split(self.component), *[""] * 6][5]
        return v.Organization(name, identifier, self._authorities[authority], self.part(row, 7))

    def address(self, fields: Fields, position: int) -> v.Address | None:
        """The first address (XAD, AD)."""
        text = fields[position] if position < len(fields) else ""
        return self._addresses[text] if text else None

    def _address(self, row: str) -> v.Address | None:
        told = self._seven(row)
        return v.Address(*told) if any(told) else None

    def _seven(self, row: str) -> list[str]:
        """Seven components, of the first its first subcomponent."""
        told = self.parts(row)[:7]
        if self.subcomponent in row:
            told[0] = self.sub(row.partition(self.component)[0])
        return told if len(told) == 7 else told + [""] * (7 - len(told))

    def providers(self, fields: Fields, position: int) -> list[v.Provider]:
        """The persons of a field (XCN, CN), the one that the profile prefers first."""
        found = [*self._providers[fields[position]]] if position < len(fields) and fields[position] else []
        choice = self.profile.identifiers.get(f"{fields[0]}-{position}") if len(found) > 1 else None
        return sorted(found, key=_rank(choice)) if choice else found

    def _provided(self, text: str) -> tuple[v.Provider, ...]:
        found = map(self._provider, self.repetitions([text], 0))
        return tuple([one for one in found if one is not None])

    def _provider(self, row: str) -> v.Provider | None:
        parts = row.split(self.component)
        parts += [""] * (13 - len(parts))
        identifier, _, given, middle, suffix, prefix = map(self.clear, parts[:6])
        family = self.sub(parts[1])
        if not identifier and not family:
            return None
        authority, kind = self._authorities[parts[8]], self.clear(parts[12])
        return v.Provider(identifier, family, given, middle, suffix, prefix, authority, kind)

    def place(self, fields: Fields, position: int) -> v.Place | None:
        """The location of a field (PL, CM)."""
        text = fields[position] if position < len(fields) else ""
        return self._places[text] if text else None

    def _place(self, row: str) -> v.Place | None:
        told = self._upper(row)[:8]
        told += [""] * (8 - len(told))
        return v.Place(*told[:4], *told[5:8]) if any(told) else None

    # Typed access

    def money(self, at: int, fields: Fields, position: int) -> v.Money | None:
        """An amount (NM, MO, CP) with its currency; None, with an issue, where it cannot be read."""
        return self._told(self._moneys, at, fields, position)

    def price(self, at: int, fields: Fields, position: int) -> v.Money | None:
        """The price of one unit, with up to four decimals; None, with an issue, where it cannot be read."""
        return self._told(self._prices, at, fields, position)

    def quantity(self, at: int, fields: Fields, position: int) -> Decimal | None:
        """A number with up to six places; None, with an issue, where it cannot be read."""
        text = self.text(fields, position) if position < len(fields) and fields[position] else ""
        if not text:
            return None
        try:
            return self._quantities[text]
        except v.FieldError as error:
            self.issue(error.code, at, position)
            return None

    def moment(self, at: int, fields: Fields, position: int, component: int = 1) -> v.Moment | None:
        """A moment (TS, DTM, DT), as precise as it is; None, with an issue, where it cannot be read."""
        if position >= len(fields) or not (text := fields[position]):
            return None
        known = self._moments.get(text) if component == 1 else None
        if known is not None and not known[1]:  # a plain one, as most are
            return known[0]
        text = text.partition(self.repetition)[0]
        row = text.split(self.component, component)
        text = row[component - 1].partition(self.subcomponent)[0].strip() if len(row) >= component else ""
        if text in ("", DELETE):
            return None
        try:
            moment, odd = self._moments[text]
        except v.FieldError as error:
            self.issue(error.code, at, position)
            return None
        if odd:
            self.issue(odd, at, position)
        return moment

    def day(self, at: int, fields: Fields, position: int, component: int = 1) -> date | None:
        """The day of a moment; None, with an issue, where there is none."""
        if position >= len(fields) or not (text := fields[position]):
            return None
        known = self._days.get(text) if component == 1 else None
        if known is not None:
            return known
        moment = self.moment(at, fields, position, component)
        if moment is not None and moment.day is None:
            self.issue("TIME_INCOMPLETE", at, position, precision=moment.precision)
        day = moment.day if moment else None
        if day is not None and component == 1 and self._moments.get(text, _ODD)[1] == "":
            self._days.keep(text, day)
        return day

    def period(self, at: int, fields: Fields, position: int) -> tuple[date, date | None] | None:
        """The first and the last day of a range (DR), or the one day of a TS."""
        first = self.day(at, fields, position)
        if first is None:
            return None
        row = fields[position].partition(self.repetition)[0].split(self.component, 2)
        # The second component of a TS is its precision, a letter.
        second = len(row) > 1 and row[1][:1].isdigit()
        return first, self.day(at, fields, position, 2) if second else None

    def _told(
        self, parsed: Parsed[tuple[v.Money | None, str]], at: int, fields: Fields, position: int
    ) -> v.Money | None:
        text = fields[position] if position < len(fields) else ""
        if not text or text.isspace() or text == DELETE:
            return None
        try:
            money, odd = parsed[text]
        except v.FieldError as error:
            self.issue(error.code, at, position)
            return None
        if odd:
            self.issue(odd, at, position)
        return money
