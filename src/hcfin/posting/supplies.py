"""Which work each kind of fact of supplies is, and what lasts beyond one of them."""

from __future__ import annotations

from hcfin.billing.base import Fact
from hcfin.billing.purchase import (
    GoodsReceipt,
    InvoiceRelease,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from hcfin.billing.supply import StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.posting.goods_receipt import GoodsReceiptPosting
from hcfin.posting.invoice_release import InvoiceReleasePosting
from hcfin.posting.purchase_order import PurchaseOrderPosting
from hcfin.posting.result import Posting, together
from hcfin.posting.run import Run
from hcfin.posting.stock_adjustment import StockAdjustmentPosting
from hcfin.posting.stock_level import Replenishing
from hcfin.posting.supplied import SupplyWork
from hcfin.posting.supplier_invoice import SupplierInvoicePosting
from hcfin.posting.supplier_payment import SupplierPaymentPosting
from hcfin.posting.supply_use import SupplyUsePosting

WORK: dict[type[Fact], type[SupplyWork]] = {
    SupplyUse: SupplyUsePosting,
    StockAdjustment: StockAdjustmentPosting,
    PurchaseOrder: PurchaseOrderPosting,
    GoodsReceipt: GoodsReceiptPosting,
    SupplierInvoice: SupplierInvoicePosting,
    InvoiceRelease: InvoiceReleasePosting,
    SupplierPayment: SupplierPaymentPosting,
}
"""The work that posts a kind of fact: a row for each."""
POSTED: tuple[type[Fact], ...] = (*WORK, StockLevel, SupplyRequest)
"""Every kind that `Supplies` posts."""


class Supplies:
    """Posts facts of supplies one after the other, each knowing those before it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.memory = SupplyMemory(run.known_supply)
        self.replenishing = Replenishing(run, self.memory)

    def post(self, fact: Fact) -> Posting:
        """Post one fact of a kind that `POSTED` lists, after the requisition that ends with it."""
        if isinstance(fact, StockLevel):
            return together(self.replenishing.level(fact))
        ended = self.replenishing.flush()
        if isinstance(fact, SupplyRequest):
            return together((*ended, self.replenishing.request(fact)))
        return together((*ended, WORK[type(fact)](fact, self.run, self.memory).post()))

    def left(self) -> Posting:
        """What is left when the facts are over: the requisition of the last location."""
        return together(self.replenishing.flush())
