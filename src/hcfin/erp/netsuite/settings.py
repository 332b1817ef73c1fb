"""What the user tells hcfin about their NetSuite account: the `[erp.netsuite]` table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from hcfin.model import Model

_TAKEN = frozenset({"account", "debit", "credit", "entity", "memo", "line"})

# Tags may tell of one account or claim; a dimension never does.
_DIMENSIONS = frozenset({"department", "class", "location"})

FieldId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ExternalIds = dict[str, Annotated[str, StringConstraints(min_length=1)]]


class Settings(Model):
    """Names of records and fields in one NetSuite account. What is not listed goes by its own name."""

    subsidiaries: ExternalIds = Field(
        default={}, description="Legal entity to external id of the subsidiary."
    )
    accounts: ExternalIds = Field(default={}, description="Account to external id of the account.")
    entities: ExternalIds = Field(
        default={}, description="Payer, supplier or affiliate to external id of the customer or vendor."
    )
    currencies: ExternalIds = Field(default={}, description="ISO 4217 code to external id of the currency.")
    items: ExternalIds = Field(
        default={},
        description="Account that an invoice credits to external id of the item that books there.",
    )
    patients: str = Field(default="", description="External id of the customer that stands for all patients.")
    dimensions: dict[str, FieldId] = Field(
        default={},
        description="Dimension to `department`, `class`, `location` or the id of a custom segment.",
    )
    tags: dict[str, FieldId] = Field(
        default={}, description="Tag to the id of a custom line field that holds free text."
    )
    products: ExternalIds = Field(
        default={}, description="Item that is bought to external id of its record; not those of bills."
    )
    units: ExternalIds = Field(
        default={}, description="Unit to the number of the unit in NetSuite, which has no external id."
    )
    locations: ExternalIds = Field(default={}, description="Stock location to external id of the location.")
    requester: str = Field(
        default="", description="External id of the employee who asks; a requisition needs one."
    )
    account_lines: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(
        default=(),
        description="Accounts whose lines of requisitions, orders and receipts go by account instead of by "
        "item. NetSuite books nothing when these arrive: a journal entry does.",
    )
    received_accounts: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(
        default=(),
        description="Accounts that item receipts credit. What an invoice settles there goes by the line of "
        "its order, and by account if none is listed.",
    )
    line_limit: int = Field(
        default=200,
        ge=2,
        le=1000,
        strict=True,
        description="Lines in one journal entry. Longer ones are split, and the parts have external ids of "
        "their own: a document that was sent once must be sent again with the same limit.",
    )
    item_limit: int = Field(
        default=200,
        ge=1,
        le=1000,
        strict=True,
        description="Items in one invoice or credit memo, which is never split. Services of longer ones are "
        "summed by account, revenue code and dimensions. Requisitions and receipts of goods are split.",
    )
    approval_status: Literal[1, 2, 3, 11] | None = Field(
        default=None, description="Approval status to save journals with; 1 is pending approval."
    )
    render_memos: bool = Field(
        default=False, description="Also render memo documents, which NetSuite would book."
    )

    @model_validator(mode="after")
    def _one_field_each(self) -> Settings:
        fields = [*self.dimensions.values(), *self.tags.values()]
        if len(fields) != len(set(fields)):
            raise PydanticCustomError("field_twice", "Two dimensions or tags share a field")
        if not _TAKEN.isdisjoint(fields):
            raise PydanticCustomError("field_taken", "A field of the journal line cannot hold a dimension")
        if not _DIMENSIONS.isdisjoint(self.tags.values()):
            raise PydanticCustomError("tag_as_dimension", "A tag cannot be a dimension")
        return self
