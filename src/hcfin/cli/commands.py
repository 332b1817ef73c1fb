"""The commands."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import IO, Any

import click

from hcfin import __version__
from hcfin.billing import SCHEMA
from hcfin.billing.facts import fact_json
from hcfin.billing.facts import json_schema as fact_schema
from hcfin.billing.reading import Unit
from hcfin.cli import options as o
from hcfin.files import explain, load_books, new_keys, read, translate
from hcfin.finance.documents import json_schema as document_schema
from hcfin.issues import Issue
from hcfin.posting import post
from hcfin.translation import stream_facts


@click.group()
@click.version_option(__version__, prog_name="hcfin")
def hcfin() -> None:
    """Translate healthcare money: X12 remittances to balanced, explained journals and ERP payloads.

    FILE is a path, or - for standard input. The exit status is 0 when all money went where the source says,
    1 when some was held back (see the issues), 2 when something must be fixed first.
    """


@hcfin.command("translate")
@o.sources
@click.option("--to", "target", required=True, help="Target: netsuite, beancount ...")
@click.option("--facts", is_flag=True, help="Print facts too. They are patient data in clear.")
@o.books_options
@o.source_options
@o.issues_option
@o.compact_option
def translate_command(
    sources: tuple[str, ...],
    target: str,
    facts: bool,
    books: tuple[str, ...],
    key_file: str | None,
    posting_date: date | None,
    standard: str | None,
    profile: tuple[str, ...],
    issues_to: IO[str] | None,
    compact: bool,
) -> None:
    """Print the documents and ERP payloads of each file; text targets print their text."""
    status = o.OK
    with o.reported():
        used, context = o.books_of(books), o.context_of(key_file, posting_date)
        feed = o.profile_of(standard, profile)
        for name, data in o.opened(sources):
            result = translate(
                data,
                used,
                to=target,
                context=context,
                standard=standard,
                profile=feed,
                facts=facts,
            )
            texts = [payload for payload in result.payloads if payload.media_type.startswith("text/")]
            for payload in texts:
                click.echo(payload.body, nl=False)
            if not texts:
                o.echo_json(result.to_dict(facts=facts), compact)
            status = max(status, o.show_issues(result.issues, issues_to, name))
    raise SystemExit(status)


@hcfin.command("read")
@o.sources
@o.source_options
@o.issues_option
@o.compact_option
@click.option("--strict", is_flag=True, help="Add the findings of the standard's strict validator.")
def read_command(
    sources: tuple[str, ...],
    standard: str | None,
    profile: tuple[str, ...],
    issues_to: IO[str] | None,
    compact: bool,
    strict: bool,
) -> None:
    """Print the billing facts of each file. They are patient data in clear."""
    click.echo("hcfin: the output of read is patient data in clear", err=True)
    status = o.OK
    with o.reported():
        feed = o.profile_of(standard, profile)
        for name, data in o.opened(sources):
            reading = read(data, standard=standard, profile=feed, strict=strict)
            facts = [fact_json(fact) for fact in reading.facts]
            o.echo_json(
                {
                    "schema": SCHEMA,
                    "standard": reading.standard,
                    "facts": facts,
                    "coverage": reading.coverage.to_dict(),
                },
                compact,
            )
            status = max(status, o.show_issues(reading.issues, issues_to, name))
    raise SystemExit(status)


@hcfin.command("post")
@o.sources
@o.books_options
@o.source_options
@o.issues_option
@o.compact_option
@click.option("--dispositions", is_flag=True, help="Print where every source amount went.")
def post_command(
    sources: tuple[str, ...],
    books: tuple[str, ...],
    key_file: str | None,
    posting_date: date | None,
    standard: str | None,
    profile: tuple[str, ...],
    issues_to: IO[str] | None,
    compact: bool,
    dispositions: bool,
) -> None:
    """Print the finance documents of each file."""
    status = o.OK
    with o.reported():
        used, context = o.books_of(books), o.context_of(key_file, posting_date)
        feed = o.profile_of(standard, profile)
        for name, source in o.opened(sources):
            reading = read(source, standard=standard, profile=feed)
            posting = post(reading, used, context=context)
            data: dict[str, Any] = {"documents": [document.to_dict() for document in posting.documents]}
            if dispositions:
                data["dispositions"] = [amount.to_dict() for amount in posting.dispositions]
            o.echo_json(data, compact)
            found = o.merged(posting.issues, reading.issues)
            status = max(status, o.show_issues(found, issues_to, name))
    raise SystemExit(status)


@hcfin.command("summary")
@o.sources
@o.source_options
def summary_command(sources: tuple[str, ...], standard: str | None, profile: tuple[str, ...]) -> None:
    """Print one line of JSON for each file: its units with their totals, and how many issues it has."""
    status = o.OK
    with o.reported():
        feed = o.profile_of(standard, profile)
        for name in sources:
            data, found = _summary(name, standard, feed)
            o.echo_json(data, True)
            status = max(status, found)
    raise SystemExit(status)


def _summary(name: str, standard: str | None, profile: Any) -> tuple[dict[str, Any], int]:
    """The summary of a file, in one pass and whatever its size, and the exit status that it means."""
    units: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    status, known = o.OK, None
    try:
        with o.stream_of(name) as stream:
            source = stream_facts(stream, standard=standard, profile=profile)
            known = source.standard or None
            for event in source.events:
                if isinstance(event, Unit):
                    units.append({"kind": event.kind, "control": event.control, **event.summary})
                elif isinstance(event, Issue):
                    counts[str(event.severity)] += 1
                    status = max(status, o.status_of((event,)))
    except OSError as error:
        click.echo(f"hcfin: cannot read a file: {error.strerror or 'input/output error'}", err=True)
        units, counts, status, known = [], Counter(error=1), o.USAGE, None
    issues = dict(sorted(counts.items()))
    return {"file": name, "standard": known, "units": units, "issues": issues}, status


@hcfin.command("explain")
@click.argument("source", metavar="FILE")
@click.option("--line", help="Journal line: DOCUMENT:N, or a DOCUMENT for all its lines.")
@click.option("--payload", help="ERP payload line: EXTERNAL-ID#JSON-POINTER.")
@click.option("--to", "target", help="Target that made the payload.")
@click.option("--at", type=int, help="Segment, by its number in the file: what became of it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@o.books_options
@o.source_options
def explain_command(
    source: str,
    line: str | None,
    payload: str | None,
    target: str,
    at: int | None,
    as_json: bool,
    books: tuple[str, ...],
    key_file: str | None,
    posting_date: date | None,
    standard: str | None,
    profile: tuple[str, ...],
) -> None:
    """Say where each journal line comes from: rule, line of the books, segments and elements."""
    with o.reported():
        explained = explain(
            o.open_source(source),
            o.books_of(books),
            context=o.context_of(key_file, posting_date),
            line=line,
            payload=payload,
            to=target,
            at=at,
            standard=standard,
            profile=o.profile_of(standard, profile),
        )
        if as_json:
            o.echo_json(explained.to_dict(), False)
        else:
            click.echo(str(explained))
        raise SystemExit(o.show_issues(explained.issues, None))


@hcfin.group("books")
def books_group() -> None:
    """Work with books."""


@books_group.command("check")
@click.argument("paths", nargs=-1, metavar="BOOKS...")
def books_check(paths: tuple[str, ...]) -> None:
    """Load books and say what is wrong with them; without a file, the example books."""
    with o.reported():
        books = load_books(*paths)
        click.echo(
            f"{books.name or 'books'}: {len(books.entities)} entities, {len(books.payers)} payers, "
            f"{len(books.chart)} accounts, {len(books.rules)} rules: nothing wrong"
        )


@hcfin.group("keys")
def keys_group() -> None:
    """Work with keys."""


@keys_group.command("new")
@click.argument("path", metavar="FILE")
def keys_new(path: str) -> None:
    """Make a key file with fresh random keys, readable by you alone. Never overwrites."""
    with o.reported():
        new_keys(path)
        click.echo("hcfin: keep the file secret and safe: ids made with another key never match", err=True)


@hcfin.command("schema")
@click.argument("what", type=click.Choice(["facts", "documents"]))
def schema_command(what: str) -> None:
    """Print the JSON Schema of facts or of documents."""
    o.echo_json((fact_schema if what == "facts" else document_schema)(), False)
