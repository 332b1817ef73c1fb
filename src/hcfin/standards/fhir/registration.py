"""Patient, Account, Coverage and Encounter: what is told of an account. Never posted by itself."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.billing.account import Account, AccountChange
from hcfin.billing.base import InformationalAmount
from hcfin.billing.party import Organization, Person
from hcfin.billing.registration import Coding, Coverage, Encounter, Guarantor, Identifier, Place
from hcfin.standards.fhir.elements import Element, child, children, coded, day, many, number, one, text
from hcfin.standards.fhir.naming import (
    all_identifiers,
    concept,
    named,
    organization,
    person,
    preferred,
    provider,
)
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import NOTHING, Found, Resource
from hcfin.standards.fhir.session import Session

ACCOUNT = ("AN",)
PATIENT = ("MR", "PI", "PT", "MB")
VISIT = ("VN",)
_ENDED: dict[str, AccountChange] = {"inactive": "ended", "entered-in-error": "cancelled"}
_VISIT_ENDED: dict[str, AccountChange] = {
    "finished": "discharged",
    "completed": "discharged",
    "discharged": "discharged",
    "cancelled": "cancelled",
    "entered-in-error": "cancelled",
}
_CLASSES = {
    "IMP": "I",
    "ACUTE": "I",
    "NONAC": "I",
    "AMB": "O",
    "OBSENC": "O",
    "SS": "O",
    "EMER": "E",
    "PRENC": "P",
}
_PARTS = {"attending": "71", "ATND": "71", "REF": "DN", "ADM": "AD", "CON": "CO"}


def patient_of(found: Found) -> tuple[str, Person | None, tuple[Identifier, ...]]:
    """The identifier of a patient, the person where the resource is here, and all identifiers."""
    element = found.resource
    if element is None:
        return named(found, PATIENT), None, ()
    return named(found, PATIENT), person(element, "QC"), all_identifiers(element)


def read_patient(resource: Resource, session: Session) -> None:
    """A patient who stands alone."""
    if resource.bundle is not None and resource.bundle.told_elsewhere(resource.data):
        return  # told with the accounts and coverages that refer to it
    id_, who, ids = patient_of(Found("Patient", resource.id, resource=resource.data))
    session.fact(Account(at=resource.at, event="Patient", patient_id=id_, patient=who, identifiers=ids))


def read_account(resource: Resource, session: Session) -> None:
    """An account with its patient, coverages in their order, guarantors, and balances (R5)."""
    data = resource.data
    id_, who, ids = patient_of(resource.refer(data, "subject"))
    coverages = [
        coverage_of(resource, resource.refer(entry, "coverage"), session, text_of(entry, "priority"))
        for entry in children(data, "coverage")
    ]
    currencies: list[str] = []
    amounts = tuple(_balances(resource, session, currencies))
    session.fact(
        Account(
            at=resource.at,
            currency=session.one_currency(currencies, resource.at),
            unreadable=session.take_unreadable(),
            event="Account",
            change=_ENDED.get(text(data, "status"), "told"),
            facility=organization(resource.refer(data, "owner")).id,
            account=preferred(data, ACCOUNT),
            patient_id=id_,
            identifiers=ids,
            patient=who,
            guarantors=tuple(_guarantors(resource)),
            coverages=tuple(coverages),
            amounts=amounts,
        )
    )


def text_of(element: Element, name: str) -> str:
    """A whole number as a text; empty where there is none."""
    found = number(element, name)
    return "" if found is None else f"{found:f}"


def _balances(resource: Resource, session: Session, currencies: list[str]) -> Iterator[InformationalAmount]:
    for position, balance in enumerate(children(resource.data, "balance")):
        at = session.at(f"{resource.pointer}/balance/{position}")
        amount, currency = session.money(balance, "amount", at)
        if amount is not None:
            words = [coded(child(balance, name)).code for name in ("aggregate", "term")]
            qualifier = "-".join(word for word in ("balance", *words) if word)
            currencies.append(currency)
            yield InformationalAmount(at=at, qualifier=qualifier, amount=amount)


def _guarantors(resource: Resource) -> Iterator[Guarantor]:
    for entry in children(resource.data, "guarantor"):
        party = resource.refer(entry, "party")
        period = child(entry, "period")
        dates = {"begin": day(period, "start"), "end": day(period, "end")}
        if party.type == "Organization":
            yield Guarantor(organization=organization(party).name or named(party), **dates)
        elif party:
            who = person(party.resource, "QD") if party.resource else None
            yield Guarantor(
                identifiers=(Identifier(value=named(party), type="PI"),) if named(party) else (),
                person=who,
                **dates,
            )


def read_coverage(resource: Resource, session: Session) -> None:
    """A coverage that stands alone, or with its patient."""
    beneficiary = resource.refer(resource.data, "beneficiary")
    id_, who, ids = patient_of(beneficiary)
    own = Found("Coverage", resource.id, resource=resource.data)
    session.fact(
        Account(
            at=resource.at,
            event="Coverage",
            patient_id=id_,
            identifiers=ids,
            patient=who,
            coverages=(coverage_of(resource, own, session, ""),),
        )
    )


def coverage_of(resource: Resource, found: Found, session: Session, priority: str) -> Coverage:
    """A coverage as a fact has it; what is only named by a reference is told by that name."""
    data = found.resource
    if data is None:
        return Coverage(
            at=resource.at,
            payer=Organization(name=found.display),
            policy_number=named(found),
            priority=priority,
        )
    payer = _payer(resource, data)
    subscriber = resource.refer(data, "subscriber")
    ids = [Identifier(value=value, type="MB") for value in _values(data, "subscriberId") if value]
    group = _class(data, "group")
    plan = _class(data, "plan")
    period = child(data, "period")
    relation = coded(child(data, "relationship")).code
    return Coverage(
        at=resource.at,
        set_id=text(data, "id"),
        plan=Coding(code=plan[0], text=plan[1]),
        payer=organization(payer),
        group_number=group[0],
        group_name=group[1],
        effective=day(period, "start"),
        expires=day(period, "end"),
        plan_type=(concept(data, "type") or Coding()).code,
        insured=person(subscriber.resource, "IL") if subscriber.resource else None,
        relationship=relation,
        priority=priority or text_of(data, "order"),
        policy_number=next((value for _, value, _ in _plain(data)), ""),
        insured_ids=tuple(ids),
    )


def _plain(data: Element) -> list[tuple[str, str, str]]:
    return [(one_.authority, one_.value, one_.type) for one_ in all_identifiers(data)]


def _payer(resource: Resource, data: Element) -> Found:
    """Who pays: R5 `insurer`, R4 the first `payor`; of a self-payer the person is not told."""
    for name in ("insurer", "payor"):
        for reference in many(data, name):
            found = resource.found(reference)
            if found.type in ("Organization", "") and found:
                return found
    return NOTHING


def _values(data: Element, name: str) -> list[str]:
    """Texts (R4) or the values of identifiers (R5)."""
    return [text(value, "value") if isinstance(value, dict) else str(value) for value in many(data, name)]


def _class(data: Element, kind: str) -> tuple[str, str]:
    """Value and name of a class of the coverage: a text in R4, an identifier in R5."""
    for entry in children(data, "class"):
        if coded(child(entry, "type")).code == kind:
            value = one(entry, "value")
            return (text(value, "value") if isinstance(value, dict) else text(entry, "value")), text(
                entry, "name"
            )
    return "", ""


def read_encounter(resource: Resource, session: Session) -> None:
    """A visit or stay, with the accounts that it is charged to."""
    data = resource.data
    id_, who, ids = patient_of(resource.refer(data, "subject"))
    visit = preferred(data, VISIT)
    accounts = [named(resource.found(reference), ACCOUNT) for reference in many(data, "account")] or [""]
    for account in dict.fromkeys(accounts):
        session.fact(
            Account(
                at=resource.at,
                event="Encounter",
                change=_VISIT_ENDED.get(text(data, "status"), "told"),
                facility=organization(resource.refer(data, "serviceProvider")).id,
                account=account,
                visit=visit,
                patient_id=id_,
                identifiers=ids,
                patient=who,
                encounter=encounter_of(resource),
            )
        )


def encounter_of(resource: Resource) -> Encounter:
    """R4 `class` is a Coding, R5's a list of concepts; the period and the stay have other names in R5."""
    data = resource.data
    own = one(data, "class")
    code = text(own, "code") if isinstance(own, dict) else ""
    code = code or (coded(own).code if isinstance(own, dict) else "")
    period = child(data, "period") or child(data, "actualPeriod")
    stay = child(data, "hospitalization") or child(data, "admission")
    where = next(iter(children(data, "location")), {})
    place = resource.refer(where, "location")
    providers = []
    for participant in children(data, "participant"):
        role = coded(next(iter(children(participant, "type")), {})).code
        who = provider(
            resource, one(participant, "individual") or one(participant, "actor"), _PARTS.get(role, "82")
        )
        if who is not None:
            providers.append(who)
    return Encounter(
        at=resource.at,
        patient_class=_CLASSES.get(code, code),
        place=Place(point_of_care=text(place.resource or {}, "name") or place.display) if place else None,
        admission_type=coded(child(data, "priority")).code,
        admission_source=coded(child(stay, "admitSource")).code,
        disposition=coded(child(stay, "dischargeDisposition")).code,
        admitted=text(period, "start"),
        discharged=text(period, "end"),
        providers=tuple(providers),
    )


READERS = {
    "Patient": ResourceReader(read_patient, ("identifier", "name", "birthDate", "gender", "address")),
    "Account": ResourceReader(
        read_account,
        ("identifier", "status", "subject", "owner", "coverage", "guarantor", "balance", "currency"),
    ),
    "Coverage": ResourceReader(
        read_coverage,
        (
            *(
                "identifier",
                "beneficiary",
                "subscriber",
                "subscriberId",
                "payor",
                "insurer",
                "class",
                "period",
            ),
            *("type", "relationship", "order"),
        ),
    ),
    "Encounter": ResourceReader(
        read_encounter,
        (
            *("identifier", "status", "class", "subject", "participant", "period", "actualPeriod", "account"),
            *("priority", "hospitalization", "admission", "location", "serviceProvider"),
        ),
    ),
}
