"""Money and balances of an account beside claims: payments, refunds, disputes, write-offs, transfers …

They come from the transactions of a billing system, or from the rows of a platform or payment gateway. Each
has the source's own identifier, which makes it the same fact whenever it comes again.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, sourced
from hcfin.billing.registration import Coding
from hcfin.money import ZERO, Amount
from hcfin.privacy import PhiStr

Channel = Literal["gateway", "lockbox", "drawer", "bank"]
"""Where money came in or goes out: a card processor, a lockbox, the cash drawer, the bank account."""

Bucket = Literal["patient", "payer", "agency", "patient_plan", "unbilled"]
"""Who owes a balance."""

WriteOffReason = Literal[
    "",
    "small_balance",
    "administrative",
    "bad_debt",
    "medicare_bad_debt",
    "credit_loss",
    "charity",
    "self_pay_discount",
    "prompt_pay",
    "denial_final",
    "contractual",
]
"""Why a balance is given up; empty where only the site's own code is told, and the books must know it."""


IDENTIFYING = ("id", "account", "reverses", "payment", "payer_claim", "reference", "to_account")
"""Fields that say which transaction, account or money is meant."""


class AccountTransaction(Fact):
    """What every transaction on an account has."""

    id: PhiStr = sourced("Source's number of the transaction.", "", hl7v2="FT1-2", rows="id")
    batch: str = sourced("Source's number of the batch.", "", hl7v2="FT1-3", rows="batch")
    number: str = sourced("Number of the row in its message.", "", hl7v2="FT1-1", rows="number")
    type_code: str = sourced("Transaction type as it was sent.", "", hl7v2="FT1-6", rows="type_code")
    facility: str = sourced("Facility or business that it belongs to.", "", hl7v2="MSH-4", rows="facility")
    account: PhiStr = sourced("Account, where it is on one.", "", hl7v2="PID-18", rows="account")
    visit: PhiStr = sourced("Visit number.", "", hl7v2="PV1-19", rows="visit")
    patient_id: PhiStr = sourced("Identifier of the patient.", "", hl7v2="PID-3", rows="patient_id")
    occurred: PhiStr = sourced("When; a moment.", "", hl7v2="FT1-4", rows="occurred")
    posted: str = sourced("When the sender posted it; a moment.", "", hl7v2="FT1-5", rows="posted")
    code: Coding = sourced("The site's own code.", Coding(), hl7v2="FT1-7", rows="code")
    description: PhiStr = sourced("Text.", "", hl7v2="FT1-8", rows="description")
    amount: Amount = sourced("Amount.", ZERO, hl7v2="FT1-11", rows="amount")


class Payment(AccountTransaction):
    """Money received. Positive; a payment that is undone is negative and names it in `reverses`."""

    kind: Literal["payment"] = Field(default="payment", description="Kind of fact.")
    payer: Literal["patient", "payer"] = sourced("Who pays.", "patient", rows="payer")
    payer_id: str = sourced("Which insurance, where one pays.", "", hl7v2="FT1-14", rows="payer_id")
    purpose: Literal["", "co_payment", "deposit"] = sourced("What for.", "", hl7v2="FT1-6", rows="purpose")
    channel: Channel = sourced("Where it came in.", "lockbox", rows="channel")
    method: str = sourced("How: cash, check, card, ach …", "", hl7v2="FT1-7", rows="method")
    reference: PhiStr = sourced("Cheque or transfer number.", "", hl7v2="FT1-30", rows="reference")
    gateway: str = sourced("Which gateway.", "", rows="gateway")
    charges: tuple[PhiStr, ...] = sourced(
        "Charges that it pays, where named.", (), hl7v2="FT1-31", rows="charges"
    )
    reverses: PhiStr = sourced("Payment that is undone.", "", hl7v2="FT1-31", rows="reverses")


class Payout(AccountTransaction):
    """A gateway pays out what it holds, less its fee; negative where it draws. `amount` reaches the bank."""

    kind: Literal["payout"] = Field(default="payout", description="Kind of fact.")
    gateway: str = sourced("Which gateway.", "", rows="gateway")
    fee: Amount = sourced("What the gateway keeps.", ZERO, rows="fee")
    state: Literal["settled", "failed"] = sourced("Settled, or failed after all.", "settled", rows="state")


class Refund(AccountTransaction):
    """Money that goes back, in one of its states. Each state is a fact of its own; all share `id`."""

    kind: Literal["refund"] = Field(default="refund", description="Kind of fact.")
    state: Literal["approved", "cancelled", "issued", "failed", "voided", "escheated"] = sourced(
        "How far it is: approved becomes a liability, issued leaves the bank or gateway.", rows="state"
    )
    payee: Literal["patient", "payer"] = sourced("Who gets it.", "patient", rows="payee")
    payer_id: str = sourced("Which insurance, where one gets it.", "", rows="payer_id")
    channel: Channel = sourced("What it is paid from.", "bank", rows="channel")
    gateway: str = sourced("Which gateway.", "", rows="gateway")
    payment: PhiStr = sourced("Payment that is refunded.", "", rows="payment")
    payer_claim: PhiStr = sourced(
        "Payer's claim number that it asks back, by letter.", "", rows="payer_claim"
    )
    reference: PhiStr = sourced("Cheque or transfer number.", "", rows="reference")


class Dispute(AccountTransaction):
    """A payer of a card payment disputes it. Each state is a fact of its own; all share `id`."""

    kind: Literal["dispute"] = Field(default="dispute", description="Kind of fact.")
    state: Literal["opened", "won", "lost"] = sourced("How far it is.", rows="state")
    gateway: str = sourced("Which gateway.", "", rows="gateway")
    fee: Amount = sourced("Fee of the gateway.", ZERO, rows="fee")
    payment: PhiStr = sourced("Payment that is disputed.", "", rows="payment")


class WriteOff(AccountTransaction):
    """A balance that is given up. Positive reduces what is owed; negative puts it back."""

    kind: Literal["write_off"] = Field(default="write_off", description="Kind of fact.")
    reason: WriteOffReason = sourced("Why.", "", rows="reason")
    bucket: Bucket = sourced("Who owed it.", "patient", rows="bucket")
    payer_id: str = sourced(
        "Which insurance owed it, or left it to the patient.", "", hl7v2="FT1-14", rows="payer_id"
    )
    sequence: str = sourced("Turn of that insurance, from 1.", "", rows="sequence")
    approver: PhiStr = sourced("Who approved it.", "", rows="approver")
    reverses: PhiStr = sourced("Write-off that is undone.", "", hl7v2="FT1-31", rows="reverses")


class Transfer(AccountTransaction):
    """A balance moves from one who owes it to another. Positive."""

    kind: Literal["transfer"] = Field(default="transfer", description="Kind of fact.")
    from_bucket: Bucket = sourced("Who owed it.", rows="from_bucket")
    from_payer: str = sourced("Which insurance, where one owed it.", "", rows="from_payer")
    from_sequence: str = sourced("Its turn, from 1.", "", rows="from_sequence")
    to_bucket: Bucket = sourced("Who owes it now.", rows="to_bucket")
    to_payer: str = sourced("Which insurance, where one owes it now.", "", rows="to_payer")
    to_sequence: str = sourced("Its turn, from 1.", "", rows="to_sequence")
    to_account: PhiStr = sourced("Account that it moves to, where another.", "", rows="to_account")


def kind_of(fact: AccountTransaction) -> str:
    """The kind of a fact on an account.

    >>> kind_of(Payment(amount="1.00"))
    'payment'
    """
    return str(type(fact).model_fields["kind"].default)
