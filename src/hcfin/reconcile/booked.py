"""What documents book, sorted for reconciliation: receivables, revenue, deductions, and what settles them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.codes import table
from hcfin.finance.base import Document, GlLine
from hcfin.finance.known import RECEIVABLES

CLEARING = "cash.remit_clearing"


class Scope(NamedTuple):
    """What is never added up together."""

    entity: str
    currency: str


def booking(documents: Iterable[Document]) -> Iterator[tuple[Scope, tuple[GlLine, ...]]]:
    """The lines of each document that books something, once for each id."""
    seen: set[str] = set()
    for document in documents:
        if document.memo or not document.gl_lines or document.id in seen:
            continue
        seen.add(document.id)
        yield Scope(document.entity, document.currency), document.gl_lines


def signed(line: GlLine) -> Decimal:
    """The amount of a line, positive on the debit side."""
    return line.amount if line.side == "debit" else -line.amount


def statement(role: str) -> str:
    """Where a role stands in the statements."""
    return table("roles")[role]["statement"]


def passing(lines: Iterable[GlLine]) -> frozenset[str]:
    """The rules of a document by which money passes through clearing and moves no receivable: provider
    adjustments, the payment, what waits in suspense. Other money in clearing is that of claims."""
    through, moving = set(), set()
    for line in lines:
        if line.role == CLEARING:
            through.add(line.rule.id)
        elif line.role in RECEIVABLES:
            moving.add(line.rule.id)
    return frozenset(through - moving)
