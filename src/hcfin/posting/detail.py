"""How finely claims are booked: what sets the lines of claims apart, and what a receipt books by itself.

Strategy: drafts are made as if everything were summed by remittance. Finer granularity only adds tags, so
that fewer of them share a line; open items only move a claim's payment to another document. Neither changes
an amount or a role, so the sums by role are those of the summed journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hcfin.billing.remittance import ClaimPayment
from hcfin.finance.base import Pairs
from hcfin.identity import Keys, token
from hcfin.posting.draft import Destination, Draft, Drafted, Ended
from hcfin.posting.result import Outcome
from hcfin.privacy import shown

TAGS = frozenset({"account", "claim", "claim_status", "line"})
"""What finer granularity adds to the tags of a line."""

SETTLED = "settled_by_receipt"
"""How a charge ends that its payment settles whole, in a receipt: all of it is told as paid."""


class Detail:
    """Sets the drafts of each claim, or of each of its lines, apart from all others.

    Claims that share account, payer's claim number and status share lines.
    """

    def __init__(self, granularity: str, keys: Keys) -> None:
        self.by_line = granularity == "line"
        self.keys = keys

    def of(self, claim: ClaimPayment, drafts: Sequence[Draft]) -> list[Draft]:
        """The same drafts, each to a destination that names its claim, by token, and its line, by number."""
        patient = token(self.keys, "acct", claim.account) if claim.account else ""
        tags: dict[str, str] = {"claim_status": shown(claim.status)}
        if patient:
            tags["account"] = patient
        if claim.payer_claim_number:
            tags["claim"] = token(self.keys, "claim", claim.payer_claim_number)
        lines = self._lines(claim)
        made: dict[tuple[int, str], Destination] = {}
        detailed: list[Draft] = []
        for destination, amount, node, name in drafts:
            key = id(destination), lines.get(id(node), "")
            if key not in made:
                own = {**tags, "line": key[1]} if key[1] else tags
                made[key] = replace(destination, tags=_with(destination.tags, own), patient=patient or None)
            detailed.append((made[key], amount, node, name))
        return detailed

    def _lines(self, claim: ClaimPayment) -> dict[int, str]:
        """The number of the service line that each adjustment is of."""
        if not self.by_line:
            return {}
        return {
            id(adjustment): str(number)
            for number, line in enumerate(claim.lines, start=1)
            for adjustment in line.adjustments
        }


def _with(tags: Pairs, own: dict[str, str]) -> Pairs:
    return tuple(sorted({**dict(tags), **own}.items()))


class OpenItem(NamedTuple):
    """The drafts of a claim, apart: those that its receipt books, and the rest for the journal."""

    receipt: list[Draft]
    journal: list[Draft]
    ended: list[Ended]


def open_item(claim: ClaimPayment, result: Drafted) -> OpenItem | None:
    """A claim that is paid: its receipt takes the payment from clearing to the place that the charge was
    settled from; what else is settled there stays in the journal. None where nothing is settled there."""
    if result.item is None:
        return None
    paid, charged = result.item
    payment, (settled, settling, _, _) = paid[1], charged
    receipt: list[Draft] = [paid, (settled, -payment, claim, "paid")]
    journal = [draft for draft in result.drafts if draft is not paid and draft is not charged]
    left = settling + payment
    if left:
        journal.append((settled, left, claim, "charged"))
    if any(draft[3] == "charged" for draft in journal):
        return OpenItem(receipt, journal, [])
    ended = Ended(claim, "charged", claim.charged, Outcome.INFORMATIONAL, SETTLED)
    return OpenItem(receipt, journal, [ended])
