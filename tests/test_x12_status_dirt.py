"""Damaged answers of receivers, patient data in them, and the answers of the corpus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.claim_status import ClaimStatus
from hcfin.billing.file_status import FileStatus
from hcfin.billing.reading import Reading
from hcfin.testing import leaks
from hcfin.testing.invariant import assert_invariant
from test_x12_content import rows_of
from test_x12_status import BOOKS, CLAIMS, CONTEXT, FILES, WHOLE, claims_of

# Dirt


@pytest.mark.parametrize("case", [*WHOLE, CLAIMS / "dirty", FILES / "dirty"], ids=lambda case: case.name)
def test_every_cut_and_every_odd_letter_ends_in_facts_or_issues(case: Path) -> None:
    data = (case / "input.edi").read_bytes()
    for end in range(110, len(data), 37):
        for damaged in (data[:end], data[:end] + b"O*~" + data[end:], data[:end] + data[end + 9 :]):
            reading = hcfin.read(damaged)
            assert reading.facts or reading.issues
            for fact in reading:
                assert type(fact).build(fact.model_dump()) == fact


def test_a_cut_acknowledgment_is_told() -> None:
    data = (FILES / "partial" / "input.edi").read_bytes()
    reading = hcfin.read(data[: data.index(b"IK5*E")])
    assert [fact.outcome for fact in reading if isinstance(fact, FileStatus)][-2:] == ["unknown", "unknown"]
    codes = [issue.code for issue in reading.issues]
    assert codes.count("TRAILER_MISSING") == 3
    assert codes.count("FILE_STATUS_UNKNOWN") == 2


def test_a_claim_beyond_all_measure_is_counted_and_the_next_one_read() -> None:
    data = (CLAIMS / "acknowledgment" / "input.edi").read_bytes()
    reading = hcfin.read(data, limits=hcfin.Limits(max_claim_segments=6))
    assert "CLAIM_TOO_LONG" in {issue.code for issue in reading.issues}
    found = {fact.account: fact for fact in reading if isinstance(fact, ClaimStatus) and fact.account}
    assert found["ACCT-0002"].unreadable == ("lines",)
    assert found["ACCT-0003"].unreadable == ()


def test_a_set_status_beyond_all_measure_keeps_its_verdict() -> None:
    data = (FILES / "partial" / "input.edi").read_bytes()
    reading = hcfin.read(data, limits=hcfin.Limits(max_claim_segments=3))
    assert "SECTION_TOO_LONG" in {issue.code for issue in reading.issues}
    flawed = next(
        fact for fact in reading if isinstance(fact, FileStatus) and fact.code == "E" and fact.level == "set"
    )
    assert flawed.unreadable == ("errors",)
    assert flawed.outcome == "accepted_with_errors"


def test_an_amount_that_cannot_be_read_marks_the_fact() -> None:
    first, second = claims_of(CLAIMS / "dirty")
    assert first.unreadable == ("reports.charged",)
    assert first.charged is None
    assert second.unreadable == ("lines.charged",)


def test_a_reader_that_is_cut_marks_what_is_open() -> None:
    data = (CLAIMS / "acknowledgment" / "input.edi").read_bytes()
    reading = hcfin.read(data, limits=hcfin.Limits(max_segments=38))
    last = reading.facts[-1]
    assert last.unreadable == ("reports",)
    assert "TOO_MANY_SEGMENTS" in {issue.code for issue in reading.issues}


def set_of(*segments: str) -> Reading:
    rows = ["ST*277*0001", *segments]
    return hcfin.read("~".join([*rows, f"SE*{len(rows) + 1}*0001", ""]).encode())


def codes_of(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues if issue.code != "INTERCHANGE_MISSING"]


def test_what_belongs_to_no_level_or_party_is_told() -> None:
    alone = ("NM1*QC*1*TESTPERSON", "PER*IC*DESK", "REF*1K*X", "TRN*2*X", "STC*A1:1", "DTP*472*D8*20250101")
    alone += ("AMT*YU*1", "QTY*90*1", "SVC*HC:1*1*1")
    assert codes_of(set_of(*alone)) == ["SEGMENT_MISPLACED"] * len(alone)
    # A person has no contacts; a name after a status belongs to nobody.
    read_person = set_of(
        "HL*1**20", "HL*2*1*21", "HL*3*2*19", "HL*4*3*PT", "NM1*QC*1*TESTPERSON", "PER*IC*DESK"
    )
    assert codes_of(read_person) == ["SEGMENT_MISPLACED"]
    assert codes_of(set_of("HL*1**20", "TRN*1*X", "NM1*PR*2*LATE")) == ["SEGMENT_MISPLACED"]


def test_a_message_says_by_itself_whether_it_is_an_acknowledgment() -> None:
    for bht, kind in (("BHT*0085*08*X*20250101*0000*TH", "277CA"), ("BHT*0010*08*X*20250101*0000*DG", "277")):
        assert set_of(bht).units[0].kind == kind


def test_components_beyond_the_guide_are_told() -> None:
    levels = ("HL*1**20", "HL*2*1*21", "TRN*2*X")
    assert codes_of(set_of(*levels, "STC*A1:1:2:3:4")) == ["COMPONENTS_LEFT_OUT"]
    assert codes_of(set_of(*levels, "STC*A1:1", "SVC*HC:1:2:3:4:5:6:7*1*1")) == ["COMPONENTS_LEFT_OUT"]


def test_lines_count_where_the_claim_has_no_status() -> None:
    levels = ("HL*1**20", "HL*2*1*21", "HL*3*2*19", "HL*4*3*PT", "TRN*2*ACCT-1")
    (claim,) = set_of(*levels, "SVC*HC:1*1", "STC*A7:562**U").facts
    assert isinstance(claim, ClaimStatus)
    assert (claim.outcome, claim.charged, claim.paid) == ("rejected", None, None)


# Patient data


def planted(case: Path) -> bytes:
    """The case with a sentinel in each element that a person or a claim is known by."""
    rows = rows_of((case / "input.edi").read_bytes())
    for row in rows:
        if row[0] == "NM1" and row[1] in ("QC", "IL"):
            row[3] = "ZZPHI7"
            row[9:10] = ["ZZPHI7"] if len(row) > 9 else []
        elif row[0] in ("TRN", "REF"):
            row[2] = "ZZPHI7"
        elif row[0] == "STC" and len(row) > 12:
            row[12] = "ZZPHI7"
        elif row[0] == "CTX" and ":" in row[1]:
            row[1] = "CLM01:ZZPHI7"
        elif row[0] in ("IK4", "AK4") and len(row) > 4:
            row[4] = "ZZPHI7"
    return "~".join("*".join(row) for row in [*rows, [""]]).encode()


@pytest.mark.parametrize("case", [*WHOLE, CLAIMS / "dirty", FILES / "dirty"], ids=lambda case: case.name)
def test_no_patient_data_leaves_by_any_way_but_the_facts(case: Path) -> None:
    data = planted(case)
    assert b"ZZPHI7" in data
    reading = hcfin.read(data)
    shown = "\n".join(
        [*map(repr, reading.facts), *map(str, reading.issues), repr(reading.units), repr(reading)]
    )
    shown += repr(reading.coverage) + repr([issue.to_dict() for issue in reading.issues])
    assert not leaks(shown, ["ZZPHI7"])
    assert_invariant(data, BOOKS, CONTEXT, sentinel="ZZPHI7")


def test_what_stands_in_a_code_is_shown_only_where_it_looks_like_one() -> None:
    data = (CLAIMS / "acknowledgment" / "input.edi").read_bytes()
    damaged = data.replace(b"STC*A7:562:85", b"STC*A7:ZZPHI7:ZZPHI7", 1)
    reading = hcfin.read(damaged)
    assert not leaks("\n".join(map(str, reading.issues)), ["ZZPHI7"])
    damaged = (FILES / "partial" / "input.edi").read_bytes().replace(b"AK1*HC*17*", b"AK1*ZZPHI7*17*")
    assert not leaks(repr(hcfin.read(damaged).units), ["ZZPHI7"])


# Files of others

CORPUS = {
    "271": 0,
    "TA1": 3,
    "997": 5,
    "999": 5,
    "277CA": 5,
    "277": 9,
}


@pytest.mark.corpus
def test_acknowledgments_of_the_corpus(corpus: Path) -> None:
    """Every one is read, by as many units as the manifest lists files; nothing raises."""
    found: Counter[str] = Counter()
    facts = 0
    for line in (corpus / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        path, kind, *_ = line.split("\t")
        if kind in ("TA1", "997", "999", "277"):
            reading = hcfin.read(corpus / path)
            found.update(unit.kind for unit in reading.units)
            facts += len(reading.facts)
            assert "SET_NOT_READ" not in {issue.code for issue in reading.issues}
            for fact in reading:
                assert type(fact).build(fact.model_dump()) == fact
    assert found == Counter({kind: count for kind, count in CORPUS.items() if count})
    assert facts > 50
