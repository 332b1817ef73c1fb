"""Damage as it happens to X12 files on their way: labelled, so that a failing test says what broke it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

from hcfin.testing.damage_kinds import KINDS, damaged

_SHOWN = 10_000

LABELS = tuple(KINDS)
"""Every kind of damage."""

ItemT = TypeVar("ItemT")


class _Long(bytes):
    """Bytes that a failing test shows in part: hypothesis warns of a long `repr`, which hides the failure."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: {self[:_SHOWN]!r} ... {self[-100:]!r}>"


class _Drawn:
    """Choices that hypothesis makes, and shrinks."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def of(self, items: Sequence[ItemT]) -> ItemT:
        return self._draw(st.sampled_from(items))

    def blob(self, most: int) -> bytes:
        return self._draw(st.binary(min_size=1, max_size=most))


def mutations(data: bytes) -> st.SearchStrategy[tuple[str, bytes]]:
    """Pairs of a label and a damaged copy of `data`: one damage each, chosen among `LABELS`.

    Made for X12, works on any bytes. A damage that finds nothing to damage returns `data` as it is. Several
    damages at once, without hypothesis: `hcfin.testing.damage_kinds.mutated`.

    >>> from hypothesis import find
    >>> find(mutations(b"ST*835*1~SE*2*1~"), lambda pair: pair[0] == "drop_segment")
    ('drop_segment', b'SE*2*1~')
    """
    return st.sampled_from(LABELS).flatmap(lambda label: _damaged(data, label))


@st.composite
def _damaged(draw: st.DrawFn, data: bytes, label: str) -> tuple[str, bytes]:
    result = damaged(data, label, _Drawn(draw))
    return label, result if len(result) <= _SHOWN else _Long(result)
