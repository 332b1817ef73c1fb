"""What a supplier has shipped: a receipt that is still on its way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.purchase import GoodsReceipt
from hcfin.standards.cxml.lines import first_place, item_of
from hcfin.standards.cxml.made import Made
from hcfin.standards.cxml.parties import named, of_address, of_credentials
from hcfin.standards.cxml.tree import Draft, Node, Session

_TAKEN_BACK = "delete"


def read_shipment(session: Session, root: Node, body: Node) -> Made:
    """A ShipNoticeRequest. What belongs to another order than the first names it in its lines."""
    profile, header = session.profile, body.child("ShipNoticeHeader") or body
    draft = Draft(session, header)
    number = draft.identifier(header, "shipmentID", "number")
    if header.get("operation") == _TAKEN_BACK:
        session.issue("CXML_TAKEN_BACK", header.at, "@operation")
        draft.mark("state")
    contacts = {one.get("role"): one for one in header.children("Contact")}
    supplier = {"id": profile.supplier} if profile.supplier else of_credentials(root, "From")
    ship_to = of_address(contacts.get("shipTo"))
    lines = [
        line
        for portion in body.children("ShipNoticePortion")
        for item in portion.children("ShipNoticeItem")
        for line in _shipped(draft, item, portion.get("orderID", "OrderReference"))
    ]
    orders = list(dict.fromkeys(line["order"] for line in lines if line["order"]))
    first = orders[0] if orders else ""
    for line in lines:
        if line["order"] == first:
            line["order"] = ""
    receipt = GoodsReceipt.build(
        {
            **draft.data,
            "state": "shipped",
            "number": number,
            "order": first,
            "facility": first_place(ship_to, of_credentials(root, "To"), otherwise=profile.facility),
            "supplier": named(supplier, of_address(contacts.get("shipFrom"))),
            "ship_to": ship_to,
            "moved": draft.moment(header, "shipmentDate"),
            "expected": draft.moment(header, "deliveryDate"),
            "lines": lines,
            "currency": session.currency,
            "unreadable": tuple(draft.unreadable),
        }
    )
    quantity = sum((line.quantity for line in receipt.lines), Decimal(0))
    summary = {"lines": len(lines), "quantity": f"{quantity:f}", "orders": len(orders)}
    return Made(receipt, receipt.number, summary)


def _shipped(draft: Draft, node: Node, order: str) -> list[dict[str, Any]]:
    """A line; one for each piece, where each has a serial number."""
    line: dict[str, Any] = {
        "at": node.at,
        "number": node.get("shipNoticeLineNumber"),
        "order": order,
        "order_line": node.get("lineNumber"),
        "item": item_of(node, "ShipNoticeItemDetail"),
        "quantity": draft.quantity(node, "lines.quantity"),
        "unit": node.text("UnitOfMeasure") or node.text("ShipNoticeItemDetail/UnitOfMeasure"),
    }
    serials = [serial for one in node.children("AssetInfo") if (serial := one.get("serialNumber"))]
    batch = node.child("Batch")
    if batch:
        line["lot"] = batch.text("SupplierBatchID") or batch.text("BuyerBatchID")
        line["expires"] = draft.moment(batch, "expirationDate")
    if serials and line["quantity"] == len(serials):
        return [{**line, "serial": serial, "quantity": Decimal(1)} for serial in serials]
    return [{**line, "serial": serials[0]} if serials else line]
