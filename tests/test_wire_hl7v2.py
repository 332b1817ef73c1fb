"""HL7 v2 syntax: any bytes end in messages or faults, and what is read can be written back."""

from __future__ import annotations

import io

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from hcfin.limits import Limits
from hcfin.wire import hl7v2
from hcfin.wire.hl7v2 import BatchSegment, Event, Fault, Message, message_text, parse, scan
from hcfin.wire.hl7v2_text import DELETE, Delimiters, delimiters_of, escape, parts, unescape

MSH = "MSH|^~\\&|TESTAPP|TESTFAC|RECEIVER|FAC|20250115090000||DFT^P03|MSG1|P|2.5.1"
DFT = (
    f"{MSH}\rEVN|P03|20250115\rPID|1||TEST1^^^FAC^MR||TESTPERSON^ANNA\rFT1|1|||20250115||CG|99213||1|150.00\r"
)


def events(data: bytes, block: int = 1 << 18, fallback: str = "cp1252", **limits: int) -> list[Event]:
    """All events, read in blocks of a size."""
    stream = io.BytesIO(data)
    return list(scan(lambda size: stream.read(min(size, block)), Limits(**limits), fallback))


def messages(data: bytes, **limits: int) -> list[Message]:
    return [event for event in events(data, **limits) if isinstance(event, Message)]


def codes(data: bytes, **limits: int) -> list[str]:
    return [event.code for event in events(data, **limits) if isinstance(event, Fault)]


def shape(found: list[Event]) -> list[object]:
    return [
        event
        if isinstance(event, Fault)
        else (event.at, event.offset, event.raw, event.segments, event.encoding)
        for event in found
    ]


# What a file may be made of: usual pieces, odd ones, and any bytes.
PIECES = st.sampled_from(
    [
        *(
            MSH.encode(),
            b"FHS|^~\\&|A",
            b"BHS|^~\\&|A",
            b"BTS|1",
            b"FTS|1",
            b"MSH",
            b"MSH|",
            b"MSH|^",
            b"BTS",
        ),
        *(
            b"PID|1||A^B~C&D\\F\\",
            b"ZZZ|1",
            b"FT1",
            b"ft1|1",
            b"\x0b",
            b"\x1c",
            b"\x1c\r",
            b"\r",
            b"\n",
            b"\r\n",
        ),
        *(b" ", b"\xef\xbb\xbf", b"\x00", b"T\xcbST", b"T\xc3\x8bST", b"\x1b$B", b"MSH#!@%*#A", b"MSH|^~&|B"),
        *(b"MSH|^~\\&|A||||||||||||||||8859/1", b"MSH|^~\\&|A||||||||||||||||?", b"NTE|1||text", b"and more"),
    ]
)
FILES = st.lists(st.one_of(PIECES, st.binary(max_size=4)), max_size=30).map(b"".join)


@settings(max_examples=400)
@given(data=FILES)
@example(data=b"MSH|^~\\&|\rMSH")
@example(data=b"MSH|^~\\&|\r\nBTS")
@example(data=b"BTS\x0bNTE|1||text")
@example(data=b"BTS\x0band more")
@example(data=b"MSH|^~\\&|A\rPID\nand more|1\nagain")
def test_any_bytes_end_in_messages_and_faults(data: bytes) -> None:
    found = events(data)
    assert found, "silence"
    at, end = 1, 0
    for event in found:
        if isinstance(event, Message):
            assert event.at == at
            at += len(event.segments)
            assert event.offset >= end
            end = event.offset + len(event.raw)
            assert data[event.offset : end] == event.raw
            assert len(event.offsets) == len(event.segments)
            for offset, fields in zip(event.offsets, event.segments, strict=True):
                assert data[offset : offset + len(fields[0])].decode("latin-1").upper() == fields[0]
                assert all(isinstance(field, str) for field in fields)
    whole = [event for event in found if isinstance(event, Message)]
    if whole:
        # Nothing between them goes unsaid.
        told = sum(
            event.values["bytes"] for event in found if isinstance(event, Fault) and "bytes" in event.values
        )
        silent = b"\r\n \t\x0b\x0c\x1c\x1d\x1e\x1f\0\x1a\xef\xbb\xbf"
        between = data[: whole[0].offset].translate(None, silent)
        assert told == len(between)
        assert b"".join(event.raw for event in whole) == data[whole[0].offset :]


@settings(max_examples=200)
@given(data=FILES, block=st.integers(1, 200))
def test_the_size_of_blocks_does_not_matter(data: bytes, block: int) -> None:
    assert shape(events(data, block)) == shape(events(data))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hl7v2, "_BLOCK", block)
        found = shape(events(data))
    assert found == shape(events(data))


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) - 30, (1 << 17) - 3])
@pytest.mark.parametrize("lead", ["", "  ", "\x0b", "\ufeff"])
def test_headers_that_straddle_blocks(size: int, lead: str) -> None:
    for more in range(80):
        first = f"{MSH}\rNTE|1||".encode()
        data = first + b"x" * (size - len(first) - more) + b"\r" + lead.encode() + DFT.encode()
        assert [len(one.segments) for one in messages(data)] == [2, 4], more


FIELDS = st.text(st.characters(exclude_characters="|\r\n\ufeff", exclude_categories=("Cs", "Cc")), max_size=8)
NAMES = st.sampled_from(["PID", "PV1", "FT1", "NTE", "ZF1", "OBX"])


@given(rows=st.lists(st.tuples(NAMES, st.lists(FIELDS, max_size=6)), max_size=8), end=st.sampled_from("\r\n"))
def test_segments_are_written_back_as_they_were(rows, end: str) -> None:
    segments = [["MSH", "|", "^~\\&", "TESTAPP"], *([name, *fields] for name, fields in rows)]
    text = message_text(segments, Delimiters()).replace("\r", end)
    data = text.encode()
    (message,) = messages(data)
    assert message.raw == data
    assert message.segments == segments
    assert message_text(message.segments, message.delimiters) == text.replace(end, "\r")


def test_a_plain_message() -> None:
    (message,) = messages(DFT.encode())
    assert [fields[0] for fields in message.segments] == ["MSH", "EVN", "PID", "FT1"]
    assert message.segments[0][:4] == ["MSH", "|", "^~\\&", "TESTAPP"]
    assert (message.field(9), message.field(10), message.field(99)) == ("DFT^P03", "MSG1", "")
    assert message.field(6, 3) == "CG"
    assert message.segments[3][10] == "150.00"
    assert (message.at, message.offset, message.encoding, message.decoded_by) == (1, 0, "ascii", "ascii")
    assert [DFT[offset : offset + 3] for offset in message.offsets] == ["MSH", "EVN", "PID", "FT1"]
    assert list(message.rows())[2][0] == 3
    assert not message.escaped
    assert not message.deletes


def test_what_needs_a_second_look() -> None:
    (escaped,) = messages(f"{DFT}NTE|1||a\\T\\b\r".encode())
    (deleting,) = messages(f'{DFT}PV1|1|""\r'.encode())
    assert (escaped.escaped, escaped.deletes) == (True, False)
    assert (deleting.escaped, deleting.deletes) == (False, True)


@pytest.mark.parametrize(
    "end", ["\r", "\n", "\r\n", "\n\r", "\r\r\n", "\r\n\r\n", "\r  ", "\n\x0b", "\x1c\r"]
)
def test_line_ends(end: str) -> None:
    (message,) = messages(DFT.replace("\r", end).encode())
    assert message.segments == messages(DFT.encode())[0].segments
    assert not message.faults


def test_mixed_line_ends_and_lower_case_names() -> None:
    data = f"\n\n {MSH}\r\npid|1\n  FT1|1\r\rzf1|2\r\n".encode()
    (message,) = messages(data)
    assert [fields[0] for fields in message.segments] == ["MSH", "PID", "FT1", "ZF1"]
    assert [data[offset : offset + 3] for offset in message.offsets] == [b"MSH", b"pid", b"FT1", b"zf1"]


@pytest.mark.parametrize(
    ("lead", "tail"),
    [
        ("", ""),
        ("\ufeff", ""),
        ("\x0b", "\x1c\r"),
        ("\x0b", "\x1c"),
        ("\r\n \t", "\r\n\x1a"),
        ("\x00", "\x00"),
    ],
)
def test_frames_and_marks(lead: str, tail: str) -> None:
    data = "".join(f"{lead}{DFT}{tail}" for _ in range(3)).encode()
    found = messages(data)
    assert [one.segments for one in found] == [messages(DFT.encode())[0].segments] * 3
    assert codes(data) == []


def test_the_end_of_a_frame_without_an_end_of_segment() -> None:
    data = b"\x0b" + DFT.rstrip("\r").encode() + b"\x1c\r\x0b" + DFT.rstrip("\r").encode() + b"\x1c"
    assert [one.segments[-1][-1] for one in messages(data)] == ["150.00", "150.00"]


@pytest.mark.parametrize(
    ("stated", "read", "usual"),
    [
        ("^~\\&", "^~\\&", True),
        ("^~\\&#", "^~\\&#", True),
        ("^~&", "^~&", True),
        ("^~\\", "^~\\", True),
        ("^~", "^~", True),
        ("^~\\\\&", "^~\\&", False),
        ("^", "^", False),
        ("", "^~\\&", False),
        ("^^^^", "^~\\&", False),
        ("^~\\|", "^~\\&", False),
        ("A~\\&", "^~\\&", False),
        ("^~\\&#%", "^~\\&#", False),
        ("~^&\\", "~^&\\", True),
        ("\\&^~", "\\&^~", True),
    ],
)
def test_encoding_characters(stated: str, read: str, usual: bool) -> None:
    delimiters, as_usual = delimiters_of("|", stated)
    assert (delimiters.encoding_characters, as_usual) == (read, usual)


def test_absent_escape_character() -> None:
    delimiters, _ = delimiters_of("|", "^~&")
    assert (delimiters.escape, delimiters.subcomponent) == ("", "&")
    assert unescape("a\\F\\b", delimiters) == "a\\F\\b"
    with pytest.raises(ValueError, match="escape"):
        escape("a", delimiters)


@given(field=st.sampled_from("|#^"), stated=st.text(max_size=7))
def test_delimiters_are_different_and_no_text(field: str, stated: str) -> None:
    delimiters, _ = delimiters_of(field, stated)
    known = [one for one in delimiters if one]
    assert len(set(known)) == len(known)
    assert all(len(one) == 1 and one.isascii() and not one.isalnum() and not one.isspace() for one in known)


def test_each_header_has_its_own_delimiters() -> None:
    other = MSH.translate(str.maketrans("|^~\\&", "#!@%*"))
    first, second, third = messages(f"{MSH}\rPID|1\r{other}\rPID#1#A!B\rMSH|^~\\&#|C\r".encode())
    assert second.delimiters == Delimiters("#", "!", "@", "%", "*")
    assert second.segments[1] == ["PID", "1", "A!B"]
    assert (first.delimiters.truncation, third.delimiters.truncation) == ("", "#")


def test_trailers_take_the_delimiters_of_their_header() -> None:
    data = b"FHS#!@%*#A\rBHS#!@%*#A\rMSH|^~\\&|A\rBTS#1\rFTS#1#!\rBTS\r"
    found = messages(data)
    assert [type(one) for one in found] == [BatchSegment, BatchSegment, Message, *[BatchSegment] * 3]
    assert found[3].delimiters.field == "#"
    assert found[4].segments == [["FTS", "1", "!"]]
    assert found[5].segments == [["BTS"]]
    assert [one.at for one in found] == [1, 2, 3, 4, 5, 6]
    (alone,) = messages(b"BTS\rNTE|1\r")
    assert alone.segments == [["BTS"], ["NTE", "1"]]


# Character sets


@pytest.mark.parametrize(
    ("stated", "codec", "text"),
    [
        ("8859/1", "iso8859-1", "TËST"),
        ("8859/5", "iso8859-5", "ТЕСТ"),
        ("UNICODE UTF-8", "utf-8", "TËST"),
        ("unicode utf-8", "utf-8", "TËST"),
        ("GB 18030-2000", "gb18030", "测试丨"),
        ("BIG-5", "big5", "測試"),
        ("~ISO IR87", "iso2022_jp", "試験表"),
        ("ASCII~ISO IR87", "iso2022_jp", "試験表"),
        ("ISO IR14", "shift_jis", "ﾃｽﾄ表"),
        ("KS X 1001", "euc_kr", "시험"),
    ],
)
def test_character_sets_of_msh_18(stated: str, codec: str, text: str) -> None:
    data = f"{MSH}||||||{stated}\rPID|1||A||{text}^ANNA|X\r".encode(codec)
    (message,) = messages(data)
    assert message.segments[1] == ["PID", "1", "", "A", "", f"{text}^ANNA", "X"]
    assert message.decoded_by == "MSH-18"
    assert not message.faults


@pytest.mark.parametrize(
    ("stated", "data", "encoding", "why", "fault"),
    [
        ("", "TËST".encode(), "utf-8", "utf-8", []),
        ("", "TËST".encode("latin-1"), "cp1252", "fallback", ["CHARACTER_SET_GUESSED"]),
        ("", b"T\x81ST", "iso8859-1", "fallback", ["CHARACTER_SET_GUESSED"]),
        ("ASCII", "TËST".encode(), "utf-8", "utf-8", ["CHARACTER_SET_WRONG"]),
        ("UTF-8", "TËST".encode("latin-1"), "cp1252", "fallback", ["CHARACTER_SET_WRONG"]),
        ("?", "TËST".encode(), "utf-8", "utf-8", ["CHARACTER_SET_UNKNOWN"]),
        ("?", b"TEST", "ascii", "ascii", ["CHARACTER_SET_UNKNOWN"]),
        ("8859/1", b"TEST", "iso8859-1", "MSH-18", []),
    ],
)
def test_the_ladder_of_character_sets(
    stated: str, data: bytes, encoding: str, why: str, fault: list[str]
) -> None:
    (message,) = messages(f"{MSH}||||||{stated}\rPID|1||".encode() + data + b"\r")
    assert (message.encoding, message.decoded_by) == (encoding, why)
    assert [one.code for one in message.faults] == fault
    assert message.segments[1][3] == data.decode(encoding)


def test_the_fallback_is_the_callers() -> None:
    (message,) = [
        event
        for event in events(f"{MSH}\rPID|1||ТЕСТ\r".encode("cp1251"), fallback="cp1251")
        if isinstance(event, Message)
    ]
    assert message.segments[1][3] == "ТЕСТ"


# One bad message costs no other


def test_broken_lines_are_joined() -> None:
    data = f"{MSH}\rNTE|1||first\nsecond line|more\nTHIRD\rFT1|1\r".encode()
    (message,) = messages(data)
    assert [fields[0] for fields in message.segments] == ["MSH", "NTE", "FT1"]
    assert message.segments[1] == ["NTE", "1", "", "first\nsecond line", "more\nTHIRD"]
    assert [fault.code for fault in message.faults] == ["SEGMENT_BROKEN"]
    assert data[message.offsets[2] :].startswith(b"FT1")


def test_a_broken_line_behind_a_name_alone_is_no_part_of_the_name() -> None:
    (message,) = messages(f"{MSH}\rPID\nand more\nagain|1\rNTE|1\r".encode())
    assert message.segments[1:] == [["PID", "and more\nagain", "1"], ["NTE", "1"]]


def test_a_text_that_only_looks_like_a_header_is_text() -> None:
    data = f"{MSH}\rNTE|1||MSH|^~\\&|quoted\rNTE|2||as in\rMSH-9 says\rBTS: see below\r".encode()
    (message,) = messages(data)
    assert len(message.segments) == 3


def test_messages_that_nobody_separated() -> None:
    data = f"{MSH}||AL{DFT}".encode()
    first, second = messages(data)
    assert first.segments[0][-1] == "AL"
    assert len(second.segments) == 4
    assert codes(data) == ["MESSAGE_WITHIN_LINE"]


def test_text_around_messages_is_told() -> None:
    data = b"POST / HTTP/1.1\r\n\r\n" + DFT.encode()
    assert [len(one.segments) for one in messages(data)] == [4]
    assert codes(data) == ["TEXT_OUTSIDE_MESSAGE"]


@pytest.mark.parametrize(
    "data", [b"", b"ISA*00*", b"MSH", b"MSH|A|B", b"PID|1\rFT1|1\r", b"\xff\xfeM\0S\0H\0"]
)
def test_no_message_at_all(data: bytes) -> None:
    assert codes(data) == ["HL7_NOT_FOUND"]
    assert not messages(data)


def test_limits() -> None:
    long = f"{MSH}\rOBX|1|ED|||".encode() + b"x" * 400_000 + b"\r"
    data = long + DFT.encode()
    assert [len(one.segments) for one in messages(data)] == [2, 4]
    assert [len(one.segments) for one in messages(data, max_message_bytes=100_000)] == [4]
    assert codes(data, max_message_bytes=100_000) == ["MESSAGE_TOO_LONG"]
    assert codes(DFT.encode() * 3, max_segments=6) == ["TOO_MANY_SEGMENTS"]
    assert len(messages(DFT.encode() * 3, max_segments=6)) == 1
    assert codes(DFT.encode() * 3, max_bytes=len(DFT) + 20) == ["INPUT_TOO_LARGE"]
    wide = f"{MSH}\rPID{'|x' * 50}\r".encode()
    assert codes(wide, max_elements=20) == ["TOO_MANY_ELEMENTS"]
    assert len(messages(wide, max_elements=20)[0].segments[1]) == 20


def test_a_huge_stray_text_is_counted_not_held() -> None:
    data = b"x" * 1_000_000 + b"\r" + DFT.encode()
    (fault,) = [event for event in events(data) if isinstance(event, Fault)]
    assert (fault.code, fault.values) == ("TEXT_OUTSIDE_MESSAGE", {"bytes": 1_000_000})


# Text


def test_parts() -> None:
    assert parts("a~b", "~") == ["a", "b"]
    assert parts("a~b", "") == ["a~b"]


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (r"\F\\S\\T\\R\\E\ ".strip(), "|^&~\\"),
        (r"a\.br\b\.sp2\c\.in+3\d\.sk3\e\.ce\f\.fi\\.nf\\.ti-2\ ".strip(), "a\nb\n\ncd   e\nf"),
        (r"\H\bold\N\ ".strip(), "bold"),
        (r"\X0D0A\\X41\ ".strip(), "\r\nA"),
        (r"\Xzz\ \X4\ ".strip(), r"\Xzz\ \X4\ ".strip()),
        (r"\XE9\ ".strip(), r"\XE9\ ".strip()),
        (r"\Zabc\ 4\5 \\ \f\ \C2842\ \Q\ ".strip(), r"\Zabc\ 4\5 \\ \f\ \C2842\ \Q\ ".strip()),
        (r"\Zabc\F\ ".strip(), r"\Zabc\F\ ".strip()),
        (r"4\5\F\6", "4\\5|6"),
        (r"\P\ ".strip(), r"\P\ ".strip()),
    ],
)
def test_escapes(wire: str, text: str) -> None:
    assert unescape(wire, Delimiters()) == text


def test_escapes_of_other_character_sets_and_delimiters() -> None:
    assert unescape(r"\XE9\ ".strip(), Delimiters(), "iso8859-1") == "é"
    other = Delimiters("#", "!", "@", "%", "*", "$")
    assert unescape("%F%%P%\\F\\", other) == "#$\\F\\"
    assert escape("#$|", other) == "%F%%P%|"


TEXT = st.text(
    st.one_of(st.sampled_from('|^~\\&#"XFSTREPHN.brZ0D\r\n\x1c'), st.characters(exclude_categories=("Cs",)))
)
SETS = st.sampled_from([Delimiters(), Delimiters(truncation="#"), Delimiters("#", "!", "@", "%", "*", "$")])


@settings(max_examples=400)
@given(text=TEXT, delimiters=SETS)
def test_what_is_escaped_reads_as_it_was_and_makes_nothing(text: str, delimiters: Delimiters) -> None:
    wire = escape(text, delimiters)
    assert unescape(wire, delimiters) == text
    assert wire != DELETE
    for delimiter in (delimiters.field, delimiters.component, delimiters.repetition, delimiters.subcomponent):
        assert delimiter not in wire
    assert not set(wire) & set(map(chr, (*range(32), 127)))
    segment = message_text([["MSH", delimiters.field, delimiters.encoding_characters, wire]], delimiters)
    (message,) = messages(segment.encode())
    assert len(message.segments) == 1
    assert len(message.segments[0]) == 4


@settings(max_examples=400)
@given(wire=TEXT, delimiters=SETS)
def test_what_is_read_is_written_with_the_same_meaning(wire: str, delimiters: Delimiters) -> None:
    text = unescape(wire, delimiters)
    assert unescape(escape(text, delimiters), delimiters) == text


def test_parse_is_what_scan_does() -> None:
    (message,) = messages(DFT.encode())
    again = parse(message.raw)
    assert again.segments == message.segments
    assert again.offsets == message.offsets
