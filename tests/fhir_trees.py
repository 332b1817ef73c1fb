"""Trees of FHIR resources for tests: as XML, with one leaf changed, and damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import quoteattr

Path = tuple[str | int, ...]


def to_xml(resource: dict[str, Any]) -> bytes:
    """A resource as XML says it."""
    return (
        f'<?xml version="1.0"?>{_resource(resource, " xmlns=" + quoteattr("http://hl7.org/fhir"))}'.encode()
    )


def _resource(resource: dict[str, Any], space: str = "") -> str:
    kind = resource["resourceType"]
    inside = "".join(_member(name, value) for name, value in resource.items() if name != "resourceType")
    return f"<{kind}{space}>{inside}</{kind}>"


def _member(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_member(name, one) for one in value)
    if isinstance(value, dict):
        if "resourceType" in value:
            return f"<{name}>{_resource(value)}</{name}>"
        attributes = "".join(f" url={quoteattr(value['url'])}" for _ in [0] if name == "extension")
        left = {k: v for k, v in value.items() if not (attributes and k == "url")}
        return f"<{name}{attributes}>{''.join(_member(k, v) for k, v in left.items())}</{name}>"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return f"<{name} value={quoteattr(text)}/>"


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The place of every leaf."""
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inside in parts:
            yield from leaves(inside, (*path, name))
    else:
        yield path, value


def changed(value: Any, path: Path, new: Any) -> Any:
    """The tree with another value at a place."""
    if not path:
        return new
    name, *rest = path
    if isinstance(value, dict):
        return {k: changed(v, tuple(rest), new) if k == name else v for k, v in value.items()}
    return [changed(v, tuple(rest), new) if n == name else v for n, v in enumerate(value)]


_ODD: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        "",
        "x",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"": 1},
        {"reference": "#"},
        {"reference": "#x"},
    ),
    *("NaN", "1e5", "2026-13-45", "#", "urn:uuid:0", "a/b/c/_history/1", "\u0000", "�", "0" * 100),
    *({"value": "12.00", "currency": "USD"}, {"value": {}, "currency": []}, {"coding": {"code": 7}}),
    Decimal("1E-18"),
    Decimal("99999999999999999999999999.999"),
]


def damaged(tree: Any, rng: random.Random, times: int = 3) -> Any:
    """The tree with some of its parts dropped, doubled, swapped or replaced by what does not belong there."""
    for _ in range(times):
        places = [path for path, _ in leaves(tree)]
        if not places:
            return tree
        path = rng.choice(places)
        path = path[: rng.randint(1, len(path))]
        tree = changed(tree, path, rng.choice(_ODD))
    return tree
