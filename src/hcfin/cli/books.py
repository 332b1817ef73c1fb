"""The commands that work with books: check, init, diff, schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal

import click

from hcfin.billing.reading import FactStream
from hcfin.books.review import BooksReview, review
from hcfin.books.schema import json_schema
from hcfin.books.starter import starter
from hcfin.cli import options as o
from hcfin.cli.jobs import facts_of
from hcfin.cli.progress import Meter
from hcfin.cli.sources import sources_of
from hcfin.comparison import Comparison, compare
from hcfin.context import Context
from hcfin.errors import HcfinError
from hcfin.files import load_books, new_file
from hcfin.identity import DEMO_KEYS
from hcfin.posting.result import Place
from hcfin.unmapped import Unmapped, unmapped

# Ids and tokens are not shown by these commands, so it does not matter which keys make them.
_CONTEXT = Context(keys=DEMO_KEYS)

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_on = click.option("--on", "on", multiple=True, metavar="FILE", help="A file to try it on; more may follow.")


@click.group("books")
def books_group() -> None:
    """Work with books."""


@books_group.command("check")
@click.argument("paths", nargs=-1, metavar="BOOKS... [FILE...]")
@_on
@_json
@click.option("--roles", is_flag=True, help="List every role that may be posted, with its accounts.")
@o.feed_options
def books_check(
    paths: tuple[str, ...], on: tuple[str, ...], as_json: bool, roles: bool, feed: o.FeedOptions
) -> None:
    """Load books, say what is wrong with them, and list their rules.

    BOOKS are `example` and names that end in .toml, later ones over earlier ones; without any, the example
    books. Any other FILE is one whose values are looked up in the books. The exit status is 1 where a rule is
    never reached or a value would hold money back.
    """
    books_files, files = _apart(paths, on)
    books = load_books(*books_files)
    found = review(books)
    with ExitStack() as stack:
        met = unmapped(books, _streams(files, feed.load(), stack), context=_CONTEXT)
    if as_json:
        o.echo_json({**found.to_dict(), "unmapped": [one.to_dict() for one in met]}, False)
    else:
        with o.writing():
            click.echo("\n".join(_told(found, met, roles=roles, looked=bool(files))))
    raise SystemExit(o.HELD_BACK if found.unreachable or any(one.held for one in met) else o.OK)


@books_group.command("init")
@click.argument("path", required=False, metavar="[FILE]")
def books_init(path: str | None) -> None:
    """Print books to begin with, or write them to FILE: commented, with blanks. Never overwrites."""
    if path is None:
        with o.writing():
            click.echo(starter(), nl=False)
        return
    new_file(path, starter())
    click.echo('hcfin: fill every blank (""), then run `hcfin books check` on it', err=True)


@books_group.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("more", nargs=-1, metavar="--on FILE...")
@_on
@click.option("--books", "base", multiple=True, metavar="FILE", help="Books that A and B go over.")
@_json
@o.feed_options
def books_diff(
    a: str,
    b: str,
    more: tuple[str, ...],
    on: tuple[str, ...],
    base: tuple[str, ...],
    as_json: bool,
    feed: o.FeedOptions,
) -> None:
    """Post files by books A and by books B, and print what moves between accounts.

    Every source amount is posted by both; its differences must add up to zero, and the last line says so.
    The exit status is 0 whether or not anything moves.
    """
    files = (*on, *more)
    if not files:
        raise HcfinError("name the files to compare on: hcfin books diff A B --on FILE...")
    before, after = load_books(*base, a), load_books(*base, b)
    with ExitStack() as stack:
        result = compare(before, after, _streams(files, feed.load(), stack), context=_CONTEXT)
    if as_json:
        o.echo_json(result.to_dict(), False)
    else:
        with o.writing():
            click.echo("\n".join(_compared(result)))
    raise SystemExit(o.HELD_BACK if result.unproven else o.OK)


@books_group.command("schema")
def books_schema() -> None:
    """Print the JSON Schema of a books file, for editors."""
    o.echo_json(json_schema(), False)


def _apart(paths: Sequence[str], on: Sequence[str]) -> tuple[list[str], list[str]]:
    books = [path for path in paths if path == "example" or path.endswith(".toml")]
    return books, [*on, *(path for path in paths if path not in books)]


def _streams(names: Sequence[str], feed: o.Feed, stack: ExitStack) -> Iterator[FactStream]:
    """The facts of each file, opened when it is asked for. Raises `HcfinError`."""
    for source in sources_of(names):
        try:
            stream = stack.enter_context(source.opened())
        except OSError as error:
            fault = source.fault(error)
        else:
            yield facts_of(stream, feed, Meter())
            continue
        raise fault


def _told(found: BooksReview, met: Sequence[Unmapped], *, roles: bool, looked: bool) -> Iterator[str]:
    yield str(found)
    yield from _table(
        (rule.ref.id, f"{rule.ref.layer}:{rule.ref.line}", rule.treatment, rule.conditions)
        for rule in found.rules
    )
    for rule in found.unreachable:
        yield f"{rule.ref.layer}:{rule.ref.line}: rule {rule.ref.id!r} is never reached"
        yield f"  {rule.unreachable}."
    if roles:
        yield from _table(
            (role.role, " ".join(f"{entity}={account}" for entity, account in role.accounts), role.because)
            for role in found.roles
        )
    if looked and not met:
        yield "every value in the files is known to the books"
    yield from (str(one) for one in met)


def _compared(result: Comparison) -> Iterator[str]:
    for name, side in (("A", 0), ("B", 1)):
        told = ", ".join(f"{code} {count}" for code, count in result.issues[side].items())
        yield f"{name}: {result.remittances[side]} remittances posted; issues: {told or 'none'}"
    changed = list(result.changed())
    if changed:
        yield from _table(
            [
                ("account", "A", "B", "difference"),
                *((_place(place), _amount(a), _amount(b), _amount(b - a)) for place, a, b in changed),
            ]
        )
        yield "what moves:"
        yield from _table(
            (
                f"{flow.amount:f}",
                f"{_place(flow.origin)} -> {_place(flow.destination)}",
                f"{flow.sources} amounts",
                " -> ".join(dict.fromkeys(rule or "not posted" for rule in flow.rules)),
            )
            for flow in result.flows
        )
    proof = f"{result.unproven} do not add up to zero" if result.unproven else "each adds up to zero"
    yield f"{result.source_amounts} source amounts, {result.moved} moved: {proof}"


def _place(place: Place) -> str:
    dimensions = "".join(f" {name}={value}" for name, value in place.dimensions)
    return f"{place.entity} {place.period} {place.account} {place.role}{dimensions}"


def _amount(amount: Decimal) -> str:
    return f"{amount:f}"


def _table(rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows in columns."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
