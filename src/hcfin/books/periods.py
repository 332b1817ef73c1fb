"""Accounting periods, open or closed: calendar months, or those of a fiscal calendar (4-4-5, 13 periods)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from hcfin.model import Model

Period = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,19}$")]
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = timedelta(days=1)


class FiscalPeriod(Model):
    """One period of a fiscal calendar."""

    name: Period = Field(description="Its name, as documents carry it: 2025-P03.")
    first: date = Field(description="Its first day.")
    last: date = Field(description="Its last day.")


class Periods(Model):
    """Which periods are closed. A period is open unless it is named or lies at or before `closed_through`."""

    closed: tuple[Period, ...] = Field(default=(), description="Closed periods: YYYY-MM, or a name.")
    closed_through: Period | None = Field(
        default=None, description="This period and all before it are closed."
    )
    open_through: Period | None = Field(default=None, description="Nothing later is open yet.")
    calendar: tuple[FiscalPeriod, ...] = Field(
        default=(), description="A fiscal calendar, its periods in turn; months where there is none."
    )

    def named(self, name: str) -> FiscalPeriod | None:
        """The period of a name; None where there is none."""
        if self.calendar:
            return next((period for period in self.calendar if period.name == name), None)
        found = _MONTH.fullmatch(name)
        return _month(date(int(found[1]), int(found[2]), 1)) if found and found[1] != "0000" else None

    def of(self, day: date) -> FiscalPeriod | None:
        """The period of a day; None where the fiscal calendar does not have it."""
        if self.calendar:
            return next((one for one in self.calendar if one.first <= day <= one.last), None)
        return _month(day)

    def after(self, period: FiscalPeriod) -> Iterator[FiscalPeriod]:
        """The periods after one, in turn."""
        if self.calendar:
            yield from (one for one in self.calendar if one.first > period.last)
            return
        while period.last < date.max:
            period = _month(period.last + _DAY)
            yield period

    def is_closed(self, period: FiscalPeriod) -> bool:
        """Whether nothing may be booked in a period."""
        through = self.named(self.closed_through) if self.closed_through else None
        until = self.named(self.open_through) if self.open_through else None
        return (
            period.name in self.closed
            or (through is not None and period.last <= through.last)
            or (until is not None and period.last > until.last)
        )


@dataclass(frozen=True, slots=True)
class BookingDate:
    """The date to book on. `original_period` is set where it had to be moved."""

    gl_date: date
    period: str
    original_period: str | None = None


def period_of(day: date) -> str:
    """The month of a date, as a period.

    >>> period_of(date(2025, 3, 12))
    '2025-03'
    """
    return f"{day.year:04d}-{day.month:02d}"


def _month(day: date) -> FiscalPeriod:
    first = day.replace(day=1)
    if (day.year, day.month) == (date.max.year, date.max.month):
        last = date.max
    else:
        last = date(day.year + day.month // 12, day.month % 12 + 1, 1) - _DAY
    return FiscalPeriod(name=period_of(day), first=first, last=last)


def booking_date(periods: Periods, day: date) -> BookingDate | None:
    """The date itself where its period is open, else the first day of the next open period; None if there
    is none."""
    own = periods.of(day)
    if own is None:
        return None
    if not periods.is_closed(own):
        return BookingDate(day, own.name)
    through = periods.named(periods.closed_through) if periods.closed_through else None
    for period in periods.after(through if through and through.last > own.last else own):
        if not periods.is_closed(period):
            return BookingDate(period.first, period.name, own.name)
        if period.name not in periods.closed:
            break  # it lies beyond what is open, and so does the rest
    return None
