"""Copies of what can be read only once: in memory, or in a file that nobody else can open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO, cast

from hcfin.errors import HcfinError
from hcfin.limits import Limits

SPOOL_MEMORY = 64_000_000
_BLOCK = 1 << 20


@contextmanager
def spooled(
    stream: BinaryIO,
    *,
    memory: int = SPOOL_MEMORY,
    directory: str | os.PathLike[str] | None = None,
    limits: Limits | None = None,
) -> Iterator[BinaryIO]:
    """A stream that can be read twice: a seekable one itself; a copy of what is left of any other.

    A copy of up to `memory` bytes is held in memory. A larger one is a file in `directory`, of mode 0600 and
    gone at the end, because it is patient data; without a directory it is refused. A copy has at most one
    byte more than `limits` allow to read. Raises `HcfinError`.
    """
    seekable = getattr(stream, "seekable", None)
    if seekable is not None and seekable():
        yield stream
        return
    most = (limits or Limits()).max_bytes + 1
    with BytesIO() as held:
        _copy(stream, held, min(memory + 1, most))
        if held.tell() <= memory:
            held.seek(0)
            yield held
            return
        if directory is None:
            raise HcfinError(
                f"this source can be read only once, is needed twice and is larger than {memory:,} bytes: "
                "give a file, or name a directory where a copy may wait (spool_dir, --spool-dir); "
                "the copy is patient data"
            )
        with _unnamed(directory) as copy:
            with _writing(), held.getbuffer() as view:
                copy.write(view)
            most -= held.tell()
            held.close()
            _copy(stream, copy, most)
            with _writing():
                copy.seek(0)
            yield copy


def _unnamed(directory: str | os.PathLike[str]) -> BinaryIO:
    """A new file of mode 0600 that nobody else can open; it is gone with the process at the latest."""
    with _writing():
        return cast(BinaryIO, tempfile.TemporaryFile(dir=directory))


def _copy(stream: BinaryIO, to: BinaryIO, most: int) -> None:
    while most > 0 and (block := stream.read(min(most, _BLOCK))):
        with _writing():
            to.write(block)
        most -= len(block)


@contextmanager
def _writing() -> Iterator[None]:
    """What goes wrong with the copy is not a fault of the source."""
    try:
        yield
    except OSError as error:
        fault = HcfinError(f"cannot use the directory for copies: {error.strerror or 'output error'}")
    else:
        return
    raise fault
