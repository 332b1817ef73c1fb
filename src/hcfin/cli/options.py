"""What the commands share: the options of the command line, what they stand for, and how a command ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import wraps
from typing import Any, TypeVar

import click

from hcfin.billing.reading import Reading
from hcfin.books import Books
from hcfin.cli.sources import Source
from hcfin.context import Context
from hcfin.errors import HcfinError
from hcfin.files import load_books, load_keys, load_profile, read
from hcfin.finance.asked import Asked
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices
from hcfin.identity import DEMO_KEYS, Keys
from hcfin.master_files import load_master_data
from hcfin.reconcile import ChargeMaster, Ledger, SupplyLedger, post_in_order
from hcfin.wire.json import dumps

_F = TypeVar("_F", bound=Callable[..., Any])

OK, HELD_BACK, USAGE, INTERRUPTED, CLOSED = 0, 1, 2, 130, 141
"""Exit status: all money went where the source says; some was held back; something must be fixed first; the
user interrupted (128 + SIGINT); whoever read the output went away (128 + SIGPIPE)."""


# How a command ends


class OutputError(Exception):
    """The output cannot be written. No `OSError`, so that it is not taken for a fault of the source."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or "output error")
        self.gone = error.errno in (errno.EPIPE, errno.ESHUTDOWN)


class Commands(click.Group):
    """Commands that end with an exit status and no traceback where the caller can do something about it."""

    def invoke(self, ctx: click.Context) -> Any:
        with reported():
            return super().invoke(ctx)


@contextmanager
def reported() -> Iterator[None]:
    """What the caller must fix is said in one line and ends the command with its exit status."""
    try:
        yield
    except HcfinError as error:
        status, said = USAGE, str(error)
    except OutputError as error:
        if error.gone:
            _forget_output()
        status, said = (CLOSED, "") if error.gone else (USAGE, f"cannot write the output: {error}")
    except OSError as error:
        # The name of a file may hold patient data; the reason is enough to act on.
        status, said = USAGE, f"cannot read a file: {error.strerror or 'input/output error'}"
    except KeyboardInterrupt:
        status, said = INTERRUPTED, "interrupted"
    else:
        return
    if said:
        click.echo(f"hcfin: {said}", err=True)
    raise SystemExit(status)


def _forget_output() -> None:
    """Nobody reads what is still buffered; without this, Python would complain at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            except (OSError, ValueError):
                continue


@contextmanager
def writing() -> Iterator[None]:
    """What goes wrong inside is a fault of the output. Raises `OutputError`."""
    try:
        yield
    except OSError as error:
        fault = OutputError(error)
    else:
        return
    raise fault


def echo_json(value: Any, compact: bool) -> None:
    """JSON to standard output; amounts that are `Decimal` as exact numbers."""
    with writing():
        click.echo(json_text(value, compact))


def json_text(value: Any, compact: bool) -> str:
    """JSON as it is printed: one line, or indented."""
    return dumps(value, numbers="number", indent=None if compact else 2)


# Types of options


class Day(click.ParamType[date]):
    """A date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail("not a date of the form YYYY-MM-DD", param, ctx)


class Jobs(click.ParamType[int]):
    """A number of processes; `auto` and 0 are as many as there are processors for this one."""

    name = "jobs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if text != "auto" and not (text.isascii() and text.isdigit() and len(text) <= 6):
            self.fail("not a number of processes, and not 'auto'", param, ctx)
        return (0 if text == "auto" else int(text)) or _processors()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# Groups of options, each handed to the command as one value


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How to read the sources."""

    standard: str | None
    profile: tuple[str, ...]

    def load(self) -> Feed:
        """The standard with its profile loaded; the profile is None where none is given."""
        if self.profile and self.standard is None:
            raise HcfinError("--profile needs --standard: a profile belongs to one standard")
        loaded = load_profile(self.standard, *self.profile) if self.standard and self.profile else None
        return Feed(self.standard, loaded)


@dataclass(frozen=True, slots=True)
class Feed:
    """How to read the sources: the standard, None to find it out from each, and the feed's profile."""

    standard: str | None = None
    profile: Any = None


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """What to post by."""

    books: tuple[str, ...]
    key_file: str | None
    posting_date: date | None
    after: tuple[str, ...]
    charge_master: tuple[str, ...]
    master: tuple[str, ...]

    def load(self) -> Policy:
        """Books, keys and what came before: the example books and published demo keys, with a note, where
        none are given."""
        if not self.books:
            click.echo("hcfin: no --books given: the example books are used", err=True)
        books = load_books(*self.books)
        if self.key_file is None:
            click.echo(
                "hcfin: no --key-file given: published demo keys are used; ids and tokens start with 'demo'",
                err=True,
            )
        keys = load_keys(self.key_file) if self.key_file else DEMO_KEYS
        context = Context(keys=keys, posting_date=self.posting_date)
        prices = load_prices(self.charge_master) if self.charge_master else None
        master = load_master_data(*self.master) if self.master else None
        used = Policy(books, context, prices=prices, master=master)
        return self._after(used, keys) if self.after else used

    def _after(self, used: Policy, keys: Keys) -> Policy:
        """With what the earlier files tell, each booked on its own date."""
        used = replace(used, known=Ledger(keys), known_supply=SupplyLedger())
        post_in_order(_readings(self.after), used.books, context=Context(keys=keys), **used.ledgers())
        return used


def load_prices(names: Iterable[str]) -> ChargeMaster:
    """The prices of files, those of a later one after those of an earlier."""
    prices = ChargeMaster()
    for reading in _readings(names):
        prices.learn(reading.facts)
    return prices


def _readings(names: Iterable[str]) -> Iterator[Reading]:
    for name in names:
        with Source(name).opened() as stream:
            yield read(stream)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to post by: books, keys and posting date, what came before, prices, and master data."""

    books: Books
    context: Context
    known: Ledger | None = None
    known_supply: SupplyLedger | None = None
    prices: Prices | None = None
    master: MasterData | None = None

    def ledgers(self) -> dict[str, Any]:
        """What posting in order asks of, and teaches."""
        names = ("known", "known_supply", "prices", "master")
        return {name: getattr(self, name) for name in names}

    def asked(self) -> Asked:
        """What posting asks of."""
        return Asked(known=self.known, known_supply=self.known_supply, prices=self.prices, master=self.master)


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How the result of each file is printed, and where its issues go."""

    ndjson: bool
    compact: bool
    issues_to: Any  # an open text file, or None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How several files are worked on."""

    jobs: int
    progress: bool | None


def _grouped(name: str, kind: Callable[..., Any], *options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """The options, handed to the command as one value of `kind` under one name."""
    members = [member.name for member in fields(kind)]  # type: ignore[arg-type]

    def wrap(function: _F) -> _F:
        @wraps(function)
        def command(**values: Any) -> Any:
            group = kind(**{member: values.pop(member) for member in members})
            return function(**values, **{name: group})

        decorated: Any = command
        for option in reversed(options):
            decorated = option(decorated)
        made: _F = decorated
        return made

    return wrap


sources = click.argument("sources", nargs=-1, required=True, metavar="FILE...")
feed_options = _grouped(
    "feed",
    FeedOptions,
    click.option("--standard", help="Read as this standard instead of finding out."),
    click.option("--profile", multiple=True, metavar="FILE", help="Profile of the feed; may be repeated."),
)
policy_options = _grouped(
    "policy",
    PolicyOptions,
    click.option("--books", multiple=True, metavar="FILE", help="Books; later files go over earlier ones."),
    click.option("--key-file", metavar="FILE", help="Keys for ids and tokens."),
    click.option("--posting-date", type=Day(), help="Book on this date instead of the source's own."),
    click.option(
        "--after",
        multiple=True,
        metavar="FILE",
        help="File that came before, for what it tells.",
    ),
    click.option(
        "--charge-master",
        multiple=True,
        metavar="FILE",
        help="Price list, for charges that come without an amount.",
    ),
    click.option(
        "--master",
        multiple=True,
        metavar="PATH",
        help="Items, suppliers, contracts: a folder or TOML of tables, or a file of item entries.",
    ),
)
issues_option = click.option(
    "--issues",
    "issues_to",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write issues as NDJSON to this file.",
)
progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    help="Say on standard error how far it is; without either, on a terminal only.",
)
output_options = _grouped(
    "output",
    OutputOptions,
    click.option("--ndjson", is_flag=True, help="One line of JSON for each remittance, whatever the size."),
    click.option("--compact", is_flag=True, help="One line of JSON for each file."),
    issues_option,
)
run_options = _grouped(
    "run",
    RunOptions,
    click.option(
        "--jobs",
        type=Jobs(),
        default="1",
        metavar="N",
        help="Work on N files at the same time; 0 or auto: one for each processor. Same output.",
    ),
    progress_option,
)
spool_option = click.option(
    "--spool-dir",
    metavar="DIR",
    help="Where a copy of a large pipe may wait when it is needed twice. The copy is patient data.",
)
