"""Who and what: identifiers, people, organisations and providers of resources and references.

A fact names an account, a patient or a claim by its business identifier, so that the same one has the same
name in X12, HL7 v2 and FHIR; only where a resource has none, by its id. Never by a version.
"""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.registration import Coding, Identifier
from hcfin.model import blank, trusted
from hcfin.standards.fhir.elements import (
    Code,
    Element,
    children,
    codings,
    day,
    identifiers,
    many,
    one,
    text,
)
from hcfin.standards.fhir.resource import Found, Resource

NPI = "http://hl7.org/fhir/sid/us-npi"
_PLACE = "77"  # where a service is given is no person
_TAX = "urn:oid:2.16.840.1.113883.4.4"
_QUALIFIERS = {NPI: "XX", _TAX: "FI"}
SYSTEMS = {qualifier: system for system, qualifier in _QUALIFIERS.items()}
"""System of an identifier by its X12 qualifier."""
_BLANK_ORGANIZATION = blank(Organization)
_TAX_DIGITS = 9
_SEX = {"male": "M", "female": "F", "unknown": "U", "other": "U"}


def all_identifiers(element: Element) -> tuple[Identifier, ...]:
    """Every identifier of a resource."""
    found = identifiers(element)
    return tuple(
        Identifier(value=value, authority=system, type=kind) for system, value, kind in found if value
    )


def preferred(element: Element, kinds: Sequence[str] = ()) -> str:
    """The business identifier of a resource: the first of the kinds (HL7 table 0203), else the first, else
    the resource's own id."""
    found = [(value, kind) for _, value, kind in identifiers(element) if value]
    for wanted in kinds:
        for value, kind in found:
            if kind == wanted:
                return value
    return found[0][0] if found else text(element, "id")


def named(found: Found, kinds: Sequence[str] = ()) -> str:
    """The business identifier of what a reference leads to."""
    if found.value:
        return found.value
    if found.resource is not None:
        return preferred(found.resource, kinds) or found.id
    return found.id


def coding_of(code: Code, written: str = "") -> Coding:
    """A code as a fact holds it; the concept's own text where the code has none."""
    return Coding(code=code.code, text=code.display or written, system=code.system)


def concept(element: Element, name: str) -> Coding | None:
    """A CodeableConcept by its first code, or by its text alone."""
    value = one(element, name)
    if not isinstance(value, dict):
        return None
    written = text(value, "text")
    found = codings(value)
    if not found and not written:
        return None
    return coding_of(found[0], written) if found else Coding(text=written)


def person(element: Element, role: str) -> Person:
    """A Patient, RelatedPerson or Practitioner as a person of a fact."""
    name = _name(element)
    given = [part for part in many(name, "given") if isinstance(part, str)]
    address = next(iter(children(element, "address")), {})
    return Person(
        role=role,
        entity="1",
        last_name=text(name, "family") or ("" if given else text(name, "text")),
        first_name=given[0] if given else "",
        middle_name=" ".join(given[1:]),
        prefix=text(name, "prefix"),
        suffix=text(name, "suffix"),
        birth_date=day(element, "birthDate"),
        sex=_SEX.get(text(element, "gender"), ""),
        address=tuple(line for line in many(address, "line") if isinstance(line, str)),
        city=text(address, "city"),
        state=text(address, "state"),
        postal_code=text(address, "postalCode"),
        country=text(address, "country"),
    )


def _name(element: Element) -> Element:
    """The name that is in use: official, else usual, else the first that is not old."""
    found = children(element, "name")
    for use in ("official", "usual", ""):
        for name in found:
            if text(name, "use") == use:
                return name
    return found[0] if found else {}


def organization(found: Found) -> Organization:
    """What a reference to an Organization says of it."""
    element = found.resource or {}
    qualifier, id_ = _id_of(found, element)
    values = {
        **_BLANK_ORGANIZATION,
        "name": text(element, "name") or found.display,
        "id_qualifier": qualifier,
        "id": id_,
    }
    for address in children(element, "address")[:1]:
        values["address"] = tuple(str(line) for line in many(address, "line") if isinstance(line, str))
        values["city"] = text(address, "city")
        values["state"] = text(address, "state")
        values["postal_code"] = text(address, "postalCode")
        values["country"] = text(address, "country")
    return trusted(Organization, values)


def _id_of(found: Found, element: Element) -> tuple[str, str]:
    """The identifier of a business with its X12 qualifier: NPI, else tax id, else the first."""
    known = [(found.system, found.value)] if found.value else []
    if element:
        known += [(system, value) for system, value, _ in identifiers(element) if value]
    if not known:
        return "", found.id
    for system, qualifier in _QUALIFIERS.items():
        for own, value in known:
            if own == system:
                return qualifier, value
    return "", known[0][1]


def provider(resource: Resource, reference: object, role: str) -> Provider | None:
    """What a reference to a Practitioner, PractitionerRole or Organization says of a provider."""
    found = resource.found(reference)
    if not found:
        return None
    element = found.resource or {}
    if found.type == "PractitionerRole" and element:
        behind = resource.refer(element, "practitioner") or resource.refer(element, "organization")
        if behind:
            found, element = behind, behind.resource or {}
    qualifier, id_ = _id_of(found, element)
    if found.type in ("Organization", "Location") or role == _PLACE:
        return Provider(
            role=role, entity="2", name=text(element, "name") or found.display, id_qualifier=qualifier, id=id_
        )
    name = _name(element)
    given = [part for part in many(name, "given") if isinstance(part, str)]
    return Provider(
        role=role,
        entity="1",
        name=text(name, "family") or found.display,
        first_name=given[0] if given else "",
        middle_name=" ".join(given[1:]),
        suffix=text(name, "suffix"),
        id_qualifier=qualifier,
        id=id_,
    )


def payer_number(payer: Organization) -> str:
    """The number of a payer as an 835 has it (TRN03): 1 and the tax number, where it is that one."""
    taxed = payer.id_qualifier == "FI" and len(payer.id) == _TAX_DIGITS
    return f"1{payer.id}" if taxed else payer.id
