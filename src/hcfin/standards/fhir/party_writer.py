"""Patients, relatives, practitioners and organisations, as those who refer to them need them."""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.billing.party import Individual, Organization, Person, Provider
from hcfin.billing.registration import Identifier
from hcfin.standards.fhir.bundle_writer import BundleWriter, day, id_of, identifier, named, tidy
from hcfin.standards.fhir.elements import Element
from hcfin.standards.fhir.naming import SYSTEMS

_GENDER = {"M": "male", "F": "female", "U": "unknown"}


def patient_resource(
    person: Individual | None, identifiers: Sequence[Identifier] = (), id_: str = ""
) -> Element:
    """A Patient with a person's details; without identifiers its own id names it."""
    found = [identifier(one.value, one.type, one.authority) for one in identifiers]
    resource: Element = {"resourceType": "Patient", "id": "" if found else id_of(id_), "identifier": found}
    return resource | _details(person)


def patient(bundle: BundleWriter, person: Individual | None, ids: Sequence[Identifier], id_: str) -> Element:
    """A reference to a patient: by identifier alone where nothing else is known."""
    if person is None and not ids:
        return named(id_, "Patient")
    return bundle.helper(patient_resource(person, ids, id_))


def relative(bundle: BundleWriter, person: Person, value: str, of: Element) -> Element:
    """A reference to somebody beside the patient, who is known by an identifier or by none."""
    return bundle.helper(
        {"resourceType": "RelatedPerson", "identifier": [identifier(value)], "patient": of} | _details(person)
    )


def _details(person: Individual | None) -> Element:
    if person is None:
        return {}
    found: Element = {
        "name": [
            {
                "family": person.last_name,
                "given": [part for part in (person.first_name, *person.middle_name.split(" ")) if part],
                "prefix": [person.prefix],
                "suffix": [person.suffix],
            }
        ]
    }
    if isinstance(person, Person):
        found |= {"gender": _GENDER.get(person.sex, ""), "birthDate": day(person.birth_date)}
        found["address"] = [_address(person)]
    return found


def _address(who: Person | Organization) -> Element:
    return {
        "line": list(who.address),
        "city": who.city,
        "state": who.state,
        "postalCode": who.postal_code,
        "country": who.country,
    }


def organization(bundle: BundleWriter, who: Organization | None) -> Element:
    """A reference to an organisation; nothing where it has no name and no identifier."""
    if who is None or not (who.name or who.id):
        return {}
    resource: Element = {
        "resourceType": "Organization",
        "identifier": [_business_id(who.id_qualifier, who.id)],
        "name": who.name,
    }
    if not bundle.r5:  # R5 has it inside contacts
        resource["address"] = [_address(who)]
    return bundle.helper(resource)


def provider(bundle: BundleWriter, who: Provider | None) -> Element:
    """A reference to a practitioner, or to an organisation."""
    if who is None:
        return {}
    number = _business_id(who.id_qualifier, who.id)
    if who.entity == "2":
        resource: Element = {"resourceType": "Organization", "identifier": [number], "name": who.name}
    else:
        given = [part for part in (who.first_name, *who.middle_name.split(" ")) if part]
        name = {"family": who.name, "given": given, "suffix": [who.suffix]}
        resource = {"resourceType": "Practitioner", "identifier": [number], "name": [name]}
    return bundle.helper(resource) if len(tidy(resource)) > 1 else {}


def _business_id(qualifier: str, value: str) -> Element:
    return identifier(value, "", SYSTEMS.get(qualifier, ""))
