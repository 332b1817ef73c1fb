"""How targets speak of a document: its issues, what has no field of its own, and the ids of its parts."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from hcfin.finance.base import Document, GlLine
from hcfin.issues import Catalogue, Issue, PolicyText

ISSUE = Catalogue.of("hcfin.erp")

About = Callable[..., Issue]
"""`about(code, document, **values)`: an issue of one target about a document."""


def issues_of(target: str) -> About:
    """What makes the issues of a target. Document ids are keyed digests, so they may be shown."""
    name = PolicyText(target)

    def about(code: str, document: Document, **values: str | int) -> Issue:
        return ISSUE(code, None, excerpt="", target=name, document=PolicyText(document.id), **values)

    return about


def part_ids(document_id: str, parts: int) -> list[str]:
    """Ids of a document's records: its own id, or that with a number if there are several."""
    return [document_id] if parts == 1 else [f"{document_id}-{part}" for part in range(1, parts + 1)]


def notes_of(document: Document, part: int = 1, parts: int = 1) -> list[str]:
    """What ERPs have no header field for. Holds periods, dates and document ids only."""
    notes = [f"period {document.period}"]
    if document.original_period:
        notes.append(f"first period {document.original_period}")
    if document.settlement_date:
        notes.append(f"settles {document.settlement_date.isoformat()}")
    if document.reverses:
        notes.append(f"reverses {document.reverses}")
    if parts > 1:
        notes.append(f"part {part} of {parts}")
    return notes


def losses(
    document: Document,
    about: About,
    *,
    dimensions: Container[str],
    tags: Container[str],
    is_sent: Callable[[GlLine], bool],
) -> Iterator[Issue]:
    """A `loss` issue for each dimension, tag and kind of party without a place, once per document.

    `dimensions` and `tags` have a place; `is_sent` tells whether the line's party goes out.
    """
    lines = document.gl_lines
    for name in sorted({name for line in lines for name, _ in line.dimensions}):
        if name not in dimensions:
            yield about("TARGET_DIMENSION_UNMAPPED", document, dimension=PolicyText(name))
    for name in sorted({name for line in lines for name, _ in line.tags}):
        if name not in tags:
            yield about("TARGET_TAG_UNMAPPED", document, tag=PolicyText(name))
    kinds = {line.party.kind for line in lines if line.party and not is_sent(line)}
    for kind in sorted(kinds):
        yield about("TARGET_PARTY_UNMAPPED", document, kind=PolicyText(kind))
