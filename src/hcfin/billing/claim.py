"""Claim: what a provider bills a payer for. What other payers did about it before stands inside.

A file of claims is told of once, in a `ClaimSubmission` before its claims. A `Claim` names its submission and
holds everything else that is needed to understand it, the billing provider too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import (
    Adjustment,
    DatedPeriod,
    Fact,
    InformationalAmount,
    InformationalQuantity,
    Node,
    Reference,
    day_text,
    sourced,
)
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.remittance import Procedure
from hcfin.money import Amount, Quantity
from hcfin.privacy import PhiDate, PhiStr

ClaimType = Literal["professional", "institutional", "dental"]


class ClaimCode(Node):
    """A code that says something of the whole claim: a diagnosis, a procedure, a condition, a value."""

    nth: int = Field(default=1, description="Which of the segment's composites, from 1.")
    qualifier: str = sourced("List and use: ABK principal diagnosis, BE value …", "", x12="HI01+1-1")
    code: PhiStr = sourced("The code.", "", x12="HI01+1-2")
    first: PhiDate | None = sourced("Its date, or the first of its days.", None, x12="HI01+1-4")
    last: PhiDate | None = sourced("The last of its days, where there are several.", None, x12="HI01+1-4")
    amount: Amount | None = sourced("Amount of a value code; never posted.", None, x12="HI01+1-5")
    present_on_admission: PhiStr = sourced("Present on admission: Y, N, U, W.", "", x12="HI01+1-9")


class Drug(Node):
    """A drug of a service line."""

    qualifier: str = sourced("Code system: N4 is the national drug code.", "", x12="LIN02")
    code: PhiStr = sourced("The code.", "", x12="LIN03")
    quantity: Quantity | None = sourced("How much.", None, x12="CTP04")
    unit: str = sourced("In what: F2, GR, ME, ML, UN.", "", x12="CTP05-1")


class LineAdjudication(Node):
    """What another payer did about a service line."""

    payer: str = sourced("Identifier of the payer; that of an `OtherPayer`.", "", x12="SVD01")
    paid: Amount = sourced("What it paid.", x12="SVD02")
    procedure: Procedure | None = sourced("Service as it paid it.", None, x12="SVD03")
    revenue_code: str = sourced("Revenue code.", "", x12="SVD04")
    units: Quantity = sourced("Units paid; one where the source is silent.", Decimal(1), x12="SVD05")
    bundled_line: str = sourced("Line that it was bundled into or split from.", "", x12="SVD06")
    adjustments: tuple[Adjustment, ...] = sourced("Why not more.", (), x12="CAS")
    day: PhiDate | None = sourced("When it was adjudicated.", None, x12="DTP03")
    remaining: Amount | None = sourced("What the patient still owes; never balanced.", None, x12="AMT02")


class ClaimLine(Node):
    """One service line of a claim."""

    number: str = sourced("Line number, from 1.", "", x12="LX01")
    revenue_code: str = sourced("Revenue code, institutional.", "", x12="SV201")
    procedure: Procedure | None = sourced("Service, where one is named.", None, x12="SV101")
    charged: Amount = sourced("Line charge.", x12="SV102")
    unit_basis: str = sourced("What is counted: UN units, MJ minutes, DA days.", "", x12="SV103")
    units: Quantity | None = sourced("How many.", None, x12="SV104")
    noncovered: Amount | None = sourced("Part of the charge that is not covered.", None, x12="SV207")
    facility_type: str = sourced("Place of service, where it is not the claim's.", "", x12="SV105")
    diagnosis_pointers: tuple[str, ...] = sourced("Numbers of its diagnoses.", (), x12="SV107")
    emergency: str = sourced("Y where it was an emergency.", "", x12="SV109")
    oral_cavity: tuple[PhiStr, ...] = sourced("Areas of the oral cavity, dental.", (), x12="SV304")
    teeth: tuple[PhiStr, ...] = sourced("Teeth, dental.", (), x12="TOO02")
    dates: tuple[DatedPeriod, ...] = sourced("Dates.", (), x12="DTP")
    references: tuple[Reference, ...] = sourced("Line identifiers: 6R control number …", (), x12="REF")
    amounts: tuple[InformationalAmount, ...] = sourced("Supplemental amounts.", (), x12="AMT")
    quantities: tuple[InformationalQuantity, ...] = sourced("Supplemental quantities.", (), x12="QTY")
    drugs: tuple[Drug, ...] = sourced("Drugs.", (), x12="LIN")
    notes: tuple[PhiStr, ...] = sourced("Notes.", (), x12="NTE02")
    providers: tuple[Provider, ...] = sourced("Providers, where not the claim's.", (), x12="NM1")
    adjudications: tuple[LineAdjudication, ...] = sourced("What other payers did.", (), x12="SVD")


class OtherPayer(Node):
    """Another payer of the claim: who is insured there, and what it has already done."""

    sequence: str = sourced("Its turn: P, S, T …", "", x12="SBR01")
    relationship: PhiStr = sourced("How the patient is related to its insured.", "", x12="SBR02")
    group_number: PhiStr = sourced("Group or policy number.", "", x12="SBR03")
    group_name: PhiStr = sourced("Name of the group.", "", x12="SBR04")
    insurance_type: str = sourced("Insurance type, where Medicare is secondary.", "", x12="SBR05")
    filing_indicator: str = sourced("Claim filing indicator.", "", x12="SBR09")
    payer: Organization = sourced("Payer.", Organization(), x12="NM1")
    insured: Person | None = sourced("Who is insured.", None, x12="NM1")
    paid: Amount | None = sourced("What it paid for the claim.", None, x12="AMT02")
    adjustments: tuple[Adjustment, ...] = sourced("Claim level adjustments.", (), x12="CAS")
    amounts: tuple[InformationalAmount, ...] = sourced(
        "Supplemental amounts: EAF remaining, A8 not covered; `paid` is not repeated.", (), x12="AMT"
    )
    adjudicated: PhiDate | None = sourced("When it adjudicated the claim.", None, x12="DTP03")
    benefits_assigned: str = sourced("Y where it pays the provider.", "", x12="OI03")
    release: str = sourced("Release of information.", "", x12="OI06")
    inpatient: InpatientAdjudication | None = sourced("Figures of an inpatient claim.", None, x12="MIA")
    outpatient: OutpatientAdjudication | None = sourced("Figures of an outpatient claim.", None, x12="MOA")
    remarks: tuple[str, ...] = sourced("Claim level remark codes (RARC).", (), x12="MIA05")
    references: tuple[Reference, ...] = sourced("Identifiers that it gave: F8 …", (), x12="REF")
    providers: tuple[Provider, ...] = sourced("Providers, as it knows them.", (), x12="NM1")


class Claim(Fact):
    """One bill to one payer, inside the submission that it names."""

    kind: Literal["claim"] = Field(default="claim", description="Kind of fact.")
    submission: str = Field(description="`ClaimSubmission.ref` of the submission that it is part of.")
    claim_type: ClaimType = sourced("Professional, institutional or dental.", x12="GS08")
    account: PhiStr = sourced("Patient control number.", "", x12="CLM01")
    charged: Amount = sourced("Total claim charge.", x12="CLM02")
    facility_type: str = sourced("Place of service, or type of bill without frequency.", "", x12="CLM05-1")
    facility_qualifier: str = sourced("A type of bill, B place of service.", "", x12="CLM05-2")
    frequency: str = sourced("1 original, 7 replacement, 8 void …", "", x12="CLM05-3")
    provider_signature: str = sourced("Y where the provider's signature is on file.", "", x12="CLM06")
    assignment: str = sourced("Provider accepts assignment: A, B, C.", "", x12="CLM07")
    benefits_assigned: str = sourced("Y where the payer pays the provider.", "", x12="CLM08")
    release: str = sourced("Release of information: I, Y.", "", x12="CLM09")
    signature_source: str = sourced("P where a signature was generated.", "", x12="CLM10")
    related_causes: tuple[str, ...] = sourced("AA auto accident, EM employment, OA other.", (), x12="CLM11")
    accident_state: str = sourced("State of an auto accident.", "", x12="CLM11-4")
    accident_country: str = sourced("Its country, where not the United States.", "", x12="CLM11-5")
    special_program: str = sourced("Special program.", "", x12="CLM12")
    predetermination: str = sourced("PB predetermination of dental benefits.", "", x12="CLM19")
    delay_reason: str = sourced("Why it is late.", "", x12="CLM20")
    contract_type: str = sourced("Contract: 01 DRG, 02 per diem, 05 capitated …", "", x12="CN101")
    contract_amount: Amount | None = sourced("Amount of the contract; never posted.", None, x12="CN102")
    sequence: str = sourced("Turn of the payer that is billed: P, S, T …", "", x12="SBR01")
    relationship: PhiStr = sourced("How the patient is related to the subscriber.", "", x12="SBR02")
    group_number: PhiStr = sourced("Group or policy number.", "", x12="SBR03")
    group_name: PhiStr = sourced("Name of the group.", "", x12="SBR04")
    insurance_type: str = sourced("Insurance type, where Medicare is secondary.", "", x12="SBR05")
    filing_indicator: str = sourced("Claim filing indicator: MB, MC, 12 …", "", x12="SBR09")
    payer: Organization = sourced("Payer that is billed.", Organization(), x12="NM1")
    subscriber: Person | None = sourced("Who is insured.", None, x12="NM1")
    patient: Person | None = sourced("Patient, where not the subscriber.", None, x12="NM1")
    billing_provider: Provider | None = sourced("Who bills.", None, x12="NM1")
    pay_to: tuple[Provider, ...] = sourced("Who is paid, where not who bills.", (), x12="NM1")
    providers: tuple[Provider, ...] = sourced("Other providers of the claim.", (), x12="NM1")
    admission_hour: PhiStr = sourced("Hour and minute of admission, HHMM.", "", x12="DTP03")
    discharge_hour: PhiStr = sourced("Hour and minute of discharge, HHMM.", "", x12="DTP03")
    admission_type: str = sourced("Type of admission.", "", x12="CL101")
    admission_source: str = sourced("Source of admission.", "", x12="CL102")
    patient_status: str = sourced("Patient status at the end.", "", x12="CL103")
    drg: str = sourced("Diagnosis related group.", "", x12="HI01-2")
    codes: tuple[ClaimCode, ...] = sourced("Diagnoses, procedures, conditions, values.", (), x12="HI")
    dates: tuple[DatedPeriod, ...] = sourced("Claim dates.", (), x12="DTP")
    references: tuple[Reference, ...] = sourced("Claim identifiers: F8 payer's number …", (), x12="REF")
    amounts: tuple[InformationalAmount, ...] = sourced("Supplemental amounts: F5 …", (), x12="AMT")
    quantities: tuple[InformationalQuantity, ...] = sourced("Supplemental quantities.", (), x12="QTY")
    notes: tuple[PhiStr, ...] = sourced("Notes.", (), x12="NTE02")
    other_payers: tuple[OtherPayer, ...] = sourced("Other payers, as they are sent.", (), x12="SBR")
    lines: tuple[ClaimLine, ...] = sourced("Service lines.", (), x12="LX")

    def reference(self, qualifier: str) -> str:
        """The first claim identifier of a kind, such as F8; empty where there is none."""
        return next((one.value for one in self.references if one.qualifier == qualifier), "")

    def service_days(self) -> Iterator[date]:
        """First days of service, the claim's (434, 472) before its lines'."""
        for dates in (self.dates, *(line.dates for line in self.lines)):
            yield from (one.first for one in dates if one.qualifier in ("434", "472"))


def submission_ref(submitter: str, reference: str, created: date | None) -> str:
    """The name of a submission: its business key as one text, independent of any envelope."""
    return "/".join((submitter, reference, day_text(created)))


class ClaimSubmission(Fact):
    """The header of a transaction set of claims: who sends it to whom, and what for."""

    kind: Literal["claim_submission"] = Field(default="claim_submission", description="Kind of fact.")
    ref: str = Field(description="Name of this submission among the facts of one read.")
    claim_type: ClaimType = sourced("Professional, institutional or dental.", x12="GS08")
    purpose: str = sourced("00 original, 18 sent before.", "", x12="BHT02")
    reference: str = sourced("Sender's number of the submission.", "", x12="BHT03")
    created: date | None = sourced("When the sender made it.", None, x12="BHT04")
    use: str = sourced("CH to be paid, RP report of an encounter, 31 subrogation.", "", x12="BHT06")
    submitter: Organization = sourced("Who sends it.", Organization(), x12="NM1")
    receiver: Organization = sourced("Who receives it.", Organization(), x12="NM1")
