"""Profiles of feeds: what is shipped, how they are layered, and every way in which they can be wrong.

`fixtures/profiles/<standard>/<case>/mine.toml` gives `error.txt`; with `pytest --accept` that file is
written.
"""

from __future__ import annotations

import ast
import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import jsonschema
import pytest
from click.testing import CliRunner

import cases
from hcfin import overlay, profiles
from hcfin.cli.commands import hcfin as command
from hcfin.errors import BooksError, UnknownNameError
from hcfin.files import load_profile
from hcfin.standards import Standard
from hcfin.standards.fhir import profile_checks as checks_fhir
from hcfin.standards.fhir.profile import Profile as ProfileFhir
from hcfin.standards.hl7v2 import profile_checks as checks_hl7v2
from hcfin.standards.hl7v2.profile import Profile
from hcfin.standards.x12 import profile_checks as checks_x12
from hcfin.standards.x12.profile import Profile as ProfileX12

STANDARDS = ("fhir", "hl7v2", "x12")
WRONG = [folder for standard in STANDARDS for folder in cases.folders("profiles", standard)]
SHIPPED = [(standard, name) for standard in STANDARDS for name in profiles.names(standard)]


def problems(case: Path) -> tuple[str, ...]:
    with pytest.raises(BooksError) as caught:
        load_profile(case.parent.name, case / "mine.toml")
    return caught.value.problems


@pytest.mark.parametrize("case", WRONG, ids=cases.name_of)
def test_error(case: Path, expect) -> None:
    expect(case / "error.txt", "\n".join(problems(case)) + "\n")


@pytest.mark.parametrize("case", WRONG, ids=cases.name_of)
def test_each_error_has_file_line_excerpt_and_what_to_do(case: Path) -> None:
    for problem in problems(case):
        head, excerpt, *remedy = problem.split("\n")
        place = re.match(r"mine\.toml:(\d+): \S", head)
        assert place, problem
        line = (case / "mine.toml").read_text(encoding="utf-8").splitlines()[int(place[1]) - 1]
        assert excerpt == f"  {place[1]} | {line.strip()}"
        assert remedy
        assert all(told.startswith("  ") and told.strip() for told in remedy)


def _told_in(module: object) -> Iterator[tuple[str, int, int]]:
    path = str(module.__file__)  # type: ignore[attr-defined]
    text = Path(path).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "problem":
            yield path, node.lineno, node.end_lineno or node.lineno


def test_every_error_of_profiles_has_a_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[tuple[str, int]] = set()
    real = overlay.Overlay.problem_at

    def noting(self: overlay.Overlay, *arguments: object) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_name == "problem":
            frame = frame.f_back
        assert frame is not None
        said.add((frame.f_code.co_filename, frame.f_lineno))
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(overlay.Overlay, "problem_at", noting)
    for case in WRONG:
        problems(case)
    silent = [
        f"{Path(path).name}:{first}"
        for module in (checks_fhir, checks_hl7v2, checks_x12)
        for path, first, last in _told_in(module)
        if not any(name == path and first <= line <= last for name, line in said)
    ]
    assert not silent


@pytest.mark.parametrize(("standard", "name"), SHIPPED)
def test_what_is_shipped_loads(standard: str, name: str) -> None:
    profile = load_profile(standard, name)
    assert pickle.loads(pickle.dumps(profile)) == profile  # noqa: S301
    jsonschema.validate(overlay.overlay([profiles.shipped(standard, name)]).data, profiles.schema(standard))
    assert name == "default" or profile.name


def test_the_default_is_what_holds_without_a_profile() -> None:
    assert load_profile("hl7v2", "default") == Profile() == load_profile("hl7v2")
    assert load_profile("x12", "default") == ProfileX12() == load_profile("x12")
    assert load_profile("fhir", "default") == ProfileFhir() == load_profile("fhir")
    assert set(overlay.overlay([profiles.shipped("hl7v2", "default")]).data) | {"routing"} == set(
        Profile.model_fields
    )


def test_what_is_known_of_vendors_holds_below_what_a_fhir_profile_says(tmp_path: Path) -> None:
    known = ProfileFhir()
    assert load_profile("fhir", "oracle_health").extensions == known.extensions
    price = next(rule.url for rule in known.extensions if rule.field == "amount")
    mine = tmp_path / "mine.toml"
    mine.write_text(
        f'[[extensions]]\nresource = "ChargeItem"\nurl = "{price}"\nfield = "ignore"\n'
        '[[extensions]]\nresource = "ChargeItem"\nurl = "https://example.org/price"\nfield = "amount"\n'
        '[categories]\nfee_cut = "discount"\n[tenders]\nCASH = { method = "cash", channel = "bank" }\n',
        encoding="utf-8",
    )
    for profile in (load_profile("fhir", mine), load_profile("fhir", "oracle_health", mine)):
        found = {rule.url: rule.field for rule in profile.extensions[::-1]}  # the first one holds
        assert (found[price], found["https://example.org/price"]) == ("ignore", "amount")
        assert profile.categories == {**known.categories, "fee_cut": "discount"}
        assert profile.tenders["CASH"].channel == "bank"
        assert profile.tenders["CHCK"] == known.tenders["CHCK"]


def test_later_layers_win_setting_by_setting(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('zone = "-0600"\n[transaction_types.CD]\nsign = "as_sent"\n', encoding="utf-8")
    profile = load_profile("hl7v2", "cerner_lab", mine)
    assert profile.zone == "-0600"
    assert profile.account == ("PID-18", "PV1-19")
    assert profile.transaction_type("CD").kind == "credit"
    assert profile.transaction_type("CD").sign == "as_sent"
    assert profile.transaction_type("D").kind == "charge"
    assert profile.transaction_type("NC").kind == "ignore"
    assert profile.transaction_type("anything").kind == "credit"


def test_without_a_row_for_every_other_code_nobody_knows_it() -> None:
    assert Profile().transaction_type("D") is None
    assert Profile().adjustment("WO") is None
    assert Profile().tender("CASH") is None
    payments = load_profile("hl7v2", "payments")
    assert payments.adjustment("BADDEBT").write_off == "bad_debt"
    assert payments.adjustment("TOPAT").transfer_to == "patient"
    assert payments.tender("CARD").gateway == "cards"


def test_a_name_that_nobody_ships() -> None:
    with pytest.raises(BooksError, match="Did you mean 'cerner_lab'"):
        load_profile("hl7v2", "cerner")
    with pytest.raises(BooksError, match="Known: default"):
        load_profile("x12", "zzz")
    with pytest.raises(BooksError, match="Known: none"):
        profiles.shipped("nobody", "default")
    with pytest.raises(UnknownNameError):
        profiles.load("edifact", ())
    assert profiles.names("nobody") == ()


def test_a_file_is_not_taken_for_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("feed").write_text('currency = "EUR"\n', encoding="utf-8")
    assert load_profile("x12", "feed").currency == "EUR"
    with pytest.raises(BooksError, match=r"missing\.toml"):
        load_profile("x12", "missing.toml")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, ["profile", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_commands(tmp_path: Path) -> None:
    status, out, _ = run("list")
    assert status == 0
    assert re.search(r"^hl7v2 +cerner_lab +Laboratory charges$", out, re.MULTILINE)
    assert re.search(r"^x12 +default$", out, re.MULTILINE)
    assert "x12" not in run("list", "--standard", "hl7v2")[1]
    status, out, _ = run("init", "meditech")
    assert (status, out) == (0, profiles.shipped("hl7v2", "meditech").text)
    path = tmp_path / "feed.toml"
    assert run("init", "meditech", str(path))[0] == 0
    assert path.read_text(encoding="utf-8") == out
    assert run("init", "meditech", str(path))[0] == 2
    status, out, _ = run("check", str(path))
    assert status == 0
    assert "segments.ZF2-6 = amount" in out
    assert "transaction_types.CD = kind credit, sign magnitude" in out
    assert "routing 1 = route usage" in run("check", "epic_supply")[1]
    path.write_text("zone = 5\n", encoding="utf-8")
    status, _, told = run("check", str(path))
    assert status == 2
    assert "feed.toml:1: zone must be text in quotes" in told
    assert '"title": "hcfin profile of x12"' in run("schema", "--standard", "x12")[1]


def test_a_profile_of_another_distribution_may_be_of_any_type(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        def __init__(self, currency: str) -> None:
            self.currency = currency

    plugin = Standard("plain", *[None] * 4, Plain)  # type: ignore[arg-type]
    monkeypatch.setattr(profiles.discover, "load", lambda *_: plugin)
    assert profiles.load("plain", [overlay.Layer("feed.toml", 'currency = "EUR"')]).currency == "EUR"
    with pytest.raises(BooksError, match="unexpected keyword"):
        profiles.load("plain", [overlay.Layer("feed.toml", 'money = "EUR"')])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_commands_take_a_shipped_profile_by_name(jobs: str) -> None:
    feed = cases.FIXTURES / "hl7v2" / "feeds" / "payments" / "input.hl7"
    options = ["--standard", "hl7v2", "--profile", "payments", "--jobs", jobs]
    result = CliRunner().invoke(command, ["summary", *options, str(feed), str(feed)])
    assert result.exit_code == 0
    assert result.stdout.count('"paid":"430.00","adjusted":"12.17"') == 2
    result = CliRunner().invoke(
        command, ["summary", "--standard", "hl7v2", "--profile", "payment", str(feed)]
    )
    assert result.exit_code == 2
    assert "Did you mean 'payments'?" in result.stderr
