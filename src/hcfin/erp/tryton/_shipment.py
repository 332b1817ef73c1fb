"""Goods that arrive as `stock.shipment.in` records, and what they book as a move.

A shipment counts goods and books nothing; the move beside it books what the document says, so it is the same
to the cent whatever Tryton thinks that goods cost. A memo, which the journal books, still counts its goods.
The goods of an order are those that it waits for: the rest of a partial delivery goes on waiting. What goes
back is a `stock.shipment.in.return`.
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
_RETURN = Kind("stock.shipment.in.return", "reference", ("number", "state"))


def goods_of(document: GoodsReceipt, settings: Settings) -> list[ReceivedLine]:
    """The lines that Tryton counts: those on an account of stock."""
    return [line for line in document.lines if line.account in settings.stock_accounts]


def shipment_payload(document: GoodsReceipt, settings: Settings) -> Payload:
    """One record. Raises `UnsaidError`: goods of no order that hcfin sent are brought in by hand."""
    if document.state == "returned":
        return _returned(document, settings)
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
        ordered, waiting, unit = (f"<{what} {line.n}>" for what in ("order line", "goods", "unit"))
        steps += [
            _ordered(document, line, ordered),
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


def _ordered(document: GoodsReceipt, line: ReceivedLine, place: str) -> Find:
    """The line of the order that a line is of. Raises `UnsaidError`."""
    order = line.order_id or document.order_id
    if not order:
        raise UnsaidError("order")
    if not (line.order_line.isascii() and line.order_line.isdecimal()):
        raise UnsaidError("order_line")
    return find_order_line(place, order, line.order_line)


def _returned(document: GoodsReceipt, settings: Settings) -> Payload:
    """Goods that go back out of the storage."""
    external_id = f"{document.id}-goods"
    there = [
        ("from_location", storage_of(document, settings)),
        ("to_location", settings.supplier_location),
    ]
    head: Columns = [
        ("company", company_of(document, settings)),
        ("supplier", supplier_of(document.supplier, settings)),
        ("reference", described(document, external_id)),
        ("effective_date", document.gl_date.isoformat()),
        *there,
    ]
    lines = [
        [
            [
                ("moves/product", settings.items.get(line.item, line.item)),
                ("moves/quantity", quantity_text(line.quantity)),
                ("moves/unit", unit_of(line.item, line.unit, settings)),
                ("moves/unit_price", _each(line, settings)),
                ("moves/currency", currency_of(document, settings)),
                ("moves/company", company_of(document, settings)),
                ("moves/effective_date", document.gl_date.isoformat()),
                *((f"moves/{name}", value) for name, value in there),
            ]
        ]
        for line in goods_of(document, settings)
    ]
    steps: list[Step] = []
    for line in goods_of(document, settings):
        ordered, came, own = (f"<{what} {line.n}>" for what in ("order line", "goods", "line"))
        product = settings.items.get(line.item, line.item)
        # Tryton asks what goods come from that go back. The order's line itself would count them as arrived.
        steps += [
            _ordered(document, line, ordered),
            Find(
                came,
                "stock.move",
                (["origin", "=", f"purchase.line,{ordered}"], ["state", "=", "done"]),
                first=True,
            ),
            Find(
                own,
                "stock.move",
                (
                    ["shipment", "=", f"{_RETURN.model},{PLACE_OF_IDS}"],
                    ["product.rec_name", "=", product],
                    ["origin", "=", None],
                ),
                first=True,
            ),
            Change("stock.move", own, {"origin": f"stock.move,{came}"}),
        ]
    steps += pushes(_RETURN.model, ("wait", "waiting"), ("assign_force", "assigned"), ("do", "done"))
    return payload_of(document, settings, _RETURN, external_id, table(head, lines), steps)


def _each(line: ReceivedLine, settings: Settings) -> str:
    """The value of one, as far as Tryton keeps it: it books nothing there."""
    return f"{round(line.amount / line.quantity, settings.price_digits):f}"


def _day(document: GoodsReceipt) -> dict[str, object]:
    day = document.gl_date
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}
