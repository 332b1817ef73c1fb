"""Documents as a table for people, and the balances that they leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.cli.match_table import aligned, cut
from hcfin.finance.base import Document
from hcfin.finance.procurement import PurchaseOrder
from hcfin.money import format_amount, zero
from hcfin.reconcile.booked import signed


def document_table(documents: Sequence[Document], *, width: int | None) -> Iterator[str]:
    """Lines of text: documents in the order given, with what each books, debits first. `width` cuts lines."""
    if not documents:
        return
    heads = ["day", "document", "whose", "amount", "debit", "credit"]
    body = [row for document in documents for row in _rows(document)]
    widest = max(len(row[3]) for row in (heads, *body))
    for row in (heads, *body):
        row[3] = row[3].rjust(widest)
    yield "Documents"
    yield from (cut(line, width) for line in aligned(heads, body, len(heads)))
    yield ""


def _rows(document: Document) -> Iterator[list[str]]:
    amount = getattr(document, "amount", None)
    told = "" if amount is None else format_amount(amount, document.currency)
    first = [document.gl_date.isoformat(), _name(document), _whose(document), told]
    both = [_side(document, "debit"), _side(document, "credit")]
    for nth in range(max(1, *map(len, both))):
        sides = [one[nth] if nth < len(one) else "" for one in both]
        yield [*(["", "", "", ""] if nth else first), *sides]


def _name(document: Document) -> str:
    kind = document.kind.replace("_", " ")
    if isinstance(document, PurchaseOrder) and document.order_kind != "standard":
        kind = f"{kind}, {document.order_kind.replace('_', ' ')}"
    number = getattr(document, "number", "")
    return f"{kind} {number}".rstrip() + (" (memo)" if document.memo else "")


def _whose(document: Document) -> str:
    """The case, else the account, supplier or payer that it is about: tokens, and names of the books."""
    for name in ("case_token", "account_token"):
        if own := getattr(document, name, ""):
            return str(own)
    tags = (dict(line.tags).get("case", "") for line in document.gl_lines)
    if case := next(filter(None, tags), ""):
        return case
    subject = getattr(document, "subject", None)
    party = getattr(document, "supplier", None) or getattr(document, "payer", None)
    return subject.account_token if subject else party.token if party else ""


def _side(document: Document, side: str) -> list[str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in document.gl_lines:
        if line.side == side:
            sums[line.role] += line.amount
    return [f"{role} {format_amount(amount, document.currency)}" for role, amount in sums.items()]


class _Place(NamedTuple):
    """What balances are of."""

    entity: str
    account: str
    role: str
    currency: str


def _balances(documents: Sequence[Document]) -> dict[_Place, tuple[Decimal, Decimal]]:
    """Debits and credits of each account; memos book nothing."""
    sums: dict[_Place, list[Decimal]] = {}
    for document in documents:
        for line in () if document.memo else document.gl_lines:
            place = _Place(document.entity, line.account, line.role, line.currency)
            own = sums.setdefault(place, [zero(line.currency), zero(line.currency)])
            own[signed(line) < 0] += line.amount
    return {place: (own[0], own[1]) for place, own in sorted(sums.items())}


def balance_rows(documents: Sequence[Document]) -> Iterator[dict[str, Any]]:
    """The balances as JSON-ready rows of `kind` balance, amounts as text; positive is a debit."""
    for place, (debit, credit) in _balances(documents).items():
        texts = (format_amount(one, place.currency) for one in (debit, credit, debit - credit))
        yield {
            "kind": "balance",
            **place._asdict(),
            **dict(zip(("debit", "credit", "balance"), texts, strict=True)),
        }


def balance_table(documents: Sequence[Document], *, width: int | None) -> Iterator[str]:
    """Lines of text: the balance of each account, and that debits are credits. `width` cuts lines."""
    body: list[list[str]] = []
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for place, (debit, credit) in _balances(documents).items():
        texts = [format_amount(one, place.currency) for one in (debit, credit, debit - credit)]
        body.append([place.account, place.role, *texts, place.currency])
        totals[place.currency] += debit - credit
    if not body:
        return
    for currency, total in sorted(totals.items()):
        body.append(["", "together", "", "", format_amount(total, currency), currency])
    yield "Balances"
    yield from (
        cut(line, width) for line in aligned(["account", "role", "debit", "credit", "balance", ""], body, 2)
    )
    yield ""
