"""Service lines as billed to service lines as paid, within one bill.

Strategy: by line control number first; then by what two lines have in common, from everything to the least
that still tells them apart. Each billed line is taken once, save where the payer split it or unbundled it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.reconcile.match_facts import BilledLine, PaidLine, Service


class Part(NamedTuple):
    """A paid line with the reasons why it is that of its billed line; `turn` is that of the payer."""

    line: PaidLine
    reasons: tuple[str, ...]
    turn: str = ""


class _Trait(NamedTuple):
    """What is compared of a line."""

    service: Service
    revenue_code: str
    charged: Decimal
    day: date | None


# What two lines must have in common, step by step. Blank codes and absent days are in common with nothing.
_STEPS: tuple[tuple[str, ...], ...] = (
    ("service", "modifiers", "day", "charge"),
    ("service", "modifiers", "charge"),
    ("service", "day", "charge"),
    ("service", "charge"),
    ("service", "modifiers", "day"),
    ("service", "day"),
    ("revenue_code", "day", "charge"),
    ("revenue_code", "charge"),
)
_LAST_STEPS: tuple[tuple[str, ...], ...] = (("service",), ("revenue_code", "day"), ("day", "charge"))
"""Enough only where one line on either side has it."""


def pair(billed: Sequence[BilledLine], paid: Sequence[PaidLine]) -> list[tuple[BilledLine | None, Part]]:
    """Each paid line with the billed line that it pays, or None where none was billed; in their order."""
    return _Pairing(billed, paid).result()


class _Pairing:
    def __init__(self, billed: Sequence[BilledLine], paid: Sequence[PaidLine]) -> None:
        self._billed = billed
        self._paid = paid
        self._line: dict[int, int] = {}  # paid to billed, by their places
        self._how: dict[int, str] = {}
        self._charged: dict[int, Decimal] = {}  # by place of the billed line, of what pays it
        self._by_control()
        for step in _STEPS:
            self._by(step)
        self._split()
        for step in _LAST_STEPS:
            self._by(step, only=True)
        self._split()

    def result(self) -> list[tuple[BilledLine | None, Part]]:
        """What was found."""
        found: list[tuple[BilledLine | None, Part]] = []
        for place, paid in enumerate(self._paid):
            if place not in self._line:
                found.append((None, Part(paid, ())))
                continue
            billed = self._billed[self._line[place]]
            how = self._how.get(place, "")
            found.append((billed, Part(paid, ((how,) if how else ()) + _agreeing(billed, paid))))
        return found

    def _by_control(self) -> None:
        """By line control number. Some payers return the number of the line there."""
        controls = _only_once((line.control, place) for place, line in enumerate(self._billed))
        numbers = _only_once((line.number.lstrip("0"), place) for place, line in enumerate(self._billed))
        for place, paid in enumerate(self._paid):
            if paid.control in controls:
                self._take(place, controls[paid.control], "control_number")
                continue
            number = numbers.get(paid.control.lstrip("0"))
            if number is not None and not {"service", "charge"}.isdisjoint(
                _agreeing(self._billed[number], paid)
            ):
                self._take(place, number, "line_number")

    def _by(self, step: tuple[str, ...], *, only: bool = False) -> None:
        """By what the lines that are left have in common. `only`: where it tells one line from all others."""
        left = [place for place in range(len(self._paid)) if place not in self._line]
        if not left:
            return
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for place, line in enumerate(self._billed):
            if place not in self._charged:
                key = _key(step, _Trait(line.service, line.revenue_code, line.charged, line.day))
                if key is not None:
                    waiting[key].append(place)
        asking: dict[Hashable, list[int]] = defaultdict(list)
        for place in left:
            paid = self._paid[place]
            # The service as it was submitted comes before the one that was paid instead.
            for service in (paid.submitted, paid.service):
                key = service and _key(step, _Trait(service, paid.revenue_code, paid.charged, paid.day))
                if key in waiting:
                    asking[key].append(place)
                    break
        for key, places in asking.items():
            if not only or len(places) == len(waiting[key]) == 1:
                for place, line_place in zip(places, waiting[key], strict=False):
                    self._take(place, line_place)

    def _split(self) -> None:
        """Further parts of a line that the payer split, and what it unbundled: the charges add up."""
        for place, paid in enumerate(self._paid):
            if place in self._line:
                continue
            codes = {service.code for service in (paid.submitted, paid.service) if service and service.code}
            for line_place, billed in enumerate(self._billed):
                told = self._charged.get(line_place)
                if (
                    told is not None
                    and billed.service.code in codes
                    and told + paid.charged <= billed.charged
                ):
                    self._take(place, line_place, "split" if paid.charged else "unbundled")
                    break

    def _take(self, place: int, line_place: int, how: str = "") -> None:
        self._line[place] = line_place
        self._charged[line_place] = self._charged.get(line_place, Decimal(0)) + self._paid[place].charged
        if how:
            self._how[place] = how


def _key(step: tuple[str, ...], trait: _Trait) -> Hashable:
    """What a step compares of a line; None where it has not got it."""
    key: list[Hashable] = []
    for name in step:
        part = _PARTS[name](trait)
        if part is None or part == "":
            return None
        key.append(part)
    return tuple(key)


_PARTS: dict[str, Callable[[_Trait], Hashable]] = {
    "service": lambda trait: trait.service.code,
    "modifiers": lambda trait: tuple(sorted(trait.service.modifiers)),
    "revenue_code": lambda trait: trait.revenue_code,
    "day": lambda trait: trait.day,
    "charge": lambda trait: trait.charged,
}


def _agreeing(billed: BilledLine, paid: PaidLine) -> tuple[str, ...]:
    """What a pair has in common, and what had to be understood for that."""
    submitted = paid.submitted is not None and paid.submitted.code == billed.service.code
    service = paid.submitted if paid.submitted is not None and submitted else paid.service
    same = bool(service.code) and service.code == billed.service.code
    facts = {
        "service": same,
        "submitted_service": same and submitted and paid.service.code != service.code,
        "glued_modifier": same and (service.glued or billed.service.glued),
        "modifiers": same and sorted(service.modifiers) == sorted(billed.service.modifiers),
        "revenue_code": bool(paid.revenue_code) and paid.revenue_code == billed.revenue_code,
        "day": paid.day is not None and paid.day == billed.day,
        "charge": paid.charged == billed.charged,
    }
    return tuple(name for name, holds in facts.items() if holds)


def _only_once(keys: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The places of keys that stand once."""
    places: dict[str, list[int]] = defaultdict(list)
    for key, place in keys:
        if key:
            places[key].append(place)
    return {key: found[0] for key, found in places.items() if len(found) == 1}
