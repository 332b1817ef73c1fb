"""How a document is named in Tryton, and what of it has no place there."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.erp._documents import issues_of, losses, notes_of
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document, GlLine
from hcfin.issues import Issue, PolicyText

NAME = PolicyText("tryton")
COMPANY_CURRENCY = "USD"
OTHER_JOURNAL = "MISC"

issue_about = issues_of("tryton")


def description_of(document: Document, external_id: str, part: int, parts: int, *more: str) -> str:
    """The id first, so that the move is found by it; then what a move has no field for."""
    return "; ".join((external_id, *notes_of(document, part, parts), *more))


def party_of(line: GlLine, settings: Settings) -> str:
    """Code of the line's party; empty where Tryton wants none. Nobody's line and a patient's share one."""
    if line.account not in settings.party_accounts:
        return ""
    if line.party is None or line.party.kind == "patient":
        return settings.other_party
    return settings.parties.get(line.party.token, line.party.token)


def left_out(document: Document, settings: Settings) -> Iterator[Issue]:
    """A `loss` issue for each dimension, tag and kind of party without a place, once per document."""
    return losses(
        document,
        issue_about,
        dimensions=settings.dimensions,
        tags=settings.tags,
        is_sent=lambda line: _is_sent(line, settings),
    )


def _is_sent(line: GlLine, settings: Settings) -> bool:
    return line.account in settings.party_accounts and line.party is not None and line.party.kind != "patient"
