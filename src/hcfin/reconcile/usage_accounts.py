"""The accounts of uses and charges, also of those that name a visit or a case alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from hcfin.reconcile.usage_facts import Charged, Told, Used


class Place(NamedTuple):
    """Where uses and charges meet: an account, else a visit whose account nobody tells."""

    kind: str
    account: str


class Accounts:
    """Accounts of visits and cases, learned from what names both."""

    def __init__(self, uses: Iterable[Used], charges: Iterable[Charged]) -> None:
        self._visits: dict[str, set[str]] = defaultdict(set)
        self._cases: dict[str, set[str]] = defaultdict(set)
        told = [*uses]
        for one in (*told, *charges):
            if one.account and one.visit:
                self._visits[one.visit].add(one.account)
        for use in told:
            place = self._own(use)[0]
            if use.case and place and place.kind == "account":
                self._cases[use.case].add(place.account)

    def place(self, one: Told) -> tuple[Place | None, str]:
        """Where it may be met, and what tells that: a reason. None where nothing does."""
        place, reason = self._own(one)
        if place is None and isinstance(one, Used):
            accounts = self._cases.get(one.case, set()) if one.case else set()
            if len(accounts) == 1:
                return Place("account", *accounts), "account_of_case"
        return place, reason

    def _own(self, one: Told) -> tuple[Place | None, str]:
        if one.account:
            return Place("account", one.account), "account"
        accounts = self._visits.get(one.visit, set()) if one.visit else set()
        if len(accounts) == 1:
            return Place("account", *accounts), "account_of_visit"
        if one.visit and not accounts:
            return Place("visit", one.visit), "account_of_visit"
        return None, "account_missing"
