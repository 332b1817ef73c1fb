"""The FILE arguments of a command: paths, or `-` for standard input."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from hcfin.errors import HcfinError


@dataclass(frozen=True, slots=True)
class Source:
    """One FILE argument: its name, and its place among all of them."""

    name: str
    number: int = 1
    count: int = 1

    @property
    def is_standard_input(self) -> bool:
        """Whether it is `-`."""
        return self.name == "-"

    @property
    def is_ours_alone(self) -> bool:
        """Whether another process could not read it, or would find another file under its name: standard
        input, and what a shell passes as an open file (`<(…)`, `/dev/stdin`)."""
        paths = os.path.abspath(self.name), os.path.realpath(self.name)
        return self.is_standard_input or any(path.startswith(("/dev/", "/proc/")) for path in paths)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes as a stream. Raises `OSError`."""
        if not self.is_standard_input:
            with open(self.name, "rb") as stream:
                yield stream
        elif sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        else:
            yield sys.stdin.buffer

    def size(self) -> int | None:
        """Its size in bytes; None where only reading it would tell."""
        try:
            found = os.fstat(sys.stdin.fileno()) if self.is_standard_input else os.stat(self.name)
        except (AttributeError, OSError, ValueError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def fault(self, error: OSError) -> HcfinError:
        """What to tell where it cannot be read. Its name may hold a patient's, so its place stands for it."""
        reason = error.strerror or "input/output error"
        return HcfinError(f"cannot read file {self.number} of {self.count}: {reason}")


def sources_of(names: Sequence[str]) -> list[Source]:
    """The FILE arguments in their order; the same one twice is two sources."""
    return [Source(name, number, len(names)) for number, name in enumerate(names, start=1)]
