"""The hierarchical levels of a 277: source, receiver, provider, subscriber, patient."""

from __future__ import annotations

from typing import NamedTuple

from hcfin.billing.party import Organization, Person, Provider
from hcfin.model import Model


class Level(NamedTuple):
    """What a kind of level (HL03) is: of whom it speaks, the last letter of its loops, its own party, and the
    kinds that may stand above it, the nearest first."""

    speaks_of: str
    letter: str
    party: str
    above: tuple[str, ...]


LEVELS = {
    "20": Level("source", "A", "source", ()),
    "21": Level("receiver", "B", "receiver", ("20",)),
    "19": Level("provider", "C", "provider", ("21", "20")),
    "22": Level("claim", "D", "subscriber", ("19", "21", "20")),
    "PT": Level("claim", "D", "patient", ("19", "21", "20")),
    "23": Level("claim", "E", "patient", ("22", "19", "21", "20")),
}

PARTIES = {
    **dict.fromkeys(("PR", "AY"), "source"),
    "41": "receiver",
    **dict.fromkeys(("85", "1P"), "provider"),
    "IL": "subscriber",
    "QC": "patient",
}
"""The party that an NM1 names, by NM101."""

KINDS: dict[str, type[Model]] = {
    "source": Organization,
    "receiver": Organization,
    "provider": Provider,
    "subscriber": Person,
    "patient": Person,
}
"""What a party is."""

_PARENTS = frozenset({"20", "21", "19", "22"})

Parties = dict[str, Model]


class Levels:
    """Which parties are known at a level: its own and those of the levels above."""

    def __init__(self) -> None:
        self._by_number: dict[str, tuple[str, Parties]] = {}
        self._last: dict[str, tuple[str, Parties]] = {}

    def open(self, number: str, parent: str, code: str) -> tuple[Parties, bool]:
        """A level begins: the parties known there, and whether its parent is one. Where it is none, the last
        level above is taken."""
        above = LEVELS[code].above
        found = self._by_number.get(parent)
        placed = found is not None and found[0] in above
        parties: Parties = dict(found[1]) if found is not None and placed else {}
        if not placed:
            nearest = next((self._last[one] for one in above if one in self._last), None)
            parties = dict(nearest[1]) if nearest else {}
        if code in ("22", "PT"):
            self._forget_subscriber()
        if code in _PARENTS:
            self._by_number[number] = code, parties
            self._last[code] = number, parties
        return parties, placed or not above

    def _forget_subscriber(self) -> None:
        """A file has as many subscribers as claims; only the last can be above anything."""
        number, _ = self._last.pop("22", ("", {}))
        if self._by_number.get(number, ("", {}))[0] == "22":
            del self._by_number[number]
