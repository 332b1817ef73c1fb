"""Tryton 8: `account.move`, over JSON-RPC or REST.

Every document that books becomes a move: its lines are what the document says the ERP books, whatever its
kind. Three requests make a posting, all in the payload: `lookup` asks whether the document is there, `body`
brings it in as a draft, `post_step` posts the draft that the lookup finds. Tryton does not refuse a second
copy, so a caller looks before each attempt.
"""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.erp import Capabilities, Rendering, Target
from hcfin.erp._order import Rendered, rendered_in_order
from hcfin.erp.tryton._fields import issue_about
from hcfin.erp.tryton._move import move_payloads
from hcfin.erp.tryton._requests import PLACE_OF_IDS
from hcfin.erp.tryton._response import explain_response
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document
from hcfin.issues import PolicyText

__all__ = ["PLACE_OF_IDS", "TARGET", "Settings", "explain_response", "render"]

_KINDS = ("journal_entry", "invoice", "credit_memo", "receipt")


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """Payloads for documents that book, each after those that it depends on.

    Memo documents are left out unless the settings ask for them. What cannot be said is a `loss` issue; a
    payload that depends on a document that could not be rendered still names it, and so is not sent.
    """
    return rendered_in_order(
        documents, lambda document: _rendered(document, settings), memos=settings.render_memos
    )


def _rendered(document: Document, settings: Settings) -> Rendered:
    if document.kind not in _KINDS:
        kind = PolicyText(document.kind)
        return [], [issue_about("TARGET_DOCUMENT_UNKNOWN", document, kind=kind)]
    made, said = move_payloads(document, settings)
    if made and document.memo:
        said.append(issue_about("TARGET_MEMO_BOOKS", document))
    return made, said


TARGET = Target(
    name="tryton",
    settings=Settings,
    capabilities=Capabilities(documents=_KINDS, dedupes=False, balances_per="move", max_lines=5000),
    render=render,
    explain_response=explain_response,
)
