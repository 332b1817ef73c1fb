"""The payments, refunds, disputes, write-offs and transfers that were posted, learned from their journals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from hcfin.finance.base import Document
from hcfin.finance.known import EarlierTransaction
from hcfin.finance.transactions import Change, changes, told


class Transactions:
    """What was posted of transactions, and what they made of the accounts. Learns each document once."""

    def __init__(self) -> None:
        self._posted: dict[str, EarlierTransaction] = {}
        self.sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        """By measure, account and payer; see `Change`."""

    def get(self, document_id: str) -> EarlierTransaction | None:
        """The transaction whose journal has this id."""
        return self._posted.get(document_id)

    def learn(self, documents: Iterable[Document], survivor: Callable[[str], str]) -> Iterator[Change]:
        """Learn the journals of transactions; yields what they change. `survivor` is the account that one has
        been merged into."""
        for document in documents:
            said = told(document.source)
            if said is None or document.id in self._posted:
                continue
            self._posted[document.id] = EarlierTransaction(said.digest, document.gl_lines)
            original = self._posted.get(document.reverses or "")
            if original is not None and document.reverses:
                self._posted[document.reverses] = replace(original, undone=True)
            for one in changes(said, document.gl_lines):
                change = one._replace(account=survivor(one.account))
                self.sums[change.measure, change.account, change.of] += change.amount
                yield change

    def merge(self, prior: str, survivor: str) -> None:
        """One account ends in another, with what was received and not applied for it."""
        for measure, account, of in [key for key in self.sums if key[1] == prior]:
            self.sums[measure, survivor, of] += self.sums.pop((measure, account, of))
