"""Does a job for every file, prints what it has to say in the order of the files, and tells the status."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import IO

import click

from hcfin.cli.options import OK, RunOptions, writing
from hcfin.cli.pieces import Ended, Job, Piece, Text, pieces_of
from hcfin.cli.progress import Meter, Progress
from hcfin.cli.sources import Source, sources_of
from hcfin.cli.workers import pooled

Pieces = Generator[Piece, None, None]


def run(job: Job, names: Sequence[str], options: RunOptions, issues_to: IO[str] | None = None) -> int:
    """The highest exit status of all files. The output is the same whatever the number of processes.

    Raises `HcfinError` where a file cannot be read, after the output of those before it, and `OutputError`.
    """
    sources = sources_of(names)
    processes = min(options.jobs, sum(not source.is_ours_alone for source in sources))
    status = OK
    with closing(meter_of(options.progress, sources)) as meter:
        made = _at_once(job, sources, processes, meter) if processes > 1 else _in_turn(job, sources, meter)
        with closing(made) as pieces:
            for piece in pieces:
                if isinstance(piece, Ended):
                    status = max(status, piece.status)
                else:
                    meter.clear()
                    with writing():
                        _print(piece, issues_to)
    return status


def _in_turn(job: Job, sources: Sequence[Source], meter: Meter) -> Pieces:
    for source in sources:
        yield from pieces_of(job, source, meter)
        meter.ended()


def _at_once(job: Job, sources: Sequence[Source], processes: int, meter: Meter) -> Pieces:
    return pooled(job, sources, processes, lambda source: meter.ended(source.size() or 0))


def meter_of(progress: bool | None, sources: Sequence[Source]) -> Meter:
    """What shows the progress: where it is asked for, and unless it is not wanted on a terminal."""
    terminal = bool(sys.stderr and sys.stderr.isatty())
    wanted = terminal if progress is None else progress
    return Progress(sources, sys.stderr, terminal=terminal) if wanted and sys.stderr else Meter()


def _print(piece: Text, issues_to: IO[str] | None) -> None:
    if piece.to == "issues" and issues_to is not None:
        issues_to.write(piece.text)
    else:
        click.echo(piece.text, nl=False, err=piece.to == "err")
