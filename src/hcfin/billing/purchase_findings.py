"""What an order or invoice adds up to, and whether that is the total that it tells. Findings, never verdicts.

A total may be the sum of lines that were rounded one by one, or the rounded sum of exact lines; both are
right. Nothing is added up where a line tells neither a price nor an amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import place
from hcfin.billing.purchase import InvoiceLine, OrderLine, PurchaseOrder, SupplierInvoice
from hcfin.issues import Catalogue, Issue
from hcfin.money import extend, format_amount, zero

_ISSUE = Catalogue.of("hcfin.billing")


def line_amount(line: OrderLine | InvoiceLine, currency: str) -> Decimal | None:
    """What a line comes to: the amount that it tells, else quantity times price; None without either.

    >>> line_amount(OrderLine(quantity=Decimal("3"), unit_price=Decimal("0.335")), "USD")
    Decimal('1.00')
    """
    if line.amount is not None:
        return line.amount
    return None if line.unit_price is None else extend(line.unit_price, line.quantity, currency)[0]


def lines_amount(lines: Iterable[OrderLine | InvoiceLine], currency: str) -> Decimal | None:
    """What lines come to together; None where one of them has no amount."""
    total = zero(currency)
    for line in lines:
        amount = line_amount(line, currency)
        if amount is None:
            return None
        total += amount
    return total


def invoice_amount(invoice: SupplierInvoice) -> Decimal | None:
    """What an invoice comes to: lines, freight, tax, and other charges less allowances."""
    lines = lines_amount(invoice.lines, invoice.currency)
    return None if lines is None else lines + invoice.freight + invoice.tax + invoice.other


def _rounded_once(lines: Iterable[OrderLine | InvoiceLine], currency: str) -> Decimal:
    """The sum of exact lines, rounded once."""
    exact = zero(currency)
    for line in lines:
        told = line.amount
        exact += line.quantity * (line.unit_price or Decimal(0)) if told is None else told
    return extend(exact, Decimal(1), currency)[0]


def order_findings(order: PurchaseOrder, standard: str) -> Iterator[Issue]:
    """Whether the total of an order is that of its lines.

    A confirmation that changes something is not asked: its total may be of what was ordered or of what is
    confirmed.
    """
    if order.unreadable or order.total is None or order.answer == "change" or not order.lines:
        return
    expected = lines_amount(order.lines, order.currency)
    if expected is None or order.total in (expected, _rounded_once(order.lines, order.currency)):
        return
    yield _ISSUE(
        "ORDER_TOTAL_MISMATCH",
        place(order, "total", standard),
        expected=expected,
        actual=order.total,
        difference=expected - order.total,
    )


def invoice_findings(invoice: SupplierInvoice, standard: str) -> Iterator[Issue]:
    """Whether the total of an invoice is that of lines, charges and taxes, and amounts of lines their prices
    times quantities."""
    if invoice.unreadable:
        return
    for line in invoice.lines:
        if line.amount is not None and line.unit_price is not None:
            worked = extend(line.unit_price, line.quantity, invoice.currency)[0]
            if worked != line.amount:
                yield _ISSUE(
                    "INVOICE_LINE_MISMATCH",
                    place(line, "unit_price", standard),
                    expected=worked,
                    actual=line.amount,
                    difference=worked - line.amount,
                )
    expected = invoice_amount(invoice)
    if invoice.total is None or expected is None:
        return
    rest = invoice.freight + invoice.tax + invoice.other
    if invoice.total not in (expected, _rounded_once(invoice.lines, invoice.currency) + rest):
        yield _ISSUE(
            "INVOICE_TOTAL_MISMATCH",
            place(invoice, "total", standard),
            expected=expected,
            actual=invoice.total,
            difference=expected - invoice.total,
        )


def invoice_figures(invoice: SupplierInvoice) -> dict[str, Any]:
    """What an invoice says and comes to, as the summary of its unit holds it."""
    currency = invoice.currency
    return {
        "change": invoice.change,
        "lines": len(invoice.lines),
        "quantity": f"{sum((line.quantity for line in invoice.lines), Decimal(0)):f}",
        "line_amounts": _figure(lines_amount(invoice.lines, currency), currency),
        "freight": format_amount(invoice.freight, currency),
        "tax": format_amount(invoice.tax, currency),
        "other": format_amount(invoice.other, currency),
        "amount": _figure(invoice_amount(invoice), currency),
        "total": _figure(invoice.total, currency),
    }


def order_figures(order: PurchaseOrder) -> dict[str, Any]:
    """What an order comes to, and what it says that this is."""
    currency = order.currency
    return {
        "amount": _figure(lines_amount(order.lines, currency), currency),
        "total": _figure(order.total, currency),
    }


def _figure(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else format_amount(amount, currency)
