"""What the books say of payments, write-offs and transfers: channels, buckets, reasons and their roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from hcfin.billing.payment import Bucket, Channel, WriteOffReason
from hcfin.model import Model
from hcfin.money import Amount

CHANNELS: tuple[str, ...] = get_args(Channel)
BUCKETS: tuple[str, ...] = get_args(Bucket)
REASONS: tuple[str, ...] = tuple(reason for reason in get_args(WriteOffReason) if reason)
STEPS: dict[str, str] = {
    "payment_unapplied": "",
    "payer_payment_unapplied": "payer_payments=feed",
    "refund_payable_patient": "",
    "refund_payable_payer": "",
    "refund_of_takeback": "",
    "refund_issued": "",
    "refund_escheated": "",
    "merchant_fee": "",
    "chargeback_fee": "",
    "disputed": "",
    "dispute_written_off": "dispute_lost=write_off",
}
"""Steps of transactions, with the switch that lets one be taken."""


class TransactionPolicy(Model):
    """What an accountant may want different of payments, refunds, write-offs and transfers."""

    source: Literal["none", "feed", "elsewhere"] = Field(
        default="none", description="What books them: nothing yet, their feed, or other software."
    )
    payer_payments: Literal["remittance", "feed"] = Field(
        default="remittance", description="What books payments of insurances: remittances, or the feed."
    )
    balance_unknown: Literal["receivable", "unapplied"] = Field(
        default="receivable",
        description="What a patient's payment on an account reduces where no balance is known.",
    )
    dispute_lost: Literal["reinstate", "write_off"] = Field(
        default="reinstate", description="Whether the patient owes again what a lost dispute took."
    )
    payer_class: str = Field(
        default="self_pay", description="Class of payers on lines of transactions that name no insurance."
    )
    gateways: tuple[str, ...] = Field(
        default=(), description="Names of gateways that may stand on lines; others are masked."
    )

    def takes(self, step: str) -> bool:
        """Whether a step of transactions may be taken."""
        name, _, value = STEPS[step].partition("=")
        return self.source == "feed" and (not name or getattr(self, name) == value)


class WriteOffRule(Model):
    """What giving up a balance costs, and who must have agreed."""

    role: str = Field(description="Role that is debited.")
    role_medicare: str | None = Field(
        default=None, description="Instead of it, where Medicare left the balance to the patient."
    )
    allowance: str | None = Field(
        default=None, description="Instead of it, where allowances are perpetual and [allowances] has none."
    )
    approval: bool = Field(default=False, description="Whether the row must name who approved it.")
    cap: Amount | None = Field(default=None, description="The most that may be given up this way.")

    def roles(self) -> Iterator[tuple[str, str]]:
        """Its roles, each with the name of its setting."""
        for name in ("role", "role_medicare", "allowance"):
            role = getattr(self, name)
            if role:
                yield name, role
