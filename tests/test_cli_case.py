"""`hcfin case`: its tables and rows, its options, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cases
from hcfin.cli.case_table import link_tables
from hcfin.cli.commands import hcfin as command
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile.case_result import GAPS
from hcfin.reconcile.usage_result import REASONS, STATUSES
from usage_cases import GUIDE, GUIDE_CODE, charge, linked, use

LINKS = cases.FIXTURES / "reconcile" / "case_links"
JOURNEY = cases.FIXTURES / "reconcile" / "procedure_to_payment"
FEED = ("--standard", "hl7v2", "--profile", LINKS / "profile.toml")
WITH = (*FEED, "--master", "example", "--charge-master", LINKS / "prices.hl7")


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(command, ["case", *map(str, arguments)])


def test_links_as_tables(expect: Callable[[Path, Any], None]) -> None:
    done = run("links", *WITH, LINKS / "input.hl7")
    assert done.exit_code == 1
    assert "demo keys" in done.stderr
    expect(LINKS / "tables.txt", done.stdout)
    assert "ACCT" not in done.stdout


def test_links_as_rows(expect: Callable[[Path, Any], None]) -> None:
    done = run("links", *WITH, "--ndjson", LINKS / "input.hl7")
    expect(LINKS / "links.json", [json.loads(line) for line in done.stdout.splitlines()])


def test_everything_in_clear() -> None:
    done = run("links", *WITH, "--all", "--clear", LINKS / "input.hl7")
    assert "hcfin: accounts, cases and days are patient data in clear" in done.stderr
    assert "ACCT-1" in done.stdout
    assert "CL-0000" in done.stdout


def test_links_that_tie_end_well(tmp_path: Path) -> None:
    """A key file of one's own: tokens do not begin with demo, and nothing is said."""
    keys = tmp_path / "keys"
    assert CliRunner().invoke(command, ["keys", "new", str(keys)]).exit_code == 0
    done = run("links", *FEED, "--key-file", keys, LINKS / "prices.hl7")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "Nothing to look at of 0.\n"


def test_lines_end_where_the_terminal_does() -> None:
    found = linked(use(GUIDE), charge(GUIDE_CODE, "310.00"), charge("X", "1.00"), charge("Y", "1.00"))
    lines = list(link_tables(found, DEMO_KEYS, every=True, width=50))
    assert max(map(len, lines)) == 50
    assert lines[-1] == "Nothing to look at of 1; 2 other charges."


def test_what_has_no_price_is_told() -> None:
    lines = list(link_tables(linked(use(GUIDE)), None, every=False, width=None))
    assert any(line.endswith("USD; 1 without a price") for line in lines)


# Margins

POSTED = ("--standard", "hl7v2", "--profile", JOURNEY / "profile.toml", "--master", "example")
PROCEDURE = [
    JOURNEY / name for name in ("01_usage.hl7", "02_charges.hl7", "03_claim.edi", "04_remittance.edi")
]


def test_margins_as_a_table() -> None:
    """Uses and charges by their profile, claim and remittance as what they are."""
    done = run("margin", *POSTED, *PROCEDURE)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].split()[1:] == [
        "28984.00",
        "11400.00",
        "11000.00",
        "0.00",
        "5959.50",
        "5440.50",
        "USD",
    ]
    assert done.stdout.splitlines()[-1] == "1 case, 0 with something missing."


def test_margins_as_rows_whatever_the_order_of_files() -> None:
    told = run("margin", *POSTED, "--ndjson", *PROCEDURE)
    (row,) = (json.loads(line) for line in told.stdout.splitlines())
    assert (row["booked_cost"], row["arrival_cost"], row["margin"]) == ("5945.00", "14.50", "5440.50")
    assert run("margin", *POSTED, "--ndjson", *PROCEDURE[::-1]).stdout == told.stdout
    assert "ACCT-1001" not in told.stdout + told.stderr


def test_margins_with_something_missing(tmp_path: Path) -> None:
    """Without master data no cost is known; what is wrong with a file is told, and with what is posted."""
    done = run("margin", *POSTED[:4], "--issues", tmp_path / "issues", "--progress", PROCEDURE[0])
    assert done.exit_code == 1
    assert "cost_unknown, no_answer, no_charge" in done.stdout
    issues = [json.loads(line) for line in (tmp_path / "issues").read_text("utf-8").splitlines()]
    assert [issue["code"] for issue in issues] == ["ITEM_UNMAPPED"] * 5
    damaged = tmp_path / "damaged.edi"
    damaged.write_bytes(PROCEDURE[3].read_bytes().replace(b"CAS*PR*2*400", b"CAS*PR*2*401"))
    done = run("margin", damaged)
    assert "REMIT_UNBALANCED" in done.stderr
    assert done.stdout.splitlines()[1].startswith("no case")


def test_margins_of_nothing_and_of_no_file() -> None:
    assert run("margin", LINKS / "prices.hl7").stdout == "0 cases, 0 with something missing.\n"
    done = run("margin", "missing-TESTPERSON.edi")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "hcfin: cannot read file 1 of 1: No such file or directory"


@pytest.mark.parametrize("table", [STATUSES, REASONS, GAPS], ids=["statuses", "reasons", "gaps"])
def test_codes_stand_in_the_docs(table: dict[str, str]) -> None:
    rows = "\n".join(f"| `{code}` | {text} |" for code, text in sorted(table.items()))
    assert rows in (cases.FIXTURES.parent / "docs" / "cases.md").read_text(encoding="utf-8")
