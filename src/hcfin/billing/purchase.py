"""Purchase: orders to suppliers and their confirmations, what arrived, what is invoiced, released and paid.

A number alone names nothing: orders, receipts and invoices are told apart by supplier and number. Their
lines stand inside them, for they are small and mean nothing without each other.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, InformationalAmount, Node, Reference, sourced
from hcfin.billing.party import Organization
from hcfin.billing.supply import SupplyItem
from hcfin.money import ZERO, Amount, Quantity, UnitPrice
from hcfin.privacy import PhiStr

OrderKind = Literal["standard", "bill_only", "consignment", "blanket"]
"""Order of goods; of goods that were used before, to be billed only; to refill a consignment; a frame."""


class OrderLine(Node):
    """A line of an order."""

    number: str = sourced("Number of the line.", "", x12="PO101", cxml="@lineNumber", rows="line")
    change: str = sourced("What changes or becomes of it: code of the source.", "", x12="ACK01", cxml="@type")
    item: SupplyItem = sourced("What is ordered.", SupplyItem(), x12="PO106", cxml="ItemID", rows="item")
    quantity: Quantity = sourced("How many.", ZERO, x12="PO102", cxml="@quantity", rows="quantity")
    unit: str = sourced("In what.", "", x12="PO103", cxml="ItemDetail.UnitOfMeasure", rows="unit")
    unit_price: UnitPrice | None = sourced(
        "Price of one.", None, x12="PO104", cxml="ItemDetail.UnitPrice", rows="unit_price"
    )
    amount: Amount | None = sourced("Amount, where it is told.", None, x12="AMT02")
    needed_by: str = sourced(
        "Until when; a moment.", "", x12="DTM02", cxml="@requestedDeliveryDate", rows="needed_by"
    )
    deliver_to: str = sourced("Where it is to be delivered.", "", x12="N104", cxml="ShipTo", rows="location")
    request: str = sourced(
        "Request that it comes from.", "", x12="REF02", cxml="@requisitionID", rows="request"
    )


class PurchaseOrder(Fact):
    """An order to a supplier, another revision of it, its end, or what the supplier says to it."""

    kind: Literal["purchase_order"] = Field(default="purchase_order", description="Kind of fact.")
    change: Literal["order", "revision", "cancellation", "confirmation"] = sourced(
        "What it does.", "order", x12="BEG01", cxml="@type", rows="change"
    )
    answer: str = sourced(
        "What a confirmation says of the whole: accept, reject, change …", "", x12="BAK02", cxml="@type"
    )
    order_kind: OrderKind = sourced(
        "Kind of order.", "standard", x12="BEG02", cxml="@orderType", rows="order_kind"
    )
    number: str = sourced("Number of the order.", "", x12="BEG03", cxml="@orderID", rows="number")
    revision: str = sourced("Number of the revision.", "", x12="BEG04", cxml="@orderVersion", rows="revision")
    facility: str = sourced("Facility that orders.", "", rows="facility")
    ordered: str = sourced("When; a moment.", "", x12="BEG05", cxml="@orderDate", rows="ordered")
    needed_by: str = sourced("Until when; a moment.", "", x12="DTM02", rows="needed_by")
    supplier: Organization = sourced("Who is to deliver.", Organization(), x12="N1", rows="supplier")
    buyer: Organization = sourced("Who orders.", Organization(), x12="N1", rows="buyer")
    ship_to: Organization = sourced("Where it is to be delivered.", Organization(), x12="N1", rows="ship_to")
    case: PhiStr = sourced("Case that it is for.", "", rows="case")
    contract: str = sourced("Contract.", "", x12="REF02", cxml="@agreementID", rows="contract")
    terms: str = sourced("Terms of payment.", "", x12="ITD12")
    lines: tuple[OrderLine, ...] = sourced("What is ordered.", (), x12="PO1", rows="lines")
    total: Amount | None = sourced("Total, as told.", None, x12="AMT02", cxml="Total")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")
    notes: tuple[PhiStr, ...] = sourced("Notes.", (), x12="MSG01", cxml="Comments")


class ReceiptLine(Node):
    """A line of what was shipped or arrived."""

    number: str = sourced("Number of the line.", "", x12="LIN01", cxml="@shipNoticeLineNumber", rows="line")
    order: str = sourced("Order, where it is another than the receipt's.", "", x12="PRF01")
    order_line: str = sourced("Line of the order.", "", x12="SN101", cxml="@lineNumber", rows="order_line")
    item: SupplyItem = sourced("What arrived.", SupplyItem(), x12="LIN03", rows="item")
    quantity: Quantity = sourced("How many.", ZERO, x12="SN102", cxml="@quantity", rows="quantity")
    unit: str = sourced("In what.", "", x12="SN103", cxml="UnitOfMeasure", rows="unit")
    lot: PhiStr = sourced("Lot.", "", x12="REF02", cxml="Batch.SupplierBatchID", rows="lot")
    serial: PhiStr = sourced("Serial number.", "", x12="REF02", cxml="AssetInfo.@serialNumber", rows="serial")
    expires: str = sourced(
        "Until when it may be used; a moment.", "", x12="DTM02", cxml="Batch.@expirationDate", rows="expires"
    )


class GoodsReceipt(Fact):
    """Goods of an order: announced by the supplier, arrived, or sent back. Only what arrived is booked."""

    kind: Literal["goods_receipt"] = Field(default="goods_receipt", description="Kind of fact.")
    state: Literal["shipped", "received", "returned"] = sourced(
        "How far it is.", "received", x12="BSN01", rows="state"
    )
    number: str = sourced(
        "Number of the receipt, or of the shipment.", "", x12="BSN02", cxml="@shipmentID", rows="number"
    )
    order: str = sourced(
        "Number of the order.", "", x12="PRF01", cxml="OrderReference.@orderID", rows="order"
    )
    facility: str = sourced("Facility that receives.", "", rows="facility")
    location: str = sourced("Stock location.", "", rows="location")
    supplier: Organization = sourced("Who delivers.", Organization(), x12="N1", rows="supplier")
    ship_to: Organization = sourced("Where it goes.", Organization(), x12="N1")
    moved: str = sourced(
        "When it was shipped, arrived or was sent back; a moment.",
        "",
        x12="DTM02",
        cxml="@shipmentDate",
        rows="moved",
    )
    expected: str = sourced(
        "When it is to arrive; a moment.", "", x12="DTM02", cxml="@deliveryDate", rows="expected"
    )
    lines: tuple[ReceiptLine, ...] = sourced("What it holds.", (), x12="HL", rows="lines")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")


class InvoiceLine(Node):
    """A line of a supplier's invoice."""

    number: str = sourced("Number of the line.", "", x12="IT101", cxml="@invoiceLineNumber", rows="line")
    order: str = sourced("Order, where it is another than the invoice's.", "", x12="REF02")
    order_line: str = sourced(
        "Line of the order.",
        "",
        x12="REF02",
        cxml="InvoiceDetailItemReference.@lineNumber",
        rows="order_line",
    )
    item: SupplyItem = sourced("What is invoiced.", SupplyItem(), x12="IT106", rows="item")
    quantity: Quantity = sourced("How many.", ZERO, x12="IT102", cxml="@quantity", rows="quantity")
    unit: str = sourced("In what.", "", x12="IT103", cxml="UnitOfMeasure", rows="unit")
    unit_price: UnitPrice | None = sourced(
        "Price of one.", None, x12="IT104", cxml="UnitPrice", rows="unit_price"
    )
    amount: Amount | None = sourced("Amount, where it is told.", None, cxml="SubtotalAmount", rows="amount")


class SupplierInvoice(Fact):
    """What a supplier asks for, or credits. All amounts are positive; `change` says which way they go."""

    kind: Literal["supplier_invoice"] = Field(default="supplier_invoice", description="Kind of fact.")
    change: Literal["invoice", "credit", "rebate"] = sourced(
        "Asks for money, credits goods or a price, or gives a rebate.",
        "invoice",
        x12="BIG07",
        cxml="@purpose",
        rows="change",
    )
    number: str = sourced("Number of the invoice.", "", x12="BIG02", cxml="@invoiceID", rows="number")
    order: str = sourced(
        "Number of the order.", "", x12="BIG04", cxml="InvoiceDetailOrderInfo.@orderID", rows="order"
    )
    corrects: str = sourced("Invoice that is credited.", "", cxml="InvoiceIDInfo.@invoiceID", rows="corrects")
    facility: str = sourced("Facility that is invoiced.", "", rows="facility")
    invoiced: str = sourced(
        "Date of the invoice; a moment.", "", x12="BIG01", cxml="@invoiceDate", rows="invoiced"
    )
    due: str = sourced("When it is due; a moment.", "", x12="ITD06", rows="due")
    supplier: Organization = sourced("Who invoices.", Organization(), x12="N1", rows="supplier")
    buyer: Organization = sourced("Who is invoiced.", Organization(), x12="N1")
    ship_to: Organization = sourced("Where the goods went.", Organization(), x12="N1")
    remit_to: Organization = sourced("Who is to be paid, where another.", Organization(), x12="N1")
    case: PhiStr = sourced("Case that it is for.", "", rows="case")
    terms: str = sourced("Terms of payment.", "", x12="ITD12")
    lines: tuple[InvoiceLine, ...] = sourced("What is invoiced.", (), x12="IT1", rows="lines")
    freight: Amount = sourced("Freight.", ZERO, x12="SAC05", cxml="ShippingAmount", rows="freight")
    tax: Amount = sourced("Tax.", ZERO, x12="TXI02", cxml="Tax", rows="tax")
    other: Amount = sourced("Further charges, less allowances; signed.", ZERO, x12="SAC05", rows="other")
    charges: tuple[InformationalAmount, ...] = sourced("What the further charges are.", (), x12="SAC02")
    total: Amount | None = sourced("Total, as told.", None, x12="TDS01", cxml="DueAmount", rows="total")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")


class InvoiceRelease(Fact):
    """Somebody decides about an invoice that was held: it is to be paid as it is, or not at all."""

    kind: Literal["invoice_release"] = Field(default="invoice_release", description="Kind of fact.")
    decision: Literal["release", "reject"] = sourced("What was decided.", "release", rows="decision")
    supplier: Organization = sourced("Who invoiced.", Organization(), rows="supplier")
    facility: str = sourced("Facility that is invoiced.", "", rows="facility")
    number: str = sourced("Number of the invoice.", "", rows="number")
    order: str = sourced("Number of the order, where told.", "", rows="order")
    decided: str = sourced("When; a moment.", "", rows="decided")
    approver: PhiStr = sourced("Who decided.", "", rows="approver")
    reason: str = sourced("Why: code of the source.", "", rows="reason")


class SupplierPayment(Fact):
    """Money to a supplier, or a payment that is void after all."""

    kind: Literal["supplier_payment"] = Field(default="supplier_payment", description="Kind of fact.")
    state: Literal["paid", "voided"] = sourced("How far it is.", "paid", rows="state")
    id: str = sourced("Number of the payment.", "", rows="id")
    facility: str = sourced("Facility that pays.", "", rows="facility")
    supplier: Organization = sourced("Who is paid.", Organization(), rows="supplier")
    amount: Amount = sourced("Amount.", ZERO, rows="amount")
    method: str = sourced("How.", "", rows="method")
    invoices: tuple[str, ...] = sourced("Invoices that it pays.", (), rows="invoices")
    paid: str = sourced("When; a moment.", "", rows="paid")
