"""Whether the segments of a message stand where its structure has them.

Strategy: a structure is a regular language over names of segments. Its positions (each place where a segment
may stand) and which may follow which are worked out once; then the set of positions where the message may be
is carried along, so that no choice between groups that begin alike is ever made too early. Where no position
follows, the shortest way to one that would says which required segments are missing; where there is no way,
or where what is missing stands further on, the segment is out of place and is passed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from hcfin.standards.hl7v2.conformance_tables import children_of

_START = -1


class Fault(Enum):
    """What may be wrong with a segment's place."""

    MISSING = "a required segment is missing"
    UNKNOWN = "a segment that the message structure does not have"
    TOO_OFTEN = "a segment stands too often"
    MISPLACED = "a segment stands where the message structure has none"


class Finding(NamedTuple):
    """A fault at a segment of the message, counted from 0; `name` is the segment that it is about."""

    at: int
    fault: Fault
    name: str


class _Part(NamedTuple):
    """A piece of a structure: where it may begin and end, and whether it may be absent."""

    first: frozenset[int]
    last: frozenset[int]
    optional: bool


_NOTHING = _Part(frozenset(), frozenset(), True)


class Structure:
    """A message structure of a version."""

    def __init__(self, entry: Any) -> None:
        self.names: list[str] = []
        """The segment of each position."""
        self.follow: dict[int, set[int]] = {}
        whole = self._sequence(entry)
        self.follow[_START] = set(whole.first)
        self.last = whole.last

    def check(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with the segments of a message, given by name."""
        known = set(self.names)
        states = {_START}
        told: set[tuple[Fault, str]] = set()
        for at, name in enumerate(names):
            found: list[Finding] = []
            after = self._step(states, name)
            if after:
                states = after
            elif name not in known:
                found.append(Finding(at, Fault.UNKNOWN, name))
            else:
                missing, after = self._way(states, name)
                if after and not set(missing) & set(names[at + 1 :]):
                    states = after
                    lacking = [one for one in missing if (Fault.MISPLACED, one) not in told]
                    found += [Finding(at, Fault.MISSING, one) for one in lacking]
                else:  # also where what it would follow stands behind it
                    here = any(self.names[state] == name for state in states if state != _START)
                    found.append(Finding(at, Fault.TOO_OFTEN if here else Fault.MISPLACED, name))
            for one in found:
                if (one.fault, one.name) not in told:  # what is wrong with each of many is said once
                    told.add((one.fault, one.name))
                    yield one
        if not states & self.last:
            missing, _ = self._way(states, None)
            yield from (Finding(max(len(names) - 1, 0), Fault.MISSING, name) for name in missing)

    def _step(self, states: Iterable[int], name: str) -> set[int]:
        return {to for state in states for to in self.follow[state] if self.names[to] == name}

    def _way(self, states: set[int], name: str | None) -> tuple[list[str], set[int]]:
        """The segments that must stand between, and where the message is then; `name` None: its end."""
        todo: deque[tuple[int, tuple[str, ...]]] = deque((state, ()) for state in sorted(states))
        seen = set(states)
        while todo:
            state, passed = todo.popleft()
            if name is None and state in self.last:
                return [*passed], {state}
            after = self._step((state,), name) if name is not None else set()
            if after and passed:
                return [*passed], after
            for to in sorted(self.follow[state]):
                if to not in seen:
                    seen.add(to)
                    todo.append((to, (*passed, self.names[to])))
        return [], set()

    def _sequence(self, entry: Any) -> _Part:
        """A group or message: its children one after the other, or one of them."""
        parts = [self._child(child) for child in entry[1]]
        if entry[0] == "choice":
            return _Part(
                frozenset().union(*(part.first for part in parts)),
                frozenset().union(*(part.last for part in parts)),
                any(part.optional for part in parts),
            )
        whole = _NOTHING
        for part in parts:
            self._connect(whole.last, part.first)
            first = whole.first | part.first if whole.optional else whole.first
            last = whole.last | part.last if part.optional else part.last
            whole = _Part(first, last, whole.optional and part.optional)
        return whole

    def _child(self, child: Any) -> _Part:
        name, reference, (least, most), kind = child
        if kind == "GRP":
            part = self._sequence(reference)
        else:
            position = len(self.names)
            self.names.append(name)
            self.follow[position] = set()
            part = _Part(frozenset({position}), frozenset({position}), False)
        if most != 1:
            self._connect(part.last, part.first)
        return _Part(part.first, part.last, part.optional or least == 0)

    def _connect(self, ends: Iterable[int], begins: Iterable[int]) -> None:
        for end in ends:
            self.follow[end].update(begins)


@lru_cache(maxsize=256)
def structure(name: str, version: str) -> Structure:
    """The structure of that name, which there must be."""
    return Structure(children_of(name, version))
