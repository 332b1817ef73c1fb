"""Claims: as Claim to a payer, as Invoice to a patient who pays himself."""

from __future__ import annotations

from collections.abc import Mapping

from hcfin.billing.base import DatedPeriod
from hcfin.billing.claim import Claim, ClaimLine, ClaimSubmission, ClaimType
from hcfin.billing.party import Person, Provider
from hcfin.billing.registration import Coverage
from hcfin.billing.remittance import Procedure
from hcfin.standards.fhir.account_writer import coverage_resource
from hcfin.standards.fhir.bundle_writer import (
    UNKNOWN,
    BundleWriter,
    coded,
    day,
    identifier,
    money,
    named,
    numbered,
    period,
    quantity,
    required,
    tidy,
    whole,
)
from hcfin.standards.fhir.charge_writer import REVENUE, hcpcs_system
from hcfin.standards.fhir.elements import Element
from hcfin.standards.fhir.party_writer import organization, patient, provider
from hcfin.standards.fhir.service import NDC

_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
_TYPES: dict[ClaimType, str] = {
    "professional": "professional",
    "institutional": "institutional",
    "dental": "oral",
}
_PRIORITY = "http://terminology.hl7.org/CodeSystem/processpriority"
_RELATION = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
_ROLE = "http://terminology.hl7.org/CodeSystem/claimcareteamrole"
_PLACE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes"
_ICD_10, _ICD_9 = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-9-cm"
_ICD_10_PROCEDURES = "http://www.cms.gov/Medicare/Coding/ICD10"
_DIAGNOSES = {"ABK": _ICD_10, "ABF": _ICD_10, "BK": _ICD_9, "BF": _ICD_9}
_PROCEDURES = dict.fromkeys(("BBR", "BBQ"), _ICD_10_PROCEDURES)
_MOST_CODES = 100
_ROLES = {"71": "primary", "DN": "referring", "72": "operating", "DQ": "supervisor"}
_SEQUENCES = "PSTABCDEFGH"
_PLACE_ROLE = "77"
_COVERAGE = "coverage"


def write_claim(header: ClaimSubmission, claim: Claim, bundle: BundleWriter) -> None:
    """Add the resource of a claim, and what it refers to."""
    if _is_invoice(header, claim):
        bundle.add(_invoice(header, claim, bundle))
    else:
        bundle.claims.setdefault(claim.account, bundle.add(_claim(header, claim, bundle)))


def _is_invoice(header: ClaimSubmission, claim: Claim) -> bool:
    """Whether nobody but the patient is billed, and nothing is told that only a Claim has."""
    told = (
        *(claim.payer.name, claim.payer.id, claim.sequence, claim.subscriber, claim.predetermination),
        *(claim.codes, claim.dates, claim.providers, claim.references, claim.frequency == "7"),
        *(one.dates or one.units or one.diagnosis_pointers or one.revenue_code for one in claim.lines),
    )
    biller = claim.billing_provider
    # A Claim does not tell what kind of number its submitter has.
    plain = biller is not None and biller.id_qualifier and not header.submitter.id_qualifier
    return not any(told) and not plain


def service(procedure: Procedure | None) -> Element:
    """The service of a line."""
    if procedure is None:
        return {}
    system = {"HC": hcpcs_system(procedure.code), "N4": NDC}.get(procedure.qualifier, "")
    return coded(procedure.code, system, procedure.description) or {"text": procedure.description}


def modifiers(procedure: Procedure | None) -> list[Element]:
    """The modifiers of a service."""
    return [coded(code, hcpcs_system(code)) for code in procedure.modifiers] if procedure else []


def served(dates: tuple[DatedPeriod, ...]) -> Element:
    """The day or days of a line."""
    for one in dates[:1]:
        if one.last is not None:
            return {"servicedPeriod": period(day(one.first), day(one.last))}
        return {"servicedDate": day(one.first)}
    return {}


def claim_type(kind: ClaimType) -> Element:
    """The type of a claim."""
    return coded(_TYPES[kind], _TYPE)


def _patient(bundle: BundleWriter, who: Person | None) -> Element:
    """Of the patient of a claim only the person is told, or only the identifier."""
    if who is not None and who.id:
        return patient(bundle, None, (), who.id)
    return patient(bundle, who, (), "")


def _claim(header: ClaimSubmission, claim: Claim, bundle: BundleWriter) -> Element:
    who = _patient(bundle, claim.patient)
    others = [one for one in claim.references if one.qualifier != "F8"]
    resource: Element = {
        "resourceType": "Claim",
        "identifier": [
            identifier(header.reference),
            *(identifier(one.value, "", one.qualifier) for one in others),
        ],
        "status": "cancelled" if claim.frequency == "8" else "active",
        "type": claim_type(claim.claim_type),
        "use": "predetermination" if claim.predetermination else "claim",
        "patient": required(who),
        "billablePeriod": _days(claim),
        "created": day(header.created),
        "insurer": organization(bundle, claim.payer),
        "provider": required(provider(bundle, claim.billing_provider)),
        "priority": coded("normal", _PRIORITY),
        "related": _related(claim, header.reference),
        "careTeam": numbered(_member(one, bundle) for one in claim.providers if one.role != _PLACE_ROLE),
        "facility": _facility(claim.providers),
        "diagnosis": _codes(claim, "diagnosisCodeableConcept", _DIAGNOSES),
        "procedure": _codes(claim, "procedureCodeableConcept", _PROCEDURES),
        "insurance": _insurance(claim),
        "item": [_line(one, position, claim.currency) for position, one in enumerate(claim.lines, start=1)],
        "total": money(claim.charged, claim.currency),
    }
    if claim.sequence:
        resource["contained"] = [_coverage(claim, who, bundle)]
    return resource


def _days(claim: Claim) -> Element:
    for one in claim.dates[:1]:
        return period(day(one.first), day(one.last or one.first))
    return {}


def _related(claim: Claim, number: str) -> list[Element]:
    numbers = [one.value for one in claim.references if one.qualifier == "F8"]
    # A claim that has a number beside that of its account is told by what it replaces.
    own = claim.account != number
    replaces = claim.frequency == "7" or own
    first: Element = {"claim": {"identifier": {"value": claim.account}}} if own else {}
    return [
        {
            **(first if replaces and not position else {}),
            "relationship": coded("prior" if replaces and not position else "associated", _RELATION),
            "reference": {"value": value},
        }
        for position, value in enumerate(numbers or ([""] if replaces else []))
    ]


def _member(one: Provider, bundle: BundleWriter) -> Element:
    return {"provider": required(provider(bundle, one)), "role": coded(_ROLES.get(one.role, ""), _ROLE)}


def _facility(providers: tuple[Provider, ...]) -> Element:
    for one in providers:
        if one.role == _PLACE_ROLE:
            return named(one.id, "Location", one.name)
    return {}


def _codes(claim: Claim, name: str, systems: Mapping[str, str]) -> list[Element]:
    """Diagnoses or procedures at their numbers; between them may be some that no code tells."""
    told = {one.nth: one for one in claim.codes if one.qualifier in systems}
    most = min(max(told, default=0), _MOST_CODES)
    return numbered(
        {name: coded(told[nth].code, systems[told[nth].qualifier]), "date": day(told[nth].first)}
        if nth in told
        else {name: UNKNOWN}
        for nth in range(1, most + 1)
    )


def _insurance(claim: Claim) -> list[Element]:
    """The payer that is billed is in the focus; those before it are not told, but have their turn."""
    turn = _SEQUENCES.find(claim.sequence) if len(claim.sequence) == 1 else -1
    if turn < 0:
        return []
    before: list[Element] = [{"focal": False, "coverage": UNKNOWN}] * turn
    return numbered([*before, {"focal": True, "coverage": {"reference": f"#{_COVERAGE}"}}])


def _coverage(claim: Claim, who: Element, bundle: BundleWriter) -> Element:
    told = Coverage(
        set_id=_COVERAGE,
        payer=claim.payer,
        group_number=claim.group_number,
        relationship=claim.relationship,
        insured=claim.subscriber,
    )
    resource: Element = tidy(coverage_resource(told, who, claim.patient, bundle))
    return resource


def _line(line: ClaimLine, position: int, currency: str) -> Element:
    counted = line.units if line.unit_basis in ("", "UN") else None
    return {
        "sequence": whole(line.number) or position,
        "diagnosisSequence": [whole(pointer) for pointer in line.diagnosis_pointers],
        "revenue": coded(line.revenue_code, REVENUE),
        "productOrService": required(service(line.procedure)),
        "modifier": modifiers(line.procedure),
        **served(line.dates),
        "locationCodeableConcept": coded(line.facility_type, _PLACE),
        "quantity": quantity(counted),
        "net": money(line.charged, currency),
    }


def _invoice(header: ClaimSubmission, claim: Claim, bundle: BundleWriter) -> Element:
    return {
        "resourceType": "Invoice",
        "identifier": [identifier(header.reference)],
        "status": "cancelled" if claim.frequency == "8" else "issued",
        "subject": _patient(bundle, claim.patient),
        "creation" if bundle.r5 else "date": day(header.created),
        "issuer": provider(bundle, claim.billing_provider),
        "account": named("" if claim.account == header.reference else claim.account, "Account"),
        "lineItem": [
            {
                "sequence": whole(line.number) or position,
                "chargeItemCodeableConcept": required(service(line.procedure)),
                "priceComponent": [{"type": "base", "amount": money(line.charged, claim.currency)}],
            }
            for position, line in enumerate(claim.lines, start=1)
        ],
        "totalGross": money(claim.charged, claim.currency),
    }
