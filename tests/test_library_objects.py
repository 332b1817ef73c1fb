"""Messages of hl7apy and python-hl7 are sources like any other, and nothing of them is changed on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hl7
import pytest
from hl7apy.core import Message
from hl7apy.parser import parse_message

import cases
import hcfin
from hcfin.billing.reading import Reading
from hcfin.errors import HcfinError
from hcfin.standards.hl7v2 import STANDARD
from hcfin.standards.hl7v2.objects import encode
from hcfin.wire.hl7v2_text import Delimiters, unescape

QUIRKS = cases.FIXTURES / "hl7v2" / "quirks"
ESCAPES = ("line_break_escape", "hexadecimal_escape", "local_escape", "stray_backslash", "escaped_delimiters")
TEXTS = ("clean", "other_delimiters", "z_segment_end", "withdrawn_pid_19", "no_evn", *ESCAPES)


def source(case: str) -> bytes:
    return (QUIRKS / case / "input.hl7").read_bytes()


def told(reading: Reading) -> tuple[object, ...]:
    return reading.facts, reading.issues, reading.units, reading.coverage


@pytest.mark.parametrize("case", TEXTS)
def test_a_message_of_python_hl7_is_what_was_parsed(case: str) -> None:
    data = source(case)
    assert encode(hl7.parse(data.decode())) == data
    assert told(hcfin.read(hl7.parse(data.decode()))) == told(hcfin.read(data))


def test_a_batch_and_a_file_of_python_hl7() -> None:
    data = source("batch")
    assert encode(hl7.parse_file(data.decode())) == data
    inner = b"\r".join(data.split(b"\r")[1:-2]) + b"\r"
    assert encode(hl7.parse_batch(inner.decode())) == inner


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("case", TEXTS)
def test_a_message_of_hl7apy_keeps_its_escapes(case: str, groups: bool) -> None:
    data = source(case)
    message = parse_message(data.decode(), find_groups=groups)
    made = encode(message)
    assert made is not None
    if groups:  # hl7apy drops local segments when it looks for groups
        data = b"\r".join(row for row in data.split(b"\r") if not row.startswith(b"Z"))
    assert made == data
    # What its own writer does instead.
    if case in ("line_break_escape", "hexadecimal_escape", "local_escape"):
        assert message.to_er7() + "\r" != data.decode()


def test_a_value_that_is_set_makes_no_field() -> None:
    message = Message("DFT_P03", version="2.5.1")
    message.msh.msh_9 = "DFT^P03^DFT_P03"
    message.msh.msh_10 = "TESTMSG01"
    message.add_segment("EVN").evn_4 = "A|B^C\\D"
    data = encode(message)
    assert data is not None
    row = next(row for row in data.decode().split("\r") if row.startswith("EVN")).split("|")
    assert unescape(row[4], Delimiters()) == "A|B^C\\D"


def test_every_function_takes_them() -> None:
    data = source("clean")
    books = hcfin.load_books()
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    for message in (parse_message(data.decode()), hl7.parse(data.decode())):
        assert told(hcfin.read(message, strict=True)) == told(hcfin.read(data, strict=True))
        assert hcfin.check(message) == hcfin.check(data)
        assert list(hcfin.iter_facts(message)) == list(hcfin.iter_facts(data))
        made = hcfin.translate(message, books, to="netsuite", context=context)
        assert made.to_json() == hcfin.translate(data, books, to="netsuite", context=context).to_json()


@pytest.mark.parametrize(
    "stated", ["8859/1", "UNICODE UTF-8", "", "ASCII", "NONSENSE~8859/1", "8859/1~UNICODE UTF-8"]
)
@pytest.mark.parametrize("name", ["ANNÄ", "ANNA"])
def test_text_is_written_as_its_header_says(stated: str, name: str) -> None:
    rows = source("clean").decode().replace("ANNA", name).split("\r")
    rows[0] += "||||||" + stated
    text = "\r".join(rows)
    for one in (text, hl7.parse(text), parse_message(text), text * 2):
        data = encode(one)
        assert data is not None
        codec = "iso8859-1" if stated in ("8859/1", "NONSENSE~8859/1", "8859/1~UNICODE UTF-8") else "utf-8"
        assert f"TESTPERSON^{name}".encode(codec) in data
    assert [issue.code for issue in hcfin.read(text).issues if issue.code == "CHARACTER_SET_WRONG"] == (
        ["CHARACTER_SET_WRONG"] if stated == "ASCII" and name == "ANNÄ" else []
    )


@pytest.mark.parametrize("odd", [42, [1, 2], None, object(), ("MSH",)])
def test_what_is_no_source_is_said(odd: object) -> None:
    assert STANDARD.encode(odd) is None
    with pytest.raises(HcfinError, match=f"this is of type {type(odd).__name__}"):
        hcfin.read(odd)  # type: ignore[arg-type]


def test_a_segment_alone_is_no_message() -> None:
    message = parse_message(source("clean").decode())
    assert encode(message.pid) is None
    assert encode(hl7.parse(source("clean").decode())[0]) is None


def test_neither_library_is_imported_for_it(tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    path.write_bytes(source("clean"))
    code = (
        f"import hcfin, sys; hcfin.read({str(path)!r}); hcfin.read(open({str(path)!r}, 'rb')); "
        "assert not {'hl7', 'hl7apy', 'pyx12'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
