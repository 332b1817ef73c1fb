"""How a document is named in Tryton, and what of it has no place there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document, GlLine
from hcfin.issues import Catalogue, Issue, PolicyText

ISSUE = Catalogue.of("hcfin.erp")
NAME = PolicyText("tryton")
COMPANY_CURRENCY = "USD"
OTHER_JOURNAL = "MISC"


def issue_about(code: str, document: Document, **values: str | int) -> Issue:
    """An issue about a document. Document ids are keyed digests, so they may be shown."""
    return ISSUE(code, None, excerpt="", target=NAME, document=PolicyText(document.id), **values)


def call(method: str, *params: Any) -> dict[str, Any]:
    """The body of a JSON-RPC call. Only where all three keys are there does an error come in the envelope."""
    return {"id": 1, "method": method, "params": list(params)}


def text(body: dict[str, Any]) -> str:
    """A body as JSON text, the same for the same body."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)


def context_of(document: Document, settings: Settings) -> dict[str, Any]:
    """The context of each call: which company the user acts for, where the settings say."""
    number = settings.company_ids.get(document.entity)
    return {} if number is None else {"company": number}


def lookup_of(external_id: str, context: dict[str, Any]) -> str:
    """The call that finds the moves of a document: its id stands at the start of their description."""
    start = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in external_id)
    found = [["description", "like", f"{start};%"]]
    fields = ["number", "state", "lines.state", "lines.debit", "lines.credit"]
    return text(call("model.account.move.search_read", found, 0, None, None, fields, context))


def part_ids(document_id: str, parts: int) -> list[str]:
    """Ids of a document's moves: its own id, or that with a number if there are several."""
    return [document_id] if parts == 1 else [f"{document_id}-{part}" for part in range(1, parts + 1)]


def description_of(document: Document, external_id: str, part: int, parts: int, *more: str) -> str:
    """The id first, so that the move is found by it; then what a move has no field for."""
    notes = [external_id, f"period {document.period}"]
    if document.original_period:
        notes.append(f"first period {document.original_period}")
    if document.settlement_date:
        notes.append(f"settles {document.settlement_date.isoformat()}")
    if document.reverses:
        notes.append(f"reverses {document.reverses}")
    if parts > 1:
        notes.append(f"part {part} of {parts}")
    return "; ".join((*notes, *more))


def party_of(line: GlLine, settings: Settings) -> str:
    """Code of the line's party; empty where Tryton wants none. Nobody's line and a patient's share one."""
    if line.account not in settings.party_accounts:
        return ""
    if line.party is None or line.party.kind == "patient":
        return settings.other_party
    return settings.parties.get(line.party.token, line.party.token)


def left_out(document: Document, settings: Settings) -> Iterator[Issue]:
    """A `loss` issue for each dimension, tag and kind of party without a place, once per document."""
    lines = document.gl_lines
    for name in sorted({name for line in lines for name, _ in line.dimensions} - settings.dimensions.keys()):
        yield issue_about("TARGET_DIMENSION_UNMAPPED", document, dimension=PolicyText(name))
    for name in sorted({name for line in lines for name, _ in line.tags} - set(settings.tags)):
        yield issue_about("TARGET_TAG_UNMAPPED", document, tag=PolicyText(name))
    kinds = {line.party.kind for line in lines if line.party and not _is_sent(line, settings)}
    for kind in sorted(kinds):
        yield issue_about("TARGET_PARTY_UNMAPPED", document, kind=PolicyText(kind))


def _is_sent(line: GlLine, settings: Settings) -> bool:
    return line.account in settings.party_accounts and line.party is not None and line.party.kind != "patient"
