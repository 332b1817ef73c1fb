"""Charges, payments and write-offs from FT1s: signs, amounts, currencies, keys, links; no amount is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

import hcfin
from hcfin.billing.account import Account
from hcfin.billing.charge import Charge
from hcfin.billing.facts import load_fact
from hcfin.billing.payment import AccountTransaction, Payment, Transfer, WriteOff
from hcfin.billing.reading import Reading
from hcfin.issues import Issue
from hcfin.standards.hl7v2.profile import Profile
from hcfin.testing import hl7_dft

PID = "PID|1||MRN1^^^TESTFAC^MR"
ZERO = Decimal("0.00")


def header(kind: str = "DFT^P03", version: str = "2.5.1", country: str = "") -> str:
    more = f"|||||{country}" if country else ""
    return f"MSH|^~\\&|TESTAPP|TESTFAC|HCFIN|RECEIVER|20250115090000||{kind}|M1|P|{version}{more}"


def ft1(**fields: str) -> str:
    """An FT1 by the numbers of its fields: `ft1(_6="CG", _11="5.00")`."""
    row = ["FT1", *[""] * 56]
    for name, value in fields.items():
        row[int(name[1:])] = value
    while not row[-1]:
        row.pop()
    return "|".join(row)


def read(*rows: str, **settings: Any) -> Reading:
    """A message of these segments; the header and a PID are added where they are left out."""
    segments = list(rows)
    if not segments[0].startswith("MSH"):
        segments = [header(), PID, *segments]
    profile = Profile(**settings) if settings else None
    return hcfin.read("".join(f"{row}\r" for row in segments).encode(), profile=profile)


def one(*rows: str, **settings: Any) -> Any:
    """The only fact of a message."""
    (fact,) = read(*rows, **settings).facts
    return fact


def issues(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


def told(issue: Issue) -> tuple[str, str]:
    assert issue.origin is not None
    return issue.code, issue.origin.element


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
        ({"routing": [{"route": "usage"}]}, "FT1_USAGE"),
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


# What a charge says


FULL = ft1(
    _1="1",
    _2="TX1",
    _3="B1",
    _4="202501150930^202501151015",
    _5="20250116",
    _6="CG",
    _7="300101^Room^L",
    _8="ROOM CHARGE",
    _10="2",
    _11="850.00",
    _12="425.00",
    _13="4W^4 West^L",
    _14="PLAN1^Test plan^L",
    _15="700.00",
    _16="4WEST^401^A^TESTFAC",
    _17="STD",
    _18="INP",
    _19="I10^Test^I10~E11",
    _20="1999999992^TESTDOC^ADAM^^^^^^NPI^^^^NPI",
    _21="77^TESTREF^EVE",
    _22="170.00",
    _23="FIL1^LAB",
    _25="99213^Visit^C4",
    _26="25^Significant~LT",
    _29="00093-0058-01^Test drug^NDC",
    _39="AUTH1",
    _41="0120",
    _42="RX1",
    _43="5^mL",
)


def test_what_a_charge_says() -> None:
    reading = read(header(), f"{PID}|||||||||||||||ACC1", "PV1|1|I||||||||||||||||OUT|VIS1|MC", FULL)
    fact = reading.facts[-1]
    assert isinstance(fact, Charge)
    shown = fact.model_dump(mode="json", exclude_defaults=True)
    assert shown == {
        "at": 4,
        "type_code": "CG",
        "number": "1",
        "transaction_id": "TX1",
        "batch": "B1",
        "facility": "TESTFAC",
        "account": "ACC1",
        "visit": "VIS1",
        "patient_id": "MRN1",
        "performed": "2025-01-15T09:30",
        "performed_until": "2025-01-15T10:15",
        "posted": "2025-01-16",
        "code": {"at": 4, "code": "300101", "text": "Room", "system": "L"},
        "description": "ROOM CHARGE",
        "quantity": "2",
        "amount": "850.00",
        "price_source": "extended",
        "unit_price": "425.00",
        "unit_cost": "170.00",
        "insurance_amount": "700.00",
        "department": {"at": 4, "code": "4W", "text": "4 West", "system": "L"},
        "plan": {"at": 4, "code": "PLAN1", "text": "Test plan", "system": "L"},
        "place": {"at": 4, "point_of_care": "4WEST", "room": "401", "bed": "A", "facility": "TESTFAC"},
        "fee_schedule": "STD",
        "patient_type": "INP",
        "patient_class": "I",
        "financial_class": "MC",
        "diagnoses": ["I10", "E11"],
        "providers": [
            {
                "at": 4,
                "role": "82",
                "entity": "1",
                "name": "TESTDOC",
                "first_name": "ADAM",
                "id_qualifier": "XX",
                "id": "1999999992",
            },
            {"at": 4, "role": "DK", "entity": "1", "name": "TESTREF", "first_name": "EVE", "id": "77"},
        ],
        "order": "FIL1",
        "procedure": {
            "at": 4,
            "qualifier": "HC",
            "code": "99213",
            "modifiers": ["25", "LT"],
            "description": "Visit",
        },
        "drug": {"at": 4, "code": "00093-0058-01", "quantity": "5", "unit": "mL"},
        "revenue_code": "0120",
        "references": [
            {"at": 4, "qualifier": "FT1-39", "value": "AUTH1"},
            {"at": 4, "qualifier": "FT1-42", "value": "RX1"},
        ],
    }
    assert not reading.issues


def test_fields_are_read_whatever_the_version() -> None:
    told_in = {
        version: one(header(version=version), PID, FULL).model_dump(exclude={"at"})
        for version in ("2.1", "2.2", "2.3", "2.3.1", "2.5.1", "2.8")
    }
    assert all(told == told_in["2.8"] for told in told_in.values())


def test_a_row_is_the_same_with_a_segment_before_it() -> None:
    """Nodes that are kept by their text know their own place."""
    facts = read(header(), PID, FULL, FULL).facts
    first, second = facts
    assert first == second
    assert (first.at, second.at) == (3, 4)
    assert [second.code.at, second.place.at, second.procedure.at, second.providers[0].at] == [4] * 4


def test_a_timestamp_with_a_precision_is_no_range() -> None:
    fact = one(ft1(_4="20250115^D", _6="CG"))
    assert (fact.performed, fact.performed_until) == ("2025-01-15", "")


def test_a_moment_has_the_zone_that_was_sent_or_the_senders() -> None:
    assert one(ft1(_4="202501150930-0600", _6="CG")).performed == "2025-01-15T09:30-06:00"
    assert one(ft1(_4="202501150930", _6="CG"), zone="-0500").performed == "2025-01-15T09:30-05:00"


def test_a_date_that_cannot_be_read_is_told_each_time() -> None:
    reading = read(ft1(_4="20251350", _6="CG"), ft1(_4="20251350", _6="CG"))
    assert [fact.performed for fact in reading.facts] == ["", ""]
    assert [told(issue) for issue in reading.issues] == [("TIME_INVALID", "FT1-4")] * 2


def test_notes() -> None:
    rows = (ft1(_6="CG"), "NTE|1||First", "NTE|2||Second~half", ft1(_6="PY", _11="5"), "NTE|1||Desk")
    charge, payment = read(*rows).facts
    assert charge.notes == ("First", "Second\nhalf")
    assert payment.description == "Desk"


# Procedures


@pytest.mark.parametrize(
    ("row", "behind", "code", "modifiers", "further"),
    [
        # FT1-25 is the procedure of priority 1: it counts once.
        ({"_25": "99213^^C4", "_26": "25"}, ["PR1|1||99213^^C4||||||||||||1||25"], "99213", ("25",), []),
        ({"_25": "99213^^C4"}, ["PR1|1||99213^^C4|||||||||||||25"], "99213", ("25",), []),
        ({}, ["PR1|1||99213^^C4|||||||||||1||25"], "99213", ("25",), []),
        ({}, ["PR1|1||1^^C4|||||||||||2", "PR1|2||2^^C4|||||||||||1"], "2", (), ["1"]),
        ({}, ["PR1|1||1^^C4", "PR1|2||2^^C4"], "1", (), ["2"]),
        ({"_25": "99213"}, ["PR1|1||36415^^C4", "PR1|2"], "99213", (), ["36415"]),
        ({"_7": "99213^^CPT", "_26": "25"}, [], "99213", ("25",), []),
        ({"_7": "300101^^L", "_26": "25"}, [], "", ("25",), []),
    ],
)
def test_procedures_count_once(row, behind, code, modifiers, further) -> None:
    fact = one(ft1(_6="CG", **row), *behind)
    assert (fact.procedure.code, fact.procedure.modifiers) == (code, modifiers)
    assert [one.code for one in fact.procedures] == further
    if code and fact.procedure.qualifier:
        assert fact.procedure.qualifier == "HC"


def test_a_charge_without_a_procedure() -> None:
    assert one(ft1(_6="CG", _7="99213^^C4")).procedure is None


def test_a_further_procedure() -> None:
    fact = one(ft1(_6="CG", _25="1"), "PR1|2|C4|36415^Draw|Text|202501150930|D||||||||2||59~LT|||P9|A")
    (procedure,) = fact.procedures
    assert procedure.model_dump(exclude_defaults=True, exclude={"at"}) == {
        "set_id": "2",
        "code": "36415",
        "text": "Draw",
        "system": "C4",
        "performed": "2025-01-15T09:30",
        "type": "D",
        "priority": "2",
        "modifiers": ("59", "LT"),
        "id": "P9",
        "action": "A",
    }


# Whose account


@pytest.mark.parametrize(
    ("places", "account"),
    [
        (("PID-18",), "ACC1"),
        (("PV1-19",), "VIS1"),
        (("PV1-50", "PID-18"), "ALT1"),
        (("PID-3",), "MRN1"),
        (("BLG-3", "PID-18"), "ACC1"),
        (("ZPA-2",), "LOCAL1"),
        (("FT1-23",), "FIL1"),
        (("PID-99", "nonsense", "PID-x"), ""),
    ],
)
def test_the_account_stands_where_the_profile_says(places, account) -> None:
    rows = (
        header(),
        "PID|1|OLD1|MRN1^^^TESTFAC^MR|||||||||||||||ACC1^^^TESTFAC^AN",
        f"PV1|1|O{'|' * 17}VIS1{'|' * 31}ALT1",
        ft1(_6="CG", _23="FIL1"),
        "ZPA|1|LOCAL1",
    )
    fact = read(*rows, account=places).facts[-1]
    assert (fact.account, fact.visit, fact.patient_id) == (account, "VIS1", "MRN1")


def test_the_patient_is_the_identifier_that_the_profile_prefers() -> None:
    rows = (header(), "PID|1||A1^^^ONE^PI~B2^^^TWO^MR", ft1(_6="CG"))
    assert one(*rows).patient_id == "A1"
    assert one(*rows, identifiers={"PID-3": {"kinds": ("MR",)}}).patient_id == "B2"
    assert one(header(), "PID|1|OLD1", ft1(_6="CG")).patient_id == "OLD1"


def test_without_patient_or_visit_a_charge_is_on_no_account() -> None:
    fact = one(header(), ft1(_6="CG", _11="5.00"))
    assert (fact.account, fact.visit, fact.patient_id, fact.amount) == ("", "", "", Decimal("5.00"))


def test_rows_behind_a_second_patient_are_his() -> None:
    rows = ("PID|1||ONE", ft1(_6="CG"), "PID|2||TWO", "PV1|1|O", ft1(_6="CG"), ft1(_6="CG"))
    facts = read(header(), *rows).facts
    assert [(fact.patient_id, fact.patient_class) for fact in facts] == [
        ("ONE", ""),
        ("TWO", "O"),
        ("TWO", "O"),
    ]


def test_results_of_several_patients() -> None:
    order = ("ORC|RE", "OBR|1||FIL1", "OBX|1")
    rows = ("PID|1||ONE", *order, ft1(_6="CG"), "PID|2||TWO||TESTPERSON^ANNA", *order, ft1(_6="CG"))
    reading = read(header("ORU^R01"), *rows)
    charges = [fact for fact in reading.facts if isinstance(fact, Charge)]
    assert [(fact.patient_id, fact.order) for fact in charges] == [("ONE", "FIL1"), ("TWO", "FIL1")]
    (account,) = (fact for fact in reading.facts if isinstance(fact, Account))
    assert account.patient_id == "TWO"


def test_earlier_results_within_an_order_change_no_account() -> None:
    rows = ("PID|1||ONE", "PV1|1|O", "ORC|NW", "OBR|1", "PID|1||OTHER", "PV1|1|I", "ORC|RE", ft1(_6="CG"))
    fact = one(header("OML^O21"), *rows)
    assert (fact.patient_id, fact.patient_class) == ("ONE", "O")


def test_an_order_may_name_the_account_to_charge() -> None:
    rows = ("ORC|NW|P1|F1", "OBR|1", ft1(_6="CG"), "BLG|||ACC9", "ORC|NW|P2|F2", ft1(_6="CG"), "BLG|||ACC8")
    facts = read(header("ORM^O01"), PID, *rows, account=("BLG-3", "PID-3")).facts
    assert [(fact.account, fact.order) for fact in facts] == [("ACC9", "F1"), ("ACC8", "F2")]


@pytest.mark.parametrize(
    "kind",
    [
        "ORM^O01",
        "OMG^O19",
        "OML^O21",
        "OMP^O09",
        "RDE^O11",
        "RDS^O13",
        "RDR^RDR",
        "ORU^R01",
        "ZFT^Z01",
        "DFT",
    ],
)
def test_charges_are_read_in_messages_of_any_type(kind) -> None:
    reading = read(header(kind), PID, "ORC|NW", "OBR|1", ft1(_6="CG", _11="5.00"))
    (fact,) = reading.facts
    assert fact.amount == Decimal("5.00")
    assert reading.units[0].summary["charged"] == "5.00"
    assert "MESSAGE_NOT_READ" not in issues(reading)


def test_charges_in_a_message_that_has_another_reader() -> None:
    reading = read(header("ADT^A08"), f"{PID}||TESTPERSON^ANNA", "PV1|1|O", ft1(_6="CG", _11="5.00"))
    account, charge = reading.facts
    assert (type(account), account.event, charge.amount) == (Account, "A08", Decimal("5.00"))
    assert reading.units[0].summary["charged"] == "5.00"


# The account beside the charges


def test_an_account_comes_before_its_charges_where_more_than_keys_is_told() -> None:
    rows = (header(), f"{PID}||TESTPERSON^ANNA", "IN1|1|PLAN1", ft1(_6="CG"), "DG1|1||I10", "GT1|1||X^Y")
    account, charge = read(*rows).facts
    assert isinstance(account, Account)
    assert (account.event, account.change) == ("P03", "told")
    assert [len(account.coverages), len(account.diagnoses), len(account.guarantors)] == [1, 1, 1]
    assert isinstance(charge, Charge)
    assert account.account == charge.account == "MRN1"


def test_keys_alone_tell_of_no_account() -> None:
    assert type(one(header(), "PID|1|OLD|MRN1", "PV1|1|I", ft1(_6="CG"))) is Charge


def test_rows_of_a_p11_have_their_own_plan_and_diagnoses() -> None:
    rows = (
        *(ft1(_6="CG"), "DG1|1||I10", "DG1|2||I10", "IN1|1|PLAN1^Test"),
        *(ft1(_6="CG", _14="OWN", _19="E11"), "DG1|1||I10", "IN1|1|PLAN2"),
    )
    first, second = read(header("DFT^P11"), PID, *rows).facts
    assert (first.plan.code, first.plan.at, first.diagnoses) == ("PLAN1", 6, ("I10",))
    assert (second.plan.code, second.diagnoses) == ("OWN", ("E11",))


def test_what_all_rows_of_a_p11_say_is_said_of_the_account() -> None:
    rows = (ft1(_6="CG"), "IN1|1|PLAN1", "GT1|1||X^Y", ft1(_6="CG"), "IN1|1|PLAN1", "GT1|1||X^Y")
    account, *_ = read(header("DFT^P11"), PID, *rows).facts
    assert [one.plan.code for one in account.coverages] == ["PLAN1"]
    assert len(account.guarantors) == 1


# Links


def test_a_credit_names_the_charge_that_it_takes_back() -> None:
    rows = (
        ft1(_1="1", _2="TX1", _6="CG", _11="5"),
        ft1(_1="2", _6="CD", _11="5", _31="1"),
        ft1(_1="3", _6="CD", _11="5", _31="TX0"),
        ft1(_1="4", _6="CG", _11="5", _31="1"),
    )
    assert [fact.reverses for fact in read(*rows).facts] == ["", "TX1", "TX0", ""]


def test_a_payment_names_the_charges_that_it_pays() -> None:
    rows = (
        ft1(_1="1", _2="TX1", _6="CG", _11="5"),
        ft1(_1="2", _6="CG", _11="5"),
        ft1(_1="3", _6="PY", _11="10", _30="CHECK77^^^BANK", _31="1~2"),
    )
    payment = read(*rows).facts[-1]
    assert (payment.charges, payment.reverses, payment.reference) == (("TX1", "2"), "", "CHECK77")


def test_what_is_undone_names_what_it_undoes() -> None:
    types = {"PY": {"kind": "payment", "sign": "as_sent"}}
    rows = (ft1(_1="1", _2="P1", _6="PY", _11="5"), ft1(_1="2", _6="PY", _11="-5", _31="1"))
    first, second = read(*rows, transaction_types=types).facts
    assert (first.reverses, second.reverses, second.charges) == ("", "P1", ())
    rows = (ft1(_1="1", _2="A1", _6="AJ", _11="5"), ft1(_1="2", _6="AJ", _11="-5", _31="1"))
    assert [fact.reverses for fact in read(*rows).facts] == ["", "A1"]


# Payments


@pytest.mark.parametrize(
    ("code", "method", "channel"),
    [
        ("CASH", "cash", "drawer"),
        ("chck", "check", "lockbox"),
        ("CCCA^Credit card", "card", "gateway"),
        ("DDPO", "ach", "bank"),
        ("OWN", "OWN", "lockbox"),
        ("", "", "lockbox"),
    ],
)
def test_how_a_payment_was_made(code, method, channel) -> None:
    fact = one(ft1(_6="PY", _7=code, _11="5"))
    assert (fact.method, fact.channel) == (method, channel)


def test_who_pays() -> None:
    assert one(ft1(_6="PY", _11="5")).payer == "patient"
    fact = one(ft1(_6="PY", _11="5", _14="PLAN1^Test"))
    assert (fact.payer, fact.payer_id, fact.purpose) == ("payer", "PLAN1", "")
    fact = one(ft1(_6="CO", _11="5", _14="PLAN1"))
    assert (fact.payer, fact.payer_id, fact.purpose) == ("patient", "", "co_payment")
    fact = one(ft1(_6="AJ", _11="5", _14="PLAN1"))
    assert (fact.bucket, fact.payer_id, fact.reason) == ("payer", "PLAN1", "")


def test_a_payment_by_price_and_quantity() -> None:
    assert one(ft1(_6="PY", _10="2", _12="5.00")).amount == Decimal("10.00")


def test_adjustments_and_tenders_of_the_profile() -> None:
    adjustments = {
        "SMALL": {"write_off": "small_balance"},
        "MOVE": {"transfer_from": "payer", "transfer_to": "patient"},
    }
    assert one(ft1(_6="AJ", _7="SMALL", _11="5"), adjustments=adjustments).reason == "small_balance"
    moved = one(ft1(_6="AJ", _7="MOVE", _11="5", _14="PLAN1"), adjustments=adjustments)
    assert type(moved) is Transfer
    assert (moved.from_bucket, moved.from_payer, moved.to_bucket, moved.amount) == (
        "payer",
        "PLAN1",
        "patient",
        Decimal("5.00"),
    )
    back = one(ft1(_6="AJ", _7="MOVE", _11="-5", _14="PLAN1"), adjustments=adjustments)
    assert (back.from_bucket, back.to_bucket, back.to_payer) == ("patient", "payer", "PLAN1")
    tenders = {"INS": {"method": "ach", "channel": "bank", "payer": "payer"}}
    paid = one(ft1(_6="PY", _7="INS", _11="5"), tenders=tenders)
    assert (paid.payer, paid.method, paid.channel) == ("payer", "ach", "bank")


# Local segments


def test_local_fields_have_the_names_of_the_profile() -> None:
    segments = {"ZF2-5": "quantity", "ZF2-6": "amount", "ZF2-4.2": "text", "ZF9-1": "none", "odd": "x"}
    rows = (ft1(_6="CG"), "ZF2|1|55501|20250115|X^Chest|2|85.00|25.00", "ZXX|1")
    fact = one(*rows, segments=segments)
    assert {one.name: one.value for one in fact.vendor_fields} == {
        "quantity": "2",
        "amount": "85.00",
        "text": "Chest",
    }
    assert (fact.amount, fact.quantity, fact.price_source) == (Decimal("85.00"), 2, "extended")


def test_the_ft1_counts_before_local_fields() -> None:
    rows = (ft1(_6="CG", _10="1", _11="5.00"), "ZF2|9|85.00")
    fact = one(*rows, segments={"ZF2-1": "quantity", "ZF2-2": "amount"})
    assert (fact.amount, fact.quantity) == (Decimal("5.00"), 1)


def test_a_local_amount_that_cannot_be_read_has_its_own_place() -> None:
    reading = read(ft1(_6="CG"), "ZF2|x", segments={"ZF2-1": "amount"})
    assert [told(issue) for issue in reading.issues] == [("MONEY_INVALID", "ZF2-1")]
    assert reading.facts[0].unreadable == ("amount",)
    reading = read(ft1(_6="ZZ"), "ZF2|7.00", segments={"ZF2-1": "amount"})
    assert [told(issue) for issue in reading.issues] == [("FT1_TYPE_UNKNOWN", "ZF2-1")]
    reading = read(ft1(_6="CG"), "ZF2|7.00|2", segments={"ZF2-1": "unit_price", "ZF2-2": "quantity"})
    assert reading.facts[0].amount == Decimal("14.00")


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
        {"routing": [{"route": "usage"}]},
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
