"""The strict check of FHIR: what fhir.resources finds, what it does not look at, where it is, no values."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cases
import hcfin
from fhir_trees import changed, leaves, to_xml
from hcfin.issues import Issue
from hcfin.standards.fhir import STANDARD
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

FHIR = cases.FIXTURES / "fhir"
SENTINEL = "ROESENTINEL"
CLEAN = sorted(path for path in FHIR.glob("*/*/input.json"))


def tree_of(name: str) -> Any:
    return json_reader.loads((FHIR / name / "input.json").read_bytes())


def check(tree: Any) -> tuple[Issue, ...]:
    return STANDARD.check(dumps(tree, numbers="number").encode())


def found(tree: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.origin.element if issue.origin else "") for issue in check(tree)]


def claim() -> Any:
    """The Claim of a fixture as a resource by itself."""
    tree = tree_of("claim/professional")
    return next(e["resource"] for e in tree["entry"] if e["resource"]["resourceType"] == "Claim")


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_what_is_valid_raises_no_alarm(path: Path) -> None:
    codes = {code for code, _ in found(json_reader.loads(path.read_bytes()))}
    assert not codes & {"FHIR_VIOLATION", "FHIR_NOT_CHECKED", "CODE_NOT_IN_SET", "LINE_NET_MISMATCH"}


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda one: one.pop("created"), "FHIR_VIOLATION", "/created"),
        (lambda one: one.update(priority=3), "FHIR_VIOLATION", "/priority"),
        (lambda one: one.update(created="yesterday"), "FHIR_VIOLATION", "/created"),
        (lambda one: one.update({SENTINEL: 1}), "FHIR_VIOLATION", ""),
        (lambda one: one["item"][0].update(sequence=0), "FHIR_VIOLATION", "/item/0/sequence"),
        (lambda one: one.update(status="foo"), "CODE_NOT_IN_SET", "/status"),
        (lambda one: one.update(use="banana"), "CODE_NOT_IN_SET", "/use"),
        (lambda one: one["total"].update(currency="dollars"), "CURRENCY_NOT_ISO", "/total/currency"),
        (lambda one: one["patient"].update(reference="#nobody"), "REFERENCE_DANGLING", "/patient/reference"),
        (
            lambda one: one["item"][1]["net"].update(value=Decimal("50.01")),
            "LINE_NET_MISMATCH",
            "/item/1/net",
        ),
        (
            lambda one: one["item"][0].update(modifierExtension=[{"url": "https://example.org/not"}]),
            "MODIFIER_EXTENSION",
            "/item/0/modifierExtension",
        ),
    ],
)
def test_what_is_wrong_is_found_at_its_place(change: Any, code: str, place: str) -> None:
    tree = claim()
    change(tree)
    assert (code, place) in found(tree)


def test_figures_of_a_line_are_told() -> None:
    tree = claim()
    tree["item"][1]["net"]["value"] = Decimal("51.00")
    (issue,) = [one for one in check(tree) if one.code == "LINE_NET_MISMATCH"]
    assert dict(issue.values) == {"net": "51.00", "expected": "50.00"}


def test_what_cannot_be_checked_is_said() -> None:
    xml = STANDARD.check(to_xml(claim()))
    assert [issue.code for issue in xml].count("FHIR_NOT_CHECKED") == 1
    assert "FHIR_NOT_CHECKED" in {code for code, _ in found({"resourceType": "NoSuchThing"})}


@pytest.mark.parametrize("name", ["claim/professional", "account/r5_balance", "claim_response/with_reasons"])
def test_no_value_is_quoted(name: str) -> None:
    tree = tree_of(name)
    for path, _ in list(leaves(tree)):
        if path[-1] in ("family", "given", "birthDate", "gender", "value", "reference", "created", "code"):
            issues = check(changed(tree, path, SENTINEL))
            assert SENTINEL not in "\n".join(f"{issue} {issue!r} {issue.to_dict()}" for issue in issues), path


def test_reader_and_check_agree_through_the_whole_call() -> None:
    path = FHIR / "claim" / "professional" / "input.json"
    assert hcfin.check(path) == hcfin.check(path.read_bytes()) == hcfin.check(tree_of("claim/professional"))
