"""What is known of accounts beside claims: charges and what is left of them, what is unbilled, what is open
where, who covers them, and which accounts are one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from hcfin.finance.base import Document, GlLine
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import RECEIVABLES, Covering, Place, PostedCharge
from hcfin.reconcile.booked import signed, statement

UNBILLED = "ar.unbilled"


class Accounts:
    """Accounts by their tokens. Learns each document once."""

    def __init__(self) -> None:
        self._charges: dict[str, list[PostedCharge]] = defaultdict(list)
        self._digests: dict[str, str] = {}
        self._unbilled: dict[str, Decimal] = defaultdict(Decimal)
        self._open: dict[str, dict[Place, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self._survivors: dict[str, str] = {}
        self.coverings: dict[str, tuple[Covering, ...]] = {}

    def survivor(self, account: str) -> str:
        """The account that one has been merged into, over as many steps as there were."""
        while account in self._survivors:
            account = self._survivors[account]
        return account

    def charges(self, account: str) -> tuple[PostedCharge, ...]:
        """The charges and credits of an account."""
        return tuple(self._charges.get(account, ()))

    def digest(self, document_id: str) -> str | None:
        """The digest of a journal that is about a charge or credit."""
        return self._digests.get(document_id)

    def unbilled(self, account: str) -> Decimal:
        """What is charged and not billed."""
        return self._unbilled.get(account, Decimal(0))

    def open(self, account: str) -> Mapping[Place, Decimal]:
        """What is open by place."""
        places = self._open.get(account, {})
        return {place: amount for place, amount in places.items() if amount}

    def learn_line(self, account: str, entity: str, line: GlLine, amount: Decimal) -> None:
        """Learn what a line, or its part of this amount, does to an account."""
        account = self.survivor(account)
        if line.role in RECEIVABLES:
            self._open[account][Place.of(line, entity)] += amount
        if line.role == UNBILLED:
            self._unbilled[account] += amount

    def learn(self, document: Document) -> Iterator[tuple[str, GlLine]]:
        """Learn the journal of a charge, credit or transfer between payers; yields its lines with the
        account."""
        subject = document.subject if isinstance(document, JournalEntry) else None
        if subject is None or subject.prior_token:
            return
        account = self.survivor(subject.account_token)
        if subject.service_token:
            self._digests[document.id] = subject.digest
            self._charge(document, account, subject.id_token, subject.service_token, subject.digest)
        for line in document.gl_lines:
            self.learn_line(account, document.entity, line, signed(line))
            yield account, line

    def _charge(self, document: Document, account: str, number: str, service: str, digest: str) -> None:
        lines = document.gl_lines
        amount = -sum((signed(line) for line in lines if statement(line.role) == "revenue"), Decimal(0))
        left = max(amount, Decimal(0))
        charges = self._charges[account]
        charges[:] = [
            replace(one, left=one.left + amount) if one.journal == document.reverses else one
            for one in charges
        ]
        charges.append(
            PostedCharge(document.id, document.entity, number, service, digest, amount, left, lines)
        )

    def merge(self, prior: str, survivor: str) -> None:
        """One account ends in another, with all that is known of it."""
        self._survivors[prior] = survivor
        self._charges[survivor].extend(self._charges.pop(prior, ()))
        self._unbilled[survivor] += self._unbilled.pop(prior, Decimal(0))
        for place, amount in self._open.pop(prior, {}).items():
            self._open[survivor][place.of_account(prior, survivor)] += amount
        if prior in self.coverings:
            self.coverings.setdefault(survivor, self.coverings.pop(prior))
