"""What is known, in memory: learned from the facts and documents of earlier postings, and from charges.

Strategy: documents hold sums and no patient data, so they know remittances and liabilities by reference, and
nothing of a claim. What a claim did is learned from its facts together with where each of their amounts went;
no rule is applied a second time. Everything is kept under tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Node
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.reading import Event, Reading, RemittanceView
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.codes import table
from hcfin.finance.base import Document, GlLine
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import (
    Adjudication,
    Bill,
    Covering,
    EarlierRemittance,
    EarlierTransaction,
    Place,
    PostedCharge,
    Transfer,
)
from hcfin.finance.transactions import account_of, told
from hcfin.identity import Keys, token
from hcfin.posting import Outcome, Posting, SourceAmount
from hcfin.posting.account import TRANSFER_HELD, ends
from hcfin.posting.coverage import coverings
from hcfin.posting.documents import source_of
from hcfin.posting.known_chain import INTEREST
from hcfin.posting.known_claim import REVERSAL, corrects, reversed_by
from hcfin.posting.known_remittance import SourceDigest
from hcfin.reconcile.accounts import Accounts
from hcfin.reconcile.adjudicated import BookedPart, adjudication, booked_amounts
from hcfin.reconcile.bills import Bills, allowance
from hcfin.reconcile.booked import CLEARING, booking, signed
from hcfin.reconcile.match_bills import bills_of
from hcfin.reconcile.match_facts import BilledClaim, billed_claim
from hcfin.reconcile.transactions import Transactions

_Line = tuple[str, int]
_LIABILITIES = "liability."
_TRANSFER = "patient_to_next_payer"


class _Booked(NamedTuple):
    """A line, and the entity whose books hold it."""

    entity: str
    line: GlLine


class Ledger:
    """An implementation of `hcfin.finance.known.Known` in memory. Not to be shared between threads."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._remittances: dict[str, EarlierRemittance] = {}
        self._parts: set[str] = set()
        self._credits: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
        self._open: dict[tuple[str, str], list[Adjudication]] = defaultdict(list)
        self._claims: dict[tuple[str, str, str], bool] = {}
        self._payers: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self._patients: dict[str, Decimal] = defaultdict(Decimal)
        self._transfers: dict[str, dict[tuple[str, str], Decimal]] = {}
        self._accounts: set[str] = set()
        self._charged: set[str] = set()
        self._bills = Bills()
        self._about = Accounts()
        self._transactions = Transactions()

    # What posting asks

    def remittance(self, document_id: str) -> EarlierRemittance | None:
        """The remittance whose journal has this id, where it was posted."""
        return self._remittances.get(document_id)

    def unposted_part(self, source: str) -> bool:
        """Whether a part of the remittance of this business key came and was rejected."""
        return source in self._parts

    def adjudications(self, payer: str, account: str) -> tuple[Adjudication, ...]:
        """The open adjudications of an account by a payer, in the order in which they came."""
        return tuple(self._open.get((payer, self.survivor(account)), ()))

    def taken_back(self, entity: str, payer: str, claim: str) -> bool | None:
        """Whether a claim of an entity was reversed; None where no adjudication of it is known."""
        return self._claims.get((entity, payer, claim))

    def open_balance(self, account: str, sequence: str) -> Decimal | None:
        """What the payer of that sequence still owes for an account; None where nobody knows the account."""
        first, account = sequence in ("", "1"), self.survivor(account)
        if account not in (self._charged if first else self._accounts):
            return None
        return self._payers.get((account, sequence), Decimal(0))

    def patient_balance(self, account: str) -> Decimal:
        """What the patient still owes for an account."""
        return self._patients.get(self.survivor(account), Decimal(0))

    def transfers(self, account: str) -> tuple[Transfer, ...]:
        """What of the patient's share of an account later payers took over, by the turn of the payer."""
        moved = sorted(self._transfers.get(self.survivor(account), {}).items())
        return tuple(Transfer(*bucket, amount) for bucket, amount in moved if amount > 0)

    def credit_balance(self, entity: str, role: str, payer: str, reference: str) -> Decimal:
        """The credit balance of an entity's role with a payer, under a reference where it has any."""
        return self._credits.get((entity, role, payer, reference), Decimal(0))

    def bills(self, account: str) -> tuple[Bill, ...]:
        """The bills of an account that are in force, in the order in which they came."""
        return self._bills.of(self.survivor(account))

    def billed(self, document_id: str) -> str | None:
        """The digest of the invoice or credit memo of this id, where it was posted."""
        return self._bills.digest(document_id)

    def allowance(self, account: str) -> Decimal:
        """What is expected not to be paid of an account's bills, and was not released since."""
        return self._bills.allowances.get(self.survivor(account), Decimal(0))

    def survivor(self, account: str) -> str:
        """The account that one has been merged into; itself where it was not."""
        return self._about.survivor(account)

    def charges(self, account: str) -> tuple[PostedCharge, ...]:
        """The charges and credits of an account in the order in which they came."""
        return self._about.charges(self.survivor(account))

    def booked(self, document_id: str) -> str | None:
        """The digest of the journal of a charge or credit of this id, where it was posted."""
        return self._about.digest(document_id)

    def unbilled_balance(self, account: str) -> Decimal:
        """What is charged to an account and not billed."""
        return self._about.unbilled(self.survivor(account))

    def coverages(self, account: str) -> tuple[Covering, ...]:
        """The payers of an account's coverages by their turn, as they were last told."""
        return self._about.coverings.get(self.survivor(account), ())

    def balances(self, account: str) -> Mapping[Place, Decimal]:
        """What is open on an account by place, as far as documents tell."""
        return self._about.open(self.survivor(account))

    def transaction(self, document_id: str) -> EarlierTransaction | None:
        """The payment, refund, dispute, write-off or transfer whose journal has this id."""
        return self._transactions.get(document_id)

    def unapplied(self, account: str) -> Decimal:
        """What the patient has paid for an account beyond what is owed, or before the service."""
        return self._transactions.sums.get(("unapplied", self.survivor(account), ""), Decimal(0))

    def refundable(self, account: str, payer: str) -> Decimal:
        """The cash received for an account from a payer, or from the patient, less what was given back."""
        return self._transactions.sums.get(("received", self.survivor(account), payer), Decimal(0))

    # Learning

    def learn_documents(self, documents: Iterable[Document]) -> None:
        """Learn what documents alone know: that they were posted, liabilities by reference, and bills. The
        journal of a bill must come in the same call as its invoice."""
        new = [document for document in documents if document.id not in self._remittances]
        for scope, lines in booking(new):
            for line in lines:
                reference = dict(line.tags).get("reference", "")
                if line.party and (
                    line.role == INTEREST or (reference and line.role.startswith(_LIABILITIES))
                ):
                    self._credits[scope.entity, line.role, line.party.token, reference] -= signed(line)
        for account, entity, line in self._bills.learn(new, self.survivor):
            self._about.learn_line(account, entity, line, signed(line))
            self._owed(account, line)
        for change in self._transactions.learn(new, self.survivor):
            self._accounts.add(change.account)
            if change.measure == "patient":
                self._patients[change.account] += change.amount
            elif change.measure == "payer":
                self._payers[change.account, change.of] += change.amount
        for document in new:
            if said := told(document.source):
                for line in document.gl_lines:
                    owner = account_of(line, said.account)
                    self._about.learn_line(owner, document.entity, line, signed(line))
            for account, line in self._about.learn(document):
                self._owed(account, line)
            if isinstance(document, JournalEntry) and document.subject and document.subject.prior_token:
                self._merge(document.subject.prior_token, document.subject.account_token)
            self._remittances[document.id] = EarlierRemittance(document.content_hash)

    def _owed(self, account: str, line: GlLine) -> None:
        """What a line does to the bucket of a payer or the patient."""
        if line.role == "ar.payer":
            self._open_bucket(account)
            self._payers[account, dict(line.tags).get("sequence", "1")] += signed(line)
        elif line.role == "ar.patient":
            self._accounts.add(account)
            self._patients[account] += signed(line)

    def _merge(self, prior: str, account: str) -> None:
        """One account ends in another, with all that is known of it; once."""
        survivor = self.survivor(account)
        if self.survivor(prior) == survivor:
            return
        self._about.merge(prior, survivor)
        self._bills.merge(prior, survivor)
        self._transactions.merge(prior, survivor)
        for known in (self._accounts, self._charged):
            if prior in known:
                known.add(survivor)
        for owner, sequence in [key for key in self._payers if key[0] == prior]:
            self._payers[survivor, sequence] += self._payers.pop((owner, sequence))
        self._patients[survivor] += self._patients.pop(prior, Decimal(0))
        for payer, owner in [key for key in self._open if key[1] == prior]:
            self._open[payer, survivor].extend(self._open.pop((payer, owner)))
        for bucket, amount in self._transfers.pop(prior, {}).items():
            self._transfers.setdefault(survivor, defaultdict(Decimal))[bucket] += amount

    def learn_accounts(self, facts: Iterable[Event]) -> None:
        """Learn who covers accounts, and of accounts that ended in another with nothing open on them; one
        with a balance ends when the journal that moves it is learned. Other facts are passed over."""
        for fact in facts:
            if isinstance(fact, Account) and fact.account.strip():
                told = coverings(fact)
                if told:
                    self._about.cover(token(self.keys, "acct", fact.account), told, fact.occurred)
            elif isinstance(fact, AccountMerge) and ends(fact):
                prior = self.survivor(token(self.keys, "acct", fact.prior_account))
                if not self.balances(prior):
                    self._merge(prior, token(self.keys, "acct", fact.account))

    def learn(self, reading: Reading, posting: Posting) -> None:
        """Learn what became of a reading. What it repeats of an earlier one changes nothing."""
        ends = {(end.origin.at, end.origin.element): end for end in posting.dispositions}
        new = [document for document in posting.documents if document.id not in self._remittances]
        self.learn_documents(new)
        held = {issue.origin.at for issue in posting.issues if issue.origin and issue.code in TRANSFER_HELD}
        self.learn_accounts(fact for fact in reading.facts if fact.at not in held)
        lines = {(one.id, line.n): _Booked(one.entity, line) for one in new for line in one.gl_lines}
        for view in reading.remittances:
            self._remember(reading, view, new, ends)
            for claim in sorted(view.claims, key=lambda one: one.status != REVERSAL):
                self._claim(reading, view.header, claim, ends, lines)
        if "REMIT_UNBALANCED_TRANSACTION" in {issue.code for issue in posting.issues}:
            posted = {document.source for document in posting.documents}
            sources = {source_of(view.header) for view in reading.remittances}
            self._parts |= sources - posted

    def charge(self, account: str, amount: Decimal) -> None:
        """Learn a charge of the first payer. `account` is the number itself; only its token is kept."""
        known = self.survivor(token(self.keys, "acct", account))
        self._open_bucket(known)
        self._payers[known, "1"] += amount

    def opening(
        self,
        account: str,
        *,
        patient: Decimal = Decimal(0),
        unapplied: Decimal = Decimal(0),
        received: Decimal = Decimal(0),
    ) -> None:
        """Learn what an account had before: what the patient owes, has paid beyond that, and has paid in all.
        `account` is the number itself; only its token is kept."""
        known = self.survivor(token(self.keys, "acct", account))
        self._accounts.add(known)
        self._patients[known] += patient
        self._transactions.sums["unapplied", known, ""] += unapplied
        self._transactions.sums["received", known, ""] += received

    def learn_claims(self, claims: Iterable[Event]) -> None:
        """Learn what claims charge the first payer, where other software books them: each bill once, however
        often it was sent, as its last replacement charges it; a void charges nothing. Give all claims of an
        account together. Other facts are passed over."""
        billed: list[BilledClaim] = []
        created: dict[str, date | None] = {}
        for fact in claims:
            if isinstance(fact, Claim):
                billed.append(billed_claim(fact))
            elif isinstance(fact, ClaimSubmission):
                created[fact.ref] = fact.created
        for bill in bills_of(billed, created, {}):
            valid = bill.valid
            if valid is not None and valid.turn in ("", "1") and not valid.unreadable:
                self.charge(valid.account, valid.charged)

    def _open_bucket(self, account: str) -> None:
        self._accounts.add(account)
        self._charged.add(account)

    def _remember(
        self,
        reading: Reading,
        view: RemittanceView,
        documents: Sequence[Document],
        ends: Mapping[tuple[int, str], SourceAmount],
    ) -> None:
        source, header = source_of(view.header), view.header
        booked: set[str] | None = None
        if header.told_by == "benefit_statement":  # many of them have the same payment
            places = (
                reading.place(one, name) for claim in view.claims for one, name in booked_amounts(claim)
            )
            booked = {id_ for place in places for id_, _ in ends[place.at, place.element].lines}
        for document in documents:
            if document.source == source and (booked is None or document.id in booked):
                digest = SourceDigest.of(view, self.keys)
                self._remittances[document.id] = replace(
                    self._remittances[document.id],
                    source_digest=digest.text(),
                    money_digest=digest.money(),
                    version=header.version,
                )
                self._parts.discard(source)

    def _claim(
        self,
        reading: Reading,
        header: Remittance,
        claim: ClaimPayment,
        ends: Mapping[tuple[int, str], SourceAmount],
        lines: Mapping[_Line, _Booked],
    ) -> None:
        def end_of(node: Node, name: str) -> SourceAmount:
            origin = reading.place(node, name)
            return ends[origin.at, origin.element]

        nodes = booked_amounts(claim)
        parts = [
            (*lines[place], name, part)
            for node, name in nodes
            for end in (end_of(node, name),)
            for place, part in zip(end.lines, end.booked, strict=True)
            if place in lines
        ]
        owners = ((entity, line.party) for entity, line, *_ in parts)
        entity, payer = next(
            ((entity, party.token) for entity, party in owners if party and party.kind == "payer"), ("", "")
        )
        if not parts or end_of(claim, "charged").outcome is Outcome.SUSPENDED:
            return
        account = self.survivor(token(self.keys, "acct", claim.account))
        self._accounts.add(account)
        own = self._adjudicated(header, claim, entity, payer, account, parts)
        for owner, line, name, part in parts:
            self._about.learn_line(account, owner, line, part)
            if name == "paid" and line.role == CLEARING:
                self._transactions.sums["received", account, payer] += part
            if line.role == "ar.payer":
                sequence = dict(line.tags).get("sequence", own)
                self._payers[account, sequence] += part
                if line.rule.id == _TRANSFER and line.party:
                    moved = self._transfers.setdefault(account, defaultdict(Decimal))
                    moved[sequence, line.party.token] += part
            elif line.role == "ar.patient":
                self._patients[account] += part
            elif allowance(line):
                self._bills.allowances[account] -= part

    def _adjudicated(
        self,
        header: Remittance,
        claim: ClaimPayment,
        entity: str,
        payer: str,
        account: str,
        parts: Sequence[BookedPart],
    ) -> str:
        """Remember an adjudication, or that it is reversed; the turn of its payer."""
        number = token(self.keys, "claim", claim.payer_claim_number)
        open_ = self._open[payer, account]
        if claim.status == REVERSAL:
            earlier, _ = reversed_by(claim, number, [one for one in open_ if one.entity == entity])
            if earlier is not None:
                open_.remove(earlier)
                self._claims[entity, payer, earlier.claim] = True
            self._claims[entity, payer, number] = True
            return earlier.sequence if earlier else ""
        status = table("claim_status").get(claim.status)
        sequence = status["sequence"] if status else ""
        # An adjudication without payment is taken back by the next one of the same charge.
        open_[:] = [
            one for one in open_ if one.paid or one.entity != entity or not corrects(claim, sequence, one)
        ]
        open_.append(adjudication(header, claim, number, sequence, entity, parts))
        self._claims[entity, payer, number] = False
        return sequence
