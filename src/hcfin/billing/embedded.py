"""A file inside a file: a FHIR Binary that holds an 835, and the way back through both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hcfin.model import Model
from hcfin.origin import Origin

if TYPE_CHECKING:
    from hcfin.billing.reading import Trail

SPAN = 10**9
"""Segments of the n-th file inside a source are numbered from n times this on; no file has so many."""
_ModelT = TypeVar("_ModelT", bound=Model)


class Embedded(NamedTuple):
    """A file that a reader found inside its own: the standard that it is declared to be, its bytes, plain or
    gzip, and where it stands. Where nobody declared it, it is only read if it looks like one (`sure`)."""

    standard: str
    data: bytes
    origin: Origin
    sure: bool = True

    def __repr__(self) -> str:
        return f"Embedded(standard={self.standard!r}, bytes={len(self.data)})"


class _Inside(NamedTuple):
    standard: str
    trail: Trail
    base: int
    place: Origin


class EmbeddedTrail:
    """The trail of a source with those of the files inside it. A place inside one has the ordinal of its
    segment there above a multiple of `SPAN`; its origin names both, the pointer of the file in `unit`."""

    def __init__(self, outer: Trail) -> None:
        self._outer = outer
        self._inside: dict[int, _Inside] = {}
        self._count = 0

    def enter(self, standard: str, trail: Trail, place: Origin) -> int:
        """A file begins: what its ordinals are moved by."""
        self._count += 1
        base = self._count * SPAN
        self._inside[self._count] = _Inside(standard, trail, base, place)
        return base

    def leave(self, base: int) -> None:
        """A file is over, and nobody asks for places in it any more."""
        del self._inside[base // SPAN]

    def place_of(self, base: int) -> str:
        """Where the file stands whose ordinals are moved by `base`: `Binary /entry/0/resource/data`."""
        place = self._inside[base // SPAN].place
        return " ".join(part for part in (place.segment, place.element, place.unit) if part)

    def standard_at(self, at: int) -> str:
        """The standard of the file inside that an ordinal belongs to; empty for the outer one."""
        found = self._inside.get(at // SPAN)
        return found.standard if found else ""

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment or resource, and of one of its elements."""
        found = self._inside.get(at // SPAN)
        if found is None:
            return self._outer.origin(at, element)
        return self.lifted(found.trail.origin(at - found.base, element), found.base)

    def lifted(self, origin: Origin | None, base: int) -> Origin:
        """A place in a file inside as a place of the whole source; of the file as a whole where it is."""
        if origin is None or not origin.at:
            return self._inside[base // SPAN].place
        place = self.place_of(base)
        unit = f"{origin.unit} in {place}" if origin.unit else f"in {place}"
        return replace(origin, at=origin.at + base, unit=unit)

    def excerpt(self, at: int) -> str:
        """What of a segment may be shown."""
        found = self._inside.get(at // SPAN)
        return found.trail.excerpt(at - found.base) if found else self._outer.excerpt(at)


def moved(model: _ModelT, base: int) -> _ModelT:
    """The same fact or node with every ordinal in it moved by `base`."""
    changes: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name == "at":
            changes[name] = value + base if value else value
        elif isinstance(value, Model):
            changes[name] = moved(value, base)
        elif isinstance(value, tuple) and value and isinstance(value[0], Model):
            changes[name] = tuple(moved(part, base) for part in value)
    return model.model_copy(update=changes) if changes else model
