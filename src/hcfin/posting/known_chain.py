"""Chains of provider adjustments: what a debit of a recovery, a forwarded balance or of interest means."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hcfin.billing.remittance import ProviderAdjustment
from hcfin.finance.base import Pairs
from hcfin.finance.known import Known
from hcfin.posting.draft import ISSUE, Destination, Drafted
from hcfin.posting.ruling import Rulings

RECOUP = "liability.payer_recoup"
FORWARD = "liability.payer_forward"
INTEREST = "other.payer_interest"


class Chains:
    """The chains that a remittance draws on. Its own credits count, and are to be told first."""

    def __init__(self, known: Known, rulings: Rulings, payer: str, payee: str) -> None:
        self.known = known
        self.rulings = rulings
        self.payer = payer
        self.payee = payee
        self._moved: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)

    def refine(self, adjustment: ProviderAdjustment, place: Destination, result: Drafted) -> None:
        """Settle what a debit beyond the balance of its chain is. Nothing changes for other roles."""
        reference = dict(place.tags).get("reference", "")
        if place.role != INTEREST and not (place.role in (RECOUP, FORWARD) and reference):
            return
        entity = place.entity or self.payee
        chain = entity, place.role, reference
        known = self.known.credit_balance(entity, place.role, self.payer, reference)
        left = max(known + self._moved[chain], Decimal(0))
        amount = adjustment.amount
        self._moved[chain] -= min(amount, left) if amount > 0 else amount
        beyond = amount - left
        if beyond <= 0:
            return
        clearing = result.drafts[0][0]
        through, other = self._beyond(adjustment, place, reference, beyond, result)
        parts = [(clearing, place, left)] if left else []
        result.drafts = [
            draft
            for source, to, part in (*parts, (through, other, beyond))
            for draft in ((source, -part, adjustment, "amount"), (to, part, adjustment, "amount"))
        ]

    def _beyond(
        self,
        adjustment: ProviderAdjustment,
        place: Destination,
        reference: str,
        beyond: Decimal,
        result: Drafted,
    ) -> tuple[Destination, Destination]:
        """Clearing, and where the part goes that the chain does not cover."""
        books, fields = self.rulings.books, tuple(place.fields.items())
        if place.role == INTEREST:
            # More than the payer ever paid in interest: no income is left to take back.
            role, rule = books.posting("interest_beyond_prior")
            return self.rulings.pair(role, rule, (), place.entity, fields=fields)
        if place.role == FORWARD:
            return self._suspended("FB_CHAIN_BROKEN", adjustment, place, reference, beyond, result)
        taken_back = self.known.taken_back(place.entity or self.payee, self.payer, reference)
        if taken_back is False:
            # The claim was paid and never reversed: the payer takes the money back, and owes an explanation.
            role, rule = books.posting("takeback_of_claim")
            tags: Pairs = (("ar_status", "denied"), ("denial_class", "takeback"), ("reference", reference))
            return self.rulings.pair(role, rule, tags, place.entity, fields=fields)
        code = "DUPLICATE_TAKEBACK" if taken_back else "RECOUP_UNIDENTIFIED"
        return self._suspended(code, adjustment, place, reference, beyond, result)

    def _suspended(
        self,
        code: str,
        adjustment: ProviderAdjustment,
        place: Destination,
        reference: str,
        beyond: Decimal,
        result: Drafted,
    ) -> tuple[Destination, Destination]:
        result.issues.append((ISSUE(code, code=adjustment.code, amount=beyond), adjustment, "amount"))
        role, rule = self.rulings.books.posting("suspended_provider_adjustment")
        tags = (("issue", code), ("reference", reference))
        return self.rulings.pair(role, rule, tags, place.entity, fields=tuple(place.fields.items()))
