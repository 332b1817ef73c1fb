"""Margins of cases as statistics: charge, allowed, paid and the cost of supplies, by the token of the case.

Strategy: money is taken from where it is booked: charges and costs from documents, so that all cases and
what is of none add up to the ledger. What payers allow stands in no document, and is matched from the facts
of claims and payments. Uses tell which accounts are of which case; where an account is of several, they are
one row, because claims are of accounts and nothing is divided by guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hcfin.billing.account import AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.remittance import Remittance
from hcfin.billing.supply import SupplyUse
from hcfin.books import Books
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.master import MasterData
from hcfin.finance.procurement import PurchaseOrder
from hcfin.finance.supplied import supplied
from hcfin.finance.transactions import changes, told
from hcfin.identity import Keys, token
from hcfin.money import zero
from hcfin.posting.account import ends
from hcfin.posting.supply_units import money
from hcfin.reconcile.booked import signed, statement
from hcfin.reconcile.case_result import CaseMargin, CaseMargins
from hcfin.reconcile.match_reductions import Meanings, Payer
from hcfin.reconcile.match_result import UnmatchedPayment
from hcfin.reconcile.matching import match
from hcfin.reconcile.usage_accounts import Accounts
from hcfin.reconcile.usage_facts import Used, charged, item_of, used

GROSS = "revenue.gross"
_CLAIM = "claim"
_FIRST = ("", "1")
_NO_CASE = ""


def case_margins(
    facts: Iterable[Fact],
    documents: Iterable[Document],
    *,
    keys: Keys,
    master: MasterData | None = None,
    books: Books | None = None,
) -> CaseMargins:
    """The figures of each case.

    `facts` are uses, claims, claim payments and merges of accounts; others are passed over. `documents` are
    what was posted of them, with the same `keys`; memos and repeats do not count. `master` tells which items
    were an expense on arrival, and their cost. `books` decide what a payer allows, as for `match`.
    """
    given = tuple(facts)
    sums = _Sums(keys)
    sums.take_facts(given, master or MasterData(), books)
    sums.take_documents(documents)
    return sums.result()


class _Key(NamedTuple):
    """What figures are of: an account or a case, by its token."""

    domain: str
    token: str


class _Use(NamedTuple):
    """A use as its cost is looked for: the case, and the item of the ERP, empty where that is not known."""

    case: _Key
    item: str
    free: bool


class _Sums:
    """Figures of accounts and cases while facts and documents are taken."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.groups = _Groups()
        self.amounts: dict[tuple[_Key, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.answered: set[tuple[_Key, str]] = set()
        self.uses: list[_Use] = []
        self.costed: set[tuple[str, str]] = set()
        self.unknown: set[_Key] = set()
        self.currencies: dict[_Key, str] = {}

    # What facts tell

    def take_facts(self, facts: tuple[Fact, ...], master: MasterData, books: Books | None) -> None:
        """Take the cases of uses, accounts that became one, and what payers allowed and paid."""
        told_uses = [one for one in facts if isinstance(one, SupplyUse)]
        uses = [used(one, master, frozenset()) for one in told_uses]
        accounts = Accounts(uses, [charged(one) for one in facts if isinstance(one, Charge)])
        seen: set[Used] = set()
        for fact, use in zip(told_uses, uses, strict=True):
            if use.id and use in seen:
                continue
            seen.add(use)
            entity = books.entity([use.facility]) if books and use.facility else None
            currency = books.entities[entity].currency if books and entity else use.currency
            self._take_use(fact, use, accounts, master, currency)
        for merge in (one for one in facts if isinstance(one, AccountMerge) and ends(one)):
            prior, survivor = merge.prior_account.strip(), merge.account.strip()
            self.groups.join(self._key("acct", prior), self._key("acct", survivor))
        self._take_payments(facts, books)

    def _take_use(
        self, fact: SupplyUse, use: Used, accounts: Accounts, master: MasterData, currency: str
    ) -> None:
        case = self._key("case", use.case)
        self.groups.add(case)
        self.currencies[case] = currency
        place = accounts.place(use)[0]
        if place and place.kind == "account":
            self.groups.join(case, self._key("acct", place.account))
        item = item_of(fact, master)
        if fact.change == "explanted" or (item and item.capital):
            return
        if item is None or item.method != "expensed":
            free = item is not None and item.cost is not None and not item.cost
            self.uses.append(_Use(case, item.item if item else "", free))
        elif item.cost is None or use.why_not in ("unit_unknown", "unreadable"):
            self.unknown.add(case)
        else:
            cost = money(use.quantity * Fraction(item.cost), currency)
            self._add(case, currency, "arrival_cost", cost)

    def _take_payments(self, facts: tuple[Fact, ...], books: Books | None) -> None:
        matching = match(facts, facts, books=books)
        for one in matching.matches:
            account = self._key("acct", one.claims[-1].account)
            self._paid(account, one.currency, one.allowed, one.paid)
            if any(each.stands for each in one.adjudications):
                self.answered.add((account, one.currency))
        meanings = Meanings(books)
        payers = {one.ref: meanings.payer(one.payer) for one in facts if isinstance(one, Remittance)}
        for left in matching.unmatched_payments:
            if "repeated" not in left.reasons:
                payer = payers.get(left.payment.remittance, Payer("", frozenset()))
                account = self._key("acct", left.payment.account)
                self._paid(account, left.currency, _allowed(left, meanings, payer), left.payment.paid)
                if left.payment.effect == "post":
                    self.answered.add((account, left.currency))

    def _paid(self, account: _Key, currency: str, allowed: Decimal, paid: Decimal) -> None:
        self._add(account, currency, "allowed", allowed)
        self._add(account, currency, "paid", paid)

    def _key(self, domain: str, value: str) -> _Key:
        return _Key(domain, token(self.keys, domain, value) if value else _NO_CASE)

    def _add(self, key: _Key, currency: str, measure: str, amount: Decimal) -> None:
        self.amounts[key, currency][measure] += amount

    # What documents tell

    def take_documents(self, documents: Iterable[Document]) -> None:
        """Take charges, costs and patients' payments as they are booked."""
        seen: set[str] = set()
        given = tuple(documents)
        cases = {one.id: one.case_token for one in given if isinstance(one, PurchaseOrder)}
        for document in given:
            if document.memo or document.id in seen:
                continue
            seen.add(document.id)
            account = _Key("acct", self._account(document))
            case = _case(document, cases)
            of_supply = supplied(document.source) is not None
            for line in document.gl_lines:
                tags = dict(line.tags)
                if line.role == GROSS:
                    self._add(account, line.currency, "charge", -signed(line))
                elif of_supply and statement(line.role) == "expense":
                    own = tags.get("case", case)
                    self._add(_Key("case", own), line.currency, "booked_cost", signed(line))
                    self.costed.add((own, tags.get("item", "")))
            for key, measure, amount in _received(document):
                self._add(key, document.currency, measure, amount)

    @staticmethod
    def _account(document: Document) -> str:
        """The account that a document is about; empty where it is about several, or none."""
        subject = document.subject if isinstance(document, JournalEntry) else None
        if subject is not None:
            return subject.account_token
        kind, _, rest = document.source.partition("/")
        return rest.partition("/")[0] if kind == _CLAIM else ""

    # The result

    def result(self) -> CaseMargins:
        """The figures."""
        self.unknown.update(
            one.case
            for one in self.uses
            if not one.item or not (one.free or (one.case.token, one.item) in self.costed)
        )
        rows: dict[tuple[_Key, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        answered = {(self.groups.of(key), currency) for key, currency in self.answered}
        for (key, currency), measures in self.amounts.items():
            for measure, amount in measures.items():
                rows[self.groups.of(key), currency][measure] += amount
        told = {group for group, _ in rows}
        for case, currency in sorted(self.currencies.items()):
            if self.groups.of(case) not in told:
                rows[self.groups.of(case), currency] = defaultdict(Decimal)
        groups = self.groups.members()
        cases: list[CaseMargin] = []
        elsewhere: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (group, currency), measures in rows.items():
            members = groups.get(group, frozenset({group}))
            names = tuple(sorted(one.token for one in members if one.domain == "case" and one.token))
            if names:
                gaps = tuple(self._gaps(members, names, measures, (group, currency) in answered))
                cases.append(_row(names, currency, measures, (group, currency) in answered, gaps))
            else:
                for measure, amount in measures.items():
                    elsewhere[currency][measure] += amount
        return CaseMargins(
            tuple(sorted(cases, key=lambda one: (one.cases, one.currency))),
            tuple(_row((), currency, elsewhere[currency], True, ()) for currency in sorted(elsewhere)),
        )

    def _gaps(
        self,
        members: frozenset[_Key],
        names: tuple[str, ...],
        measures: Mapping[str, Decimal],
        answered: bool,
    ) -> Iterator[str]:
        if not any(one.domain == "acct" for one in members):
            yield "account_missing"
        if not self.unknown.isdisjoint(members):
            yield "cost_unknown"
        if not answered:
            yield "no_answer"
        if not measures.get("charge"):
            yield "no_charge"
        if len(names) > 1:
            yield "several_cases"


class _Groups:
    """Accounts and cases that belong together."""

    def __init__(self) -> None:
        self._of: dict[_Key, _Key] = {}

    def add(self, key: _Key) -> None:
        """Know a key."""
        self._of.setdefault(key, key)

    def join(self, first: _Key, second: _Key) -> None:
        """Two belong together; what has no token belongs to nothing."""
        self.add(first)
        self.add(second)
        if first.token and second.token:
            self._of[self.of(first)] = self.of(second)

    def of(self, key: _Key) -> _Key:
        """The one that stands for all that belong together."""
        while (found := self._of.get(key, key)) != key:
            key = found
        return key

    def members(self) -> dict[_Key, frozenset[_Key]]:
        """All that belong together, by the one that stands for them."""
        found: dict[_Key, set[_Key]] = defaultdict(set)
        for one in self._of:
            found[self.of(one)].add(one)
        return {group: frozenset(keys) for group, keys in found.items()}


def _case(document: Document, cases: Mapping[str, str]) -> str:
    """The case that a document of supplies is for: its own, else that of the orders that it is of."""
    if own := getattr(document, "case_token", ""):
        return str(own)
    lines = getattr(document, "lines", ())
    orders = {getattr(document, "order_id", ""), *(getattr(line, "order_id", "") for line in lines)}
    found = {cases.get(order, "") for order in orders - {""}}
    return found.pop() if len(found) == 1 else ""


def _allowed(left: UnmatchedPayment, meanings: Meanings, payer: Payer) -> Decimal:
    """What the first payer allows, by its payment alone."""
    payment = left.payment
    if payment.effect != "post" or payment.turn not in _FIRST:
        return zero(left.currency)
    cut = (one.reduction.amount for one in meanings.of(payment, payer) if one.allowed)
    return payment.paid + sum(cut, zero(left.currency))


def _received(document: Document) -> Iterator[tuple[_Key, str, Decimal]]:
    """What was received beside remittances, from patients and others."""
    said = told(document.source)
    if said is None:
        return
    for one in changes(said, document.gl_lines):
        if one.measure == "received":
            yield _Key("acct", one.account), "paid" if one.of else "patient_paid", one.amount


def _row(
    names: tuple[str, ...],
    currency: str,
    measures: Mapping[str, Decimal],
    answered: bool,
    gaps: tuple[str, ...],
) -> CaseMargin:
    nothing = zero(currency)

    def figure(name: str) -> Decimal:
        return measures.get(name, Decimal(0)) + nothing

    return CaseMargin(
        names,
        currency,
        charge=figure("charge"),
        allowed=figure("allowed"),
        paid=figure("paid"),
        patient_paid=figure("patient_paid"),
        booked_cost=figure("booked_cost"),
        arrival_cost=figure("arrival_cost"),
        answered=answered,
        gaps=gaps,
    )
