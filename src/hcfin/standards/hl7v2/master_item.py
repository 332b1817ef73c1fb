"""MFN^M16 (ITM) and M15 (IIM): entries of item masters, and what a location has of an item.

An entry is one fact for each supplier and each location that it names. Of the packagings of a supplier the
one to order by default is what is bought, and that of quantity one is what is kept. What patients are charged
for an item is the charge master's to say and is only counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.supply import ItemEntry, StockLevel
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.session import Fields, Session, numbers
from hcfin.standards.hl7v2.supply_item import device_of, item, needed

SEGMENTS = frozenset({"ITM", "IIM"})
_ENTRY = blank(ItemEntry)
_LEVEL = blank(StockLevel)
_MFE_KEY = numbers(1, 4)
_ITM = numbers(1, 2, 3, 5, 7, 8, 9, 11, 12, 14)
_VND = numbers(2, 3, 4)
_PKG = numbers(2, 3, 4, 5, 8)
_PCE = numbers(3)
_IVT = numbers(2, 6, 9, 11, 12, 15, 16, 24)
_ILT = numbers(7)
_IIM = numbers(1, 2, 5, 6, 10, 11, 12, 13)
_MOST = 1_000
_YES, _NO = "Y", "N"
_ACTIVE = {"A": "A", "ACTIVE": "A", "I": "I", "INACTIVE": "I", "D": "I", "DISCONTINUED": "I"}


class _Supplier(NamedTuple):
    """A VND with its packagings and what each costs whom."""

    row: Row
    packagings: tuple[Row, ...]
    charges: tuple[Row, ...]


class _Location(NamedTuple):
    """An IVT with the lots that it has."""

    row: Row
    lots: tuple[Row, ...]


_NO_SUPPLIER = _Supplier((0, []), (), ())
_NO_LOCATION = _Location((0, []), ())


def read_item(session: Session, entry: Group) -> Iterator[Fact]:
    """The facts of an entry that has an ITM or IIM."""
    session.carry(entry.at, _MFE_KEY)
    itm = entry.one("ITM")
    if itm is not None:
        yield from _items(session, entry, itm)
        return
    for row in entry.named("IIM"):
        yield from _kept(session, entry, row)


def _items(session: Session, entry: Group, itm: Row) -> Iterator[Fact]:
    at, fields = itm
    session.carry(at, _ITM)
    named = {
        "code": session.text(fields, 1) or session.text(entry.fields, 4),
        "description": session.whole(fields, 2),
        "manufacturer": session.whole(fields, 8) or session.text(fields, 7),
        "manufacturer_code": session.whole(fields, 9),
    }
    if not any(named.values()):
        session.issue("ENTRY_EMPTY", at)
        return
    common: dict[str, Any] = {
        **_ENTRY,
        "at": at,
        "currency": session.currency,
        "action": session.text(entry.fields, 1),
        "active": _active(session, fields, 3),
        "category": nodes.coding_of(session, fields, 5),
        "charge_code": nodes.coding_of(session, fields, 12, at),
        "chargeable": session.text(fields, 11),
        "method": {_YES: "perpetual", _NO: "expensed"}.get(session.text(fields, 14), ""),
    }
    every = product(_suppliers(entry), _locations(entry))
    for n, (supplier, location) in enumerate(every):
        if n >= _MOST:
            session.issue("ITEMS_LEFT_OUT", at, limit=_MOST)
            return
        yield _Entry(session, common, named).build(supplier, location)


def _suppliers(entry: Group) -> list[_Supplier]:
    """Each VND with the PKGs and PCEs behind it; those before any stand alone."""
    found: list[_Supplier] = []
    for row in entry.rows:
        name = row[1][0]
        if name == "VND":
            found.append(_Supplier(row, (), ()))
        elif name in ("PKG", "PCE"):
            last = found.pop() if found else _NO_SUPPLIER
            part = "packagings" if name == "PKG" else "charges"
            found.append(last._replace(**{part: (*getattr(last, part), row)}))
    return found or [_NO_SUPPLIER]


def _locations(entry: Group) -> list[_Location]:
    found: list[_Location] = []
    for row in entry.rows:
        if row[1][0] == "IVT":
            found.append(_Location(row, ()))
        elif row[1][0] == "ILT":
            last = found.pop() if found else _NO_LOCATION
            found.append(last._replace(lots=(*last.lots, row)))
    return found or [_NO_LOCATION]


def _active(session: Session, fields: Fields, position: int) -> str:
    told = session.text(fields, position)
    return _ACTIVE.get(told.upper(), told)


class _Entry:
    """Makes one fact of what an entry says of all, and of one supplier and one location."""

    def __init__(self, session: Session, common: dict[str, Any], named: dict[str, str]) -> None:
        self.session = session
        self.values = dict(common)
        self.named = named
        self.unreadable: list[str] = []
        self.currency = ""

    def build(self, supplier: _Supplier, location: _Location) -> ItemEntry:
        """The fact."""
        self._supplied(supplier)
        self._located(location)
        self.values["item"] = item(self.values["at"], **self.named)
        self.values["unreadable"] = tuple(self.unreadable)
        self.values["currency"] = self.currency or self.values["currency"]
        return trusted(ItemEntry, self.values)

    def _supplied(self, supplier: _Supplier) -> None:
        session, values = self.session, self.values
        at, fields = supplier.row
        if fields:
            session.carry(at, _VND)
            values["supplier"] = session.text(fields, 2) or session.whole(fields, 3)
            self.named = {**self.named, "supplier_code": session.text(fields, 4)}
        for at, pce in supplier.charges[:1]:
            if values["charge_code"] is None:
                session.carry(at, _PCE)
                values["charge_code"] = nodes.coding_of(session, pce, 3, at)
        sizes = [(needed(session, at, row, 4, "units_in_purchase_unit", self.unreadable), at, row)
                 for at, row in supplier.packagings]  # fmt: skip
        for _, at, _ in sizes:
            session.carry(at, _PKG)
        one = next(((at, row) for size, at, row in sizes if size == 1), None)
        ordered = next((entry for entry in sizes if session.text(entry[2], 3) == _YES), None)
        ordered = ordered or (max(sizes, key=lambda entry: entry[0] or 0) if sizes else None)
        if one is not None:
            values["stock_unit"] = self._unit(one[1], 2)
            self.named = {**self.named, "device": device_of(session.text(one[1], 8))}
        if ordered is not None:
            size, at, row = ordered
            values["purchase_unit"] = self._unit(row, 2)
            values["units_in_purchase_unit"] = size
            self._price(at, row, 5, "price")

    def _located(self, location: _Location) -> None:
        session, values = self.session, self.values
        at, fields = location.row
        if fields:
            session.carry(at, _IVT)
            values["location"] = session.text(fields, 2)
            values["active"] = _active(session, fields, 6) or values["active"]
            values["stock_unit"] = self._unit(fields, 9) or values["stock_unit"]
            values["chargeable"] = session.text(fields, 11) or values["chargeable"]
            values["charge_code"] = nodes.coding_of(session, fields, 12, at) or values["charge_code"]
            kept = {_YES: "perpetual", _NO: "expensed"}.get(session.text(fields, 15), "")
            values["method"] = kept or values["method"]
            if session.text(fields, 16) == _YES:
                values["method"] = "consigned"
            values["minimum"] = needed(session, at, fields, 24, "minimum", self.unreadable)
        for at, lot in location.lots[-1:]:
            session.carry(at, _ILT)
            self._price(at, lot, 7, "cost")

    def _unit(self, fields: Fields, position: int) -> str:
        told = self.session.coded(fields, position)
        return told.code or told.text

    def _price(self, at: int, fields: Fields, position: int, name: str) -> None:
        """A price in the one currency of the fact; one that is in another, or cannot be read, is left out."""
        money = self.session.price(at, fields, position)
        if money is not None and self.currency in ("", money.currency):
            self.currency = money.currency
            self.values[name] = money.amount
        elif self.session.has(fields, position):
            if money is not None:
                self.session.issue("AMOUNT_OTHER_CURRENCY", at, position)
            self.unreadable.append(name)


def _kept(session: Session, entry: Group, row: Row) -> Iterator[Fact]:
    """An inventory item (M15): the item with what the last of it cost, and how many a location has."""
    at, fields = row
    session.carry(at, _IIM)
    key, service = session.coded(fields, 1), session.coded(fields, 2)
    maker = session.coded(fields, 5)
    named = {
        "code": service.code or key.code or session.text(entry.fields, 4),
        "description": service.text or key.text,
        "manufacturer": maker.text or maker.code,
    }
    if not named["code"]:
        session.issue("ENTRY_EMPTY", at)
        return
    place = session.coded(fields, 6)
    location = place.code or place.text
    common = {**_ENTRY, "at": at, "currency": session.currency, "action": session.text(entry.fields, 1)}
    made = _Entry(session, {**common, "location": location}, named)
    made._price(at, fields, 10, "cost")
    fact = made.build(_NO_SUPPLIER, _NO_LOCATION)
    yield fact
    if not session.has(fields, 12):
        return
    unreadable: list[str] = []
    on_hand = needed(session, at, fields, 12, "on_hand", unreadable)
    unit = session.coded(fields, 13)
    yield trusted(
        StockLevel,
        {
            **_LEVEL,
            "at": at,
            "currency": session.currency,
            "unreadable": tuple(unreadable),
            "facility": session.facility,
            "location": location,
            "item": fact.item,
            "on_hand": _LEVEL["on_hand"] if on_hand is None else on_hand,
            "unit": unit.code or unit.text,
            "counted": nodes.moment(session, at, fields, 11),
        },
    )
