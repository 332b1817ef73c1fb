"""Claim: what a provider bills a payer for. Preauthorizations and predeterminations bill nothing.

Each Claim is a submission of its own, because FHIR has no envelope that would hold several.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from hcfin.billing.base import DatedPeriod, Reference
from hcfin.billing.claim import Claim, ClaimCode, ClaimLine, ClaimSubmission, ClaimType, submission_ref
from hcfin.billing.claim_findings import claim_findings
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.registration import Coverage
from hcfin.billing.remittance import Procedure
from hcfin.issues import located
from hcfin.money import extend
from hcfin.standards.fhir.elements import (
    Element,
    child,
    children,
    coded,
    day,
    identifiers,
    many,
    number,
    one,
    text,
)
from hcfin.standards.fhir.naming import named, organization, person, preferred, provider
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.registration import PATIENT, coverage_of
from hcfin.standards.fhir.release import form_of
from hcfin.standards.fhir.replaced import RELATIONS, account_number
from hcfin.standards.fhir.resource import Found, Resource
from hcfin.standards.fhir.service import procedure_of
from hcfin.standards.fhir.session import Session

_TYPES: dict[str, ClaimType] = {
    "institutional": "institutional",
    "professional": "professional",
    "oral": "dental",
    "pharmacy": "professional",
    "vision": "professional",
}
_SEQUENCES = ("P", "S", "T", "A", "B", "C", "D", "E", "F", "G", "H")
_PREDETERMINED = {"predetermination": "PB", "preauthorization": "PB"}
_ICD = {"icd-10": ("ABK", "ABF"), "icd-9": ("BK", "BF")}
_NONE = Decimal("0.00")


def read_claim(resource: Resource, session: Session) -> None:
    """A submission and its claim."""
    data, at = resource.data, resource.at
    if form_of(data, session.profile.release) == "older":
        session.issue("FHIR_RELEASE_UNSUPPORTED", at)
        return
    status = text(data, "status")
    if status == "draft":
        session.issue("CLAIM_NOT_SENT", at, "status", status=status)
        return
    lines, sums, currencies = _lines(resource, session)
    total, currency = session.money(data, "total", at, "charged")
    currencies.append(currency)
    charged = total if total is not None else sum(sums, _NONE)
    billing = provider(resource, one(data, "provider"), "85")
    created = day(data, "created")
    reference = preferred(data)
    payer, insured, coverage, turn = _insurance(resource, session)
    kind = coded(child(data, "type"))
    header = ClaimSubmission(
        at=at,
        ref=submission_ref(billing.id if billing else "", reference, created),
        claim_type=_TYPES.get(kind.code, "professional"),
        reference=reference,
        created=created,
        use="CH",
        submitter=Organization(name=billing.name, id=billing.id) if billing else Organization(),
        receiver=payer,
    )
    claim = Claim(
        at=at,
        currency=session.one_currency(currencies, at),
        unreadable=session.take_unreadable(),
        submission=header.ref,
        claim_type=header.claim_type,
        account=account_number(Found("Claim", resource.id, resource=data), resource),
        charged=charged,
        frequency=_frequency(data, status),
        predetermination="PB" if resource.estimated else _PREDETERMINED.get(text(data, "use"), ""),
        sequence=turn,
        filing_indicator="" if payer.name or payer.id else "09",
        group_number=coverage.group_number if coverage else "",
        relationship=coverage.relationship if coverage else "",
        payer=payer,
        subscriber=insured,
        patient=_patient(resource),
        billing_provider=billing,
        providers=tuple(_care_team(resource)),
        codes=tuple(_codes(data, at)),
        dates=tuple(_dates(data, at)),
        references=tuple(_references(resource)),
        lines=tuple(lines),
    )
    session.fact(header)
    session.fact(claim)
    tell_findings(claim, session)


def tell_findings(claim: Claim, session: Session) -> None:
    """What does not add up in a claim, at its places."""
    for issue in claim_findings(claim, "fhir"):
        known = issue.origin
        at, element = (known.at, known.element) if known else (claim.at, "")
        session.add(located(issue, session.trail.origin(at, element)))


def _frequency(data: Element, status: str) -> str:
    if status in ("cancelled", "entered-in-error"):
        return "8"
    for related in children(data, "related"):
        code = coded(child(related, "relationship")).code
        if code in RELATIONS:
            return "7"
    return "1"


def _references(resource: Resource) -> Iterator[Reference]:
    """The payer's number of the claim that is replaced, and further identifiers."""
    for related in children(resource.data, "related"):
        value = text(child(related, "reference"), "value")
        if value:
            yield Reference(at=resource.at, qualifier="F8", value=value)
    for system, value, _ in list(identifiers(resource.data))[1:]:
        if value:
            yield Reference(at=resource.at, qualifier=system or "?", value=value)


def _insurance(
    resource: Resource, session: Session
) -> tuple[Organization, Person | None, Coverage | None, str]:
    """The payer that is billed (focal, else the first): its organisation, who is insured, and its turn."""
    entries = children(resource.data, "insurance")
    ordered = sorted(entries, key=lambda entry: number(entry, "sequence") or Decimal(1))
    focal = next((entry for entry in ordered if one(entry, "focal") in (True, "true")), None)
    chosen = focal or (ordered[0] if ordered else None)
    if chosen is None:
        return organization(resource.refer(resource.data, "insurer")), None, None, ""
    coverage = coverage_of(resource, resource.refer(chosen, "coverage"), session, "")
    insurer = organization(resource.refer(resource.data, "insurer"))
    payer = insurer if insurer.name or insurer.id else coverage.payer
    turn = ordered.index(chosen)
    return payer, coverage.insured, coverage, _SEQUENCES[min(turn, len(_SEQUENCES) - 1)]


def _patient(resource: Resource) -> Person | None:
    found = resource.refer(resource.data, "patient")
    if found.resource is not None:
        return person(found.resource, "QC")
    id_ = named(found, PATIENT)
    return Person(role="QC", entity="1", id=id_) if id_ else None


def _care_team(resource: Resource) -> Iterator[Provider]:
    roles = {"primary": "71", "attending": "71", "referring": "DN", "operating": "72", "supervisor": "DQ"}
    for member in children(resource.data, "careTeam"):
        role = coded(child(member, "role")).code
        found = provider(resource, one(member, "provider"), roles.get(role, "82"))
        if found is not None:
            yield found
    place = provider(resource, one(resource.data, "facility"), "77")
    if place is not None:
        yield place


def _codes(data: Element, at: int) -> Iterator[ClaimCode]:
    """Diagnoses, the first one principal, and procedures."""
    for nth, diagnosis in enumerate(children(data, "diagnosis"), start=1):
        code = coded(child(diagnosis, "diagnosisCodeableConcept"))
        if code.code:
            names = next((pair for word, pair in _ICD.items() if word in code.system.lower()), ("ABK", "ABF"))
            yield ClaimCode(at=at, nth=nth, qualifier=names[0] if nth == 1 else names[1], code=code.code)
    for nth, procedure in enumerate(children(data, "procedure"), start=1):
        code = coded(child(procedure, "procedureCodeableConcept"))
        if code.code:
            qualifier = "BBR" if nth == 1 else "BBQ"
            yield ClaimCode(at=at, nth=nth, qualifier=qualifier, code=code.code, first=day(procedure, "date"))


def _dates(data: Element, at: int) -> Iterator[DatedPeriod]:
    period = child(data, "billablePeriod")
    first, last = day(period, "start"), day(period, "end")
    if first:
        yield DatedPeriod(at=at, qualifier="434", first=first, last=last if last != first else None)


def _lines(resource: Resource, session: Session) -> tuple[list[ClaimLine], list[Decimal], list[str]]:
    lines: list[ClaimLine] = []
    sums: list[Decimal] = []
    currencies: list[str] = []
    for position, item in enumerate(children(resource.data, "item")):
        at = session.at(f"{resource.pointer}/item/{position}")
        net, currency = session.money(item, "net", at, "lines.charged")
        quantity = session.quantity(item, "quantity", at, "lines.units")
        unit, unit_currency = session.money(item, "unitPrice", at)
        currencies += [currency, unit_currency]
        if net is None and unit is not None:
            factor = number(item, "factor")
            if factor is None:
                net, _ = extend(unit, Decimal(1) if quantity is None else quantity, unit_currency)
        if net is None:
            session.issue("CLAIM_LINE_UNPRICED", at, "net")
            net = _NONE
        sums.append(net)
        first, last = _served(item)
        lines.append(
            ClaimLine(
                at=at,
                number=f"{number(item, 'sequence') or position + 1:f}",
                revenue_code=coded(child(item, "revenue")).code,
                procedure=_procedure(item),
                charged=net,
                unit_basis="UN" if quantity is not None else "",
                units=quantity,
                facility_type=coded(child(item, "locationCodeableConcept")).code,
                diagnosis_pointers=tuple(_pointers(item)),
                dates=(DatedPeriod(at=at, qualifier="472", first=first, last=last),) if first else (),
            )
        )
    return lines, sums, currencies


def _pointers(item: Element) -> Iterator[str]:
    for pointer in many(item, "diagnosisSequence"):
        if str(pointer).isdigit():
            yield str(pointer)


def _served(item: Element) -> tuple[date | None, date | None]:
    period = child(item, "servicedPeriod")
    first = day(item, "servicedDate") or day(period, "start")
    last = day(period, "end")
    return first, last if last != first else None


def _procedure(item: Element) -> Procedure | None:
    found = procedure_of(item)
    return found if found.code or found.description else None


READERS = {
    "Claim": ResourceReader(
        read_claim,
        (
            *("identifier", "status", "type", "use", "patient", "created", "insurer", "provider", "related"),
            *("careTeam", "facility", "diagnosis", "procedure", "insurance", "billablePeriod", "total"),
            *("item.sequence", "item.revenue", "item.productOrService", "item.modifier", "item.net"),
            *("item.quantity", "item.unitPrice", "item.servicedDate", "item.servicedPeriod"),
            *("item.locationCodeableConcept", "item.diagnosisSequence"),
        ),
    )
}
