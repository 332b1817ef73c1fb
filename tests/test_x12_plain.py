"""Claims that are read in one go and claims that are read segment by segment are the same claims, with the
same issues, places and coverage."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
from hcfin.limits import Limits
from hcfin.model import Model
from hcfin.standards.x12.plain_claims_835 import PlainClaims
from hcfin.testing import mutations, x12_835
from hcfin.testing.damage_kinds import mutated
from hcfin.translation import stream_facts

REMITTANCES = sorted((cases.FIXTURES / "x12" / "remittance_835").glob("*/input.edi"))
LIMITS = (Limits(), Limits(max_claim_segments=6), Limits(max_issues=2))


def said(value: Any) -> Any:
    """Everything of a value: fields in their order, with their types and places."""
    if isinstance(value, Model):
        return type(value), [(name, said(part)) for name, part in vars(value).items()]
    if isinstance(value, tuple):
        return type(value), [said(part) for part in value]
    return type(value), str(value)


def nodes(value: Any) -> Iterator[int]:
    """Where the parts of a fact stand."""
    if isinstance(value, Model):
        if "at" in vars(value):
            yield value.at  # type: ignore[attr-defined]
        for part in vars(value).values():
            yield from nodes(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from nodes(part)


def told(data: bytes, limits: Limits, *, keep: bool) -> list[Any]:
    """All that reading says, in its order: each event and, when it comes, where its parts stood."""
    stream = stream_facts(io.BytesIO(data), standard="x12", limits=limits, keep=keep, cover=keep)
    found = []
    for event in stream.events:
        places = [(stream.trail.origin(at), stream.trail.excerpt(at)) for at in nodes(event)]
        found.append((said(event), places))
    return [*found, stream.coverage().to_dict()]


def the_same(data: bytes, limits: Limits = LIMITS[0]) -> None:
    for keep in (False, True):
        fast = told(data, limits, keep=keep)
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(PlainClaims, "read", _none)
            slow = told(data, limits, keep=keep)
        # Where they differ, not all that they say: that is long.
        assert [n for n, (one, other) in enumerate(zip_longest(fast, slow)) if one != other] == []


def _none(self: PlainClaims, block: object, first: int, group: str) -> Iterator[Any]:
    self.taken = first
    yield from ()


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.parent.name)
def test_fixtures_and_what_damage_makes_of_them(path: Path) -> None:
    data = path.read_bytes()
    the_same(data)
    for seed in range(40):
        random = Random(seed)  # noqa: S311 - reproducible, not secret
        _, damaged = mutated(data, random, 1 + seed % 3, most=100_000)
        the_same(damaged, LIMITS[seed % 3])


@settings(max_examples=150)
@given(written=x12_835(), data=st.data())
def test_generated_remittances_and_what_damage_makes_of_them(written: Any, data: st.DataObject) -> None:
    the_same(written[0])
    _, damaged = data.draw(mutations(written[0]))
    the_same(damaged, data.draw(st.sampled_from(LIMITS)))


HEAD = """
ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   *250115*0900*^*00501*000000001*0*T*:
GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1
ST*835*0001
BPR*I*80*C*CHK************20250116
TRN*1*TRACE1*1512345678
N1*PR*TEST PAYER
N1*PE*TEST HOSPITAL*XX*1234567893
LX*1
"""
CLAIM = """
CLP*ACCT-1*1*100*80*20*12*ICN1*11*1
NM1*QC*1*TESTPERSON*SAM****MI*TEST1
SVC*HC:99213:25*100*80**1
DTM*472*20250101
CAS*PR*2*20
"""
TAIL = """
SE*15*0001
GE*1*1
IEA*1*000000001
"""


def file(*extra: str, instead: tuple[str, str] = ("", ""), times: int = 1) -> bytes:
    """A remittance of one claim, or of several that are alike, with segments at its end or others instead."""
    claim = "\n".join((CLAIM.strip().replace(*instead), *extra))
    rows = "\n".join((HEAD.strip(), *[claim] * times, TAIL.strip())).split("\n")
    return "~".join(rows).encode() + b"~"


def in_one_go(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many claims are read so."""
    count = 0
    read = PlainClaims.read

    def counted(self: PlainClaims, block: Any, first: int, group: str) -> Iterator[Any]:
        nonlocal count
        for claim in read(self, block, first, group):
            count += 1
            yield claim

    monkeypatch.setattr(PlainClaims, "read", counted)
    list(stream_facts(io.BytesIO(data), standard="x12").events)
    return count


@pytest.mark.parametrize(
    "segment",
    [
        "",
        "CAS*CO*45*0**23*0.50*1*94*-0.5",
        "AMT*B6*80",
        "REF*6R*1",
        "REF*6R*1*WORDS",
        "QTY*ZK*1.5",
        "LQ*HE*N519",
        "NM1*82*2*TEST CLINIC",
        "NM1*82*1*TESTDOCTOR*PAT****XX*1234567893*1",
        "MIA*0***5*MA01***************MA07",
        "MOA***MA01*MA130",
        "MOA*0.5*10",
        "PER*CX*HELP*TE*8005550100\nPER*CX*WORDS",
        "SVC*HC:99214*0*0*0450*2*HC:99213*1\nDTM*150*20250101\nDTM*151*20250102",
        "SVC*HC:99214:25:59:XS:XU*0*0*0450**NU:0450",
    ],
)
def test_plain_claims_are_read_in_one_go(segment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = file(*segment.splitlines(), times=3)
    the_same(data)
    assert in_one_go(data, monkeypatch) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CLP*ACCT-1*1*100*80*20", "CLP*ACCT-1*1*100*80"),
        ("CLP*ACCT-1*1*100*80*20", "CLP*ACCT-1*1*100*80*21"),
        ("*12*ICN1*11*1", ""),
        ("*12*ICN1*11*1", "*12*ICN1*11*1*01*470*1.5*0.25"),
        ("*12*ICN1*11*1", "*12*ICN1*11*1**470*1.5*0.25*MORE"),
        ("*1*100*80*20", "*22*100*80*20"),
        ("CAS*PR*2*20", "CAS*PR*2*21"),
        ("CAS*PR*2*20", "CAS*CR*2*20"),
    ],
)
def test_what_is_odd_of_figures_alone_needs_no_second_reader(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = file(instead=(old, new), times=3)
    the_same(data)
    assert in_one_go(data, monkeypatch) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("*1*100*", "**100*"),
        ("*1*100*80*", "*1**80*"),
        ("*1*100*80*", "*1*100*8O*"),
        ("*80*20", "*80*2O"),
        ("*12*ICN1*11*1", "*12*ICN1*11*1**470*1.5.5"),
        ("*12*ICN1*11*1", "*12*ICN1*11*1**470**x"),
        ("CLP*ACCT-1*1*100*80*20*12*ICN1*11*1", "CLP*ACCT-1*1*100"),
        ("DTM*472*20250101", "DTM*472*20250132"),
        ("DTM*472*20250101", "DTM*472*20250101*0900"),
        ("DTM*472*20250101", "DTM*472"),
        ("CAS*PR*2*20", "CAS*PR*2"),
        ("CAS*PR*2*20", "CAS*PR*2*20**3"),
        ("CAS*PR*2*20", "CAS*PR*2*20*x"),
        ("CAS*PR*2*20", "CAS*PR*2*20" + "*" * 30),
        ("HC:99213:25", "HC:99213:25:::::WORDS"),
        ("HC:99213:25", "HC>99213"),
        ("HC:99213:25", "99213"),
        ("*80**1", "*80**x"),
        ("*80**1", "*80**1*HC"),
        ("*80**1", "*80**1**x"),
        ("SVC*HC:99213:25*100*80**1", "SVC*HC:99213:25*100"),
        ("CAS*PR*2*20", "CAS*PR*2*20~AMT*B6"),
        ("CAS*PR*2*20", "CAS*PR*2*20~REF*6R"),
        ("CAS*PR*2*20", "CAS*PR*2*20~QTY*ZK*x"),
        ("CAS*PR*2*20", "CAS*PR*2*20~LQ*RX*75"),
        ("CAS*PR*2*20", "CAS*PR*2*20~LQ*HE*"),
        ("CAS*PR*2*20", "CAS*PR*2*20~MOA*0.5*10~MOA*0.5*11"),
        ("CAS*PR*2*20", "CAS*PR*2*20~MIA*0***x"),
        ("CAS*PR*2*20", "CAS*PR*2*20~MOA"),
        ("CAS*PR*2*20", "CAS*PR*2*20~PER***"),
        ("CAS*PR*2*20", "CAS*PR*2*20~ZZZ*1"),
        ("CAS*PR*2*20", "CAS*PR*2*20~ST*835*0002"),
        ("CAS*PR*2*20", "CAS*PR*2*20~TS3*1*11*20251231*1*100"),
    ],
)
def test_what_is_odd_is_left_to_the_careful_reader(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old.encode() in file()
    data = file(instead=(old, new), times=2)
    the_same(data)
    assert in_one_go(data, monkeypatch) == 0


def test_the_last_claim_of_a_block_is_read_by_the_careful_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hcfin.wire.x12._BLOCK", 1_000)
    data = file(times=40)
    the_same(data)
    assert 20 < in_one_go(data, monkeypatch) < 40


def test_blocks_that_were_looked_at_are_left_to_the_careful_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file(times=3).replace(b"TESTPERSON", "TÉSTPERSON".encode())
    the_same(data)
    assert in_one_go(data, monkeypatch) == 0
