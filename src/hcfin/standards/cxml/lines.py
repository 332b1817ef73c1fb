"""What lines of orders, shipments and invoices share: the item, and what names it."""

from __future__ import annotations

from typing import Any

from hcfin.standards.cxml.tree import Node

_DEVICES = frozenset({"UPCID", "GTIN", "EANID", "UDI", "UDI-DI", "europeanArticleNumber"})


def item_of(node: Node, *details: str) -> dict[str, Any]:
    """The item of a line: identifiers of its ItemID, and what the elements of these names tell of it."""
    item: dict[str, Any] = {"at": node.at}
    for beside in (node, *(found for name in details if (found := node.child(name)))):
        for holder in (beside.child("ItemID"), beside):
            if holder is not None:
                _identifiers(holder, item)
        _take(item, "manufacturer_code", beside, "ManufacturerPartID")
        _take(item, "manufacturer", beside, "ManufacturerName")
        _take(item, "description", beside, "Description")
    return item


def _identifiers(node: Node, item: dict[str, Any]) -> None:
    _take(item, "supplier_code", node, "SupplierPartID")
    _take(item, "code", node, "BuyerPartID")
    for reference in node.children("IdReference"):
        if "device" not in item and reference.get("domain") in _DEVICES:
            item["device"] = reference.get("identifier")


def _take(item: dict[str, Any], field: str, node: Node, name: str) -> None:
    found = node.child(name)
    if found is not None and not item.get(field):
        item[field] = found.text()


def extrinsic(node: Node | None, name: str) -> str:
    """The value that a sender gives under a name of its own."""
    for one in node.children("Extrinsic") if node and name else ():
        if one.get("name") == name:
            return one.text()
    return ""


def notes_of(node: Node) -> list[str]:
    """Comments of the whole."""
    return [text for one in node.children("Comments") if (text := one.text())]


def references_of(node: Node) -> list[dict[str, Any]]:
    """Further identifiers, by the domain that they are of."""
    return [
        {"at": one.at, "qualifier": one.get("domain"), "value": one.get("identifier")}
        for one in node.children("IdReference")
    ]


def first_place(*parties: dict[str, Any], otherwise: str) -> str:
    """The identifier of the first party that has one."""
    return next((party["id"] for party in parties if party.get("id")), otherwise)
