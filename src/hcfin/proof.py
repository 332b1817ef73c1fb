"""The balance proof of a remittance: a certificate that anybody can check without hcfin.

Strategy: a proof states every money amount of the source with its place and its one end, and every document
with its lines. What follows from these (sums, balances, clearing at zero) is stated too, so that a checker
computes all of it again and compares. Hashes tie the proof to the bytes of the source and to the documents.
There is no patient data in it: amounts are named by their place in the source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

from hcfin import translation as whole
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Node, element_of
from hcfin.billing.charge import Charge
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.purchase import (
    GoodsReceipt,
    InvoiceRelease,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from hcfin.billing.reading import Event, FactStream, Locator, Opened
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.books import CLEARING, Books
from hcfin.context import Context
from hcfin.finance.base import Document, hashed_content
from hcfin.finance.known import Known
from hcfin.identity import content_hash
from hcfin.issues import Issue
from hcfin.money import format_amount
from hcfin.posting import Posting, SourceAmount, post_events
from hcfin.wire.json import dumps

SCHEMA = "1.0"
"""Version of the proof's form."""
_BLOCK = 1 << 20
_Place = tuple[int, str]
_SUPPLY = (
    SupplyUse
    | StockLevel
    | StockAdjustment
    | SupplyRequest
    | ItemEntry
    | PurchaseOrder
    | GoodsReceipt
    | SupplierInvoice
    | InvoiceRelease
    | SupplierPayment
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The certificate of one remittance. `data` is its JSON form; `issues` are those of the posting."""

    data: dict[str, Any]
    issues: tuple[Issue, ...] = ()

    def __repr__(self) -> str:
        return f"Proof(amounts={len(self.data['amounts'])}, documents={len(self.data['documents'])})"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form: amounts as text."""
        return self.data

    def to_json(self) -> str:
        """One line of deterministic JSON."""
        return dumps(self.data)


def prove(
    stream: BinaryIO,
    books: Books,
    *,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    known: Known | None = None,
) -> Iterator[Proof]:
    """One proof for each remittance of a source, as soon as it has ended. The stream must be seekable.

    The source is read twice, first for its hash. Memory is that of one remittance. `known` is what the
    remittances were posted with. Raises `KeysError`.
    """
    start = stream.tell()
    source = _digest(stream)
    stream.seek(start)
    facts = whole.stream_facts(stream, standard=standard, profile=profile)
    figures = _Figures(facts.locator)
    for posting in post_events(
        figures.watched(facts), books, facts.locator, context=context, dispositions=True, known=known
    ):
        if posting.dispositions:
            yield Proof(
                _certificate({"standard": facts.standard, **source}, figures, posting), posting.issues
            )
        figures.clear()


def _digest(stream: BinaryIO) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return {"sha256": digest.hexdigest(), "bytes": size}


class _Figures:
    """What each amount of a remittance is, and of which claim and service line: noted as facts pass by."""

    def __init__(self, locator: Locator) -> None:
        self.locator = locator
        self.currency = "USD"
        self.kinds: dict[_Place, tuple[str, int, int]] = {}

    def watched(self, facts: FactStream) -> Iterator[Event]:
        """The events, each noted before it is posted."""
        for event in facts.events:
            if isinstance(event, ClaimSubmission | Claim | Charge | Account | AccountMerge | _SUPPLY):
                continue  # a proof is of a remittance
            if isinstance(event, Opened):
                self.currency = event.header.currency
            elif isinstance(event, ClaimPayment):
                self._claim(event)
            elif isinstance(event, Remittance):
                self._note(event, "payment", "remittance_payment")
                for adjustment in event.provider_adjustments:
                    self._note(adjustment, "amount", "provider_adjustment")
            yield event

    def clear(self) -> None:
        """The remittance is over."""
        self.kinds.clear()

    def _claim(self, claim: ClaimPayment) -> None:
        at = claim.at
        self._note(claim, "charged", "claim_charge", at)
        self._note(claim, "paid", "claim_payment", at)
        for line in claim.lines:
            self._note(line, "charged", "line_charge", at, line.at)
            self._note(line, "paid", "line_payment", at, line.at)
        for adjustment, of in claim.all_adjustments():
            self._note(adjustment, "amount", "adjustment", at, of.at if of else 0)

    def _note(self, node: Node, name: str, kind: str, claim: int = 0, line: int = 0) -> None:
        self.kinds[node.at, element_of(node, name, self.locator.standard_of(node))] = kind, claim, line


def _certificate(source: dict[str, Any], figures: _Figures, posting: Posting) -> dict[str, Any]:
    amounts = [_amount(end, figures) for end in posting.dispositions]
    documents = [_document(document) for document in posting.documents]
    data = {
        "schema": SCHEMA,
        "source": source,
        "currency": figures.currency,
        "amounts": amounts,
        "documents": documents,
        "totals": _totals(amounts, figures.currency),
        "clearing": _clearing(posting.documents),
    }
    return {**data, "seal": content_hash(data)}


def _amount(end: SourceAmount, figures: _Figures) -> dict[str, Any]:
    origin = end.origin
    kind, claim, line = figures.kinds.get((origin.at, origin.element), ("told", 0, 0))
    return {
        "at": origin.at,
        "offset": origin.offset,
        "element": origin.element,
        "kind": kind,
        "claim": claim,
        "service": line,
        "amount": f"{end.amount:f}",
        "outcome": str(end.outcome),
        "rule": end.rule,
        "lines": [
            [document, n, f"{part:f}"] for (document, n), part in zip(end.lines, end.booked, strict=True)
        ],
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "content_hash": document.content_hash,
        "memo": document.memo,
        "content": hashed_content(document),
    }


def _totals(amounts: list[dict[str, Any]], currency: str) -> dict[str, str]:
    """The sum of each kind of amount."""
    sums: dict[str, Decimal] = {}
    for amount in amounts:
        sums[amount["kind"]] = sums.get(amount["kind"], Decimal(0)) + Decimal(amount["amount"])
    return {kind: format_amount(total, currency) for kind, total in sorted(sums.items())}


def _clearing(documents: tuple[Document, ...]) -> list[dict[str, str]]:
    """Both sides of the clearing account, for each entity and currency."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    for document in documents:
        for line in document.gl_lines:
            if line.role == CLEARING and not document.memo:
                sides = sums.setdefault(
                    (document.entity, line.currency), {"debit": Decimal(0), "credit": Decimal(0)}
                )
                sides[line.side] += line.amount
    return [
        {"entity": entity, "currency": currency, **{side: f"{total:f}" for side, total in sides.items()}}
        for (entity, currency), sides in sorted(sums.items())
    ]
