"""A balance that moves from one who owes it to another: net zero, under the account's token."""

from __future__ import annotations

from hcfin.billing.payment import Transfer
from hcfin.identity import token
from hcfin.posting.transaction_case import Case


def post_transfer(fact: Transfer, case: Case) -> None:
    """Decide where a transfer goes."""
    if not case.account:
        case.hold("TRANSACTION_ACCOUNT_MISSING", "account")
        return
    if fact.amount < 0:
        case.hold("TRANSACTION_SIGN", amount=fact.amount)
        return
    sides = (("to_payer", fact.to_bucket, fact.to_payer), ("from_payer", fact.from_bucket, fact.from_payer))
    payers = []
    for name, bucket, identifier in sides:
        payer = case.payer_of(identifier, required=bucket == "payer")
        if payer is None:
            case.hold("TRANSACTION_PAYER_UNKNOWN", name)
            return
        payers.append(payer)
    moved_to = token(case.keys, "acct", fact.to_account) if fact.to_account else None
    to = case.bucket(fact.to_bucket, payer=payers[0], sequence=fact.to_sequence, account=moved_to)
    case.move(
        "amount", fact.amount, to, case.bucket(fact.from_bucket, payer=payers[1], sequence=fact.from_sequence)
    )
