"""What must be settled before a fact is booked, whatever its kind: its date, and the currency of its entity.

Codes of issues begin with the `kind` of fact: BILL, CHARGE …
"""

from __future__ import annotations

from datetime import date

from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.issues import Issue, PolicyText
from hcfin.posting.draft import ISSUE


def booked_on(
    books: Books, entity: str, day: date | None, kind: str
) -> tuple[BookingDate | None, Issue | None]:
    """The date to book on, or None, and what is to be told: no date, or a closed period."""
    if day is None:
        return None, ISSUE(f"{kind}_DATE_MISSING")
    booking = books.booking_date(day, entity)
    told = {"day": PolicyText(day.isoformat())}
    if booking is None or (booking.original_period and books.policy.closed_period == "withhold"):
        return None, ISSUE(f"{kind}_PERIOD_CLOSED", **told)
    if booking.original_period:
        return booking, ISSUE("PERIOD_CLOSED", **told, booked=PolicyText(booking.gl_date.isoformat()))
    return booking, None


def foreign(books: Books, entity: str, currency: str, kind: str) -> Issue | None:
    """What is to be told where an entity does not book in a currency."""
    own = books.entities[entity]
    if currency in (own.currency, *own.accepts):
        return None
    return ISSUE(f"{kind}_CURRENCY_MISMATCH", currency=currency, own=own.currency)
