"""One remittance to its journal entry and receipt, through `cash.remit_clearing`, which ends at zero.

Strategy: one pass. The header settles payer, entity and date; each claim is drafted, resolved and summed as
it comes; provider adjustments and the payment close the set. Sums are released only if the whole balances,
and dropped otherwise, so nothing of a claim needs to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from hcfin.billing.balance import remittance_faults
from hcfin.billing.base import Node
from hcfin.billing.reading import Locator
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.codes import table
from hcfin.context import Context
from hcfin.finance.base import Document
from hcfin.identity import Keys
from hcfin.issues import Disposition, Issue, PolicyText, located
from hcfin.money import zero
from hcfin.posting.claim_payment import informational, post_claim, suspend
from hcfin.posting.documents import Applications, Heading
from hcfin.posting.draft import ISSUE, Draft
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, LineKeys, Unmapped, line_key
from hcfin.posting.memo import Memo
from hcfin.posting.moves import Moves
from hcfin.posting.provider_adjustment import post_payment, post_provider_adjustment, unpaired
from hcfin.posting.result import Move, Outcome, SourceAmount
from hcfin.posting.ruling import Rulings


class Run:
    """What all remittances of one run share: what the caller gave, and what was asked of the books."""

    def __init__(
        self,
        books: Books,
        context: Context,
        keys: Keys,
        locator: Locator,
        *,
        dispositions: bool = False,
        moves: bool = False,
    ) -> None:
        self.books = books
        self.context = context
        self.keys = keys
        self.locator = locator
        self.dispositions = dispositions
        self.moves = moves
        self.rulings = Rulings(books)
        self.line_keys: LineKeys = Memo(partial(line_key, books))


def payer_identifiers(header: Remittance) -> list[str]:
    """What the payer of a remittance may be known by, beside its name."""
    return [value for value in (header.payer_identifier, *header.payer.identifiers()) if value]


class RemittancePosting:
    """Posts one remittance: `claim` for each of its claims, then `close`."""

    def __init__(self, header: Remittance, run: Run) -> None:
        self.header = header
        self.run = run
        self.books = run.books
        self.issues: list[Issue] = []
        self.ends = Ends(run.locator) if run.dispositions else None
        self.paid = zero(header.currency)
        limit = self.books.policy.memo_receipt_limit
        self.applications = Applications(limit, header.currency, run.keys)
        payer, entity, self.booking = self._payer(), self._entity(), self._booking()
        self.entry: Entry | None = None
        if payer is not None and entity is not None and self.booking is not None:
            self.entry = Entry(run.line_keys, entity, payer, run.locator)
        self._moves = self._moving() if run.moves else None

    # What the header must settle

    def _payer(self) -> str | None:
        header = self.header
        found = self.books.payer(payer_identifiers(header), header.payer.name)
        if found is None:
            self._issue("PAYER_UNKNOWN", header.payer, "name")
        return found

    def _entity(self) -> str | None:
        payee = self.header.payee
        found = self.books.entity(payee.identifiers())
        if found is None:
            self._issue("PAYEE_UNKNOWN", payee, "name")
            return None
        entity = self.books.entities[found]
        if self.header.currency not in (entity.currency, *entity.accepts):
            issue = ISSUE("CURRENCY_MISMATCH", currency=self.header.currency, own=entity.currency)
            self._place(issue, self.header, "payment")
        return found

    def _booking(self) -> BookingDate | None:
        header = self.header
        day = self.run.context.posting_date or header.production_date or header.payment_date
        if day is None:
            self._issue("DATE_MISSING", header, "payment")
            return None
        booking = self.books.booking_date(day)
        if booking is None:
            self._issue("PERIOD_NONE_OPEN", header, "payment", day=day)
        elif booking.original_period is not None:
            if self.books.policy.closed_period == "withhold":
                self._issue("PERIOD_WITHHELD", header, "payment", day=day)
                return None
            self._issue("PERIOD_CLOSED", header, "payment", day=day, booked=booking.gl_date)
        return booking

    def _moving(self) -> Moves | None:
        if self.entry is None or self.booking is None:
            return None
        return Moves(self.run.locator, self.entry.entity, self.booking.period, self.header.currency)

    # Claims

    def claim(self, claim: ClaimPayment) -> None:
        """Take the next claim."""
        self.paid += claim.paid
        entry = self.entry
        if entry is None:
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        result = post_claim(claim, self.run.rulings, entry.payer)
        lines = entry.resolve(result.drafts)
        if isinstance(lines, Unmapped):
            issue = ISSUE(f"CLAIM_{lines.code}", **lines.values())
            result = suspend(claim, self.run.rulings, [(issue, claim, "paid")])
            lines = entry.resolve(result.drafts)
        if isinstance(lines, Unmapped):
            # Not even the waiting place of suspended money has an account: nothing can be booked.
            self._place(ISSUE(lines.code, **lines.values()), claim, "paid")
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        for issue, node, name in result.issues:
            self._place(issue, node, name)
        self._book(entry, result.drafts, lines)
        if self.ends:
            self.ends.ended(result.ended)
            self.ends.ended(informational(claim))
        if result.settled and claim.paid > 0:
            self.applications.add(claim)

    # The end of the set: provider adjustments and the payment

    def close(self, remittance: Remittance) -> tuple[Document, ...]:
        """Take the complete remittance; the documents, or none where something stops it."""
        if remittance.unreadable:
            self._issue("REMITTANCE_UNREADABLE", remittance, "payment")
        for issue in remittance_faults(remittance, self.paid, "facts"):
            self._place(issue, remittance, "payment")
        entry, booking = self.entry, self.booking
        not_posted = _not_posted(remittance.handling)
        if entry is None or booking is None or not_posted or self._stopped():
            if not_posted and not self._stopped():
                self._issue(not_posted, remittance, "payment")
            self._drop(remittance, Outcome.INFORMATIONAL if not_posted else Outcome.REJECTED)
            return ()
        self._close_set(remittance, entry, booking)
        if self._stopped():
            self._drop(remittance)
            return ()
        lines = entry.lines()
        if not lines:
            self._issue("NOTHING_TO_POST", remittance, "payment")
            if self.ends:
                self.ends.release(None)
            return ()
        heading = Heading(remittance, entry.entity, booking, self.run.keys, self.paid)
        journal = heading.journal_entry(lines)
        if self.ends:
            self.ends.release(journal.id)
        applications = self.applications
        if applications.too_many:
            issue = ISSUE("RECEIPT_LEFT_OUT", claims=applications.count, limit=applications.limit)
            self._place(issue, remittance, "payment")
        elif applications.count:
            return journal, heading.receipt(journal, applications, self.books, entry.payer)
        return (journal,)

    def _close_set(self, remittance: Remittance, entry: Entry, booking: BookingDate) -> None:
        drafts: list[Draft] = []
        rulings, keys = self.run.rulings, self.run.keys
        adjustments = remittance.provider_adjustments
        for issue, node, name in unpaired(adjustments):
            self._place(issue, node, name)
        for result in (
            *(post_provider_adjustment(one, rulings, keys, booking.gl_date) for one in adjustments),
            post_payment(remittance, rulings),
        ):
            for issue, node, name in result.issues:
                self._place(issue, node, name)
            if self.ends:
                self.ends.ended(result.ended)
            drafts += result.drafts
        lines = entry.resolve(drafts)
        if isinstance(lines, Unmapped):
            self._place(ISSUE(lines.code, **lines.values()), remittance, "payment")
            return
        self._book(entry, drafts, lines)

    def _book(self, entry: Entry, drafts: Sequence[Draft], lines: Sequence[Line]) -> None:
        entry.add(drafts, lines)
        if self.ends:
            self.ends.posted(drafts, lines)
        if self._moves:
            self._moves.add(drafts, lines)

    # Ends and issues

    def dispositions(self) -> tuple[SourceAmount, ...]:
        """The end of every source amount, where they were asked for."""
        return self.ends.all() if self.ends else ()

    def moves(self) -> tuple[Move, ...]:
        """What the source amounts moved, where that was asked for; nothing where nothing was posted."""
        return self._moves.all() if self._moves else ()

    def _stopped(self) -> bool:
        return any(issue.disposition is Disposition.REJECT_SET for issue in self.issues)

    def _drop(self, remittance: Remittance, outcome: Outcome = Outcome.REJECTED) -> None:
        """Nothing is posted; every amount ends here, with the code that stopped it."""
        self._moves = None
        if self.ends:
            rule = next((i.code for i in self.issues if i.disposition is Disposition.REJECT_SET), "PRENOTE")
            self.ends.drop(rule, remittance, outcome)

    def _issue(self, code: str, node: Node, name: str, **days: date) -> None:
        values = {key: PolicyText(day.isoformat()) for key, day in days.items()}
        self._place(ISSUE(code, None, excerpt="", **values), node, name)

    def _place(self, issue: Issue, node: Node, name: str) -> None:
        origin = self.run.locator.place(node, name)
        self.issues.append(located(issue, origin, self.run.locator.excerpt(origin.at)))


def _not_posted(handling: str) -> str:
    """The issue of a remittance that is no source for posting: a test of accounts, an order to a bank."""
    row = table("bpr").get(f"BPR01-{handling}")
    return row["issue"] if row and row["effect"] == "not_posted" else ""
