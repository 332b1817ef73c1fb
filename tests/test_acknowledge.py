"""Answers to received files: 999 and TA1 from our findings, accepted by a foreign validator, read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin import discover
from hcfin.billing.file_status import FileStatus
from hcfin.billing.reading import FactStream
from hcfin.cli.commands import hcfin as command
from hcfin.codes import table
from hcfin.errors import HcfinError, ModelError
from hcfin.issues import Catalogue
from hcfin.standards import Acknowledgment, Standard
from hcfin.standards.x12 import received
from hcfin.testing import leaks

REMITS = cases.FIXTURES / "x12" / "remittance_835"
STATUS = cases.FIXTURES / "x12" / "file_status_999"
WHEN = {"date": "20260102", "time": "0304"}
# What the reader says of an answer, and no validator.
SAID = {"FILE_REJECTED"}


def source(case: Path) -> bytes:
    return (case / "input.edi").read_bytes()


def lines(answer: Acknowledgment) -> list[str]:
    return answer.data.decode().split("~")[:-1]


def ack(data: bytes, **options) -> Acknowledgment:
    return hcfin.acknowledge(data, identity=WHEN, **options)


CLEAN = source(REMITS / "worked_r1")


def test_a_remittance_is_accepted() -> None:
    answer = ack(CLEAN)
    assert lines(answer) == [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'HOSPITAL':15}*ZZ*{'MACPAYER':15}*260102*0304*^*00501*000000001*0*T*:",
        "TA1*000000301*250303*0900*A*000",
        "GS*FA*HOSPITAL*MACPAYER*20260102*0304*1*X*005010X231A1",
        "ST*999*0001*005010X231A1",
        "AK1*HP*301*005010X221A1",
        "AK2*835*0001",
        "IK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    assert not answer.rejected
    assert answer.issues == ()
    assert [status.level for status in answer.statuses] == ["interchange", "set", "group"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            *("CAS*CO*45*200", "CAS*CO*45*201"),
            ["IK3*CLP*26*2100*8", "IK4*4**I12", "IK3*SVC*29*2110*8", "IK4*3**I12", "IK5*E*I5", "AK9*E*1*1*1"],
        ),
        ("SE*35", "SE*34", ["IK5*E*4", "AK9*E*1*1*1"]),
        ("GE*1*301", "GE*2*301", ["IK5*A", "AK9*E*2*1*1*5"]),
        ("IEA*1*000000301", "IEA*1*000000302", ["TA1*000000301*250303*0900*E*001", "AK9*A*1*1*1"]),
        ("BPR*H*0*", "BPR*H*1*", ["IK3*BPR*2**8", "IK4*2**I12", "IK5*R*I5", "AK9*R*1*1*0"]),
        ("BPR*H*0*", "BPR*H*O*", ["IK4*2**6", "IK5*E*5"]),
        ("ST*835*0001", "ST*834*0001", ["AK2*834*0001", "IK5*R*1", "AK9*R*1*1*0"]),
        ("ST*835*0001", "ST*835*1", ["AK2*835*0001", "IK5*A"]),
        ("SE*35*0001~", "", ["IK5*E*2", "AK9*E*1*1*1"]),
        ("DTM*405*20250303", "DTM*405*20251303", ["IK3*DTM*4**8", "IK4*2**8", "IK5*E*5"]),
        ("DTM*405", "ZZZ*1~DTM*405", ["IK3*ZZZ*4**6", "IK5*E*5*4"]),
        ("SE*35*0001~", "SE*35*0001~SE*35*0001~", ["TA1*000000301*250303*0900*E*022", "AK9*A*1*1*1"]),
    ],
)
def test_what_is_found_is_told_with_its_place(old: str, new: str, told: list[str]) -> None:
    assert old.encode() in CLEAN
    answer = ack(CLEAN.replace(old.encode(), new.encode(), 1))
    found = lines(answer)
    assert [line for line in told if line not in found] == [], found
    assert answer.rejected == any(line.startswith(("IK5*R", "AK9*R")) for line in found)


def test_a_missing_segment_is_named_where_it_was_missed() -> None:
    start, end = CLEAN.index(b"BPR"), CLEAN.index(b"TRN")
    found = lines(ack(CLEAN[:start] + CLEAN[end:]))
    assert "IK3*BPR*1**3" in found
    assert "IK5*R*5*4" in found


def test_the_code_that_is_wrong_is_given_back_and_nothing_else() -> None:
    data = CLEAN.replace(b"CAS*CO*45*200", b"CAS*CR*45*200", 1)
    assert "IK4*1**7*CR" in lines(ack(data))
    amount = ack(CLEAN.replace(b"BPR*H*0*", b"BPR*H*ZZPHI7*", 1))
    assert not leaks(amount.data, ["ZZPHI7"])


def test_sets_and_groups_are_counted() -> None:
    start, end = CLEAN.index(b"ST*"), CLEAN.index(b"GE*")
    one = CLEAN[start:end]
    other = one.replace(b"*0001~", b"*0002~").replace(b"BPR*H*0*", b"BPR*H*1*")
    answer = ack(CLEAN[:start] + one + other + CLEAN[end:].replace(b"GE*1*", b"GE*2*"))
    assert [(status.level, status.code) for status in answer.statuses] == [
        *(("interchange", "A"), ("set", "A"), ("set", "R"), ("group", "P")),
    ]
    group = answer.statuses[-1]
    assert (group.sets_included, group.sets_received, group.sets_accepted) == (2, 2, 1)
    assert answer.rejected


def test_each_interchange_is_answered_on_its_own_and_numbered_on() -> None:
    other = CLEAN.replace(b"ZZ*MACPAYER  ", b"ZZ*OTHERPAYER", 1)
    answer = hcfin.acknowledge(
        CLEAN + other, identity={**WHEN, "interchange_control": "41", "group_control": "7"}
    )
    envelopes = [unit.envelope for unit in hcfin.read(answer.data).units if unit.kind == "999"]
    assert [(one["receiver"], one["interchange_control"], one["group_control"]) for one in envelopes] == [
        *(("MACPAYER", "000000041", "7"), ("OTHERPAYER", "000000042", "8")),
    ]
    assert {one["sender"] for one in envelopes} == {"HOSPITAL"}


def test_without_ta1() -> None:
    answer = ack(CLEAN, interchanges=False)
    assert "TA1" not in answer.data.decode()
    assert {status.level for status in answer.statuses} == {"set", "group"}


def test_date_and_time_are_those_of_the_interchange_where_nothing_is_said() -> None:
    envelope = hcfin.read(hcfin.acknowledge(CLEAN).data).units[-1].envelope
    assert (envelope["date"], envelope["time"]) == ("250303", "0900")


def test_an_answer_needs_no_clock_and_is_the_same_each_time() -> None:
    assert ack(CLEAN).data == ack(CLEAN).data


@pytest.mark.parametrize("case", sorted(STATUS.iterdir()), ids=lambda case: case.name)
def test_nobody_answers_an_answer(case: Path) -> None:
    answer = ack(source(case))
    assert (answer.data, answer.statuses) == (b"", ())


def test_an_interchange_without_anything_is_answered() -> None:
    answer = ack(source(cases.FIXTURES / "errors" / "INTERCHANGE_EMPTY"))
    assert [(status.level, status.code) for status in answer.statuses] == [("interchange", "A")]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"GS*HP*", b"GS*PO*", "functional group"),
        (b"*0900*301*X*", b"*0900*3O1*X*", "functional group"),
        (b"*005010X221A1", b"*005010X221A1-DRAFT", "functional group"),
        (b"*000000301*0*T", b"*00000030A*0*T", "interchange"),
        (b"*250303*0900*^", b"*251303*0900*^", "interchange"),
        (b"*250303*0900*^", b"*250303*2500*^", "interchange"),
        (b"*250303*0900*^", b"*2503030*0900*^", "interchange"),
        (b"ST*835*0001", b"ST*835*ZZPHI0001QX", "transaction set"),
        (b"ZZ*MACPAYER  ", "ZZ*MÄCPAYER ".encode(), "interchange"),
    ],
)
def test_what_cannot_be_given_back_is_left_out_and_told(old: bytes, new: bytes, what: str) -> None:
    assert old in CLEAN
    answer = ack(CLEAN.replace(old, new, 1))
    (issue,) = (one for one in answer.issues if one.code == "ACKNOWLEDGMENT_LEFT_OUT")
    assert dict(issue.values)["what"] == what
    assert answer.rejected
    assert not leaks(answer.data + str(issue).encode(), ["ZZPHI0001QX"])


def test_what_has_no_envelope_is_left_out_and_told() -> None:
    bare = CLEAN[CLEAN.index(b"ST*") : CLEAN.index(b"GE*")]
    answer = ack(bare)
    assert answer.data == b""
    assert [issue.code for issue in answer.issues] == ["INTERCHANGE_MISSING", "ACKNOWLEDGMENT_LEFT_OUT"]
    answer = ack(CLEAN[: CLEAN.index(b"GS*")] + bare + b"IEA*0*000000301~")
    assert [status.level for status in answer.statuses] == ["interchange"]
    assert "ACKNOWLEDGMENT_LEFT_OUT" in {issue.code for issue in answer.issues}


def test_what_is_no_x12_is_told() -> None:
    answer = ack(b"hello")
    assert (answer.data, [issue.code for issue in answer.issues]) == (b"", ["STANDARD_UNKNOWN"])
    assert answer.rejected


def test_an_identity_that_no_envelope_can_have_is_the_callers_fault() -> None:
    for identity in ({"date": "today"}, {"interchange_control": "A"}, {"nosuch": "1"}):
        with pytest.raises(HcfinError):
            hcfin.acknowledge(CLEAN, identity=identity)


def test_a_standard_without_answers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Standard("x12", *[None] * 5)  # type: ignore[arg-type]
    monkeypatch.setattr(discover, "load", lambda *_: silent)
    with pytest.raises(HcfinError, match="no acknowledgments"):
        hcfin.acknowledge(CLEAN, standard="x12")


# Bounds: what was not looked at is not accepted


def test_what_follows_issues_that_are_not_listed_is_rejected() -> None:
    start, end = CLEAN.index(b"ST*"), CLEAN.index(b"GE*")
    many = b"".join(
        CLEAN[start:end].replace(b"*0001~", b"*%04d~" % n).replace(b"SE*35", b"SE*34") for n in range(1, 6)
    )
    data = CLEAN[:start] + many + CLEAN[end:].replace(b"GE*1*", b"GE*5*")
    codes = [status.code for status in ack(data, limits=hcfin.Limits(max_issues=2)).statuses]
    assert codes == ["A", "E", "E", "R", "R", "R", "P"]


@pytest.mark.parametrize("limits", [{"max_segments": 20}, {"max_bytes": 500}])
def test_a_cut_set_is_rejected(limits: dict[str, int]) -> None:
    answer = ack(CLEAN, limits=hcfin.Limits(**limits))
    assert not any(status.accepted for status in answer.statuses if status.level == "set")
    assert answer.rejected


def test_a_set_that_a_reader_cannot_finish_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_, **__):
        raise ModelError("a fact that does not fit")
        yield

    monkeypatch.setattr(received, "read", lambda *_, **__: FactStream("x12", failing()))
    assert [status.code for status in ack(CLEAN).statuses] == ["A", "R", "R"]


def test_an_error_without_a_row_is_an_error_in_the_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received, "table", lambda _: {})
    found = [
        status for status in ack(CLEAN.replace(b"BPR*H*0*", b"BPR*H*O*")).statuses if status.level == "set"
    ]
    assert [(status.code, status.error_codes) for status in found] == [("E", ("5",))]
    assert ack(CLEAN.replace(b"SE*35", b"SE*34")).statuses[1].code == "A"


# The table


def test_every_issue_of_a_reader_has_a_row() -> None:
    known = {
        *Catalogue.of("hcfin.billing").kinds,
        *Catalogue.of("hcfin.standards", "hcfin.standards.x12").kinds,
    }
    assert set(table("acknowledgment")) == known


def test_the_codes_are_those_that_the_guide_has() -> None:
    segments = {*"12345678", "I4", "I6", "I7", "I8", "I9"}
    elements = {*map(str, range(1, 14)), "I6", "I9", "I10", "I11", "I12", "I13"}
    sets = {*map(str, [*range(1, 14), *range(15, 20), *range(23, 28)]), "I5", "I6"}
    groups = {*"123456", *map(str, [*range(10, 20), *range(23, 27)])}
    for row in table("acknowledgment").values():
        for column, codes in (("segment", segments), ("element", elements), ("set", sets), ("group", groups)):
            assert row[column] in {"", *codes}
        assert row["interchange"] == "" or int(row["interchange"]) in range(32)
        assert not row["element"] or row["segment"] == "8"
        assert not row["segment"] or row["set"] in ("5", "I5")
        assert any(row[name] for name in ("set", "group", "interchange")) or row["note"]


# Writing what others said


@pytest.mark.parametrize("name", ["partial", "interchange"])
def test_file_statuses_are_written_and_read_back_the_same(name: str) -> None:
    facts = cases.reading_of(STATUS / name).facts
    written = hcfin.write(facts, "x12", identity={"sender": "A", "receiver": "B"})
    assert hcfin.read(written).facts == facts


def test_file_statuses_that_no_999_can_say_are_refused() -> None:
    facts = cases.reading_of(STATUS / "partial").facts
    with pytest.raises(HcfinError, match="end without that of their group"):
        hcfin.write(facts[:-2], "x12")
    with pytest.raises(HcfinError, match="an interchange of their own"):
        hcfin.write([*facts, *cases.reading_of(REMITS / "worked_r1").facts], "x12")
    odd = FileStatus(level="group", group_code="HC", code="Q", outcome="accepted")
    with pytest.raises(HcfinError, match=r"status 1 \(group\): an 999 cannot say `outcome`"):
        hcfin.write([odd], "x12")
    error = facts[3].errors[1]
    contexts = facts[3].model_copy(update={"errors": (error, error.model_copy(update={"contexts": ()}))})
    assert hcfin.read(hcfin.write([contexts, facts[5]], "x12")).facts[0] == contexts


# The command


def run(*arguments: str):
    return CliRunner().invoke(command, ["ack", "--date", "2026-01-02", "--time", "0304", *arguments])


def test_the_command(tmp_path: Path) -> None:
    path = str(REMITS / "worked_r1" / "input.edi")
    done = run(path)
    assert (done.exit_code, done.stdout_bytes) == (0, ack(CLEAN).data)
    to = tmp_path / "answer.edi"
    done = run("--no-ta1", "--control", "5", "--group-control", "6", "-o", str(to), path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert (
        to.read_bytes()
        == hcfin.acknowledge(
            CLEAN,
            identity={**WHEN, "interchange_control": "5", "group_control": "6"},
            interchanges=False,
        ).data
    )


def test_the_command_ends_with_1_where_anything_is_rejected(tmp_path: Path) -> None:
    bad = tmp_path / "bad.edi"
    bad.write_bytes(CLEAN.replace(b"BPR*H*0*", b"BPR*H*1*"))
    done = run(str(bad))
    assert done.exit_code == 1
    assert b"IK5*R" in done.stdout_bytes
    assert "REMIT_UNBALANCED_TRANSACTION" in done.stderr
    done = run(str(STATUS / "interchange" / "input.edi"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing to acknowledge" in done.stderr


def test_the_command_takes_date_and_time_from_the_clock() -> None:
    done = CliRunner().invoke(command, ["ack", str(REMITS / "worked_r1" / "input.edi")])
    envelope = hcfin.read(done.stdout_bytes).units[-1].envelope
    assert envelope["date"] >= "260101"
    assert (
        CliRunner()
        .invoke(command, ["ack", "--time", "noon", str(REMITS / "worked_r1" / "input.edi")])
        .exit_code
        == 2
    )
