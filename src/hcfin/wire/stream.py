"""Reading from a stream in pieces of a size that does not depend on how its bytes arrive."""

from __future__ import annotations

from collections.abc import Callable


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
