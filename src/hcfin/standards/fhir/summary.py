"""What the unit of a resource sums up: its own figures exactly as they stand, readable as money or not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hcfin.standards.fhir.elements import Element, child, children, codings, number, text
from hcfin.standards.fhir.resource import Resource

_SUBMITTED = "submitted"
_INFORMATIONAL = "informational"
_SIGNS = {"base": 1, "surcharge": 1, "tax": 1, "deduction": -1, "discount": -1}
# The element that is the total of a resource, in the order of the releases that have it.
_TOTALS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ChargeItem": (("priceOverride",), ("totalPriceComponent", "amount")),
    "Claim": (("total",),),
    "Invoice": (("totalGross",), ("totalNet",)),
    "PaymentNotice": (("amount",),),
    "PaymentReconciliation": (("paymentAmount",), ("amount",)),
    # The form of STU3, which is not read any further.
    "ExplanationOfBenefit": (("totalCost",),),
    "ClaimResponse": (("totalCost",),),
}
_PAYMENTS = {kind: _TOTALS[kind] for kind in ("PaymentNotice", "PaymentReconciliation")}
_PAYMENT = (("payment", "amount"),)
_SIMPLE, _NET = ("amount",), ("net",)
_ITEMS = {"Invoice": "lineItem", "PaymentReconciliation": "detail", "Claim": "item"}
SUMMED = frozenset(_TOTALS)
"""Resources that have figures of their own."""


def summary_of(resource: Resource) -> dict[str, Any]:
    """`id`, `total`, `item_total`, `payment`, of an invoice `net`, as texts; what is not there is not."""
    data, kind = resource.data, resource.type
    figures = {
        "total": _total(data, kind),
        "item_total": _sum(_items(data, kind)),
        "payment": _payment(data, kind),
        "net": _value(data, ("totalNet",)) if kind == "Invoice" else None,
    }
    told = {name: f"{value:f}" for name, value in figures.items() if value is not None}
    return {"id": resource.id, **told}


def _value(element: Element, path: tuple[str, ...]) -> Decimal | None:
    for name in path:
        if name not in element:
            return None
        element = child(element, name)
    return number(element, "value")


def _total(data: Element, kind: str) -> Decimal | None:
    for path in _TOTALS.get(kind, ()):
        found = _value(data, path)
        if found is not None:
            return found
    for total in children(data, "total"):
        if any(code.code == _SUBMITTED for code in codings(child(total, "category"))):
            return _value(total, _SIMPLE)
    return None


def _items(data: Element, kind: str) -> Iterator[Decimal]:
    for item in children(data, _ITEMS.get(kind, "item")):
        if kind == "Invoice":
            yield from _prices(item)
        else:
            found = _value(item, _SIMPLE if kind == "PaymentReconciliation" else _NET)
            if found is not None:
                yield found


def _prices(item: Element) -> Iterator[Decimal]:
    """What adds up to the price of an item; informational components only where there are no others."""
    told = [(text(one, "type"), _value(one, _SIMPLE)) for one in children(item, "priceComponent")]
    counted = [(kind, value) for kind, value in told if kind in _SIGNS and value is not None]
    yield from (value * _SIGNS[kind] for kind, value in counted)
    if not counted:
        yield from (value for kind, value in told if kind == _INFORMATIONAL and value is not None)


def _payment(data: Element, kind: str) -> Decimal | None:
    for path in _PAYMENTS.get(kind, _PAYMENT):
        found = _value(data, path)
        if found is not None:
            return found
    return None


def _sum(values: Iterator[Decimal]) -> Decimal | None:
    found = list(values)
    return sum(found[1:], found[0]) if found else None
