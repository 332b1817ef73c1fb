"""Refusals of models that people write as TOML (books, profiles) in plain words, with the line of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any

from pydantic import BaseModel, ValidationError

from hcfin.books import Books
from hcfin.overlay import Overlay, near

_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "date_from_datetime_parsing": "must be a date",
    "date_type": "must be a date",
    "dict_type": "must be a table",
    "int_parsing": "must be a whole number",
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
    "string_type": "must be text in quotes",
    "tuple_type": "must be a list in brackets",
}
_REMEDIES = {
    "bool_parsing": "Write true or false, without quotes.",
    "bool_type": "Write true or false, without quotes.",
    "date_from_datetime_parsing": "Write it as 2025-01-31, without quotes.",
    "date_type": "Write it as 2025-01-31, without quotes.",
    "dict_type": "Write a header in brackets and its settings below.",
    "int_parsing": "Write a whole number, without quotes.",
    "literal_error": "Choose one of them.",
    "model_type": "Write a header in brackets and its settings below.",
    "string_pattern_mismatch": "Correct the value.",
    "string_too_short": "Write your own between the quotes.",
    "string_type": 'Write the value in "quotes".',
    "tuple_type": 'Write ["one", "two"], or ["one"] for one.',
}
_MODEL = "See the documentation of this setting; an editor with the schema shows it too."
_QUOTED = re.compile(r"'([^']*)'")
_FORMS = {
    "^[0-9]{4}-(0[1-9]|1[0-2])$": "YYYY-MM",
    "^[A-Z]{3}$": "three capital letters, such as USD",
    "^(claim|trace|none)$": "claim, trace or none",
    "^([+-][0-9]{4})?$": "-0500 or +0000",
}


def shape_problems(source: Overlay, error: ValidationError, model: type[BaseModel] = Books) -> Iterator[str]:
    """One problem for each refusal. Neither books nor profiles hold patient data, so values may be shown."""
    for entry in error.errors(include_url=False, include_input=False):
        path = tuple(entry["loc"])
        name = ".".join(str(part) for part in path)
        if entry["type"] == "extra_forbidden":
            yield source.problem(path, f"unknown setting {path[-1]!r}", _meant(model, path))
        elif entry["type"] == "missing":
            yield source.problem(path, f"{path[-1]!r} is missing", "Add it to this table.")
        else:
            remedy = _choice(source, path, entry) or _REMEDIES.get(entry["type"], _MODEL)
            yield source.problem(path, f"{name} {_told(entry)}", remedy)


def _told(entry: Mapping[str, Any]) -> str:
    context = entry.get("ctx", {})
    if entry["type"] == "string_pattern_mismatch":
        return f"must have the form {_FORMS.get(context['pattern'], context['pattern'])}"
    if entry["type"] == "literal_error":
        return f"must be {context['expected']}"
    return _WORDS.get(entry["type"], str(entry["msg"]).lower())


def _choice(source: Overlay, path: tuple[str | int, ...], entry: Mapping[str, Any]) -> str:
    """The known word that is most like a wrong one; empty where none is."""
    if entry["type"] != "literal_error":
        return ""
    value: Any = source.data
    for part in path:
        value = value[part]
    meant = near(str(value), _QUOTED.findall(entry["ctx"]["expected"]))
    return f"Did you mean {meant!r}?" if meant else ""


def _meant(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    known = _fields_at(model, path[:-1])
    suggestion = near(str(path[-1]), known)
    return f"Did you mean {suggestion!r}?" if suggestion else f"Known: {', '.join(sorted(known))}."


def _fields_at(model: type[BaseModel], path: tuple[str | int, ...]) -> set[str]:
    """The settings that the table at a path may hold."""
    names = {field.alias or name: field for name, field in model.model_fields.items()}
    if not path:
        return set(names)
    annotation: Any = names[str(path[0])].annotation
    rest = path[1:]
    if not hasattr(annotation, "model_fields"):
        # dict[str, Model] or tuple[Model, ...]: the next part is its key or number.
        parts = annotation.__args__
        annotation = next(part for part in parts if hasattr(part, "model_fields"))
        if NoneType not in parts:  # of `Model | None` there is only one
            rest = rest[1:]
    return _fields_at(annotation, rest)
