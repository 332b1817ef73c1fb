"""XML syntax: elements to text. A value never becomes markup, and is read back as it was given.

Strategy: one element a line, unless it holds text only, so that lines name places. Characters that XML does
not have, and blanks that readers fold, are refused: nothing is changed to make it fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from hcfin.errors import HcfinError

# What XML 1.0 has no form for, and what is no character at all.
_NOT_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*", re.ASCII)


class Element(NamedTuple):
    """An element: attributes that are empty are left out; it holds text, or other elements."""

    name: str
    attributes: Mapping[str, str] = {}
    content: str | Sequence[Element] = ""


class Written(NamedTuple):
    """The text, and the number of the line on which each element began, by its position in the document."""

    text: str
    lines: Sequence[tuple[Element, int]]


def write(root: Element, doctype: str = "") -> Written:
    """A document. Raises `HcfinError` for a value that XML cannot hold: it names the place, not the value.

    >>> write(Element("a", {"b": "1 < 2"}, [Element("c", {}, "R&D")])).text
    '<?xml version="1.0" encoding="UTF-8"?>\\n<a b="1 &lt; 2">\\n  <c>R&amp;D</c>\\n</a>\\n'
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    if doctype:
        lines.append(f"<!DOCTYPE {root.name} SYSTEM {quoteattr(_held(doctype, 'DOCTYPE'))}>")
    places: list[tuple[Element, int]] = []
    _write(root, "", lines, places)
    return Written("\n".join(lines) + "\n", places)


def _write(element: Element, indent: str, lines: list[str], places: list[tuple[Element, int]]) -> None:
    name = element.name
    if not _NAME.fullmatch(name):
        raise HcfinError("an element has a name that XML does not have")
    head = name + "".join(
        f" {key}={quoteattr(_held(value, f'{name}/@{key}'))}"
        for key, value in element.attributes.items()
        if value
    )
    places.append((element, len(lines) + 1))
    if isinstance(element.content, str):
        text = escape(_held(element.content, name))
        lines.append(f"{indent}<{head}>{text}</{name}>" if text else f"{indent}<{head}/>")
        return
    lines.append(f"{indent}<{head}>")
    for child in element.content:
        _write(child, indent + "  ", lines, places)
    lines.append(f"{indent}</{name}>")


def _held(value: str, place: str) -> str:
    if _NOT_XML.search(value):
        raise HcfinError(f"{place}: the value holds a character that XML does not have")
    if value != " ".join(value.split()):
        raise HcfinError(f"{place}: the value has blanks that are not read back")
    return value
