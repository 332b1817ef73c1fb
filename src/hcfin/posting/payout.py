"""A payout of a gateway to its journal: gross, so that the fee is an expense and clearing ends at zero."""

from __future__ import annotations

from hcfin.billing.payment import Payout
from hcfin.posting.transaction_case import Case


def post_payout(fact: Payout, case: Case) -> None:
    """Decide where a payout goes. One that failed after all undoes what it says: its amount, and its fee if
    it names one."""
    sign = -1 if fact.state == "failed" else 1
    clearing = case.channel("gateway", fact.gateway)
    case.move("amount", sign * fact.amount, case.channel("bank"), clearing)
    case.move("fee", sign * fact.fee, case.step("merchant_fee"), clearing)
