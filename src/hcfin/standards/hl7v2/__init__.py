"""HL7 v2: registration, charges and account messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream
from hcfin.errors import HcfinError
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.overlay import Overlay
from hcfin.standards import Acknowledgment, Standard
from hcfin.standards.hl7v2.profile import Profile

_START = re.compile(
    rb"(?:[\s\x00\x0b]|\xef\xbb\xbf)*(?:MSH|FHS|BHS)(?:([!-/:-@\[-`{-~])(?:[!-/:-@\[-`{-~]{2}|\1)|\|)"
)
_INSIDE = re.compile(rb"[\r\n\x0b](?:MSH|FHS|BHS)([!-/:-@\[-`{-~])[!-/:-@\[-`{-~]{2,5}\1")

_HEADERS = (b"MSH", b"FHS", b"BHS")


def _sniff(head: bytes) -> int:
    start = _START.match(head)
    if start:
        return 100 if start[1] else 40
    return 60 if any(name in head for name in _HEADERS) and _INSIDE.search(head) else 0


def _part(name: str) -> Any:
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError:
        fault = HcfinError(f"this version has no {name} of HL7 v2")
    raise fault


@cache
def _usual() -> Profile:
    """The profile of a feed that has none: engines read message by message, and making it takes as long as
    reading a segment or two."""
    return Profile()


def _read(stream: BinaryIO, profile: Profile | None, limits: Limits, keep: bool) -> FactStream:
    from hcfin.standards.hl7v2.reader import read

    return read(stream, profile or _usual(), limits, keep=keep)


def _write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    done: bytes = _part("writing").write(facts, identity)
    return done


def _check(data: bytes) -> tuple[Issue, ...]:
    found: tuple[Issue, ...] = _part("conformance").check(data)
    return found


def _acknowledge(
    data: bytes,
    profile: Profile | None,
    limits: Limits,
    identity: Mapping[str, str],
    *,
    interchanges: bool = True,
) -> Acknowledgment:
    answer: Acknowledgment = _part("acknowledgment").acknowledge(
        data, profile or _usual(), limits, identity, interchanges=interchanges
    )
    return answer


def _profile_problems(profile: Any, source: Overlay) -> Iterable[str]:
    from hcfin.standards.hl7v2.profile_checks import problems

    return problems(profile, source)


def _encode(source: object) -> bytes | None:
    from hcfin.standards.hl7v2.objects import encode

    return encode(source)


STANDARD = Standard("hl7v2", _sniff, _read, _write, _check, Profile, _acknowledge, _profile_problems, _encode)
