"""The documents of a claim: its invoice, the credit memo of what it takes back, the journals beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from hcfin.billing.base import day_text
from hcfin.billing.claim import Claim
from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.finance.base import Document, hashed_content
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known import Bill
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.identity import Keys, content_hash, document_id
from hcfin.money import format_amount
from hcfin.posting.draft import Draft
from hcfin.posting.entry import Entry, Line
from hcfin.privacy import shown

_DocumentT = TypeVar("_DocumentT", bound=Document)
_ONE_FOR_ALL = frozenset({"7", "8"})


class Booked(NamedTuple):
    """Drafts that are booked in one document, with their lines."""

    entry: Entry
    drafts: list[Draft]
    lines: list[Line]


@dataclass(frozen=True)
class BillHeading:
    """What all documents of a claim share. `sequence` is empty where the patient is billed."""

    claim: Claim
    keys: Keys
    entity: str
    payer: str
    booking: BookingDate
    account: str
    sequence: str
    void: bool
    open_item: bool

    @cached_property
    def id(self) -> str:
        """The id of its invoice; of its credit memo, where it voids."""
        return self._id("credit_memo" if self.void else "invoice")

    @cached_property
    def digest(self) -> str:
        """Digest of what it bills to whom, without dates."""
        return content_hash([self.entity, self._customer(), self._amount(), self._services("")])[:16]

    def billed(self, parts: Sequence[Booked], books: Books) -> tuple[Document, ...]:
        """The invoice, and the journal beside it."""
        bill, expected = parts
        step = "billed_to_payer" if self.sequence else "billed_to_patient"
        role, _ = books.posting(step)
        from_role = "unbilled" if books.policy.charge_source == "charge_feed" else "charged_by_claim"
        source, _ = books.posting(from_role)
        account = books.account(source, self.entity) or ""
        data = self._data(
            "invoice",
            customer=self._customer(),
            account_token=self.account,
            sequence=self.sequence,
            amount=self._amount(),
            receivable_account=books.account(role, self.entity),
            lines=self._services(account, self._dimensions(bill)),
            digest=self.digest,
        )
        return self._made(Invoice, data, bill, expected, "bill")

    def credited(self, original: Bill, parts: Sequence[Booked]) -> tuple[Document, ...]:
        """The credit memo of a bill, and the journal beside it."""
        booked, expected = parts
        reversed_ = original.journal or original.invoice
        data = self._data(
            "credit_memo",
            customer=original.customer.model_dump(),
            account_token=self.account,
            sequence=original.sequence,
            amount=format_amount(original.amount, self.claim.currency),
            receivable_account=original.receivable_account,
            lines=[line.model_dump(mode="json") for line in original.services],
            digest=self.digest,
            reverses=original.invoice,
        )
        if self.open_item:
            data["depends_on"] = (original.invoice,)
        return self._made(CreditMemo, data, booked, expected, "credit", reversed_)

    def _made(
        self,
        kind: type[Document],
        data: dict[str, Any],
        booked: Booked,
        expected: Booked,
        part: str,
        reverses: str | None = None,
    ) -> tuple[Document, ...]:
        """The document with its journal: before it where it is a memo, after it where it books by itself."""
        if not self.open_item:
            journal = self._journal(booked, part, reverses)
            return journal, _hashed(kind, {**data, "memo": True, "depends_on": (journal.id,)})
        lines = _numbered(booked)
        currency = self.claim.currency
        document = _hashed(kind, {**data, "gl_lines": tuple(line.to_dict(currency) for line in lines)})
        _name(document, lines)
        if not expected.drafts:
            return (document,)
        return document, self._journal(expected, part, reverses, (document.id,))

    def _journal(
        self, booked: Booked, part: str, reverses: str | None, after: tuple[str, ...] = ()
    ) -> JournalEntry:
        lines = _numbered(booked)
        data = self._data("journal_entry", gl_lines=tuple(one.to_dict(self.claim.currency) for one in lines))
        data |= {"id": self._id("journal_entry", part), "depends_on": after}
        if reverses is not None:
            data["reverses"] = reverses
        return _name(_hashed(JournalEntry, data), lines)

    def _data(self, kind: str, **rest: Any) -> dict[str, Any]:
        return {
            "kind": kind,
            "id": self._id(kind),
            "entity": self.entity,
            "currency": self.claim.currency,
            "gl_date": self.booking.gl_date.isoformat(),
            "period": self.booking.period,
            "original_period": self.booking.original_period,
            "source": "/".join(("claim", self.account, self.sequence, self.claim.frequency)),
            "content_hash": "",
            **rest,
        }

    def _id(self, kind: str, part: str = "") -> str:
        claim = self.claim
        # Claims that stand for the whole account are told apart by what they replace; others by their days.
        days = () if claim.frequency in _ONE_FOR_ALL else sorted(claim.service_days())
        key = [
            self.entity,
            claim.account.strip(),
            self.sequence,
            claim.frequency,
            claim.reference("F8"),
            day_text(days[0]) if days else "",
        ]
        return document_id(self.keys, kind, [*key, part] if part else key)

    def _amount(self) -> str:
        return format_amount(self.claim.charged, self.claim.currency)

    def _customer(self) -> dict[str, str]:
        if not self.sequence:
            return {"kind": "patient", "token": self.account}
        return {"kind": "payer", "token": self.payer}

    def _services(self, account: str, dimensions: dict[int, Any] | None = None) -> list[dict[str, Any]]:
        """The lines of the document. What does not look like a code is masked."""
        services = []
        for number, line in enumerate(self.claim.lines, start=1):
            procedure = line.procedure
            services.append(
                {
                    "n": number,
                    "revenue_code": shown(line.revenue_code),
                    "procedure": shown(procedure.code) if procedure else "",
                    "modifiers": [shown(one) for one in procedure.modifiers] if procedure else [],
                    "quantity": None if line.units is None else f"{line.units:f}",
                    "amount": format_amount(line.charged, self.claim.currency),
                    "account": account,
                    "dimensions": (dimensions or {}).get(id(line), ()),
                }
            )
        return services

    def _dimensions(self, bill: Booked) -> dict[int, Any]:
        """The dimensions of each service: those of the line that takes its charge from where it was."""
        return {
            id(node): line.key.dimensions
            for (_, amount, node, _), line in zip(bill.drafts, bill.lines, strict=True)
            if amount < 0
        }


def _numbered(booked: Booked) -> list[Line]:
    return [line for lines in booked.entry.lines().values() for line in lines]


def _name(document: _DocumentT, lines: Sequence[Line]) -> _DocumentT:
    for line in lines:
        line.document = document.id
    return document


def _hashed(kind: type[_DocumentT], data: dict[str, Any]) -> _DocumentT:
    """The document with the hash of what it says."""
    made = kind.build(data)
    return made.model_copy(update={"content_hash": content_hash(hashed_content(made))})
