"""What requisitions, purchases, receipts and supplier invoices have in common in Tryton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from hcfin.erp import Payload
from hcfin.erp.tryton._fields import COMPANY_CURRENCY, description_of, issue_about
from hcfin.erp.tryton._requests import APIS, Kind, Rows, Step
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document, Party
from hcfin.finance.procurement import GoodsReceipt, ItemLine, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.issues import Issue, PolicyText

Procurement = Requisition | PurchaseOrder | GoodsReceipt | SupplierInvoice

# Tryton keeps quantities as binary numbers, which hold every decimal of fifteen digits.
_EXACT_DIGITS = 15


class UnsaidError(Exception):
    """The field of a document that a record cannot hold."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def about(self, document: Document) -> Issue:
        """The issue: the document is not rendered."""
        return issue_about("TARGET_VALUE_UNSUPPORTED", document, field=PolicyText(self.field))


def supplier_of(party: Party | None, settings: Settings) -> str:
    """Code of the supplier. Raises `UnsaidError`."""
    if party is None:
        raise UnsaidError("supplier")
    return settings.parties.get(party.token, party.token)


def quantity_text(quantity: Decimal) -> str:
    """A quantity as Tryton reads it. Raises `UnsaidError` if it cannot hold it."""
    text = f"{quantity.normalize():f}"
    if len(text.replace(".", "").replace("-", "").strip("0")) > _EXACT_DIGITS:
        raise UnsaidError("quantity")
    return text


def price_text(price: Decimal, settings: Settings) -> str:
    """A unit price. Raises `UnsaidError` if Tryton keeps fewer decimal places."""
    if price != round(price, settings.price_digits):
        raise UnsaidError("unit_price")
    return f"{round(price, settings.price_digits):f}"


def checked_currency(document: Document, settings: Settings) -> str:
    """The currency, which is the company's: records in another book at a rate that hcfin does not know.
    Raises `UnsaidError`."""
    if document.currency != settings.currencies.get(document.entity, COMPANY_CURRENCY):
        raise UnsaidError("currency")
    return document.currency


def storage_of(location: str, settings: Settings) -> str:
    """Code of the storage location."""
    return settings.locations.get(location, location) or settings.warehouse_storage


def line_notes(line: ItemLine) -> Iterator[str]:
    """What a line has no field for."""
    for name, value in (
        ("supplier item", line.supplier_item),
        ("device", line.device),
        ("account", line.account),
        *line.dimensions,
    ):
        if value:
            yield f"{name} {value}"


def header_notes(document: Procurement, *more: str) -> list[str]:
    """What the header of a record has no field for."""
    case = [f"case {document.case_token}"] if document.case_token else []
    location = [f"location {document.location}"] if document.location else []
    return [*location, *case, *filter(None, more)]


def described(document: Procurement, *more: str) -> str:
    """The id first, so that the record is found by it; then what it has no field for."""
    return description_of(document, document.id, 1, 1, *header_notes(document, *more))


def company_of(document: Document, settings: Settings) -> str:
    """Code or name of the company's party."""
    return settings.companies.get(document.entity, document.entity)


def table(
    head: Sequence[tuple[str, str]], lines: Sequence[Sequence[tuple[str, str]]]
) -> tuple[list[str], Rows]:
    """Columns and rows: the head stands in the first row, and each line in one of its own."""
    fields = [*(name for name, _ in head), *(name for name, _ in (lines[0] if lines else ()))]
    first = [value for _, value in head]
    rows = []
    for line in lines or [()]:
        rows.append([*first, *(value for _, value in line)])
        first = [""] * len(head)
    return fields, rows


def payload_of(
    document: Procurement,
    settings: Settings,
    kind: Kind,
    external_id: str,
    content: tuple[list[str], Rows],
    steps: Sequence[Step],
    trace: dict[str, tuple[str, int]] | None = None,
) -> Payload:
    """The payload of a record; `trace` is by row, as text."""
    fields, rows = content
    company = settings.company_ids.get(document.entity)
    wanted = APIS[settings.api](kind, external_id, fields, rows, company, steps)
    return Payload(
        target="tryton",
        record=kind.model,
        external_id=external_id,
        method="POST",
        path=wanted.path,
        body=wanted.body,
        lookup=wanted.lookup,
        post_step=wanted.post_step,
        trace={f"{wanted.rows}/{place}": line for place, line in (trace or {}).items()},
    )
