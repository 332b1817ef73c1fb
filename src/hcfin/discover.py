"""Finds a standard or a target by name: the package's own folder first, then entry points.

Presence is registration: a file in the folder is enough. Names with a leading underscore are helpers.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import Any

from hcfin.errors import UnknownNameError


def names(package: str) -> tuple[str, ...]:
    """The names that `load` accepts for a package, sorted.

    >>> "netsuite" in names("hcfin.erp")
    True
    """
    inside = {name for name in _folder(package) if not name.startswith("_")}
    return tuple(sorted(inside | {entry.name for entry in entry_points(group=package)}))


def load(package: str, name: str, attribute: str) -> Any:
    """The object that a plug-in of that name exposes. Raises `UnknownNameError` with the known names."""
    if not name.startswith("_") and name in _folder(package):
        return getattr(importlib.import_module(f"{package}.{name}"), attribute)
    for entry in entry_points(group=package, name=name):
        return entry.load()
    known = ", ".join(names(package)) or "none"
    raise UnknownNameError(f"no {attribute.lower()} named {name!r}; known: {known}")


def _folder(package: str) -> set[str]:
    module = importlib.import_module(package)
    return {info.name for info in pkgutil.iter_modules(module.__path__)}
