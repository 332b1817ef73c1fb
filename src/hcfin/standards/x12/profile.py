"""The user's knowledge of one X12 feed."""

from __future__ import annotations

from pydantic import Field

from hcfin.billing.purchase import OrderKind
from hcfin.model import Model


class Profile(Model):
    """Settings of one X12 feed, layered like the books but separate from them."""

    name: str = Field(default="", description="Which feed this is, for people.")
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where a set has no CUR segment."
    )
    supplier: str = Field(
        default="", description="Identifier of the supplier where an order, shipment or invoice names none."
    )
    facility: str = Field(
        default="", description="Facility where an order, shipment or invoice names neither place nor buyer."
    )
    case: str = Field(default="", description="Qualifier (REF01) of the reference that names a case.")
    order_kinds: dict[str, OrderKind] = Field(
        default={"BE": "blanket", "BK": "blanket", "CN": "consignment"},
        description="Kind of order by its code (BEG02); others are standard.",
    )
    freight_codes: tuple[str, ...] = Field(
        default=("D240", "G821", "G830"), description="Charges of an invoice (SAC02) that are freight."
    )
    tax_codes: tuple[str, ...] = Field(
        default=("D360", "H740", "H750", "H770", "H850"),
        description="Charges of an invoice (SAC02) that are tax.",
    )
