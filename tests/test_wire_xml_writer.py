"""XML that is written: a value never becomes markup, and is read back as it was given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.errors import HcfinError
from hcfin.wire.xml_reader import parse
from hcfin.wire.xml_writer import Element, write

HOSTILE = '</a><b c="1">&amp;&lt;!--]]><![CDATA[<!DOCTYPE x>'


def test_a_value_never_becomes_markup() -> None:
    root = parse(write(Element("a", {"b": HOSTILE}, [Element("c", {}, HOSTILE), Element("d")])).text.encode())
    assert root.get("b") == root[0].text == HOSTILE
    assert [child.tag for child in root] == ["c", "d"]
    assert len(root[0]) == 0


@pytest.mark.parametrize(
    "value", ["Z\nQ", "Z\tQ", " ZQ", "ZQ ", "Z  Q", "Z\x00", "Z\x0b", "\ud800", "\u2028", "\uffff"]
)
def test_what_is_not_read_back_is_refused_and_not_shown(value: str) -> None:
    for element in (Element("a", {"b": value}), Element("a", {}, value)):
        with pytest.raises(HcfinError) as caught:
            write(element)
        assert value not in str(caught.value)


def test_names_are_those_of_xml() -> None:
    for name in ("", "1a", "a b", "a>", "a\n"):
        with pytest.raises(HcfinError):
            write(Element(name))


def test_lines_are_those_of_the_text() -> None:
    written = write(Element("a", {}, [Element("b", {}, "1"), Element("c", {}, [Element("d")])]), "x.dtd")
    lines = written.text.split("\n")
    assert [(one.name, line) for one, line in written.lines] == [("a", 3), ("b", 4), ("c", 5), ("d", 6)]
    assert all(f"<{one.name}" in lines[line - 1] for one, line in written.lines)
    assert parse(written.text.encode(), external_doctype=True).tag == "a"


@given(st.text(max_size=30))
def test_any_text_is_read_back_or_refused(value: str) -> None:
    try:
        text = write(Element("a", {"b": value}, value)).text
    except HcfinError:
        return
    root = parse(text.encode())
    assert (root.get("b") or "", root.text or "") == (value, value)
