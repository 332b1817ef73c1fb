"""Every seed holds the thorough invariant: what was once found stays found. A new finding is a new file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import ordeal

# Findings that are not mended yet, and why they fail. A strict test says when to move them to the seeds.
OPEN: dict[str, str] = {}
_OPEN = Path(__file__).parent / "open"
_STRICT = 500  # bytes; the strict validator takes its time


def _hold(data: bytes) -> None:
    error = ordeal.failure_of(data, strict=len(data) <= _STRICT, seconds=30)
    if error is not None:
        raise error


@pytest.mark.parametrize("name", sorted(path.name for path in ordeal.SEEDS.iterdir()))
def test_a_seed_holds_the_invariant(name: str) -> None:
    _hold((ordeal.SEEDS / name).read_bytes())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.xfail(reason=why, strict=True)) for name, why in OPEN.items()],
)
def test_an_open_finding_is_mended(name: str) -> None:
    _hold((_OPEN / name).read_bytes())


def test_findings_are_told() -> None:
    assert {path.name for path in _OPEN.glob("*")} == set(OPEN)


def test_seeds_stay_few_and_small() -> None:
    sizes = [path.stat().st_size for path in ordeal.SEEDS.iterdir()]
    assert 20 <= len(sizes) <= 200
    assert sum(sizes) <= 1_000_000


def test_seeds_reach_what_they_are_kept_for() -> None:
    verdicts = [ordeal.invariant(path.read_bytes(), thorough=False) for path in ordeal.SEEDS.iterdir()]
    assert {verdict.status for verdict in verdicts} >= {"ok", "partial", "rejected"}
    assert len(frozenset().union(*(verdict.codes for verdict in verdicts))) >= 40
