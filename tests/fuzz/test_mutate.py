"""The runs themselves: reproducible, bounded, and what they find becomes small."""

from __future__ import annotations

import resource
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from fuzz import feed, feed_hl7, mutate, ordeal
from fuzz.shrink import smallest
from hcfin.issues import PARTIAL, whole_catalogue
from hcfin.testing.invariant import Verdict


def test_some_mutated_inputs_hold_the_invariant() -> None:
    tally = mutate.run(seed=1, first=0, count=150)
    assert tally.failures == {}, next(iter(tally.failures.values())).traceback
    assert tally.inputs == sum(tally.statuses.values()) == 150
    assert min(tally.statuses[status] for status in ("ok", "partial", "rejected")) > 10
    assert len(tally.codes) > 30
    assert len(tally.labels) > 35


def test_some_mutated_messages_hold_the_invariant() -> None:
    tally = mutate.run(seed=1, first=1, count=150, standard="hl7v2")
    assert tally.failures == {}, next(iter(tally.failures.values())).traceback
    assert sum(tally.statuses.values()) == 150
    assert len(tally.codes) > 15
    assert len(tally.labels) > 35


@pytest.mark.parametrize("number", range(12))
def test_generated_messages_hold_planted_data(number: int) -> None:
    data = feed_hl7.generated(Random(number))  # noqa: S311 - reproducible, not secret
    assert data == feed_hl7.generated(Random(number))  # noqa: S311
    assert ordeal.SENTINEL.encode() in data or b"MFN" in data
    assert b"TESTPERSON" not in data
    ordeal.invariant(data, thorough=False)


def test_a_number_is_an_input_whatever_came_before() -> None:
    assert [mutate.mutant(3, number) for number in (5, 6)] == [mutate.mutant(3, number) for number in (5, 6)]
    assert len({mutate.mutant(seed, number)[1] for seed in (3, 4) for number in range(50)}) > 90


@pytest.mark.parametrize("number", range(12))
def test_what_mutations_start_from_balances_and_holds_planted_data(number: int) -> None:
    data = feed.generated(Random(number))  # noqa: S311 - reproducible, not secret
    assert ordeal.SENTINEL.encode() in data
    assert b"TESTPERSON" not in data
    verdict = ordeal.invariant(data)
    assert verdict.claims >= 1
    assert verdict.documents >= 1
    kinds = whole_catalogue()
    assert not [code for code in verdict.codes if kinds[code].disposition in PARTIAL]


@pytest.mark.parametrize("number", range(6))
def test_generated_claims_are_in_order_and_hold_planted_data(number: int) -> None:
    data = feed.generated_claims(Random(number))  # noqa: S311 - reproducible, not secret
    assert ordeal.SENTINEL.encode() in data
    assert b"TESTPERSON" not in data
    verdict = ordeal.invariant(data)
    assert verdict.claims >= 1
    kinds = whole_catalogue()
    assert not [code for code in verdict.codes if kinds[code].disposition in PARTIAL]


def test_the_command_tells_its_seed_rate_and_distribution(tmp_path: Path) -> None:
    arguments = ["40", "--seed", "2", "--first", "100", "--found", str(tmp_path / "found")]
    done = CliRunner().invoke(mutate.main, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("seed 2, inputs 100 to 139, 1 jobs\n40 inputs, ")
    for title in ("inputs/s for each core", "status: ", "issues and errors: ", "damage: ", "no input had: "):
        assert title in done.output
    assert not (tmp_path / "found").exists()


def _broken(data: bytes, **_: bool) -> Verdict:
    if b"PLB" in data:
        raise ZeroDivisionError
    return Verdict("ok")


def test_a_failure_becomes_small_and_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ordeal, "invariant", _broken)
    tally = mutate.run(seed=1, first=0, count=20)
    ((name, failure),) = tally.failures.items()
    assert name.startswith("ZeroDivisionError")
    assert tally.failed[name] == tally.statuses["failed"] > 5
    assert mutate.mutant(1, failure.number) == (failure.labels, failure.data)
    path = mutate.keep(failure, name, tmp_path, seconds=2, patience=30)
    assert path.read_bytes() == b"PLB"


def test_the_command_fails_and_writes_what_it_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ordeal, "invariant", _broken)
    monkeypatch.setattr(mutate, "run_all", lambda seed, first, count, *_: [mutate.run(seed, first, count)])
    done = CliRunner().invoke(mutate.main, ["20", "--seed", "1", "--found", str(tmp_path)])
    assert done.exit_code == 1
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == b"PLB"
    assert f"smallest: {path}" in done.output
    assert "first: --seed 1 --first " in done.output
    assert "ZeroDivisionError" in done.output


def test_what_takes_too_long_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(_: bytes, **__: bool) -> Verdict:
        while True:
            try:
                sum(range(1000))
            except Exception:  # noqa: S112 - what code under test may do
                continue

    monkeypatch.setattr(ordeal, "invariant", forever)
    error = ordeal.failure_of(b"ISA", thorough=False, seconds=0.05)
    assert isinstance(error, ordeal.TooSlow)
    assert ordeal.signature(error) == "TooSlow"
    monkeypatch.setattr(ordeal, "invariant", lambda data, **_: Verdict("ok"))
    assert ordeal.failure_of(b"ISA", seconds=0.05) is None


def test_what_takes_too_much_memory_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter((100_000, 100_000 + 70 * 1024))
    monkeypatch.setattr(resource, "getrusage", lambda _: SimpleNamespace(ru_maxrss=next(peaks)))
    error = ordeal.failure_of(b"ISA", thorough=False)
    assert str(error) == "memory: 70 MB more at the peak for 3 bytes"
    assert ordeal.signature(AssertionError(str(error))) == ordeal.signature(
        AssertionError(str(error).replace("7", "8"))
    )


def test_the_smallest_input_is_found_over_segments_elements_and_bytes() -> None:
    data = b"ISA*1*2~GS*A*B~" + b"CLP*A*1~" * 50 + b"REF*X*KEPT*Y~SE*1~" + b"NM1~" * 50 + b"IEA*LAST~"
    assert smallest(data, lambda one: b"KEPT" in one and b"LAST" in one) == b"KEPTLAST"
    assert smallest(data, lambda one: one.count(b"CLP*A*1~") == 50) == b"CLP*A*1~" * 50
    assert smallest(data, lambda one: True) == b""
