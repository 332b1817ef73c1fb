"""Faults of real files in claims: each read to the cent, each told by its code, as in remittances."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

import cases
import hcfin
from hcfin.issues import Issue
from test_x12_dirt import once, replaced, wrapped

CLEAN = (cases.FIXTURES / "x12" / "claim_837" / "hierarchy" / "input.edi").read_bytes().replace(b"~\n", b"~")


class Fault(NamedTuple):
    """A change of the clean file, the issues that it must give, and what is then still read."""

    change: Callable[[bytes], bytes]
    codes: tuple[str, ...] = ()
    claims: int = 5
    charged: str = "480.00"


FAULTS = {
    "a line break after each terminator": Fault(replaced("~", "~\r\n")),
    "a line break as terminator": Fault(replaced("~", "\n")),
    "a byte order mark": Fault(lambda data: b"\xef\xbb\xbf" + data),
    "blanks before the interchange": Fault(lambda data: b" \n" + data),
    "elements separated by bars": Fault(replaced("*", "|")),
    "components separated otherwise, as ISA16 says": Fault(replaced(":", ">")),
    "wrapped at 80 columns": Fault(wrapped, ("SEGMENT_WRAPPED",)),
    "the last terminator missing": Fault(lambda data: data[:-1], ("TERMINATOR_MISSING",)),
    "trailers missing": Fault(
        lambda data: data[: data.index(b"SE*")], ("TRAILER_MISSING", "TRAILER_MISSING", "TRAILER_MISSING")
    ),
    "cut inside a claim": Fault(
        lambda data: data[: data.index(b"SV1*HC:99211")],
        ("TRAILER_MISSING", "ELEMENT_MISSING", "CLAIM_CHARGES_MISMATCH", *["TRAILER_MISSING"] * 2),
    ),
    "counts wrong": Fault(
        lambda data: once("GE*1*", "GE*7*")(once("IEA*1*", "IEA*9*")(data)), ("COUNT_WRONG", "COUNT_WRONG")
    ),
    "appended to itself": Fault(lambda data: data + data, claims=10, charged="960.00"),
    "no interchange around the set": Fault(
        lambda data: data[data.index(b"ST*") : data.index(b"GE*")],
        ("INTERCHANGE_MISSING",),
    ),
    "letters in an amount": Fault(
        replaced("ACCT-T2*150*", "ACCT-T2*15O*"), ("AMOUNT_INVALID",), charged="330.00"
    ),
    "an exponent for an amount": Fault(replaced("HC:99214*150*", "HC:99214*1E+99*"), ("AMOUNT_INVALID",)),
    "digits of another script": Fault(
        replaced("ACCT-T2*150*", "ACCT-T2*١٥٠*"), ("AMOUNT_INVALID",), charged="330.00"
    ),
    "an empty charge": Fault(
        replaced("ACCT-T2*150*", "ACCT-T2**"),
        ("ELEMENT_MISSING", "CLAIM_CHARGES_MISMATCH"),
        charged="330.00",
    ),
    "more decimals than the currency has": Fault(
        replaced("HC:99214*150*", "HC:99214*150.005*"), ("AMOUNT_SCALE",)
    ),
    "leading zeros": Fault(replaced("ACCT-T2*150*", "ACCT-T2*0150.00*")),
    "not a date": Fault(replaced("D8*20250402", "D8*20250231"), ("DATE_INVALID",)),
    "a segment that no claim has": Fault(
        replaced("CLM*ACCT-T2", "ZZZ*1~CLM*ACCT-T2"), ("SEGMENT_UNKNOWN", "COUNT_WRONG")
    ),
    "a byte that is not UTF-8": Fault(replaced("TWO", "TWÖ", "latin-1"), ("TEXT_LATIN1",)),
    "text after the interchange": Fault(lambda data: data + b"end of file", ("TEXT_OUTSIDE_INTERCHANGE",)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault(fault: Fault) -> None:
    reading = hcfin.read(fault.change(CLEAN))
    assert [issue.code for issue in reading.issues] == list(fault.codes)
    assert len(reading.claims) == fault.claims
    assert sum(claim.charged for claim in reading.claims) == Decimal(fault.charged)
    for issue in reading.issues:
        assert issue.origin is not None
        assert issue.origin.offset is not None


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_told_the_same_in_a_stream(fault: Fault) -> None:
    data = fault.change(CLEAN)
    told = [event for event in hcfin.iter_facts(data) if isinstance(event, Issue)]
    assert tuple(told) == hcfin.read(data).issues


def test_a_claim_that_cannot_be_read_says_so() -> None:
    first, second, *others = hcfin.read(FAULTS["letters in an amount"].change(CLEAN)).claims
    assert (first.unreadable, second.unreadable) == ((), ("charged",))
    assert {claim.unreadable for claim in others} == {()}
