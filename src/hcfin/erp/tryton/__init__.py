"""Tryton 8, over JSON-RPC or REST.

Every document that books becomes an `account.move`: its lines are what the document says the ERP books,
whatever its kind. A supplier's invoice is one of Tryton's own, which makes that move. Requisitions, orders
and goods that arrive are records that book nothing. All requests of a posting are in the payload: `lookup`
asks whether the document is there, `body` brings it in as a draft, `post_step` takes what the lookup finds to
its end. Tryton does not refuse a second copy, so a caller looks before each attempt.
"""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.erp import Capabilities, Rendering, Target
from hcfin.erp._order import Rendered, rendered_in_order
from hcfin.erp.tryton._fields import issue_about
from hcfin.erp.tryton._move import move_payloads
from hcfin.erp.tryton._procurement import BOOKS, procurement_payloads
from hcfin.erp.tryton._requests import PLACE_OF_IDS
from hcfin.erp.tryton._response import explain_response
from hcfin.erp.tryton._shipment import goods_of
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.issues import PolicyText

__all__ = ["PLACE_OF_IDS", "TARGET", "Settings", "explain_response", "render"]

_MOVES = ("journal_entry", "invoice", "credit_memo", "receipt")
_KINDS = (*_MOVES, "requisition", "purchase_order", "goods_receipt", "supplier_invoice")


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """Payloads for documents of all kinds, each after those that it depends on.

    Memo documents are left out unless the settings ask for them; goods that arrive are counted nevertheless.
    What cannot be said is a `loss` issue; a payload that depends on a document that could not be rendered
    still names it, and so is not sent.
    """
    return rendered_in_order(
        documents,
        lambda document: _rendered(document, settings),
        memos=settings.render_memos,
        counted=lambda document: isinstance(document, GoodsReceipt) and bool(goods_of(document, settings)),
    )


def _rendered(document: Document, settings: Settings) -> Rendered:
    if isinstance(document, Requisition | PurchaseOrder | GoodsReceipt | SupplierInvoice):
        made, said = procurement_payloads(document, settings)
    elif document.kind in _MOVES:
        made, said = move_payloads(document, settings)
    else:
        kind = PolicyText(document.kind)
        return [], [issue_about("TARGET_DOCUMENT_UNKNOWN", document, kind=kind)]
    if document.memo and any(payload.record in BOOKS for payload in made):
        said.append(issue_about("TARGET_MEMO_BOOKS", document))
    return made, said


TARGET = Target(
    name="tryton",
    settings=Settings,
    capabilities=Capabilities(documents=_KINDS, dedupes=False, balances_per="move", max_lines=5000),
    render=render,
    explain_response=explain_response,
)
