"""What master data does not say, although something would be held for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.finance.master import Item
from hcfin.reconcile.master_tables import MasterTables


class Gap(NamedTuple):
    """Something that is not said of an item. `held`: posting holds what needs it."""

    item: str
    what: str
    remedy: str
    held: bool = True

    def to_dict(self) -> dict[str, str | bool]:
        """JSON-ready form."""
        return self._asdict()

    def __str__(self) -> str:
        return f"{self.item}: {self.what}\n  {self.remedy}"


def gaps(tables: MasterTables) -> tuple[Gap, ...]:
    """What is missing, item by item. Items that are not active need nothing."""
    listed = tables.items.listed if tables.items else []
    items = {one.item.item: one.item for one in listed if one.item.active}
    return tuple(gap for item in items.values() for gap in _of(item, tables))


def _of(item: Item, tables: MasterTables) -> Iterator[Gap]:
    prices = tables.contracts.prices.get((item.supplier, item.item), []) if tables.contracts else []
    if item.method == "perpetual" and item.cost is None:
        yield Gap(item.item, "stock without a cost: its use cannot be booked", "Fill column 'cost'.")
    if item.method in ("consigned", "bill_only") and item.cost is None and not prices:
        remedy = "Add it to the contracts, or fill column 'cost'."
        yield Gap(item.item, "neither a contract price nor a cost: its use cannot be booked", remedy)
    if not item.supplier:
        yield Gap(item.item, "no supplier: a requisition names none", "Fill column 'supplier'.", held=False)
    if not item.charge_code and item.method in ("consigned", "bill_only"):
        remedy = "Fill column 'charge_code', if it is charged."
        yield Gap(item.item, "no charge code: its use is not linked with charges", remedy, held=False)
    units = {item.purchase_unit: "purchase unit"} if item.purchase_unit else {}
    units.update({price.unit: "contract unit" for _, price in prices})
    for unit, what in units.items():
        if unit != item.stock_unit and not _converts(tables, item, unit):
            remedy = f"Add to the units: {item.item},{unit},{item.stock_unit},1,…"
            yield Gap(item.item, f"no conversion of its {what} {unit!r} into {item.stock_unit!r}", remedy)


def _converts(tables: MasterTables, item: Item, unit: str) -> bool:
    return tables.units is not None and tables.units.conversion(item.item, unit, item.stock_unit) is not None


def counts(tables: MasterTables) -> dict[str, int]:
    """How many of each there are, for what was given."""
    found: dict[str, int] = {}
    if tables.items:
        found["items"] = len(tables.items.listed)
    if tables.suppliers:
        found["suppliers"] = len(tables.suppliers.suppliers)
    if tables.contracts:
        found["contracts"] = sum(map(len, tables.contracts.prices.values()))
    if tables.budgets:
        found["budgets"] = sum(map(len, tables.budgets.budgets.values()))
    if tables.units:
        found["units"] = len(tables.units.conversions) // 2
    if tables.levels:
        found["levels"] = len(tables.levels.levels)
    return found


def cost_differs(tables: MasterTables) -> Iterator[Gap]:
    """Contract prices of the stock unit that are another than the cost that stock is booked at."""
    if not (tables.items and tables.contracts):
        return
    items = {one.item.item: one.item for one in tables.items.listed}
    for (_, number), prices in tables.contracts.prices.items():
        item = items.get(number)
        if item is None or item.method not in ("consigned", "bill_only") or item.cost is None:
            continue
        latest: Decimal = prices[-1][1].price
        if prices[-1][1].unit == item.stock_unit and latest != item.cost:
            what = f"cost {item.cost:f}, and {latest:f} by the contract"
            yield Gap(number, what, "The contract price counts; change column 'cost'.", held=False)
