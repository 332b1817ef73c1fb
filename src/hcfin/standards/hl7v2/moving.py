"""Nodes that were made before, at other places: what equal segments say is made once.

Strategy: of a node a mould is taken, once, with those nodes in it that have a place; casting it anew is a
dict and an object for each of them, in a few steps over all. Whatever else is in it is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, get_args

from hcfin.billing.base import Node
from hcfin.model import placed, trusted_all
from hcfin.standards.hl7v2.known import Known
from hcfin.standards.hl7v2.session import Fields, Session

_MOST = 2_000
_NodeT = TypeVar("_NodeT", bound=Node)


class Mould(NamedTuple):
    """Nodes, outer before inner ones: their kinds, their fields, and which of the places each stood at; then
    where those stand that are the value of a field (outer, field, inner), or the values of one (outer, field,
    first, end)."""

    kinds: list[type[Node]]
    values: list[dict[str, Any]]
    places: list[int]
    one: list[tuple[int, str, int]]
    several: list[tuple[int, str, int, int]]


def mould(node: Node, places: Mapping[int, int]) -> Mould:
    """The mould of a node. `places` are the numbers of the places that it and the nodes in it stood at."""
    nodes = [node]
    one, several = [], []
    for n, outer in enumerate(nodes):  # which grows
        for name, value in _inner(outer):
            if isinstance(value, Node):
                one.append((n, name, len(nodes)))
                nodes.append(value)
            else:
                several.append((n, name, len(nodes), len(nodes) + len(value)))
                nodes += value
    return Mould(
        [type(one) for one in nodes],
        [vars(one) for one in nodes],
        [places[one.at] for one in nodes],
        one,
        several,
    )


def cast(known: Mould, places: Sequence[int]) -> Any:
    """The node of a mould, with all that is in it, each where its place of then is now.

    >>> from hcfin.billing.account import Account
    >>> from hcfin.billing.registration import Diagnosis, Encounter
    >>> account = Account(at=2, encounter=Encounter(at=3), diagnoses=(Diagnosis(at=5, code="I10"),))
    >>> again = cast(mould(account, {2: 0, 3: 1, 5: 2}), [12, 13, 19])
    >>> again.at, again.encounter.at, again.diagnoses[0].at
    (12, 13, 19)
    """
    kinds, then, numbers, one, several = known
    values = [fields.copy() for fields in then]
    for fields, number in zip(values, numbers, strict=True):
        fields["at"] = places[number]
    nodes = trusted_all(kinds, values)
    for outer, name, inner in one:
        values[outer][name] = nodes[inner]
    for outer, name, first, end in several:
        values[outer][name] = tuple(nodes[first:end])
    return nodes[0]


def again(
    session: Session, at: int, fields: Fields, make: Callable[[Session, int, Fields], _NodeT]
) -> _NodeT:
    """What `make` makes of a segment by its text alone: a node with no placed nodes in it. One about which
    there was something to say is made each time, so that it is said."""
    message = session.message
    if not message.lines:
        return make(session, at, fields)
    memory: Known[str, _NodeT] = session.remembered("segments", lambda: Known(_MOST))
    line = message.lines[at - message.at]
    known = memory.get(line)
    if known is not None:
        return placed(known, at)
    events = len(session.events)
    node = make(session, at, fields)
    if len(session.events) == events:
        memory.keep(line, node)
    return node


def _inner(node: Node) -> Iterator[tuple[str, Node | tuple[Node, ...]]]:
    """The fields of a node that hold nodes of which any has a place, or holds one that has."""
    for name in _HOLDS[type(node)]:
        value = getattr(node, name)
        if value and any(map(_placed, value if isinstance(value, tuple) else (value,))):
            yield name, value


def _placed(node: Node) -> bool:
    return bool(node.at) or any(True for _ in _inner(node))


class _Holds(dict[type[Node], tuple[str, ...]]):
    """The fields of a kind of node that may hold nodes."""

    def __missing__(self, kind: type[Node]) -> tuple[str, ...]:
        fields = kind.model_fields.items()
        self[kind] = names = tuple([name for name, field in fields if _holds(field.annotation)])
        return names


_HOLDS = _Holds()


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds(one) for one in get_args(annotation))
