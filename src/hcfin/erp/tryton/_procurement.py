"""Documents of procurement as Tryton records, or why not."""

from __future__ import annotations

from dataclasses import replace

from hcfin.erp import Payload
from hcfin.erp._documents import losses
from hcfin.erp._procurement import Procurement, UnsaidError, books_nothing, unmapped
from hcfin.erp.tryton._fields import issue_about
from hcfin.erp.tryton._invoice import INVOICE, invoice_payload, is_invoice
from hcfin.erp.tryton._move import move_payloads
from hcfin.erp.tryton._purchase import order_payload, requisition_payload
from hcfin.erp.tryton._requests import MOVE
from hcfin.erp.tryton._shipment import goods_of, shipment_payload
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.issues import Issue

BOOKS = (MOVE.model, INVOICE.model)
"""Records that book."""


def procurement_payloads(document: Procurement, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """The records of a document, and what they cannot say."""
    goods = isinstance(document, GoodsReceipt) and goods_of(document, settings)
    if books_nothing(document) and not goods:
        return [], [issue_about("TARGET_DOCUMENT_EMPTY", document)]
    try:
        made, said = _made(document, settings)
    except UnsaidError as unsaid:
        return [], [unsaid.issue(document, issue_about)]
    return made, [*said, *unmapped(document, issue_about, settings.dimensions)] if made else said


def _made(document: Procurement, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    if isinstance(document, Requisition):
        return [requisition_payload(document, settings)], []
    if isinstance(document, PurchaseOrder):
        return [order_payload(document, settings)], []
    if isinstance(document, GoodsReceipt):
        return _received(document, settings)
    return _invoiced(document, settings)


def _received(document: GoodsReceipt, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """Goods, and what they book once they are there."""
    counted = [shipment_payload(document, settings)] if goods_of(document, settings) else []
    if not document.gl_lines:
        return counted, []
    booked, said = move_payloads(document, settings)
    after = tuple(payload.external_id for payload in counted)
    booked = [replace(payload, depends_on=after) for payload in booked]
    return ([*counted, *booked] if booked else []), said


def _invoiced(document: SupplierInvoice, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    if not is_invoice(document, settings):
        return move_payloads(document, settings)
    made = invoice_payload(document, settings)
    said = losses(
        document,
        issue_about,
        dimensions=settings.dimensions,
        tags=settings.tags,
        is_sent=lambda _: True,
    )
    return [made], list(said)
