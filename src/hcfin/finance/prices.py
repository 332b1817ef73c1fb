"""What a charge costs that comes without an amount: asked of a price list, by code and day of service.

The caller implements it, from a charge master or a table; `hcfin.reconcile.ChargeMaster` learns `ChargePrice`
facts. What is asked holds codes and a day, and never reaches a document.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol


class Service(NamedTuple):
    """A service that was given: `day` is None where none was told."""

    facility: str
    code: str
    patient_class: str
    day: date | None


class Prices(Protocol):
    """Prices of one unit, in the currency of the facility's books."""

    def unit_price(self, service: Service) -> Decimal | None:
        """The price of one; None where nobody knows."""
