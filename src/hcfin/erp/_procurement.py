"""What targets share about procurement documents: what lines tell beside their item, and what was booked."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from decimal import Decimal

from hcfin.erp._documents import About
from hcfin.finance.base import Document, GlLine, Pairs
from hcfin.finance.procurement import (
    GoodsReceipt,
    ItemLine,
    OrderedLine,
    PurchaseOrder,
    Requisition,
    SupplierInvoice,
)
from hcfin.issues import Issue, PolicyText

Procurement = Requisition | PurchaseOrder | GoodsReceipt | SupplierInvoice
Nets = dict[str, Decimal]
"""Debits less credits by account, without those that are zero."""


class UnsaidError(Exception):
    """The field of a document that a record cannot hold."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def issue(self, document: Document, about: About) -> Issue:
        """The document is not rendered."""
        return about("TARGET_VALUE_UNSUPPORTED", document, field=PolicyText(self.field))


def line_notes(line: ItemLine) -> Iterator[str]:
    """What an item's line has no field for."""
    if line.supplier_item:
        yield f"supplier item {line.supplier_item}"
    if line.device:
        yield f"device {line.device}"
    if isinstance(line, OrderedLine) and line.deliver_to:
        yield f"deliver to {line.deliver_to}"


def header_notes(document: Procurement) -> Iterator[str]:
    """What a header has no field for. The case is a token; nothing here leads to a patient."""
    if isinstance(document, Requisition):
        yield f"reason {document.reason}"
    if document.number and not isinstance(document, SupplierInvoice):
        yield f"number {document.number}"
    if isinstance(document, PurchaseOrder):
        for name, value in (("revision", document.revision), ("contract", document.contract)):
            if value:
                yield f"{name} {value}"
        if document.order_kind != "standard":
            yield f"kind {document.order_kind}"
    elif isinstance(document, GoodsReceipt | SupplierInvoice) and document.order:
        yield f"order {document.order}"
    if isinstance(document, SupplierInvoice) and document.invoiced != document.amount:
        yield f"{document.amount:f} of {document.invoiced:f} approved"
    if document.case_token:
        yield f"case {document.case_token}"


def books_nothing(document: Procurement) -> bool:
    """A receipt or invoice that has nothing to book; requisitions and orders never have."""
    if isinstance(document, SupplierInvoice):
        return not document.lines and not document.gl_lines
    return isinstance(document, GoodsReceipt) and not document.gl_lines and not document.memo


def unmapped(document: Procurement, about: About, dimensions: Container[str]) -> Iterator[Issue]:
    """A `loss` issue for each dimension that stands in the lines only and has no place."""
    booked = {name for line in document.gl_lines for name, _ in line.dimensions}
    for name in sorted({name for line in document.lines for name, _ in line.dimensions} - booked):
        if name not in dimensions:
            yield about("TARGET_DIMENSION_UNMAPPED", document, dimension=PolicyText(name))


def nets_of(lines: Iterable[GlLine]) -> Nets:
    """What lines book on each account."""
    sums: Nets = {}
    for line in lines:
        amount = line.amount if line.side == "debit" else -line.amount
        sums[line.account] = sums.get(line.account, Decimal(0)) + amount
    return _some(sums)


def invoice_nets(document: SupplierInvoice) -> Nets:
    """What the lines of an invoice book against the payable; a credit the other way round."""
    sign = -1 if document.change == "credit" else 1
    sums = {document.payable_account: -sign * document.amount}
    for line in document.lines:
        sums[line.account] = sums.get(line.account, Decimal(0)) + sign * line.amount
    return _some(sums)


def _some(sums: Nets) -> Nets:
    return {account: amount for account, amount in sums.items() if amount}


def ledger_line(document: Document, account: str, amount: Decimal, dimensions: Pairs = ()) -> GlLine | None:
    """The ledger line of an account on an amount's side, a debit if positive; best with these dimensions."""
    side = "debit" if amount > 0 else "credit"
    own = [line for line in document.gl_lines if line.account == account and line.side == side]
    exact = [line for line in own if line.dimensions == dimensions]
    return next(iter((*exact, *own)), None)
