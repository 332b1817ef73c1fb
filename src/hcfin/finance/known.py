"""What earlier translation knows, given by the caller to refine posting that is stateless without it.

Everything is named by tokens and document ids, never by patient data. An answer is about the time before
the call: posting asks and never writes. `hcfin.reconcile` has an implementation that learns from earlier
postings; a caller with a database writes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from hcfin.finance.base import GlLine, Pairs, Party, RuleRef
from hcfin.finance.receivable import BilledLine


@dataclass(frozen=True, slots=True)
class EarlierRemittance:
    """A remittance that was posted: the hash of its journal, and a digest of what its source said.

    `money_digest` is of its money alone, `version` that of the guide it was written by: another standard says
    the same money in other words.
    """

    content_hash: str
    source_digest: str = ""
    money_digest: str = ""
    version: str = ""


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
    what it released of the allowance that was expected at the bill. `trace` is the number of the payment that
    it came with, empty where nobody told it; `stated` says that a statement of benefits told it.
    """

    claim: str
    sequence: str
    charged: Decimal
    paid: Decimal
    adjustments: tuple[tuple[str, str, Decimal], ...]
    posted: tuple[PostedPart, ...] = ()
    entity: str = ""
    released: Decimal = Decimal(0)
    trace: str = ""
    stated: bool = False


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


@dataclass(frozen=True, slots=True)
class PostedCharge:
    """A charge that was booked. `left` is what no credit has taken back since.

    `id` is the token of its sender's number, `service` that of its code and day; `lines` are those that
    booked it.
    """

    journal: str
    entity: str
    id: str
    service: str
    digest: str
    amount: Decimal
    left: Decimal
    lines: tuple[GlLine, ...]


class Covering(NamedTuple):
    """The payer of a coverage: its identifiers and name, never those of the insured."""

    identifiers: tuple[str, ...]
    name: str


RECEIVABLES = frozenset(
    {"ar.unbilled", "ar.payer", "ar.patient", "ar.patient_plan", "ar.patient_disputed", "ar.agency"}
)
"""What patients and payers owe for care. Withholds, settlements and affiliates are other receivables."""
_KEPT = frozenset({"sequence", "ar_status"})


class Place(NamedTuple):
    """Where something is open on an account: a place of the ledger, and the tags that tell its bucket."""

    entity: str
    currency: str
    role: str
    account: str
    party: str
    dimensions: Pairs
    tags: Pairs

    @classmethod
    def of(cls, line: GlLine, entity: str) -> Place:
        """The place of a line."""
        party = line.party.token if line.party else ""
        return cls(
            entity, line.currency, line.role, line.account, party, line.dimensions, bucket_tags(line.tags)
        )

    def of_account(self, prior: str, survivor: str) -> Place:
        """The same place for the account that another was merged into: a patient goes by the account."""
        return self._replace(party=survivor) if self.party == prior else self


def bucket_tags(tags: Pairs) -> Pairs:
    """Those of the tags that tell the bucket."""
    return tuple(tag for tag in tags if tag[0] in _KEPT)


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

    def survivor(self, account: str) -> str:
        """The account that one has been merged into; itself where it was not."""

    def charges(self, account: str) -> tuple[PostedCharge, ...]:
        """The charges of an account in the order in which they came, those taken back too."""

    def booked(self, document_id: str) -> str | None:
        """The digest of the journal of a charge or credit of this id, where it was posted."""

    def unbilled_balance(self, account: str) -> Decimal:
        """What is charged to an account and not billed."""

    def coverages(self, account: str) -> tuple[Covering, ...]:
        """The payers of an account's coverages by their turn, as they were last told."""

    def balances(self, account: str) -> Mapping[Place, Decimal]:
        """What is open on an account by place, as far as documents tell; a debit is positive."""

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
