"""Which release a resource has the form of: what only one of them has decides, else R4.

R4 and R4B are one form for every resource that is read here.
"""

from __future__ import annotations

from typing import Literal

from hcfin.standards.fhir.elements import Element, child, children, text

Form = Literal["R4", "R5", "older"]

# Elements of a resource that only one release has.
_R5 = {
    "Account": {
        "currency",
        "balance",
        "billingStatus",
        "calculatedAt",
        "diagnosis",
        "procedure",
        "relatedAccount",
    },
    "ChargeItem": {"encounter", "unitPriceComponent", "totalPriceComponent"},
    "Claim": {"encounter", "patientPaid", "diagnosisRelatedGroup", "event", "traceNumber"},
    "ClaimResponse": {"encounter", "event", "traceNumber", "diagnosisRelatedGroup"},
    "Coverage": {"insurer", "paymentBy", "kind"},
    "Encounter": {"actualPeriod", "admission"},
    "ExplanationOfBenefit": {"encounter", "event", "patientPaid", "traceNumber", "diagnosisRelatedGroup"},
    "Invoice": {"creation"},
    "PaymentNotice": {"reporter"},
    "PaymentReconciliation": {"allocation", "amount", "date", "kind", "enterer"},
    "Device": {"name", "displayName", "biologicalSourceEvent", "availabilityStatus", "conformsTo"},
    "DeviceUsage": {"status", "patient", "device"},
    "InventoryItem": {"status"},
    "InventoryReport": {"status", "countType"},
    "Procedure": {"used", "occurrenceDateTime", "occurrencePeriod", "recorded", "focus", "supportingInfo"},
    "SupplyRequest": {"item", "reason", "basedOn", "deliverFor"},
}
_R4 = {
    "Account": {"partOf"},
    "ChargeItem": {"context", "priceOverride", "factorOverride"},
    "Coverage": {"payor"},
    "Encounter": {"hospitalization", "classHistory", "statusHistory"},
    "PaymentNotice": {"provider"},
    "PaymentReconciliation": {"detail", "paymentAmount", "paymentDate"},
    "Device": {"deviceName", "distinctIdentifier", "patient", "specialization"},
    "Procedure": {"usedReference", "usedCode", "performedDateTime", "performedPeriod", "asserter"},
    "SupplyRequest": {"itemReference", "itemCodeableConcept", "reasonCode", "reasonReference"},
}
_OLDER = {
    "Claim": {"employmentImpacted", "organization", "hospitalization"},
    "ClaimResponse": {"totalCost", "totalBenefit", "unallocDeductable", "payeeType"},
    "ExplanationOfBenefit": {
        "totalCost",
        "totalBenefit",
        "organization",
        "hospitalization",
        "claimReference",
    },
    "PaymentReconciliation": {"organization", "total", "requestProvider"},
    "Coverage": {"sequence", "grouping"},
}

_NOTHING: frozenset[str] = frozenset()
_MARKS: tuple[tuple[Form, dict[str, set[str]]], ...] = (("R5", _R5), ("R4", _R4), ("older", _OLDER))


def form_of(data: Element, stated: str = "") -> Form:
    """The form of a resource. What the feed states holds, but where the resource shows otherwise.

    >>> form_of({"resourceType": "PaymentReconciliation", "allocation": []})
    'R5'
    """
    kind = text(data, "resourceType")
    names = data.keys()
    for form, marks in _MARKS:
        if not marks.get(kind, _NOTHING).isdisjoint(names):
            return form
    for one in children(data, "item"):
        if "quantity" in child(one, "adjudication"):
            return "R5"
    for inside in children(data, "contained"):
        if form_of(inside) == "R5":
            return "R5"
    if isinstance(data.get("suppliedItem"), list):
        return "R5"
    return "R5" if stated == "R5" else "R4"
