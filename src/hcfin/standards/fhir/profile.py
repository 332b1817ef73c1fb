"""The user's knowledge of one FHIR feed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.billing.supply import StockChange, SupplyChange
from hcfin.model import Model

Release = Literal["R4", "R4B", "R5"]


Field_ = Literal[
    "amount",
    "unit_price",
    "procedure",
    "modifier",
    "revenue_code",
    "drug",
    "offset_by",
    "replacing",
    "case",
    "ignore",
]
Usage = Literal["SupplyDelivery", "DeviceUsage", "Procedure", "ChargeItem"]
"""Resources that may tell of uses of supplies."""


class ExtensionRule(Model):
    """What a vendor's extension of a resource is."""

    resource: str = Field(description="Resource type.")
    url: str = Field(description="URL of the extension.")
    inside: str = Field(default="", description="URL of the extension inside it that holds the value.")
    field: Field_ = Field(description="What it is; `ignore` where it does not matter.")


_ORACLE_HEALTH = "https://fhir-ehr.cerner.com/r4/StructureDefinition/"
_KNOWN_EXTENSIONS = (
    ExtensionRule(resource="ChargeItem", url=f"{_ORACLE_HEALTH}net-price", field="amount"),
    ExtensionRule(resource="ChargeItem", url=f"{_ORACLE_HEALTH}unit-price", field="unit_price"),
    ExtensionRule(
        resource="ChargeItem", url=f"{_ORACLE_HEALTH}procedure-code", inside="code", field="procedure"
    ),
    ExtensionRule(
        resource="ChargeItem", url=f"{_ORACLE_HEALTH}modifier-code", inside="code", field="modifier"
    ),
    ExtensionRule(
        resource="ChargeItem", url=f"{_ORACLE_HEALTH}revenue-code", inside="code", field="revenue_code"
    ),
    ExtensionRule(
        resource="ChargeItem", url=f"{_ORACLE_HEALTH}national-drug-product", inside="code", field="drug"
    ),
    ExtensionRule(resource="ChargeItem", url=f"{_ORACLE_HEALTH}offset-by", field="offset_by"),
    ExtensionRule(resource="ChargeItem", url=f"{_ORACLE_HEALTH}replacing", field="replacing"),
)


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

    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where an amount names none."
    )
    release: Literal["", "R4", "R4B", "R5"] = Field(
        default="", description="Release of the feed; empty: what each resource looks like."
    )
    extensions: tuple[ExtensionRule, ...] = Field(
        default=_KNOWN_EXTENSIONS, description="Vendor extensions; those of Oracle Health by default."
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
        "it is an amount for people alone. Those of the Medicare claims data by default.",
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
