"""What a supplier asks for, or credits.

The summary holds the sums of what lines say of tax, freight and discounts, so only the summary is taken.
Amounts of a credit are positive here; cXML writes them with minus signs.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hcfin.billing.purchase import SupplierInvoice
from hcfin.billing.purchase_findings import invoice_figures, invoice_findings
from hcfin.billing.registration import day_of
from hcfin.money import zero
from hcfin.standards.cxml.lines import extrinsic, first_place, item_of, references_of
from hcfin.standards.cxml.made import Made
from hcfin.standards.cxml.parties import named, of_address, of_credentials
from hcfin.standards.cxml.tree import Draft, Node, Session

_CREDITS = frozenset({"creditMemo", "lineLevelCreditMemo"})
_TAKEN_BACK = "delete"
_MOST_DAYS = 3
# Parts of the summary on top of lines, tax and freight, and which way they go.
_OTHER = {
    "SpecialHandlingAmount": 1,
    "InvoiceDetailDiscount": -1,
    "TotalCharges": 1,
    "TotalAllowances": -1,
    "DepositAmount": -1,
}


def read_invoice(session: Session, root: Node, body: Node) -> Made:
    """An InvoiceDetailRequest."""
    profile, header = session.profile, body.child("InvoiceDetailRequestHeader") or body
    draft = Draft(session, header)
    credit = header.get("purpose") in _CREDITS
    number = draft.identifier(header, "invoiceID", "number")
    if header.get("operation") == _TAKEN_BACK:
        session.issue("CXML_TAKEN_BACK", header.at, "@operation")
        draft.mark("change")
    roles: dict[str, Node] = {}
    for holder in (*header.children("InvoicePartner"), *header.children("InvoiceDetailShipping")):
        for contact in holder.children("Contact"):
            roles.setdefault(contact.get("role"), contact)
    supplier = {"id": profile.supplier} if profile.supplier else of_credentials(root, "From")
    sender = of_address(roles.get("from") or roles.get("issuerOfInvoice"))
    buyer = named(of_credentials(root, "To"), of_address(roles.get("billTo") or roles.get("soldTo")))
    ship_to = of_address(roles.get("shipTo"))
    invoiced = draft.moment(header, "invoiceDate")
    lines = [line for order in body.children("InvoiceDetailOrder") for line in _of_order(draft, order)]
    orders = list(dict.fromkeys(line["order"] for line in lines if line["order"]))
    if next(body.children("InvoiceDetailHeaderOrder"), None):
        session.issue("CXML_HEADER_INVOICE", header.at)
        draft.mark("lines")
    first = orders[0] if orders else ""
    for line in lines:
        if line["order"] == first:
            line["order"] = ""
    fields: dict[str, Any] = {
        **draft.data,
        "change": "credit" if credit else "invoice",
        "number": number,
        "order": first,
        "corrects": header.get("invoiceID", "InvoiceIDInfo"),
        "facility": first_place(ship_to, buyer, otherwise=profile.facility),
        "invoiced": invoiced,
        "supplier": named(supplier, sender),
        "buyer": buyer,
        "ship_to": ship_to,
        "remit_to": of_address(roles.get("remitTo")),
        "case": extrinsic(header, profile.case),
        **_due(draft, header, invoiced),
        "lines": lines,
        "references": references_of(header),
        **_summed(draft, body.child("InvoiceDetailSummary")),
    }
    if credit:
        _turn(fields)
    elif fields["total"] is not None and fields["total"] < 0:
        session.issue("CXML_NEGATIVE", header.at, amount=fields["total"])
        draft.mark("total")
    fields.update(currency=session.currency, unreadable=tuple(draft.unreadable))
    invoice = SupplierInvoice.build(fields)
    return Made(invoice, invoice.number, invoice_figures(invoice), tuple(invoice_findings(invoice, "cxml")))


def _of_order(draft: Draft, order: Node) -> list[dict[str, Any]]:
    """The lines that are about one order."""
    number = next(
        (
            told
            for name in ("OrderReference", "OrderIDInfo")
            if (told := order.get("orderID", f"InvoiceDetailOrderInfo/{name}"))
        ),
        "",
    )
    return [
        _line(draft, one, number) for one in order.children("InvoiceDetailItem", "InvoiceDetailServiceItem")
    ]


def _line(draft: Draft, node: Node, order: str) -> dict[str, Any]:
    reference = (
        "InvoiceDetailServiceItemReference" if "Service" in node.name else "InvoiceDetailItemReference"
    )
    amount = draft.amount(node.child("SubtotalAmount"), "lines.amount")
    price = draft.price(node.child("UnitPrice"), node.child("PriceBasisQuantity"), "lines.unit_price")
    service = "Service" in node.name and not node.get("quantity")
    return {
        "at": node.at,
        "number": node.get("invoiceLineNumber"),
        "order": order,
        "order_line": node.get("lineNumber", reference),
        "item": item_of(node, reference),
        # A service may be of nothing that is counted.
        "quantity": Decimal(1) if service else draft.quantity(node, "lines.quantity"),
        "unit": node.text("UnitOfMeasure"),
        "unit_price": price,
        "amount": amount,
    }


def _due(draft: Draft, header: Node, invoiced: str) -> dict[str, str]:
    """Net days after the invoice: the terms without a discount."""
    terms = [*header.children("PaymentTerm"), *header.children("InvoiceDetailPaymentTerm")]
    net = [one for one in terms if not one.child("Discount") and one.get("percentageRate") in ("", "0")]
    days = net[0].get("payInNumberOfDays") if net else ""
    first = day_of(invoiced)
    if not (days.isascii() and days.isdigit() and len(days) <= _MOST_DAYS):
        return {"terms": "", "due": ""}
    told = {"terms": f"NET {int(days)}", "due": ""}
    if first and (date.max - first).days >= int(days):
        told["due"] = (first + timedelta(days=int(days))).isoformat()
    return told


def _summed(draft: Draft, summary: Node | None) -> dict[str, Any]:
    """Tax, freight and the rest of the summary, and what is due."""
    nothing = zero(draft.session.currency)
    found: dict[str, Any] = {
        "tax": nothing,
        "freight": nothing,
        "other": nothing,
        "charges": [],
        "total": None,
    }
    if summary is None:
        return found
    found["tax"] = draft.amount(summary.child("Tax"), "tax") or nothing
    found["freight"] = draft.amount(summary.child("ShippingAmount"), "freight") or nothing
    for name, sign in _OTHER.items():
        node = summary.child(name)
        amount = draft.amount(node, "other")
        if node is None or not amount:
            continue
        # An allowance or a discount reduces, whatever the sign that stands before it.
        signed = amount if sign > 0 else -abs(amount)
        found["other"] += signed
        found["charges"].append({"at": node.at, "qualifier": name, "amount": signed})
    total = draft.amount(summary.child("DueAmount"), "total")
    found["total"] = draft.amount(summary.child("NetAmount"), "total") if total is None else total
    return found


def _turn(fields: dict[str, Any]) -> None:
    """A credit without minus signs. One that is written without them stays as it is."""
    if fields["total"] is None or fields["total"] >= 0:
        return
    for line in fields["lines"]:
        line["quantity"] = abs(line["quantity"])
        for name in ("unit_price", "amount"):
            if line[name] is not None:
                line[name] = abs(line[name])
    for name in ("total", "tax", "freight", "other"):
        fields[name] = _minus(fields[name])
    for one in fields["charges"]:
        one["amount"] = _minus(one["amount"])


def _minus(amount: Decimal) -> Decimal:
    return -amount if amount else amount
