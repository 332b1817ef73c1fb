"""The commands."""

from __future__ import annotations

import click

from hcfin import __version__
from hcfin.billing.facts import json_schema as fact_schema
from hcfin.cli import options as o
from hcfin.cli.accrue import accrue_command
from hcfin.cli.acknowledge import ack_command
from hcfin.cli.books import books_group
from hcfin.cli.case import case_group
from hcfin.cli.codes import codes_group
from hcfin.cli.jobs import Post, Prove, Read, Summarize, Translate
from hcfin.cli.master import master_group
from hcfin.cli.match import match_command
from hcfin.cli.pieces import Style, status_of
from hcfin.cli.profile import profile_group
from hcfin.cli.run import run as run_job
from hcfin.cli.sources import Source
from hcfin.files import explain, load_documents, new_keys
from hcfin.finance.base import Document
from hcfin.finance.documents import json_schema as document_schema
from hcfin.reconcile import cash_proof, roll_forward
from hcfin.translation import render


@click.group(cls=o.Commands)
@click.version_option(__version__, prog_name="hcfin")
def hcfin() -> None:
    """Translate healthcare money: X12 remittances to balanced, explained journals and ERP payloads.

    FILE is a path, or - for standard input. The exit status is 0 when all money went where the source says,
    1 when some was held back (see the issues), 2 when something must be fixed first, 130 when interrupted.
    """


@hcfin.command("translate")
@o.sources
@click.option("--to", "target", required=True, help="Target: netsuite, beancount ...")
@click.option("--facts", is_flag=True, help="Print facts too. They are patient data in clear.")
@o.policy_options
@o.feed_options
@o.output_options
@o.run_options
def translate_command(
    sources: tuple[str, ...],
    target: str,
    facts: bool,
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
    output: o.OutputOptions,
    run: o.RunOptions,
) -> None:
    """Print the documents and ERP payloads of each file; text targets print their text."""
    used, style = policy.load(), _style(output)
    render((), target, settings=used.books.erp.get(target))  # a wrong target is said before anything is read
    job = Translate(feed.load(), used, style, target, facts)
    raise SystemExit(run_job(job, sources, run, output.issues_to))


@hcfin.command("read")
@o.sources
@o.feed_options
@o.output_options
@click.option("--strict", is_flag=True, help="Add the findings of the standard's strict validator.")
@o.spool_option
@o.run_options
def read_command(
    sources: tuple[str, ...],
    feed: o.FeedOptions,
    output: o.OutputOptions,
    strict: bool,
    spool_dir: str | None,
    run: o.RunOptions,
) -> None:
    """Print the billing facts of each file. They are patient data in clear."""
    click.echo("hcfin: the output of read is patient data in clear", err=True)
    job = Read(feed.load(), _style(output), strict, spool_dir)
    raise SystemExit(run_job(job, sources, run, output.issues_to))


@hcfin.command("post")
@o.sources
@o.policy_options
@o.feed_options
@o.output_options
@click.option("--dispositions", is_flag=True, help="Print where every source amount went.")
@o.run_options
def post_command(
    sources: tuple[str, ...],
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
    output: o.OutputOptions,
    dispositions: bool,
    run: o.RunOptions,
) -> None:
    """Print the finance documents of each file."""
    used = policy.load()
    job = Post(feed.load(), used, _style(output), dispositions)
    raise SystemExit(run_job(job, sources, run, output.issues_to))


@hcfin.command("summary")
@o.sources
@o.feed_options
@o.run_options
def summary_command(sources: tuple[str, ...], feed: o.FeedOptions, run: o.RunOptions) -> None:
    """Print one line of JSON for each file: its units with their totals, and how many issues it has."""
    raise SystemExit(run_job(Summarize(feed.load()), sources, run))


def _style(output: o.OutputOptions) -> Style:
    return Style(output.ndjson, output.compact, issues_apart=output.issues_to is not None)


@hcfin.command("explain")
@click.argument("source", metavar="FILE")
@click.option("--line", help="Journal line: DOCUMENT:N, or a DOCUMENT for all its lines.")
@click.option("--payload", help="ERP payload line: EXTERNAL-ID#JSON-POINTER.")
@click.option("--to", "target", help="Target that made the payload; else say where it renders each line.")
@click.option("--at", type=int, help="Segment, by its number in the file: what became of it.")
@click.option("--element", help="Element of that segment: CAS03.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@o.policy_options
@o.feed_options
@o.spool_option
def explain_command(
    source: str,
    line: str | None,
    payload: str | None,
    target: str | None,
    at: int | None,
    element: str | None,
    as_json: bool,
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
    spool_dir: str | None,
) -> None:
    """Say where each journal line comes from: rule, line of the books, segments and elements; and where each
    amount of a segment went, or why it has no line.
    """
    used, how = policy.load(), feed.load()
    with Source(source).opened() as stream:
        explained = explain(
            stream,
            used.books,
            context=used.context,
            line=line,
            payload=payload,
            to=target,
            at=at,
            element=element,
            standard=how.standard,
            profile=how.profile,
            **used.asked(),
            spool_dir=spool_dir,
        )
    if as_json:
        o.echo_json(explained.to_dict(), False)
    else:
        with o.writing():
            click.echo(str(explained))
    for issue in explained.issues:
        click.echo(str(issue), err=True)
    raise SystemExit(status_of(explained.issues))


@hcfin.command("prove")
@o.sources
@o.policy_options
@o.feed_options
@o.spool_option
@o.run_options
def prove_command(
    sources: tuple[str, ...],
    policy: o.PolicyOptions,
    feed: o.FeedOptions,
    spool_dir: str | None,
    run: o.RunOptions,
) -> None:
    """Print a balance proof of each remittance, one line of JSON each, for docs/check_proof.py."""
    used = policy.load()
    raise SystemExit(run_job(Prove(feed.load(), used, spool_dir), sources, run))


@hcfin.command("rollforward")
@click.argument("sources", nargs=-1, required=True, metavar="DOCUMENTS...")
def rollforward_command(sources: tuple[str, ...]) -> None:
    """Print the roll-forward of receivables and the cash proof of documents, as `hcfin post` prints them."""
    documents: list[Document] = []
    for name in sources:
        with Source(name).opened() as stream:
            documents += load_documents(stream)
    forward, cash = roll_forward(documents), cash_proof(documents)
    o.echo_json(
        {"receivables": [one.to_dict() for one in forward], "cash": [one.to_dict() for one in cash]}, False
    )
    raise SystemExit(
        o.OK if all(one.foots for one in forward) and all(one.holds for one in cash) else o.HELD_BACK
    )


hcfin.add_command(accrue_command)
hcfin.add_command(ack_command)
hcfin.add_command(books_group)
hcfin.add_command(case_group)
hcfin.add_command(master_group)
hcfin.add_command(match_command)
hcfin.add_command(profile_group)


@hcfin.group("keys")
def keys_group() -> None:
    """Work with keys."""


@keys_group.command("new")
@click.argument("path", metavar="FILE")
def keys_new(path: str) -> None:
    """Make a key file with fresh random keys, readable by you alone. Never overwrites."""
    new_keys(path)
    click.echo("hcfin: keep the file secret and safe: ids made with another key never match", err=True)


@hcfin.command("schema")
@click.argument("what", type=click.Choice(["facts", "documents"]))
def schema_command(what: str) -> None:
    """Print the JSON Schema of facts or of documents."""
    o.echo_json((fact_schema if what == "facts" else document_schema)(), False)


hcfin.add_command(codes_group)
