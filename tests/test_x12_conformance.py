"""The strict check finds what breaks the guide, says where, and never quotes the file."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hcfin.billing.remittance import Procedure, ServicePayment
from hcfin.issues import Issue, Severity
from hcfin.standards.x12 import STANDARD
from test_x12_write import claim, counted, header, rich, write

SENTINEL = "ROESENTINEL"


def guide(data: bytes) -> list[Issue]:
    return [issue for issue in STANDARD.check(data) if issue.code.startswith("GUIDE_")]


def told(data: bytes) -> list[tuple[str, str]]:
    """Error codes and places."""
    found = [dict(issue.values) for issue in guide(data)]
    return [(values["error"], values["segment"] + values["element"]) for values in found]


def clean() -> bytes:
    """A file that follows the guide."""
    remittance = header(payment=header().payment)
    line = ServicePayment(
        procedure=Procedure(qualifier="HC", code="99213"),
        charged=claim(remittance).charged,
        paid=claim(remittance).paid,
        adjustments=claim(remittance).adjustments,
    )
    facts = counted(
        remittance, claim(remittance, lines=(line,), adjustments=(), facility_type="11", frequency="1")
    )
    return write(facts, {"contact": "EDI DESK", "contact_phone": "5550100000"})


def test_what_the_writer_writes_follows_the_guide() -> None:
    assert STANDARD.check(clean()) == ()


def test_a_rich_remittance_breaks_only_what_its_facts_break() -> None:
    # Of old files, or of no guide: a rate, another date, a patient's status, a prefix,
    # text in SVC01, codes of other lists.
    assert told(write(rich())) == [
        ("E10", "CUR03"),
        ("S1", "DTM"),
        ("E10", "CLP10"),
        ("E10", "NM106"),
        ("E10", "SVC01-7"),
        ("S1", "LQ"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "error", "place", "element"),
    [
        (b"NM1*QC*1*ROE", b"NM1*QC*9*ROE", "E7", "NM102", "NM102"),
        (b"*12*PCN0001*", b"*12**", "E1", "CLP07", "CLP07"),
        (b"SVC*HC:99213*", b"SVC*HC:99213:TOOLONG*", "E5", "SVC01-3", "SVC01-3"),
        (b"DTM*405*20310504", b"DTM*405*20311304", "E8", "DTM02", "DTM02"),
        (b"BPR*I*80*C*ACH", b"BPR*I*80*C*ACHACHACH", "E5", "BPR04", "BPR04"),
        (b"PER*BL*EDI DESK*TE*5550100000~", b"", "S3", "PER", ""),
        (b"~LX*1~", b"~LX*1~ZZZ*1~", "S1", "ZZZ", ""),
        (b"~CAS*CO*45*20~", b"~CAS*CO*45*20*~", "SEG1", "CAS", ""),
        (b"~TRN*1*TESTTRACE1*1999999999~", b"~TRN*1*TESTTRACE1*1999999999~" * 2, "S5", "TRN", ""),
    ],
)
def test_a_violation_has_its_rule_and_place(
    old: bytes, new: bytes, error: str, place: str, element: str
) -> None:
    data = clean()
    assert old in data
    broken = data.replace(old, new)
    assert (error, place) in told(broken)
    issue = next(issue for issue in guide(broken) if dict(issue.values)["error"] == error)
    assert issue.code == "GUIDE_VIOLATION"
    assert issue.severity is Severity.WARNING
    assert issue.origin is not None
    assert issue.origin.element == element
    offset = issue.origin.offset
    assert offset is not None
    assert broken[offset:].startswith(f"{issue.origin.segment}*".encode())
    # A missing segment is reported where it was missed.
    assert issue.origin.segment == ("N1" if error == "S3" else place[:3])
    assert issue.origin.unit.startswith("000000001")


def test_the_message_says_what_is_wrong_in_our_words() -> None:
    (issue,) = guide(clean().replace(b"NM1*QC*1*ROE", b"NM1*QC*9*ROE"))
    assert issue.message == "implementation guide: a code that is not in its list (NM102, error E7)"


@pytest.mark.parametrize(
    "data",
    [
        clean().replace(b"ACCT-A", (SENTINEL * 9).encode()),
        clean().replace(b"*12*PCN0001", b"*" + SENTINEL.encode() + b"*PCN0001"),
        clean().replace(b"QC*1*ROE", b"QC*" + SENTINEL.encode() + b"*ROE"),
        clean().replace(b"~LX*1~", b"~LX*1~" + SENTINEL.encode() + b"*1~"),
        clean().replace(b"~LX*1~", b"~LX*1~REF*" + SENTINEL.encode() + b"*1~"),
        clean().replace(b"HC:99213", b"HC:" + b":".join([SENTINEL.encode()] * 12)),
        clean().replace(b"DTM*405*20310504", b"DTM*405*" + SENTINEL.encode()),
        clean().replace(b"005010X221A1", SENTINEL.encode()),
        clean().replace(b"*00501*", b"*" + SENTINEL.encode() + b"*"),
    ],
)
def test_no_issue_and_no_log_quotes_the_file(
    data: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SENTINEL.encode() in data
    with caplog.at_level(logging.DEBUG):
        issues = STANDARD.check(data)
    assert guide(data)
    said = "".join(f"{issue}{issue.to_dict()}{issue!r}" for issue in issues)
    assert SENTINEL not in said + caplog.text + "".join(capsys.readouterr())


def test_a_guide_that_is_not_known_is_said_not_to_be_checked() -> None:
    (issue,) = guide(clean().replace(b"005010X221A1", b"005010X222A2"))
    assert issue.code == "GUIDE_NOT_CHECKED"
    assert "005010X222A2" in issue.message
    assert issue.origin is not None
    assert issue.origin.segment == "GS"
    data = clean()
    assert [issue.code for issue in guide(data[data.index(b"ST*") :])] == ["GUIDE_NOT_CHECKED"]


def test_a_failure_of_the_validator_is_one_issue() -> None:
    # pyx12 4.0 raises IndexError at a composite with too many components; the rest is still checked.
    data = clean().replace(b"HC:99213", b"HC:1:2:3:4:5:6:7:8:9:10").replace(b"*TE*", b"*QQ*")
    codes = [issue.code for issue in guide(data)]
    assert codes == ["GUIDE_VIOLATION", "GUIDE_CHECK_FAILED"]
    failed = guide(data)[-1]
    assert failed.origin is not None
    assert failed.origin.segment == "SVC"


def test_maps_that_cannot_be_loaded_are_one_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SENTINEL)

    monkeypatch.setattr("pyx12.map_index.map_index", broken)
    (issue,) = STANDARD.check(clean())
    assert issue.code == "GUIDE_CHECK_FAILED"
    assert SENTINEL not in str(issue)


def test_hierarchy_and_line_numbers_of_claims_are_checked() -> None:
    claims = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *310504*0000*^*00501*"
        "000000001*0*T*:~"
        "GS*HC*SENDER*RECEIVER*20310504*0000*1*X*005010X222A1~ST*837*0001*005010X222A1~"
        "HL*2**20*1~HL*3*9*22*0~CLM*ACCT-A*100~LX*7~SE*6*0001~GE*1*1~IEA*1*000000001~"
    )
    assert {"HL1", "HL2", "LX"} <= {error for error, _ in told(claims.encode())}


@pytest.mark.parametrize(
    "data", [b"", b"nothing", b"ISA", clean()[:200], clean() * 2, clean()[::-1], b"ISA*" * 500]
)
def test_whatever_the_bytes_there_is_an_answer(data: bytes) -> None:
    assert isinstance(STANDARD.check(data), tuple)


CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "x12" / "835"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not here")
def test_files_that_their_makers_call_valid_break_nothing() -> None:
    files = sorted(CORPUS.glob("irobayna__stupidedi__*X221A1*_pass_*"))
    assert files
    for file in files:
        assert guide(file.read_bytes()) == []
