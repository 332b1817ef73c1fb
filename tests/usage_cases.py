"""Uses and charges made in Python for tests of linking: short to write, with invented accounts."""

from __future__ import annotations

from typing import Any

import hcfin
from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.supply import SupplyUse
from hcfin.reconcile import ChargeMaster, UsageLink, UsageLinks, link_charges

EXAMPLE = hcfin.load_master_data("example")
DAY = "2025-03-04"

STENT, LEAD, GUIDE, CONTRAST, DRAPE = "CL-4711", "CL-4805", "CL-1201", "CL-2210", "CL-9001"
STENT_CODE, LEAD_CODE, GUIDE_CODE, CONTRAST_CODE = "27800471", "27800480", "27200120", "63600221"


def use(item: str, quantity: str = "1", *, account: str = "ACCT-1", **more: Any) -> SupplyUse:
    """A use for case CASE-1 on `DAY`."""
    data = {"item": {"code": item}, "quantity": quantity, "account": account, "case": "CASE-1", "used": DAY}
    return SupplyUse.build({**data, **more})


def charge(
    code: str,
    amount: str | None,
    quantity: str | None = "1",
    *,
    account: str = "ACCT-1",
    **more: Any,
) -> Charge:
    """A charge on `DAY`; a credit where its amount is negative."""
    data = {
        "code": {"code": code},
        "amount": amount,
        "quantity": quantity,
        "account": account,
        "performed": DAY,
        "change": "credit" if amount and amount.startswith("-") else "charge",
    }
    return Charge.build({**data, **more})


def prices(**listed: str) -> ChargeMaster:
    """A price list: `c27800480="4350.00"`."""
    master = ChargeMaster()
    master.learn(
        ChargePrice.build({"action": "MAD", "code": {"code": code[1:]}, "price": price})
        for code, price in listed.items()
    )
    return master


def linked(*facts: SupplyUse | Charge, **options: Any) -> UsageLinks:
    return link_charges(facts, **{"master": EXAMPLE, **options})


def only(*facts: SupplyUse | Charge, **options: Any) -> UsageLink:
    (one,) = linked(*facts, **options).links
    return one


def told(one: UsageLink) -> tuple[str, str | None]:
    """Status and what is missing."""
    return one.status, None if one.missing is None else str(one.missing)
