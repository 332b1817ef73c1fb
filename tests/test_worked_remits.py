"""The two worked remittances, to the cent. The figures are those of the accountant's example, with denials
kept as a status of the receivable (policy `denial_final_auto` off)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

import cases
from hcfin import Context, load_books
from hcfin.finance.journal import JournalEntry
from hcfin.identity import DEMO_KEYS, token
from hcfin.posting import post
from hcfin.testing.laws import assert_balanced, assert_clearing_zero

Amounts = dict[tuple[str, str, str], str]

# What a provider adjustment refers to becomes a token: payers put account and claim numbers there.
REFERENCES = {
    token(DEMO_KEYS, "trace", "EFT0301"): "forward EFT0301",
    token(DEMO_KEYS, "claim", "24350000000901"): "claim 24350000000901",
}

# (role, what distinguishes it, side): amount
R1: Amounts = {
    ("ar.payer", "", "debit"): "1000.00",
    ("revenue.adjustment.contractual", "", "credit"): "250.00",
    ("revenue.adjustment.sequestration", "", "credit"): "12.00",
    ("ar.patient", "coinsurance", "credit"): "150.00",
    ("cash.remit_clearing", "", "credit"): "588.00",
    ("ar.payer", "denied", "debit"): "1000.00",
    ("ar.payer", "", "credit"): "1500.00",
    ("cash.remit_clearing", "", "debit"): "588.00",
    ("revenue.adjustment.contractual", "", "debit"): "200.00",
    ("revenue.adjustment.sequestration", "", "debit"): "4.80",
    ("ar.patient", "coinsurance", "debit"): "60.00",
    ("liability.payer_forward", "forward EFT0301", "credit"): "352.80",
}
R2: Amounts = {
    ("cash.remit_clearing", "", "debit"): "758.26",
    ("revenue.adjustment.contractual", "", "debit"): "780.00",
    ("revenue.adjustment.sequestration", "", "debit"): "15.41",
    ("ar.patient", "deductible", "debit"): "257.00",
    ("ar.patient", "coinsurance", "debit"): "192.60",
    ("ar.patient", "non_covered", "debit"): "300.00",
    ("ar.payer", "", "credit"): "3250.00",
    ("ar.payer", "denied", "debit"): "950.00",
    ("other.payer_interest", "", "credit"): "3.27",
    ("liability.payer_recoup", "claim 24350000000901", "debit"): "120.00",
    ("liability.payer_forward", "forward EFT0301", "debit"): "352.80",
    ("cash.remit_clearing", "", "credit"): "758.26",
    ("cash.eft_in_transit", "", "debit"): "285.46",
}


def _entry(case: str, *books: str) -> JournalEntry:
    folder = cases.FIXTURES / "x12" / "remittance_835" / case
    paths = [str(cases.FIXTURES / "posting" / case / "books.toml"), *books]
    reading = cases.reading_of(folder)
    assert not reading.issues
    posting = post(reading, load_books("example", *paths), context=Context(keys=DEMO_KEYS))
    # A27: claim E leaves a denial to the patient without an advance notice; it is booked, and held.
    assert [issue.code for issue in posting.issues] == ["PATIENT_BILLING_HELD"] * (case == "worked_r2")
    return next(document for document in posting.documents if isinstance(document, JournalEntry))


def _amounts(entry: JournalEntry) -> Amounts:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for line in entry.gl_lines:
        tags = dict(line.tags)
        reference = REFERENCES.get(tags.get("reference", ""), "")
        mark = tags.get("ar_status") or tags.get("patient_class") or reference
        sums[line.role, mark, line.side] += line.amount
    return {key: f"{amount:f}" for key, amount in sums.items()}


@pytest.mark.parametrize(
    ("case", "expected", "total"),
    [("worked_r1", R1, "2852.80"), ("worked_r2", R2, "4011.53")],
)
def test_worked_remittance(case: str, expected: Amounts, total: str) -> None:
    entry = _entry(case)
    assert _amounts(entry) == expected
    assert entry.totals() == {"debit": Decimal(total), "credit": Decimal(total)}
    assert_balanced(entry)
    assert_clearing_zero([entry])


@pytest.mark.parametrize("case", ["worked_r1", "worked_r2"])
def test_every_line_names_its_origins_and_its_rule(case: str) -> None:
    for line in _entry(case).gl_lines:
        assert line.rule.id
        assert line.rule.line > 1
        assert line.rule.layer in {"default.toml", "codes/carc.csv", "codes/plb.csv"}
        assert line.origins.count == len(line.origins.first)
        for origin in line.origins.first:
            assert origin.standard == "x12"
            assert origin.element.startswith(origin.segment)
            assert origin.offset


def test_cash_of_the_second_and_nothing_of_the_first() -> None:
    """BPR02 of R1 is 0.00 and makes no cash line; R2 announces 285.46."""
    cash = {
        case: [line.amount for line in _entry(case).gl_lines if line.role == "cash.eft_in_transit"]
        for case in ("worked_r1", "worked_r2")
    }
    assert cash == {"worked_r1": [], "worked_r2": [Decimal("285.46")]}


def test_forwarded_balance_of_both_is_zero() -> None:
    """What R1 carries forward, R2 takes back: the chain EFT0301 ends at zero."""
    balance = Decimal(0)
    for case in ("worked_r1", "worked_r2"):
        for line in _entry(case).gl_lines:
            if REFERENCES.get(dict(line.tags).get("reference", "")) == "forward EFT0301":
                balance += line.amount if line.side == "debit" else -line.amount
    assert balance == 0


def test_final_denial_only_by_policy(tmp_path) -> None:
    """With `denial_final_auto` the 150.00 filed too late leave the receivable; totals do not change."""
    path = tmp_path / "final.toml"
    path.write_text("[policy]\ndenial_final_auto = true\n", encoding="utf-8")
    entry = _entry("worked_r2", str(path))
    amounts = _amounts(entry)
    assert amounts["revenue.adjustment.denial_final", "denied", "debit"] == "150.00"
    assert amounts["ar.payer", "denied", "debit"] == "800.00"
    assert entry.totals()["debit"] == Decimal("4011.53")
