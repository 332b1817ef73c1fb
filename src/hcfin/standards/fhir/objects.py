"""Bytes of resources that are dicts, or objects of fhir.resources. The library is not imported here.

An object of fhir.resources keeps its numbers as `Decimal`, but its own `model_dump` and `model_dump_json`
write them as floats; so its fields are walked here. What a float in a dict had beyond its shortest digits was
lost when it was made: 425.00 is 425.0 there, the same amount.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hcfin.errors import HcfinError
from hcfin.wire.json import dumps

_LIBRARY, _MODEL, _RESOURCE = "fhir_core", "FHIRAbstractModel", "Resource"


def encode(source: object) -> bytes | None:
    """JSON of a resource, or of a list of resources; None for anything else.

    Raises `HcfinError` for what no JSON has: not-a-number, objects of other kinds, endless nesting. Its text
    names the type, no value.
    """
    if not _is_resource(source) and not (
        isinstance(source, list) and source and all(map(_is_resource, source))
    ):
        return None
    problem = ""
    try:
        return dumps(_plain(source), numbers="number").encode("utf-8")
    except (TypeError, RecursionError) as error:
        problem = str(error) if isinstance(error, TypeError) else "nested too deeply"
    raise HcfinError(f"a resource that cannot be JSON: {problem}")


def _is_resource(source: object) -> bool:
    if isinstance(source, dict):
        return isinstance(source.get("resourceType"), str)
    return _of_library(source) and any(kind.__name__ == _RESOURCE for kind in type(source).__mro__)


def _of_library(source: object) -> bool:
    # By name and without import: whoever has such an object has imported its library.
    return any(
        kind.__name__ == _MODEL and kind.__module__.partition(".")[0] == _LIBRARY
        for kind in type(source).__mro__
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        # The type first: by it the standard is known.
        named = {"resourceType": value["resourceType"]} if "resourceType" in value else {}
        return named | {name: _plain(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inside) for inside in value]
    if _of_library(value):
        return _fields(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime):
        text = value.isoformat()
        return text[:-6] + "Z" if value.tzinfo is not None and value.utcoffset() == timedelta(0) else text
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    if value is None or isinstance(value, str | int | Decimal):
        return value
    return str(value) if type(value).__module__.startswith(("pydantic", "uuid")) else value


def _fields(model: Any) -> dict[str, Any]:
    """The fields of a model under their names in JSON."""
    made: dict[str, Any] = {}
    if any(kind.__name__ == _RESOURCE for kind in type(model).__mro__):
        made["resourceType"] = model.get_resource_type()
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if value is not None:
            made[field.alias or name] = _plain(value)
    return made
