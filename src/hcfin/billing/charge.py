"""Charge: a service that is charged or credited to an account; and the price list that charges come from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, Node, Reference, sourced
from hcfin.billing.party import Provider
from hcfin.billing.registration import Coding, PerformedProcedure, Place, VendorField, day_of
from hcfin.billing.remittance import Procedure
from hcfin.money import Amount, Quantity, UnitPrice
from hcfin.privacy import PhiStr

ChargeChange = Literal["charge", "credit"]
"""A service that is charged; one that is taken back, wholly or in part."""

PriceSource = Literal["extended", "unit", "charge_master", "unpriced"]
"""Where the amount of a charge comes from: the source's own total, its unit price times the quantity, a
price list; or there is none, and nothing is posted until it is priced."""


class DrugUse(Node):
    """The drug that is charged."""

    code: str = sourced("National drug code.", "", hl7v2="FT1-29")
    quantity: Quantity | None = sourced("How much of it.", None, hl7v2="FT1-43.1")
    unit: str = sourced("In what.", "", hl7v2="FT1-43.2")


class Charge(Fact):
    """One service charged to an account, or taken back. Amounts are signed: positive adds to what is owed."""

    kind: Literal["charge"] = Field(default="charge", description="Kind of fact.")
    change: ChargeChange = Field(default="charge", description="Charged, or taken back.")
    type_code: str = sourced("Transaction type as it was sent: CG, CD …", "", hl7v2="FT1-6")
    number: str = sourced("Number of the row in its message.", "", hl7v2="FT1-1")
    transaction_id: PhiStr = sourced("Sender's number of the transaction.", "", hl7v2="FT1-2")
    batch: str = sourced("Sender's number of the batch.", "", hl7v2="FT1-3")
    facility: str = sourced("Facility that sends it.", "", hl7v2="MSH-4")
    account: PhiStr = sourced("Account, as the profile finds it.", "", hl7v2="PID-18")
    visit: PhiStr = sourced("Visit number.", "", hl7v2="PV1-19")
    patient_id: PhiStr = sourced("Identifier of the patient, as the profile prefers.", "", hl7v2="PID-3")
    performed: PhiStr = sourced("When the service was given; a moment.", "", hl7v2="FT1-4.1")
    performed_until: PhiStr = sourced("Its end, where it has one; a moment.", "", hl7v2="FT1-4.2")
    posted: str = sourced("When the sender posted it; a moment.", "", hl7v2="FT1-5")
    code: Coding = sourced("Charge code of the site.", Coding(), hl7v2="FT1-7")
    description: PhiStr = sourced("Text.", "", hl7v2="FT1-8")
    quantity: Quantity | None = sourced("How many; signed like the amount.", None, hl7v2="FT1-10")
    amount: Amount | None = sourced("What it adds to the account; None where unpriced.", None, hl7v2="FT1-11")
    price_source: PriceSource = Field(default="unpriced", description="Where the amount comes from.")
    unit_price: UnitPrice | None = sourced("Price of one.", None, hl7v2="FT1-12")
    unit_cost: UnitPrice | None = sourced("Cost of one: never a price.", None, hl7v2="FT1-22")
    insurance_amount: Amount | None = sourced("Part that the plan covers; told.", None, hl7v2="FT1-15")
    department: Coding | None = sourced("Department.", None, hl7v2="FT1-13")
    plan: Coding | None = sourced("Health plan.", None, hl7v2="FT1-14")
    place: Place | None = sourced("Where the service was given.", None, hl7v2="FT1-16")
    fee_schedule: str = sourced("Fee schedule.", "", hl7v2="FT1-17")
    patient_type: str = sourced("Patient type, by the site's table.", "", hl7v2="FT1-18")
    patient_class: str = sourced("I inpatient, O outpatient, E emergency …", "", hl7v2="PV1-2")
    financial_class: str = sourced("Financial class at that moment.", "", hl7v2="PV1-20.1")
    diagnoses: tuple[PhiStr, ...] = sourced("Diagnoses that it is for.", (), hl7v2="FT1-19")
    providers: tuple[Provider, ...] = sourced(
        "82 performed it (FT1-20), DK ordered it (FT1-21).", (), hl7v2="FT1-20"
    )
    order: PhiStr = sourced("Number of the order with who filled it.", "", hl7v2="FT1-23")
    procedure: Procedure | None = sourced("Procedure and its modifiers.", None, hl7v2="FT1-25")
    procedures: tuple[PerformedProcedure, ...] = sourced("Further procedures.", (), hl7v2="PR1")
    drug: DrugUse | None = sourced("Drug.", None, hl7v2="FT1-29")
    reverses: PhiStr = sourced("Transaction that is taken back, where it is named.", "", hl7v2="FT1-31")
    revenue_code: str = sourced("Revenue code.", "", hl7v2="FT1-41")
    notes: tuple[PhiStr, ...] = sourced("Notes.", (), hl7v2="NTE-3")
    references: tuple[Reference, ...] = Field(
        default=(), description="Further identifiers; the qualifier is the field: FT1-42 prescription …"
    )
    vendor_fields: tuple[VendorField, ...] = Field(default=(), description="Fields of Z segments.")

    def day(self) -> str:
        """The day of service as text; empty where none is told."""
        day = day_of(self.performed)
        return day.isoformat() if day else ""


class ChargePrice(Fact):
    """An entry of the charge master: what a code costs the patient, and since when."""

    kind: Literal["charge_price"] = Field(default="charge_price", description="Kind of fact.")
    action: str = sourced(
        "MAD add, MUP update, MDL delete, MDC deactivate, MAC reactivate.", "", hl7v2="MFE-1"
    )
    facility: str = sourced("Facility that it holds for; empty for all.", "", hl7v2="PRC-2")
    code: Coding = sourced("Charge code.", Coding(), hl7v2="PRC-1")
    description: str = sourced("Description.", "", hl7v2="CDM-3")
    alias: Coding | None = sourced("Other code of the same charge.", None, hl7v2="CDM-2")
    department: Coding | None = sourced("Department.", None, hl7v2="PRC-3")
    patient_classes: tuple[str, ...] = sourced("Patient classes that it holds for.", (), hl7v2="PRC-4")
    price: UnitPrice | None = sourced("Price of one.", None, hl7v2="PRC-5")
    price_type: str = sourced("Price type: UP unit price …", "", hl7v2="PRC-5.2")
    minimum: UnitPrice | None = sourced("Lowest price.", None, hl7v2="PRC-9")
    maximum: UnitPrice | None = sourced("Highest price.", None, hl7v2="PRC-10")
    cost: UnitPrice | None = sourced("Cost of one: never a price.", None, hl7v2="PRC-17")
    effective: str = sourced("Since when; a moment.", "", hl7v2="PRC-11")
    expires: str = sourced("Until when; a moment.", "", hl7v2="PRC-12")
    override: str = sourced("Whether the price may be overridden: A, R, X.", "", hl7v2="PRC-13")
    chargeable: str = sourced("N where it is not charged.", "", hl7v2="PRC-15")
    charge_on: str = sourced("O charged on order, R on result.", "", hl7v2="PRC-18")
    active: str = sourced("A active, I inactive.", "", hl7v2="CDM-8")
    procedures: tuple[Coding, ...] = sourced("Procedure codes.", (), hl7v2="CDM-7")
    inventory_numbers: tuple[Coding, ...] = sourced("Numbers of the items.", (), hl7v2="CDM-9")
    room_fee: str = sourced("Y where it is the fee of a room.", "", hl7v2="CDM-13")


class LocationEntry(Fact):
    """An entry of the location master."""

    kind: Literal["location_entry"] = Field(default="location_entry", description="Kind of fact.")
    action: str = sourced("MAD add, MUP update, MDL delete …", "", hl7v2="MFE-1")
    place: Place = sourced("The location.", Place(), hl7v2="LOC-1")
    description: str = sourced("Description.", "", hl7v2="LOC-2")
    types: tuple[str, ...] = sourced("Location types.", (), hl7v2="LOC-3")
    organization: str = sourced("Organisation.", "", hl7v2="LOC-4")
    departments: tuple[Coding, ...] = sourced("Departments.", (), hl7v2="LDP-2")
    charge_codes: tuple[Coding, ...] = sourced("Charge codes of the location.", (), hl7v2="LCC-4")
