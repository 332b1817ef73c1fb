"""What the day for a real ERP is made of: every kind of posting that a hospital's day has, in each mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from erp_day import DAY_MODES, books_of_mode, documents_of
from hcfin.finance.base import GlLine

PARTS: dict[str, Callable[[GlLine], bool]] = {
    "charges": lambda line: line.role == "revenue.gross" and line.side == "credit",
    "charges that are not billed": lambda line: line.role == "ar.unbilled" and line.side == "debit",
    "payments of patients": lambda line: line.role == "liability.unapplied_patient",
    "final bills": lambda line: line.role == "ar.payer" and line.side == "debit",
    "voids": lambda line: line.role == "revenue.gross" and line.side == "debit",
    "payments by EFT": lambda line: line.role == "cash.eft_in_transit",
    "payments by cheque": lambda line: line.role == "cash.lockbox_clearing",
    "contractual adjustments": lambda line: line.role == "revenue.adjustment.contractual",
    "sequestration": lambda line: line.role == "revenue.adjustment.sequestration",
    "denials": lambda line: ("ar_status", "denied") in line.tags,
    "reversals": lambda line: ("turn", "reversal") in line.dimensions,
    "secondary payers": lambda line: ("turn", "secondary") in line.dimensions,
    "patient responsibility": lambda line: line.role == "ar.patient",
    "recoveries": lambda line: line.rule.id == "PLB-WO",
    "balances carried forward": lambda line: line.rule.id == "PLB-FB",
    "interest": lambda line: line.role == "other.payer_interest",
    "an affiliate's": lambda line: line.role == "liability.due_to_affiliate",
    "what is held": lambda line: line.role in ("suspense", "liability.unapplied_payer"),
}


@pytest.mark.parametrize("mode", DAY_MODES)
def test_the_day_has_everything(mode: str, tmp_path: Path) -> None:
    documents = [one for one in documents_of(books_of_mode(tmp_path, mode)) if not one.memo]
    lines = [line for one in documents for line in one.gl_lines]
    assert [name for name, part in PARTS.items() if not any(map(part, lines))] == []
    kinds = {one.kind for one in documents}
    own = {"invoice", "credit_memo", "receipt"} if DAY_MODES[mode][0] == "open_item" else set()
    assert kinds == {"journal_entry"} | own
    assert {one.entity for one in documents} == {"hospital", "main"}
