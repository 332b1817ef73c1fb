"""A payment on an account to its journal: cash where it came in, against what it pays.

Strategy: without known balances a patient's payment reduces the receivable (or waits unapplied, as the books
say); with them at most what the patient owes, and the rest is unapplied. What is paid before the service, or
on no account, is always unapplied. A payment of an insurance is booked by its remittance, so that the same
fact in a feed is information, unless the books say that the feed books it.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.payment import Payment
from hcfin.money import zero
from hcfin.posting.draft import Destination
from hcfin.posting.transaction_case import Case


def post_payment(fact: Payment, case: Case) -> None:
    """Decide where a payment goes."""
    if fact.reverses and fact.amount > 0:
        case.hold("TRANSACTION_SIGN", amount=fact.amount)
        return
    if fact.payer == "payer":
        _of_payer(fact, case)
        return
    cash = case.channel(fact.channel, fact.gateway)
    unapplied = case.step("payment_unapplied")
    if fact.purpose or not case.account:
        case.move("amount", fact.amount, cash, unapplied)
        return
    owed = _owed(fact, case)
    case.move("amount", owed, cash, case.bucket("patient"))
    case.move("amount", fact.amount - owed, cash, unapplied)


def _owed(fact: Payment, case: Case) -> Decimal:
    """How much of it pays what is owed. A payment that is undone without its original being known is taken
    for one that paid what was owed."""
    balance = case.balances.patient(case.account)
    if balance is None:
        receivable = case.books.transactions.balance_unknown == "receivable"
        return fact.amount if receivable else zero(fact.currency)
    if fact.amount < 0:
        return fact.amount
    return min(fact.amount, max(balance, zero(fact.currency)))


def _of_payer(fact: Payment, case: Case) -> None:
    books = case.books
    if books.transactions.payer_payments == "remittance":
        rule = books.rule_ref("payer_payments", "transactions", "payer_payments")
        case.told.append(("amount", fact.amount, rule))
    elif not case.payer:
        case.hold("TRANSACTION_PAYER_UNKNOWN", "payer_id")
    else:
        cash = case.channel(fact.channel, fact.gateway)
        case.move("amount", fact.amount, cash, _paid_by(case))


def _paid_by(case: Case) -> Destination:
    return case.bucket("payer") if case.account else case.step("payer_payment_unapplied")
