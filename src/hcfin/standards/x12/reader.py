"""Bytes to a `Reading`: the wire, the envelopes and the set readers put together."""

from __future__ import annotations

from typing import BinaryIO

from hcfin.billing.reading import Reading
from hcfin.limits import Limits
from hcfin.standards.x12.envelope import Envelope
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.session import Session
from hcfin.standards.x12.trail import Trail
from hcfin.wire.x12 import scan


def read(stream: BinaryIO, profile: Profile, limits: Limits) -> Reading:
    """Read every interchange of a stream. Never raises on data."""
    held = getattr(stream, "getbuffer", None)
    trail = Trail(bytes(held()) if held else None)
    session = Session(profile, limits, trail)
    Envelope(session).run(scan(stream.read, limits))
    return Reading(
        standard="x12",
        facts=tuple(session.facts),
        issues=tuple(session.issues),
        coverage=session.coverage(),
        units=tuple(session.units),
        trail=trail,
    )
