"""What a reader returns: facts, issues, what was carried, and the way back to the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from hcfin.billing.balance import place
from hcfin.billing.base import Fact
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.coverage import Coverage
from hcfin.issues import Issue
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
    """One transaction set, message or resource of the source."""

    kind: str
    control: str
    at: int
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemittanceView:
    """A remittance with its claims, grouped for people."""

    header: Remittance
    claims: tuple[ClaimPayment, ...]


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
        claims: dict[str, list[ClaimPayment]] = {}
        for fact in self.facts:
            if isinstance(fact, ClaimPayment):
                claims.setdefault(fact.remittance, []).append(fact)
        return tuple(
            RemittanceView(fact, tuple(claims.get(fact.ref, ())))
            for fact in self.facts
            if isinstance(fact, Remittance)
        )

    def origin(self, at: int, element: str = "") -> Origin:
        """Where a segment stood: control numbers, loop and byte offset."""
        return self.trail.origin(at, element)

    def place(self, node: Model, name: str) -> Origin:
        """Where a field of a fact stood."""
        known = place(node, name, self.standard)
        return self.trail.origin(known.at, known.element)


Locate = Callable[[Model, str], Origin]
"""Finds the origin of a fact's field."""


def locator(facts: object) -> Locate:
    """The locator of a reading; facts without a source name their own fields."""
    if isinstance(facts, Reading):
        return facts.place
    return lambda node, name: place(node, name, "facts")
