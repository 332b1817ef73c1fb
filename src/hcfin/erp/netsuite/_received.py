"""Receipts of goods as `itemReceipt` records, made of their order; or as journal entries.

NetSuite books an item's receipt at the price of the order, on the accounts of the item, against what is
received and not billed. Lines that the order has by account book nothing there when they arrive, so what the
document books for them is a journal entry.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._chunks import balanced_chunks
from hcfin.erp._documents import notes_of, part_ids
from hcfin.erp._procurement import UnsaidError, header_notes, ledger_line, line_notes, nets_of
from hcfin.erp.netsuite._fields import is_exact, record_path
from hcfin.erp.netsuite._journal import journal_payload
from hcfin.erp.netsuite._purchase import dimensions_of, head_of, item_of, one_kind, text_of
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.procurement import GoodsReceipt, ReceivedLine

_NOT_THERE = ("subsidiary", "currency")
"""Fields that the order brings along."""


def receipt_payloads(document: GoodsReceipt, settings: Settings) -> list[Payload]:
    """One record for each order, or several where there are more lines than the limit. Raises
    `UnsaidError`."""
    if one_kind(document.lines, settings):
        return _journals(document, settings)
    if document.state != "received":
        raise UnsaidError("state")
    if not document.memo:
        _check(document, settings)
    limit = settings.item_limit
    slices = [
        (order, lines[at : at + limit])
        for order, lines in _by_order(document).items()
        for at in range(0, len(lines), limit)
    ]
    ids = part_ids(document.id, len(slices))
    return [
        _received(document, settings, order, one, lines, notes_of(document, part, len(slices)))
        for part, (one, (order, lines)) in enumerate(zip(ids, slices, strict=True), start=1)
    ]


def _by_order(document: GoodsReceipt) -> dict[str, list[ReceivedLine]]:
    """The lines of each order, for a record is made of one: by its document, else its number."""
    found: dict[str, list[ReceivedLine]] = {}
    for line in document.lines:
        order = line.order_id or document.order_id or document.order
        if not order:
            raise UnsaidError("order")
        found.setdefault(order, []).append(line)
    return found


def _check(document: GoodsReceipt, settings: Settings) -> None:
    """The ledger lines must be what NetSuite books: the items against one account."""
    nets = nets_of(document.gl_lines)
    received = {account: amount for account, amount in nets.items() if amount < 0}
    wanted: dict[str, Decimal] = {}
    for line in document.lines:
        wanted[line.account] = wanted.get(line.account, Decimal(0)) + line.amount
    debits = {account: amount for account, amount in wanted.items() if amount}
    listed = not settings.received_accounts or set(received) <= set(settings.received_accounts)
    if len(received) != 1 or {**received, **debits} != nets or not listed:
        raise UnsaidError("gl_lines")


def _received(
    document: GoodsReceipt,
    settings: Settings,
    order: str,
    external_id: str,
    lines: list[ReceivedLine],
    notes: list[str],
) -> Payload:
    head = head_of(document, settings, notes)
    body = {
        "externalId": external_id,
        **{name: value for name, value in head.items() if name not in _NOT_THERE},
        "item": {"items": [_item(line, settings) for line in lines]},
    }
    path = record_path("purchaseOrder", order)
    booked = [ledger_line(document, line.account, line.amount, line.dimensions) for line in lines]
    return Payload(
        target="netsuite",
        record="itemReceipt",
        external_id=external_id,
        method="POST",
        # Without `replace` everything that is still open arrives, not what did.
        path=f"{path}/!transform/itemReceipt?replace=item",
        body=body,
        lookup=record_path("itemReceipt", external_id),
        trace={f"/item/items/{place}": (document.id, one.n) for place, one in enumerate(booked) if one},
    )


def _item(line: ReceivedLine, settings: Settings) -> dict[str, Any]:
    notes = text_of(line_notes(line), "lines")
    return {
        "orderLine": place_of(line.order_line),
        "itemReceive": True,
        **item_of(line, settings),
        **({"description": notes} if notes else {}),
        **dimensions_of(line.dimensions, settings),
    }


def place_of(order_line: str) -> int:
    """The place of a line in its order. Raises `UnsaidError`."""
    if not (order_line.isascii() and order_line.isdecimal() and 0 < len(order_line) <= 9):
        raise UnsaidError("order_line")
    return int(order_line)


def _journals(document: GoodsReceipt, settings: Settings) -> list[Payload]:
    """What the ledger lines say, for what NetSuite books nothing; a memo has none."""
    if not document.gl_lines:
        raise UnsaidError("gl_lines")
    if not all(is_exact(line.amount) for line in document.gl_lines):
        raise UnsaidError("amount")
    chunks = balanced_chunks(document.gl_lines, settings.line_limit)
    ids = part_ids(document.id, len(chunks))
    return [
        journal_payload(
            document,
            settings,
            chunk,
            one,
            text_of((*notes_of(document, part, len(chunks)), *header_notes(document)), "memo"),
        )
        for part, (one, chunk) in enumerate(zip(ids, chunks, strict=True), start=1)
    ]
