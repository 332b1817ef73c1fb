"""The account that stands beside charges.

Strategy: a feed of charges tells the same account message after message. One that is told in the same words
as before is not read again: its nodes are copied with the places that they have now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, get_args

from hcfin.billing.account import Account
from hcfin.billing.base import Node
from hcfin.model import trusted
from hcfin.standards.hl7v2.account_adt import SEGMENTS, account_of, event_of
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.session import Session

_KEPT = 1_000
_END = "\r"  # stands in no field
_FIELD = "\n"

_NodeT = TypeVar("_NodeT", bound=Node)


class AccountTeller:
    """Reads the accounts of one feed after the other."""

    def __init__(self, session: Session) -> None:
        self.session = session
        profile = session.profile
        self.names = SEGMENTS.union(place[:3] for place in (*profile.account, *profile.segments))
        """Segments that an account may be read from."""
        self._known: dict[str, tuple[Account, list[int]]] = {}

    def account(self, rows: Sequence[Row], insured: Sequence[Group]) -> Account | None:
        """What these segments and insurances tell of an account; None where they tell of none."""
        session, names = self.session, self.names
        told = [row for row in rows if row[1][0] in names]
        if session.covering:
            return account_of(session, told, insured)
        every = list(told)
        for group in insured:
            every.append((group.at, group.fields))
            every += group.rows
        words = [session.kind, session.facility, session.version, *[_FIELD.join(row[1]) for row in every]]
        key = _END.join(words)
        known = self._known.get(key)
        if known is not None:
            account, places = known
            moved = _moved(account, dict(zip(places, [at for at, _ in every], strict=True)))
            vars(moved)["occurred"] = event_of(session).occurred
            return moved
        before = len(session.events)
        found = account_of(session, told, insured)
        if found is not None and len(session.events) == before:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = found, [at for at, _ in every]
        return found


def _moved(node: _NodeT, places: Mapping[int, int]) -> _NodeT:
    """A copy of a node and its parts that stand at other places."""
    kind = type(node)
    values: dict[str, Any] = vars(node).copy()
    at = values["at"]
    values["at"] = places.get(at, at)
    for name in _parts(kind):
        value = values[name]
        if not value:
            continue
        if type(value) is tuple:
            values[name] = tuple([_moved(one, places) for one in value])
        else:
            values[name] = _moved(value, places)
    return trusted(kind, values)


@cache
def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a node that hold nodes."""
    return tuple(name for name, field in kind.model_fields.items() if _holds_nodes(field.annotation))


def _holds_nodes(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds_nodes(one) for one in get_args(annotation))
