"""What hcfin and other readers make of thirty-two small 835s, measured.

    python benchmarks/peers.py                                       # once: the others' environments
    python benchmarks/robustness.py                                  # the table
    python benchmarks/robustness.py --write-docs docs/robustness.md

The files and what they say come from `hcfin.testing.robustness`. Each reader gets each file in a process of
its own, so that nothing is left over from the file before, and with a time limit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import docs
from hcfin.testing.robustness import ExpectedClaim, Fault, RobustnessCase, robustness_cases
from peers import HOME, PEERS, problem

READERS = Path(__file__).parent / "readers.py"
TIMEOUT = 30
# Column, reader, peer. LinuxForHealth refuses the payer's technical contact, which the guide requires.
COLUMNS = (
    ("hcfin", "hcfin", ""),
    ("oxedi", "oxedi", "oxedi"),
    ("pyx12 X12Reader", "pyx12 reader", "pyx12"),
    ("pyx12 validation", "pyx12 validation", "pyx12"),
    ("x12sdk", "x12sdk", "x12sdk"),
    ("LinuxForHealth", "linuxforhealth", "linuxforhealth-x12"),
    ("openx12", "openx12", "openx12"),
    ("edi-835-parser", "edi-835-parser", "edi-835-parser"),
    ("validedi", "validedi", "validedi"),
    ("x12-python", "x12-python", "x12-python"),
    ("TigerShark", "TigerShark", "TigerShark"),
)
_WITHOUT_CONTACT = "LinuxForHealth"


@dataclass
class Cell:
    """A mark, and what is special about it."""

    mark: str
    remark: str = ""


@dataclass
class Column:
    title: str
    cells: list[Cell]


def found(python: str, reader: str, file: Path) -> dict[str, Any]:
    """What a reader makes of a file."""
    command = [python, str(READERS), reader, str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return {"exception": f"nothing within {TIMEOUT} s"}
    if done.returncode:
        return {"exception": f"ended with {done.returncode}"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def judged(case: RobustnessCase, result: dict[str, Any], alarms: set[str]) -> Cell:
    """Compare with what the file says. `alarms`: what the reader says of the file without the fault."""
    if "exception" in result:
        return Cell("X", result["exception"])
    claims, told = result["claims"], set(result["problems"])
    news = told - alarms
    if not claims:
        return Cell("X", "says that it is not valid") if news else Cell("0")
    wrong = _wrong(case, result)
    if wrong:
        return Cell("W", wrong + (", told" if news else ""))
    if case.fault is Fault.CONTENT:
        return Cell("Q" if news else "-")
    if told & alarms or (told and case.fault is Fault.NONE):
        return Cell("F", ", ".join(sorted(told)[:3]))
    return Cell("Q" if told else "ok")


def _wrong(case: RobustnessCase, result: dict[str, Any]) -> str:
    claims = result["claims"]
    if len(claims) != len(case.claims):
        return f"{len(claims)} of {len(case.claims)} claims"
    pairs = list(zip(case.claims, claims, strict=True))
    problems = []
    if not all(_same_amounts(expected, claim) for expected, claim in pairs):
        problems.append("other amounts")
    if not all(_adjustments(claim["adjustments"]) == _adjustments(e.adjustments) for e, claim in pairs):
        have = sum(len(claim["adjustments"]) for claim in claims)
        problems.append(f"{have} of {sum(len(e.adjustments) for e in case.claims)} adjustments")
    for field_name, named in (("payments", "payments"), ("provider_adjustments", "provider adjustments")):
        have, wanted = [_number(amount) for amount in result[field_name]], list(getattr(case, field_name))
        if have != wanted:
            problems.append(
                f"{len(have)} of {len(wanted)} {named}" if len(have) != len(wanted) else f"other {named}"
            )
    return ", ".join(problems)


def _same_amounts(expected: ExpectedClaim, claim: dict[str, Any]) -> bool:
    pairs = ((expected.charged, claim["charged"]), (expected.paid, claim["paid"]))
    same = all(amount is None or amount == _number(text) for amount, text in pairs)
    return same and claim["id"] == expected.id


def _adjustments(made: Any) -> list[tuple[str, str, Decimal | None]]:
    return sorted((group, reason, _number(amount)) for group, reason, amount in made)


def _number(text: object) -> Decimal | None:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def measured(columns: list[tuple[str, str, str]], jobs: int) -> list[Column]:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        files = {}
        for contact in (True, False):
            for case in robustness_cases(contact=contact):
                files[contact, case.name] = Path(folder) / f"{case.name}_{contact:d}.edi"
                files[contact, case.name].write_bytes(case.data)
        made = []
        for title, reader, peer in columns:
            contact = title != _WITHOUT_CONTACT
            python = str(PEERS[peer].python) if peer else sys.executable
            cases = robustness_cases(contact=contact)
            results = list(pool.map(lambda c: found(python, reader, files[contact, c.name]), cases))  # noqa: B023
            told = {c.name: set(r.get("problems", ())) for c, r in zip(cases, results, strict=True)}
            alarms = {c.name: told["two_sets" if c.name == "control_repeated" else "clean"] for c in cases}
            cells = [judged(c, r, alarms[c.name]) for c, r in zip(cases, results, strict=True)]
            made.append(Column(title, cells))
            print(f"{title:18}", *(f"{cell.mark:2}" for cell in cells), flush=True, file=sys.stderr)
        return made


def table(columns: list[Column], left_out: list[str]) -> str:
    """The matrix, its sums and its footnotes, as Markdown."""
    notes: list[str] = []
    lines = [
        "| file | wrong with it | " + " | ".join(column.title for column in columns) + " |",
        "|---|---|" + "---|" * len(columns),
    ]
    for number, case in enumerate(robustness_cases()):
        cells = []
        for column in columns:
            cell = column.cells[number]
            note = ""
            if cell.remark and cell.mark == "W":
                if cell.remark not in notes:
                    notes.append(cell.remark)
                note = f" <sup>{notes.index(cell.remark) + 1}</sup>"
            cells.append((f"**{cell.mark}**" if cell.mark in ("0", "W") else cell.mark) + note)
        lines.append(f"| {case.about} | {_FAULTS[case.fault]} | " + " | ".join(cells) + " |")
    right = [sum(cell.mark in ("ok", "Q") for cell in column.cells) for column in columns]
    lines.append("| **right, of 32** | | " + " | ".join(f"**{count}**" for count in right) + " |")
    for mark, about in _MARKS.items():
        counts = [sum(cell.mark == mark for cell in column.cells) for column in columns]
        lines.append(f"| {about} ({mark}) | | " + " | ".join(str(count) for count in counts) + " |")
    lines += ["", "W: " + "; ".join(f"<sup>{n}</sup> {note}" for n, note in enumerate(notes, 1)) + "."]
    versions = ", ".join(f"{peer.name} {peer.version}" for peer in PEERS.values() if not problem(peer))
    today = datetime.now(UTC).date()
    lines += ["", f"Measured on {today} with Python {sys.version.split()[0]}: {versions}.", "", *left_out]
    return "\n".join(lines)


_FAULTS = {Fault.NONE: "nothing", Fault.FORM: "form", Fault.CONTENT: "content"}
_MARKS = {
    "X": "no claims, loudly",
    "0": "no claims, silently",
    "W": "claims or amounts wrong",
    "-": "fault not told",
    "F": "false alarm",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the table into this page.")
    parser.add_argument("--jobs", type=int, default=2, help="Processes at a time.")
    parser.add_argument("--remarks", action="store_true", help="Print what is behind each mark.")
    options = parser.parse_args()
    installed = [column for column in COLUMNS if not column[2] or not problem(PEERS[column[2]])]
    left_out = [
        f"Left out: {peer.name} {peer.version}: {problem(peer)}." for peer in PEERS.values() if problem(peer)
    ]
    if len(installed) == 1:
        print(f"no peers in {HOME}: run benchmarks/peers.py", file=sys.stderr)
    columns = measured(installed, options.jobs)
    if options.remarks:
        for column in columns:
            for case, cell in zip(robustness_cases(), column.cells, strict=True):
                print(f"{column.title:18} {case.name:22} {cell.mark:3} {cell.remark}")
    text = table(columns, left_out)
    if options.write_docs:
        docs.put(options.write_docs, "robustness", text)
    elif not options.remarks:
        print(text)


if __name__ == "__main__":
    main()
