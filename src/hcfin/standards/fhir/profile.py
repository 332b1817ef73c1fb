"""The user's knowledge of one FHIR feed.

What is known of vendors and payers anyway (`profiles/oracle_health.toml`, the categories of the Medicare
claims data, HL7 table 0570) holds below what a profile says, row by row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, field_validator

from hcfin.billing.payment import Channel
from hcfin.billing.supply import StockChange, SupplyChange
from hcfin.model import Model

FieldName = Literal[
    "amount",
    "unit_price",
    "description",
    "procedure",
    "modifier",
    "revenue_code",
    "drug",
    "drug_quantity",
    "offset_by",
    "replacing",
    "type",
    "method",
    "reference",
    "code",
    "allocated_to",
    "allocated",
    "case",
    "ignore",
]
Usage = Literal["SupplyDelivery", "DeviceUsage", "Procedure", "ChargeItem"]
"""Resources that may tell of uses of supplies."""
_OF_SUPPLIES = frozenset({"case", "ignore"})
FIELDS: Mapping[str, frozenset[str]] = {
    "ChargeItem": frozenset(
        {"amount", "unit_price", "description", "procedure", "modifier", "revenue_code", "drug"}
        | {"drug_quantity", "offset_by", "replacing", "case", "ignore"}
    ),
    "Basic": frozenset(
        {"type", "amount", "method", "reference", "code", "allocated_to", "allocated", "ignore"}
    ),
    **dict.fromkeys(("SupplyDelivery", "DeviceUsage", "DeviceUseStatement", "Procedure"), _OF_SUPPLIES),
}
"""What an extension can be, by the type of the resource that has it."""


class ExtensionRule(Model):
    """What a vendor's extension of a resource is."""

    resource: str = Field(description="Type of the resource: ChargeItem or Basic.")
    url: str = Field(description="URL of the extension.")
    inside: str = Field(default="", description="URL of the extension inside it that holds the value.")
    field: FieldName = Field(
        description="What it is. Of a ChargeItem: `amount` (of the whole), `unit_price`, `description`, "
        "`procedure`, `modifier`, `revenue_code`, `drug`, `drug_quantity`, `offset_by` (what takes it back), "
        "`replacing`. Of a Basic: `type` (payment, adjustment or advance), `amount`, `method`, `reference`, "
        "`code`, `allocated_to` and `allocated` (where it belongs, and how much of it). `ignore` where it "
        "does not matter."
    )


class Tender(Model):
    """How a payment was made, by its code."""

    method: str = Field(default="", description="How: `cash`, `check`, `card`, `ach` …")
    channel: Channel = Field(default="lockbox", description="Where the money came in.")
    gateway: str = Field(default="", description="Which gateway, where the channel is one.")


# HL7 table 0570, in the words of the model.
_TENDERS = {
    "CASH": Tender(method="cash", channel="drawer"),
    "CCCA": Tender(method="card", channel="gateway"),
    "DEBC": Tender(method="card", channel="gateway"),
    "CHCK": Tender(method="check", channel="lockbox"),
    "CCHK": Tender(method="check", channel="lockbox"),
    "DDPO": Tender(method="ach", channel="bank"),
    "SWFT": Tender(method="wire", channel="bank"),
}


@cache
def _known_extensions() -> tuple[ExtensionRule, ...]:
    shipped = files(__package__) / "profiles" / "oracle_health.toml"
    rows = tomllib.loads(shipped.read_text(encoding="utf-8"))["extensions"]
    return tuple(ExtensionRule.model_validate(row) for row in rows)


_CMS = "https://bluebutton.cms.gov/resources/variables/"


def _categories() -> dict[str, str]:
    told = ("rev_cntr_rate_amt", "line_bene_pmt_amt", "clm_pass_thru_per_diem_amt", "line_prvdr_pmt_amt")
    known = {
        "line_sbmtd_chrg_amt": "submitted",
        "rev_cntr_tot_chrg_amt": "submitted",
        "line_alowd_chrg_amt": "eligible",
        "line_nch_pmt_amt": "benefit",
        "line_bene_ptb_ddctbl_amt": "deductible",
        "line_coinsrnc_amt": "coinsurance",
        "line_bene_prmry_pyr_pd_amt": "priorpayerpaid",
        **dict.fromkeys(told, "told"),
    }
    return {f"{prefix}{name}": meaning for name, meaning in known.items() for prefix in ("", _CMS)}


_DEVICE_ACTIONS: dict[str, SupplyChange | Literal["ignore"]] = {
    "implanted": "consumed",
    "explanted": "explanted",
    "manipulated": "ignore",
}


class Profile(Model):
    """Settings of one FHIR feed, layered like the books but separate from them."""

    name: str = Field(default="", description="Which feed this is, for people.")
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where an amount names none."
    )
    release: Literal["", "R4", "R4B", "R5"] = Field(
        default="", description="Release of the feed; empty: what each resource looks like."
    )
    extensions: tuple[ExtensionRule, ...] = Field(
        default_factory=_known_extensions,
        description="Vendor extensions. Those of Oracle Health are known, if no row is about the same one.",
    )
    transactions: tuple[str, ...] = Field(
        default=("FinancialTransaction",),
        description="Codes of Basic resources that are payments and adjustments of accounts.",
    )
    tenders: dict[str, Tender] = Field(
        default_factory=lambda: dict(_TENDERS),
        description="How payments were made, by their code. Those of HL7 table 0570 are known.",
    )
    payment_method: Literal["ACH", "CHK", "FWT", "BOP"] = Field(
        default="ACH", description="How payers pay where a reconciliation does not say (R4 never does)."
    )
    modifiers: tuple[str, ...] = Field(
        default=(), description="URLs of modifier extensions that do not change what an amount means."
    )
    categories: dict[str, str] = Field(
        default_factory=_categories,
        description="What a payer's own adjudication category is: a code of the standard, or `told` where "
        "it is an amount for people alone. Those of the Medicare claims data are known.",
    )
    usage: tuple[Usage, ...] = Field(
        default=("SupplyDelivery", "DeviceUsage", "Procedure"),
        description="Resources that tell of uses of supplies, best first: what one of them tells, a later "
        "one of the same bundle does not tell again. DeviceUsage is DeviceUseStatement in R4.",
    )
    device_actions: dict[str, SupplyChange | Literal["ignore"]] = Field(
        default=_DEVICE_ACTIONS,
        description="What becomes of the focal device of a procedure, by the code of its action; `*` is "
        "every other code. Those of FHIR by default.",
    )
    stock_changes: dict[str, StockChange] = Field(
        default={}, description="Why stock changed, by the code of `operationTypeReason`; else `count`."
    )
    facility: str = Field(default="", description="Facility of supplies whose resource names none.")
    zone: str = Field(default="", description="Time zone of moments that name none; they keep having none.")

    @field_validator("extensions")
    @classmethod
    def _and_known(cls, told: tuple[ExtensionRule, ...]) -> tuple[ExtensionRule, ...]:
        own = {(rule.resource, rule.url, rule.inside) for rule in told}
        known = [rule for rule in _known_extensions() if (rule.resource, rule.url, rule.inside) not in own]
        return (*told, *known)

    @field_validator("categories", "tenders")
    @classmethod
    def _and_others(cls, told: dict[str, Any], info: Any) -> dict[str, Any]:
        return {**(_categories() if info.field_name == "categories" else _TENDERS), **told}
