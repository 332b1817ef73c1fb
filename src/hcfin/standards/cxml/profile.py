"""What the user knows about one cXML feed."""

from __future__ import annotations

from pydantic import Field

from hcfin.billing.purchase import OrderKind
from hcfin.model import Model


class Profile(Model):
    """Settings of one feed, layered like the books but separate from them."""

    name: str = Field(default="", description="Which feed this is, for people.")
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where no Money has one."
    )
    supplier: str = Field(
        default="", description="Identifier of the supplier, instead of the credential in the header."
    )
    facility: str = Field(
        default="", description="Facility where neither ship-to nor buyer has an identifier."
    )
    case: str = Field(default="", description="Name of the Extrinsic that names a case.")
    order_kind: str = Field(
        default="orderKind", description="Name of the Extrinsic that says what kind of order it is."
    )
    order_kinds: dict[str, OrderKind] = Field(
        default={"bill_only": "bill_only", "consignment": "consignment", "blanket": "blanket"},
        description="Kind of order by the value of that Extrinsic, or by orderType; others are standard.",
    )
