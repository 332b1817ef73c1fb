"""What a charge or transaction on an account needs before it can be booked: entity, currency and day.

No envelope says for whom such a fact is, only a facility, and each fact has days of its own. Issues are those
of a family: `TRANSACTION_DATE_MISSING`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from hcfin.billing.base import Fact
from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.context import Context
from hcfin.issues import Issue
from hcfin.posting.draft import ISSUE
from hcfin.posting.settling import booked_on, foreign


class Ground(NamedTuple):
    """Whose books, and when."""

    entity: str
    booking: BookingDate


def grounded(
    fact: Fact, facility: str, days: Iterable[date | None], books: Books, context: Context, family: str
) -> tuple[Ground | None, list[Issue]]:
    """The ground of a fact, with a `PERIOD_CLOSED` where it is booked later; or why it has none.

    The day is the caller's posting date, else the first of `days` that is told; never the clock.
    """
    entity = books.entity([facility])
    if entity is None:
        return None, [ISSUE(f"{family}_ENTITY_UNKNOWN")]
    other = foreign(books, entity, fact.currency, family)
    if other is not None:
        return None, [other]
    day = context.posting_date or next((one for one in days if one is not None), None)
    booking, told = booked_on(books, entity, day, family)
    issues = [told] if told is not None else []
    return Ground(entity, booking) if booking is not None else None, issues
