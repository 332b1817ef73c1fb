"""837 speed: ours beside pyx12, in CPU seconds and memory, measured in one run.

    python benchmarks/speed_837.py                        # 1 MB of professional and of institutional claims
    python benchmarks/speed_837.py 1 10 --write-docs docs/speed.md

As `speed.py` does it, in this environment, which has pyx12; the files are those of `generate_837.py`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import docs
import hcfin
from generate_837 import write
from speed import FLOOR, SMALL, TIMED, Result, Table, hardware, ratio

OURS = ("hcfin: segments", "hcfin: facts")
THEIRS = ("pyx12: X12Reader", "pyx12: validation")
RUNS = 3


def run(mode: str, file: Path, small: Path, claims: int) -> Result:
    """The best of three processes, of one where it takes long."""
    found: list[Result] = []
    for _ in range(RUNS):
        command = [sys.executable, str(TIMED), mode, str(file), str(small)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
            return Result(0, 0, 0, last[:100], failed=True)
        told = json.loads(done.stdout)
        if mode != FLOOR and told["count"] != claims:
            return Result(0, 0, 0, f"found {told['count']} of {claims} claims", failed=True)
        found.append(Result(told["cpu"], told["peak"], told["net"]))
        if told["cpu"] > 2:
            break
    return min(found, key=lambda result: result.cpu)


def measured(sizes: list[float]) -> list[Table]:
    """A table for each size and kind of claim."""
    tables = []
    with tempfile.TemporaryDirectory() as name:
        for megabytes in sizes:
            for institutional in (False, True):
                file, small = Path(name) / "file.837", Path(name) / "small.837"
                write(small, SMALL, institutional=institutional)
                claims = write(file, megabytes, institutional=institutional)
                rows = {}
                for mode in (FLOOR, *OURS, *THEIRS):
                    rows[mode] = run(mode, file, small, claims)
                    print(f"{megabytes:g} MB: {mode}: {rows[mode]}", file=sys.stderr, flush=True)
                kind = "institutional (837I)" if institutional else "professional (837P)"
                tables.append(Table(f"{megabytes:g} MB, {kind}", file.stat().st_size / 1e6, rows))
    return tables


def ratios(tables: list[Table]) -> str:
    lines = ["| ours | file | / pyx12 validation | / floor |", "|---|---|---:|---:|"]
    for table in tables:
        for mode in OURS:
            mine, rows = table.rows[mode], table.rows
            others = (rows[THEIRS[-1]], rows[FLOOR])
            cells = [ratio(one.cpu / mine.cpu) if not one.failed else "" for one in others]
            lines.append(f"| {mode} | {table.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=float, nargs="*", metavar="MB", help="Sizes of the files: 1.")
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the tables into this page.")
    options = parser.parse_args()
    tables = measured(options.sizes or [1])
    versions = f"hcfin {hcfin.__version__}, pyx12 {version('pyx12')}"
    parts = [f"Measured: {hardware()}; {versions}.", "", ratios(tables)]
    for table in tables:
        parts += ["", table.markdown()]
    text = "\n".join(parts)
    if options.write_docs:
        docs.put(options.write_docs, "claims", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
