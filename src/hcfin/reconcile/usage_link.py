"""What was used with what was charged for it: each use and each charge of a supply in exactly one link.

Strategy: what a use names as its charge belongs to it. The rest meets by account and charge code: days on
which as many are charged as were used tie by themselves, and what is left of all days is one link, so that a
charge which comes a day late is no finding. Nothing is guessed: what has no account meets nothing, and a
charge that a use names on another account is not that of the use. Codes that differ are told, never mended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from hcfin.billing.charge import Charge
from hcfin.billing.reading import Event
from hcfin.billing.supply import SupplyUse
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices, Service
from hcfin.posting.supply_units import money
from hcfin.reconcile.usage_accounts import Accounts, Place
from hcfin.reconcile.usage_facts import Charged, Told, Used, charged, used
from hcfin.reconcile.usage_result import REASONS, UsageLink, UsageLinks

CHARGED_WASTE = ("drug",)
"""Categories of items that are charged though they are wasted: drugs, whose waste payers ask to be told."""

_APART = {"item_unknown": "item_unmapped", "unit_unknown": "item_unmapped", "unreadable": "unreadable"}
"""Status of what nobody can tell a charge of, by the reason; others are not chargeable."""

_OneT = TypeVar("_OneT", Used, Charged)


def link_charges(
    facts: Iterable[Event],
    *,
    master: MasterData | None = None,
    prices: Prices | None = None,
    charged_waste: Collection[str] = CHARGED_WASTE,
) -> UsageLinks:
    """Link the uses of supplies with the charges for them.

    `facts` are `SupplyUse` and `Charge`, in any order; others are passed over. `master` tells which item was
    used, its charge code, and stock units of other units; without it the charge codes of the uses count.
    `prices` tell what is worth what is not charged, where no charge beside it does. What is wasted is charged
    for items of the categories `charged_waste` alone.
    """
    known, waste = master or MasterData(), frozenset(charged_waste)
    uses: list[Used] = []
    charges: list[Charged] = []
    for fact in facts:
        if isinstance(fact, SupplyUse):
            uses.append(used(fact, known, waste))
        elif isinstance(fact, Charge):
            charges.append(charged(fact))
    return _Linker(known, prices, uses, charges).link()


class _Linker:
    """Links the uses and charges of one call."""

    def __init__(
        self, master: MasterData, prices: Prices | None, uses: list[Used], charges: list[Charged]
    ) -> None:
        self.codes = master.charge_codes
        self.prices = prices
        self.accounts = Accounts(uses, charges)
        self.count = len(charges)
        self.uses, self.used_again = _once(uses)
        self.charges, self.charged_again = _once(charges)
        self.use_of = {one.id: one for one in self.uses if one.id}
        self.charge_of = {one.id: one for one in self.charges if one.id}
        self.expected = {one.code for one in self.uses if one.code}
        self.astray: set[Used] = set()
        self.links: list[UsageLink] = []

    def link(self) -> UsageLinks:
        """Link them."""
        uses = self._by_name()
        taken = {one for link in self.links for one in link.charges}
        supplies = [one for one in self.charges if one not in taken and self._is_supply(one)]
        for use in self.used_again:
            self._told((use,), (), "repeated", "same_words")
        for charge in self.charged_again:
            if charge in taken or self._is_supply(charge):
                self._told((), (charge,), "repeated", "same_words")
        self._by_account(self._sound(uses), [one for one in supplies if self._is_sound(one)])
        self._hint()
        held = sum(len(link.charges) for link in self.links)
        return UsageLinks(tuple(sorted(self.links, key=_order)), self.count - held)

    def _told(self, uses: Iterable[Used], charges: Iterable[Charged], status: str, *reasons: str) -> None:
        """A link without a comparison."""
        self._add(tuple(uses), tuple(charges), status, reasons)

    def _add(
        self,
        uses: tuple[Used, ...],
        charges: tuple[Charged, ...],
        status: str,
        reasons: Iterable[str],
        missing: Decimal | None = None,
    ) -> None:
        places = [self._place(one) for one in (*uses, *charges)]
        account = next((one.account for one in places if one and one.kind == "account"), "")
        code = next((one.code for one in (*charges, *uses) if one.code), "")
        ordered = tuple(sorted(set(reasons), key=list(REASONS).index))
        known = self._is_known(code)
        self.links.append(UsageLink(status, account, code, uses, charges, ordered, missing, known))

    def _is_known(self, code: str) -> bool:
        return bool(self.codes and self.codes.charged(code))

    def _place(self, one: Told) -> Place | None:
        return self.accounts.place(one)[0]

    # What is named

    def _by_name(self) -> list[Used]:
        """Link what names its charge, with its returns and credits; the uses that are left."""
        groups: dict[str, list[Used]] = defaultdict(list)
        left: list[Used] = []
        for one in self.uses:
            name = one.charge_id or self._undone(one).charge_id
            found = self.charge_of.get(name)
            if found is None or one.why_not in ("unreadable", "explanted", "unit_unknown") or found.why_not:
                left.append(one)
            elif self._differ(one, found):
                self.astray.add(one)
                left.append(one)
            else:
                groups[name].append(one)
        credited: dict[str, list[Charged]] = defaultdict(list)
        for charge in self.charges:
            if charge.reverses in groups and charge.id not in groups and not charge.why_not:
                credited[charge.reverses].append(charge)
        for name, uses in groups.items():
            self._compare(uses, [self.charge_of[name], *credited[name]], {"charge_id"})
        return left

    def _undone(self, use: Used) -> Used:
        """The use that one undoes, where it is named and known; else itself."""
        return self.use_of.get(use.reverses, use)

    def _differ(self, use: Used, charge: Charged) -> bool:
        """Whether the two are of accounts that are known and differ."""
        first, second = self._place(use), self._place(charge)
        return bool(first and second and first.kind == second.kind and first != second)

    # What is set apart

    def _is_supply(self, charge: Charged) -> bool:
        if (
            charge.code in self.expected
            or charge.is_supply
            or (self.codes and self.codes.charged(charge.code))
        ):
            return True
        # A credit may say less than the charge that it takes back.
        before = self.charge_of.get(charge.reverses)
        return before is not None and before.is_supply

    def _sound(self, uses: Iterable[Used]) -> list[Used]:
        """The uses that a charge is expected of."""
        for use in uses:
            if use.why_not:
                self._told((use,), (), _APART.get(use.why_not, "not_chargeable"), use.why_not)
        return [one for one in uses if not one.why_not]

    def _is_sound(self, charge: Charged) -> bool:
        if charge.why_not:
            self._told((), (charge,), "unreadable", charge.why_not)
        return not charge.why_not

    # What meets by account and code

    def _by_account(self, uses: Iterable[Used], charges: Iterable[Charged]) -> None:
        groups: dict[tuple[Place, str], tuple[list[Used], list[Charged]]] = defaultdict(lambda: ([], []))
        for use in uses:
            place = self._place(use)
            if place is None:
                self._compare([use], [], set())
            else:
                groups[place, use.code][0].append(use)
        for charge in charges:
            place = self._place(charge)
            if place is None:
                self._compare([], [charge], set())
            else:
                groups[place, charge.code][1].append(charge)
        for used_up, billed in groups.values():
            self._by_day(used_up, billed)

    def _by_day(self, uses: list[Used], charges: list[Charged]) -> None:
        """Days that tie are links of their own; what is left of the others is one."""
        days: dict[date | None, tuple[list[Used], list[Charged]]] = defaultdict(lambda: ([], []))
        for use in uses:
            days[self._undone(use).day or use.day][0].append(use)
        for charge in charges:
            days[self.charge_of.get(charge.reverses, charge).day or charge.day][1].append(charge)
        left: tuple[list[Used], list[Charged]] = ([], [])
        for used_up, billed in days.values():
            if used_up and billed and _sum(used_up) == _sum(billed):
                self._compare(used_up, billed, {"charge_code", "day"})
            else:
                left[0].extend(used_up)
                left[1].extend(billed)
        if left[0] or left[1]:
            together = {"charge_code", "other_day"} if left[0] and left[1] else set()
            self._compare(*left, together)

    def _compare(self, uses: Sequence[Used], charges: Sequence[Charged], reasons: set[str]) -> None:
        """A link of what belongs together, with what the counts say."""
        reasons = reasons | {self.accounts.place(one)[1] for one in (*uses, *charges)}
        if "other_day" in reasons and len({one.day for one in (*uses, *charges)}) == 1:
            reasons = (reasons - {"other_day"}) | {"day"}
        if not self.astray.isdisjoint(uses):
            reasons |= {"other_account"}
        many, billed = _sum(uses), _sum(charges)
        if many == billed:
            status, reasons = "matched", reasons | (set() if many else {"nothing_left"})
        elif not billed and many > 0:
            status, reasons = "used_not_charged", reasons | {"no_charge"}
        elif not many and billed > 0:
            status, reasons = "charged_not_used", reasons | {self._why_not_used(uses, charges)}
        else:
            status = "quantity_mismatch"
            reasons |= {"fewer_charged" if billed < many else "more_charged"}
        missing = None if status == "matched" else self._missing(uses, charges, many - billed)
        self._add(tuple(uses), tuple(charges), status, reasons, missing)

    def _why_not_used(self, uses: Sequence[Used], charges: Sequence[Charged]) -> str:
        code = charges[0].code
        known = uses or self.codes is None or code in self.expected or self._is_known(code)
        return "no_use" if known else "code_unknown"

    # What it is worth

    def _missing(
        self, uses: Sequence[Used], charges: Sequence[Charged], difference: Fraction
    ) -> Decimal | None:
        """What the difference is worth: by the price of the charges beside it, else by the price list."""
        currencies = {one.currency for one in charges} or {one.currency for one in uses}
        if len(currencies) > 1:
            return None
        (currency,) = currencies
        amounts = [one.amount for one in charges]
        if difference == -_sum(charges) and None not in amounts:
            return -sum((one for one in amounts if one is not None), money(Fraction(0), currency))
        price = _common_price(charges) or self._listed(uses, charges)
        return None if price is None else money(price * difference, currency)

    def _listed(self, uses: Sequence[Used], charges: Sequence[Charged]) -> Fraction | None:
        """The price of the list, where all days and places have one."""
        if self.prices is None:
            return None
        found: set[Decimal | None] = set()
        for one in charges:
            asked = Service(one.facility, one.code, one.patient_class, one.day)
            found.add(self.prices.unit_price(asked))
        for use in uses if not charges else ():
            found.add(self.prices.unit_price(Service(use.facility, use.code, "", use.day)))
        price = found.pop() if len(found) == 1 else None
        return None if price is None or not price.is_finite() else Fraction(price)

    # What else may have happened

    def _hint(self) -> None:
        """Tell where an account has as many of one code too few as of another too many."""
        sides: Counter[tuple[str, str, Fraction]] = Counter(
            (one.status, one.account, one.used + one.charged) for one in self.links if one.account
        )
        turned = {"used_not_charged": "charged_not_used", "charged_not_used": "used_not_charged"}
        for nth, one in enumerate(self.links):
            other = turned.get(one.status, "")
            if sides[other, one.account, one.used + one.charged]:
                self.links[nth] = replace(one, reasons=(*one.reasons, "other_code"))


def _once(told: Iterable[_OneT]) -> tuple[list[_OneT], list[_OneT]]:
    """Those that are new, in an order of their own, and what comes again under its number, word for word."""
    seen: set[Told] = set()
    new: list[_OneT] = []
    again: list[_OneT] = []
    for one in sorted(told, key=_place_in_order):
        (again if one.id and one in seen else new).append(one)
        seen.add(one)
    return new, again


def _place_in_order(one: Told) -> tuple[str, ...]:
    return one.account, one.visit, one.code, str(one.day or ""), one.id, f"{one.quantity}", repr(one)


def _order(link: UsageLink) -> tuple[object, ...]:
    told = [_place_in_order(one) for one in (*link.uses, *link.charges)]
    return link.account, link.code, link.status, told


def _sum(told: Iterable[Told]) -> Fraction:
    return sum((one.quantity for one in told), Fraction(0))


def _common_price(charges: Iterable[Charged]) -> Fraction | None:
    """What one is charged at, where all charges tell the same."""
    prices = {
        Fraction(one.amount) / one.quantity if one.amount is not None and one.quantity else None
        for one in charges
    }
    return prices.pop() if len(prices) == 1 else None
