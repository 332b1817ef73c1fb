"""What earlier translation knows, given by the caller to refine posting that is stateless without it.

Everything is named by tokens and document ids, never by patient data. An answer is about the time before
the call: posting asks and never writes. `hcfin.reconcile` has an implementation that learns from earlier
postings; a caller with a database writes another.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from hcfin.finance.base import GlLine, Pairs, Party, RuleRef
from hcfin.finance.receivable import BilledLine


@dataclass(frozen=True, slots=True)
class EarlierRemittance:
    """A remittance that was posted: the hash of its journal, and a digest of what its source said."""

    content_hash: str
    source_digest: str = ""


class PostedPart(NamedTuple):
    """Where one adjustment went: the line that holds it, and its amount there, positive on the debit side."""

    role: str
    tags: Pairs
    rule: RuleRef
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Adjudication:
    """An adjudication that was posted and not reversed since.

    `claim` is the token of the payer's claim number; `adjustments` are group, reason and amount, summed;
    `posted` is where they went, and `entity` whose books hold it; empty where all have one. `released` is
    what it released of the allowance that was expected at the bill.
    """

    claim: str
    sequence: str
    charged: Decimal
    paid: Decimal
    adjustments: tuple[tuple[str, str, Decimal], ...]
    posted: tuple[PostedPart, ...] = ()
    entity: str = ""
    released: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bill:
    """A claim that was billed and not replaced or voided since.

    `invoice` is the id of its invoice, and `journal` that of the entry that books it where the invoice is a
    memo; `lines` are those that booked it, without what was expected of it.
    """

    invoice: str
    journal: str
    entity: str
    customer: Party
    sequence: str
    amount: Decimal
    receivable_account: str
    services: tuple[BilledLine, ...]
    lines: tuple[GlLine, ...]


class Transfer(NamedTuple):
    """What was moved from the patient to the bucket of a later payer, and not moved back since."""

    sequence: str
    payer: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class EarlierTransaction:
    """A payment, refund, dispute, write-off or transfer that was posted: a digest of what it said, the lines
    that booked it, and whether it was undone since."""

    digest: str
    lines: tuple[GlLine, ...]
    undone: bool = False


class Known(Protocol):
    """What posting asks. Entities and payers go by their names in the books; accounts, claims and references
    by tokens."""

    def remittance(self, document_id: str) -> EarlierRemittance | None:
        """The remittance whose journal has this id, where it was posted."""

    def unposted_part(self, source: str) -> bool:
        """Whether a part of the remittance of this business key came and was rejected, out of balance."""

    def adjudications(self, payer: str, account: str) -> tuple[Adjudication, ...]:
        """The open adjudications of an account by a payer, in the order in which they came."""

    def taken_back(self, entity: str, payer: str, claim: str) -> bool | None:
        """Whether a claim of an entity was reversed; None where no adjudication of it is known."""

    def open_balance(self, account: str, sequence: str) -> Decimal | None:
        """What the payer of that sequence still owes for an account; None where nobody knows the account."""

    def patient_balance(self, account: str) -> Decimal:
        """What the patient still owes for an account."""

    def transfers(self, account: str) -> tuple[Transfer, ...]:
        """What of the patient's share of an account later payers took over, by the turn of the payer."""

    def bills(self, account: str) -> tuple[Bill, ...]:
        """The bills of an account that are in force, in the order in which they came."""

    def billed(self, document_id: str) -> str | None:
        """The `digest` of the invoice or credit memo of this id, where it was posted."""

    def allowance(self, account: str) -> Decimal:
        """What is expected not to be paid of an account's bills, and was not released since."""

    def credit_balance(self, entity: str, role: str, payer: str, reference: str) -> Decimal:
        """The credit balance of an entity's role with a payer: of a liability under a reference, of
        interest income (no reference) as a whole."""

    def transaction(self, document_id: str) -> EarlierTransaction | None:
        """The payment, refund, dispute, write-off or transfer whose journal has this id, where it was
        posted."""

    def unapplied(self, account: str) -> Decimal:
        """What the patient has paid for an account beyond what is owed, or before the service."""

    def refundable(self, account: str, payer: str) -> Decimal:
        """The cash received for an account from a payer, or from the patient (no payer), less refunds that
        were approved and what a dispute took."""
