"""What a fact of supplies says, in words that can be compared: the same fact, sent again, says the same."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hcfin.billing.base import Node
from hcfin.billing.party import Organization
from hcfin.billing.registration import Coding
from hcfin.posting.supply_units import plain

# What a fact may say anew when it is sent again: where it stood, when it was sent, words beside it.
_BESIDE = frozenset({"at", "unreadable", "posted", "description", "notes", "references"})


def said(node: Node) -> list[str]:
    """What a node says, field by field."""
    told = []
    currency = getattr(node, "currency", "USD")
    for name in type(node).model_fields:
        if name in _BESIDE:
            continue
        for value in _parts(getattr(node, name)):
            if isinstance(value, Coding):
                told.append(f"{name}={value.code}")
            elif isinstance(value, Organization):
                told.append(f"{name}={value.id}/{value.name}")
            elif isinstance(value, Node):
                told += [f"{name}.{part}" for part in said(value)]
            elif isinstance(value, Decimal):
                told.append(f"{name}={plain(value):f}")
            else:
                told.append(f"{name}={value}")
    return [*told, currency]


def _parts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)
