"""Charges that are no longer active: offset by another one, or replaced by one.

Of two where one offsets the other, neither charges anything, and nobody tells which of them was booked
before. So each of them is a charge and what takes it back, wherever it is read: nothing is left of them, in
whatever order and in how many files they come. One that is not here is told by the one that names it. One
that is replaced stands in the bundle of the new one, or says itself that it is offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hcfin.standards.fhir.elements import text
from hcfin.standards.fhir.naming import named, preferred
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Bundle, Found, Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.vendor import Resolved, resolved

_MOST = 100_000


class Standing(NamedTuple):
    """How a charge item stands: whether it says itself that another one offsets it, whether another one says
    that this does, whether another one replaces it; the numbers of what offsets it and is not here; the names
    of what it replaces, and whether all of that is taken back, as far as it is told here."""

    offset: bool
    offsetting: bool
    replaced: bool
    absent: tuple[str, ...]
    replacing: tuple[str, ...]
    settled: bool

    @property
    def inactive(self) -> bool:
        """Whether what was charged is taken back."""
        return self.offset or self.offsetting or self.replaced


class Offsets:
    """What the charge items of a stream said of one another: those of a bundle all at once, others as they
    come."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._bundle: Bundle | None = None
        # Of the bundle that is open, by identity.
        self._here: dict[str, set[int]] = {"offset_by": set(), "replacing": set()}
        # Of the stream, by their names.
        self._offsetting: set[str] = set()
        self._inactive: set[str] = set()
        self._told: set[str] = set()

    def of(self, resource: Resource, own: Resolved) -> Standing:
        """How a charge item stands; `own` are its extensions that the profile knows."""
        if resource.bundle is not self._bundle:
            self._learn(resource.bundle, resource.type)
        names, data = {preferred(resource.data), resource.id} - {""}, resource.data
        by, replacing = _referred(own, "offset_by", resource), _referred(own, "replacing", resource)
        absent = [name for one in by if one.resource is None and (name := named(one))]
        standing = Standing(
            offset=bool(by),
            offsetting=id(data) in self._here["offset_by"] or not names.isdisjoint(self._offsetting),
            replaced=id(data) in self._here["replacing"],
            absent=tuple(name for name in absent if name not in self._inactive),
            replacing=tuple(name for one in replacing if (name := named(one))),
            settled=all(one.resource is not None or named(one) in self._inactive for one in replacing),
        )
        if standing.inactive:
            _add(self._inactive, names)
        _add(self._offsetting, absent)
        return standing

    def tell(self, number: str) -> None:
        """Remember that a charge that is not here was told by the one that names it."""
        _add(self._told, (number,))
        _add(self._inactive, (number,))

    def told(self, number: str) -> bool:
        """Whether it was."""
        return number in self._told

    def _learn(self, bundle: Bundle | None, kind: str) -> None:
        self._bundle = bundle
        for field, found in self._here.items():
            found.clear()
            for data in bundle.resources() if bundle is not None else ():
                if "extension" in data and text(data, "resourceType") == kind:
                    other = Resource(data, "", 0, bundle)
                    named_ = _referred(resolved(self._profile, other), field, other)
                    found.update(id(one.resource) for one in named_ if one.resource is not None)


def offsets(session: Session) -> Offsets:
    """Those of a session, which begins without."""
    if session.offsets is None:
        session.offsets = Offsets(session.profile)
    found: Offsets = session.offsets
    return found


def _add(names: set[str], more: Iterable[str]) -> None:
    if len(names) < _MOST:
        names.update(more)


def _referred(own: Resolved, field: str, resource: Resource) -> list[Found]:
    """What the references of a field lead to."""
    told = (resource.refer(extension, "valueReference") for extension, _ in own.get(field, ()))
    return [found for found in told if found]
