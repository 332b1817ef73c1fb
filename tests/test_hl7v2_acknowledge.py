"""Acknowledgments of HL7 v2: modes, verdicts, errors by version, and what of a message is given back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hcfin
from hcfin.billing.file_status import FileStatus
from hcfin.codes import table
from hcfin.errors import HcfinError
from hcfin.issues import whole_catalogue

IDENTITY = {"control": "500", "date": "20261121", "time": "1030", "zone": "-0600"}


def message(
    *segments: str,
    control: str = "M1",
    version: str = "2.5.1",
    accept: str = "",
    answer: str = "",
    kind: str = "DFT^P03^DFT_P03",
) -> bytes:
    sent = "LAB|NORTH^1.2.3^ISO|HCFIN|FIN|20261120080000-0600"
    header = f"MSH|^~\\&|{sent}||{kind}|{control}|P|{version}|||{accept}|{answer}"
    return "\r".join([header, *segments, ""]).encode()


def answers(data: bytes, **options: object) -> list[list[str]]:
    """The segments of each answer."""
    made = hcfin.acknowledge(data, identity=IDENTITY, **options)  # type: ignore[arg-type]
    found: list[list[str]] = []
    for segment in made.data.decode("utf-8").rstrip("\r").split("\r"):
        if segment.startswith("MSH"):
            found.append([])
        if segment:
            found[-1].append(segment)
    return found


ACCOUNT = "PID|1||TP001||TESTPERSON^ALPHA|||||||||||||TA-1"
CHARGE = "FT1|1|T1||20261119|20261120|CG|80053|||1|42.00"


def test_an_answer_goes_back_where_the_message_came_from() -> None:
    (one,) = answers(message(ACCOUNT, CHARGE))
    assert one == [
        "MSH|^~\\&|HCFIN|FIN|LAB|NORTH^1.2.3^ISO|202611211030-0600||ACK^P03^ACK|500|P|2.5.1",
        "MSA|AA|M1",
    ]


def test_without_an_identity_time_is_that_of_the_message() -> None:
    made = hcfin.acknowledge(message(ACCOUNT, CHARGE))
    assert made.data.split(b"|")[6] == b"20261120080000-0600"
    assert made.data.split(b"|")[9] == b"1"


@pytest.mark.parametrize(
    ("accept", "answer", "good", "bad"),
    [
        ("", "", ["AA"], ["AE"]),
        ("AL", "NE", ["CA"], ["CE"]),
        ("AL", "AL", ["CA", "AA"], ["CA", "AE"]),
        ("NE", "AL", ["AA"], ["AE"]),
        ("NE", "NE", [], []),
        ("ER", "ER", [], ["CA", "AE"]),
        ("SU", "SU", ["CA", "AA"], []),
        ("al", "", ["CA"], ["CE"]),
        ("XX", "NE", ["CA"], ["CE"]),
    ],
)
def test_modes(accept: str, answer: str, good: list[str], bad: list[str]) -> None:
    """MSH-15 and MSH-16 ask for acknowledgments; with both empty there is one."""
    fine = message(ACCOUNT, CHARGE, accept=accept, answer=answer)
    assert [one[1].split("|")[1] for one in answers(fine)] == good
    wrong = message(ACCOUNT, CHARGE.replace("42.00", "4x2"), accept=accept, answer=answer)
    assert [one[1].split("|")[1] for one in answers(wrong)] == bad
    application = answers(fine, interchanges=False)
    assert [one[1].split("|")[1] for one in application] == [code for code in good if code[0] == "A"]


def test_errors_from_2_5_on_have_a_segment_each() -> None:
    (one,) = answers(message(ACCOUNT, CHARGE, CHARGE.replace("FT1|1|T1", "FT1|2|T2").replace("42.00", "4x2")))
    assert one[1] == "MSA|AE|M1"
    assert one[2].startswith("ERR||FT1^2^11|102^value of a wrong form^HL70357|E|MONEY_INVALID^^L|||")
    assert "4x2" not in one[2]


def test_errors_before_2_5_are_repetitions() -> None:
    broken = CHARGE.replace("42.00", "4x2").replace("||1|", "||q|")
    (one,) = answers(message(ACCOUNT, broken, version="2.3", kind="DFT^P03"))
    assert one[0].split("|")[8] == "ACK^P03"
    assert one[2].startswith("ERR|")
    assert "FT1^1^11^102&value of a wrong form&HL70357" in one[2].split("|")[1].split("~")


def test_a_type_that_is_not_read_is_rejected() -> None:
    (one,) = answers(message("OBX|1", kind="QBP^Q11"))
    assert one[1] == "MSA|AR|M1"
    assert one[2].startswith("ERR||MSH^1^9|200^type of message not read^HL70357|E|MESSAGE_NOT_READ^^L")


def test_acknowledgments_are_not_answered_and_one_message_costs_no_other() -> None:
    ack = b"MSH|^~\\&|A|B|C|D|20261120||ACK^P03|9|P|2.5\rMSA|AA|M1\r"
    nameless = message(ACCOUNT, CHARGE, control="")
    made = hcfin.acknowledge(ack + nameless + message(ACCOUNT, CHARGE, control="M3"), identity=IDENTITY)
    assert [status.set_control for status in made.statuses] == ["M3"]
    assert "ACKNOWLEDGMENT_LEFT_OUT" in [issue.code for issue in made.issues]
    assert made.rejected


def test_delimiters_are_those_of_the_message() -> None:
    data = message(ACCOUNT, CHARGE).replace(b"^", b"@")
    (one,) = answers(data)
    assert one[0].startswith("MSH|@~\\&|HCFIN|FIN|LAB|NORTH@1.2.3@ISO|")
    unescaped = message(ACCOUNT, CHARGE).replace(b"^~\\&", b"^~&")
    assert answers(unescaped)[0][0].startswith("MSH|^~\\&|")


@pytest.mark.parametrize(
    "identity",
    [{"control": "x"}, {"town": "x"}, {"date": "21.11.2026"}, {"date": "20261121", "time": "noon"}],
)
def test_an_identity_that_no_header_can_have(identity: dict[str, str]) -> None:
    with pytest.raises(HcfinError):
        hcfin.acknowledge(message(ACCOUNT, CHARGE), identity=identity)


@pytest.mark.parametrize("version", ["2.1", "2.3.1", "2.5.1", "2.8", "9.x", ""])
def test_what_is_written_is_read_again(version: str) -> None:
    wrong = message(ACCOUNT, CHARGE.replace("42.00", "4x2"), version=version)
    made = hcfin.acknowledge(wrong, identity=IDENTITY)
    read = hcfin.read(made.data)
    assert len(read.facts) == len(made.statuses) == 1
    (got,), (told,) = read.facts, made.statuses
    assert isinstance(got, FileStatus)
    assert (got.code, got.outcome, got.set_kind, got.set_control) == (
        *(told.code, told.outcome, told.set_kind, told.set_control),
    )
    errors = [
        one for one in told.errors if version.startswith(("2.5", "2.8", "9", "")) or one.severity == "E"
    ]
    assert {(one.segment, one.element) for one in got.errors} <= {
        (one.segment, one.element) for one in errors
    }
    assert ("FT1", 11) in {(one.segment, one.element) for one in got.errors}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n|"), max_size=20))
def test_no_name_of_a_sender_makes_a_segment(name: str) -> None:
    data = message(ACCOUNT, CHARGE).decode().replace("|LAB|", f"|{name}|").encode()
    made = hcfin.acknowledge(data, identity=IDENTITY)
    for one in made.data.decode("utf-8").split("\r"):
        assert one[:3] in ("MSH", "MSA", "ERR", "")


def test_nothing_of_a_patient_is_given_back() -> None:
    data = message(ACCOUNT.replace("TESTPERSON", "SENTINELNAME"), CHARGE.replace("42.00", "SENTINELAMOUNT"))
    assert b"SENTINEL" not in hcfin.acknowledge(data, identity=IDENTITY).data


def test_rows_name_issues_and_conditions_that_are_there() -> None:
    catalogue = whole_catalogue()
    for code, row in table("hl7_error").items():
        assert code in catalogue
        assert row["code"] in table("hl7_condition")
