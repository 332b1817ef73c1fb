"""Hypothesis strategies of purchases: orders, what arrives of them, and what suppliers invoice.

Strategy: an order is drawn first; receipts and invoices are drawn from its lines, as they should be or with
one thing wrong (less or more than ordered, another price). Amounts are prices times quantities, rounded
once, and totals are their sums, so that every balance holds without filtering.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.purchase import GoodsReceipt, OrderLine, PurchaseOrder, SupplierInvoice
from hcfin.money import extend
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, Parts, details
from hcfin.testing.supply_strategies import (
    FACILITY,
    ITEMS,
    LOCATIONS,
    STRANGERS,
    KnownItem,
    item_data,
    moments,
    quantities,
)

__all__ = ["goods_receipts", "purchase_orders", "purchases", "supplier_invoices"]

_NAMES = {"HC-100": "Example Heart Supply", "MS-200": "Example Medical Supply", "NS-999": "NO SUCH SUPPLY"}
_KINDS = (*("standard",) * 4, "bill_only", "consignment", "blanket")


def _supplier(number: str) -> Parts:
    """A supplier by its number, its name, or both."""
    named = {"id_qualifier": st.just("91"), "id": st.just(number)}
    name = {"name": st.just(_NAMES[number])}
    return st.one_of(st.fixed_dictionaries(named | name), st.fixed_dictionaries(named, optional=name))


@st.composite
def _suppliers(draw: st.DrawFn, strangers: bool) -> tuple[Data, tuple[KnownItem, ...]]:
    """A supplier and what it sells."""
    every = (*ITEMS, *STRANGERS) if strangers else ITEMS
    number = draw(st.sampled_from(sorted({item.supplier for item in every})))
    return draw(_supplier(number)), tuple(item for item in every if item.supplier == number)


@st.composite
def _order_line(draw: st.DrawFn, feed: Feed, number: int, sold: Sequence[KnownItem], amount: bool) -> Data:
    item = draw(st.sampled_from(sold))
    price = feed.money(draw(st.one_of(st.just(item.price), st.integers(1, 600_000))))
    quantity = draw(quantities())
    line: Data = {
        "number": str(number),
        "item": draw(item_data(item, feed)),
        "quantity": quantity,
        "unit": item.units[-1],
        "unit_price": price,
        **draw(
            details(
                needed_by=moments(), deliver_to=st.sampled_from(LOCATIONS), request=words.plain_identifiers(8)
            )
        ),
    }
    return line | ({"amount": extend(price, quantity, feed.currency)[0]} if amount else {})


@st.composite
def _order(draw: st.DrawFn, feed: Feed, changes: Sequence[str], max_lines: int, strangers: bool) -> Data:
    supplier, sold = draw(_suppliers(strangers))
    change, told = draw(st.sampled_from(changes)), draw(st.booleans())
    count = draw(st.integers(1, max_lines))
    lines = [draw(_order_line(feed, n, sold, told)) for n in range(1, count + 1)]
    data: Data = {
        "currency": feed.currency,
        "change": change,
        "order_kind": draw(st.sampled_from(_KINDS)),
        "number": draw(words.plain_identifiers(10)),
        "facility": FACILITY,
        "ordered": draw(moments()),
        "supplier": supplier,
        "lines": lines,
        **draw(
            details(
                buyer=st.just({"name": words.CLINICS[0]}),
                ship_to=st.just({"name": words.CLINICS[0], "city": "SAMPLETOWN", "state": "ZZ"}),
                case=feed.text,
                contract=st.sampled_from(("HC-2025", "MS-7")),
                terms=st.just("NET 30"),
                needed_by=moments(),
                notes=st.tuples(feed.text),
            )
        ),
    }
    if change == "revision":
        data["revision"] = draw(st.sampled_from(("1", "2")))
    if change == "confirmation":
        data["answer"] = draw(st.sampled_from(("AC", "AD", "RJ")))
    if told:
        data["total"] = sum((line["amount"] for line in lines), feed.money(0))
    return data


def _feed(currency: str, text: st.SearchStrategy[str] | None) -> Feed:
    return Feed(currency, words.identifiers() if text is None else text)


def purchase_orders(
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    changes: Sequence[str] = (*("order",) * 4, "revision", "cancellation", "confirmation"),
    max_lines: int = 3,
    strangers: bool = False,
) -> st.SearchStrategy[PurchaseOrder]:
    """Orders to one supplier for what it sells, their revisions and ends, and what it says to them. Where
    amounts are told, each is price times quantity, and the total is their sum.

    `changes` is any selection of what an order may do. `text` makes cases, notes and descriptions.
    `strangers` adds a supplier that the example master data do not know.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(purchase_orders(changes=["order"]))
    ... def an_order_has_lines(order):
    ...     assert order.lines and all(line.quantity > 0 for line in order.lines)
    >>> an_order_has_lines()
    """
    return _order(_feed(currency, text), tuple(changes), max_lines, strangers).map(PurchaseOrder.build)


def _ordered(feed: Feed, order: PurchaseOrder | None, strangers: bool) -> st.SearchStrategy[PurchaseOrder]:
    if order is not None:
        return st.just(order)
    return _order(feed, ("order",), 3, strangers).map(PurchaseOrder.build)


def _some(order: PurchaseOrder) -> st.SearchStrategy[list[OrderLine]]:
    """Lines of an order, all of them as a rule, in its order."""
    every = list(order.lines)
    some = st.sets(st.sampled_from(range(len(every))), min_size=1)
    return st.one_of(st.just(every), some.map(lambda chosen: [every[n] for n in sorted(chosen)]))


def _near(quantity: Decimal) -> st.SearchStrategy[Decimal]:
    """As many, or fewer, or more."""
    exact = st.just(quantity)
    return st.one_of(exact, exact, quantities().map(lambda other: min(other, quantity)), quantities())


@st.composite
def _receipt(draw: st.DrawFn, feed: Feed, order: PurchaseOrder, states: Sequence[str]) -> Data:
    state = draw(st.sampled_from(states))
    lines = []
    for n, line in enumerate(draw(_some(order)), start=1):
        identified = details(lot=feed.text, serial=feed.text, expires=moments())
        lines.append(
            {
                "number": str(n),
                "order_line": line.number,
                "item": line.item,
                "quantity": draw(_near(line.quantity)),
                "unit": line.unit,
                **draw(identified),
            }
        )
    data: Data = {
        "currency": order.currency,
        "state": state,
        "number": draw(words.plain_identifiers(10)),
        "order": order.number,
        "facility": order.facility,
        "location": draw(st.sampled_from(LOCATIONS)),
        "supplier": order.supplier,
        "moved": draw(moments()),
        "lines": lines,
    }
    return data | (draw(details(expected=moments())) if state == "shipped" else {})


@st.composite
def goods_receipts(
    draw: st.DrawFn,
    order: PurchaseOrder | None = None,
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    states: Sequence[str] = (*("received",) * 4, "shipped", "returned"),
    strangers: bool = False,
) -> GoodsReceipt:
    """Goods of an order, or of one that is drawn: some of its lines or all, as many as ordered, fewer, or
    more. `states` is any selection of how far they are."""
    feed = _feed(currency, text)
    ordered = draw(_ordered(feed, order, strangers))
    return GoodsReceipt.build(draw(_receipt(feed, ordered, states)))


@st.composite
def _invoice_line(draw: st.DrawFn, feed: Feed, number: int, line: OrderLine) -> Data:
    price = line.unit_price or feed.money(0)
    change = draw(st.sampled_from(("0", "0", "0", "0", "0.01", "-0.01", "12.5")))
    price = max(price + Decimal(change).quantize(price), feed.money(0))
    quantity = draw(_near(line.quantity))
    return {
        "number": str(number),
        "order_line": draw(st.sampled_from((line.number, line.number, ""))),
        "item": line.item,
        "quantity": quantity,
        "unit": line.unit,
        "unit_price": price,
        "amount": extend(price, quantity, feed.currency)[0],
    }


@st.composite
def _invoice(draw: st.DrawFn, feed: Feed, order: PurchaseOrder, changes: Sequence[str]) -> Data:
    change = draw(st.sampled_from(changes))
    lines = [draw(_invoice_line(feed, n, line)) for n, line in enumerate(draw(_some(order)), start=1)]
    data: Data = {
        "currency": order.currency,
        "change": change,
        "number": draw(words.plain_identifiers(10)),
        "order": order.number,
        "facility": order.facility,
        "invoiced": draw(moments()),
        "supplier": order.supplier,
        "case": order.case,
        "lines": lines,
        **draw(details(due=moments(), terms=st.just("NET 30"))),
    }
    beside = st.integers(0, 50_000).map(feed.money)
    signed = st.integers(-5_000, 5_000).map(feed.money)
    beside_lines = draw(details(freight=beside, tax=beside, other=signed))
    if "other" in beside_lines:
        data["charges"] = [{"qualifier": "H000", "amount": beside_lines["other"]}]
    if change != "invoice":
        data["corrects"] = draw(st.one_of(words.plain_identifiers(10), st.just("")))
    amounts = [*(line["amount"] for line in lines), *beside_lines.values()]
    total = sum(amounts, feed.money(0))
    if total < 0:  # an allowance is no more than what it is taken from
        beside_lines["other"] -= total
        data["charges"][0]["amount"] = beside_lines["other"]
        total = feed.money(0)
    told = total if draw(st.booleans()) else None
    return {**data, **beside_lines, "total": told}


@st.composite
def supplier_invoices(
    draw: st.DrawFn,
    order: PurchaseOrder | None = None,
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    changes: Sequence[str] = (*("invoice",) * 4, "credit", "rebate"),
    strangers: bool = False,
) -> SupplierInvoice:
    """An invoice of an order, or of one that is drawn: some of its lines or all, as ordered or with another
    quantity or price, perhaps freight, tax and further charges. A told total is the sum of all of it, and
    never negative. `changes` is any selection of what it does.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(supplier_invoices())
    ... def a_total_is_told_rightly(invoice):
    ...     lines = sum(line.amount for line in invoice.lines)
    ...     assert invoice.total in (None, lines + invoice.freight + invoice.tax + invoice.other)
    >>> a_total_is_told_rightly()
    """
    feed = _feed(currency, text)
    ordered = draw(_ordered(feed, order, strangers))
    return SupplierInvoice.build(draw(_invoice(feed, ordered, changes)))


@st.composite
def purchases(
    draw: st.DrawFn,
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    max_lines: int = 3,
    max_receipts: int = 2,
    max_invoices: int = 2,
    strangers: bool = False,
) -> tuple[Fact, ...]:
    """An order, then what arrived of it (and came back), then its invoices and credits. Receipts and invoices
    have numbers of their own.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(purchases())
    ... def all_is_of_one_order(facts):
    ...     order, *rest = facts
    ...     assert all(fact.order == order.number for fact in rest)
    >>> all_is_of_one_order()
    """
    feed = _feed(currency, text)
    order = PurchaseOrder.build(draw(_order(feed, ("order",), max_lines, strangers)))
    states, changes = ("received", "received", "received", "returned"), ("invoice", "invoice", "credit")
    own: Any = {"unique_by": lambda data: data["number"]}
    receipts = draw(st.lists(_receipt(feed, order, states), max_size=max_receipts, **own))
    invoices = draw(st.lists(_invoice(feed, order, changes), max_size=max_invoices, **own))
    return order, *map(GoodsReceipt.build, receipts), *map(SupplierInvoice.build, invoices)
