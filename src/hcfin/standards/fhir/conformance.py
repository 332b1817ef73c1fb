"""Strict validation: what reading finds, the structure by fhir.resources, and what that does not check.

fhir.resources has models of R4B, whose finance resources are those of R4 field for field, and of R5. It says
what is missing, unknown or of the wrong type. It takes any status, currency or use; those are checked in
`rules`. No issue quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from hcfin.billing.reading import collect
from hcfin.issues import Issue, PolicyText
from hcfin.limits import Limits
from hcfin.origin import Origin
from hcfin.standards.fhir.elements import Element, XmlText, known_name, text
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.reader import read, resources
from hcfin.standards.fhir.release import form_of
from hcfin.standards.fhir.resource import Bundle, Resource
from hcfin.standards.fhir.rules import findings
from hcfin.standards.fhir.session import ISSUE
from hcfin.standards.fhir.source import documents

# Kinds of errors in our words; what is not here is told as a wrong value.
_KINDS = {
    "missing": "a required element is missing",
    "extra_forbidden": "an element that the resource does not have",
    "string_type": "not a text",
    "bool_type": "not true or false",
    "list_type": "an element that repeats must be a list",
    "model_type": "not an object",
    "dict_type": "not an object",
}
_MODULES = {"R4": "fhir.resources.R4B", "R5": "fhir.resources"}


def check(data: bytes) -> tuple[Issue, ...]:
    """Issues of a source: what reading it finds, then of each resource the violations of its structure and
    of the rules for codes, currencies, references and sums. Never raises on data."""
    limits = Limits()
    issues = list(collect(read(BytesIO(data), Profile(), limits, keep=True)).issues)
    at = 0
    for document in documents(BytesIO(data).read, limits):
        if document.tree is None:
            continue
        for tree, pointer, bundle in resources(document.tree, document.place):
            at += 1
            issues += _checked(tree, pointer, bundle, at, document.line)
            if len(issues) >= limits.max_issues:
                return (*issues[: limits.max_issues], ISSUE("TOO_MANY_ISSUES", limit=limits.max_issues))
    return tuple(issues)


def _checked(tree: Element, pointer: str, bundle: Bundle | None, at: int, line: int) -> Iterator[Issue]:
    kind = text(tree, "resourceType")

    def origin(path: str) -> Origin:
        unit = f"line {line}" if line > 1 else ""
        return Origin(standard="fhir", at=at, segment=kind, element=pointer + path, unit=unit)

    form = form_of(tree)
    if form == "older":
        return
    if any(isinstance(value, XmlText) for value in _first_values(tree)):
        yield ISSUE("FHIR_NOT_CHECKED", origin(""), why=PolicyText("XML is checked by its content alone"))
    else:
        yield from _structure(tree, form, origin)
    for code, path, values in findings(Resource(tree, pointer, at, bundle)):
        yield ISSUE(code, origin(path), excerpt="", **values)


def _first_values(tree: Element) -> Iterator[Any]:
    for value in tree.values():
        yield value[0] if isinstance(value, list) and value else value


def _structure(tree: Element, form: str, origin: Any) -> Iterator[Issue]:
    from importlib import import_module

    from pydantic import ValidationError

    try:
        model = import_module(_MODULES[form]).get_fhir_model_class(text(tree, "resourceType"))
    except (LookupError, ValueError, ImportError):
        yield ISSUE("FHIR_NOT_CHECKED", origin(""), why=PolicyText("the release has no such resource"))
        return
    errors: list[Any] = []
    failed = False
    try:
        model.model_validate(tree)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
    except Exception:  # the validator itself fails on some input
        failed = True
    if failed:
        yield ISSUE("FHIR_NOT_CHECKED", origin(""), why=PolicyText("the validator fails on it"))
    for found in errors:
        place = [part for part in found["loc"] if part != "root"]  # of models, not of resources
        if found["type"] == "extra_forbidden":
            place = place[:-1]  # the name itself may be anything
        place = [part for part in place if part != "root"]  # a name of the validator's own
        path = "".join(f"/{part if isinstance(part, int) else known_name(str(part))}" for part in place)
        rule = PolicyText(_KINDS.get(found["type"], "a value of the wrong type or form"))
        yield ISSUE("FHIR_VIOLATION", origin(path), rule=rule)
