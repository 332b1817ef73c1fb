"""Account: what registration says of a patient's account at one moment, and which accounts are one.

An `Account` is a snapshot, or changes to one, as its source says: what a source does not mention it says
nothing about, and what it deletes it names in `cleared`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, InformationalAmount, sourced
from hcfin.billing.claim import ClaimCode
from hcfin.billing.party import Person
from hcfin.billing.registration import (
    Accident,
    Coverage,
    Diagnosis,
    Encounter,
    Grouping,
    Guarantor,
    Identifier,
    PerformedProcedure,
    VendorField,
)
from hcfin.privacy import PhiStr

AccountChange = Literal[
    "opened", "updated", "discharged", "ended", "cancelled", "reinstated", "purged", "coded", "told"
]
"""What the event did to the account. `told`: it came beside something else, such as a charge."""

MergeLevel = Literal["patient", "account", "visit"]
"""What is merged into what."""


class Account(Fact):
    """What is told of an account, its patient, insurance, guarantors and coding, in one message."""

    kind: Literal["account"] = Field(default="account", description="Kind of fact.")
    event: str = sourced("Event that told it: A01, P05 …", "", hl7v2="MSH-9.2")
    change: AccountChange = Field(default="told", description="What happened to the account.")
    occurred: PhiStr = sourced(
        "When; a moment. For P06 the day on which the account ends.", "", hl7v2="EVN-2"
    )
    facility: str = sourced("Facility that sends it.", "", hl7v2="MSH-4")
    account: PhiStr = sourced("Account number.", "", hl7v2="PID-18")
    account_authority: str = sourced("Who assigned the account number.", "", hl7v2="PID-18.4")
    visit: PhiStr = sourced("Visit number.", "", hl7v2="PV1-19")
    patient_id: PhiStr = sourced("Identifier of the patient, as the profile prefers.", "", hl7v2="PID-3")
    identifiers: tuple[Identifier, ...] = sourced("All identifiers of the patient.", (), hl7v2="PID-3")
    patient: Person | None = sourced("Patient.", None, hl7v2="PID-5")
    encounter: Encounter | None = sourced("Visit or stay.", None, hl7v2="PV1")
    guarantors: tuple[Guarantor, ...] = sourced("Guarantors.", (), hl7v2="GT1")
    coverages: tuple[Coverage, ...] = sourced("Insurances, as they are sent.", (), hl7v2="IN1")
    diagnoses: tuple[Diagnosis, ...] = sourced("Diagnoses.", (), hl7v2="DG1")
    procedures: tuple[PerformedProcedure, ...] = sourced("Procedures.", (), hl7v2="PR1")
    grouping: Grouping | None = sourced("Diagnosis related group.", None, hl7v2="DRG")
    accident: Accident | None = sourced("Accident.", None, hl7v2="ACC")
    codes: tuple[ClaimCode, ...] = sourced("Value, condition, occurrence codes.", (), hl7v2="UB2")
    amounts: tuple[InformationalAmount, ...] = sourced(
        "Balances that the source has for the account; never posted.", (), fhir="balance"
    )
    vendor_fields: tuple[VendorField, ...] = Field(default=(), description="Fields of Z segments.")
    mode: Literal["snapshot", "action_code"] = Field(
        default="snapshot",
        description="Whether a list replaces what was told before, or each of its parts says what to do.",
    )
    cleared: tuple[str, ...] = Field(
        default=(), description="Fields that the source deletes, such as `IN1-36`, in its own notation."
    )


class AccountMerge(Fact):
    """Two patients, accounts or visits are one: the prior one ends in the surviving one."""

    kind: Literal["account_merge"] = Field(default="account_merge", description="Kind of fact.")
    event: str = sourced("Event that told it: A40, A18, A34 …", "", hl7v2="MSH-9.2")
    level: MergeLevel = Field(description="What is merged: patient, account or visit.")
    occurred: PhiStr = sourced("When; a moment.", "", hl7v2="EVN-2")
    facility: str = sourced("Facility that sends it.", "", hl7v2="MSH-4")
    prior_patient: PhiStr = sourced("Patient that ends.", "", hl7v2="MRG-1")
    prior_account: PhiStr = sourced("Account that ends.", "", hl7v2="MRG-3")
    prior_visit: PhiStr = sourced("Visit that ends.", "", hl7v2="MRG-5")
    prior_identifiers: tuple[Identifier, ...] = sourced("All that end, of the patient.", (), hl7v2="MRG-1")
    prior: Person | None = sourced("Name of the patient that ends.", None, hl7v2="MRG-7")
    patient_id: PhiStr = sourced("Patient that survives.", "", hl7v2="PID-3")
    account: PhiStr = sourced("Account that survives.", "", hl7v2="PID-18")
    visit: PhiStr = sourced("Visit that survives.", "", hl7v2="PV1-19")
    identifiers: tuple[Identifier, ...] = sourced("All of the patient that survives.", (), hl7v2="PID-3")
