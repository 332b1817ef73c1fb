"""Where every source amount ended: the proof that none is lost and none is booked twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from hcfin.billing.reading import Locator
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.model import Model
from hcfin.origin import Origin
from hcfin.posting.claim_payment import Ended, informational
from hcfin.posting.entry import Draft, LineKey
from hcfin.posting.result import Outcome, SourceAmount

_Waiting = tuple[Origin, Decimal, str, list[LineKey]]


class Ends:
    """Collects ends while a remittance is posted; lines are numbered when its entry is made."""

    def __init__(self, locator: Locator) -> None:
        self.locator = locator
        self._waiting: list[_Waiting] = []
        self._done: list[SourceAmount] = []
        self._set_level: set[int] = set()

    def posted(self, drafts: Sequence[Draft], keys: Sequence[LineKey]) -> None:
        """Amounts that went into lines; drafts of the same amount belong together."""
        places: dict[tuple[int, str], list[LineKey]] = {}
        for draft, key in zip(drafts, keys, strict=True):
            place = id(draft.node), draft.field
            if place not in places:
                places[place] = []
                self._note(draft.node)
                amount = getattr(draft.node, draft.field)
                origin = self.locator.place(draft.node, draft.field)
                self._waiting.append((origin, amount, draft.rule.id, places[place]))
            places[place].append(key)

    def ended(self, ends: Iterable[Ended]) -> None:
        """Amounts that ended without a line."""
        for end in ends:
            self.add(end.node, end.field, end.amount, end.outcome, end.rule)

    def add(self, node: Model, name: str, amount: Decimal, outcome: Outcome, rule: str) -> None:
        """One amount that ended without a line."""
        self._note(node)
        self._done.append(SourceAmount(self.locator.place(node, name), amount, outcome, rule))

    def _note(self, node: Model) -> None:
        """Remember that an amount of the set itself has ended: it must not end again where all is dropped."""
        if isinstance(node, Remittance | ProviderAdjustment):
            self._set_level.add(id(node))

    def claim_rejected(self, claim: ClaimPayment) -> None:
        """A claim of which nothing is posted; the rule is told when its remittance is over."""
        for node, name, amount in _amounts(claim):
            self._waiting.append((self.locator.place(node, name), amount, "", []))
        self.ended(informational(claim))

    def release(self, document: str | None, numbers: Mapping[LineKey, int]) -> None:
        """The entry is made: name its lines."""
        for origin, amount, rule, keys in self._waiting:
            lines = tuple((document, numbers[key]) for key in keys) if document else ()
            self._done.append(SourceAmount(origin, amount, Outcome.POSTED, rule, lines))
        self._waiting.clear()

    def drop(self, rule: str, remittance: Remittance | None, outcome: Outcome) -> None:
        """Nothing is posted: every amount ends here, but for those that would never have been."""
        if remittance is not None:
            nodes: list[tuple[Model, str, Decimal]] = [(remittance, "payment", remittance.payment)]
            nodes += [(plb, "amount", plb.amount) for plb in remittance.provider_adjustments]
            for node, name, amount in nodes:
                if id(node) not in self._set_level:
                    self._waiting.append((self.locator.place(node, name), amount, "", []))
        self._done = [
            end
            if end.outcome is Outcome.INFORMATIONAL
            else SourceAmount(end.origin, end.amount, outcome, rule)
            for end in self._done
        ]
        self._done += [SourceAmount(origin, amount, outcome, rule) for origin, amount, _, _ in self._waiting]
        self._waiting.clear()

    def all(self) -> tuple[SourceAmount, ...]:
        """Every end so far."""
        return tuple(self._done)


def _amounts(claim: ClaimPayment) -> Iterable[tuple[Model, str, Decimal]]:
    yield claim, "charged", claim.charged
    yield claim, "paid", claim.paid
    for adjustment, _ in claim.all_adjustments():
        yield adjustment, "amount", adjustment.amount
