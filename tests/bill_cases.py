"""Figures of bills, worked out by hand from the accountant's rules (A17, A18, P2C-08, §5.8), to the cent.

Claim C of the worked remittance R2 charges 1,500.00 (0750) and 500.00 (0310), its replacement 300.00 (0310).
"""

from __future__ import annotations

Amounts = dict[tuple[str, ...], str]

FIRST = ("ar.payer", "sequence 1")
MOVED: Amounts = {("debit", *FIRST): "2000.00", ("credit", "ar.unbilled"): "2000.00"}
CHARGED: Amounts = {("debit", *FIRST): "2000.00", ("credit", "revenue.gross"): "2000.00"}
EXPECTED: Amounts = {
    ("debit", "revenue.adjustment.contractual"): "800.00",
    ("credit", "ar.allowance.contractual"): "800.00",
}

BILLS: dict[str, tuple[Amounts, list[str]]] = {
    "bill": (MOVED, []),
    "bill_open_item": (MOVED, []),
    "bill_by_claim": (CHARGED, []),
    "bill_by_claim_lines": (CHARGED, []),
    "bill_no_source": ({}, []),
    "bill_encounter": ({}, ["BILL_REPORTED"]),
    # A17: sequence > 1 never touches unbilled or gross revenue.
    "bill_secondary": ({}, ["BILL_LATER_PAYER"]),
    "bill_self_pay": (
        {("debit", "ar.patient", "billed"): "2000.00", ("credit", "ar.unbilled"): "2000.00"},
        [],
    ),
    # 2,000.00 back, 1,800.00 anew; sides are never netted.
    "bill_replaced": (
        {
            ("credit", *FIRST): "2000.00",
            ("debit", "ar.unbilled"): "2000.00",
            ("debit", *FIRST): "1800.00",
            ("credit", "ar.unbilled"): "1800.00",
        },
        [],
    ),
    "bill_replaced_by_claim": (
        {
            ("credit", *FIRST): "2000.00",
            ("debit", "revenue.gross"): "2000.00",
            ("debit", *FIRST): "1800.00",
            ("credit", "revenue.gross"): "1800.00",
        },
        [],
    ),
    "bill_void": ({("credit", *FIRST): "2000.00", ("debit", "ar.unbilled"): "2000.00"}, []),
    # §5.8: 2,000.00 less 1,200.00 that are expected to be allowed.
    "bill_expected": ({**MOVED, **EXPECTED}, []),
    "bill_expected_open_item": (
        {
            ("credit", *FIRST): "2000.00",
            ("debit", "ar.unbilled"): "2000.00",
            ("credit", "revenue.adjustment.contractual"): "800.00",
            ("debit", "ar.allowance.contractual"): "800.00",
        },
        [],
    ),
    # §5.3 and §5.8: R2 with 800.00 released. The letter of its WO is not known, so 120.00 wait in suspense.
    "expected_released": (
        {
            ("debit", "cash.eft_in_transit"): "285.46",
            ("credit", "cash.remit_clearing"): "758.26",
            ("debit", "cash.remit_clearing"): "758.26",
            ("credit", *FIRST): "3250.00",
            ("debit", "ar.payer", "denied"): "950.00",
            ("debit", "ar.patient", "deductible"): "257.00",
            ("debit", "ar.patient", "coinsurance"): "192.60",
            ("debit", "ar.patient", "non_covered"): "300.00",
            ("debit", "suspense"): "472.80",  # 120.00 and 352.80, of which this history knows nothing
            ("debit", "ar.allowance.contractual"): "800.00",
            ("credit", "revenue.adjustment.contractual"): "800.00",
            ("debit", "revenue.adjustment.contractual"): "780.00",
            ("debit", "revenue.adjustment.sequestration"): "15.41",
            ("credit", "other.payer_interest"): "3.27",
        },
        ["EXPECTED_VARIANCE", "PATIENT_BILLING_HELD", "RECOUP_UNIDENTIFIED", "FB_CHAIN_BROKEN"],
    ),
}
