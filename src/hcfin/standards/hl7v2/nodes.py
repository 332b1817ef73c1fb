"""Nodes of facts from values of fields: persons, providers, places, codes, identifiers, moments as text.

Strategy: the accessors have checked every value, so nodes are made without validating them again. The texts
of a feed repeat, so what a code, a place or a provider says is read once, and facts share the node that it
made. Such a node is of a field, not of a segment: it has no place of its own (`Node.at`), and is found by the
node that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from hcfin.billing.base import Reference
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.registration import Coding, Identifier, Place, VendorField
from hcfin.model import blank, placed, trusted
from hcfin.standards.hl7v2 import values as v
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.known import Parsed
from hcfin.standards.hl7v2.session import Session

_PERSON = blank(Person)
_PROVIDER = blank(Provider)
_ORGANIZATION = blank(Organization)
_FRACTION = re.compile(r"\.([0-9]{1,9})")
_PLACE = re.compile(r"([A-Z0-9]{3})-([1-9][0-9]{0,3})(?:\.([1-9][0-9]{0,2}))?", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})([0-9]{2})?(?![0-9])")
_CLOCK = {"hour": "hours", "minute": "minutes", "second": "seconds", "fraction": "seconds"}
_NPI = {"NPI": "XX"}  # X12's name of the national provider identifier, by which books know providers


class Made:
    """Nodes by the texts that they were made of, under one set of delimiters."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.codings: Parsed[Coding] = Parsed(lambda text: coding(session.coded([text], 0)))
        self.places: Parsed[Place | None] = Parsed(lambda text: _place(session, text))
        self.told: Parsed[Coding | None] = Parsed(self._told)
        self._providers: dict[tuple[str, int, str], Parsed[tuple[Provider, ...]]] = {}

    def _told(self, text: str) -> Coding | None:
        known = self.codings[text]
        return known if known.code or known.text else None

    def providers(self, name: str, position: int, role: str) -> Parsed[tuple[Provider, ...]]:
        """The providers of one field of a segment, by its text."""
        key = name, position, role
        if key not in self._providers:
            session = self.session
            self._providers[key] = Parsed(
                lambda text: _providers(session, alone(name, position, text), position, role)
            )
        return self._providers[key]


def made(session: Session) -> Made:
    """What was made in this read."""
    return session.remembered("nodes", lambda: Made(session))


def _place(session: Session, text: str) -> Place | None:
    found = session.place([text], 0)
    if found is None:
        return None
    values = {"point_of_care": found.unit, "room": found.room, "bed": found.bed, "facility": found.facility}
    return trusted(Place, {"at": 0, **values})


def moment_text(moment: v.Moment | None, zone: str = "") -> str:
    """A moment as ISO 8601, as precise as it was sent; `zone` (`-0500`) is the sender's, where the profile
    knows it. A day has no offset in ISO 8601.

    >>> moment_text(v.moment_of("20261121200705.12")[0]), moment_text(v.moment_of("202611")[0])
    ('2026-11-21T20:07:05.12', '2026-11')
    >>> moment_text(v.moment_of("202611212007-0600")[0]), moment_text(v.moment_of("2026112120")[0], "+0100")
    ('2026-11-21T20:07-06:00', '2026-11-21T20+01:00')
    """
    if moment is None:
        return ""
    if moment.day is None:
        found = _MONTH.match(moment.text)
        return "-".join(part for part in found.groups() if part) if found else moment.text
    text = moment.day.isoformat()
    if moment.clock is None:
        return text
    text += f"T{moment.clock.isoformat(_CLOCK[moment.precision])}"
    fraction = _FRACTION.search(moment.text) if moment.precision == "fraction" else None
    if fraction:
        text += fraction[0]
    offset = moment.zone or zone
    return f"{text}{offset[:3]}:{offset[3:]}" if offset else text


def moment(session: Session, at: int, fields: Fields, position: int, component: int = 1) -> str:
    """A moment of a field as text; empty, perhaps with an issue, where there is none."""
    if position >= len(fields) or not (text := fields[position]):
        return ""
    if component > 1:
        return moment_text(session.moment(at, fields, position, component), session.profile.zone)
    known = session.moment_texts.get(text)
    if known is None:
        before = len(session.events)
        known = moment_text(session.moment(at, fields, position), session.profile.zone)
        if len(session.events) == before:  # else it has to be said again
            session.moment_texts.keep(text, known)
    return known


def alone(name: str, position: int, text: str) -> Fields:
    """A segment with nothing but one repetition or component: the accessors take the first."""
    return [name, *[""] * (position - 1), text]


def identifiers(session: Session, fields: Fields, position: int) -> tuple[Identifier, ...]:
    """The identifiers of a field."""
    if position >= len(fields) or not fields[position]:
        return ()
    return tuple([identifier(one) for one in session.identifiers(fields, position)])


def identifier(one: v.Identifier) -> Identifier:
    """An identifier, with who gave it."""
    return trusted(Identifier, {"at": 0, "value": one.value, "authority": one.authority, "type": one.kind})


def preferred(session: Session, fields: Fields, position: int) -> Identifier | None:
    """The identifier of a field that the profile prefers."""
    if position >= len(fields) or not fields[position]:
        return None
    one = session.identifier(fields, position)
    return identifier(one) if one else None


def account_number(session: Session, segments: Mapping[str, Sequence[Row]]) -> v.Identifier | None:
    """The account number: the first of the profile's places that has one."""
    for place_of in session.profile.account:
        rows = segments.get(place_of[:3])
        if rows and (position := position_of(place_of)):
            found = session.identifier(rows[0][1], position)
            if found:
                return found
    return None


@lru_cache(maxsize=64)
def position_of(place_of: str) -> int:
    """The number of a field that the profile names (`PID-18`); 0 where it names none."""
    found = _PLACE.fullmatch(place_of)
    return int(found[2]) if found else 0


def coding(code: v.Coded) -> Coding:
    """A code with its text and its system."""
    return trusted(Coding, {"at": 0, "code": code.code, "text": code.text, "system": code.system})


def coding_of(session: Session, fields: Fields, position: int, at: int = 0) -> Coding | None:
    """The first code of a field; None where it says nothing. `at` is for a field that stands in another
    segment than what holds the code."""
    if position >= len(fields) or not (text := fields[position]):
        return None
    known = made(session).told[text]
    return placed(known, at) if at and known is not None else known


def place(session: Session, fields: Fields, position: int, at: int = 0) -> Place | None:
    """The location of a field; `at` as in `coding_of`."""
    if position >= len(fields) or not (text := fields[position]):
        return None
    known = made(session).places[text]
    return placed(known, at) if at and known is not None else known


def person(
    role: str,
    name: v.Name | None,
    address: v.Address | None = None,
    birth_date: date | None = None,
    sex: str = "",
    entity: str = "1",
) -> Person | None:
    """A person; None where nothing is said of one."""
    if name is None and address is None and birth_date is None and not sex:
        return None
    values = _PERSON.copy()
    values["role"] = role
    values["entity"] = entity
    values["birth_date"] = birth_date
    values["sex"] = sex
    if name is not None:
        values["last_name"] = name.family
        values["first_name"] = name.given
        values["middle_name"] = name.middle
        values["prefix"] = name.prefix
        values["suffix"] = name.suffix
    if address is not None:
        _put_address(values, address)
    return trusted(Person, values)


def _put_address(values: dict[str, Any], address: v.Address) -> None:
    street, other, city, state, postal_code, country, _ = address
    values["address"] = (street, other) if street and other else (street or other,) if street or other else ()
    values["city"] = city
    values["state"] = state
    values["postal_code"] = postal_code
    values["country"] = country


def organization(found: v.Organization | None, address: v.Address | None = None) -> Organization:
    """An organisation, empty where nothing is said of one."""
    values = _ORGANIZATION.copy()
    if found is not None:
        values.update(name=found.name, id=found.identifier, id_qualifier=_NPI.get(found.kind, found.kind))
    if address is not None:
        _put_address(values, address)
    return trusted(Organization, values)


def providers(session: Session, fields: Fields, position: int, role: str) -> tuple[Provider, ...]:
    """The persons of a field, the identifier that the profile prefers first. One who is repeated under the
    same name with other identifiers is one provider, and those are its references."""
    if position >= len(fields) or not (text := fields[position]):
        return ()
    return made(session).providers(fields[0], position, role)[text]


def _providers(session: Session, fields: Fields, position: int, role: str) -> tuple[Provider, ...]:
    persons: dict[object, list[v.Provider]] = {}
    for n, one in enumerate(session.providers(fields, position)):
        persons.setdefault((one.family, one.given) if one.family else n, []).append(one)
    return tuple(_provider(role, rows) for rows in persons.values())


def _provider(role: str, rows: list[v.Provider]) -> Provider:
    first = rows[0]
    values = {
        **_PROVIDER,
        "role": role,
        "entity": "1",
        "name": first.family,
        "first_name": first.given,
        "middle_name": first.middle,
        "suffix": first.suffix,
        "id_qualifier": _NPI.get(first.kind, first.kind),
        "id": first.identifier,
    }
    if len(rows) > 1:
        values["references"] = tuple(
            trusted(
                Reference,
                {
                    "at": 0,
                    "qualifier": _NPI.get(one.kind, one.kind) or one.authority,
                    "value": one.identifier,
                },
            )
            for one in rows[1:]
            if one.identifier
        )
    return trusted(Provider, values)


def vendor_fields(session: Session, rows: Iterable[Row]) -> tuple[VendorField, ...]:
    """The fields of local segments that the profile names: `ZF2-6`, or a component of one, `ZF2-6.2`."""
    named = session.profile.segments
    found = []
    for at, fields in rows:
        if fields[0][:1] != "Z":
            continue
        carried = set()
        for place_of, name in named.items():
            where = _PLACE.fullmatch(place_of)
            if where is None or where[1] != fields[0]:
                continue
            n, component = int(where[2]), where[3]
            value = session.text(fields, n, int(component)) if component else session.whole(fields, n)
            if value:
                carried.add(n)
                found.append(trusted(VendorField, {"at": at, "name": name, "value": value}))
        session.carry(at, frozenset(carried))
    return tuple(found)
