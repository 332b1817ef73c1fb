"""The fields of facts that a dimension may come from: every code of the models, and no patient data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, get_args, get_origin

from hcfin.billing.base import Adjustment
from hcfin.billing.charge import Charge, DrugUse
from hcfin.billing.claim import Claim, ClaimLine
from hcfin.billing.payment import Dispute, Payment, Payout, Refund, Transfer, WriteOff
from hcfin.billing.purchase import GoodsReceipt, SupplierInvoice, SupplierPayment
from hcfin.billing.registration import Coding, Place
from hcfin.billing.remittance import (
    ClaimPayment,
    Procedure,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from hcfin.billing.supply import StockAdjustment, SupplyUse
from hcfin.model import Model, is_phi

Source = Literal["remittance", "bill", "charge"] | type[Model]
"""What a selector is read from; of transactions the model of each kind."""

_CODINGS = (Coding, Coding | None)
_POLICY = {
    "entity": "Entity, as named in the books.",
    "payer": "Payer, as named in the books; the next one where a balance moves on to it.",
    "payer.class": "Its class.",
    "treatment": "What an adjustment was taken for.",
    "supply.item": "Item of the ERP that was used, counted, received or invoiced.",
    "supply.category": "Its category in the master data.",
    "supply.method": "How it is kept: perpetual, expensed, consigned or bill_only.",
    "supply.supplier": "Supplier by its name in the master data.",
    "supply.facility": "Facility that uses, receives or is invoiced.",
    "supply.location": "Stock location; of a transfer, on either side its own.",
    "supply.department": "Department that used it.",
}
# Names within one read, and what every amount of a document has anyway.
_LEFT_OUT = frozenset({"kind", "ref", "remittance", "submission", "currency"})
# What tells one row of a feed from another, and never one kind of charge from another.
_OF_THE_ROW = frozenset({"charge.number", "charge.batch", "charge.posted", "transaction.posted"})
_BILLED: tuple[tuple[str, type[Model]], ...] = (
    ("claim", Claim),
    ("line", ClaimLine),
    ("line.procedure", Procedure),
)
_REMITTED: tuple[tuple[str, type[Model]], ...] = (
    ("remittance", Remittance),
    ("claim", ClaimPayment),
    ("line", ServicePayment),
    ("line.procedure", Procedure),
    ("adjustment", Adjustment),
    ("provider_adjustment", ProviderAdjustment),
)
_CHARGED: tuple[tuple[str, type[Model]], ...] = (
    ("charge", Charge),
    ("charge.place", Place),
    ("charge.procedure", Procedure),
    ("charge.drug", DrugUse),
)
_TRANSACTIONS: tuple[type[Model], ...] = (Transfer, Payout, Dispute, Refund, WriteOff, Payment)
_TRANSACTED: tuple[tuple[str, type[Model]], ...] = (
    *(("transaction", model) for model in _TRANSACTIONS),
    ("transaction.code", Coding),
)
_SUPPLIED: tuple[tuple[str, type[Model]], ...] = (
    ("supply_use", SupplyUse),
    ("stock_adjustment", StockAdjustment),
    ("goods_receipt", GoodsReceipt),
    ("supplier_invoice", SupplierInvoice),
    ("supplier_payment", SupplierPayment),
)
# A field that bills and remittances both have goes by one name, and is described as the remittance's.
_MODELS = (*_TRANSACTED, *_BILLED, *_REMITTED, *_CHARGED, *_SUPPLIED)


@cache
def selectors() -> Mapping[str, str]:
    """Every selector, with the field that it reads below its fact; those of policy read none.

    >>> selectors()["line.procedure.code"], selectors()["entity"]
    ('procedure.code', '')
    >>> "claim.account" in selectors(), refused()["claim.account"]
    (False, 'Patient control number as billed. X12 CLP01.')
    """
    found = dict.fromkeys(_POLICY, "")
    found.update({name: _below(name) for name, _ in _texts(patient_data=False)})
    return dict(sorted(found.items()))


@cache
def readable(source: Source) -> frozenset[str]:
    """The selectors that a bill has, or a remittance, a feed of charges, a kind of transaction or of supply.

    >>> "line.facility_type" in readable("bill"), "line.facility_type" in readable("remittance")
    (True, False)
    """
    models: tuple[tuple[str, type[Model]], ...]
    if isinstance(source, type):
        supplied = tuple(one for one in _SUPPLIED if one[1] is source)
        models = supplied or (("transaction", source), ("transaction.code", Coding))
    else:
        models = {"bill": _BILLED, "remittance": _REMITTED, "charge": _CHARGED}[source]
    return frozenset(name for name, _ in _texts(patient_data=False, models=models))


@cache
def described() -> Mapping[str, str]:
    """Every selector with what it is."""
    return dict(sorted({**_POLICY, **dict(_texts(patient_data=False))}.items()))


@cache
def refused() -> Mapping[str, str]:
    """Texts of the models that are patient data, with what they are."""
    told = selectors()
    return {name: text for name, text in _texts(patient_data=True) if name not in told}


@cache
def words() -> frozenset[str]:
    """Every word of the closed lists that such fields hold: never patient data, though no code.

    >>> sorted(words())[:3]
    ['administrative', 'agency', 'approved']
    """
    return frozenset(
        word
        for _, model in _MODELS
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
        for word in get_args(field.annotation)
        if word
    )


def _texts(
    *, patient_data: bool, models: tuple[tuple[str, type[Model]], ...] = _MODELS
) -> Iterator[tuple[str, str]]:
    for prefix, model in models:
        for name, field in model.model_fields.items():
            text = field.annotation in (str, *_CODINGS) or get_origin(field.annotation) is Literal
            selector = f"{prefix}.{name}"
            if name in _LEFT_OUT or selector in _OF_THE_ROW:
                continue
            if text and is_phi(field) is patient_data:
                yield selector, field.description or ""


def _below(selector: str) -> str:
    below = selector.partition(".")[2]
    return f"{below}.code" if selector in _coded() else below


@cache
def _coded() -> frozenset[str]:
    """The selectors whose field holds a code with its text: the code is read."""
    return frozenset(
        f"{prefix}.{name}"
        for prefix, model in _MODELS
        for name, field in model.model_fields.items()
        if field.annotation in _CODINGS
    )
