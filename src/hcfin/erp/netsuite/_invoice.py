"""Invoices and credit memos as NetSuite `invoice` and `creditMemo` records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp.netsuite._fields import (
    EXACT_DIGITS,
    entity_of,
    header_memo,
    is_exact,
    issue_about,
    left_out,
    record_path,
    reference,
)
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.receivable import BilledLine, CreditMemo, Invoice
from hcfin.issues import Issue, PolicyText


@dataclass(frozen=True, slots=True)
class Item:
    """A service of the invoice, and its place in the sublist of items."""

    place: int
    line: BilledLine


def invoice_payloads(document: Invoice | CreditMemo, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """One record. Services without a charge are left out: an item of nothing books nothing."""
    customer = entity_of(document.customer, settings)
    lines = [line for line in document.lines if line.amount]
    summed = len(lines) > settings.item_limit
    items = [Item(place, line) for place, line in enumerate(_sums(lines) if summed else lines)]
    unsaid = "customer" if customer is None else _unsaid(document, items, settings)
    if unsaid or customer is None:
        return [], [issue_about("TARGET_VALUE_UNSUPPORTED", document, field=PolicyText(unsaid))]
    if not all(is_exact(item.line.amount) for item in items):
        return [], [issue_about("TARGET_AMOUNT_TOO_LARGE", document, digits=EXACT_DIGITS)]
    issues = [issue_about("TARGET_SERVICES_LEFT_OUT", document)] if summed else []
    return [_payload(document, settings, customer, items)], [
        *left_out(document, settings, tags_fit=False),
        *issues,
    ]


def _sums(lines: list[BilledLine]) -> list[BilledLine]:
    """One line for what the ledger tells apart: a bill is one receivable and cannot be sent in parts."""
    sums: dict[tuple[object, ...], BilledLine] = {}
    for line in lines:
        key = (line.account, line.revenue_code, line.dimensions)
        before = sums[key].amount if key in sums else Decimal(0)
        what = {"amount": before + line.amount, "procedure": "", "modifiers": (), "quantity": None}
        sums[key] = sums.get(key, line).model_copy(update=what)
    return list(sums.values())


def _unsaid(document: Invoice | CreditMemo, items: list[Item], settings: Settings) -> str:
    """The field that the record cannot hold, if any."""
    if document.amount <= 0 or any(line.amount < 0 for line in document.lines):
        return "amount"
    if len(items) > settings.item_limit:
        return "lines"
    # The record books its items against the receivable. Lines that say anything else would be booked as what
    # they are not.
    debit, credit = ("debit", "credit") if isinstance(document, Invoice) else ("credit", "debit")
    booked: dict[tuple[str, str], Decimal] = {}
    for line in document.gl_lines:
        booked[line.side, line.account] = booked.get((line.side, line.account), Decimal(0)) + line.amount
    expected = {(debit, document.receivable_account): document.amount}
    for item in items:
        place = credit, item.line.account
        expected[place] = expected.get(place, Decimal(0)) + item.line.amount
    return "gl_lines" if booked and booked != expected else ""


def _payload(
    document: Invoice | CreditMemo, settings: Settings, customer: dict[str, str], items: list[Item]
) -> Payload:
    record = "invoice" if isinstance(document, Invoice) else "creditMemo"
    path = record_path(record, document.id)
    body: dict[str, Any] = {
        "externalId": document.id,
        "entity": customer,
        "tranDate": document.gl_date.isoformat(),
        "subsidiary": reference(settings.subsidiaries, document.entity),
        "currency": reference(settings.currencies, document.currency),
        "account": reference(settings.accounts, document.receivable_account),
        "otherRefNum": document.account_token,
        "memo": header_memo(document, 1, 1),
        **_header_dimensions(document, settings),
        "item": {"items": [_item(item.line, settings) for item in items]},
    }
    if record == "creditMemo":
        body["autoApply"] = False  # it ends its own invoice, not whichever is the oldest
    if document.reverses and not document.memo:
        body["apply"] = {
            "items": [{"doc": {"externalId": document.reverses}, "apply": True, "amount": document.amount}]
        }
    return Payload(
        target="netsuite",
        record=record,
        external_id=document.id,
        method="PUT",
        # Without `replace` an upsert appends its items to those of the first attempt: billed twice.
        path=f"{path}?replace=item",
        body=body,
        lookup=path,
        trace=dict(_trace(document, items)),
    )


def _header_dimensions(document: Invoice | CreditMemo, settings: Settings) -> dict[str, Any]:
    """Those of the receivable: all its lines are of one claim, and have the same."""
    receivable = (line for line in document.gl_lines if line.account == document.receivable_account)
    dimensions = dict(next((line.dimensions for line in receivable), ()))
    fields = settings.dimensions
    return {fields[name]: {"externalId": value} for name, value in dimensions.items() if name in fields}


def _item(line: BilledLine, settings: Settings) -> dict[str, Any]:
    code = "-".join((line.procedure, *line.modifiers)) if line.procedure else ""
    told = [*([f"revenue code {line.revenue_code}"] if line.revenue_code else []), *([code] if code else [])]
    item: dict[str, Any] = {"item": reference(settings.items, line.account)}
    if line.quantity is not None:
        item["quantity"] = line.quantity
    item["amount"] = line.amount
    item["description"] = "; ".join(told)
    for name, value in line.dimensions:
        if name in settings.dimensions:
            item[settings.dimensions[name]] = {"externalId": value}
    return item


def _trace(document: Invoice | CreditMemo, items: list[Item]) -> Iterator[tuple[str, tuple[str, int]]]:
    """The receivable's line, and for each item a line of its account; the finest that there is."""
    for line in document.gl_lines:
        if line.account == document.receivable_account:
            yield "/account", (document.id, line.n)
            break
    for item in items:
        code = item.line.revenue_code
        own = [line for line in document.gl_lines if line.account == item.line.account]
        exact = [line for line in own if dict(line.tags).get("revenue_code", code) == code]
        by_number = [line for line in exact if dict(line.tags).get("line", "") == str(item.line.n)]
        for line in (*by_number, *exact)[:1]:
            yield f"/item/items/{item.place}", (document.id, line.n)
