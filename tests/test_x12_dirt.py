"""Faults of real files beyond those of `test_robustness.py`: each read to the cent, each told by its code."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

import hcfin
from hcfin.issues import Issue
from hcfin.testing import robustness_cases

CLEAN = next(case for case in robustness_cases() if case.name == "clean").data


class Fault(NamedTuple):
    """A change of the clean file, the issues that it must give, and what is then still read."""

    change: Callable[[bytes], bytes]
    codes: tuple[str, ...] = ()
    claims: int = 2
    paid: str = "372.25"


def replaced(old: str, new: str, encoding: str = "utf-8") -> Callable[[bytes], bytes]:
    """Every occurrence, which there must be."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(encoding))

    return change


def once(old: str, new: str) -> Callable[[bytes], bytes]:
    """The first occurrence only."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return change


def wrapped(data: bytes, *, cut: bytes = b"") -> bytes:
    """Lines of 80 bytes; `cut` is lost where a line ends with it."""
    lines = (data[start : start + 80] for start in range(0, len(data), 80))
    return b"\r\n".join(line.removesuffix(cut) for line in lines)


def reordered(data: bytes) -> bytes:
    """Adjustments of the claim before its patient, dates last."""
    first, second = b"NM1*QC*1*TESTPERSON*ALEX****MI*TEST00000002~", b"DTM*232*20250103~"
    assert first in data
    assert second in data
    data = data.replace(first, b"").replace(second, b"")
    return data.replace(b"AMT*B6*270.25~", b"AMT*B6*270.25~" + second + first)


FAULTS = {
    "elements separated by a UTF-8 character": Fault(replaced("*", "¦")),
    "elements separated by a Latin-1 character": Fault(replaced("*", "¦", "latin-1")),
    "components separated by a UTF-8 character": Fault(replaced(":", "¬")),
    "segments ended by a UTF-8 character": Fault(replaced("~", "¶")),
    "a blank before each terminator": Fault(replaced("~", " ~")),
    "a line break before each terminator": Fault(replaced("~", "\n~")),
    "terminators doubled": Fault(replaced("~", "~~")),
    "ISA16 missing": Fault(replaced("*T*:~", "*T*~")),
    "ISA16 and its separator missing": Fault(replaced("*T*:~", "*T~")),
    "another component separator than ISA16 says": Fault(
        replaced("SVC*HC:", "SVC*HC>"), ("COMPONENT_SEPARATOR_OTHER",)
    ),
    "a terminator lost at the end of a line": Fault(
        lambda data: data.replace(b"~", b"~\n").replace(b"AMT*B6*90~\n", b"AMT*B6*90\n"),
        ("SEGMENT_UNTERMINATED",),
    ),
    "wrapped, terminators lost at the ends of lines": Fault(
        lambda data: wrapped(data, cut=b"~"),
        ("SEGMENT_WRAPPED", "SEGMENT_UNTERMINATED", "TERMINATOR_MISSING"),
    ),
    "appended to itself without a line break": Fault(lambda data: data + data, claims=4, paid="744.50"),
    "appended to itself without its trailers": Fault(
        lambda data: data[: data.index(b"SE*")] + data,
        ("TRAILER_MISSING", "TRAILER_MISSING", "TRAILER_MISSING"),
        claims=4,
        paid="744.50",
    ),
    "no interchange around the set": Fault(
        lambda data: data[data.index(b"ST*") : data.index(b"GE*")], ("INTERCHANGE_MISSING",)
    ),
    "odd order within a claim": Fault(reordered),
    "leading zeros and a negative zero": Fault(
        lambda data: once("CAS*CO*45*30~", "CAS*CO*45*0030.00**253*-0~")(data)
    ),
    "an exponent for an amount": Fault(replaced("AMT*B6*270.25", "AMT*B6*1E+999999999"), ("AMOUNT_INVALID",)),
    "digits of another script": Fault(replaced("AMT*B6*270.25", "AMT*B6*٢٧٠"), ("AMOUNT_INVALID",)),
    "more decimals than the currency has": Fault(
        replaced("AMT*B6*270.25", "AMT*B6*270.255"), ("AMOUNT_SCALE",)
    ),
    "group CR": Fault(once("CAS*CO*45*30~", "CAS*CR*45*30~"), ("GROUP_NOT_IN_VERSION",)),
    "GE01 and IEA01 wrong": Fault(
        lambda data: once("GE*1*", "GE*7*")(once("IEA*1*", "IEA*9*")(data)), ("COUNT_WRONG", "COUNT_WRONG")
    ),
    "SE02 of another set": Fault(
        lambda data: (
            data[: data.index(b"~SE*")] + data[data.index(b"~SE*") :].replace(b"*0001~", b"*0002~", 1)
        ),
        ("CONTROL_MISMATCH",),
    ),
    "text after the interchange": Fault(lambda data: data + b"end of file", ("TEXT_OUTSIDE_INTERCHANGE",)),
    "NUL bytes between segments": Fault(replaced("~", "~\0")),
    "a claim that cannot be read": Fault(
        once("CLP*ACCT-0001*1*200*132*", "CLP*ACCT-0001*1*2O0*132*"), ("AMOUNT_INVALID",)
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault(fault: Fault) -> None:
    reading = hcfin.read(fault.change(CLEAN))
    claims = [claim for view in reading.remittances for claim in view.claims]
    assert [issue.code for issue in reading.issues] == list(fault.codes)
    assert (len(claims), sum(claim.paid for claim in claims)) == (fault.claims, Decimal(fault.paid))
    for issue in reading.issues:
        assert issue.origin is not None
        assert issue.origin.offset is not None


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_told_the_same_in_a_stream(fault: Fault) -> None:
    data = fault.change(CLEAN)
    told = [event for event in hcfin.iter_facts(data) if isinstance(event, Issue)]
    assert tuple(told) == hcfin.read(data).issues


def test_the_procedure_is_read_with_the_separator_in_use() -> None:
    data = FAULTS["another component separator than ISA16 says"].change(CLEAN)
    codes = [
        line.procedure.code for view in hcfin.read(data).remittances for c in view.claims for line in c.lines
    ]
    assert codes == ["99213", "80053", "93306"]


def test_joined_sets_keep_their_claims() -> None:
    """A second payer and payee inside a set: one payment pays all, so all its claims stay in it."""
    again = b"N1*PR*OTHER PAYER~N1*PE*OTHER HOSPITAL*XX*1234567893~LX*2~CLP*ACCT-0002"
    reading = hcfin.read(CLEAN.replace(b"CLP*ACCT-0002", again))
    assert [issue.code for issue in reading.issues] == ["PARTY_REPEATED", "PARTY_REPEATED", "COUNT_WRONG"]
    assert [len(view.claims) for view in reading.remittances] == [2]
    assert reading.remittances[0].header.payee.name != "OTHER HOSPITAL"
