"""HL7 v2 speed: charge messages to facts beside other readers, in messages a second, measured in one run.

    python benchmarks/peers.py hl7 hl7types hl7apy        # once: the others' environments
    python benchmarks/speed_hl7.py                        # 3,000 messages of five charges; one of 2,000
    python benchmarks/speed_hl7.py --write-docs docs/speed.md

As `speed.py` does it: each way in a process of its own, the best of three runs, or of one where it takes
long. Slow ones read fewer messages: their rate is of those. The files are those of `generate_hl7.py`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import docs
import hcfin
from generate_hl7 import write
from peers import PEERS, problem
from speed import TIMED, hardware, ratio

FLOOR = "split to fields"
OURS = ("hcfin: messages", "hcfin: charges", "hcfin: one by one")
MODES = {
    FLOOR: "",
    **dict.fromkeys(OURS, ""),
    "python-hl7: parse": "hl7",
    "hl7types: typed": "hl7types",
    "hl7apy: parse": "hl7apy",
    "hl7apy: validate": "hl7apy",
}
AGAINST = ("hl7apy: parse", "hl7types: typed", "python-hl7: parse", FLOOR)
SHARE = {
    "hcfin: one by one": 4,
    "python-hl7: parse": 4,
    "hl7types: typed": 4,
    "hl7apy: parse": 20,
    "hl7apy: validate": 20,
}
"""They read so much less of it."""
RUNS = 3
STAY = 10
"""Messages of one stay: a feed tells the patient and the insurances again with each of them."""
CHARGES = 5


@dataclass(frozen=True)
class Result:
    """CPU seconds for so many messages, and MB above the imports; `why` where it failed."""

    cpu: float = 0
    messages: int = 0
    net: float = 0
    why: str = ""

    @property
    def rate(self) -> float:
        return self.messages / self.cpu if self.cpu else 0


def run(mode: str, folder: Path, messages: int, charges: int, each: int) -> Result:
    """The best of three processes, of one where it takes long."""
    peer = PEERS.get(MODES[mode])
    if peer is not None and problem(peer):
        return Result(why=problem(peer))
    file, small = folder / "file.hl7", folder / "small.hl7"
    wanted = write(file, messages, charges, each)
    write(small, 3, charges=2)
    python = str(peer.python) if peer else sys.executable
    found: list[Result] = []
    while len(found) < RUNS and (not found or found[0].cpu < 3):
        command = [python, str(TIMED), mode, str(file), str(small)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return Result(why=(done.stderr.strip().splitlines() or ["ended"])[-1][:100])
        told = json.loads(done.stdout)
        if told["count"] != wanted:
            return Result(why=f"found {told['count']} of {wanted} charges")
        found.append(Result(told["cpu"], messages, told["net"]))
    return min(found, key=lambda result: result.cpu)


def measured(messages: int, charges: int, modes: dict[str, int], each: int = 1) -> dict[str, Result]:
    rows = {}
    with tempfile.TemporaryDirectory() as name:
        for mode, share in modes.items():
            rows[mode] = run(mode, Path(name), max(messages // share, 1), charges, each)
            print(f"{mode}: {rows[mode]}", file=sys.stderr, flush=True)
    return rows


def table(rows: dict[str, Result], charges: int) -> str:
    lines = ["| way of reading | messages/s | charges/s | ms each | net MB |", "|---|---:|---:|---:|---:|"]
    for mode, result in rows.items():
        if result.why:
            lines.append(f"| {mode} | not measured: {result.why} | | | |")
            continue
        cells = (
            ratio(result.rate),
            ratio(result.rate * charges),
            f"{1000 / result.rate:.3g}",
            f"{result.net:.0f}",
        )
        lines.append(f"| {mode} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ratios(rows: dict[str, Result]) -> str:
    lines = [
        "| ours | " + " | ".join(f"/ {name}" for name in AGAINST) + " |",
        "|---|" + "---:|" * len(AGAINST),
    ]
    for mode in OURS:
        rates = (rows[mode].rate / rows[name].rate if rows[name].rate else 0 for name in AGAINST)
        lines.append(f"| {mode} | " + " | ".join(ratio(one) if one else "" for one in rates) + " |")
    return "\n".join(lines)


def growth(small: dict[str, Result], large: dict[str, Result]) -> str:
    """How a message of 2,000 charges compares with 400 of five: 1 is linear."""
    lines = ["| way of reading | seconds | times as long as for 400 messages of five |", "|---|---:|---:|"]
    for mode, result in large.items():
        if result.why or not small[mode].rate:
            continue
        times = result.cpu / (2_000 / CHARGES / small[mode].rate)
        lines.append(f"| {mode} | {result.cpu:.3g} | {ratio(times)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("messages", type=int, nargs="?", default=3_000)
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the tables into this page.")
    options = parser.parse_args()
    shares = {mode: SHARE.get(mode, 1) for mode in MODES}
    rows = measured(options.messages, CHARGES, shares)
    stays = measured(options.messages, CHARGES, shares, STAY)
    large = measured(1, 2_000, dict.fromkeys([mode for mode in MODES if "validate" not in mode], 1))
    peers = ", ".join(f"{peer.name} {peer.version}" for name, peer in PEERS.items() if name in MODES.values())
    parts = [
        f"Measured: {hardware()}; hcfin {hcfin.__version__}, {peers}.",
        f"### Messages of {CHARGES} charges, {STAY} of each patient",
        ratios(stays),
        table(stays, CHARGES),
        f"### Messages of {CHARGES} charges, each of another patient",
        ratios(rows),
        table(rows, CHARGES),
        "### One message of 2,000 charges",
        growth(rows, large),
    ]
    text = "\n\n".join(parts)
    if options.write_docs:
        docs.put(options.write_docs, "messages", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
