"""The documents of a remittance: its journal entry, and the memo receipt with the accounts that it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from hcfin.billing.base import day_text
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.books import CLEARING, Books
from hcfin.books.periods import BookingDate
from hcfin.codes import table
from hcfin.finance.base import Document, hash_of
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import Known
from hcfin.finance.receivable import Application, Receipt
from hcfin.identity import Keys, document_id, token
from hcfin.money import format_amount, zero
from hcfin.posting.entry import Line

_DocumentT = TypeVar("_DocumentT", bound=Document)


def _named(document: _DocumentT, lines: Sequence[Line]) -> _DocumentT:
    """Tell the lines which document they became part of."""
    for line in lines:
        line.document = document.id
    return document


class Applications:
    """The accounts that a remittance pays. Beyond `limit` claims they are counted and summed only: no receipt
    would list them, and nobody's memory would hold them."""

    def __init__(self, limit: int, currency: str, keys: Keys) -> None:
        self.limit = limit
        self.currency = currency
        self.keys = keys
        self.count = 0
        self.total = zero(currency)
        self._amounts: dict[str, list[str]] = {}

    @property
    def too_many(self) -> bool:
        """Whether there are more than a receipt may list."""
        return self.count > self.limit

    def add(self, claim: ClaimPayment) -> None:
        """Take a claim that is paid."""
        self.count += 1
        self.total += claim.paid
        if not self.too_many:
            account = token(self.keys, "acct", claim.account)
            amount = format_amount(claim.paid, self.currency)
            self._amounts.setdefault(account, []).append(amount)

    def listed(self) -> tuple[dict[str, str], ...]:
        """Token and amount of each, in an order that does not depend on that of the claims."""
        return tuple(
            {"account_token": account, "amount": amount}
            for account, amounts in sorted(self._amounts.items())
            for amount in sorted(amounts)
        )


def payer_identifiers(header: Remittance) -> list[str]:
    """What the payer of a remittance may be known by, beside its name."""
    return [value for value in (header.payer_identifier, *header.payer.identifiers()) if value]


def not_posted(handling: str) -> str:
    """The issue of a remittance that is no source for posting: a test of accounts, an order to a bank."""
    row = table("bpr").get(f"BPR01-{handling}")
    return row["issue"] if row and row["effect"] == "not_posted" else ""


def source_of(remittance: Remittance) -> str:
    """The business key that documents name as their source; twins in one file have the same."""
    return remittance.ref.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Heading:
    """What all documents of a remittance share. `paid` is the sum of its claim payments, `stated` the claim
    of a statement of benefits, which goes by that and by no payment: one payment may have many of them."""

    remittance: Remittance
    entity: str
    booking: BookingDate
    keys: Keys
    paid: Decimal
    stated: ClaimPayment | None = None

    def journal_entry(self, lines: Sequence[Line], depends_on: tuple[str, ...] = ()) -> JournalEntry:
        """The journal entry that holds these lines; that of an affiliate depends on the payee's."""
        currency = self.remittance.currency
        gl_lines = tuple(line.to_dict(currency) for line in lines)
        data = self._document("journal_entry", gl_lines=gl_lines, **_depending(depends_on))
        return _named(JournalEntry.build(data), lines)

    def receipt(
        self,
        lines: Sequence[Line],
        applications: Applications,
        books: Books,
        payer: str,
        known: Known | None = None,
    ) -> Receipt:
        """The receipt beside a journal entry: a memo where it has no lines of its own. It names the invoices
        that it pays where they are known."""
        remittance, currency = self.remittance, self.remittance.currency
        role, _ = books.posting("claim_settled")
        data = self._document(
            "receipt",
            gl_lines=tuple(line.to_dict(currency) for line in lines),
            payer={"kind": "payer", "token": payer},
            amount=format_amount(applications.total, currency),
            payment=format_amount(remittance.payment, currency),
            method=remittance.method,
            trace=remittance.trace,
            clearing_account=books.account(CLEARING, self.entity),
            receivable_account=books.account(role, self.entity),
            applications=applications.listed(),
            # What is at its default is no part of the hash, so that a document alone can be proven.
            **({} if lines else {"memo": True, **_depending((self._id("journal_entry"),))}),
            **self._invoices(applications, payer, known),
        )
        # The hash is over their texts.
        data["applications"] = tuple(
            Application.of(one["account_token"], Decimal(one["amount"])) for one in data["applications"]
        )
        return _named(Receipt.build(data), lines)

    def _invoices(self, applications: Applications, payer: str, known: Known | None) -> dict[str, Any]:
        if known is None:
            return {}
        found = {}
        for account in {one["account_token"] for one in applications.listed()}:
            bills = [
                one.invoice
                for one in known.bills(account)
                if (one.entity, one.customer.token) == (self.entity, payer)
            ]
            if len(bills) == 1:
                found[account] = bills[0]
        return {"invoices": found} if found else {}

    def _document(self, kind: str, **rest: Any) -> dict[str, Any]:
        remittance, booking = self.remittance, self.booking
        data: dict[str, Any] = {
            "kind": kind,
            "entity": self.entity,
            "currency": remittance.currency,
            "gl_date": booking.gl_date.isoformat(),
            "period": booking.period,
            "original_period": booking.original_period,
            "settlement_date": day_text(remittance.payment_date) or None,
            "source": source_of(remittance),
            **rest,
        }
        return {**data, "content_hash": hash_of(data), "id": self._id(kind)}

    def _id(self, kind: str) -> str:
        remittance, currency = self.remittance, self.remittance.currency
        payer = remittance.payer_identifier or remittance.payer.id or remittance.payer.name
        if self.stated is not None:
            claim = self.stated
            stated = ["benefit_statement", claim.payer_claim_number, claim.account, claim.status]
            return document_id(self.keys, kind, [self.entity, payer, *stated])
        key = [
            self.entity,
            payer,
            remittance.trace,
            format_amount(remittance.payment, currency),
            day_text(remittance.payment_date),
            remittance.payee.id or remittance.payee.name,
        ]
        if not remittance.payment:
            # Traces of remittances without money repeat; their totals tell them apart.
            key += [
                format_amount(self.paid, currency),
                format_amount(remittance.provider_adjustment_total(), currency),
            ]
        return document_id(self.keys, kind, key)


def _depending(documents: tuple[str, ...]) -> dict[str, Any]:
    return {"depends_on": documents} if documents else {}
