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
        self._next = 1
        # What was noted, in order: the number of the first place, its pointer, and whether it is a list.
        self._numbers: list[int] = []
        self._pointers: list[str] = []
        self._listed: list[bool] = []
        self._resources: list[tuple[int, str, int]] = []

    def begin(self, kind: str, line: int) -> None:
        """A resource begins: its type, and the line of its document."""
        if not self._keep:
            self._numbers.clear()
            self._pointers.clear()
            self._listed.clear()
            self._resources.clear()
        self._resources.append((self._next, kind, line))

    def note(self, pointer: str) -> int:
        """Note a place; the number that nodes have for it."""
        return self._noted(pointer, 1, listed=False)

    def note_list(self, pointer: str, size: int) -> int:
        """Note the elements of a list; the number of the first, after which the others follow."""
        return self._noted(pointer, size, listed=True)

    def _noted(self, pointer: str, size: int, *, listed: bool) -> int:
        number = self._next
        self._numbers.append(number)
        self._pointers.append(pointer)
        self._listed.append(listed)
        self._next = number + size
        return number

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a node, or of one of its elements (`payment.amount`)."""
        position = bisect_right(self._numbers, at) - 1
        if position < 0 or at >= self._next:
            return Origin(standard="fhir", at=at, element=element)
        pointer = self._pointers[position]
        if self._listed[position]:
            pointer += f"/{at - self._numbers[position]}"
        _, kind, line = self._resources[bisect_right(self._resources, at, key=lambda one: one[0]) - 1]
        path = "/" + element.replace(".", "/") if element else ""
        return Origin(
            standard="fhir",
            at=at,
            segment=kind,
            element=pointer + path,
            unit=f"line {line}" if line > 1 else "",
        )

    def excerpt(self, at: int) -> str:
        """Nothing: the pointer says where to look, and no part of a resource is shown."""
        return ""
