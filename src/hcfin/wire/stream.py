"""Reading from a stream in pieces of a size that does not depend on how its bytes arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO


def read_fully(read: Callable[[int], bytes], size: int) -> bytes:
    """Read until there are `size` bytes or the stream ends: sockets and pipes may give less than asked for.

    >>> from io import BytesIO
    >>> stream = BytesIO(b"ISA*00*")
    >>> read_fully(lambda size: stream.read(min(size, 2)), 5)
    b'ISA*0'
    """
    first = read(size)
    if not first or len(first) >= size:
        return first
    parts, missing = [first], size - len(first)
    while missing > 0:
        part = read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


class Prefixed:
    """A stream whose first bytes were already taken to find out what it is. Reads only forwards."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """Up to that many bytes; all that there are, for a negative size."""
        head, self._head = self._head, b""
        if not head:
            return self._rest.read(size)
        if size < 0:
            return head + self._rest.read()
        self._head = head[size:]
        return head[:size]
