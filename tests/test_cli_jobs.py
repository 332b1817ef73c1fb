"""Several files at the same time: the same output in the same order, bounded, and no hang."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cases
from cli_jobs import Dying, Loud
from hcfin.cli import workers
from hcfin.cli.commands import hcfin
from hcfin.cli.options import Jobs
from hcfin.cli.pieces import Ended, Text
from hcfin.cli.sources import Source, sources_of
from hcfin.errors import HcfinError

INPUTS = [
    *sorted((cases.FIXTURES / "x12" / "remittance_835").glob("*/input.edi")),
    *sorted((cases.FIXTURES / "errors").glob("*/input.edi"))[:20],
]
R1 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi"
R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
COMMANDS = [
    ("translate", "--to", "netsuite"),
    ("translate", "--to", "beancount"),
    ("translate", "--to", "netsuite", "--ndjson", "--facts"),
    ("read", "--ndjson"),
    ("post", "--dispositions"),
    ("summary",),
]


def run(*arguments: Any, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(hcfin, [str(argument) for argument in arguments], input=stdin)


def outcome(tmp_path: Path, jobs: str, command: tuple[str, ...], names: list[Any]) -> tuple[Any, ...]:
    issues = tmp_path / f"issues-{jobs}.ndjson"
    extra = () if command == ("summary",) else ("--issues", issues)
    result = run(*command, *extra, "--jobs", jobs, *names, stdin=R2.read_bytes())
    told = issues.read_bytes() if extra else b""
    return result.exit_code, result.stdout_bytes, result.stderr_bytes, told


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_same_bytes_whatever_the_number_of_processes(command: tuple[str, ...], tmp_path: Path) -> None:
    names = [*INPUTS, "-", R1, R1, "-"]
    expected = outcome(tmp_path, "1", command, names)
    assert expected[0] == 1
    assert outcome(tmp_path, "3", command, names) == expected


@pytest.mark.parametrize("command", [("read",), ("summary",)], ids=" ".join)
def test_the_same_end_where_a_file_cannot_be_read(command: tuple[str, ...], tmp_path: Path) -> None:
    broken = [tmp_path / "missing", tmp_path]
    if Path("/proc/self/mem").exists():
        broken.append(Path("/proc/self/mem"))  # can be opened, and fails when it is read
    for name in broken:
        names = [*INPUTS[:5], name, *INPUTS[:5]]
        expected = outcome(tmp_path, "1", command, names)
        assert expected[0] == 2
        assert b"cannot read" in expected[2]
        assert outcome(tmp_path, "2", command, names) == expected


def test_issues_on_standard_error_come_in_the_same_order() -> None:
    one = run("translate", "--to", "netsuite", "--compact", *INPUTS)
    three = run("translate", "--to", "netsuite", "--compact", "--jobs", "3", *INPUTS)
    assert one.stderr.count("\n") > 20
    assert (three.exit_code, three.output, three.stderr) == (one.exit_code, one.output, one.stderr)


def test_one_file_needs_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr("hcfin.cli.run.pooled", never)
    for names in ((R1,), ("-", R1), ("-",)):
        assert run("summary", "--jobs", "4", *names, stdin=b"").exit_code in (0, 1)


@pytest.mark.parametrize("text", ["0", "auto"])
def test_as_many_as_there_are_processors(text: str) -> None:
    most = os.cpu_count() or 1
    assert 1 <= Jobs().convert(text, None, None) <= most


@pytest.mark.parametrize("text", ["-1", "two", "1.5", "", "٢", "9999999"])
def test_what_is_no_number_of_processes(text: str) -> None:
    result = run("summary", "--jobs", text, R1, R2)
    assert result.exit_code == 2
    assert "not a number of processes" in result.stderr


def test_output_that_waits_is_bounded_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file says sixteen times what may wait; nobody is read whose output has no room."""
    monkeypatch.setattr(workers, "_WINDOW", 1 << 20)
    monkeypatch.setattr(workers, "_AHEAD", 3)
    held = []
    pump = workers._Pool.pump

    def watched(self: workers._Pool, timeout: float | None) -> None:
        pump(self, timeout)
        held.append((self.held, max(self.waiting) - self.turn, len(self.queue)))

    monkeypatch.setattr(workers._Pool, "pump", watched)
    sources = sources_of([f"{number}" for number in range(8)])
    done: list[int] = []
    said: dict[str, int] = {}
    for piece in workers.pooled(Loud(16, 1 << 20), sources, 3, lambda source: done.append(source.number)):
        if isinstance(piece, Text):
            assert len(piece.text) <= 1 << 18, "large pieces travel in parts"
            said[piece.text[0]] = said.get(piece.text[0], 0) + len(piece.text)
        else:
            said[f"end {piece.status}"] = 0
    order = [entry for number in range(1, 9) for entry in (str(number), f"end {number}")]
    assert list(said) == order
    assert {said[str(number)] for number in range(1, 9)} == {16 << 20}
    assert sorted(done) == list(range(1, 9))
    assert max(entry[0] for entry in held) <= (1 << 20) + 3 * (1 << 18)
    assert not multiprocessing.active_children()


def test_a_file_of_nothing_waits_for_nobody() -> None:
    sources = sources_of([f"{number}" for number in range(300)])
    pieces = list(workers.pooled(Loud(0, 0), sources, 2, lambda source: None))
    assert pieces == [Ended(number) for number in range(1, 301)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dies", "file 3 of 5 is not done: the process that worked on it ended with 7"),
        ("raises", "file 3 of 5 is not done: the process that worked on it ended with 1"),
        ("refuses", "this cannot be done"),
    ],
)
def test_what_ends_a_file_ends_the_command_in_its_turn(
    name: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    pieces = workers.pooled(Dying(), sources_of(["a", "b", name, "c", "d"]), 2, lambda source: None)
    with pytest.raises(HcfinError, match=reason):
        said.extend(piece.text for piece in pieces if isinstance(piece, Text))
    assert said[:2] == ["a", "b"]
    assert not {"c", "d"} & set(said)
    assert not multiprocessing.active_children()
    assert ("ZeroDivisionError" in capfd.readouterr().err) == (name == "raises"), "a bug shows its place"


@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_processes_that_are_killed_end_the_command(tmp_path: Path) -> None:
    slow = [tmp_path / "DOE-1.edi", tmp_path / "DOE-2.edi"]
    for path in slow:
        os.mkfifo(path)

    def kill() -> None:
        with slow[0].open("wb"):  # waits until a process reads it
            for child in multiprocessing.active_children():
                child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    result = run("summary", "--jobs", "2", *slow)
    killer.join(30)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "hcfin: file 1 of 2 is not done: the process that worked on it ended with -9" in result.stderr
    assert "DOE" not in result.stderr


def test_processes_that_die_between_two_files_end_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_AHEAD", 0)
    pieces = workers.pooled(Loud(1, 1), sources_of(["a", "b", "c"]), 2, lambda source: None)
    assert [next(pieces), next(pieces)] == [Text("out", "1"), Ended(1)]
    for child in multiprocessing.active_children():
        child.kill()
        child.join(30)
    with pytest.raises(HcfinError, match="file 2 of 3 is not done"):
        next(pieces)


def test_processes_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    started = workers._started

    def failing(job: Any) -> Any:
        if multiprocessing.active_children():
            raise OSError(11, "Resource temporarily unavailable")
        return started(job)

    monkeypatch.setattr(workers, "_started", failing)
    result = run("summary", "--jobs", "3", R1, R2, R1)
    assert result.exit_code == 2
    assert "cannot start 3 processes: Resource temporarily unavailable; try fewer --jobs" in result.stderr
    assert not multiprocessing.active_children()


def test_standard_input_is_worked_on_in_its_turn() -> None:
    sources = sources_of(["x", "-", "y"])
    pieces = list(workers.pooled(Loud(50, 10), sources, 2, lambda source: None))
    assert [piece.status for piece in pieces if isinstance(piece, Ended)] == [1, 2, 3]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs names of open files")
def test_open_files_of_the_shell_are_read_in_their_turn() -> None:
    """`hcfin summary R1 <(cat R2) R1`: another process has no such open file, or another one."""
    here, there = os.pipe()
    os.write(there, R2.read_bytes())
    os.close(there)
    result = run("summary", "--jobs", "2", R1, f"/dev/fd/{here}", R1)
    os.close(here)
    assert result.exit_code == 0
    assert [json.loads(line)["units"][0]["control"] for line in result.stdout.splitlines()] == [
        "EFT0301",
        "EFT0310",
        "EFT0301",
    ]


def test_a_worker_ends_when_nobody_is_there() -> None:
    """The other end is closed before the first file, and in the middle of one."""
    before = signal.getsignal(signal.SIGINT)
    for names in ((), ("x",)):
        here, there = multiprocessing.Pipe()
        for name in names:
            here.send(Source(name))
        here.close()
        workers.work(Loud(1, 1), there)
        there.close()
    signal.signal(signal.SIGINT, before)
