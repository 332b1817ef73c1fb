"""Amounts of FT1s: kind and sign, totals and prices, currencies; no amount is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

import hcfin
from charge_messages import FULL, PID, ZERO, ft1, header, issues, one, read, told
from hcfin.billing.charge import Charge
from hcfin.billing.facts import load_fact
from hcfin.billing.payment import AccountTransaction, Payment, WriteOff
from hcfin.testing import hl7_dft

# Kind and sign


@pytest.mark.parametrize(
    ("code", "quantity", "total", "price", "change", "amount", "units"),
    [
        ("CG", "2", "850.00", "425.00", "charge", "850.00", "2"),
        ("CG", "", "425.00", "", "charge", "425.00", None),
        ("CG", "2", "", "425.00", "charge", "850.00", "2"),
        ("CG", "", "", "425.00", "charge", "425.00", None),
        ("CG", "0", "", "425.00", "charge", "0.00", "0"),
        ("CG", "2", "-850.00", "425.00", "credit", "-850.00", "-2"),
        ("CG", "-2", "-850.00", "425.00", "credit", "-850.00", "-2"),
        ("CG", "-2", "850.00", "425.00", "credit", "-850.00", "-2"),
        ("CG", "-2", "", "425.00", "credit", "-850.00", "-2"),
        ("CG", "2", "", "-425.00", "credit", "-850.00", "-2"),
        ("CG", "1", "0", "", "charge", "0.00", "1"),
        ("CD", "2", "850.00", "425.00", "credit", "-850.00", "-2"),
        ("CD", "2", "-850.00", "425.00", "credit", "-850.00", "-2"),
        ("CD", "-2", "850.00", "425.00", "credit", "-850.00", "-2"),
        ("cg", "1", "5", "", "charge", "5.00", "1"),
        ("CG^Charge^HL70017", "1", "5", "", "charge", "5.00", "1"),
    ],
)
def test_amounts_are_signed_by_what_they_do_to_the_account(
    code, quantity, total, price, change, amount, units
) -> None:
    fact = one(ft1(_6=code, _10=quantity, _11=total, _12=price))
    assert isinstance(fact, Charge)
    assert (fact.change, str(fact.amount)) == (change, amount)
    assert fact.quantity == (None if units is None else Decimal(units))
    assert fact.type_code == code.partition("^")[0]
    assert fact.unit_price == (Decimal("425.00") if price else None)
    assert fact.price_source == ("extended" if total else "unit")


@pytest.mark.parametrize(
    ("code", "amount", "kind", "booked"),
    [
        ("PY", "50.00", Payment, "50.00"),
        ("PY", "-50.00", Payment, "50.00"),
        ("CO", "20", Payment, "20.00"),
        ("CO", "-20", Payment, "20.00"),
        ("AJ", "10.00", WriteOff, "10.00"),
        ("AJ", "-10.00", WriteOff, "-10.00"),
    ],
)
def test_payments_and_write_offs(code, amount, kind, booked) -> None:
    fact = one(ft1(_6=code, _11=amount))
    assert type(fact) is kind
    assert str(fact.amount) == booked


@pytest.mark.parametrize(
    ("kind", "sign", "amount", "booked"),
    [
        ("charge", "as_sent", "-5", "-5.00"),
        ("charge", "magnitude", "-5", "5.00"),
        ("charge", "account", "-5", "-5.00"),
        ("charge", "account", "5", "5.00"),
        ("credit", "as_sent", "5", "-5.00"),
        ("credit", "as_sent", "-5", "5.00"),
        ("credit", "magnitude", "-5", "-5.00"),
        ("credit", "account", "-5", "-5.00"),
        ("credit", "account", "5", "5.00"),
        ("payment", "as_sent", "-5", "-5.00"),
        ("payment", "magnitude", "-5", "5.00"),
        ("payment", "account", "-5", "5.00"),
        ("payment", "account", "5", "-5.00"),
        ("co_payment", "account", "-5", "5.00"),
        ("adjustment", "magnitude", "-5", "5.00"),
        ("adjustment", "account", "-5", "5.00"),
        ("adjustment", "account", "5", "-5.00"),
    ],
)
def test_the_profile_says_what_a_minus_means(kind, sign, amount, booked) -> None:
    reading = read(ft1(_6="X", _11=amount), transaction_types={"X": {"kind": kind, "sign": sign}})
    (fact,) = reading.facts
    assert str(fact.amount) == booked
    if isinstance(fact, Charge):
        assert (fact.change == "credit") == (fact.amount < 0)
    assert not reading.issues


def test_a_minus_that_only_the_quantity_has_is_told() -> None:
    reading = read(ft1(_6="CG", _10="-1", _11="100.00"))
    assert [told(issue) for issue in reading.issues] == [("FT1_MINUS_QUANTITY", "FT1-11")]
    assert not issues(read(ft1(_6="CG", _10="-1", _11="-100.00")))
    assert not issues(read(ft1(_6="CD", _10="-1", _11="100.00")))


def test_a_minus_that_is_dropped_by_default_is_told() -> None:
    reading = read(ft1(_6="PY", _11="-50.00"))
    assert [told(issue) for issue in reading.issues] == [("FT1_MINUS_DROPPED", "FT1-11")]
    (issue,) = reading.issues
    assert dict(issue.values) == {"amount": "-50.00", "type": "PY"}


@pytest.mark.parametrize("code", ["CR", "PA", "", "CHG^Charge"])
def test_an_unknown_code_is_neither_charge_nor_payment(code) -> None:
    reading = read(ft1(_6=code, _11="425.00"))
    assert reading.facts == ()
    (issue,) = reading.issues
    assert told(issue) == ("FT1_TYPE_UNKNOWN", "FT1-11")
    assert dict(issue.values)["amount"] == "425.00"
    assert issue.excerpt.endswith("425.00")
    assert reading.units[0].summary["charged"] == "0.00"


@pytest.mark.parametrize(
    ("row", "element", "amount"),
    [
        ({"_11": "-5.00"}, "FT1-11", "-5.00"),
        ({"_10": "3", "_12": "2.00"}, "FT1-12", "6.00"),
        ({"_10": "-3", "_12": "2.00"}, "FT1-12", "-6.00"),
        ({}, "FT1-11", "none"),
    ],
)
def test_rows_without_a_fact_end_in_an_issue_with_their_amount(row, element, amount) -> None:
    for settings, code in (
        ({"routing": [{"route": "ignore"}]}, "FT1_IGNORED"),
        ({"transaction_types": {"CG": {"kind": "ignore"}}}, "FT1_IGNORED"),
    ):
        reading = read(ft1(_6="CG", **row), **settings)
        assert reading.facts == ()
        (issue,) = reading.issues
        assert told(issue) == (code, element)
        assert dict(issue.values)["amount"] == amount


def test_rows_that_are_routed_as_payments_are_payments() -> None:
    settings = {"routing": [{"sender": "TESTAPP", "route": "payment"}]}
    for code in ("CG", "ZZ", ""):
        assert type(one(ft1(_6=code, _11="50.00"), **settings)) is Payment
    assert one(ft1(_6="ZZ", _11="-50.00"), **settings).amount == Decimal("-50.00")
    assert one(ft1(_6="CO", _11="5.00"), **settings).purpose == "co_payment"
    assert type(one(ft1(_6="AJ", _11="5.00"), **settings)) is WriteOff


# Amounts


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "2.3.1", "2.5.1", "2.7", "2.9", ""])
@pytest.mark.parametrize(
    "amount", ["425.00", "425", "425.00&USD", "425.00^USD", "425.00^UP", "425.00&USD^TP"]
)
def test_amounts_are_read_in_every_version_and_form(version, amount) -> None:
    fact = one(header(version=version), PID, ft1(_6="CG", _10="1", _11=amount, _22=amount))
    assert fact.amount == Decimal("425.00")
    assert fact.unit_cost == Decimal("425.00")


def test_the_cost_of_one_is_never_a_price() -> None:
    fact = one(ft1(_6="CG", _10="2", _22="170.00"))
    assert (fact.amount, fact.price_source, fact.unit_price) == (None, "unpriced", None)
    assert fact.unit_cost == Decimal("170.00")


def test_a_charge_without_a_price_is_a_state() -> None:
    reading = read(ft1(_6="CG", _7="300101"))
    (fact,) = reading.facts
    assert (fact.amount, fact.price_source, fact.unreadable) == (None, "unpriced", ())
    assert not reading.issues
    assert one(ft1(_6="CD", _10="1")).quantity == -1


def test_the_total_counts_where_price_and_quantity_say_another() -> None:
    reading = read(ft1(_6="CG", _10="3", _11="100.00", _12="25.00"))
    (fact,) = reading.facts
    assert (fact.amount, fact.unit_price, fact.quantity) == (Decimal("100.00"), Decimal("25.00"), 3)
    (issue,) = reading.issues
    assert told(issue) == ("FT1_PRICE_MISMATCH", "FT1-11")
    assert dict(issue.values) == {"actual": "100.00", "expected": "75.00"}


def test_without_a_quantity_a_price_contradicts_no_total() -> None:
    assert not issues(read(ft1(_6="CG", _11="100.00", _12="25.00")))


def test_a_price_of_four_decimals_is_extended_once() -> None:
    reading = read(ft1(_6="CG", _10="3", _12="0.3333"))
    (fact,) = reading.facts
    assert fact.amount == Decimal("1.00")
    assert [told(issue) for issue in reading.issues] == [("FT1_ROUNDED", "FT1-12")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"_11": "4.2.5"}, "MONEY_INVALID"),
        ({"_11": "100.00^^1^10^^~200.00^^11^60"}, "MONEY_RANGED"),
        ({"_11": "5.00&XX1"}, "MONEY_CURRENCY"),
        ({"_11": "5.001"}, "MONEY_SCALE"),
        ({"_11": "4.2.5", "_10": "1", "_12": "5.00"}, "MONEY_INVALID"),
        ({"_10": "one", "_12": "5.00"}, "NUMBER_INVALID"),
        ({"_12": "5,5.0"}, "MONEY_INVALID"),
        ({"_10": "999999999999", "_12": "999999999"}, "FT1_PRODUCT"),
    ],
)
def test_what_cannot_be_read_is_no_amount(row, code) -> None:
    for kind in ("CG", "PY", "AJ"):
        reading = read(ft1(_6=kind, **row))
        (fact,) = reading.facts
        assert fact.unreadable == ("amount",)
        assert fact.amount == (None if kind == "CG" else 0)
        assert issues(reading) == [code]


@pytest.mark.parametrize("amount", ["&USD", "^UP", '""', '""&USD', "~"])
def test_a_field_without_a_number_states_no_amount(amount) -> None:
    reading = read(ft1(_6="CG", _10="2", _11=amount, _12="5.00"), ft1(_6="CG", _12=amount))
    first, second = reading.facts
    assert (first.amount, first.unreadable) == (Decimal("10.00"), ())
    assert (second.amount, second.unreadable, second.price_source) == (None, (), "unpriced")
    assert not reading.issues


def test_a_row_that_is_no_charge_needs_an_amount() -> None:
    reading = read(ft1(_6="PY", _2="T1"))
    (fact,) = reading.facts
    assert (fact.amount, fact.unreadable) == (ZERO, ("amount",))
    assert [told(issue) for issue in reading.issues] == [("FT1_AMOUNT_MISSING", "FT1-11")]


def test_a_figure_that_cannot_be_read_spoils_no_other() -> None:
    reading = read(ft1(_6="CG", _10="one", _11="5.00", _12="x", _15="y", _22="z"))
    (fact,) = reading.facts
    assert (fact.amount, fact.unreadable) == (Decimal("5.00"), ())
    assert (fact.quantity, fact.unit_price, fact.insurance_amount, fact.unit_cost) == (None,) * 4
    assert len(reading.issues) == 4


def test_odd_forms_of_one_meaning_are_read() -> None:
    for amount, booked in (("425-", "-425.00"), ("(425.00)", "-425.00"), ("$1,425.00", "1425.00")):
        reading = read(ft1(_6="CG", _11=amount))
        assert str(reading.facts[0].amount) == booked
        assert issues(reading) == ["MONEY_FORM"]


# Currency


@pytest.mark.parametrize(
    ("amount", "country", "profile", "currency"),
    [
        ("5&EUR", "CAN", "GBP", "EUR"),
        ("5^EUR", "CAN", "GBP", "EUR"),
        ("5", "CAN", "GBP", "CAD"),
        ("5", "", "GBP", "GBP"),
        ("5", "", "USD", "USD"),
    ],
)
def test_the_currency_is_found_by_the_chain(amount, country, profile, currency) -> None:
    fact = one(header(country=country), PID, ft1(_6="CG", _11=amount), currency=profile)
    assert (fact.currency, fact.amount) == (currency, Decimal("5.00"))


def test_a_currency_in_the_next_field_is_that_of_the_amount() -> None:
    reading = read(ft1(_6="CG", _11="150000", _12="VND"))
    (fact,) = reading.facts
    assert (fact.currency, fact.amount, fact.unit_price) == ("VND", Decimal(150000), None)
    assert [told(issue) for issue in reading.issues] == [("FT1_CURRENCY_BESIDE", "FT1-12")]


def test_figures_of_another_currency_are_not_used() -> None:
    reading = read(ft1(_6="CG", _10="1", _11="5.00&USD", _12="4.00&EUR", _15="3&EUR", _22="2&EUR"))
    (fact,) = reading.facts
    assert (fact.currency, fact.amount) == ("USD", Decimal("5.00"))
    assert (fact.unit_price, fact.insurance_amount, fact.unit_cost) == (None, None, None)
    assert [told(issue) for issue in reading.issues] == [
        ("FT1_CURRENCY_MIXED", f"FT1-{n}") for n in (12, 15, 22)
    ]


def test_currencies_are_not_added_up() -> None:
    reading = read(ft1(_6="CG", _11="5.00"), ft1(_6="CG", _11="7.00&EUR"), ft1(_6="PY", _11="1.00&EUR"))
    summary = reading.units[0].summary
    assert (summary["currency"], summary["charged"], summary["paid"]) == ("USD", "5.00", "0.00")
    assert summary["other_currencies"]["EUR"] == {
        "charged": "7.00",
        "credited": "0.00",
        "paid": "1.00",
        "adjusted": "0.00",
    }


def test_implied_decimals() -> None:
    assert one(ft1(_6="CG", _11="28530"), implied_decimals=True).amount == Decimal("285.30")
    assert one(ft1(_6="CG", _11="28530")).amount == Decimal("28530.00")


# Figures and coverage


def test_the_summary_of_a_message() -> None:
    rows = (
        ft1(_6="CG", _11="100.00"),
        ft1(_6="CG", _11="-10.00"),
        ft1(_6="CD", _11="20.00"),
        ft1(_6="PY", _11="30.00"),
        ft1(_6="CO", _11="5.00"),
        ft1(_6="AJ", _11="1.00"),
        ft1(_6="ZZ", _11="999.00"),
        ft1(_6="CG"),
    )
    (unit,) = read(*rows).units
    assert (unit.kind, unit.summary) == (
        "DFT^P03",
        {
            "transactions": 8,
            "currency": "USD",
            "charged": "100.00",
            "credited": "30.00",
            "paid": "35.00",
            "adjusted": "1.00",
        },
    )


def test_a_message_without_rows() -> None:
    (unit,) = read(header(), PID).units
    assert (unit.summary["transactions"], unit.summary["charged"]) == (0, "0.00")


def test_coverage_says_what_reached_a_fact() -> None:
    counted = read(header(), PID, FULL, "NTE|1||Text", "PR1|1||99213").coverage.counted
    assert not [name for name in counted if name.startswith(("DFT.FT1", "DFT.NTE-3", "DFT.PR1-3"))]
    assert counted["DFT.NTE-1"] == 1
    unused = read(ft1(_6="PY", _9="Text", _10="1", _11="5", _12="5", _22="1", _24="CLERK")).coverage
    assert sorted(name for name in unused.counted if name.startswith("DFT.FT1")) == [
        f"DFT.FT1-{n}" for n in (10, 12, 22, 24)
    ]
    assert unused.carried["DFT.FT1-9"] == 1
    linked = read(ft1(_6="CD", _11="5", _31="1")).coverage.carried
    assert linked["DFT.FT1-31"] == 1


# Laws


@given(hl7_dft())
def test_a_message_says_what_it_was_made_from(case) -> None:
    data, facts = case
    reading = hcfin.read(data)
    assert reading.facts == facts
    assert [load_fact(fact.model_dump(mode="json")) for fact in reading.facts] == list(facts)


@given(hl7_dft(currency="KWD", version="2.3"), hl7_dft())
def test_sums_are_those_of_the_facts(first, second) -> None:
    for data, facts in (first, second):
        (unit,) = hcfin.read(data).units
        charges = [fact.amount for fact in facts if isinstance(fact, Charge) and fact.amount is not None]
        paid = [fact.amount for fact in facts if isinstance(fact, Payment)]
        assert unit.summary["transactions"] == len(facts)
        assert Decimal(unit.summary["charged"]) == sum(amount for amount in charges if amount > 0)
        assert Decimal(unit.summary["credited"]) == -sum(amount for amount in charges if amount < 0)
        assert Decimal(unit.summary["paid"]) == sum(paid)


_AMOUNTS = st.sampled_from(
    [
        "",
        "5",
        "5.00",
        "-5.00",
        "5.00&EUR",
        "5.00^USD",
        "5-",
        "(5.00)",
        "$5",
        "x",
        '""',
        "5.001",
        "1~2",
        "5^^1^2",
    ]
)
_NUMBERS = st.sampled_from(["", "1", "2", "-1", "-2.5", "0", "x", "999999999999"])
_ROWS = st.builds(
    lambda code, quantity, total, price, insurance, cost, more: ft1(
        _6=code, _10=quantity, _11=total, _12=price, _15=insurance, _22=cost, **more
    ),
    st.sampled_from(["CG", "CD", "PY", "CO", "AJ", "ZZ", "", "NC", "cg"]),
    _NUMBERS,
    _AMOUNTS,
    st.one_of(_AMOUNTS, st.sampled_from(["0.3333", "999999999999.99", "USD", "VND"])),
    _AMOUNTS,
    _AMOUNTS,
    st.dictionaries(
        st.sampled_from(["_1", "_2", "_4", "_7", "_14", "_19", "_25", "_26", "_29", "_31", "_43"]),
        st.text('0123456789ABC^~&\\"', max_size=8),
    ),
)
_PROFILES = st.sampled_from(
    [
        {},
        {"transaction_types": {"NC": {"kind": "ignore"}, "PY": {"kind": "payment", "sign": "account"}}},
        {"routing": [{"route": "payment"}]},
        {"implied_decimals": True, "currency": "JPY"},
    ]
)


@given(st.lists(_ROWS, min_size=1, max_size=4), _PROFILES)
@example([ft1(_6="CG", _10="999999999999", _12="999999999999.99")], {})
@example([ft1(_6="AJ", _11='""')], {})
def test_no_amount_is_lost(rows, settings) -> None:
    """Each row with something in FT1-11 or FT1-12 is a fact with an amount, or an issue at its segment."""
    reading = read(header(), PID, *rows, **settings)
    facts = {fact.at: fact for fact in reading.facts}
    said = {issue.origin.at for issue in reading.issues if issue.origin}
    for at, row in enumerate(rows, start=3):
        fields = [*row.split("|"), *[""] * 57]
        fact: Any = facts.get(at)
        assert fact is not None or at in said
        stated = [text for text in (fields[11], fields[12]) if text and text != '""']
        if fact is None or not stated:
            continue
        assert isinstance(fact, Charge | AccountTransaction)
        assert at in said or "amount" not in fact.unreadable
        assert (fact.amount is not None and "amount" not in fact.unreadable) or at in said
    valid = [load_fact(fact.model_dump(mode="json")) for fact in reading.facts]
    assert valid == list(reading.facts)
    assert len(facts) == len(reading.facts)
