"""Who pays for an account, by what registration tells of its insurances."""

from __future__ import annotations

from hcfin.billing.account import Account
from hcfin.billing.registration import Coverage
from hcfin.finance.known import Covering

_DELETED = "D"


def coverings(account: Account) -> tuple[Covering, ...]:
    """The payers of an account's insurances by their turn; those that the source deletes are left out."""
    told = [one for one in account.coverages if one.action != _DELETED]
    return tuple(_covering(one) for one in sorted(told, key=_turn))


def _turn(coverage: Coverage) -> tuple[bool, int]:
    # Insurances without a turn stay in the order in which they were sent, after those that have one.
    priority = coverage.priority.strip()
    known = priority.isascii() and priority.isdigit() and len(priority) <= 4
    return (not known, int(priority) if known else 0)


def _covering(coverage: Coverage) -> Covering:
    numbers = (
        coverage.plan.code,
        coverage.payer_number,
        coverage.payer.id,
        *(one.value for one in coverage.payer_ids),
    )
    return Covering(tuple(number for number in numbers if number), coverage.payer.name)
