"""Uses of supplies: what a Procedure used, implanted or took out, DeviceUsage, products of ChargeItems.

Which of these resources tell of uses says the profile. A use of a resource that was entered in error is a
return of what it told; an explanted device has no opposite, so that is told and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.supply import SupplyChange, SupplyUse
from hcfin.issues import PolicyText
from hcfin.standards.fhir.elements import Element, child, children, coded, many, text
from hcfin.standards.fhir.naming import preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_case import USING, around, performed, told_before
from hcfin.standards.fhir.supply_item import Target, first_target, identity, moment, product, quantity, target

_ONE = Decimal(1)
_UNDONE = "entered-in-error"
_DONE = {
    "Procedure": {"completed", "stopped"},
    "DeviceUsage": {"active", "completed", "stopped"},
    "SupplyDelivery": {"completed"},
    "ChargeItem": {"billable", "billed", "not-billable"},
}
PRODUCTS = frozenset({"product", "productReference", "productCodeableConcept"})
_TURNED: dict[SupplyChange, SupplyChange] = {
    "consumed": "returned",
    "wasted": "returned",
    "returned": "consumed",
}
"""What a minus makes of it, and an entry in error."""
_USED = ("usedReference", "usedCode", "used")


class Used(NamedTuple):
    """One use that a resource tells of: its item, where it stands, the element that counts it, and what
    became of it; None where the resource does not say."""

    target: Target
    element: Element
    change: SupplyChange | None = "consumed"
    action: str = ""


def uses_of(resource: Resource, session: Session) -> list[Used]:
    """The uses that a resource tells of, whatever its status."""
    kind = USING.get(resource.type, resource.type)
    if kind == "Procedure":
        return list(_in_procedure(resource, session))
    if kind == "SupplyDelivery":
        return list(delivered(resource))
    if kind == "DeviceUsage":
        found = first_target(resource, resource.data, resource.pointer, "device")
        return [Used(found._replace(pointer=resource.pointer), {})] if found else []
    return list(_products(resource))


def delivered(resource: Resource) -> Iterator[Used]:
    """The items of a SupplyDelivery, one at most in R4."""
    for position, element in enumerate(children(resource.data, "suppliedItem")):
        pointer = f"{resource.pointer}/suppliedItem"
        if isinstance(resource.data.get("suppliedItem"), list):
            pointer = f"{pointer}/{position}"
        found = first_target(resource, element, pointer, "itemReference", "itemCodeableConcept")
        yield Used(found._replace(pointer=pointer), element)


def _in_procedure(resource: Resource, session: Session) -> Iterator[Used]:
    """Focal devices by their action, then what else was used; a device that is both was used once."""
    data, seen = resource.data, set[tuple[str, ...]]()
    for position, focal in enumerate(children(data, "focalDevice")):
        pointer = f"{resource.pointer}/focalDevice/{position}"
        found = target(resource, child(focal, "manipulated"), pointer)
        action = coded(child(focal, "action")).code or text(child(focal, "action"), "text")
        actions = session.profile.device_actions
        change = actions.get(action, actions.get("*")) if action else None
        if change == "ignore":
            continue
        if found and change is not None:
            seen |= identity(found)
        if found:
            yield Used(found, {}, change, action)
    for name in _USED:
        for position, value in enumerate(many(data, name)):
            found = target(resource, value, f"{resource.pointer}/{name}/{position}")
            if found and not identity(found) & seen:
                yield Used(found, {})


def _products(resource: Resource) -> Iterator[Used]:
    for name in sorted(PRODUCTS):
        values = many(resource.data, name)
        for position, value in enumerate(values):
            place = f"/{position}" if isinstance(resource.data.get(name), list) else ""
            found = target(resource, value, f"{resource.pointer}/{name}{place}")
            # The quantity of a charge counts its product only where there is one.
            if found and len(values) == 1:
                yield Used(found._replace(pointer=resource.pointer), resource.data)
            elif found:
                yield Used(found, {})


def read_uses(resource: Resource, session: Session, when: str, posted: str = "") -> None:
    """The uses of a resource as facts, each numbered after the first by its place."""
    kind, data = USING.get(resource.type, resource.type), resource.data
    status, found = text(data, "status"), uses_of(resource, session)
    if kind not in session.profile.usage:
        session.issue("USE_NOT_ROUTED", resource.at, type=PolicyText(kind))
        return
    if status not in _DONE[kind] and status != _UNDONE:
        session.issue("SUPPLY_NOT_DONE", resource.at, "status", status=status)
        return
    number, stands = preferred(data), around(resource, session, when)
    if len(found) > 1:  # which of them a charge bills nobody can say
        stands = stands._replace(charge_id="", charge_code=None)
    told = 0
    for count, used in enumerate(found, start=1):
        at = session.at(used.target.pointer)
        if not used.target:
            session.issue("SUPPLY_EMPTY", at)
            continue
        change = _change(used, status, at, session)
        if change is None:
            continue
        if used.change != "explanted":
            other = told_before(
                resource, kind, identity(used.target), session, lambda one: _told(one, session)
            )
            if other:
                session.issue("USE_TOLD_TWICE", at, type=PolicyText(other))
                continue
        what = product(at, used.target, session)
        amount, unit = quantity(session, used.element, "quantity", at, "quantity")
        if amount is not None and amount < 0:
            amount, change = -amount, _TURNED[change]
        own = number if count == 1 or not number else f"{number}/{count}"
        session.fact(
            SupplyUse(
                at=at,
                currency=session.profile.currency,
                unreadable=session.take_unreadable(),
                change=change,
                id=own,
                case=stands.case,
                facility=stands.facility,
                account=stands.account,
                visit=stands.visit,
                location=stands.location,
                department=stands.department,
                item=what.item,
                udi=what.udi,
                quantity=_ONE if amount is None else amount,
                unit=unit,
                used=when,
                posted=posted,
                charge_code=stands.charge_code,
                charge_id=stands.charge_id,
                procedure=stands.procedure,
                reverses=own if status == _UNDONE else "",
            )
        )
        told += 1
    if not found:
        session.issue("SUPPLY_EMPTY", resource.at)
    session.summary["uses"] = told


def _told(resource: Resource, session: Session) -> Iterator[frozenset[tuple[str, ...]]]:
    """The products that a resource says were used, if its status says that they were."""
    status = text(resource.data, "status")
    if status in _DONE[USING.get(resource.type, resource.type)] or status == _UNDONE:
        for used in uses_of(resource, session):
            if used.change not in (None, "explanted"):
                yield identity(used.target)


def _change(used: Used, status: str, at: int, session: Session) -> SupplyChange | None:
    """What became of an item; None, after an issue, where nobody can say."""
    if used.change is None:
        session.issue("DEVICE_ACTION_UNKNOWN", at, action=used.action or PolicyText("none"))
        return None
    if status != _UNDONE:
        return used.change
    if used.change == "explanted":
        session.issue("SUPPLY_TAKEN_BACK", at, what=PolicyText("explanted device"))
        return None
    return _TURNED[used.change]


def _read_procedure(resource: Resource, session: Session) -> None:
    if not (resource.data.keys() & {"focalDevice", *_USED}):
        session.issue("RESOURCE_NOT_READ", resource.at, type=PolicyText("Procedure"))
        return
    read_uses(resource, session, performed(resource.data))


def _read_device_usage(resource: Resource, session: Session) -> None:
    data = resource.data
    when = moment(data, "timingDateTime", "timingPeriod", "timingTiming")
    read_uses(resource, session, when, text(data, "recordedOn") or text(data, "dateAsserted"))


def read_products(resource: Resource, session: Session) -> None:
    """The products of a ChargeItem, beside its charge."""
    data = resource.data
    when = moment(data, "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")
    read_uses(resource, session, when, text(data, "enteredDate"))


_WHEN = tuple(f"{name}{kind}" for name in ("performed", "occurrence") for kind in ("DateTime", "Period"))
_USE = ("identifier", "status", "subject", "patient", "context", "derivedFrom", "device")
READERS = {
    "Procedure": ResourceReader(
        _read_procedure,
        (
            *("identifier", "status", "code", "subject", "encounter", "location", "performer.onBehalfOf"),
            *("focalDevice", *_USED, *_WHEN),
        ),
    ),
    **dict.fromkeys(
        ("DeviceUsage", "DeviceUseStatement"),
        ResourceReader(
            _read_device_usage,
            (*_USE, "timingDateTime", "timingPeriod", "timingTiming", "recordedOn", "dateAsserted"),
        ),
    ),
}
