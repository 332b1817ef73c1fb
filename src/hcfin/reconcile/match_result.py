"""What matching found: bills with their answers, and what is left on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.reconcile.match_facts import BilledClaim, BilledLine, PaidClaim
from hcfin.reconcile.match_lines import Part
from hcfin.reconcile.match_reductions import total

Amounts = tuple[tuple[str, Decimal], ...]
"""Amounts by name, sorted by it."""

REASONS = {
    "account": "The account is that of the claim (CLP01, CLM01).",
    "account_of_number": "Another payment under this account has the payer's number of the claim.",
    "charge": "The payment counts from the charge of the claim, or of one that it replaces.",
    "days": "The days of service overlap.",
    "later_payer": "A later payer than the one that was billed: the claim was sent on.",
    "line_control": "A line control number is that of the claim (REF 6R), and so is the charge.",
    "payer": "The remittance is of the payer that was billed.",
    "payer_number": "The payer's claim number (CLP07) is that which the claim replaces (REF F8), or that of "
    "its acknowledgment (REF 1K) or another payment of it, and the charge is the same.",
    "reversal": "It takes back a payment of the claim.",
    "services": "At least one service was billed.",
    "turn": "The payer answers in the turn in which it was billed.",
}
"""Reasons why a payment is that of a claim. The first is always the key that found it, or `account`."""

LINE_REASONS = {
    "charge": "The charge.",
    "control_number": "The line control number (REF 6R), before all else.",
    "day": "The day of service.",
    "glued_modifier": "A modifier is glued to the code.",
    "line_number": "The number of the line, which some payers return as control number.",
    "modifiers": "All modifiers.",
    "revenue_code": "The revenue code.",
    "service": "The service.",
    "split": "A further part of a line: the charges add up.",
    "submitted_service": "The service is that which was submitted (SVC06); the payer paid another.",
    "unbundled": "A part without a charge of a line that the payer unbundled.",
}
"""What a paid line has in common with the billed line that it pays."""

ROLES = {
    "information": "A predetermination: nothing is paid by it.",
    "part": "One of several that stand together: the payer split the claim.",
    "pending": "The payer has not decided, or has sent the claim on.",
    "reversal": "Takes back another one.",
    "reversed": "Was taken back.",
    "stands": "Counts.",
    "superseded": "A later one counts in its place, though it was not taken back.",
}
"""What becomes of a payment among those of its claim."""

STATES = {
    "information": "Only a predetermination has come.",
    "paid": "Something was paid.",
    "pending": "The payer has not decided.",
    "reversed": "What was paid was taken back.",
    "unpaid": "Answered, and nothing was paid; perhaps all is the patient's.",
    "voided": "The claim was voided, and what was paid was taken back.",
}
"""What became of a claim that was answered."""

FINDINGS = {
    "charge_differs": "The payer counts from another charge than was billed.",
    "information_only": "The payer told what it would pay, and paid nothing yet.",
    "not_billed": "The payer paid or refused a line that was not billed.",
    "not_in_remittance": "The payer said nothing of a line, though it spoke of others.",
    "over_paid": "More was paid than charged.",
    "pending": "The payer has the claim and has not decided.",
    "replacement_unanswered": "The payer has answered the claim, and not yet what replaces or voids it.",
    "reversal_missing": "A paid adjudication was followed by another, and not taken back.",
    "reversal_unmatched": "A payment was taken back that is not among the remittances.",
    "reversed": "The payment was taken back, and no correction has come.",
    "short_paid": "The payer allows less than expected.",
    "unexplained": "Payment and adjustments are more or less than the charge; often a later payer's OA-23.",
    "unpaid": "Nothing was paid, and nothing left to the patient.",
    "unreadable": "A figure of the claim or of its payment cannot be read.",
}
"""Findings, and what they mean."""

UNMATCHED = {
    "account_missing": "The payment has no account, and nothing else finds its claim.",
    "account_resembles": "An account differs only in punctuation, case or leading zeros.",
    "no_answer": "No payment names the claim.",
    "not_billed": "No claim has the account, nor the payer's number.",
    "other_currency": "The account was billed in another currency.",
    "other_days": "The account was billed for other days.",
    "other_turn": "Another payer's turn: a first payer answered, and only a later one was billed.",
    "rejected": "Refused at the front end, before it was adjudicated: no denial, and the filing clock runs.",
    "repeated": "The same remittance was given more than once.",
    "several_claims": "Several claims of the account fit alike.",
}
"""Reasons why a claim or a payment is unmatched, and what they mean."""


REJECTED = "rejected"


class Finding(NamedTuple):
    """Something to look at, and the amount that it is about."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """A payment in its bill. `role` is one of `ROLES`, `reasons` are of `REASONS`; `day` is that of its
    remittance."""

    payment: PaidClaim
    role: str
    turn: str
    reasons: tuple[str, ...]
    day: date | None

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.role in ("stands", "part")


@dataclass(frozen=True, slots=True)
class LineMatch:
    """A billed line with what pays it; `billed` is None for what the payer paid and nobody billed.

    `allowed` is what the first payer allows; `adjusted` is by group.
    """

    billed: BilledLine | None
    parts: tuple[Part, ...]
    paid: Decimal
    allowed: Decimal
    adjusted: Amounts
    findings: tuple[Finding, ...]

    @property
    def charged(self) -> Decimal:
        """Its charge; that of the payer where it was not billed."""
        return self.billed.charged if self.billed else total(part.line.charged for part in self.parts)


@dataclass(frozen=True, slots=True)
class ClaimMatch:
    """A bill and its answers, in order.

    `charged` is the charge that counts, zero where the claim is void; `paid` is all money of its payments,
    reversals taken off; `adjusted` by group and `denied` by class are those of the adjudications that stand,
    without what a later payer repeats of an earlier one that has answered, too. `denied_first` is what the
    first answer denied. `days` is from submission, or the last day of service, to the first payment.
    """

    claims: tuple[BilledClaim, ...]
    adjudications: tuple[Adjudicated, ...]
    payer: str
    currency: str
    state: str
    charged: Decimal
    paid: Decimal
    allowed: Decimal
    adjusted: Amounts
    denied: Amounts
    denied_first: Amounts
    days: int | None
    lines: tuple[LineMatch, ...]
    findings: tuple[Finding, ...]

    @property
    def open(self) -> Decimal:
        """What no payment and no adjustment explains."""
        return self.charged - self.paid - total(amount for _, amount in self.adjusted)

    def all_findings(self) -> Iterator[Finding]:
        """Those of the bill, then those of its lines."""
        yield from self.findings
        for line in self.lines:
            yield from line.findings


@dataclass(frozen=True, slots=True)
class UnmatchedClaim:
    """A bill that nobody answered, with what is known of why."""

    claims: tuple[BilledClaim, ...]
    payer: str
    charged: Decimal
    reasons: tuple[str, ...]

    @property
    def currency(self) -> str:
        """Currency of its amounts."""
        return self.claims[-1].currency

    @property
    def rejected(self) -> bool:
        """Whether it was refused at the front end, so that no answer is due."""
        return REJECTED in self.reasons


@dataclass(frozen=True, slots=True)
class UnmatchedPayment:
    """A payment of nothing that was billed, with what is known of why."""

    payment: PaidClaim
    payer: str
    day: date | None = field(default=None, repr=False)
    reasons: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        """Currency of its amounts."""
        return self.payment.currency
