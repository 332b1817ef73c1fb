"""The whole content of the 835 reaches facts, and coverage says so truly.

Strategy: coverage is put to the proof one element at a time. Every element of the two fullest fixtures is
changed, or set where it is absent: where coverage calls its place carried, facts, units or issues must change
with it; where it calls it counted, nothing may.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import pytest

import cases
import hcfin
from conftest import ROOT
from hcfin.billing.adjudication import OutpatientAdjudication
from hcfin.billing.party import BankAccount, Contact
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.reading import Reading, Unit, collect
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.issues import Issue
from hcfin.standards.x12 import STANDARD
from hcfin.standards.x12.remittance_835 import CARRIED
from hcfin.standards.x12.session import ENVELOPE
from test_x12_write import bare, header, write

FULL = [cases.FIXTURES / "x12" / "remittance_835" / name / "input.edi" for name in ("full", "full_4010")]
LAST = 26
"""Beyond the last position that any segment of the guides has."""


def read(data: bytes) -> Reading:
    stream = STANDARD.read(BytesIO(data), None, hcfin.Limits(), True)
    stream.cover()
    return collect(stream)


def rows_of(data: bytes) -> list[list[str]]:
    return [segment.split("*") for segment in data.decode().replace("\n", "").split("~")[:-1]]


def said(rows: list[list[str]]) -> tuple[Any, ...]:
    """Everything that reading gives, but for positions."""
    reading = read("~".join("*".join(row) for row in [*rows, [""]]).encode())
    units: list[Unit] = list(reading.units)
    issues: list[Issue] = list(reading.issues)
    told = [(issue.code, issue.origin.element if issue.origin else "") for issue in issues]
    return reading.facts, told, [(unit.kind, unit.control, unit.summary, unit.envelope) for unit in units]


def changed(rows: list[list[str]], at: int, values: dict[int, str]) -> list[list[str]]:
    """The rows with other values at some positions of one of them."""
    row = [*rows[at], *[""] * (max(values) + 1 - len(rows[at]))]
    for position, value in values.items():
        row[position] = value
    while not row[-1]:
        row.pop()
    return [*rows[:at], row, *rows[at + 1 :]]


@cache
def carried() -> frozenset[str]:
    """Every position that the fixtures have and coverage calls carried, such as `CLP11`."""
    found = [read(path.read_bytes()).coverage for path in FULL]
    yes, no = (
        {_position(place) for one in found for place in getattr(one, kind)} for kind in ("carried", "counted")
    )
    assert not yes & no, "a position that is sometimes carried proves nothing here"
    return frozenset(yes)


def _position(place: str) -> str:
    return place.partition(".")[2]


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_what_is_called_carried_is_carried(path) -> None:
    rows = rows_of(path.read_bytes())
    before = said(rows)
    silent = []
    for at, row in enumerate(rows):
        for position in range(1, LAST):
            place = f"{row[0]}{position:02d}"
            if place in carried():
                old = row[position] if position < len(row) else ""
                if said(changed(rows, at, {position: f"{old}X"})) == before:
                    silent.append(f"segment {at + 1}, {place}")
    assert silent == []


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_what_is_called_counted_changes_nothing(path) -> None:
    rows = rows_of(path.read_bytes())
    before = said(rows)
    for at, row in enumerate(rows):
        # Delimiters are found by counting the separators of ISA.
        last = 17 if row[0] == "ISA" else LAST
        others = [n for n in range(1, last) if f"{row[0]}{n:02d}" not in carried()]
        if others:
            assert said(changed(rows, at, dict.fromkeys(others, "X"))) == before, (at + 1, row[0])


def test_the_fixtures_have_every_position_that_the_reader_says_it_carries() -> None:
    tables = {**CARRIED, **ENVELOPE}
    assert carried() == {f"{name}{n:02d}" for name, positions in tables.items() for n in positions}


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_every_component_reaches_a_fact(path) -> None:
    rows = rows_of(path.read_bytes())
    before = said(rows)
    for at, row in enumerate(rows):
        for position, element in enumerate(row):
            parts = element.split(":") if row[0] in {"SVC", "PLB"} else []
            for nth in range(len(parts) if len(parts) > 1 else 0):
                other = ":".join([*parts[:nth], f"{parts[nth]}X", *parts[nth + 1 :]])
                assert said(changed(rows, at, {position: other})) != before, (at + 1, row[0], position, nth)


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_a_full_file_is_written_and_read_back_the_same(path) -> None:
    reading = read(path.read_bytes())
    again = read(hcfin.write(reading, "x12"))
    assert again.facts == reading.facts
    assert {issue.code for issue in again.issues} <= {"VERSION_OLD"}
    assert set(again.coverage.counted) == {
        *(f"envelope.ISA{n:02d}" for n in (1, 2, 3, 4, 11)),
        *("envelope.GS01", "envelope.GS07"),
    }


# The guides, as pyx12 knows them


def documented() -> frozenset[str]:
    """The positions that docs/x12.md calls counted only."""
    page = (ROOT / "docs" / "x12.md").read_text(encoding="utf-8")
    table = page.partition("### Counted only")[2].partition("\n## ")[0]
    return frozenset(re.findall(r"`([A-Z][A-Z0-9]{1,2}[0-9]{2})`", table))


@pytest.mark.parametrize("guide", ["835.5010.X221.A1.xml", "835.4010.X091.A1.xml"])
def test_every_element_that_a_guide_uses_is_carried(guide: str) -> None:
    tree = ET.fromstring((files("pyx12") / "map" / guide).read_bytes())  # noqa: S314 - installed with pyx12
    used: set[str] = set()
    unused: set[str] = set()
    for segment in tree.iter("segment"):
        name = segment.get("xid") or ""
        for element in segment:
            if element.tag in {"element", "composite"} and name != "TA1":
                place = f"{name}{int(element.findtext('seq') or 0):02d}"
                (unused if element.findtext("usage") == "N" else used).add(place)
    assert len(used) > 150
    assert used - carried() == {"ISA01", "ISA02", "ISA03", "ISA04", "ISA11", "GS01", "GS07"}
    assert (used | unused) - carried() <= documented()
    assert not documented() & carried()


# Where a segment is not used, or not all of it


def counted(reading: Reading, name: str) -> set[str]:
    return {place for place in reading.coverage.counted if place.partition(".")[2].startswith(name)}


def claims(*segments: str) -> Reading:
    start = ("BPR*I*80*C*ACH************20310504", "TRN*1*T*1", "LX*1", "CLP*A*1*100*80*20*12*ICN")
    return read(bare(*start, "CAS*CO*45*20", *segments))


def the_claim(reading: Reading) -> ClaimPayment:
    (claim,) = (fact for fact in reading.facts if isinstance(fact, ClaimPayment))
    return claim


@pytest.mark.parametrize(("first", "second"), [("MOA*0.5", "MOA*0.6*5*MA07"), ("MIA*1", "MIA*2***5*MA07")])
def test_a_second_adjudication_keeps_its_remark_codes_alone(first: str, second: str) -> None:
    reading = claims(first, "NM1*QC*1*TESTPERSON", second)
    claim, name = the_claim(reading), first[:3]
    assert "SEGMENT_REPEATED" in {issue.code for issue in reading.issues}
    assert claim.remarks == ("MA07",)
    assert (claim.outpatient or claim.inpatient) == read_alone(first)
    assert counted(reading, name) >= {f"2100.{name}01"}
    assert f"2100.{name}{'03' if name == 'MOA' else '05'}" in reading.coverage.carried


def read_alone(segment: str) -> object:
    claim = the_claim(claims(segment))
    return claim.outpatient or claim.inpatient


def test_an_adjudication_of_remark_codes_alone_is_no_figure() -> None:
    claim = the_claim(claims("MOA***MA01**MA07"))
    assert (claim.outpatient, claim.remarks) == (None, ("MA01", "MA07"))
    following = claims("MOA*1", "CLP*B*1*0*0**12*ICN", "MOA*2").facts[1:]
    assert [getattr(fact, "outpatient", None) for fact in following] == [
        OutpatientAdjudication(reimbursement_rate="1"),
        OutpatientAdjudication(reimbursement_rate="2"),
    ]


def test_codes_of_a_line_go_where_their_list_says() -> None:
    reading = claims(
        "SVC*HC:99213*100*80", "CAS*CO*45*20", "LQ*HE*N1", "LQ**N2", "LQ*RX*75", "LQ*ZZ*9", "LQ*HE"
    )
    (line,) = the_claim(reading).lines
    assert (line.remarks, line.reject_codes) == (("N1", "N2"), ("75",))
    assert [(code.qualifier, code.code) for code in line.other_codes] == [("ZZ", "9")]
    assert counted(reading, "LQ") == {"2110.LQ01"}  # the one without a code
    reading = claims("LQ*HE*N1", "LQ*RX*75")
    assert the_claim(reading).remarks == ("N1",)
    assert "SEGMENT_MISPLACED" in {issue.code for issue in reading.issues}


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ("DTM*232", ""),
        ("DTM*232*20311399", "DATE_INVALID"),
        ("AMT*AU", ""),
        ("AMT*AU*ABC", "AMOUNT_INVALID"),
        ("QTY*CA", ""),
        ("QTY*CA*ABC", "QUANTITY_INVALID"),
        ("CAS*PR", ""),
        ("CAS*PR***5", "ELEMENT_MISSING"),
        ("MIA*ABC", "QUANTITY_INVALID"),
        ("PLB*1*20311231", ""),
    ],
)
def test_a_segment_that_gives_no_fact_is_counted(segment: str, code: str) -> None:
    plain, reading = claims(), claims(segment)
    name = segment.partition("*")[0]
    assert reading.facts == plain.facts
    assert counted(reading, name)
    assert {issue.code for issue in reading.issues} - {issue.code for issue in plain.issues} == {code} - {""}


@pytest.mark.parametrize(
    "segment",
    [
        *("TRN*1*OTHER*2", "CUR*PR*JPY", "DTM*405*20310101", "RDM*FT*OTHER", "N4*OTHER", "TS3*OTHER"),
        *("TS2*1", "BPR*I*1*C*CHK"),
    ],
)
def test_of_a_segment_that_stands_twice_the_first_is_used(segment: str) -> None:
    start = ("BPR*I*80*C*ACH************20310504", "TRN*1*T*1", "CUR*PR*USD", "DTM*405*20310504")
    first = (*start, "N1*PE*EXAMPLE CLINIC*XX*9999999995", "N4*SAMPLETON*NY*00001", "RDM*EM*A")
    group = ("LX*1", "TS3*1", "TS2*2")
    claim = ("CLP*A*1*80*80**12*ICN", "NM1*QC*1*TESTPERSON")
    plain = read(bare(*first, *group, *claim))
    late = group if segment.startswith("TS") else ()
    early = () if late else group
    reading = read(bare(*first, *late, segment, *early, *claim))
    assert reading.facts == plain.facts
    assert [issue.code for issue in reading.issues] == ["SEGMENT_REPEATED"]
    assert counted(reading, segment.partition("*")[0])


# Groups of claims


def test_summaries_stand_before_their_claims_and_name_them() -> None:
    money = ("BPR*I*30*C*ACH************20310504", "TRN*1*T*1")
    claim = "CLP*A*1*10*10**12*ICN"
    groups = ("LX*7", "TS3*P1*11*20311231*1*10", claim, "LX*8", claim, "LX*9", "TS2*5", "TS3*P2", claim)
    reading = read(bare(*money, *groups))
    header, first, one, two, second, three = reading.facts
    assert isinstance(header, Remittance)
    assert isinstance(first, ProviderSummary)
    assert isinstance(second, ProviderSummary)
    assert [getattr(fact, "group_number", "") for fact in reading.facts[1:]] == ["7", "7", "8", "9", "9"]
    assert {getattr(fact, "remittance", header.ref) for fact in reading.facts} == {header.ref}
    assert first.totals is not None
    assert first.totals.charged == 10
    assert str(reading.place(first.totals, "charged")).startswith("segment 7 TS305 (loop 2000, ")
    assert str(reading.place(first, "group_number")).startswith("segment 6 LX01 (loop 2000, ")
    assert second.totals is not None
    assert second.supplement is not None
    (view,) = reading.remittances
    assert (view.claims, view.summaries) == ((one, two, three), (first, second))
    # Without a group, and after the claims: still read, still told.
    odd = read(bare(*money, "TS3*P1", claim, "TS2*5", claim, claim))
    assert [type(fact).__name__[0] for fact in odd.facts] == ["R", "P", "C", "P", "C", "C"]
    assert {getattr(fact, "group_number", "1") for fact in odd.facts} == {"1"}
    assert read(hcfin.write(odd, "x12")).facts == odd.facts


def test_the_header_ends_where_its_summaries_begin() -> None:
    money = ("BPR*I*10*C*ACH************20310504", "TRN*1*T*1")
    reading = read(
        bare(*money, "LX*1", "TS3*P1", "N1*PE*LATE", "RDM*FT", "DTM*405*20310504", "CLP*A*1*10*10")
    )
    assert isinstance(reading.facts[0], Remittance)
    assert (reading.facts[0].payee.name, reading.facts[0].delivery) == ("", None)
    assert [issue.code for issue in reading.issues] == ["SEGMENT_MISPLACED"] * 3


# The envelope


def test_a_unit_says_where_its_file_came_from_and_facts_do_not() -> None:
    identity = {"sender": "TESTPAYER", "sender_qualifier": "30", "receiver": "CLINIC", "usage": "P"}
    one = read(write([header()], {**identity, "interchange_control": "7", "group_control": "8"}))
    other = read(write([header()]))
    assert one.facts == other.facts
    assert one.units[0].summary == other.units[0].summary
    told = one.units[0].envelope
    assert {name: told[name] for name in identity} == identity
    assert (told["interchange_control"], told["group_control"], told["set_control"]) == (
        *("000000007", "8"),
        "0001",
    )
    assert told["version"] == "005010X221A1"
    assert "TESTPAYER" not in repr(one.units[0])
    (unread,) = read(write([header()]).replace(b"ST*835", b"ST*271")).units
    assert unread.envelope["sender"] == "SENDER"


# Patient data and bank accounts


def test_contacts_and_accounts_do_not_show() -> None:
    account = BankAccount(routing_qualifier="01", routing_number="ZZPHI1", account_number="ZZPHI2")
    contact = Contact(function="CX", name="ZZPHI3", numbers=({"qualifier": "TE", "number": "ZZPHI4"},))
    facts = [header(payer_account=account, payer=header().payer.model_copy(update={"contacts": (contact,)}))]
    assert "ZZPHI" not in repr(facts)
    assert "routing_number=•" in repr(facts)
    data = write(facts)
    assert data.count(b"ZZPHI") == 4
    broken = data.replace(b"BPR*I*80", b"BPR*I*ABC").replace(b"*TE*", b"*TE*\xff")
    shown = [str(issue) for issue in read(broken).issues]
    assert any(line.startswith("error AMOUNT_INVALID") for line in shown)
    assert "ZZPHI" not in "".join(shown)


def test_elements_of_the_two_accounts() -> None:
    reading = read(FULL[0].read_bytes())
    header = reading.facts[0]
    assert isinstance(header, Remittance)
    assert header.payer_account is not None
    assert header.payee_account is not None
    assert reading.place(header.payer_account, "account_number").element == "BPR09"
    assert reading.place(header.payee_account, "account_number").element == "BPR15"
    assert reading.place(header.payer.contacts[0].numbers[2], "number").element == "PER08"
