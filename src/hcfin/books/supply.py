"""What the books say of supplies: what books them, how stock is valued, and what an invoice may differ."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from hcfin.model import Model
from hcfin.money import Amount, Quantity

STEPS: dict[str, str] = {
    "supply_used": "",
    "supply_wasted": "",
    "supply_stock": "",
    "stock_adjusted": "",
    "consignment_accrued": "",
    "received_expense": "",
    "received_capital": "",
    "received_not_invoiced": "",
    "price_variance": "",
    "freight": "",
    "purchase_tax": "",
    "purchase_other": "",
    "rebate": "",
    "payable": "",
    "supplier_paid": "payments=feed",
}
"""Steps of supplies, with the switch that lets one be taken."""


class SupplyPolicy(Model):
    """What an accountant may want different of supplies, orders, receipts and supplier invoices."""

    source: Literal["none", "feed"] = Field(
        default="none", description="What books supplies: nothing yet, or their feeds."
    )
    costing: Literal["standard", "average", "fifo"] = Field(
        default="standard", description="How stock is valued, and so where price variances go."
    )
    use_cost: Literal["master", "told"] = Field(
        default="master", description="Cost of what is used from stock: of the master data, or as told."
    )
    use_date: Literal["posted", "used"] = Field(
        default="posted", description="Day of a use: when it was posted, or else when the item was used."
    )
    grni: Literal["receipts", "at_invoice"] = Field(
        default="receipts", description="Whether receipts book what is owed, or invoices alone."
    )
    price_holds: Literal["accrue", "leave"] = Field(
        default="accrue",
        description="What a period's end does about what held invoices ask beyond orders and contracts.",
    )
    consigned_receipts: Literal["nothing", "accrue"] = Field(
        default="nothing",
        description="What a receipt of consigned or bill-only items books: nothing, or the move of its "
        "accrual to what is received and not invoiced.",
    )
    payments: Literal["feed", "elsewhere"] = Field(
        default="feed", description="What books payments to suppliers: their feed, or the ERP itself."
    )
    price_tolerance: Quantity = Field(
        default=Decimal(2), description="Per cent by which a price may exceed that of its order."
    )
    price_tolerance_amount: Amount = Field(
        default=Decimal("0.00"), description="Excess of a line that is never held, whatever its per cent."
    )
    quantity_tolerance: Quantity = Field(
        default=Decimal(0), description="Per cent of what arrived that may be invoiced beyond it."
    )
    contract_tolerance: Amount = Field(
        default=Decimal("0.00"), description="Excess over the contract's price of a line that is not held."
    )
    adjustment_cap: Amount | None = Field(
        default=Decimal("500.00"), description="Value above which somebody must have approved a count."
    )
    udi_categories: tuple[str, ...] = Field(
        default=("implant",), description="Categories of items whose use must name the device identifier."
    )

    def takes(self, step: str) -> bool:
        """Whether a step of supplies may be taken."""
        name, _, value = STEPS[step].partition("=")
        return self.source == "feed" and (not name or getattr(self, name) == value)
