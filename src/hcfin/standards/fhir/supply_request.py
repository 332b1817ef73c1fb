"""SupplyRequest: somebody asks for an item, or no longer does."""

from __future__ import annotations

from typing import Literal

from hcfin.billing.supply import SupplyRequest
from hcfin.money import ZERO
from hcfin.standards.fhir.elements import child, one, text
from hcfin.standards.fhir.naming import named, organization, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_item import (
    coding,
    first_target,
    moment,
    place_name,
    product,
    quantity,
)

_CHANGES: dict[str, Literal["new", "cancelled"]] = {
    **dict.fromkeys(("", "active"), "new"),
    **dict.fromkeys(("cancelled", "entered-in-error"), "cancelled"),
}
_PLANS = frozenset({"proposal", "plan", "option"})
_ORGANIZED = frozenset({"Organization", "CareTeam"})


def read_request(resource: Resource, session: Session) -> None:
    """A request; what is not asked for yet, or was fulfilled, is told by an issue."""
    data, at = resource.data, resource.at
    status, intent = text(data, "status"), text(data, "intent")
    change = _CHANGES.get(status)
    if change is None or intent in _PLANS:
        name = "status" if change is None else "intent"
        session.issue("SUPPLY_NOT_DONE", at, name, status=status if change is None else intent)
        return
    told = first_target(resource, data, resource.pointer, "itemReference", "itemCodeableConcept", "item")
    if not told:
        session.issue("SUPPLY_EMPTY", at)
        return
    what = product(at, told, session)
    amount, unit = quantity(session, data, "quantity", at, "quantity")
    if amount is None and "quantity" not in session.unreadable:
        session.issue("AMOUNT_NOT_READ", at, "quantity")
        session.unreadable.append("quantity")
    place = resource.refer(data, "deliverTo")
    requester = resource.refer(data, "requester")
    keeper = resource.found(one(place.resource or {}, "managingOrganization"))
    supplier = organization(resource.refer(data, "supplier"))
    period = child(data, "occurrencePeriod")
    session.fact(
        SupplyRequest(
            at=at,
            currency=session.profile.currency,
            unreadable=session.take_unreadable(),
            change=change,
            number=preferred(data),
            facility=organization(keeper).id or session.profile.facility,
            location=place_name(place),
            department=coding(requester) if requester.type in _ORGANIZED else None,
            requester="" if requester.type in _ORGANIZED else named(requester) or requester.display,
            item=what.item,
            quantity=ZERO if amount is None else amount,
            unit=unit,
            supplier=supplier.id or supplier.name,
            needed_by=text(period, "end")
            or moment(data, "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming"),
            requested=text(data, "authoredOn"),
        )
    )


READERS = {
    "SupplyRequest": ResourceReader(
        read_request,
        (
            *("identifier", "status", "intent", "item", "itemReference", "itemCodeableConcept", "quantity"),
            *("occurrenceDateTime", "occurrencePeriod", "occurrenceTiming", "authoredOn", "requester"),
            *("supplier", "deliverTo"),
        ),
    )
}
