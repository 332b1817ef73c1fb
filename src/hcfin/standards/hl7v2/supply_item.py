"""What readers of supplies share: items, device identifiers, the case, figures with their currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from hcfin.billing.supply import SupplyItem, Udi
from hcfin.issues import PolicyText
from hcfin.model import blank, trusted
from hcfin.standards._udi import udi_of
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.nodes import position_of
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.wire.udi import parse

_ITEM = blank(SupplyItem)
_PRT = numbers(10, range(16, 22))
_PRT_PARTS = {"device": 16, "lot": 19, "serial": 20, "donation": 21}
NO_ITEM = SupplyItem()


def item(at: int, **told: str) -> SupplyItem:
    """An item by its numbers."""
    return trusted(SupplyItem, {**_ITEM, "at": at, **told}) if any(told.values()) else NO_ITEM


def device_of(text: str) -> str:
    """The device that an item number names, where it is a GTIN or a label; else empty."""
    found = parse(text) if text else None
    return found.device if found else ""


def udi(
    session: Session, at: int, position: int, carrier: str, told: Mapping[str, str], issuer: str = ""
) -> Udi | None:
    """A device identifier; what is wrong with it is told at the field of its text."""
    found = udi_of(at, carrier, told, issuer)
    for code, part in found.faults:
        session.issue(code, at, position, part=PolicyText(part))
    return found.udi


def participating(session: Session, at: int, fields: Fields, moments: Mapping[str, str]) -> Udi | None:
    """The device of a PRT: PRT-10 is its label, PRT-16 to PRT-21 are the parts of it."""
    if not any(fields[10:11] + fields[16:22]):
        return None
    session.carry(at, _PRT)
    told = {name: session.text(fields, n) for name, n in _PRT_PARTS.items()}
    return udi(session, at, 10, session.text(fields, 10), {**told, **moments})


@lru_cache(maxsize=64)
def _places(told: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((place[:3], position) for place in told if (position := position_of(place)))


def case_of(session: Session, rows: Iterable[Row]) -> str:
    """The case that supplies are for: the first of the profile's places that has one. `rows` are the
    segments around the supply, the nearest ones first."""
    places = _places(session.profile.case)
    if not places:
        return ""
    found: dict[str, Row] = {}
    for row in rows:
        if row[1]:
            found.setdefault(row[1][0], row)
    for name, position in places:
        at, fields = found.get(name, (0, []))
        number = session.identifier(fields, position) if position < len(fields) else None
        if number:
            session.carry(at, frozenset({position}))
            return number.value
    return ""


def needed(
    session: Session, at: int, fields: Fields, position: int, field: str, unreadable: list[str]
) -> Decimal | None:
    """A quantity on which a fact rests: one that is there and cannot be read makes the fact unreadable."""
    found = session.quantity(at, fields, position)
    if found is None and session.has(fields, position):
        unreadable.append(field)
    return found
