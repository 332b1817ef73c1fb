"""What is known of the balances of accounts, with what a run has booked on them since."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import EarlierTransaction, Known
from hcfin.finance.transactions import Measure, Told, changes


class Balances:
    """Balances of accounts and what was posted of transactions, before the run and in it.

    Without `known` nobody knows a balance, and only digests are kept, so that a repeat is found."""

    def __init__(self, known: Known | None) -> None:
        self.known = known
        self._digests: dict[str, str] = {}
        self._posted: dict[str, EarlierTransaction] = {}
        self._undone: set[str] = set()
        self._since: dict[tuple[Measure, str, str], Decimal] = defaultdict(Decimal)

    def patient(self, account: str) -> Decimal | None:
        """What the patient owes for an account; None where nobody knows."""
        if self.known is None:
            return None
        return self.known.patient_balance(account) + self._moved("patient", account)

    def payer(self, account: str, sequence: str) -> Decimal | None:
        """What the payer of that turn owes for an account; None where nobody knows."""
        before = self.known.open_balance(account, sequence) if self.known else None
        return None if before is None else before + self._moved("payer", account, sequence)

    def unapplied(self, account: str) -> Decimal | None:
        """What the patient has paid beyond what is owed; None where nobody knows."""
        if self.known is None:
            return None
        return self.known.unapplied(account) + self._moved("unapplied", account)

    def refundable(self, account: str, payer: str) -> Decimal | None:
        """The cash of the patient (no payer) or payer that was not given back; None where nobody knows."""
        if self.known is None:
            return None
        return self.known.refundable(account, payer) + self._moved("received", account, payer)

    def digest(self, document_id: str) -> str | None:
        """The digest of the transaction whose journal has this id."""
        own = self._digests.get(document_id)
        if own is not None or self.known is None:
            return own
        earlier = self.known.transaction(document_id)
        return earlier.digest if earlier else None

    def booked_here(self, document_id: str) -> bool:
        """Whether the run itself has booked a transaction of this id."""
        return document_id in self._digests

    def original(self, document_id: str) -> EarlierTransaction | None:
        """The transaction that another undoes, where it is known."""
        if self.known is None:
            return None
        return self._posted.get(document_id) or self.known.transaction(document_id)

    def is_undone(self, document_id: str) -> bool:
        """Whether a transaction that is known was undone already."""
        earlier = self.original(document_id)
        return document_id in self._undone or (earlier is not None and earlier.undone)

    def learn(self, document: JournalEntry, said: Told) -> None:
        """Learn what the run has booked."""
        self._digests[document.id] = said.digest
        if self.known is None:
            return
        self._posted[document.id] = EarlierTransaction(said.digest, document.gl_lines)
        if document.reverses:
            self._undone.add(document.reverses)
        for change in changes(said, document.gl_lines):
            self._since[change.measure, change.account, change.of] += change.amount

    def _moved(self, measure: Measure, account: str, of: str = "") -> Decimal:
        return self._since.get((measure, account, of), Decimal(0))
