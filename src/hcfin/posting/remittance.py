"""One remittance to its journal entry and receipt, through `cash.remit_clearing`, which ends at zero.

Strategy: one pass. The header settles payer, entity and date; each claim is drafted, resolved and summed as
it comes; provider adjustments and the payment close the set. Sums are released only if the whole balances,
and dropped otherwise, so nothing of a claim needs to be kept.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from hcfin.billing.balance import remittance_faults
from hcfin.billing.base import Node
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.books.chart import Entity
from hcfin.books.periods import BookingDate
from hcfin.finance.base import Document
from hcfin.issues import Disposition, Issue, PolicyText
from hcfin.money import zero
from hcfin.posting.affiliate import PAYEES, Whose
from hcfin.posting.claim_payment import informational, post_claim, suspend
from hcfin.posting.detail import Detail, open_item
from hcfin.posting.documents import Applications, Heading, not_posted, payer_identifiers, source_of
from hcfin.posting.draft import ISSUE, Destination, Draft, Drafted
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, Unmapped
from hcfin.posting.known_remittance import Recall
from hcfin.posting.moves import Moves
from hcfin.posting.provider_adjustment import (
    SHADOW,
    post_payment,
    post_provider_adjustment,
    takes_shadows,
    unpaired,
)
from hcfin.posting.result import Move, Outcome, SourceAmount
from hcfin.posting.run import Run
from hcfin.privacy import holds_card_number

_PROVIDER = "82"
_UNBALANCED = frozenset({"REMIT_UNBALANCED_CLAIM", "REMIT_UNBALANCED_LINE"})


class Part(NamedTuple):
    """Drafts and their lines in the document that books them."""

    entry: Entry
    drafts: list[Draft]
    lines: list[Line]


class RemittancePosting:
    """Posts one remittance: `claim` for each of its claims, then `close`."""

    def __init__(self, header: Remittance, run: Run) -> None:
        self.header = header
        self.run = run
        self.books = run.books
        self.issues: list[Issue] = []
        self.ends = Ends(run.locator) if run.dispositions else None
        self.paid = zero(header.currency)
        self._how = {"cash": header.names_payment(), "undone": header.taken_back}
        self._stated: ClaimPayment | None = None
        self.applications: dict[str, Applications] = {}
        self._groups: dict[str, str] = {}
        self._several = len(self.books.entities) > 1
        self._refuse_cards()
        payer = self._payer()
        if payer is not None:
            self._used = run.used(payer)
            self.books = self._used.books
        policy = self.books.policy
        self._detail = Detail(policy.granularity, run.keys) if policy.granularity != "remit" else None
        entity = self._entity()
        self.booking = self._booking(entity)
        self.entry: Entry | None = None
        self.receipt: Entry | None = None
        if payer is not None and entity is not None and self.booking is not None:
            fields = self._used.header.pairs(header)
            self.entry = Entry(self._used.line_keys, entity, payer, run.locator, fields)
            if policy.ar_mode == "open_item":
                self.receipt = Entry(self._used.line_keys, entity, payer, run.locator, fields)
        self.recall: Recall | None = None
        if run.known is not None and payer is not None:
            self.recall = Recall(run.known, run.keys, self._used.rulings, payer, entity or "", header)
        self._waiting: list[tuple[ClaimPayment, Whose]] = []
        self._moves = self._moving() if run.moves else None

    # What the header must settle

    def _refuse_cards(self) -> None:
        """A card number must not reach a document: what identifies a remittance stands in each of them."""
        header, payee = self.header, self.header.payee
        named = [(header, "trace"), (header, "payer_identifier"), (header.payer, "id"), (payee, "id")]
        for node, name in [*named, (header.payer, "name"), (payee, "name")]:
            if holds_card_number(getattr(node, name)):
                self._issue("PAN_DETECTED", node, name)
                return

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
        self._accept_currency(self.books.entities[found])
        return found

    def _accept_currency(self, entity: Entity) -> None:
        if self.header.currency not in (entity.currency, *entity.accepts):
            issue = ISSUE("CURRENCY_MISMATCH", currency=self.header.currency, own=entity.currency)
            if all(known.code != issue.code for known in self.issues):
                self._place(issue, self.header, "payment")

    def _booking(self, entity: str | None) -> BookingDate | None:
        header = self.header
        told = header.production_date, header.payment_date
        if header.payment and self.books.policy.payer_cash_recognition == "bank_value_date":
            told = header.payment_date, header.production_date
        day = self.run.context.posting_date or told[0] or told[1]
        if day is None:
            self._issue("DATE_MISSING", header, "payment")
            return None
        booking = self.books.booking_date(day, entity)
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
        return Moves(self.run.locator, self.booking.period, self.header.currency)

    # Claims

    def claim(self, claim: ClaimPayment) -> None:
        """Take the next claim."""
        self.paid += claim.paid
        self._stated = claim if self.header.told_by == "benefit_statement" else None
        entry = self.entry
        if entry is None:
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        whose = self._whose(claim, entry) if self._several else PAYEES
        if self.recall is not None and self.recall.waits(claim):
            self._waiting.append((claim, whose))
        else:
            self._claim(claim, whose, entry)

    def _claim(self, claim: ClaimPayment, whose: Whose, entry: Entry) -> None:
        history = self.recall.history if self.recall else None
        rulings, how = self._used.rulings, self._how
        result = post_claim(claim, rulings, entry.payer, whose, history, **how)
        parts = self._parts(entry, claim, result)
        if isinstance(parts, Unmapped):
            issue = ISSUE(f"CLAIM_{parts.code}", **parts.values())
            result = suspend(claim, rulings, [(issue, claim, "paid")], whose, **how)
            parts = self._parts(entry, claim, result)
        if isinstance(parts, Unmapped):
            # Not even the waiting place of suspended money has an account: nothing can be booked.
            self._place(ISSUE(parts.code, **parts.values()), claim, "paid")
            if self.ends:
                self.ends.claim_rejected(claim)
            return
        for issue, node, name in result.issues:
            self._place(issue, node, name)
        if self.books.policy.unbalanced_claim == "reject":
            self._reject_unbalanced(claim, result)
        self._book(parts)
        if self.ends:
            self.ends.ended(result.ended)
            self.ends.ended(informational(claim))
        if result.settled and claim.paid > 0 and (self.receipt is None or parts[0].entry is self.receipt):
            self._applied(whose.owner or entry.entity).add(claim)

    def group(self, number: str, provider: str) -> None:
        """Take the provider that a group of claims is for, before its claims."""
        self._groups[number] = provider

    def _applied(self, entity: str) -> Applications:
        # What a receipt books it must list, whatever its length.
        limit = self.books.policy.memo_receipt_limit if self.receipt is None else sys.maxsize
        return self.applications.setdefault(entity, Applications(limit, self.header.currency, self.run.keys))

    def _whose(self, claim: ClaimPayment, entry: Entry) -> Whose:
        """Whose claim it is: that of the entity that lists its provider, or the provider of its group."""
        providers = [party.id for party in claim.parties if party.role == _PROVIDER and party.id]
        providers.append(self._groups.get(claim.group_number, ""))
        owners = (self.books.owner(provider) for provider in providers)
        owner = next((found for found in owners if found is not None), None)
        return self._affiliate(owner or entry.entity, entry)

    def _whose_adjustment(self, adjustment: ProviderAdjustment, entry: Entry) -> Whose:
        """Whose provider adjustment it is, by PLB01."""
        provider = adjustment.provider
        if not self._several or not provider or provider in self.header.payee.identifiers():
            return Whose(payee=entry.entity)
        owner = self.books.entity([provider])
        if owner is None:
            self._place(ISSUE("PROVIDER_UNKNOWN", code=adjustment.code), adjustment, "provider")
        return self._affiliate(owner or entry.entity, entry)

    def _affiliate(self, owner: str, entry: Entry) -> Whose:
        if owner == entry.entity:
            return Whose(payee=entry.entity)
        self._accept_currency(self.books.entities[owner])
        self._accept_date(owner)
        return Whose(owner, entry.entity)

    def _accept_date(self, owner: str) -> None:
        """All lines of one trace have one date, or clearing would be open over somebody's close."""
        day = self.booking.gl_date if self.booking else None
        own = self.books.booking_date(day, owner) if day else None
        known = any(issue.code == "PERIOD_WITHHELD" for issue in self.issues)
        if day and not known and (own is None or own.gl_date != day):
            self._issue("PERIOD_WITHHELD", self.header, "payment", day=day)

    def _parts(self, entry: Entry, claim: ClaimPayment, result: Drafted) -> list[Part] | Unmapped:
        """The drafts of a claim with their lines, by the document that books them."""
        apart = [(entry, result.drafts)]
        if self.receipt is not None and result.settled and claim.paid > 0:
            item = open_item(claim, result)
            if item is not None:
                apart = [(self.receipt, item.receipt), (entry, item.journal)]
                result.ended += item.ended
        parts = []
        for where, drafts in apart:
            if self._detail is not None:
                drafts = self._detail.of(claim, drafts)
            lines = where.resolve(drafts)
            if isinstance(lines, Unmapped):
                return lines
            parts.append(Part(where, drafts, lines))
        return parts

    def _reject_unbalanced(self, claim: ClaimPayment, result: Drafted) -> None:
        if any(issue.code in _UNBALANCED for issue, _, _ in result.issues):
            self._place(ISSUE("UNBALANCED_CLAIM_REJECTS"), claim, "paid")

    # The end of the set: provider adjustments and the payment

    def close(self, remittance: Remittance) -> tuple[Document, ...]:
        """Take the complete remittance; the documents, or none where something stops it."""
        recall = self.recall
        if recall is not None:
            recall.ended(remittance)
            if self.entry is not None:
                for claim, whose in self._waiting:
                    self._claim(claim, whose, self.entry)
            for issue, node, name in recall.history.uncorrected():
                self._place(issue, node, name)
        if remittance.unreadable:
            self._issue("REMITTANCE_UNREADABLE", remittance, "payment")
        for issue in remittance_faults(remittance, self.paid, "facts"):
            apart = recall is not None and recall.known.unposted_part(source_of(remittance))
            self._place(ISSUE("PARTIAL_REMIT") if apart else issue, remittance, "payment")
        entry, booking = self.entry, self.booking
        refused = not_posted(remittance.handling)
        if entry is None or booking is None or refused or self._stopped():
            if refused and not self._stopped():
                self._issue(refused, remittance, "payment")
            self._drop(remittance, Outcome.INFORMATIONAL if refused else Outcome.REJECTED)
            return ()
        self._close_set(remittance, entry, booking)
        if self._stopped():
            self._drop(remittance)
            return ()
        documents: list[Document] = []
        receipts = self.receipt.lines() if self.receipt else {}
        for entity, lines in entry.lines().items():
            # The same date for all, in the period of the entity's own calendar.
            own = self.books.booking_date(booking.gl_date, entity) or booking
            dated = replace(booking, period=own.period)
            heading = Heading(remittance, entity, dated, self.run.keys, self.paid, self._stated)
            documents.append(heading.journal_entry(lines, tuple(first.id for first in documents[:1])))
            applications = self._applied(entity)
            if applications.too_many:
                issue = ISSUE("RECEIPT_LEFT_OUT", claims=applications.count, limit=applications.limit)
                self._place(issue, remittance, "payment")
            elif applications.count:
                paid = receipts.get(entity, ())
                documents.append(heading.receipt(paid, applications, self.books, entry.payer, self.run.known))
        if not documents:
            self._issue("NOTHING_TO_POST", remittance, "payment")
        if self.ends:
            self.ends.release()
        return tuple(documents)

    def _close_set(self, remittance: Remittance, entry: Entry, booking: BookingDate) -> None:
        drafts: list[Draft] = []
        rulings, keys = self._used.rulings, self.run.keys
        adjustments, chains = remittance.provider_adjustments, None
        for issue, node, name in unpaired(adjustments):
            self._place(issue, node, name)
        if any(takes_shadows(one, rulings) for one in adjustments) and not self._hold_claims(entry):
            return
        if self.recall is not None:
            # What a payer sets aside in a remittance may be used in it, wherever it stands.
            chains = self.recall.chains
            adjustments = tuple(sorted(adjustments, key=lambda one: one.amount > 0))
        for result in (
            *(
                post_provider_adjustment(
                    one, rulings, keys, booking.gl_date, self._whose_adjustment(one, entry), chains
                )
                for one in adjustments
            ),
            post_payment(remittance, rulings, cash=self._how["cash"]),
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
        self._book([Part(entry, drafts, lines)])

    def _hold_claims(self, entry: Entry) -> bool:
        """Which of the claims are told and not paid, the remittance does not say: all payments wait."""
        role, ref = self.books.posting("suspended_provider_adjustment")
        found = entry.hold(Destination(role, ref, (("issue", SHADOW),)), self.receipt)
        if isinstance(found, Unmapped):
            self._place(ISSUE(found.code, **found.values()), self.header, "payment")
            return False
        self.applications.clear()
        if self.ends:
            self.ends.held(found, SHADOW)
        if self._moves:
            self._moves.held(found)
        return True

    def _book(self, parts: Sequence[Part]) -> None:
        """Book drafts that belong together."""
        for part in parts:
            part.entry.add(part.drafts, part.lines)
        if not self.ends and not self._moves:
            return
        drafts = [draft for part in parts for draft in part.drafts]
        lines = [line for part in parts for line in part.lines]
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
        self.issues.append(self.run.locator.located(issue, node, name))
