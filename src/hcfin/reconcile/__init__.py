"""The stateful half: what only several documents together can say. Pure functions over documents."""

from __future__ import annotations

from hcfin.reconcile.cash_proof import CashProof, cash_proof
from hcfin.reconcile.roll_forward import RollForward, roll_forward

__all__ = ["CashProof", "RollForward", "cash_proof", "roll_forward"]
