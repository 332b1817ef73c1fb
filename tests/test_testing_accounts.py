"""The strategies of registration and price lists: what they reach, and that nothing of a patient shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import hcfin
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.charge import ChargePrice
from hcfin.billing.facts import fact_json, load_fact
from hcfin.testing import accounts, charge_prices, leaks, merges, plant


def reach(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    quick = settings(max_examples=1500, phases=[Phase.generate], derandomize=True)
    return find(strategy, condition, settings=quick)


REACHED: dict[str, Callable[[Account], bool]] = {
    "no visit": lambda one: one.encounter is None,
    "a visit with balances": lambda one: one.encounter is not None and bool(one.encounter.amounts),
    "a negative balance": lambda one: any(
        told.amount < 0 for told in (one.encounter.amounts if one.encounter else ())
    ),
    "three insurances in turn": lambda one: [cover.priority for cover in one.coverages] == ["1", "2", "3"],
    "limits of IN2": lambda one: any(
        told.qualifier == "room_coverage PRI" for cover in one.coverages for told in cover.amounts
    ),
    "an organisation that answers": lambda one: any(told.organization for told in one.guarantors),
    "a person who answers": lambda one: any(told.person for told in one.guarantors),
    "a span and a value": lambda one: {"BE", "BI"} <= {code.qualifier for code in one.codes},
    "a grouping with amounts": lambda one: one.grouping is not None and bool(one.grouping.amounts),
    "an accident": lambda one: one.accident is not None,
    "actions": lambda one: one.mode == "action_code" and {told.action for told in one.diagnoses} > {"D"},
    "something deleted": lambda one: one.cleared == ("PV1-36",),
    "an offset": lambda one: one.occurred.endswith("-06:00"),
    "a year only": lambda one: one.occurred == "2026",
    "delimiters in an identifier": lambda one: "|" in one.account,
    "several identifiers": lambda one: len(one.identifiers) > 1,
    "an end of the account": lambda one: one.change == "ended",
}


@pytest.mark.parametrize("what", REACHED)
def test_accounts_reach(what: str) -> None:
    assert reach(accounts(), REACHED[what])


@pytest.mark.parametrize("level", ["patient", "account", "visit"])
def test_merges_reach(level: str) -> None:
    assert reach(merges(), lambda one: one.level == level and one.prior is not None)


@given(accounts(currency="JPY", account="TESTACCT-1", events=["A08"]))
@settings(max_examples=30)
def test_accounts_are_as_asked_for(one: Account) -> None:
    assert (one.currency, one.account, one.event, one.change) == ("JPY", "TESTACCT-1", "A08", "updated")
    told = [amount for cover in one.coverages for amount in cover.amounts]
    assert all(amount.amount == amount.amount.to_integral_value() for amount in told)
    assert one.patient_id == one.identifiers[0].value


@given(merges(levels=["visit"]))
@settings(max_examples=30)
def test_merges_name_both_sides(one: AccountMerge) -> None:
    assert one.prior_visit
    assert one.visit not in ("", one.prior_visit)
    assert one.prior_patient == one.prior_identifiers[0].value != one.patient_id


@given(charge_prices())
@settings(max_examples=50)
def test_what_is_taken_away_has_no_price(one: ChargePrice) -> None:
    assert (one.price is None) == (one.action == "MDL")


def test_prices_of_fractions_of_a_cent_are_reached() -> None:
    assert reach(charge_prices(), lambda one: one.price is not None and one.price != round(one.price, 2))


@given(st.one_of(accounts(), merges(), charge_prices()))
@settings(max_examples=60)
def test_facts_are_the_same_from_their_json(one: Any) -> None:
    assert load_fact(fact_json(one)) == one


@given(st.one_of(accounts(), merges()))
@settings(max_examples=60)
def test_nothing_of_a_patient_shows(one: Any) -> None:
    planted, sentinels = plant([one])
    assert len(sentinels) >= 5
    assert leaks(repr(planted), sentinels) == []


@given(st.one_of(accounts(), merges()))
@settings(max_examples=150)
def test_registration_survives_a_message(one: Any) -> None:
    """Whatever an identifier or a name holds: delimiters, escapes, other scripts."""
    reading = hcfin.read(hcfin.write([one], "hl7v2"), standard="hl7v2")
    assert [fact for fact in reading.facts if type(fact) is type(one)] == [one]
    assert [issue.code for issue in reading.issues] == []
