"""A refund to its journals, one for each of its states: a liability once approved, cash once issued.

A refund is never more than the cash that was received from whoever gets it, less what was refunded before;
that is asked where earlier payments are known. What a payer asks back by letter settles the liability of that
takeback: the receivable was credited when the payer took it back.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.payment import Refund
from hcfin.identity import token
from hcfin.money import zero
from hcfin.posting.draft import Destination
from hcfin.posting.transaction_case import Case


def post_refund(fact: Refund, case: Case) -> None:
    """Decide where a state of a refund goes."""
    if fact.amount < 0:
        case.hold("TRANSACTION_SIGN", amount=fact.amount)
    elif fact.payee == "payer" and not case.payer:
        case.hold("TRANSACTION_PAYER_UNKNOWN", "payer_id")
    elif fact.state in ("approved", "cancelled"):
        _approved(fact, case)
    else:
        payable = case.step(f"refund_payable_{fact.payee}")
        sign = -1 if fact.state in ("failed", "voided") else 1
        case.move("amount", sign * fact.amount, payable, _paid_from(fact, case))


def _paid_from(fact: Refund, case: Case) -> Destination:
    if fact.state == "escheated":
        return case.step("refund_escheated")
    if fact.channel == "bank":
        return case.step("refund_issued")
    return case.channel(fact.channel, fact.gateway)


def _approved(fact: Refund, case: Case) -> None:
    payable = case.step(f"refund_payable_{fact.payee}")
    if fact.payee == "payer" and fact.payer_claim:
        # The same token as that of the provider adjustment that takes it back.
        letter = case.step("refund_of_takeback", reference=token(case.keys, "claim", fact.payer_claim))
        _move(fact, case, [(letter, fact.amount)], payable)
        return
    if not case.account:
        case.hold("TRANSACTION_ACCOUNT_MISSING", "account")
        return
    if fact.state == "approved":
        held = case.balances.refundable(case.account, case.payer if fact.payee == "payer" else "")
        if held is not None and fact.amount > held:
            case.hold("REFUND_EXCEEDS_CASH", amount=fact.amount, received=held + zero(fact.currency))
            return
    if fact.payee == "payer":
        _move(fact, case, [(case.bucket("payer"), fact.amount)], payable)
        return
    deposits = _of_deposits(fact, case)
    parts = [(case.step("payment_unapplied"), deposits), (case.bucket("patient"), fact.amount - deposits)]
    _move(fact, case, parts, payable)


def _of_deposits(fact: Refund, case: Case) -> Decimal:
    """How much of it gives back what was never applied; nothing where nobody knows."""
    unapplied = case.balances.unapplied(case.account)
    if unapplied is None or fact.state == "cancelled":
        return zero(fact.currency)
    return min(fact.amount, max(unapplied, zero(fact.currency)))


def _move(fact: Refund, case: Case, parts: list[tuple[Destination, Decimal]], payable: Destination) -> None:
    sign = -1 if fact.state == "cancelled" else 1
    for place, amount in parts:
        case.move("amount", sign * amount, place, payable)
