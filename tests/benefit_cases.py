"""Figures of statements of benefits, worked out by hand from the accountant's rules (A1, A8, A17).

A claim of 200.00: 120.00 are eligible, 20.00 copayment and 10.00 deductible, 90.00 are paid. The 80.00 that
are not eligible have no group and reason.
"""

from __future__ import annotations

Amounts = dict[tuple[str, ...], str]

SHARES: Amounts = {("debit", "ar.patient", "copay"): "20.00", ("debit", "ar.patient", "deductible"): "10.00"}

BENEFITS: dict[str, tuple[Amounts, list[str]]] = {
    # The shares leave the payer's receivable. Nobody says why 80.00 are not eligible, nor which payment
    # brings the 90.00: 170.00 stay open.
    "benefit_categories": (
        {**SHARES, ("credit", "ar.payer", "sequence 1"): "30.00"},
        ["ADJUSTMENT_HELD", "PAYMENT_UNIDENTIFIED"],
    ),
    # These books know the contract, and the statement names the payment: 200.00 = 90.00 + 80.00 + 30.00.
    "benefit_paid": (
        {
            **SHARES,
            ("debit", "cash.eft_in_transit"): "90.00",
            ("credit", "cash.remit_clearing"): "90.00",
            ("debit", "cash.remit_clearing"): "90.00",
            ("debit", "revenue.adjustment.contractual"): "80.00",
            ("credit", "ar.payer", "sequence 1"): "200.00",
        },
        [],
    ),
    # §5.5, A8, by categories: as `secondary_payer`. 500.00 less 425.00: 75.00 leave bucket 2.
    "benefit_secondary": (
        {
            ("debit", "cash.eft_in_transit"): "65.00",
            ("credit", "cash.remit_clearing"): "65.00",
            ("debit", "cash.remit_clearing"): "65.00",
            ("debit", "revenue.adjustment.contractual"): "10.00",
            ("credit", "ar.payer", "sequence 2"): "75.00",
        },
        [],
    ),
    # A17: the advice books the adjudication, by default; a statement is control only.
    "benefit_only_told": ({}, []),
}
