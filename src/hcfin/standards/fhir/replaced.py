"""Claims that replace claims.

FHIR gives a claim that replaces another one a number of its own. What both are for, and what payers answer
to, is the account of the first of them, as in X12.
"""

from __future__ import annotations

from hcfin.standards.fhir.elements import Element, child, children, coded
from hcfin.standards.fhir.naming import named
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
