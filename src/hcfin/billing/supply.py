"""Supply: items used in the care of patients, what is in stock, what is asked for, and the list of items.

Lots and serial numbers stand beside a case, so they are patient data like everything that leads to one.
Quantities are in the unit that the source names; nothing is converted here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, Node, sourced
from hcfin.billing.registration import Coding
from hcfin.money import ZERO, Quantity, UnitPrice
from hcfin.privacy import PhiStr

SupplyChange = Literal["consumed", "returned", "wasted", "explanted"]
"""What became of an item: used up, put back unused, thrown away, taken out of a patient."""

StockChange = Literal["count", "shrinkage", "damage", "expiry", "transfer", "found"]
"""Why stock changed without use."""


class Udi(Node):
    """A unique device identifier, taken apart: the device itself, and what tells this one of its kind."""

    carrier: PhiStr = sourced("The whole text as it was scanned or sent.", "", fhir="udiCarrier.carrierHRF")
    issuer: Literal["", "GS1", "HIBCC", "ICCBBA"] = sourced("Who issues it.", "", fhir="udiCarrier.issuer")
    device: str = sourced("Device identifier (DI).", "", fhir="udiCarrier.deviceIdentifier")
    lot: PhiStr = sourced("Lot or batch.", "", fhir="lotNumber", rows="lot")
    serial: PhiStr = sourced("Serial number.", "", fhir="serialNumber", rows="serial")
    manufactured: PhiStr = sourced(
        "When it was made; a moment.", "", fhir="manufactureDate", rows="manufactured"
    )
    expires: PhiStr = sourced(
        "Until when it may be used; a moment.", "", fhir="expirationDate", rows="expires"
    )
    donation: PhiStr = sourced(
        "Identification of a donation (tissue, blood).", "", fhir="distinctIdentifier", rows="donation"
    )


class SupplyItem(Node):
    """An item as its source names it; which item of the ERP that is, master data knows."""

    code: str = sourced(
        "Sender's own item number.", "", hl7v2="RQD-2.1", x12="PO107", cxml="ItemID.BuyerPartID", rows="item"
    )
    supplier_code: str = sourced(
        "Supplier's catalogue number.", "", hl7v2="RQ1-5", cxml="ItemID.SupplierPartID", rows="supplier_item"
    )
    manufacturer: str = sourced(
        "Who makes it.", "", hl7v2="RQ1-2", cxml="ItemDetail.ManufacturerName", rows="manufacturer"
    )
    manufacturer_code: str = sourced(
        "Maker's catalogue number.",
        "",
        hl7v2="RQ1-3",
        cxml="ItemDetail.ManufacturerPartID",
        rows="manufacturer_item",
    )
    device: str = sourced("Device identifier (UDI-DI) or GTIN.", "", cxml="ItemID.IdReference", rows="device")
    description: PhiStr = sourced(
        "Text.", "", hl7v2="RQD-2.2", x12="PID05", cxml="ItemDetail.Description", rows="description"
    )


class SupplyUse(Fact):
    """An item that was used for a case, came back, was wasted, or was taken out. Its quantity is positive."""

    kind: Literal["supply_use"] = Field(default="supply_use", description="Kind of fact.")
    change: SupplyChange = sourced("What became of it.", "consumed", rows="change")
    id: PhiStr = sourced("Sender's number of the use.", "", hl7v2="FT1-2", rows="id")
    case: PhiStr = sourced("Case or procedure that it was for.", "", rows="case")
    facility: str = sourced("Facility.", "", hl7v2="MSH-4", rows="facility")
    account: PhiStr = sourced("Account of the patient.", "", hl7v2="PID-18", rows="account")
    visit: PhiStr = sourced("Visit number.", "", hl7v2="PV1-19", rows="visit")
    location: str = sourced("Stock location that it came from.", "", hl7v2="FT1-16.1", rows="location")
    department: Coding | None = sourced("Department that used it.", None, hl7v2="FT1-13", rows="department")
    item: SupplyItem = sourced("What was used.", SupplyItem(), rows="item")
    udi: Udi | None = sourced("Its device identifier, lot and serial number.", None, rows="udi")
    quantity: Quantity = sourced("How many.", ZERO, hl7v2="FT1-10", rows="quantity")
    unit: str = sourced("In what; empty for the stock unit.", "", hl7v2="RQD-6", rows="unit")
    unit_cost: UnitPrice | None = sourced("Cost of one, as told.", None, hl7v2="FT1-22", rows="unit_cost")
    used: PhiStr = sourced("When; a moment.", "", hl7v2="FT1-4", rows="used")
    posted: str = sourced("When the sender posted it; a moment.", "", hl7v2="FT1-5", rows="posted")
    charge_code: Coding | None = sourced("Charge code of the item.", None, hl7v2="FT1-7", rows="charge_code")
    charge_id: PhiStr = sourced("Charge that bills it, where named.", "", rows="charge_id")
    procedure: Coding | None = sourced("Procedure.", None, hl7v2="FT1-25", rows="procedure")
    reverses: PhiStr = sourced("Use that is undone, where it is named.", "", rows="reverses")


class StockLevel(Fact):
    """How much of an item a location had at a moment, and between what it is to be kept. Books nothing."""

    kind: Literal["stock_level"] = Field(default="stock_level", description="Kind of fact.")
    facility: str = sourced("Facility.", "", rows="facility")
    location: str = sourced("Stock location.", "", rows="location")
    item: SupplyItem = sourced("Item.", SupplyItem(), rows="item")
    on_hand: Quantity = sourced("How many there are.", ZERO, hl7v2="IIM-12", rows="on_hand")
    on_order: Quantity | None = sourced("How many are ordered and not there yet.", None, rows="on_order")
    minimum: Quantity | None = sourced("Order when there are fewer.", None, rows="minimum")
    maximum: Quantity | None = sourced("Never have more.", None, rows="maximum")
    par: Quantity | None = sourced("Fill up to this each time.", None, rows="par")
    unit: str = sourced("In what; empty for the stock unit.", "", rows="unit")
    counted: str = sourced("When; a moment.", "", hl7v2="IIM-11", rows="counted")


class StockAdjustment(Fact):
    """Stock that changed without use: a count, a loss, a move to another location. Positive adds to stock."""

    kind: Literal["stock_adjustment"] = Field(default="stock_adjustment", description="Kind of fact.")
    change: StockChange = sourced("Why.", "count", rows="change")
    id: str = sourced("Sender's number of the movement.", "", rows="id")
    facility: str = sourced("Facility.", "", rows="facility")
    location: str = sourced("Stock location.", "", rows="location")
    to_location: str = sourced("Where it went, for a transfer.", "", rows="to_location")
    item: SupplyItem = sourced("Item.", SupplyItem(), rows="item")
    quantity: Quantity = sourced("By how many; signed.", ZERO, rows="quantity")
    unit: str = sourced("In what; empty for the stock unit.", "", rows="unit")
    moved: str = sourced("When; a moment.", "", rows="moved")
    approver: PhiStr = sourced("Who approved it.", "", rows="approver")


class SupplyRequest(Fact):
    """Somebody asks for an item."""

    kind: Literal["supply_request"] = Field(default="supply_request", description="Kind of fact.")
    change: Literal["new", "changed", "cancelled"] = sourced(
        "What it does.", "new", hl7v2="ORC-1", rows="change"
    )
    number: str = sourced("Number of the request.", "", hl7v2="ORC-2", rows="number")
    line: str = sourced("Number of its line.", "", hl7v2="RQD-1", rows="line")
    facility: str = sourced("Facility.", "", hl7v2="MSH-4", rows="facility")
    location: str = sourced("Where it is to be delivered.", "", hl7v2="RQD-9", rows="location")
    department: Coding | None = sourced("Department that pays.", None, hl7v2="RQD-7", rows="department")
    requester: PhiStr = sourced("Who asks.", "", hl7v2="ORC-12", rows="requester")
    case: PhiStr = sourced("Case that it is for.", "", rows="case")
    item: SupplyItem = sourced("What is asked for.", SupplyItem(), hl7v2="RQD-2", rows="item")
    quantity: Quantity = sourced("How many.", ZERO, hl7v2="RQD-5", rows="quantity")
    unit: str = sourced("In what; empty for the stock unit.", "", hl7v2="RQD-6", rows="unit")
    unit_price: UnitPrice | None = sourced("Expected price of one.", None, hl7v2="RQ1-1", rows="unit_price")
    supplier: str = sourced("Supplier that is wanted.", "", hl7v2="RQ1-4", rows="supplier")
    needed_by: str = sourced("Until when; a moment.", "", hl7v2="RQD-10", rows="needed_by")
    requested: str = sourced("When it was asked; a moment.", "", hl7v2="ORC-9", rows="requested")


class ItemEntry(Fact):
    """An entry of an item master."""

    kind: Literal["item_entry"] = Field(default="item_entry", description="Kind of fact.")
    action: str = sourced(
        "MAD add, MUP update, MDL delete, MDC deactivate …", "", hl7v2="MFE-1", rows="action"
    )
    facility: str = sourced("Facility that it holds for; empty for all.", "", rows="facility")
    item: SupplyItem = sourced("The item, by all its numbers.", SupplyItem(), hl7v2="ITM-1", rows="item")
    active: str = sourced("A active, I inactive.", "", hl7v2="ITM-3", rows="active")
    category: Coding | None = sourced("Kind of item.", None, hl7v2="ITM-5", rows="category")
    method: str = sourced(
        "How it is kept: perpetual, expensed, consigned, bill_only.", "", hl7v2="IVT-16", rows="method"
    )
    supplier: str = sourced("Supplier.", "", hl7v2="VND-2", rows="supplier")
    stock_unit: str = sourced("Unit in which it is kept and used.", "", hl7v2="PKG-2", rows="stock_unit")
    purchase_unit: str = sourced("Unit in which it is bought.", "", hl7v2="PKG-2", rows="purchase_unit")
    units_in_purchase_unit: Quantity | None = sourced(
        "How many of the former in the latter.", None, hl7v2="PKG-4", rows="units_in_purchase_unit"
    )
    cost: UnitPrice | None = sourced("Cost of one.", None, hl7v2="ILT-7", rows="cost")
    price: UnitPrice | None = sourced("Price of a purchase unit.", None, hl7v2="PKG-5", rows="price")
    charge_code: Coding | None = sourced("Charge code.", None, hl7v2="ITM-12", rows="charge_code")
    chargeable: str = sourced("N where it is not charged.", "", hl7v2="ITM-11", rows="chargeable")
    location: str = sourced("Stock location.", "", hl7v2="IVT-2", rows="location")
    minimum: Quantity | None = sourced("Order when there are fewer.", None, hl7v2="IVT-24", rows="minimum")
    par: Quantity | None = sourced("Fill up to this each time.", None, rows="par")
