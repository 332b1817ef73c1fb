"""One payment, refund, dispute, write-off or transfer while it is worked out: what its rules may ask of it
and of the books, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hcfin.billing.payment import AccountTransaction
from hcfin.books import Books
from hcfin.codes import table
from hcfin.finance.base import Pairs, RuleRef
from hcfin.identity import Keys
from hcfin.posting.draft import ISSUE, Destination, Draft, Finding
from hcfin.posting.transaction_balances import Balances
from hcfin.privacy import shown

_RECEIVABLE_OR_OWED = ("ar.", "liability.")
Told = tuple[str, Decimal, str | RuleRef]
"""An amount that is told and not booked: its field, how much, and the rule that says so."""


class Case:
    """What may be asked and is decided. `held` is why nothing is booked; `payer` is empty where none is
    named, `account` where there is none."""

    def __init__(
        self,
        fact: AccountTransaction,
        books: Books,
        payer: str,
        account: str,
        balances: Balances,
        fields: Mapping[str, str],
        keys: Keys,
    ) -> None:
        self.fact = fact
        self.books = books
        self.payer = payer
        self.account = account
        self.balances = balances
        self.fields = fields
        self.keys = keys
        self.drafts: list[Draft] = []
        self.told: list[Told] = []
        self.held: Finding | None = None

    @property
    def medicare(self) -> bool:
        """Whether the insurance that is named is Medicare."""
        return bool(self.payer) and self.books.payers[self.payer].payer_class == "medicare"

    # Deciding

    def move(self, name: str, amount: Decimal, debit: Destination, credit: Destination) -> None:
        """Book an amount of the field; a negative one the other way round, and nothing for zero."""
        if amount:
            self.drafts += [(debit, amount, self.fact, name), (credit, -amount, self.fact, name)]

    def hold(self, issue: str, name: str = "amount", /, **values: Any) -> None:
        """Book nothing, because of an issue at a field."""
        self.held = self.held or (ISSUE(issue, **values), self.fact, name)

    # Where money goes

    def payer_of(self, identifier: str, *, required: bool) -> str | None:
        """The payer of an identifier, empty where none is named nor required; None where the books do not
        know it."""
        if not identifier and not required:
            return ""
        return self.books.payer([identifier], identifier)

    def step(self, name: str, **tags: str) -> Destination:
        """The role of a step of the books."""
        return self._to(*self.books.posting(name), tags=tuple(sorted(tags.items())))

    def channel(self, name: str, gateway: str = "") -> Destination:
        """Where money comes in, or goes out. A gateway is told where the books name it."""
        tags: Pairs = ()
        if name == "gateway" and gateway:
            own = gateway in self.books.transactions.gateways
            tags = (("gateway", gateway if own else shown(gateway)),)
        return self._to(*self.books.channel(name), tags=tags)

    def bucket(
        self,
        name: str,
        *,
        payer: str | None = None,
        sequence: str = "",
        account: str | None = None,
        status: str = "",
    ) -> Destination:
        """The receivable of who owes a balance: of the fact's payer and account, if of no others."""
        told = {"sequence": shown(sequence) if name == "payer" else "", "ar_status": status}
        tags = tuple((tag, value) for tag, value in sorted(told.items()) if value)
        return self._to(*self.books.bucket(name), tags=tags, payer=payer, account=account)

    def write_off(self, reason: str, *, medicare: bool) -> Destination:
        """What giving up a balance costs; `medicare`: one that Medicare left to the patient."""
        return self._to(*self.books.write_off(reason, medicare=medicare))

    def _to(
        self,
        role: str,
        rule: RuleRef,
        *,
        tags: Pairs = (),
        payer: str | None = None,
        account: str | None = None,
    ) -> Destination:
        used = self.payer if payer is None else payer
        token = self.account if account is None else account
        own = self.books.payers[used].payer_class if used else self.books.transactions.payer_class
        fields = {**self.fields, "payer": used, "payer.class": own}
        of_patient = table("roles")[role]["party"] == "patient"
        if token and not of_patient and role.startswith(_RECEIVABLE_OR_OWED):
            # The party of the line is not the patient, so the account would be lost.
            tags = tuple(sorted((*tags, ("account", token))))
        return Destination(role, rule, tags, fields, party=used, patient=token or None)
