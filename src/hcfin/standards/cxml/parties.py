"""Who buys, who sells, and where the goods go."""

from __future__ import annotations

from typing import Any

from hcfin.standards.cxml.tree import Node


def of_credentials(root: Node, who: str) -> dict[str, Any]:
    """A side of the header: its first credential identifies it, the others stand beside it.

    The secret of the sender is never taken.
    """
    side = root.child(f"Header/{who}")
    told = list(side.children("Credential")) if side else []
    found: dict[str, Any] = {}
    for node in told:
        domain, identity = node.get("domain"), node.text("Identity")
        if not found:
            found = {"at": node.at, "id_qualifier": domain, "id": identity, "references": []}
        elif identity:
            found["references"].append({"at": node.at, "qualifier": domain, "value": identity})
    return found


def of_address(node: Node | None) -> dict[str, Any]:
    """An Address or Contact: identifier, name and where it is."""
    if node is None:
        return {}
    found: dict[str, Any] = {
        "at": node.at,
        "id": node.get("addressID"),
        "id_qualifier": node.get("addressIDDomain"),
        "name": node.text("Name"),
    }
    post = node.child("PostalAddress")
    if post:
        found.update(
            address=[line for street in post.children("Street") if (line := street.text())],
            city=post.text("City"),
            state=post.text("State"),
            postal_code=post.text("PostalCode"),
            country=post.get("isoCountryCode", "Country"),
        )
    return found


def named(party: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A party of the header with what an address adds: its name and place; its identifier beside the own."""
    if not party:
        return other
    if not other:
        return party
    beside = [*party.get("references", ())]
    if other["id"] and other["id"] != party["id"]:
        beside.append({"at": other["at"], "qualifier": other["id_qualifier"], "value": other["id"]})
    return {
        **other,
        "at": party["at"],
        "id": party["id"],
        "id_qualifier": party["id_qualifier"],
        "references": beside,
    }
