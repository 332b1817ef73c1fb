"""Feeds are dirty in known ways; in none of them is an amount lost.

`fixtures/hl7v2/quirks/<case>/expected.json` says, by hand, which amounts the FT1s of `input.hl7` stand
for: as facts (charge, credit, payment, write_off, transfer), or in an issue (`unposted`); null where the
source has none that can be read. `fixtures/hl7v2/feeds/<profile>/` is the same for each profile that is
shipped.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cases
from hcfin import profiles
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.facts import load_fact
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.reading import Reading
from hcfin.files import load_profile, read

QUIRKS = cases.folders("hl7v2", "quirks")
FEEDS = cases.folders("hl7v2", "feeds")
_LEFT_OUT = {"FT1_TYPE_UNKNOWN": "unposted", "FT1_IGNORED": "ignored", "FT1_USAGE": "usage"}


def expected(case: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    return told


def reading_of(case: Path) -> Reading:
    own = case / "profile.toml"
    names = [case.name] if case.parent.name == "feeds" else []
    profile = load_profile("hl7v2", *names, *([own] if own.exists() else []))
    return read(case / "input.hl7", profile=profile)


def ends(reading: Reading) -> list[tuple[str | None, str]]:
    """Each amount that the FT1s became, in the order of the file, and what it became."""
    found: list[tuple[int, str | None, str]] = []
    for fact in reading.facts:
        if isinstance(fact, Charge):
            found.append((fact.at, None if fact.amount is None else str(fact.amount), fact.change))
        elif isinstance(fact, AccountTransaction):
            readable = "amount" not in fact.unreadable
            found.append((fact.at, str(fact.amount) if readable else None, fact.kind))
    for issue in reading.issues:
        if issue.code in _LEFT_OUT:
            amount = dict(issue.values)["amount"]
            assert issue.origin is not None
            found.append((issue.origin.at, None if amount == "none" else amount, _LEFT_OUT[issue.code]))
    return [(amount, kind) for _, amount, kind in sorted(found, key=lambda one: one[0])]


@pytest.mark.parametrize("case", [*QUIRKS, *FEEDS], ids=cases.name_of)
def test_no_amount_is_lost(case: Path) -> None:
    told = expected(case)
    reading = reading_of(case)
    wanted = [(row["amount"], row["kind"]) for row in told["transactions"]]
    assert ends(reading) == wanted
    currencies = {fact.currency for fact in reading.facts if isinstance(fact, Charge | AccountTransaction)}
    assert currencies <= {told.get("currency", "USD")}
    if "issue" in told:
        assert told["issue"] in {issue.code for issue in reading.issues}


@pytest.mark.parametrize("case", [*QUIRKS, *FEEDS], ids=cases.name_of)
def test_every_amount_without_a_number_is_said(case: Path) -> None:
    reading = reading_of(case)
    said = {issue.origin.at for issue in reading.issues if issue.origin}
    for fact in reading.facts:
        if isinstance(fact, Charge) and fact.amount is None:
            assert fact.price_source == "unpriced"
            assert fact.at in said or "amount" not in fact.unreadable
        if isinstance(fact, AccountTransaction) and "amount" in fact.unreadable:
            assert fact.at in said


@pytest.mark.parametrize("case", [*QUIRKS, *FEEDS], ids=cases.name_of)
def test_the_summary_says_the_same(case: Path) -> None:
    told = expected(case)
    sums: Counter[str] = Counter()
    for row in told["transactions"]:
        amount = Decimal(row["amount"] or 0)
        name = {"charge": "charged", "credit": "credited", "payment": "paid"}.get(row["kind"])
        if name:
            sums[name] += abs(amount) if name == "credited" else amount  # type: ignore[assignment]
    units = [unit for unit in reading_of(case).units if "transactions" in unit.summary]
    for name in ("charged", "credited", "paid"):
        assert sum(Decimal(unit.summary[name]) for unit in units) == sums[name], name
    assert sum(unit.summary["transactions"] for unit in units) == len(told["transactions"])


@pytest.mark.parametrize("case", QUIRKS, ids=cases.name_of)
def test_facts_are_valid(case: Path) -> None:
    def again(fact: Fact) -> Fact:
        return load_fact(fact.model_dump(mode="json"))

    facts = reading_of(case).facts
    assert [again(fact) for fact in facts] == list(facts)


@pytest.mark.parametrize("case", FEEDS, ids=cases.name_of)
def test_feeds_are_read_as_their_profile_says(case: Path, expect) -> None:
    expect(case / "billing.json", cases.reading_json(reading_of(case)))


def test_what_is_known_of_feeds_is_covered() -> None:
    names = {case.name for case in QUIRKS}
    assert len(names) >= 45
    # Each shape that is shipped as a profile has its fixture.
    assert {case.name for case in FEEDS} == set(profiles.names("hl7v2"))
