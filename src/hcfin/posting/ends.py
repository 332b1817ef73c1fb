"""Where every source amount ended: the proof that none is lost and none is booked twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from hcfin.billing.base import Node
from hcfin.billing.reading import Locator
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.finance.base import RuleRef
from hcfin.origin import Origin
from hcfin.posting.claim_payment import informational
from hcfin.posting.detail import SETTLED
from hcfin.posting.draft import Draft, Ended
from hcfin.posting.entry import Line, LineKey
from hcfin.posting.result import Outcome, SourceAmount

_Waiting = tuple[Origin, Decimal, str, list[tuple[Line, Decimal]]]


class Ends:
    """Collects ends while a remittance is posted; lines are numbered when its entry is made."""

    def __init__(self, locator: Locator) -> None:
        self.locator = locator
        self._waiting: list[_Waiting] = []
        self._done: list[SourceAmount] = []
        self._set_level: set[int] = set()

    def posted(self, drafts: Sequence[Draft], lines: Sequence[Line]) -> None:
        """Amounts that went into lines; drafts of the same amount belong together."""
        places: dict[tuple[int, str], list[tuple[Line, Decimal]]] = {}
        for (destination, booked, node, name), line in zip(drafts, lines, strict=True):
            place = id(node), name
            if place not in places:
                places[place] = []
                self._note(node)
                amount = getattr(node, name)
                origin = self.locator.place(node, name)
                self._waiting.append((origin, amount, destination.rule.id, places[place]))
            places[place].append((line, booked))

    def held(self, kept: Mapping[LineKey, tuple[Line, Line]], rule: str) -> None:
        """Of all that was posted so far only payments stay, each against a place to wait at."""
        waiting, self._waiting = self._waiting, []
        for origin, amount, _, lines in waiting:
            paid = [(kept[line.key][0], part) for line, part in lines if line.key in kept]
            if paid:
                against = [(kept[line.key][1], -part) for line, part in paid]
                self._waiting.append((origin, amount, rule, [*paid, *against]))
            else:
                self._done.append(SourceAmount(origin, amount, Outcome.SUSPENDED, rule))
        self._done = [
            replace(end, outcome=Outcome.SUSPENDED, rule=rule, ref=None)
            if end.outcome is Outcome.KEPT_OPEN or end.rule == SETTLED
            else end
            for end in self._done
        ]

    def ended(self, ends: Iterable[Ended]) -> None:
        """Amounts that ended without a line."""
        for end in ends:
            self.add(end.node, end.field, end.amount, end.outcome, end.rule)

    def add(self, node: Node, name: str, amount: Decimal, outcome: Outcome, rule: str | RuleRef) -> None:
        """One amount that ended without a line."""
        self._note(node)
        origin = self.locator.place(node, name)
        if isinstance(rule, RuleRef):
            self._done.append(SourceAmount(origin, amount, outcome, rule.id, ref=rule))
        else:
            self._done.append(SourceAmount(origin, amount, outcome, rule))

    def _note(self, node: Node) -> None:
        """Remember that an amount of the set itself has ended: it must not end again where all is dropped."""
        if isinstance(node, Remittance | ProviderAdjustment):
            self._set_level.add(id(node))

    def claim_rejected(self, claim: ClaimPayment) -> None:
        """A claim of which nothing is posted; the rule is told when its remittance is over."""
        for node, name, amount in _amounts(claim):
            self._waiting.append((self.locator.place(node, name), amount, "", []))
        self.ended(informational(claim))

    def release(self) -> None:
        """The documents are made and their lines are numbered: name them."""
        for origin, amount, rule, lines in self._waiting:
            told = [(line, part) for line, part in lines if line.document]
            places = tuple((line.document, line.n) for line, _ in told)
            booked = tuple(part for _, part in told)
            self._done.append(SourceAmount(origin, amount, Outcome.POSTED, rule, places, booked))
        self._waiting.clear()

    def drop(self, rule: str, remittance: Remittance | None, outcome: Outcome) -> None:
        """Nothing is posted: every amount ends here, but for those that would never have been."""
        if remittance is not None:
            nodes: list[tuple[Node, str, Decimal]] = [(remittance, "payment", remittance.payment)]
            nodes += [(plb, "amount", plb.amount) for plb in remittance.provider_adjustments]
            for node, name, amount in nodes:
                if id(node) not in self._set_level:
                    self._waiting.append((self.locator.place(node, name), amount, "", []))
        self._done = [
            end
            if end.outcome is Outcome.INFORMATIONAL and end.rule != SETTLED
            else SourceAmount(end.origin, end.amount, outcome, rule)
            for end in self._done
        ]
        self._done += [SourceAmount(origin, amount, outcome, rule) for origin, amount, _, _ in self._waiting]
        self._waiting.clear()

    def all(self) -> tuple[SourceAmount, ...]:
        """Every end so far."""
        return tuple(self._done)


def _amounts(claim: ClaimPayment) -> Iterable[tuple[Node, str, Decimal]]:
    yield claim, "charged", claim.charged
    yield claim, "paid", claim.paid
    for adjustment, _ in claim.all_adjustments():
        yield adjustment, "amount", adjustment.amount
