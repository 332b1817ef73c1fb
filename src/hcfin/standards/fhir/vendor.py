"""Vendor extensions: what the profile says that an extension is. Nothing of a vendor stands in a reader."""

from __future__ import annotations

from hcfin.standards.fhir.elements import Element, child, children, coded, text
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Resource


def resolved(profile: Profile, resource: Resource) -> dict[str, list[Element]]:
    """The extensions of a resource that the profile knows, by the field that they are."""
    found: dict[str, list[Element]] = {}
    for extension in children(resource.data, "extension"):
        url = text(extension, "url")
        for rule in profile.extensions:
            if rule.resource == resource.type and rule.url == url:
                inside = [extension]
                if rule.inside:
                    inside = [
                        one for one in children(extension, "extension") if text(one, "url") == rule.inside
                    ]
                found.setdefault(rule.field, []).extend(inside)
    return found


def code_of(extension: Element) -> str:
    """The code that an extension holds, in whatever type."""
    return (
        text(extension, "valueCode")
        or text(extension, "valueString")
        or text(child(extension, "valueCoding"), "code")
        or coded(child(extension, "valueCodeableConcept")).code
    )
