"""The command line: what it prints, where issues go, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cases
from hcfin.cli.commands import hcfin

R1 = str(cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi")
R2 = str(cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi")
UNBALANCED = str(cases.FIXTURES / "errors" / "REMIT_UNBALANCED_TRANSACTION" / "input.edi")
SUSPENDED = str(cases.FIXTURES / "errors" / "REMIT_UNBALANCED_CLAIM" / "input.edi")


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(hcfin, list(arguments), input=stdin)


def test_translate_prints_documents_and_payloads() -> None:
    result = run("translate", "--to", "netsuite", R2)
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["status"] == "ok"
    assert [document["kind"] for document in data["documents"]] == ["journal_entry", "receipt"]
    assert data["payloads"][0]["body"]["line"]["items"]
    assert "facts" not in data
    assert "published demo keys" in result.stderr


def test_translate_reads_standard_input_and_several_files() -> None:
    result = run("translate", "--to", "netsuite", "--compact", "-", R1, stdin=Path(R2).read_bytes())
    assert result.exit_code == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["documents"][0]["gl_date"] == "2025-03-10"
    assert second["documents"][0]["gl_date"] == "2025-03-03"


def test_text_targets_print_their_text() -> None:
    result = run("translate", "--to", "beancount", R2)
    assert result.exit_code == 0
    assert " open Assets:" in result.stdout
    assert not result.stdout.startswith("{")


MISSING = cases.FIXTURES / "errors" / "REVERSAL_MISSING"


@pytest.mark.parametrize(
    "command",
    [
        ("translate", "--to", "netsuite"),
        ("translate", "--to", "netsuite", "--ndjson"),
        ("post",),
        ("post", "--ndjson", "--dispositions"),
        ("explain",),
        ("prove",),
    ],
    ids=" ".join,
)
def test_what_came_before_is_told_by_files(command: tuple[str, ...]) -> None:
    """A second payment of a claim, without a reversal, waits: only the earlier file tells."""
    before, now = str(MISSING / "before1.edi"), str(MISSING / "input.edi")
    alone, known = run(*command, now), run(*command, "--after", before, now)
    assert alone.exit_code == 0
    assert "REVERSAL_MISSING" not in alone.output
    assert known.exit_code == 1
    assert "REVERSAL_MISSING" in known.output
    assert run(*command, "--after", "nosuch.edi", now).exit_code == 2


def test_an_explained_payload_is_that_of_what_is_known() -> None:
    before, now = str(MISSING / "before1.edi"), str(MISSING / "input.edi")
    made = json.loads(run("translate", "--to", "netsuite", "--after", before, now).stdout)
    payload = made["payloads"][0]
    pointer = next(iter(payload["trace"]))
    told = run(
        "explain",
        "--to",
        "netsuite",
        "--payload",
        f"{payload['external_id']}#{pointer}",
        "--after",
        before,
        now,
    )
    assert "suspended" in told.stdout or "payment-ACH" in told.stdout


def test_facts_only_when_asked_for() -> None:
    data = json.loads(run("translate", "--to", "netsuite", "--facts", R2).stdout)
    assert data["facts"][1]["account"] == "ACCT-C"


def test_exit_status_one_when_money_is_held_back() -> None:
    rejected = run("translate", "--to", "netsuite", UNBALANCED)
    assert rejected.exit_code == 1
    assert json.loads(rejected.stdout)["status"] == "rejected"
    assert "REMIT_UNBALANCED_TRANSACTION" in rejected.stderr
    partial = run("translate", "--to", "netsuite", SUSPENDED)
    assert partial.exit_code == 1
    assert json.loads(partial.stdout)["status"] == "partial"


@pytest.mark.parametrize(
    "arguments",
    [
        ("translate", "--to", "nosuch", R2),
        ("translate", "--to", "netsuite", "no-such-file.edi"),
        ("translate", "--to", "netsuite", "--books", "no-such-books.toml", R2),
        ("translate", "--to", "netsuite", "--key-file", R2, R2),
        ("translate", "--to", "netsuite", "--posting-date", "yesterday", R2),
        ("read", "--standard", "nosuch", R2),
        ("explain", "--line", "nosuch:1", R2),
        ("books", "check", "no-such-books.toml"),
        ("books", "check", "example", "no-such-file.edi"),
        ("books", "diff", "example", "no-such-books.toml", "--on", R2),
        ("books", "diff", "example", "example"),
        ("translate", R2),
    ],
)
def test_exit_status_two_when_something_must_be_fixed(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output


def test_a_missing_file_is_not_named() -> None:
    """File names often hold patient names."""
    assert "DOE" not in run("read", "DOE-JANE.edi").output


def test_issues_go_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "issues.ndjson"
    result = run("translate", "--to", "netsuite", "--issues", str(path), UNBALANCED)
    issues = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert issues[0]["code"] == "REMIT_UNBALANCED_TRANSACTION"
    assert "REMIT_UNBALANCED" not in result.stderr


def test_read_prints_facts_and_says_that_they_are_patient_data() -> None:
    result = run("read", R1)
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["standard"] == "x12"
    assert data["schema"] == "1.0"
    assert len(data["facts"]) == 4
    assert data["coverage"]["carried"]["1000A.PER01"] == 1
    assert "patient data" in result.stderr


def test_post_prints_documents_and_dispositions() -> None:
    data = json.loads(run("post", "--dispositions", R1).stdout)
    assert data["documents"][0]["gl_lines"]
    assert {end["outcome"] for end in data["dispositions"]} == {"posted", "informational"}


def test_posting_date_and_key_file(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    assert run("keys", "new", str(keys)).exit_code == 0
    assert keys.stat().st_mode & 0o077 == 0
    assert run("keys", "new", str(keys)).exit_code == 2, "never overwrites"
    result = run("post", "--key-file", str(keys), "--posting-date", "2025-04-02", R1)
    journal = json.loads(result.stdout)["documents"][0]
    assert journal["id"].startswith("hc1-")
    assert journal["gl_date"] == "2025-04-02"
    assert "demo" not in result.stderr


def test_summary_is_one_line_for_each_file() -> None:
    result = run("summary", R1, R2)
    assert result.exit_code == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["file"] == R1
    assert second["units"] == [
        {
            "kind": "835",
            "control": "EFT0310",
            "claims": 4,
            "services": 5,
            "charged": "3250.00",
            "paid": "754.99",
            "patient_responsibility": "749.60",
            "adjustments": {"CO": "1745.41", "PR": "749.60"},
            "provider_adjustments": "469.53",
            "payment": "285.46",
            "balanced": True,
        }
    ]


def test_summary_of_an_unreadable_file_still_is_an_object(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("not a message\n", encoding="utf-8")
    result = run("summary", "no-such-file.edi", str(other), R1)
    assert result.exit_code == 2
    missing, unknown, good = (json.loads(line) for line in result.stdout.splitlines())
    assert missing["standard"] is None
    assert missing["units"] == unknown["units"] == []
    assert unknown["standard"] is None
    assert unknown["issues"] == {"error": 1}
    assert good["standard"] == "x12"
    assert run("summary", str(other)).exit_code == 1


def test_explain_a_line_a_payload_line_and_a_segment() -> None:
    line = run("explain", "--line", "demomuewewo57wdt3qwn:9", R2)
    assert line.exit_code == 0
    assert "rule MA130" in line.stdout
    assert "CAS*CO*16*800" in line.stdout
    payload = run("explain", "--to", "netsuite", "--payload", "demomuewewo57wdt3qwn#/line/items/8", R2)
    assert payload.stdout == line.stdout
    segment = json.loads(run("explain", "--at", "33", "--json", R2).stdout)
    assert [found["line"] for found in segment["lines"]] == [9]
    unposted = json.loads(run("explain", "--at", "17", "--json", R2).stdout)
    assert unposted["unposted"][0]["outcome"] == "informational"


def test_books_check(tmp_path: Path) -> None:
    assert run("books", "check").exit_code == 0
    broken = tmp_path / "broken.toml"
    broken.write_text('[chart]\n"ar.payr" = "1100"\n', encoding="utf-8")
    result = run("books", "check", "example", str(broken))
    assert result.exit_code == 2
    assert "broken.toml:2: there is no role 'ar.payr'" in result.stderr
    assert "Did you mean 'ar.payer'?" in result.stderr


def test_profile_of_a_feed(tmp_path: Path) -> None:
    profile = tmp_path / "feed.toml"
    profile.write_text('currency = "JPY"\n', encoding="utf-8")
    result = run("read", "--standard", "x12", "--profile", str(profile), R1)
    assert "AMOUNT_SCALE" in result.stderr
    profile.write_text('curency = "JPY"\n', encoding="utf-8")
    assert run("read", "--standard", "x12", "--profile", str(profile), R1).exit_code == 2


def test_schema_prints_json_schema() -> None:
    assert json.loads(run("schema", "facts").stdout)["$id"] == "urn:hcfin:facts:1.0"
    assert json.loads(run("schema", "documents").stdout)["$id"] == "urn:hcfin:documents:1.0"


def test_the_command_and_the_module_are_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hcfin", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("hcfin, version ")
