"""Expected allowed amounts in memory, for whoever has them as a table and not as a contract engine."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hcfin.finance.expected import BilledClaim, BilledService
from hcfin.identity import Keys, token


class Allowed:
    """An implementation of `hcfin.finance.expected.Expected`: amounts of claims by account, and of one unit
    of a service by payer and procedure (revenue code, where no procedure is billed).

    Accounts are given as numbers; only their tokens are kept.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        claims: Mapping[str, Decimal] | None = None,
        services: Mapping[tuple[str, str], Decimal] | None = None,
    ) -> None:
        self._claims = {token(keys, "acct", account): amount for account, amount in (claims or {}).items()}
        self._services = dict(services or {})

    def claim_allowed(self, claim: BilledClaim) -> Decimal | None:
        """The amount that was told for the account."""
        return self._claims.get(claim.account)

    def line_allowed(self, claim: BilledClaim, service: BilledService) -> Decimal | None:
        """The payer's amount for the service, for each of its units; never more than is charged."""
        rate = self._services.get((claim.payer, service.procedure or service.revenue_code))
        if rate is None or not rate.is_finite():
            return rate
        return min(rate * (1 if service.quantity is None else service.quantity), service.charged)
