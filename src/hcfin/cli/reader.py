"""Facts of several files for commands that look at all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from hcfin.billing.reading import Event
from hcfin.cli import options as o
from hcfin.cli.jobs import facts_of
from hcfin.cli.pieces import Style, status_of
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.errors import HcfinError
from hcfin.issues import Issue


class Reader:
    """Reads the facts of several files, and says what is wrong with them."""

    def __init__(self, feed: o.Feed, meter: Meter, issues_to: Any) -> None:
        self.status = o.OK
        self._feed = feed
        self._meter = meter
        self._issues_to = issues_to
        self._style = Style(issues_apart=issues_to is not None)

    def facts(
        self, sources: Sequence[Source], option: str = "", wanted: type[Event] | None = None
    ) -> Iterator[Event]:
        """The facts of files, one after the other; a word where none is `wanted`. Raises `HcfinError` where
        one cannot be read."""
        found = wanted is None
        for source in sources:
            for event in self._events(source):
                if isinstance(event, Issue):
                    self._tell(event, source)
                else:
                    found = found or (wanted is not None and isinstance(event, wanted))
                    yield event
            self._meter.ended()
        if not found:
            self._meter.clear()
            click.echo(f"hcfin: the files of --{option} have none", err=True)

    def _events(self, source: Source) -> Iterator[Event]:
        try:
            with source.opened() as stream:
                yield from facts_of(stream, self._feed, self._meter).events
        except OSError as error:
            fault: HcfinError = source.fault(error)
        else:
            return
        raise fault

    def _tell(self, issue: Issue, source: Source) -> None:
        self.status = max(self.status, status_of((issue,)))
        for piece in self._style.issues((issue,), source):
            if self._issues_to is not None:
                self._issues_to.write(piece.text)
            else:
                self._meter.clear()
                click.echo(piece.text, nl=False, err=True)
