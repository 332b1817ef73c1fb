"""What linking found: each use and each charge of a supply in one link, and figures of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hcfin.errors import KeysError
from hcfin.identity import Keys, token
from hcfin.money import format_amount, zero
from hcfin.privacy import shown
from hcfin.reconcile.usage_facts import Charged, Used

STATUSES = {
    "charged_not_used": "Charged, and no use is told.",
    "item_unmapped": "Nobody knows which item was used, or how many stock units a unit is.",
    "matched": "As many are charged as were used.",
    "not_chargeable": "Used, and no charge is expected.",
    "quantity_mismatch": "Charged and used, but not as many.",
    "repeated": "Came before: the same use or charge, word for word.",
    "unreadable": "A figure cannot be read.",
    "used_not_charged": "Used, and not charged.",
}
"""What becomes of uses and charges, and what it means."""

REASONS = {
    "account": "Use and charge are of one account.",
    "account_missing": "Nothing tells the account.",
    "account_of_case": "The account is that of other uses of the case.",
    "account_of_visit": "The account is that of others of the visit.",
    "charge_code": "The charge code is that of the item.",
    "charge_id": "The use names the charge.",
    "code_unknown": "By its revenue code a supply, but its charge code is that of no item.",
    "day": "Use and charge are of one day.",
    "explanted": "It was taken out of a patient.",
    "fewer_charged": "Fewer are charged than were used.",
    "item_unknown": "Master data know no such item, and the use tells no charge code.",
    "more_charged": "More are charged than were used.",
    "no_charge": "No charge of the account has the charge code.",
    "no_charge_code": "The item has no charge code: it is part of another charge.",
    "no_use": "No use of the account has the charge code.",
    "nothing_left": "What was used came back, and what was charged is credited.",
    "other_account": "The use names a charge of another account.",
    "other_code": "The account has as many of another code on the other side: perhaps the code is wrong.",
    "other_day": "Use and charge are of different days.",
    "same_words": "The same was told before, under the same number.",
    "unit_unknown": "Master data do not tell how many stock units the unit is.",
    "unreadable": "A figure cannot be read.",
    "wasted": "It was wasted, and what is wasted of its kind is not charged.",
}
"""Reasons, and what they mean."""

FINDINGS = ("used_not_charged", "charged_not_used", "quantity_mismatch", "item_unmapped", "unreadable")
"""Statuses to look at."""

Amounts = tuple[tuple[str, Decimal], ...]
"""Amounts by currency, sorted by it."""


@dataclass(frozen=True, slots=True)
class UsageLink:
    """Uses and charges that belong together, or what is left of one of the two.

    `code` is the charge code. `used` and `charged` are counts in stock units, less what came back and what
    is credited. `missing` is what the difference is worth: not charged, or negative where too much is; None
    where nobody tells a price, or nothing is to be looked at.
    """

    status: str
    account: str = field(repr=False)
    code: str
    uses: tuple[Used, ...]
    charges: tuple[Charged, ...]
    reasons: tuple[str, ...]
    missing: Decimal | None = None
    known_code: bool = field(default=False, repr=False)

    @property
    def used(self) -> Fraction:
        """How many were used, less what came back."""
        return sum((one.quantity for one in self.uses), Fraction(0))

    @property
    def charged(self) -> Fraction:
        """How many are charged, less what is credited."""
        return sum((one.quantity for one in self.charges), Fraction(0))

    @property
    def amounts(self) -> Amounts:
        """What is charged, by currency."""
        sums: dict[str, Decimal] = {}
        for one in self.charges:
            if one.amount is not None:
                sums[one.currency] = sums.get(one.currency, zero(one.currency)) + one.amount
        return tuple(sorted(sums.items()))

    @property
    def currency(self) -> str:
        """Currency of what is missing: that of the charges, else that of the uses."""
        return min((one.currency for one in (*self.charges, *self.uses)), default="USD")

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases of its uses."""
        return tuple(sorted({one.case for one in self.uses} - {""}))

    def items(self, *, clear: bool = False) -> tuple[str, ...]:
        """The items of its uses; one that master data do not know only where it looks like a code."""
        told = {one.item or (one.named if clear else shown(one.named)) for one in self.uses}
        return tuple(sorted(told - {""}))

    def to_dict(self, keys: Keys | None, *, clear: bool = False) -> dict[str, Any]:
        """JSON-ready form: tokens for accounts and cases, no days; with `clear` both are patient data."""
        row: dict[str, Any] = {
            "kind": "usage_link",
            "status": self.status,
            "account": named(keys, "acct", self.account, clear=clear),
            "cases": [named(keys, "case", case, clear=clear) for case in self.cases],
            "charge_code": self.shown_code(clear=clear),
            "items": list(self.items(clear=clear)),
            "used": count(self.used),
            "charged": count(self.charged),
            "amounts": {currency: format_amount(amount, currency) for currency, amount in self.amounts},
            "missing": None if self.missing is None else format_amount(self.missing, self.currency),
            "currency": self.currency,
            "reasons": list(self.reasons),
        }
        if clear:
            row["days"] = sorted({one.day.isoformat() for one in (*self.uses, *self.charges) if one.day})
        return row

    def shown_code(self, *, clear: bool = False) -> str:
        """The charge code; one that master data do not know only where it looks like a code."""
        return self.code if clear or self.known_code else shown(self.code)


@dataclass(frozen=True, slots=True)
class UsageFigures:
    """Figures of one status and currency. `unvalued` counts the links whose difference has no price."""

    status: str
    currency: str
    links: int
    used: Fraction
    charged: Fraction
    amount: Decimal
    missing: Decimal
    unvalued: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text."""
        return {
            "kind": "usage_total",
            "status": self.status,
            "currency": self.currency,
            "links": self.links,
            "used": count(self.used),
            "charged": count(self.charged),
            "amount": format_amount(self.amount, self.currency),
            "missing": format_amount(self.missing, self.currency),
            "unvalued": self.unvalued,
        }


@dataclass(frozen=True, slots=True)
class UsageLinks:
    """Every use and every charge of a supply, each in one link. `others` counts charges of other things."""

    links: tuple[UsageLink, ...] = ()
    others: int = 0

    def __repr__(self) -> str:
        return f"UsageLinks(links={len(self.links)}, others={self.others})"

    @property
    def ties(self) -> bool:
        """Whether nothing is to be looked at."""
        return not any(one.status in FINDINGS for one in self.links)

    def summary(self) -> tuple[UsageFigures, ...]:
        """The figures of each status and currency."""
        grouped: dict[tuple[str, str], list[UsageLink]] = defaultdict(list)
        for one in self.links:
            grouped[one.status, one.currency].append(one)
        return tuple(_figures(*key, grouped[key]) for key in sorted(grouped))

    def to_dicts(self, keys: Keys | None = None, *, clear: bool = False) -> Iterator[dict[str, Any]]:
        """Everything as JSON-ready rows with `kind` usage_link and usage_total.

        Accounts and cases are tokens by `keys`, and days are left out; with `clear` both are patient data in
        clear. Raises `KeysError` without either.
        """
        if keys is None and not clear:
            raise KeysError("rows need keys for tokens of accounts and cases, or clear=True")
        yield from (one.to_dict(keys, clear=clear) for one in self.links)
        yield from (one.to_dict() for one in self.summary())


def _figures(status: str, currency: str, links: list[UsageLink]) -> UsageFigures:
    amounts = (amount for one in links for told, amount in one.amounts if told == currency)
    missing = [one.missing for one in links]
    return UsageFigures(
        status=status,
        currency=currency,
        links=len(links),
        used=sum((one.used for one in links), Fraction(0)),
        charged=sum((one.charged for one in links), Fraction(0)),
        amount=sum(amounts, zero(currency)),
        missing=sum((one for one in missing if one is not None), zero(currency)),
        unvalued=missing.count(None) if status in FINDINGS[:3] else 0,
    )


def named(keys: Keys | None, domain: str, value: str, *, clear: bool = False) -> str:
    """An account or case as it may be shown."""
    return value if clear or not value or keys is None else token(keys, domain, value)


def count(number: Fraction) -> str:
    """A count as text, with up to six decimal places.

    >>> count(Fraction(5, 2)), count(Fraction(3)), count(Fraction(1, 3))
    ('2.5', '3', '0.333333')
    """
    scaled = Decimal(round(number * 10**6)).scaleb(-6)
    return f"{scaled:f}".rstrip("0").rstrip(".")
