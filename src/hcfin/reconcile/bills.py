"""The bills that are in force, learned from the documents that claims became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.finance.base import Document, GlLine
from hcfin.finance.known import Bill
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.posting.known_expected import ESTIMATE
from hcfin.reconcile.booked import signed, statement


def is_estimate(line: GlLine) -> bool:
    """Whether a line is of what is expected, and not of the claim itself."""
    return set(ESTIMATE) <= set(line.tags)


def allowance(line: GlLine) -> bool:
    """Whether a line is the allowance on the receivable that an estimate books."""
    return is_estimate(line) and statement(line.role) != "deduction"


class Learned(NamedTuple):
    """A line that an account's bill booked, and the entity whose books hold it."""

    account: str
    entity: str
    line: GlLine


class Bills:
    """What accounts were billed, by their tokens. Learns each document once."""

    def __init__(self) -> None:
        self._bills: dict[str, list[Bill]] = defaultdict(list)
        self._digests: dict[str, str] = {}
        self.allowances: dict[str, Decimal] = defaultdict(Decimal)

    def of(self, account: str) -> tuple[Bill, ...]:
        """The bills of an account that are in force."""
        return tuple(self._bills.get(account, ()))

    def digest(self, document_id: str) -> str | None:
        """The digest of an invoice or credit memo."""
        return self._digests.get(document_id)

    def learn(self, documents: Iterable[Document], own: Callable[[str], str]) -> Iterator[Learned]:
        """Learn invoices and credit memos, each with the journal of the same call that books it; yields their
        lines with the account. `own` is the account that one has been merged into."""
        given = tuple(documents)
        for one in given:
            if isinstance(one, Invoice | CreditMemo) and one.id not in self._digests:
                self._digests[one.id] = one.digest
                books = [one, *(other for other in given if _beside(one, other))]
                lines = [line for document in books for line in document.gl_lines]
                account = own(one.account_token)
                self._take(
                    one, self._bills[account], books, [line for line in lines if not is_estimate(line)]
                )
                for line in lines:
                    if allowance(line):
                        self.allowances[account] -= signed(line)
                    yield Learned(account, one.entity, line)

    def merge(self, prior: str, survivor: str) -> None:
        """One account ends in another, with its bills."""
        self._bills[survivor].extend(self._bills.pop(prior, ()))
        self.allowances[survivor] += self.allowances.pop(prior, Decimal(0))

    def _take(
        self, one: Invoice | CreditMemo, bills: list[Bill], books: list[Document], lines: list[GlLine]
    ) -> None:
        if isinstance(one, CreditMemo):
            bills[:] = [bill for bill in bills if bill.invoice != one.reverses]
            return
        journal = books[1].id if one.memo and len(books) > 1 else ""
        bills.append(
            Bill(
                one.id,
                journal,
                one.entity,
                one.customer,
                one.sequence,
                one.amount,
                one.receivable_account,
                one.lines,
                tuple(lines),
            )
        )


def _beside(one: Document, other: Document) -> bool:
    return other.id in one.depends_on or one.id in other.depends_on
