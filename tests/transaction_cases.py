"""Posting cases of payments, refunds, disputes, write-offs and transfers, with figures worked out by hand.

Sections are those of the posting rules, `A` numbers the controller's rulings, P2C the events."""

from __future__ import annotations

Amounts = dict[tuple[str, ...], str]

CLEARING = "cash.merchant_clearing"
PATIENT = ("ar.patient", "billed")
PAYABLE = "liability.refund_payable_patient"
UNAPPLIED = "liability.unapplied_patient"
CONCESSION = "revenue.adjustment.implicit_price_concession"

TRANSACTIONS: dict[str, tuple[Amounts, list[str]]] = {
    # §5.7, all seven steps: clearing has 250.00 + 265.00 in and 250.00 + 50.00 + 215.00 out.
    "payments": (
        {
            ("debit", CLEARING): "515.00",
            ("credit", CLEARING): "515.00",
            ("credit", *PATIENT): "250.00",
            ("debit", *PATIENT): "250.00",
            ("debit", "cash.bank"): "242.45",
            ("credit", "cash.bank"): "265.00",
            ("debit", "expense.merchant_fee"): "7.55",
            ("debit", "expense.chargeback_fee"): "15.00",
            ("credit", PAYABLE): "50.00",
            ("debit", PAYABLE): "50.00",
            ("debit", "ar.patient_disputed"): "200.00",
            ("credit", "ar.patient_disputed"): "200.00",
        },
        [],
    ),
    # P2C-20, P2C-30: of 250.00 the patient owes 100.00; undone as it was booked. A12: of a deposit of 40.00,
    # 30.00 are refunded.
    "payments_known": (
        {
            ("debit", "cash.drawer"): "250.00",
            ("credit", "cash.drawer"): "250.00",
            ("credit", *PATIENT): "100.00",
            ("debit", *PATIENT): "100.00",
            ("credit", UNAPPLIED): "150.00",
            ("debit", UNAPPLIED): "180.00",
            ("credit", PAYABLE): "30.00",
        },
        [],
    ),
    # P2C-24 to P2C-27, A3: each reason has a role of its own; the bad debt of 120.00 is recovered (P2C-25).
    # P2C-07: 60.00 go to an agency, 75.00 from the first payer to the patient.
    "write_offs": (
        {
            ("debit", "revenue.adjustment.administrative"): "9.00",
            ("debit", CONCESSION): "120.00",
            ("credit", CONCESSION): "120.00",
            ("debit", "revenue.adjustment.denial_final"): "150.00",
            ("debit", "revenue.adjustment.charity"): "80.00",
            ("debit", "ar.agency"): "60.00",
            ("debit", *PATIENT): "195.00",
            ("credit", *PATIENT): "269.00",
            ("credit", "ar.payer", "denied"): "150.00",
            ("credit", "ar.payer", "sequence 1"): "75.00",
        },
        [],
    ),
}
