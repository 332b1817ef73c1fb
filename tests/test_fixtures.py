"""Each reader against the middle, the middle against the middle, each target against the same documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cases
from hcfin import discover
from hcfin.files import translate
from hcfin.identity import DEMO_KEYS
from hcfin.issues import whole_catalogue
from hcfin.posting import post
from hcfin.translation import payload_dict, render
from hcfin.wire.json import dumps

READER_CASES = [
    case
    for standard in discover.names("hcfin.standards")
    for unit in cases.folders(standard)
    for case in cases.folders(standard, unit.name)
    if not (case / "expected.json").exists()  # whose amounts a test of their own compares
]


@pytest.mark.parametrize("case", READER_CASES, ids=cases.name_of)
def test_reader(case: Path, expect) -> None:
    expect(case / "billing.json", cases.reading_json(cases.reading_of(case)))


@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_posting(case: Path, expect) -> None:
    expect(case / "finance.json", cases.posting_json(cases.posted(case)))


@pytest.mark.parametrize("target", discover.names("hcfin.erp"))
@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_target(target: str, case: Path, expect) -> None:
    settings = cases.books_of(case).erp.get(target)
    rendering = render(cases.documents_of(case), target, settings=settings)
    shown = {
        "payloads": [payload_dict(payload) for payload in rendering.payloads],
        "issues": [str(issue) for issue in rendering.issues],
    }
    expect(
        cases.FIXTURES / "erp" / target / f"{case.name}.json",
        dumps(shown, numbers="number", indent=2) + "\n",
    )


@pytest.mark.parametrize("case", cases.folders("errors"), ids=cases.name_of)
def test_error(case: Path, expect) -> None:
    """The smallest input that produces an issue; the folder's name is the issue's code."""
    reading = cases.reading_of(case)
    known = cases.known_of(case)
    prices = cases.prices_of(case)
    posting = post(
        reading,
        cases.books_of(case),
        context=cases.context_of(case),
        known=known,
        prices=prices,
        master=cases.master_of(case),
        known_supply=cases.supply_of(case),
    )
    issues = [*reading.issues, *posting.issues]
    assert case.name in {issue.code for issue in issues}
    expect(case / "issues.json", [issue.to_dict() for issue in issues])


def test_every_issue_of_readers_and_posting_has_a_fixture() -> None:
    shown = {case.name for case in cases.folders("errors")}
    # Made only by facts or books that were built in Python, by the validator, or by answering; tests of their
    # own.
    elsewhere = {
        "ACCOUNT_UNMAPPED",
        "ACKNOWLEDGMENT_LEFT_OUT",
        "CHARGE_ACCOUNT_UNMAPPED",
        "CLAIM_ACCOUNT_UNMAPPED",
        "CLAIM_ORPHAN",
        "FACTS_REFUSED",
        "GUIDE_CHECK_FAILED",
        "GUIDE_NOT_CHECKED",
        "GUIDE_VIOLATION",
        *("HL7_CHECK_FAILED", "HL7_CHECK_STOPPED", "HL7_NOT_CHECKED", "HL7_ORDER", "HL7_VIOLATION"),
        "HL7_WITHDRAWN",
        *("CODE_NOT_IN_SET", "FHIR_NOT_CHECKED", "FHIR_VIOLATION", "LINE_NET_MISMATCH", "REFERENCE_DANGLING"),
        "SUPPLY_ACCOUNT_UNMAPPED",
        "TRANSACTION_ACCOUNT_UNMAPPED",
    }
    targets = {code for code in whole_catalogue() if code.startswith(("ERP_", "TARGET_"))}
    assert set(whole_catalogue()) - elsewhere - targets == shown


@pytest.mark.parametrize("case", cases.folders("journeys"), ids=cases.name_of)
def test_journey(case: Path, expect) -> None:
    """End to end: bytes in, one deterministic JSON out, by the whole-job call."""
    chosen = cases.options(case)
    result = translate(
        cases.source_of(case),
        cases.books_of(case),
        to=chosen.get("to", "netsuite"),
        context=cases.context_of(case),
    )
    assert cases.context_of(case).keys is DEMO_KEYS
    expect(case / "translation.json", result.to_json(indent=2) + "\n")
    assert json.loads(result.to_json())["status"] == chosen.get("status", "ok")
