"""A journal entry that is about one thing and stands for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hcfin.books.periods import BookingDate
from hcfin.finance.base import hash_of
from hcfin.finance.journal import JournalEntry, Subject
from hcfin.posting.entry import Line


def journal_entry(
    lines: Sequence[Line],
    document_id: str,
    booking: BookingDate,
    currency: str,
    *,
    source: str,
    subject: Subject,
    reverses: str | None = None,
) -> JournalEntry:
    """The entry of these lines, all of one entity; they are told which document they became part of."""
    data: dict[str, Any] = {
        "kind": "journal_entry",
        "entity": lines[0].key.entity,
        "currency": currency,
        "gl_date": booking.gl_date.isoformat(),
        "period": booking.period,
        "original_period": booking.original_period,
        "settlement_date": None,
        "source": source,
        "subject": subject.model_dump(),
        "gl_lines": tuple(line.to_dict(currency) for line in lines),
    }
    if reverses is not None:
        data["reverses"] = reverses
    for line in lines:
        line.document = document_id
    return JournalEntry.build({**data, "id": document_id, "content_hash": hash_of(data)})
