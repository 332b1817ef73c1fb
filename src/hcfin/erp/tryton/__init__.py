"""Tryton 8: JSON-RPC, `account.move`.

Every document that books becomes a move: its lines are what the document says the ERP books, whatever its
kind. Three calls make a posting, all in the payload: `lookup` asks whether the document is there, `body`
brings it in as a draft, `post_step` posts the draft that the lookup finds. Tryton does not refuse a second
copy, so a caller looks before each attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hcfin.erp import Capabilities, Payload, Rendering, Target
from hcfin.erp._order import dependencies_first
from hcfin.erp.tryton._fields import issue_about
from hcfin.erp.tryton._move import PLACE_OF_IDS, move_payloads
from hcfin.erp.tryton._response import explain_response
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document
from hcfin.issues import Issue, PolicyText, Severity

__all__ = ["PLACE_OF_IDS", "TARGET", "Settings", "explain_response", "render"]

_KINDS = ("journal_entry", "invoice", "credit_memo", "receipt")


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """Payloads for documents that book, each after those that it depends on.

    Memo documents are left out unless the settings ask for them. What cannot be said is a `loss` issue; a
    payload that depends on a document that could not be rendered still names it, and so is not sent.
    """
    payloads: list[Payload] = []
    issues: list[Issue] = []
    sent_as: dict[str, tuple[str, ...]] = {}
    for document in dependencies_first(documents):
        if document.memo and not settings.render_memos:
            # It books nothing, so nothing has to wait for it.
            sent_as[document.id] = ()
            continue
        made, said = _rendered(document, settings)
        after = tuple(sent for one in document.depends_on for sent in sent_as.get(one, (one,)))
        payloads += [replace(payload, depends_on=after) for payload in made]
        issues += said
        if made or not any(issue.severity is Severity.ERROR for issue in said):
            sent_as[document.id] = tuple(payload.external_id for payload in made)
    return Rendering(payloads=tuple(payloads), issues=tuple(issues))


def _rendered(document: Document, settings: Settings) -> tuple[list[Payload], list[Issue]]:
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
