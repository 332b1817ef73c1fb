"""Unique device identifiers as they are scanned or sent: GS1, HIBCC, ICCBBA, and GTINs alone.

Strategy: the first characters say who issues the identifier; its text is then cut into data elements by the
lengths and separators of that issuer. A check digit or character that is wrong, or a piece that fits nothing,
makes the whole unreadable: half of a misread label would name another device. Dates have two or three digits
of their year; what is 80 or more is of the last century.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

Issuer = Literal["", "GS1", "HIBCC", "ICCBBA"]

_LONGEST = 200
_GS = "\x1d"
_CENTURY = 80


class Carrier(NamedTuple):
    """What a text says of a device. `device` is a GTIN of 14 digits, a HIBCC identifier without its plus, or
    an ISBT 128 product; days are ISO 8601, a month where no day is told."""

    issuer: Issuer
    device: str = ""
    lot: str = ""
    serial: str = ""
    manufactured: str = ""
    expires: str = ""
    donation: str = ""


class _UnreadableError(ValueError):
    """A text that is no device identifier."""


def parse(text: str) -> Carrier | None:
    """What a device identifier says; None where it cannot be read. Never raises.

    >>> parse("(01)09506000134352(17)270131(10)A1(21)S7")[:4]
    ('GS1', '09506000134352', 'A1', 'S7')
    >>> parse("(01)09506000134353") is None  # the last digit is wrong
    True
    """
    given = text.strip()
    if len(given) > _LONGEST:
        return None
    try:
        return _reader_of(given)(given)
    except _UnreadableError:
        return None


def _reader_of(text: str) -> Callable[[str], Carrier]:
    if text[:1] in "+*" and text:
        return _hibcc
    if text[:2] in ("=/", "=+", "=)"):
        return _iccbba
    return _gtin if text.isdigit() and len(text) in _GTINS else _gs1


# GS1

_GTINS = frozenset({8, 12, 13, 14})
_DAYS = frozenset({"11", "17"})
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9]")
_HUMAN = re.compile(r"\(([0-9]{2,4})\)")
_CHARACTERS = re.compile(r"[!\"%-?A-Z_a-z]+", re.ASCII)  # the set 82 of GS1
# Length of each application identifier, by its first two digits where no longer one is named: exact where
# positive, else at most.
_LENGTHS = {
    **dict.fromkeys(("00",), 18),
    **dict.fromkeys(("01", "02", "03"), 14),
    **dict.fromkeys(("11", "12", "13", "15", "16", "17"), 6),
    "10": -20, "20": 2, "21": -20, "22": -20, "235": -28, "240": -30, "241": -30, "242": -6, "243": -20,
    "250": -30, "251": -30, "253": -30, "254": -20, "30": -8, "37": -8, "400": -30, "401": -30,
    **dict.fromkeys(("410", "411", "412", "413", "414", "415", "416", "417"), 13),
    "422": 3, "7003": 10, "710": -20, "711": -20, "712": -20, "713": -20, "714": -20, "8008": -12,
    **dict.fromkeys((str(n) for n in range(90, 100)), -90),
    **dict.fromkeys((str(n) for n in range(3100, 3700)), 6),
}  # fmt: skip


def _gtin(text: str) -> Carrier:
    return Carrier("GS1", _checked(text))


def check_digit(digits: str) -> str:
    """The check digit of GS1 for the digits before it.

    >>> check_digit("0950600013435")
    '2'
    """
    weighed = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(reversed(digits)))
    return str(-weighed % 10)


def _checked(gtin: str) -> str:
    if not (gtin.isascii() and gtin.isdigit()) or check_digit(gtin[:-1]) != gtin[-1]:
        raise _UnreadableError
    return gtin.zfill(14)


def _gs1(text: str) -> Carrier:
    elements = _human(text) if text.startswith("(") else _raw(text)
    found: dict[str, str] = {}
    for name, value in elements:
        length = _length(name)
        if not value or not _CHARACTERS.fullmatch(value) or name in found:
            raise _UnreadableError
        if len(value) != length if length > 0 else len(value) > -length:
            raise _UnreadableError
        found[name] = value
    if "01" not in found:
        raise _UnreadableError
    days = {name: _day(found[name]) for name in _DAYS if name in found}
    return Carrier(
        "GS1",
        _checked(found["01"]),
        found.get("10", ""),
        found.get("21", ""),
        days.get("11", ""),
        days.get("17", ""),
    )


def _length(name: str) -> int:
    length = _LENGTHS.get(name)
    if length is None:
        raise _UnreadableError
    return length


def _human(text: str) -> Iterator[tuple[str, str]]:
    """The elements of a text in which application identifiers stand in brackets. A lot may hold brackets too:
    only those with a known identifier count."""
    places = [found for found in _HUMAN.finditer(text) if found[1] in _LENGTHS]
    if not places or places[0].start():
        raise _UnreadableError
    ends = [*(found.start() for found in places[1:]), len(text)]
    for found, end in zip(places, ends, strict=True):
        yield found[1], text[found.end() : end].strip()


def _raw(text: str) -> Iterator[tuple[str, str]]:
    """The elements of a text as it is scanned: what has no fixed length ends at a separator."""
    text = text[3:] if _SYMBOLOGY.match(text) else text
    rest = text.removeprefix(_GS)
    while rest:
        name = next((rest[:size] for size in (2, 3, 4) if rest[:size] in _LENGTHS), "")
        length = _length(name)
        rest = rest[len(name) :]
        if length > 0:
            value, rest = rest[:length], rest[length:].removeprefix(_GS)
        else:
            value, _, rest = rest.partition(_GS)
        yield name, value


def _day(text: str) -> str:
    """A day of six digits, YYMMDD; without a day, a month."""
    if not (text.isascii() and text.isdigit()):
        raise _UnreadableError
    year, month, day = _year(text[:2]), text[2:4], text[4:6]
    if day == "00":
        return _valid(date, year, int(month), 1)[:7]
    return _valid(date, year, int(month), int(day))


def _year(text: str) -> int:
    year = int(text)
    return year + (1900 if year >= _CENTURY else 2000)


def _valid(make: Callable[..., date], *parts: int) -> str:
    try:
        return make(*parts).isoformat()
    except (ValueError, OverflowError):
        pass
    raise _UnreadableError


def _of_year(year: int, day: int) -> date:
    """The n-th day of a year."""
    found = date(year, 1, 1) + timedelta(day - 1)
    if found.year != year:
        raise ValueError
    return found


# HIBCC

_43 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_PRIMARY = re.compile(r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]", re.ASCII)
_NUMBER = re.compile(r"[A-Z0-9.\-]{1,18}", re.ASCII)
_QUANTITY = {"8": 3, "9": 6}
# By its flag: how many digits a date has with it, and what they are.
_DATES = {"2": (7, "mdy"), "3": (7, "ymd"), "4": (9, "ymd"), "5": (6, "julian"), "6": (8, "julian")}


def check_character(text: str) -> str:
    """The check character of HIBCC (modulo 43) for the text before it, from its plus.

    >>> check_character("+A123BJC5D6E71")
    'G'
    """
    if any(character not in _43 for character in text):
        raise _UnreadableError
    return _43[sum(map(_43.index, text)) % len(_43)]


def _hibcc(text: str) -> Carrier:
    """A primary structure, alone or with what follows it. People read it between asterisks, with a blank as
    check character shown as a low line."""
    if text.startswith("*"):
        text = text.strip("*")
    if not text.startswith("+"):
        raise _UnreadableError
    if text.endswith("_"):
        text = text[:-1] + " "
    body, last = text[:-1], text[-1]
    if check_character(body) != last:
        # A blank at the end is easily lost.
        if check_character(text) != " ":
            raise _UnreadableError
        body = text
    device, *pieces = body[1:].split("/")
    if not _PRIMARY.fullmatch(device):
        raise _UnreadableError
    found: dict[str, str] = {}
    for n, piece in enumerate(pieces):
        for name, value in _secondary(piece) if n == 0 and piece[:1] in _STARTS else _supplement(piece):
            if value and found.setdefault(name, value) != value:
                raise _UnreadableError
    return Carrier("HIBCC", device, **found)


_STARTS = frozenset("$0123456789")


def _secondary(piece: str) -> Iterator[tuple[str, str]]:
    """Date and lot, or serial number: `$LOT`, `$+SERIAL`, `$$MMYYLOT`, `$$3YYMMDDLOT`, `$$+7SERIAL`."""
    if (piece[:2] == "16" and piece[2:3] == "D") or piece[:3] == "14D":
        yield from _supplement(piece)
        return
    if not piece.startswith("$"):
        yield "expires", _julian(piece[:5])
        yield "lot", _number(piece[5:])
        return
    dated = piece.startswith("$$")
    rest = piece[2 if dated else 1 :]
    kind = "serial" if rest.startswith("+") else "lot"
    rest = rest.removeprefix("+")
    if dated:
        size = _QUANTITY.get(rest[:1], 0)
        if size and not rest[1:size].isdigit():
            raise _UnreadableError
        rest = rest[size:]
        day, rest = _dated(rest)
        yield "expires", day
    yield kind, _number(rest)


def _dated(text: str) -> tuple[str, str]:
    """The date in front of a lot, and the rest."""
    flag = text[:1]
    if flag == "7" or not text:
        return "", text[1:]
    if flag in "01":
        month, rest = text[:4], text[4:]
        return _day(f"{month[2:4]}{month[:2]}00"), rest
    if flag not in _DATES:
        raise _UnreadableError
    size, form = _DATES[flag]
    digits, rest = text[1:size], text[size:]
    if len(digits) != size - 1:
        raise _UnreadableError
    if form == "julian":
        return _julian(digits[:5]), rest
    if form == "mdy":
        digits = digits[4:6] + digits[:4]
    return _day(digits[:6]), rest


def _julian(text: str) -> str:
    if len(text) != 5 or not (text.isascii() and text.isdigit()):
        raise _UnreadableError
    return _valid(_of_year, _year(text[:2]), int(text[2:]))


def _number(text: str) -> str:
    if text and not _NUMBER.fullmatch(text):
        raise _UnreadableError
    return text


def _supplement(piece: str) -> Iterator[tuple[str, str]]:
    """A further piece: serial number, day of making or expiry (YYYYMMDD), quantity."""
    name = {"S": "serial", "16D": "manufactured", "14D": "expires", "Q": ""}
    flag = next((flag for flag in name if piece.startswith(flag)), None)
    if flag is None:
        raise _UnreadableError
    value = piece[len(flag) :]
    if flag.endswith("D"):
        if len(value) != 8 or not (value.isascii() and value.isdigit()):
            raise _UnreadableError
        yield name[flag], _valid(date, int(value[:4]), int(value[4:6]), int(value[6:]))
    elif flag == "S":
        yield name[flag], _number(value)
    elif not value.isdigit():
        raise _UnreadableError


# ICCBBA (ISBT 128)

_STRUCTURES: tuple[tuple[str, str, int], ...] = (
    ("=/", "device", 16),
    ("=)", "device", 10),
    ("=,", "serial", 6),
    ("=>", "expires", 6),
    ("=}", "manufactured", 6),
    ("&,1", "lot", 18),
    ("&)", "lot", 10),
    ("=", "donation", 15),
)
"""Identifier of a structure, what it is, and how long it is."""
_COMPOUND = re.compile(r"=\+[0-9]{5}")
_ISBT = re.compile(r"[A-Za-z0-9]+", re.ASCII)


def _iccbba(text: str) -> Carrier:
    """Structures one after the other, each known by its first characters; a compound message names how many
    there are, which says nothing more."""
    compound = _COMPOUND.match(text)
    rest = text[compound.end() :] if compound else text
    found: dict[str, str] = {}
    while rest:
        structure = next((one for one in _STRUCTURES if rest.startswith(one[0])), None)
        if structure is None:
            raise _UnreadableError
        flag, name, length = structure
        value, rest = rest[len(flag) : len(flag) + length], rest[len(flag) + length :]
        if len(value) != length or not _ISBT.fullmatch(value) or name in found:
            raise _UnreadableError
        if name in ("expires", "manufactured"):
            value = _isbt_day(value)
        found[name] = value
    if "device" not in found:
        raise _UnreadableError
    return Carrier("ICCBBA", **found)


def _isbt_day(text: str) -> str:
    """A day of six digits: the last three of the year, and which day of it."""
    if not text.isdigit():
        raise _UnreadableError
    year = int(text[:3])
    return _valid(_of_year, year + (1000 if year >= 900 else 2000), int(text[3:]))
