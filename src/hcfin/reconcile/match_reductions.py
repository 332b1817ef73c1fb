"""What the adjustments of an adjudication mean for matching: what is denied, and what the payer allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.party import Organization
from hcfin.books import Books
from hcfin.books.rules import AdjustmentFacts, Decision, Setting, decide_by_code
from hcfin.reconcile.match_facts import PaidClaim, PaidLine, Reduction

PRIOR_PAYER = "23"
PATIENT = "PR"
UNNAMED = "unnamed"
"""The class of a denial to which neither table nor rule gives one."""

_LATER = frozenset({"2", "3"})
_MEDICARE = frozenset({"MA", "MB"})
_MEDICAID = "MC"
# What a payer allows is what it pays, what it leaves to the patient as cost sharing, and what law withholds.
_ALLOWED = frozenset({"patient_deductible", "patient_coinsurance", "patient_copay", "sequestration"})


class Meant(NamedTuple):
    """An adjustment and what it means. `denial` is its class; empty where it is no denial."""

    reduction: Reduction
    line: PaidLine | None
    denial: str
    allowed: bool
    bundled: bool


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer as one fact names it. `rules` is the payer of the books by which its adjustments are decided;
    where that is no catch-all the payer is `known`, and `name` is that of the books."""

    name: str
    identifiers: frozenset[str]
    known: bool = False
    rules: str = ""

    def is_same(self, other: Payer) -> bool:
        """Whether two names mean one payer, as far as names and identifiers tell."""
        if self.known and other.known:
            return self.name == other.name
        alike = self.name.casefold() == other.name.casefold()
        return (bool(self.name) and alike) or not self.identifiers.isdisjoint(other.identifiers)


NOBODY = Payer("", frozenset())


class Meanings:
    """Says what adjustments mean: by the rules of the books, or by the table of codes where there are none.

    A case is decided once. Not to be shared between threads.
    """

    def __init__(self, books: Books | None) -> None:
        self._books = books
        self._decided: dict[AdjustmentFacts, Decision] = {}

    def payer(self, party: Organization, identifiers: Iterable[str] = ()) -> Payer:
        """A payer, by its own identifiers and further ones."""
        ids = frozenset(one for one in (*party.identifiers(), *identifiers) if one)
        named = (self._books.payer(sorted(ids), party.name) if self._books else None) or ""
        if self._books and named and not self._books.payers[named].catch_all:
            return Payer(named, ids, known=True, rules=named)
        return Payer(party.name or party.id, ids, rules=named)

    def of(self, payment: PaidClaim, payer: Payer) -> list[Meant]:
        """What each adjustment of a payment means, in its order."""
        found = []
        paid_lines = sum(1 for line in payment.lines if line.paid > 0)
        own = frozenset(payment.remarks)
        prior = any(reduction.reason == PRIOR_PAYER for reduction, _ in payment.reductions())
        for reduction, line in payment.reductions():
            if line is None:
                other = bool(paid_lines) if payment.lines else payment.paid > 0
            else:
                other = paid_lines > (line.paid > 0)
            charges = (payment.charged, line.charged) if line else (payment.charged,)
            decision = self._decide(
                AdjustmentFacts(
                    group=reduction.group,
                    reason=reduction.reason,
                    remarks=own.union(line.remarks) if line else own,
                    status=payment.status,
                    filing_indicator=payment.filing_indicator,
                    payer=payer.rules,
                    payer_class="",
                    level="line" if line else "claim",
                    full_charge=reduction.amount in charges,
                    claim_paid=bool(payment.paid),
                    medicare=payment.filing_indicator in _MEDICARE,
                    setting=Setting(
                        other_line_paid=other,
                        abn=line.notice if line else False,
                        crossover=payment.filing_indicator == _MEDICAID and (prior or payment.turn in _LATER),
                    ),
                ),
            )
            found.append(_meant(reduction, line, decision))
        return found

    def _decide(self, facts: AdjustmentFacts) -> Decision:
        decision = self._decided.get(facts)
        if decision is None:
            decision = self._decided[facts] = self._asked(facts)
        return decision

    def _asked(self, facts: AdjustmentFacts) -> Decision:
        if self._books is None or facts.reason == PRIOR_PAYER:
            return decide_by_code(facts.group, facts.reason)
        if not facts.payer:
            return self._books.decide(facts)
        class_ = self._books.payers[facts.payer].payer_class
        facts = facts._replace(payer_class=class_, medicare=facts.medicare or class_ == "medicare")
        return self._books.for_payer(facts.payer).decide(facts)


def _meant(reduction: Reduction, line: PaidLine | None, decision: Decision) -> Meant:
    denied = decision.treatment.startswith("denial_")
    return Meant(
        reduction,
        line,
        denial=(decision.denial_class or UNNAMED) if denied else "",
        allowed=decision.treatment in _ALLOWED,
        bundled=decision.treatment == "bundled",
    )


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum."""
    return sum(amounts, Decimal(0))
