"""Receivable documents: money received from a payer and what it pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from hcfin.finance.base import Document, Party
from hcfin.model import Model, trusted
from hcfin.money import Amount


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

    @model_validator(mode="after")
    def _balanced(self) -> Receipt:
        self.check_lines()
        return self
