"""What each source amount moves between accounts: the proof of a journal from the side of its source.

A claim's charge leaves the receivable in one sum, for all that became of it. Here that sum is told apart
again: each amount of the claim moves itself, from or to the place that the charge was settled from. So the
moves of every source amount add up to zero, whatever the books say, and books can be compared by amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hcfin.billing.reading import Locator
from hcfin.origin import Origin
from hcfin.posting.draft import Draft
from hcfin.posting.entry import Line, LineKey
from hcfin.posting.result import Move, Place

_SETTLED = "charged"


class Moves:
    """Collects the moves of one remittance while it is posted."""

    def __init__(self, locator: Locator, period: str, currency: str) -> None:
        self.locator = locator
        self._at = (period, currency)
        self._moves: list[Move] = []

    def add(self, drafts: Sequence[Draft], lines: Sequence[Line]) -> None:
        """Take drafts that belong together, with the lines that they go to."""
        moved = list(zip(drafts, lines, strict=True))
        settled = next((line for (_, _, _, name), line in moved if name == _SETTLED), None)
        sums: dict[Origin, Decimal] = {}
        for (_, amount, node, name), line in moved:
            if name == _SETTLED:
                continue  # that is all the others taken together
            origin = self.locator.place(node, name)
            sums[origin] = sums.get(origin, Decimal(0)) + amount
            self._move(origin, line, amount)
            if settled is not None:
                self._move(origin, settled, -amount)
        if settled is None and any(sums.values()):
            # The amounts of a claim that make up for one another: only together they are zero.
            first = next(iter(sums))
            self._moves[-len(moved) :] = [move._replace(origin=first) for move in self._moves[-len(moved) :]]

    def _move(self, origin: Origin, line: Line, amount: Decimal) -> None:
        key = line.key
        self._moves.append(Move(origin, self._place(key), amount, key.rule[0]))

    def held(self, kept: Mapping[LineKey, tuple[Line, Line]]) -> None:
        """Of all that moved so far only what went through clearing stays, each against its counterpart."""
        others = {self._place(key): self._place(line.key) for key, (_, line) in kept.items()}
        moves, self._moves = self._moves, []
        for move in moves:
            if move.place in others:
                self._moves.append(move)
                self._moves.append(move._replace(place=others[move.place], amount=-move.amount))

    def _place(self, key: LineKey) -> Place:
        return Place(key.entity, *self._at, key.role, key.account, key.dimensions)

    def all(self) -> tuple[Move, ...]:
        """Every move so far."""
        return tuple(self._moves)
