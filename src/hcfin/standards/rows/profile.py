"""The user's knowledge of one feed of rows: names of columns, categories, units of amounts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.model import Model

RowKind = Literal[
    "payment",
    "payout",
    "refund",
    "dispute",
    "write_off",
    "transfer",
    "supply_use",
    "stock_level",
    "stock_adjustment",
    "supply_request",
    "goods_receipt",
    "invoice_release",
]


class CategoryRule(Model):
    """A fact that a row of one category becomes."""

    kind: RowKind = Field(description="Kind of fact.")
    columns: dict[str, str] = Field(default={}, description="Columns of the row, beyond the common ones.")
    values: dict[str, str] = Field(default={}, description="Keys of the row shape that are always the same.")
    opposite: tuple[Literal["amount", "fee", "quantity"], ...] = Field(
        default=(), description="Amounts and quantities whose sign is the other way round in the source."
    )
    unless_zero: str = Field(
        default="", description="Column that must hold something else than zero, else there is no such fact."
    )


class Profile(Model):
    """Settings of one feed, layered like the books but separate from them."""

    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="Currency where a row has none.")
    facility: str = Field(default="", description="Facility where a row has none.")
    gateway: str = Field(default="", description="Gateway of payouts, disputes, card payments and refunds.")
    minor_units: bool = Field(default=False, description="Amounts are whole minor units: 25000 is 250.00.")
    unix_moments: bool = Field(default=False, description="Moments are seconds since 1970, as numbers.")
    utc_offset: str = Field(
        default="+00:00",
        pattern=r"^[+-][01][0-9]:[0-5][0-9]$",
        description="Zone in which such moments name a day.",
    )
    date_formats: tuple[str, ...] = Field(
        default=(), description="Other forms of moments, such as `%m/%d/%Y`; the first that fits counts."
    )
    delimiter: Literal["", ",", ";", "\t", "|"] = Field(
        default="", description="What stands between the cells of a table; empty: what its header has most."
    )
    kind: Literal["", RowKind] = Field(default="", description="Kind of all rows, where they have no `kind`.")
    words: dict[str, dict[str, str]] = Field(
        default={}, description="By key of the row shape: words of the source, and those that they mean."
    )
    columns: dict[str, str] = Field(
        default={}, description="Column of the source to key of the row shape; `a.b` is b inside of a."
    )
    ignored: tuple[str, ...] = Field(
        default=(), description="Columns that are known and not read; `a.*` is everything inside of a."
    )
    category: str = Field(
        default="", description="Column that says what a row is, where it is not its `kind`."
    )
    categories: dict[str, tuple[CategoryRule, ...]] = Field(
        default={}, description="What the rows of each category become; nothing, for an empty list."
    )
