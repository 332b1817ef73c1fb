"""What was billed with what was paid: claims to claim payments, their lines, and what is left on both sides.

Pure and in one pass over each side. A small part of every claim and payment is kept until the end, because a
payment may come before its claim, a remittance tells its date after its payments in a stream, and the order
in which files are given must not matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.reading import Event
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.books import Books
from hcfin.errors import KeysError
from hcfin.finance.expected import Expected
from hcfin.identity import Keys, token
from hcfin.money import zero
from hcfin.posting.claim_amounts import as_asked
from hcfin.reconcile.match_answers import answered
from hcfin.reconcile.match_assign import NO_ADVICE, Advice, Assignment, place_in_order
from hcfin.reconcile.match_bills import Bill, bills_of
from hcfin.reconcile.match_facts import (
    NOBODY_KNOWS,
    Allowances,
    BilledClaim,
    PaidClaim,
    billed_claim,
    paid_claim,
)
from hcfin.reconcile.match_reductions import Meanings
from hcfin.reconcile.match_result import REJECTED, UnmatchedClaim, UnmatchedPayment
from hcfin.reconcile.match_statuses import Words, was_rejected, words_of
from hcfin.reconcile.match_summary import Matching


def match(
    claims: Iterable[Event],
    claim_payments: Iterable[Event],
    *,
    books: Books | None = None,
    expected: Expected | None = None,
    keys: Keys | None = None,
    statuses: Iterable[object] = (),
) -> Matching:
    """Match claims with claim payments.

    `claims` are the facts of claims with their `ClaimSubmission`s, `claim_payments` those of remittances: a
    `Reading` or several, a stream's events, or facts made in Python. Other facts are passed over. `books`
    name the payers and decide what is a denial; without them names are those of the facts, and the table of
    codes decides. `expected` is asked what a payer should allow, by its name and the token of the account,
    which takes `keys`: raises `KeysError` where there are none. `statuses` are facts that hold what
    front ends said of claims (`ClaimStatus`): what was rejected there is told as rejected, not as unanswered,
    and the payer's number of what was taken finds its payment.
    """
    meanings = Meanings(books)
    if expected is not None and keys is None:
        raise KeysError("what is expected is asked for by the token of the account: match(..., keys=...)")
    created: dict[str, date | None] = {}
    billed: list[BilledClaim] = []
    for fact in claims:
        if isinstance(fact, Claim):
            billed.append(billed_claim(fact, _allowances(fact, expected, keys, meanings)))
        elif isinstance(fact, ClaimSubmission):
            before = created.get(fact.ref)
            # Of two that share a name the first day counts, whatever their order.
            created[fact.ref] = (
                min(fact.created, before) if fact.created and before else fact.created or before
            )
    payments: list[PaidClaim] = []
    headers: Counter[str] = Counter()
    advices: dict[str, Advice] = {}
    for fact in claim_payments:
        if isinstance(fact, ClaimPayment):
            payments.append(paid_claim(fact))
        elif isinstance(fact, Remittance):
            headers[fact.ref] += 1
            payer = meanings.payer(fact.payer, (fact.payer_identifier,))
            advice = Advice(payer, fact.payment_date or fact.production_date)
            # As with submissions: of two that share a name the first counts.
            advices[fact.ref] = min(advice, advices.get(fact.ref, advice), key=_first)
    payments.sort(key=lambda one: place_in_order(one, advices))
    once, repeated = _apart(payments, headers)
    bills = bills_of(billed, created, _numbers(once))
    for bill in bills:
        bill.payer = meanings.payer(bill.last.payer)
    said = words_of(statuses)
    left = Assignment(bills, advices, said).assign(once)
    left += [(payment, ("repeated",)) for payment in repeated]
    return Matching(
        matches=tuple(answered(bill, advices, meanings) for bill in bills if bill.payments),
        unmatched_claims=tuple(_unanswered(bill, said) for bill in bills if not bill.payments),
        unmatched_payments=tuple(
            _without_claim(payment, reasons, advices.get(payment.remittance, NO_ADVICE))
            for payment, reasons in sorted(left, key=lambda one: place_in_order(one[0], advices))
        ),
    )


def _allowances(claim: Claim, expected: Expected | None, keys: Keys | None, meanings: Meanings) -> Allowances:
    if expected is None or keys is None:
        return NOBODY_KNOWS
    asked = as_asked(claim, meanings.payer(claim.payer).name, token(keys, "acct", claim.account))
    lines = tuple(expected.line_allowed(asked, service) for service in asked.services)
    return Allowances(expected.claim_allowed(asked), lines)


def _first(advice: Advice) -> tuple[date, str]:
    return advice.day or date.max, advice.payer.name


def _apart(payments: list[PaidClaim], headers: Counter[str]) -> tuple[list[PaidClaim], list[PaidClaim]]:
    """Payments once, and those that come again because their remittance does. Twins inside one remittance are
    two payments, so of each so many count as the remittance has when it comes once."""
    copies = Counter(payments)
    allowed = {payment: -(-count // (headers[payment.remittance] or 1)) for payment, count in copies.items()}
    once: list[PaidClaim] = []
    repeated: list[PaidClaim] = []
    for payment in payments:
        allowed[payment] -= 1
        (once if allowed[payment] >= 0 else repeated).append(payment)
    return once, repeated


def _numbers(payments: Iterable[PaidClaim]) -> dict[str, set[tuple[str, Decimal]]]:
    numbers: dict[str, set[tuple[str, Decimal]]] = defaultdict(set)
    for payment in payments:
        if payment.number:
            numbers[payment.number].add((payment.account, abs(payment.charged)))
    return dict(numbers)


def _unanswered(bill: Bill, said: Words) -> UnmatchedClaim:
    charged = bill.valid.charged if bill.valid else zero(bill.last.currency)
    reasons = tuple(sorted(bill.refused)) or ("no_answer",)
    if was_rejected(bill, said):
        reasons = (REJECTED, *(reason for reason in reasons if reason != "no_answer"))
    return UnmatchedClaim(tuple(bill.claims), bill.payer.name, charged, reasons)


def _without_claim(payment: PaidClaim, reasons: tuple[str, ...], advice: Advice) -> UnmatchedPayment:
    return UnmatchedPayment(payment, advice.payer.name, advice.day, reasons)
