"""Charges as ChargeItem, prices as ChargeItemDefinition."""

from __future__ import annotations

from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.party import Organization
from hcfin.standards.fhir.bundle_writer import (
    BundleWriter,
    coded,
    concept,
    identifier,
    moment,
    money,
    named,
    period,
    quantity,
    required,
)
from hcfin.standards.fhir.charge_item import is_hcpcs
from hcfin.standards.fhir.elements import Element
from hcfin.standards.fhir.party_writer import organization, provider
from hcfin.standards.fhir.service import NDC

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
_CHARGED = ("billable", "billed")


def hcpcs_system(code: str) -> str:
    """CPT where a code begins with a digit, else the codes of CMS."""
    return CPT if code[:1].isdigit() else HCPCS


def write_charge(fact: Charge, bundle: BundleWriter) -> None:
    """Add the ChargeItem of a charge. One that is taken back has the amounts of the charge itself."""
    sign = -1 if fact.change == "credit" else 1
    status = (
        "entered-in-error" if sign < 0 else (fact.type_code if fact.type_code in _CHARGED else "billable")
    )
    amount = money(None if fact.amount is None else fact.amount * sign, fact.currency)
    performed = [one for one in fact.providers if one.role != "EN"]
    entered = next((one for one in fact.providers if one.role == "EN"), None)
    start, end = moment(fact.performed), moment(fact.performed_until)
    resource: Element = {
        "resourceType": "ChargeItem",
        "identifier": [identifier(fact.transaction_id)],
        "status": status,
        "code": required(_code(fact)),
        "subject": required(named(fact.patient_id, "Patient")),
        "occurrencePeriod": period(start, end) if end else {},
        "occurrenceDateTime": "" if end else start,
        "performer": [{"actor": provider(bundle, one)} for one in performed],
        "performingOrganization": organization(bundle, Organization(id=fact.facility)),
        "requestingOrganization": named("", "Organization", fact.place.point_of_care if fact.place else ""),
        "costCenter": named(fact.department.code, "Organization", fact.department.text)
        if fact.department
        else {},
        "quantity": quantity(None if fact.quantity is None else fact.quantity * sign),
        "enterer": provider(bundle, entered),
        "enteredDate": moment(fact.posted),
        "reason": [coded(code) for code in fact.diagnoses],
        "account": [named(fact.account, "Account")],
    }
    visit = named(fact.visit, "Encounter")
    if bundle.r5:
        unit = money(fact.unit_price, fact.currency)
        total = amount if fact.price_source == "extended" else {}
        resource |= {"encounter": visit, "unitPriceComponent": _base(unit)}
        resource["totalPriceComponent"] = _base(total)
    else:
        resource |= {"context": visit, "priceOverride": amount}
    bundle.add(resource)


def _base(amount: Element) -> Element:
    return {"type": "base", "amount": amount} if amount else {}


def _code(fact: Charge) -> Element:
    found = concept(fact.code)
    codings = list(found.get("coding", []))
    procedure = fact.procedure.code if fact.procedure else ""
    if procedure and not (is_hcpcs(fact.code.system) and fact.code.code == procedure):
        codings.append({"system": hcpcs_system(procedure), "code": procedure})
    if fact.drug is not None and fact.code.system != NDC:
        codings.append({"system": NDC, "code": fact.drug.code})
    if fact.revenue_code and "revenue" not in fact.code.system.lower():
        codings.append({"system": REVENUE, "code": fact.revenue_code})
    return found | {"coding": codings}


def write_price(fact: ChargePrice, bundle: BundleWriter) -> None:
    """Add the ChargeItemDefinition of a price."""
    url = bundle.url()
    amount = money(fact.price, fact.currency)
    bundle.add(
        {
            "resourceType": "ChargeItemDefinition",
            "url": url,  # required in R4; the charge has no other
            "title": fact.description,
            "status": "retired" if fact.action == "MDL" else "active",
            "code": concept(fact.code),
            "effectivePeriod": period(moment(fact.effective), moment(fact.expires)),
            "propertyGroup": [{"priceComponent": [_base(amount)]}],
        },
        url,
    )
