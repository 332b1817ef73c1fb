"""The stateful half: what only several documents together can say. Pure functions over documents."""

from __future__ import annotations

from hcfin.reconcile.case_margin import case_margins
from hcfin.reconcile.case_result import CaseMargin, CaseMargins
from hcfin.reconcile.cash_proof import CashProof, cash_proof
from hcfin.reconcile.charge_master import ChargeMaster
from hcfin.reconcile.expected import Allowed
from hcfin.reconcile.grni import accrue_receipts
from hcfin.reconcile.in_order import post_in_order
from hcfin.reconcile.item_master import ItemMaster
from hcfin.reconcile.known import Ledger
from hcfin.reconcile.known_supply import SupplyLedger
from hcfin.reconcile.match_summary import MatchFigures, Matching
from hcfin.reconcile.matching import match
from hcfin.reconcile.merge import merge_by_trace
from hcfin.reconcile.roll_forward import RollForward, roll_forward
from hcfin.reconcile.usage_link import link_charges
from hcfin.reconcile.usage_result import UsageLink, UsageLinks

__all__ = [
    "Allowed",
    "CaseMargin",
    "CaseMargins",
    "CashProof",
    "ChargeMaster",
    "ItemMaster",
    "Ledger",
    "MatchFigures",
    "Matching",
    "RollForward",
    "SupplyLedger",
    "UsageLink",
    "UsageLinks",
    "accrue_receipts",
    "case_margins",
    "cash_proof",
    "link_charges",
    "match",
    "merge_by_trace",
    "post_in_order",
    "roll_forward",
]
