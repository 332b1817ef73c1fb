"""Files matched: 837s and 835s of our own, in `fixtures/reconcile/match_*`, and real ones of others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.cli.commands import hcfin as command
from hcfin.reconcile import Matching, match

pytestmark = pytest.mark.skipif(
    find_spec("hcfin.standards.x12.claim_837") is None, reason="claims (837) are not read yet"
)
ACKNOWLEDGED = find_spec("hcfin.standards.x12.claim_status_277") is not None
FOLDERS = [
    path
    for path in cases.folders("reconcile")
    if path.name.startswith("match_") and (ACKNOWLEDGED or not (path / "statuses.edi").exists())
]


def files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}*.edi"))


def facts(paths: list[Path]) -> Iterator[Fact]:
    return chain.from_iterable(map(hcfin.read, paths))


def matched(claims: list[Path], remits: list[Path], statuses: list[Path] | None = None) -> Matching:
    return match(facts(claims), facts(remits), statuses=facts(statuses or []))


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(command, ["match", *map(str, arguments)])


@pytest.mark.parametrize("folder", FOLDERS, ids=cases.name_of)
def test_files_match(folder: Path, expect: Callable[[Path, Any], None]) -> None:
    matching = matched(*(files(folder, kind) for kind in ("claims", "remits", "statuses")))
    expect(folder / "matching.json", list(matching.to_dicts(hcfin.DEMO_KEYS)))


@pytest.mark.parametrize("folder", FOLDERS, ids=cases.name_of)
def test_the_command_says_the_same(folder: Path, expect: Callable[[Path, Any], None]) -> None:
    """Rows are those of Python; tables are those of the fixture; the status says whether all ties."""
    lists = ["--claims", *files(folder, "claims"), "--remits", *files(folder, "remits")]
    statuses = files(folder, "statuses")
    lists += ["--statuses", *statuses] if statuses else []
    rows = run(*lists, "--ndjson")
    told = json.loads((folder / "matching.json").read_text(encoding="utf-8"))
    assert [json.loads(line) for line in rows.stdout.splitlines()] == told
    text = run(*lists)
    expect(folder / "tables.txt", text.stdout)
    ties = folder.name not in ("match_left", "match_rejected")
    assert rows.exit_code == text.exit_code == (0 if ties else 1)
    for line in (*text.stdout.splitlines(), *rows.stdout.splitlines()):
        assert "ACCT" not in line
        assert "ICN" not in line
        assert "TESTPERSON" not in line


def test_the_order_of_files_does_not_matter() -> None:
    folder = cases.FIXTURES / "reconcile" / "match_replaced"
    claims, remits = files(folder, "claims"), files(folder, "remits")
    told = list(matched(claims, remits).to_dicts(clear=True))
    assert list(matched(claims[::-1], remits[::-1]).to_dicts(clear=True)) == told
    first = run("--claims", *claims, "--remits", *remits)
    assert run("--remits", *remits[::-1], "--claims", *claims[::-1]).stdout == first.stdout


def test_clear_output_has_accounts_and_says_so() -> None:
    folder = cases.FIXTURES / "reconcile" / "match_left"
    lists = ["--claims", folder / "claims.edi", "--remits", folder / "remits.edi"]
    clear = run(*lists, "--clear")
    assert "ACCT-4001" in clear.stdout
    assert clear.stderr == "hcfin: accounts and days are patient data in clear\n"
    assert "2025-01-10" in run(*lists, "--clear", "--ndjson").stdout
    assert "2025-01-10" not in run(*lists, "--ndjson").stdout


def test_only_what_is_to_be_looked_at_is_listed() -> None:
    folder = cases.FIXTURES / "reconcile" / "match_ties"
    lists = ["--claims", folder / "claims.edi", "--remits", folder / "remits.edi"]
    assert "Claims to look at" not in run(*lists).stdout
    assert run(*lists).stdout.endswith("\nAll ties: 2 claims.\n")


def test_issues_of_the_files_count(tmp_path: Path) -> None:
    """A remittance that does not balance is read, matched, and told."""
    folder = cases.FIXTURES / "reconcile" / "match_ties"
    damaged = tmp_path / "damaged.edi"
    damaged.write_bytes((folder / "remits.edi").read_bytes().replace(b"CAS*CO*45*30~", b"CAS*CO*45*31~"))
    lists = ["--claims", folder / "claims.edi", "--remits", damaged]
    told = run(*lists)
    assert told.exit_code == 1
    assert "REMIT_UNBALANCED_LINE" in told.stderr
    apart = run(*lists, "--issues", tmp_path / "issues.ndjson")
    assert "REMIT_UNBALANCED_LINE" not in apart.stderr
    assert "REMIT_UNBALANCED_LINE" in (tmp_path / "issues.ndjson").read_text(encoding="utf-8")


def test_books_and_keys_are_used(tmp_path: Path) -> None:
    folder = cases.FIXTURES / "reconcile" / "match_ties"
    own, keys = tmp_path / "own.toml", tmp_path / "keys.toml"
    own.write_text('[payers.plan]\nclass = "commercial"\nnames = ["EXAMPLE HEALTH PLAN"]\n', encoding="utf-8")
    assert CliRunner().invoke(command, ["keys", "new", str(keys)]).exit_code == 0
    lists = ["--claims", folder / "claims.edi", "--remits", folder / "remits.edi"]
    told = run(*lists, "--books", "example", "--books", own, "--key-file", keys, "--ndjson")
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.stderr == ""
    assert rows[0]["payer"] == "plan"
    assert rows[0]["account"].startswith("t1-")


@pytest.mark.corpus
def test_real_claims_tie_to_what_was_paid(corpus: Path) -> None:
    """Four claims of one patient with their remittances, whose project states the sums: billed 3,720.00, paid
    2,340.00, contractual 830.00, patient 550.00."""
    claims = sorted((corpus / "x12" / "837p").glob("*stroke_encounter_*_837.edi"))
    remits = sorted((corpus / "x12" / "835").glob("*stroke_encounter_*_835.edi"))
    assert len(claims) == len(remits) == 4
    matching = matched(claims, remits)
    total = matching.summary()[-1]
    assert matching.ties
    assert (total.charged, total.paid, total.open) == (Decimal("3720.00"), Decimal("2340.00"), 0)
    assert dict(total.adjusted) == {"CO": Decimal("830.00"), "PR": Decimal("550.00")}
    assert sorted(one.charged for one in matching.matches) == [320, 390, 660, 2350]
    assert all(len(line.parts) == 1 for one in matching.matches for line in one.lines)
    assert sum(len(one.lines) for one in matching.matches) == 11


@pytest.mark.corpus
def test_every_real_claim_and_payment_ends_once(corpus: Path) -> None:
    claims = [path for kind in ("837p", "837i", "837d") for path in sorted((corpus / "x12" / kind).iterdir())]
    remits = sorted((corpus / "x12" / "835").iterdir())
    billed = [fact for path in claims for fact in hcfin.read(path)]
    paid = [fact for path in remits for fact in hcfin.read(path)]
    matching = match(billed, paid)
    ended = [one for bill in (*matching.matches, *matching.unmatched_claims) for one in bill.claims]
    assert len(ended) == sum(fact.model_dump()["kind"] == "claim" for fact in billed)
    answers = [one for bill in matching.matches for one in bill.adjudications]
    payments = sum(fact.model_dump()["kind"] == "claim_payment" for fact in paid)
    assert len(answers) + len(matching.unmatched_payments) == payments
