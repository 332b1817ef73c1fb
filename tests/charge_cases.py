"""Figures of charges, worked out by hand from the accountant's rules (P2C-05 to P2C-08, A17, §5.8).

The bill of the worked remittance R2, claim C: services of 1,500.00 (0750) and 500.00 (0310).
"""

from __future__ import annotations

Amounts = dict[tuple[str, ...], str]

UNBILLED = ("debit", "ar.unbilled")
GROSS = ("credit", "revenue.gross")
FIRST = ("ar.payer", "sequence 1")

CHARGES: dict[str, tuple[Amounts, list[str]]] = {
    "charge": ({UNBILLED: "2000.00", GROSS: "2000.00"}, []),
    # §5.8: the implant of the bill-only case, revenue code 0278.
    "charge_implant": ({UNBILLED: "18200.00", GROSS: "18200.00"}, []),
    # P2C-06: 100.00, of which 40.00 and 60.00 are credited; the third credit of 0.01 finds nothing left.
    "charge_credited": (
        {
            UNBILLED: "100.00",
            GROSS: "100.00",
            ("credit", "ar.unbilled"): "100.00",
            ("debit", "revenue.gross"): "100.00",
        },
        ["CREDIT_EXCEEDS_CHARGE"],
    ),
    # The credit comes a day later: it takes back what was booked then, known from before.
    "charge_credited_later": (
        {("credit", "ar.unbilled"): "100.00", ("debit", "revenue.gross"): "100.00"},
        [],
    ),
    # A17: claims book charges, so the feed is control only.
    "charge_by_claim": ({}, []),
    # P2C-08: 2,000.00 charged, 2,000.00 billed: unbilled 0.00, gross once.
    "charge_and_bill": (
        {
            UNBILLED: "2000.00",
            GROSS: "2000.00",
            ("debit", *FIRST): "2000.00",
            ("credit", "ar.unbilled"): "2000.00",
        },
        [],
    ),
    # 3 × 12.345678 = 37.037034: half-even once, and 0.002966 told.
    "charge_priced": ({UNBILLED: "37.04", GROSS: "37.04"}, ["CHARGE_ROUNDED", "CHARGE_UNPRICED"]),
    # The charge is no bucket of its own: the payer's from its first day.
    "charge_without_unbilled": ({("debit", *FIRST): "100.00", GROSS: "100.00"}, []),
    # P2C-06, late_credit = current_bucket: 2,000.00 are billed to the payer, 500.00 of them are credited.
    "charge_credited_at_payer": (
        {("credit", *FIRST): "500.00", ("debit", "revenue.gross"): "500.00"},
        [],
    ),
    # P2C-07: 100.00 unbilled and 2,000.00 at the payer move to the account that survives: each nets 0.
    "account_merged": (
        {
            UNBILLED: "100.00",
            ("credit", "ar.unbilled"): "100.00",
            ("debit", *FIRST): "2000.00",
            ("credit", *FIRST): "2000.00",
        },
        [],
    ),
    # P2C-07: coverage_change = move: from Medicare to the plan that is first now.
    "coverage_moved": ({("debit", *FIRST): "2000.00", ("credit", *FIRST): "2000.00"}, []),
    # PV1-46 and the deductible of the plan are the sender's own figures.
    "account_told": ({}, []),
}
