"""The content of the 837 reaches facts, coverage says so truly, and levels join claims to their parties.

Strategy: as for the 835, every element of the fullest fixtures is changed, or set where it is absent. Where
an element goes depends on the party here, so places are counted with their loops.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache

import pytest
from click.testing import CliRunner

import cases
import hcfin
from conftest import ROOT
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.facts import load_fact
from hcfin.billing.party import Provider
from hcfin.billing.reading import Reading
from hcfin.cli.commands import hcfin as command
from hcfin.limits import Limits
from hcfin.standards.x12.session import ENVELOPE
from hcfin.standards.x12.submission_837 import CARRIED
from hcfin.testing import leaks, plant
from hcfin.testing.invariant import assert_invariant
from test_x12_content import LAST, changed, read, rows_of, said

FOLDER = cases.FIXTURES / "x12" / "claim_837"
FULL = [FOLDER / f"full_{name}" / "input.edi" for name in ("professional", "institutional", "dental")]
NOT_SHOWN_BY_CHANGE = {("HI", 2)}
"""Components that say how another one is written, which that one shows itself."""


ORGANIZATION, PERSON = frozenset({1, 3, 8, 9}), frozenset(range(1, 10))
PROVIDER = PERSON - {6}
NAMES = {
    **dict.fromkeys(("1000A", "1000B", "2010BB", "2330B"), ORGANIZATION),
    **dict.fromkeys(("2010BA", "2010CA", "2330A"), PERSON),
}
"""Positions of NM1 that are carried, by loop; of a provider elsewhere."""


def case(name: str) -> Reading:
    return read((FOLDER / name / "input.edi").read_bytes())


@cache
def places(kind: str) -> frozenset[str]:
    """Every place that the fixtures have and coverage calls carried or counted, such as `2300.CLM11`."""
    return frozenset(place for path in FULL for place in getattr(read(path.read_bytes()).coverage, kind))


@cache
def loops(data: bytes) -> list[str]:
    """The loop of each segment; names of places in coverage begin with it."""
    reading = hcfin.read(data)
    found = []
    for at, row in enumerate(rows_of(data), start=1):
        loop = reading.origin(at).loop
        found.append("envelope" if row[0] in ENVELOPE else loop or "header")
    return found


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_what_is_called_carried_is_carried(path) -> None:
    data = path.read_bytes()
    rows = rows_of(data)
    before = said(rows)
    silent = []
    for at, (row, loop) in enumerate(zip(rows, loops(data), strict=True)):
        for position in range(1, min(LAST, len(row))):
            place = f"{loop}.{row[0]}{position:02d}"
            other = changed(rows, at, {position: f"{row[position]}X"})
            if row[position] and place in places("carried") and said(other) == before:
                silent.append(f"segment {at + 1}, {place}")
    assert silent == []


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_what_is_called_counted_changes_nothing(path) -> None:
    data = path.read_bytes()
    rows = rows_of(data)
    before = said(rows)
    for at, (row, loop) in enumerate(zip(rows, loops(data), strict=True)):
        last = 17 if row[0] == "ISA" else LAST
        names = NAMES.get(loop, PROVIDER)
        if row[0] == "N4" and names is ORGANIZATION:
            last = 7
        known = {**CARRIED, **ENVELOPE, "NM1": names}.get(row[0], frozenset())
        others = [n for n in range(1, last) if n not in known]
        assert said(changed(rows, at, dict.fromkeys(others, "X"))) == before, (at + 1, row[0])


def test_no_place_is_carried_here_and_counted_there() -> None:
    assert not places("carried") & places("counted")


def test_the_fixtures_have_every_position_that_the_reader_says_it_carries() -> None:
    tables = {**CARRIED, **ENVELOPE, "NM1": PERSON, "N4": CARRIED["N4"] | {7}}
    carried = {place.partition(".")[2] for place in places("carried")}
    assert carried == {f"{name}{n:02d}" for name, positions in tables.items() for n in positions}


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_every_component_reaches_a_fact(path) -> None:
    rows = rows_of(path.read_bytes())
    before = said(rows)
    for at, row in enumerate(rows):
        for position, element in enumerate(row):
            parts = element.split(":") if row[0] not in {"ISA", "TOO"} else []
            for nth in range(len(parts) if len(parts) > 1 else 0):
                if not parts[nth] or (row[0], nth) in NOT_SHOWN_BY_CHANGE:
                    continue
                other = ":".join([*parts[:nth], f"{parts[nth]}X", *parts[nth + 1 :]])
                assert said(changed(rows, at, {position: other})) != before, (at + 1, row[0], position, nth)


@pytest.mark.parametrize("name", [path.name for path in cases.folders("x12", "claim_837")])
def test_what_is_counted_only_is_documented_or_told(name: str) -> None:
    reading = case(name)
    told = {issue.origin.segment for issue in reading.issues if issue.origin}
    left = {place.partition(".")[2] for place in reading.coverage.counted}
    assert {place for place in left if place[:-2] not in told} <= documented()


def documented() -> frozenset[str]:
    """The positions that docs/x12.md calls counted only in claims; a segment alone stands for all of it."""
    page = (ROOT / "docs" / "x12.md").read_text(encoding="utf-8")
    table = page.partition("### Counted only in claims")[2].partition("\n## ")[0]
    table += page.partition("### Counted only\n")[2].partition("\n## ")[0]
    found = re.findall(r"`([A-Z][A-Z0-9]{1,2})([0-9]{2})?`", table)
    spread = {f"{name}{n:02d}" for name, position in found if not position for n in range(1, LAST)}
    return frozenset(spread | {f"{name}{position}" for name, position in found if position})


# Facts of the fixtures


def test_a_secondary_claim_says_all_of_it() -> None:
    reading = case("full_professional")
    assert reading.issues == ()
    (view,) = reading.submissions
    (claim,) = view.claims
    assert (view.header.reference, view.header.submitter.id, view.header.receiver.id) == (
        *("BATCH0001", "TESTSENDER"),
        "TESTPLAN",
    )
    assert (claim.claim_type, claim.frequency, claim.relationship, claim.sequence) == (
        *("professional", "1", "19"),
        "S",
    )
    assert claim.billing_provider is not None
    assert (claim.billing_provider.taxonomy, [one.role for one in claim.pay_to]) == (
        "207Q00000X",
        ["87", "PE"],
    )
    assert claim.subscriber is not None
    assert claim.patient is not None
    assert [claim.subscriber.first_name, claim.patient.first_name] == ["IMAGINARY", "EXAMPLE"]
    medicare, third = claim.other_payers
    assert (medicare.paid, medicare.remarks, medicare.adjudicated is not None) == (
        Decimal("250.00"),
        ("MA01", "MA07", "N4", "N7", "N1"),
        True,
    )
    assert [one.qualifier for one in medicare.payer.references] == ["2U"]
    assert [one.qualifier for one in medicare.references] == ["F8", "G1"]
    assert (third.paid, third.adjustments) == (None, ())
    first, second = claim.lines
    assert [one.payer for line in claim.lines for one in line.adjudications] == ["TESTMAC1", "TESTMAC1"]
    assert [(drug.code, drug.quantity, drug.unit) for drug in second.drugs] == [
        ("00000000001", Decimal("1.5"), "ML")
    ]
    assert (first.notes, [one.role for one in first.providers]) == (("TESTPERSON AGAIN",), ["DK", "82"])
    (unit,) = reading.units
    assert (unit.kind, unit.control) == ("837P", "BATCH0001")
    assert unit.summary == {
        "claims": 1,
        "charged": "450.50",
        "lines": 2,
        "line_charges": "450.50",
        "balanced": True,
    }


def test_a_stay_has_codes_and_hours() -> None:
    (claim,) = case("full_institutional").claims
    assert (claim.drg, claim.admission_hour, claim.discharge_hour) == ("280", "0915", "1130")
    assert [code.present_on_admission for code in claim.codes if code.qualifier == "ABF"][:4] == [
        *("Y", "N", "U", "W")
    ]
    values = {code.code: code.amount for code in claim.codes if code.qualifier == "BE"}
    assert values == {"80": Decimal("4.00"), "A2": Decimal("1632.00")}
    (span,) = (code for code in claim.codes if code.qualifier == "BI")
    assert (str(span.first), str(span.last)) == ("2025-03-10", "2025-03-15")
    assert [(line.revenue_code, line.noncovered) for line in claim.lines] == [
        *(("0120", Decimal("100.00")), ("0300", None), ("0250", None))
    ]


def test_a_dental_claim_has_teeth() -> None:
    (claim,) = case("full_dental").claims
    assert (claim.claim_type, claim.predetermination) == ("dental", "PB")
    first, second = claim.lines
    assert (first.teeth, first.oral_cavity, first.units) == (("12", "13"), ("10", "20"), Decimal(1))
    assert (second.teeth, second.units) == ((), None)


def test_levels_are_joined_by_their_numbers() -> None:
    """HL 4 and 5 stand after subscriber 3 and belong to subscriber 2."""
    reading = case("hierarchy")
    assert reading.issues == ()
    found = [
        (
            claim.account,
            claim.billing_provider.id if claim.billing_provider else "",
            claim.subscriber.id if claim.subscriber else "",
            claim.patient.first_name if claim.patient else "",
            claim.relationship,
            claim.payer.id,
        )
        for claim in reading.claims
    ]
    assert found == [
        ("ACCT-T1", "9999999995", "MEMBER0002", "", "18", "TESTOTHER"),
        ("ACCT-T2", "9999999995", "MEMBER0002", "", "18", "TESTOTHER"),
        ("ACCT-T3", "9999999995", "MEMBER0001", "CHILD", "19", "TESTPLAN"),
        ("ACCT-T4", "9999999995", "MEMBER0001", "SPOUSE", "01", "TESTPLAN"),
        ("ACCT-T5", "1999999992", "MEMBER0003", "", "18", "TESTMAC1"),
    ]


def test_replacement_and_void_name_the_payers_claim() -> None:
    claims = case("replacement").claims
    assert [(claim.frequency, claim.reference("F8")) for claim in claims] == [
        *(("7", "TESTICN1"), ("8", "TESTICN2"))
    ]


def test_a_4010_file_is_read_and_told() -> None:
    reading = case("old_4010")
    (claim,) = reading.claims
    assert [issue.code for issue in reading.issues] == ["PARTY_UNKNOWN", "VERSION_OLD"]
    (other,) = claim.other_payers
    assert (other.paid, other.insured.id if other.insured else "") == (Decimal("240.00"), "MEMBER0002")
    assert other.insured is not None
    assert str(other.insured.birth_date) == "1940-01-01"
    assert claim.billing_provider is not None
    assert (claim.billing_provider.taxonomy, claim.pay_to[0].taxonomy) == ("", "282N00000X")
    assert claim.claim_type == "institutional"


def test_dirt_costs_no_neighbour() -> None:
    reading = case("dirty")
    first, second, third = reading.claims
    assert first.unreadable == ("charged",)
    assert (second.charged, [line.charged for line in second.lines]) == (
        Decimal("150.00"),
        [Decimal("-150.00"), Decimal("100.00"), Decimal("0.00")],
    )
    assert (third.account, third.charged) == ("", Decimal("70.00"))
    assert reading.units[0].summary["balanced"] is False


@pytest.mark.parametrize("path", cases.folders("x12", "claim_837"), ids=cases.name_of)
def test_facts_fit_their_models(path) -> None:
    """They are made without being validated; here they are, and the invariant of any bytes holds."""
    data = (path / "input.edi").read_bytes()
    for fact in read(data).facts:
        assert type(fact).build(fact.model_dump()) == fact
    books, context = hcfin.load_books(), hcfin.Context(keys=hcfin.DEMO_KEYS)
    assert assert_invariant(data, books, context).claims == len(read(data).claims)


@pytest.mark.parametrize("name", ["guide_professional", "guide_institutional"])
def test_the_guides_have_nothing_against_claims_in_order(name: str) -> None:
    data = (FOLDER / name / "input.edi").read_bytes()
    assert hcfin.check(data) == ()
    broken = hcfin.check(data.replace(b"CLM*", b"CLM*X*", 1))
    assert {"GUIDE_VIOLATION", "AMOUNT_INVALID"} <= {issue.code for issue in broken}


def test_the_commands_print_claims() -> None:
    path = FOLDER / "hierarchy" / "input.edi"
    done = CliRunner().invoke(command, ["read", str(path)])
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert tuple(load_fact(fact) for fact in printed["facts"]) == read(path.read_bytes()).facts
    lines = CliRunner().invoke(command, ["read", "--ndjson", str(path)]).stdout.splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["claim_submission", *["claim"] * 5, "unit", "end"]
    summary = json.loads(CliRunner().invoke(command, ["summary", str(path)]).stdout)
    assert summary["units"] == [
        {
            "kind": "837P",
            "control": "BATCH0004",
            "claims": 5,
            "charged": "480.00",
            "lines": 5,
            "line_charges": "480.00",
            "balanced": True,
        }
    ]


# Where a segment is not used, or not all of it


HEAD = (
    *("BHT*0019*00*B1*20250506*1302*CH", "NM1*41*2*SAMPLE CLINIC*****46*TESTSENDER"),
    *("HL*1**20*1", "NM1*85*2*SAMPLE CLINIC*****XX*9999999995"),
    *("HL*2*1*22*0", "SBR*P*18*******CI", "NM1*IL*1*TESTPERSON*ONE****MI*MEMBER0001"),
    "NM1*PR*2*FICTIVE MUTUAL*****PI*TESTPLAN",
)
CLAIM = ("CLM*ACCT-1*100***11:B:1*Y*A*Y*Y", "LX*1", "SV1*HC:99213*100*UN*1***1")


def bare(*segments: str, version: str = "005010X222A1") -> bytes:
    start = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250506*1302*^*00501"
        "*000000001*0*T*:",
        f"GS*HC*SENDER*RECEIVER*20250506*1302*1*X*{version}",
        f"ST*837*0001*{version}",
    )
    end = (f"SE*{len(segments) + 2}*0001", "GE*1*1", "IEA*1*000000001")
    return "".join(f"{row}~" for row in (*start, *segments, *end)).encode()


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (("DTP*472",), ""),
        (("DTP",), ""),
        (("DTP*472*D8*20250199",), "DATE_INVALID"),
        (("DTP*472*TM*1130",), "DATE_INVALID"),
        (("AMT*T",), ""),
        (("AMT*T*ABC",), "AMOUNT_INVALID"),
        (("QTY*PT",), ""),
        (("NTE*ADD",), ""),
        (("CAS*CO*45*1",), "SEGMENT_MISPLACED"),
        (("TOO*JP",), ""),
        (("CTP****1*UN",), "SEGMENT_MISPLACED"),
        (("OI***Y",), "SEGMENT_MISPLACED"),
        (("MOA*1",), "SEGMENT_MISPLACED"),
        (("HI",), ""),
        (("PWK*OZ*BM",), ""),
        (("NM1*IL*1*TESTPERSON",), ""),
        (("NM1*ZD*2*TEST", "N3*TEST", "REF*EI*TEST", "PER*IC*TEST"), "PARTY_UNKNOWN"),
        (("N3*TEST",), "SEGMENT_MISPLACED"),
        (("PRV*PE*PXC*TEST",), "SEGMENT_MISPLACED"),
        (("DMG*D8*20250101*F",), "SEGMENT_MISPLACED"),
        (("PER*IC*TEST",), "SEGMENT_MISPLACED"),
        (("N4*TEST",), "SEGMENT_MISPLACED"),
        (("CN1*05*1",), ""),
        (("ZZZ*1",), "SEGMENT_UNKNOWN"),
        (("BHT*0019*00*B2",), "SEGMENT_REPEATED"),
        (("PAT*19",), "SEGMENT_MISPLACED"),
        (("CUR*85*CAD",), "SEGMENT_MISPLACED"),
    ],
)
def test_a_segment_that_gives_no_fact_is_counted(segments: tuple[str, ...], code: str) -> None:
    plain = read(bare(*HEAD, *CLAIM))
    reading = read(bare(*HEAD, *CLAIM, *segments))
    assert reading.facts == plain.facts
    assert set(codes(reading)) == {code} - {""}


@pytest.mark.parametrize(
    ("segments", "second"),
    [
        (("CL1*1*7*01",), "CL1*2"),
        (("CN1*05*10",), "CN1*04"),
        (("SBR*S", "AMT*D*5"), "AMT*D*6"),
        (("SBR*S", "OI***Y***Y"), "OI***N"),
        (("SBR*S", "MOA*1"), "MOA*2"),
        (("SBR*S", "NM1*PR*2*A*****PI*A"), "NM1*PR*2*B"),
        (("SBR*S", "NM1*IL*1*TESTPERSON"), "NM1*IL*1*TESTOTHER"),
        (("SBR*S", "NM1*PR*2*A*****PI*A", "DTP*573*D8*20250101"), "DTP*573*D8*20250102"),
        (("NM1*82*1*A", "PRV*PE*PXC*A"), "PRV*PE*PXC*B"),
        (("NM1*77*2*A", "N4*A*NY"), "N4*B"),
        (("SBR*S", "NM1*IL*1*A", "DMG*D8*19500101"), "DMG*D8*19500102"),
    ],
)
def test_of_a_segment_that_stands_twice_in_a_claim_the_first_is_used(
    segments: tuple[str, ...], second: str
) -> None:
    claim, *line = CLAIM
    plain = read(bare(*HEAD, claim, *segments, *line))
    reading = read(bare(*HEAD, claim, *segments, second, *line))
    assert reading.facts == plain.facts
    assert set(codes(reading)) - set(codes(plain)) <= {"SEGMENT_REPEATED", "PARTY_REPEATED"}
    assert len(reading.issues) == len(plain.issues) + 1


def test_of_a_segment_that_stands_twice_in_a_line_the_first_is_used() -> None:
    told = ("SVD*TEST*10*HC:99213", "DTP*573*D8*20250101", "AMT*EAF*1", "LIN**N4*1", "CTP****1*UN")
    first = read(bare(*HEAD, *CLAIM, "SBR*S", "NM1*PR*2*A*****PI*TEST", *CLAIM[1:], *told))
    again = ("DTP*573*D8*20250102", "AMT*EAF*2")
    second = read(
        bare(
            *(*HEAD, *CLAIM, "SBR*S", "NM1*PR*2*A*****PI*TEST", *CLAIM[1:]),
            *(*told[:3], *again, *told[3:], "CTP****2*UN"),
        )
    )
    assert second.facts == first.facts
    assert codes(second).count("SEGMENT_REPEATED") == 3


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ("BHT*0019*00*B2", "SEGMENT_REPEATED"),
        ("NM1*41*2*OTHER", "PARTY_REPEATED"),
        ("NM1*85*2*OTHER", "PARTY_REPEATED"),
        ("NM1*IL*1*TESTPERSON", "PARTY_REPEATED"),
        ("NM1*QQ*1*TESTPERSON", "PARTY_UNKNOWN"),
        ("SBR*S", "SEGMENT_REPEATED"),
        ("CUR*85*usd", "CURRENCY_INVALID"),
        ("LX*1", "SEGMENT_MISPLACED"),
        ("HCP*1", "SEGMENT_MISPLACED"),
    ],
)
def test_levels_take_each_part_once(segment: str, code: str) -> None:
    where = 4 if "85" in segment[:7] else len(HEAD)
    plain = read(bare(*HEAD, *CLAIM))
    reading = read(bare(*HEAD[:where], segment, *HEAD[where:], *CLAIM))
    assert reading.facts == plain.facts
    assert codes(reading) == [code]


def test_currency_and_taxonomy_of_a_level_stand_once() -> None:
    start, rest = HEAD[:3], HEAD[3:]
    reading = read(
        bare(*start, "CUR*85*CAD", "CUR*85*USD", "PRV*BI*PXC*A", "PRV*BI*PXC*B", *rest, "PAT", *CLAIM)
    )
    (submission, claim) = reading.facts
    assert isinstance(claim, Claim)
    assert (submission.currency, claim.currency) == ("CAD", "CAD")
    assert claim.billing_provider is not None
    assert claim.billing_provider.taxonomy == "A"
    assert codes(reading) == ["SEGMENT_REPEATED", "SEGMENT_REPEATED"]
    relation = read(bare(*HEAD, "PAT*19", "PAT*20", *CLAIM))
    assert (relation.claims[0].relationship, codes(relation)) == ("19", ["SEGMENT_REPEATED"])


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (("HL*7**20*1", "HL*8*7*22*0"), ["HL_NUMBER_WRONG"]),
        (("HL*1**20*1", "HL*2*9*22*0"), ["HL_PARENT_UNKNOWN"]),
        (("HL*1**20*1", "HL*2*2*22*0"), ["HL_PARENT_UNKNOWN"]),
        (("HL*1*5*20*1", "HL*2*1*22*0"), ["HL_PARENT_UNKNOWN"]),
        (("HL*1**20*0", "HL*2*1*22*0"), ["HL_CHILDREN_WRONG"]),
        (("HL*1**20*1", "HL*2*1*22*1"), ["HL_CHILDREN_WRONG"]),
        (("HL*1**20*1", "HL*2*1*21*0"), ["HL_LEVEL_UNKNOWN"]),
        (("HL", "HL*2*1*22*0"), ["HL_NUMBER_WRONG", "HL_LEVEL_UNKNOWN", "HL_PARENT_UNKNOWN"]),
        (("", ""), ["HL_MISSING"]),
    ],
)
def test_faults_of_levels_are_told_and_cost_nothing(levels: tuple[str, str], expected: list[str]) -> None:
    first, second = levels
    rows = [{"HL*1**20*1": first, "HL*2*1*22*0": second}.get(row, row) for row in HEAD]
    reading = read(bare(*filter(None, rows), *CLAIM))
    plain = read(bare(*HEAD, *CLAIM))
    assert [code for code in codes(reading) if code.startswith("HL_")][: len(expected)] == expected
    assert reading.facts == plain.facts


def test_parties_without_levels_switch_where_they_stand() -> None:
    rows = [row for row in HEAD if not row.startswith("HL")]
    other = ("NM1*85*2*OTHER CLINIC*****XX*1999999992", "NM1*IL*1*TESTPERSON*TWO****MI*MEMBER0002")
    reading = read(bare(*rows, *CLAIM, *other, *CLAIM))
    assert codes(reading) == ["HL_MISSING"]
    assert [claim.billing_provider.id for claim in reading.claims if claim.billing_provider] == [
        *("9999999995", "1999999992")
    ]
    assert [claim.subscriber.id for claim in reading.claims if claim.subscriber] == [
        *("MEMBER0001", "MEMBER0002")
    ]


def test_the_lines_say_of_what_kind_a_claim_is() -> None:
    reading = read(bare(*HEAD, *CLAIM, version="005010X223A2"))
    assert (reading.units[0].kind, codes(reading)) == ("837P", ["CLAIM_TYPE_DIFFERS"])
    empty = read(bare(*HEAD, version="005010X224A2"))
    (submission,) = empty.facts
    assert isinstance(submission, ClaimSubmission)
    assert (submission.claim_type, empty.units[0].kind, empty.units[0].summary["claims"]) == (
        *("dental", "837D"),
        0,
    )
    (view,) = empty.submissions
    assert view.claims == ()


def test_other_component_separators_show() -> None:
    data = bare(*HEAD, "CLM*ACCT-1*100***11>B>1*Y*A*Y*Y", "HI*ABK>J209", "LX*1", "SV1*HC>99213*100*UN*1***1")
    reading = read(data)
    (claim,) = reading.claims
    assert codes(reading) == ["COMPONENT_SEPARATOR_OTHER"]
    assert (claim.facility_type, claim.frequency, claim.codes[0].code) == ("11", "1", "J209")
    codes_only = read(data.replace(b"11>B>1", b"11:B:1"))
    assert (codes(codes_only), codes_only.claims[0].codes[0].code) == (
        ["COMPONENT_SEPARATOR_OTHER"],
        "J209",
    )


def test_components_that_no_guide_uses_are_told() -> None:
    claim, *line = CLAIM
    code, drug = "HI*ABK:J209::::1*BE:80:D8:ABC:X", ("LIN**N4*1", "CTP****1*UN:2")
    bill = claim.replace("11:B:1", "11:B:1:9")
    reading = read(bare(*HEAD, bill, code, *line, *drug))
    assert sorted(codes(reading)) == ["AMOUNT_INVALID", *["COMPONENTS_LEFT_OUT"] * 3, "DATE_INVALID"]
    long = read(bare(*HEAD, claim, line[0], line[1].replace("99213", "99213:1:2:3:4:TEXT:9")))
    assert codes(long) == ["COMPONENTS_LEFT_OUT"]


def test_places_name_the_elements_of_their_own_segments() -> None:
    reading = hcfin.read(FULL[1])
    (claim,) = reading.claims
    assert reading.place(claim.lines[1], "charged").element == "SV203"
    assert reading.place(claim.payer, "id").element == "NM109"
    assert str(reading.place(claim, "charged")).startswith("segment 21 CLM02 (loop 2300, ")
    (dental,) = hcfin.read(FULL[2]).claims
    assert hcfin.read(FULL[2]).place(dental.lines[0], "units").element == "SV306"


# Bounds


def test_a_claim_beyond_all_measure_is_marked_and_costs_no_neighbour() -> None:
    many = [f"REF*EA*TEST{n}" for n in range(30)]
    data = bare(*HEAD, CLAIM[0], *many, *CLAIM[1:], *CLAIM)
    reading = hcfin.read(data, limits=Limits(max_claim_segments=20))
    first, second = reading.claims
    assert "CLAIM_TOO_LONG" in codes(reading)
    assert (first.unreadable, second.unreadable, second.charged) == (("lines",), (), Decimal("100.00"))
    header = hcfin.read(
        bare(*(f"REF*87*{n}" for n in range(30)), *HEAD, *CLAIM), limits=Limits(max_claim_segments=20)
    )
    assert "SECTION_TOO_LONG" in codes(header)
    assert [claim.charged for claim in header.claims] == [Decimal("100.00")]


def test_a_claim_that_is_cut_is_marked() -> None:
    data = bare(*HEAD, *CLAIM, *CLAIM, "REF*EA*" + "T" * 500)
    reading = hcfin.read(data, limits=Limits(max_bytes=len(data) - 400))
    assert "INPUT_TOO_LARGE" in codes(reading)
    assert [claim.unreadable for claim in reading.claims] == [(), ("lines",)]


def test_claims_of_a_level_that_was_not_read_are_nobodys_until_the_next_level() -> None:
    many = [f"REF*SY*TEST{n}" for n in range(30)]
    data = bare(*HEAD[:6], *many, *HEAD[6:], *CLAIM, *HEAD[4:], *CLAIM)
    reading = hcfin.read(data, limits=Limits(max_claim_segments=20))
    assert "SECTION_TOO_LONG" in codes(reading)
    assert [claim.unreadable for claim in reading.claims] == [("subscriber",), ()]


def test_levels_at_hand_are_few() -> None:
    many = [f"HL*{n}*1*22" for n in range(2, 10_020)]
    reading = read(bare(*HEAD[:4], *many, "HL*10020*2*23*0", *CLAIM))
    assert codes(reading) == ["HL_PARENT_UNKNOWN"]
    assert len(reading.claims) == 1
    found = read(bare(*HEAD[:4], *many[:50], "HL*52*2*23*0", *CLAIM))
    assert codes(found) == []


def test_a_level_that_says_it_has_none_below_is_found_while_it_is_open() -> None:
    patient = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*TESTPERSON*CHILD")
    reading = read(bare(*HEAD, *patient, *CLAIM))
    (claim,) = reading.claims
    assert codes(reading) == ["HL_CHILDREN_WRONG"]
    assert claim.subscriber is not None
    assert claim.patient is not None
    assert (claim.subscriber.id, claim.patient.first_name) == ("MEMBER0001", "CHILD")


def test_a_stream_yields_each_claim_as_it_ends() -> None:
    kinds = [type(event).__name__ for event in hcfin.iter_facts(FOLDER / "hierarchy" / "input.edi")]
    assert kinds == ["ClaimSubmission", *["Claim"] * 5, "Unit"]
    whole = read((FOLDER / "hierarchy" / "input.edi").read_bytes())
    again = [event for event in whole.stream().events if isinstance(event, Claim | ClaimSubmission)]
    assert tuple(again) == whole.facts


def test_submissions_of_one_name_are_told_apart() -> None:
    one = bare(*HEAD, *CLAIM)
    reading = read(one + one)
    assert [view.header.ref for view in reading.submissions] == [
        *("TESTSENDER/B1/2025-05-06", "TESTSENDER/B1/2025-05-06#2")
    ]
    assert [len(view.claims) for view in reading.submissions] == [1, 1]


# Patient data


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_patient_data_does_not_show(path) -> None:
    facts, sentinels = plant(read(path.read_bytes()).facts)
    assert len(sentinels) > 30
    assert leaks(repr(facts), sentinels) == []


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_no_issue_shows_what_looks_like_an_identifier(path) -> None:
    """Every element that is no code or amount is made a sentinel, wherever it stands; then all goes wrong."""
    data = path.read_bytes()
    rows = rows_of(data)
    bad = [
        row if row[0] in ENVELOPE else [row[0], *("ZZPHI0001QX" if e else "" for e in row[1:])]
        for row in rows
    ]
    reading = read("".join("*".join(row) + "~" for row in bad).encode())
    assert len(reading.issues) > 20
    assert leaks("\n".join(f"{issue} {issue.values}" for issue in reading.issues), ["ZZPHI0001QX"]) == []
    assert all(not isinstance(fact, Provider) for fact in reading.facts)
