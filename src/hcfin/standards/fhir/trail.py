"""The way back: a JSON pointer for every node of a fact.

A node's `at` is the number under which its pointer was noted. Pointers are noted while a resource is read,
and let go with it, unless everything is kept.
"""

from __future__ import annotations

from bisect import bisect_right

from hcfin.origin import Origin


class Trail:
    """Where nodes stood."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._first = 1
        self._pointers: list[str] = []
        self._resources: list[tuple[int, str, int]] = []

    def begin(self, kind: str, line: int) -> None:
        """A resource begins: its type, and the line of its document."""
        if not self._keep:
            self._first += len(self._pointers)
            self._pointers.clear()
            self._resources.clear()
        self._resources.append((self._first + len(self._pointers), kind, line))

    def note(self, pointer: str) -> int:
        """Note a place; the number that nodes have for it."""
        self._pointers.append(pointer)
        return self._first + len(self._pointers) - 1

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a node, or of one of its elements (`payment.amount`)."""
        number = at - self._first
        if not 0 <= number < len(self._pointers):
            return Origin(standard="fhir", at=at, element=element)
        position = bisect_right(self._resources, at, key=lambda one: one[0]) - 1
        _, kind, line = self._resources[position]
        path = "/" + element.replace(".", "/") if element else ""
        return Origin(
            standard="fhir",
            at=at,
            segment=kind,
            element=self._pointers[number] + path,
            unit=f"line {line}" if line > 1 else "",
        )

    def excerpt(self, at: int) -> str:
        """Nothing: the pointer says where to look, and no part of a resource is shown."""
        return ""
