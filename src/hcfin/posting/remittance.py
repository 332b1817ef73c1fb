"""One remittance to its journal entry and receipt, through `cash.remit_clearing`, which ends at zero.

Strategy: one pass. The header settles payer, entity and date; each claim is drafted, resolved and summed as
it comes; provider adjustments and the payment close the set. Sums are released only if the whole balances,
and dropped otherwise, so nothing of a claim needs to be kept.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import remittance_faults
from hcfin.billing.base import day_text
from hcfin.billing.reading import Locator
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.books import CLEARING, Books
from hcfin.books.periods import BookingDate
from hcfin.context import Context
from hcfin.finance.base import Document, Pairs, hash_of
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import Receipt
from hcfin.identity import Keys, document_id, token
from hcfin.issues import Disposition, Issue, PolicyText, located
from hcfin.model import Model
from hcfin.money import format_amount, zero
from hcfin.posting.claim_payment import ISSUE, ClaimPosting, informational, post_claim, suspend
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Draft, Entry, Fields, LineKey, Unmapped
from hcfin.posting.result import Outcome, SourceAmount
from hcfin.privacy import shown


class RemittancePosting:
    """Posts one remittance: `claim` for each of its claims, then `close`."""

    def __init__(
        self,
        header: Remittance,
        books: Books,
        context: Context,
        keys: Keys,
        locator: Locator,
        *,
        dispositions: bool,
    ) -> None:
        self.books = books
        self.context = context
        self.keys = keys
        self.locator = locator
        self.header = header
        self.issues: list[Issue] = []
        self.ends = Ends(locator) if dispositions else None
        self.paid = zero(header.currency)
        self._applied: dict[str, list[str]] = {}
        self._applications = 0
        self._applied_total = zero(header.currency)
        payer, entity, self.booking = self._payer(), self._entity(), self._booking()
        self.entry: Entry | None = None
        if payer is not None and entity is not None and self.booking is not None:
            payer_class = books.payers[payer].payer_class
            self.fields: Fields = {"entity": entity, "payer": payer, "payer.class": payer_class}
            self.entry = Entry(books, entity, payer, header.currency, locator)

    # What the header must settle

    def _payer(self) -> str | None:
        header = self.header
        identifiers = [header.payer_identifier, *header.payer.identifiers()]
        found = self.books.payer([value for value in identifiers if value], header.payer.name)
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
        day = self.context.posting_date or header.production_date or header.payment_date
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

    # Claims

    def claim(self, claim: ClaimPayment) -> None:
        """Take the next claim."""
        self.paid += claim.paid
        entry = self.entry
        if entry is None:
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        result = post_claim(claim, self.books, self.fields)
        keys = entry.resolve(result.drafts)
        if isinstance(keys, Unmapped):
            issue = ISSUE(f"CLAIM_{keys.code}", **keys.values())
            result = suspend(claim, self.books, [(issue, claim, "paid")], self.fields)
            keys = entry.resolve(result.drafts)
        if isinstance(keys, Unmapped):
            # Not even the waiting place of suspended money has an account: nothing can be booked.
            self._place(ISSUE(keys.code, **keys.values()), claim, "paid")
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        self._take(claim, entry, result, keys)

    def _take(self, claim: ClaimPayment, entry: Entry, result: ClaimPosting, keys: list[LineKey]) -> None:
        for issue, node, name in result.issues:
            self._place(issue, node, name)
        self._sum(entry, result.drafts, keys)
        if self.ends:
            self.ends.ended(result.ended)
            self.ends.ended(informational(claim))
        if result.settled and claim.paid > 0:
            self._applications += 1
            self._applied_total += claim.paid
            if self._applications <= self.books.policy.memo_receipt_limit:
                amount = format_amount(claim.paid, claim.currency)
                self._applied.setdefault(token(self.keys, "acct", claim.account), []).append(amount)

    def _sum(self, entry: Entry, drafts: list[Draft], keys: list[LineKey]) -> None:
        for draft, key in zip(drafts, keys, strict=True):
            entry.add(draft, key)
        if self.ends:
            self.ends.posted(drafts, keys)

    # The end of the set: provider adjustments and the payment

    def close(self, remittance: Remittance) -> tuple[Document, ...]:
        """Take the complete remittance; the documents, or none where something stops it."""
        if remittance.unreadable:
            self._issue("REMITTANCE_UNREADABLE", remittance, "payment")
        for issue in remittance_faults(remittance, self.paid, "facts"):
            self._place(issue, remittance, "payment")
        entry, booking = self.entry, self.booking
        prenote = remittance.handling == "P"
        if entry is None or booking is None or prenote or self._stopped():
            if prenote and not self._stopped():
                self._issue("PRENOTE", remittance, "payment")
            self._drop(remittance, Outcome.INFORMATIONAL if prenote else Outcome.REJECTED)
            return ()
        self._close_set(remittance, entry)
        if self._stopped():
            self._drop(remittance)
            return ()
        if not entry.sums:
            self._issue("NOTHING_TO_POST", remittance, "payment")
            if self.ends:
                self.ends.release(None, {})
            return ()
        lines, numbers = entry.lines()
        data = self._document(remittance, "journal_entry", entry.entity, booking, gl_lines=tuple(lines))
        journal = JournalEntry.build(data)
        if self.ends:
            self.ends.release(journal.id, numbers)
        return (journal, *self._receipt(remittance, entry, booking, journal))

    def dispositions(self) -> tuple[SourceAmount, ...]:
        """The end of every source amount, where they were asked for."""
        return self.ends.all() if self.ends else ()

    def _close_set(self, remittance: Remittance, entry: Entry) -> None:
        drafts: list[Draft] = []
        for adjustment in remittance.provider_adjustments:
            drafts += self._provider_adjustment(adjustment)
        drafts += self._payment(remittance)
        keys = entry.resolve(drafts)
        if isinstance(keys, Unmapped):
            self._place(ISSUE(keys.code, **keys.values()), remittance, "payment")
        else:
            self._sum(entry, drafts, keys)

    def _provider_adjustment(self, adjustment: ProviderAdjustment) -> list[Draft]:
        amount = adjustment.amount
        if not amount:
            self._end(adjustment, "amount", amount)
            return []
        found = self.books.provider_rule(adjustment.code)
        if found is None:
            self._place(ISSUE("PLB_UNKNOWN", code=adjustment.code, amount=amount), adjustment, "amount")
            role, ref = self.books.posting("suspended_provider_adjustment")
            tags: Pairs = (("code", shown(adjustment.code)), ("issue", "PLB_UNKNOWN"))
        else:
            rule, ref = found
            role = rule.role_positive if amount > 0 else rule.role_negative
            tags = self._reference(adjustment, rule.reference)
        return [
            # A positive adjustment reduces the payment: clearing is credited.
            Draft(CLEARING, -amount, ref, adjustment, "amount", (), self.fields),
            Draft(role, amount, ref, adjustment, "amount", tags, self.fields),
        ]

    def _reference(self, adjustment: ProviderAdjustment, kind: str) -> Pairs:
        """The chain that an adjustment belongs to, as a token: payers put account and claim numbers here."""
        if kind == "none" or not adjustment.reference:
            return ()
        return (("reference", token(self.keys, kind, adjustment.reference)),)

    def _payment(self, remittance: Remittance) -> list[Draft]:
        amount = remittance.payment
        if not amount:
            self._end(remittance, "payment", amount)
            return []
        found = self.books.payment(remittance.method)
        tags: Pairs = ()
        if found is None or amount < 0 or remittance.credit_debit == "D" or remittance.handling == "H":
            issue = ISSUE("PAYMENT_SUSPENDED", amount=amount, method=remittance.method)
            self._place(issue, remittance, "payment")
            found = self.books.posting("suspended_payment")
            tags = (("issue", issue.code),)
        role, ref = found
        return [
            Draft(role, amount, ref, remittance, "payment", tags, self.fields),
            Draft(CLEARING, -amount, ref, remittance, "payment", (), self.fields),
        ]

    # Documents

    def _document(
        self, remittance: Remittance, kind: str, entity: str, booking: BookingDate, **rest: Any
    ) -> dict[str, Any]:
        data: dict[str, Any] = {
            "kind": kind,
            "entity": entity,
            "currency": remittance.currency,
            "gl_date": booking.gl_date.isoformat(),
            "period": booking.period,
            "original_period": booking.original_period,
            "settlement_date": day_text(remittance.payment_date) or None,
            "source": remittance.ref.partition("#")[0],
            **rest,
        }
        return {**data, "content_hash": hash_of(data), "id": self._id(remittance, kind, entity)}

    def _id(self, remittance: Remittance, kind: str, entity: str) -> str:
        currency = remittance.currency
        key = [
            entity,
            remittance.payer_identifier or remittance.payer.id or remittance.payer.name,
            remittance.trace,
            format_amount(remittance.payment, currency),
            day_text(remittance.payment_date),
            remittance.payee.id or remittance.payee.name,
        ]
        if not remittance.payment:
            # Traces of remittances without money repeat; their totals tell them apart.
            key += [
                format_amount(self.paid, currency),
                format_amount(remittance.provider_adjustment_total(), currency),
            ]
        return document_id(self.keys, kind, key)

    def _receipt(
        self, remittance: Remittance, entry: Entry, booking: BookingDate, journal: JournalEntry
    ) -> tuple[Receipt, ...]:
        limit = self.books.policy.memo_receipt_limit
        if not self._applications or self._applications > limit:
            if self._applications:
                self._place(
                    ISSUE("RECEIPT_LEFT_OUT", claims=self._applications, limit=limit), remittance, "payment"
                )
            return ()
        currency = remittance.currency
        role, _ = self.books.posting("claim_settled")
        data = self._document(
            remittance,
            "receipt",
            entry.entity,
            booking,
            depends_on=(journal.id,),
            memo=True,
            payer={"kind": "payer", "token": entry.payer},
            amount=format_amount(self._applied_total, currency),
            payment=format_amount(remittance.payment, currency),
            method=remittance.method,
            trace=remittance.trace,
            clearing_account=self.books.account(CLEARING, entry.entity),
            receivable_account=self.books.account(role, entry.entity),
            applications=tuple(
                {"account_token": account, "amount": amount}
                for account, amounts in sorted(self._applied.items())
                for amount in sorted(amounts)
            ),
        )
        return (Receipt.build(data),)

    # Ends and issues

    def _stopped(self) -> bool:
        return any(issue.disposition is Disposition.REJECT_SET for issue in self.issues)

    def _drop(self, remittance: Remittance, outcome: Outcome = Outcome.REJECTED) -> None:
        """Nothing is posted; every amount ends here, with the code that stopped it."""
        if self.ends:
            rule = next((i.code for i in self.issues if i.disposition is Disposition.REJECT_SET), "PRENOTE")
            self.ends.drop(rule, remittance, outcome)

    def _end(self, node: Model, name: str, amount: Decimal) -> None:
        if self.ends:
            self.ends.add(node, name, amount, Outcome.INFORMATIONAL, "zero")

    def _issue(self, code: str, node: Model, name: str, **days: date) -> None:
        values = {key: PolicyText(day.isoformat()) for key, day in days.items()}
        self._place(ISSUE(code, None, excerpt="", **values), node, name)

    def _place(self, issue: Issue, node: Model, name: str) -> None:
        origin = self.locator.place(node, name)
        self.issues.append(located(issue, origin, self.locator.excerpt(origin.at)))
