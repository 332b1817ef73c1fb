"""Claims to bills: a claim, what repeats it, and what replaces or voids it are one bill, answered as one.

A payer answers a replacement under the account of the original, so only together can they be matched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hcfin.reconcile.match_facts import BilledClaim, Days, PaidClaim
from hcfin.reconcile.match_reductions import NOBODY, Payer

VOID = "8"
REPLACING = frozenset({"6", "7", VOID})

CROWD = 200
"""An account of more bills than this is none (some senders put one number everywhere): there a claim is known
by its charge and first day, too, and nobody compares all with all."""

OVERLAP, UNKNOWN, DISJOINT = 2, 1, 0
"""How the days of two of them go together."""

Numbers = Mapping[str, set[tuple[str, Decimal]]]
"""The payer's claim numbers: the accounts and charges that payments under each have told."""


@dataclass(slots=True, eq=False)
class Bill:
    """A claim with its repetitions and replacements, in the order in which they were made."""

    claims: list[BilledClaim] = field(default_factory=list)
    created: list[date | None] = field(default_factory=list)
    payments: list[tuple[PaidClaim, tuple[str, ...]]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    payer: Payer = NOBODY
    services: frozenset[str] = frozenset()

    @property
    def last(self) -> BilledClaim:
        """The claim that counts, a void included."""
        return self.claims[-1]

    @property
    def valid(self) -> BilledClaim | None:
        """The claim that counts; None where the last one voids it."""
        return None if self.last.frequency == VOID else self.last

    def days_fit(self, days: Days) -> int:
        """How days go together with those of the claims: the best of them."""
        return max(fit(claim.days, days) for claim in self.claims)

    def charges(self, amount: Decimal) -> bool:
        """Whether one of the claims charges an amount, whatever its sign."""
        return any(claim.charged == abs(amount) for claim in self.claims)


def fit(one: Days, other: Days) -> int:
    """How two spans of days go together."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return UNKNOWN
    return OVERLAP if one.first <= other.last and other.first <= one.last else DISJOINT


def bills_of(
    claims: Iterable[BilledClaim], created: Mapping[str, date | None], numbers: Numbers
) -> list[Bill]:
    """The bills of claims, whatever their order. `created` is when each submission was made."""
    ordered = sorted(claims, key=lambda one: _order(one, created))
    accounts: dict[str, dict[Bill, None]] = defaultdict(dict)
    same: dict[object, Bill] = {}
    bills: list[Bill] = []
    replacing = [one for one in ordered if one.frequency in REPLACING]
    for claim in [one for one in ordered if one.frequency not in REPLACING] + replacing:
        # Where nothing tells two claims apart, one is sent once more.
        bill = same.get(_likeness(claim))
        if bill is None and claim.frequency in REPLACING:
            bill = _replaced(claim, accounts, numbers)
        if bill is None:
            bill = Bill()
            bills.append(bill)
        same[_likeness(claim)] = bill
        accounts[claim.account][bill] = None
        bill.claims.append(claim)
    for bill in bills:
        bill.claims.sort(key=lambda one: _order(one, created))
        bill.services = frozenset(line.service.code for one in bill.claims for line in one.lines) - {""}
        bill.created = [created.get(claim.submission) for claim in bill.claims]
    return bills


def _order(claim: BilledClaim, created: Mapping[str, date | None]) -> tuple[object, ...]:
    """By what claims are sorted: the day they were sent, replacements later. What follows makes the order one
    of their content, and not of how they were given."""
    return (
        created.get(claim.submission) or date.min,
        claim.frequency in REPLACING,
        claim.frequency,
        claim.account,
        claim.turn,
        claim.charged,
        _sortable(claim.days.first),
        _sortable(claim.days.last),
        claim.submission,
        claim.at,
        claim.claim_type,
        claim.currency,
        claim.original,
        (claim.payer.id, claim.payer.name),
        tuple((line.service, line.revenue_code, line.charged, _sortable(line.day)) for line in claim.lines),
        tuple((line.number, line.control) for line in claim.lines),
    )


def _sortable(day: date | None) -> date:
    return day or date.min


def _likeness(claim: BilledClaim) -> tuple[object, ...]:
    replacing = (claim.frequency, claim.original) if claim.frequency in REPLACING else ()
    return *_kind(claim), claim.account, claim.days, claim.charged, replacing


def _kind(claim: BilledClaim) -> tuple[object, ...]:
    return claim.claim_type, claim.currency, claim.turn, (claim.payer.id or claim.payer.name).casefold()


def _replaced(claim: BilledClaim, accounts: Mapping[str, dict[Bill, None]], numbers: Numbers) -> Bill | None:
    """The bill of the claim that a claim replaces or voids: of the same account, or of the one that the payer
    knows by that number. None where it was not given, or where nothing tells which one it is."""
    told = numbers.get(claim.original, set()) if claim.original else set()
    candidates: dict[Bill, None] = {}
    for account in sorted({claim.account, *(account for account, _ in told if account)}):
        known = accounts.get(account, {})
        if len(known) > CROWD:
            return None
        candidates.update(known)
    charges = {charge for _, charge in told}
    scored = [
        ((any(one.charged in charges for one in bill.claims), bill.days_fit(claim.days)), bill)
        for bill in candidates
        if _kind(claim) == _kind(bill.claims[0]) and bill.days_fit(claim.days) != DISJOINT
    ]
    best = max((score for score, _ in scored), default=None)
    found = [bill for score, bill in scored if score == best]
    return found[0] if len(found) == 1 else None
