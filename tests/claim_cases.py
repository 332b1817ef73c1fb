"""Ordinary claims of three types, as a small practice, a hospital and a dentist would bill them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hcfin.billing.base import (
    Adjustment,
    DatedPeriod,
    Fact,
    InformationalAmount,
    Reference,
)
from hcfin.billing.claim import (
    Claim,
    ClaimCode,
    ClaimLine,
    ClaimSubmission,
    Drug,
    LineAdjudication,
    OtherPayer,
    submission_ref,
)
from hcfin.billing.party import Contact, ContactNumber, Organization, Person, Provider
from hcfin.billing.remittance import Procedure

DAY = dt.date(2031, 5, 4)
STREET: dict[str, Any] = {
    "address": ("1 NOWHERE ROAD",),
    "city": "TESTVILLE",
    "state": "NY",
    "postal_code": "100010000",
}


def D(text: str) -> Decimal:  # noqa: N802
    return Decimal(text)


def submission(claim_type: str = "professional", **changes: Any) -> ClaimSubmission:
    """The header of a batch of the fictional Example Clinic."""
    phone = ContactNumber(qualifier="TE", number="5550100000")
    data: dict[str, Any] = {
        "claim_type": claim_type,
        "purpose": "00",
        "reference": f"BATCH{claim_type[0].upper()}",
        "created": DAY,
        "use": "CH",
        "submitter": Organization(
            name="EXAMPLE CLINIC",
            id_qualifier="46",
            id="TESTSENDER",
            contacts=(Contact(function="IC", name="EDI DESK", numbers=(phone,)),),
        ),
        "receiver": Organization(name="TESTLAND HEALTH PLAN", id_qualifier="46", id="TESTRECEIVER"),
        **changes,
    }
    own = data["submitter"].id or data["submitter"].name
    data.setdefault("ref", submission_ref(own, data["reference"], data["created"]))
    return ClaimSubmission(**data)


def billing_provider(**changes: Any) -> Provider:
    data: dict[str, Any] = {
        "role": "85",
        "entity": "2",
        "name": "EXAMPLE CLINIC",
        "id_qualifier": "XX",
        "id": "1999999992",
        "taxonomy": "000X00000X",
        **STREET,
        "references": (Reference(qualifier="EI", value="999999999"),),
        **changes,
    }
    return Provider(**data)


def person(role: str = "IL", **changes: Any) -> Person:
    member = {"id_qualifier": "MI", "id": "MEMBER1"} if role == "IL" else {}
    data: dict[str, Any] = {
        "role": role,
        "entity": "1",
        "last_name": "TESTPERSON",
        "first_name": "ROE",
        **member,
        "birth_date": dt.date(1971, 2, 3),
        "sex": "F",
        **STREET,
        **changes,
    }
    return Person(**data)


def doctor(role: str, **changes: Any) -> Provider:
    names = {"name": "TESTDOCTOR", "first_name": "PAT"}
    return Provider(role=role, entity="1", **names, id_qualifier="XX", id="1999999984", **changes)


def payer(name: str = "TESTPAYER") -> Organization:
    return Organization(name="TESTLAND HEALTH PLAN", id_qualifier="PI", id=name)


def line(number: str = "1", **changes: Any) -> ClaimLine:
    data: dict[str, Any] = {
        "number": number,
        "procedure": Procedure(qualifier="HC", code="99213", modifiers=("25",)),
        "charged": D("100.00"),
        "unit_basis": "UN",
        "units": D("1"),
        "diagnosis_pointers": ("1", "2"),
        "dates": (DatedPeriod(qualifier="472", first=DAY),),
        "references": (Reference(qualifier="6R", value=f"LINE{number}"),),
        **changes,
    }
    return ClaimLine(**data)


def claim(header: ClaimSubmission, **changes: Any) -> Claim:
    """A professional claim of one line for a subscriber, who is the patient."""
    data: dict[str, Any] = {
        "submission": header.ref,
        "claim_type": header.claim_type,
        "account": "ACCT-A",
        "charged": D("100.00"),
        "facility_type": "11",
        "facility_qualifier": "B",
        "frequency": "1",
        "provider_signature": "Y",
        "assignment": "A",
        "benefits_assigned": "Y",
        "release": "Y",
        "sequence": "P",
        "relationship": "18",
        "filing_indicator": "CI",
        "payer": payer(),
        "subscriber": person(),
        "billing_provider": billing_provider(),
        "codes": (ClaimCode(qualifier="ABK", code="I639"), ClaimCode(qualifier="ABF", code="I10")),
        "lines": (line(),),
        **changes,
    }
    return Claim(**data)


def other_payer(**changes: Any) -> OtherPayer:
    """Medicare, which has paid 60.00 of 100.00 before."""
    data: dict[str, Any] = {
        "sequence": "P",
        "relationship": "18",
        "filing_indicator": "MB",
        "payer": payer("FIRSTPAYER"),
        "insured": Person(
            role="IL", entity="1", last_name="TESTPERSON", first_name="ROE", id_qualifier="MI", id="FIRST1"
        ),
        "paid": D("60.00"),
        "benefits_assigned": "Y",
        "release": "Y",
        "references": (Reference(qualifier="F8", value="FIRSTCLAIM1"),),
        **changes,
    }
    return OtherPayer(**data)


def professional() -> tuple[Fact, ...]:
    """An office visit, a secondary claim for a child with a drug, and a replacement."""
    header = submission()
    adjudication = LineAdjudication(
        payer="FIRSTPAYER",
        paid=D("60.00"),
        procedure=Procedure(qualifier="HC", code="99213", modifiers=("25",)),
        adjustments=(
            Adjustment(group="CO", reason="45", amount=D("25.00")),
            Adjustment(group="PR", reason="2", amount=D("15.00")),
        ),
        day=DAY,
        remaining=D("15.00"),
    )
    drug = Drug(qualifier="N4", code="00000000000", quantity=D("2.5"), unit="ML")
    secondary = claim(
        header,
        account="ACCT-B",
        sequence="S",
        patient=person("QC", first_name="SAM", birth_date=dt.date(2024, 6, 7)),
        relationship="19",
        charged=D("180.50"),
        providers=(doctor("DN"), doctor("82", taxonomy="111X00000X")),
        references=(Reference(qualifier="D9", value="CLAIM2"),),
        other_payers=(other_payer(paid=D("140.50")),),
        lines=(
            line(adjudications=(adjudication,)),
            line(
                "2",
                procedure=Procedure(qualifier="HC", code="J1100"),
                charged=D("80.50"),
                drugs=(drug,),
                references=(
                    Reference(qualifier="6R", value="LINE2"),
                    Reference(qualifier="XZ", value="RX1"),
                ),
                adjudications=(
                    LineAdjudication(
                        payer="FIRSTPAYER",
                        paid=D("80.50"),
                        procedure=Procedure(qualifier="HC", code="J1100"),
                        day=DAY,
                    ),
                ),
            ),
        ),
    )
    again = Reference(qualifier="F8", value="PAYERCLAIM0")
    replacement = claim(header, account="ACCT-C", frequency="7", references=(again,))
    return (header, claim(header), secondary, replacement)


def institutional() -> tuple[Fact, ...]:
    """A stay with all kinds of codes, paid in part by Medicare before, and a visit to the outpatients."""
    header = submission("institutional")
    stay = claim(
        header,
        charged=D("3400.00"),
        facility_type="11",
        facility_qualifier="A",
        sequence="S",
        provider_signature="",
        admission_hour="0930",
        discharge_hour="1100",
        admission_type="1",
        admission_source="7",
        patient_status="01",
        drg="064",
        amounts=(InformationalAmount(qualifier="F3", amount=D("20.00")),),
        references=(Reference(qualifier="EA", value="MRN1"),),
        dates=(
            DatedPeriod(qualifier="434", first=DAY, last=DAY + dt.timedelta(days=4)),
            DatedPeriod(qualifier="435", first=DAY),
        ),
        codes=(
            ClaimCode(qualifier="ABK", code="I639", present_on_admission="Y"),
            ClaimCode(qualifier="ABJ", code="R29810"),
            ClaimCode(qualifier="ABF", code="I10", present_on_admission="Y"),
            ClaimCode(qualifier="ABF", code="E119", present_on_admission="N"),
            ClaimCode(qualifier="BBR", code="03CG3ZZ", first=DAY),
            ClaimCode(qualifier="BI", code="74", first=DAY, last=DAY + dt.timedelta(days=1)),
            ClaimCode(qualifier="BH", code="11", first=DAY),
            ClaimCode(qualifier="BE", code="80", amount=D("4.00")),
            ClaimCode(qualifier="BE", code="A1", amount=D("1632.50")),
            ClaimCode(qualifier="BG", code="09"),
        ),
        providers=(doctor("71", taxonomy="111X00000X"), doctor("72")),
        other_payers=(
            other_payer(
                filing_indicator="MA",
                paid=D("2000.00"),
                adjustments=(
                    Adjustment(group="CO", reason="45", amount=D("1000.00")),
                    Adjustment(group="PR", reason="1", amount=D("400.00")),
                ),
                adjudicated=DAY,
            ),
        ),
        lines=(
            line(
                revenue_code="0120", procedure=None, charged=D("3000.00"), units=D("4"), diagnosis_pointers=()
            ),
            line(
                "2",
                revenue_code="0300",
                procedure=Procedure(qualifier="HC", code="80053"),
                charged=D("400.00"),
                noncovered=D("10.00"),
                diagnosis_pointers=(),
            ),
        ),
    )
    visit = claim(
        header,
        account="ACCT-B",
        facility_type="13",
        facility_qualifier="A",
        provider_signature="",
        admission_type="1",
        admission_source="1",
        patient_status="01",
        dates=(DatedPeriod(qualifier="434", first=DAY, last=DAY),),
        codes=(ClaimCode(qualifier="ABK", code="I639"), ClaimCode(qualifier="APR", code="R29810")),
        providers=(doctor("71"),),
        lines=(line(revenue_code="0450", diagnosis_pointers=()),),
    )
    return (header, stay, visit)


def dental_lines() -> tuple[ClaimLine, ...]:
    """A crown on two teeth."""
    crown = Procedure(qualifier="AD", code="D2740")
    where: dict[str, Any] = {"facility_type": "11", "oral_cavity": ("10", "20"), "teeth": ("3", "14")}
    return (line(procedure=crown, unit_basis="", units=D("2"), diagnosis_pointers=(), **where),)


def dental() -> tuple[Fact, ...]:
    """A crown on two teeth for a dependent."""
    header = submission("dental")
    crown = claim(
        header,
        patient=person("QC", first_name="SAM", birth_date=dt.date(2020, 6, 7)),
        relationship="19",
        predetermination="PB",
        providers=(doctor("82", taxonomy="111X00000X"),),
        codes=(),
        lines=dental_lines(),
    )
    return (header, crown)
