"""`hcfin codes`: what becomes of a code under the given books, and where that is written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from code_tables import GROUPS, TREATMENTS, by_code, rows
from hcfin.cli.codes import load_descriptions
from hcfin.cli.commands import hcfin
from hcfin.codes.descriptions import descriptions
from hcfin.errors import HcfinError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(hcfin, ["codes", *arguments])


def shown(*arguments: str) -> dict[str, Any]:
    result = run("show", "--json", *arguments)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def test_a_grouped_reason_code() -> None:
    text = run("show", "CO-45").stdout
    assert text.splitlines()[0] == "CO-45: above the fee schedule or contract"
    row = by_code("carc")["45"]
    (decision,) = shown("CO-45")["decisions"]
    assert decision["treatment"] == row["CO"]
    assert decision["role"] == TREATMENTS["contractual"]["role"]
    assert decision["accounts"] == {"main": "4510"}
    assert [rule["id"] for rule in decision["unless"]] == ["MA130", "CO-45-full-charge", "crossover"]
    assert decision["unless"][1]["when"] == {"full_charge": True, "claim_paid": False}
    assert decision["rule"]["layer"] == "codes/carc.csv"
    assert decision["rule"]["text"].startswith("45,")


def test_a_reason_code_without_a_group_tells_all_groups() -> None:
    data = shown("CARC", "96")
    row = by_code("carc")["96"]
    assert {one["group"]: one["treatment"] for one in data["decisions"]} == {
        group: row[group] for group in GROUPS
    }
    final = data["decisions"][0]
    assert final["tags"]["denial_class"] == "not_covered"
    assert (data["start"], data["groups"]) == ("1995-01-01", [])
    assert shown("18")["groups"] == ["OA", "CO"]


def test_what_is_not_posted_says_so() -> None:
    (held,) = shown("OA-16")["decisions"]
    assert (held["outcome"], held["role"], held["issue"]) == ("kept_open", None, "OA_UNASSIGNED")
    assert "it stays in the payer's receivable" in run("show", "OA-16").stdout
    assert shown("OA-23")["decisions"][0]["outcome"] == "informational"


def test_the_patients_share_names_the_guard_and_the_next_payer() -> None:
    (share,) = shown("PR-1")["decisions"]
    assert share["unless"][0]["treatment"] == "billing_guard"
    assert "N781" in share["unless"][0]["when"]["remark"]
    assert share["role_forwarded"] == "ar.payer"
    assert "if forwarded" in run("show", "PR-1").stdout


def test_own_books_decide(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[policy]\ndenial_final_auto = true\n[[rules]]\nid = "mine"\n'
        'when = { reason = ["24", "308"], group = "CO" }\n'
        'treatment = "capitated"\n[chart]\n"revenue.adjustment.capitated_fee_for_service" = "4999"\n'
        '[provider_adjustments.CS]\nrole_positive = "suspense"\nrole_negative = "liability.loan"\n',
        encoding="utf-8",
    )
    books = ("--books", "example", "--books", str(own))
    (decision,) = shown("CO-24", *books)["decisions"]
    assert decision["rule"] == {"id": "mine", "layer": "own.toml", "line": 3, "text": "[[rules]]"}
    assert decision["accounts"] == {"main": "4999"}
    assert decision["unless"] == []
    assert "own.toml:3: [[rules]]" in run("show", "CO-24", *books).stdout
    assert shown("CO-29", *books)["decisions"][0]["role"] == "revenue.adjustment.denial_final"
    # A code that the table does not have, but a rule of the books.
    assert shown("CO-308", *books)["decisions"][0]["treatment"] == "capitated"
    adjusted = shown("PLB", "CS", *books)
    assert (adjusted["disposition"], adjusted["negative"]["role"]) == ("post", "liability.loan")


def test_what_a_prior_payer_did_is_beyond_rules(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[rules]]\nid = "mine"\nwhen = { reason = "23" }\ntreatment = "contractual"\n')
    (decision,) = shown("OA-23", "--books", "example", "--books", str(own))["decisions"]
    assert (decision["treatment"], decision["unless"]) == ("cob_prior", [])


def test_provider_adjustments() -> None:
    data = shown("PLB", "C5")
    assert data["positive"] == {"side": "debit", "role": "liability.settlement", "accounts": {"main": "2123"}}
    assert data["negative"]["role"] == "ar.settlement"
    text = run("show", "PLB", "CS").stdout
    assert "disposition      suspense" in text
    assert "[postings.suspended_provider_adjustment]" in text


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (("CLP02", "22"), "CLP02 22: reversal of an earlier payment"),
        (("RARC", "N130"), "RARC N130: restriction in the plan's documents"),
        (("n781",), "RARC N781: QMB: no deductible from the patient"),
        (("RARC", "N1"), "RARC N1"),
        (("BPR04", "ACH"), "BPR04-ACH: automated clearing house"),
        (("BPR01", "H"), "BPR01-H: notification alone"),
        (("pr 3",), "PR-3: copayment"),
        (("A0",), "CARC A0: refund to the patient reported"),
    ],
)
def test_ways_to_ask(asked: tuple[str, ...], first: str) -> None:
    result = run("show", *asked)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == first


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("999",), "no reason code '999' is known; did you mean '299'?"),
        (("CO-999",), "no reason code '999' is known"),
        (("PLB", "XX"), "no provider adjustment 'XX' is known"),
        (("RARC", "Z1"), "no remark code 'Z1' is known"),
        (("CLP02", "99"), "no claim status '99' is known"),
        (("BPR04", "CARD"), "no value 'BPR04-CARD' is known"),
        (("CR-45",), "there is no adjustment group 'CR' in version 5010"),
        (("50",), "'50' is a code of several lists: write CARC 50 or PLB 50"),
    ],
)
def test_what_is_not_known(asked: tuple[str, ...], said: str) -> None:
    result = run("show", *asked)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"hcfin: {said}")
    assert not result.stdout


def test_every_code_can_be_shown() -> None:
    for word, name in (("CARC", "carc"), ("RARC", "rarc"), ("PLB", "plb"), ("CLP02", "claim_status")):
        for row in rows(name)[::7]:
            assert run("show", word, row["code"]).exit_code == 0


def test_lists() -> None:
    assert len(run("list", "plb").stdout.splitlines()) == 41
    withheld = run("list", "carc", "--treatment", "withhold").stdout.split()
    assert [word for word in withheld if word.isdigit()] == ["104", "143", "245"]
    codes = json.loads(run("list", "carc", "--json").stdout)
    assert codes == rows("carc")
    assert "CO=contractual" in run("list", "carc").stdout
    assert "billing_guard" in run("list", "rarc").stdout
    first = run("list", "status").stdout.splitlines()[0]
    assert " ".join(first.split()) == "1 processed as primary post"
    assert len(run("list", "bpr").stdout.splitlines()) == len(rows("bpr"))


def test_lists_refuse_what_they_do_not_have() -> None:
    unknown = run("list", "carc", "--treatment", "withold")
    assert unknown.exit_code == 1
    assert "did you mean 'withhold'?" in unknown.stderr
    assert run("list", "plb", "--treatment", "withhold").exit_code == 2
    assert run("list", "nosuch").exit_code == 2


# Licensed descriptions


def test_licensed_descriptions_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "licensed.csv"
    path.write_text(
        "list,code,start,end,text\ncarc,45,1995-01-01,,Words under licence\nplb,WO,,,\n", encoding="utf-8"
    )
    assert "description      Words under licence" in run("show", "CO-45", "--descriptions", str(path)).stdout
    assert shown("CO-45", "--descriptions", str(path))["description"] == "Words under licence"
    assert shown("CO-97", "--descriptions", str(path))["description"] is None


def test_descriptions_know_their_days() -> None:
    texts = descriptions(
        "mine.csv",
        "\ufeffCode,Description,Start Date,Stop Date\n"
        '45,"Old,\nlonger",01/01/1995,10/31/2006\n45,New,11/01/2006,\n42,Gone,01/01/1995,06/01/2007\n,,,\n',
    )
    assert texts.of("carc", "45") == "New"
    assert texts.of("carc", "45", date(2006, 10, 31)) == "Old, longer"
    assert texts.of("carc", "42") == "Gone"
    assert texts.of("rarc", "N1") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.csv:1: no column 'code'"),
        ('code,text\n45,"' + "x" * 200_000 + '"\n', "mine.csv:2: field larger"),
        ("code,words\n", "mine.csv:1: no column 'text'"),
        ("code,text,start\n45,x,1995-13-01\n", "mine.csv:2: start must be a date"),
        ("code,text,end\n45,x,31/12/1995\n", "mine.csv:2: end must be a date"),
        ("list,code,text\ncarcs,45,x\n", "mine.csv:2: there is no list 'carcs'"),
    ],
)
def test_descriptions_that_cannot_be_read(text: str, told: str) -> None:
    with pytest.raises(HcfinError) as caught:
        descriptions("mine.csv", text)
    assert str(caught.value).startswith(told)


def test_files_that_cannot_be_descriptions(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"code,text\n45,caf\xe9\n")
    with pytest.raises(HcfinError, match="not UTF-8"):
        load_descriptions(str(latin))
    result = run("show", "CO-45", "--descriptions", str(tmp_path / "nosuch.csv"))
    assert result.exit_code == 2
    assert "cannot read a file" in result.stderr
