"""How far a command is: one line on standard error, without patient data and without names of files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO, BinaryIO, cast

from hcfin.billing.reading import Event, FactStream
from hcfin.billing.remittance import Remittance
from hcfin.cli.sources import Source

_EVERY = 0.2  # seconds, on a terminal
_EVERY_IN_A_FILE = 5.0


class Meter:
    """Sees what is read. This one looks away."""

    def reading(self, stream: BinaryIO) -> BinaryIO:
        """The stream, its bytes counted as they are read."""
        return stream

    def facts(self, source: FactStream) -> FactStream:
        """The facts, their remittances counted as they pass."""
        return source

    def ended(self, size: int = 0) -> None:
        """A file is done; `size` are its bytes where nobody saw them being read."""

    def clear(self) -> None:
        """Something else is about to be printed."""

    def close(self) -> None:
        """The command is over."""


class Progress(Meter):
    """Shows bytes, files, megabytes (10^6 bytes) a second and remittances.

    On a terminal the line is written over at most five times a second, and is gone at the end. In a file,
    which only an option asks for, each is a line of its own, every five seconds and at the end.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        to: IO[str],
        *,
        terminal: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        sizes = [source.size() for source in sources]
        self.total = None if None in sizes else sum(cast(list[int], sizes))
        self.count = len(sources)
        self.bytes = self.files = self.remittances = 0
        self._to = to
        self._terminal = terminal
        self._now = now
        self._every = _EVERY if terminal else _EVERY_IN_A_FILE
        self._start = now()
        self._due = self._start + self._every
        self._width = 0

    def reading(self, stream: BinaryIO) -> BinaryIO:
        return cast(BinaryIO, _Counted(stream, self._read))

    def facts(self, source: FactStream) -> FactStream:
        return replace(source, events=self._counted(source.events))

    def ended(self, size: int = 0) -> None:
        self.files += 1
        self._read(size)

    def clear(self) -> None:
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def close(self) -> None:
        if self._terminal:
            self.clear()
        else:
            self._write(self.line() + "\n")

    def line(self) -> str:
        """The figures so far."""
        megabytes = f"{self.bytes / 1e6:.1f}"
        seconds = max(self._now() - self._start, 0.001)
        figures = [f"{megabytes} MB" if self.total is None else f"{megabytes} of {self.total / 1e6:.1f} MB"]
        if self.count > 1:
            figures.append(f"{self.files} of {self.count} files")
        figures.append(f"{self.bytes / 1e6 / seconds:.1f} MB/s")
        if self.remittances:
            figures.append(f"{self.remittances} remittances")
        return "hcfin: " + ", ".join(figures)

    def _read(self, count: int) -> None:
        self.bytes += count
        if self._now() >= self._due:
            self._show()

    def _counted(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if type(event) is Remittance:
                self.remittances += 1
            yield event

    def _show(self) -> None:
        line = self.line()
        if self._terminal:
            line = line[: shutil.get_terminal_size().columns - 1]
            self._write("\r" + line.ljust(self._width))
            self._width = max(self._width, len(line))
        else:
            self._write(line + "\n")
        self._due = self._now() + self._every

    def _write(self, text: str) -> None:
        self._to.write(text)
        self._to.flush()


class _Counted:
    """A stream that tells how much was read from it. Reads only forwards."""

    def __init__(self, stream: BinaryIO, count: Callable[[int], None]) -> None:
        self._read = stream.read
        self._count = count

    def read(self, size: int = -1) -> bytes:
        data = self._read(size)
        self._count(len(data))
        return data
