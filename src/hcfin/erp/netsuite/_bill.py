"""Supplier invoices and their credits as `vendorBill` and `vendorCredit` records.

What is owed is what was approved: the part that is held is in no line. An item that was received goes by the
line of its order, at the order's price, where the settings list the account that receipts credit; all else
goes by account, a credit whole.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._documents import notes_of
from hcfin.erp._procurement import UnsaidError, invoice_nets, ledger_line, nets_of
from hcfin.erp.netsuite._fields import record_path, reference
from hcfin.erp.netsuite._purchase import LINES, dimensions_of, exact, head_of, text_of, vendor_of
from hcfin.erp.netsuite._received import place_of
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.procurement import InvoicedLine, SupplierInvoice

# Characters of a supplier's number; a longer one stands in the memo.
_NUMBER = 45


def bill_payload(document: SupplierInvoice, settings: Settings) -> Payload:
    """One record, never split: it is one debt. Raises `UnsaidError`."""
    if document.amount <= 0:
        raise UnsaidError("amount")
    lines = [line for line in document.lines if line.amount]
    if not lines or len(lines) > LINES:
        raise UnsaidError("lines")
    if nets_of(document.gl_lines) not in ({}, invoice_nets(document)):
        raise UnsaidError("gl_lines")
    bill = document.change == "invoice"
    record = "vendorBill" if bill else "vendorCredit"
    fits = 0 < len(document.number) <= _NUMBER
    notes = [*notes_of(document), *([] if fits or not document.number else [f"number {document.number}"])]
    sublists: dict[str, list[dict[str, Any]]] = {"item": [], "expense": []}
    trace = {}
    own = ledger_line(document, document.payable_account, -document.amount if bill else document.amount)
    if own:
        trace["/account"] = (document.id, own.n)
    for line in lines:
        name = "item" if bill and _by_order(document, line, settings) else "expense"
        made = _item(document, line, settings) if name == "item" else _account(line, settings)
        booked = ledger_line(document, line.account, line.amount if bill else -line.amount, line.dimensions)
        if booked:
            trace[f"/{name}/items/{len(sublists[name])}"] = (document.id, booked.n)
        sublists[name].append(made)
    body = {
        "externalId": document.id,
        "entity": vendor_of(document.supplier, settings),
        **({"tranId": document.number} if fits else {}),
        **head_of(document, settings, notes),
        **({} if own is None else dimensions_of(own.dimensions, settings)),
        **({"dueDate": document.due_date.isoformat()} if bill and document.due_date else {}),
        "account": reference(settings.accounts, document.payable_account),
        **({} if bill else _applied(document)),
        **{name: {"items": made} for name, made in sublists.items() if made},
    }
    path = record_path(record, document.id)
    return Payload(
        target="netsuite",
        record=record,
        external_id=document.id,
        method="PUT",
        # Without `replace` an upsert appends its lines to those of the first attempt: owed twice.
        path=f"{path}?replace={','.join(name for name, made in sublists.items() if made)}",
        body=body,
        lookup=path,
        trace=trace,
    )


def _by_order(document: SupplierInvoice, line: InvoicedLine, settings: Settings) -> bool:
    """Whether a line settles what a line of an order received."""
    return (
        line.what == "item"
        and line.account in settings.received_accounts
        and bool(line.order_line and _order_of(document, line))
        and line.quantity is not None
        and line.amount > 0
    )


def _order_of(document: SupplierInvoice, line: InvoicedLine) -> str:
    """External id of the order: its document, else its number, for one that hcfin did not send."""
    return line.order_id or document.order_id or document.order


def _item(document: SupplierInvoice, line: InvoicedLine, settings: Settings) -> dict[str, Any]:
    quantity = line.quantity if line.quantity is not None else Decimal(0)
    price = {} if line.unit_price is None else {"rate": exact(line.unit_price, "unit_price")}
    return {
        "orderDoc": {"externalId": _order_of(document, line)},
        "orderLine": place_of(line.order_line),
        "item": reference(settings.products, line.item),
        "quantity": exact(quantity, "quantity"),
        "units": settings.units.get(line.unit, line.unit),
        **price,
        "amount": exact(line.amount, "amount"),
        **dimensions_of(line.dimensions, settings),
    }


def _account(line: InvoicedLine, settings: Settings) -> dict[str, Any]:
    many = "" if line.quantity is None else f"{line.quantity.normalize():f} {line.unit} of {line.item}"
    return {
        "account": reference(settings.accounts, line.account),
        "amount": exact(line.amount, "amount"),
        "memo": text_of((line.what, *filter(None, (many,))), "lines"),
        **dimensions_of(line.dimensions, settings),
    }


def _applied(document: SupplierInvoice) -> dict[str, Any]:
    """A credit ends the invoice that it takes back, not whichever is the oldest."""
    if not document.reverses:
        return {"autoApply": False}
    one = {"doc": {"externalId": document.reverses}, "apply": True, "amount": document.amount}
    return {"autoApply": False, "apply": {"items": [one]}}
