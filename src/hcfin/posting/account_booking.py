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
from hcfin.issues import Issue, PolicyText
from hcfin.posting.draft import ISSUE


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
    own = books.entities[entity]
    if fact.currency not in (own.currency, *own.accepts):
        return None, [ISSUE(f"{family}_CURRENCY_MISMATCH", currency=fact.currency, own=own.currency)]
    day = context.posting_date or next((one for one in days if one is not None), None)
    if day is None:
        return None, [ISSUE(f"{family}_DATE_MISSING")]
    booking = books.booking_date(day, entity)
    if booking is None or (booking.original_period and books.policy.closed_period == "withhold"):
        return None, [ISSUE(f"{family}_PERIOD_CLOSED", day=PolicyText(day.isoformat()))]
    told = []
    if booking.original_period:
        days_told = {"day": PolicyText(day.isoformat()), "booked": PolicyText(booking.gl_date.isoformat())}
        told.append(ISSUE("PERIOD_CLOSED", **days_told))
    return Ground(entity, booking), told
