"""Modifier extensions: they may turn an amount into its opposite, so what they stand in is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hcfin.billing.charge import Charge
from hcfin.billing.claim import Claim
from hcfin.billing.embedded import Embedded
from hcfin.billing.purchase import GoodsReceipt
from hcfin.billing.reading import Event
from hcfin.billing.remittance import ClaimPayment
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.standards.fhir.elements import known_name, text
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_HELD = "modifier_extension"
_SUPPLIES = (SupplyUse, SupplyRequest, StockLevel, StockAdjustment, ItemEntry, GoodsReceipt)


def hold_modified(resource: Resource, session: Session) -> None:
    """Say where there are modifier extensions that the profile does not know, and hold the facts."""
    places = list(_places(resource.data, "", session.profile.modifiers))
    if not places:
        return
    for path in places:
        session.issue("MODIFIER_EXTENSION", session.at(resource.pointer + path))
    # A file inside is held as a whole: nobody knows what the extension makes of it.
    session.events[:] = [_held(event) for event in session.events if not isinstance(event, Embedded)]


def _held(event: Event) -> Event:
    if isinstance(event, (Charge, Claim, ClaimPayment, *_SUPPLIES)):
        return event.model_copy(update={"unreadable": (*event.unreadable, _HELD)})
    return event


def _places(value: Any, path: str, known: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _places(inside, f"{path}/{position}", known)
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name == "modifierExtension":
                told = inside if isinstance(inside, list) else [inside]
                if any(not isinstance(one, dict) or text(one, "url") not in known for one in told):
                    yield f"{path}/modifierExtension"
            elif isinstance(inside, list | dict):
                yield from _places(inside, f"{path}/{known_name(name)}", known)
