"""Nodes that were made before, at other places: what equal segments say is made once.

Strategy: of a node with all that is in it a mould is taken, once; casting it anew costs a dict and an object
for each node, and no look at fields that are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar, get_args

from hcfin.billing.base import Node
from hcfin.model import trusted

_NodeT = TypeVar("_NodeT", bound=Node)


class Mould(NamedTuple):
    """A kind of node, its fields, and the moulds of those fields that hold nodes."""

    kind: type[Node]
    values: dict[str, Any]
    one: tuple[tuple[str, Mould], ...]
    several: tuple[tuple[str, tuple[Mould, ...]], ...]


def mould(node: Node) -> Mould:
    """The mould of a node."""
    kind, values = type(node), vars(node)
    parts = [(name, values[name]) for name in _INNER[kind] if values[name]]
    one = [(name, mould(part)) for name, part in parts if isinstance(part, Node)]
    several = [(name, tuple(map(mould, part))) for name, part in parts if isinstance(part, tuple)]
    return Mould(kind, values, tuple(one), tuple(several))


def cast(known: Mould, places: Mapping[int, int]) -> Any:
    """The node of a mould, with all that is in it, each where its place of then is now.

    >>> from hcfin.billing.registration import Encounter, Place
    >>> again = cast(mould(Encounter(at=2, place=Place(at=3))), {2: 12, 3: 14})
    >>> again.at, again.place.at
    (12, 14)
    """
    kind, values, one, several = known
    values = values.copy()
    values["at"] = places[values["at"]]
    for name, part in one:
        values[name] = cast(part, places)
    for name, parts in several:
        values[name] = tuple([cast(part, places) for part in parts])
    return trusted(kind, values)


def moved(node: _NodeT, at: int) -> _NodeT:
    """A node with all that is in it, all of which stands at one place."""
    twin: _NodeT = cast(mould(node), {node.at: at})
    return twin


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
