"""Real remittances of others, where the folder is present: totals computed independently, every balanced one
booked to the cent and accepted by a foreign double-entry checker, every other one ended in issues."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.reading import Reading
from hcfin.issues import PARTIAL
from hcfin.testing.invariant import assert_invariant
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from hcfin.wire.x12 import Segment, scan
from test_proof import checker
from test_x12_claims import documented as documented_of_claims
from test_x12_content import documented

pytestmark = pytest.mark.corpus

GROUPS = ("CO", "PR", "OA", "PI", "CR")
# Some samples state no date at all; a posting date stands in.
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS, posting_date=date(2025, 1, 31))


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[Path, list[dict[str, str]]]:
    rows: dict[Path, list[dict[str, str]]] = defaultdict(list)
    with (corpus / "835_totals.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            rows[corpus / row["path"]].append(row)
    return dict(rows)


@pytest.fixture(scope="module")
def readings(expected: dict[Path, list[dict[str, str]]]) -> dict[Path, Reading]:
    return {path: hcfin.read(path) for path in expected}


def test_totals_agree(expected, readings) -> None:
    for path, rows in expected.items():
        units = [unit for unit in readings[path].units if unit.kind == "835"]
        assert len(units) == len(rows), path.name
        for unit, row in zip(units, rows, strict=True):
            told = unit.summary
            figures = {
                "charged": row["sum_clp03"],
                "paid": row["sum_clp04"],
                "provider_adjustments": row["sum_plb"],
                "payment": row["bpr02"],
            }
            assert [told["claims"], told["services"]] == [int(row["claims"]), int(row["services"])], path.name
            assert {name: Decimal(told[name]) for name in figures} == {
                name: Decimal(figure) for name, figure in figures.items()
            }, path.name
            for group in GROUPS:
                amount = Decimal(told["adjustments"].get(group, "0"))
                assert amount == Decimal(row[f"cas_{group}"]), path.name
            assert told["balanced"] == (row["balances"] == "Y"), path.name


def test_what_does_not_balance_is_told_with_position(expected, readings) -> None:
    for path, rows in expected.items():
        issues = readings[path].issues
        for kind, column in (("LINE", "lines_out_of_balance"), ("CLAIM", "claims_out_of_balance")):
            found = [issue for issue in issues if issue.code == f"REMIT_UNBALANCED_{kind}"]
            assert len(found) == sum(int(row[column]) for row in rows), (path.name, kind)
            assert all(issue.origin and issue.origin.offset for issue in found)
        differing = [row for row in rows if Decimal(row["tx_difference"])]
        found = [issue for issue in issues if issue.code == "REMIT_UNBALANCED_TRANSACTION"]
        assert len(found) == len(differing), path.name
        assert [abs(Decimal(dict(issue.values)["difference"])) for issue in found] == [
            abs(Decimal(row["tx_difference"])) for row in differing
        ]


def test_findings_agree(expected, readings) -> None:
    """Line sums and patient responsibility, where every figure of the file can be read."""
    columns = {
        "LINE_CHARGES_MISMATCH": "claims_whose_line_charges_differ_from_clp03",
        "LINE_PAYMENTS_MISMATCH": "claims_whose_line_payments_less_claim_cas_differ_from_clp04",
        "CLP05_MISMATCH": "claims_clp05_not_sum_pr",
    }
    for path, rows in expected.items():
        codes = [issue.code for issue in readings[path].issues]
        if "AMOUNT_INVALID" in codes:
            continue
        for code, column in columns.items():
            assert codes.count(code) == sum(int(row[column]) for row in rows), (path.name, code)


# Claims


@pytest.fixture(scope="module")
def claims(corpus: Path) -> dict[Path, dict[str, str]]:
    with (corpus / "837_totals.tsv").open(encoding="utf-8", newline="") as stream:
        return {corpus / row["path"]: row for row in csv.DictReader(stream, delimiter="\t")}


@pytest.fixture(scope="module")
def claim_readings(claims: dict[Path, dict[str, str]]) -> dict[Path, Reading]:
    return {path: hcfin.read(path) for path in claims}


def test_totals_of_claims_agree(claims, claim_readings) -> None:
    for path, row in claims.items():
        units = [unit for unit in claim_readings[path].units if unit.kind.startswith("837")]
        told = [unit.summary for unit in units]
        assert {unit.kind for unit in units} == {row["kind"]}, path.name
        assert len(units) == int(row["st"]), path.name
        counts = [sum(one[name] for one in told) for name in ("claims", "lines")]
        assert counts == [int(row["claims"]), int(row["service_lines"])], path.name
        sums = [sum(Decimal(one[name]) for one in told) for name in ("charged", "line_charges")]
        assert sums == [Decimal(row["clm02_total"]), Decimal(row["line_charge_total"])], path.name
        assert all(one["balanced"] for one in told) == (row["agree"] == "Y"), path.name
        codes = [issue.code for issue in claim_readings[path].issues]
        assert codes.count("CLAIM_CHARGES_MISMATCH") == int(row["claims_differing"]), path.name


def test_frequencies_of_claims_agree(claims, claim_readings) -> None:
    for path, row in claims.items():
        found = Counter(claim.frequency for claim in claim_readings[path].claims)
        wanted = {
            code: int(count) for code, count in (one.split(":") for one in row["frequency_codes"].split())
        }
        # `-` is none that could be told; separators other than the stated ones are recognised here.
        if "-" not in wanted:
            assert found == wanted, path.name
        assert sum(found.values()) == sum(wanted.values()), path.name


def test_claims_that_are_not_valid_are_explained(claims, claim_readings) -> None:
    for path, row in claims.items():
        if row["meant_valid"] != "Y":
            assert claim_readings[path].issues, path.name


def test_what_is_counted_only_of_claims_is_documented_or_told(claim_readings) -> None:
    for path, reading in claim_readings.items():
        told = {issue.origin.segment for issue in reading.issues if issue.origin}
        left = {place.partition(".")[2] for place in reading.coverage.counted}
        assert {place for place in left if place[:-2] not in told} <= documented_of_claims(), path.name


def test_the_invariant_holds_on_every_claim_file(claims) -> None:
    books = hcfin.load_books()
    for path in claims:
        assert_invariant(path.read_bytes(), books, CONTEXT)


def test_the_main_job_on_every_file(expected, tmp_path: Path) -> None:
    books = hcfin.load_books()
    bean_check = Path(sys.executable).parent / "bean-check"
    for number, (path, rows) in enumerate(expected.items()):
        result = hcfin.translate(path, books, to="netsuite", context=CONTEXT)
        for document in result.documents:
            if not document.memo:
                assert_balanced(document)
        assert_clearing_zero(result.documents)
        for payload in result.payloads:
            items = payload.body["line"]["items"]
            debits = sum((item.get("debit", Decimal(0)) for item in items), Decimal(0))
            assert debits == sum((item.get("credit", Decimal(0)) for item in items), Decimal(0))
        booked = {document.source for document in result.documents}
        balanced = [row for row in rows if row["balances"] == "Y"]
        # A balanced remittance without any money or charge has nothing to book.
        moving = [row for row in balanced if Decimal(row["sum_clp03"]) or Decimal(row["bpr02"])]
        assert len(booked) >= len(moving), path.name
        if len(balanced) < len(rows):
            assert any(issue.disposition in PARTIAL for issue in result.issues), path.name
        ledger = hcfin.translate(path, books, to="beancount", context=CONTEXT)
        for payload in ledger.payloads:
            book = tmp_path / f"{number}.beancount"
            book.write_text(payload.body, encoding="utf-8")
            subprocess.run([bean_check, book], check=True, capture_output=True)


def test_every_file_of_the_corpus_ends_in_facts_or_issues(corpus: Path) -> None:
    """Whatever the format: reading says something, and never raises."""
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path.parent.name != "LICENCES":
            reading = hcfin.read(path)
            assert reading.facts or reading.issues or reading.units, path.name


def test_what_is_counted_only_is_documented_or_told(readings) -> None:
    """No element of a real 835 is left behind but those of docs/x12.md, and those that an issue is about."""
    told_as_counted = {
        "SEGMENT_UNKNOWN",
        "AMOUNT_INVALID",
    }
    for path, reading in readings.items():
        told = {i.origin.segment for i in reading.issues if i.code in told_as_counted and i.origin}
        places = {place.partition(".")[2] for place in reading.coverage.counted}
        left = {place for place in places if place[:-2] not in told}
        assert left <= documented(), path.name


def test_coverage_accounts_for_every_element(readings, claim_readings) -> None:
    """Each element of each segment is carried or counted; nothing falls between."""
    for path, reading in [*readings.items(), *claim_readings.items()]:
        told = sum(reading.coverage.carried.values()) + sum(reading.coverage.counted.values())
        with path.open("rb") as stream:
            segments = [event for event in scan(stream.read, hcfin.Limits()) if isinstance(event, Segment)]
        there = sum(1 for segment in segments for element in segment.elements[1:] if element)
        assert told == there, path.name


def test_proofs_are_checked_again_by_the_foreign_checker(expected) -> None:
    """The proof of every remittance, by the checker in docs against the bytes of its file."""
    books, held = hcfin.load_books(), 0
    for path in expected:
        data = path.read_bytes()
        for proof in hcfin.prove(data, books, context=CONTEXT):
            checker.check(json.loads(proof.to_json()), data)
            held += bool(proof.data["documents"])
    balanced = [row for rows in expected.values() for row in rows if row["balances"] == "Y"]
    moving = [row for row in balanced if Decimal(row["sum_clp03"]) or Decimal(row["bpr02"])]
    assert held >= len(moving) > 0
