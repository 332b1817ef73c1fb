"""One remittance to its journal entry and receipt, through `cash.remit_clearing`, which ends at zero.

Strategy: everything is drafted and resolved first; only then is anything summed, so that a claim that cannot
be booked becomes its suspense pair and a remittance that cannot be booked leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import remittance_faults
from hcfin.billing.base import day_text
from hcfin.billing.reading import Locate
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.books import CLEARING, Books
from hcfin.books.periods import BookingDate
from hcfin.context import Context
from hcfin.finance.base import Document, hash_of
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import Receipt
from hcfin.identity import Keys, document_id, token
from hcfin.issues import Disposition, Issue, located
from hcfin.model import Model
from hcfin.money import format_amount, zero
from hcfin.posting.claim_payment import ISSUE, ClaimPosting, Ended, post_claim, suspend
from hcfin.posting.entry import Draft, Entry, Fields, LineKey, Unmapped
from hcfin.posting.result import Outcome, SourceAmount


class RemittancePosting:
    """Posts one remittance; `documents`, `issues` and `dispositions` are the result."""

    def __init__(
        self,
        remittance: Remittance,
        claims: Sequence[ClaimPayment],
        books: Books,
        context: Context,
        keys: Keys,
        locate: Locate,
    ) -> None:
        self.remittance = remittance
        self.claims = claims
        self.books = books
        self.context = context
        self.keys = keys
        self.locate = locate
        self.documents: tuple[Document, ...] = ()
        self.issues: list[Issue] = []
        self.dispositions: tuple[SourceAmount, ...] = ()
        self._ended: list[Ended] = []
        self._placed: list[tuple[Draft, LineKey]] = []
        self._applied: list[ClaimPayment] = []

    def post(self) -> None:
        """Make the documents, or say why not."""
        remittance = self.remittance
        paid = sum((claim.paid for claim in self.claims), zero(remittance.currency))
        faults = list(remittance_faults(remittance, paid, "facts"))
        if remittance.unreadable:
            self._issue("REMITTANCE_UNREADABLE", remittance, "payment")
        for issue in faults:
            self.issues.append(self._at(issue, remittance, "payment"))
        payer = self._payer()
        entity = self._entity()
        booking = self._booking()
        if self._rejected() or payer is None or entity is None or booking is None:
            self._reject()
            return
        if remittance.handling == "P":
            self._issue("PRENOTE", remittance, "payment")
            self._reject()
            return
        entry = Entry(self.books, entity, payer, remittance.currency)
        fields = {"entity": entity, "payer": payer, "payer.class": self.books.payers[payer].payer_class}
        self._post_set(entry, fields)
        for claim in self.claims:
            self._post_claim(claim, entry, fields)
        if self._rejected():
            self._reject()
            return
        for draft, key in self._placed:
            entry.add(draft, key)
        self._finish(entry, entity, payer, booking)

    # What the header must settle

    def _payer(self) -> str | None:
        remittance = self.remittance
        identifiers = [remittance.payer_identifier, *remittance.payer.identifiers()]
        found = self.books.payer([value for value in identifiers if value], remittance.payer.name)
        if found is None:
            self._issue("PAYER_UNKNOWN", remittance.payer, "name")
        return found

    def _entity(self) -> str | None:
        payee = self.remittance.payee
        found = self.books.entity(payee.identifiers())
        if found is None:
            self._issue("PAYEE_UNKNOWN", payee, "name")
            return None
        entity = self.books.entities[found]
        if self.remittance.currency not in (entity.currency, *entity.accepts):
            issue = ISSUE("CURRENCY_MISMATCH", currency=self.remittance.currency, own=entity.currency)
            self.issues.append(self._at(issue, self.remittance, "payment"))
        return found

    def _booking(self) -> BookingDate | None:
        remittance = self.remittance
        day = self.context.posting_date or remittance.production_date or remittance.payment_date
        if day is None:
            self._issue("DATE_MISSING", remittance, "payment")
            return None
        booking = self.books.booking_date(day)
        if booking is None:
            self._issue("PERIOD_NONE_OPEN", remittance, "payment")
        elif booking.original_period is not None:
            if self.books.policy.closed_period == "withhold":
                self._issue("PERIOD_WITHHELD", remittance, "payment")
                return None
            self._issue("PERIOD_CLOSED", remittance, "payment")
        return booking

    # Drafts of the set: provider adjustments and the payment

    def _post_set(self, entry: Entry, fields: Fields) -> None:
        drafts: list[Draft] = []
        for adjustment in self.remittance.provider_adjustments:
            drafts += self._provider_adjustment(adjustment, fields)
        drafts += self._payment(fields)
        keys = entry.resolve(drafts)
        if isinstance(keys, Unmapped):
            self.issues.append(self._at(ISSUE(keys.code, **keys.values()), self.remittance, "payment"))
            return
        self._placed += zip(drafts, keys, strict=True)

    def _provider_adjustment(self, adjustment: ProviderAdjustment, fields: Fields) -> list[Draft]:
        amount = adjustment.amount
        if not amount:
            self._ended.append(Ended(adjustment, "amount", amount, Outcome.INFORMATIONAL, "zero"))
            return []
        found = self.books.provider_rule(adjustment.code)
        if found is None:
            issue = ISSUE("PLB_UNKNOWN", code=adjustment.code, amount=amount)
            self.issues.append(self._at(issue, adjustment, "amount"))
            role, ref = self.books.posting("suspended_provider_adjustment")
            tags: tuple[tuple[str, str], ...] = ()
        else:
            rule, ref = found
            role = rule.role_positive if amount > 0 else rule.role_negative
            tags = self._reference(adjustment, rule.reference)
        return [
            # A positive adjustment reduces the payment: clearing is credited.
            Draft(CLEARING, -amount, ref, adjustment, "amount", (), fields),
            Draft(role, amount, ref, adjustment, "amount", tags, fields),
        ]

    def _reference(self, adjustment: ProviderAdjustment, kind: str) -> tuple[tuple[str, str], ...]:
        """The chain that an adjustment belongs to. A claim number is patient data: it becomes a token."""
        if kind == "none" or not adjustment.reference:
            return ()
        value = adjustment.reference
        return (("reference", value if kind == "trace" else token(self.keys, "claim", value)),)

    def _payment(self, fields: Fields) -> list[Draft]:
        remittance = self.remittance
        amount = remittance.payment
        if not amount:
            self._ended.append(Ended(remittance, "payment", amount, Outcome.INFORMATIONAL, "zero"))
            return []
        found = self.books.payment(remittance.method)
        if found is None or amount < 0 or remittance.credit_debit == "D":
            issue = ISSUE("PAYMENT_SUSPENDED", amount=amount, method=remittance.method)
            self.issues.append(self._at(issue, remittance, "payment"))
            found = self.books.posting("suspended_payment")
        role, ref = found
        return [
            Draft(role, amount, ref, remittance, "payment", (), fields),
            Draft(CLEARING, -amount, ref, remittance, "payment", (), fields),
        ]

    # Drafts of a claim

    def _post_claim(self, claim: ClaimPayment, entry: Entry, fields: Fields) -> None:
        result = post_claim(claim, self.books, fields)
        keys = entry.resolve(result.drafts)
        if isinstance(keys, Unmapped):
            issue = ISSUE(f"CLAIM_{keys.code}", **keys.values())
            result = suspend(claim, self.books, [(issue, claim, "paid")], fields)
            keys = entry.resolve(result.drafts)
        if isinstance(keys, Unmapped):
            # Not even the waiting place of suspended money has an account: nothing can be booked.
            self.issues.append(self._at(ISSUE(keys.code, **keys.values()), claim, "paid"))
            return
        self._take(claim, result)
        self._placed += zip(result.drafts, keys, strict=True)

    def _take(self, claim: ClaimPayment, result: ClaimPosting) -> None:
        self.issues += [self._at(issue, node, name) for issue, node, name in result.issues]
        self._ended += result.ended
        if result.settled and claim.paid > 0:
            self._applied.append(claim)

    # Ends

    def _rejected(self) -> bool:
        return any(issue.disposition is Disposition.REJECT_SET for issue in self.issues)

    def _reject(self) -> None:
        """Nothing is posted; every amount ends here, with the code that stopped it."""
        rule = next((i.code for i in self.issues if i.disposition is Disposition.REJECT_SET), "PRENOTE")
        remittance = self.remittance
        found: list[tuple[Model, str, Decimal]] = [(remittance, "payment", remittance.payment)]
        found += [(plb, "amount", plb.amount) for plb in remittance.provider_adjustments]
        for claim in self.claims:
            found += [(claim, "charged", claim.charged), (claim, "paid", claim.paid)]
            found += [(cas, "amount", cas.amount) for cas, _ in claim.all_adjustments()]
        self.dispositions = tuple(
            SourceAmount(self.locate(node, name), amount, Outcome.REJECTED, rule)
            for node, name, amount in found
        )

    def _finish(self, entry: Entry, entity: str, payer: str, booking: BookingDate) -> None:
        journal: JournalEntry | None = None
        numbers: dict[LineKey, int] = {}
        if entry.sums:
            lines, numbers = entry.lines(self.locate)
            journal = JournalEntry.build(
                self._document("journal_entry", entity, booking, gl_lines=tuple(lines))
            )
            self.documents = (journal, *self._receipt(entity, payer, booking, journal))
        else:
            self._issue("NOTHING_TO_POST", self.remittance, "payment")
        self._account_for(journal, numbers)

    def _document(self, kind: str, entity: str, booking: BookingDate, **rest: Any) -> dict[str, Any]:
        remittance = self.remittance
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
        return {**data, "content_hash": hash_of(data), "id": self._id(kind, entity)}

    def _id(self, kind: str, entity: str) -> str:
        remittance = self.remittance
        payer = remittance.payer_identifier or remittance.payer.id or remittance.payer.name
        payee = remittance.payee.id or remittance.payee.name
        currency = remittance.currency
        key = [
            entity,
            payer,
            remittance.trace,
            format_amount(remittance.payment, currency),
            day_text(remittance.payment_date),
            payee,
        ]
        if not remittance.payment:
            # Traces of remittances without money repeat; their totals tell them apart.
            paid = sum((claim.paid for claim in self.claims), zero(currency))
            key += [
                format_amount(paid, currency),
                format_amount(remittance.provider_adjustment_total(), currency),
            ]
        return document_id(self.keys, kind, key)

    def _receipt(
        self, entity: str, payer: str, booking: BookingDate, journal: JournalEntry
    ) -> tuple[Receipt, ...]:
        if not self._applied:
            return ()
        remittance, currency = self.remittance, self.remittance.currency
        total = sum((claim.paid for claim in self._applied), zero(currency))
        role, _ = self.books.posting("claim_settled")
        data = self._document(
            "receipt",
            entity,
            booking,
            depends_on=(journal.id,),
            memo=True,
            payer={"kind": "payer", "token": payer},
            amount=format_amount(total, currency),
            payment=format_amount(remittance.payment, currency),
            method=remittance.method,
            trace=remittance.trace,
            clearing_account=self.books.account(CLEARING, entity),
            receivable_account=self.books.account(role, entity),
            applications=tuple(
                {
                    "account_token": token(self.keys, "acct", claim.account),
                    "amount": format_amount(claim.paid, currency),
                }
                for claim in self._applied
            ),
        )
        return (Receipt.build(data),)

    def _account_for(self, journal: JournalEntry | None, numbers: dict[LineKey, int]) -> None:
        """Say of every source amount where it ended: each exactly once."""
        lines: dict[tuple[int, str], tuple[Draft, list[tuple[str, int]]]] = {}
        for draft, key in self._placed:
            place = lines.setdefault((id(draft.node), draft.field), (draft, []))
            if journal is not None:
                place[1].append((journal.id, numbers[key]))
        posted = [
            SourceAmount(
                self.locate(draft.node, draft.field),
                getattr(draft.node, draft.field),
                Outcome.POSTED,
                draft.rule.id,
                tuple(dict.fromkeys(found)),
            )
            for draft, found in lines.values()
        ]
        ended = [
            SourceAmount(self.locate(end.node, end.field), end.amount, end.outcome, end.rule)
            for end in self._ended
        ]
        self.dispositions = (*posted, *ended)

    def _issue(self, code: str, node: Model, name: str) -> None:
        self.issues.append(self._at(ISSUE(code), node, name))

    def _at(self, issue: Issue, node: Model, name: str) -> Issue:
        return located(issue, self.locate(node, name))
