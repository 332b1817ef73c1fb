"""Goods that arrive as `stock.shipment.in` records, and what they book as a move.

A shipment counts goods and books nothing; the move beside it books what the document says, so it is the same
to the cent whatever Tryton thinks that goods cost. A memo, which the journal books, still counts its goods.
The goods of an order are those that it waits for: the rest of a partial delivery goes on waiting.
"""

from __future__ import annotations

from hcfin.erp import Payload
from hcfin.erp._procurement import UnsaidError
from hcfin.erp.tryton._requests import PLACE_OF_IDS, Change, Find, Kind, Step
from hcfin.erp.tryton._supply import (
    Columns,
    company_of,
    currency_of,
    described,
    find_order_line,
    payload_of,
    pushes,
    quantity_text,
    storage_of,
    supplier_of,
    table,
    unit_of,
)
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.procurement import GoodsReceipt, ReceivedLine

_SHIPMENT = Kind("stock.shipment.in", "reference", ("number", "state"))


def goods_of(document: GoodsReceipt, settings: Settings) -> list[ReceivedLine]:
    """The lines that Tryton counts: those on an account of stock."""
    return [line for line in document.lines if line.account in settings.stock_accounts]


def shipment_payload(document: GoodsReceipt, settings: Settings) -> Payload:
    """One record. Raises `UnsaidError`: what is sent back, and goods of no order, are brought in by hand."""
    if document.state != "received":
        raise UnsaidError("state")
    if not document.order_id:
        raise UnsaidError("order")
    external_id = f"{document.id}-goods"
    head: Columns = [
        ("company", company_of(document, settings)),
        ("supplier", supplier_of(document.supplier, settings)),
        ("reference", described(document, external_id)),
        ("effective_date", document.gl_date.isoformat()),
        ("warehouse", settings.warehouse),
        ("warehouse_input", settings.warehouse_input),
        ("warehouse_storage", storage_of(document, settings)),
    ]
    currency_of(document, settings)
    steps: list[Step] = []
    for line in goods_of(document, settings):
        if not (line.order_line.isascii() and line.order_line.isdecimal()):
            raise UnsaidError("order_line")
        ordered, waiting, unit = (f"<{what} {line.n}>" for what in ("order line", "goods", "unit"))
        steps += [
            find_order_line(ordered, document.order_id, line.order_line),
            Find(
                waiting,
                "stock.move",
                (
                    ["origin", "=", f"purchase.line,{ordered}"],
                    ["shipment", "=", None],
                    ["state", "=", "draft"],
                ),
            ),
            Find(unit, "product.uom", (["rec_name", "=", unit_of(line.item, line.unit, settings)],)),
            Change(
                "stock.move",
                waiting,
                {
                    "shipment": f"stock.shipment.in,{PLACE_OF_IDS}",
                    "unit": unit,
                    "quantity": float(quantity_text(line.quantity)),
                    "effective_date": _day(document),
                },
            ),
        ]
    steps += pushes(_SHIPMENT.model, ("receive", "received"), ("do", "done"))
    return payload_of(document, settings, _SHIPMENT, external_id, table(head, []), steps)


def _day(document: GoodsReceipt) -> dict[str, object]:
    day = document.gl_date
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}
