"""The command line on files of any size: lines as they come, what needs a copy, progress, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cases
import hcfin as library
from hcfin import files
from hcfin.billing.facts import load_fact
from hcfin.cli.commands import hcfin
from hcfin.cli.jobs import Read, Translate
from hcfin.cli.options import Feed, Policy
from hcfin.cli.pieces import Job, Style
from hcfin.cli.progress import Meter, Progress
from hcfin.cli.sources import Source, sources_of
from hcfin.wire.json import dumps
from test_spooled import Pipe

FIXTURES = cases.FIXTURES / "x12" / "remittance_835"
R1 = FIXTURES / "worked_r1" / "input.edi"
R2 = FIXTURES / "worked_r2" / "input.edi"
# In a currency in which the entity has no books.
REJECTED = R2.read_bytes().replace(b"TRN*1*", b"CUR*PR*EUR~\nTRN*1*").replace(b"SE*48*", b"SE*49*")
BOOKS = library.load_books()
CONTEXT = library.Context(keys=library.DEMO_KEYS)
HCFIN = [sys.executable, "-m", "hcfin"]

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def run(*arguments: Any, stdin: Any = None) -> Result:
    return CliRunner().invoke(hcfin, [str(argument) for argument in arguments], input=stdin)


def lines_of(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """One file with three remittances, the second of which is rejected."""
    path = tmp_path / "several.edi"
    path.write_bytes(R1.read_bytes() + REJECTED + R2.read_bytes())
    return path


# NDJSON


def test_translate_prints_what_iter_translate_yields(several: Path) -> None:
    result = run("translate", "--to", "netsuite", "--ndjson", several)
    parts = list(library.iter_translate(several, BOOKS, to="netsuite", context=CONTEXT))
    assert result.stdout == "".join(part.to_json() + "\n" for part in parts)
    assert [line["status"] for line in lines_of(result)] == ["ok", "rejected", "ok"]
    assert result.exit_code == 1
    assert "CURRENCY_MISMATCH" in result.stderr


def test_facts_come_with_their_remittance(several: Path) -> None:
    result = run("translate", "--to", "netsuite", "--ndjson", "--facts", several)
    reading = library.read(several)
    facts = [[load_fact(fact) for fact in line["facts"]] for line in lines_of(result)]
    assert facts == [[view.header, *view.claims] for view in reading.remittances]


def test_text_targets_are_lines_of_json_too(several: Path) -> None:
    lines = lines_of(run("translate", "--to", "beancount", "--ndjson", several))
    assert [len(line["payloads"]) for line in lines] == [1, 0, 1]
    assert " open Assets:" in lines[0]["payloads"][0]["body"]


def test_post_prints_a_line_for_each_remittance(several: Path) -> None:
    result = run("post", "--ndjson", several)
    first, rejected, last = lines_of(result)
    whole = json.loads(run("post", several).stdout)["documents"]
    assert [*first["documents"], *last["documents"]] == whole
    assert rejected["documents"] == []
    assert rejected["issues"][0]["code"] == "CURRENCY_MISMATCH"
    assert "dispositions" not in first
    assert result.exit_code == 1
    ends = lines_of(run("post", "--ndjson", "--dispositions", several))
    together = json.loads(run("post", "--dispositions", several).stdout)
    assert [end for line in ends for end in line["dispositions"]] == together["dispositions"]


def test_read_prints_facts_and_units_in_the_order_of_the_source(several: Path) -> None:
    result = run("read", "--ndjson", several)
    *lines, end = lines_of(result)
    kinds = [line["kind"] for line in lines]
    assert kinds[:5] == ["claim_payment", "claim_payment", "claim_payment", "remittance", "unit"]
    assert kinds.count("unit") == 3
    whole = json.loads(run("read", several).stdout)
    assert sorted(map(dumps, whole.pop("facts"))) == sorted(
        dumps(line) for line in lines if line["kind"] != "unit"
    )
    assert end == {"kind": "end", **whole}
    units = [line["unit"] for line in lines if line["kind"] == "unit"]
    assert units == json.loads(run("summary", several).stdout)["units"]
    assert result.exit_code == run("read", several).exit_code == 0


def test_a_file_that_nothing_is_known_of_still_ends(tmp_path: Path) -> None:
    empty = tmp_path / "empty.edi"
    empty.write_bytes(b"")
    (end,) = lines_of(run("read", "--ndjson", empty))
    assert (end["kind"], end["standard"]) == ("end", "")
    (line,) = lines_of(run("translate", "--to", "netsuite", "--ndjson", empty))
    assert line["status"] == "rejected"
    assert run("post", "--ndjson", empty).exit_code == 1


def test_strict_findings_come_once_with_lines_as_with_the_whole(several: Path, tmp_path: Path) -> None:
    path = tmp_path / "strict.edi"
    path.write_bytes(several.read_bytes().replace(b"TRN*1*", b"TRX*1*"))
    whole, lines = run("read", "--strict", path), run("read", "--strict", "--ndjson", path)
    assert "GUIDE_VIOLATION" in whole.stderr
    assert sorted(lines.stderr.splitlines()) == sorted(whole.stderr.splitlines())
    expected = [f"{issue}" for issue in library.read(path, strict=True).issues]
    assert whole.stderr.splitlines()[1:] == expected


class Sips(Meter):
    """A source that gives little at a time, so that a small one has many blocks."""

    def reading(self, stream: Any) -> Any:
        return SimpleNamespace(read=lambda size=-1: stream.read(min(size, 2048)))


_KEPT_OF_EACH = 2048
"""Bytes; its facts alone would be ten times as many."""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Of a remittance nothing is kept but what a repeat of it is known by: its names and hashes."""
    text = R2.read_text(encoding="utf-8")
    start, end = text.index("ST*"), text.index("GE*")

    def peak(job: Job, count: int) -> int:
        path = tmp_path / "many.edi"
        # Each set has numbers of its own: what is kept of a set that repeats another is one issue.
        sets = (
            text[start:end].replace("EFT0310", f"T{n:06d}").replace("0001~", f"{n:04d}~")
            for n in range(1, count + 1)
        )
        path.write_text(text[:start] + "".join(sets) + text[end:].replace("GE*1*", f"GE*{count}*"), "utf-8")
        tracemalloc.start()
        try:
            for _ in job(Source(str(path)), Sips()):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    lines, policy = Style(ndjson=True), Policy(BOOKS, CONTEXT)
    for job in (Translate(Feed(), policy, lines, "netsuite"), Read(Feed(), lines), Read(Feed(), Style())):
        peak(job, 2)
        few = peak(job, 240)  # several blocks of the reader
        assert peak(job, 720) < few + 480 * _KEPT_OF_EACH
    whole = Translate(Feed(), policy, Style(), "netsuite")
    assert peak(whole, 60) > 2 * peak(whole, 15), "payloads are rendered together: the measure measures"


@pytest.mark.parametrize("style", [Style(), Style(compact=True), Style(ndjson=True)])
@pytest.mark.parametrize("items", [[], [1], [{"a": "x\ny", "b": [1, {}]}, [], None]])
@pytest.mark.parametrize("before", [{}, {"first": {"a": 1}, "second": "2"}])
@pytest.mark.parametrize("after", [{}, {"rest": [], "last": {"b": {"c": [1]}}}])
def test_a_result_written_item_by_item_is_the_same(style: Style, items: Any, before: Any, after: Any) -> None:
    pieces = style.listing(before, "items", map(style.text, items), lambda: after)
    assert "".join(piece.text for piece in pieces) == style.json({**before, "items": items, **after}).text


# What can be read once


def test_standard_input_that_cannot_be_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(files.spooled.__wrapped__.__kwdefaults__, "memory", 100)
    data = R2.read_bytes()
    payload = ("explain", "--to", "netsuite", "--payload", "demomuewewo57wdt3qwn#/line/items/8")
    for needs_it_twice in (payload, ("read", "--strict"), ("read", "--strict", "--ndjson")):
        expected = run(*needs_it_twice, R2)
        refused = run(*needs_it_twice, "-", stdin=Pipe(data))
        assert refused.exit_code == 2
        assert "--spool-dir" in refused.stderr
        copied = run(*needs_it_twice, "--spool-dir", tmp_path, "-", stdin=Pipe(data))
        assert (copied.exit_code, copied.stdout) == (0, expected.stdout)
        assert not list(tmp_path.iterdir())
    for once in (("translate", "--to", "netsuite"), ("read",), ("post",), ("explain", "--at", "33")):
        assert run(*once, "-", stdin=Pipe(data)).stdout == run(*once, R2).stdout


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed"), Source("-").opened():
        pass
    assert Source("-").size() is None


# Files that are none


@pytest.mark.parametrize("command", [("translate", "--to", "netsuite"), ("read",), ("post",)])
def test_what_cannot_be_read_is_told_by_its_place(command: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "DOE-JANE"
    folder.mkdir()
    for name, reason in ((folder, "Is a directory"), (tmp_path / "DOE-JOHN", "No such file or directory")):
        result = run(*command, R1, name, R2)
        assert result.exit_code == 2
        assert f"hcfin: cannot read file 2 of 3: {reason}" in result.stderr
        assert "DOE" not in result.stderr
        assert result.stdout == run(*command, R1).stdout


def test_no_file_at_all() -> None:
    for command in (("translate", "--to", "netsuite"), ("read",), ("post",), ("summary",), ("explain",)):
        result = run(*command)
        assert result.exit_code == 2
        assert "Missing argument 'FILE" in result.stderr


def test_the_same_file_twice_is_two_files() -> None:
    result = run("summary", R1, R1)
    first, second = result.stdout.splitlines()
    assert first == second


def test_a_wrong_target_is_said_before_anything_is_read() -> None:
    assert "no target named 'nosuch'" in run("translate", "--to", "nosuch", "no-such-file.edi").stderr


# Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def progress_of(to: Any, sources: list[Source], *, terminal: bool) -> tuple[Progress, Clock]:
    clock = Clock()
    return Progress(sources, to, terminal=terminal, now=clock), clock


def test_progress_on_a_terminal_is_one_line_and_gone_at_the_end() -> None:
    to = io.StringIO()
    progress, clock = progress_of(to, sources_of([str(R1), str(R2)]), terminal=True)
    size = R1.stat().st_size + R2.stat().st_size
    stream = progress.reading(io.BytesIO(b"1" * 500))
    stream.read(100)
    assert to.getvalue() == "", "what is quick needs none"
    clock.now += 1
    stream.read(100)
    line = f"hcfin: 0.0 of {size / 1e6:.1f} MB, 0 of 2 files, 0.0 MB/s"
    assert to.getvalue() == f"\r{line}"
    for _ in range(100):
        clock.now += 0.001
        stream.read(1)
    assert to.getvalue() == f"\r{line}", "at most five times a second"
    progress.clear()
    assert to.getvalue() == f"\r{line}\r{' ' * len(line)}\r"
    before = len(to.getvalue())
    clock.now += 1
    progress.ended()
    progress.close()
    assert "1 of 2 files" in to.getvalue()[before:]
    assert to.getvalue().endswith(" \r")
    assert progress.bytes == 300


def test_a_narrow_terminal_is_not_left_with_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    to = io.StringIO()
    progress, clock = progress_of(to, sources_of([str(R1)]), terminal=True)
    clock.now += 1
    progress.reading(io.BytesIO(b"1")).read(1)
    assert len(to.getvalue()) == len("\r") + 19


def test_progress_in_a_file_is_only_on_request() -> None:
    silent = run("summary", R1)
    assert silent.stderr == ""
    asked = run("summary", "--progress", R1, R2)
    assert asked.stdout == run("summary", R1, R2).stdout
    (line,) = asked.stderr.splitlines()
    assert "2 of 2 files" in line
    assert "2 remittances" in line
    assert "worked" not in asked.stderr
    unknown = run("translate", "--to", "netsuite", "--progress", "-", stdin=R2.read_bytes())
    assert "hcfin: 0.0 MB, " in unknown.stderr


def test_progress_in_a_file_is_a_line_every_five_seconds() -> None:
    to = io.StringIO()
    progress, clock = progress_of(to, sources_of(["-"]), terminal=False)
    stream = progress.reading(io.BytesIO(b"1" * 100))
    for _ in range(12):
        clock.now += 1
        stream.read(1)
    progress.close()
    assert to.getvalue().count("\n") == 3


@posix
def test_progress_on_a_real_terminal(tmp_path: Path) -> None:
    """Shown while a slow file is read, without its name; nothing of it is left."""
    slow = tmp_path / "DOE-JANE.edi"
    os.mkfifo(slow)
    here, there = os.openpty()
    with subprocess.Popen([*HCFIN, "summary", str(slow)], stdout=subprocess.PIPE, stderr=there) as process:
        os.close(there)
        with slow.open("wb") as stream:
            for part in (R1.read_bytes(), b" ", b" "):
                stream.write(part)
                stream.flush()
                time.sleep(0.3)
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["units"]
        seen = _all_of(here)
    assert process.returncode == 0
    assert "\rhcfin: 0.0 MB, 0.0 MB/s" in seen
    assert seen.endswith(" \r")
    assert "DOE" not in seen


def _all_of(terminal: int) -> str:
    seen = b""
    try:
        while block := os.read(terminal, 4096):
            seen += block
    except OSError:  # what Linux says when the other end is closed
        pass
    os.close(terminal)
    return seen.decode()


# How a command ends


@posix
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_goes_away_ends_the_command_quietly(jobs: str) -> None:
    here, there = os.pipe()
    os.close(here)
    command = [*HCFIN, "summary", "--jobs", jobs, str(R1), str(R2)]
    done = subprocess.run(command, stdout=there, stderr=subprocess.PIPE, timeout=60)
    os.close(there)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_not_taken_for_a_file() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*HCFIN, "summary", str(R1)], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(b"hcfin: cannot write the output: No space left on device")
    assert b"Traceback" not in done.stderr


@posix
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_at_once_and_leaves_no_process(jobs: str, tmp_path: Path) -> None:
    names = [tmp_path / "one.edi", tmp_path / "two.edi"]
    for name in names:
        os.mkfifo(name)
    process = subprocess.Popen(
        [*HCFIN, "summary", "--jobs", jobs, *map(str, names)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    # Opening a pipe for writing waits until somebody reads it: from here on, files are being worked on.
    with names[0].open("wb"):
        started = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - started < 15
    assert process.returncode == 130
    assert out == b""
    assert err == b"hcfin: interrupted\n"
    assert _gone(process.pid), "nothing of the group still runs"


def _gone(group: int) -> bool:
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@posix
def test_lines_come_while_the_source_is_still_open(tmp_path: Path) -> None:
    """The first remittance is printed before the second is written."""
    command = [*HCFIN, "translate", "--to", "netsuite", "--ndjson", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        source, out = process.stdin, process.stdout
        assert source is not None
        assert out is not None
        seen: list[bytes] = []
        reader = threading.Thread(target=lambda: seen.append(out.readline()))
        reader.start()
        source.write(R1.read_bytes() + b" " * 200_000)
        source.flush()
        reader.join(60)
        assert json.loads(seen[0])["status"] == "ok"
        source.write(R2.read_bytes())
        source.close()
        assert len(out.read().splitlines()) == 1
    assert process.returncode == 0
