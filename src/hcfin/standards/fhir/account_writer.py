"""Accounts as Patient, Account, Coverage or Encounter, as their event says."""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.account import Account, AccountChange
from hcfin.billing.party import Individual, Organization, Person
from hcfin.billing.registration import Coverage, Encounter, Guarantor
from hcfin.standards.fhir.bundle_writer import (
    UNKNOWN,
    BundleWriter,
    coded,
    day,
    id_of,
    identifier,
    moment,
    money,
    named,
    period,
    required,
    tidy,
    whole,
)
from hcfin.standards.fhir.elements import Element
from hcfin.standards.fhir.party_writer import organization, patient, patient_resource, provider, relative

_CLASS_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_COVERAGE_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
_AGGREGATE = "http://hl7.org/fhir/account-aggregate"
_STATUS: dict[AccountChange, str] = {"told": "active", "ended": "inactive", "cancelled": "entered-in-error"}
_CLASSES = {"I": "IMP", "O": "AMB", "E": "EMER", "P": "PRENC"}
_PARTS = {"71": "ATND", "DN": "REF", "AD": "ADM", "CO": "CON"}


def event_of(fact: Account) -> str:
    """The resource that an account is: what it came from, or what it tells."""
    return fact.event or ("Encounter" if fact.encounter is not None else "Account")


def write_account(fact: Account, bundle: BundleWriter) -> None:
    """Add the resource of an account, and what it refers to."""
    event = event_of(fact)
    if event == "Patient":
        bundle.add(patient_resource(fact.patient, fact.identifiers, fact.patient_id))
        return
    who = patient(bundle, fact.patient, fact.identifiers, fact.patient_id)
    if event == "Encounter":
        bundle.add(_encounter(fact, fact.encounter or Encounter(), who, bundle))
    elif event == "Coverage":
        for coverage in fact.coverages:
            bundle.add(coverage_resource(coverage, who, fact.patient, bundle))
    else:
        bundle.add(_account(fact, who, bundle))


def _account(fact: Account, who: Element, bundle: BundleWriter) -> Element:
    contained: list[Element] = []
    entries = []
    for coverage in fact.coverages:
        resource = tidy(coverage_resource(coverage, who, fact.patient, bundle, order=False))
        if "id" in resource:
            contained.append(resource)
            reference: Element = {"reference": f"#{resource['id']}"}
        else:
            reference = named(coverage.policy_number, "Coverage", coverage.payer.name)
        entries.append({"coverage": required(reference), "priority": whole(coverage.priority)})
    resource = {
        "resourceType": "Account",
        "contained": contained,
        "identifier": [identifier(fact.account, "AN")],
        "status": _STATUS.get(fact.change, "unknown"),
        "subject": [who],
        "coverage": entries,
        "owner": organization(bundle, Organization(id=fact.facility)),
        "guarantor": [_guarantor(one, fact, who, bundle) for one in fact.guarantors],
    }
    if bundle.r5:
        resource["balance"] = [
            _balance(one.qualifier, one.amount, fact.currency)
            for one in fact.amounts
            if one.qualifier.partition("-")[0] == "balance"
        ]
    return resource


def _balance(qualifier: str, amount: Decimal, currency: str) -> Element:
    _, _, aggregate = qualifier.partition("-")
    return {"aggregate": coded(aggregate, _AGGREGATE), "amount": money(amount, currency)}


def _guarantor(one: Guarantor, fact: Account, who: Element, bundle: BundleWriter) -> Element:
    value = next((known.value for known in one.identifiers), "")
    party: Element
    if one.organization:
        party = named("", "Organization", one.organization)
    elif one.person is None:
        party = named(value, "RelatedPerson")
    elif _same(one.person, fact.patient) and value in ("", *(known.value for known in fact.identifiers[:1])):
        party = who
    else:
        party = relative(bundle, one.person, value, required(who))
    return {"party": required(party), "period": period(day(one.begin), day(one.end))}


def _same(person: Person, other: Individual | None) -> bool:
    """Whether it is the same person in another part."""
    return other is not None and person == other.model_copy(update={"role": person.role})


def coverage_resource(
    coverage: Coverage, who: Element, patient_: Person | None, bundle: BundleWriter, *, order: bool = True
) -> Element:
    """A Coverage. `order` is left out where the turn of the coverage stands beside it."""
    insured = coverage.insured
    subscriber: Element = {}
    if insured is not None:
        subscriber = who if _same(insured, patient_) else relative(bundle, insured, "", required(who))
    payer = organization(bundle, coverage.payer)
    members = [one.value for one in coverage.insured_ids]
    classes = [
        _class("group", coverage.group_number, coverage.group_name, bundle),
        _class("plan", coverage.plan.code, coverage.plan.text, bundle),
    ]
    resource: Element = {
        "resourceType": "Coverage",
        "id": id_of(coverage.set_id),
        "identifier": [identifier(coverage.policy_number)],
        "status": "active",
        "type": coded(coverage.plan_type),
        "subscriber": subscriber,
        "beneficiary": required(who),
        "relationship": coded(coverage.relationship, _RELATIONSHIP),
        "period": period(day(coverage.effective), day(coverage.expires)),
        "class": classes,
        "order": whole(coverage.priority) if order else None,
    }
    if bundle.r5:
        resource |= {"kind": "insurance", "subscriberId": [{"value": one} for one in members]}
        resource["insurer"] = payer
    else:
        resource |= {"subscriberId": next(iter(members), ""), "payor": [required(payer)]}
    return resource


def _class(kind: str, value: str, name: str, bundle: BundleWriter) -> Element:
    if not value:
        return {}
    told: object = {"value": value} if bundle.r5 else value
    return {"type": coded(kind, _COVERAGE_CLASS), "value": told, "name": name}


def _encounter(fact: Account, told: Encounter, who: Element, bundle: BundleWriter) -> Element:
    ended = "completed" if bundle.r5 else "finished"
    status = {"discharged": ended, "cancelled": "cancelled"}.get(fact.change, "in-progress")
    code = _CLASSES.get(told.patient_class, told.patient_class)
    own = {"system": _CLASS_SYSTEM, "code": code}
    times = period(moment(told.admitted), moment(told.discharged))
    stay = {"admitSource": coded(told.admission_source), "dischargeDisposition": coded(told.disposition)}
    place = told.place.point_of_care if told.place else ""
    participant = "actor" if bundle.r5 else "individual"
    resource: Element = {
        "resourceType": "Encounter",
        "identifier": [identifier(fact.visit, "VN")],
        "status": status,
        "class": [{"coding": [own]}] if bundle.r5 and code else own if code else UNKNOWN,
        "priority": coded(told.admission_type),
        "subject": who,
        "participant": [
            {"type": [coded(_PARTS.get(one.role, ""), _PARTICIPATION)], participant: provider(bundle, one)}
            for one in told.providers
        ],
        "account": [named(fact.account, "Account")],
        "location": [{"location": named("", "Location", place)}],
        "serviceProvider": organization(bundle, Organization(id=fact.facility)),
    }
    if bundle.r5:
        if not code:
            del resource["class"]
        return resource | {"actualPeriod": times, "admission": stay}
    return resource | {"period": times, "hospitalization": stay}
