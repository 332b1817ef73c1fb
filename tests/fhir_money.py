"""FHIR bundles with invented money: statements of benefits, reconciliations, claims, and the same as X12."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

Element = dict[str, Any]

PAYER, PAYEE = "1999999999", "1234567893"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
REASON = "https://x12.org/codes/claim-adjustment-reason-codes"
RELATED = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
OWN = "http://example.org/fhir/own-categories"
_UNIQUE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
_IN_STANDARD = {"submitted", "copay", "eligible", "deductible", "benefit"}


class Digits(float):
    """A number of JSON with its digits: `json` writes the text of the type's own `__repr__`."""

    def __new__(cls, text: str) -> Digits:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text

    text: str


def money(amount: str, currency: str = "USD") -> Element:
    return {"value": Digits(amount), "currency": currency}


def concept(*codings: tuple[str, str]) -> Element:
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


def category(code: str, amount: str, local: str = "") -> Element:
    """An amount by its category, with the payer's own code beside it."""
    told = [(ADJUDICATION if code in _IN_STANDARD else CARIN, code)]
    return {"category": concept(*told, *([(OWN, local)] if local else [])), "amount": money(amount)}


def reason(group: str, code: str, amount: str) -> Element:
    """An amount by its group and reason, as in an 835."""
    return {
        "category": concept((CARIN, "noncovered"), (GROUP, group)),
        "reason": concept((REASON, code)),
        "amount": money(amount),
    }


def bundle(*resources: Element) -> bytes:
    """Resources with the payer, the provider and the patient that they name."""
    common: list[Element] = [
        {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [{"type": concept(("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"))}],
            "name": [{"family": "TESTPERSON", "given": ["ALPHA"]}],
        },
        {
            "resourceType": "Organization",
            "id": "payer",
            "identifier": [{"system": "urn:oid:2.999.9", "value": PAYER}],
            "name": "TEST PAYER",
        },
        {
            "resourceType": "Organization",
            "id": "payee",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": PAYEE}],
            "name": "TEST HOSPITAL",
        },
    ]
    entries = [
        {"fullUrl": f"https://example.org/fhir/{one['resourceType']}/{one['id']}", "resource": one}
        for one in (*common, *resources)
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def benefits(
    *adjudications: Element,
    account: str = "ACCT-1",
    number: str = "",
    kind: str = "ExplanationOfBenefit",
    identifier: str = "",
    paid: str = "",
    turn: int = 1,
    **fields: Any,
) -> Element:
    """A statement of benefits of one line. `paid` and `identifier` are those of its payment."""
    number = number or f"ICN-{account}"
    statement = kind == "ExplanationOfBenefit"
    payment: Element = {"date": "2025-01-15"}
    if paid:
        payment["amount"] = money(paid)
    if identifier:
        payment["identifier"] = {"value": identifier}
    item: Element = {"sequence": 1, "itemSequence": 1, "adjudication": list(adjudications)}
    item["productOrService"] = concept(("http://www.ama-assn.org/go/cpt", "99214"))
    return {
        "resourceType": kind,
        "id": f"{kind[:3].lower()}-{account}",
        "identifier": [{"type": concept((_UNIQUE, "uc")), "value": number}],
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "patient": {"reference": "Patient/p1"},
        "created": "2025-01-15",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/payee"},
        "supportingInfo": [
            {"sequence": 1, "category": concept((OWN, "patientaccountnumber")), "valueString": account}
        ],
        "insurance": [{"focal": True, **({} if statement else {"sequence": turn})}],
        **({"precedence": turn} if statement else {}),
        "item": [item],
        "payment": payment,
        **fields,
    }


def reconciliation(
    *details: Element, paid: str, release: str = "R4", number: str = "TEST0001", **fields: Any
) -> Element:
    """The payment of a payer: `detail` in R4, `allocation` in R5."""
    later = release == "R5"
    return {
        "resourceType": "PaymentReconciliation",
        "id": "pr1",
        "identifier": [{"value": "PR-1"}],
        "status": "active",
        "created": "2025-01-15",
        "outcome": "complete",
        "paymentIssuer": {"reference": "Organization/payer"},
        "requestor": {"reference": "Organization/payee"},
        "date" if later else "paymentDate": "2025-01-15",
        "amount" if later else "paymentAmount": money(paid),
        "paymentIdentifier": {"value": number},
        "allocation" if later else "detail": list(details),
        **fields,
    }


def detail(response: Element, amount: str, kind: str = "payment") -> Element:
    """What of a payment is for the claim of a response."""
    return {
        "type": concept(("http://terminology.hl7.org/CodeSystem/payment-type", kind)),
        "response": {"reference": f"{response['resourceType']}/{response['id']}"},
        "amount": money(amount),
    }


def other(kind: str, amount: str, reference: str = "REF1") -> Element:
    """What of a payment is for no claim."""
    return {
        "identifier": {"value": reference},
        "type": concept(("http://terminology.hl7.org/CodeSystem/payment-type", kind)),
        "amount": money(amount),
    }


def billed(
    *charges: str,
    number: str = "ACCT-1",
    related: str = "",
    before: str = "ACCT-1",
    payer_number: str = "",
    status: str = "active",
    use: str = "claim",
    **fields: Any,
) -> Element:
    """A claim of one line for each charge."""
    total = f"{sum((Decimal(one) for one in charges), Decimal(0)):.2f}"
    lines = [
        {
            "sequence": position,
            "productOrService": concept(("http://www.ama-assn.org/go/cpt", "99214")),
            "servicedDate": "2025-01-10",
            "quantity": {"value": 1},
            "net": money(charge),
        }
        for position, charge in enumerate(charges, 1)
    ]
    earlier = [{"claim": {"reference": f"Claim/cl-{before}", "identifier": {"value": before}}}]
    earlier[0]["relationship"] = concept((RELATED, related))
    if payer_number:
        earlier[0]["reference"] = {"value": payer_number}
    return {
        "resourceType": "Claim",
        "id": f"cl-{number}",
        "identifier": [{"system": "urn:oid:2.999.7", "value": number}],
        "status": status,
        "type": concept(("http://terminology.hl7.org/CodeSystem/claim-type", "professional")),
        "use": use,
        "patient": {"reference": "Patient/p1"},
        "created": "2025-01-11",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/payee"},
        "priority": concept(("http://terminology.hl7.org/CodeSystem/processpriority", "normal")),
        **({"related": earlier} if related else {}),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": lines,
        "total": money(total),
        **fields,
    }


def charged(
    amount: str, number: str = "T-1", account: str = "ACCT-1", status: str = "billable", **points: str
) -> Element:
    """A charge item; `offset_by` and `replacing` name another one, as Oracle Health does."""
    return {
        "resourceType": "ChargeItem",
        "id": f"ci-{number}",
        "identifier": [{"value": number}],
        "status": status,
        "code": concept(("urn:oid:2.999.6", "LAB01")),
        "subject": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2025-01-10",
        "enteredDate": "2025-01-11",
        "performingOrganization": {"reference": "Organization/payee"},
        "account": [{"identifier": {"value": account}}],
        "quantity": {"value": 1},
        "priceOverride": money(amount),
        "extension": [
            {
                "url": f"https://fhir-ehr.cerner.com/r4/StructureDefinition/{name.replace('_', '-')}",
                "valueReference": {"reference": f"ChargeItem/ci-{other_number}"},
            }
            for name, other_number in points.items()
        ],
    }
