"""Make in Tryton what purchases need: units, items, stock locations, suppliers, a buyer, numbers of invoices.

Used by `tryton_provision.py --master`. Items are found by their code, units by their name, suppliers by the
code of their party. What is there is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from hcfin.finance.master import Item, Units
from hcfin.reconcile.master_stock import UnitList
from hcfin.reconcile.master_tables import MasterTables
from tryton_client import Tryton

BUYER, SUPPLIES = "BUYER", "Supplies"
DECIMALS = 3
"""Of quantities."""


def make_stock(tryton: Tryton, tables: MasterTables, locations: Iterable[str]) -> list[str]:
    """Make units, items, locations and suppliers; returns lines of the `[erp.tryton]` tables that fit."""
    items = [one.item for one in tables.items.listed] if tables.items else []
    packs = dict(_packs(items, tables.units))
    bases = sorted({item.stock_unit for item in items})
    for unit in bases:
        _unit(tryton, unit, unit, Decimal(1))
    words = dict(_words(tables.units, bases)) if tables.units else {}
    for _, (name, base, factor) in words.items():
        _unit(tryton, name, base, factor)
    for (item, _), (name, factor) in packs.items():
        stock_unit = next(one.stock_unit for one in items if one.item == item)
        _unit(tryton, name, stock_unit, factor)
    for item in items:
        _product(tryton, item, packs)
    storage = tryton.find("stock.location", ["code", "=", "STO"])
    levels = {location for _, location, _ in tables.levels.levels} if tables.levels else set()
    for code in sorted({*levels, *locations} - {""}):
        tryton.have(
            "stock.location", ["code", "=", code], code=code, name=code, type="storage", parent=storage
        )
    for supplier in tables.suppliers.suppliers.values() if tables.suppliers else ():
        tryton.have(
            "party.party",
            ["code", "=", supplier.name],
            code=supplier.name,
            name=supplier.name,
            addresses=[["create", [{}]]],
        )
    names = {word: name for word, (name, _, _) in words.items() if word != name}
    names |= {f"{item} {unit}": name for (item, unit), (name, _) in packs.items()}
    lines = [f"{json.dumps(word)} = {json.dumps(name)}" for word, name in sorted(names.items())]
    return ["[erp.tryton.units]", *lines] if lines else []


def make_buyer(tryton: Tryton, company: int) -> None:
    """The employee of a company who asks."""
    party = tryton.have("party.party", ["code", "=", BUYER], code=BUYER, name="Purchasing")
    clauses = [["party", "=", party], ["company", "=", company]]
    tryton.have("company.employee", *clauses, party=party, company=company)


def make_category(tryton: Tryton, company: int, account: str) -> None:
    """The category of items, with the account of a company that Tryton asks for; invoices name their own."""
    made = tryton.have("product.category", ["name", "=", SUPPLIES], name=SUPPLIES, accounting=True)
    expense = tryton.find("account.account", ["code", "=", account], ["company", "=", company])
    values = {"account_expense": expense}
    tryton.call("model.product.category.write", [made], values, tryton.context)


def make_invoice_numbers(tryton: Tryton, company: int, year: int) -> None:
    """Numbers of invoices in a fiscal year, which Tryton wants before it takes one."""
    made = tryton.find("account.fiscalyear", ["name", "=", str(year)], ["company", "=", company])
    if tryton.find("account.fiscalyear.invoice_sequence", ["fiscalyear", "=", made]) is not None:
        return
    kind = tryton.find("ir.sequence.type", ["name", "=", "Invoice"])
    kinds = ("in_invoice", "in_credit_note", "out_invoice", "out_credit_note")
    sequences = {
        f"{name}_sequence": tryton.create(
            "ir.sequence.strict",
            name=f"{name.replace('_', ' ')} {year}",
            sequence_type=kind,
            company=company,
            prefix=f"{name}-{year}-".replace("_", "-"),
        )
        for name in kinds
    }
    tryton.create("account.fiscalyear.invoice_sequence", fiscalyear=made, company=company, **sequences)


def _words(units: UnitList, bases: list[str]) -> Iterator[tuple[str, tuple[str, str, Decimal]]]:
    """What else a stock unit is called, or a unit that holds so many of it for every item: its name, the
    stock unit, and how many of it one is. Where a word means two stock units, nobody can tell which."""
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for (item, unit, into), one in units.conversions.items():
        if item == "*" and into in bases and unit not in bases:
            found.setdefault(unit, []).append((into, one.makes / one.of))
    for unit, meant in found.items():
        if len(meant) == 1:
            (base, many), *_ = meant
            yield unit, (base if many == 1 else f"{unit} of {many.normalize():f} {base}", base, many)


def _packs(
    items: Iterable[Item], units: Units | None
) -> Iterator[tuple[tuple[str, str], tuple[str, Decimal]]]:
    """Units that items are bought in, by item and unit: what they are called, and how many stock units they
    are. The same word is another number of pieces for another item."""
    for item in items:
        unit = item.purchase_unit
        if not unit or unit == item.stock_unit or units is None:
            continue
        found = units.conversion(item.item, unit, item.stock_unit)
        if found:
            many = found.makes / found.of
            yield (item.item, unit), (f"{unit} of {many.normalize():f} {item.stock_unit}", many)


def _unit(tryton: Tryton, name: str, base: str, factor: Decimal) -> None:
    category = tryton.have("product.uom.category", ["name", "=", base], name=base)
    tryton.have(
        "product.uom",
        ["name", "=", name],
        name=name,
        symbol=name.replace(" of ", "/").replace(" ", "")[:10],  # as long as Tryton takes
        category=category,
        factor=float(factor),
        rate=round(float(1 / factor), 12),
        digits=DECIMALS,
        rounding=float(Decimal(1).scaleb(-DECIMALS)),
    )


def _product(tryton: Tryton, item: Item, packs: dict[tuple[str, str], tuple[str, Decimal]]) -> None:
    """Goods are what is kept in stock; what is an expense on arrival, or the supplier's until it is used, is
    bought and not counted."""
    stock_unit = tryton.find("product.uom", ["name", "=", item.stock_unit])
    name, _ = packs.get((item.item, item.purchase_unit), (item.stock_unit, None))
    tryton.have(
        "product.template",
        ["code", "=", item.item],
        code=item.item,
        name=item.item,
        type="goods" if item.method == "perpetual" else "service",
        default_uom=stock_unit,
        account_category=tryton.find("product.category", ["name", "=", SUPPLIES]),
        purchasable=True,
        purchase_uom=tryton.find("product.uom", ["name", "=", name]),
        products=[["create", [{}]]],
    )
