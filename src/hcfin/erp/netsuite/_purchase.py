"""Requisitions and orders as `purchaseRequisition` and `purchaseOrder` records. They book nothing.

Other records are made of these, so they are never sent over what is there: `POST` with an external id, which
NetSuite takes once. Lines stand in the sublist of items, or of accounts for the accounts that the settings
list; an order has one of the two only, for receipts and bills name its lines by their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._documents import notes_of, part_ids
from hcfin.erp._procurement import Procurement, UnsaidError, header_notes, line_notes
from hcfin.erp.netsuite._fields import is_exact, record_path, reference
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.base import Pairs, Party
from hcfin.finance.procurement import ItemLine, OrderedLine, PurchaseOrder, Requisition

LINES = 5000
"""Lines that NetSuite takes in one transaction other than a journal."""
TEXT = 999
"""Characters of a memo."""

_APPROVE = "approve the requisition in NetSuite; nobody orders from it until then"
_PENDING = {"id": "1"}


def requisition_payloads(document: Requisition, settings: Settings) -> list[Payload]:
    """One record, or several where there are more lines than the limit. Raises `UnsaidError`."""
    if not settings.requester:
        raise UnsaidError("requester")
    limit = settings.item_limit
    slices = [document.lines[at : at + limit] for at in range(0, len(document.lines), limit)]
    payloads = []
    for part, (one, lines) in enumerate(
        zip(part_ids(document.id, len(slices)), slices, strict=True), start=1
    ):
        days = [line.needed_by for line in lines if line.needed_by]
        body = {
            "externalId": one,
            "entity": {"externalId": settings.requester},
            **head_of(document, settings, notes_of(document, part, len(slices))),
            **({"dueDate": min(days).isoformat()} if days else {}),
            **({"approvalStatus": _PENDING} if document.approval == "required" else {}),
            **_sublists(lines, document.supplier, settings, requested=True),
        }
        payloads.append(
            _created("purchaseRequisition", one, body, _APPROVE if document.approval == "required" else "")
        )
    return payloads


def order_payload(document: PurchaseOrder, settings: Settings) -> Payload:
    """One record. Raises `UnsaidError`: an order that is there is changed or closed by hand."""
    if document.change != "order":
        raise UnsaidError("change")
    if not document.lines or len(document.lines) > LINES:
        raise UnsaidError("lines")
    if any(line.unit_price is None or line.amount is None for line in document.lines):
        raise UnsaidError("unit_price")
    one_kind(document.lines, settings)
    body = {
        "externalId": document.id,
        "entity": vendor_of(document.supplier, settings),
        **head_of(document, settings, notes_of(document)),
        **_sublists(document.lines, document.supplier, settings, requested=False),
    }
    return _created("purchaseOrder", document.id, body, "")


def vendor_of(supplier: Party | None, settings: Settings) -> dict[str, str]:
    """The supplier's record. Raises `UnsaidError` without one."""
    if supplier is None:
        raise UnsaidError("supplier")
    return reference(settings.entities, supplier.token)


def head_of(document: Procurement, settings: Settings, notes: Sequence[str]) -> dict[str, Any]:
    """Fields that all headers have. Raises `UnsaidError`."""
    location = {"location": reference(settings.locations, document.location)} if document.location else {}
    return {
        "tranDate": document.gl_date.isoformat(),
        "subsidiary": reference(settings.subsidiaries, document.entity),
        "currency": reference(settings.currencies, document.currency),
        **location,
        "memo": text_of((*notes, *header_notes(document)), "memo"),
    }


def text_of(notes: Iterable[str], field: str) -> str:
    """Notes as one text. Raises `UnsaidError` if it is too long: nothing is cut off."""
    text = "; ".join(notes)
    if len(text) > TEXT:
        raise UnsaidError(field)
    return text


def exact(value: Decimal, field: str) -> Decimal:
    """A number that NetSuite holds as it is. Raises `UnsaidError`."""
    if not is_exact(abs(value)):
        raise UnsaidError(field)
    return value


def by_account(line: ItemLine, settings: Settings) -> bool:
    """Whether a line goes by its account instead of by its item."""
    return line.account in settings.account_lines


def one_kind(lines: Sequence[ItemLine], settings: Settings) -> bool:
    """Whether all lines go by account; none does else. Raises `UnsaidError` if it is some."""
    kinds = {by_account(line, settings) for line in lines}
    if len(kinds) > 1:
        raise UnsaidError("account")
    return kinds.pop()


def item_of(line: ItemLine, settings: Settings) -> dict[str, Any]:
    """The item of a line, and how much of it. Raises `UnsaidError`."""
    return {
        "item": reference(settings.products, line.item),
        "quantity": exact(line.quantity, "quantity"),
        "units": settings.units.get(line.unit, line.unit),
    }


def dimensions_of(dimensions: Pairs, settings: Settings) -> dict[str, Any]:
    """Dimensions that have a place."""
    fields = settings.dimensions
    return {fields[name]: {"externalId": value} for name, value in dimensions if name in fields}


def _sublists(
    lines: Sequence[OrderedLine], supplier: Party | None, settings: Settings, *, requested: bool
) -> dict[str, Any]:
    items, accounts = [], []
    for line in lines:
        vendor = line.supplier or (supplier if requested else None)
        more = {
            **({"poVendor": vendor_of(vendor, settings)} if vendor and requested else {}),
            **dimensions_of(line.dimensions, settings),
        }
        if by_account(line, settings):
            accounts.append(_account(line, settings, requested) | more)
        else:
            items.append(_item(line, settings, requested) | more)
    sublists = {"item": items, "expense": accounts}
    return {name: {"items": made} for name, made in sublists.items() if made}


def _item(line: OrderedLine, settings: Settings, requested: bool) -> dict[str, Any]:
    rate, amount = ("estimatedRate", "estimatedAmount") if requested else ("rate", "amount")
    made = item_of(line, settings)
    if line.unit_price is not None:
        made[rate] = exact(line.unit_price, "unit_price")
    if line.amount is not None:
        made[amount] = exact(line.amount, "amount")
    if line.needed_by:
        made["expectedReceiptDate"] = line.needed_by.isoformat()
    notes = text_of(line_notes(line), "lines")
    return made | ({"description": notes} if notes else {})


def _account(line: OrderedLine, settings: Settings, requested: bool) -> dict[str, Any]:
    if line.amount is None:
        raise UnsaidError("amount")
    price = () if line.unit_price is None else (f"at {line.unit_price:f}",)
    days = () if line.needed_by is None else (f"needed by {line.needed_by.isoformat()}",)
    what = (f"{line.quantity.normalize():f} {line.unit} of {line.item}", *price, *days)
    return {
        "account": reference(settings.accounts, line.account),
        "estimatedAmount" if requested else "amount": exact(line.amount, "amount"),
        "memo": text_of((*what, *line_notes(line)), "lines"),
    }


def _created(record: str, external_id: str, body: dict[str, Any], post_step: str) -> Payload:
    return Payload(
        target="netsuite",
        record=record,
        external_id=external_id,
        method="POST",
        path=f"/record/v1/{record}",
        body=body,
        lookup=record_path(record, external_id),
        post_step=post_step,
    )
