"""What the journal of a payment, refund, dispute, write-off or transfer changes of the balances of accounts.

Its source says what it is: `transaction/<kind>/<account token>/<digest>`, where the kind of one that has
states is `refund.approved`. So whoever has the documents knows the balances, and needs no facts for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from hcfin.finance.base import GlLine

PATIENT, PAYER, UNAPPLIED = "ar.patient", "ar.payer", "liability.unapplied_patient"
_PREFIX = "transaction"
_PAYABLE = "liability.refund_payable_"
_PAYABLE_STATES = ("refund.approved", "refund.cancelled")
_DISPUTED = "ar.patient_disputed"
_DISPUTE_STATES = ("dispute.opened", "dispute.won")

Measure = Literal["patient", "payer", "unapplied", "received"]


class Told(NamedTuple):
    """What the source of a transaction's journal says."""

    kind: str
    account: str
    digest: str


class Change(NamedTuple):
    """How much a measure of an account changes. `of` is the turn of the payer for `payer`, and the payer's
    name for `received`, empty for the patient.

    `patient` and `payer` are what they owe; `unapplied` is what the patient has paid beyond; `received` is
    the cash received from the patient or payer, less what of it was given back or is to be.
    """

    measure: Measure
    account: str
    of: str
    amount: Decimal


def transaction_source(said: Told) -> str:
    """The source of a transaction's journal.

    >>> transaction_source(Told("payment", "demo1", "d2"))
    'transaction/payment/demo1/d2'
    """
    return "/".join((_PREFIX, *said))


def told(source: str) -> Told | None:
    """What the source of a journal says; None where it is not that of a transaction.

    >>> told("transaction/payment/demo1/d2"), told("claim/demo1/1/1")
    (Told(kind='payment', account='demo1', digest='d2'), None)
    """
    prefix, _, rest = source.partition("/")
    parts = rest.split("/")
    return Told(*parts) if prefix == _PREFIX and len(parts) == len(Told._fields) else None


def changes(said: Told, lines: Sequence[GlLine]) -> Iterator[Change]:
    """What the lines of a transaction's journal change."""
    for line in lines:
        amount = line.amount if line.side == "debit" else -line.amount
        account = account_of(line, said.account)
        if line.role == PATIENT:
            yield Change("patient", account, "", amount)
        elif line.role == PAYER:
            yield Change("payer", account, dict(line.tags).get("sequence", "1"), amount)
        elif line.role == UNAPPLIED:
            yield Change("unapplied", account, "", -amount)
    payer = next((one.party.token for one in lines if one.party and one.party.kind == "payer"), "")
    received = sum((_received(said.kind, line) for line in lines), Decimal(0))
    if received:
        yield Change("received", said.account, payer, received)


def account_of(line: GlLine, account: str) -> str:
    """The account that a line is on: its own, else that of the transaction."""
    own = line.party.token if line.party and line.party.kind == "patient" else ""
    return own or dict(line.tags).get("account", account)


def _received(kind: str, line: GlLine) -> Decimal:
    """What a line adds to the cash received from a party."""
    amount = line.amount if line.side == "debit" else -line.amount
    if kind == "payment" and line.role.startswith("cash."):
        return amount
    if kind in _PAYABLE_STATES and line.role.startswith(_PAYABLE):
        return amount
    if kind in _DISPUTE_STATES and line.role == _DISPUTED:
        return -amount
    return Decimal(0)
