"""Journal entries as NetSuite `journalEntry` records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._chunks import Part, balanced_chunks
from hcfin.erp._documents import part_ids
from hcfin.erp.netsuite._fields import (
    EXACT_DIGITS,
    entity_of,
    header_memo,
    is_exact,
    issue_about,
    left_out,
    record_path,
    reference,
)
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.base import Document, GlLine
from hcfin.finance.journal import JournalEntry
from hcfin.issues import Issue

_PENDING = 1
_APPROVE = "approve the journal entry in NetSuite; saved as pending approval, it books nothing until then"


def journal_payloads(entry: JournalEntry, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """One record, or several that each balance where the entry has more lines than the limit."""
    chunks = balanced_chunks(entry.gl_lines, settings.line_limit)
    for line, amount in (part for chunk in chunks for part in chunk):
        if not is_exact(amount):
            about = issue_about("TARGET_AMOUNT_TOO_LARGE", entry, line=line.n, digits=EXACT_DIGITS)
            return [], [about]
    ids = part_ids(entry.id, len(chunks))
    payloads = [
        journal_payload(entry, settings, chunk, external_id, header_memo(entry, part, len(chunks)))
        for part, (external_id, chunk) in enumerate(zip(ids, chunks, strict=True), start=1)
    ]
    return payloads, list(left_out(entry, settings, tags_fit=True))


def journal_payload(
    entry: Document, settings: Settings, chunk: tuple[Part, ...], external_id: str, memo: str
) -> Payload:
    """The record of one chunk of lines."""
    body: dict[str, Any] = {
        "externalId": external_id,
        "tranDate": entry.gl_date.isoformat(),
        "subsidiary": reference(settings.subsidiaries, entry.entity),
        "currency": reference(settings.currencies, entry.currency),
        "memo": memo,
    }
    if settings.approval_status is not None:
        # A fixed list of NetSuite's own, not a record: it goes by id.
        body["approvalStatus"] = {"id": str(settings.approval_status)}
    body["line"] = {"items": [_item(line, amount, settings) for line, amount in chunk]}
    path = record_path("journalEntry", external_id)
    return Payload(
        target="netsuite",
        record="journalEntry",
        external_id=external_id,
        method="PUT",
        # Without `replace` an upsert appends its lines to those of the first attempt: booked twice.
        path=f"{path}?replace=line",
        body=body,
        lookup=path,
        post_step=_APPROVE if settings.approval_status == _PENDING else "",
        trace={f"/line/items/{place}": (entry.id, line.n) for place, (line, _) in enumerate(chunk)},
    )


def _item(line: GlLine, amount: Decimal, settings: Settings) -> dict[str, Any]:
    item: dict[str, Any] = {"account": reference(settings.accounts, line.account), line.side: amount}
    entity = entity_of(line.party, settings)
    if entity:
        item["entity"] = entity
    item["memo"] = f"{line.role}; rule {line.rule.id}"
    for name, value in line.dimensions:
        if name in settings.dimensions:
            item[settings.dimensions[name]] = {"externalId": value}
    for name, value in line.tags:
        if name in settings.tags:
            item[settings.tags[name]] = value
    return item
