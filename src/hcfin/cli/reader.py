"""Facts of several files for commands that look at all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, cast

import click

from hcfin.billing.reading import Event, Reading
from hcfin.cli import options as o
from hcfin.cli.jobs import facts_of
from hcfin.cli.pieces import Style, status_of
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.errors import HcfinError
from hcfin.issues import Issue
from hcfin.translation import read, standard_of
from hcfin.wire.json import dumps
from hcfin.wire.stream import Prefixed, read_fully

_HEAD = 4096
"""Bytes that tell the standard of a file."""


class Reader:
    """Reads the facts of several files, and says what is wrong with them. Where they are `mixed`, the profile
    is for those of its own standard, and others are read as what they are."""

    def __init__(self, feed: o.Feed, meter: Meter, issues_to: Any, *, mixed: bool = False) -> None:
        self._mixed = mixed and feed.profile is not None
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

    def readings(self, sources: Sequence[Source]) -> Iterator[Reading]:
        """Whole files, one after the other. Raises `HcfinError` where one cannot be read."""
        for source in sources:
            try:
                with source.opened() as stream:
                    whole, feed = self._as_it_is(self._meter.reading(stream))
                    reading = read(whole, standard=feed.standard, profile=feed.profile)
            except OSError as error:
                fault: HcfinError = source.fault(error)
            else:
                self._meter.ended()
                for issue in reading.issues:
                    self._tell(issue, source)
                yield reading
                continue
            raise fault

    def tell(self, issues: Iterable[Issue]) -> None:
        """Say what is wrong with what several files say together."""
        for issue in issues:
            self.status = max(self.status, status_of((issue,)))
            text = dumps(issue.to_dict()) if self._issues_to is not None else str(issue)
            self._say(text + "\n")

    def _events(self, source: Source) -> Iterator[Event]:
        try:
            with source.opened() as stream:
                yield from facts_of(*self._as_it_is(stream), self._meter).events
        except OSError as error:
            fault: HcfinError = source.fault(error)
        else:
            return
        raise fault

    def _as_it_is(self, stream: BinaryIO) -> tuple[BinaryIO, o.Feed]:
        """A stream from its beginning, and how to read it."""
        if not self._mixed:
            return stream, self._feed
        head = read_fully(stream.read, _HEAD)
        name = standard_of(head)
        feed = self._feed if name in (None, self._feed.standard) else o.Feed(name)
        return cast(BinaryIO, Prefixed(head, stream)), feed

    def _tell(self, issue: Issue, source: Source) -> None:
        self.status = max(self.status, status_of((issue,)))
        for piece in self._style.issues((issue,), source):
            self._say(piece.text)

    def _say(self, text: str) -> None:
        if self._issues_to is not None:
            self._issues_to.write(text)
        else:
            self._meter.clear()
            click.echo(text, nl=False, err=True)
