"""Payments to bills: by account, then by the payer's claim number, then by line control numbers.

Strategy: a key says which bills may be meant; turn, days, charge, payer and services say which of them it is,
or that it is none. Nothing is guessed: a payment that fits several bills alike stays unmatched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.reconcile.match_bills import CROWD, DISJOINT, OVERLAP, Bill
from hcfin.reconcile.match_facts import PaidClaim, PaidLine, loose
from hcfin.reconcile.match_reductions import NOBODY, Payer
from hcfin.reconcile.match_statuses import Words

_TELLING = 4
"""A control number of fewer characters is a counter that many claims share."""

Reasons = tuple[str, ...]
_Index = dict[str, dict[Bill, None]]


class Advice(NamedTuple):
    """What a remittance says of its payments: who pays, and when."""

    payer: Payer
    day: date | None


NO_ADVICE = Advice(NOBODY, None)


def place_in_order(payment: PaidClaim, advices: Mapping[str, Advice]) -> tuple[object, ...]:
    """By what payments are sorted: day, remittance, reversals first, place in the file. What follows makes
    the order one of their content, and not of how they were given."""
    return (
        advices.get(payment.remittance, NO_ADVICE).day or date.min,
        payment.remittance,
        not payment.reverses,
        payment.at,
        payment.account,
        payment.number,
        payment.status,
        payment.charged,
        payment.paid,
        payment.adjustments,
        payment.remarks,
        payment.filing_indicator,
        (payment.days.first or date.min, payment.days.last or date.min),
        tuple(_content(line) for line in payment.lines),
    )


def _content(line: PaidLine) -> tuple[object, ...]:
    return (
        line.charged,
        line.paid,
        line.adjustments,
        line.service,
        line.submitted or (),
        line.revenue_code,
        line.control,
        line.units,
        line.day or date.min,
        line.remarks,
    )


class _Fit(NamedTuple):
    """How a payment goes with a bill; the larger, the better."""

    turn: int
    days: int
    charge: bool
    number: bool
    payer: bool
    services: int

    def reasons(self) -> Reasons:
        """What agrees."""
        agreeing = {
            "turn": self.turn == _SAME_TURN,
            "later_payer": 0 < self.turn < _UNKNOWN_TURN,
            "days": self.days == OVERLAP,
            "charge": self.charge,
            "payer": self.payer,
            "services": self.services > 0,
        }
        return tuple(name for name, agrees in agreeing.items() if agrees)


_SAME_TURN, _UNKNOWN_TURN = 32, 31


class Assignment:
    """The bills and how to find them. `assign` gives them their payments."""

    def __init__(self, bills: Sequence[Bill], advices: Mapping[str, Advice], said: Words) -> None:
        self._advices = advices
        self._accounts: _Index = {}
        self._loose: _Index = {}
        self._originals: _Index = {}  # by the payer's number of the claim that is replaced
        self._numbers: _Index = {}  # by the payer's numbers as acknowledgments and other payments tell them
        self._controls: _Index = {}
        self._resembled: set[str] = set()
        self._crowds: dict[str, dict[tuple[Decimal, date | None], dict[Bill, None]]] = {}
        for bill in bills:
            for claim in bill.claims:
                _enter(self._accounts, claim.account, bill)
                _enter(self._loose, loose(claim.account), bill)
                _enter(self._originals, claim.original, bill)
                for word in said.get(claim.account, ()):
                    if word.charged in (None, claim.charged):
                        _enter(self._numbers, word.number, bill)
                for line in claim.lines:
                    if len(line.control) >= _TELLING:
                        _enter(self._controls, line.control, bill)

    def assign(self, payments: Iterable[PaidClaim]) -> list[tuple[PaidClaim, Reasons]]:
        """Give each payment to its bill, with the reasons; those left over come back with the reasons against
        them. `payments` are in order."""
        known: list[PaidClaim] = []
        others: dict[str, list[PaidClaim]] = defaultdict(list)
        for payment in payments:
            if payment.account in self._accounts:
                known.append(payment)
            else:
                others[payment.account].append(payment)
        left = self._give("account", [(one, self._of_account(one)) for one in known])
        for bills in list(self._accounts.values()):
            for bill in bills:
                for payment, _ in bill.payments:
                    _enter(self._numbers, payment.number, bill)
        for account in sorted(others):
            left += self._give_by_number(account, others[account])
        return left

    def _of_account(self, payment: PaidClaim) -> Iterable[Bill]:
        """Bills of the payment's account; of a crowd those of its charge and first day."""
        bills = self._accounts[payment.account]
        if len(bills) <= CROWD:
            return bills
        crowd = self._crowds.get(payment.account)
        if crowd is None:
            crowd = self._crowds[payment.account] = {}
            for bill in bills:
                for claim in bill.claims:
                    crowd.setdefault((claim.charged, claim.days.first), {})[bill] = None
        return crowd.get((abs(payment.charged), payment.days.first), ())

    def _give(
        self, key: str, payments: Iterable[tuple[PaidClaim, Iterable[Bill]]]
    ) -> list[tuple[PaidClaim, Reasons]]:
        """Give payments to the best of their candidates: reversals when what they reverse has its place."""
        left = []
        for payment, candidates in sorted(payments, key=lambda one: one[0].reverses):
            found, against = self._best(payment, candidates)
            if found is None:
                left.append((payment, tuple(sorted(against))))
            else:
                bill, reasons = found
                bill.payments.append((payment, (key, *reasons)))
        return left

    def _give_by_number(self, account: str, payments: Sequence[PaidClaim]) -> list[tuple[PaidClaim, Reasons]]:
        """Payments under an account that nobody billed: by the payer's number, then those that share the
        account with one of these (payers keep the account of the original for its replacement), then by line
        control numbers."""
        meant: dict[Bill, None] = {}
        left: list[tuple[PaidClaim, Reasons]] = []
        rest: list[PaidClaim] = []
        for payment in payments:
            numbered = self._numbered(payment)
            meant.update(numbered)
            if numbered:
                left += self._give("payer_number", [(payment, numbered)])
            else:
                rest.append(payment)
        for payment in rest:
            shared = [bill for bill in meant if bill.charges(payment.charged)] if loose(account) else []
            controlled = self._controlled(payment)
            if shared:
                left += self._give("account_of_number", [(payment, shared)])
            elif controlled:
                left += self._give("line_control", [(payment, controlled)])
            else:
                left.append((payment, (self._unseen(payment),)))
        return left

    def _numbered(self, payment: PaidClaim) -> dict[Bill, None]:
        """Bills that have the payer's number of a payment: those that replace it, and those of its charge
        that an acknowledgment or another payment tells. Two payers may give one number."""
        known = self._numbers.get(payment.number, {})
        same = {bill: None for bill in known if bill.charges(payment.charged)}
        return {**self._originals.get(payment.number, {}), **same}

    def _controlled(self, payment: PaidClaim) -> Iterable[Bill]:
        """Bills of the payment's charge that have one of its line control numbers."""
        found = (bill for line in payment.lines for bill in self._controls.get(line.control, ()))
        return dict.fromkeys(bill for bill in found if bill.charges(payment.charged))

    def _unseen(self, payment: PaidClaim) -> str:
        plain = loose(payment.account)
        if not plain:
            return "account_missing"
        resembling = self._loose.get(plain, ())
        if plain not in self._resembled:
            self._resembled.add(plain)
            for bill in resembling:
                bill.refused.add("account_resembles")
        return "account_resembles" if resembling else "not_billed"

    def _best(
        self, payment: PaidClaim, bills: Iterable[Bill]
    ) -> tuple[tuple[Bill, Reasons] | None, set[str]]:
        """The bill that fits best with the reasons, or the reasons why there is none."""
        against: set[str] = set()
        fits: list[tuple[_Fit, Bill]] = []
        for bill in bills:
            found = self._fit(payment, bill)
            if isinstance(found, str):
                against.add(found)
                bill.refused.add(found)
            else:
                fits.append((found, bill))
        if payment.reverses:
            reversing = [(fit, bill) for fit, bill in fits if _paid_there(payment, bill)]
            if reversing:
                fit, bill = max(reversing, key=lambda one: one[0])
                return (bill, ("reversal", *fit.reasons())), against
        best = max((fit for fit, _ in fits), default=None)
        if best is None:
            return None, against or {"several_claims"}  # nothing but the account of a crowd
        tied = [bill for fit, bill in fits if fit == best]
        if len(tied) > 1 and len({bill.last.turn for bill in tied}) == len(tied):
            # Only the turn differs, which the payment does not tell: the first that waits for an answer.
            waiting = [bill for bill in tied if not bill.payments] or tied
            tied = [min(waiting, key=lambda bill: bill.last.turn)]
        if len(tied) > 1:
            for bill in tied:
                bill.refused.add("several_claims")
            return None, {"several_claims"}
        return (tied[0], best.reasons()), against

    def _fit(self, payment: PaidClaim, bill: Bill) -> _Fit | str:
        """How a payment goes with a bill, or the reason why it does not."""
        claim = bill.last
        if payment.currency != claim.currency:
            return "other_currency"
        numbers = {one.original for one in bill.claims}
        if payment.reverses:  # what it takes back has its place already, whatever day the reversal tells
            numbers.update(one.number for one, _ in bill.payments)
        number = bool(payment.number) and payment.number in numbers
        days = bill.days_fit(payment.days)
        if days == DISJOINT and not number:
            return "other_days"
        payer = self._advices.get(payment.remittance, NO_ADVICE).payer.is_same(bill.payer)
        if not payment.turn or not claim.turn:
            turn = _UNKNOWN_TURN
        elif payment.turn == claim.turn:
            turn = _SAME_TURN
        elif int(payment.turn) > int(claim.turn):
            # Sent on from payer to payer; of several bills, the one of the payer just before.
            turn = _UNKNOWN_TURN - 1 - (int(payment.turn) - int(claim.turn))
        elif payer:
            turn = 0  # later payers often call themselves the first
        else:
            return "other_turn"
        common = sum((line.submitted or line.service).code in bill.services for line in payment.lines)
        return _Fit(turn, days, bill.charges(payment.charged), number, payer, common)


def _paid_there(reversal: PaidClaim, bill: Bill) -> bool:
    """Whether a bill has what a reversal takes back."""
    return any(takes_back(reversal, payment) for payment, _ in bill.payments)


def takes_back(reversal: PaidClaim, payment: PaidClaim) -> bool:
    """Whether a reversal may be that of a payment: the same charge, and no other number of the payer's."""
    if payment.reverses or payment.charged != -reversal.charged:
        return False
    return payment.number == reversal.number or not (payment.number and reversal.number)


def _enter(index: _Index, key: str, bill: Bill) -> None:
    if key:
        index.setdefault(key, {})[bill] = None
