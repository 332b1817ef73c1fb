"""The fields of facts that a dimension may come from: every code of the models, and no patient data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from hcfin.billing.base import Adjustment
from hcfin.billing.charge import Charge, DrugUse
from hcfin.billing.claim import Claim, ClaimLine, ClaimType
from hcfin.billing.registration import Coding, Place
from hcfin.billing.remittance import (
    ClaimPayment,
    Procedure,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from hcfin.model import Model, is_phi

Source = Literal["remittance", "bill", "charge"]
"""What a selector is read from."""

_CODINGS = (Coding, Coding | None)
_POLICY = {
    "entity": "Entity, as named in the books.",
    "payer": "Payer, as named in the books; the next one where a balance moves on to it.",
    "payer.class": "Its class.",
    "treatment": "What an adjustment was taken for.",
}
# Names within one read, and what every amount of a document has anyway.
_LEFT_OUT = frozenset({"kind", "ref", "remittance", "submission", "currency"})
# What tells one row of a feed from another, and never one kind of charge from another.
_OF_THE_ROW = frozenset({"charge.number", "charge.batch", "charge.posted"})
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
# A field that bills and remittances both have goes by one name, and is described as the remittance's.
_MODELS = (*_BILLED, *_REMITTED, *_CHARGED)


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
    """The selectors that a bill has, or a remittance, or a feed of charges.

    >>> "line.facility_type" in readable("bill"), "line.facility_type" in readable("remittance")
    (True, False)
    """
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


def _texts(
    *, patient_data: bool, models: tuple[tuple[str, type[Model]], ...] = _MODELS
) -> Iterator[tuple[str, str]]:
    for prefix, model in models:
        for name, field in model.model_fields.items():
            text = field.annotation in (str, ClaimType, *_CODINGS)
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
