"""835 speed: ours beside other readers, in CPU seconds and memory, measured in one run.

    python benchmarks/peers.py                            # once: the others' environments
    python benchmarks/speed.py                            # 1, 10 and 100 MB
    python benchmarks/speed.py 1 --only hcfin             # a quick look
    python benchmarks/speed.py --write-docs docs/speed.md

Every way of reading runs in a process of its own, in the environment of its library, on the same generated
files (`generate.py`); the figure is the best of three runs, or of one where it takes long. What would take
longer than the limit, or more memory, is not run: its figure is extrapolated from the size before and marked
`~`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import docs
import hcfin
from generate import write
from peers import PEERS, problem

TIMED = Path(__file__).parent / "timed.py"
FLOOR = "split, split"
OURS = ("hcfin: segments", "hcfin: facts", "hcfin: documents", "hcfin: payloads")
# What is timed, in which environment.
MODES = {
    FLOOR: "",
    **dict.fromkeys(OURS, ""),
    "oxedi: parse": "oxedi",
    "oxedi: stream": "oxedi",
    "pyx12: X12Reader": "pyx12",
    "pyx12: claim loops": "pyx12",
    "pyx12: validation": "pyx12",
    "x12sdk: models": "x12sdk",
    "LinuxForHealth: models": "linuxforhealth-x12",
    "openx12: parse": "openx12",
    "edi-835-parser: parse": "edi-835-parser",
    "validedi: parse": "validedi",
    "validedi: validate": "validedi",
    "x12-python: stream": "x12-python",
    "x12-python: parse": "x12-python",
    "TigerShark: parse": "TigerShark",
}
IN_ONE_SET = (FLOOR, *OURS, "oxedi: parse", "oxedi: stream", "x12sdk: models")
AGAINST = {"pyx12 validation": "pyx12: validation", "x12sdk": "x12sdk: models", "oxedi": "oxedi: parse"}
# It refuses the payer's technical contact, which the guide requires.
WITHOUT_CONTACT = ("LinuxForHealth: models",)
# What they count is not claims.
COUNT_ELSE = (FLOOR, "hcfin: documents", "hcfin: payloads")
SLOW = 20.0  # seconds: run once
SMALL = 0.05


@dataclass(frozen=True)
class Result:
    """CPU seconds, peak memory and that above the imports, in MB; `why` it was extrapolated, or failed."""

    cpu: float
    peak: float
    net: float
    why: str = ""
    failed: bool = False

    def scaled(self, by: float, why: str) -> Result:
        return Result(self.cpu * by, self.peak + self.net * (by - 1), self.net * by, why)


@dataclass(frozen=True)
class Sample:
    """A generated file: what it is called, its size in MB, its claims, and the same file without contact."""

    title: str
    one_set: bool
    path: Path
    size: float
    claims: int
    without_contact: Path


def ratio(value: float) -> str:
    """Two figures that count: 0.058, 5.8, 120."""
    return f"{value:.2g}" if value < 100 else f"{round(value, -1):.0f}"


def sample(folder: Path, megabytes: float, one_set: bool) -> Sample:
    path = folder / f"{megabytes}_{one_set:d}.835"
    other = folder / f"{megabytes}_{one_set:d}_without_contact.835"
    claims = write(path, megabytes, one_set=one_set)
    if not one_set:
        write(other, megabytes, contact=False)
    kind = "one transaction set" if one_set else "sets of 350 claims"
    return Sample(f"{megabytes:g} MB, {kind}", one_set, path, path.stat().st_size / 1e6, claims, other)


def run(mode: str, file: Sample, small: Sample, seconds: float) -> Result:
    """One process: what it took, or why it failed."""
    python = str(PEERS[MODES[mode]].python) if MODES[mode] else sys.executable
    which = "without_contact" if mode in WITHOUT_CONTACT else "path"
    command = [python, str(TIMED), mode, str(getattr(file, which)), str(getattr(small, which))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Result(seconds, 0, 0, f"stopped after {seconds:.0f} s", failed=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return Result(0, 0, 0, last[:100], failed=True)
    found = json.loads(done.stdout)
    if mode not in COUNT_ELSE and found["count"] != file.claims:
        return Result(0, 0, 0, f"found {found['count']} of {file.claims} claims", failed=True)
    return Result(found["cpu"], found["peak"], found["net"])


def best(mode: str, file: Sample, small: Sample, before: Result | None, size_before: float,
         limits: argparse.Namespace) -> Result:  # fmt: skip
    """The best of three, unless the size before says that it would take too long."""
    if before is not None:
        expected = before.scaled(file.size / size_before, "")
        if before.failed:
            return Result(0, 0, 0, before.why, failed=True)
        if expected.cpu > limits.seconds:
            return before.scaled(file.size / size_before, f"over the limit of {limits.seconds:.0f} s")
        if expected.peak > limits.memory:
            return before.scaled(file.size / size_before, f"over the limit of {limits.memory:.0f} MB")
    runs = [run(mode, file, small, 4 * limits.seconds)]
    while len(runs) < 3 and not runs[0].failed and runs[0].cpu < SLOW:
        runs.append(run(mode, file, small, 4 * limits.seconds))
    done = [result for result in runs if not result.failed]
    return min(done, key=lambda result: result.cpu) if done else runs[0]


def measured(sizes: list[float], modes: list[str], limits: argparse.Namespace) -> dict[str, Table]:
    """Tables by title, one for each file."""
    tables: dict[str, Table] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = sample(folder, SMALL, False)
        for one_set in (False, True):
            before: dict[str, Result] = {}
            size_before = 1.0
            for megabytes in sizes:
                if one_set and megabytes < 10:
                    continue
                file = sample(folder, megabytes, one_set)
                rows = {}
                for mode in modes:
                    if one_set and mode not in IN_ONE_SET:
                        continue
                    rows[mode] = best(mode, file, small, before.get(mode), size_before, limits)
                    print(f"{file.title}: {mode}: {rows[mode]}", file=sys.stderr, flush=True)
                before, size_before = rows, file.size
                tables[file.title] = Table(file.title, file.size, rows)
                file.path.unlink()
    return tables


@dataclass(frozen=True)
class Table:
    """The rows of one file."""

    title: str
    size: float
    rows: dict[str, Result]

    def markdown(self) -> str:
        lines = [
            f"### {self.title}",
            "",
            "| way of reading | CPU s | MB/s | times the floor | peak MB | of it net |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        floor = self.rows.get(FLOOR)
        for mode, result in self.rows.items():
            if result.failed:
                lines.append(f"| {mode} | not measured: {result.why} | | | | |")
                continue
            about = "~" if result.why else ""
            times = f"{about}{result.cpu / floor.cpu:.0f}" if floor else ""
            cells = (
                mode,
                f"{about}{result.cpu:.{_places(result.cpu)}f}",
                f"{about}{_rate(self.size / result.cpu)}",
                times,
                f"{about}{result.peak:.0f}",
                f"{about}{result.net:.0f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def _places(seconds: float) -> int:
    return 3 if seconds < 1 else 2 if seconds < 10 else 0


def _rate(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 20 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def ratios(tables: dict[str, Table]) -> str:
    """Our speed over theirs: what the aims of the project are stated in."""
    lines = [
        "| ours | file | " + " | ".join(f"/ {title}" for title in AGAINST) + " | / floor |",
        "|---|---|" + "---:|" * (len(AGAINST) + 1),
    ]
    for table in tables.values():
        for mode in OURS:
            mine = table.rows.get(mode)
            if mine is None or mine.failed:
                continue
            cells = []
            for other in (*AGAINST.values(), FLOOR):
                theirs = table.rows.get(other)
                if theirs is None or theirs.failed:
                    cells.append("")
                else:
                    cells.append(("~" if theirs.why or mine.why else "") + ratio(theirs.cpu / mine.cpu))
            lines.append(f"| {mode} | {table.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def hardware() -> str:
    """Day, processor, cores and Python."""
    model = platform.processor() or platform.machine()
    about = Path("/proc/cpuinfo")
    if about.exists():
        names = [
            line.partition(":")[2].strip() for line in about.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{datetime.now(UTC).date()}, {model}, {os.cpu_count()} cores, {platform.system()}, {python}"


def machine() -> str:
    """Processor, cores, Python, and the versions that were measured."""
    peers = ", ".join(f"{peer.name} {peer.version}" for peer in PEERS.values() if not problem(peer))
    left_out = "".join(f" Left out: {p.name}: {problem(p)}." for p in PEERS.values() if problem(p))
    return f"{hardware()}; hcfin {hcfin.__version__}, {peers}.{left_out}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=float, nargs="*", metavar="MB", help="Sizes of the files: 1 10 100.")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="Only ways whose name holds this; and the floor."
    )
    parser.add_argument("--seconds", type=float, default=120, help="CPU seconds that one run may take.")
    parser.add_argument("--memory", type=float, default=6000, help="MB that one run may take.")
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the tables into this page.")
    options = parser.parse_args()
    modes = [
        mode
        for mode, peer in MODES.items()
        if (not peer or not problem(PEERS[peer])) and (options.only in mode or mode == FLOOR)
    ]
    tables = measured(options.sizes or [1, 10, 100], modes, options)
    parts = [f"Measured: {machine()}", "", ratios(tables)]
    for table in tables.values():
        parts += ["", table.markdown()]
    text = "\n".join(parts)
    if options.write_docs:
        docs.put(options.write_docs, "speed", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
