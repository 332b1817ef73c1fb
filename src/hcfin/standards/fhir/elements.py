"""Access to elements, whatever wrote them: JSON says what repeats, XML does not.

From XML every child is a list and every value a text. So `one` takes the first of a list, and `many` makes a
list of one, and readers need not know where a resource came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.codes import table

Element = dict[str, Any]


class XmlText(str):
    """A value from XML, which has no types: a number looks like a text."""

    __slots__ = ()


class Code(NamedTuple):
    """A code with its system and text."""

    system: str
    code: str
    display: str


NO_CODE = Code("", "", "")
_new = tuple.__new__  # what the constructor of a named tuple calls, without its detour
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


def known_name(name: str) -> str:
    """The name of an element as it may be shown: what FHIR does not have may be anything, a name of a person.

    >>> known_name("priceOverride"), known_name("_birthDate"), known_name("JaneDoe")
    ('priceOverride', '_birthDate', '?')
    """
    return name if name.removeprefix("_") in table("fhir_element") else "?"


def one(element: Element, name: str) -> Any:
    """A child that stands once; None where there is none."""
    value = element.get(name)
    if type(value) is list:
        return value[0] if value else None
    return value


def many(element: Element, name: str) -> list[Any]:
    """A child that may stand several times."""
    value = element.get(name)
    if value is None:
        return []
    return value if type(value) is list else [value]


def child(element: Element, name: str) -> Element:
    """A complex child; empty where there is none."""
    value = element.get(name)
    if type(value) is dict:
        return value
    if type(value) is list and value and type(value[0]) is dict:
        first: Element = value[0]
        return first
    return {}


def children(element: Element, name: str) -> list[Element]:
    """Complex children that may stand several times."""
    value = element.get(name)
    if type(value) is list:
        return [one for one in value if type(one) is dict]
    return [value] if type(value) is dict else []


def text(element: Element, name: str) -> str:
    """A text or code; empty where there is none."""
    value = element.get(name)
    if type(value) is str:  # almost always
        return value
    if type(value) is list:
        value = value[0] if value else None
    return str(value) if isinstance(value, str) else ""


def flag(element: Element, name: str) -> bool | None:
    """A yes or no; None where there is none."""
    value = one(element, name)
    if isinstance(value, XmlText):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def number(element: Element, name: str) -> Decimal | None:
    """A number, exact; None where there is none, or where it is none."""
    value = one(element, name)
    if type(value) is Decimal:
        return value
    if type(value) is int:
        return Decimal(value)
    return decimal_of(value) if isinstance(value, str) else None


def decimal_of(value: str) -> Decimal | None:
    """The number that a text holds, by the grammar of FHIR; None where it holds none.

    >>> decimal_of("425.00"), decimal_of("1_000"), decimal_of("1E99")
    (Decimal('425.00'), None, None)
    """
    if not _NUMBER.fullmatch(value):
        return None
    found = Decimal(value)
    exponent = found.as_tuple().exponent
    return found if isinstance(exponent, int) and abs(exponent) <= 18 else None


def codings(concept: Element) -> list[Code]:
    """The codes of a CodeableConcept, in their order."""
    value = concept.get("coding")
    if type(value) is list:
        return [_code(coding) for coding in value if type(coding) is dict]
    return [_code(value)] if type(value) is dict else []


def _code(coding: Element) -> Code:
    system, code, display = coding.get("system"), coding.get("code"), coding.get("display")
    if type(system) is str and type(code) is str and (display is None or type(display) is str):
        return _new(Code, (system, code, display or ""))
    return Code(text(coding, "system"), text(coding, "code"), text(coding, "display"))


def coded(concept: Element, system: str = "") -> Code:
    """The first code of a CodeableConcept, or the first of a system."""
    value = concept.get("coding")
    if value is not None:
        for coding in value if type(value) is list else [value]:
            if type(coding) is dict and (not system or text(coding, "system") == system):
                return _code(coding)
    return NO_CODE


def code_at(element: Element, name: str) -> str:
    """The first code of a CodeableConcept that stands once; empty where there is none."""
    concept = element.get(name)
    if type(concept) is not dict:
        concept = child(element, name)
    value = concept.get("coding")
    for coding in value if type(value) is list else [value]:
        if type(coding) is dict:
            code = coding.get("code")
            return code if type(code) is str else text(coding, "code")
    return ""


def day(element: Element, name: str) -> date | None:
    """The day of a date or moment; None where it names none."""
    if name not in element:
        return None
    try:
        return date.fromisoformat(text(element, name)[:10])
    except ValueError:
        return None


def extensions(element: Element, url: str) -> Iterator[Element]:
    """The extensions of an element that have this URL."""
    for extension in many(element, "extension"):
        if type(extension) is dict and text(extension, "url") == url:
            yield extension


def identifiers(element: Element) -> list[tuple[str, str, str]]:
    """System, value and type code of each identifier of an element."""
    return [
        (text(one, "system"), text(one, "value"), code_at(one, "type"))
        for one in children(element, "identifier")
    ]
