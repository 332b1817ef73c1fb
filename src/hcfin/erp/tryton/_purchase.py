"""Requisitions and orders as `purchase.requisition` and `purchase.purchase` records. They book nothing.

Tryton makes requests of a requisition that is approved, and moves to wait for of a purchase that is
processed. Invoices are ours (`invoice_method` is manual), so that what is owed is what was approved.
"""

from __future__ import annotations

from hcfin.erp import Payload
from hcfin.erp.tryton._requests import Kind, Push
from hcfin.erp.tryton._supply import (
    UnsaidError,
    checked_currency,
    company_of,
    described,
    line_notes,
    payload_of,
    price_text,
    quantity_text,
    supplier_of,
    table,
)
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.procurement import ItemLine, OrderedLine, PurchaseOrder, Requisition

_REQUISITION = Kind(
    "purchase.requisition", "description", ("number", "state", "lines.quantity", "lines.unit_price")
)
PURCHASE = Kind("purchase.purchase", "description", ("number", "state", "lines.quantity", "lines.unit_price"))

Columns = list[tuple[str, str]]


def requisition_payload(document: Requisition, settings: Settings) -> Payload:
    """One record. Without the need of approval it is approved. Raises `UnsaidError`."""
    if not settings.requester:
        raise UnsaidError("requester")
    days = [line.needed_by for line in document.lines if line.needed_by]
    head = [
        ("company", company_of(document, settings)),
        ("description", described(document, f"reason {document.reason}", _numbered(document.number))),
        ("employee", settings.requester),
        ("supply_date", min(days, default=document.gl_date).isoformat()),
        ("warehouse", settings.warehouse),
        ("currency", checked_currency(document, settings)),
    ]
    lines = []
    for line in document.lines:
        supplier = line.supplier or document.supplier
        lines.append(
            [
                *_item_columns(line, settings),
                (
                    "lines/unit_price",
                    "" if line.unit_price is None else price_text(line.unit_price, settings),
                ),
                ("lines/supplier", supplier_of(supplier, settings) if supplier else ""),
                ("lines/description", "; ".join(_ordered_notes(line))),
            ]
        )
    model = _REQUISITION.model
    over = ("approved", "rejected", "processing", "done")
    steps = [Push(model, "wait", ("waiting",))]
    if document.approval == "required":
        steps = [Push(model, "wait", ("waiting",), pending=True)]
    else:
        steps += [Push(model, "approve", ("approved",)), Push(model, "process", ("processing", "done"))]
    del over
    return payload_of(document, settings, _REQUISITION, document.id, table(head, lines), steps)


def order_payload(document: PurchaseOrder, settings: Settings) -> Payload:
    """One record, confirmed. Raises `UnsaidError`: an order that is under way is changed or ended by hand."""
    if document.change != "order":
        raise UnsaidError("change")
    if not document.lines:
        raise UnsaidError("lines")
    notes = (
        f"kind {document.order_kind}" if document.order_kind != "standard" else "",
        f"revision {document.revision}" if document.revision else "",
        f"contract {document.contract}" if document.contract else "",
    )
    lines = []
    for line in document.lines:
        if line.unit_price is None:
            raise UnsaidError("unit_price")
        lines.append(
            [
                ("lines/sequence", str(line.n)),
                *_item_columns(line, settings),
                ("lines/unit_price", price_text(line.unit_price, settings)),
                ("lines/note", "; ".join(_ordered_notes(line))),
            ]
        )
    head = purchase_head(document, settings, described(document, *notes))
    model = PURCHASE.model
    steps = [
        Push(model, "quote", ("quotation",)),
        Push(model, "confirm", ("confirmed",)),
        Push(model, "process", ("processing", "done")),
    ]
    return payload_of(document, settings, PURCHASE, document.id, table(head, lines), steps)


def purchase_head(document: PurchaseOrder, settings: Settings, description: str) -> Columns:
    """The header of a purchase."""
    return _purchase_head(document, settings, description)


def _numbered(number: str) -> str:
    return f"number {number}" if number else ""


def _item_columns(line: ItemLine, settings: Settings) -> Columns:
    return [
        ("lines/product", settings.items.get(line.item, line.item)),
        ("lines/quantity", quantity_text(line.quantity)),
        ("lines/unit", settings.units.get(line.unit, line.unit)),
    ]


def _ordered_notes(line: OrderedLine) -> list[str]:
    notes = list(line_notes(line))
    if line.needed_by:
        notes.append(f"needed by {line.needed_by.isoformat()}")
    if line.deliver_to:
        notes.append(f"deliver to {line.deliver_to}")
    return notes
