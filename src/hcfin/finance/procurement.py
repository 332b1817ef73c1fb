"""Procurement documents: what is to be bought, ordered, received and paid.

They name items and suppliers as the ERP does, cases by a token, and no patient. `gl_lines` is what the
ERP books on accepting it: nothing for requisitions and orders, and nothing where `ap_mode` is `gl_only`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hcfin.finance.base import Document, Pairs, Party
from hcfin.model import Model
from hcfin.money import Amount, Quantity, UnitPrice

OrderKind = Literal["standard", "bill_only", "consignment"]


class ItemLine(Model):
    """A quantity of one item, in the unit of the document."""

    n: int = Field(ge=1, description="Number of the line in its document.")
    item: str = Field(description="Item of the ERP.")
    supplier_item: str = Field(default="", description="Supplier's catalogue number.")
    device: str = Field(default="", description="Device identifier (UDI-DI) or GTIN.")
    quantity: Quantity = Field(description="How many; positive.")
    unit: str = Field(description="In what.")
    account: str = Field(default="", description="Account that it is to be booked to.")
    dimensions: Pairs = Field(default=(), description="Dimension values of that account's line.")

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.quantity <= 0:
            raise PydanticCustomError("quantity_positive", "A line's quantity must be positive")
        return self


class OrderedLine(ItemLine):
    """A line of a requisition or order."""

    unit_price: UnitPrice | None = Field(
        default=None, description="Price of one; expected, in a requisition."
    )
    amount: Amount | None = Field(default=None, description="Quantity times price; None without a price.")
    needed_by: date | None = Field(default=None, description="Until when.")
    deliver_to: str = Field(default="", description="Location that it is for.")
    supplier: Party | None = Field(default=None, description="Supplier, where the lines have several.")


class ReceivedLine(ItemLine):
    """A line of a receipt."""

    order_id: str = Field(
        default="", description="Id of its order's document, where that is another than the receipt's."
    )
    order_line: str = Field(default="", description="Number of the line of the order.")
    amount: Amount = Field(
        description="Quantity times the price of the order; zero where nothing is owed for it."
    )


class InvoicedLine(Model):
    """An amount of an invoice: an item at the price of its order, or what comes on top."""

    n: int = Field(ge=1, description="Number of the line in its document.")
    what: Literal["item", "price_variance", "freight", "tax", "other", "rebate"] = Field(
        description="What the amount is."
    )
    item: str = Field(default="", description="Item of the ERP, where it is about one.")
    order_id: str = Field(
        default="", description="Id of its order's document, where that is another than the invoice's."
    )
    order_line: str = Field(default="", description="Number of the line of the order.")
    quantity: Quantity | None = Field(default=None, description="How many, where it is an item.")
    unit: str = Field(default="", description="In what.")
    unit_price: UnitPrice | None = Field(default=None, description="Price of one, where it is an item.")
    amount: Amount = Field(description="Amount; negative where it reduces what is owed.")
    account: str = Field(description="Account that it is booked to.")
    dimensions: Pairs = Field(default=(), description="Dimension values of that account's line.")


class _Procurement(Document):
    """What they share."""

    supplier: Party | None = Field(default=None, description="Supplier, by its name in the master data.")
    number: str = Field(default="", description="Number that the source or the supplier gave it.")
    location: str = Field(default="", description="Location that it is for.")
    case_token: str = Field(default="", description="Token of the case (domain `case`), where it is for one.")

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        self.check_lines()
        return self


class Requisition(_Procurement):
    """A wish to buy. Books nothing."""

    kind: Literal["requisition"] = Field(default="requisition", description="Kind of document.")
    reason: Literal["below_minimum", "request", "case"] = Field(description="Why it is made.")
    approval: Literal["", "required"] = Field(
        default="", description="Whether somebody must approve it first."
    )
    lines: tuple[OrderedLine, ...] = Field(min_length=1, description="What is wanted.")
    amount: Amount | None = Field(default=None, description="Expected amount; None where a price is missing.")


class PurchaseOrder(_Procurement):
    """An order to a supplier. Books nothing."""

    kind: Literal["purchase_order"] = Field(default="purchase_order", description="Kind of document.")
    change: Literal["order", "revision", "cancellation"] = Field(default="order", description="What it does.")
    order_kind: OrderKind = Field(
        default="standard", description="bill_only: for goods that were used before."
    )
    revision: str = Field(default="", description="Number of the revision.")
    contract: str = Field(default="", description="Contract.")
    lines: tuple[OrderedLine, ...] = Field(default=(), description="What is ordered.")
    amount: Amount | None = Field(
        default=None, description="Sum of the lines; None where a price is missing."
    )


class GoodsReceipt(_Procurement):
    """Goods that arrived or were sent back."""

    kind: Literal["goods_receipt"] = Field(default="goods_receipt", description="Kind of document.")
    state: Literal["received", "returned"] = Field(default="received", description="Arrived, or sent back.")
    order: str = Field(default="", description="Number of the order.")
    order_id: str = Field(default="", description="Id of the order's document, where that is known.")
    lines: tuple[ReceivedLine, ...] = Field(min_length=1, description="What arrived.")


class SupplierInvoice(_Procurement):
    """A supplier's invoice as far as it is to be paid, or a credit of one."""

    kind: Literal["supplier_invoice"] = Field(default="supplier_invoice", description="Kind of document.")
    change: Literal["invoice", "credit"] = Field(default="invoice", description="Owed, or credited.")
    order: str = Field(default="", description="Number of the order.")
    order_id: str = Field(default="", description="Id of the order's document, where that is known.")
    invoice_date: date | None = Field(default=None, description="Date on the invoice.")
    due_date: date | None = Field(default=None, description="When it is due.")
    payable_account: str = Field(description="Account of the payable.")
    amount: Amount = Field(description="Sum of the lines: what is owed, or credited.")
    invoiced: Amount = Field(description="What the supplier asks for; more, where a part is held.")
    lines: tuple[InvoicedLine, ...] = Field(default=(), description="What it is for.")

    @model_validator(mode="after")
    def _summed(self) -> Self:
        if sum((line.amount for line in self.lines), Decimal(0)) != self.amount:
            raise PydanticCustomError("lines", "The lines are not the amount")
        return self
