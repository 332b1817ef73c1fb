"""The result of matching as a whole, and its figures for each payer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hcfin.identity import Keys
from hcfin.money import format_amount, zero
from hcfin.reconcile.match_result import Amounts, ClaimMatch, Finding, UnmatchedClaim, UnmatchedPayment
from hcfin.reconcile.match_rows import Rows

_TENTH = Decimal("0.1")
_RATE = Decimal("0.0001")
_ADJUDICATED = frozenset({"paid", "unpaid"})


@dataclass(frozen=True, slots=True)
class Tallied:
    """How often, and of how much."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MatchFigures:
    """Figures of one payer and currency; of all payers where the name is empty.

    `claims` are bills: what repeats or replaces a claim counts with it. `submitted` is every claim's charge,
    `charged` what counts of it. Claims that were `rejected` at the front end are not among the
    `unanswered`. `denied` is by class; `denied_first` what first answers denied; `days` counts
    the bills with a payment and their days together.
    """

    payer: str
    currency: str
    claims: int
    submitted: Decimal
    charged: Decimal
    adjudicated: Decimal
    allowed: Decimal
    paid: Decimal
    adjusted: Amounts
    open: Decimal
    rejected: Tallied
    unanswered: Tallied
    unmatched: Tallied
    denied: tuple[tuple[str, Tallied], ...]
    denied_first: Decimal
    findings: tuple[tuple[str, Tallied], ...]
    days: Tallied

    @property
    def mean_days(self) -> Decimal | None:
        """Mean days to the first payment, to one decimal place, half to even."""
        if not self.days.count:
            return None
        return (self.days.amount / self.days.count).quantize(_TENTH, ROUND_HALF_EVEN)

    def denial_rate(self, *, first: bool = False) -> Decimal | None:
        """Denied by adjudicated charge, to four places: of what stands, or of the `first` answers."""
        if not self.adjudicated:
            return None
        denied = self.denied_first if first else sum((one.amount for _, one in self.denied), Decimal(0))
        return (denied / self.adjudicated).quantize(_RATE, ROUND_HALF_EVEN)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text."""

        def text(amount: Decimal) -> str:
            return format_amount(amount, self.currency)

        def tallied(rows: Iterable[tuple[str, Tallied]]) -> dict[str, Any]:
            return {name: {"count": one.count, "amount": text(one.amount)} for name, one in rows}

        def told(value: Decimal | None) -> str | None:
            return None if value is None else str(value)

        return {
            "kind": "payer" if self.payer else "total",
            **({"payer": self.payer} if self.payer else {}),
            "currency": self.currency,
            "claims": self.claims,
            "submitted": text(self.submitted),
            "charged": text(self.charged),
            "adjudicated": text(self.adjudicated),
            "allowed": text(self.allowed),
            "paid": text(self.paid),
            "adjusted": {group: text(amount) for group, amount in self.adjusted},
            "open": text(self.open),
            **tallied(
                [("rejected", self.rejected), ("unanswered", self.unanswered), ("unmatched", self.unmatched)]
            ),
            "denied": tallied(self.denied),
            "denial_rate": told(self.denial_rate()),
            "denial_rate_first": told(self.denial_rate(first=True)),
            "findings": tallied(self.findings),
            "days_to_pay": told(self.mean_days),
        }


@dataclass(frozen=True, slots=True)
class Matching:
    """Every claim and every payment, each once: matched, or left with reasons. `repr` shows counts only."""

    matches: tuple[ClaimMatch, ...] = ()
    unmatched_claims: tuple[UnmatchedClaim, ...] = ()
    unmatched_payments: tuple[UnmatchedPayment, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Matching(matches={len(self.matches)}, unmatched_claims={len(self.unmatched_claims)}, "
            f"unmatched_payments={len(self.unmatched_payments)})"
        )

    @property
    def ties(self) -> bool:
        """Whether all is matched and nothing is to be looked at."""
        return not (self.unmatched_claims or self.unmatched_payments or any(self._findings()))

    def _findings(self) -> Iterator[Finding]:
        for match in self.matches:
            yield from match.all_findings()

    def summary(self) -> tuple[MatchFigures, ...]:
        """The figures of each payer and currency, then of all payers of each currency."""
        sums: dict[tuple[str, str], _Sums] = {}
        everything: tuple[ClaimMatch | UnmatchedClaim | UnmatchedPayment, ...]
        everything = *self.matches, *self.unmatched_claims, *self.unmatched_payments
        for one in everything:
            for payer in {one.payer or "?", ""}:
                sums.setdefault((payer, one.currency), _Sums()).take(one)
        ordered = sorted(sums, key=lambda key: (not key[0], key))
        return tuple(sums[key].result(*key) for key in ordered)

    def to_dicts(self, keys: Keys | None = None, *, clear: bool = False) -> Iterator[dict[str, Any]]:
        """Everything as JSON-ready rows with `kind` claim, unmatched_claim, unmatched_payment, payer, total.

        Accounts and the payer's claim numbers are tokens by `keys`, and days are left out; with `clear` both
        are patient data in clear. Raises `KeysError` without either.
        """
        rows = Rows(keys, clear=clear)
        yield from (rows.match(one) for one in self.matches)
        yield from (rows.claim(one) for one in self.unmatched_claims)
        yield from (rows.payment(one) for one in self.unmatched_payments)
        yield from (one.to_dict() for one in self.summary())


class _Sums:
    """Sums of one payer and currency while results are taken."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self.amounts: dict[str, Decimal] = defaultdict(Decimal)
        self.adjusted: dict[str, Decimal] = defaultdict(Decimal)
        self.denied: dict[str, list[Decimal]] = defaultdict(list)
        self.findings: dict[str, list[Decimal]] = defaultdict(list)

    def take(self, one: ClaimMatch | UnmatchedClaim | UnmatchedPayment) -> None:
        """Take one result."""
        if isinstance(one, UnmatchedPayment):
            self.counts["unmatched"] += 1
            self.amounts["unmatched"] += one.payment.paid
            return
        self.counts["claims"] += 1
        self.amounts["submitted"] += sum((claim.charged for claim in one.claims), Decimal(0))
        self.amounts["charged"] += one.charged
        if isinstance(one, UnmatchedClaim):
            name = "rejected" if one.rejected else "unanswered"
            self.counts[name] += 1
            self.amounts[name] += one.charged
            return
        self.amounts["allowed"] += one.allowed
        self.amounts["paid"] += one.paid
        self.amounts["open"] += one.open
        self.amounts["denied_first"] += sum((amount for _, amount in one.denied_first), Decimal(0))
        if one.state in _ADJUDICATED:
            self.amounts["adjudicated"] += one.charged
        for group, amount in one.adjusted:
            self.adjusted[group] += amount
        for name, amount in one.denied:
            self.denied[name].append(amount)
        for finding in one.all_findings():
            self.findings[finding.code].append(finding.amount)
        if one.days is not None:
            self.counts["days"] += 1
            self.amounts["days"] += one.days

    def result(self, payer: str, currency: str) -> MatchFigures:
        """The figures."""
        nothing = zero(currency)

        def tallied(name: str) -> Tallied:
            return Tallied(self.counts[name], self.amounts[name] + nothing)

        def listed(rows: Mapping[str, list[Decimal]]) -> tuple[tuple[str, Tallied], ...]:
            return tuple((name, Tallied(len(rows[name]), sum(rows[name], nothing))) for name in sorted(rows))

        return MatchFigures(
            payer=payer,
            currency=currency,
            claims=self.counts["claims"],
            submitted=self.amounts["submitted"] + nothing,
            charged=self.amounts["charged"] + nothing,
            adjudicated=self.amounts["adjudicated"] + nothing,
            allowed=self.amounts["allowed"] + nothing,
            paid=self.amounts["paid"] + nothing,
            adjusted=tuple(sorted(self.adjusted.items())),
            open=self.amounts["open"] + nothing,
            rejected=tallied("rejected"),
            unanswered=tallied("unanswered"),
            unmatched=tallied("unmatched"),
            denied=listed(self.denied),
            denied_first=self.amounts["denied_first"] + nothing,
            findings=listed(self.findings),
            days=Tallied(self.counts["days"], self.amounts["days"]),
        )
