"""What must hold of periods and fiscal calendars before anything is booked by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hcfin.books import Books, Path
from hcfin.books.periods import Periods
from hcfin.books.told import Told
from hcfin.overlay import near


def period_problems(books: Books, source: Told) -> Iterator[str]:
    owners: list[tuple[Path, Periods]] = [(("periods",), books.periods)]
    owners += [
        (("entities", name, "periods"), entity.periods)
        for name, entity in books.entities.items()
        if entity.periods
    ]
    for where, periods in owners:
        named: list[tuple[Path, str]] = [
            ((*where, "closed", n), name) for n, name in enumerate(periods.closed)
        ]
        named += [
            ((*where, field), name)
            for field in ("closed_through", "open_through")
            if (name := getattr(periods, field))
        ]
        for path, name in named:
            if periods.named(name) is None:
                known = [period.name for period in periods.calendar]
                told = f"is no period of the calendar: {name!r}" if known else "must have the form YYYY-MM"
                meant = near(name, known)
                remedy = f"Did you mean {meant!r}?" if meant else "Correct the value."
                yield source.problem(path, f"{'.'.join(map(str, path))} {told}", remedy)
        yield from _calendar_problems(periods, (*where, "calendar"), source)


def _calendar_problems(periods: Periods, where: Path, source: Told) -> Iterator[str]:
    """Each day belongs to one period, and each name to one."""
    names: set[str] = set()
    before = None
    for number, period in enumerate(periods.calendar):
        path = (*where, number)
        if period.name in names:
            yield source.problem(path, f"a second period {period.name!r}", "Give each a name of its own.")
        names.add(period.name)
        if period.last < period.first:
            told = f"period {period.name!r} ends before it begins"
            yield source.problem(path, told, "Correct first or last.")
        elif before is not None and period.first != before + timedelta(days=1):
            told = f"period {period.name!r} does not begin the day after the one before it ends"
            yield source.problem(path, told, f"Let it begin on {before + timedelta(days=1)}, or sort them.")
        before = period.last
