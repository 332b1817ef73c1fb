"""Results of matching as rows for other programs: tokens for accounts and numbers, no days of service."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hcfin.errors import KeysError
from hcfin.identity import Keys, token
from hcfin.money import format_amount
from hcfin.privacy import shown
from hcfin.reconcile.match_facts import BilledClaim, PaidClaim
from hcfin.reconcile.match_result import (
    Adjudicated,
    Amounts,
    ClaimMatch,
    Finding,
    LineMatch,
    UnmatchedClaim,
    UnmatchedPayment,
)


class Rows:
    """Makes rows. With `clear` they hold patient data."""

    def __init__(self, keys: Keys | None, *, clear: bool = False) -> None:
        if keys is None and not clear:
            raise KeysError("rows need keys for tokens of accounts, or clear=True")
        self._keys = keys
        self._clear = clear

    def account(self, value: str) -> str:
        """An account as it may be shown."""
        return self._named("acct", value)

    def match(self, match: ClaimMatch) -> dict[str, Any]:
        """A bill with its answers."""
        money = _Money(match.currency)
        return {
            "kind": "claim",
            **self._claims(match.claims),
            "payer": match.payer,
            "currency": match.currency,
            "state": match.state,
            "charged": money(match.charged),
            "allowed": money(match.allowed),
            "paid": money(match.paid),
            "adjusted": money.all(match.adjusted),
            "open": money(match.open),
            "denied": money.all(match.denied),
            "days_to_pay": match.days,
            "findings": money.findings(match.findings),
            "adjudications": [self._adjudicated(one, money) for one in match.adjudications],
            "lines": [self._line(one, money) for one in match.lines],
        }

    def claim(self, claim: UnmatchedClaim) -> dict[str, Any]:
        """A bill without an answer."""
        return {
            "kind": "unmatched_claim",
            **self._claims(claim.claims),
            "payer": claim.payer,
            "currency": claim.currency,
            "charged": _Money(claim.currency)(claim.charged),
            "reasons": list(claim.reasons),
        }

    def payment(self, unmatched: UnmatchedPayment) -> dict[str, Any]:
        """A payment without a claim."""
        payment, money = unmatched.payment, _Money(unmatched.currency)
        return {
            "kind": "unmatched_payment",
            "account": self.account(payment.account),
            **self._payment(payment, money),
            "payer": unmatched.payer,
            "currency": unmatched.currency,
            "day": unmatched.day.isoformat() if unmatched.day else None,
            "reasons": list(unmatched.reasons),
        }

    def _claims(self, claims: tuple[BilledClaim, ...]) -> dict[str, Any]:
        last = claims[-1]
        row: dict[str, Any] = {
            "account": self.account(last.account),
            "claim_type": last.claim_type,
            "turn": last.turn,
            "frequencies": [shown(claim.frequency) for claim in claims],
        }
        if self._clear and last.days.first and last.days.last:
            row["served"] = [last.days.first.isoformat(), last.days.last.isoformat()]
        return row

    def _adjudicated(self, one: Adjudicated, money: _Money) -> dict[str, Any]:
        return {
            "role": one.role,
            "turn": one.turn,
            **self._payment(one.payment, money),
            "day": one.day.isoformat() if one.day else None,
            "reasons": list(one.reasons),
        }

    def _payment(self, payment: PaidClaim, money: _Money) -> dict[str, Any]:
        return {
            "payer_claim": self._named("claim", payment.number),
            "status": shown(payment.status),
            "charged": money(payment.charged),
            "paid": money(payment.paid),
        }

    def _line(self, line: LineMatch, money: _Money) -> dict[str, Any]:
        billed = line.billed
        service = billed.service if billed else line.parts[0].line.service
        revenue_code = billed.revenue_code if billed else line.parts[0].line.revenue_code
        return {
            "line": shown(billed.number) if billed else None,
            "service": shown(service.code),
            "modifiers": [shown(one) for one in service.modifiers],
            "revenue_code": shown(revenue_code),
            "charged": money(line.charged),
            "allowed": money(line.allowed),
            "paid": money(line.paid),
            "adjusted": money.all(line.adjusted),
            "findings": money.findings(line.findings),
            "reasons": [list(part.reasons) for part in line.parts],
        }

    def _named(self, domain: str, value: str) -> str:
        if self._clear or not value or self._keys is None:
            return value if self._clear else ""
        return token(self._keys, domain, value)


class _Money:
    """Writes amounts of one currency."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def __call__(self, amount: Decimal) -> str:
        return format_amount(amount, self._currency)

    def all(self, amounts: Amounts) -> dict[str, str]:
        return {name: self(amount) for name, amount in amounts}

    def findings(self, findings: Iterable[Finding]) -> list[dict[str, str]]:
        return [{"code": one.code, "amount": self(one.amount)} for one in findings]
