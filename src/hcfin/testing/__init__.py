"""What a test of healthcare money needs: strategies, damaged files, planted patient data, and the laws.

Needs the extra `hcfin[testing]`. Nothing is imported before it is used.

    from hypothesis import given
    from hcfin.testing import assert_never_raises, mutations, remittances, x12_835

- strategies: `amounts`, `adjustments`, `claim_payments`, `remittances`, `claims` (a submission and what it
  bills), `accounts`, `merges`, `charges`, `charge_prices`, `transactions` (payments, payouts, refunds,
  disputes, write-offs, transfers), `supply_uses`, `stock_levels`, `stock_adjustments`, `supply_requests`,
  `purchase_orders`, `goods_receipts`, `supplier_invoices`, `purchases` (an order and all that follows it),
  `x12_835`, `x12_837` and `hl7_dft` (a file and the facts that it says), `delimiter_hostile_text`,
  `mutations` (labelled damage), `x12_segments` (syntax without sense)
- files: `robustness_cases` (thirty-two small 835s as payers send them, each with what it says)
- patient data: `plant` puts sentinels into every `Phi` field, `leaks` finds them again
- laws: `assert_balanced`, `assert_clearing_zero`, `assert_money_conserved`, `assert_no_phi`,
  `assert_deterministic`, `assert_never_raises`

With the extra installed, `@given` also knows `Remittance`, `ClaimPayment`, `ClaimSubmission` and `Claim` by
their annotations.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hcfin.testing.account_strategies import accounts, merges
    from hcfin.testing.charge_strategies import charges, hl7_dft
    from hcfin.testing.claim_strategies import claims
    from hcfin.testing.damage import mutations
    from hcfin.testing.laws import (
        assert_balanced,
        assert_clearing_zero,
        assert_deterministic,
        assert_money_conserved,
        assert_never_raises,
        assert_no_phi,
    )
    from hcfin.testing.phi import leaks, plant
    from hcfin.testing.price_strategies import charge_prices
    from hcfin.testing.purchase_strategies import (
        goods_receipts,
        purchase_orders,
        purchases,
        supplier_invoices,
    )
    from hcfin.testing.robustness import robustness_cases
    from hcfin.testing.strategies import adjustments, amounts, claim_payments, remittances
    from hcfin.testing.supply_strategies import (
        stock_adjustments,
        stock_levels,
        supply_requests,
        supply_uses,
    )
    from hcfin.testing.transaction_strategies import transactions
    from hcfin.testing.x12_strategies import delimiter_hostile_text, x12_835, x12_837, x12_segments

__all__ = [
    "accounts",
    "adjustments",
    "amounts",
    "assert_balanced",
    "assert_clearing_zero",
    "assert_deterministic",
    "assert_money_conserved",
    "assert_never_raises",
    "assert_no_phi",
    "charge_prices",
    "charges",
    "claim_payments",
    "claims",
    "delimiter_hostile_text",
    "goods_receipts",
    "hl7_dft",
    "leaks",
    "merges",
    "mutations",
    "plant",
    "purchase_orders",
    "purchases",
    "remittances",
    "robustness_cases",
    "stock_adjustments",
    "stock_levels",
    "supplier_invoices",
    "supply_requests",
    "supply_uses",
    "transactions",
    "x12_835",
    "x12_837",
    "x12_segments",
]

_HOMES = {
    **dict.fromkeys(("adjustments", "amounts", "claim_payments", "remittances"), "strategies"),
    **dict.fromkeys(("delimiter_hostile_text", "x12_835", "x12_837", "x12_segments"), "x12_strategies"),
    **dict.fromkeys(("accounts", "merges"), "account_strategies"),
    **dict.fromkeys(
        ("goods_receipts", "purchase_orders", "purchases", "supplier_invoices"), "purchase_strategies"
    ),
    **dict.fromkeys(
        ("stock_adjustments", "stock_levels", "supply_requests", "supply_uses"), "supply_strategies"
    ),
    **dict.fromkeys(("charges", "hl7_dft"), "charge_strategies"),
    "charge_prices": "price_strategies",
    "claims": "claim_strategies",
    "mutations": "damage",
    "robustness_cases": "robustness",
    "transactions": "transaction_strategies",
    **dict.fromkeys(("leaks", "plant"), "phi"),
}


def __getattr__(name: str) -> Any:
    """The public names, imported on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'laws')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
