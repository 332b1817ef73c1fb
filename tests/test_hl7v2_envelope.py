"""Batches, headers and what is told of messages, whoever reads them."""

from __future__ import annotations

import io
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import hcfin
from hcfin.billing.reading import Reading, Unit
from hcfin.files import iter_facts
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.standards.hl7v2 import STANDARD, readers
from hcfin.standards.hl7v2.profile import Profile, Routing
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.translation import standard_of
from hcfin.wire.hl7v2 import Message
from test_wire_hl7v2 import FILES


def header(n: int = 1, kind: str = "SIU^S12", more: str = "|P|2.5.1") -> str:
    return f"MSH|^~\\&|TESTAPP|TESTFAC|HCFIN|RECEIVER|20250115090000||{kind}|M{n}{more}\r"


def read(text: str, profile: Profile | None = None, **limits: int) -> Reading:
    return hcfin.read(text.encode(), standard="hl7v2", profile=profile, limits=Limits(**limits))


def codes(text: str, **limits: int) -> list[str]:
    return [issue.code for issue in read(text, **limits).issues if issue.code != "MESSAGE_NOT_READ"]


# Which standard it is


@pytest.mark.parametrize(
    "head",
    [
        "MSH|^~\\&|A",
        "\ufeffMSH|^~\\&|A",
        "\x0bMSH|^~\\&",
        "\r\n  MSH#!@%*#",
        "FHS|^~\\&|",
        "BHS|^~\\&|",
        "MSH||",
    ],
)
def test_the_first_bytes_are_known(head: str) -> None:
    assert standard_of(head.encode()) == "hl7v2"
    assert STANDARD.sniff(head.encode()) == 100


def test_how_sure_the_first_bytes_are() -> None:
    assert STANDARD.sniff(b"POST / HTTP/1.1\r\n\r\nMSH|^~\\&|A") == 60
    assert STANDARD.sniff(b"MSH|TESTAPP|A") == 40
    for other in (b"", b"ISA*00*", b'{"MSH|": 1}', b"MSHA", b"PID|1", b"The MSH|^~\\&|"):
        assert STANDARD.sniff(other) == 0, other


# Units and headers


def test_units_and_envelopes() -> None:
    text = (
        "FHS|^~\\&|FAPP|FFAC|||20250114||FILE^x||F1\rBHS|^~\\&|BAPP|BFAC|||20250115||||B1\r"
        + header(1, more="|T|2.5.1|||||USA|8859/1")
        + "BTS|1\rBHS|^~\\&|BAPP2\r"
        + header(2)
        + "BTS|1\rFTS|2\r"
        + header(3)
    )
    found = read(text)
    assert [(unit.kind, unit.control, unit.at) for unit in found.units] == [
        ("SIU^S12", "M1", 3),
        ("SIU^S12", "M2", 6),
        ("SIU^S12", "M3", 9),
    ]
    first, second, third = (unit.envelope for unit in found.units)
    assert first == {
        "file_sender": "FAPP",
        "file_facility": "FFAC",
        "file_time": "20250114",
        "file_name": "FILE",
        "file_control": "F1",
        "batch_sender": "BAPP",
        "batch_facility": "BFAC",
        "batch_time": "20250115",
        "batch_control": "B1",
        "sender": "TESTAPP",
        "sender_facility": "TESTFAC",
        "receiver": "HCFIN",
        "receiver_facility": "RECEIVER",
        "time": "20250115090000",
        "control": "M1",
        "processing": "T",
        "version": "2.5.1",
        "country": "USA",
        "character_set": "8859/1",
        "encoding": "iso8859-1",
    }
    assert (second["batch_sender"], second.get("batch_control"), second["file_control"]) == (
        "BAPP2",
        None,
        "F1",
    )
    assert not [name for name in third if name.startswith(("file", "batch"))]
    assert {issue.code for issue in found.issues} == {"MESSAGE_NOT_READ"}


@pytest.mark.parametrize(
    ("stated", "rest", "kind"),
    [
        ("DFT^P99", "", "DFT^P99"),
        ("DFT^P99^DFT_P99", "", "DFT^P99"),
        ("dft^p99", "", "DFT^P99"),
        ("ZFT^Z01", "", "ZFT^Z01"),
        ("ZFT", "", "ZFT"),
        ("ZFT", "EVN|Z02\r", "ZFT^Z02"),
        ("ZFT^^ZFT_Z03", "EVN|Z02\r", "ZFT^Z03"),
        ("^^ZFT_Z03", "", "ZFT^Z03"),
        ("ACK", "", "ACK"),
        ("ZFT^TOO LONG", "", "ZFT"),
        ("", "EVN|P03\r", "?"),
        ("TESTPERSON", "", "?"),
    ],
)
def test_the_type_of_a_message(stated: str, rest: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", {})
    found = read(header(kind=stated) + rest)
    assert found.units[0].kind == kind
    expected = "MESSAGE_TYPE_MISSING" if kind == "?" else "MESSAGE_NOT_READ"
    assert [issue.code for issue in found.issues] == [expected]
    assert found.issues[0].severity == ("error" if kind == "?" else "info")


@pytest.mark.parametrize("version", ["2.1", "2.3.1", "2.5.1^USA", "2.9", "2.9.1"])
def test_versions(version: str) -> None:
    assert codes(header(more=f"|P|{version}")) == []


@pytest.mark.parametrize("version", ["", "3", "1.0", "2", "v2.5"])
def test_unknown_versions_cost_nothing(version: str) -> None:
    assert codes(header(more=f"|P|{version}")) == ["VERSION_UNKNOWN"]


# Counts and trailers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BHS|^~\\&|A\r{1}{2}BTS|2\r", []),
        ("BHS|^~\\&|A\r{1}{2}BTS\r", []),
        ("BHS|^~\\&|A\r{1}{2}BTS|02\r", []),
        ("BHS|^~\\&|A\r{1}{2}BTS|3\r", ["COUNT_WRONG"]),
        ("BHS|^~\\&|A\r{1}{2}BTS|two\r", ["COUNT_WRONG"]),
        ("BHS|^~\\&|A\r{1}{2}", ["TRAILER_MISSING"]),
        ("BHS|^~\\&|A\r{1}BHS|^~\\&|A\r{2}BTS|1\r", ["TRAILER_MISSING"]),
        ("FHS|^~\\&|A\r{1}{2}FTS|0\r", []),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{1}BTS|1\rFTS|1\r", []),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{1}BTS|1\rFTS|2\r", ["COUNT_WRONG"]),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{1}FTS|1\r", ["TRAILER_MISSING"]),
        ("FHS|^~\\&|A\rBHS|^~\\&|A\r{1}", ["TRAILER_MISSING", "TRAILER_MISSING"]),
        ("FHS|^~\\&|A\r{1}FHS|^~\\&|A\rFTS|0\r", ["TRAILER_MISSING"]),
        ("{1}BTS|1\r", ["TRAILER_ALONE"]),
        ("{1}FTS|0\r", ["TRAILER_ALONE"]),
        ("BHS|^~\\&|A\rNTE|1\rPID|2\r{1}BTS|1\r", ["SEGMENT_OUTSIDE_MESSAGE"] * 2),
    ],
)
def test_counts_are_reconciled_and_never_trusted(text: str, expected: list[str]) -> None:
    whole = text.replace("{1}", header(1)).replace("{2}", header(2))
    assert sorted(codes(whole)) == sorted(expected)
    assert len(read(whole).units) == whole.count("MSH|")


def test_a_control_id_twice_in_a_batch() -> None:
    assert codes(header(1) + header(1)) == ["CONTROL_ID_REPEATED"]
    batch = "BHS|^~\\&|A\r" + header(1) + "BTS|1\r"
    assert codes(batch + batch) == []
    assert codes(header(1).replace("|M1|", "||")) == ["CONTROL_ID_MISSING"]


# Readers


def reader(message: Message, session: Session) -> None:
    """Reads nothing but amounts, to see what readers are given."""
    for at, fields in message.rows():
        if fields[0] == "ZZ1":
            session.money(at, fields, 11)
            session.carry(at, numbers(11))
            session.carry(at, numbers(6))
    session.summary["route"] = session.route
    session.summary["told"] = (session.kind, session.code, session.control, session.version, session.facility)


ZZ1 = "ZZ1|1|||||CG|||||x\r"


def test_a_reader_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", {"ZFT": reader})
    found = read(header(1, "ZFT^Z01") + ZZ1 + header(2, "SIU^S12"))
    assert found.units[0].summary == {"route": "charge", "told": ("ZFT^Z01", "ZFT", "M1", "2.5.1", "TESTFAC")}
    assert found.units[1].summary == {}
    assert [issue.code for issue in found.issues] == ["MONEY_INVALID", "MESSAGE_NOT_READ"]
    assert found.coverage.carried["ZFT.ZZ1-11"] == found.coverage.carried["ZFT.ZZ1-6"] == 1
    assert dict(found.coverage.counted) == {"ZFT.ZZ1-1": 1}
    assert found.coverage.carried["envelope.MSH-9"] == 2


def test_a_reader_of_one_event_goes_before_that_of_the_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", {"ZFT": reader, "ZFT^Z02": lambda message, session: None})
    found = read(header(1, "ZFT^Z01") + header(2, "ZFT^Z02"))
    assert [bool(unit.summary) for unit in found.units] == [True, False]


@pytest.mark.parametrize(
    ("routing", "route"),
    [
        ((), "charge"),
        (({"sender": "OTHER", "route": "usage"},), "charge"),
        (({"sender": "OTHER", "route": "usage"}, {"facility": "TESTFAC", "route": "payment"}), "payment"),
        (({"message": "ZFT", "route": "usage"}, {"route": "payment"}), "usage"),
        (({"message": "ZFT^Z01", "sender": "TESTAPP", "route": "ignore"},), "ignore"),
    ],
)
def test_routes(routing: tuple[dict[str, str], ...], route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", {"ZFT": reader})
    profile = Profile(routing=tuple(Routing(**one) for one in routing))
    assert read(header(1, "ZFT^Z01"), profile).units[0].summary["route"] == route


def test_a_message_that_gives_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", {"ZFT": reader})
    assert codes(header(1, "ZFT^Z01") + "PID|1\r") == ["MESSAGE_EMPTY"]
    assert codes(header(1, "ZFT^Z01") + ZZ1) == ["MONEY_INVALID"]


# Places


def test_places_point_into_the_file() -> None:
    text = (
        "BHS|^~\\&|A\r" + header(1) + "PID|1||TEST-MRN\r" + header(2) + "FT1|1|||||CG^x||||2|425.00&USD^TP\r"
    )
    found = read(text)
    place = found.origin(5, "FT1-11.1")
    assert str(place) == f"segment 5 FT1-11.1 (M2, byte {text.index('FT1')})"
    assert (place.segment, place.unit, place.standard) == ("FT1", "M2", "hl7v2")
    assert found.trail.excerpt(5) == "FT1|1|||||CG^•||||2|425.00&USD^•"
    assert found.trail.excerpt(3) == "PID|•||•"
    assert found.trail.excerpt(2) == "MSH|^~\\&|•|•|•|•|•||SIU^•|•|P|•"
    assert found.trail.excerpt(1) == "BHS|^~\\&|•"
    assert found.origin(1).unit == ""
    assert found.origin(99).offset is None
    assert found.trail.excerpt(99) == ""


def test_a_stream_knows_the_message_that_is_open() -> None:
    stream = STANDARD.read(io.BytesIO((header(1) + header(2)).encode()), None, Limits(), False)
    places = [stream.trail.origin(event.at).offset for event in stream.events if isinstance(event, Unit)]
    assert places == [0, len(header(1))]
    assert stream.trail.origin(1).offset is None


def test_a_segment_that_lines_were_joined_to_shows_nothing_behind_them() -> None:
    found = read(header(1) + "FT1|1|\nTEST|||CG|ANNA|X|Y|1|2|3\r")
    excerpt = found.trail.excerpt(2)
    assert excerpt == "FT1|1|•|||•|•|•|•|•|•|•"


def test_a_control_id_that_may_be_something_else_is_not_shown() -> None:
    found = read(header(1).replace("|M1|", "|TESTPERSON^ANNA|").replace("|2.5.1", "|x"))
    assert found.issues[0].origin is not None
    assert found.issues[0].origin.unit == "?"
    assert "TESTPERSON" not in str(found.issues)


def test_what_is_not_covered_is_not_counted() -> None:
    stream = STANDARD.read(io.BytesIO(header(1).encode()), None, Limits(), False)
    assert list(stream.events)
    assert not stream.coverage().counted
    assert not stream.coverage().carried


# Laws


@settings(max_examples=150)
@given(data=FILES)
def test_any_bytes_end_in_units_or_issues(data: bytes) -> None:
    found = hcfin.read(data, standard="hl7v2", limits=Limits(max_issues=20))
    assert found.units or found.issues
    assert len(found.issues) <= 21
    streamed = list(iter_facts(data, standard="hl7v2", limits=Limits(max_issues=20)))
    assert [event.code for event in streamed if isinstance(event, Issue)] == [i.code for i in found.issues]


@given(fields=st.lists(st.text('AB^~&\\"|', max_size=5), max_size=8))
def test_every_populated_field_is_counted(fields: list[str]) -> None:
    row = "|".join(["ZZZ", *(field.replace("|", "") for field in fields)])
    found = read(header(1) + row + "\r")
    wanted = {f"SIU.ZZZ-{n}": 1 for n, field in enumerate(row.split("|")) if n and field}
    assert {place: n for place, n in found.coverage.counted.items() if "ZZZ" in place} == wanted


@pytest.mark.corpus
def test_every_message_of_others_ends_in_units_and_issues(corpus: Path) -> None:
    paths = sorted(path for path in (corpus / "hl7v2").rglob("*") if path.is_file())
    assert len(paths) > 150
    for path in paths:
        data = path.read_bytes()
        found = hcfin.read(data)
        assert found.standard == "hl7v2", path.name
        headers = sum(
            line.lstrip(b"\x0b\xef\xbb\xbf ")[:3] == b"MSH"
            for line in data.replace(b"\n", b"\r").split(b"\r")
        )
        assert len(found.units) == headers, path.name
        fields = sum(found.coverage.carried.values()) + sum(found.coverage.counted.values())
        assert fields > 5, path.name
        for issue in found.issues:
            assert issue.origin is not None
            assert issue.origin.offset is not None
