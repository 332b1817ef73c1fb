"""Finds a standard or a target by name: the package's own folder first, then entry points.

Presence is registration: a file in the folder is enough. Names with a leading underscore are helpers. What
was found is kept for as long as the folders and the search path are the same: looking takes longer than
reading a small message.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from hcfin.errors import UnknownNameError


def names(package: str) -> tuple[str, ...]:
    """The names that `load` accepts for a package, sorted.

    >>> "netsuite" in names("hcfin.erp")
    True
    """
    inside = {name for name in _folder(package) if not name.startswith("_")}
    return tuple(sorted(inside | {entry.name for entry in _others(package)}))


def load(package: str, name: str, attribute: str) -> Any:
    """The object that a plug-in of that name exposes. Raises `UnknownNameError` with the known names."""
    if not name.startswith("_") and name in _folder(package):
        path = f"{package}.{name}"
        # None as well where another thread is still importing it.
        known = getattr(sys.modules.get(path), attribute, None)
        return getattr(importlib.import_module(path), attribute) if known is None else known
    for entry in _others(package):
        if entry.name == name:
            return entry.load()
    known = ", ".join(names(package)) or "none"
    raise UnknownNameError(f"no {attribute.lower()} named {name!r}; known: {known}")


def _folder(package: str) -> frozenset[str]:
    # Asking the import system for what is there already takes longer than the rest of this.
    module = sys.modules.get(package) or importlib.import_module(package)
    return _modules(tuple(module.__path__))


@lru_cache(maxsize=32)
def _modules(folders: tuple[str, ...]) -> frozenset[str]:
    return frozenset(info.name for info in pkgutil.iter_modules(folders))


def _others(package: str) -> tuple[Any, ...]:
    """What other distributions bring."""
    return _entries(package, tuple(sys.path), entry_points)


@lru_cache(maxsize=32)
def _entries(package: str, search: tuple[str, ...], find: Callable[..., Any]) -> tuple[Any, ...]:
    return tuple(find(group=package))
