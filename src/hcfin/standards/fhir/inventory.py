"""InventoryReport and InventoryItem of R5: what is in stock, how it changed, and the list of items."""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.party import Organization
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockChange, StockLevel, SupplyItem
from hcfin.issues import PolicyText
from hcfin.money import ZERO
from hcfin.standards.fhir.elements import Element, child, children, coded, one, text
from hcfin.standards.fhir.naming import concept, organization, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Found, Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_item import first_target, place_name, product, quantity

_SNAPSHOT, _DIFFERENCE = "snapshot", "difference"
_SIGNS = {"addition": 1, "subtraction": -1}
_ACTIONS = {"active": "MUP", "inactive": "MDC", "entered-in-error": "MDL"}
_MAKERS = ("manufacturer", "labeler")


def read_report(resource: Resource, session: Session) -> None:
    """Levels of a snapshot; of a difference what was added or taken away."""
    data, status = resource.data, text(resource.data, "status")
    kind = text(data, "countType")
    if status == "entered-in-error" and kind == _DIFFERENCE:
        session.issue("SUPPLY_TAKEN_BACK", resource.at, "status", what=PolicyText("report"))
        return
    if status != "active":
        session.issue("SUPPLY_NOT_DONE", resource.at, "status", status=status)
        return
    found = 0
    for number, listing in enumerate(children(data, "inventoryListing")):
        for position, element in enumerate(children(listing, "item")):
            pointer = f"{resource.pointer}/inventoryListing/{number}/item/{position}"
            found += 1
            _listed(resource, session, listing, element, (pointer, kind, found))
    if not found:
        session.issue("SUPPLY_EMPTY", resource.at)


def _listed(
    resource: Resource, session: Session, listing: Element, element: Element, place: tuple[str, str, int]
) -> None:
    pointer, kind, count = place
    data, at = resource.data, session.at(pointer)
    told = first_target(resource, element, pointer, "item")
    if not told:
        session.issue("SUPPLY_EMPTY", at)
        return
    what = product(at, told, session)
    field = "on_hand" if kind == _SNAPSHOT else "quantity"
    amount, unit = quantity(session, element, "quantity", at, field)
    if amount is None and field not in session.unreadable:
        session.issue("AMOUNT_NOT_READ", at, "quantity")
        session.unreadable.append(field)
    counted = ZERO if amount is None else amount
    where = resource.refer(listing, "location")
    when = text(listing, "countingDateTime") or text(data, "reportedDateTime")
    if kind == _SNAPSHOT:
        session.fact(
            StockLevel(
                at=at,
                currency=session.profile.currency,
                unreadable=session.take_unreadable(),
                facility=_facility(resource, where, session),
                location=place_name(where),
                item=what.item,
                on_hand=counted,
                unit=unit,
                counted=when,
            )
        )
        return
    counted = _signed(resource, session, counted, kind, at)
    number = preferred(data)
    session.fact(
        StockAdjustment(
            at=at,
            currency=session.profile.currency,
            unreadable=session.take_unreadable(),
            change=_reason(data, session),
            id=number if count == 1 or not number else f"{number}/{count}",
            facility=_facility(resource, where, session),
            location=place_name(where),
            item=what.item,
            quantity=counted,
            unit=unit,
            moved=when,
        )
    )


def _signed(resource: Resource, session: Session, counted: Decimal, kind: str, at: int) -> Decimal:
    """A quantity by the operation: without one it has its own sign."""
    told = child(resource.data, "operationType")
    operation = coded(told).code or text(told, "text")
    if kind != _DIFFERENCE or (operation and operation not in _SIGNS):
        session.issue("STOCK_OPERATION_UNKNOWN", at, operation=operation or kind or PolicyText("none"))
        session.unreadable.append("quantity")
        return counted
    return abs(counted) * _SIGNS[operation] if operation else counted


def _reason(data: Element, session: Session) -> StockChange:
    told = child(data, "operationTypeReason")
    code = coded(told).code or text(told, "text")
    return session.profile.stock_changes.get(code, "count")


def _facility(resource: Resource, where: Found, session: Session) -> str:
    keeper = resource.found(one(where.resource or {}, "managingOrganization"))
    return organization(keeper).id or session.profile.facility


def read_item(resource: Resource, session: Session) -> None:
    """An entry of the item master, for each supplier that it names."""
    data, at = resource.data, resource.at
    status = text(data, "status")
    action = _ACTIONS.get(status)
    if action is None:
        session.issue("SUPPLY_NOT_DONE", at, "status", status=status)
        return
    product_ = first_target(resource, data, resource.pointer, "productReference")
    codes = next(iter(children(data, "code")), {})
    makers: list[Organization] = []
    suppliers: list[Organization | None] = []
    for responsible in children(data, "responsibleOrganization"):
        who = organization(resource.refer(responsible, "organization"))
        role = coded(child(responsible, "role")).code
        if role in _MAKERS:
            makers.append(who)
        else:
            suppliers.append(who)
    item = product(at, product_, session).item if product_ else SupplyItem(at=at)
    names = [text(name, "name") for name in children(data, "name")]
    told = {
        "code": coded(codes).code or preferred(data),
        "manufacturer": makers[0].name or makers[0].id if makers else item.manufacturer,
        "description": next((name for name in names if name), "")
        or text(data, "description")
        or item.description,
    }
    instance = next(iter(children(data, "instance")), {})
    unit = child(data, "baseUnit")
    for supplier in suppliers or [None]:
        session.fact(
            ItemEntry(
                at=at,
                currency=session.profile.currency,
                unreadable=session.take_unreadable(),
                action=action,
                facility=session.profile.facility,
                item=item.model_copy(update=told),
                active="A" if status == "active" else "I",
                category=concept(data, "category"),
                supplier=(supplier.id or supplier.name) if supplier is not None else "",
                stock_unit=coded(unit).code or text(unit, "text"),
                location=place_name(resource.refer(instance, "location")),
            )
        )


READERS = {
    "InventoryReport": ResourceReader(
        read_report,
        (
            *(
                "identifier",
                "status",
                "countType",
                "operationType",
                "operationTypeReason",
                "reportedDateTime",
            ),
            *("inventoryListing.location", "inventoryListing.countingDateTime", "inventoryListing.item.item"),
            "inventoryListing.item.quantity",
        ),
    ),
    "InventoryItem": ResourceReader(
        read_item,
        (
            *("identifier", "status", "category", "code", "name.name", "description", "baseUnit"),
            *("responsibleOrganization", "productReference", "instance.location"),
        ),
    ),
}
