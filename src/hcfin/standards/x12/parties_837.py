"""The parties of an 837: persons, providers and organisations, with what describes them.

Strategy: the node of a party is made at its NM1, and the segments that follow fill it until the next thing
begins; it is handed out only after that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from hcfin.billing.base import Node
from hcfin.billing.party import Organization, Person, Provider
from hcfin.model import blank, trusted
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.session import UNREADABLE, Elements, Handler, Session, text

CARRIED = {
    **nodes_835.CARRIED,
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3, 4}),
    "DMG": frozenset({2, 3}),
    "PRV": frozenset({3}),
}
"""Positions that reach a fact, by segment."""

_NodeT = TypeVar("_NodeT", bound=Node)


def _person(at: int, elements: Elements) -> dict[str, Any]:
    _, role, entity, last, first, middle, prefix, suffix, qualifier, number, *_ = elements
    return {
        **_BLANKS[Person],
        "at": at,
        "role": role,
        "entity": entity,
        "last_name": last,
        "first_name": first,
        "middle_name": middle,
        "prefix": prefix,
        "suffix": suffix,
        "id_qualifier": qualifier,
        "id": number,
    }


def _provider(at: int, elements: Elements) -> dict[str, Any]:
    _, role, entity, name, first, middle, _, suffix, qualifier, number, *_ = elements
    return {
        **_BLANKS[Provider],
        "at": at,
        "role": role,
        "entity": entity,
        "name": name,
        "first_name": first,
        "middle_name": middle,
        "suffix": suffix,
        "id_qualifier": qualifier,
        "id": number,
    }


def _organization(at: int, elements: Elements) -> dict[str, Any]:
    named = {"name": elements[3], "id_qualifier": elements[8], "id": elements[9]}
    return {**_BLANKS[Organization], "at": at, **named}


class _Kind(NamedTuple):
    """Makes the fields of a kind of party from its NM1; which positions of it that takes."""

    fields: Callable[[int, Elements], dict[str, Any]]
    carried: frozenset[int]


_KINDS: dict[type[Node], _Kind] = {
    Person: _Kind(_person, frozenset(range(1, 10))),
    Provider: _Kind(_provider, frozenset({1, 2, 3, 4, 5, 7, 8, 9})),
    Organization: _Kind(_organization, frozenset({1, 3, 8, 9})),
}
_BLANKS = {kind: blank(kind) for kind in _KINDS}
_NM1_SIZE = 10
_PAD = [""] * _NM1_SIZE
PLACE = ("city", "state", "postal_code", "country")
_SUBDIVISION = frozenset({1, 2, 3, 4, 7})
SENDERS = {"41": ("submitter", "1000A"), "40": ("receiver", "1000B")}
"""Who sends and who receives a set: the field of the header, and the loop."""
LEVEL_PARTIES: dict[str, tuple[str, type[Person] | type[Organization] | type[Provider], str]] = {
    "85": ("billing_provider", Provider, "2010AA"),
    "87": ("pay_to", Provider, "2010AB"),
    "PE": ("pay_to", Provider, "2010AC"),
    "IL": ("subscriber", Person, "2010BA"),
    "PR": ("payer", Organization, "2010BB"),
    "QC": ("patient", Person, "2010CA"),
}
"""Parties of the levels: the field, what they are, and the loop."""
PERSONS = frozenset({"74", "AO", "GB", "IL", "QC", "QD", "S1", "S3"})
"""Roles of persons who are no providers: patients, insured, and who answers for them."""


class Parties:
    """Makes parties, and fills the one that is open. `open` is None where none is; an empty dict is a party
    that is not used: what describes it must not reach another one."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.open: dict[str, Any] | None = None
        self.lists: list[tuple[dict[str, Any], str]] = []
        """Lists that become tuples once nothing more can come: the node, and the field."""
        self.handlers: dict[str, Handler] = {
            "N3": self._n3,
            "N4": self._n4,
            "PER": self._per,
            "DMG": self._dmg,
            "PRV": self._prv,
        }

    def begin(self, kind: type[_NodeT], at: int, elements: Elements) -> tuple[_NodeT, frozenset[int]]:
        """The party of an NM1, and the positions of it that are carried; it is open from now on."""
        fields, carried = _KINDS[kind]
        if len(elements) < _NM1_SIZE:
            elements = elements + _PAD[len(elements) :]
        self.open = party = fields(at, elements)
        return trusted(kind, party), carried

    def skip(self) -> None:
        """A party that is not used begins."""
        self.open = {}

    def close(self) -> None:
        """What follows describes no party."""
        self.open = None

    def add(self, node: dict[str, Any], name: str, value: object) -> None:
        """Add to a list of a node. Most have one member: those need no list that is settled afterwards."""
        found = node[name]
        if not found:
            node[name] = (value,)
        elif type(found) is list:
            found.append(value)
        else:
            node[name] = [*found, value]
            self.lists.append((node, name))

    def settle(self) -> None:
        """Nothing more can come: lists become tuples."""
        if self.lists:
            for node, name in self.lists:
                node[name] = tuple(node[name])
            self.lists = []

    def reference(self, at: int, elements: Elements) -> bool:
        """A REF of the party that is open."""
        if not self.open:
            return False
        self.add(self.open, "references", nodes_835.reference(at, elements))
        return True

    def _misplaced(self, at: int, elements: Elements) -> bool:
        if self.open != {}:  # of a party that is not used, nothing is
            self.session.issue("SEGMENT_MISPLACED", at, elements)
        return False

    def _n3(self, at: int, elements: Elements) -> bool:
        party = self.open
        if not party:
            return self._misplaced(at, elements)
        lines = [line for line in elements[1:3] if line]
        if not party["address"]:
            party["address"] = tuple(lines)
        else:
            for line in lines:
                self.add(party, "address", line)
        return bool(lines)

    def _n4(self, at: int, elements: Elements) -> bool | frozenset[int]:
        party = self.open
        if not party:
            return self._misplaced(at, elements)
        if party["city"] or party["state"] or party["postal_code"] or party["country"]:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        for name, value in zip(PLACE, elements[1:5], strict=False):
            party[name] = value
        if "subdivision" in party:
            party["subdivision"] = text(elements, 7)
            return _SUBDIVISION
        return True

    def _per(self, at: int, elements: Elements) -> bool:
        party = self.open
        if not party:
            return self._misplaced(at, elements)
        if "contacts" not in party:
            return False
        found = nodes_835.contact(at, elements)
        if found is not None:
            self.add(party, "contacts", found)
        return found is not None

    def _dmg(self, at: int, elements: Elements) -> bool:
        party = self.open
        if not party or "birth_date" not in party:
            return self._misplaced(at, elements)
        if party["birth_date"] or party["sex"]:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        try:
            party["birth_date"] = self.session.days[elements[2]]
        except UNREADABLE:
            self.session.day(at, elements, 2)  # says what is wrong with it
        party["sex"] = text(elements, 3)
        return True

    def _prv(self, at: int, elements: Elements) -> bool:
        party = self.open
        if not party or "taxonomy" not in party:
            return self._misplaced(at, elements)
        if party["taxonomy"]:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        party["taxonomy"] = text(elements, 3)
        return bool(party["taxonomy"])
