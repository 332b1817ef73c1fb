"""Mutated files through the invariant: facts, issues or an HcfinError, and nothing else.

    python tests/fuzz/mutate.py 100000                      # a fresh seed, which is printed
    python tests/fuzz/mutate.py 1000000 --seed 7 --jobs 2
    python tests/fuzz/mutate.py 1 --seed 7 --first 4711     # input 4711 of that seed again
    python tests/fuzz/mutate.py 100000 --standard hl7v2     # messages of HL7, not files of X12

Each input is a balanced 835, some claims, a fixture or a seed (or messages of HL7) with one to eight damages
on top of one another. Seed and number decide everything about it, whatever the jobs, until fixtures or seeds
are others. Every thirty-second is held against the thorough invariant, every thousandth against the strict
validator, too. A failure is made small and written to the folder `--found`, and the run ends with exit
status 1.
"""

from __future__ import annotations

import multiprocessing
import secrets
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import feed, feed_hl7, ordeal
from fuzz.shrink import smallest
from hcfin.issues import whole_catalogue
from hcfin.testing.damage_kinds import mutated

_CHUNK = 250
_MOST = 30_000
_KINDS_OF_FAILURE = 20
_THOROUGH_EVERY = 32
_STRICT_EVERY = 1024


@dataclass
class Failure:
    """An input that broke the invariant. Its traceback is text: not every exception can change processes."""

    number: int
    labels: tuple[str, ...]
    data: bytes
    traceback: str


@dataclass
class Tally:
    """What became of many inputs."""

    inputs: int = 0
    size: int = 0
    claims: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, 0)
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add the inputs of another tally."""
        self.inputs += other.inputs
        self.size += other.size
        self.claims += other.claims
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.statuses += other.statuses
        self.codes += other.codes
        self.labels += other.labels
        self.failures = {**other.failures, **self.failures}
        self.failed += other.failed


ORIGINALS = {"x12": feed.original, "hl7v2": feed_hl7.original}


def mutant(seed: int, number: int, standard: str = "x12") -> tuple[tuple[str, ...], bytes]:
    """The input of that number and the damages that made it."""
    random = Random(seed << 40 | number)  # noqa: S311 - reproducible, not secret
    data = ORIGINALS[standard](seed * feed.KEPT + random.randrange(feed.KEPT))
    return mutated(data, random, random.randint(1, 8), _MOST)


def _how(number: int) -> dict[str, bool]:
    """How an input is looked at."""
    return {"thorough": number % _THOROUGH_EVERY == 0, "strict": number % _STRICT_EVERY == 0}


def run(seed: int, first: int, count: int, seconds: float = ordeal.SECONDS, standard: str = "x12") -> Tally:
    """Inputs `first` to `first + count - 1` through the invariant."""
    tally = Tally()
    start = time.process_time()
    for number in range(first, first + count):
        labels, data = mutant(seed, number, standard)
        tally.labels.update(labels)
        before = time.process_time()
        try:
            verdict = ordeal.bounded(data, **_how(number), seconds=seconds)
        except (Exception, ordeal.TooSlow) as error:
            name = ordeal.signature(error)
            tally.failed[name] += 1
            told = "".join(traceback.format_exception(error))
            tally.failures.setdefault(name, Failure(number, labels, data, told))
            tally.statuses["failed"] += 1
        else:
            tally.statuses[verdict.status] += 1
            tally.codes.update(verdict.codes)
            tally.claims += verdict.claims
        tally.slowest = max(tally.slowest, (time.process_time() - before, number))
        tally.size += len(data)
        tally.inputs += 1
    tally.seconds = time.process_time() - start
    return tally


def run_all(
    seed: int, first: int, count: int, jobs: int, seconds: float, standard: str = "x12"
) -> Iterator[Tally]:
    """The same in several processes, which are fed as they finish; yields the sum so far."""
    total = Tally()
    starts = iter(range(first, first + count, _CHUNK))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=ordeal.prepare) as pool:
        waiting: set[Future[Tally]] = set()
        more = True
        while more or waiting:
            while more and len(waiting) < 2 * jobs:
                start = next(starts, None)
                more = start is not None and len(total.failures) < _KINDS_OF_FAILURE
                if start is not None and more:
                    size = min(_CHUNK, first + count - start)
                    waiting.add(pool.submit(run, seed, start, size, seconds, standard))
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                total.add(future.result())
            yield total


def keep(failure: Failure, name: str, folder: Path, seconds: float, patience: float) -> Path:
    """Make a failing input small and write it with what it raises."""

    def fails(data: bytes) -> bool:
        error = ordeal.failure_of(data, **_how(failure.number), seconds=seconds)
        return error is not None and ordeal.signature(error) == name

    return ordeal.write(folder, name, smallest(failure.data, fails, patience))


def report(tally: Tally) -> None:
    """Rate, and the distribution of what the inputs were and became."""
    rate = tally.inputs / tally.seconds if tally.seconds else 0
    click.echo(
        f"{tally.inputs} inputs, {tally.size / max(tally.inputs, 1):.0f} bytes on average, "
        f"{tally.claims} claims, {tally.seconds:.0f} CPU s: {rate:.0f} inputs/s for each core; "
        f"slowest {tally.slowest[0]:.2f} s (input {tally.slowest[1]})"
    )
    for title, counts in (
        ("status", tally.statuses),
        ("issues and errors", tally.codes),
        ("damage", tally.labels),
    ):
        click.echo(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    unseen = sorted(set(whole_catalogue()) - set(tally.codes))
    click.echo("issues that no input had: " + (", ".join(unseen) or "none"))


@click.command(help=__doc__)
@click.argument("count", type=click.IntRange(min=1))
@click.option("--seed", type=click.IntRange(min=0), help="The same seed makes the same inputs.")
@click.option("--standard", type=click.Choice(list(ORIGINALS)), default="x12")
@click.option("--first", type=click.IntRange(min=0), default=0, help="Number of the first input.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="Processes.")
@click.option("--seconds", type=float, default=ordeal.SECONDS, help="CPU seconds for an input up to 100 KB.")
@click.option("--patience", type=float, default=60, help="Seconds for making one failing input small.")
@click.option(
    "--found", type=click.Path(path_type=Path), default=Path("fuzz-found"), help="Folder of findings."
)
def main(
    count: int,
    seed: int | None,
    standard: str,
    first: int,
    jobs: int,
    seconds: float,
    patience: float,
    found: Path,
) -> None:
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    click.echo(f"seed {seed}, inputs {first} to {first + count - 1}, {jobs} jobs")
    tally = Tally()
    told = time.monotonic()
    for tally in run_all(seed, first, count, jobs, seconds, standard):
        if time.monotonic() - told > 60:
            told = time.monotonic()
            rate = tally.inputs / tally.seconds
            click.echo(
                f"{tally.inputs} inputs, {rate:.0f}/s for each core, {sum(tally.failed.values())} failed"
            )
    report(tally)
    ordeal.prepare()
    chosen = "" if standard == "x12" else f"--standard {standard} "
    for name, failure in sorted(tally.failures.items()):
        path = keep(failure, name, found, seconds, patience)
        click.echo(
            f"\n{tally.failed[name]} failed: {name}\nfirst: {chosen}--seed {seed} --first {failure.number}"
        )
        click.echo(f"damage: {', '.join(failure.labels)}\nsmallest: {path}\n{failure.traceback}")
    sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
