"""The lines of orders that receipts and invoices mean, and where what they order is booked."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from hcfin.finance.known_supply import KnownOrder, KnownOrderLine
from hcfin.finance.master import Item, Units
from hcfin.posting.supply_units import per_unit

Ordered = tuple[KnownOrder, KnownOrderLine]
OWED_WHEN_USED = frozenset({"consigned", "bill_only"})
"""Methods of items that are the supplier's until they are used."""


def arrival_step(item: Item) -> str:
    """The step that says what an item is booked to when it arrives."""
    if item.capital:
        return "received_capital"
    if item.method in OWED_WHEN_USED:
        return "consignment_accrued"
    return "supply_stock" if item.method == "perpetual" else "received_expense"


def meant(orders: Iterable[KnownOrder], supplier: str, item: str, line: str) -> list[Ordered]:
    """The lines of orders that mean an item: the one that is named, or else all of the item."""
    found = [
        (order, one)
        for order in orders
        if not supplier or order.supplier == supplier
        for one in order.lines
        if one.item == item
    ]
    number = line.strip().lstrip("0")
    return [pair for pair in found if str(pair[1].n) == number] or found


def price_of(line: KnownOrderLine, units: Units | None, item: Item) -> Fraction | None:
    """What one stock unit costs by an order; None where it names no price, or a unit that nobody knows."""
    each = per_unit(units, item, line.unit)
    return None if line.unit_price is None or each is None else Fraction(line.unit_price) / each


def line_number(told: str, n: int, taken: set[int]) -> int:
    """The number of a line in its document: that of the source where it can be, else the next free one.

    >>> line_number("0010", 1, set()), line_number("A", 2, {10}), line_number("10", 3, {3, 10})
    (10, 2, 4)
    """
    own = told.strip()
    number = int(own) if own.isascii() and own.isdigit() and len(own) < 7 else 0
    if number < 1 or number in taken:
        number = n
        while number in taken:
            number += 1
    taken.add(number)
    return number
