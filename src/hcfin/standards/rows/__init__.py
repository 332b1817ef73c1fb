"""Rows of JSON or of a table: transactions of billing platforms and gateways, supplies of inventory
applications."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream, collect
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.standards import Standard
from hcfin.standards.rows.profile import Profile

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{")
_KINDS = rb"payment|payout|refund|dispute|write_off|transfer|supply_use|stock_level|stock_adjustment"
_KINDS += rb"|supply_request|goods_receipt|invoice_release"
_KIND = re.compile(rb'"kind"\s*:\s*"(?:' + _KINDS + rb')"')
_HEADER = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:[^\r\n,;\t|{<]*[,;\t|])*?"?kind"?[,;\t|\r\n]')
_REPORT = re.compile(rb'"(?:reporting_category|amount)"\s*:')


def _sniff(head: bytes) -> int:
    if _HEADER.match(head):
        return 80
    if not _START.match(head) or b'"resourceType"' in head:
        return 0
    if _KIND.search(head):
        return 95
    return 30 if _REPORT.search(head) else 0


def _read(stream: BinaryIO, profile: Profile | None, limits: Limits, keep: bool) -> FactStream:
    from hcfin.standards.rows.reader import read

    return read(stream, profile or Profile(), limits, keep=keep)


def _write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    from hcfin.standards.rows.writer import write

    return write(facts)


def _check(data: bytes) -> tuple[Issue, ...]:
    return collect(_read(BytesIO(data), None, Limits(), True)).issues


STANDARD = Standard("rows", _sniff, _read, _write, _check, Profile)
