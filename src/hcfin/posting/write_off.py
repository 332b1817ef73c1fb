"""A balance that is given up, to its journal: what it costs, by its reason, against who owed it.

The guards come first: somebody must have approved it, it is not above its cap, credit balances are not taken
as income, and a share that Medicare left to the patient is no discount, whatever the reason says.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.payment import WriteOff
from hcfin.books.medicare_checks import BARRED_FOR_MEDICARE
from hcfin.money import zero
from hcfin.posting.draft import Destination
from hcfin.posting.transaction_case import Case

_OF_PATIENT = frozenset({"patient", "agency", "patient_plan"})
_NEVER_INCOME = frozenset({"small_balance", "administrative"})


def post_write_off(fact: WriteOff, case: Case) -> None:
    """Decide where a write-off goes."""
    reason = fact.reason or case.books.write_off_codes.get(fact.code.code, "")
    if not reason:
        case.hold("WRITE_OFF_CODE_UNMAPPED", "code", code=fact.code.code, amount=fact.amount)
    elif not case.account:
        case.hold("TRANSACTION_ACCOUNT_MISSING", "account")
    elif fact.bucket == "payer" and not case.payer:
        case.hold("TRANSACTION_PAYER_UNKNOWN", "payer_id")
    else:
        left = case.medicare and fact.bucket in _OF_PATIENT
        _guard(fact, case, reason, left)
        cost = case.write_off(reason, medicare=left)
        case.move("amount", fact.amount, cost, _owed_by(fact, case, reason))


def _owed_by(fact: WriteOff, case: Case, reason: str) -> Destination:
    if fact.bucket == "payer" and reason == "denial_final":
        return case.bucket("payer", sequence=fact.sequence, status="denied")
    return case.bucket(fact.bucket, sequence=fact.sequence)


def _guard(fact: WriteOff, case: Case, reason: str, left: bool) -> None:
    """Why it may not be booked. `left`: Medicare left the balance to the patient."""
    rule = case.books.write_offs[reason]
    if fact.amount < 0:
        if not fact.reverses and reason in _NEVER_INCOME:
            case.hold("WRITE_OFF_OF_CREDIT", amount=fact.amount)
        return
    if fact.reverses:
        case.hold("TRANSACTION_SIGN", amount=fact.amount)
    if rule.approval and not fact.approver:
        case.hold("WRITE_OFF_APPROVAL_MISSING", "approver", amount=fact.amount)
    if rule.cap is not None and fact.amount > rule.cap:
        case.hold("WRITE_OFF_OVER_CAP", amount=fact.amount, cap=rule.cap)
    if left and not rule.role_medicare and rule.role in BARRED_FOR_MEDICARE:
        case.hold("WRITE_OFF_MEDICARE", amount=fact.amount)
    owed = _balance(fact, case)
    if owed is not None and fact.amount > owed:
        case.hold("WRITE_OFF_EXCEEDS_BALANCE", amount=fact.amount, open=owed + zero(fact.currency))


def _balance(fact: WriteOff, case: Case) -> Decimal | None:
    """What is open of what is given up; None where nobody knows."""
    if fact.bucket == "patient":
        return case.balances.patient(case.account)
    return case.balances.payer(case.account, fact.sequence or "1") if fact.bucket == "payer" else None
