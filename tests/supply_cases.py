"""Posting cases of supplies, orders, receipts and invoices, with figures worked out by hand.

Sections are those of the posting rules, `A` numbers the controller's rulings, P2P the events."""

from __future__ import annotations

Amounts = dict[tuple[str, ...], str]

STOCK = "inventory.stock"
GRNI = "liability.goods_received_not_invoiced"
ACCRUAL = "liability.consignment_accrual"
PAYABLE = "liability.accounts_payable"
VARIANCE = "expense.purchase_price_variance"

# §5.8: ten at 120.00 arrive, 1,248.00 with freight are invoiced, held and released; an implant of 5,200.00 is
# used and invoiced at 5,350.00.
BOUGHT: Amounts = {
    ("debit", STOCK): "1200.00",
    ("credit", GRNI): "1200.00",
    ("debit", GRNI): "1200.00",
    ("debit", VARIANCE): "180.00",
    ("debit", "expense.freight"): "18.00",
    ("debit", "expense.supply"): "5200.00",
    ("credit", ACCRUAL): "5200.00",
    ("debit", ACCRUAL): "5200.00",
    ("credit", PAYABLE): "6598.00",
}
HELD = ["MATCH_PRICE", "CONTRACT_PRICE_VARIANCE"]

SUPPLIES: dict[str, tuple[Amounts, list[str]]] = {
    # P2P-11: 1,248.00 are paid.
    "supply_procure_to_pay": (
        {**BOUGHT, ("debit", PAYABLE): "1248.00", ("credit", "cash.bank"): "1248.00"},
        HELD,
    ),
    # A20: booked once, whichever document does it.
    "supply_procure_to_pay_gl_only": (BOUGHT, HELD),
    # §5.8, of eight that arrived before: ten are invoiced, eight are paid, two when they arrive; three go
    # back and are credited (P2P-06, P2P-11).
    "supply_in_parts": (
        {
            ("debit", GRNI): "1560.00",
            ("credit", GRNI): "600.00",
            ("debit", STOCK): "240.00",
            ("credit", STOCK): "360.00",
            ("debit", PAYABLE): "360.00",
            ("credit", PAYABLE): "1200.00",
        },
        ["MATCH_QTY"],
    ),
}
