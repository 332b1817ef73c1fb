"""What a remittance releases of the allowance that was expected at the bill (A18).

Strategy: the allowance goes as the receivable of the first payer goes. Whatever leaves that bucket (paid,
contractual, the patient's share, final) releases its part; what is denied, pending, a duplicate or underpaid
keeps its own. The part is that of the balances before the remittance, so the order of its claims changes no
sum; the last to leave takes what rounding left. A reversal puts back what its adjudication released.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.remittance import ClaimPayment
from hcfin.codes import table
from hcfin.finance.base import Pairs
from hcfin.finance.known import Known
from hcfin.money import format_amount
from hcfin.posting.draft import ISSUE, Destination, Draft, Drafted
from hcfin.posting.ruling import ClaimKind, Rulings

ESTIMATE: Pairs = (("estimate", "expected"),)
"""Marks what is expected: a deduction and its allowance, booked at the bill and released when it is paid."""

_FIRST = "1"


class TakenBack(NamedTuple):
    """What adjudications that a claim takes back had released, and the turn of their payer."""

    released: Decimal = Decimal(0)
    sequence: str = ""


class _Share:
    """An account's allowance and receivable as they are shared out, and what has left so far."""

    def __init__(self, allowance: Decimal, receivable: Decimal) -> None:
        self.allowance = allowance
        self.receivable = receivable
        self.released = Decimal(0)
        self.left = Decimal(0)

    def take(self, leaving: Decimal, currency: str) -> Decimal:
        """What leaves of the allowance with an amount that leaves the receivable."""
        self.left += leaving
        rest = self.allowance - self.released
        if self.left >= self.receivable:
            part = rest
        else:
            share = self.allowance * leaving / self.receivable
            part = Decimal(format_amount(share, currency))
        self.released += part
        return part


class Allowances:
    """The allowances of the accounts of one remittance."""

    def __init__(self, known: Known, rulings: Rulings) -> None:
        self.known = known
        self.books = rulings.books
        self._shares: dict[str, _Share] = {}

    def release(
        self, account: str, claim: ClaimPayment, kind: ClaimKind, taken: TakenBack, result: Drafted
    ) -> None:
        """Add to the drafts of a claim what it releases or puts back; say where it was not as expected."""
        if not self.books.policy.expected_net:
            return
        share = self._share(account)
        own = kind.sequence or taken.sequence or _FIRST
        change = _change(result, kind.settled.role, own)
        if taken.released:
            share.allowance += taken.released
            result.drafts += self._drafts(claim, kind, -taken.released)
        if claim.charged < 0:
            share.receivable += change if own == _FIRST else 0
        elif own == _FIRST and change < 0 and share.allowance != share.released:
            actual = _deducted(result)
            released = share.take(-change, claim.currency)
            result.drafts += self._drafts(claim, kind, released)
            if released != actual:
                issue = ISSUE(
                    "EXPECTED_VARIANCE", expected=released, actual=actual, difference=released - actual
                )
                result.issues.append((issue, claim, "charged"))

    def _share(self, account: str) -> _Share:
        if account not in self._shares:
            receivable = self.known.open_balance(account, _FIRST) or Decimal(0)
            self._shares[account] = _Share(self.known.allowance(account), receivable)
        return self._shares[account]

    def _drafts(self, claim: ClaimPayment, kind: ClaimKind, amount: Decimal) -> list[Draft]:
        if not amount:
            return []
        role, rule = self.books.posting("expected_deduction")
        allowance, _ = self.books.posting("expected_allowance")
        entity = kind.case.entity
        return [
            (Destination(allowance, rule, ESTIMATE, kind.fields, entity=entity), amount, claim, "charged"),
            (Destination(role, rule, ESTIMATE, kind.fields, entity=entity), -amount, claim, "charged"),
        ]


def _change(result: Drafted, role: str, own: str) -> Decimal:
    """What the bucket of the first payer changes by; a line without a turn is of the claim's own."""
    return sum(
        (
            amount
            for to, amount, _, _ in result.drafts
            if to.role == role and dict(to.tags).get("sequence", own) == _FIRST
        ),
        Decimal(0),
    )


def _deducted(result: Drafted) -> Decimal:
    """What the claim takes off revenue."""
    roles = table("roles")
    return sum(
        (amount for to, amount, _, _ in result.drafts if roles[to.role]["statement"] == "deduction"),
        Decimal(0),
    )
