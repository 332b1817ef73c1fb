"""The way back: the path of every element, and the line on which it stands.

An element's `at` is its number in the document, 1 for the root. Only names of cXML are shown: another name
may be anything.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any

from hcfin.origin import Origin
from hcfin.standards.cxml.names import name_of


class Trail:
    """Where elements stood."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._parents = array("l")
        self._nths = array("l")
        self._lines = array("l")

    def learn(self, elements: list[Any], parents: list[int]) -> None:
        """Take the elements of a document in their order, each with the position of its parent or -1."""
        seen: Counter[tuple[int, str]] = Counter()
        for element, parent in zip(elements, parents, strict=True):
            name = name_of(element.tag)
            seen[parent, name] += 1
            self._names.append(name)
            self._parents.append(parent)
            self._nths.append(seen[parent, name])
            self._lines.append(element.sourceline or 0)

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of an element, and of a part of it (`ItemDetail.UnitPrice`, `@quantity`)."""
        position = at - 1
        if not 0 <= position < len(self._names):
            return Origin(standard="cxml", at=at, element=element)
        path = self._path(position) + ("/" + element.replace(".", "/") if element else "")
        line = self._lines[position]
        unit = f"line {line}" if line else ""
        return Origin(standard="cxml", at=at, segment=self._names[position], element=path, unit=unit)

    def _path(self, position: int) -> str:
        parts = []
        while position >= 0:
            nth = self._nths[position]
            parts.append(self._names[position] + (f"[{nth}]" if nth > 1 else ""))
            position = self._parents[position]
        return "/" + "/".join(reversed(parts))

    def excerpt(self, at: int) -> str:
        """Nothing: the path says where to look, and no part of a document is shown."""
        return ""
