"""Claims that a front end refused: they were never adjudicated, so no payment can be due for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, runtime_checkable

from hcfin.reconcile.match_bills import Bill


@runtime_checkable
class ClaimReport(Protocol):
    """What is asked of a `ClaimStatus`. One of another level is about a whole file or provider."""

    @property
    def level(self) -> str:
        """What it is said of: `claim` …"""

    @property
    def account(self) -> str:
        """Patient control number."""

    @property
    def created(self) -> date | None:
        """When it was said."""

    @property
    def charged(self) -> Decimal | None:
        """The charge, where it is told."""

    @property
    def rejected(self) -> bool:
        """Whether the claim was refused before adjudication."""


class _Said(NamedTuple):
    day: date
    rejected: bool
    charged: Decimal | None


Rejections = dict[str, list[_Said]]
"""By account, what was said of its claims."""


def rejections(statuses: Iterable[object]) -> Rejections:
    """What front ends said, by account. What is no report of a claim is passed over."""
    said: Rejections = defaultdict(list)
    for status in statuses:
        if isinstance(status, ClaimReport) and status.level == "claim" and status.account.strip():
            one = _Said(status.created or date.min, status.rejected, status.charged)
            said[status.account.strip()].append(one)
    return dict(said)


def was_rejected(bill: Bill, said: Rejections) -> bool:
    """Whether the last word on a bill is that it was refused, and it was not sent again since. Of one day,
    the refusal counts: a clearing house takes what the payer behind it refuses."""
    last, sent = bill.last, bill.created[-1] or date.min
    words = [
        one
        for one in said.get(last.account, ())
        if one.charged in (None, last.charged) and (one.day >= sent or one.day == date.min)
    ]
    return bool(words) and max(words, key=lambda one: (one.day, one.rejected)).rejected
