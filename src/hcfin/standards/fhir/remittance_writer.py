"""Remittances as a PaymentReconciliation with its responses; statements of benefits as a response by itself.

A ClaimResponse says amounts and reasons of a line by its number alone. Where lines tell a service, days or
counts, or the claim its days, an ExplanationOfBenefit is written, which has places for them. In R5 the
response of an allocation is a ClaimResponse by definition, so such details of a remittance are R4's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hcfin.billing.base import Adjustment, InformationalAmount, Reference
from hcfin.billing.party import Individual
from hcfin.billing.registration import Identifier
from hcfin.billing.remittance import ClaimPayment, Remittance, ServicePayment
from hcfin.standards.fhir import adjudication
from hcfin.standards.fhir.bundle_writer import (
    UNKNOWN,
    BundleWriter,
    coded,
    day,
    id_of,
    identifier,
    money,
    named,
    period,
    quantity,
    required,
    whole,
)
from hcfin.standards.fhir.charge_writer import REVENUE
from hcfin.standards.fhir.claim_writer import claim_type, modifiers, service
from hcfin.standards.fhir.elements import Element
from hcfin.standards.fhir.party_writer import organization, patient

_CATEGORY = "http://terminology.hl7.org/CodeSystem/adjudication"
_CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
_INFO = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
_IDENTIFIER = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
_PAYMENT = "http://terminology.hl7.org/CodeSystem/payment-type"
_METHOD = "http://terminology.hl7.org/CodeSystem/v2-0570"
_COMPLETE = "http://terminology.hl7.org/CodeSystem/ex-paymenttype"
_CATEGORIES = frozenset({"submitted", "copay", "eligible", "deductible", "tax", "benefit"})
_REVERSED, _PREDETERMINED = "22", "25"
_OTHERS = {"AP": "advance", "CS": "adjustment"}
_METHODS = {"CHK": "CHCK", "ACH": "DDPO", "FWT": "SWFT"}
UNSEEN = ("charged", "status")
"""What a reader cannot know of a payment whose response it has not seen."""


def write_remittance(header: Remittance, claims: Sequence[ClaimPayment], bundle: BundleWriter) -> None:
    """Add the resources of a remittance and its claims."""
    if header.told_by == "benefit_statement":
        for claim in claims:
            response = _response(claim, header, bundle, detailed=_detailed(claim))
            bundle.add(response | {"payment": _payment(header)})
        return
    url, sign = bundle.url(), _sign(header)
    responses = [
        ""
        if claim.unreadable == UNSEEN
        else bundle.add(
            _response(claim, header, bundle, detailed=not bundle.r5 and _detailed(claim)), bundle.url()
        )
        for claim in claims
    ]
    details = [_detail(one, sign, told, bundle) for one, told in zip(claims, responses, strict=True)]
    for other in header.provider_adjustments:
        kind = coded(_OTHERS.get(other.code, "adjustment"), _PAYMENT)
        amount = money(-other.amount * sign, header.currency)
        details.append({"identifier": {"value": other.reference}, "type": kind, "amount": amount})
    bundle.add(_reconciliation(header, details, bundle), url)


def _detailed(claim: ClaimPayment) -> bool:
    """Whether something is told that a ClaimResponse has no place for."""
    return bool(claim.dates) or any(
        line.procedure.code
        or line.procedure.description
        or line.procedure.modifiers
        or line.revenue_code
        or line.dates
        or line.units != 1
        for line in claim.lines
    )


def _sign(header: Remittance) -> int:
    """What is taken back is told with the signs of what it takes back."""
    return -1 if header.taken_back else 1


def _reconciliation(header: Remittance, details: list[Element], bundle: BundleWriter) -> Element:
    amount = money(header.payment * _sign(header), header.currency)
    created = day(header.production_date)
    resource: Element = {
        "resourceType": "PaymentReconciliation",
        "status": "cancelled" if header.taken_back else "active",
        "created": created,
        "_created": {} if created else UNKNOWN,
        "paymentIssuer": organization(bundle, header.payer),
        "requestor": organization(bundle, header.payee),
        "outcome": "complete",
        "paymentIdentifier": {"value": header.trace},
    }
    name = "date" if bundle.r5 else "paymentDate"
    paid = day(header.payment_date)
    resource |= {name: paid, f"_{name}": {} if paid else UNKNOWN}
    if bundle.r5:
        resource |= {"type": coded("payment", _PAYMENT), "amount": amount, "allocation": details}
        return resource | {"method": coded(_METHODS.get(header.method, ""), _METHOD)}
    return resource | {"paymentAmount": amount, "detail": details}


def _detail(claim: ClaimPayment, sign: int, response: str, bundle: BundleWriter) -> Element:
    answered = {"reference": response} if response else named(claim.payer_claim_number, "ClaimResponse")
    return {
        "type": coded("payment", _PAYMENT),
        "target" if bundle.r5 else "request": _claim_of(claim, bundle),
        "response": answered,
        "amount": money(claim.paid * sign, claim.currency),
    }


def _claim_of(claim: ClaimPayment, bundle: BundleWriter) -> Element:
    """The claim: in this bundle, or by its number."""
    url = bundle.claims.get(claim.account)
    return {"reference": url} if url else named(claim.account, "Claim")


def _payment(header: Remittance) -> Element:
    return {
        "type": coded("complete", _COMPLETE),
        "date": day(header.payment_date),
        "amount": money(header.payment * _sign(header), header.currency),
        "identifier": {"value": header.trace} if header.names_payment() else {},
    }


def _response(claim: ClaimPayment, header: Remittance, bundle: BundleWriter, *, detailed: bool) -> Element:
    """A ClaimResponse; `detailed` an ExplanationOfBenefit."""
    sign = -1 if claim.status == _REVERSED else 1
    statement = header.told_by == "benefit_statement"
    # What a reconciliation that is taken back names is told as it was before.
    cancelled = (sign < 0) is not (header.taken_back and not statement)
    # Of a response that a reconciliation names only that one's own day is told.
    created = day(header.production_date) or ("" if statement else day(header.payment_date))
    turn = whole(claim.status)
    institutional = any(line.revenue_code for line in claim.lines)
    insured = {"focal": True, "coverage": UNKNOWN}
    resource: Element = {
        "resourceType": "ExplanationOfBenefit" if detailed else "ClaimResponse",
        "id": "" if claim.references else id_of(claim.payer_claim_number),
        "identifier": _identifiers(claim.references, claim.payer_claim_number),
        "status": "cancelled" if cancelled else "active",
        "type": claim_type("institutional" if institutional else "professional"),
        "use": "predetermination" if claim.status == _PREDETERMINED else "claim",
        "patient": required(_patient(claim.parties, bundle)),
        "created": created,
        "_created": {} if created else UNKNOWN,
        "insurer": required(organization(bundle, header.payer)),
        "outcome": "complete",
        "adjudication": _header(claim, sign),
        "item": [_line(one, position, claim, sign, detailed) for position, one in enumerate(claim.lines, 1)],
        "total": _totals(claim, sign),
    }
    payee = organization(bundle, header.payee)
    if not detailed:
        if turn in (2, 3):
            resource["insurance"] = [{"sequence": turn, **insured}]
        return resource | {"requestor": payee, "request": _claim_of(claim, bundle)}
    info = {
        "sequence": 1,
        "category": coded("patientaccountnumber", _INFO),
        "valueString": claim.account,
    }
    linked = claim.account in bundle.claims
    return resource | {
        "billablePeriod": _period(claim),
        "provider": required(payee),
        "claim": _claim_of(claim, bundle) if linked else {},
        "supportingInfo": [info] if claim.account and not linked else [],
        "insurance": [insured],
        **({"precedence": turn} if turn in (2, 3) else {}),
    }


def _identifiers(references: Sequence[Reference], number: str) -> list[Element]:
    made = [identifier(one.value, "", one.qualifier) for one in references]
    for position, one in enumerate(references):
        if one.value == number:
            if position:
                made[position]["type"] = coded("uc", _IDENTIFIER)
            break
    return made


def _patient(parties: Sequence[Individual], bundle: BundleWriter) -> Element:
    for one in parties:
        if one.role == "QC":
            if not (one.last_name or one.first_name or one.middle_name):
                return named(one.id, "Patient")
            return patient(bundle, one, [Identifier(value=one.id)] if one.id else [], "")
    return {}


def _period(claim: ClaimPayment) -> Element:
    days = {one.qualifier: day(one.day) for one in claim.dates}
    return period(days.get("232", ""), days.get("233", ""))


# Amounts


def _header(claim: ClaimPayment, sign: int) -> list[Element]:
    """What the header says: everything where it reduces the payment, else no more than the remarks."""
    remarks = _reasons(claim.remarks)
    if claim.lines or not claim.adjustments:
        return [{"category": _category("submitted"), "reason": remarks}] if remarks else []
    return _adjudications(
        claim.charged * sign,
        claim.paid * sign,
        claim.adjustments,
        claim.amounts,
        remarks,
        claim.currency,
        sign,
    )


def _totals(claim: ClaimPayment, sign: int) -> list[Element]:
    by_header = claim.adjustments and not claim.lines
    told = [] if by_header else [_told(one, claim.currency) for one in claim.amounts]
    return [
        _amount("submitted", claim.charged * sign, claim.currency),
        *told,
        _amount("benefit", claim.paid * sign, claim.currency),
    ]


def _line(line: ServicePayment, position: int, claim: ClaimPayment, sign: int, detailed: bool) -> Element:
    number = next((whole(one.value) for one in line.references if one.qualifier == "6R"), None) or position
    # What is submitted less what is eligible is not eligible; where nobody says so, the charge is the net.
    apart = any(one.qualifier == "eligible" for one in line.amounts) and all(
        one.reason != "ineligible" for one in line.adjustments
    )
    told = _adjudications(
        None if apart and detailed else line.charged * sign,
        line.paid * sign,
        line.adjustments,
        line.amounts,
        _reasons(line.remarks),
        claim.currency,
        sign,
    )
    if not detailed:
        return {"itemSequence": number, "adjudication": told}
    return {
        "sequence": number,
        "revenue": coded(line.revenue_code, REVENUE),
        "productOrService": required(service(line.procedure)),
        "modifier": modifiers(line.procedure),
        "servicedDate": next((day(one.day) for one in line.dates), ""),
        "quantity": {} if line.units == 1 else quantity(line.units),
        "net": money(line.charged * sign, claim.currency) if apart else {},
        "adjudication": told,
    }


def _adjudications(
    charged: Decimal | None,
    paid: Decimal,
    adjustments: Sequence[Adjustment],
    amounts: Sequence[InformationalAmount],
    remarks: Element,
    currency: str,
    sign: int,
) -> list[Element]:
    return [
        *(
            []
            if charged is None and not remarks
            else [_amount("submitted", charged, currency) | {"reason": remarks}]
        ),
        *(_told(one, currency) for one in amounts),
        # What is not eligible is the difference to what is.
        *(_adjustment(one, currency, sign) for one in adjustments if one.reason != "ineligible"),
        _amount("benefit", paid, currency),
    ]


def _adjustment(one: Adjustment, currency: str, sign: int) -> Element:
    amount = money(one.amount * sign, currency)
    standard, _, local = one.reason.partition("/")
    if not one.group and standard in adjudication.REDUCING:
        category = _category(standard)
        if local:
            category["coding"].append({"code": local})
        return {"category": category, "amount": amount}
    if not one.group and one.reason == adjudication.LIABILITY:
        return {"category": _category(one.reason), "amount": amount}
    category = coded(one.group, adjudication.GROUP) or {"text": "adjustment"}
    return {"category": category, "reason": coded(one.reason, adjudication.CARC[0]), "amount": amount}


def _told(one: InformationalAmount, currency: str) -> Element:
    standard = one.qualifier in _CATEGORIES
    category = _category(one.qualifier) if standard else coded(one.qualifier)
    return {"category": category, "amount": money(one.amount, currency)}


def _amount(code: str, amount: Decimal | None, currency: str) -> Element:
    return {"category": _category(code), "amount": money(amount, currency)}


def _category(code: str) -> Element:
    return coded(code, _CATEGORY if code in _CATEGORIES else _CARIN)


def _reasons(remarks: Sequence[str]) -> Element:
    return {"coding": [{"system": adjudication.RARC, "code": code} for code in remarks]} if remarks else {}
