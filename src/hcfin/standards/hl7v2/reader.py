"""Bytes to facts: the wire, the envelopes and the readers of messages put together."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from hcfin.billing.reading import FactStream
from hcfin.limits import Limits
from hcfin.standards.hl7v2.envelope import Envelope
from hcfin.standards.hl7v2.profile import Profile
from hcfin.standards.hl7v2.session import Session
from hcfin.standards.hl7v2.trail import Trail
from hcfin.wire.hl7v2 import scan

_BLOCK = 1 << 20


class _Held:
    """Bytes that stay at hand, for a trail that keeps everything."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


def _all(stream: BinaryIO, limit: int) -> bytes:
    """Everything, and one byte more than the limit, so that the scanner still notices."""
    blocks, room = [], limit + 1
    while room and (block := stream.read(min(room, _BLOCK))):
        blocks.append(block)
        room -= len(block)
    return b"".join(blocks)


def read(stream: BinaryIO, profile: Profile, limits: Limits, *, keep: bool = False) -> FactStream:
    """The facts of every message, made while they are taken. Never raises on data.

    `keep` holds the source in memory, so that every place can be shown afterwards.
    """
    held = None
    if keep:
        data = _all(stream, limits.max_bytes)
        stream, held = BytesIO(data), _Held(data)
    session = Session(profile, limits, Trail(held, profile.encoding))
    events = Envelope(session).events(scan(stream.read, limits, profile.encoding))
    return FactStream("hl7v2", events, session.trail, session.coverage, session.cover_all)
