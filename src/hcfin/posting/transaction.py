"""One payment, payout, refund, dispute, write-off or transfer to its journal entry.

Strategy: each fact is a posting of its own, with one journal entry, so that it can be found, repeated and
undone by itself. It is booked whole or not at all. What can be asked of every such fact is asked here; where
the money goes is decided by the module of its kind. A fact that undoes a known one mirrors what that booked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from hcfin.billing.payment import (
    IDENTIFYING,
    AccountTransaction,
    Dispute,
    Payment,
    Payout,
    Refund,
    Transfer,
    WriteOff,
    kind_of,
)
from hcfin.billing.registration import Coding, day_of
from hcfin.finance.base import GlLine, RuleRef, hashed_content
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import EarlierTransaction
from hcfin.finance.transactions import Told, transaction_source
from hcfin.identity import content_hash, document_id, token
from hcfin.issues import Issue
from hcfin.money import format_amount
from hcfin.posting.account_booking import Ground, grounded
from hcfin.posting.dispute import post_dispute
from hcfin.posting.draft import ISSUE, Destination, Draft, Finding
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, Unmapped
from hcfin.posting.payment import post_payment
from hcfin.posting.payout import post_payout
from hcfin.posting.refund import post_refund
from hcfin.posting.result import Move, Outcome, Place, Posting
from hcfin.posting.run import Run
from hcfin.posting.transaction_balances import Balances
from hcfin.posting.transaction_case import Case
from hcfin.posting.transfer import post_transfer
from hcfin.posting.write_off import post_write_off
from hcfin.privacy import holds_card_number

_RULES: dict[type[AccountTransaction], Callable[[Any, Case], None]] = {
    Payment: post_payment,
    Payout: post_payout,
    Refund: post_refund,
    Dispute: post_dispute,
    WriteOff: post_write_off,
    Transfer: post_transfer,
}
_AMOUNTS = ("amount", "fee")
# What a transaction may say anew when it is sent again: where it stood, when it was sent, words beside it.
_BESIDE = frozenset({"at", "unreadable", "batch", "number", "type_code", "posted", "description"})


class TransactionPosting:
    """Posts one fact. `balances` are those of the run: what it has booked before."""

    def __init__(self, fact: AccountTransaction, run: Run, balances: Balances) -> None:
        self.fact = fact
        self.run = run
        self.balances = balances
        self.account = token(run.keys, "acct", fact.account) if fact.account else ""
        self.amounts = [(name, getattr(fact, name)) for name in _AMOUNTS if hasattr(fact, name)]
        self.issues: list[Finding] = []
        self.ends = Ends(run.locator)
        self.moves: list[Move] = []

    def post(self) -> Posting:
        """Its document, issues, the end of each of its amounts, and moves where they are asked for."""
        document = self._document()
        self.ends.release()
        return Posting(
            (document,) if document else (),
            tuple(self.run.locator.located(*finding) for finding in self.issues),
            self.ends.all() if self.run.dispositions else (),
            tuple(self.moves) if self.run.moves else (),
        )

    def _ended(self, outcome: Outcome, rule: str | RuleRef) -> None:
        """Nothing is booked: every amount ends here."""
        for name, amount in self.amounts:
            self.ends.add(self.fact, name, amount, outcome, rule)

    def _held(self, issue: Issue, name: str = "amount") -> None:
        self.issues.append((issue, self.fact, name))
        self._ended(Outcome.KEPT_OPEN, issue.code)

    # Why nothing is booked, in the order in which it is asked

    def _document(self) -> JournalEntry | None:
        books, fact = self.run.books, self.fact
        source = books.transactions.source
        if source == "elsewhere":
            self._ended(Outcome.INFORMATIONAL, books.rule_ref("transactions", "transactions", "source"))
            return None
        if source == "none":
            self._held(ISSUE("TRANSACTION_NOT_EXPECTED"))
            return None
        if fact.unreadable:
            self._held(ISSUE("TRANSACTION_UNREADABLE"))
            return None
        card = next((name for name in IDENTIFYING if holds_card_number(getattr(fact, name, ""))), None)
        if card is not None:
            self._held(ISSUE("TRANSACTION_CARD_NUMBER"), card)
            return None
        days = (day_of(fact.posted), day_of(fact.occurred))
        ground, told = grounded(fact, fact.facility, days, books, self.run.context, "TRANSACTION")
        if ground is None:
            self._held(told[0])
            return None
        self.issues += [(issue, fact, "amount") for issue in told]
        own_id, digest = self._named(ground.entity)
        earlier = self.balances.digest(own_id)
        if earlier == digest:
            self.issues.append((ISSUE("TRANSACTION_REPEATED"), fact, "amount"))
            self._ended(Outcome.INFORMATIONAL, "TRANSACTION_REPEATED")
            return None
        if earlier is not None:
            self._held(ISSUE("TRANSACTION_CONFLICT"))
            return None
        return self._decided(ground, own_id, digest)

    def _named(self, entity: str) -> tuple[str, str]:
        """The id of its journal, and the digest of what it says. Twins without an identifier are counted."""
        digest = self._digest()
        own = self._id(entity, self.fact.id)
        if self.fact.id:
            return own, digest
        twin = 1
        while self.balances.booked_here(own):
            twin += 1
            own = self._id(entity, "", twin)
        return own, digest

    def _id(self, entity: str, number: str, twin: int = 1, state: str | None = None) -> str:
        """The id of the journal of a fact like this one."""
        fact = self.fact
        key = [
            kind_of(fact),
            entity,
            fact.facility,
            getattr(fact, "gateway", ""),
            fact.account.strip(),
            number,
            getattr(fact, "state", "") if state is None else state,
        ]
        if isinstance(fact, Refund) and fact.state not in ("approved", "cancelled"):
            key.append(fact.reference)  # a cheque that was voided is followed by another
        if not number:
            key += [fact.code.code, fact.occurred, format_amount(fact.amount, fact.currency), str(twin)]
        return document_id(self.run.keys, "journal_entry", key)

    def _digest(self) -> str:
        said = []
        for name in type(self.fact).model_fields:
            if name not in _BESIDE:
                value = getattr(self.fact, name)
                if isinstance(value, Decimal):
                    value = format_amount(value, self.fact.currency)
                said.append(f"{name}={value.code if isinstance(value, Coding) else value}")
        return document_id(self.run.keys, "transaction", said)

    # What is booked

    def _decided(self, ground: Ground, own_id: str, digest: str) -> JournalEntry | None:
        case = self._case(ground)
        if case is None:
            self._held(ISSUE("TRANSACTION_PAYER_UNKNOWN"), "payer_id")
            return None
        original_id = self._original_id(ground.entity)
        original = self.balances.original(original_id) if original_id else None
        fault = self._mirror_fault(original_id, original)
        if fault is not None:
            self._held(fault)
            return None
        if original is None:
            _RULES[type(self.fact)](self.fact, case)
            if original_id and self.balances.known is not None:
                self.issues.append((ISSUE("TRANSACTION_ORIGINAL_UNKNOWN"), self.fact, "amount"))
        if case.held is not None:
            self.issues.append(case.held)
            self._ended(Outcome.KEPT_OPEN, case.held[0].code)
            return None
        entry = Entry(self.run.used(case.payer).line_keys, ground.entity, case.payer, self.run.locator)
        drafts, lines = case.drafts, entry.resolve(case.drafts)
        if isinstance(lines, Unmapped):
            self._held(ISSUE(f"TRANSACTION_{lines.code}", **lines.values()))
            return None
        if original is not None:
            drafts, lines = self._mirrored(entry, original.lines)
        entry.add(drafts, lines)
        self._end(case, drafts, lines, ground)
        if not drafts:
            return None
        return self._made(entry, ground, own_id, digest, original_id if original else None)

    def _case(self, ground: Ground) -> Case | None:
        """The case; None where it names an insurance that the books do not know."""
        books, identifier = self.run.books, getattr(self.fact, "payer_id", "")
        by_payer = "payer" in {getattr(self.fact, name, "") for name in ("payer", "payee", "bucket")}
        payer = books.payer([identifier], identifier) if identifier or by_payer else ""
        if payer is None and identifier:
            return None
        used = self.run.used(payer or "")
        fields = dict(used.transaction(type(self.fact)).pairs(self.fact))
        return Case(self.fact, used.books, payer or "", self.account, self.balances, fields, self.run.keys)

    def _original_id(self, entity: str) -> str:
        """The id of the journal that it undoes; empty where it undoes none."""
        fact = self.fact
        if isinstance(fact, Payment | WriteOff) and fact.reverses and fact.amount < 0:
            return self._id(entity, fact.reverses)
        if isinstance(fact, Refund) and fact.state == "cancelled" and fact.id:
            return self._id(entity, fact.id, state="approved")
        return ""

    def _mirror_fault(self, original_id: str, original: EarlierTransaction | None) -> Issue | None:
        """Why a known original cannot be undone by this."""
        if original is None:
            return None
        if self.balances.is_undone(original_id):
            return ISSUE("TRANSACTION_UNDONE_TWICE")
        booked = sum((line.amount for line in original.lines if line.side == "debit"), Decimal(0))
        undone = abs(self.fact.amount)
        if booked != undone:
            return ISSUE("TRANSACTION_REVERSAL_MISMATCH", amount=undone, original=booked)
        return None

    def _mirrored(self, entry: Entry, booked: tuple[GlLine, ...]) -> tuple[list[Draft], list[Line]]:
        """What takes back lines that were booked: the same accounts, on the other side."""
        drafts: list[Draft] = []
        lines = []
        for one in booked:
            line = entry.mirror(one)
            amount = one.amount if line.key.side == "debit" else -one.amount
            drafts.append((Destination(one.role, one.rule), amount, self.fact, "amount"))
            lines.append(line)
        return drafts, lines

    def _end(self, case: Case, drafts: list[Draft], lines: list[Line], ground: Ground) -> None:
        """Each amount in its lines, or told, or nothing."""
        self.ends.posted(drafts, lines)
        for (_, amount, _, name), line in zip(drafts, lines, strict=True):
            key = line.key
            period, currency = ground.booking.period, self.fact.currency
            place = Place(key.entity, period, currency, key.role, key.account, key.dimensions)
            self.moves.append(Move(self.run.locator.place(self.fact, name), place, amount, key.rule[0]))
        for name, amount, rule in case.told:
            self.ends.add(self.fact, name, amount, Outcome.INFORMATIONAL, rule)
        done = {name for _, _, _, name in drafts} | {name for name, _, _ in case.told}
        for name, amount in self.amounts:
            if name not in done:
                self.ends.add(self.fact, name, amount, Outcome.INFORMATIONAL, "zero")

    def _made(
        self, entry: Entry, ground: Ground, own_id: str, digest: str, reverses: str | None
    ) -> JournalEntry:
        lines = [line for group in entry.lines().values() for line in group]
        currency, booking = self.fact.currency, ground.booking
        said = Told(".".join(self._kind()), self.account, digest)
        made = JournalEntry.build(
            {
                "id": own_id,
                "content_hash": "",
                "entity": ground.entity,
                "currency": currency,
                "gl_date": booking.gl_date.isoformat(),
                "period": booking.period,
                "original_period": booking.original_period,
                "source": transaction_source(said),
                "reverses": reverses,
                "gl_lines": tuple(line.to_dict(currency) for line in lines),
            }
        )
        document = made.model_copy(update={"content_hash": content_hash(hashed_content(made))})
        for line in lines:
            line.document = document.id
        self.balances.learn(document, said)
        return document

    def _kind(self) -> Iterator[str]:
        yield kind_of(self.fact)
        state = getattr(self.fact, "state", "")
        if state:
            yield state
