"""FHIR memory: the peak of one process while it reads NDJSON of 10 MB, of 1 GB, and of more if asked.

    python benchmarks/memory_fhir.py                                   # 10 MB and 1 GB
    python benchmarks/memory_fhir.py --megabytes 10 10000
    python benchmarks/memory_fhir.py --write-docs docs/speed.md

Nothing is stored: each line is an ExplanationOfBenefit of about 27 KB (`speed_fhir.py`) with an identifier of
its own, made while it is read, through a pipe or from a stream. Every size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

MEGABYTES = (10, 1_000)
WAYS = ("facts", "facts and coverage", "facts of gzip", "summary")
_MB = 1_000_000
_NUMBER = b"ICN0001"


def lines(most: int) -> Iterator[bytes]:
    """Lines until there are so many bytes."""
    from speed_fhir import SIZE, benefit

    template = benefit(SIZE) + b"\n"
    made, number = 0, 0
    while made < most:
        line = template.replace(_NUMBER, b"ICN%09d" % number)
        number += 1
        made += len(line)
        yield line


def packed(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same as gzip."""
    deflate = zlib.compressobj(level=1, wbits=31)
    for block in blocks:
        yield deflate.compress(block)
    yield deflate.flush()


class Stream:
    """A stream that is made while it is read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._held = block
        made, self._held = self._held[:size], self._held[size:]
        return made


def run(way: str, megabytes: int) -> int:
    """Read so much in one way; how many claim payments there were."""
    import hcfin
    from hcfin.billing.remittance import ClaimPayment
    from hcfin.translation import stream_facts

    blocks = lines(megabytes * _MB)
    if way == "summary":
        return summary(blocks)
    stream = Stream(packed(blocks) if way.endswith("gzip") else blocks)
    if way.endswith("coverage"):
        events = stream_facts(stream, cover=True).events  # type: ignore[arg-type]
    else:
        events = hcfin.iter_facts(stream)  # type: ignore[arg-type]
    return sum(isinstance(event, ClaimPayment) for event in events)


def summary(blocks: Iterator[bytes]) -> int:
    """`hcfin summary` of a pipe; this process forks one that writes into it."""
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.close(readable)
        with os.fdopen(writable, "wb") as pipe:
            for block in blocks:
                pipe.write(block)
        os._exit(0)
    os.close(writable)
    command = [sys.executable, "-m", "hcfin", "summary", "--standard", "fhir", f"/dev/fd/{readable}"]
    done = subprocess.Popen(command, pass_fds=[readable], stdout=subprocess.PIPE)
    os.close(readable)
    assert done.stdout is not None
    count = 0
    while block := done.stdout.read(1 << 16):
        count += block.count(b'"kind"')
    done.wait()
    os.wait()
    return count


def measure(way: str, megabytes: int) -> None:
    """Print what it took: claims, CPU seconds, and the peak in bytes."""
    start = time.process_time()
    count = run(way, megabytes)
    who = resource.RUSAGE_CHILDREN if way == "summary" else resource.RUSAGE_SELF
    used = resource.getrusage(who)
    seconds = used.ru_utime + used.ru_stime if way == "summary" else time.process_time() - start
    print(count, seconds, used.ru_maxrss * 1024)


def table(sizes: tuple[int, ...]) -> str:
    rows = ["| way of reading | " + " | ".join(f"{size:,} MB of lines" for size in sizes) + " |"]
    rows.append("|---|" + "---:|" * len(sizes))
    for way in WAYS:
        cells = []
        for size in sizes:
            command = [sys.executable, __file__, "--measure", way, str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            count, seconds, peak = done.stdout.split()
            print(f"{way}, {size} MB: {done.stdout.strip()}", file=sys.stderr, flush=True)
            cells.append(f"{float(peak) / _MB:.1f} MB ({int(count):,} resources, {float(seconds):.0f} s)")
        rows.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=MEGABYTES)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "MEGABYTES"), help=argparse.SUPPRESS)
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the table into this page.")
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], int(options.measure[1]))
        return
    text = table(tuple(options.megabytes))
    if options.write_docs:
        import docs

        docs.put(options.write_docs, "fhir_memory", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
