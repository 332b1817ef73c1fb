"""Hypothesis strategies of supplies: what was used, what is in stock, what changed there, what is asked for.

Strategy: items come from a short list that the example master data know, each named by some of its numbers
and in a unit in which it is kept or bought; so what is drawn can be posted. `strangers` adds items that
nobody knows. A device identifier is written as its issuer prints it, so that its parts are what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, get_args

from hypothesis import strategies as st

from hcfin.billing.supply import (
    StockAdjustment,
    StockChange,
    StockLevel,
    SupplyChange,
    SupplyRequest,
    SupplyUse,
)
from hcfin.standards._udi import udi_of
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, Parts, details
from hcfin.wire.udi import Carrier
from hcfin.wire.udi_writer import text_of

__all__ = ["ITEMS", "LOCATIONS", "stock_adjustments", "stock_levels", "supply_requests", "supply_uses"]

_once = lru_cache(maxsize=256)

FACILITY = "TESTFAC"
LOCATIONS = ("CATHLAB-1", "CATHLAB-2", "STORES")
_DEPARTMENTS = ("CATHLAB", "OR", "4W")
_UNITLESS = ""


class KnownItem(NamedTuple):
    """An item of the list. `units` are those it may come in, the one it is kept in first; `price` is that of
    one of the last, in minor units."""

    code: str
    supplier_code: str
    supplier: str
    device: str
    units: tuple[str, ...]
    price: int
    charge_code: str = ""
    implant: bool = False


ITEMS = (
    KnownItem("CL-4711", "HS-DES-30", "HC-100", "02000000000015", ("EA",), 520_000, "27800471", True),
    KnownItem("CL-4805", "HS-LEAD-52", "HC-100", "02000000000022", ("EA",), 145_000, "27800480", True),
    KnownItem("CL-1201", "MS-GC6", "MS-200", "02000000000039", ("EA",), 12_000, "27200120"),
    KnownItem("CL-2210", "MS-CM100", "MS-200", "02000000000046", ("VL", "BX"), 38_500, "63600221"),
    KnownItem("CL-9001", "MS-DR1", "MS-200", "02000000000053", ("EA", "BX"), 14_500),
)
"""Items of the example master data."""

STRANGERS = (
    KnownItem("CL-0000", "NS-0", "NS-999", "02000000000060", ("EA",), 9_900),
    KnownItem("CL-0001", "NS-1", "NS-999", "02000000000077", ("KT",), 100),
)
"""Items that nobody knows, of a supplier that nobody knows."""


def items(strangers: bool) -> st.SearchStrategy[KnownItem]:
    """Items of the list; with `strangers`, some that are not."""
    known = st.sampled_from(ITEMS)
    return st.one_of(known, known, known, st.sampled_from(STRANGERS)) if strangers else known


@st.composite
def item_data(draw: st.DrawFn, item: KnownItem, feed: Feed) -> Data:
    """An item by some of its numbers, one at least."""
    numbers = (("code", item.code), ("supplier_code", item.supplier_code), ("device", item.device))
    some = draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=3, unique=True))
    found: Data = dict(some)
    if draw(words.rarely()):
        found |= {"manufacturer": "EXAMPLE MAKER", "manufacturer_code": f"M-{item.supplier_code}"}
    if draw(st.booleans()):
        found["description"] = draw(feed.text)
    return found


@_once
def moments() -> st.SearchStrategy[str]:
    """Moments of days on which something may have been used, ordered or paid, some with an hour."""
    days = st.dates(date(2024, 6, 1), date(2026, 12, 31))
    forms = st.sampled_from(("{day}", "{day}T08:15", "{day}T08:15:30-06:00", "{day}T23:59:59Z"))
    return st.builds(lambda day, form: str(form.format(day=day)), days, forms)


@_once
def quantities(least: int = 1, most: int = 40) -> st.SearchStrategy[Decimal]:
    """How many, as a rule whole."""
    whole = st.integers(least, most).map(Decimal)
    parts = st.integers(least * 4, most * 4).map(lambda quarters: Decimal(quarters) / 4)
    return st.one_of(whole, whole, whole, parts)


def units(item: KnownItem) -> st.SearchStrategy[str]:
    """A unit that the item comes in, or none."""
    return st.sampled_from((_UNITLESS, *item.units))


def _coding(*known: str) -> Parts:
    return st.fixed_dictionaries({"code": st.sampled_from(known)}, optional={"text": st.just("EXAMPLE")})


@st.composite
def udi_data(draw: st.DrawFn, item: KnownItem, feed: Feed) -> Data | None:
    """A device identifier as read from a label, or from fields alone; None where nothing is told."""
    day = st.dates(date(2024, 1, 1), date(2030, 12, 31)).map(date.isoformat)
    told = draw(details(lot=feed.text, serial=feed.text, manufactured=day, expires=day))
    text = ""
    if draw(st.booleans()):
        with suppress(ValueError):  # GS1 has no delimiters of its own, and twenty characters at most
            text = text_of(Carrier("GS1", item.device, **told))
    found = udi_of(0, text, {"device": item.device, **told}).udi
    return found.model_dump() if found and (text or told) else None


@st.composite
def _use(draw: st.DrawFn, feed: Feed, changes: Sequence[SupplyChange], strangers: bool) -> Data:
    item = draw(items(strangers))
    udi = draw(st.one_of(udi_data(item, feed), st.none())) if item.implant or draw(words.rarely()) else None
    one = bool(udi and udi["serial"])
    named = draw(item_data(item, feed)) | ({"device": item.device} if udi else {})
    data: Data = {
        "currency": feed.currency,
        "change": draw(st.sampled_from(changes)),
        "id": draw(st.one_of(words.plain_identifiers(10), st.just(""))),
        "case": draw(st.one_of(feed.text, st.just(""))),
        "facility": FACILITY,
        "location": draw(st.sampled_from(LOCATIONS)),
        "item": named,
        "udi": udi,
        "quantity": Decimal(1) if one else draw(quantities()),
        "unit": draw(st.sampled_from((_UNITLESS, item.units[0]))) if one else draw(units(item)),
        "used": draw(moments()),
        "department": draw(st.one_of(_coding(*_DEPARTMENTS), st.none())),
        **draw(
            details(
                account=feed.text,
                visit=feed.text,
                unit_cost=st.integers(1, 600_000).map(feed.money),
                posted=moments(),
                procedure=_coding("92928", "33208"),
                charge_id=feed.text,
            )
        ),
    }
    if item.charge_code and draw(st.booleans()):
        data["charge_code"] = {"code": item.charge_code}
    if draw(words.rarely()):
        data["reverses"] = draw(words.plain_identifiers(10))
    return data


def supply_uses(
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    changes: Sequence[SupplyChange] = (*("consumed",) * 4, "returned", "wasted", "explanted"),
    strangers: bool = False,
) -> st.SearchStrategy[SupplyUse]:
    """Items that were used, came back, were wasted or explanted; what has a serial number is one piece.

    `changes` is any selection of what may become of an item. `text` makes cases, accounts, lots, serial
    numbers and descriptions. `strangers` adds items that the example master data do not know.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(supply_uses(changes=["wasted"]))
    ... def a_quantity_is_positive(use):
    ...     assert use.change == "wasted" and use.quantity > 0
    >>> a_quantity_is_positive()
    """
    return _use(_feed(currency, text), tuple(changes), strangers).map(SupplyUse.build)


def _feed(currency: str, text: st.SearchStrategy[str] | None) -> Feed:
    return Feed(currency, words.identifiers() if text is None else text)


@st.composite
def _level(draw: st.DrawFn, feed: Feed, strangers: bool) -> Data:
    item = draw(items(strangers))
    data: Data = {
        "currency": feed.currency,
        "facility": draw(st.sampled_from((FACILITY, ""))),
        "location": draw(st.sampled_from(LOCATIONS)),
        "item": draw(item_data(item, feed)),
        "on_hand": draw(quantities(0, 200)),
        "unit": draw(units(item)),
        "counted": draw(moments()),
    }
    if draw(st.booleans()):
        data["on_order"] = draw(quantities(0, 100))
    kept = draw(st.sampled_from(("", "between", "par")))
    if kept == "between":
        data["minimum"] = draw(quantities(0, 40))
        data["maximum"] = data["minimum"] + draw(quantities(0, 100))
    elif kept:
        data["par"] = draw(quantities(1, 100))
    return data


def stock_levels(
    *, currency: str = "USD", text: st.SearchStrategy[str] | None = None, strangers: bool = False
) -> st.SearchStrategy[StockLevel]:
    """What is in stock; perhaps between a minimum and a maximum that is not below it, or up to a par."""
    return _level(_feed(currency, text), strangers).map(StockLevel.build)


@st.composite
def _adjustment(draw: st.DrawFn, feed: Feed, changes: Sequence[StockChange], strangers: bool) -> Data:
    item, change = draw(items(strangers)), draw(st.sampled_from(changes))
    size = draw(quantities())
    lost = draw(st.booleans()) if change == "count" else change != "found"
    first, second = draw(st.permutations(LOCATIONS))[:2]
    return {
        "currency": feed.currency,
        "change": change,
        "id": draw(st.one_of(words.plain_identifiers(10), st.just(""))),
        "facility": FACILITY,
        "location": first,
        "to_location": second if change == "transfer" else "",
        "item": draw(item_data(item, feed)),
        "quantity": -size if lost else size,
        "unit": draw(units(item)),
        "moved": draw(moments()),
        "approver": draw(st.one_of(feed.text, st.just(""))),
    }


def stock_adjustments(
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    changes: Sequence[StockChange] = get_args(StockChange),
    strangers: bool = False,
) -> st.SearchStrategy[StockAdjustment]:
    """Stock that changed without use, with the sign that its reason has; a transfer leaves its location.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(stock_adjustments(changes=["expiry"]))
    ... def what_expires_is_lost(adjustment):
    ...     assert adjustment.quantity < 0
    >>> what_expires_is_lost()
    """
    return _adjustment(_feed(currency, text), tuple(changes), strangers).map(StockAdjustment.build)


@st.composite
def _request(draw: st.DrawFn, feed: Feed, strangers: bool) -> Data:
    item = draw(items(strangers))
    return {
        "currency": feed.currency,
        "change": draw(st.sampled_from(("new", "new", "new", "changed", "cancelled"))),
        "number": draw(words.plain_identifiers(10)),
        "line": draw(st.sampled_from(("", "1", "2"))),
        "facility": FACILITY,
        "location": draw(st.sampled_from(LOCATIONS)),
        "item": draw(item_data(item, feed)),
        "quantity": draw(quantities()),
        "unit": draw(units(item)),
        "requested": draw(moments()),
        **draw(
            details(
                department=_coding(*_DEPARTMENTS),
                requester=feed.text,
                case=feed.text,
                supplier=st.just(item.supplier),
                unit_price=st.integers(1, 600_000).map(feed.money),
                needed_by=moments(),
            )
        ),
    }


def supply_requests(
    *, currency: str = "USD", text: st.SearchStrategy[str] | None = None, strangers: bool = False
) -> st.SearchStrategy[SupplyRequest]:
    """Requests for an item: new, changed, or cancelled."""
    return _request(_feed(currency, text), strangers).map(SupplyRequest.build)
