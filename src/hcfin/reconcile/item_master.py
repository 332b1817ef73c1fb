"""Items, pack sizes and levels in memory, learned from the entries of an item master.

Strategy: an entry is laid over what is known of its item, field by field: what it does not say stays. Which
item is meant, the sender's own number says. A new item is listed only where the entry says how it is kept
and in what unit: without these nothing could be booked. What an entry says holds from then on; there is no
history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import cast

from hcfin.billing.reading import Event
from hcfin.billing.supply import ItemEntry
from hcfin.finance.master import (
    Conversion,
    InventoryMethod,
    Item,
    ItemReference,
    MasterData,
    Replenishment,
    Units,
)
from hcfin.reconcile.master_items import METHODS, ItemList, Listed
from hcfin.reconcile.master_tables import MasterTables

_ENDS = frozenset({"MDL", "MDC"})
_RESUMES = "MAC"


class ItemMaster:
    """Implementations of `Items`, `ChargeCodes`, `Units` and `Levels` of `hcfin.finance.master`, over those
    of tables. Not to be shared between threads."""

    def __init__(self, tables: MasterTables | None = None) -> None:
        self._tables = tables or MasterTables()
        listed = self._tables.items.listed if self._tables.items else ()
        self._listed: list[Listed] = list(listed)
        self._items = ItemList(self._listed, self._tables.suppliers)
        self._packs: dict[tuple[str, str, str], Conversion] = {}
        self._levels: dict[tuple[str, str, str], Replenishment] = {}

    def learn(self, facts: Iterable[Event]) -> None:
        """Learn entries in their order; other facts are passed over, and entries that cannot be read or have
        no number of the sender."""
        for fact in facts:
            if isinstance(fact, ItemEntry) and fact.item.code and not fact.unreadable:
                self._learn(fact)
        self._items = ItemList(self._listed, self._tables.suppliers)

    def master(self) -> MasterData:
        """As posting asks it."""
        units: Units = self
        return replace(self._tables.master(), items=self, units=units, levels=self, charge_codes=self)

    def item(self, reference: ItemReference) -> Item | None:
        """The item; None where nobody knows it, or several are meant."""
        return self._items.item(reference)

    def charged(self, code: str) -> tuple[Item, ...]:
        """The items that a charge code charges; none where it charges something else."""
        return self._items.charged(code)

    def conversion(self, item: str, unit: str, into: str) -> Conversion | None:
        """The conversion that a pack size is; else that of the tables. None where nobody knows it."""
        found = self._packs.get((item, unit, into))
        tables = self._tables.units
        return found or (tables.conversion(item, unit, into) if tables else None)

    def replenishment(self, facility: str, location: str, item: str) -> Replenishment | None:
        """The levels that were learned; else those of the tables. None where nobody set any."""
        own, tables = self._levels, self._tables.levels
        found = own.get((facility, location, item)) or own.get(("", location, item))
        return found or (tables.replenishment(facility, location, item) if tables else None)

    def _learn(self, entry: ItemEntry) -> None:
        nth = next((nth for nth, one in enumerate(self._listed) if _is(one, entry)), None)
        before = None if nth is None else self._listed[nth]
        if before is None and (entry.method not in METHODS or not entry.stock_unit):
            return
        listed = _laid_over(before, entry)
        if nth is None:
            self._listed.append(listed)
        else:
            self._listed[nth] = listed
        item, pack = listed.item, entry.units_in_purchase_unit
        if pack and item.purchase_unit not in ("", item.stock_unit):
            bought, kept = item.purchase_unit, item.stock_unit
            self._packs[item.item, bought, kept] = Conversion(Decimal(1), pack)
            self._packs[item.item, kept, bought] = Conversion(pack, Decimal(1))
        if entry.location and not (entry.minimum is None and entry.par is None):
            self._levels[entry.facility, entry.location, item.item] = Replenishment(
                minimum=entry.minimum, par=entry.par
            )


def _is(one: Listed, entry: ItemEntry) -> bool:
    return entry.item.code in one.codes and one.facility in ("", entry.facility)


def _laid_over(before: Listed | None, entry: ItemEntry) -> Listed:
    told = entry.item
    old = before.item if before else Item(told.code, cast(InventoryMethod, entry.method), entry.stock_unit)
    ended = entry.action in _ENDS or entry.active == "I"
    resumed = entry.action == _RESUMES or entry.active == "A"
    charge = entry.charge_code.code if entry.charge_code else ""
    item = old._replace(
        # Words that are no method change nothing: how an item is kept decides what is booked.
        method=cast(InventoryMethod, entry.method) if entry.method in METHODS else old.method,
        stock_unit=entry.stock_unit or old.stock_unit,
        purchase_unit=entry.purchase_unit or old.purchase_unit,
        supplier=entry.supplier or old.supplier,
        supplier_code=told.supplier_code or old.supplier_code,
        device=told.device or old.device,
        charge_code="" if entry.chargeable == "N" else charge or old.charge_code,
        category=(entry.category.code if entry.category else "") or old.category,
        cost=old.cost if entry.cost is None else entry.cost,
        active=not ended and (resumed or old.active),
    )
    codes = before.codes if before else (told.code,)
    devices = before.devices if before else ()
    return Listed(
        item,
        before.facility if before else entry.facility,
        codes,
        tuple(dict.fromkeys((*((told.device,) if told.device else ()), *devices))),
        told.manufacturer_code or (before.manufacturer_code if before else ""),
    )
