"""Requisitions and orders as `purchase.requisition` and `purchase.purchase` records. They book nothing.

Tryton makes requests of a requisition that is approved, and moves to wait for of a purchase that is
processed. Invoices are ours (`invoice_method` is manual), so that what is owed is what was approved.
"""

from __future__ import annotations

from hcfin.erp import Payload
from hcfin.erp._procurement import UnsaidError
from hcfin.erp.tryton._requests import Kind
from hcfin.erp.tryton._supply import (
    PURCHASE,
    Columns,
    address_of,
    company_of,
    currency_of,
    described,
    item_columns,
    notes_of_line,
    payload_of,
    price_text,
    pushes,
    supplier_of,
    table,
)
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.procurement import OrderedLine, PurchaseOrder, Requisition

_REQUISITION = Kind(
    "purchase.requisition", "description", ("number", "state", "lines.quantity", "lines.unit_price")
)


def requisition_payload(document: Requisition, settings: Settings) -> Payload:
    """One record, approved unless somebody must approve it. Raises `UnsaidError`."""
    if not settings.requester:
        raise UnsaidError("requester")
    days = [line.needed_by for line in document.lines if line.needed_by]
    head = [
        ("company", company_of(document, settings)),
        ("description", described(document, document.id)),
        ("employee", settings.requester),
        ("supply_date", min(days, default=document.gl_date).isoformat()),
        ("warehouse", settings.warehouse),
        ("currency", currency_of(document, settings)),
    ]
    lines = []
    for line in document.lines:
        price = "" if line.unit_price is None else price_text(line.unit_price, settings)
        supplier = line.supplier or document.supplier
        lines.append(
            [
                [
                    *item_columns(line, settings),
                    ("lines/unit_price", price),
                    ("lines/supplier", supplier_of(supplier, settings) if supplier else ""),
                    ("lines/description", _notes(line)),
                ]
            ]
        )
    wait = ("wait", "waiting approved rejected processing done")
    approve, process = ("approve", "approved"), ("process", "processing done")
    model = _REQUISITION.model
    if document.approval == "required" or not settings.approve_requisitions:
        steps = pushes(model, wait, pending=True)
    else:
        steps = pushes(model, ("wait", "waiting"), approve, process)
    return payload_of(document, settings, _REQUISITION, document.id, table(head, lines), steps)


def order_payload(document: PurchaseOrder, settings: Settings) -> Payload:
    """One record, confirmed. Raises `UnsaidError`: an order that is under way is changed or ended by hand."""
    if document.change != "order":
        raise UnsaidError("change")
    if not document.lines:
        raise UnsaidError("lines")
    head = [
        ("company", company_of(document, settings)),
        ("party", supplier_of(document.supplier, settings)),
        ("invoice_address", address_of(document.supplier, settings)),
        ("reference", document.number),
        ("description", described(document, document.id)),
        ("purchase_date", document.gl_date.isoformat()),
        ("warehouse", settings.warehouse),
        ("currency", currency_of(document, settings)),
        ("invoice_method", "manual"),
    ]
    steps = pushes(
        PURCHASE.model, ("quote", "quotation"), ("confirm", "confirmed"), ("process", "processing done")
    )
    lines = [[_ordered(line, settings)] for line in document.lines]
    return payload_of(document, settings, PURCHASE, document.id, table(head, lines), steps)


def _ordered(line: OrderedLine, settings: Settings) -> Columns:
    if line.unit_price is None:
        raise UnsaidError("unit_price")
    return [
        ("lines/sequence", str(line.n)),
        *item_columns(line, settings),
        ("lines/unit_price", price_text(line.unit_price, settings)),
        ("lines/note", _notes(line)),
    ]


def _notes(line: OrderedLine) -> str:
    return notes_of_line(line, *([f"needed by {line.needed_by.isoformat()}"] if line.needed_by else []))
