"""Twice the input is twice the work, counted in instructions, which no busy machine changes.

What grows in C alone (joining tuples, searching the same text again) is not counted here: see
`python tests/fuzz/growth.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz import growth

# Growth that is not mended yet. A strict test says when it is.
OPEN: dict[str, str] = {}
# Thousands of sets or messages in a few kilobytes: linear, and most of the time of all others together.
_COSTLY = (
    *("st_without_isa", "st_unclosed", "st_and_se", "isa_fragments"),
    *("headers_alone", "headers_of_other_delimiters", "trailers", "rows_unreadable"),
)
_FAMILIES = [family for family in growth.FAMILIES if family not in _COSTLY]


@pytest.fixture(scope="module")
def counted() -> dict[str, growth.Growth]:
    """In a process of its own: counting takes the place of a coverage tool's tracing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    program = [sys.executable, str(Path(growth.__file__)), "--measure", "steps", "--json", *_FAMILIES]
    done = subprocess.run(program, capture_output=True, text=True, env=environment)
    found = [growth.Growth(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(found) == len(_FAMILIES), done.stderr
    return {one.family: one for one in found}


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=OPEN[name], strict=True) if name in OPEN else ())
        for name in _FAMILIES
    ],
)
def test_steps_grow_with_the_size(counted: dict[str, growth.Growth], family: str) -> None:
    found = counted[family]
    assert not found.wrong, f"twice the increase of the size takes {found.ratio:.1f} times the steps"


@pytest.mark.parametrize("family", growth.FAMILIES)
def test_a_family_has_the_size_that_is_asked_for(family: str) -> None:
    small, large = (len(growth.FAMILIES[family](size)) for size in (4_000, 8_000))
    assert 3_000 < large - small < 5_000


def test_a_measure_tells_what_grows_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    def quadratic(data: bytes) -> None:
        for _ in data:
            for _ in data:
                pass

    def linear(data: bytes) -> None:
        for _ in data:
            pass

    for work, wrong in ((quadratic, True), (linear, False)):
        monkeypatch.setattr(growth.ordeal, "work", work)
        before = sys.gettrace()
        try:
            found = growth.steps("claims", 200)
        finally:
            sys.settrace(before)
        assert found.wrong == wrong, found
