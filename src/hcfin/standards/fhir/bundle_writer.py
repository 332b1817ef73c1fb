"""A bundle while it is written: its entries, what they refer to, and the small elements that recur.

Elements are made with everything that a fact may hold; what is empty is left out at the end. What FHIR
requires and no fact tells is said to be unknown, in FHIR's own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from hcfin.billing.registration import Coding
from hcfin.standards.fhir.elements import Element
from hcfin.wire.json import dumps

UNKNOWN: Element = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    ]
}
"""What stands where FHIR requires an element and nothing is known."""

IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_MOMENT = re.compile(
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?",
    re.ASCII,
)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)


class BundleWriter:
    """The entries of one bundle. `seed` makes their URLs: the same for the same facts, and for no others."""

    def __init__(self, release: str, seed: str) -> None:
        self.r5 = release == "R5"
        self.claims: dict[str, str] = {}
        """URL of each claim that is written, by its account."""
        self._seed = seed
        self._entries: list[Element] = []
        self._helpers: dict[str, str] = {}
        self._last: list[Element] = []
        self._made = 0

    def url(self) -> str:
        """A URL for the next resource."""
        self._made += 1
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self._seed}/{self._made}')}"

    def add(self, resource: Element, url: str = "") -> str:
        """Keep the resource of a fact; its URL."""
        url = url or self.url()
        self._entries.append({"fullUrl": url, "resource": tidy(resource)})
        return url

    def helper(self, resource: Element) -> Element:
        """A reference to a resource that others refer to; the same one is kept once."""
        tidied = tidy(resource)
        content = dumps(tidied, numbers="number", sort_keys=True)
        if content not in self._helpers:
            self._helpers[content] = self.url()
            self._last.append({"fullUrl": self._helpers[content], "resource": tidied})
        return {"reference": self._helpers[content]}

    def bytes(self) -> bytes:
        """The bundle as JSON."""
        bundle: Element = {"resourceType": "Bundle", "type": "collection"}
        if self._entries:
            bundle["entry"] = [*self._entries, *self._last]
        return dumps(bundle, numbers="number").encode("utf-8")


def tidy(value: Any) -> Any:
    """An element without what is empty; FHIR has no empty objects, lists and texts."""
    if isinstance(value, dict):
        found = {name: tidy(inside) for name, inside in value.items()}
        return {name: inside for name, inside in found.items() if inside not in (None, "", {}, [])}
    if isinstance(value, list | tuple):
        return [inside for one in value if (inside := tidy(one)) not in (None, "", {}, [])]
    return value


def money(amount: Decimal | None, currency: str) -> Element:
    """An amount; nothing where there is none."""
    return {} if amount is None else {"value": amount, "currency": currency}


def quantity(value: Decimal | None) -> Element:
    """A count; nothing where there is none."""
    return {} if value is None else {"value": value}


def coded(code: str, system: str = "", display: str = "") -> Element:
    """A concept of one code; nothing where there is none."""
    return {"coding": [{"system": system, "code": code, "display": display}]} if code else {}


def concept(coding: Coding | None) -> Element:
    """A code with its text; the text alone where there is no code."""
    if coding is None:
        return {}
    return coded(coding.code, coding.system, coding.text) or {"text": coding.text}


def required(element: Element) -> Element:
    """An element, or that it is unknown."""
    return tidy(element) or UNKNOWN


def identifier(value: str, kind: str = "", system: str = "") -> Element:
    """An identifier, with its type of HL7 table 0203 if it has one."""
    return {"type": coded(kind, IDENTIFIER_TYPES), "system": system, "value": value} if value else {}


def named(value: str, type_: str = "", display: str = "") -> Element:
    """A reference to what only its business identifier names."""
    if not value and not display:
        return {}
    return {"type": type_, "identifier": {"value": value}, "display": display}


def day(value: date | None) -> str:
    """A date as a text."""
    return value.isoformat() if value else ""


def moment(value: str) -> str:
    """A moment in the form that FHIR has; nothing where it has another, such as a time without zone."""
    return value if _MOMENT.fullmatch(value) else ""


def id_of(value: str) -> str:
    """A text that may be the id of a resource; nothing where it may not."""
    return value if _ID.fullmatch(value) else ""


def whole(value: str) -> int | None:
    """A positive whole number that is written plainly; nothing else."""
    return int(value) if value.isascii() and value.isdigit() and value[0] != "0" and len(value) < 10 else None


def period(first: str, last: str) -> Element:
    """A period of two texts."""
    return {"start": first, "end": last}


def numbered(elements: Iterable[Element]) -> list[Element]:
    """Elements with their sequence, from 1."""
    return [{"sequence": number, **element} for number, element in enumerate(elements, start=1)]
