"""What targets are sent of procurement, as their ERPs would book and count it; and chains to send.

NetSuite books an item's receipt at the price of its order, on the account of the item: here each item is set
up with the account that its lines name, as docs/erp.md asks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st

from erp_documents import a_head
from erp_sent import Entry, Sent, netsuite_books, tryton_books
from hcfin.erp import Payload, Rendering
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from procurement_documents import (
    CASE,
    FREIGHT,
    GRNI,
    PAYABLE,
    STOCK,
    SUPPLY,
    VARIANCE,
    a_booking,
    a_credit,
    a_receipt_of_goods,
    a_requisition,
    a_settled,
    a_supplier_invoice,
    an_amount,
    an_item,
    an_order,
    an_ordered,
)
from tryton_rows import rows_of

DEPARTMENTS = ("cath", "or")
NETSUITE = {
    "requester": "buyer",
    "received_accounts": [GRNI],
    "account_lines": [SUPPLY],
    "dimensions": {"turn": "department"},
    "entities": {"medsup": "medsup"},
}
TRYTON = {
    "requester": "BUYER",
    "party_accounts": [PAYABLE],
    "other_party": "OTHERS",
    "invoice_accounts": [GRNI, SUPPLY, VARIANCE, FREIGHT],
    "stock_accounts": [STOCK],
    "dimensions": {"turn": "turn/"},
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "netsuite": NETSUITE,
    "tryton": TRYTON,
    "tryton_rest": {**TRYTON, "api": "rest"},
}
TEXTS = {"memo": 999, "description": 1000, "note": 1000, "reference": 1000, "tranId": 45, "externalId": 40}
"""How long texts may be; those of Tryton have no limit."""


@dataclass(frozen=True)
class Chain:
    """An order, what came of it, what is asked for it and what of that is owed."""

    documents: tuple[Document, ...]
    memos: tuple[Document, ...]
    """The same under gl_only: memos beside journals."""


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Up to four lines of one kind, of which parts come and parts of these are owed, in whole cents."""
    expensed = draw(st.booleans())
    account = SUPPLY if expensed else STOCK
    many = st.integers(1, 40)
    lines = draw(st.lists(st.tuples(many, st.integers(1, 99_999)), min_size=1, max_size=4))
    where = {"turn": draw(st.sampled_from(DEPARTMENTS))}
    own = {"account": account, "dimensions": where}
    prices = [Decimal(cents).scaleb(-2) for _, cents in lines]
    ordered = [
        an_ordered(n, quantity=f"{many}", unit_price=f"{price}", amount=f"{many * price}", **own)
        for n, ((many, _), price) in enumerate(zip(lines, prices, strict=True), start=1)
    ]
    came = [draw(st.integers(1, many)) for many, _ in lines]
    owed = [draw(st.integers(0, quantity)) for quantity in came]
    received = [
        an_item(n, quantity=f"{quantity}", order_line=str(n), amount=f"{quantity * price:.2f}", **own)
        for n, (quantity, price) in enumerate(zip(came, prices, strict=True), start=1)
    ]
    value = sum((quantity * price for quantity, price in zip(came, prices, strict=True)), Decimal(0))
    settled = [
        (n, quantity, price)
        for n, (quantity, price) in enumerate(zip(owed, prices, strict=True), start=1)
        if quantity
    ]
    asked: list[dict[str, Any]] = [
        a_settled(
            at, order_line=str(n), quantity=f"{quantity}", unit_price=f"{price}",
            amount=f"{quantity * price:.2f}", dimensions=where,
        )
        for at, (n, quantity, price) in enumerate(settled, start=1)
    ]  # fmt: skip
    booked = [(GRNI, f"{quantity * price:.2f}") for _, quantity, price in settled]
    cents = st.integers(-5_000, 5_000).filter(bool)
    for what, on in (("price_variance", VARIANCE), ("freight", FREIGHT), ("rebate", SUPPLY)):
        if draw(st.booleans()):
            amount = Decimal(draw(cents)).scaleb(-2)
            amount = -abs(amount) if what == "rebate" else amount
            asked.append(an_amount(len(asked) + 1, what, f"{amount}", on, dimensions=where))
            booked.append((on, f"{amount}"))
    total = sum((Decimal(amount) for _, amount in booked), Decimal("0.00"))
    held = Decimal(draw(st.integers(0, 9_999))).scaleb(-2)
    case = CASE if draw(st.booleans()) else ""
    of_goods = a_booking((account, f"{value:.2f}"), (GRNI, f"-{value:.2f}"), dimensions=where)
    # Tryton's own invoices have no dimension on the payable.
    of_invoice = a_booking(*booked, dimensions=where)
    of_invoice += [{**a_booking((PAYABLE, f"-{total}"))[0], "n": len(of_invoice) + 1}] if total > 0 else []
    amounts = {"amount": f"{total}", "invoiced": f"{total + held}"}
    goods = {"lines": received, "case_token": case}
    invoice = {"lines": asked, "case_token": case, **amounts}
    documents: list[Document] = [
        a_requisition(lines=ordered, amount=None),
        an_order(lines=ordered, case_token=case, amount=None),
        a_receipt_of_goods(**goods, gl_lines=of_goods),
    ]
    memos: list[Document] = [*documents[:2], a_receipt_of_goods(**goods, gl_lines=(), memo=True)]
    memos.append(_journal("demojjjjjjjjjjjjjjj1", of_goods))
    if total > 0:
        documents.append(a_supplier_invoice(**invoice, gl_lines=of_invoice))
        memos += [
            a_supplier_invoice(**invoice, gl_lines=(), memo=True),
            _journal("demojjjjjjjjjjjjjjj2", of_invoice),
        ]
    if total > 0 and draw(st.booleans()):
        documents.append(a_credit())
        memos.append(_journal("demojjjjjjjjjjjjjjj3", a_booking((PAYABLE, "30.00"), (VARIANCE, "-30.00"))))
    return Chain(tuple(documents), tuple(memos))


def _journal(name: str, lines: Sequence[dict[str, Any]]) -> JournalEntry:
    return JournalEntry.build(a_head("journal_entry", id=name, gl_lines=lines))


# --- what they would book


def _named(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    value = body.get("department", {}).get("externalId", "")
    return (("turn", value),) if value else ()


def netsuite_sent(rendering: Rendering) -> list[Sent]:
    """Bills and receipts; orders and requisitions book nothing."""
    orders = {one.external_id: one.body for one in rendering.payloads if one.record == "purchaseOrder"}
    return [
        netsuite_books(one)
        if one.record == "journalEntry"
        else Sent(one, "main", tuple(_netsuite(one, orders)), 1, _texts(one.body))
        for one in rendering.payloads
    ]


def _netsuite(payload: Payload, orders: Mapping[str, Any]) -> Iterator[Entry]:
    body = payload.body
    if payload.record == "itemReceipt":
        order = payload.path.split("eid:")[1].partition("/")[0]
        rates = {at: one["rate"] for at, one in enumerate(orders[order]["item"]["items"], start=1)}
        for place, one in enumerate(body["item"]["items"]):
            value = one["quantity"] * rates[one["orderLine"]]
            yield Entry(STOCK, value, "", _named(one), f"/item/items/{place}")
            yield Entry(GRNI, -value, "", _named(one))  # both sides have the line's
    if payload.record in ("vendorBill", "vendorCredit"):
        sign = 1 if payload.record == "vendorBill" else -1
        whole = Decimal(0)
        for name in ("item", "expense"):
            for place, one in enumerate(body.get(name, {"items": []})["items"]):
                whole += one["amount"]
                account = one["account"]["externalId"] if name == "expense" else GRNI
                yield Entry(account, sign * one["amount"], "", _named(one), f"/{name}/items/{place}")
        yield Entry(
            body["account"]["externalId"], -sign * whole, body["entity"]["externalId"], (), "/account"
        )


def _texts(value: Any, name: str = "") -> dict[str, tuple[str, ...]]:
    """All texts of a body by the name of their field."""
    found: dict[str, tuple[str, ...]] = {}
    if isinstance(value, str):
        return {name: (value,)}
    inner = (
        value.items()
        if isinstance(value, dict)
        else ((name, one) for one in value)
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        for field, texts in _texts(one, key).items():
            found[field] = (*found.get(field, ()), *texts)
    return found


def tryton_sent(rendering: Rendering) -> list[Sent]:
    """Moves and invoices; shipments, purchases and requisitions book nothing."""
    made = []
    for one in rendering.payloads:
        if one.record == "account.move":
            made.append(tryton_books(one))
            continue
        texts: dict[str, tuple[str, ...]] = {}
        for row in rows_of(one):
            for name, text in row.items():
                field = name.rpartition("/")[2]
                texts[field] = (*texts.get(field, ()), text)
        entries = tuple(_tryton(one)) if one.record == "account.invoice" else ()
        made.append(Sent(one, "main", entries, 1, texts))
    return made


def _tryton(payload: Payload) -> Iterator[Entry]:
    whole = Decimal(0)
    at = "/data" if "data" in payload.body else "/params/1"
    rows = rows_of(payload)
    for place, row in enumerate(rows):
        amount = Decimal(row["lines/quantity"]) * Decimal(row["lines/unit_price"])
        whole += amount
        name, _, value = row.get("lines/analytic_accounts/account", "").partition("/")
        yield Entry(row["lines/account"], amount, "", ((name, value),) if value else (), f"{at}/{place}")
    yield Entry(rows[0]["account"], -whole, rows[0]["party"])


def sent_of(rendering: Rendering) -> list[Sent]:
    target = rendering.payloads[0].target
    return netsuite_sent(rendering) if target == "netsuite" else tryton_sent(rendering)


def counted(rendering: Rendering) -> Counter[str]:
    """How many of each line of the order arrive, as far as goods are counted."""
    found: Counter[str] = Counter()
    for one in rendering.payloads:
        if one.record == "itemReceipt":
            for line in one.body["item"]["items"]:
                found[str(line["orderLine"])] += line["quantity"]
        if one.record == "stock.shipment.in":
            number = ""
            for step in json.loads(one.post_step):
                body = step["body"]
                clauses = body.get("domain") or (body["params"][0] if "find" in step else [])
                sequence = [clause[2] for clause in clauses if clause[0] == "sequence"]
                number = str(sequence[0]) if sequence else number
                values = body if step["method"] == "PUT" else body.get("params", [0, {}])[1]
                if isinstance(values, dict) and "quantity" in values:
                    found[number] += Decimal(str(values["quantity"]))
    return found
