"""Values of facts as cells of HL7 v2 segments: what the accessors of `fields` take apart, put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from hcfin.billing.party import Person, Provider
from hcfin.billing.registration import Coding, Identifier, Place
from hcfin.wire.hl7v2_writer import Cell, Component, Row

_NPI = "NPI"
_ISO = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?)?"
    r"(?:([+-][0-9]{2}):([0-9]{2}))?)?)?)?",
    re.ASCII,
)


def segment(name: str, cells: Mapping[int, Cell]) -> Row:
    """A segment from its fields by their numbers; those of MSH are counted as HL7 counts them."""
    last = max((position for position, cell in cells.items() if cell), default=0)
    first = 3 if name == "MSH" else 1
    return (name, *(cells.get(position, "") for position in range(first, last + 1)))


def moment(text: str) -> str:
    """A moment of ISO 8601 as TS; empty where it is none, which reading back will show.

    >>> moment("2026-11-21T20:07-06:00"), moment("2026-11"), moment("2026-11-21T20:07:05.12")
    ('202611212007-0600', '202611', '20261121200705.12')
    """
    found = _ISO.fullmatch(text)
    return "".join(part for part in found.groups() if part) if found else ""


def day(value: date | None) -> str:
    """A day as DT."""
    return f"{value:%Y%m%d}" if value else ""


def number(value: Decimal | None) -> str:
    """A number as NM."""
    return "" if value is None else f"{value:f}"


def money(value: Decimal | None, currency: str) -> Cell:
    """An amount or price as CP: amount and currency."""
    return "" if value is None else ((f"{value:f}", currency),)


def coding(code: Coding | None) -> Cell:
    """A code as CWE."""
    return (code.code, code.text, code.system) if code is not None else ""


def identifiers(known: Iterable[Identifier]) -> Cell:
    """Identifiers as CX, each a repetition."""
    return [(one.value, "", "", one.authority, one.type) for one in known]


def identifier(one: Identifier | None) -> Cell:
    """One identifier as CX."""
    return identifiers([one] if one else [])


def place(where: Place | None) -> Cell:
    """A location as PL."""
    return (where.point_of_care, where.room, where.bed, where.facility) if where is not None else ""


def name(person: Person | None) -> Cell:
    """The name of a person as XPN."""
    if person is None:
        return ""
    return (person.last_name, person.first_name, person.middle_name, person.suffix, person.prefix)


def address(person: Person | None) -> Cell:
    """The address of a person as XAD."""
    return address_of(person.address, person) if person is not None else ""


def address_of(lines: tuple[str, ...], of: object) -> Cell:
    """An address as XAD: two lines at most."""
    street, other = (*lines, "", "")[:2]
    parts = (getattr(of, field) for field in ("city", "state", "postal_code", "country"))
    return (street, other, *parts)


def providers(known: Iterable[Provider]) -> Cell:
    """Providers as XCN; further identifiers of one are repetitions under the same name."""
    rows: list[str | tuple[Component, ...]] = []
    for one in known:
        rows.append(_xcn(one, one.id, one.id_qualifier))
        rows += [_xcn(one, other.value, other.qualifier) for other in one.references]
    return rows


def _xcn(one: Provider, value: str, qualifier: str) -> tuple[str, ...]:
    kind = _NPI if qualifier == "XX" else qualifier
    person = (value, one.name, one.first_name, one.middle_name, one.suffix)
    return (*person, "", "", "", "", "", "", "", kind)
