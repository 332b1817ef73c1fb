"""Fields that journals and payments share, and what of a document has no field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from hcfin.erp.netsuite.settings import ExternalIds, Settings
from hcfin.finance.base import Document, Party
from hcfin.issues import Catalogue, Issue, PolicyText

ISSUE = Catalogue.of("hcfin.erp")
NAME = PolicyText("netsuite")

# NetSuite keeps amounts as double, which holds every decimal of fifteen digits and not every one of sixteen.
EXACT_DIGITS = 15


def issue_about(code: str, document: Document, **values: str | int) -> Issue:
    """An issue about a document. Document ids are keyed digests, so they may be shown."""
    return ISSUE(code, None, excerpt="", target=NAME, document=PolicyText(document.id), **values)


def reference(names: ExternalIds, code: str) -> dict[str, str]:
    """A record by external id; a code that is not listed is its own external id."""
    return {"externalId": names.get(code, code)}


def record_path(record: str, external_id: str) -> str:
    """Path of a record by external id, below the account's REST base."""
    return f"/record/v1/{record}/eid:{quote(external_id, safe='-')}"


def part_ids(document_id: str, parts: int) -> list[str]:
    """External ids of a document's records: its own id, or that with a number if there are several."""
    return [document_id] if parts == 1 else [f"{document_id}-{part}" for part in range(1, parts + 1)]


def is_exact(amount: Decimal) -> bool:
    """Whether NetSuite can hold an amount without changing it."""
    return len(f"{amount:f}".replace(".", "").strip("0")) <= EXACT_DIGITS


def header_memo(document: Document, part: int, parts: int, *more: str) -> str:
    """What NetSuite has no header field for. Holds periods, dates and document ids only."""
    notes = [f"period {document.period}"]
    if document.original_period:
        notes.append(f"first period {document.original_period}")
    if document.settlement_date:
        notes.append(f"settles {document.settlement_date.isoformat()}")
    if document.reverses:
        notes.append(f"reverses {document.reverses}")
    if parts > 1:
        notes.append(f"part {part} of {parts}")
    return "; ".join((*notes, *more))


def entity_of(party: Party | None, settings: Settings) -> dict[str, str] | None:
    """The customer or vendor of a line. A payer is always one, others if listed, a patient never."""
    if party is None or party.kind == "patient":
        return None
    if party.kind == "payer" or party.token in settings.entities:
        return reference(settings.entities, party.token)
    return None


def left_out(document: Document, settings: Settings, *, tags_fit: bool) -> Iterator[Issue]:
    """A `loss` issue for each dimension, tag and kind of party without a place, once per document."""
    lines = document.gl_lines
    for name in sorted({name for line in lines for name, _ in line.dimensions}):
        if name not in settings.dimensions:
            yield issue_about("TARGET_DIMENSION_UNMAPPED", document, dimension=PolicyText(name))
    for name in sorted({name for line in lines for name, _ in line.tags}):
        if not tags_fit or name not in settings.tags:
            yield issue_about("TARGET_TAG_UNMAPPED", document, tag=PolicyText(name))
    kinds = {line.party.kind for line in lines if line.party and not entity_of(line.party, settings)}
    for kind in sorted(kinds):
        yield issue_about("TARGET_PARTY_UNMAPPED", document, kind=PolicyText(kind))
