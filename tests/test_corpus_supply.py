"""Real orders, confirmations, ship notices and invoices: what is read of each agrees with a plain count
of its segments, and what does not add up is known by name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.purchase import SupplierInvoice
from hcfin.wire.x12 import Segment, scan

pytestmark = pytest.mark.corpus

KINDS = {"810": "IT1", "850": "PO1", "855": "PO1", "856": "SN1"}
"""The segment that is a line, by set."""

# What is wrong with them, by the end of their name. All others have no issue.
KNOWN = {
    # A second party of the same part, or one that no part of ours is.
    "850_Example1_PGWGlass.txt": {"PARTY_UNKNOWN"},
    "850_From_aojuk.txt": {"PARTY_UNKNOWN"},
    # Its total is 12.00, eleven at 1,499.95 are 16,499.45.
    "850_Example4_Adobe_ShrinkWrapped.txt": {"PARTY_UNKNOWN", "ORDER_TOTAL_MISMATCH", "TERMINATOR_MISSING"},
    "855_Example1_Adobe.txt": {"PARTY_UNKNOWN", "TERMINATOR_MISSING"},
    "810_Example5_Walmart.txt": {"TERMINATOR_MISSING"},
    "Samples_x12.850.edi": {"CONTROL_MISMATCH"},
    # Broken on purpose.
    "PR855_fail_2.edi": {"SEGMENT_OUTSIDE_SET", "CONTROL_MISMATCH"},
    "SH856_fail_2.edi": {"SEGMENT_UNTERMINATED"},
    # One line of 807.50, a total of 1,395.50.
    "810_sample.txt": {"PARTY_UNKNOWN", "INVOICE_TOTAL_MISMATCH"},
    # The second invoice repeats the total of the first, with two of its seven lines.
    "invoice810_po850_dual.edi": {"INVOICE_TOTAL_MISMATCH"},
    "simple810.edi": {"INVOICE_TOTAL_MISMATCH"},
}


def sets(path: Path) -> list[list[list[str]]]:
    """The sets of a file, as plain segments."""
    found: list[list[list[str]]] = []
    with path.open("rb") as stream:
        rows = [list(one.elements) for one in scan(stream.read, hcfin.Limits()) if isinstance(one, Segment)]
    for row in rows:
        if row[0] == "ST":
            found.append([])
        if found and row[0] not in ("GE", "IEA", "ISA", "GS"):
            found[-1].append(row)
    return [one for one in found if one[0][1] in KINDS]


@pytest.fixture(scope="module")
def files(corpus: Path) -> list[Path]:
    found = [
        path
        for path in sorted((corpus / "x12" / "other").iterdir())
        if any(f"ST{mark}{kind}" in path.read_text("latin-1") for kind in KINDS for mark in "*|+^")
    ]
    assert len(found) > 20
    return found


def test_lines_quantities_and_totals_are_those_of_a_plain_count(files: list[Path]) -> None:
    for path in files:
        reading, expected = hcfin.read(path), sets(path)
        assert [unit.kind for unit in reading.units] == [rows[0][1] for rows in expected], path.name
        for fact, unit, rows in zip(reading.facts, reading.units, expected, strict=True):
            lines = [row for row in rows if row[0] == KINDS[unit.kind]]
            quantity = sum((Decimal(row[2]) for row in lines), Decimal(0))
            assert unit.summary["lines"] == len(lines), path.name
            assert Decimal(str(unit.summary["quantity"])) == quantity, path.name
            if isinstance(fact, SupplierInvoice):
                (total,) = [row[1] for row in rows if row[0] == "TDS"]
                assert fact.total == Decimal(total) / 100, path.name


def test_every_issue_is_known(files: list[Path]) -> None:
    for path in files:
        reading = hcfin.read(path)
        found = {issue.code for issue in reading.issues}
        assert found == next((codes for name, codes in KNOWN.items() if path.name.endswith(name)), set()), (
            path.name
        )
        told = sum(reading.coverage.carried.values()) + sum(reading.coverage.counted.values())
        assert told > 0
        assert not any(fact.unreadable for fact in reading), path.name
