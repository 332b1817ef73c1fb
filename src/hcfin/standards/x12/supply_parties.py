"""Parties of the supply chain's sets: N1 and what follows it, by the part that they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hcfin.billing.base import Reference
from hcfin.billing.party import Organization
from hcfin.model import blank, trusted
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.session import Elements, Session, text

CARRIED = {
    "N1": frozenset({1, 2, 3, 4}),
    "N2": frozenset({1}),
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3, 4}),
    "PER": nodes_835.CARRIED["PER"],
    "REF": nodes_835.CARRIED["REF"],
}
"""Positions that reach a fact, by segment."""

SUPPLIER, BUYER, SHIP_TO, REMIT_TO = "supplier", "buyer", "ship_to", "remit_to"
# Who has a part, by the code of an N1, the surest first.
_PARTS: dict[str, tuple[str, ...]] = {
    SUPPLIER: ("VN", "SE", "SU", "SF"),
    BUYER: ("BY", "BT", "SO"),
    SHIP_TO: ("ST",),
    REMIT_TO: ("RI", "RE", "PE"),
}
_RANKS = {code: (part, rank) for part, codes in _PARTS.items() for rank, code in enumerate(codes)}
_BLANK = blank(Organization)


class Parties:
    """Collects the parties of one set; the surest of those that have one part is taken."""

    def __init__(self, session: Session, wanted: Sequence[str]) -> None:
        self.session = session
        self.wanted = frozenset(wanted)
        self._found: dict[str, tuple[int, dict[str, Any]]] = {}
        self._open: dict[str, Any] | None = None
        """The party that is open; empty where it is not used."""

    def close(self) -> None:
        """What follows describes no party."""
        self._open = None

    def skip(self) -> None:
        """What follows describes a party that is not used."""
        self._open = {}

    @property
    def open(self) -> bool:
        """Whether a party is open, used or not."""
        return self._open is not None

    def n1(self, at: int, elements: Elements) -> bool:
        """A party begins."""
        part, rank = _RANKS.get(text(elements, 1), ("", 0))
        self._open = {}
        if part not in self.wanted:
            self.session.issue("PARTY_UNKNOWN", at, elements, 1)
            return False
        known = self._found.get(part)
        if known is not None and known[0] == rank:
            self.session.issue("PARTY_REPEATED", at, elements, 1)
            return False
        values = {
            **_BLANK,
            "at": at,
            "name": text(elements, 2),
            "id_qualifier": text(elements, 3),
            "id": text(elements, 4),
        }
        if known is not None and known[0] < rank:
            return False
        self._open = values
        self._found[part] = rank, values
        return True

    def n2(self, at: int, elements: Elements) -> bool:
        """More of a name: used where there is none."""
        party = self._open
        if not party or party["name"]:
            return False
        party["name"] = text(elements, 1)
        return True

    def n3(self, at: int, elements: Elements) -> bool:
        """Street lines."""
        party = self._open
        lines = tuple([line for line in elements[1:3] if line])
        if party:
            party["address"] = (*party["address"], *lines)
        return bool(party and lines)

    def n4(self, at: int, elements: Elements) -> bool:
        """City and country."""
        party = self._open
        if not party:
            return False
        for position, field in enumerate(("city", "state", "postal_code", "country"), start=1):
            party[field] = text(elements, position)
        return True

    def per(self, at: int, elements: Elements) -> bool:
        """Whom to ask."""
        party = self._open
        found = nodes_835.contact(at, elements) if party else None
        if party and found:
            party["contacts"] = (*party["contacts"], found)
        return found is not None

    def ref(self, reference: Reference) -> bool:
        """A further identifier of the party that is open."""
        party = self._open
        if party:
            party["references"] = (*party["references"], reference)
        return bool(party)

    def facts(self) -> dict[str, Organization]:
        """The parties, by the part that they have. A feed of one supplier may name it in its profile."""
        found = {part: trusted(Organization, values) for part, (_, values) in self._found.items()}
        own = self.session.profile.supplier
        if own and SUPPLIER in self.wanted and SUPPLIER not in found:
            found[SUPPLIER] = trusted(Organization, {**_BLANK, "id": own})
        return found
