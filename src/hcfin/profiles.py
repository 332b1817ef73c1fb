"""Profiles of feeds: layered TOML with the schema of one standard, checked like books; and those that are
shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ValidationError

from hcfin import discover
from hcfin.books.shape import shape_problems
from hcfin.errors import BooksError, ModelError
from hcfin.overlay import Layer, near, overlay


def load(standard: str, layers: Sequence[Layer]) -> Any:
    """The profile of a feed. Raises `BooksError` with layer, line and remedy of every problem, and
    `UnknownNameError` for a standard that is not installed.

    >>> load("hl7v2", [Layer("feed.toml", "implied_decimal = true")])
    Traceback (most recent call last):
    hcfin.errors.BooksError: feed.toml:1: unknown setting 'implied_decimal'
      1 | implied_decimal = true
      Did you mean 'implied_decimals'?
    """
    plugin = discover.load("hcfin.standards", standard, "STANDARD")
    source = overlay(layers)
    try:
        profile = _made(plugin.Profile, source.data)
    except ValidationError as error:
        problems = list(shape_problems(source, error, plugin.Profile))
    except (ModelError, TypeError) as error:
        problems = [str(error)]
    else:
        problems = list(plugin.profile_problems(profile, source))
        if not problems:
            return profile
    raise BooksError(problems)


def _made(model: Any, data: Mapping[str, Any]) -> Any:
    """The profile; that of another distribution may be of any type."""
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    return model.model_validate(data) if is_model else model(**data)


def names(standard: str) -> tuple[str, ...]:
    """The profiles of a standard that are shipped.

    >>> names("x12")
    ('default',)
    """
    folder = _folder(standard)
    listed = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return tuple(name.removesuffix(".toml") for name in listed if name.endswith(".toml"))


def shipped(standard: str, name: str) -> Layer:
    """A profile that is shipped. Raises `BooksError` with the known names."""
    known = names(standard)
    if name in known:
        return Layer(f"{name}.toml", (_folder(standard) / f"{name}.toml").read_text(encoding="utf-8"))
    meant = near(name, known)
    remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(known) or 'none'}."
    raise BooksError(
        [f"no profile of {standard} is named {name!r}\n  {remedy} The name of a file ends in .toml."]
    )


def schema(standard: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a profile of a standard, for editors."""
    plugin = discover.load("hcfin.standards", standard, "STANDARD")
    made: dict[str, Any] = plugin.Profile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hcfin:profile:{standard}",
        **made,
        "title": f"hcfin profile of {standard}",
    }


def _folder(standard: str) -> Traversable:
    return files("hcfin.standards") / standard / "profiles"
