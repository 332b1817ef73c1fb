"""Nodes that were made before, at other places: what equal segments say is made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from hcfin.billing.base import Node
from hcfin.model import trusted

_ValueT = TypeVar("_ValueT", bound=Node | tuple[Node, ...])


def moved(value: _ValueT, places: Mapping[int, int]) -> _ValueT:
    """A node, or nodes, with all that is in them: each where its place of then is now. One that stands
    nowhere, at 0, stays so.

    >>> [node.at for node in moved((Node(at=2), Node(at=3), Node()), {2: 12, 3: 14})]
    [12, 14, 0]
    """
    moved_value: _ValueT = _moved(value, places)
    return moved_value


def _moved(value: Any, places: Mapping[int, int]) -> Any:
    kind = value.__class__
    if kind is tuple:
        return tuple([_moved(one, places) for one in value])
    at = value.at
    if not at:
        return value
    values = value.__dict__.copy()
    values["at"] = places[at]
    for name in _INNER[kind]:
        part = values[name]
        if part:
            values[name] = _moved(part, places)
    return trusted(kind, values)


class _Inner(dict[type[Node], tuple[str, ...]]):
    """The fields of a kind of node that hold nodes."""

    def __missing__(self, kind: type[Node]) -> tuple[str, ...]:
        fields = kind.model_fields.items()
        self[kind] = names = tuple([name for name, field in fields if _holds(field.annotation)])
        return names


_INNER = _Inner()


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds(one) for one in get_args(annotation))
