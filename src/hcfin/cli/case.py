"""The commands that follow cases: what was used, charged, paid and bought for them."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from typing import Any

import click

from hcfin.cli import options as o
from hcfin.cli.case_table import link_tables, margin_table
from hcfin.cli.reader import Reader
from hcfin.cli.run import meter_of
from hcfin.cli.sources import sources_of
from hcfin.files import load_keys
from hcfin.identity import DEMO_KEYS, Keys
from hcfin.master_files import load_master_data
from hcfin.reconcile import Ledger, case_margins, link_charges, post_in_order

_issues_option = click.option(
    "--issues",
    "issues_to",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write issues as NDJSON to this file.",
)
_progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    help="Say on standard error how far it is; without either, on a terminal only.",
)


@click.group("case")
def case_group() -> None:
    """Follow what was used for a case: to its charge, and to its cost."""


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
@_issues_option
@_progress_option
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
@_issues_option
@_progress_option
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
    used, how, files = policy.load(), feed.load(), sources_of(sources)
    with closing(meter_of(progress, files)) as meter:
        reader = Reader(how, meter, issues_to, mixed=True)
        readings = list(reader.readings(files))
        keys = used.context.keys or DEMO_KEYS
        postings = post_in_order(
            readings,
            used.books,
            context=used.context,
            known=used.known or Ledger(keys),
            prices=used.prices,
            master=used.master,
            known_supply=used.known_supply,
        )
        reader.tell(issue for posting in postings for issue in posting.issues)
    found = case_margins(
        [fact for reading in readings for fact in reading.facts],
        [document for posting in postings for document in posting.documents],
        keys=keys,
        master=used.master,
        books=used.books,
    )
    with o.writing():
        if ndjson:
            for row in found.to_dicts():
                click.echo(o.json_text(row, True))
        else:
            for line in margin_table(found, width=_width()):
                click.echo(line)
    raise SystemExit(max(reader.status, o.OK if found.complete else o.HELD_BACK))


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
