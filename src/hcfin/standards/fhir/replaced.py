"""What resources say of one another: claims that replace claims, charges that are no longer active.

FHIR gives a claim that replaces another one a number of its own. What both are for, and what payers answer
to, is the account of the first of them, as in X12.
"""

from __future__ import annotations

from hcfin.standards.fhir.elements import Element, child, children, coded
from hcfin.standards.fhir.naming import named
from hcfin.standards.fhir.profile import FieldName, Profile
from hcfin.standards.fhir.resource import Found, Resource

RELATIONS = frozenset({"replaces", "prior", "corrects"})


def account_number(claim: Found, resource: Resource) -> str:
    """The number of a claim, or of the first of those that it replaces, as far as they are told."""
    seen: set[int] = set()
    while claim.resource is not None and id(claim.resource) not in seen:
        seen.add(id(claim.resource))
        claim = _replaced(claim.resource, resource) or claim
    return named(claim)


def _replaced(claim: Element, resource: Resource) -> Found | None:
    for related in children(claim, "related"):
        if coded(child(related, "relationship")).code in RELATIONS:
            return resource.refer(related, "claim")
    return None


def named_by_others(resource: Resource, profile: Profile, field: FieldName) -> bool:
    """Whether an extension that is this field, of another resource of the bundle, names a resource."""
    bundle = resource.bundle
    if bundle is None:
        return False
    rules = (rule for rule in profile.extensions if rule.field == field and rule.resource == resource.type)
    return id(resource.data) in bundle.pointed_at(resource.type, frozenset(rule.url for rule in rules))
