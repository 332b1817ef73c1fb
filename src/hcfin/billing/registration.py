"""What registration knows beside the account itself: identifiers, coverage, guarantor, encounter, coding.

Moments keep the precision and the zone of their source: ISO 8601 from a year to fractions of a second, with
an offset only where one was sent. `day_of` is the day that one names.
"""

from __future__ import annotations

import re
from datetime import date

from pydantic import Field

from hcfin.billing.base import InformationalAmount, Node, sourced
from hcfin.billing.party import Organization, Person, Provider
from hcfin.money import Quantity
from hcfin.privacy import PhiDate, PhiStr

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def day_of(moment: str) -> date | None:
    """The day of a moment as its source wrote it, in the source's own zone; None where it names no day.

    >>> day_of("2026-11-21T20:07-06:00"), day_of("2026-11"), day_of("")
    (datetime.date(2026, 11, 21), None, None)
    """
    found = _DAY.match(moment)
    if not found:
        return None
    try:
        return date.fromisoformat(found[0])
    except ValueError:
        return None


class Identifier(Node):
    """An identifier of a patient, account, visit or insured, and who gave it."""

    value: PhiStr = sourced("The identifier.", "", hl7v2="CX.1")
    authority: str = sourced("Who assigned it.", "", hl7v2="CX.4")
    type: str = sourced("What kind: MR medical record, AN account, VN visit …", "", hl7v2="CX.5")


class Coding(Node):
    """A code of a table or terminology, with the text that was sent beside it."""

    code: str = sourced("The code.", "", hl7v2="CWE.1")
    text: PhiStr = sourced("Text beside it.", "", hl7v2="CWE.2")
    system: str = sourced("Coding system.", "", hl7v2="CWE.3")


class FinancialClass(Node):
    """How an account is expected to be paid, and since when."""

    code: str = sourced("Financial class.", "", hl7v2="PV1-20.1")
    effective: PhiStr = sourced("Since when; a moment.", "", hl7v2="PV1-20.2")


class Place(Node):
    """Where a patient is, or a service was given."""

    point_of_care: str = sourced("Point of care.", "", hl7v2="PL.1")
    room: PhiStr = sourced("Room.", "", hl7v2="PL.2")
    bed: PhiStr = sourced("Bed.", "", hl7v2="PL.3")
    facility: str = sourced("Facility.", "", hl7v2="PL.4")


class Encounter(Node):
    """A visit or stay. Its amounts are the sender's own balances at that moment, never posted."""

    set_id: str = sourced("Number of the segment.", "", hl7v2="PV1-1")
    patient_class: str = sourced("I inpatient, O outpatient, E emergency …", "", hl7v2="PV1-2")
    place: Place | None = sourced("Where the patient is.", None, hl7v2="PV1-3")
    admission_type: str = sourced("Type of admission.", "", hl7v2="PV1-4")
    preadmission: Identifier | None = sourced("Number of the preadmission.", None, hl7v2="PV1-5")
    hospital_service: str = sourced("Hospital service.", "", hl7v2="PV1-10")
    admission_source: str = sourced("Source of admission.", "", hl7v2="PV1-14")
    patient_type: str = sourced("Patient type, by the site's table.", "", hl7v2="PV1-18")
    financial_classes: tuple[FinancialClass, ...] = sourced("Financial classes.", (), hl7v2="PV1-20")
    disposition: str = sourced("Discharge disposition.", "", hl7v2="PV1-36")
    account_status: str = sourced("Status of the account.", "", hl7v2="PV1-41")
    admitted: PhiStr = sourced("Admission; a moment.", "", hl7v2="PV1-44")
    discharged: PhiStr = sourced("Discharge; a moment.", "", hl7v2="PV1-45")
    alternate_visit: Identifier | None = sourced("Another number of the visit.", None, hl7v2="PV1-50")
    episode: Identifier | None = sourced("Episode that the visit is part of.", None, hl7v2="PV1-54")
    providers: tuple[Provider, ...] = sourced(
        "Providers: 71 attends (PV1-7), DN refers (PV1-8), consulting (PV1-9), admits (PV1-17).",
        (),
        hl7v2="PV1-7",
    )
    amounts: tuple[InformationalAmount, ...] = sourced(
        "Balances at that moment: contract, bad_debt_transfer, bad_debt_recovery, balance, charges, "
        "adjustments, payments.",
        (),
        hl7v2="PV1-46",
    )


class Guarantor(Node):
    """Who answers for what the patient owes: a person, or an organisation."""

    set_id: str = sourced("Number of the segment.", "", hl7v2="GT1-1")
    identifiers: tuple[Identifier, ...] = sourced("Identifiers.", (), hl7v2="GT1-2")
    person: Person | None = sourced("The person.", None, hl7v2="GT1-3")
    organization: str = sourced("The organisation, where it is one.", "", hl7v2="GT1-21")
    type: str = sourced("Guarantor type.", "", hl7v2="GT1-10")
    relationship: PhiStr = sourced("Relationship to the patient.", "", hl7v2="GT1-11")
    begin: PhiDate | None = sourced("First day.", None, hl7v2="GT1-13")
    end: PhiDate | None = sourced("Last day.", None, hl7v2="GT1-14")
    priority: str = sourced("Priority.", "", hl7v2="GT1-15")
    financial_class: str = sourced("Financial class.", "", hl7v2="GT1-54")
    amounts: tuple[InformationalAmount, ...] = sourced("Told amounts: household_income.", (), hl7v2="GT1-27")


class Coverage(Node):
    """One insurance of the patient, in the order in which insurances pay."""

    set_id: str = sourced("Number of the segment.", "", hl7v2="IN1-1")
    plan: Coding = sourced("Health plan.", Coding(), hl7v2="IN1-2")
    payer_ids: tuple[Identifier, ...] = sourced("Identifiers of the insurance company.", (), hl7v2="IN1-3")
    payer: Organization = sourced("Insurance company.", Organization(), hl7v2="IN1-4")
    group_number: PhiStr = sourced("Group number.", "", hl7v2="IN1-8")
    group_name: PhiStr = sourced("Group name.", "", hl7v2="IN1-9")
    effective: PhiDate | None = sourced("First day.", None, hl7v2="IN1-12")
    expires: PhiDate | None = sourced("Last day.", None, hl7v2="IN1-13")
    authorization: PhiStr = sourced("Authorisation number.", "", hl7v2="IN1-14")
    plan_type: str = sourced("Plan type.", "", hl7v2="IN1-15")
    insured: Person | None = sourced("Who is insured.", None, hl7v2="IN1-16")
    relationship: PhiStr = sourced("How the insured is related to the patient.", "", hl7v2="IN1-17")
    assignment: str = sourced("Assignment of benefits.", "", hl7v2="IN1-20")
    coordination: str = sourced("CO coordinated, IN independent.", "", hl7v2="IN1-21")
    priority: str = sourced("Turn of the insurance: 1 pays first.", "", hl7v2="IN1-22")
    policy_number: PhiStr = sourced("Policy number.", "", hl7v2="IN1-36")
    coverage_type: str = sourced("B, H, P, RX.", "", hl7v2="IN1-47")
    insured_ids: tuple[Identifier, ...] = sourced("Identifiers of the insured.", (), hl7v2="IN1-49")
    external_ids: tuple[Identifier, ...] = sourced("Identifiers of the plan elsewhere.", (), hl7v2="IN1-54")
    action: str = sourced("A add, D delete, U update, X none.", "", hl7v2="IN1-55")
    medicare_number: PhiStr = sourced("Medicare number.", "", hl7v2="IN2-6")
    medicaid_number: PhiStr = sourced("Medicaid case number.", "", hl7v2="IN2-8")
    payer_number: str = sourced("Payer's own number.", "", hl7v2="IN2-25")
    subscriber_number: PhiStr = sourced("Number of the subscriber with the payer.", "", hl7v2="IN2-26")
    member_number: PhiStr = sourced("Number of the patient with the payer.", "", hl7v2="IN2-61")
    patient_relationship: PhiStr = sourced("How the patient is related to the insured.", "", hl7v2="IN2-72")
    certifications: tuple[PhiStr, ...] = sourced("Numbers of certifications.", (), hl7v2="IN3-2")
    amounts: tuple[InformationalAmount, ...] = sourced(
        "Told amounts, never posted: deductible (IN1-37), …", (), hl7v2="IN1-37"
    )


class Diagnosis(Node):
    """A diagnosis of the account."""

    set_id: str = sourced("Number of the segment.", "", hl7v2="DG1-1")
    code: PhiStr = sourced("Code.", "", hl7v2="DG1-3.1")
    text: PhiStr = sourced("Text.", "", hl7v2="DG1-3.2")
    system: str = sourced("Coding system.", "", hl7v2="DG1-3.3")
    day: PhiStr = sourced("When; a moment.", "", hl7v2="DG1-5")
    type: str = sourced("A admitting, W working, F final.", "", hl7v2="DG1-6")
    priority: str = sourced("1 principal.", "", hl7v2="DG1-15")
    id: PhiStr = sourced("Identifier, for action codes.", "", hl7v2="DG1-20")
    action: str = sourced("A add, D delete, U update.", "", hl7v2="DG1-21")
    present_on_admission: str = sourced("Y, N, U, W, E.", "", hl7v2="DG1-26")


class PerformedProcedure(Node):
    """A procedure of the account."""

    set_id: str = sourced("Number of the segment.", "", hl7v2="PR1-1")
    code: PhiStr = sourced("Code.", "", hl7v2="PR1-3.1")
    text: PhiStr = sourced("Text.", "", hl7v2="PR1-3.2")
    system: str = sourced("Coding system.", "", hl7v2="PR1-3.3")
    performed: PhiStr = sourced("When; a moment.", "", hl7v2="PR1-5")
    type: str = sourced("Functional type.", "", hl7v2="PR1-6")
    priority: str = sourced("0 admitting, 1 primary, 2 and further.", "", hl7v2="PR1-14")
    modifiers: tuple[str, ...] = sourced("Modifiers.", (), hl7v2="PR1-16")
    id: PhiStr = sourced("Identifier, for action codes.", "", hl7v2="PR1-19")
    action: str = sourced("A add, D delete, U update.", "", hl7v2="PR1-20")


class Grouping(Node):
    """The diagnosis related group of a stay."""

    code: str = sourced("Diagnosis related group.", "", hl7v2="DRG-1")
    assigned: PhiStr = sourced("When; a moment.", "", hl7v2="DRG-2")
    approved: str = sourced("Y where approved.", "", hl7v2="DRG-3")
    outlier_type: str = sourced("D days, C cost.", "", hl7v2="DRG-5")
    outlier_days: Quantity | None = sourced("Outlier days.", None, hl7v2="DRG-6")
    payer: str = sourced("Who pays it.", "", hl7v2="DRG-8")
    weight: Quantity | None = sourced("Relative weight.", None, hl7v2="DRG-15")
    amounts: tuple[InformationalAmount, ...] = sourced(
        "Told amounts, never posted: outlier_cost (7), outlier_reimbursement (9), …", (), hl7v2="DRG-7"
    )


class Accident(Node):
    """The accident that an account is about."""

    occurred: PhiStr = sourced("When; a moment.", "", hl7v2="ACC-1")
    code: str = sourced("What kind.", "", hl7v2="ACC-2")
    location: PhiStr = sourced("Where.", "", hl7v2="ACC-3")
    state: str = sourced("State of an auto accident.", "", hl7v2="ACC-4")
    job_related: str = sourced("Y where it happened at work.", "", hl7v2="ACC-5")


class VendorField(Node):
    """A field of a segment that the standard does not have, under the name that the profile gives it."""

    name: str = Field(description="Name that the profile gives it.")
    value: PhiStr = Field(default="", description="Its value.")
