"""FHIR: the finance resources of R4, R4B and R5, as JSON, XML, NDJSON and bundles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.overlay import Overlay
from hcfin.standards import Standard
from hcfin.standards.fhir.profile import Profile

_FIRST = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"resourceType"\s*:')
_JSON = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*[\[{][\s\S]*?"resourceType"\s*:')
# A resource may tell its type last.
_LIKE_JSON = re.compile(
    rb'\s*(?:\xef\xbb\xbf)?\s*[\[{][\s\S]*?"(?:meta|contained|extension|fullUrl|identifier)"\s*:'
)
_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<[\s\S]*?http://hl7\.org/fhir")
_GZIP = b"\x1f\x8b"


def _sniff(head: bytes) -> int:
    if _FIRST.match(head):
        return 100
    if _JSON.match(head) or _XML.match(head):
        return 90
    if _LIKE_JSON.match(head):
        return 50
    # Bulk exports come compressed; nothing else that is read here does.
    return 40 if head.startswith(_GZIP) else 0


@cache
def _usual() -> Profile:
    """The profile of a feed of which nothing is known, made once: that takes longer than a small resource."""
    return Profile()


def _read(stream: BinaryIO, profile: Profile | None, limits: Limits, keep: bool) -> FactStream:
    from hcfin.standards.fhir.reader import read

    return read(stream, profile or _usual(), limits, keep=keep)


def _write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    from hcfin.standards.fhir.writing import write

    return write(facts, identity)


def _check(data: bytes) -> tuple[Issue, ...]:
    from hcfin.standards.fhir.conformance import check

    return check(data)


def _encode(source: object) -> bytes | None:
    from hcfin.standards.fhir.objects import encode

    return encode(source)


def _profile_problems(profile: Any, source: Overlay) -> Iterable[str]:
    from hcfin.standards.fhir.profile_checks import problems

    return problems(profile, source)


STANDARD = Standard(
    "fhir", _sniff, _read, _write, _check, Profile, profile_problems=_profile_problems, encode=_encode
)
