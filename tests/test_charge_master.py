"""Prices of a charge master: which one holds for a service, on which day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from charged import charge, price
from hcfin.finance.prices import Service
from hcfin.reconcile import ChargeMaster

DAY = date(2025, 3, 1)


def master(*entries: Any) -> ChargeMaster:
    made = ChargeMaster()
    made.learn([charge(), *entries])
    return made


def of(
    *entries: Any, day: date | None = DAY, facility: str = "HOSP", kind: str = "O", code: str = "40010"
) -> str | None:
    found = master(*entries).unit_price(Service(facility, code, kind, day))
    return None if found is None else f"{found}"


def test_a_price_holds_from_its_day_to_its_last() -> None:
    first = price("10", effective="2025-01-01", expires="2025-03-31T23:59")
    second = price("12", effective="2025-03-01T00:00-06:00")
    assert [of(first, second, day=day) for day in (date(2024, 12, 31), date(2025, 2, 28), DAY)] == [
        None,
        "10",
        "12",
    ]
    assert of(first, day=date(2025, 4, 1)) is None
    # Of two of the same day the one that came last.
    assert of(first, price("11", action="MUP", effective="2025-01-01")) == "11"


def test_a_price_may_hold_for_whole_months_and_years() -> None:
    month = price("10", effective="2025-02", expires="2025-02")
    days = date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 28), DAY
    assert [of(month, day=day) for day in days] == [None, "10", "10", None]
    year = price("11", effective="2024", expires="2024")
    days = date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)
    assert [of(year, day=day) for day in days] == [None, "11", "11", None]
    assert of(price("12", effective="soon")) is None
    assert of(price("12", expires="2025-13")) is None


def test_a_price_without_a_day_replaces_what_was_said_before() -> None:
    first = price("10", effective="2025-01-01")
    assert of(first, price("12", action="MUP")) == "12"
    assert of(price("12"), price("10", effective="2025-04-01")) == "12"
    assert (of(price("12"), day=None), of(first, day=None)) == ("12", None)
    assert of(price("12", expires="2025-02-01"), day=None) is None


def test_the_most_specific_price_wins() -> None:
    every = price("10"), price("11", facility="HOSP"), price("12", patient_classes=("I", "E"))
    assert of(*every) == "11"
    assert of(*every, kind="E") == "11"
    assert of(*every, facility="CLIN") == "10"
    assert of(*every, facility="CLIN", kind="I") == "12"
    both = price("13", facility="HOSP", patient_classes=("I",))
    assert of(*every, both, kind="I") == "13"


def test_a_code_goes_by_its_alias_too() -> None:
    aliased = price("10", alias={"code": "X1"})
    assert (of(aliased, code="X1"), of(aliased, code="X2")) == ("10", None)
    assert of(price("10", alias={}), code="X1") is None
    # A code of its own is never another's alias.
    assert of(aliased, price("9", code="X1"), code="X1") == "9"


@pytest.mark.parametrize("end", [{"action": "MDC"}, {"active": "I"}, {"chargeable": "N"}])
def test_a_code_that_is_out_of_use_has_no_price_until_it_is_back(end: dict[str, str]) -> None:
    first = price("10", effective="2025-01-01")
    out = price(None, **end)
    assert of(first, out) is None
    assert of(first, out, price(None, action="MAC")) == "10"
    assert of(first, out, price("12", action="MUP", effective="2025-02-01")) == "12"
    later = price(None, **end, effective="2025-03-01")
    assert [of(first, later, day=day) for day in (date(2025, 2, 28), DAY)] == ["10", None]
    back = price(None, action="MAC", effective="2025-03-05")
    assert [of(first, later, back, day=day) for day in (DAY, date(2025, 3, 5))] == [None, "10"]
    assert of(out, price(None, action="MAC")) is None


def test_a_code_that_is_deleted_is_gone() -> None:
    first = price("10", effective="2025-01-01")
    assert of(first, price(None, action="MDL")) is None
    assert of(first, price(None, action="MDL", effective="2025-02-01")) is None
    assert of(price("9"), price("10", facility="HOSP"), price(None, action="MDL", facility="HOSP")) == "9"


def test_what_prices_no_unit_is_passed_over() -> None:
    assert of(price("10"), price("99", price_type="DI", action="MUP")) == "10"
    assert of(price("10"), price(None, action="MUP", description="TEST")) == "10"
    assert of(price("10", price_type="UP")) == "10"
    assert of(price("10", code="")) is None
    assert of(price("10", unreadable=("price",))) is None
    assert master(price("0.333333")).unit_price(Service("", "40010", "", DAY)) == Decimal("0.333333")
