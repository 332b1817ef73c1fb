"""Provider adjustments and the payment to drafts: what closes a set, all of it through clearing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from hcfin.billing.remittance import ProviderAdjustment, Remittance
from hcfin.books.rules import ProviderRule
from hcfin.codes import CodeRow, layer, table
from hcfin.finance.base import Pairs, RuleRef
from hcfin.identity import Keys, token
from hcfin.posting.affiliate import PAYEES, Whose, swept
from hcfin.posting.draft import ISSUE, Draft, Drafted, Ended, Finding
from hcfin.posting.known_chain import Chains
from hcfin.posting.result import Outcome
from hcfin.posting.ruling import Rulings
from hcfin.privacy import shown

SHADOW = "SHADOW_CLAIM"
_OFFSET = "OB"
_CAPITATION = "revenue.capitation"
_MONTH = re.compile(r"(20[0-9]{2})-?(0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12][0-9]|3[01]))?", re.ASCII)
_WHOLE = frozenset({"PLB_UNPAIRED"})  # told of the set of adjustments, not of one


def post_provider_adjustment(
    adjustment: ProviderAdjustment,
    rulings: Rulings,
    keys: Keys,
    booked: date,
    whose: Whose = PAYEES,
    chains: Chains | None = None,
) -> Drafted:
    """Drafts of one provider adjustment; into suspense where no rule knows its code or a person decides.

    `booked` is the date of the entry: capitation for a later month is deferred. `whose` is the entity that it
    is for. `chains` is what is known of what it refers to.
    """
    result = Drafted()
    amount = adjustment.amount
    if not amount:
        result.ended.append(Ended(adjustment, "amount", amount, Outcome.INFORMATIONAL, "zero"))
        return result
    row = table("plb").get(adjustment.code)
    found = rulings.provider_rule(adjustment.code)
    if found is None:
        code = row["issue"] if row else "PLB_UNKNOWN"
        role, ref = rulings.books.posting("suspended_provider_adjustment")
        tags: Pairs = (("code", shown(adjustment.code)), ("issue", code))
    else:
        code = row["issue"] if row and _by_table(found[1]) else ""
        role, ref, tags = _place(adjustment, found, row, rulings, keys, booked)
    affiliate = _affiliate(adjustment, rulings, whose)
    if code and code not in _WHOLE and not affiliate:
        result.issues.append((ISSUE(code, code=adjustment.code, amount=amount), adjustment, "amount"))
    if row and row["sign"] == ("-" if amount > 0 else "+"):
        result.issues.append((ISSUE("PLB_SIGN", code=adjustment.code, amount=amount), adjustment, "amount"))
    fields = rulings.provider_fields.pairs(adjustment)
    clearing, place = rulings.pair(role, ref, tags, whose.owner, affiliate, fields)
    # A positive adjustment reduces the payment: clearing is credited.
    result.drafts = [
        (clearing, -amount, adjustment, "amount"),
        (place, amount, adjustment, "amount"),
    ]
    if chains is not None and not affiliate:
        chains.refine(adjustment, place, result)
    result.drafts += swept(whose, rulings, -amount, adjustment, "amount", fields)
    if affiliate:
        result.drafts += _owed(adjustment, rulings, affiliate, whose, fields)
    return result


def _affiliate(adjustment: ProviderAdjustment, rulings: Rulings, whose: Whose) -> str | None:
    """The entity whose debt an offset (OB) pays, where its reference names one."""
    if adjustment.code != _OFFSET:
        return None
    owing = rulings.books.owner(adjustment.reference)
    return owing if owing not in (None, whose.owner or whose.payee) else None


def _owed(
    adjustment: ProviderAdjustment, rulings: Rulings, owing: str, whose: Whose, fields: Pairs
) -> list[Draft]:
    """The other side of an offset: the affiliate's debt to the payer becomes one to the entity that paid."""
    amount, paying = adjustment.amount, whose.owner or whose.payee
    recoup, owed = rulings.books.posting("affiliate_recoup"), rulings.books.posting("due_to_affiliate")
    _, settled = rulings.pair(*recoup, entity=owing, fields=fields)
    _, due = rulings.pair(*owed, entity=owing, party=paying, fields=fields)
    return [(settled, amount, adjustment, "amount"), (due, -amount, adjustment, "amount")]


def _by_table(ref: RuleRef) -> bool:
    """Whether the table of codes decided, and not the books."""
    return ref.layer == layer("plb")


def _place(
    adjustment: ProviderAdjustment,
    found: tuple[ProviderRule, RuleRef],
    row: CodeRow | None,
    rulings: Rulings,
    keys: Keys,
    booked: date,
) -> tuple[str, RuleRef, Pairs]:
    """The role of a provider adjustment that has one, the rule, and its tags."""
    rule, ref = found
    role = rule.role_positive if adjustment.amount > 0 else rule.role_negative
    kind = row["reference_kind"] if row else ""
    if kind == "plan_month":
        month = _month(adjustment.reference)
        if month and month > f"{booked:%Y-%m}" and role == _CAPITATION:
            role, ref = rulings.books.posting("capitation_ahead")
        return role, ref, (("month", month),) if month else ()
    if kind == "cost_report" and adjustment.reference.startswith("LR") and _by_table(ref):
        role, ref = rulings.books.posting("cost_report_penalty")
    return role, ref, _reference(adjustment, rule.reference, keys)


def takes_shadows(adjustment: ProviderAdjustment, rulings: Rulings) -> bool:
    """Whether it takes back out what claims tell and the payer does not pay, and the books leave it so."""
    row = table("plb").get(adjustment.code)
    shadow = row is not None and row["issue"] == SHADOW and bool(adjustment.amount)
    return shadow and rulings.provider_rule(adjustment.code) is None


def unpaired(adjustments: Sequence[ProviderAdjustment]) -> Iterator[Finding]:
    """A refund that is acknowledged (72) or given back (B2) without its other half in the remittance."""
    taken = {one.code for one in adjustments if one.amount > 0}
    given = {one.code for one in adjustments if one.amount < 0}
    for one in adjustments:
        other_half = {"72": "WO" in taken, "B2": "72" in given or "FB" in taken}.get(one.code, True)
        if one.amount < 0 and not other_half:
            yield ISSUE("PLB_UNPAIRED", code=one.code, amount=one.amount), one, "amount"


def _month(reference: str) -> str:
    """The month that a reference names, YYYY-MM; empty where it is not one."""
    found = _MONTH.fullmatch(reference)
    return f"{found[1]}-{found[2]}" if found else ""


def _reference(adjustment: ProviderAdjustment, kind: str, keys: Keys) -> Pairs:
    """The chain that an adjustment belongs to, as a token: payers put account and claim numbers here."""
    if kind == "none" or not adjustment.reference:
        return ()
    return (("reference", token(keys, kind, adjustment.reference)),)


def post_payment(remittance: Remittance, rulings: Rulings, *, cash: bool = True) -> Drafted:
    """Drafts of the payment: announced cash, or suspense where no cash can be booked; nothing where nobody
    knows which payment it is (no `cash`)."""
    result = Drafted()
    amount = remittance.payment
    if not cash:
        result.ended.append(Ended(remittance, "payment", amount, Outcome.KEPT_OPEN, "PAYMENT_UNIDENTIFIED"))
        return result
    if not amount:
        result.ended.append(Ended(remittance, "payment", amount, Outcome.INFORMATIONAL, "zero"))
        return result
    found = rulings.books.payment(remittance.method)
    tags: Pairs = ()
    drawn = remittance.credit_debit == "D" or (amount < 0) is not remittance.taken_back
    if found is None or drawn or remittance.handling == "H":
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
