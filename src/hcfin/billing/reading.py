"""What a reader returns: facts, issues, what was carried, and the way back to the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from hcfin.billing.balance import place
from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.embedded import Embedded, EmbeddedTrail
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.coverage import Coverage
from hcfin.issues import Issue, located
from hcfin.model import Model
from hcfin.origin import Origin


class Trail(Protocol):
    """A reader's memory of where its segments stood."""

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment, and of one of its elements."""

    def excerpt(self, at: int) -> str:
        """The segment with only codes and amounts in clear."""


class NoTrail:
    """Facts that were built in Python have no source to point into."""

    standard = "facts"

    def origin(self, at: int, element: str = "") -> Origin:
        """An origin that knows the ordinal only."""
        return Origin(standard=self.standard, at=at, element=element)

    def excerpt(self, at: int) -> str:
        """Nothing to show."""
        return ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction set, message or resource of the source.

    `envelope` holds operational facts about the file: who sent it to whom, when, under which numbers. They
    are no part of the billing facts, because the same advice in another envelope is the same advice.
    """

    kind: str
    control: str
    at: int
    summary: dict[str, Any] = field(default_factory=dict)
    envelope: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RemittanceView:
    """A remittance with its claims, and what the payer sums up for groups of them, for people."""

    header: Remittance
    claims: tuple[ClaimPayment, ...]
    summaries: tuple[ProviderSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission with its claims, for people."""

    header: ClaimSubmission
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Reading:
    """The result of `read`. Facts are patient data in clear; `repr` shows counts only."""

    standard: str
    facts: tuple[Fact, ...] = ()
    issues: tuple[Issue, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    units: tuple[Unit, ...] = ()
    trail: Trail = field(default_factory=NoTrail)

    def __repr__(self) -> str:
        return (
            f"Reading(standard={self.standard!r}, facts={len(self.facts)}, issues={len(self.issues)}, "
            f"units={len(self.units)})"
        )

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    @property
    def remittances(self) -> tuple[RemittanceView, ...]:
        """Remittances with their claims, in file order."""
        return tuple(
            RemittanceView(
                header,
                tuple(fact for fact in parts if isinstance(fact, ClaimPayment)),
                tuple(fact for fact in parts if isinstance(fact, ProviderSummary)),
            )
            for header, parts in self._grouped()
        )

    @property
    def submissions(self) -> tuple[SubmissionView, ...]:
        """Submissions of claims with their claims, in file order."""
        claims: dict[str, list[Claim]] = {}
        for claim in self.claims:
            claims.setdefault(claim.submission, []).append(claim)
        headers = (fact for fact in self.facts if isinstance(fact, ClaimSubmission))
        return tuple(SubmissionView(header, tuple(claims.get(header.ref, ()))) for header in headers)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim that is billed, in file order. Claims that were paid are in `remittances`."""
        return tuple(fact for fact in self.facts if isinstance(fact, Claim))

    def _grouped(self) -> Iterator[tuple[Remittance, list[ClaimPayment | ProviderSummary]]]:
        """Each remittance with the facts that name it, in their order."""
        parts: dict[str, list[ClaimPayment | ProviderSummary]] = {}
        for fact in self.facts:
            if isinstance(fact, ClaimPayment | ProviderSummary):
                parts.setdefault(fact.remittance, []).append(fact)
        for fact in self.facts:
            if isinstance(fact, Remittance):
                yield fact, parts.get(fact.ref, [])

    def stream(self) -> FactStream:
        """The reading as a stream, for a standard whose files are small enough to be read whole."""

        def events() -> Iterator[Event]:
            yield from self.issues
            for header, parts in self._grouped():
                yield Opened(header)
                yield from parts
                yield header
            grouped = Remittance | ClaimPayment | ProviderSummary
            yield from (fact for fact in self.facts if not isinstance(fact, grouped))
            yield from self.units

        return FactStream(self.standard, events(), self.trail, lambda: self.coverage)

    def origin(self, at: int, element: str = "") -> Origin:
        """Where a segment stood: control numbers, loop and byte offset."""
        return self.trail.origin(at, element)

    def place(self, node: Model, name: str) -> Origin:
        """Where a field of a fact stood. A node without a place of its own (`at` is 0) is a field of the node
        that holds it, which is to be asked."""
        return Locator(self.standard, self.trail).place(node, name)


class Opened(NamedTuple):
    """A remittance begins: its header, before its claims. Its provider adjustments and totals follow at the
    end, in the `Remittance` itself."""

    header: Remittance


Event = Opened | Fact | Issue | Unit | Embedded
"""What a reader yields, in source order. A remittance comes after its claims, a submission before them. A
file inside the source is an `Embedded`; whoever reads a source by `hcfin` gets what is in it instead."""


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds the places of facts, and what of a segment may be shown."""

    standard: str
    trail: Trail

    def place(self, node: Model, name: str) -> Origin:
        """Where a field of a fact stood."""
        known = place(node, name, self.standard_of(node))
        if isinstance(self.trail, NoTrail):
            return known
        return self.trail.origin(known.at, known.element)

    def located(self, issue: Issue, node: Model, name: str) -> Issue:
        """An issue of a field of a fact, with its place and what of the segment may be shown."""
        origin = self.place(node, name)
        return located(issue, origin, self.excerpt(origin.at))

    def standard_of(self, node: Model) -> str:
        """The standard that names the elements of a node: another one inside an embedded file."""
        inside = self.trail.standard_at(getattr(node, "at", 0)) if type(self.trail) is EmbeddedTrail else ""
        return inside or self.standard

    def excerpt(self, at: int) -> str:
        """The masked segment; empty where the source is no longer there."""
        return self.trail.excerpt(at)

    def kept(self, fields: Iterable[tuple[Model, str]]) -> Locator:
        """The same with the places of some fields of one fact, for when the trail has let them go."""
        if isinstance(self.trail, NoTrail):
            return self
        trail = _Kept(self.trail)
        standard = self.standard
        for node, name in fields:
            standard = self.standard_of(node)
            trail.keep(place(node, name, standard))
        return Locator(standard, trail)


class _Kept:
    """The trail of what was kept, and of whatever the source still knows."""

    def __init__(self, source: Trail) -> None:
        self._source = source
        self._origins: dict[tuple[int, str], Origin] = {}
        self._excerpts: dict[int, str] = {}

    def keep(self, known: Origin) -> None:
        """Keep a place while the source knows it."""
        self._origins[known.at, known.element] = self._source.origin(known.at, known.element)
        self._excerpts[known.at] = self._source.excerpt(known.at)

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment, and of one of its elements."""
        return self._origins.get((at, element)) or self._source.origin(at, element)

    def excerpt(self, at: int) -> str:
        """The segment with only codes and amounts in clear."""
        return self._excerpts[at] if at in self._excerpts else self._source.excerpt(at)


def _counted_anyway() -> None:
    """Coverage costs nothing here."""


@dataclass(frozen=True, slots=True)
class FactStream:
    """What a standard's `read` returns: events that are made while they are taken.

    The trail knows the place of everything since the last claim was taken, and of the open set's header; a
    trail that was asked to keep everything knows all. `coverage` is complete when the events are; where it
    costs something, it is counted only if `cover` was called before the first event was taken. `embeds` says
    whether there may be `Embedded` among the events.
    """

    standard: str
    events: Iterator[Event]
    trail: Trail = field(default_factory=NoTrail)
    coverage: Callable[[], Coverage] = Coverage
    cover: Callable[[], None] = _counted_anyway
    embeds: bool = False

    @property
    def locator(self) -> Locator:
        """Finds the places of the facts that the stream yields."""
        return Locator(self.standard, self.trail)


def collect(stream: FactStream) -> Reading:
    """Take a whole stream: a `Reading`, each remittance before its claims."""
    facts: list[Fact] = []
    issues: list[Issue] = []
    units: list[Unit] = []
    first = 0
    for event in stream.events:
        if isinstance(event, Issue):
            issues.append(event)
        elif isinstance(event, Opened):
            first = len(facts)
        elif isinstance(event, Unit):
            units.append(event)
        elif isinstance(event, Embedded):
            continue
        elif isinstance(event, Remittance):
            facts.insert(first, event)
        else:
            facts.append(event)
    return Reading(
        standard=stream.standard,
        facts=tuple(facts),
        issues=tuple(issues),
        coverage=stream.coverage(),
        units=tuple(units),
        trail=stream.trail,
    )


def locator(facts: object) -> Locator:
    """The locator of a reading; facts without a source name their own fields."""
    if isinstance(facts, Reading):
        return Locator(facts.standard, facts.trail)
    return Locator("facts", NoTrail())
