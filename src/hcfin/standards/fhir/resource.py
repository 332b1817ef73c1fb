"""A resource with its surroundings: where it stands, and what its references lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hcfin.standards.fhir.elements import Element, child, children, many, one, text


class Found(NamedTuple):
    """What a reference names: a type and an id or business identifier, and the resource, where it is here."""

    type: str
    id: str
    system: str = ""
    value: str = ""
    display: str = ""
    resource: Element | None = None

    def __bool__(self) -> bool:
        return bool(self.id or self.value or self.display or self.resource is not None)


NOTHING = Found("", "")
_ESTIMATES = "http://hl7.org/fhir/us/davinci-pct/"
_PERSONS = ("subject", "patient", "beneficiary", "subscriber", "policyHolder", "payor")


class Bundle:
    """The resources of a bundle by everything that a reference may call them."""

    def __init__(self, tree: Element) -> None:
        self._known: dict[str, Element] = {}
        for entry in children(tree, "entry"):
            resource = child(entry, "resource")
            if not resource:
                continue
            full = text(entry, "fullUrl")
            kind, id_ = text(resource, "resourceType"), text(resource, "id")
            if full:
                self._known.setdefault(full, resource)
                if "/" in full and not full.startswith("urn:"):
                    self._known.setdefault("/".join(full.rsplit("/", 2)[-2:]), resource)
            if id_:
                self._known.setdefault(f"{kind}/{id_}", resource)

        self._tree = tree
        self.neighbours: Any = None
        """What the readers of supplies remember of it."""
        self.charges: Any = None
        """What its charge items say of one another (`hcfin.standards.fhir.offsets`)."""
        self._settled: set[int] | None = None
        self._told: set[int] | None = None

    def settled(self, resource: Element) -> bool:
        """Whether a reconciliation of this bundle names a response, which is then read with it."""
        if self._settled is None:
            self._settled = set()
            for entry in children(self._tree, "entry"):
                data = child(entry, "resource")
                if text(data, "resourceType") == "PaymentReconciliation":
                    for detail in (*children(data, "detail"), *children(data, "allocation")):
                        found = self.find(text(child(detail, "response"), "reference"))
                        if found is not None:
                            self._settled.add(id(found))
        return id(resource) in self._settled

    def told_elsewhere(self, patient: Element) -> bool:
        """Whether another resource of the bundle refers to a patient, who is then told with it."""
        if self._told is None:
            self._told = set()
            for entry in children(self._tree, "entry"):
                data = child(entry, "resource")
                parties = [child(one_, "party") for one_ in children(data, "guarantor")]
                for reference in (*parties, *(one_ for name in _PERSONS for one_ in children(data, name))):
                    found = self.find(text(reference, "reference"))
                    if found is not None:
                        self._told.add(id(found))
        return id(patient) in self._told

    def resources(self) -> Iterator[Element]:
        """Its resources, in their order."""
        for entry in children(self._tree, "entry"):
            data = child(entry, "resource")
            if data:
                yield data

    def find(self, reference: str) -> Element | None:
        """The resource that a reference leads to; versions are those that the bundle has."""
        whole, _, _ = reference.partition("/_history/")
        found = self._known.get(whole)
        if found is None and "://" in whole:
            found = self._known.get("/".join(whole.rsplit("/", 2)[-2:]))
        return found


class Resource:
    """One resource. `pointer` is its JSON pointer in the document, `at` the number of that place."""

    __slots__ = ("_contained", "at", "bundle", "data", "id", "pointer", "type")

    def __init__(self, data: Element, pointer: str, at: int, bundle: Bundle | None) -> None:
        self.data = data
        self.type = text(data, "resourceType")
        self.id = text(data, "id")
        self.pointer = pointer
        self.at = at
        self.bundle = bundle
        self._contained: dict[str, Element] | None = None

    @property
    def estimated(self) -> bool:
        """Whether its profile is one of estimates (Da Vinci PCT): nothing in it was billed or paid."""
        profiles = many(child(self.data, "meta"), "profile")
        return any(isinstance(one_, str) and one_.startswith(_ESTIMATES) for one_ in profiles)

    def refer(self, element: Element, name: str) -> Found:
        """What a reference of an element leads to."""
        return self.found(one(element, name))

    def found(self, reference: object) -> Found:
        """What a Reference leads to: contained, in the bundle, or only named."""
        if not isinstance(reference, dict):
            return NOTHING
        path = text(reference, "reference")
        identifier = child(reference, "identifier")
        system, value = text(identifier, "system"), text(identifier, "value")
        display, kind = text(reference, "display"), text(reference, "type")
        if path.startswith("#"):
            resource = self._inside().get(path[1:])
            found_kind = text(resource, "resourceType") if resource else kind
            return Found(found_kind, path[1:] if resource is None else "", system, value, display, resource)
        resource = self.bundle.find(path) if self.bundle and path else None
        if resource is not None:
            kind = text(resource, "resourceType")
            return Found(kind, text(resource, "id"), system, value, display, resource)
        plain = path.partition("/_history/")[0]
        named, slash, id_ = plain.rpartition("/")
        return Found(kind or named.rpartition("/")[2], id_ if slash or plain else "", system, value, display)

    def dangling(self, reference: object) -> bool:
        """Whether a reference leads nowhere although what it names should be here: inside the resource, or
        by a name that only its bundle knows."""
        path = text(reference, "reference") if isinstance(reference, dict) else ""
        if path.startswith("#") and len(path) > 1:
            return path[1:] not in self._inside()
        return path.startswith("urn:") and self.bundle is not None and self.bundle.find(path) is None

    def _inside(self) -> dict[str, Element]:
        if self._contained is None:
            self._contained = {text(one_, "id"): one_ for one_ in children(self.data, "contained")}
        return self._contained
