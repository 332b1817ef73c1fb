"""What the commands do with each file.

A job is a plain value with all that it needs, so that it can go to another process. Called with a source, it
yields what is to be printed, piece by piece, and prints nothing itself: the pieces of several files can wait
for their turn. With `ndjson` a piece is one remittance, and memory does not depend on the size of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

from hcfin.billing import SCHEMA
from hcfin.billing.base import Fact
from hcfin.billing.facts import fact_json
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.reading import Event, FactStream, Unit
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.cli.options import OK, USAGE, Feed, Policy
from hcfin.cli.pieces import Ended, Piece, Style, Text, status_of
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.issues import Issue, unique
from hcfin.posting import Posting, SourceAmount, post_events
from hcfin.proof import prove
from hcfin.spooling import spooled
from hcfin.translation import (
    Translation,
    apart,
    iter_translate_facts,
    stream_facts,
    strict_issues,
    translate_facts,
)

_UNITS_AT_ONCE = 100
Texts = Generator[Text, None, int]
"""What is to be printed; at the end, the status that it means."""


def facts_of(stream: BinaryIO, feed: Feed, meter: Meter, *, cover: bool = False) -> FactStream:
    """The facts of a stream, in one pass; with their coverage where it is asked for."""
    source = stream_facts(meter.reading(stream), standard=feed.standard, profile=feed.profile, cover=cover)
    return meter.facts(source)


@dataclass(frozen=True, slots=True)
class Translate:
    """Documents and payloads; the text of targets that make text."""

    feed: Feed
    policy: Policy
    style: Style
    target: str
    facts: bool = False

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        status = OK
        with source.opened() as stream:
            for result in self._results(facts_of(stream, self.feed, meter)):
                yield from self._shown(result)
                yield from self.style.issues(result.issues, source)
                status = max(status, status_of(result.issues))
        yield Ended(status)

    def _results(self, facts: FactStream) -> Iterable[Translation]:
        policy = self.policy
        how: dict[str, Any] = {
            "to": self.target,
            "context": policy.context,
            "facts": self.facts,
            **policy.asked(),
        }
        if self.style.ndjson:
            return iter_translate_facts(facts, policy.books, **how)
        return [translate_facts(facts, policy.books, **how)]

    def _shown(self, result: Translation) -> Iterator[Text]:
        # A ledger opens its accounts before its first entry, so text waits for the end of the file.
        texts = [payload for payload in result.payloads if payload.media_type.startswith("text/")]
        if texts and not self.style.ndjson:
            for payload in texts:
                yield Text("out", payload.body)
        else:
            yield self.style.json(result.to_dict(facts=self.facts))


@dataclass(frozen=True, slots=True)
class Post:
    """Finance documents, and on request where every source amount went."""

    feed: Feed
    policy: Policy
    style: Style
    dispositions: bool = False

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        with source.opened() as stream:
            facts = facts_of(stream, self.feed, meter)
            status = yield from (self._lines if self.style.ndjson else self._whole)(facts, source)
        yield Ended(status)

    def _lines(self, facts: FactStream, source: Source) -> Texts:
        status = OK
        for posting in self._postings(facts.events, facts):
            found = unique(posting.issues)
            yield self.style.json(
                {
                    "documents": [document.to_dict() for document in posting.documents],
                    **self._ends(posting.dispositions),
                    "issues": [issue.to_dict() for issue in found],
                }
            )
            yield from self.style.issues(found, source)
            status = max(status, status_of(found))
        return status

    def _whole(self, facts: FactStream, source: Source) -> Texts:
        dispositions: list[SourceAmount] = []
        issues: list[Issue] = []
        read: list[Issue] = []

        def documents() -> Iterator[str]:
            for posting in self._postings(apart(facts.events, read), facts):
                dispositions.extend(posting.dispositions)
                issues.extend(posting.issues)
                yield from (self.style.text(document.to_dict()) for document in posting.documents)

        yield from self.style.listing({}, "documents", documents(), lambda: self._ends(dispositions))
        found = unique((*issues, *read))
        yield from self.style.issues(found, source)
        return status_of(found)

    def _postings(self, events: Iterator[Event], facts: FactStream) -> Iterator[Posting]:
        policy = self.policy
        return post_events(
            events,
            policy.books,
            facts.locator,
            context=policy.context,
            dispositions=self.dispositions,
            **policy.asked(),
        )

    def _ends(self, dispositions: Iterable[SourceAmount]) -> dict[str, Any]:
        return {"dispositions": [end.to_dict() for end in dispositions]} if self.dispositions else {}


@dataclass(frozen=True, slots=True)
class Read:
    """Billing facts: patient data in clear. `strict` needs the source twice, so a pipe is copied."""

    feed: Feed
    style: Style
    strict: bool = False
    spool_dir: str | None = None

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        with source.opened() as once, self._again(once) as stream:
            start = stream.tell() if self.strict else 0
            facts = facts_of(stream, self.feed, meter, cover=True)
            read: list[Issue] = []
            status = yield from (self._lines if self.style.ndjson else self._whole)(facts, source, read)
            if self.strict and facts.standard:
                stream.seek(start)
                known = unique(read)
                found = unique((*known, *strict_issues(stream, facts.standard)))[len(known) :]
                yield from self.style.issues(found, source)
                status = max(status, status_of(found))
        yield Ended(status)

    def _again(self, stream: BinaryIO) -> AbstractContextManager[BinaryIO]:
        return spooled(stream, directory=self.spool_dir) if self.strict else nullcontext(stream)

    def _lines(self, facts: FactStream, source: Source, read: list[Issue]) -> Texts:
        status = OK
        for event in facts.events:
            if isinstance(event, Fact):
                yield self.style.json(fact_json(event))
            elif isinstance(event, Unit):
                yield self.style.json({"kind": "unit", "unit": unit_json(event)})
            elif isinstance(event, Issue):
                if self.strict:
                    read.append(event)
                yield from self.style.issues((event,), source)
                status = max(status, status_of((event,)))
        end = {"schema": SCHEMA, "standard": facts.standard, "coverage": facts.coverage().to_dict()}
        yield self.style.json({"kind": "end", **end})
        return status

    def _whole(self, facts: FactStream, source: Source, read: list[Issue]) -> Texts:
        before = {"schema": SCHEMA, "standard": facts.standard}
        items = self._ordered(apart(facts.events, read))
        yield from self.style.listing(
            before, "facts", items, lambda: {"coverage": facts.coverage().to_dict()}
        )
        if self.strict:
            read[:] = unique(read)
        yield from self.style.issues(read, source)
        return status_of(read)

    def _ordered(self, events: Iterator[Event]) -> Iterator[str]:
        """Facts as in a `Reading`: each remittance before its claims, which wait for it as text."""
        claims: list[str] = []
        for event in events:
            if isinstance(event, Fact):
                text = self.style.text(fact_json(event))
                if isinstance(event, Remittance):
                    yield text
                    yield from claims
                    claims.clear()
                elif isinstance(event, ClaimPayment | ProviderSummary):
                    claims.append(text)
                else:
                    yield text
        yield from claims


@dataclass(frozen=True, slots=True)
class Summarize:
    """One line for each file, also for one that cannot be read."""

    feed: Feed

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        seen = _Seen()
        standard = None
        first: list[str] = []
        batches: Iterator[str] = iter(())
        with ExitStack() as opened:
            try:
                facts = facts_of(opened.enter_context(source.opened()), self.feed, meter)
            except OSError as error:
                seen.failed = error
            else:
                batches, standard = seen.units(facts.events), facts.standard or None
                first = list(islice(batches, 1))
            if seen.failed:  # a file of which hardly anything can be read is of no standard
                first, standard = [], None
            before = {"file": source.name, "standard": standard}
            yield from Style(compact=True).listing(before, "units", chain(first, batches), seen.issues)
        if seen.failed:
            reason = seen.failed.strerror or "input/output error"
            yield Text("err", f"hcfin: cannot read a file: {reason}\n")
        yield Ended(seen.status)


class _Seen:
    """What a file comes to, counted while its units go by."""

    def __init__(self) -> None:
        self.failed: OSError | None = None
        self._status = OK
        self._counts: Counter[str] = Counter()

    def units(self, events: Iterator[Event]) -> Iterator[str]:
        """Units as text, many at a time: a file of lines has as many as it has lines."""
        style = Style(compact=True)
        made: list[str] = []
        try:
            for event in events:
                if isinstance(event, Unit):
                    made.append(style.text(unit_json(event)))
                    if len(made) == _UNITS_AT_ONCE:
                        yield ",".join(made)
                        made.clear()
                elif isinstance(event, Issue):
                    self._counts[str(event.severity)] += 1
                    self._status = max(self._status, status_of((event,)))
        except OSError as error:
            self.failed = error
        if made:
            yield ",".join(made)

    @property
    def status(self) -> int:
        """The exit status of the file."""
        return USAGE if self.failed else self._status

    def issues(self) -> dict[str, Any]:
        """How many issues there are of each severity; a failure is one more."""
        counts = Counter(error=1) if self.failed else self._counts
        return {"issues": dict(sorted(counts.items()))}


@dataclass(frozen=True, slots=True)
class Prove:
    """One line for each remittance: its balance proof. The source is read twice, so a pipe is copied."""

    feed: Feed
    policy: Policy
    spool_dir: str | None = None

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        status, style = OK, Style(compact=True)
        books, context = self.policy.books, self.policy.context
        with source.opened() as once, spooled(once, directory=self.spool_dir) as stream:
            for proof in prove(
                stream,
                books,
                context=context,
                standard=self.feed.standard,
                profile=self.feed.profile,
                known=self.policy.known,
            ):
                yield Text("out", proof.to_json() + "\n")
                yield from style.issues(proof.issues, source)
                status = max(status, status_of(proof.issues))
        yield Ended(status)


def unit_json(unit: Unit) -> dict[str, Any]:
    """A unit of a source with its totals."""
    return {"kind": unit.kind, "control": unit.control, **unit.summary}
