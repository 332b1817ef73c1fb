"""Charges that are no longer active: offset by another one, or replaced by one.

Of two where one offsets the other, neither charges anything, and nobody tells which of them was booked
before. So each of them is a charge and what takes it back, wherever it is read: nothing is left of them, in
whatever order and in how many files they come. One that is not here is told by the one that names it. One
that is replaced stands in the bundle of the new one, comes after it, or says itself that it is offset.

Strategy: a bundle is known as a whole; of the others only names are remembered, up to a bound. What depends
on one that may still come is an issue at the end, if it did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from hcfin.issues import Issue
from hcfin.standards.fhir.elements import Element, identifiers, text
from hcfin.standards.fhir.naming import named, preferred
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Bundle, Found, Resource
from hcfin.standards.fhir.session import ISSUE, Session
from hcfin.standards.fhir.vendor import Resolved, resolved

_MOST = 100_000
_Here = tuple[set[int], set[int]]


class Standing(NamedTuple):
    """How a charge item stands: whether it says itself that another one offsets it, whether another one says
    that this does, whether another one replaces it, whether it was told before it came; the numbers of what
    offsets it and is not here, and of what it replaces."""

    offset: bool
    offsetting: bool
    replaced: bool
    told: bool
    absent: tuple[str, ...]
    replacing: tuple[str, ...]

    @property
    def inactive(self) -> bool:
        """Whether what was charged is taken back."""
        return self.offset or self.offsetting or self.replaced


class Offsets:
    """What the charge items of a stream said of one another: those of a bundle all at once, others as they
    come."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # By what references call them.
        self._offsetting: set[str] = set()
        self._replaced: set[str] = set()
        self._inactive: set[str] = set()
        self._told: set[str] = set()
        # Numbers of those that came and have others than their ids.
        self._numbers: dict[str, str] = {}
        self._waiting: list[tuple[set[str], Issue]] = []

    def of(self, resource: Resource, own: Resolved) -> Standing:
        """How a charge item stands; `own` are its extensions that the profile knows."""
        data, number = resource.data, preferred(resource.data)
        names, (offsetting, replaced) = _names(data), self._here(resource)
        by, replacing = _referred(own, "offset_by", resource), _referred(own, "replacing", resource)
        away = [one for one in by if one.resource is None and names.isdisjoint(_called(one))]
        standing = Standing(
            offset=bool(by),
            offsetting=id(data) in offsetting or not names.isdisjoint(self._offsetting),
            replaced=id(data) in replaced or not names.isdisjoint(self._replaced),
            told=any(name in self._told and name[1:] == number for name in names),
            absent=tuple(self._tell(away, resource, number)),
            replacing=tuple(name for one in replacing if (name := named(one))),
        )
        if standing.inactive:
            _add(self._inactive, names)
        if number != resource.id and len(self._numbers) < _MOST:
            self._numbers.update(dict.fromkeys(names, number))
        for one in replacing:
            if one.resource is None:
                _add(self._replaced, _called(one))
                self._wait(_called(one), "CHARGE_ITEM_REPLACES", resource)
        return standing

    def _tell(self, away: Iterable[Found], resource: Resource, own: str) -> Iterator[str]:
        """The numbers of those that are not here and that nobody told yet."""
        for one in away:
            called = _called(one)
            _add(self._offsetting, called)
            if not called or not (called.isdisjoint(self._inactive) and called.isdisjoint(self._told)):
                continue
            number = next((self._numbers[name] for name in called if name in self._numbers), "")
            if not number and not one.value and own != resource.id:
                # It has a number of its own, as this one has, which nothing here tells.
                self._wait(called, "CHARGE_ITEM_OFFSET_ABSENT", resource)
            _add(self._told, called)
            yield number or named(one)

    def _wait(self, names: set[str], code: str, resource: Resource) -> None:
        issue = ISSUE(code, self._session.trail.origin(resource.at), excerpt="")
        if len(self._waiting) < self._session.limits.max_issues:
            self._waiting.append((names, issue))
        else:
            self._session.add(issue)

    def close(self) -> None:
        """Nothing comes any more: issues of what depends on one that did not come."""
        for names, issue in self._waiting:
            if names.isdisjoint(self._inactive):
                self._session.add(issue)
        self._waiting.clear()

    def _here(self, resource: Resource) -> _Here:
        """Those of a bundle that offset others and those that are replaced, by identity."""
        bundle = resource.bundle
        if bundle is None:
            return set(), set()
        if bundle.charges is None:
            bundle.charges = _learned(bundle, resource.type, self._session.profile)
        here: _Here = bundle.charges
        return here


def offsets(session: Session) -> Offsets:
    """Those of a session, which begins without."""
    if session.offsets is None:
        session.offsets = Offsets(session)
    found: Offsets = session.offsets
    return found


def _learned(bundle: Bundle, kind: str, profile: Profile) -> _Here:
    here: _Here = set(), set()
    for data in bundle.resources():
        if "extension" in data and text(data, "resourceType") == kind:
            other = Resource(data, "", 0, bundle)
            own = resolved(profile, other)
            for field, found in zip(("offset_by", "replacing"), here, strict=True):
                told = _referred(own, field, other)
                found.update(id(one.resource) for one in told if one.resource is not None)
    return here


def _add(names: set[str], more: Collection[str]) -> None:
    if len(names) < _MOST:
        names.update(more)


def _names(data: Element) -> set[str]:
    """What references may call a charge item: its id after a slash, its identifiers after an equals sign."""
    names = {f"={value}" for _, value, _ in identifiers(data) if value}
    id_ = text(data, "id")
    return names | {f"/{id_}"} if id_ else names


def _called(found: Found) -> set[str]:
    """The same of a reference."""
    return {name for name in (f"/{found.id}", f"={found.value}") if len(name) > 1}


def _referred(own: Resolved, field: str, resource: Resource) -> list[Found]:
    """What the references of a field lead to."""
    told = (resource.refer(extension, "valueReference") for extension, _ in own.get(field, ()))
    return [found for found in told if found]
