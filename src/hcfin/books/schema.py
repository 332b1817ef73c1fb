"""The JSON Schema of a books file, for editors: completion, hints and the same refusals while typing."""

from __future__ import annotations

from typing import Any

from hcfin.books import Books
from hcfin.books.selectors import selectors
from hcfin.codes import table

SCHEMA = "1.0"
"""Version of the books' schema. Minor: an optional setting is added. Major: anything else."""

_ROLE_FIELDS = frozenset({"role", "role_forwarded", "role_final", "role_positive", "role_negative"})
_WHOLE = frozenset({"Rule"})  # entries of lists are never merged, so what they need stands in one file


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one layer of books.

    A layer may leave to others what the books as a whole need, so only entries of lists require anything.

    >>> json_schema()["properties"]["policy"]["$ref"]
    '#/$defs/Policy'
    """
    schema = Books.model_json_schema(by_alias=True)
    roles = sorted(table("roles"))
    for name, part in schema["$defs"].items():
        if name not in _WHOLE:
            part.pop("required", None)
        for field, value in part.get("properties", {}).items():
            if field in _ROLE_FIELDS:
                _choice(value, roles)
            if name == "When" and value.get("type") == "array":
                part["properties"][field] = _one_or_many(value)
            if name == "Dimension" and field == "from":
                value["enum"] = list(selectors())
            if field == "chart":
                value["propertyNames"] = {"enum": roles}
    schema["properties"]["chart"]["propertyNames"] = {"enum": roles}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hcfin:books:{SCHEMA}",
        **schema,
        "title": "hcfin books",
    }


def _choice(value: dict[str, Any], known: list[str]) -> None:
    """A text that is one of the known ones."""
    for part in value.get("anyOf", [value]):
        if part.get("type") == "string":
            part["enum"] = known


def _one_or_many(value: dict[str, Any]) -> dict[str, Any]:
    """A condition may be written as one value instead of a list of one."""
    listed = {name: value[name] for name in ("type", "items")}
    rest = {name: part for name, part in value.items() if name not in listed}
    return {**rest, "anyOf": [value["items"], listed]}
