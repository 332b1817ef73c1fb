"""Entities and their accounts: which legal entity a payee is, and which account a role means there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from hcfin.books.periods import Periods
from hcfin.model import Model

Account = Annotated[str, StringConstraints(min_length=1)]
"""An account of the chart, as the ERP knows it."""

Identifier = Annotated[str, StringConstraints(min_length=1)]
"""An identifier of a payer or payee. A blank one would match whatever states none."""


class Entity(Model):
    """A legal entity. A payee belongs to it by NPI or tax id, or to the one catch-all entity."""

    name: str = Field(default="", description="Name, for people.")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="Currency of its books.")
    accepts: tuple[str, ...] = Field(default=(), description="Other currencies that it books in.")
    npi: tuple[Identifier, ...] = Field(default=(), description="NPIs of its payees and providers.")
    tin: tuple[Identifier, ...] = Field(default=(), description="Tax ids of its payees.")
    facilities: tuple[Identifier, ...] = Field(
        default=(), description="Facilities as feeds of charges name them (MSH-4, FT1-16)."
    )
    catch_all: bool = Field(default=False, description="Takes every payee that no other entity takes.")
    periods: Periods | None = Field(default=None, description="Its own calendar, instead of the common one.")
    chart: dict[str, Account] = Field(default={}, description="Accounts that differ from the common chart.")

    def owns(self, identifiers: Collection[str]) -> bool:
        """Whether one of the identifiers is this entity's."""
        own = (self.npi, self.tin, self.facilities)
        return any(identifier in one for identifier in identifiers for one in own)


def owner_of(entities: Mapping[str, Entity], identifier: str) -> str | None:
    """The entity that lists an identifier; None where none does."""
    return next((name for name, entity in entities.items() if entity.owns([identifier])), None)


def entity_of(entities: Mapping[str, Entity], identifiers: Collection[str]) -> str | None:
    """The entity that owns one of the identifiers, else the catch-all, else None."""
    for name, entity in entities.items():
        if entity.owns(identifiers):
            return name
    return next((name for name, entity in entities.items() if entity.catch_all), None)


def account_of(
    chart: Mapping[str, str], entities: Mapping[str, Entity], role: str, entity: str
) -> str | None:
    """The account of a role in an entity: its own, else the common one, else None."""
    return entities[entity].chart.get(role) or chart.get(role)
