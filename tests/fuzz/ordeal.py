"""What every way of fuzzing runs: the invariant, within bounds of time and memory.

Strategy: time is the process's own, so that a busy machine finds no hang that is none. The bounds are far
above what an input costs, and proportional to its size above 100 KB.
"""

from __future__ import annotations

import gc
import hashlib
import resource
import signal
import traceback
from functools import cache
from pathlib import Path

import hcfin
from hcfin import discover
from hcfin.testing.invariant import Verdict, assert_invariant

SENTINEL = "ZZPHIQX"  # longer than what is shown as a code wherever it stands
SECONDS = 2.0  # for inputs up to 100 KB
MEGABYTES = 64  # that one input may add to the peak, beside a kilobyte for each of its bytes
ADDRESS_SPACE = 4 << 30
ROOT = Path(__file__).parent.parent.parent
SEEDS = Path(__file__).parent / "seeds"

_BOOKS = hcfin.load_books()
_CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)


class TooSlow(BaseException):
    """An input took too long. No `Exception`, so that nothing on the way catches it."""


def prepare() -> None:
    """Once in each process: a limit of memory, and nothing looked up twice that cannot change meanwhile."""
    if discover.names.__module__ == discover.__name__ and not hasattr(discover.names, "cache_info"):
        discover.names = cache(discover.names)
        discover.load = cache(discover.load)
    gc.freeze()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, hard))


def invariant(data: bytes, *, thorough: bool = True, strict: bool = False) -> Verdict:
    """The invariant with this project's books and keys, without bounds."""
    return assert_invariant(data, _BOOKS, _CONTEXT, sentinel=SENTINEL, thorough=thorough, strict=strict)


def work(data: bytes) -> None:
    """What takes the time: read and translate, without looking at what comes out."""
    hcfin.read(data)
    hcfin.translate(data, _BOOKS, to="netsuite", context=_CONTEXT)


def bounded(data: bytes, *, thorough: bool = True, strict: bool = False, seconds: float = SECONDS) -> Verdict:
    """The invariant within its bounds; `TooSlow`, or `AssertionError` for memory, beyond them."""

    def expire(*_: object) -> None:
        raise TooSlow(f"more than {limit:.1f} s for {len(data)} bytes")

    limit = seconds * max(1.0, len(data) / 100_000) * (4 if thorough else 1) * (10 if strict else 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGVTALRM, expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        verdict = invariant(data, thorough=thorough, strict=strict)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    if grown > MEGABYTES + len(data) // 1000:
        raise AssertionError(f"memory: {grown} MB more at the peak for {len(data)} bytes")
    return verdict


def failure_of(
    data: bytes, *, thorough: bool = True, strict: bool = False, seconds: float = SECONDS
) -> BaseException | None:
    """What an input breaks; None where the invariant holds."""
    try:
        bounded(data, thorough=thorough, strict=strict, seconds=seconds)
    except (Exception, TooSlow) as error:
        return error
    return None


def write(folder: Path, name: str, data: bytes) -> Path:
    """Keep a failing input under the name of its failure."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "".join(character if character.isalnum() else "_" for character in name)[:50]
    path = folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}.edi"
    path.write_bytes(data)
    return path


def signature(error: BaseException) -> str:
    """What tells two failures apart: the kind, and the last line of hcfin that was reached."""
    if isinstance(error, TooSlow):
        return "TooSlow"
    if isinstance(error, AssertionError) and str(error):
        text = "".join("9" if character.isdigit() else character for character in str(error))
        return f"AssertionError: {text[:80]}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "hcfin" in frame.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "?"
    return f"{type(error).__name__} in {where}"
