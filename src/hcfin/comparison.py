"""Two books compared: what would move between accounts, before anybody books by the new ones.

Strategy: every remittance is posted by both in one pass. What each source amount moves by the one is compared
with what it moves by the other; the differences of one amount add up to zero, because its moves do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.billing.reading import FactStream, Reading
from hcfin.books import Books
from hcfin.context import Context
from hcfin.money import zero
from hcfin.origin import Origin
from hcfin.posting import Posting, post_alternatives
from hcfin.posting.result import Place

_Amounts = dict[Place, Decimal]
_Source = tuple[int, Origin]  # which source, and the place in it


class Flow(NamedTuple):
    """Money that goes elsewhere by the second books; `amount` is positive, `sources` counts its amounts."""

    origin: Place
    destination: Place
    rules: tuple[str, str]
    amount: Decimal
    sources: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "from": _place_json(self.origin),
            "to": _place_json(self.destination),
            "rules": {"a": self.rules[0], "b": self.rules[1]},
            "amount": f"{self.amount:f}",
            "source_amounts": self.sources,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What moves between accounts. Every source amount moves money, and makes or destroys none: `unproven`
    counts those whose differences do not add up to zero, and is 0 unless hcfin has a fault."""

    flows: tuple[Flow, ...]
    balances: Mapping[Place, tuple[Decimal, Decimal]]
    remittances: tuple[int, int]
    issues: tuple[Mapping[str, int], Mapping[str, int]]
    source_amounts: int
    moved: int
    unproven: int

    def changed(self) -> Iterator[tuple[Place, Decimal, Decimal]]:
        """Places whose balance differs, with both balances."""
        for place, (a, b) in sorted(self.balances.items()):
            if a != b:
                yield place, a, b

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "accounts": [
                {**_place_json(place), "a": f"{a:f}", "b": f"{b:f}", "difference": f"{b - a:f}"}
                for place, a, b in self.changed()
            ],
            "flows": [flow.to_dict() for flow in self.flows],
            "remittances_posted": {"a": self.remittances[0], "b": self.remittances[1]},
            "issues": {"a": dict(self.issues[0]), "b": dict(self.issues[1])},
            "proof": {
                "source_amounts": self.source_amounts,
                "moved": self.moved,
                "not_zero_sum": self.unproven,
            },
        }


def compare(a: Books, b: Books, sources: Iterable[FactStream | Reading], *, context: Context) -> Comparison:
    """Post sources by two books. Memory is that of one remittance and of the differences.

    Raises `KeysError` where the context has no keys.
    """
    work = _Comparing()
    for number, given in enumerate(sources, start=1):
        source = given.stream() if isinstance(given, Reading) else given
        for one, other in post_alternatives(source.events, (a, b), source.locator, context=context):
            work.take(number, one, other)
    return work.result()


class _Comparing:
    def __init__(self) -> None:
        self.flows: dict[tuple[Place, Place, tuple[str, str]], list[Decimal]] = {}
        self.balances: dict[Place, tuple[Decimal, Decimal]] = {}
        self.posted = [0, 0]
        self.issues: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.source_amounts = self.moved = self.unproven = 0

    def take(self, number: int, one: Posting, other: Posting) -> None:
        for side, posting in enumerate((one, other)):
            self.posted[side] += bool(posting.documents)
            self.issues[side].update(issue.code for issue in posting.issues)
        amounts: dict[_Source, tuple[_Amounts, _Amounts]] = {}
        rules: dict[_Source, list[str]] = {}
        for side, posting in enumerate((one, other)):
            for move in posting.moves:
                at = number, move.origin
                here = amounts.setdefault(at, ({}, {}))[side]
                here[move.place] = here.get(move.place, zero(move.place.currency)) + move.amount
                deciding = rules.setdefault(at, ["", ""])
                deciding[side] = deciding[side] or move.rule
                self._balance(move.place, side, move.amount)
        for at, (before, after) in amounts.items():
            self._differ(before, after, (rules[at][0], rules[at][1]))

    def _balance(self, place: Place, side: int, amount: Decimal) -> None:
        nothing = zero(place.currency)
        a, b = self.balances.get(place, (nothing, nothing))
        self.balances[place] = (a, b + amount) if side else (a + amount, b)

    def _differ(self, before: _Amounts, after: _Amounts, rules: tuple[str, str]) -> None:
        self.source_amounts += 1
        differences = {
            place: after.get(place, zero(place.currency)) - before.get(place, zero(place.currency))
            for place in sorted({*before, *after})
        }
        self.moved += any(differences.values())
        self.unproven += bool(sum(differences.values()))
        for origin, destination, amount in _flows(differences):
            self.flows.setdefault((origin, destination, rules), []).append(amount)

    def result(self) -> Comparison:
        flows = (
            Flow(*key, sum(amounts, Decimal(0)), len(amounts)) for key, amounts in sorted(self.flows.items())
        )
        return Comparison(
            flows=tuple(flows),
            balances=self.balances,
            remittances=(self.posted[0], self.posted[1]),
            issues=(dict(sorted(self.issues[0].items())), dict(sorted(self.issues[1].items()))),
            source_amounts=self.source_amounts,
            moved=self.moved,
            unproven=self.unproven,
        )


def _flows(differences: _Amounts) -> Iterator[tuple[Place, Place, Decimal]]:
    """Differences as amounts that go from one place to another, in the order of the places."""
    left = [(place, -amount) for place, amount in reversed(differences.items()) if amount < 0]
    come = [(place, amount) for place, amount in reversed(differences.items()) if amount > 0]
    while left and come:
        (origin, gone), (destination, got) = left.pop(), come.pop()
        amount = min(gone, got)
        yield origin, destination, amount
        left += [(origin, gone - amount)] * (gone > amount)
        come += [(destination, got - amount)] * (got > amount)


def _place_json(place: Place) -> dict[str, Any]:
    return {**place._asdict(), "dimensions": dict(place.dimensions)}
