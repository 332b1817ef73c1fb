"""A dispute of a card payment to its journals: what the gateway takes is owed again, by whom is open."""

from __future__ import annotations

from hcfin.billing.payment import Dispute
from hcfin.posting.transaction_case import Case


def post_dispute(fact: Dispute, case: Case) -> None:
    """Decide where a state of a dispute goes. A fee that is given back is negative."""
    if fact.amount < 0:
        case.hold("TRANSACTION_SIGN", amount=fact.amount)
        return
    clearing = case.channel("gateway", fact.gateway)
    disputed = case.step("disputed")
    if fact.state == "opened":
        case.move("amount", fact.amount, disputed, clearing)
    elif fact.state == "won":
        case.move("amount", fact.amount, clearing, disputed)
    else:
        again = case.books.transactions.dispute_lost == "reinstate"
        case.move(
            "amount",
            fact.amount,
            case.bucket("patient") if again else case.step("dispute_written_off"),
            disputed,
        )
    case.move("fee", fact.fee, case.step("chargeback_fee"), clearing)
