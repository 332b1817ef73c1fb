"""Coverage by path: how often each element stood where, and whether it reaches a fact.

Strategy: the places of a resource type are a tree that is made once, as they come, and walked beside each
resource. A count for each leaf costs a lookup, where a path of text would cost several.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hcfin.coverage import Coverage
from hcfin.standards.fhir.elements import known_name

MOST = 20_000
"""Places of one read that are told apart, many times those of real ones; others count where they stand."""


class Room:
    """How many places may still be made."""

    __slots__ = ("left",)

    def __init__(self, left: int = MOST) -> None:
        self.left = left


class Place:
    """An element by its path without positions, and what stands below it."""

    __slots__ = ("_carried", "_inside", "_path", "_room", "_seen", "_told")

    def __init__(self, path: str, carried: Collection[str], room: Room, *, told: bool = False) -> None:
        self._path = path
        self._carried = carried
        self._room = room
        self._told = told or path in carried
        self._inside: dict[str, Place] = {}
        self._seen = 0

    def count(self, element: dict[str, Any]) -> None:
        """Count the leaves of an element that stands here."""
        inside = self._inside
        for name, value in element.items():
            if value is None or name == "resourceType":
                continue
            place = inside.get(name)
            if place is None:
                place = self._place(name)
            if type(value) is dict:
                place.count(value)
            elif type(value) is list:
                place.count_all(value)
            else:
                place._seen += 1

    def count_all(self, values: list[Any]) -> None:
        """Count the leaves of a list that stands here."""
        for value in values:
            if type(value) is dict:
                self.count(value)
            elif type(value) is list:
                self.count_all(value)
            elif value is not None:
                self._seen += 1

    def _place(self, name: str) -> Place:
        # What FHIR does not have may be any text: it is one place, however often it comes.
        shown = known_name(name)
        place = self._inside.get(shown)
        if place is None:
            if self._room.left <= 0:
                return self
            self._room.left -= 1
            place = Place(f"{self._path}.{shown}", self._carried, self._room, told=self._told)
            self._inside[shown] = place
        return place

    def tell(self, counts: Coverage) -> None:
        """Put the counts of this place and of those below it where they belong."""
        if self._seen:
            (counts.carried if self._told else counts.counted)[self._path] += self._seen
        for place in self._inside.values():
            place.tell(counts)
