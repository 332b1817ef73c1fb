"""Payers: who is paying, under which name and class the books know them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from pydantic import ConfigDict, Field

from hcfin.books.chart import Identifier
from hcfin.books.policy import Policy
from hcfin.books.rules import Category, ProviderRule, Rule, Treatment
from hcfin.model import Model


class Span(Model):
    """A span of days, both ends in it; open where an end is left out."""

    first: date | None = Field(default=None, alias="from", description="First day.")
    last: date | None = Field(default=None, alias="to", description="Last day.")

    model_config = ConfigDict(populate_by_name=True)

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class Overrides(Model):
    """What differs from the books for the remittances of some payers. Only what is set counts."""

    policy: Policy = Field(default=Policy(), description="Switches that differ.")
    treatments: dict[str, Treatment] = Field(default={}, description="Settings of treatments that differ.")
    provider_adjustments: dict[str, ProviderRule] = Field(default={}, description="Rows that replace others.")
    categories: dict[str, Category] = Field(default={}, description="Categories that mean something else.")
    rules: tuple[Rule, ...] = Field(default=(), description="Asked before the common rules.")

    @property
    def any_set(self) -> bool:
        """Whether anything differs."""
        own = (self.treatments, self.provider_adjustments, self.categories, self.rules)
        return bool(self.policy.model_fields_set or any(own))


class PayerClass(Overrides):
    """A class of payers, for reporting and for what its payers have in common."""

    name: str = Field(default="", description="Name, for people.")


class Payer(Overrides):
    """A payer. It is recognised by one of its identifiers, else by one of its names."""

    name: str = Field(default="", description="Name, for people.")
    payer_class: str = Field(
        alias="class", min_length=1, description="Class for reporting, such as medicare."
    )
    ids: tuple[Identifier, ...] = Field(default=(), description="Identifiers: TRN03, N104, REF of the payer.")
    names: tuple[Identifier, ...] = Field(default=(), description="Names as the payer writes them.")
    catch_all: bool = Field(default=False, description="Takes every payer that no other row takes.")
    capitated: tuple[Span, ...] = Field(default=(), description="Days of service that it pays by capitation.")

    model_config = ConfigDict(populate_by_name=True)

    def capitates(self, day: date | None) -> bool:
        """Whether it pays for a day of service by capitation; a day that nobody knows is not."""
        return day is not None and any(span.holds(day) for span in self.capitated)


def payer_of(payers: Mapping[str, Payer], identifiers: Collection[str], name: str) -> str | None:
    """The payer of a remittance: by identifier, then by name, then the catch-all, else None."""
    for key, payer in payers.items():
        if any(identifier in payer.ids for identifier in identifiers):
            return key
    wanted = _plain(name)
    for key, payer in payers.items():
        if wanted and any(_plain(known) == wanted for known in payer.names):
            return key
    return next((key for key, payer in payers.items() if payer.catch_all), None)


def _plain(name: str) -> str:
    return " ".join(name.upper().split())
