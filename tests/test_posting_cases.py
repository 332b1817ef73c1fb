"""Posting cases with figures worked out by hand from the accountant's rules, to the cent.

Each case is a folder of `fixtures/posting`; the rule that decides it stands beside its figures. `A` numbers
are the controller's rulings, sections are those of the posting rules.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

import cases
from benefit_cases import BENEFITS
from bill_cases import BILLS
from charge_cases import CHARGES
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import Receipt
from hcfin.posting import Outcome, Posting
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from supply_cases import SUPPLIES
from transaction_cases import TRANSACTIONS

Amounts = dict[tuple[str, ...], str]

CONTRACTUAL = "revenue.adjustment.contractual"
UNAPPLIED = "liability.unapplied_payer"

# A claim of 100.00 that pays 80.00 and takes 20.00 off by contract; it stands beside the case in question.
GOOD: Amounts = {
    ("debit", "cash.eft_in_transit"): "80.00",
    ("credit", "cash.remit_clearing"): "80.00",
    ("debit", "cash.remit_clearing"): "80.00",
    ("debit", CONTRACTUAL): "20.00",
    ("credit", "ar.payer", "sequence 1"): "100.00",
}

# §5.3: remittance R2 by the default policy, as in `test_worked_remits`.
R2: Amounts = {
    ("debit", "cash.eft_in_transit"): "285.46",
    ("credit", "cash.remit_clearing"): "758.26",
    ("debit", "cash.remit_clearing"): "758.26",
    ("credit", "ar.payer", "sequence 1"): "3250.00",
    ("debit", "ar.payer", "denied"): "950.00",
    ("debit", "ar.patient", "deductible"): "257.00",
    ("debit", "ar.patient", "coinsurance"): "192.60",
    ("debit", "ar.patient", "non_covered"): "300.00",
    ("debit", "liability.payer_recoup"): "120.00",
    ("debit", "liability.payer_forward"): "352.80",
    ("debit", CONTRACTUAL): "780.00",
    ("debit", "revenue.adjustment.sequestration"): "15.41",
    ("credit", "other.payer_interest"): "3.27",
}
# A20: the receipt settles 754.99, so the journal has 758.26 - 754.99 and 3250.00 - 754.99.
R2_OPEN_ITEM: Amounts = {
    **R2,
    ("debit", "cash.remit_clearing"): "3.27",
    ("credit", "ar.payer", "sequence 1"): "2495.01",
}

# PR-96 of R2: what the patient may owe after a denial is not billed before somebody has looked at it.
HELD = ["PATIENT_BILLING_HELD"]

# Name of the folder: what it books, and the issues that posting raises.
CASES: dict[str, tuple[Amounts, list[str]]] = {
    # §5.5, A8: 500.00 less the prior payer's 425.00: 75.00 leave bucket 2, 65.00 in cash, 10.00 by contract.
    "secondary_payer": (
        {
            ("debit", "cash.eft_in_transit"): "65.00",
            ("credit", "cash.remit_clearing"): "65.00",
            ("debit", "cash.remit_clearing"): "65.00",
            ("debit", CONTRACTUAL): "10.00",
            ("credit", "ar.payer", "sequence 2"): "75.00",
        },
        [],
    ),
    # A9: the same from Medicaid, where Medicare may have come first: 10.00 is not contractual and stays open.
    "crossover": (
        {
            ("debit", "cash.eft_in_transit"): "65.00",
            ("credit", "cash.remit_clearing"): "65.00",
            ("debit", "cash.remit_clearing"): "65.00",
            ("credit", "ar.payer", "sequence 2"): "65.00",
        },
        ["MEDICARE_INDIGENT_HELD"],
    ),
    # §5.5, A8, A2: without CARC 23 the 435.00 of CO-45 may hold the prior payer's 425.00: only cash posts.
    "secondary_without_23": (
        {
            ("debit", "cash.eft_in_transit"): "65.00",
            ("credit", "cash.remit_clearing"): "65.00",
            ("debit", "cash.remit_clearing"): "65.00",
            ("credit", UNAPPLIED): "65.00",
        },
        ["COB_MISSING_23"],
    ),
    # A11: coinsurance of a claim with status 19 and deductible of a claim with NM1*TT go to the next payer.
    # 300.00 = 160.00 + 100.00 + 40.00; 200.00 = 150.00 + 50.00; payment 160.00 + 150.00.
    "forwarded_primary": (
        {
            ("debit", "cash.eft_in_transit"): "310.00",
            ("credit", "cash.remit_clearing"): "310.00",
            ("debit", "cash.remit_clearing"): "310.00",
            ("debit", CONTRACTUAL): "100.00",
            ("debit", "ar.payer", "sequence 2"): "90.00",
            ("credit", "ar.payer", "sequence 1"): "500.00",
        },
        [],
    ),
    # A10: N781 on the line and N782 in MOA hold 24.00 and 100.00 of PR; they stay in the payer's receivable.
    # 200.00 - 24.00 = 96.00 + 80.00 and 150.00 - 100.00 = 0.00 + 50.00: 226.00 leave it.
    "qmb_remark": (
        {
            ("debit", "cash.eft_in_transit"): "96.00",
            ("credit", "cash.remit_clearing"): "96.00",
            ("debit", "cash.remit_clearing"): "96.00",
            ("debit", CONTRACTUAL): "130.00",
            ("credit", "ar.payer", "sequence 1"): "226.00",
        },
        ["PATIENT_BILLING_BLOCKED", "PATIENT_BILLING_BLOCKED"],
    ),
    # A2, D10: 200.00 - 40.00 is not 150.00; the good claim posts, the 150.00 wait in unapplied cash.
    "unbalanced_claim": (
        {
            ("debit", "cash.eft_in_transit"): "230.00",
            ("credit", "cash.remit_clearing"): "230.00",
            ("debit", "cash.remit_clearing"): "230.00",
            ("debit", CONTRACTUAL): "20.00",
            ("credit", "ar.payer", "sequence 1"): "100.00",
            ("credit", UNAPPLIED): "150.00",
        },
        ["REMIT_UNBALANCED_CLAIM"],
    ),
    # A2: a takeback of 150.00 that does not balance waits in suspense. 240.00 - 150.00 = 90.00 are paid.
    "unbalanced_takeback": (
        {
            ("debit", "cash.eft_in_transit"): "90.00",
            ("credit", "cash.remit_clearing"): "240.00",  # 90.00 payment, 150.00 takeback
            ("debit", "cash.remit_clearing"): "240.00",
            ("debit", CONTRACTUAL): "60.00",
            ("debit", "suspense"): "150.00",
            ("credit", "ar.payer", "sequence 1"): "300.00",
        },
        ["REMIT_UNBALANCED_CLAIM"],
    ),
    # §6.1 step 7: 20.00 of a code that nothing knows stay open; 70.00 + 10.00 of the 100.00 leave.
    "unknown_code": (
        {
            ("debit", "cash.eft_in_transit"): "70.00",
            ("credit", "cash.remit_clearing"): "70.00",
            ("debit", "cash.remit_clearing"): "70.00",
            ("debit", CONTRACTUAL): "10.00",
            ("credit", "ar.payer", "sequence 1"): "80.00",
        },
        ["CODE_UNCLASSIFIED"],
    ),
    # A4: a deductible that the provider must absorb (CO-1) is a contradiction and never reaches P&L.
    "contradiction": (
        {
            ("debit", "cash.eft_in_transit"): "75.00",
            ("credit", "cash.remit_clearing"): "75.00",
            ("debit", "cash.remit_clearing"): "75.00",
            ("credit", "ar.payer", "sequence 1"): "75.00",
        },
        ["GROUP_CARC_MISMATCH"],
    ),
    # A5, D4: nothing is paid, CO-45 takes the charges of both lines, 250.00 + 150.00: a denial, no contract.
    "co45_full_charge_unpaid": (
        {
            ("debit", "ar.payer", "denied"): "400.00",
            ("credit", "ar.payer", "sequence 1"): "400.00",
        },
        [],
    ),
    # A5: the claim pays: the packaged line's 30.00 are contractual beside the other's 20.00, with a finding.
    "co45_full_charge_paid": (
        {
            ("debit", "cash.eft_in_transit"): "80.00",
            ("credit", "cash.remit_clearing"): "80.00",
            ("debit", "cash.remit_clearing"): "80.00",
            ("debit", CONTRACTUAL): "50.00",
            ("credit", "ar.payer", "sequence 1"): "130.00",
        },
        ["CO45_FULL_CHARGE"],
    ),
    # §6.1 step 2, §6.5: a quotation of 1,200.00 books nothing.
    "predetermination": (GOOD, ["PREDETERMINATION"]),
    # §6.5: status 23 (another payer's claim) and 5 (pended, 4010) book nothing; 300.00 and 250.00 stay open.
    "pending_status": (GOOD, ["CLAIM_PENDING", "CLAIM_PENDING"]),
    # §6.2, A2: group CR of 4010 does not say what to mirror: the takeback of 80.00 waits in suspense.
    "reversal_group_cr": (
        {
            ("debit", "cash.eft_in_transit"): "160.00",
            ("credit", "cash.remit_clearing"): "240.00",  # 160.00 payment, 80.00 takeback
            ("debit", "cash.remit_clearing"): "240.00",
            ("debit", CONTRACTUAL): "60.00",
            ("debit", "suspense"): "80.00",
            ("credit", "ar.payer", "sequence 1"): "300.00",
        },
        ["REVERSAL_GROUP_CR"],
    ),
    # A2, D6, §6.4: ZZ is parked: +5.00 reduces the payment, -7.00 increases it: 80.00 - 5.00 + 7.00 = 82.00.
    "unknown_provider_adjustment": (
        {
            ("debit", "cash.eft_in_transit"): "82.00",
            ("credit", "cash.remit_clearing"): "87.00",
            ("debit", "cash.remit_clearing"): "87.00",
            ("debit", "suspense"): "5.00",
            ("credit", "suspense"): "7.00",
            ("debit", CONTRACTUAL): "20.00",
            ("credit", "ar.payer", "sequence 1"): "100.00",
        },
        ["PLB_UNKNOWN", "PLB_UNKNOWN"],
    ),
    # §6.6, A1: a cheque is announced in lockbox clearing.
    "cheque": (
        {
            ("debit", "cash.lockbox_clearing"): "80.00",
            ("credit", "cash.remit_clearing"): "80.00",
            ("debit", "cash.remit_clearing"): "80.00",
            ("debit", CONTRACTUAL): "20.00",
            ("credit", "ar.payer", "sequence 1"): "100.00",
        },
        [],
    ),
    # §6.6, A2: method NON announces no cash; 80.00 that it claims to pay wait in suspense, clearing is zero.
    "no_payment_with_money": (
        {
            ("debit", "suspense"): "80.00",
            ("credit", "cash.remit_clearing"): "80.00",
            ("debit", "cash.remit_clearing"): "80.00",
            ("debit", CONTRACTUAL): "20.00",
            ("credit", "ar.payer", "sequence 1"): "100.00",
        },
        ["PAYMENT_SUSPENDED"],
    ),
    # §2.4: the amounts are those of the good claim; only the date moves.
    "period_closed_redated": (GOOD, ["PERIOD_CLOSED"]),
    "period_closed_withheld": ({}, ["PERIOD_WITHHELD"]),
    # §2.5: a currency without cents: 15000 = 10800 + 3000 + 1200.
    "yen": (
        {
            ("debit", "cash.eft_in_transit"): "10800",
            ("credit", "cash.remit_clearing"): "10800",
            ("debit", "cash.remit_clearing"): "10800",
            ("debit", CONTRACTUAL): "3000",
            ("debit", "ar.patient", "coinsurance"): "1200",
            ("credit", "ar.payer", "sequence 1"): "15000",
        },
        [],
    ),
    # Neither granularity nor dimensions change an amount.
    "granularity_claim": (R2, HELD),
    "granularity_line": (R2, HELD),
    "dimensions_by_line": (R2, HELD),
    # §2.4: only the date moves, and only in the entity that has closed the month.
    "entity_calendars": (R2, ["PERIOD_CLOSED", *HELD]),
    "open_item": (R2_OPEN_ITEM, HELD),
    "open_item_by_line": (R2_OPEN_ITEM, HELD),
    # §5.2: the receipt settles 235.20 of 1500.00, clearing keeps 588.00 - 235.20; the takeback is a line.
    "open_item_takeback": (
        {
            ("debit", "ar.payer", "sequence ?"): "1000.00",
            ("debit", "ar.payer", "denied"): "1000.00",
            ("credit", "ar.payer", "sequence 1"): "1264.80",
            ("credit", CONTRACTUAL): "250.00",
            ("debit", CONTRACTUAL): "200.00",
            ("credit", "revenue.adjustment.sequestration"): "12.00",
            ("debit", "revenue.adjustment.sequestration"): "4.80",
            ("credit", "ar.patient", "coinsurance"): "150.00",
            ("debit", "ar.patient", "coinsurance"): "60.00",
            ("credit", "cash.remit_clearing"): "588.00",
            ("debit", "cash.remit_clearing"): "352.80",
            ("credit", "liability.payer_forward"): "352.80",
        },
        [],
    ),
    # A3 with the switch on for the class: 150.00 of 950.00 are written off; 300.00 of PR-96 are denied by the
    # payer's own rule; 780.00 + 15.41 by contract; the recovery waits in suspense.
    "payer_overrides": (
        {
            **{
                key: amount
                for key, amount in R2.items()
                if key[1:]
                not in {
                    ("ar.patient", "non_covered"),
                    ("liability.payer_recoup",),
                    ("revenue.adjustment.sequestration",),
                }
            },
            ("debit", "ar.payer", "denied"): "1100.00",
            ("debit", "revenue.adjustment.denial_final"): "150.00",
            ("debit", CONTRACTUAL): "795.41",
            ("debit", "suspense"): "120.00",
        },
        [],
    ),
    # §6.6: no money, no charge, no line.
    "zero_remittance": ({}, ["NOTHING_TO_POST"]),
    # A23: 30.00 taken without a contract (PI-45) are disputed; 20.00 that nobody is liable for (OA-45) stay
    # open. 50.00 + 30.00 leave the open receivable, 30.00 come back as underpaid.
    "underpaid_and_held": (
        {
            ("debit", "cash.eft_in_transit"): "50.00",
            ("credit", "cash.remit_clearing"): "50.00",
            ("debit", "cash.remit_clearing"): "50.00",
            ("debit", "ar.payer", "underpaid"): "30.00",
            ("credit", "ar.payer", "sequence 1"): "80.00",
        },
        ["ADJUSTMENT_HELD"],
    ),
    **BENEFITS,
    **BILLS,
    **CHARGES,
    **TRANSACTIONS,
    **SUPPLIES,
}


def _posted(name: str) -> Posting:
    return cases.posted(cases.FIXTURES / "posting" / name)


def _entries(posting: Posting) -> list[JournalEntry]:
    return [document for document in posting.documents if isinstance(document, JournalEntry)]


def _booking(posting: Posting) -> list[Document]:
    """Journal entries, invoices and credit memos. What a receipt books is told beside them."""
    return [document for document in posting.documents if not isinstance(document, Receipt)]


def _amounts(posting: Posting) -> Amounts:
    """Side, role and what tells a receivable's parts apart: amount."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for entry in _booking(posting):
        for line in entry.gl_lines:
            tags = dict(line.tags)
            mark: tuple[str, ...] = ()
            if line.role == "ar.payer":
                mark = (tags.get("ar_status") or f"sequence {tags.get('sequence', '?')}",)
            elif line.role == "ar.patient":
                mark = (tags.get("patient_class", "billed"),)
            sums[(line.side, line.role, *mark)] += line.amount
    return {key: f"{amount:f}" for key, amount in sums.items()}


@pytest.mark.parametrize("name", CASES)
def test_amounts(name: str) -> None:
    expected, issues = CASES[name]
    posting = _posted(name)
    assert _amounts(posting) == expected
    assert [issue.code for issue in posting.issues] == issues
    for entry in _booking(posting):
        assert_balanced(entry)
    assert_clearing_zero(posting.documents)


def test_every_posting_case_has_figures() -> None:
    """The two worked remittances have a test of their own."""
    worked = {"worked_r1", "worked_r2"}
    assert {case.name for case in cases.folders("posting")} - worked == set(CASES)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("qmb_remark", ["24.00", "100.00"]),
        ("unknown_code", ["20.00"]),
        ("contradiction", ["25.00"]),
        ("underpaid_and_held", ["20.00"]),
    ],
)
def test_what_stays_open_is_said(name: str, kept: list[str]) -> None:
    """§5 law 1: an amount without a line ends in an issue, at the same place."""
    posting = _posted(name)
    ends = [end for end in posting.dispositions if end.outcome is Outcome.KEPT_OPEN]
    assert [f"{end.amount:f}" for end in ends] == kept
    assert [end.origin for end in ends] == [issue.origin for issue in posting.issues]


def test_prior_payer_is_not_posted() -> None:
    """A8, §6.1 step 3: OA-23 ends as information and takes 425.00 off what leaves the receivable."""
    ends = {end.rule: f"{end.amount:f} {end.outcome}" for end in _posted("secondary_payer").dispositions}
    assert ends["OA-23"] == "425.00 informational"


def test_suspended_claim_posts_nothing_but_its_payment() -> None:
    """A2: adjustments and charge of the suspended claim end as suspended, under the issue's code."""
    ends = [
        (f"{end.amount:f}", end.rule)
        for end in _posted("secondary_without_23").dispositions
        if end.outcome is Outcome.SUSPENDED
    ]
    assert ends == [("435.00", "COB_MISSING_23"), ("500.00", "COB_MISSING_23")]


def test_denial_by_full_charge_says_what_to_do() -> None:
    """A5: the denied receivable is to be appealed, under a class of its own."""
    (entry,) = _entries(_posted("co45_full_charge_unpaid"))
    (denied,) = (dict(line.tags) for line in entry.gl_lines if line.side == "debit")
    assert denied["next_step"] == "appeal"
    assert denied["denial_class"] == "full_charge_contractual"


def test_redated_entry_keeps_its_period() -> None:
    """§2.4: closed through January, posted on the first day of February, from January."""
    posting = _posted("period_closed_redated")
    assert {
        (document.gl_date, document.period, document.original_period) for document in posting.documents
    } == {(date(2025, 2, 1), "2025-02", "2025-01")}


def test_withheld_remittance_ends_whole() -> None:
    """§2.4: every amount of a withheld remittance is rejected, none is posted."""
    ends = _posted("period_closed_withheld").dispositions
    assert {end.outcome for end in ends} == {Outcome.REJECTED}
    assert sorted(f"{end.amount:f}" for end in ends) == ["100.00", "20.00", "80.00", "80.00"]


def test_yen_has_no_decimals_anywhere() -> None:
    """§2.5: amounts carry the currency's minor units, and yen have none."""
    for document in _posted("yen").documents:
        assert document.currency == "JPY"
        assert all("." not in f"{line.amount:f}" for line in document.gl_lines)
