"""What the commands share: options, sources, keys, issues, and the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import IO, Any, BinaryIO, TypeVar

import click

from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import HcfinError
from hcfin.files import load_books, load_keys, load_profile
from hcfin.identity import DEMO_KEYS
from hcfin.issues import PARTIAL, Issue, unique
from hcfin.wire.json import dumps

_F = TypeVar("_F", bound=Callable[..., Any])

OK, HELD_BACK, USAGE = 0, 1, 2


class Day(click.ParamType[date]):
    """A date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail("not a date of the form YYYY-MM-DD", param, ctx)


def _together(*decorators: Callable[[Any], Any]) -> Callable[[_F], _F]:
    def wrap(function: _F) -> _F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return wrap


sources = click.argument("sources", nargs=-1, required=True, metavar="FILE...")
source_options = _together(
    click.option("--standard", help="Read as this standard instead of finding out."),
    click.option("--profile", multiple=True, metavar="FILE", help="Profile of the feed; may be repeated."),
)
books_options = _together(
    click.option("--books", multiple=True, metavar="FILE", help="Books; later files go over earlier ones."),
    click.option("--key-file", metavar="FILE", help="Keys for ids and tokens."),
    click.option("--posting-date", type=Day(), help="Book on this date instead of the source's own."),
)
issues_option = click.option(
    "--issues",
    "issues_to",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write issues as NDJSON to this file.",
)
compact_option = click.option("--compact", is_flag=True, help="One line of JSON for each file.")


@contextmanager
def reported() -> Iterator[None]:
    """Errors that the caller must fix end the command with status 2 and no traceback."""
    try:
        yield
    except HcfinError as error:
        click.echo(f"hcfin: {error}", err=True)
    except OSError as error:
        # The name of a file may hold patient data; the reason is enough to act on.
        click.echo(f"hcfin: cannot read a file: {error.strerror or 'input/output error'}", err=True)
    else:
        return
    raise SystemExit(USAGE)


def opened(names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each file with its bytes. A file that cannot be read is told by its place, for its name may hold a
    patient's."""
    for number, name in enumerate(names, start=1):
        try:
            data = open_source(name)
        except OSError as error:
            fault = HcfinError(f"cannot read file {number} of {len(names)}: {error.strerror}")
        else:
            yield name, data
            continue
        raise fault


@contextmanager
def stream_of(name: str) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`, as a stream."""
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as stream:
            yield stream


def open_source(name: str) -> bytes:
    """The bytes of a file, or standard input for `-`."""
    with stream_of(name) as stream:
        return stream.read()


def books_of(paths: tuple[str, ...]) -> Books:
    """The books of the command line; the example books, with a note, where none are given."""
    if not paths:
        click.echo("hcfin: no --books given: the example books are used", err=True)
    return load_books(*paths)


def context_of(key_file: str | None, posting_date: date | None) -> Context:
    """Keys and date of the command line; the published demo keys, with a warning, where none are given."""
    if key_file is None:
        click.echo(
            "hcfin: no --key-file given: published demo keys are used; ids and tokens start with 'demo'",
            err=True,
        )
    return Context(keys=load_keys(key_file) if key_file else DEMO_KEYS, posting_date=posting_date)


def profile_of(standard: str | None, paths: tuple[str, ...]) -> Any:
    """The feed's profile; None where none is given."""
    if paths and standard is None:
        raise HcfinError("--profile needs --standard: a profile belongs to one standard")
    return load_profile(standard, *paths) if standard and paths else None


def show_issues(issues: Iterable[Issue], to: IO[str] | None, source: str = "") -> int:
    """Issues to standard error, or as NDJSON to a file; returns the exit status that they mean."""
    found = tuple(issues)
    for issue in found:
        if to is None:
            click.echo(str(issue), err=True)
        else:
            to.write(dumps({"source": source, **issue.to_dict()}) + "\n")
    return status_of(found)


def status_of(issues: Iterable[Issue]) -> int:
    """The exit status that issues mean."""
    return HELD_BACK if any(issue.disposition in PARTIAL for issue in issues) else OK


def merged(*groups: Iterable[Issue]) -> tuple[Issue, ...]:
    """Issues of several steps, each problem once."""
    return unique(issue for group in groups for issue in group)


def echo_json(value: Any, compact: bool) -> None:
    """JSON to standard output; amounts that are `Decimal` as exact numbers."""
    click.echo(dumps(value, numbers="number", indent=None if compact else 2))
