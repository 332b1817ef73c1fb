"""MFN: the charge master (CDM, PRC), the location master (LOC, LDP, LCC), and item masters (`master_item`).

What an entry is says its content, not the event: old feeds send charge masters as M01. A price list holds
one price a fact: each facility, department and price of a PRC is one. Prices for ranges of quantities are no
price of one unit; they are issues.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from hcfin.billing.base import Fact
from hcfin.billing.charge import ChargePrice, LocationEntry
from hcfin.billing.registration import Coding
from hcfin.billing.supply import ItemEntry
from hcfin.model import blank, placed, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_amounts import states_amount
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Group, Row, anchored
from hcfin.standards.hl7v2.master_item import SEGMENTS as ITEM_SEGMENTS
from hcfin.standards.hl7v2.master_item import read_item
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.standards.hl7v2.values import Money
from hcfin.wire.hl7v2 import Message

_PRICE = blank(ChargePrice)
_LOCATION = blank(LocationEntry)
_MFE = numbers(1, 3, 4)
_MFE_KEY = numbers(1, 4)
_CDM = numbers(1, 2, 3, range(7, 10), 13)
_CDM_LONG = numbers(4)
_PRC = numbers(range(1, 6), range(9, 14), range(15, 19))
_LOC = numbers(range(1, 5))
_LDP = numbers(2)
_LCC = numbers(4)
_MFI = numbers(1, 3)
_MOST = 1_000
_LIMITS = {"minimum": 9, "maximum": 10, "cost": 17}
"""Fields of a fact, and of PRC."""
_NO_CODE = Coding()
_STAFF = frozenset({"STF", "PRA"})


def read_master(message: Message, session: Session) -> None:
    """Each entry of a master file. Staff (M02) has nothing to do with money and is counted only."""
    before, entries = anchored(message.rows(), {"MFE"})
    summary = session.summary
    summary.update(entries=len(entries), prices=0, locations=0)
    items = 0
    for at, fields in before:
        if fields[0] == "MFI":
            session.carry(at, _MFI)
            summary.update(master=session.text(fields, 1), file_event=session.text(fields, 3))
    read = False
    for entry in entries:
        names = {fields[0] for _, fields in entry.rows}
        if "LOC" in names or (session.kind == "MFN^M05" and not names.intersection({"CDM", "PRC"})):
            location = _location(session, entry)
            facts: list[Fact] = [location] if location else []
            summary["locations"] += len(facts)
        elif names.intersection({"CDM", "PRC"}) or session.kind == "MFN^M04":
            facts = list(_prices(session, entry))
            summary["prices"] += len(facts)
        elif names & ITEM_SEGMENTS:
            facts = list(read_item(session, entry))
            items += sum(isinstance(fact, ItemEntry) for fact in facts)
        else:
            read = read or bool(names & _STAFF)
            continue
        read = True
        for fact in facts:
            session.fact(fact)
    if items:
        summary["items"] = items
    if not read and session.kind != "MFN^M02":
        session.issue("MESSAGE_NOT_READ", message.at, 9, kind=session.code)


# Prices


def _prices(session: Session, entry: Group) -> Iterator[ChargePrice]:
    """The prices of an entry; one without a price where it has none, such as to delete it."""
    common = _entry(session, entry)
    rows = list(entry.named("PRC"))
    if rows:
        for row in rows:
            yield from _priced(session, *row, common)
    elif common["code"].code:
        yield trusted(ChargePrice, common)
    else:
        session.issue("ENTRY_EMPTY", entry.at)


def _entry(session: Session, entry: Group) -> dict[str, Any]:
    """What MFE and CDM say of all prices of an entry."""
    at, fields = entry.at, entry.fields
    session.carry(at, _MFE)
    values = {
        **_PRICE,
        "at": at,
        "currency": session.currency,
        "action": session.text(fields, 1),
        "code": nodes.coding_of(session, fields, 4, at) or _NO_CODE,
        "effective": nodes.moment(session, at, fields, 3),
    }
    cdm = entry.one("CDM")
    if cdm is None:
        return values
    at, fields = cdm
    session.carry(at, _CDM)
    description = session.whole(fields, 3)
    if not description:
        session.carry(at, _CDM_LONG)
        description = session.whole(fields, 4)
    values.update(
        at=at,
        code=nodes.coding_of(session, fields, 1, at) or values["code"],
        alias=nodes.coding_of(session, fields, 2, at),
        description=description,
        active=session.text(fields, 8),
        procedures=_codes(session, at, fields, 7),
        inventory_numbers=_codes(session, at, fields, 9),
        room_fee=session.text(fields, 13),
    )
    return values


def _priced(session: Session, at: int, fields: Fields, common: dict[str, Any]) -> Iterator[ChargePrice]:
    """Each price of a PRC, for each facility and department that it names."""
    session.carry(at, _PRC)
    values = {
        **common,
        "at": at,
        "code": nodes.coding_of(session, fields, 1, at) or common["code"],
        "patient_classes": tuple(code.code for code in session.coded_all(fields, 4) if code.code),
        "effective": nodes.moment(session, at, fields, 11) or common["effective"],
        "expires": nodes.moment(session, at, fields, 12),
        "override": session.text(fields, 13),
        "chargeable": session.text(fields, 15),
        "charge_on": session.text(fields, 18),
        "active": session.text(fields, 16) or common["active"],
    }
    if not values["code"].code:
        session.issue("ENTRY_EMPTY", at)
        return
    facilities = [code.code for code in session.coded_all(fields, 2) if code.code] or [""]
    departments = _codes(session, at, fields, 3) or (None,)
    every = product(facilities, departments, _several(session, at, fields))
    for n, (facility, department, one) in enumerate(every):
        if n >= _MOST:
            session.issue("PRICES_LEFT_OUT", at, limit=_MOST)
            return
        yield trusted(ChargePrice, {**values, **one, "facility": facility, "department": department})


def _several(session: Session, at: int, fields: Fields) -> Iterator[dict[str, Any]]:
    """The prices of PRC-5, as fields of a fact; one without a price where there is none. Each has a currency
    of its own; limits and costs in another one are not told with it."""
    limits: dict[str, Money] = {}
    lost = []
    for name, position in _LIMITS.items():
        money = session.price(at, fields, position)
        if money:
            limits[name] = money
        elif states_amount(session, fields, position):
            lost.append(name)
    for row in session.repetitions(fields, 5) or [""]:
        single = nodes.alone("PRC", 5, row)
        price = session.price(at, single, 5)
        kind = session.part(row, 2)
        known = price or next(iter(limits.values()), None)
        currency = known.currency if known else session.currency
        unreadable = [*lost, *(["price"] if price is None and states_amount(session, single, 5) else [])]
        values: dict[str, Any] = {
            "currency": currency,
            "price": price.amount if price else None,
            "price_type": kind if len(kind) == 2 else "",
        }
        for name, money in limits.items():
            if money.currency == currency:
                values[name] = money.amount
            else:
                session.issue("AMOUNT_OTHER_CURRENCY", at, _LIMITS[name])
                unreadable.append(name)
        values["unreadable"] = tuple(unreadable)
        yield values


# Locations


def _location(session: Session, entry: Group) -> LocationEntry | None:
    at, fields = entry.at, entry.fields
    values = {**_LOCATION, "at": at, "action": session.text(fields, 1), "currency": session.currency}
    session.carry(at, _MFE_KEY)
    place = nodes.place(session, fields, 4, at)
    loc = entry.one("LOC")
    if loc is not None:
        at, fields = loc
        session.carry(at, _LOC)
        place = nodes.place(session, fields, 1, at) or place
        organization = session.organization(fields, 4)
        values.update(
            at=at,
            description=session.whole(fields, 2),
            types=tuple(code.code for code in session.coded_all(fields, 3) if code.code),
            organization=organization.name or organization.identifier if organization else "",
        )
    if place is None:
        session.issue("ENTRY_EMPTY", entry.at)
        return None
    values.update(
        place=place,
        departments=_named_codes(session, entry.named("LDP"), 2, _LDP),
        charge_codes=_named_codes(session, entry.named("LCC"), 4, _LCC),
    )
    return trusted(LocationEntry, values)


def _named_codes(
    session: Session, rows: Iterator[Row], position: int, carried: frozenset[int]
) -> tuple[Coding, ...]:
    found: list[Coding] = []
    for at, fields in rows:
        session.carry(at, carried)
        found += _codes(session, at, fields, position)
    return tuple(found)


def _codes(session: Session, at: int, fields: Fields, position: int) -> tuple[Coding, ...]:
    codes = session.coded_all(fields, position)
    return tuple([placed(nodes.coding(code), at) for code in codes if code.code])
