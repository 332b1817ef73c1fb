"""Messages with FT1s, written field by field, and how they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hcfin
from hcfin.billing.reading import Reading
from hcfin.issues import Issue
from hcfin.standards.hl7v2.profile import Profile

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
