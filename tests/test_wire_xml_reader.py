"""XML from strangers: nothing is expanded, fetched or built that could hurt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.wire.xml_reader import XmlError, parse

BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>"""
)


def code(data: bytes) -> str:
    with pytest.raises(XmlError) as caught:
        parse(data)
    assert str(caught.value) == caught.value.code
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (BOMB, "XML_DOCTYPE"),
        (BOMB.replace(b'<?xml version="1.0"?>', b"").decode().encode("utf-16"), "XML_DOCTYPE"),
        (b'<!doctype html><a xmlns="x"/>', "XML_DOCTYPE"),
        (b"<a>&undefined;</a>", "XML_INVALID"),
        (b"<a><b></a>", "XML_INVALID"),
        (b"", "XML_INVALID"),
        (b"<a>\x00</a>", "XML_INVALID"),
        (b"<a>" * 65 + b"</a>" * 65, "XML_DEPTH"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "XML_INVALID"),
    ],
)
def test_what_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_what_is_read() -> None:
    root = parse(b'<a><!-- not --><?no?><b value="1.00"/></a>')
    assert [child.tag for child in root] == ["b"]
    assert parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"


POINTS = b'<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM\n"http://example.org/a.dtd">\n<a>\n<b></a>'


def test_a_document_type_that_points_elsewhere_is_taken_out_where_that_is_asked_for() -> None:
    whole = POINTS.replace(b"<b>", b"<b/>")
    assert code(whole) == "XML_DOCTYPE"
    assert parse(whole, external_doctype=True).tag == "a"
    assert parse(whole.replace(b"SYSTEM", b"PUBLIC 'x'"), external_doctype=True).tag == "a"
    with pytest.raises(XmlError) as caught:
        parse(POINTS, external_doctype=True)
    assert (caught.value.code, caught.value.line) == ("XML_INVALID", 5), "lines are still those of the source"


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        BOMB.decode().encode("utf-16"),
        b'<!DOCTYPE a SYSTEM "http://x/a.dtd" [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd" [%x;]><a/>',
        b'<!DOCTYPE a SYSTEM "x"><!DOCTYPE a SYSTEM "y"><a/>',
        b'<!DOCTYPE a SYSTEM "x"><!ENTITY b SYSTEM "y"><a/>',
        b"<!DOCTYPE a><a/>",
    ],
)
def test_a_document_type_that_declares_anything_is_refused(data: bytes) -> None:
    with pytest.raises(XmlError) as caught:
        parse(data, external_doctype=True)
    assert caught.value.code == "XML_DOCTYPE"


@given(st.binary(max_size=200) | st.text("<>/ab=\"'& ;!?-[]").map(str.encode))
def test_any_bytes_end_in_an_element_or_a_code(data: bytes) -> None:
    told = "XML_"
    try:
        parse(data)
    except XmlError as error:
        told = error.code
    assert told.startswith("XML_")
