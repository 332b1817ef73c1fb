"""`hcfin accrue`: what is received and not invoiced at the end of a period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import click

from hcfin.billing.reading import Reading
from hcfin.books import Books
from hcfin.cli import options as o
from hcfin.cli.reader import Reader
from hcfin.cli.run import meter_of
from hcfin.cli.sources import sources_of
from hcfin.errors import HcfinError
from hcfin.reconcile import SupplyLedger, accrue_receipts, post_in_order
from hcfin.reconcile.in_order import is_supply, supply_day


@click.command("accrue")
@o.sources
@click.option("--period", required=True, help="Period that ends: YYYY-MM, or its name in a fiscal calendar.")
@o.issues_option
@o.progress_option
@o.policy_options
@o.feed_options
def accrue_command(
    sources: tuple[str, ...],
    period: str,
    issues_to: Any,
    progress: bool | None,
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
) -> None:
    """Print the accrual of what is received and not invoiced at the end of a period, and its reversal.

    FILE holds orders, receipts, supplier invoices and decisions about them, of any standard; what is of a
    later day is left out. Where receipts book, only what held invoices ask beyond their orders is accrued.
    """
    used, how, files = policy.load(), feed.load(), sources_of(sources)
    last = _last_day(used.books, period)
    with closing(meter_of(progress, files)) as meter:
        reader = Reader(how, meter, issues_to, mixed=True)
        known = used.known_supply or SupplyLedger()
        asked = {**used.ledgers(), "known_supply": known}
        told = _until(last, list(reader.readings(files)))
        postings = post_in_order(told, used.books, context=used.context, **asked)
        reader.tell(issue for posting in postings for issue in posting.issues)
    found = accrue_receipts(known, used.books, period=period, context=used.context)
    o.echo_json({"documents": [document.to_dict() for document in found.documents]}, False)
    raise SystemExit(reader.status)


def _last_day(books: Books, period: str) -> date:
    """The last day of a period, in the calendar that ends it last."""
    calendars = [books.periods, *(one.periods for one in books.entities.values() if one.periods)]
    found = [one.last for calendar in calendars if (one := calendar.named(period))]
    if not found:
        raise HcfinError(f"there is no period {period!r}")
    return max(found)


def _until(last: date, readings: Iterable[Reading]) -> Iterator[Reading]:
    """Each fact of supplies by itself, up to a day: a file may go beyond the end of the period."""
    for reading in readings:
        for fact in reading.facts:
            if is_supply(fact) and (supply_day(fact) or last) <= last:
                yield Reading(reading.standard, (fact,))
