"""Coverage-guided fuzzing of the X12 way, by atheris (libFuzzer for Python).

    pip install --group fuzz
    python tests/fuzz/fuzz_x12.py fuzz-corpus tests/fuzz/seeds -max_total_time=1200
    python tests/fuzz/fuzz_x12.py crash-0123abcd                 # one input again
    python tests/fuzz/fuzz_x12.py -merge=1 fuzz-smaller fuzz-corpus   # keep what reaches more

Options of libFuzzer go through; those that matter have values here. New inputs go to the first folder. The
first failure ends the run; with `--found=FOLDER` the first of each kind is kept there and it goes on. Half
of the mutations are those of `hcfin.testing.damage_kinds`, half libFuzzer's own, with words of `x12.dict`.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from random import Random

import atheris

sys.path.insert(0, str(Path(__file__).parent.parent))

with atheris.instrument_imports(include=["hcfin"], exclude=["hcfin.testing"]):
    from fuzz import ordeal

    # Readers and targets are imported when they are used; only what is imported here is watched.
    ordeal.invariant((ordeal.SEEDS / "clean.edi").read_bytes())

from hcfin.testing.damage_kinds import mutated

_SECONDS = 10.0  # instrumented code is several times slower
_OPTIONS = {
    "-dict": Path(__file__).parent / "x12.dict",
    "-max_len": 4096,
    "-timeout": 60,
    "-rss_limit_mb": 2048,
}


class Target:
    """The invariant, within its bounds, for one input after the other."""

    def __init__(self, found: Path | None) -> None:
        self.found = found
        self.seen: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Raise what an input breaks, or keep the first input of each kind where there is a folder."""
        error = ordeal.failure_of(data, thorough=False, seconds=_SECONDS)
        if error is None:
            return
        if self.found is None:
            raise error
        name = ordeal.signature(error)
        if name not in self.seen:
            self.seen.add(name)
            ordeal.write(self.found, name, data)
            traceback.print_exception(error)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """One to three damages that know segments and elements, or what libFuzzer does to any bytes."""
    random = Random(seed)  # noqa: S311 - reproducible, not secret
    if random.random() < 0.5:
        _, data = mutated(data, random, random.randint(1, 3), max_size)
        if data:
            return data[:max_size]
    return bytes(atheris.Mutate(data or b"ISA", max_size))


def main() -> None:
    named = [argument for argument in sys.argv if argument.startswith("--found=")]
    arguments = [argument for argument in sys.argv if argument not in named]
    folders = [argument for argument in arguments[1:] if not argument.startswith("-")]
    if len(folders) > 1:
        Path(folders[0]).mkdir(parents=True, exist_ok=True)
    given = {argument.partition("=")[0] for argument in arguments}
    arguments += [f"{name}={value}" for name, value in _OPTIONS.items() if name not in given]
    ordeal.prepare()
    found = Path(named[-1].partition("=")[2]) if named else None
    atheris.Setup(arguments, Target(found), custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
