"""The account that stands beside charges.

Strategy: a feed of charges tells the same account message after message. One that is told in the same words
as before is not read again: its nodes are copied with the places that they have now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_args

from hcfin.billing.account import Account
from hcfin.billing.base import Node
from hcfin.model import trusted
from hcfin.standards.hl7v2.account_adt import SEGMENTS, account_of, event_of
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.session import Session

_KEPT = 1_000
_END = "\r"  # stands in no field
_FIELD = "\n"

_Part = tuple[type[Node], dict[str, Any], tuple[tuple[str, Any], ...]]
"""A node in pieces: its kind, its fields, and which of them hold other nodes, by their numbers."""


class AccountTeller:
    """Reads the accounts of one feed after the other."""

    def __init__(self, session: Session) -> None:
        self.session = session
        profile = session.profile
        self.names = SEGMENTS.union(place[:3] for place in (*profile.account, *profile.segments))
        """Segments that an account may be read from."""
        self._known: dict[str, _Known] = {}
        self._seen: set[str] = set()
        """First segments that were read once: only an account that is told twice is worth remembering."""

    def account(self, rows: Sequence[Row], insured: Sequence[Group]) -> Account | None:
        """What these segments and insurances tell of an account; None where they tell of none."""
        session, names = self.session, self.names
        told = [row for row in rows if row[1][0] in names]
        first = _FIELD.join(told[0][1]) if told and not session.covering else ""
        if not first or first not in self._seen:
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen.add(first)
            return account_of(session, told, insured)
        every = list(told)
        for group in insured:
            every.append((group.at, group.fields))
            every += group.rows
        words = [session.kind, session.facility, session.version, *[_FIELD.join(row[1]) for row in every]]
        key = _END.join(words)
        places = [at for at, _ in every]
        known = self._known.get(key)
        if known is not None and known.apart():
            account = _copied(known.parts, dict(zip(known.places, places, strict=True)))
            vars(account)["occurred"] = event_of(session).occurred
            return account
        before = len(session.events)
        found = account_of(session, told, insured)
        if found is not None and known is None and len(session.events) == before:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = _Known(found, places)
        return found


class _Known:
    """An account that was told, and where its segments stood. It is taken apart when it is told again."""

    __slots__ = ("account", "parts", "places")

    def __init__(self, account: Account, places: list[int]) -> None:
        self.account = account
        self.places = places
        self.parts: list[_Part] = []

    def apart(self) -> bool:
        """Whether it is in pieces now, all of which stand at one of its places."""
        if not self.parts:
            _take_apart(self.account, self.parts)
            stands = {fields["at"] for _, fields, _ in self.parts}
            if not stands.issubset(self.places):
                self.parts.clear()
        return bool(self.parts)


def _copied(parts: Sequence[_Part], places: Mapping[int, int]) -> Account:
    """The account that these are the parts of, at other places."""
    made: list[Any] = []
    for kind, template, holds in parts:
        values = template.copy()
        values["at"] = places[values["at"]]
        for name, n in holds:
            values[name] = made[n] if type(n) is int else tuple([made[one] for one in n])
        made.append(trusted(kind, values))
    account: Account = made[-1]
    return account


def _take_apart(node: Node, parts: list[_Part]) -> int:
    """Append a node to `parts`, behind the nodes that it holds; its number there."""
    holds: list[tuple[str, Any]] = []
    for name in _holders(type(node)):
        value = getattr(node, name)
        if type(value) is tuple and value:
            holds.append((name, tuple([_take_apart(one, parts) for one in value])))
        elif value:
            holds.append((name, _take_apart(value, parts)))
    parts.append((type(node), vars(node), tuple(holds)))
    return len(parts) - 1


@cache
def _holders(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a node that hold nodes."""
    return tuple(name for name, field in kind.model_fields.items() if _holds_nodes(field.annotation))


def _holds_nodes(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds_nodes(one) for one in get_args(annotation))
