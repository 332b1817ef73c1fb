"""Orders, and what suppliers say to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.purchase import PurchaseOrder
from hcfin.billing.purchase_findings import order_figures, order_findings
from hcfin.standards.cxml.lines import extrinsic, first_place, item_of, notes_of, references_of
from hcfin.standards.cxml.made import Made
from hcfin.standards.cxml.parties import named, of_address, of_credentials
from hcfin.standards.cxml.tree import Draft, Node, Session

_CHANGES = {"update": "revision", "delete": "cancellation"}
_ANSWERS = {
    "accept": "accept",
    "allDetail": "change",
    "detail": "change",
    "except": "change",
    "reject": "reject",
}


def read_order(session: Session, root: Node, body: Node) -> Made:
    """An OrderRequest."""
    profile, header = session.profile, body.child("OrderRequestHeader") or body
    draft = Draft(session, header)
    supplier = {"id": profile.supplier} if profile.supplier else of_credentials(root, "To")
    buyer = named(of_credentials(root, "From"), of_address(header.child("BillTo/Address")))
    ship_to = of_address(header.child("ShipTo/Address"))
    kind = extrinsic(header, profile.order_kind) or header.get("orderType")
    lines = [_ordered(draft, item) for item in body.children("ItemOut")]
    terms = next(header.children("PaymentTerm"), None)
    fields = {
        **draft.data,
        "change": _CHANGES.get(header.get("type"), "order"),
        "order_kind": profile.order_kinds.get(kind, "standard"),
        "number": draft.identifier(header, "orderID", "number"),
        "revision": header.get("orderVersion"),
        "ordered": draft.moment(header, "orderDate"),
        "needed_by": draft.moment(header, "requestedDeliveryDate"),
        "facility": first_place(ship_to, buyer, otherwise=profile.facility),
        "supplier": supplier,
        "buyer": buyer,
        "ship_to": ship_to,
        "case": extrinsic(header, profile.case),
        "contract": header.get("agreementID"),
        "terms": _terms(terms),
        "lines": lines,
        "total": draft.amount(header.child("Total"), "total"),
        "references": references_of(header),
        "notes": notes_of(header),
    }
    return _made(draft, fields)


def _ordered(draft: Draft, node: Node) -> dict[str, Any]:
    detail = node.child("ItemDetail")
    unit = node.text("ItemDetail/UnitOfMeasure")
    price = detail.child("UnitPrice") if detail else None
    basis = detail.child("PriceBasisQuantity") if detail else None
    return {
        "at": node.at,
        "number": node.get("lineNumber"),
        "item": item_of(node, "ItemDetail"),
        "quantity": draft.quantity(node, "lines.quantity"),
        "unit": unit,
        "unit_price": draft.price(price, basis, "lines.unit_price"),
        "needed_by": draft.moment(node, "requestedDeliveryDate"),
        "deliver_to": of_address(node.child("ShipTo/Address")).get("id", ""),
        "request": node.get("requisitionID"),
    }


def _terms(node: Node | None) -> str:
    """Net days, as they are said."""
    days = node.get("payInNumberOfDays") if node else ""
    return f"NET {days}" if days else ""


def read_confirmation(session: Session, root: Node, body: Node) -> Made:
    """A ConfirmationRequest: what a supplier says to an order, of the whole or of its lines."""
    profile, header = session.profile, body.child("ConfirmationHeader") or body
    reference = body.child("OrderReference")
    draft = Draft(session, header)
    told = header.get("type")
    undone = header.get("operation") == "delete"
    supplier = {"id": profile.supplier} if profile.supplier else of_credentials(root, "From")
    buyer = of_credentials(root, "To")
    number = reference.get("orderID") if reference else ""
    if not number:
        number = draft.identifier(header, "orderID", "number")
    fields = {
        **draft.data,
        "change": "confirmation",
        "answer": "reject" if undone else _ANSWERS.get(told, told),
        "number": number,
        "ordered": draft.moment(reference, "orderDate"),
        "facility": first_place(buyer, otherwise=profile.facility),
        "supplier": supplier,
        "buyer": buyer,
        "case": extrinsic(header, profile.case),
        "lines": [line for item in body.children("ConfirmationItem") for line in _confirmed(draft, item)],
        "total": draft.amount(header.child("Total"), "total"),
        "references": [*_own_number(header), *references_of(header)],
        "notes": notes_of(header),
    }
    return _made(draft, fields)


def _own_number(header: Node) -> list[dict[str, Any]]:
    number = header.get("confirmID")
    return [{"at": header.at, "qualifier": "confirmID", "value": number}] if number else []


def _confirmed(draft: Draft, node: Node) -> list[dict[str, Any]]:
    """A line for each status: what becomes of so many."""
    number, unit = node.get("lineNumber"), node.text("UnitOfMeasure")
    lines = []
    for status in node.children("ConfirmationStatus"):
        inside = status.child("ItemIn")
        price = status.child("UnitPrice") or (inside.child("ItemDetail/UnitPrice") if inside else None)
        basis = inside.child("ItemDetail/PriceBasisQuantity") if inside else None
        lines.append(
            {
                "at": status.at,
                "number": number,
                "change": status.get("type"),
                "item": item_of(inside, "ItemDetail") if inside else {"at": node.at},
                "quantity": draft.quantity(status, "lines.quantity"),
                "unit": status.text("UnitOfMeasure") or unit,
                "unit_price": draft.price(price, basis, "lines.unit_price"),
                "needed_by": draft.moment(status, "deliveryDate"),
            }
        )
    if not lines:
        quantity = draft.quantity(node, "lines.quantity")
        lines.append({"at": node.at, "number": number, "quantity": quantity, "unit": unit})
    return lines


def _made(draft: Draft, fields: dict[str, Any]) -> Made:
    currency = draft.session.currency
    order = PurchaseOrder.build({**fields, "currency": currency, "unreadable": tuple(draft.unreadable)})
    summary = {
        "lines": len(order.lines),
        "quantity": f"{sum((line.quantity for line in order.lines), Decimal(0)):f}",
        **order_figures(order),
    }
    return Made(order, order.number, summary, tuple(order_findings(order, "cxml")))
