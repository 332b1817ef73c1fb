"""What front ends said of claims: the refused were never adjudicated, so no payment can be due for them; of
those that were taken, the payer's number is known before it pays."""

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
    def payer_claim_number(self) -> str:
        """The payer's number of the claim."""

    @property
    def created(self) -> date | None:
        """When it was said."""

    @property
    def charged(self) -> Decimal | None:
        """The charge, where it is told."""

    @property
    def rejected(self) -> bool:
        """Whether the claim was refused before adjudication."""


class Word(NamedTuple):
    """What was said of a claim. `number` is the payer's."""

    day: date
    rejected: bool
    charged: Decimal | None
    number: str


Words = dict[str, list[Word]]
"""By account, what was said of its claims."""


def words_of(statuses: Iterable[object]) -> Words:
    """What front ends said, by account. What is no report of a claim is passed over."""
    said: Words = defaultdict(list)
    for status in statuses:
        if isinstance(status, ClaimReport) and status.level == "claim" and status.account.strip():
            day, number = status.created or date.min, status.payer_claim_number.strip()
            said[status.account.strip()].append(Word(day, status.rejected, status.charged, number))
    return dict(said)


def was_rejected(bill: Bill, said: Words) -> bool:
    """Whether the last word on a bill is that it was refused, and it was not sent again since. Of one day,
    the refusal counts: a clearing house takes what the payer behind it refuses."""
    last, sent = bill.last, bill.created[-1] or date.min
    words = [
        one
        for one in said.get(last.account, ())
        if one.charged in (None, last.charged) and (one.day >= sent or one.day == date.min)
    ]
    return bool(words) and max(words, key=lambda one: (one.day, one.rejected)).rejected
