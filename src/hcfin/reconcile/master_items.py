"""Items: which item of the ERP a source means, from a table.

Strategy: an item is known by its numbers: those of sources, of devices, and of its supplier. Each number that
a reference gives and that is known must mean the same item; where two mean different items nobody can tell,
and nothing is found. A supplier's or maker's number without its supplier is asked for only where the stronger
numbers are not known. What holds for a facility goes before what holds for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast, get_args

from hcfin.finance.master import InventoryMethod, Item, ItemReference, Suppliers
from hcfin.reconcile.master_sheet import Row, Shape, Sheet

METHODS: tuple[str, ...] = get_args(InventoryMethod)

ITEMS = Shape(
    ("item", "method", "stock_unit"),
    (
        "source_item",
        "facility",
        "device",
        "purchase_unit",
        "supplier",
        "supplier_item",
        "manufacturer_item",
        "charge_code",
        "category",
        "cost",
        "capital",
        "active",
    ),
)

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_GTIN = (8, 12, 13, 14)


def device_key(device: str) -> str:
    """A device identifier as it is compared: a GTIN of 8, 12, 13 or 14 digits as 14 digits.

    >>> device_key("012345678905"), device_key("00012345678905"), device_key("m684abc1")
    ('00012345678905', '00012345678905', 'M684ABC1')
    """
    text = device.strip().upper()
    return text.zfill(14) if len(text) in _GTIN and _DIGITS.fullmatch(text) else text


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN: of the right length, and with the right check digit.

    >>> is_gtin("012345678905"), is_gtin("012345678906")
    (True, False)
    """
    if len(text) not in _GTIN or not _DIGITS.fullmatch(text):
        return False
    # From the right, each second digit counts three times.
    weights = ((1, 3)[nth % 2] for nth in range(len(text)))
    return sum(int(digit) * weight for digit, weight in zip(reversed(text), weights, strict=True)) % 10 == 0


class Listed(NamedTuple):
    """An item with the numbers that it goes by."""

    item: Item
    facility: str = ""
    codes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    manufacturer_code: str = ""


class ItemList:
    """Implementations of `Items` and `ChargeCodes` of `hcfin.finance.master` in memory. `suppliers` tell
    which supplier is meant by another of its names."""

    def __init__(self, listed: Iterable[Listed] = (), suppliers: Suppliers | None = None) -> None:
        self._suppliers = suppliers
        self._strong: dict[tuple[str, ...], set[Item]] = {}
        self._weak: dict[tuple[str, ...], set[Item]] = {}
        self._charged: dict[str, dict[Item, None]] = {}
        self.listed: list[Listed] = []
        for one in listed:
            self.add(one)

    def add(self, one: Listed) -> None:
        """Add an item."""
        item, facility = one.item, one.facility
        self.listed.append(one)
        if item.charge_code:
            self._charged.setdefault(item.charge_code, {})[item] = None
        for code in one.codes:
            self._strong.setdefault((facility, "code", code), set()).add(item)
        for device in one.devices:
            self._strong.setdefault((facility, "device", device_key(device)), set()).add(item)
        if item.supplier_code:
            key = facility, "supplier", item.supplier, item.supplier_code
            self._strong.setdefault(key, set()).add(item)
            self._weak.setdefault((facility, "supplier_code", item.supplier_code), set()).add(item)
        if one.manufacturer_code:
            self._weak.setdefault((facility, "manufacturer", one.manufacturer_code), set()).add(item)

    def item(self, reference: ItemReference) -> Item | None:
        """The item; None where nobody knows it, or several are meant."""
        strong: list[tuple[str, ...]] = []
        if reference.code:
            strong.append(("code", reference.code))
        if reference.device:
            strong.append(("device", device_key(reference.device)))
        if reference.supplier and reference.supplier_code:
            strong.append(("supplier", self._supplier(reference.supplier), reference.supplier_code))
        weak: list[tuple[str, ...]] = []
        if reference.supplier_code:
            weak.append(("supplier_code", reference.supplier_code))
        if reference.manufacturer_code:
            weak.append(("manufacturer", reference.manufacturer_code))
        found = self._found(self._strong, reference.facility, strong)
        found = found or self._found(self._weak, reference.facility, weak)
        return next(iter(found)) if len(found) == 1 else None

    def charged(self, code: str) -> tuple[Item, ...]:
        """The items that a charge code charges; none where it charges something else."""
        return tuple(self._charged.get(code, ()))

    def of(self, item: str, facility: str = "") -> Item | None:
        """The item of a number of the ERP; that of the facility where it has one of its own."""
        own = [one.item for one in self.listed if one.item.item == item and one.facility == facility]
        return own[0] if own else self.of(item) if facility else None

    def _supplier(self, told: str) -> str:
        found = self._suppliers.supplier((told,), told) if self._suppliers else None
        return found.name if found else told

    def _found(
        self,
        names: dict[tuple[str, ...], set[Item]],
        facility: str,
        keys: Sequence[tuple[str, ...]],
    ) -> set[Item]:
        found: set[Item] = set()
        for key in keys:
            found |= names.get((facility, *key)) or names.get(("", *key), set())
        return found


def read_items(sheet: Sheet, suppliers: Iterable[str] | None) -> list[Listed]:
    """The items of a table. What is wrong is noted in the sheet."""
    listed: list[Listed] = []
    known = None if suppliers is None else frozenset(suppliers)
    for row in sheet.rows():
        one = _listed(row)
        row.known("supplier", one.item.supplier, known, "suppliers")
        if row.sound and _once(row, one):
            listed.append(one)
    return listed


def _listed(row: Row) -> Listed:
    number, devices = row.text("item"), row.several("device")
    for device in devices:
        if _DIGITS.fullmatch(device) and not is_gtin(device):
            row.refuse(
                "device",
                f"{device!r} is no GTIN: it has not 8, 12, 13 or 14 digits, or another check digit",
                "Compare it with the package; where zeros in front are gone, format the column as text.",
            )
    item = Item(
        item=number,
        # What is none of the words was refused, and the row with it.
        method=cast(InventoryMethod, row.one_of("method", METHODS)),
        stock_unit=row.text("stock_unit"),
        purchase_unit=row.text("purchase_unit"),
        supplier=row.text("supplier"),
        supplier_code=row.text("supplier_item"),
        device=devices[0] if devices else "",
        charge_code=row.text("charge_code"),
        category=row.text("category"),
        cost=row.number("cost"),
        capital=row.flag("capital", False),
        active=row.flag("active", True),
    )
    if item.supplier_code and not item.supplier:
        row.refuse("supplier_item", "the number of no supplier", "Fill column 'supplier', too.")
    codes = row.several("source_item") or ((number,) if number else ())
    return Listed(item, row.text("facility"), codes, devices, row.text("manufacturer_item"))


def _once(row: Row, one: Listed) -> bool:
    """Whether none of its numbers means another item."""
    sheet, where = row.sheet, one.facility
    for_whom = f" for facility {where!r}" if where else ""
    if not sheet.once(row, (where, "item", one.item.item), f"item {one.item.item!r}{for_whom}"):
        return False
    sound = True
    for code in one.codes:
        sound &= sheet.once(row, (where, "code", code), f"source item {code!r}{for_whom}")
    for device in one.devices:
        sound &= sheet.once(row, (where, "device", device_key(device)), f"device {device!r}{for_whom}")
    if one.item.supplier_code:
        key = (where, "supplier", one.item.supplier, one.item.supplier_code)
        told = f"item {one.item.supplier_code!r} of supplier {one.item.supplier!r}{for_whom}"
        sound &= sheet.once(row, key, told)
    return sound
