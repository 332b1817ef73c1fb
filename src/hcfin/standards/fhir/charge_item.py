"""ChargeItem and ChargeItemDefinition: charges, what takes them back, and prices.

R4 states the price of the whole item in `priceOverride`, R5 in `totalPriceComponent` or that of one in
`unitPriceComponent`; vendors state either in extensions, which the profile names. The status says whether
there is anything to charge, and `entered-in-error` takes back what was charged under the same identifier.
What is offset or replaced by another one is a charge and what takes it back (`hcfin.standards.fhir.offsets`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.base import Reference
from hcfin.billing.charge import Charge, ChargePrice, DrugUse, PriceSource
from hcfin.billing.party import Provider
from hcfin.billing.registration import Coding, PerformedProcedure, Place
from hcfin.billing.remittance import Procedure
from hcfin.money import extend
from hcfin.standards.fhir.elements import (
    Code,
    Element,
    child,
    children,
    coded,
    codings,
    many,
    number,
    one,
    text,
)
from hcfin.standards.fhir.naming import coding_of, concept, named, organization, preferred, provider
from hcfin.standards.fhir.offsets import offsets
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.registration import ACCOUNT, PATIENT, VISIT
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.supply_use import PRODUCTS, read_products
from hcfin.standards.fhir.vendor import Resolved, codes_of, money_of, resolved

_CHARGED = {"billable", "billed"}
_TAKEN_BACK = "entered-in-error"
_HCPCS = ("http://www.ama-assn.org/go/cpt", "https://bluebutton.cms.gov/resources/codesystem/hcpcs")
_HCPCS_WORDS = ("hcpcs", "cpt")
_NDC = "http://hl7.org/fhir/sid/ndc"
_REVENUE = "revenue"


class Price(NamedTuple):
    """What a charge item costs: the price of one, the whole, and their currency."""

    unit: Decimal | None
    total: Decimal | None
    currency: str


def read_charge_item(resource: Resource, session: Session) -> None:
    """A charge, or what takes one back. A status that charges nothing is told by an issue."""
    data, at = resource.data, resource.at
    status = text(data, "status")
    own = resolved(session.profile, resource)
    standing = offsets(session).of(resource, own)
    transaction = preferred(data)
    if standing.offsetting and not standing.offset:
        session.issue("CHARGE_ITEM_OFFSETS", at)
    if standing.told and not standing.absent:
        return
    taken_back = status == _TAKEN_BACK and not standing.inactive
    if status not in _CHARGED and not taken_back and not standing.inactive:
        session.issue("CHARGE_ITEM_NOT_CHARGED", at, "status", status=status)
        return
    price = _price(resource, session, own)
    quantity = session.quantity(data, "quantity", at, "quantity")
    amount, source = _amount(price, quantity)
    sign = -1 if taken_back else 1
    when = one(data, "occurrenceDateTime") or text(child(data, "occurrencePeriod"), "start")
    codes = codings(child(data, "code"))
    procedure = next((code for code in codes if is_hcpcs(code.system)), None)
    encounter = resource.refer(data, "encounter") or resource.refer(data, "context")
    accounts = [resource.found(reference) for reference in many(data, "account")]
    charge = Charge(
        at=at,
        currency=session.one_currency([price.currency], at),
        unreadable=session.take_unreadable(),
        change="charge" if sign > 0 else "credit",
        type_code=status,
        transaction_id=transaction,
        reverses=transaction if sign < 0 else "",
        facility=organization(resource.refer(data, "performingOrganization")).id,
        account=named(accounts[0], ACCOUNT) if accounts else "",
        visit=named(encounter, VISIT),
        patient_id=named(resource.refer(data, "subject"), PATIENT),
        performed=when if isinstance(when, str) else "",
        performed_until=text(child(data, "occurrencePeriod"), "end"),
        posted=text(data, "enteredDate"),
        code=coding_of(codes[0]) if codes else Coding(text=text(child(data, "code"), "text")),
        description=next((text(one_, "valueString") for one_, _ in own.get("description", [])), ""),
        quantity=None if quantity is None else quantity * sign,
        amount=None if amount is None else amount * sign,
        price_source=source,
        unit_price=price.unit,
        department=_department(resource),
        place=_place(resource),
        diagnoses=tuple(_reasons(data)),
        providers=tuple(_providers(resource)),
        procedure=_procedure(
            procedure.code if procedure else _first(own, "procedure"), codes_of(own, "modifier")
        ),
        procedures=tuple(
            PerformedProcedure(at=at, code=code) for code in _further(procedure, codes_of(own, "procedure"))
        ),
        drug=_drug(codes, own, session),
        revenue_code=_first(own, "revenue_code")
        or next((code.code for code in codes if _REVENUE in code.system.lower()), ""),
        references=tuple(Reference(at=at, qualifier="replacing", value=id_) for id_ in standing.replacing),
    )
    if not standing.inactive:
        session.fact(charge)
        return
    back = session.at(f"{resource.pointer}/extension")
    if not standing.told:
        _hand_on(charge, back, session)
    for number_ in standing.absent:
        other = {"at": back, "transaction_id": number_, "references": ()}
        _hand_on(charge.model_copy(update=other), back, session)


def _hand_on(charge: Charge, back: int, session: Session) -> None:
    session.fact(charge)
    session.fact(_taken_back(charge, back))


def _taken_back(charge: Charge, at: int) -> Charge:
    """What takes a charge back that is no longer active."""
    quantity, amount = charge.quantity, charge.amount
    return charge.model_copy(
        update={
            "at": at,
            "change": "credit",
            "type_code": _TAKEN_BACK,
            "reverses": charge.transaction_id,
            "quantity": None if quantity is None else -quantity,
            "amount": None if amount is None else -amount,
        }
    )


def _read_charge_and_use(resource: Resource, session: Session) -> None:
    read_charge_item(resource, session)
    if resource.data.keys() & PRODUCTS:
        read_products(resource, session)


def _amount(price: Price, quantity: Decimal | None) -> tuple[Decimal | None, PriceSource]:
    if price.total is not None:
        return price.total, "extended"
    if price.unit is not None:
        amount, _ = extend(price.unit, Decimal(1) if quantity is None else quantity, price.currency)
        return amount, "unit"
    return None, "unpriced"


def _price(resource: Resource, session: Session, own: Resolved) -> Price:
    """The prices by their release, else by the vendor's extensions that the profile knows."""
    data, at = resource.data, resource.at
    total, currency = session.money(data, "priceOverride", at, "amount")
    factor = number(data, "factorOverride")
    if total is not None and factor is not None:
        # The definition says of both that they override: which one is meant nobody can say.
        session.issue("CHARGE_ITEM_FACTOR", at, "factorOverride")
    unit = None
    if total is None:
        total, currency = _component(resource, session, "totalPriceComponent")
        unit, unit_currency = _component(resource, session, "unitPriceComponent")
        currency = currency or unit_currency
    if total is None and unit is None:
        total, currency, _ = money_of(own, "amount", session)
        unit, unit_currency, _ = money_of(own, "unit_price", session)
        currency = currency or unit_currency
    return Price(unit, total, currency or session.profile.currency)


def _component(resource: Resource, session: Session, name: str) -> tuple[Decimal | None, str]:
    """A MonetaryComponent of R5: the base price, or the only amount there is."""
    component = one(resource.data, name)
    if not isinstance(component, dict):
        return None, ""
    at = session.at(f"{resource.pointer}/{name}")
    kind = text(component, "type")
    if kind not in ("", "base"):
        session.issue("PRICE_COMPONENT_NOT_BASE", at, "type", type=kind)
        return None, ""
    return session.money(component, "amount", at, "amount")


def is_hcpcs(system: str) -> bool:
    """Whether a coding system is one of procedures."""
    return system in _HCPCS or any(word in system.lower() for word in _HCPCS_WORDS)


def _first(own: Resolved, field: str) -> str:
    return next(iter(codes_of(own, field)), "")


def _further(procedure: Code | None, codes: tuple[str, ...]) -> list[str]:
    """The procedure codes beside the one that is charged."""
    charged = procedure.code if procedure else next(iter(codes), "")
    return [code for code in dict.fromkeys(codes) if code != charged]


def _procedure(code: str, modifiers: tuple[str, ...]) -> Procedure | None:
    return Procedure(qualifier="HC", code=code, modifiers=modifiers) if code else None


def _drug(codes: list[Code], own: Resolved, session: Session) -> DrugUse | None:
    code = next((one_.code for one_ in codes if one_.system == _NDC), "") or _first(own, "drug")
    if not code:
        return None
    for extension, pointer in own.get("drug_quantity", [])[:1]:
        amount = session.quantity(extension, "valueQuantity", session.at(pointer), "drug.quantity")
        told = child(extension, "valueQuantity")
        return DrugUse(code=code, quantity=amount, unit=text(told, "code") or text(told, "unit"))
    return DrugUse(code=code)


def _department(resource: Resource) -> Coding | None:
    centre = resource.refer(resource.data, "costCenter")
    return Coding(code=named(centre), text=centre.display) if centre else None


def _place(resource: Resource) -> Place | None:
    asked = resource.refer(resource.data, "requestingOrganization")
    return Place(point_of_care=asked.display or named(asked)) if asked else None


def _reasons(data: Element) -> list[str]:
    found = [coded(reason).code for reason in children(data, "reason")]
    return [code for code in found if code]


def _providers(resource: Resource) -> list[Provider]:
    found = []
    for performer in children(resource.data, "performer"):
        who = provider(resource, one(performer, "actor"), "82")
        if who is not None:
            found.append(who)
    entered = provider(resource, one(resource.data, "enterer"), "EN")
    return [*found, entered] if entered is not None else found


def read_definition(resource: Resource, session: Session) -> None:
    """A price list entry: what a code costs, and since when."""
    data = resource.data
    period = child(data, "effectivePeriod")
    code = concept(data, "code") or Coding(code=text(data, "url"))
    for group, entry in enumerate(children(data, "propertyGroup")):
        for position, component in enumerate(children(entry, "priceComponent")):
            if text(component, "type") not in ("", "base"):
                continue
            at = session.at(f"{resource.pointer}/propertyGroup/{group}/priceComponent/{position}")
            price, currency = session.money(component, "amount", at)
            if price is None:
                continue
            retired = text(data, "status") == "retired"
            session.fact(
                ChargePrice(
                    at=at,
                    currency=session.one_currency([currency], at),
                    action="MDL" if retired else "MUP",
                    code=code,
                    description=text(data, "title"),
                    price=price,
                    price_type="UP",
                    effective=text(period, "start"),
                    expires=text(period, "end"),
                    active="I" if retired else "A",
                )
            )


READERS = {
    "ChargeItem": ResourceReader(
        _read_charge_and_use,
        (
            *("identifier", "status", "code", "subject", "context", "encounter", "occurrenceDateTime"),
            *(
                "occurrencePeriod",
                "performer",
                "performingOrganization",
                "requestingOrganization",
                "costCenter",
            ),
            *(
                "quantity",
                "priceOverride",
                "unitPriceComponent",
                "totalPriceComponent",
                "enterer",
                "enteredDate",
            ),
            *("reason", "account"),
        ),
    ),
    "ChargeItemDefinition": ResourceReader(
        read_definition,
        ("url", "title", "status", "code", "effectivePeriod", "propertyGroup.priceComponent"),
    ),
}
