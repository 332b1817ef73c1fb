"""The strategies of supplies and purchases: what they reach, what holds of all, and what never shows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.purchase import GoodsReceipt, PurchaseOrder, SupplierInvoice
from hcfin.billing.supply import StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.money import extend
from hcfin.testing import (
    goods_receipts,
    leaks,
    plant,
    purchase_orders,
    purchases,
    stock_adjustments,
    stock_levels,
    supplier_invoices,
    supply_requests,
    supply_uses,
)
from hcfin.testing.supply_strategies import ITEMS
from hcfin.wire.udi import parse

EVERY: tuple[Callable[..., st.SearchStrategy[Any]], ...] = (
    *(supply_uses, stock_levels, stock_adjustments, supply_requests),
    *(purchase_orders, goods_receipts, supplier_invoices),
)
FACTS = st.one_of(*(make(strangers=True) for make in EVERY))
CODES = {number for item in ITEMS for number in (item.code, item.supplier_code, item.device)}


def reach(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    quick = settings(max_examples=1500, phases=[Phase.generate], derandomize=True)
    return find(strategy, condition, settings=quick)


USES: dict[str, Callable[[SupplyUse], bool]] = {
    **{
        change: (lambda one, change=change: one.change == change)  # type: ignore[misc]
        for change in ("consumed", "returned", "wasted", "explanted")
    },
    "a label with lot and serial number": lambda one: bool(
        one.udi and one.udi.carrier and one.udi.lot and one.udi.serial
    ),
    "a device without a label": lambda one: bool(one.udi and not one.udi.carrier and one.udi.serial),
    "a part of a unit": lambda one: one.quantity != one.quantity.to_integral_value(),
    "no unit": lambda one: one.unit == "",
    "a cost": lambda one: one.unit_cost is not None,
    "an item by all its numbers": lambda one: bool(
        one.item.code and one.item.device and one.item.supplier_code
    ),
    "something undone": lambda one: bool(one.reverses),
    "its charge": lambda one: one.charge_code is not None,
}


@pytest.mark.parametrize("what", USES)
def test_uses_reach(what: str) -> None:
    assert reach(supply_uses(), USES[what])


ORDERS: dict[str, Callable[[PurchaseOrder], bool]] = {
    "three lines": lambda one: len(one.lines) == 3,
    "a revision": lambda one: one.change == "revision" and bool(one.revision),
    "a cancellation": lambda one: one.change == "cancellation",
    "a confirmation": lambda one: one.change == "confirmation" and one.answer == "RJ",
    "for a case": lambda one: bool(one.case),
    "bill only": lambda one: one.order_kind == "bill_only",
    "a total": lambda one: one.total is not None,
}


@pytest.mark.parametrize("what", ORDERS)
def test_orders_reach(what: str) -> None:
    assert reach(purchase_orders(), ORDERS[what])


Pair = tuple[PurchaseOrder, Any]


def invoices_of_orders() -> st.SearchStrategy[Pair]:
    orders = purchase_orders(changes=["order"])
    return orders.flatmap(lambda order: st.tuples(st.just(order), supplier_invoices(order)))


INVOICES: dict[str, Callable[[Pair], bool]] = {
    "all as ordered": lambda pair: (
        [(line.quantity, line.unit_price) for line in pair[1].lines]
        == [(line.quantity, line.unit_price) for line in pair[0].lines]
    ),
    "another price": lambda pair: pair[1].lines[0].unit_price > pair[0].lines[0].unit_price,
    "more than ordered": lambda pair: pair[1].lines[0].quantity > pair[0].lines[0].quantity,
    "a part": lambda pair: len(pair[1].lines) < len(pair[0].lines),
    "freight": lambda pair: pair[1].freight > 0,
    "an allowance": lambda pair: pair[1].other < 0 < len(pair[1].charges),
    "a credit of an invoice": lambda pair: pair[1].change == "credit" and bool(pair[1].corrects),
    "no order line": lambda pair: not pair[1].lines[0].order_line,
}


@pytest.mark.parametrize("what", INVOICES)
def test_invoices_reach(what: str) -> None:
    assert reach(invoices_of_orders(), INVOICES[what])


@pytest.mark.parametrize("state", ["shipped", "received", "returned"])
def test_receipts_reach(state: str) -> None:
    assert reach(goods_receipts(), lambda one: one.state == state and bool(one.lines[0].lot))


@given(supply_uses())
@settings(max_examples=60)
def test_a_label_says_what_stands_beside_it(one: SupplyUse) -> None:
    assert one.quantity > 0
    if one.udi and one.udi.serial:
        assert one.quantity == 1
    if one.udi and one.udi.carrier:
        found = parse(one.udi.carrier)
        assert found is not None
        told = found._asdict()
        assert {name: getattr(one.udi, name) for name in told} == told


@given(stock_levels())
@settings(max_examples=60)
def test_levels_are_between_their_bounds(one: StockLevel) -> None:
    assert one.on_hand >= 0
    assert one.minimum is None or one.maximum is None or one.minimum <= one.maximum
    assert one.par is None or one.minimum is one.maximum is None


@given(stock_adjustments())
@settings(max_examples=60)
def test_an_adjustment_has_the_sign_of_its_reason(one: StockAdjustment) -> None:
    assert one.quantity != 0
    assert one.change == "count" or (one.quantity > 0) == (one.change == "found")
    assert bool(one.to_location) == (one.change == "transfer")
    assert one.to_location != one.location


@given(st.sampled_from(["USD", "JPY", "KWD"]).flatmap(lambda currency: purchases(currency=currency)))
@settings(max_examples=80)
def test_a_purchase_adds_up(facts: tuple[Any, ...]) -> None:
    order, *rest = facts
    assert {fact.currency for fact in facts} == {order.currency}
    assert {fact.order for fact in rest} <= {order.number}
    for kind in (GoodsReceipt, SupplierInvoice):
        numbers = [fact.number for fact in rest if isinstance(fact, kind)]
        assert len(set(numbers)) == len(numbers)
    for fact in facts:
        lines = [line for line in fact.lines if getattr(line, "amount", None) is not None]
        for line in lines:
            assert line.amount == extend(line.unit_price, line.quantity, fact.currency)[0]
        if getattr(fact, "total", None) is not None:
            beside = [getattr(fact, name, Decimal(0)) for name in ("freight", "tax", "other")]
            assert fact.total == sum((line.amount for line in lines), sum(beside, Decimal(0))) >= 0


@given(st.one_of(supply_uses(), stock_levels(), stock_adjustments(), supply_requests()))
@settings(max_examples=60)
def test_without_strangers_all_items_are_known(one: Any) -> None:
    told = {one.item.code, one.item.supplier_code, one.item.device} - {""}
    assert told
    assert told <= CODES


def test_strangers_are_reached() -> None:
    assert reach(supply_uses(strangers=True), lambda one: one.item.code == "CL-0000")
    assert reach(purchase_orders(strangers=True), lambda one: one.supplier.id == "NS-999")


@given(FACTS)
@settings(max_examples=120)
def test_facts_are_the_same_from_their_json(one: Any) -> None:
    assert load_fact(fact_json(one)) == one


def test_the_law_of_json_bites() -> None:
    """A quantity that loses its last place is found."""
    one = reach(supply_requests(), lambda one: one.quantity == Decimal("0.25") + int(one.quantity))
    data = fact_json(one)
    data["quantity"] = data["quantity"][:-1]
    assert load_fact(data) != one


@given(FACTS)
@settings(max_examples=80)
def test_nothing_of_a_patient_shows(one: Any) -> None:
    planted, sentinels = plant([one])
    assert leaks(repr(planted), sentinels) == []
    assert sentinels or isinstance(one, StockLevel | StockAdjustment)


@given(supply_uses(text=st.just("OWN-TEXT"), changes=["returned"]))
@settings(max_examples=20)
def test_uses_are_as_asked_for(one: SupplyUse) -> None:
    assert one.change == "returned"
    assert {one.case, one.account, one.visit} <= {"OWN-TEXT", ""}


@given(supply_requests(currency="EUR"))
@settings(max_examples=20)
def test_requests_are_numbered(one: SupplyRequest) -> None:
    assert one.currency == "EUR"
    assert one.number
