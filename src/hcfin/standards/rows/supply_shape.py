"""The row shape of supplies: keys of each kind, taken from the facts that rows become.

An item, a label and a line of a receipt are nodes of a fact; in a row their keys stand beside the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from hcfin.billing.base import Fact, Node
from hcfin.billing.purchase import GoodsReceipt, InvoiceRelease, ReceiptLine
from hcfin.billing.supply import StockAdjustment, StockLevel, SupplyItem, SupplyRequest, SupplyUse, Udi
from hcfin.standards.rows.shape import CURRENCY, Key

SUPPLIES: dict[str, type[Fact]] = {
    "supply_use": SupplyUse,
    "stock_level": StockLevel,
    "stock_adjustment": StockAdjustment,
    "supply_request": SupplyRequest,
    "goods_receipt": GoodsReceipt,
    "invoice_release": InvoiceRelease,
}
DECIDED = "invoice_release"
"""The kind of rows that are about an invoice, and not about an item."""
QUANTITIES = frozenset({"quantity", "on_hand", "on_order", "minimum", "maximum", "par"})
PRICES = frozenset({"unit_cost", "unit_price"})
CODINGS = frozenset({"department", "charge_code", "procedure"})
MOMENTS = frozenset({"used", "posted", "counted", "moved", "requested", "needed_by", "expected", "decided"})
MOMENTS |= {"expires", "manufactured"}
ITEM = ("item", "supplier_item", "manufacturer_item", "device", "udi")
"""Keys of which a row has at least one: what it is about."""
LABEL = ("lot", "serial", "manufactured", "expires", "donation")
GOODS = frozenset({*ITEM, "manufacturer", "lot", "serial", "donation"})
"""Numbers of goods, which may look like those of a payment card."""
_REQUIRED = frozenset({"quantity", "on_hand"})
_DECIDING = frozenset({"number", "decision"})
_IDENTIFYING = frozenset({"id", "number", "account", "case", "order", "charge_id", "reverses"})
_ORGANIZATION = {"supplier": "Identifier of the supplier.", "supplier_name": "Name of the supplier."}
_UDI = "Its whole label (UDI) as it was scanned."


def field_names(model: type[Node]) -> dict[str, str]:
    """Keys of a node's own fields, and the fields."""
    found = {}
    for name, field in model.model_fields.items():
        extra: Any = field.json_schema_extra or {}
        key = extra.get("source", {}).get("rows")
        if key:
            found[key] = name
    return found


@cache
def supply_keys(kind: str) -> dict[str, Key]:
    """The keys of a kind of row, in the order of its fact; beside them `kind`."""
    found = {CURRENCY: Key(CURRENCY, "ISO 4217 currency of costs and prices.", (), False, False)}
    for key in _keys(SUPPLIES[kind]):
        found.setdefault(key.name, key)
    return found


def _keys(model: type[Node]) -> Iterator[Key]:
    for name, field in field_names(model).items():
        if name == "item":
            yield from (Key(key, _text(SupplyItem, own), (), False, False) for key, own in _item().items())
        elif name == "udi":
            yield Key("udi", _UDI, (), False, False)
            yield from (Key(key, _text(Udi, key), (), False, False) for key in LABEL)
        elif name == "lines":
            yield from _keys(ReceiptLine)
            yield Key("udi", _UDI, (), False, False)
        elif name == "supplier" and model in (GoodsReceipt, InvoiceRelease):
            yield from (Key(key, text, (), False, False) for key, text in _ORGANIZATION.items())
        else:
            annotation = model.model_fields[field].annotation
            values = get_args(annotation) if get_origin(annotation) is Literal else ()
            yield Key(
                name, _text(model, field), tuple(values), name in _required(model), name in _IDENTIFYING
            )


def _required(model: type[Node]) -> frozenset[str]:
    return _DECIDING if model is InvoiceRelease else _REQUIRED


def _item() -> dict[str, str]:
    return field_names(SupplyItem)


def _text(model: type[Node], field: str) -> str:
    text = model.model_fields[field].description or ""
    for name in (" HL7V2 ", " X12 ", " FHIR ", " CXML ", " ROWS "):
        text = text.partition(name)[0]
    return text


@cache
def supply_words() -> frozenset[str]:
    """Every value of a closed list, and every kind: these may be shown."""
    return frozenset(SUPPLIES) | {
        value for kind in SUPPLIES for key in supply_keys(kind).values() for value in key.values if value
    }
