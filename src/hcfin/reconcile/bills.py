"""The bills that are in force, learned from the documents that claims became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

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

    def learn(self, documents: Iterable[Document]) -> Iterator[tuple[str, GlLine]]:
        """Learn invoices and credit memos, each with the journal of the same call that books it; yields their
        lines with the account."""
        given = tuple(documents)
        for one in given:
            if isinstance(one, Invoice | CreditMemo) and one.id not in self._digests:
                self._digests[one.id] = one.digest
                books = [one, *(other for other in given if _beside(one, other))]
                lines = [line for document in books for line in document.gl_lines]
                self._take(one, books, [line for line in lines if not is_estimate(line)])
                for line in lines:
                    if allowance(line):
                        self.allowances[one.account_token] -= signed(line)
                    yield one.account_token, line

    def _take(self, one: Invoice | CreditMemo, books: list[Document], lines: list[GlLine]) -> None:
        bills = self._bills[one.account_token]
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
