"""`hcfin match`: what was billed with what was paid, as tables for people or rows for programs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import click

from hcfin.billing.claim import Claim
from hcfin.billing.remittance import ClaimPayment
from hcfin.cli import options as o
from hcfin.cli.match_table import tables
from hcfin.cli.reader import Reader
from hcfin.cli.run import meter_of
from hcfin.cli.sources import sources_of
from hcfin.files import load_books, load_keys
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile import Matching, match

_LISTS = ("--claims", "--remits", "--statuses")


class ListCommand(click.Command):
    """A command with options that take all files up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(spread(args)))


def spread(args: Iterable[str]) -> Iterator[str]:
    """Arguments with the option before each file of a list.

    >>> list(spread(["--claims", "a", "b", "--ndjson", "--remits", "-"]))
    ['--claims', 'a', '--claims', 'b', '--ndjson', '--remits', '-']
    """
    listing = ""
    for arg in args:
        if arg in _LISTS:
            listing = arg
        elif arg.startswith("-") and arg != "-":
            listing = ""
            yield arg
        else:
            yield from (listing, arg) if listing else (arg,)


@click.command("match", cls=ListCommand)
@click.option("--claims", multiple=True, required=True, metavar="FILE...", help="Claims (837).")
@click.option("--remits", multiple=True, required=True, metavar="FILE...", help="Remittances (835).")
@click.option("--statuses", multiple=True, metavar="FILE...", help="What front ends said of claims (277CA).")
@click.option("--all", "every", is_flag=True, help="List claims without a finding, too.")
@click.option("--ndjson", is_flag=True, help="One line of JSON for each claim, payment and payer.")
@click.option("--clear", is_flag=True, help="Show accounts and days in clear. They are patient data.")
@click.option("--books", multiple=True, metavar="FILE", help="Books that name payers and decide denials.")
@click.option("--key-file", metavar="FILE", help="Keys for tokens.")
@o.issues_option
@o.progress_option
@o.feed_options
def match_command(
    claims: tuple[str, ...],
    remits: tuple[str, ...],
    statuses: tuple[str, ...],
    every: bool,
    ndjson: bool,
    clear: bool,
    books: tuple[str, ...],
    key_file: str | None,
    issues_to: Any,
    progress: bool | None,
    feed: o.FeedOptions,
) -> None:
    """Match what was billed with what was paid, and tell what is left on either side.

    The exit status is 0 when every claim and every payment is matched and there is nothing to look at.
    """
    how, policy = feed.load(), load_books(*books) if books else None
    keys = load_keys(key_file) if key_file else DEMO_KEYS
    if clear:
        click.echo("hcfin: accounts and days are patient data in clear", err=True)
    elif key_file is None:
        click.echo(
            "hcfin: no --key-file given: published demo keys are used; tokens start with 'demo'", err=True
        )
    sources = sources_of([*claims, *remits, *statuses])
    with closing(meter_of(progress, sources)) as meter:
        reader = Reader(how, meter, issues_to)
        billed, rest = sources[: len(claims)], sources[len(claims) :]
        paid, said = rest[: len(remits)], rest[len(remits) :]
        matching = match(
            reader.facts(billed, "claims", Claim),
            reader.facts(paid, "remits", ClaimPayment),
            books=policy,
            statuses=reader.facts(said),
        )
    with o.writing():
        if ndjson:
            for row in matching.to_dicts(keys, clear=clear):
                click.echo(o.json_text(row, True))
        else:
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            for line in tables(matching, None if clear else keys, every=every, width=width):
                click.echo(line)
    raise SystemExit(max(reader.status, _status(matching)))


def _status(matching: Matching) -> int:
    return o.OK if matching.ties else o.HELD_BACK
