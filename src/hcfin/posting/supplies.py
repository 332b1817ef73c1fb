"""Which work each kind of fact of supplies is, and what lasts beyond one of them."""

from __future__ import annotations

from hcfin.billing.base import Fact
from hcfin.billing.supply import StockAdjustment, SupplyUse
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.posting.result import Posting
from hcfin.posting.run import Run
from hcfin.posting.stock_adjustment import StockAdjustmentPosting
from hcfin.posting.supplied import SupplyWork
from hcfin.posting.supply_use import SupplyUsePosting

WORK: dict[type[Fact], type[SupplyWork]] = {
    SupplyUse: SupplyUsePosting,
    StockAdjustment: StockAdjustmentPosting,
}
"""The work that posts a kind of fact: a row for each."""


class Supplies:
    """Posts facts of supplies one after the other, each knowing those before it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.memory = SupplyMemory(run.known_supply)

    def post(self, fact: Fact) -> Posting:
        """Post one fact of a kind that `WORK` lists."""
        return WORK[type(fact)](fact, self.run, self.memory).post()
