"""The strict check finds what breaks the standard, says where, raises no false alarm and quotes nothing."""

from __future__ import annotations

import logging
import os
from io import BytesIO
from pathlib import Path

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

import cases
from hcfin.files import check, read
from hcfin.issues import Issue, Severity
from hcfin.limits import Limits
from hcfin.standards.hl7v2 import STANDARD, conformance, conformance_values
from hcfin.standards.hl7v2.conformance_structure import Fault, Finding, structure
from hcfin.standards.hl7v2.conformance_tables import components_of, fields_of, structure_of, versions
from hcfin.wire.hl7v2 import Message, scan

QUIRKS = cases.FIXTURES / "hl7v2" / "quirks"
CLEAN = (QUIRKS / "clean" / "input.hl7").read_bytes()
CORPUS = Path(os.environ.get("HCFIN_CORPUS", cases.FIXTURES.parent.parent / "shared" / "corpus"))
SENTINEL = "ROESENTINEL"


def strict(data: bytes) -> tuple[Issue, ...]:
    return STANDARD.check(data)


def told(data: bytes) -> list[tuple[str, str]]:
    """Error codes of table 0357, and what they are about."""
    found = [dict(issue.values) for issue in strict(data)]
    return [
        (values["error"], values.get("element") or values["segment"]) for values in found if "error" in values
    ]


def quirk(name: str) -> bytes:
    return (QUIRKS / name / "input.hl7").read_bytes()


def test_a_clean_message_has_no_findings() -> None:
    assert strict(CLEAN) == ()


# What hl7apy fails at, or gets wrong, and the standard allows.
@pytest.mark.parametrize(
    "case",
    [
        "line_feeds",
        "carriage_return_line_feeds",
        "mixed_line_ends",
        "byte_order_mark",
        "mllp",
        "blank_lines",
        "batch",
        "several_messages",
        "other_delimiters",
        "delete_markers",
        "amount_deleted",
        "line_break_escape",
        "hexadecimal_escape",
        "local_escape",
        "stray_backslash",
        "escaped_delimiters",
        "trailing_separators",
        "windows_bytes",
        "version_with_country",
        "no_pv1",
    ],
)
def test_what_the_standard_allows_is_no_finding(case: str) -> None:
    assert strict(quirk(case)) == ()


@pytest.mark.parametrize(
    ("case", "findings"),
    [
        ("minus_behind", [("102", "FT1-11.1")]),
        ("brackets", [("102", "FT1-11.1")]),
        ("dollars_and_thousands", [("102", "FT1-11.1")]),
        ("american_dates", [("102", "FT1-4.1"), ("102", "FT1-5.1")]),
        ("fifteen_digits", [("102", "MSH-7.1")]),
        ("coded_transaction_type", [("102", "FT1-6.2"), ("102", "FT1-6.2")]),
        ("currency_as_component", [("103", "FT1-11.2"), ("103", "FT1-12.2")]),
        ("field_sixty", [("102", "FT1-60")]),
        ("price_range", [("198", "FT1-11")]),
        ("no_escape_character", [("102", "MSH-2")]),
        ("truncation_character", [("102", "MSH-2")]),
        ("no_evn", [("100", "EVN")]),
        ("in1_before_ft1", [("100", "IN1"), ("100", "IN2")]),
        ("pr1_at_the_end", [("100", "PR1")]),
        ("radiology_order", [("100", "GT1"), ("101", "PID-3"), ("102", "GT1-10.2")]),
        ("later_fields_in_2_3", [("102", "FT1-29")]),
    ],
)
def test_a_violation_has_its_code_and_place(case: str, findings: list[tuple[str, str]]) -> None:
    found = told(quirk(case))
    assert set(findings) <= set(found)
    if case != "later_fields_in_2_3":  # 2.3 wants more of EVN and PR1
        assert found == findings
    for issue in strict(quirk(case)):
        assert issue.origin is not None
        assert issue.origin.unit == "TESTMSG01"
        offset = issue.origin.offset
        assert offset is not None
        assert quirk(case)[offset:].startswith(issue.origin.segment.encode())
        assert issue.severity is Severity.WARNING


def test_the_message_says_what_is_wrong_in_our_words() -> None:
    (issue,) = strict(quirk("minus_behind"))
    assert issue.code == "HL7_VIOLATION"
    assert issue.message == "standard, version 2.5.1: not what the data type allows (FT1-11.1, error 102)"
    (order,) = strict(quirk("pr1_at_the_end"))
    assert order.code == "HL7_ORDER"
    assert order.message == (
        "structure DFT_P03: a segment stands where the message structure has none (PR1, error 100)"
    )


@pytest.mark.parametrize(
    ("case", "what"),
    [
        ("version_2_9", "version 2.9"),
        ("version_2_7_1", "version 2.7.1"),
        ("version_empty", "a message without version"),
        ("z_segment_end", "segment ZPX of version 2.5.1"),
        ("z_segment_middle", "segment ZPX of version 2.5.1"),
        ("local_message_type", "structure ZFT_Z01 of version 2.5.1"),
        ("type_without_event", "structure DFT of version 2.5.1"),
    ],
)
def test_what_cannot_be_checked_is_said(case: str, what: str) -> None:
    noted = [issue for issue in strict(quirk(case)) if issue.code == "HL7_NOT_CHECKED"]
    assert [dict(issue.values)["what"] for issue in noted] == [what]
    assert noted[0].severity is Severity.INFO


@pytest.mark.parametrize(
    ("case", "element"),
    [("withdrawn_evn_1", "EVN-1"), ("withdrawn_pid_19", "PID-19"), ("withdrawn_xcn_7", "FT1-20.7")],
)
def test_a_withdrawn_field_is_a_note(case: str, element: str) -> None:
    issues = strict(quirk(case))
    assert {issue.code for issue in issues} == {"HL7_WITHDRAWN"}
    assert element in [dict(issue.values)["element"] for issue in issues]


def test_withdrawn_fields_shift_no_others() -> None:
    # hl7apy 1.3.5 has PID of 2.8.2 without PID-28, and EVN without EVN-1.
    pid = "PID|1||TESTMRN01^^^TESTHOSP^MR||TESTPERSON^ANNA||19700102" + "|" * 21 + "TESTLAND|20250102"
    message = CLEAN.decode().replace("2.5.1", "2.8.2").replace("EVN||", "EVN|P03|")
    rows = [pid if row.startswith("PID") else row for row in message.split("\r")]
    issues = strict("\r".join(rows).encode())
    assert [(issue.code, dict(issue.values)["element"]) for issue in issues] == [
        ("HL7_WITHDRAWN", "EVN-1"),
        ("HL7_WITHDRAWN", "PID-28"),
    ]


def test_a_bad_message_costs_no_other() -> None:
    batch = quirk("batch").replace(b"425.00&USD|425.00&USD", b"425.00-|425.00&USD", 1)
    first, second = batch.count(b"425.00-"), told(batch)
    assert first == 1
    assert second == [("102", "FT1-11.1")]
    assert {issue.code for issue in strict(quirk("one_bad_message"))} == {"HL7_NOT_CHECKED"}


def test_findings_stand_beside_those_of_the_reader() -> None:
    data = quirk("fifteen_digits")
    assert {"HL7_VIOLATION"} <= {issue.code for issue in check(data)}
    assert {issue.code for issue in read(data).issues}.isdisjoint({"HL7_VIOLATION"})
    assert {"HL7_VIOLATION"} <= {issue.code for issue in read(data, strict=True).issues}


PLACES = [
    (b"TESTPERSON^ANNA^B|", SENTINEL.encode() + b"^" * 40 + b"X|"),
    (b"|425.00&USD|", b"|" + SENTINEL.encode() + b"|"),
    (b"|CG|", b"|" + SENTINEL.encode() * 9 + b"|"),
    (b"|19700102|", b"|" + SENTINEL.encode() + b"|"),
    (b"DFT^P03^DFT_P03", SENTINEL.encode() + b"^" + SENTINEL.encode()),
    (b"|2.5.1", b"|" + SENTINEL.encode()),
    (b"\rGT1|", b"\r" + SENTINEL[:3].encode() + b"|" + SENTINEL.encode() + b"\rGT1|"),
    (b"^OH^", b"^" + SENTINEL.encode() + b"^"),
]


@pytest.mark.parametrize(("old", "new"), PLACES)
def test_no_issue_and_no_log_quotes_the_file(
    old: bytes, new: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in CLEAN
    with caplog.at_level(logging.DEBUG):
        issues = strict(CLEAN.replace(old, new))
    said = "".join(f"{issue}{issue.to_dict()}{issue!r}" for issue in issues)
    out = capsys.readouterr()
    assert SENTINEL not in said + caplog.text + out.out + out.err


def test_what_hl7apy_refuses_is_never_silent() -> None:
    """Whatever its strict parser and validator refuse of one message has a finding here, or a note."""
    silent = [path for path in _files() for data in _messages(path) if _refused(data) and not strict(data)]
    assert not silent


def _files() -> list[Path]:
    listed = sorted(QUIRKS.glob("*/input.hl7"))
    return [*listed, *sorted(path for path in (CORPUS / "hl7v2").glob("*/*") if path.is_file())]


def _messages(path: Path) -> list[bytes]:
    """The messages of a file as hl7apy wants them, with what it is known to misjudge taken out."""
    found = []
    for event in scan(BytesIO(path.read_bytes()).read, Limits()):
        if isinstance(event, Message) and event.name == "MSH":
            escape = event.delimiters.escape
            rows = ["|".join(fields) for _, fields in event.rows() if not fields[0].startswith("Z")]
            text = "\r".join(row.replace("MSH|||", "MSH|") for row in rows)
            usual = event.delimiters.encoding_characters == "^~\\&" and event.delimiters.field == "|"
            if usual and '""' not in text and escape not in text.replace("^~\\&", "") and "\n" not in text:
                found.append(text.encode())
    return found


def _refused(data: bytes) -> bool:
    text = data.decode()
    version = text.split("\r")[0].split("|")[11:12]
    if not version or version[0].partition("^")[0] not in versions():
        return False
    try:
        Validator.validate(parse_message(text, VALIDATION_LEVEL.STRICT))
    except Exception as error:
        # Greatest lengths are no rule of most versions; of a choice, it wants every segment; events
        # that share a structure it knows only by MSH-9.3.
        shared = "unknown Element" in str(error) and text.split("|")[8].count("^") < 2
        return not (type(error).__name__ == "MaxLengthReached" or "RQDRQ1" in str(error) or shared)
    return False


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "MOST_TRIED", 300)
    rows = CLEAN.decode().split("\r")
    charges = [rows[4].replace("TESTTX01", f"TESTTX{n:05}") for n in range(2000)]
    data = "\r".join([*rows[:4], *charges, *rows[7:]]).encode()
    *others, last = strict(data)
    assert not others
    assert last.code == "HL7_CHECK_STOPPED"
    assert last.origin is not None
    assert 100 < last.origin.at < 400


def test_each_text_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = CLEAN.decode().split("\r")
    many = "\r".join([*rows[:5], *rows[4:5] * 500, *rows[5:]]).encode()
    assert strict(many) == ()
    tried: list[str] = []
    real = conformance_values.Values._error

    def noting(self: conformance_values.Values, text: str, part: object, **more: object) -> str | None:
        tried.append(text)
        return real(self, text, part, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(conformance_values.Values, "_error", noting)
    strict(CLEAN)
    once = len(tried)
    tried.clear()
    strict(many)
    assert len(tried) == once


def test_too_many_parts_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(CLEAN.replace(b"TESTPERSON^ANNA^B|", b"&" * 90_000 + b"X^ANNA|", 1)) == [("102", "PID-5.1")]


def test_what_hl7apy_fails_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SENTINEL)

    monkeypatch.setattr(conformance, "fields_of", broken)
    (issue,) = strict(CLEAN)
    assert issue.code == "HL7_CHECK_FAILED"
    assert SENTINEL not in str(issue)
    monkeypatch.setattr(conformance, "versions", broken)
    (issue,) = strict(CLEAN)
    assert issue.message == "the strict check failed at all messages"


def test_issues_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Limits(max_issues=3)
    monkeypatch.setattr(conformance, "Limits", lambda: limited)
    issues = strict(quirk("radiology_order") * 4)
    assert [issue.code for issue in issues][3:] == ["TOO_MANY_ISSUES"]


@pytest.mark.parametrize(
    ("names", "findings"),
    [
        ("MSH EVN PID FT1", []),
        ("MSH EVN PID PV1 FT1 NTE PR1 ROL PR1 FT1 ORC OBR DG1 GT1 IN1 IN2 IN3 IN1 ACC", []),
        ("MSH EVN PID", [(2, Fault.MISSING, "FT1")]),
        ("MSH PID FT1", [(1, Fault.MISSING, "EVN")]),
        ("MSH EVN PID PV1 PV1 FT1", [(4, Fault.TOO_OFTEN, "PV1")]),
        ("MSH EVN PID FT1 QRD", [(4, Fault.UNKNOWN, "QRD")]),
        ("MSH PID EVN FT1", [(1, Fault.MISPLACED, "PID")]),
        ("MSH EVN PID IN1 IN1 FT1", [(3, Fault.MISPLACED, "IN1")]),
        ("", [(0, Fault.MISSING, "MSH"), (0, Fault.MISSING, "EVN"), (0, Fault.MISSING, "PID")]),
    ],
)
def test_order_of_a_charge_message(names: str, findings: list[tuple[int, Fault, str]]) -> None:
    found = list(structure("DFT_P03", "2.5.1").check(names.split()))
    assert found[: len(findings)] == [Finding(*one) for one in findings]
    assert len(found) == len(findings) or not names


def test_groups_that_begin_alike_are_not_mistaken() -> None:
    # OBX may belong to the patient or to the order; the first ORC decides, and both readings are kept open.
    names = "MSH PID PD1 PV1 ORC OBR NTE OBX NTE OBX FT1 ORC OBR OBX"
    assert list(structure("ORM_O01", "2.5.1").check(names.split())) == []


def test_structures_are_found_by_their_event() -> None:
    assert structure_of("ADT", "A04", "", "2.5.1") == "ADT_A01"
    assert structure_of("ADT", "A04", "ADT_A01", "2.5.1") == "ADT_A01"
    assert structure_of("ADT", "A04", "", "2.2") == "ADT_A04"
    assert structure_of("ADT", "A40", "NONSENSE", "2.5") == "ADT_A39"
    assert structure_of("ACK", "A01", "", "2.5") == "ACK"
    assert structure_of("ACK", "", "", "2.5") == "ACK"
    assert structure_of("ZZZ", "Z01", "", "2.5") == ""


def test_every_table_of_hl7apy_can_be_used_or_is_passed_over() -> None:
    for version in versions():
        for segment in ("MSH", "EVN", "PID", "PV1", "FT1", "GT1", "IN1", "DG1", "PR1"):
            known = fields_of(segment, version)
            if known is None:
                assert version == "2.1"  # no PR1 and IN1 yet
                continue
            assert known.last >= max(known.known)
            assert not known.withdrawn & set(known.known)
    assert fields_of("QRD", "2.7") is None  # a table without content
    assert fields_of("ZZZ", "2.5") is None
    assert components_of("XCN", "2.7") is not None
