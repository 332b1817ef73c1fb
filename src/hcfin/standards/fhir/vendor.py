"""Vendor extensions: what the profile says that an extension is. Nothing of a vendor stands in a reader."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hcfin.standards.fhir.elements import Element, child, children, coded, text
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

Resolved = dict[str, list[tuple[Element, str]]]
"""Extensions by the field that they are, each with its JSON pointer."""


def resolved(profile: Profile, resource: Resource) -> Resolved:
    """The extensions of a resource that the profile knows."""
    found: Resolved = {}
    for one in each_resolved(profile, resource):
        for name, told in one.items():
            found.setdefault(name, []).extend(told)
    return found


def each_resolved(profile: Profile, resource: Resource) -> Iterator[Resolved]:
    """The same for each extension by itself: what stands inside one belongs together."""
    if "extension" not in resource.data:
        return
    rules: dict[tuple[str, str], str] = {}
    for rule in profile.extensions:
        if rule.resource == resource.type:  # the first row that is about it holds
            rules.setdefault((rule.url, rule.inside), rule.field)
    for position, extension in enumerate(children(resource.data, "extension")):
        url = text(extension, "url")
        pointer = f"{resource.pointer}/extension/{position}"
        found: Resolved = {}
        if (url, "") in rules:
            found.setdefault(rules[url, ""], []).append((extension, pointer))
        for number, inner in enumerate(children(extension, "extension")):
            field = rules.get((url, text(inner, "url"))) if text(inner, "url") else None
            if field:
                found.setdefault(field, []).append((inner, f"{pointer}/extension/{number}"))
        if found:
            yield found


def code_of(extension: Element) -> str:
    """The code that an extension holds, in whatever type."""
    return (
        text(extension, "valueCode")
        or text(extension, "valueString")
        or text(child(extension, "valueCoding"), "code")
        or coded(child(extension, "valueCodeableConcept")).code
    )


def codes_of(found: Resolved, field: str) -> tuple[str, ...]:
    """The codes of a field, in their order."""
    told = (code_of(extension) for extension, _ in found.get(field, []))
    return tuple(code for code in told if code)


def money_of(
    found: Resolved, field: str, session: Session, unreadable: str = "amount"
) -> tuple[Decimal | None, str, int]:
    """The first amount of a field, its currency and its place. One that is declared and holds none is an
    issue, and what depends on it is held."""
    for extension, pointer in found.get(field, [])[:1]:
        at = session.at(pointer)
        if "valueMoney" in extension:
            return (*session.money(extension, "valueMoney", at, unreadable), at)
        if "valueDecimal" in extension:
            plain = {"valueMoney": {"value": extension["valueDecimal"]}}
            return (*session.money(plain, "valueMoney", at, unreadable), at)
        session.issue("EXTENSION_NOT_READ", at, field=field)
        session.unreadable.append(unreadable)
    return None, "", 0
