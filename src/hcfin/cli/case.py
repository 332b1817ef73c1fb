"""The commands that follow cases: what was used, charged, paid and bought for them."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Any

import click

from hcfin.billing.base import Fact
from hcfin.cli import options as o
from hcfin.cli.case_documents import balance_rows, balance_table, document_table
from hcfin.cli.case_table import link_tables, margin_table
from hcfin.cli.reader import Reader
from hcfin.cli.run import meter_of
from hcfin.cli.sources import sources_of
from hcfin.files import load_keys
from hcfin.finance.base import Document
from hcfin.identity import DEMO_KEYS, Keys
from hcfin.master_files import load_master_data
from hcfin.reconcile import CaseMargins, case_margins, link_charges, post_in_order


@click.group("case")
def case_group() -> None:
    """Follow what was used for a case: to its charge, its cost, and what is left."""


@case_group.command("links")
@o.sources
@click.option(
    "--master",
    multiple=True,
    metavar="PATH",
    help="Items with their charge codes: a folder or TOML of tables, or a file of item entries.",
)
@click.option("--charge-master", multiple=True, metavar="FILE", help="Price list, for what is not charged.")
@click.option("--all", "every", is_flag=True, help="List what ties, too.")
@click.option("--ndjson", is_flag=True, help="One line of JSON for each link and total.")
@click.option("--clear", is_flag=True, help="Show accounts, cases and days in clear. They are patient data.")
@click.option("--key-file", metavar="FILE", help="Keys for tokens.")
@o.issues_option
@o.progress_option
@o.feed_options
def links_command(
    sources: tuple[str, ...],
    master: tuple[str, ...],
    charge_master: tuple[str, ...],
    every: bool,
    ndjson: bool,
    clear: bool,
    key_file: str | None,
    issues_to: Any,
    progress: bool | None,
    feed: o.FeedOptions,
) -> None:
    """Link what was used with what was charged for it: what is not charged, not used, or not as many.

    FILE holds uses, charges, or both. A profile is for the files of its standard. The exit status is 0 when
    there is nothing to look at.
    """
    how, keys = feed.load(), _keys(key_file, clear=clear)
    items = load_master_data(*master) if master else None
    prices = o.load_prices(charge_master) if charge_master else None
    files = sources_of(sources)
    with closing(meter_of(progress, files)) as meter:
        reader = Reader(how, meter, issues_to, mixed=True)
        found = link_charges(reader.facts(files), master=items, prices=prices)
    with o.writing():
        if ndjson:
            for row in found.to_dicts(keys, clear=clear):
                click.echo(o.json_text(row, True))
        else:
            for line in link_tables(found, None if clear else keys, every=every, width=_width()):
                click.echo(line)
    raise SystemExit(max(reader.status, o.OK if found.ties else o.HELD_BACK))


@case_group.command("margin")
@o.sources
@click.option("--ndjson", is_flag=True, help="One line of JSON for each case.")
@o.issues_option
@o.progress_option
@o.policy_options
@o.feed_options
def margin_command(
    sources: tuple[str, ...],
    ndjson: bool,
    issues_to: Any,
    progress: bool | None,
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
) -> None:
    """Tell of each case what was charged, allowed and paid, what its supplies cost, and what is left.

    FILE holds uses, charges, claims, remittances and payments; all of them are posted, in the order of their
    days. A profile is for the files of its standard. Cases are tokens, and nothing names a patient. The exit
    status is 0 when nothing is missing.
    """
    used = policy.load()
    done = _posted(sources, used, feed.load(), issues_to, progress)
    found = done.margins(used)
    with o.writing():
        if ndjson:
            for row in found.to_dicts():
                click.echo(o.json_text(row, True))
        else:
            for line in margin_table(found, width=_width()):
                click.echo(line)
    raise SystemExit(max(done.status, o.OK if found.complete else o.HELD_BACK))


@case_group.command("follow")
@o.sources
@click.option("--ndjson", is_flag=True, help="One line of JSON for each link, document, balance and case.")
@o.issues_option
@o.progress_option
@o.policy_options
@o.feed_options
def follow_command(
    sources: tuple[str, ...],
    ndjson: bool,
    issues_to: Any,
    progress: bool | None,
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
) -> None:
    """Follow cases from the procedure to the payment: uses and charges, every document in the order of its
    day and what it books, the balances that are left, and the margin of each case.

    FILE holds whatever tells of them: uses, charges, claims, remittances, stock, orders, receipts, invoices
    and what was decided about these, in any order and of any standard; a profile is for the files of its own.
    Accounts and cases are tokens. The exit status is 0 when nothing is held or to be looked at.
    """
    used = policy.load()
    done = _posted(sources, used, feed.load(), issues_to, progress)
    links = link_charges(done.facts, master=used.master, prices=used.prices)
    margins = done.margins(used)
    with o.writing():
        if ndjson:
            rows = (links.to_dicts(done.keys), (one.to_dict() for one in done.documents))
            for row in chain(*rows, balance_rows(done.documents), margins.to_dicts()):
                click.echo(o.json_text(row, True))
        else:
            width = _width()
            for line in chain(
                link_tables(links, done.keys, every=True, width=width),
                [""],
                document_table(done.documents, width=width),
                balance_table(done.documents, width=width),
                margin_table(margins, width=width),
            ):
                click.echo(line)
    fine = links.ties and margins.complete
    raise SystemExit(max(done.status, o.OK if fine else o.HELD_BACK))


@dataclass(frozen=True, slots=True)
class _Posted:
    """What was read and posted. `documents` are in the order of their days."""

    facts: list[Fact]
    documents: list[Document]
    keys: Keys
    status: int

    def margins(self, used: o.Policy) -> CaseMargins:
        """The margins of the cases."""
        return case_margins(self.facts, self.documents, keys=self.keys, master=used.master, books=used.books)


def _posted(
    sources: tuple[str, ...], used: o.Policy, how: o.Feed, issues_to: Any, progress: bool | None
) -> _Posted:
    """Read all files, and post them in the order of their days."""
    files = sources_of(sources)
    with closing(meter_of(progress, files)) as meter:
        reader = Reader(how, meter, issues_to, mixed=True)
        readings = list(reader.readings(files))
        postings = post_in_order(readings, used.books, context=used.context, **used.ledgers())
        reader.tell(issue for posting in postings for issue in posting.issues)
    documents = [document for posting in postings for document in posting.documents]
    return _Posted(
        [fact for reading in readings for fact in reading.facts],
        sorted(documents, key=lambda one: one.gl_date),
        used.context.keys or DEMO_KEYS,
        reader.status,
    )


def _keys(key_file: str | None, *, clear: bool) -> Keys:
    """The keys of tokens, and a word about what is shown."""
    if clear:
        click.echo("hcfin: accounts, cases and days are patient data in clear", err=True)
    elif key_file is None:
        click.echo(
            "hcfin: no --key-file given: published demo keys are used; tokens start with 'demo'", err=True
        )
    return load_keys(key_file) if key_file else DEMO_KEYS


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
