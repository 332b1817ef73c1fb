"""The money amounts of a fact, wherever they stand: each ends in exactly one place."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from hcfin.billing.base import Node
from hcfin.money import Amount, UnitPrice

Money = tuple[Node, str, Decimal]
_MARKS: tuple[Any, ...] = (get_args(Amount)[1], get_args(UnitPrice)[1])
_OPTIONAL: tuple[Any, ...] = (Amount | None, UnitPrice | None)


@cache
def _amounts_of(kind: type[Node]) -> frozenset[str]:
    return frozenset(
        name
        for name, field in kind.model_fields.items()
        if field.annotation in _OPTIONAL or any(one in _MARKS for one in field.metadata)
    )


def amounts(node: Node) -> Iterator[Money]:
    """Every amount and unit price of a node and of the nodes inside it, in the order of the model."""
    told = _amounts_of(type(node))
    for name in type(node).model_fields:
        value = getattr(node, name)
        if value is None:
            continue
        if name in told:
            yield node, name, value
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield from amounts(part)
