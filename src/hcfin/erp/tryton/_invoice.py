"""What suppliers invoice and credit, as `account.invoice` records of the type `in`; a credit is below zero.

Posted, an invoice books its lines against the payable, so it must say no less than the ledger lines of the
document: where it cannot, the document is a move. What of it settles an order names the order's line.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.erp import Payload
from hcfin.erp._procurement import UnsaidError, invoice_nets, ledger_line, nets_of
from hcfin.erp.tryton._fields import OTHER_JOURNAL
from hcfin.erp.tryton._requests import Change, Find, Kind, Step, by_id
from hcfin.erp.tryton._supply import (
    Columns,
    address_of,
    company_of,
    currency_of,
    described,
    find_order_line,
    payload_of,
    pushes,
    quantity_text,
    supplier_of,
    table,
    unit_of,
)
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.procurement import InvoicedLine, SupplierInvoice
from hcfin.money import format_amount

INVOICE = Kind("account.invoice", "description", ("number", "state", "lines.quantity", "lines.unit_price"))


def is_invoice(document: SupplierInvoice, settings: Settings) -> bool:
    """Whether an invoice of Tryton's own books what the document does: each line on an account that it takes,
    and no dimension on the payable, where it has none."""
    taken = all(line.account in settings.invoice_accounts for line in document.lines)
    owed = (line for line in document.gl_lines if line.account == document.payable_account)
    return taken and not any(name in settings.dimensions for line in owed for name, _ in line.dimensions)


def invoice_payload(document: SupplierInvoice, settings: Settings) -> Payload:
    """One record, posted. Raises `UnsaidError`."""
    if nets_of(document.gl_lines) not in ({}, invoice_nets(document)):
        raise UnsaidError("gl_lines")
    lines = [line for line in document.lines if line.amount]
    if not lines:
        raise UnsaidError("lines")
    day = document.invoice_date or document.gl_date
    head: Columns = [
        ("company", company_of(document, settings)),
        ("type", "in"),
        ("party", supplier_of(document.supplier, settings)),
        ("invoice_address", address_of(document.supplier, settings)),
        ("currency", currency_of(document, settings)),
        ("account", settings.accounts.get(document.payable_account, document.payable_account)),
        ("journal", settings.journals.get(document.kind, OTHER_JOURNAL)),
        ("reference", _reference(document)),
        ("description", described(document, document.id)),
        ("invoice_date", day.isoformat()),
        ("accounting_date", document.gl_date.isoformat()),
        ("payment_term_date", (document.due_date or day).isoformat()),
    ]
    sign = -1 if document.change == "credit" else 1
    made, trace, steps = [], {}, []
    place = 0
    # Only over JSON-RPC does the context say whose lines they are.
    whose: Columns = [(f"lines/{name}", value) for name, value in head if name in ("company", "currency")]
    for line in lines:
        rows = _rows(line, sign, document.currency, settings)
        rows[0] += whose
        booked = ledger_line(document, line.account, sign * line.amount, line.dimensions)
        for row in range(place, place + len(rows)):
            if booked:
                trace[row] = (document.id, booked.n)
        place += len(rows)
        made.append(rows)
        steps += _linked(document, line, settings)
    steps += pushes(INVOICE.model, ("validate_invoice", "validated"), ("post", "posted paid"))
    return payload_of(document, settings, INVOICE, document.id, table(head, made), steps, trace)


def _reference(document: SupplierInvoice) -> str:
    """The supplier's number. Parts of an invoice differ, for Tryton takes one number of a supplier once."""
    if document.amount == document.invoiced:
        return document.number
    return f"{document.number} ({document.amount:f} of {document.invoiced:f})"


def _exact(line: InvoicedLine, settings: Settings) -> tuple[Decimal, Decimal] | None:
    """Quantity and price, where they are the amount and Tryton holds them; None else."""
    if line.what != "item" or not line.item or line.quantity is None or line.unit_price is None:
        return None
    fits = line.unit_price == round(line.unit_price, settings.price_digits)
    exact = fits and line.quantity * line.unit_price == line.amount
    return (line.quantity, line.unit_price) if exact else None


def _rows(line: InvoicedLine, sign: int, currency: str, settings: Settings) -> list[Columns]:
    counted = _exact(line, settings)
    below = -1 if line.amount < 0 else 1
    quantity, price = counted or (Decimal(below), abs(line.amount))
    own: Columns = [
        ("lines/sequence", str(line.n)),
        ("lines/account", settings.accounts.get(line.account, line.account)),
        ("lines/quantity", quantity_text(sign * quantity)),
        ("lines/unit_price", f"{price.normalize():f}" if counted else format_amount(price, currency)),
        ("lines/description", line.what if counted or not line.item else f"{line.what} of {line.item}"),
    ]
    if counted:
        own += [
            ("lines/product", settings.items.get(line.item, line.item)),
            ("lines/unit", unit_of(line.item, line.unit, settings)),
        ]
    analytic: list[Columns] = [
        [
            ("lines/analytic_accounts/root", name),
            ("lines/analytic_accounts/account", settings.dimensions[name] + value),
        ]
        for name, value in line.dimensions
        if name in settings.dimensions
    ]
    return [[*own, *(analytic[0] if analytic else [])], *analytic[1:]]


def _linked(document: SupplierInvoice, line: InvoicedLine, settings: Settings) -> list[Step]:
    """The line of the order that a line settles, where hcfin sent the order."""
    order = line.order_id or document.order_id
    number = line.order_line
    if not (order and _exact(line, settings) and number.isascii() and number.isdecimal()):
        return []
    ordered, own = f"<order line {line.n}>", f"<line {line.n}>"
    clauses = (by_id("invoice.description", document.id), ["sequence", "=", line.n])
    return [
        find_order_line(ordered, order, number),
        Find(own, "account.invoice.line", clauses),
        Change("account.invoice.line", own, {"origin": f"purchase.line,{ordered}"}),
    ]
