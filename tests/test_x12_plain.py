"""Claims that are read in one go and claims that are read segment by segment are the same claims, with the
same issues, places and coverage."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
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
from hcfin.standards.x12.plain_claims_837 import PlainClaims as Plain837
from hcfin.testing import mutations, x12_835, x12_837
from hcfin.testing.damage_kinds import mutated
from hcfin.translation import stream_facts

FILES = sorted((cases.FIXTURES / "x12").glob("*_83[57]/*/input.edi"))
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
            monkeypatch.setattr(Plain837, "read", lambda *_: None)
            slow = told(data, limits, keep=keep)
        # Where they differ, not all that they say: that is long.
        assert [n for n, (one, other) in enumerate(zip_longest(fast, slow)) if one != other] == []


def _none(self: PlainClaims, block: object, first: int, group: str) -> Iterator[Any]:
    self.taken = first
    yield from ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_fixtures_and_what_damage_makes_of_them(path: Path) -> None:
    data = path.read_bytes()
    the_same(data)
    for seed in range(40):
        random = Random(seed)  # noqa: S311 - reproducible, not secret
        _, damaged = mutated(data, random, 1 + seed % 3, most=100_000)
        the_same(damaged, LIMITS[seed % 3])


@settings(max_examples=150)
@given(written=st.one_of(x12_835(), x12_837()), data=st.data())
def test_generated_files_and_what_damage_makes_of_them(written: Any, data: st.DataObject) -> None:
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


BILLS = """
ISA*00*          *00*          *ZZ*TESTHOSPITAL   *ZZ*TESTPAYER      *250115*0900*^*00501*000000001*0*T*:
GS*HC*TESTHOSPITAL*TESTPAYER*20250115*0900*1*X*005010X222A1
ST*837*0001*005010X222A1
BHT*0019*00*REF1*20250115*0900*CH
NM1*41*2*TEST HOSPITAL*****46*TESTHOSPITAL
NM1*40*2*TEST PAYER*****46*TESTPAYER
HL*1**20*1
NM1*85*2*TEST HOSPITAL*****XX*1234567893
HL*2*1*22*0
SBR*P*18*******12
NM1*IL*1*TESTPERSON*SAM****MI*TEST1
NM1*PR*2*TEST PAYER*****PI*TESTPAYER01
"""
BILL = """
CLM*ACCT-1*100***11:B:1*Y*A*Y*Y
HI*ABK:J209
NM1*82*1*TESTDOCTOR*PAT****XX*1234567893
PRV*PE*PXC*207R00000X
LX*1
SV1*HC:99213:25*100*UN*1***1
DTP*472*D8*20250101
REF*6R*1
"""
OTHER_PAYER = """
SBR*P*18*******MB
CAS*PR*2*20
AMT*D*80
OI***Y***Y
NM1*IL*1*TESTPERSON*SAM****MI*TEST1
N3*1 SAMPLE STREET
N4*ANYTOWN*AK*89111
NM1*PR*2*TEST MEDICARE*****PI*MEDICARE
DTP*573*D8*20250102
REF*F8*ICN1
REF*2U*1
NM1*82*1*TESTDOCTOR*PAT
REF*G2*1
"""


def _joined(head: str, claims: Iterable[str], tail: str) -> bytes:
    rows = "\n".join((head.strip(), *claims, tail.strip())).split("\n")
    return "~".join(rows).encode() + b"~"


def file(*extra: str, instead: tuple[str, str] = ("", ""), times: int = 1) -> bytes:
    """A remittance of one claim, or of several that are alike, with segments at its end or others instead."""
    return _joined(HEAD, ["\n".join((CLAIM.strip().replace(*instead), *extra))] * times, TAIL)


def bills(*extra: str, instead: tuple[str, str] = ("", ""), times: int = 1) -> bytes:
    """The same of claims that are billed."""
    return _joined(BILLS, ["\n".join((BILL.strip().replace(*instead), *extra))] * times, TAIL)


def in_one_go(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many claims are read so."""
    count = 0
    read = PlainClaims.read

    def counted(self: PlainClaims, block: Any, first: int, group: str) -> Iterator[Any]:
        nonlocal count
        for claim in read(self, block, first, group):
            count += 1
            yield claim

    billed = Plain837.read

    def counted_too(self: Plain837, *where: Any) -> Any:
        nonlocal count
        claim = billed(self, *where)
        count += claim is not None
        return claim

    monkeypatch.setattr(PlainClaims, "read", counted)
    monkeypatch.setattr(Plain837, "read", counted_too)
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("HI*ABK:J209", "HI*ABK:J209*ABF:I10"),
        ("HI*ABK:J209", "HI*DR:280"),
        ("HI*ABK:J209", "CL1*1*7*01"),
        ("HI*ABK:J209", "AMT*F5*10"),
        ("HI*ABK:J209", "NTE*ADD*WORDS"),
        ("HI*ABK:J209", "REF*EA*1\nDTP*431*D8*20250101"),
        ("HI*ABK:J209", "DTP*434*RD8*20250101-20250102"),
        ("HI*ABK:J209", "DTP*435*DT*202501010915\nDTP*096*TM*1130\nREF*EA*1"),
        ("HI*ABK:J209", "NM1*77*2*TEST CLINIC\nDTP*096*TM*1130\nREF*LU*1"),
        ("HI*ABK:J209", "NM1*77*2*TEST CLINIC\nN3*1 STREET*ROOM 2\nN4*ANYTOWN*AK*89111\nREF*LU*1"),
        ("HI*ABK:J209", OTHER_PAYER.strip()),
        ("HI*ABK:J209", f"{OTHER_PAYER}{OTHER_PAYER}".replace("\n\n", "\n").strip()),
        ("REF*6R*1", "AMT*T*1\nNTE*ADD*WORDS\nREF*6R*1"),
        ("REF*6R*1", "NM1*82*1*TESTDOCTOR\nREF*G2*1\nDTP*573*D8*20250101"),
        ("REF*6R*1", "SVD*MEDICARE*80*HC:99213**1\nCAS*PR*2*20\nDTP*573*D8*20250101\nAMT*EAF*20"),
        ("REF*6R*1", "SVD*MEDICARE*80\nNM1*82*1*TESTDOCTOR\nDTP*573*D8*20250101\nAMT*EAF*20"),
        ("SV1*HC:99213:25*100*UN*1***1", "SV1*HC:99213*100*UN*1.5*11**1:2**Y"),
        ("SV1*HC:99213:25*100*UN*1***1", "SV2*0450*HC:99213*100*UN*1**5"),
        ("SV1*HC:99213:25*100*UN*1***1", "SV2*0450**99*UN*1"),
    ],
)
def test_plain_bills_are_read_in_one_go(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert old.encode() in bills()
    data = bills(instead=(old, new), times=3)
    the_same(data)
    assert in_one_go(data, monkeypatch) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CLM*ACCT-1*", "CLM**"),
        ("*100***11:B:1", "*1O0***11:B:1"),
        ("11:B:1*Y*A*Y*Y", "11:B:1*Y*A*Y*Y**AA:::AK"),
        ("11:B:1*Y*A*Y*Y", "11:B"),
        ("***11:B:1*Y*A*Y*Y", ""),
        ("HI*ABK:J209", "HI"),
        ("HI*ABK:J209", "HI*ABK>J209"),
        ("HI*ABK:J209", "HI*BE:80:::x"),
        ("HI*ABK:J209", "CL1*1*7*01\nCL1*1*7*01"),
        ("HI*ABK:J209", "DTP*431*D8*20250132"),
        ("HI*ABK:J209", "DTP*096*TM*11"),
        ("HI*ABK:J209", "DTP*431*D8"),
        ("HI*ABK:J209", "NTE*ADD*"),
        ("HI*ABK:J209", "AMT*F5*x"),
        ("HI*ABK:J209", "K3*WORDS"),
        ("HI*ABK:J209", "ZZZ*1"),
        ("HI*ABK:J209", "N3*1 STREET"),
        ("HI*ABK:J209", "OI***Y***Y"),
        ("HI*ABK:J209", "CAS*PR*2*20"),
        ("HI*ABK:J209", "SVD*MEDICARE*80"),
        ("HI*ABK:J209", "SV1*HC:99213*100*UN*1***1"),
        ("HI*ABK:J209", "NM1*QC*1*TESTPERSON"),
        ("HI*ABK:J209", "NM1*77*2*CLINIC\nN3*1 STREET\nN3*2 STREET"),
        ("HI*ABK:J209", "NM1*77*2*CLINIC\nN4*TOWN\nN4*TOWN"),
        ("HI*ABK:J209", "NM1*77*2*CLINIC\nPER*IC*HELP*TE*8005550100"),
        ("PRV*PE*PXC*207R00000X", "PRV*PE*PXC*207R00000X\nPRV*PE*PXC*207R00000X"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nPRV*PE*PXC*207R00000X\nSBR*S\nNM1*IL*1*X\nPRV*PE*PXC*1"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nOI***N***Y"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nAMT*D*1"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nAMT*C4*1"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nDTP*573*D8*20250101"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nNM1*IL*1*TESTPERSON"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nNM1*PR*2*TEST MEDICARE"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nCAS*PR*2*x"),
        ("HI*ABK:J209", OTHER_PAYER.strip() + "\nCAS*PR"),
        ("HI*ABK:J209", "SBR*P\nDMG*D8*19700102*F"),
        ("REF*6R*1", "REF*6R"),
        ("REF*6R*1", "SBR*P*18"),
        ("REF*6R*1", "LX*2"),
        ("REF*6R*1", "LX*2\nLX*3\nSV1*HC:99213*0*UN*1***1"),
        ("REF*6R*1", "SV1*HC:99213*0*UN*1***1"),
        ("REF*6R*1", "SV2*0450**0*UN*1"),
        ("REF*6R*1", "SVD*MEDICARE*x"),
        ("SV1*HC:99213:25*100", "SV1*99213*100"),
        ("SV1*HC:99213:25*100", "SV1*HC:99213:25*x"),
    ],
)
def test_what_is_odd_of_a_bill_is_left_to_the_careful_reader(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old.encode() in bills()
    data = bills(instead=(old, new), times=2)
    the_same(data)
    assert in_one_go(data, monkeypatch) == 0


def test_what_texts_mean_is_forgotten_with_their_separators_and_currency() -> None:
    first = bills("HI*BE:80:::1.50", times=2)
    for old, new in (("*T*:~", "*T*>~"), ("NM1*85", "CUR*85*JPY~NM1*85"), (":", ">")):
        the_same(first + first.replace(old.encode(), new.encode()) + first)
        the_same(first.replace(old.encode(), new.encode()) + first)


def test_the_last_claim_of_a_block_is_read_by_the_careful_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hcfin.wire.x12._BLOCK", 1_000)
    data = file(times=40)
    the_same(data)
    assert 20 < in_one_go(data, monkeypatch) < 40


def test_blocks_that_were_looked_at_are_left_to_the_careful_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file(times=3).replace(b"TESTPERSON", "TÉSTPERSON".encode())
    the_same(data)
    assert in_one_go(data, monkeypatch) == 0
