"""The few inputs of a corpus that reach all that the corpus reaches: what to keep as seeds.

    python tests/fuzz/cover.py fuzz-corpus tests/fuzz/seeds

Reached are steps from one line of hcfin to the next, issues, and statuses. Files that break the invariant
are left out and named. Inputs that the second folder lacks are copied into it, and nothing is removed.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import FrameType

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

import hcfin
from fuzz import ordeal

_INSIDE = str(Path(hcfin.__file__).parent)
_TESTING = str(Path(hcfin.__file__).parent / "testing")

Reached = frozenset[tuple[str, int, int]]


def reached(data: bytes) -> Reached:
    """What an input reaches; nothing where it breaks the invariant."""
    steps: set[tuple[str, int, int]] = set()

    def enter(frame: FrameType, _: str, __: object) -> object:
        name = frame.f_code.co_filename
        if not name.startswith(_INSIDE) or name.startswith(_TESTING):
            return None
        before = 0

        def step(frame: FrameType, event: str, _: object) -> object:
            nonlocal before
            if event == "line":
                steps.add((name, before, frame.f_lineno))
                before = frame.f_lineno
            return step

        return step

    outer = sys.gettrace()
    sys.settrace(enter)
    try:
        verdict = ordeal.invariant(data, thorough=False)
    except (Exception, ordeal.TooSlow):
        return frozenset()
    finally:
        sys.settrace(outer)
    told = {(verdict.status, 0, 0), *((code, 0, 0) for code in verdict.codes)}
    return frozenset(steps | told)


def cover(inputs: dict[bytes, Reached], known: Reached) -> list[bytes]:
    """Inputs that together reach what all do and `known` does not: each time the one that adds most for its
    size, the smaller and then the lesser one where two add the same."""
    left = frozenset[tuple[str, int, int]]().union(*inputs.values()) - known
    chosen = []
    while left:
        best = max(inputs, key=lambda data: (len(inputs[data] & left) / (len(data) + 200), -len(data), data))
        chosen.append(best)
        left -= inputs[best]
    return chosen


@click.command(help=__doc__)
@click.argument("corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("kept", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--largest", type=click.IntRange(min=1), default=4096, help="Bytes of the largest input.")
def main(corpus: Path, kept: Path, largest: int) -> None:
    ordeal.prepare()
    known = frozenset[tuple[str, int, int]]().union(*(reached(path.read_bytes()) for path in kept.iterdir()))
    inputs: dict[bytes, Reached] = {}
    for path in sorted(corpus.iterdir()):
        data = path.read_bytes()
        if len(data) <= largest:
            inputs[data] = reached(data)
            if not inputs[data]:
                click.echo(f"breaks the invariant: {path}")
    chosen = cover(inputs, known)
    for data in chosen:
        (kept / f"{hashlib.sha256(data).hexdigest()[:16]}.edi").write_bytes(data)
    click.echo(f"{len(chosen)} of {len(inputs)} inputs, {sum(map(len, chosen))} bytes")


if __name__ == "__main__":
    main()
