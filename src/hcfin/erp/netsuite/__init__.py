"""Oracle NetSuite: SuiteTalk REST, record API v1.

Documents become upserts under their own id (`PUT …/eid:<id>`), so sending one twice changes nothing. What
other records are made of (requisitions, orders, receipts of goods) is created under it instead (`POST`),
which NetSuite takes once. Every record is named by external id: the user loads accounts, customers and
dimension values under the codes that the books use, or lists the difference in the settings.
"""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.erp import Capabilities, Rendering, Target
from hcfin.erp._order import Rendered, rendered_in_order
from hcfin.erp.netsuite._fields import issue_about
from hcfin.erp.netsuite._invoice import invoice_payloads
from hcfin.erp.netsuite._journal import journal_payloads
from hcfin.erp.netsuite._payment import payment_payloads
from hcfin.erp.netsuite._procurement import procurement_payloads
from hcfin.erp.netsuite._response import explain_response
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.finance.receivable import CreditMemo, Invoice, Receipt
from hcfin.issues import PolicyText

_KINDS = (
    "journal_entry",
    "invoice",
    "credit_memo",
    "receipt",
    "requisition",
    "purchase_order",
    "goods_receipt",
    "supplier_invoice",
)


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """Payloads for documents of all kinds, each after those that it depends on.

    Memo documents are left out unless the settings ask for them. What cannot be said is a `loss` issue; a
    payload that depends on a document that could not be rendered still names it, and so is not sent.
    """
    return rendered_in_order(
        documents, lambda document: _rendered(document, settings), memos=settings.render_memos
    )


def _rendered(document: Document, settings: Settings) -> Rendered:
    if isinstance(document, JournalEntry):
        made, said = journal_payloads(document, settings)
    elif isinstance(document, Receipt):
        made, said = payment_payloads(document, settings)
    elif isinstance(document, Invoice | CreditMemo):
        made, said = invoice_payloads(document, settings)
    elif isinstance(document, Requisition | PurchaseOrder | GoodsReceipt | SupplierInvoice):
        made, said = procurement_payloads(document, settings)
    else:
        kind = PolicyText(document.kind)
        return [], [issue_about("TARGET_DOCUMENT_UNKNOWN", document, kind=kind)]
    if made and document.memo:
        said.append(issue_about("TARGET_MEMO_BOOKS", document))
    return made, said


TARGET = Target(
    name="netsuite",
    settings=Settings,
    capabilities=Capabilities(
        documents=_KINDS,
        dedupes=True,
        balances_per="subsidiary",
        max_lines=1000,
    ),
    render=render,
    explain_response=explain_response,
)
