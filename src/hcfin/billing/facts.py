"""All kinds of facts: the table of kinds, loading from JSON, and the published schema."""

from __future__ import annotations

from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter

from hcfin.billing import SCHEMA
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge, ChargePrice, LocationEntry
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.claim_status import ClaimStatus
from hcfin.billing.file_status import FileStatus
from hcfin.billing.payment import Dispute, Payment, Payout, Refund, Transfer, WriteOff
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.purchase import (
    GoodsReceipt,
    InvoiceRelease,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockLevel, SupplyRequest, SupplyUse

KINDS: dict[str, type[Fact]] = {
    "account": Account,
    "account_merge": AccountMerge,
    "charge": Charge,
    "charge_price": ChargePrice,
    "claim": Claim,
    "claim_submission": ClaimSubmission,
    "claim_payment": ClaimPayment,
    "claim_status": ClaimStatus,
    "dispute": Dispute,
    "file_status": FileStatus,
    "goods_receipt": GoodsReceipt,
    "invoice_release": InvoiceRelease,
    "item_entry": ItemEntry,
    "location_entry": LocationEntry,
    "payment": Payment,
    "payout": Payout,
    "provider_summary": ProviderSummary,
    "purchase_order": PurchaseOrder,
    "refund": Refund,
    "remittance": Remittance,
    "stock_adjustment": StockAdjustment,
    "stock_level": StockLevel,
    "supplier_invoice": SupplierInvoice,
    "supplier_payment": SupplierPayment,
    "supply_request": SupplyRequest,
    "supply_use": SupplyUse,
    "transfer": Transfer,
    "write_off": WriteOff,
}


def load_fact(data: dict[str, Any]) -> Fact:
    """A fact from its JSON form. Raises `ModelError` where it does not fit, `KeyError` for an unknown kind.

    >>> load_fact({"kind": "claim_payment", "remittance": "r", "status": "1", "charged": "1", "paid": "1"})
    ClaimPayment(remittance='•', status='1', charged=Decimal('1'), paid=Decimal('1'))
    """
    return KINDS[data["kind"]].build(data)


def fact_json(fact: Fact) -> dict[str, Any]:
    """The short JSON form of a fact: its kind and every field that is not at its default."""
    return {"kind": fact.model_dump()["kind"], **fact.model_dump(mode="json", exclude_defaults=True)}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a fact of any kind, with the version of the fact schema."""
    union: Any = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
    schema = TypeAdapter(union).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hcfin:facts:{SCHEMA}",
        "title": "hcfin billing fact",
        **schema,
    }
