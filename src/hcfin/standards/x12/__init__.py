"""X12: health care claim payment/advice (835)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.overlay import Overlay
from hcfin.standards import Acknowledgment, Standard
from hcfin.standards.x12.profile import Profile

_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*ISA[^A-Za-z0-9\s]")
# Each begins with letters that stand in few other texts, which are found fast.
_INSIDE = (
    re.compile(rb"ISA[^A-Za-z0-9\s][^\r\n]{60,}"),
    re.compile(rb"ST(?<![A-Za-z0-9]ST)([^A-Za-z0-9\s])[0-9]{3}\1"),
)


def _sniff(head: bytes) -> int:
    if _START.match(head):
        return 100
    return 60 if any(inside.search(head) for inside in _INSIDE) else 0


def _read(stream: BinaryIO, profile: Profile | None, limits: Limits, keep: bool) -> FactStream:
    from hcfin.standards.x12.reader import read

    return read(stream, profile or Profile(), limits, keep=keep)


def _write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    from hcfin.standards.x12.writing import write

    return write(facts, identity)


def _check(data: bytes) -> tuple[Issue, ...]:
    from hcfin.standards.x12.conformance import check

    return check(data)


def _acknowledge(
    data: bytes,
    profile: Profile | None,
    limits: Limits,
    identity: Mapping[str, str],
    *,
    interchanges: bool = True,
) -> Acknowledgment:
    from hcfin.standards.x12.acknowledgment import acknowledge

    return acknowledge(data, profile or Profile(), limits, identity, interchanges=interchanges)


def _profile_problems(profile: Any, source: Overlay) -> Iterable[str]:
    from hcfin.standards.x12.profile_checks import problems

    return problems(profile, source)


STANDARD = Standard("x12", _sniff, _read, _write, _check, Profile, _acknowledge, _profile_problems)
