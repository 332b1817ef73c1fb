"""What stands around a use: the case with its visit and account, the charge that bills it, and who else tells
of it.

Strategy: resources of a bundle are looked through once. A use belongs to the procedure that it names, that a
charge names beside it, or that is the only one of its patient on its day. Which resources tell of uses says
the profile, best first; what a better one of the same bundle tells of the same product is not told again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hcfin.billing.registration import Coding
from hcfin.standards.fhir.elements import Element, child, children, many, one, text
from hcfin.standards.fhir.naming import concept, named, organization, preferred
from hcfin.standards.fhir.registration import ACCOUNT, PATIENT, VISIT
from hcfin.standards.fhir.resource import Bundle, Found, Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_item import coding, moment, place_name, reference_of

USING = {"DeviceUseStatement": "DeviceUsage"}
"""Names of resource types in R4 that have another one in R5."""
_DAY = 10


class Around(NamedTuple):
    """What a use is told with."""

    case: str = ""
    visit: str = ""
    account: str = ""
    facility: str = ""
    location: str = ""
    procedure: Coding | None = None
    department: Coding | None = None
    charge_id: str = ""
    charge_code: Coding | None = None


class Neighbours:
    """The procedures and charges of a bundle, and the products that each type of resource tells of."""

    def __init__(self, bundle: Bundle) -> None:
        self.procedures: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        self.charges: dict[int, list[Resource]] = defaultdict(list)
        self.telling: dict[str, list[Resource]] = defaultdict(list)
        for data in bundle.resources():
            kind = text(data, "resourceType")
            resource = Resource(data, "", 0, bundle)
            self.telling[USING.get(kind, kind)].append(resource)
            if kind == "Procedure":
                self.procedures[patient_of(resource), performed(data)[:_DAY]].append(resource)
            elif kind == "ChargeItem":
                for service in many(data, "service"):
                    found = resource.found(reference_of(service)).resource
                    if found is not None:
                        self.charges[id(found)].append(resource)
        self.told: dict[str, frozenset[tuple[str, tuple[str, ...]]]] = {}


def neighbours(resource: Resource) -> Neighbours | None:
    """Those of the resource's bundle; None where it is alone."""
    bundle = resource.bundle
    if bundle is None:
        return None
    if bundle.neighbours is None:
        bundle.neighbours = Neighbours(bundle)
    found: Neighbours = bundle.neighbours
    return found


def patient_of(resource: Resource) -> str:
    """Whose it is, by a business identifier, else by the reference."""
    found = resource.refer(resource.data, "patient") or resource.refer(resource.data, "subject")
    return named(found, PATIENT)


def told_before(
    resource: Resource,
    kind: str,
    keys: frozenset[tuple[str, ...]],
    session: Session,
    tell: Callable[[Resource], Iterator[frozenset[tuple[str, ...]]]],
) -> str:
    """The type of resource in the same bundle that tells of the same product and comes first in the profile;
    empty where there is none. `tell` gives the products that a resource says were used."""
    around = neighbours(resource)
    if around is None:
        return ""
    patient = patient_of(resource)
    for other in session.profile.usage:
        if other == kind:
            break
        if other not in around.told:
            around.told[other] = frozenset(
                (patient_of(one_), key)
                for one_ in around.telling.get(other, ())
                for product in tell(one_)
                for key in product
            )
        if any((patient, key) in around.told[other] for key in keys):
            return str(other)
    return ""


def around(resource: Resource, session: Session, when: str) -> Around:
    """What a use of this resource is told with."""
    data, near = resource.data, neighbours(resource)
    charges = near.charges.get(id(data), []) if near is not None else []
    charge = charges[0] if len(charges) == 1 else None
    if resource.type == "ChargeItem":
        charge = resource
    case = _case(resource, session, near, charge, when)
    seen = case or resource
    encounter = _encounter(seen) or _encounter(resource)
    found = Around(
        case=preferred(case.data) if case is not None else _told_case(resource, session),
        visit=named(encounter, VISIT),
        account=_account(charge, encounter, resource.bundle),
        facility=_facility(resource, seen, encounter) or session.profile.facility,
        location=_location(resource, seen),
        procedure=concept(case.data, "code") if case is not None else None,
    )
    if charge is None or resource.type == "Procedure":  # its charge bills the service, not what it used
        return found
    return found._replace(
        charge_id=preferred(charge.data),
        charge_code=concept(charge.data, "code"),
        department=coding(charge.refer(charge.data, "costCenter")),
    )


def _case(
    resource: Resource, session: Session, near: Neighbours | None, charge: Resource | None, when: str
) -> Resource | None:
    """The procedure that a use was for."""
    if resource.type == "Procedure":
        return resource
    named_ = [
        one_ for value in _told_by_extension(resource, session) for one_ in [child(value, "valueReference")]
    ]
    told = [*named_, *many(resource.data, "derivedFrom"), *many(resource.data, "partOf")]
    told += many(charge.data, "service") if charge is not None else []
    for value in told:
        found = resource.found(reference_of(value)).resource
        if found is not None and text(found, "resourceType") == "Procedure":
            return Resource(found, "", 0, resource.bundle)
    patient = patient_of(resource)
    if near is None or not when or not patient:
        return None
    that_day = near.procedures.get((patient, when[:_DAY]), [])
    return that_day[0] if len(that_day) == 1 else None


def performed(data: Element) -> str:
    """When a procedure was performed."""
    return moment(
        data, *(f"{name}{kind}" for name in ("performed", "occurrence") for kind in ("DateTime", "Period"))
    )


def _told_by_extension(resource: Resource, session: Session) -> list[Element]:
    return [
        extension
        for extension in children(resource.data, "extension")
        for rule in session.profile.extensions
        if (rule.resource, rule.url, rule.field) == (resource.type, text(extension, "url"), "case")
    ]


def _told_case(resource: Resource, session: Session) -> str:
    """A case that only an extension names."""
    for extension in _told_by_extension(resource, session):
        found = (
            text(extension, "valueString")
            or text(child(extension, "valueIdentifier"), "value")
            or named(resource.refer(extension, "valueReference"))
        )
        if found:
            return found
    return ""


def _encounter(resource: Resource) -> Found:
    data = resource.data
    found = resource.refer(data, "encounter") or resource.refer(data, "context")
    return found if found.type in ("", "Encounter") else Found("", "")


def _account(charge: Resource | None, encounter: Found, bundle: Bundle | None) -> str:
    if charge is not None:
        accounts = many(charge.data, "account")
        if accounts:
            return named(charge.found(accounts[0]), ACCOUNT)
    accounts = many(encounter.resource or {}, "account")
    return (
        named(Resource(encounter.resource or {}, "", 0, bundle).found(accounts[0]), ACCOUNT)
        if accounts
        else ""
    )


def _facility(resource: Resource, seen: Resource, encounter: Found) -> str:
    """The organisation: of the charge, of who performed it, of the stay, of the place."""
    own = organization(resource.refer(resource.data, "performingOrganization")).id
    if own:
        return own
    for performer in children(seen.data, "performer"):
        found = seen.refer(performer, "onBehalfOf")
        if found:
            return organization(found).id
    places: list[tuple[Element, str]] = [(encounter.resource or {}, "serviceProvider")]
    for one_, name in ((resource, "destination"), (seen, "location")):
        places.append((one_.refer(one_.data, name).resource or {}, "managingOrganization"))
    for element, name in places:
        found = seen.found(one(element, name))
        if found:
            return organization(found).id
    return ""


def _location(resource: Resource, seen: Resource) -> str:
    for one_, name in ((resource, "destination"), (resource, "location"), (seen, "location")):
        found = one_.refer(one_.data, name)
        if found:
            return place_name(found)
    return ""
