"""SupplyDelivery: to a patient it is a use, else goods that arrived or are on their way."""

from __future__ import annotations

from hcfin.billing.purchase import GoodsReceipt, ReceiptLine
from hcfin.issues import PolicyText
from hcfin.money import ZERO
from hcfin.standards.fhir.elements import many, one, text
from hcfin.standards.fhir.naming import named, organization, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_item import moment, place_name, product, quantity, reference_of
from hcfin.standards.fhir.supply_use import delivered, read_uses

_STATES = {"completed": "received", "in-progress": "shipped"}


def read_delivery(resource: Resource, session: Session) -> None:
    """A use, or a receipt; the numbers of both are those of the delivery."""
    data = resource.data
    when = moment(data, "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")
    if resource.refer(data, "patient"):
        read_uses(resource, session, when)
        return
    status = text(data, "status")
    if status == "entered-in-error":
        session.issue("SUPPLY_TAKEN_BACK", resource.at, "status", what=PolicyText("delivery"))
        return
    if status not in _STATES:
        session.issue("SUPPLY_NOT_DONE", resource.at, "status", status=status)
        return
    lines = tuple(_lines(resource, session))
    if not lines:
        session.issue("SUPPLY_EMPTY", resource.at)
        return
    destination = resource.refer(data, "destination")
    order = [named(resource.found(reference_of(value))) for value in many(data, "basedOn")]
    keeper = resource.found(one(destination.resource or {}, "managingOrganization"))
    arrived = status == "completed"
    session.fact(
        GoodsReceipt.build(
            {
                "at": resource.at,
                "currency": session.profile.currency,
                "unreadable": session.take_unreadable(),
                "state": _STATES[status],
                "number": preferred(data),
                "order": next((number for number in order if number), ""),
                "facility": organization(keeper).id or session.profile.facility,
                "location": place_name(destination),
                "supplier": organization(resource.refer(data, "supplier")),
                "moved": when if arrived else "",
                "expected": "" if arrived else when,
                "lines": lines,
            }
        )
    )


def _lines(resource: Resource, session: Session) -> list[ReceiptLine]:
    found = []
    for number, used in enumerate(delivered(resource), start=1):
        at = session.at(used.target.pointer)
        if not used.target:
            session.issue("SUPPLY_EMPTY", at)
            continue
        what = product(at, used.target, session)
        amount, unit = quantity(session, used.element, "quantity", at, "lines.quantity")
        if amount is None and "lines.quantity" not in session.unreadable:
            session.issue("AMOUNT_NOT_READ", at, "quantity")
            session.unreadable.append("lines.quantity")
        found.append(
            ReceiptLine(
                at=at,
                number=str(number),
                item=what.item,
                quantity=ZERO if amount is None else amount,
                unit=unit,
                lot=what.udi.lot if what.udi else "",
                serial=what.udi.serial if what.udi else "",
                expires=what.udi.expires if what.udi else "",
            )
        )
    return found


READERS = {
    "SupplyDelivery": ResourceReader(
        read_delivery,
        (
            *("identifier", "status", "patient", "suppliedItem", "occurrenceDateTime", "occurrencePeriod"),
            *("occurrenceTiming", "supplier", "destination", "basedOn", "partOf"),
        ),
    )
}
