"""Fields that journals and payments share, and what of a document has no field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from hcfin.erp._documents import issues_of, losses, notes_of
from hcfin.erp.netsuite.settings import ExternalIds, Settings
from hcfin.finance.base import Document, Party
from hcfin.issues import Issue, PolicyText

NAME = PolicyText("netsuite")

issue_about = issues_of("netsuite")

# NetSuite keeps amounts as double, which holds every decimal of fifteen digits and not every one of sixteen.
EXACT_DIGITS = 15


def reference(names: ExternalIds, code: str) -> dict[str, str]:
    """A record by external id; a code that is not listed is its own external id."""
    return {"externalId": names.get(code, code)}


def record_path(record: str, external_id: str) -> str:
    """Path of a record by external id, below the account's REST base."""
    return f"/record/v1/{record}/eid:{quote(external_id, safe='-')}"


def is_exact(amount: Decimal) -> bool:
    """Whether NetSuite can hold an amount without changing it."""
    return len(f"{amount:f}".replace(".", "").strip("0")) <= EXACT_DIGITS


def header_memo(document: Document, part: int, parts: int, *more: str) -> str:
    """What NetSuite has no header field for."""
    return "; ".join((*notes_of(document, part, parts), *more))


def entity_of(party: Party | None, settings: Settings) -> dict[str, str] | None:
    """The customer or vendor. A payer is always one, others if listed, all patients together if named."""
    if party is None:
        return None
    if party.kind == "patient":
        return {"externalId": settings.patients} if settings.patients else None
    if party.kind == "payer" or party.token in settings.entities:
        return reference(settings.entities, party.token)
    return None


def left_out(document: Document, settings: Settings, *, tags_fit: bool) -> Iterator[Issue]:
    """A `loss` issue for each dimension, tag and kind of party without a place, once per document."""
    return losses(
        document,
        issue_about,
        dimensions=settings.dimensions,
        tags=settings.tags if tags_fit else (),
        is_sent=lambda line: entity_of(line.party, settings) is not None,
    )
