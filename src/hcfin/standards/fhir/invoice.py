"""Invoice: a bill to a person. It is a claim without a payer, so it moves charges to the patient.

A line is what its price components add up to: base, surcharge and tax, less deduction and discount; those
that only inform count where there are no others.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.claim import Claim, ClaimLine, ClaimSubmission, submission_ref
from hcfin.billing.party import Organization, Provider
from hcfin.billing.remittance import Procedure
from hcfin.standards.fhir.claim import tell_findings
from hcfin.standards.fhir.elements import Element, child, children, codings, day, number, one, text
from hcfin.standards.fhir.naming import named, organization, person, preferred, provider
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.registration import ACCOUNT
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_SIGNS = {"base": 1, "surcharge": 1, "tax": 1, "deduction": -1, "discount": -1}
_SELF_PAY = "09"
_VOID = frozenset({"cancelled", "entered-in-error"})
_NONE = Decimal("0.00")


def read_invoice(resource: Resource, session: Session) -> None:
    """A submission with one claim to the patient."""
    data, at = resource.data, resource.at
    status = text(data, "status")
    if status not in ("issued", "balanced", *_VOID):
        session.issue("CLAIM_NOT_SENT", at, "status", status=status)
        return
    currencies: list[str] = []
    lines = [
        _line(resource, item, position, session, currencies)
        for position, item in enumerate(children(data, "lineItem"))
    ]
    name = "totalGross" if "totalGross" in data else "totalNet"
    total, currency = session.money(data, name, at, "charged")
    currencies.append(currency)
    created = day(data, "date") or day(data, "creation")
    issuer = provider(resource, one(data, "issuer"), "85")
    reference = preferred(data)
    account = named(resource.refer(data, "account"), ACCOUNT) or reference
    header = ClaimSubmission(
        at=at,
        ref=submission_ref(issuer.id if issuer else "", reference, created),
        claim_type="professional",
        reference=reference,
        created=created,
        use="CH",
        submitter=organization(resource.refer(data, "issuer")),
    )
    patient = resource.refer(data, "subject")
    claim = Claim(
        at=at,
        currency=session.one_currency(currencies, at),
        unreadable=session.take_unreadable(),
        submission=header.ref,
        claim_type="professional",
        account=account,
        charged=total if total is not None else sum((line.charged for line in lines), _NONE),
        frequency="8" if status in _VOID else "1",
        filing_indicator=_SELF_PAY,
        payer=Organization(),
        patient=person(patient.resource, "QC") if patient.resource else None,
        billing_provider=issuer or Provider(role="85", entity="2"),
        lines=tuple(lines),
    )
    session.fact(header)
    session.fact(claim)
    tell_findings(claim, session)


def _line(
    resource: Resource, item: Element, position: int, session: Session, currencies: list[str]
) -> ClaimLine:
    at = session.at(f"{resource.pointer}/lineItem/{position}")
    components = children(item, "priceComponent")
    counted = [one_ for one_ in components if text(one_, "type") in _SIGNS]
    charged = _NONE
    for number_, component in enumerate(components):
        if counted and component not in counted:
            continue
        there = session.at(f"{resource.pointer}/lineItem/{position}/priceComponent/{number_}")
        amount, currency = session.money(component, "amount", there, "lines.charged")
        currencies.append(currency)
        if amount is not None:
            charged += amount * _SIGNS.get(text(component, "type"), 1)
    sequence = number(item, "sequence")
    charge = resource.refer(item, "chargeItemReference").resource or {}
    concept = child(item, "chargeItemCodeableConcept") or child(charge, "code")
    code = next((one_ for one_ in codings(concept) if one_.code), None)
    return ClaimLine(
        at=at,
        number=f"{position + 1 if sequence is None else sequence:f}",
        procedure=Procedure(code=code.code, description=code.display) if code else None,
        charged=charged,
    )


READERS = {
    "Invoice": ResourceReader(
        read_invoice,
        (
            *("identifier", "status", "subject", "date", "creation", "issuer", "account", "totalGross"),
            *("totalNet", "lineItem.sequence", "lineItem.chargeItemReference"),
            *("lineItem.chargeItemCodeableConcept", "lineItem.priceComponent"),
        ),
    )
}
