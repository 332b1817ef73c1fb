"""Which function reads a type of message. A new reader is one row."""

from __future__ import annotations

from collections.abc import Callable

from hcfin.standards.hl7v2 import file_status_ack
from hcfin.standards.hl7v2.session import Session
from hcfin.wire.hl7v2 import Message

Reader = Callable[[Message, Session], None]

READERS: dict[str, Reader] = {
    "ACK": file_status_ack.read_message,
}
"""By the type of the message (`DFT^P03`), or by its first part (`DFT`) for all without a row of their own."""


def reader_of(kind: str) -> Reader | None:
    """The reader of a type of message; None where there is none."""
    return READERS.get(kind) or READERS.get(kind[:3])
