"""What registration does to money: an account that ends in another takes its balance there, and another first
payer is told of, or gets, what the former one owes.

Strategy: balances are moved as they were booked, place by place: the same account, dimensions and bucket on
the other side, and once more for whoever has them now. Nothing is moved where nothing is known of earlier
runs, and no charge is ever reversed: a registration that is cancelled says nothing of what was charged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from hcfin.billing.account import Account, AccountMerge
from hcfin.books import Books
from hcfin.codes import table
from hcfin.finance.base import Document, Pairs, RuleRef
from hcfin.finance.journal import Subject
from hcfin.finance.known import Place
from hcfin.identity import document_id
from hcfin.issues import Issue
from hcfin.posting.charges import Charges
from hcfin.posting.coverage import coverings
from hcfin.posting.draft import ISSUE, Destination, Draft, Finding
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, LineKey
from hcfin.posting.journal import journal_entry
from hcfin.posting.result import Outcome, Posting
from hcfin.posting.run import Run
from hcfin.posting.settling import booked_on
from hcfin.posting.told import amounts

TRANSFER_HELD = frozenset({"TRANSFER_DATE_MISSING", "TRANSFER_PERIOD_CLOSED", "TRANSFER_DIMENSION_UNMAPPED"})
"""Issues of a balance that is not moved: until it is, nothing has changed."""

_PAYER = "ar.payer"
_FIRST = ("sequence", "1")
_OF_PAYER = ("payer", "payer.class")


class _Moved(NamedTuple):
    """What leaves one place for another."""

    here: Place
    there: Place
    amount: Decimal


class AccountPosting:
    """Posts what is told of an account, or that one ends in another."""

    def __init__(self, fact: Account | AccountMerge, run: Run, charges: Charges) -> None:
        self.fact = fact
        self.run = run
        self.charges = charges
        self.findings: list[Finding] = []

    def post(self) -> Posting:
        """Transfers where there are any, issues, and the end of each amount: balances that the sender tells
        of are information."""
        fact = self.fact
        documents = self._merged(fact) if isinstance(fact, AccountMerge) else self._covered(fact)
        told = Ends(self.run.locator)
        for node, name, amount in amounts(fact):
            told.add(node, name, amount, Outcome.INFORMATIONAL, "never_posted")
        return Posting(
            tuple(documents),
            tuple(self.run.locator.located(*finding) for finding in self.findings),
            told.all() if self.run.dispositions else (),
        )

    def _find(self, issue: Issue) -> None:
        self.findings.append((issue, self.fact, "account"))

    def _tell(self, code: str, moved: Sequence[_Moved]) -> None:
        """An issue for each currency, with what is open."""
        for currency in sorted({one.here.currency for one in moved}):
            own = (one.amount for one in moved if one.here.currency == currency)
            self._find(ISSUE(code, amount=sum(own, Decimal(0))))

    # Merges

    def _merged(self, merge: AccountMerge) -> list[Document]:
        if not ends(merge):
            return []
        prior, survivor = self.charges.account(merge.prior_account), self.charges.account(merge.account)
        if prior == survivor:
            return []
        moved = [
            _Moved(place, place.of_account(prior, survivor), amount)
            for place, amount in self._open(prior)
            if amount
        ]
        documents: list[Document] = []
        if moved and self.run.books.policy.account_merge == "tell":
            self._tell("ACCOUNT_MERGED", moved)
            return []
        if moved:
            subject = Subject(account_token=survivor, prior_token=prior)
            key = ["merge", merge.prior_account.strip(), merge.account.strip(), merge.occurred]
            documents = self._transfers(moved, key, "account_merge", subject)
            if not documents:
                return []  # held: the account goes on until its balance is moved
        self.charges.merge(prior, survivor)
        return documents

    def _open(self, account: str) -> list[tuple[Place, Decimal]]:
        return sorted(self.charges.open(account).items()) if self.run.known is not None else []

    # Coverage

    def _covered(self, fact: Account) -> list[Document]:
        told = coverings(fact)
        if not told or not fact.account.strip():
            return []
        account, books = self.charges.account(fact.account), self.run.books
        before, now = self.charges.first_payer(account, books), books.payer(*told[0])
        moved = self._owed(account, before, now) if before and now and before != now else []
        documents: list[Document] = []
        if moved and (books.policy.coverage_change == "tell" or books.payers[now or ""].catch_all):
            # Whom the books take for everybody else is nobody to whom a balance could be moved.
            self._tell("COVERAGE_CHANGED", moved)
        elif moved:
            documents = self._covered_by_another(fact, moved, Subject(account_token=account))
            if not documents:
                return []  # held: the former payer is the first until its balance is moved
        self.charges.covered[account] = told
        return documents

    def _owed(self, account: str, before: str, now: str) -> list[_Moved]:
        """What the former first payer owes, and where it would go; its dimensions are those of the former."""
        return [
            _Moved(place, place._replace(party=now), amount)
            for place, amount in self._open(account)
            if (place.role, place.party) == (_PAYER, before) and _FIRST in place.tags and amount > 0
        ]

    def _covered_by_another(self, fact: Account, moved: list[_Moved], subject: Subject) -> list[Document]:
        there: list[_Moved] = []
        for one in moved:
            dimensions, missing = _dimensions(self.run.books, one.here, one.there.party)
            if missing:
                self._find(ISSUE("TRANSFER_DIMENSION_UNMAPPED", name=missing, amount=one.amount))
                return []
            there.append(one._replace(there=one.there._replace(dimensions=dimensions)))
        key = ["coverage", fact.account.strip(), moved[0].here.party, moved[0].there.party, fact.occurred]
        return self._transfers(there, key, "coverage_change", subject)

    # What is booked

    def _transfers(
        self, moved: Sequence[_Moved], key: list[str], switch: str, subject: Subject
    ) -> list[Document]:
        """One journal entry for each entity and currency, or none where one of them cannot be booked."""
        books, documents = self.run.books, list[Document]()
        rule = books.rule_ref(switch, "policy", switch)
        for (entity, currency), group in groupby(moved, key=lambda one: one.here[:2]):
            name = document_id(self.run.keys, "journal_entry", ["transfer", entity, currency, *key])
            if self.run.known is not None and self.run.known.remittance(name) is not None:
                continue  # the same event again, perhaps long after: it has moved what there was
            booking, issue = booked_on(books, entity, self.run.context.posting_date, "TRANSFER")
            if issue is not None:
                self._find(issue)
            if booking is None:
                return []
            entry = Entry(self.run.used("").line_keys, entity, "", self.run.locator)
            own = list(group)
            for one in own:
                prior = subject.prior_token or subject.account_token
                self._add(entry, one.here, -one.amount, rule, prior)
                self._add(entry, one.there, one.amount, rule, subject.account_token)
            documents.append(
                journal_entry(
                    entry.lines()[entity],
                    name,
                    booking,
                    currency,
                    source=f"{switch}/{subject.account_token}",
                    subject=subject,
                )
            )
            for one in own:
                # A merge moves the account as a whole, once it is booked.
                if not subject.prior_token:
                    self.charges.move(subject.account_token, one.here, -one.amount)
                    self.charges.move(subject.account_token, one.there, one.amount)
        return documents

    def _add(self, entry: Entry, place: Place, amount: Decimal, rule: RuleRef, account: str) -> None:
        line = entry.line(
            LineKey(
                order=table("roles")[place.role].line,
                role=place.role,
                account=place.account,
                side="debit" if amount > 0 else "credit",
                party=place.party,
                dimensions=place.dimensions,
                tags=tuple(sorted((*place.tags, ("account", account)))),
                rule=(rule.id, rule.layer, rule.line),
                entity=place.entity,
            )
        )
        draft: Draft = (Destination(place.role, rule), amount, self.fact, "account")
        entry.add([draft], [line])


def ends(merge: AccountMerge) -> bool:
    """Whether an account ends in another: merges of patients and of visits move no account."""
    return merge.level == "account" and bool(merge.prior_account.strip() and merge.account.strip())


def _dimensions(books: Books, place: Place, payer: str) -> tuple[Pairs, str]:
    """The dimensions of a place for another payer, and the one that is required and has no value."""
    found = dict(place.dimensions)
    fields = {"payer": payer, "payer.class": books.payers[payer].payer_class}
    for name, dimension in _payers_own(books, place.role):
        value = books.dimensions[name].value(fields)
        found.pop(name, None)
        if value is not None:
            found[name] = value
        elif dimension:
            return (), name
    return tuple(sorted(found.items())), ""


def _payers_own(books: Books, role: str) -> Iterator[tuple[str, bool]]:
    """The dimensions of a role that come from the payer, and whether they are required."""
    for name, dimension in sorted(books.dimensions.items()):
        if dimension.source in _OF_PAYER and dimension.applies_to(role):
            yield name, dimension.required
