"""Values of HL7 v2 fields: money, moments, identifiers, names, places, codes. Pure functions of text.

A value that can be read in one way only is read, and the oddity is told (`odd` is the name of an issue); one
that can be read in two ways is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from hcfin.codes import table
from hcfin.errors import AmountError
from hcfin.money import amount_parser, is_currency, minor_units, parse_amount
from hcfin.wire.hl7v2_text import DELETE, Delimiters, parts


class FieldError(ValueError):
    """A field that cannot be read. `code` is the name of an issue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Money(NamedTuple):
    """An amount and its ISO 4217 currency."""

    amount: Decimal
    currency: str


class Moment(NamedTuple):
    """A point in time, as precise as the sender said it.

    `precision` is `year`, `month`, `day`, `hour`, `minute`, `second` or `fraction`; below `day` there is no
    `day`. `zone` is the offset that was sent (`+0215`), empty where none was: then it is the sender's local
    time, and nobody may call it UTC.
    """

    day: date | None
    clock: time | None
    precision: str
    zone: str
    text: str


class Coded(NamedTuple):
    """A code of any coded type (ID, IS, CE, CWE, CNE, CM): code, text and system, and those of the other."""

    code: str
    text: str = ""
    system: str = ""
    other_code: str = ""
    other_text: str = ""
    other_system: str = ""


class Identifier(NamedTuple):
    """An identifier (CX, CK, EI, ST): `authority` is who assigned it, `kind` its type code (MR, AN, VN …)."""

    value: str
    authority: str = ""
    kind: str = ""


class Name(NamedTuple):
    """A person's name (XPN, PN)."""

    family: str
    given: str = ""
    middle: str = ""
    suffix: str = ""
    prefix: str = ""
    kind: str = ""


class Organization(NamedTuple):
    """The name of an organisation (XON), with an identifier if one is given."""

    name: str
    identifier: str = ""
    authority: str = ""
    kind: str = ""


class Address(NamedTuple):
    """An address (XAD, AD)."""

    street: str
    other: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    kind: str = ""


class Provider(NamedTuple):
    """A person who provides something (XCN, CN): identifier, name, who assigned the identifier, its type."""

    identifier: str
    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""
    prefix: str = ""
    authority: str = ""
    kind: str = ""


class Place(NamedTuple):
    """A location of a patient (PL, CM)."""

    unit: str
    room: str = ""
    bed: str = ""
    facility: str = ""
    kind: str = ""
    building: str = ""
    floor: str = ""


# Money

_NUMBER = re.compile(r"-?[0-9.]*", re.ASCII)
# Forms that have one meaning each: a minus behind, brackets, a dollar sign, separated thousands.
_ODD = re.compile(
    r"(?P<open>\()?(?P<sign>-)?(?P<dollar>\$)?(?P<minus>-)?"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?P<point>\.[0-9]{0,4})?(?P<behind>-)?(?P<close>\))?",
    re.ASCII,
)
_DOLLARS = frozenset(
    re.findall(
        "[A-Z]+", "AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD TTD TWD USD XCD"
    )
)


class Amounts:
    """Reads amounts of one default currency."""

    def __init__(self, currency: str, *, implied_decimals: bool = False) -> None:
        self.currency = currency
        self.implied = implied_decimals
        self.parse = amount_parser(currency)

    def amount(self, text: str, currency: str = "", *, price: bool = False) -> tuple[Decimal, str]:
        """One number, and the name of an issue if it has an odd form. `price` allows four decimals, for the
        price of one unit. Raises `FieldError`."""
        currency = currency or self.currency
        plain, odd = text.strip(), ""
        if plain[:1] == "+":
            plain = plain[1:]
        try:
            if not _NUMBER.fullmatch(plain):
                plain, odd = _plain_form(plain, currency), "MONEY_FORM"
            if self.implied and "." not in plain:
                return parse_amount(plain, "JPY").scaleb(-minor_units(currency)), odd
            return self._exact(plain, currency, price), odd
        except AmountError as error:
            raise FieldError(error.code.replace("AMOUNT", "MONEY")) from None

    def _exact(self, text: str, currency: str, price: bool) -> Decimal:
        if price:
            # The scale of the finest currency, to see whether more than four decimals mean something.
            exact = parse_amount(text, "CLF")
            cents = exact.quantize(Decimal(1).scaleb(-minor_units(currency)))
            return cents if cents == exact else exact.normalize()
        return self.parse(text) if currency == self.currency else parse_amount(text, currency)


def _plain_form(text: str, currency: str) -> str:
    """An amount of an odd form as a plain number. Raises `AmountError`."""
    found = _ODD.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        raise AmountError("AMOUNT_INVALID", "not a number")
    signs = [name for name in ("open", "sign", "minus", "behind") if found[name]]
    if len(signs) > 1 or (found["dollar"] and currency not in _DOLLARS):
        raise AmountError("AMOUNT_INVALID", "not a number")
    if "," in found["digits"] and not found["point"] and minor_units(currency) == 3:
        raise AmountError("AMOUNT_INVALID", "thousands, or decimals of a currency that has three")
    return ("-" if signs else "") + found["digits"].replace(",", "") + (found["point"] or "")


def money_of(
    text: str, delimiters: Delimiters, amounts: Amounts, *, price: bool = False
) -> tuple[Money | None, str]:
    """The money of a field of type NM, MO or CP, whichever the version has, and the name of an issue if it
    has an odd form; None where it states no amount. Raises `FieldError`.

    The currency stands in MO.2: a subcomponent where the field is a CP (`425.00&USD`), a component where it
    is an MO (`425.00^USD`), which feeds also write for a CP. Prices of ranges (CP.3 to CP.6) and several
    amounts in one field do not add up to anything that could be booked.
    """
    odd = ""
    rows = [row for row in parts(text, delimiters.repetition) if row.strip()]
    if len(rows) > 1:
        # Several prices: the one that is called the total, if there is one.
        totals = [row for row in rows if _component(row, 2, delimiters) == "TP"]
        if len(totals) != 1:
            raise FieldError("MONEY_RANGED")
        rows, odd = totals, "MONEY_REPEATED"
    price_parts = parts(rows[0], delimiters.component) if rows else [""]
    if any(part.strip() for part in price_parts[2:6]):
        raise FieldError("MONEY_RANGED")
    number, *rest = parts(price_parts[0], delimiters.subcomponent or "&")
    if number.strip() in ("", DELETE):
        return None, ""
    stated = rest[0].strip() if rest else ""
    second = price_parts[1].strip() if len(price_parts) > 1 else ""
    currency = ""
    if stated and stated != DELETE:
        currency = stated.upper()
        if not is_currency(currency):
            raise FieldError("MONEY_CURRENCY")
    elif len(second) == 3:
        # Price types have two letters. A code of three that is no known currency may still be meant as one.
        currency = second.upper()
        if currency not in _currencies():
            raise FieldError("MONEY_CURRENCY")
    amount, form = amounts.amount(number, currency, price=price)
    return Money(amount, currency or amounts.currency), form or odd


@cache
def _currencies() -> frozenset[str]:
    return frozenset(row["currency"] for row in table("country").values())


def _component(text: str, position: int, delimiters: Delimiters) -> str:
    found = parts(text, delimiters.component)
    return found[position - 1].strip() if position <= len(found) else ""


# Numbers

_QUANTITY = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", re.ASCII)


def quantity_of(text: str) -> Decimal:
    """A number (NM) with up to six places. Raises `FieldError`."""
    text = text.strip().removeprefix("+")
    if not _QUANTITY.fullmatch(text):
        raise FieldError("NUMBER_INVALID")
    return Decimal(text)


# Time

_TIME = re.compile(r"([0-9]{4,})(\.[0-9]{1,9})?([+-][0-9]{4})?(Z)?", re.ASCII)
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_PRECISION = {4: "year", 6: "month", 8: "day", 10: "hour", 12: "minute", 14: "second"}
_FIRST_YEAR = 1800
_TOKENS = {"YYYY": "Y", "MM": "m", "DD": "d", "HH": "H", "mm": "M", "ss": "S"}


def moment_of(text: str, formats: tuple[Callable[[str], str | None], ...] = ()) -> tuple[Moment, str]:
    """A moment of a field of type TS, DTM, DT, and the name of an issue if it has an odd form. `formats` turn
    other forms into this one, see `date_format`. Raises `FieldError`."""
    text = text.strip()
    found = _TIME.fullmatch(text)
    odd = ""
    if not found:
        for form in (*formats, _from_iso):
            other = form(text)
            if other is not None:
                found, odd = _TIME.fullmatch(other), "TIME_FORM"
                break
    if not found:
        raise FieldError("TIME_INVALID")
    digits, fraction, zone, zulu = found.groups()
    if zulu:
        zone, odd = "+0000", "TIME_FORM"
    size = len(digits)
    if size not in _PRECISION:
        # One digit too many or too few: what is whole counts.
        if size < 8:
            raise FieldError("TIME_INVALID")
        size, odd, fraction = min(size - size % 2, 14 if size != 15 else 12), "TIME_FORM", None
    if int(digits[:4]) < _FIRST_YEAR:
        raise FieldError("TIME_INVALID")  # MMDDYYYY, or DDMMYYYY
    try:
        day = date(int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1))
    except ValueError:
        raise FieldError("TIME_INVALID") from None
    if size < 8:
        return Moment(None, None, _PRECISION[size], zone or "", text), odd
    if size == 8:
        return Moment(day, None, "day", zone or "", text), odd
    micros = int((fraction or ".0")[1:7].ljust(6, "0")) if size == 14 else 0
    try:
        clock = time(
            int(digits[8:10]), int(digits[10:12] or 0) if size > 10 else 0, _seconds(digits, size), micros
        )
    except ValueError:
        return Moment(day, None, "day", zone or "", text), "TIME_FORM"
    precision = "fraction" if fraction and size == 14 else _PRECISION[size]
    return Moment(day, clock, precision, zone or "", text), odd


def _seconds(digits: str, size: int) -> int:
    return int(digits[12:14]) if size == 14 else 0


def _from_iso(text: str) -> str | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = (part or "" for part in found.groups())
    zone = "+0000" if zone == "Z" else zone.replace(":", "")
    return f"{year}{month}{day}{hour}{minute}{second}{fraction}{zone}"


def date_format(pattern: str) -> Callable[[str], str | None]:
    """A reader of another form of dates, made of YYYY, MM, DD, HH, mm, ss and other characters.

    >>> date_format("MM/DD/YYYY")("01/31/2025"), date_format("MM/DD/YYYY")("2025")
    ('20250131', None)
    """
    shape = re.escape(pattern)
    for token, name in _TOKENS.items():
        shape = shape.replace(token, f"(?P<{name}>[0-9]{{{len(token)}}})", 1)
    compiled = re.compile(shape, re.ASCII)

    def read(text: str) -> str | None:
        found = compiled.fullmatch(text)
        if not found:
            return None
        return "".join(found.groupdict().get(name) or "" for name in _TOKENS.values())

    return read


def instant(moment: Moment, zone: str = "") -> datetime | None:
    """A moment as a `datetime`, with the offset that was sent or else the given one (`-0500`); naive where
    there is neither. None where there is no time of day."""
    if moment.day is None or moment.clock is None:
        return None
    offset = moment.zone or zone
    text = f"{moment.day.isoformat()}T{moment.clock.isoformat()}"
    return datetime.fromisoformat(f"{text}{offset[:3]}:{offset[3:]}" if offset else text)
