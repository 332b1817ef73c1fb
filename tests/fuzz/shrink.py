"""The smallest input that still fails in the same way: delta debugging over segments, then over bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from hcfin.testing.damage_file import File

_BYTES = 4_000


def smallest(data: bytes, fails: Callable[[bytes], bool], seconds: float = 60) -> bytes:
    """The smallest input found in that time for which `fails` is true; it must be true of `data`."""
    end = time.monotonic() + seconds

    def still(candidate: bytes) -> bool:
        return time.monotonic() < end and fails(candidate)

    before = None
    while before != data and time.monotonic() < end:
        before = data
        file = File(data)
        data = _without(file.segments, file.joined, still, data)
        file = File(data)
        for place in range(len(file.segments) if len(data) <= _BYTES else 0):
            file = File(_shorter(file, place, still))
        data = file.data
        if len(data) <= _BYTES:
            data = _without([data[n : n + 1] for n in range(len(data))], b"".join, still, data)
    return data


def _without(
    parts: Sequence[bytes],
    join: Callable[[Sequence[bytes]], bytes],
    still: Callable[[bytes], bool],
    data: bytes,
) -> bytes:
    """Leave out runs of parts, long ones first, as long as it still fails."""
    run = len(parts) // 2 or 1
    while parts:
        place = 0
        while place < len(parts):
            fewer = [*parts[:place], *parts[place + run :]]
            candidate = join(fewer)
            if candidate != data and still(candidate):
                parts, data = fewer, candidate
            else:
                place += run
        if run == 1:
            break
        run = run // 2 or 1
    return data


def _shorter(file: File, place: int, still: Callable[[bytes], bool]) -> bytes:
    """Leave out elements of one segment, the last ones first."""
    elements = file.elements(place) if place < len(file.segments) else []
    data = file.data
    for position in range(len(elements) - 1, 0, -1):
        fewer = [*elements[:position], *elements[position + 1 :]]
        candidate = file.replaced(place, file.element.join(fewer))
        if still(candidate):
            elements, data = fewer, candidate
    return data
