"""Supplies to rows: one row for a fact, one for each line of a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hcfin.billing.base import Fact, Node
from hcfin.billing.party import Organization
from hcfin.billing.purchase import GoodsReceipt
from hcfin.billing.registration import Coding
from hcfin.billing.supply import SupplyItem, Udi
from hcfin.standards.rows.shape import CODING, CURRENCY
from hcfin.standards.rows.supply_shape import LABEL, SUPPLIES, field_names

SUPPLY_KINDS = {model: kind for kind, model in SUPPLIES.items()}
_NEEDED = frozenset({"quantity", "on_hand", "decision"})


def supply_rows(fact: Fact) -> Iterator[dict[str, Any]]:
    """The rows of a fact of supplies."""
    head = {"kind": SUPPLY_KINDS[type(fact)], CURRENCY: fact.currency, **_told(fact)}
    if not isinstance(fact, GoodsReceipt):
        yield head
        return
    for line in fact.lines:
        yield {**head, **_told(line)}


def _told(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name in field_names(type(node)).items():
        value = getattr(node, name)
        if isinstance(value, SupplyItem):
            found |= _told(value)
        elif isinstance(value, Udi):
            found |= {"udi": value.carrier} if value.carrier else {}
            found |= {part: told for part in LABEL if (told := getattr(value, part))}
            if value.device and not value.carrier:
                found["device"] = value.device
        elif isinstance(value, Coding):
            found[key] = coding_row(value)
        elif isinstance(value, Organization):
            found |= {"supplier": value.id, "supplier_name": value.name}
        elif key != "lines" and (key in _NEEDED or value != type(node).model_fields[name].default):
            found[key] = value
    return {key: value for key, value in found.items() if value is not None and value != ""}


def coding_row(code: Coding) -> str | dict[str, str] | None:
    """A code alone as its text; None where there is none."""
    told = {part: value for part in CODING if (value := getattr(code, part))}
    if set(told) <= {"code"}:
        return told.get("code")
    return told
