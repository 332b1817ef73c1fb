"""Sources that can be read only once: copied to memory, or to a directory of the caller, or not at all."""

from __future__ import annotations

import io
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import cases
import hcfin
from hcfin import files, spooling
from hcfin.spooling import spooled

R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
PAYLOAD = "demomuewewo57wdt3qwn#/line/items/8"


class Pipe(io.RawIOBase):
    """Read once, forwards."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.data.readinto(buffer)


class OnlyRead:
    """What some clients call a file: nothing but `read`."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)


class Endless(OnlyRead):
    """A remittance, and blanks without end."""

    def __init__(self) -> None:
        self.start = io.BytesIO(R2.read_bytes())

    def read(self, size: int = -1) -> bytes:
        return self.start.read(size).ljust(size)


@contextmanager
def socket_file(data: bytes) -> Iterator[BinaryIO]:
    here, there = socket.socketpair()
    with here, there, there.makefile("rb") as stream:
        here.sendall(data)
        here.shutdown(socket.SHUT_WR)
        yield stream


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would hold megabytes holds a hundred bytes."""
    monkeypatch.setitem(files.spooled.__wrapped__.__kwdefaults__, "memory", 100)


def test_a_seekable_stream_is_never_copied(tmp_path: Path) -> None:
    with R2.open("rb") as stream, spooled(stream, memory=0, directory=tmp_path / "missing") as again:
        assert again is stream
    held = io.BytesIO(b"1234")
    held.read(2)
    with spooled(held, memory=0) as again:
        assert again is held
        assert again.tell() == 2


@pytest.mark.parametrize("make", [Pipe, OnlyRead])
def test_a_small_pipe_is_held_in_memory(make: Any, tmp_path: Path) -> None:
    source = make(b"xx" + b"1" * 100)
    source.read(2)
    with spooled(source, memory=100, directory=tmp_path) as again:
        assert isinstance(again, io.BytesIO)
        for _ in range(2):
            again.seek(0)
            assert again.read() == b"1" * 100, "from where it stood"


def test_a_large_pipe_without_a_directory_is_refused() -> None:
    with (
        pytest.raises(hcfin.HcfinError, match=r"larger than 100 bytes.*name a directory.*--spool-dir"),
        spooled(Pipe(b"1" * 101), memory=100),
    ):
        pass


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_large_pipe_is_a_private_file_that_is_gone_at_the_end(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)

    def look(copy: BinaryIO) -> None:
        found = os.fstat(copy.fileno())
        assert stat.S_IMODE(found.st_mode) == 0o600
        assert found.st_dev == tmp_path.stat().st_dev
        assert copy.read() == data
        copy.seek(0)
        assert copy.read(10) == data[:10]

    def fail_after(work: Callable[[BinaryIO], None], copy: BinaryIO) -> None:
        work(copy)
        raise ZeroDivisionError

    with spooled(Pipe(data), memory=100, directory=tmp_path) as copy:
        look(copy)
    assert copy.closed
    with pytest.raises(ZeroDivisionError), spooled(Pipe(data), memory=2_000_000, directory=tmp_path) as copy:
        fail_after(look, copy)
    assert copy.closed
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_used_is_no_fault_of_the_source(tmp_path: Path) -> None:
    missing = spooled(Pipe(b"1" * 101), memory=100, directory=tmp_path / "DOE-JANE")
    with (
        pytest.raises(hcfin.HcfinError, match="cannot use the directory for copies: No such") as caught,
        missing,
    ):
        pass
    assert "DOE" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_not_taken_for_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b", buffering=0) as device:
        monkeypatch.setattr(spooling, "_unnamed", lambda directory: device)
        full = spooled(Pipe(b"1" * 101), memory=100, directory=".")
        with pytest.raises(hcfin.HcfinError, match="for copies: No space left on device"), full:
            pass


def test_a_source_that_fails_is_not_taken_for_the_directory(tmp_path: Path) -> None:
    class Broken(Pipe):
        def readinto(self, buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"), spooled(Broken(b""), directory=tmp_path):
        pass


def test_a_copy_is_no_larger_than_a_read(tmp_path: Path) -> None:
    limits = hcfin.Limits(max_bytes=1_000_000)
    for memory in (100, 2_000_000):
        with spooled(Endless(), memory=memory, directory=tmp_path, limits=limits) as copy:
            assert len(copy.read()) == 1_000_001
    issues = hcfin.read(Endless(), strict=True, limits=limits).issues
    assert "INPUT_TOO_LARGE" in {issue.code for issue in issues}


@pytest.mark.parametrize("directory", [False, True])
def test_strict_reading_of_what_can_be_read_once(
    directory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = R2.read_bytes().replace(b"TRN*1*", b"TRX*1*")
    expected = hcfin.read(data, strict=True)
    assert "GUIDE_VIOLATION" in {issue.code for issue in expected.issues}
    if directory:
        monkeypatch.setitem(files.spooled.__wrapped__.__kwdefaults__, "memory", 100)
    spool_dir = tmp_path if directory else None
    for source in (Pipe(data), OnlyRead(data)):
        reading = hcfin.read(source, strict=True, spool_dir=spool_dir)
        assert (reading.facts, reading.issues) == (expected.facts, expected.issues)
    assert hcfin.check(Pipe(data), spool_dir=spool_dir) == expected.issues
    with socket_file(data) as stream:
        assert hcfin.check(stream, spool_dir=spool_dir) == expected.issues


@pytest.mark.usefixtures("small_memory")
def test_what_needs_the_source_twice_says_so() -> None:
    data = R2.read_bytes()
    for needs_it_twice in (
        lambda: hcfin.read(Pipe(data), strict=True),
        lambda: hcfin.check(Pipe(data)),
        lambda: hcfin.explain(Pipe(data), BOOKS, context=CONTEXT, payload=PAYLOAD, to="netsuite"),
    ):
        with pytest.raises(hcfin.HcfinError, match="spool_dir"):
            needs_it_twice()


@pytest.mark.usefixtures("small_memory")
def test_what_needs_the_source_once_never_copies() -> None:
    data = R2.read_bytes()
    assert len(hcfin.read(Pipe(data)).facts) == 5
    assert hcfin.translate(Pipe(data), BOOKS, to="netsuite", context=CONTEXT).status == "ok"
    for selection in ({}, {"at": 33}, {"line": "demomuewewo57wdt3qwn:9"}):
        expected = hcfin.explain(R2, BOOKS, context=CONTEXT, **selection)
        assert hcfin.explain(Pipe(data), BOOKS, context=CONTEXT, **selection) == expected


@pytest.mark.usefixtures("small_memory")
def test_a_payload_line_of_what_can_be_read_once(tmp_path: Path) -> None:
    expected = hcfin.explain(R2, BOOKS, context=CONTEXT, payload=PAYLOAD, to="netsuite")
    with socket_file(R2.read_bytes()) as stream:
        explained = hcfin.explain(
            stream, BOOKS, context=CONTEXT, payload=PAYLOAD, to="netsuite", spool_dir=tmp_path
        )
    assert explained == expected
    assert [line.line.n for line in explained.lines] == [9]
    assert not list(tmp_path.iterdir())
