"""Real HL7 v2 messages of others, where the folder is present: each ends in facts or issues, and the amounts
of FT1s are those that were computed independently."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.charge import Charge
from hcfin.billing.facts import load_fact
from hcfin.billing.reading import Reading
from hcfin.errors import HcfinError

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[Path, list[dict[str, str]]]:
    rows: dict[Path, list[dict[str, str]]] = defaultdict(list)
    with (corpus / "dft_totals.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            rows[corpus / row["path"]].append(row)
    return dict(rows)


@pytest.fixture(scope="module")
def readings(corpus: Path) -> dict[Path, Reading]:
    found = {}
    for path in sorted((corpus / "hl7v2").rglob("*")):
        if path.is_file():
            try:
                found[path] = hcfin.read(path)
            except HcfinError:
                continue  # refused by name: another format, or nothing at all
    return found


def test_every_file_ends_in_facts_or_issues(readings) -> None:
    assert len(readings) > 50
    for path, reading in readings.items():
        assert reading.facts or reading.issues, path.name
        assert all(load_fact(fact.model_dump(mode="json")) == fact for fact in reading.facts), path.name


def test_amounts_of_transactions_agree(expected, readings) -> None:
    assert expected
    for path, rows in expected.items():
        reading = readings[path]
        charges = [fact for fact in reading.facts if isinstance(fact, Charge)]
        totals = [charge.amount for charge in charges if charge.price_source == "extended"]
        priced = [
            charge.unit_price * (1 if charge.quantity is None else charge.quantity)
            for charge in charges
            if charge.unit_price is not None
        ]
        assert sum(totals) == sum(Decimal(row["sum_ft1_11"]) for row in rows), path.name
        assert sum(priced) == sum(Decimal(row["sum_ft1_12_x_qty"]) for row in rows), path.name
        without = [charge for charge in charges if charge.amount is None]
        assert len(without) == sum(int(row["ft1_without_any_amount"]) for row in rows), path.name


def test_summaries_of_messages_agree(expected, readings) -> None:
    for path, rows in expected.items():
        units = [unit for unit in readings[path].units if "transactions" in unit.summary]
        assert [unit.kind for unit in units] == [row["type"] for row in rows], path.name
        charges = [fact for fact in readings[path].facts if isinstance(fact, Charge)]
        kinds = Counter(charge.type_code for charge in charges)
        told: Counter[str] = Counter()
        for unit, row in zip(units, rows, strict=True):
            assert unit.summary["transactions"] == int(row["ft1_count"]), path.name
            # Where there is a total it counts; the samples that have none are of one row.
            total = Decimal(row["sum_ft1_11"]) or Decimal(row["sum_ft1_12_x_qty"])
            assert Decimal(unit.summary["charged"]) == total, path.name
            told.update(json.loads(row["ft1_6_types"]))
        assert kinds == told, path.name
