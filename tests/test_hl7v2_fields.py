"""Typed access to fields of HL7 messages: every form that feeds write, and what is said of odd ones."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.standards.hl7v2.profile import IdentifierChoice, Profile
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.standards.hl7v2.trail import Trail
from hcfin.standards.hl7v2.values import Coded, Identifier, Money, Name, Place, Provider, instant
from hcfin.wire.hl7v2 import Message, scan
from hcfin.wire.hl7v2_text import Delimiters, escape

HEAD = "MSH|^~\\&|TESTAPP|TESTFAC|||20250115||DFT^P03|M1|P|2.5.1"


def opened(row: str, head: str = HEAD, **settings: object) -> tuple[Session, int, list[str]]:
    """A session that reads a message of one segment; its ordinal and fields."""
    message = next(iter(scan(io.BytesIO(f"{head}\r{row}\r".encode()).read, Limits())))
    assert isinstance(message, Message)
    trail = Trail()
    session = Session(Profile(**settings), Limits(), trail)
    trail.take(message)
    session.begin(message)
    return session, 2, message.segments[1]


def codes(session: Session) -> list[str]:
    return [event.code for event in session.events if isinstance(event, Issue)]


def money(text: str, head: str = HEAD, **settings: object) -> tuple[Money | None, list[str]]:
    session, at, fields = opened(f"FT1|{text}", head, **settings)
    return session.money(at, fields, 1), codes(session)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("425", "425.00"),
        ("425.", "425.00"),
        (".5", "0.50"),
        ("425.00&USD", "425.00"),
        ("425.00&usd", "425.00"),
        ("425.00^USD", "425.00"),
        ("425.00&USD^TP", "425.00"),
        ("425.00^UP", "425.00"),
        ("425.00&USD^TP^^^^", "425.00"),
        ("+425.00", "425.00"),
        ("-425.00", "-425.00"),
        (" 425.00 ", "425.00"),
        ("0", "0.00"),
        ('425.00&""', "425.00"),
        ("425.00~", "425.00"),
    ],
)
def test_amounts(text: str, amount: str) -> None:
    assert money(text) == (usd(amount), [])


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("425-", "-425.00"),
        ("425.00-", "-425.00"),
        ("(425.00)", "-425.00"),
        ("$425", "425.00"),
        ("$1,425.00", "1425.00"),
        ("1,425.00", "1425.00"),
        ("1,425", "1425.00"),
        ("-$425.00", "-425.00"),
        ("$-425.00", "-425.00"),
        ("($1,425.00)", "-1425.00"),
        ("12,345,678.90&USD", "12345678.90"),
    ],
)
def test_odd_amounts_of_one_meaning(text: str, amount: str) -> None:
    assert money(text) == (usd(amount), ["MONEY_FORM"])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1,42",
            "1.425,00",
            "12,34,567",
            "(425.00",
            "425)",
            "-(425)",
            "-425-",
            "425.00CR",
            "425 USD",
            "USD425",
        ),
        *(
            "1E5",
            "NaN",
            "4٢5",
            "1_000",
            "..",
            "-",
            ".",
            "$",
            "4.2.5",
            "100&USD^^^^^&",
            "abc",
            "€425",
            "$425&EUR",
        ),
        *("1,425&KWD", "425\\T\\USD"),
    ],
)
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    amount, found = money(text)
    assert amount is None
    assert len(found) == 1
    assert found[0] in ("MONEY_INVALID", "MONEY_RANGED")


@pytest.mark.parametrize("text", ["", '""', "   ", "&USD", "^TP", '""&USD', "~"])
def test_no_amount(text: str) -> None:
    assert money(text) == (None, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("425.001", "MONEY_SCALE"),
        ("100.5&JPY", "MONEY_SCALE"),
        ("10.00&USD^UP^0^10^MIN~5.00&USD^UP^10^60^MIN", "MONEY_RANGED"),
        ("10.00^UP^0^10^MIN", "MONEY_RANGED"),
        ("10.00~20.00", "MONEY_RANGED"),
        ("10.00^TP~20.00^TP", "MONEY_RANGED"),
        ("425.00&$", "MONEY_CURRENCY"),
        ("425.00&840", "MONEY_CURRENCY"),
        ("425.00^NET", "MONEY_CURRENCY"),
    ],
)
def test_amounts_that_cannot_be_used(text: str, code: str) -> None:
    assert money(text) == (None, [code])


def test_the_total_of_several_prices() -> None:
    assert money("10.00&USD^UP~425.00&USD^TP") == (usd("425.00"), ["MONEY_REPEATED"])


@pytest.mark.parametrize(
    ("text", "country", "currency", "amount"),
    [
        ("425.00&EUR", "USA", "EUR", "425.00"),
        ("425.00^CAD", "USA", "CAD", "425.00"),
        ("425.00", "CAN", "CAD", "425.00"),
        ("425", "JPN", "JPY", "425"),
        ("425.125", "KW", "KWD", "425.125"),
        ("425", "vnm", "VND", "425"),
        ("425", "", "CHF", "425.00"),
        ("425", "CAN^Canada", "CAD", "425.00"),
    ],
)
def test_the_currency_of_an_amount(text: str, country: str, currency: str, amount: str) -> None:
    head = f"{HEAD}|||||{country}"
    assert money(text, head, currency="CHF") == (Money(Decimal(amount), currency), [])


def test_a_country_that_is_not_known_is_told_once() -> None:
    assert money("425", f"{HEAD}|||||XYZ") == (usd("425.00"), ["COUNTRY_UNKNOWN"])


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("28530", "285.30"),
        ("28530&USD", "285.30"),
        ("285.30", "285.30"),
        ("28530-", "-285.30"),
        ("-5", "-0.05"),
    ],
)
def test_implied_decimals(text: str, amount: str) -> None:
    assert money(text, implied_decimals=True)[0] == usd(amount)


def test_implied_decimals_of_a_currency_without_any() -> None:
    assert money("28530&JPY", implied_decimals=True) == (Money(Decimal("28530"), "JPY"), [])


@given(cents=st.integers(-(10**12), 10**12))
def test_any_amount_is_read_as_it_is_written(cents: int) -> None:
    exact = Decimal(cents).scaleb(-2)
    session, at, fields = opened("FT1")
    for text in (
        f"{exact}",
        f"{exact}&USD",
        f"{exact}^USD",
        f"{abs(exact):,}" if cents >= 0 else f"({-exact:,})",
    ):
        assert session.money(at, [*fields, text], 1) == Money(exact, "USD")


def test_prices_have_four_decimals() -> None:
    session, at, fields = opened("FT1|0.1250&USD|12.5|0.00005")
    assert session.price(at, fields, 1) == usd("0.125")
    assert str(session.price(at, fields, 2)[0]) == "12.50"  # type: ignore[index]
    assert session.price(at, fields, 3) is None
    assert codes(session) == ["MONEY_SCALE"]


def test_an_amount_of_a_message_without_subcomponents() -> None:
    session, at, fields = opened("FT1|425.00&EUR", HEAD.replace("^~\\&", "^~"))
    assert session.money(at, fields, 1) == Money(Decimal("425.00"), "EUR")


def test_quantities() -> None:
    session, at, fields = opened("FT1|2|-1.5|+3||two|1E5|0.000001|4^x")
    assert [session.quantity(at, fields, n) for n in (1, 2, 3, 4, 7, 8, 99)] == [
        *(Decimal("2"), Decimal("-1.5"), Decimal("3"), None, Decimal("0.000001"), Decimal("4"), None)
    ]
    assert session.quantity(at, fields, 5) is None
    assert session.quantity(at, fields, 6) is None
    assert codes(session) == ["NUMBER_INVALID"] * 2


# Time


def moment(text: str, **settings: object):
    session, at, fields = opened(f"FT1|{text}", **settings)
    return session.moment(at, fields, 1), codes(session)


@pytest.mark.parametrize(
    ("text", "day", "clock", "precision", "zone"),
    [
        ("2025", None, None, "year", ""),
        ("202501", None, None, "month", ""),
        ("20250115", date(2025, 1, 15), None, "day", ""),
        ("2025011509", date(2025, 1, 15), time(9), "hour", ""),
        ("202501150930", date(2025, 1, 15), time(9, 30), "minute", ""),
        ("20250115093015", date(2025, 1, 15), time(9, 30, 15), "second", ""),
        ("20250115093015.1234", date(2025, 1, 15), time(9, 30, 15, 123400), "fraction", ""),
        ("20250115093015.123-0600", date(2025, 1, 15), time(9, 30, 15, 123000), "fraction", "-0600"),
        ("202501150930+0215", date(2025, 1, 15), time(9, 30), "minute", "+0215"),
        ("20250115+0100", date(2025, 1, 15), None, "day", "+0100"),
        ("20250115^D", date(2025, 1, 15), None, "day", ""),
        ("20250115~20250116", date(2025, 1, 15), None, "day", ""),
        ("99991231", date(9999, 12, 31), None, "day", ""),
    ],
)
def test_moments(text: str, day, clock, precision: str, zone: str) -> None:
    found, issues = moment(text)
    assert (found.day, found.clock, found.precision, found.zone) == (day, clock, precision, zone)
    assert issues == []


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("202509061352025", date(2025, 9, 6), time(13, 52)),
        ("202501150", date(2025, 1, 15), None),
        ("20250115093", date(2025, 1, 15), time(9)),
        ("2025011509301", date(2025, 1, 15), time(9, 30)),
        ("2020051409183900", date(2020, 5, 14), time(9, 18, 39)),
        ("20250115240000", date(2025, 1, 15), None),
        ("20250115093060", date(2025, 1, 15), None),
        ("2025-01-15", date(2025, 1, 15), None),
        ("2025-01-15T09:30", date(2025, 1, 15), time(9, 30)),
        ("2025-01-15T09:30:15.5-05:00", date(2025, 1, 15), time(9, 30, 15, 500000)),
        ("2025-01-15 09:30:15Z", date(2025, 1, 15), time(9, 30, 15)),
        ("20250115093015Z", date(2025, 1, 15), time(9, 30, 15)),
    ],
)
def test_odd_moments(text: str, day, clock) -> None:
    found, issues = moment(text)
    assert (found.day, found.clock) == (day, clock)
    assert issues == ["TIME_FORM"]


@pytest.mark.parametrize(
    "text",
    [
        "00000000",
        "20250230",
        "01152025",
        "15012025",
        "01/15/2025",
        "today",
        "20250115T",
        "1",
        "2025-13-01",
        "2025011",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    assert moment(text) == (None, ["TIME_INVALID"])


@pytest.mark.parametrize("text", ["", '""', "^D", "  "])
def test_no_moment(text: str) -> None:
    assert moment(text) == (None, [])


def test_forms_of_the_profile() -> None:
    settings = {"date_formats": ("MM/DD/YYYY HH:mm", "MM/DD/YYYY", "DD.MM.YYYY")}
    assert [moment(text, **settings)[0].day for text in ("01/31/2025", "31.01.2025")] == [
        date(2025, 1, 31)
    ] * 2
    found, issues = moment("01/31/2025 09:30", **settings)
    assert (found.clock, issues) == (time(9, 30), ["TIME_FORM"])
    assert moment("31/01/2025", **settings) == (None, ["TIME_INVALID"])


def test_zones_are_never_invented() -> None:
    local, sent = moment("202501150930")[0], moment("202501150930+0215")[0]
    assert instant(local) == datetime.fromisoformat("2025-01-15T09:30")
    assert instant(local, "-0500") == datetime(2025, 1, 15, 9, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert instant(sent, "-0500").utcoffset() == timedelta(hours=2, minutes=15)
    assert instant(moment("20250115")[0]) is None


def test_days_and_periods() -> None:
    session, at, fields = opened("FT1|20250115^20250117|20250115&X^D|202501||20250115^|20250116^2025")
    assert session.period(at, fields, 1) == (date(2025, 1, 15), date(2025, 1, 17))
    assert session.period(at, fields, 2) == (date(2025, 1, 15), None)
    assert session.day(at, fields, 3) is None
    assert codes(session) == ["TIME_INCOMPLETE"]
    assert session.period(at, fields, 4) is None
    assert session.period(at, fields, 5) == (date(2025, 1, 15), None)
    assert session.period(at, fields, 6) == (date(2025, 1, 16), None)
    (issue, _) = [event for event in session.events if isinstance(event, Issue)]
    assert str(issue.origin) == "segment 2 FT1-3 (M1, byte 56)"


# Text and composites


def test_text_repetitions_and_components() -> None:
    session, _, fields = opened('PID|A^B&C~D|| E \\T\\ F |""|^""^x|X\\S\\Y^Z')
    assert (session.text(fields, 1), session.text(fields, 1, 2), session.text(fields, 1, 3)) == (
        "A",
        "B&C",
        "",
    )
    assert session.text(fields, 2) == session.text(fields, 99) == ""
    assert session.text(fields, 3) == "E & F"
    assert session.whole(fields, 6) == "X^Y^Z"
    assert session.whole(fields, 99) == ""
    assert session.text(fields, 6) == "X^Y"
    assert session.repetitions(fields, 1) == ["A^B&C", "D"]
    assert session.repetitions(fields, 4) == session.repetitions(fields, 99) == []


def test_the_delete_marker_is_neither_a_value_nor_silence() -> None:
    session, _, fields = opened('PID|""|A^""|A|')
    assert session.text(fields, 1) == session.text(fields, 2, 2) == ""
    assert session.deleted(fields, 1)
    assert session.deleted(fields, 1, 2)
    assert session.deleted(fields, 2, 2)
    assert not session.deleted(fields, 2)
    assert not session.deleted(fields, 2, 1)
    assert not session.deleted(fields, 3, 4)
    assert not session.deleted(fields, 4)
    assert not session.deleted(fields, 99)
    assert [session.has(fields, n) for n in (1, 2, 3, 4, 99)] == [False, True, True, False, False]


def test_codes_of_any_type() -> None:
    session, _, fields = opened("FT1|CG|CG^Charge^HL70017|99213^Visit^C4^A1^Own^L^x^y|A^1~B~|")
    assert session.coded(fields, 1) == Coded("CG")
    assert session.coded(fields, 2).code == "CG"
    assert session.coded(fields, 3) == Coded("99213", "Visit", "C4", "A1", "Own", "L")
    assert session.coded_all(fields, 4) == [Coded("A", "1"), Coded("B")]
    assert session.coded(fields, 5) == session.coded(fields, 99) == Coded("")


def test_identifiers() -> None:
    row = "PID|123^4^M11^FAC&1.2.3&ISO^MR~456^^^&1.2.3&ISO^PI~^^^X^Y~789&x|00123"
    session, _, fields = opened(row)
    assert session.identifiers(fields, 1) == [
        Identifier("123", "FAC", "MR"),
        Identifier("456", "1.2.3", "PI"),
        Identifier("789"),
    ]
    assert session.identifier(fields, 1) == Identifier("123", "FAC", "MR")
    assert session.identifier(fields, 2) == Identifier("00123")
    assert session.identifier(fields, 3) is None
    for choice, wanted in [
        (IdentifierChoice(kinds=("PI", "MR")), "456"),
        (IdentifierChoice(authorities=("1.2.3",)), "456"),
        (IdentifierChoice(kinds=("AN",)), "123"),
    ]:
        session, _, fields = opened(row, identifiers={"PID-1": choice})
        assert session.identifier(fields, 1).value == wanted
        assert session.identifier(fields, 5) is None


def test_names_addresses_places_and_providers() -> None:
    session, _, fields = opened(
        "PID|TEST&van^ANNA^Q^JR^DR^MD^L~ALIAS|1 TEST ST&x^APT 2^TOWN^OH^44444^USA^H|ED^1^A^FAC&1.2^X^C^B1^F2"
        '|1234567893^DOC&x^ANNA^Q^JR^DR^MD^X^NPI&1.2&ISO^L^^^NPI~77^DOC|TEST CLINIC^L^1~B|""|~|PLAIN^^12'
    )
    assert session.name(fields, 1) == Name("TEST", "ANNA", "Q", "JR", "DR", "L")
    address = session.address(fields, 2)
    assert address == ("1 TEST ST", "APT 2", "TOWN", "OH", "44444", "USA", "H")
    assert session.place(fields, 3) == Place("ED", "1", "A", "FAC", "C", "B1", "F2")
    first, second = session.providers(fields, 4)
    assert first == Provider("1234567893", "DOC", "ANNA", "Q", "JR", "DR", "NPI", "NPI")
    assert (second.identifier, second.family) == ("77", "DOC")
    assert session.organization(fields, 5) == ("TEST CLINIC", "1", "", "")
    for n in (6, 7, 99):
        assert session.name(fields, n) is None
        assert session.address(fields, n) is None
        assert session.place(fields, n) is None
        assert session.organization(fields, n) is None
        assert session.providers(fields, n) == []
    session, _, fields = opened("PV1|1^A^^^^^^^X~2^B^^^^^^^Y", identifiers={"PV1-1": {"authorities": ("Y",)}})
    assert [one.identifier for one in session.providers(fields, 1)] == ["2", "1"]


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20))
def test_what_was_escaped_is_read_back(text: str) -> None:
    clean = text.strip()
    wire = escape(clean, Delimiters())
    session, _, fields = opened(f"NTE|{wire}^{wire}\\F\\")
    assert session.text(fields, 1) == clean
    assert session.text(fields, 1, 2) == f"{clean}|"


def test_the_caches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    session, at, fields = opened("FT1")
    assert 0 < session._moneys.most <= 10_000
    monkeypatch.setattr(session._moneys, "most", 5)
    for n in range(20):
        assert session.money(at, [*fields, f"{n}"], 1) == usd(f"{n}.00")
    assert len(session._moneys) <= 5


def test_what_is_remembered_is_that_of_the_same_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hcfin.standards.hl7v2.fields._SHAPES", 2)
    session, _, fields = opened("FT1|425\\T\\x^A&B")
    for characters, wanted in (
        ("^~\\&", "425&x"),
        ("~^\\&", "425&x"),
        ("^~", "425\\T\\x"),
        ("^~\\&", "425&x"),
    ):
        other = next(
            iter(scan(io.BytesIO(f"MSH|{characters}|A\rFT1|425\\T\\x^A&B\r".encode()).read, Limits()))
        )
        assert isinstance(other, Message)
        session.begin(other)
        assert session.coded(fields, 1).code == wanted
        assert session.text(fields, 1) == wanted
    assert len(session._remembered) <= 2


def test_issues_end_at_the_limit() -> None:
    session, at, fields = opened("FT1|x")
    session.limits = Limits(max_issues=2)
    session._issues_left = 2
    for _ in range(5):
        session.money(at, fields, 1)
    assert codes(session) == ["MONEY_INVALID", "MONEY_INVALID", "TOO_MANY_ISSUES"]


def test_numbers() -> None:
    assert numbers(1, range(3, 5)) == {1, 3, 4}
