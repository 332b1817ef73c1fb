"""What a run knows of charges: those that were known before it, and those that it has booked so far.

Strategy: a charge that was booked is kept as the keys of its lines, so that a credit takes back what was
booked and asks no rule again. Accounts, senders' numbers and services go by tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hcfin.billing.charge import Charge
from hcfin.books import Books
from hcfin.finance.known import RECEIVABLES, Covering, Known, Place, bucket_tags
from hcfin.identity import Keys, content_hash, token
from hcfin.money import format_amount
from hcfin.posting.entry import LineKey, key_of

UNBILLED = "ar.unbilled"
_SEPARATOR = "\x1f"


@dataclass(slots=True)
class Made:
    """A charge or credit that was booked. `left` is what no credit has taken back of a charge."""

    journal: str
    id: str
    service: str
    digest: str
    currency: str
    amount: Decimal
    left: Decimal
    keys: tuple[LineKey, ...]


class Charges:
    """The charges of a run. Not to be shared between threads."""

    def __init__(self, known: Known | None, keys: Keys) -> None:
        self.known = known
        self.keys = keys
        self.digests: dict[str, str] = {}
        self.covered: dict[str, tuple[Covering, ...]] = {}
        """The payers of coverages that the run was told of, by account."""
        self._made: dict[str, list[Made]] = {}
        self._twins: Counter[tuple[str, ...]] = Counter()
        self._unbilled: dict[str, Decimal] = {}
        self._open: dict[str, dict[Place, Decimal]] = {}
        self._survivors: dict[str, str] = {}

    def key(self, charge: Charge) -> tuple[str | int, ...]:
        """The business key: the sender's number, else what was charged when, with a number for each twin; so
        it is asked once for each charge."""
        own = ("charge", charge.facility.strip(), charge.account.strip())
        number = charge.transaction_id.strip()
        kind = () if charge.change == "charge" else ("credit",)
        if number:
            return (*own, number, *kind)
        quantity = "" if charge.quantity is None else f"{charge.quantity.normalize():f}"
        amount = "" if charge.amount is None else format_amount(charge.amount, charge.currency)
        alike = (*own, code_of(charge), charge.day(), quantity, amount, *kind)
        self._twins[alike] += 1
        return (*alike, self._twins[alike])

    def id_token(self, charge: Charge, number: str) -> str:
        """The token of a sender's number; empty where there is none."""
        number = number.strip()
        return token(self.keys, "charge", _joined(charge.facility, number)) if number else ""

    def service_token(self, charge: Charge) -> str:
        """The token of what was charged on which day."""
        return token(self.keys, "service", _joined(code_of(charge), charge.day()))

    def account(self, number: str) -> str:
        """The token of an account, or of the one that it was merged into."""
        own = token(self.keys, "acct", number)
        own = self.known.survivor(own) if self.known else own
        while own in self._survivors:
            own = self._survivors[own]
        return own

    def merge(self, prior: str, survivor: str) -> None:
        """One account ends in another: what the run knows of it is the other's."""
        self._survivors[prior] = survivor
        self.of(survivor).extend(self.of(prior))
        self._unbilled[survivor] = self._unbilled.get(survivor, Decimal(0)) + (self.unbilled(prior) or 0)
        for place, amount in self.open(prior).items():
            self.move(survivor, place.of_account(prior, survivor), amount)
        if prior in self.covered:
            self.covered.setdefault(survivor, self.covered[prior])

    def of(self, account: str) -> list[Made]:
        """The charges and credits of an account, in the order in which they came."""
        found = self._made.get(account)
        if found is None:
            earlier = self.known.charges(account) if self.known else ()
            found = self._made[account] = [
                Made(
                    one.journal,
                    one.id,
                    one.service,
                    one.digest,
                    one.lines[0].currency,
                    one.amount,
                    one.left,
                    tuple(key_of(line, one.entity) for line in one.lines),
                )
                for one in earlier
            ]
        return found

    def earlier(self, document: str, account: str, number: str, amount: Decimal) -> str | None:
        """The digest of what was booked before under the same key, or under the same number where the account
        was merged."""
        digest = self.digests.get(document) or (self.known.booked(document) if self.known else None)
        if digest is not None or not number:
            return digest
        same = (one for one in self.of(account) if one.id == number and (one.amount > 0) == (amount > 0))
        return next((one.digest for one in same), None)

    def original(self, credit: Charge, account: str, entity: str) -> Made | None:
        """The charge that a credit takes back: the one that it names, else the one of its own number, else
        that of the same service which it fits best."""
        charges = [
            one
            for one in self.of(account)
            if one.amount > 0 and one.currency == credit.currency and one.keys[0].entity == entity
        ]
        named = self.id_token(credit, credit.reverses) or self.id_token(credit, credit.transaction_id)
        found = next((one for one in charges if named and one.id == named), None)
        if found is not None or credit.reverses.strip() or not code_of(credit):
            return found
        service, amount = self.service_token(credit), -(credit.amount or Decimal(0))
        alike = [one for one in charges if one.service == service]
        fitting = (one for one in alike if one.left >= amount)
        most = max(alike, key=lambda one: one.left, default=None)
        return min(fitting, key=lambda one: one.left != amount, default=most)

    def first_payer(self, account: str, books: Books) -> str | None:
        """The payer of an account's first coverage as the books name it; None where none is known."""
        covering = self.covered.get(account) or (self.known.coverages(account) if self.known else ())
        return books.payer(*covering[0]) if covering else None

    def book(self, document: str, account: str, made: Made, lines: Iterable[tuple[LineKey, Decimal]]) -> None:
        """Remember what was booked, with its lines."""
        self.digests[document] = made.digest
        self.of(account).append(made)
        for key, part in lines:
            if key.role in RECEIVABLES:
                tags = bucket_tags(key.tags)
                own = (key.entity, made.currency, key.role, key.account, key.party, key.dimensions, tags)
                self.move(account, Place(*own), part)
            if key.role == UNBILLED:
                self._unbilled[account] = self._unbilled.get(account, Decimal(0)) + part

    def open(self, account: str) -> dict[Place, Decimal]:
        """What is open on an account by place, with what the run has moved."""
        if account not in self._open:
            self._open[account] = dict(self.known.balances(account)) if self.known else {}
        return self._open[account]

    def move(self, account: str, place: Place, amount: Decimal) -> None:
        """Something more is open on an account in one place."""
        here = self.open(account)
        here[place] = here.get(place, Decimal(0)) + amount

    def unbilled(self, account: str) -> Decimal | None:
        """What is charged to an account and not billed; None where nothing is known of earlier runs."""
        if self.known is None:
            return None
        return self.known.unbilled_balance(account) + self._unbilled.get(account, Decimal(0))

    def bucket(self, account: str, entity: str, currency: str, amount: Decimal) -> Place | None:
        """Who owes so much of an account now: the first payer, else the patient."""
        for role, tag in (("ar.payer", ("sequence", "1")), ("ar.patient", None)):
            for place, left in self.open(account).items():
                here = (place.role, place.entity, place.currency) == (role, entity, currency)
                if here and (tag is None or tag in place.tags) and left >= amount:
                    return place
        return None

    def digest(self, charge: Charge, amount: Decimal) -> str:
        """Digest of what is charged, without dates, and without what a visit may change under it."""
        procedure, department = charge.procedure, charge.department
        told: Sequence[object] = [
            charge.change,
            charge.currency,
            format_amount(amount, charge.currency),
            "" if charge.quantity is None else f"{charge.quantity.normalize():f}",
            charge.code.code,
            [procedure.code, *procedure.modifiers] if procedure else [],
            charge.revenue_code,
            department.code if department else "",
        ]
        return content_hash(told)[:16]


def code_of(charge: Charge) -> str:
    """What was charged: the site's own code, else the procedure."""
    return charge.code.code or (charge.procedure.code if charge.procedure else "")


def _joined(*parts: str) -> str:
    return _SEPARATOR.join(part.strip() for part in parts)
