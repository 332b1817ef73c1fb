"""Accounting periods: calendar months, open or closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from hcfin.model import Model

Period = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]


class Periods(Model):
    """Which periods are closed. A period is open unless it is named or lies at or before `closed_through`."""

    closed: tuple[Period, ...] = Field(default=(), description="Closed months, YYYY-MM.")
    closed_through: Period | None = Field(
        default=None, description="This month and all before it are closed."
    )
    open_through: Period | None = Field(default=None, description="Nothing later is open yet.")

    def is_closed(self, period: str) -> bool:
        """Whether nothing may be booked in a period."""
        return (
            period in self.closed
            or (self.closed_through is not None and period <= self.closed_through)
            or (self.open_through is not None and period > self.open_through)
        )


@dataclass(frozen=True, slots=True)
class BookingDate:
    """The date to book on. `original_period` is set where it had to be moved."""

    gl_date: date
    period: str
    original_period: str | None = None


def period_of(day: date) -> str:
    """The period of a date.

    >>> period_of(date(2025, 3, 12))
    '2025-03'
    """
    return f"{day.year:04d}-{day.month:02d}"


def booking_date(periods: Periods, day: date) -> BookingDate | None:
    """The date itself where its period is open, else the first day of the next open period; None if there
    is none."""
    period = period_of(day)
    if not periods.is_closed(period):
        return BookingDate(day, period)
    last = max((*periods.closed, periods.closed_through or "", period))
    candidate = day
    while period_of(candidate) <= last:
        year, month = candidate.year + candidate.month // 12, candidate.month % 12 + 1
        if year > 9999:
            return None
        candidate = date(year, month, 1)
        if not periods.is_closed(period_of(candidate)):
            return BookingDate(candidate, period_of(candidate), period)
    return None
