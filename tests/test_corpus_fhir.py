"""Real FHIR resources of others, where the folder is present: each file ends in facts or issues, its figures
are those that were computed independently, and what is written of it is read back the same."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.facts import load_fact
from hcfin.billing.purchase import GoodsReceipt
from hcfin.billing.reading import Reading
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.books import builtin, load
from hcfin.errors import HcfinError
from hcfin.overlay import Layer
from hcfin.standards.fhir import STANDARD
from hcfin.testing.laws import assert_balanced, assert_clearing_zero

pytestmark = pytest.mark.corpus
Row = dict[str, str]
SUPPLIES = (SupplyUse, SupplyRequest, StockLevel, StockAdjustment, ItemEntry, GoodsReceipt)

# A column of the table, and what a summary calls it. Of an invoice the third is what is left to pay.
COLUMNS = {"total": "total", "sum_item_net": "item_total", "payment": "payment"}


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[Path, list[Row]]:
    rows: dict[Path, list[Row]] = defaultdict(list)
    with (corpus / "fhir_totals.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            rows[corpus / row["path"]].append(row)
    return dict(rows)


@pytest.fixture(scope="module")
def readings(corpus: Path) -> dict[Path, Reading]:
    paths = sorted(path for path in (corpus / "fhir").rglob("*") if path.is_file())
    return {path: hcfin.read(path, standard="fhir") for path in paths}


def test_every_file_ends_in_facts_or_issues(readings: dict[Path, Reading]) -> None:
    assert len(readings) > 250
    for path, reading in readings.items():
        assert reading.facts or reading.issues, path.name
        assert all(load_fact(fact.model_dump(mode="json")) == fact for fact in reading.facts), path.name


def test_summaries_are_what_was_computed_independently(
    expected: dict[Path, list[Row]], readings: dict[Path, Reading]
) -> None:
    compared = 0
    for path, rows in expected.items():
        units = {}
        for unit in readings[path].units:
            units.setdefault((unit.kind, unit.summary.get("id", unit.control)), unit)
        for row in rows:
            summary = units[row["resource"], row["id"]].summary
            for column, name in COLUMNS.items():
                name = "net" if row["resource"] == "Invoice" and name == "payment" else name
                if row[column]:
                    assert Decimal(summary[name]) == Decimal(row[column]), (path.name, row["id"], column)
                    compared += 1
    assert compared > 2000


def test_no_value_of_a_resource_stands_in_an_issue(readings: dict[Path, Reading]) -> None:
    for path, reading in readings.items():
        texts = "\n".join(str(issue) for issue in reading.issues)
        for fact in reading.facts:
            who = getattr(fact, "patient", None)
            for word in (who.last_name, who.first_name) if who else ():
                if len(word) > 3:  # short ones may stand inside of any word
                    assert word not in texts, path.name


def test_what_can_be_written_is_read_back(readings: dict[Path, Reading]) -> None:
    """The writer proves each bundle itself; here: that it takes real ones at all, and says why not."""
    ends: Counter[str] = Counter()
    for path, reading in readings.items():
        # FHIR is written for finance; supplies are read alone.
        wanted = tuple(fact for fact in reading.facts if not isinstance(fact, SUPPLIES))
        facts = [fact for fact in wanted if not fact.unreadable]
        if not facts or len(facts) != len(wanted):
            continue
        for release in ("R4", "R5"):
            try:
                data = STANDARD.write(facts, {"release": release})
            except HcfinError as error:
                ends[str(error).rpartition(" so that ")[2]] += 1
            else:
                assert hcfin.read(data).facts == wanted, path.name
                ends["written"] += 1
    assert set(ends) <= {"written", "it is read back so"}
    assert ends["written"] > 350


@pytest.mark.parametrize("source", ["remittance", "eob"])
def test_what_is_posted_balances_and_clearing_ends_at_zero(
    readings: dict[Path, Reading], source: str
) -> None:
    """Whatever they hold, by either source of adjudications; nothing that was only estimated is booked."""
    own = f'[policy]\nadjudication_source = "{source}"\ncharge_source = "claim_837"\n'
    books = load([builtin("example.toml"), Layer("own.toml", own)])
    context = hcfin.Context(keys=hcfin.DEMO_KEYS, posting_date=date(2026, 12, 1))
    documents = 0
    for path, reading in readings.items():
        posting = hcfin.post(reading, books, context=context)
        for document in posting.documents:
            assert_balanced(document)
        assert_clearing_zero(posting.documents)
        documents += len(posting.documents)
        booked = {end.origin.at for end in posting.dispositions if end.lines}
        claims = [claim for view in reading.remittances for claim in view.claims]
        estimates = {claim.at for claim in claims if claim.status == "25"}
        assert not booked & estimates, path.name
    # Most of them do not add up, or do not say by which payment what was paid.
    assert documents > 50
