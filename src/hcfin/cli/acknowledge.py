"""`hcfin ack`: the answer to a received file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from hcfin.cli import options as o
from hcfin.cli.sources import Source
from hcfin.files import acknowledge


@click.command("ack")
@click.argument("source", metavar="FILE")
@click.option(
    "--ta1/--no-ta1",
    default=True,
    help="Answer interchanges, too; without it, groups alone. Of HL7: accept acknowledgments.",
)
@click.option("-o", "output", type=click.Path(dir_okay=False), help="Write to this file.")
@click.option("--control", default="1", metavar="N", help="Control number of the first answer.")
@click.option("--group-control", default="1", metavar="N", help="Control number of the first group.")
@click.option("--date", "day", type=o.Day(), help="Date of the answer; without it, today.")
@click.option("--time", "clock", metavar="HHMM", help="Time of the answer; without it, now.")
@o.feed_options
def ack_command(
    source: str,
    ta1: bool,
    output: str | None,
    control: str,
    group_control: str,
    day: date | None,
    clock: str | None,
    feed: o.FeedOptions,
) -> None:
    """Answer a received FILE: of X12 a TA1 for each interchange and a 999 for each functional group, of HL7
    v2 an ACK for each message, as its header asks for it.

    What is told is what reading the file finds. The exit status is 1 where any of it is
    rejected or cannot be answered.
    """
    now = datetime.now(UTC).astimezone()
    identity = {
        "interchange_control": control,
        "group_control": group_control,
        "date": f"{day or now:%Y%m%d}",
        "time": clock or f"{now:%H%M}",
        "zone": f"{now:%z}",
    }
    how = feed.load()
    with Source(source).opened() as stream:
        answer = acknowledge(
            stream, identity=identity, interchanges=ta1, standard=how.standard, profile=how.profile
        )
    with o.writing():
        if output is not None:
            with open(output, "wb") as file:
                file.write(answer.data)
        else:
            click.echo(answer.data, nl=False)
    for issue in answer.issues:
        click.echo(str(issue), err=True)
    if not answer.data:
        click.echo("hcfin: there is nothing to acknowledge", err=True)
    raise SystemExit(o.HELD_BACK if answer.rejected else o.OK)
