"""Supplies in HL7 v2: what is used, asked for and listed, each said once and nothing lost in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from charge_messages import PID, ft1, header, issues, one, read, told
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.supply import ItemEntry, SupplyRequest, SupplyUse
from hcfin.standards.hl7v2.profile import Profile
from hcfin.testing import assert_never_raises

USAGE: dict[str, Any] = {"routing": [{"route": "usage"}]}
ORC = "ORC|NW|REQ1"


def use(row: str, *more: str, **settings: Any) -> Any:
    return one(header(), PID, row, *more, **{**USAGE, **settings})


def asked(*rows: str, **settings: Any) -> Any:
    return one(header("OMS^O05"), ORC, *rows, **settings)


def listed(*rows: str) -> tuple[Any, ...]:
    return read(header("MFN^M16", "2.6"), "MFE|MAD|||4711", *rows).facts


@pytest.mark.parametrize("case", cases.folders("hl7v2", "supply"), ids=cases.name_of)
def test_facts_are_what_their_models_allow(case) -> None:
    """Readers make facts without validating them; here they are."""
    for fact in cases.reading_of(case).facts:
        assert load_fact(fact_json(fact)) == fact


# Use


@pytest.mark.parametrize(
    ("code", "quantity", "changes", "became"),
    [
        ("CG", "2", {}, ("consumed", "2")),
        ("CG", "-2", {}, ("returned", "2")),
        ("CD", "2", {}, ("returned", "2")),
        ("CD", "-2", {}, ("returned", "2")),  # of a credit only the code has a direction
        ("", "2", {}, ("consumed", "2")),
        ("CG", "", {}, ("consumed", "1")),
        ("W", "2", {"W": "wasted"}, ("wasted", "2")),
        ("W", "-2", {"W": "wasted"}, ("returned", "2")),
        ("X", "1", {"*": "explanted"}, ("explanted", "1")),
        ("R", "-1", {"R": "returned"}, ("consumed", "1")),
        ("CD", "1", {"CD": "consumed"}, ("consumed", "1")),
    ],
)
def test_what_became_of_an_item(code, quantity, changes, became) -> None:
    fact = use(ft1(_6=code, _7="4711", _10=quantity), supply_changes=changes)
    assert (fact.change, str(fact.quantity)) == became
    assert fact.unreadable == ()


def test_a_minus_that_means_nothing_is_held() -> None:
    reading = read(ft1(_6="X", _7="1", _10="-1"), **USAGE, supply_changes={"X": "explanted"})
    assert issues(reading) == ["FT1_USAGE_MINUS"]
    assert reading.facts[0].unreadable == ("quantity",)


@pytest.mark.parametrize("quantity", ["two", "1E5", "1,5"])
def test_a_quantity_that_cannot_be_read_is_none(quantity) -> None:
    fact = use(ft1(_6="CG", _7="1", _10=quantity))
    assert (fact.quantity, fact.unreadable) == (Decimal("0.00"), ("quantity",))


@pytest.mark.parametrize(
    ("row", "code", "amount"),
    [
        ({"_6": "CG", "_11": "5.00"}, "FT1_USAGE", "5.00"),
        ({"_6": "CG", "_10": "-2", "_12": "2.50"}, "FT1_USAGE", "-5.00"),
        ({"_6": "PY", "_11": "5.00"}, "FT1_USAGE_TYPE", "5.00"),
        ({"_6": "ZZ"}, "FT1_USAGE_TYPE", "none"),
    ],
)
def test_no_amount_of_a_use_is_lost(row, code, amount) -> None:
    reading = read(ft1(_7="4711", **row), **USAGE)
    (issue,) = reading.issues
    assert (issue.code, dict(issue.values)["amount"]) == (code, amount)
    assert len(reading.facts) == (code == "FT1_USAGE")


def test_item_and_charge_code_are_told_apart_by_the_profile() -> None:
    row = ft1(_6="CG", _7="C1738^Stent^CDM", _10="1")
    item = use(row)
    assert (item.item.code, item.charge_code) == ("C1738", None)
    charge = use(row, "ZSU|4711", supply_code="charge_code", segments={"ZSU-1": "item"})
    assert (charge.item.code, charge.charge_code.code) == ("4711", "C1738")


def test_local_fields_say_the_rest() -> None:
    told = {
        "item": "4711",
        "supplier_item": "CAT1",
        "manufacturer": "Acme",
        "manufacturer_item": "M1",
        "device": "9506000134352",
        "lot": "A1",
        "serial": "S7",
        "expires": "20270131",
        "inventory_location": "ST1",
        "unit": "EA",
        "unit_cost": "12.345",
        "charge_id": "CH1",
        "charge_code": "C1^Stent",
        "description": "A stent",
        "case": "CASE1",
        "quantity": "3",
        "donation": "D1",
        "manufactured": "20250102",
    }
    fact = use(
        ft1(_6="CG"),
        "|".join(["ZSU", *told.values()]),
        segments={f"ZSU-{n}": name for n, name in enumerate(told, start=1)},
    )
    item, udi = fact.item, fact.udi
    assert (item.code, item.supplier_code, item.manufacturer, item.manufacturer_code) == (
        "4711", "CAT1", "Acme", "M1")  # fmt: skip
    assert (item.device, item.description) == ("09506000134352", "A stent")
    assert (udi.issuer, udi.device, udi.lot, udi.serial) == ("GS1", "09506000134352", "A1", "S7")
    assert (udi.expires, udi.manufactured, udi.donation) == ("2027-01-31", "2025-01-02", "D1")
    assert (fact.location, fact.unit, fact.unit_cost) == ("ST1", "EA", Decimal("12.345"))
    assert (fact.charge_id, fact.charge_code.text, fact.case, fact.quantity) == ("CH1", "Stent", "CASE1", 3)


def test_a_component_of_a_local_field_may_be_named() -> None:
    segments = {"ZSU-2.2": "unit_cost", "ZSU-2.1": "unit", "ZSU-x": "lot"}
    fact = use(ft1(_6="CG", _7="1"), "ZSU||EA^7.50", segments=segments)
    assert (fact.unit, fact.unit_cost, fact.udi) == ("EA", Decimal("7.50"), None)


def test_a_cost_in_another_currency_is_left_out() -> None:
    reading = read(ft1(_6="CG", _7="1", _12="5.00&EUR"), "ZSU|7.50", **USAGE, segments={"ZSU-1": "unit_cost"})
    assert issues(reading) == ["FT1_USAGE", "FT1_CURRENCY_MIXED"]
    assert (reading.facts[0].currency, reading.facts[0].unit_cost) == ("EUR", None)
    cost = use(ft1(_6="CG", _7="1"), "ZSU|7.50&EUR", segments={"ZSU-1": "unit_cost"})
    assert (cost.currency, cost.unit_cost) == ("EUR", Decimal("7.50"))
    assert read(ft1(_6="CG"), "ZSU|x", **USAGE, segments={"ZSU-1": "unit_cost"}).facts[0].unit_cost is None


def test_the_case_is_where_the_profile_says() -> None:
    rows = (header(), PID, "PV1|1|O|||||||||||||||||V1", ft1(_6="CG", _7="1", _23="F9"))
    for places, case in ((["FT1-23"], "F9"), (["ZZZ-1", "PV1-19"], "V1"), (["PID-99"], ""), ([], "")):
        fact = next(fact for fact in read(*rows, **USAGE, case=places).facts if isinstance(fact, SupplyUse))
        assert fact.case == case


def test_figures_of_a_message_of_uses() -> None:
    reading = read(ft1(_6="CG", _7="1"), ft1(_6="PY", _7="1"), **USAGE)
    summary = reading.units[0].summary
    assert (summary["transactions"], summary["uses"], summary["charged"]) == (2, 1, "0.00")


# Requests


@pytest.mark.parametrize(
    ("control", "change"),
    [
        ("NW", "new"),
        ("", "new"),
        ("XO", "changed"),
        ("RP", "changed"),
        ("CA", "cancelled"),
        ("OC", "cancelled"),
    ],
)
def test_what_a_request_does(control, change) -> None:
    fact = one(header("OMN^O07"), f"ORC|{control}|R1", "RQD|1|4711|||2|EA")
    assert (type(fact), fact.change, fact.number, fact.quantity) == (SupplyRequest, change, "R1", 2)


def test_answers_and_states_are_no_requests() -> None:
    reading = read(header("OMS^O05"), "ORC|OK|R1", "RQD|1|4711|||2|EA")
    assert (reading.facts, issues(reading)) == ((), ["REQUEST_CONTROL"])


def test_a_line_stands_alone_and_in_messages_of_any_type() -> None:
    assert one(header("ZZZ^Z01"), "RQD|1|4711|||2|EA").item.code == "4711"
    assert one(
        header("ORM^O01"), "RQ1|9.99", ORC, "RQD|1|4711|||2", "RQ1|1.50", "RQ1|2.50"
    ).unit_price == Decimal("1.50")


def test_numbers_of_an_item_that_is_asked_for() -> None:
    fact = asked("RQD|1|A^Alpha|9506000134352|H|1", "RQ1||^Acme|M1|V1|S1")
    assert (fact.item.code, fact.item.device, fact.item.supplier_code) == ("A", "09506000134352", "S1")
    fact = asked("RQD|1||EXT^External|H^Own|1", "RQ1||ACME|M1|^Vendor")
    assert (fact.item.code, fact.item.supplier_code, fact.item.description) == ("H", "EXT", "Own")
    assert (fact.item.manufacturer, fact.supplier) == ("ACME", "Vendor")


def test_who_asks() -> None:
    rows = ("RQD|1|A|||1",)
    assert one(header("OMS^O05"), "ORC|NW|||||||||||^DOE^EVE", *rows).requester == "DOE EVE"
    assert one(header("OMS^O05"), "ORC|NW|||||||||||77^DOE^EVE", *rows).requester == "77"


def test_figures_that_cannot_be_read_are_said() -> None:
    reading = read(header("OMS^O05"), ORC, "RQD|1|A|||two", "RQ1|about 5")
    assert reading.facts[0].unreadable == ("quantity", "unit_price")
    assert sorted(issues(reading)) == ["MONEY_INVALID", "NUMBER_INVALID"]


# Item masters


def test_what_is_bought_and_what_is_kept() -> None:
    (fact,) = listed(
        "ITM|4711|Stent", "VND|1|V1||C1", "PKG|1|EA||1|10.00|||9506000134352", "PKG|2|BX||5|45.00"
    )
    assert (fact.stock_unit, fact.purchase_unit, fact.units_in_purchase_unit) == ("EA", "BX", 5)
    assert (fact.price, fact.item.device, fact.item.supplier_code) == (
        Decimal("45.00"),
        "09506000134352",
        "C1",
    )
    (fact,) = listed("ITM|4711|Stent", "PKG|1|EA|Y|1|10.00", "PKG|2|BX||5|45.00", "PCE|1||C1")
    assert (fact.purchase_unit, fact.price, fact.charge_code.code) == ("EA", Decimal("10.00"), "C1")


def test_a_fact_for_each_supplier_and_location() -> None:
    facts = listed("ITM|4711|Stent", "VND|1|V1", "VND|2||Named", "IVT|1|L1", "IVT|2|L2")
    assert [(fact.supplier, fact.location) for fact in facts] == [
        ("V1", "L1"), ("V1", "L2"), ("Named", "L1"), ("Named", "L2")]  # fmt: skip


def test_prices_of_one_fact_are_in_one_currency() -> None:
    reading = read(
        header("MFN^M16", "2.6"),
        "MFE|MAD|||1",
        "ITM|1|A",
        "PKG|1|EA|Y|1|10.00&EUR",
        "ILT||||||||",
        "ILT|||||||5.00^USD",
    )
    (fact,) = reading.facts
    assert (fact.currency, fact.price, fact.cost, fact.unreadable) == (
        "EUR",
        Decimal("10.00"),
        None,
        ("cost",),
    )
    assert issues(reading) == ["AMOUNT_OTHER_CURRENCY"]
    (fact,) = listed("ITM|1|A", "PKG|1|EA|Y|x|about")
    assert fact.unreadable == ("units_in_purchase_unit", "price")


def test_entries_without_an_item_are_said() -> None:
    for rows in (("MFE|MAD", "ITM|"), ("MFE|MAD", "IIM||x")):
        reading = read(header("MFN^M16", "2.6"), *rows)
        empty = rows[1] == "ITM|"
        assert (issues(reading) == ["ENTRY_EMPTY"]) is empty
    reading = read(header("MFN^M15"), "MFE|MAD", "IIM||")
    assert issues(reading) == ["ENTRY_EMPTY"]


def test_items_are_counted() -> None:
    reading = read(header("MFN^M15"), "MFE|MAD|||1", "IIM|1||||||||||20250101|x")
    assert reading.units[0].summary["items"] == 1
    assert isinstance(reading.facts[0], ItemEntry)
    assert reading.facts[1].unreadable == ("on_hand",)


# Laws

_TEXT = st.text('0123456789ABCXYZ^~&\\".-', max_size=8)
_NUMBERS = st.sampled_from([f"_{n}" for n in (2, 6, 7, 10, 11, 12, 22, 25, 31)])
_SUPPLIES = ("ORC", "RQD", "RQ1", "ZSU", "PRT", "NTE")
_MASTERS = ("MFE", "ITM", "VND", "PKG", "PCE", "IVT", "ILT", "IIM")
_NAMES = st.sampled_from([*_SUPPLIES, *_MASTERS])
_ROWS = st.one_of(
    st.builds(lambda fields: ft1(**fields), st.dictionaries(_NUMBERS, _TEXT)),
    st.builds(lambda name, fields: "|".join([name, *fields]), _NAMES, st.lists(_TEXT, max_size=26)),
)
_LOCAL = ("udi", "lot", "change", "quantity", "unit_cost", "expires")
_SEGMENTS = {f"ZSU-{n}": name for n, name in enumerate(_LOCAL, start=1)}


@given(st.sampled_from(["DFT^P03", "OMS^O05", "MFN^M16", "ORM^O01"]), st.lists(_ROWS, max_size=8))
def test_any_message_is_read_or_said(kind, rows) -> None:
    """Facts are what their models allow, each FT1 of a use is a fact or an issue at its place."""
    settings = {**USAGE, "segments": _SEGMENTS, "case": ("ORC-4", "PID-3")}
    reading = assert_never_raises(lambda rows: read(header(kind), PID, *rows, **settings), rows)
    assert reading is not None
    for fact in reading.facts:
        assert load_fact(fact_json(fact)) == fact
    places = {fact.at for fact in reading.facts} | {
        issue.origin.at for issue in reading.issues if issue.origin
    }
    for at, row in enumerate(rows, start=3):
        assert not row.startswith("FT1") or at in places


def test_no_patient_data_in_what_is_said() -> None:
    sentinel = "ZQXTESTSENTINEL"
    rows = [
        ft1(_2=sentinel, _6="CG", _7=f"{sentinel}^{sentinel}", _10="x", _31=sentinel, _11="5.00"),
        "|".join(["ZSU", f"(01){sentinel}", sentinel, sentinel, sentinel]),
        "|".join(["ORC", "NW", *[sentinel] * 12]),
        "|".join(["RQD", *[sentinel] * 10]),
        "|".join(["RQ1", *[sentinel] * 7]),
    ]
    segments = {"ZSU-1": "udi", "ZSU-2": "lot", "ZSU-3": "case"}
    reading = read(header(), PID, *rows, **USAGE, segments=segments)
    assert {type(fact).__name__ for fact in reading.facts} == {"SupplyUse"}
    reading = read(header("OMS^O05"), *rows[2:])
    assert len(reading.facts) == 1
    for said in (reading, read(header(), PID, *rows, **USAGE, segments=segments)):
        assert said.issues
        for issue in said.issues:
            assert sentinel not in str(issue) + repr(issue.to_dict())
    for fact in read(header(), PID, *rows, **USAGE, segments=segments).facts:
        assert fact.udi.lot == sentinel
        assert sentinel not in repr(fact.udi)


def test_profiles_that_are_wrong_are_told() -> None:
    assert Profile(supply_changes={"W": "wasted"}).supply_change("w") == "wasted"
    with pytest.raises(hcfin.HcfinError):
        Profile(supply_changes={"W": "eaten"})


def test_places_of_issues() -> None:
    reading = read(ft1(_6="CG", _7="1", _10="1"), "ZSU|(01)1", **USAGE, segments={"ZSU-1": "udi"})
    assert told(reading.issues[0]) == ("UDI_UNREADABLE", "ZSU-1")
    reading = read(ft1(_6="CG", _7="1", _10="1"), "PRT||||||||||(01)1", **USAGE)
    assert told(reading.issues[0]) == ("UDI_UNREADABLE", "PRT-10")
