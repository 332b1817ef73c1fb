"""Provider adjustments and the payment to drafts: what closes a set, all of it through clearing."""

from __future__ import annotations

from hcfin.billing.remittance import ProviderAdjustment, Remittance
from hcfin.finance.base import Pairs
from hcfin.identity import Keys, token
from hcfin.posting.draft import ISSUE, Drafted, Ended
from hcfin.posting.result import Outcome
from hcfin.posting.ruling import Rulings
from hcfin.privacy import shown


def post_provider_adjustment(adjustment: ProviderAdjustment, rulings: Rulings, keys: Keys) -> Drafted:
    """Drafts of one provider adjustment; of a code that no rule knows, into suspense."""
    result = Drafted()
    amount = adjustment.amount
    if not amount:
        result.ended.append(Ended(adjustment, "amount", amount, Outcome.INFORMATIONAL, "zero"))
        return result
    found = rulings.provider_rule(adjustment.code)
    if found is None:
        issue = ISSUE("PLB_UNKNOWN", code=adjustment.code, amount=amount)
        result.issues.append((issue, adjustment, "amount"))
        role, ref = rulings.books.posting("suspended_provider_adjustment")
        tags: Pairs = (("code", shown(adjustment.code)), ("issue", issue.code))
    else:
        rule, ref = found
        role = rule.role_positive if amount > 0 else rule.role_negative
        tags = _reference(adjustment, rule.reference, keys)
    clearing, place = rulings.pair(role, ref, tags)
    # A positive adjustment reduces the payment: clearing is credited.
    result.drafts = [
        (clearing, -amount, adjustment, "amount"),
        (place, amount, adjustment, "amount"),
    ]
    return result


def _reference(adjustment: ProviderAdjustment, kind: str, keys: Keys) -> Pairs:
    """The chain that an adjustment belongs to, as a token: payers put account and claim numbers here."""
    if kind == "none" or not adjustment.reference:
        return ()
    return (("reference", token(keys, kind, adjustment.reference)),)


def post_payment(remittance: Remittance, rulings: Rulings) -> Drafted:
    """Drafts of the payment: announced cash, or suspense where no cash can be booked."""
    result = Drafted()
    amount = remittance.payment
    if not amount:
        result.ended.append(Ended(remittance, "payment", amount, Outcome.INFORMATIONAL, "zero"))
        return result
    found = rulings.books.payment(remittance.method)
    tags: Pairs = ()
    if found is None or amount < 0 or remittance.credit_debit == "D" or remittance.handling == "H":
        issue = ISSUE("PAYMENT_SUSPENDED", amount=amount, method=remittance.method)
        result.issues.append((issue, remittance, "payment"))
        found = rulings.books.posting("suspended_payment")
        tags = (("issue", issue.code),)
    role, ref = found
    clearing, place = rulings.pair(role, ref, tags)
    result.drafts = [
        (place, amount, remittance, "payment"),
        (clearing, -amount, remittance, "payment"),
    ]
    return result
