"""What a contract is expected to allow for a claim: asked when it is billed, by the policy `expected_net`.

The caller implements it, from a contract engine or a table; `hcfin.reconcile.Allowed` holds amounts in
memory. What is asked holds codes, amounts and a token, never patient data.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, Protocol


class BilledService(NamedTuple):
    """A service line as it is billed. `number` is that of the claim."""

    number: str
    revenue_code: str
    procedure: str
    modifiers: tuple[str, ...]
    quantity: Decimal | None
    charged: Decimal


class BilledClaim(NamedTuple):
    """A claim as it is billed. `payer` goes by its name in the books, `account` by its token."""

    payer: str
    account: str
    claim_type: str
    facility_type: str
    drg: str
    charged: Decimal
    services: tuple[BilledService, ...]


class Expected(Protocol):
    """Expected allowed amounts: what payer and patient together are expected to pay."""

    def claim_allowed(self, claim: BilledClaim) -> Decimal | None:
        """The amount of a claim that is priced as a whole; None where its lines are, or nobody knows."""

    def line_allowed(self, claim: BilledClaim, service: BilledService) -> Decimal | None:
        """The amount of one of its lines; None where nobody knows."""


_BOUND = Decimal(10) ** 15


def expected_allowed(expected: Expected, claim: BilledClaim) -> Decimal | None:
    """The allowed amount of a claim, told as a whole or for each of its lines; None where one is missing or
    is no amount."""
    whole = expected.claim_allowed(claim)
    if whole is not None:
        return _amount(whole)
    total = Decimal(0)
    for service in claim.services:
        allowed = expected.line_allowed(claim, service)
        amount = None if allowed is None else _amount(allowed)
        if amount is None:
            return None
        total += amount
    return total


def _amount(value: Decimal) -> Decimal | None:
    return value if value.is_finite() and 0 <= value < _BOUND else None
