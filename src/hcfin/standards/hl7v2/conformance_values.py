"""Whether one repetition of a field is what its data type allows, by hl7apy's strict parser and validator.

hl7apy's own texts quote values, so only the kind of its exceptions is used. Before it sees a text, what it
misjudges is taken out: delete markers, escapes (it counts them as characters), components that a version has
withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hcfin.standards.hl7v2.conformance_tables import Part, components_of, values_of
from hcfin.wire.hl7v2_text import DELETE, Delimiters, parts

_SEPARATORS = {
    "FIELD": "|",
    "COMPONENT": "^",
    "REPETITION": "~",
    "ESCAPE": "\\",
    "SUBCOMPONENT": "&",
    "SEGMENT": "\r",
    "GROUP": "\r",
}
_RESERVED = re.compile(r"[|^~\\&\r\n]")
_VARIES = "varies"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_DEFINED = "ID"
"""The type of codes whose table is HL7's own; those of the others (IS, CWE) are the user's to extend."""
_OPEN = {"HL70396", "HL70125"}
"""Tables that hl7apy has not in full: coding systems are registered at any time, and OBX-2 may name types
that its list lacks."""
_MOST_PARTS = 50
"""No component of any type has so many subcomponents; hl7apy makes an object of each."""
_WITH_LENGTHS = {"2.5", "2.5.1", "2.6"}
"""Versions in which data types have a greatest length. hl7apy has the same ones for all."""

REQUIRED, TYPE, VALUE, LENGTH = "101", "102", "103", "104"
"""What is wrong, as table 0357 (message error condition codes) says it."""


class Flaw(NamedTuple):
    """Something wrong with a field; `component` is 0 where it is the field as a whole."""

    component: int
    error: str


class Withdrawn(NamedTuple):
    """A component that has a value, though the version has withdrawn it."""

    component: int


class Values:
    """Checks the values of one version."""

    def __init__(self, version: str) -> None:
        from hl7apy.consts import VALIDATION_LEVEL
        from hl7apy.exceptions import MaxLengthReached, ValidationError
        from hl7apy.parser import parse_component, parse_field
        from hl7apy.validation import Validator

        self.version = version
        self.tried = 0
        """How many texts hl7apy was asked about."""
        self._strict = VALIDATION_LEVEL.STRICT
        self._too_long = MaxLengthReached
        self._invalid = ValidationError
        self._parse_field = parse_field
        self._parse_component = parse_component
        self._validate = Validator.validate
        self._known: dict[tuple[str, str], tuple[Flaw | Withdrawn, ...]] = {}

    def check(self, text: str, part: Part, delimiters: Delimiters) -> tuple[Flaw | Withdrawn, ...]:
        """What is wrong with one repetition of a field."""
        if part.datatype == _VARIES or not text.strip():
            return ()
        plain = _plain(text, delimiters)
        key = (part.name, plain)
        if key not in self._known:
            self._known[key] = tuple(self._found(plain, part))
        return self._known[key]

    def _found(self, text: str, part: Part) -> Iterator[Flaw | Withdrawn]:
        if not part.composite:
            yield from self._simple(text, part)
            return
        components = text.split("^")
        known = components_of(part.datatype, self.version)
        if known is not None:
            for number, component in enumerate(components, start=1):
                if component and number in known.withdrawn:
                    yield Withdrawn(number)
                    components[number - 1] = ""
            while components and not components[-1]:
                components.pop()
            if len(components) > known.last:
                yield Flaw(known.last + 1, TYPE)
                del components[known.last :]
        if not any(components):
            return
        for number, component in enumerate(components, start=1):
            if component.count("&") > _MOST_PARTS:
                yield Flaw(number, TYPE)
                components[number - 1] = ""
        error = self._error("^".join(components), part)
        located = error is None
        for number, component in enumerate(components, start=1):
            one = known.known.get(number) if known is not None else None
            if one is None or not component:
                continue
            # hl7apy is asked again only where something is wrong somewhere.
            found = None if error is None else self._error(component, one, alone=True)
            located = located or found is not None
            found = found or (None if one.composite else self._code(component, one))
            if found is not None and self._counts(found):
                yield Flaw(number, found)
        if error is not None and not located and self._counts(error):
            yield Flaw(0, error)

    def _simple(self, text: str, part: Part) -> Iterator[Flaw]:
        first, *more = text.split("^")
        # hl7apy takes what stands behind for components of the same simple type.
        if any(more) or "&" in first:
            yield Flaw(2 if any(more) else 1, TYPE)
        first = first.partition("&")[0]
        if not first:
            return
        error = self._error(first, part) or self._code(first, part)
        if error is not None and self._counts(error):
            yield Flaw(0, error)

    def _counts(self, error: str) -> bool:
        return error != LENGTH or self.version in _WITH_LENGTHS

    def _code(self, text: str, part: Part) -> str | None:
        """What hl7apy lets pass, or only counts as a warning that it writes to a file."""
        if part.datatype == "NM" and not _NUMBER.fullmatch(text):
            return TYPE
        name = part.reference[4]
        if part.datatype != _DEFINED or not name or name in _OPEN:
            return None
        allowed = values_of(name, self.version)
        return VALUE if allowed and text not in allowed else None

    def _error(self, text: str, part: Part, *, alone: bool = False) -> str | None:
        """What hl7apy finds wrong first; `alone`: with a component of its own."""
        self.tried += 1
        settings = {
            "version": self.version,
            "encoding_chars": _SEPARATORS,
            "validation_level": self._strict,
            "reference": part.reference,
        }
        try:
            if alone:
                element = self._parse_component(text, part.name, None, **settings)
            else:
                element = self._parse_field(text, part.name, **settings)
            if part.composite:  # of simple ones it has warnings alone, and stumbles over them
                self._validate(element, part.reference)
        except self._too_long:
            return LENGTH
        except self._invalid:
            return REQUIRED
        except Exception:  # its text may quote the file
            return TYPE
        return None


def _plain(text: str, delimiters: Delimiters) -> str:
    """The text with the usual separators, without escapes and delete markers, and of the same length."""
    if delimiters.escape and delimiters.escape in text:
        escape = re.escape(delimiters.escape)
        text = re.sub(f"{escape}[^{escape}]*{escape}", "_", text)
    return "^".join(
        "&".join(
            "" if one == DELETE else _RESERVED.sub("_", one)
            for one in parts(component, delimiters.subcomponent)
        )
        for component in parts(text, delimiters.component)
    )
