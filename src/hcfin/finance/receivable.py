"""Receivable documents: what is billed and credited, and money received with what it pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hcfin.finance.base import Document, Pairs, Party
from hcfin.model import Model, trusted
from hcfin.money import Amount, Quantity


class Application(Model):
    """The part of a receipt that pays one account."""

    account_token: str = Field(description="Token of the patient account (domain `acct`).")
    amount: Amount = Field(description="Amount applied.")

    @classmethod
    def of(cls, account_token: str, amount: Decimal) -> Application:
        """An application of an amount that some fact holds; not validated again, as there are thousands."""
        return trusted(cls, {"account_token": account_token, "amount": amount})


class Receipt(Document):
    """A payment received from a payer, applied to accounts. Takebacks are journal lines, never in here."""

    kind: Literal["receipt"] = Field(default="receipt", description="Kind of document.")
    payer: Party = Field(description="Who pays.")
    amount: Amount = Field(description="Sum of the applications.")
    payment: Amount = Field(description="Payment that the remittance announces.")
    method: str = Field(description="ACH, CHK, FWT, BOP or NON.")
    trace: str = Field(description="Cheque or EFT trace number.")
    clearing_account: str = Field(description="Account of `cash.remit_clearing`.")
    receivable_account: str = Field(description="Account of the receivable that is paid.")
    applications: tuple[Application, ...] = Field(default=(), description="What it pays.")
    invoices: Pairs | None = Field(
        default=None, description="Account token to the id of its invoice, where one and no other is known."
    )

    @model_validator(mode="after")
    def _balanced(self) -> Receipt:
        self.check_lines()
        return self


class BilledLine(Model):
    """One service of an invoice or credit memo, at its charge."""

    n: int = Field(ge=1, description="Number of the line in its document.")
    revenue_code: str = Field(default="", description="Revenue code.")
    procedure: str = Field(default="", description="Procedure code.")
    modifiers: tuple[str, ...] = Field(default=(), description="Modifiers of the procedure.")
    quantity: Quantity | None = Field(default=None, description="How many, where that is told.")
    amount: Amount = Field(description="Charge.")
    account: str = Field(description="Account that is credited: gross revenue, or unbilled receivables.")
    dimensions: Pairs = Field(default=(), description="Dimension values of that account's line.")


class _Billed(Document):
    """What an invoice and a credit memo share."""

    customer: Party = Field(description="Who owes it: a payer, or the patient by the token of the account.")
    account_token: str = Field(description="Token of the patient account (domain `acct`).")
    sequence: str = Field(default="", description="Turn of the payer: 1 the first; empty for the patient.")
    amount: Amount = Field(description="Sum of the lines.")
    receivable_account: str = Field(description="Account of the receivable.")
    lines: tuple[BilledLine, ...] = Field(default=(), description="Services, in the order of the claim.")
    digest: str = Field(description="Digest of what is billed, without dates: tells a repeat from another.")

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        self.check_lines()
        if sum((line.amount for line in self.lines), Decimal(0)) != self.amount:
            raise PydanticCustomError("lines", "The lines are not the amount")
        return self


class Invoice(_Billed):
    """A claim as it is billed. Books the receivable itself in `open_item`; else a memo beside the journal."""

    kind: Literal["invoice"] = Field(default="invoice", description="Kind of document.")


class CreditMemo(_Billed):
    """The end of an invoice: its claim is replaced or void. `reverses` is that invoice."""

    kind: Literal["credit_memo"] = Field(default="credit_memo", description="Kind of document.")
