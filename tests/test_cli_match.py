"""`hcfin match` without claims in files: its tables from facts made in Python, its options, its faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cases
from hcfin.cli.commands import hcfin as command
from hcfin.cli.match import spread
from hcfin.cli.match_table import cut, tables
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile import Matching, match
from match_cases import billed_line, both, claim, paid_line, payment

REMITS = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(command, ["match", *map(str, arguments)])


def everything() -> Matching:
    """A claim that ties, one with findings of lines, one rejected, one resembled, and two payments left."""

    class Said:
        account, rejected, created, charged = "ACCT-4", True, None, None
        level, payer_claim_number = "claim", ""

    claims = [
        claim("ACCT-1", "100.00"),
        claim("ACCT-2", "100.00", [billed_line("99213", "60.00"), billed_line("71046", "40.00")]),
        claim("ACCT-3", "70.00", payer="A PAYER WITH A NAME OF MORE THAN SO MANY CHARACTERS"),
        claim("ACCT-4", "80.00"),
    ]
    lines = [
        paid_line("99213", "60.00", "0.00", "CO-50 60.00"),
        paid_line("36415", "5.00", "5.00"),
        paid_line("71046", "35.00", "30.00", "CO-45 5.00"),
    ]
    payments = [
        payment("ACCT-1", "100.00", "80.00", "CO-45 15.00", "PR-1 5.00"),
        payment("ACCT-2", "100.00", "35.00", lines=lines),
        payment("ACCT3", "70.00", "70.00"),
        payment("ACCT-9", "9.00", "9.00").model_copy(update={"currency": "CAD"}),
    ]
    return match(*both(claims, payments), statuses=[Said()])


def test_tables(expect: Callable[[Path, Any], None]) -> None:
    told = "\n".join(tables(everything(), DEMO_KEYS, every=False, width=None))
    assert "ACCT" not in told
    clear = "\n".join(tables(everything(), None, every=False, width=None))
    expect(cases.FIXTURES / "reconcile" / "tables_of_everything.txt", clear + "\n")


def test_every_claim_may_be_listed() -> None:
    lines = list(tables(everything(), None, every=True, width=None))
    assert lines[0] == "Claims that were answered"
    assert any(line.startswith("ACCT-1") and line.endswith("18") for line in lines)


def test_lines_end_where_the_terminal_does() -> None:
    lines = list(tables(everything(), None, every=True, width=60))
    assert max(map(len, lines)) == 60
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"


def test_one_of_each_is_said_so() -> None:
    first, second = both([claim("A1", "1.00")], [payment("A1", "1.00", "1.00")])
    assert list(tables(match(first, second), None, every=False, width=None))[-1] == "All ties: 1 claim."
    assert list(tables(match(first, []), None, every=False, width=None))[-1] == (
        "1 claim and 0 payments left over, 0 findings."
    )


def test_days_may_not_be_known() -> None:
    first, second = both([claim("A1", "1.00")], [payment("A1", "1.00", "0.00", status="13")])
    (line,) = (
        one for one in tables(match(first, second), None, every=True, width=None) if one.startswith("A1")
    )
    assert line.split() == ["A1", "1", "pending", "1.00", "0.00", "0.00", "1.00", "pending", "1.00"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--claims a b", "--claims a --claims b"),
        ("--claims a --remits b c --all", "--claims a --remits b --remits c --all"),
        ("--remits - --books x --claims y", "--remits - --books x --claims y"),
        ("x --claims", "x"),
    ],
)
def test_lists_of_files(given: str, meant: str) -> None:
    assert list(spread(given.split())) == meant.split()


def test_both_sides_are_needed() -> None:
    done = run("--claims", REMITS)
    assert done.exit_code == 2
    assert "--remits" in done.stderr


def test_a_file_that_cannot_be_read_is_told_by_its_place() -> None:
    done = run("--claims", REMITS, "--remits", REMITS, "missing-TESTPERSON.edi")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "hcfin: cannot read file 3 of 3: No such file or directory"


def test_payments_alone_are_all_left() -> None:
    """Given for claims, a remittance has none, which is said; nothing is matched with it."""
    done = run("--claims", REMITS, "--remits", REMITS, "--progress")
    assert done.exit_code == 1
    assert "hcfin: the files of --claims have none" in done.stderr
    assert "2 remittances" in done.stderr
    assert done.stdout.splitlines()[-1] == "0 claims and 4 payments left over, 0 findings."


def test_what_is_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.edi"
    damaged.write_bytes(REMITS.read_bytes().replace(b"CAS*CO*45*600", b"CAS*CO*45*601"))
    done = run("--claims", damaged, "--remits", damaged, "--issues", tmp_path / "issues.ndjson", "--ndjson")
    assert "REMIT_UNBALANCED" not in done.stderr
    assert "REMIT_UNBALANCED" in (tmp_path / "issues.ndjson").read_text(encoding="utf-8")
    assert "REMIT_UNBALANCED" in run("--claims", damaged, "--remits", damaged).stderr
