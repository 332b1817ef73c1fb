"""cXML: orders, confirmations, ship notices and invoices between buyers and suppliers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream, collect
from hcfin.errors import HcfinError
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.standards import Standard
from hcfin.standards.cxml.profile import Profile

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:[?!][\s\S]*<)?cXML[\s>]")
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[\s\S]*<!DOCTYPE\s+cXML\s")
_TEXT = re.compile(r"\s*<(?:[?!][\s\S]*<)?cXML[\s>]")
_HEAD = 4096


def _sniff(head: bytes) -> int:
    return 95 if _START.match(head) or _DOCTYPE.match(head) else 0


def _read(stream: BinaryIO, profile: Profile | None, limits: Limits, keep: bool) -> FactStream:
    from hcfin.standards.cxml.reader import read

    return read(stream, profile or Profile(), limits)


def _write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    raise HcfinError("cxml is not written from facts; orders are rendered by the target cxml")


def _check(data: bytes) -> tuple[Issue, ...]:
    return collect(_read(BytesIO(data), None, Limits(), True)).issues


def _encode(source: object) -> bytes | None:
    return source.encode() if isinstance(source, str) and _TEXT.match(source[:_HEAD]) else None


STANDARD = Standard("cxml", _sniff, _read, _write, _check, Profile, encode=_encode)
