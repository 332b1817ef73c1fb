"""Documents of procurement as NetSuite records, or why not."""

from __future__ import annotations

from hcfin.erp import Payload
from hcfin.erp._documents import losses
from hcfin.erp._procurement import Procurement, UnsaidError, books_nothing, unmapped
from hcfin.erp.netsuite._bill import bill_payload
from hcfin.erp.netsuite._fields import entity_of, issue_about
from hcfin.erp.netsuite._purchase import order_payload, requisition_payloads
from hcfin.erp.netsuite._received import receipt_payloads
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition
from hcfin.issues import Issue


def procurement_payloads(document: Procurement, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """The records of a document, and what they cannot say."""
    if books_nothing(document):
        return [], [issue_about("TARGET_DOCUMENT_EMPTY", document)]
    try:
        made = _made(document, settings)
    except UnsaidError as unsaid:
        return [], [unsaid.issue(document, issue_about)]
    journal = made[0].record == "journalEntry"
    said = losses(
        document,
        issue_about,
        dimensions=settings.dimensions,
        tags=settings.tags if journal else (),
        is_sent=lambda line: not journal or entity_of(line.party, settings) is not None,
    )
    return made, [*said, *unmapped(document, issue_about, settings.dimensions)]


def _made(document: Procurement, settings: Settings) -> list[Payload]:
    if isinstance(document, Requisition):
        return requisition_payloads(document, settings)
    if isinstance(document, PurchaseOrder):
        return [order_payload(document, settings)]
    if isinstance(document, GoodsReceipt):
        return receipt_payloads(document, settings)
    return [bill_payload(document, settings)]
