"""What linking keeps of a use and of a charge: a small part of each, so that a year fits in memory.

Accounts, visits, cases, numbers and days are patient data in clear here, as in facts; `repr` does not show
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.charge import Charge
from hcfin.billing.registration import day_of
from hcfin.billing.supply import SupplyUse
from hcfin.finance.master import Item, ItemReference, MasterData
from hcfin.posting.charges import code_of
from hcfin.posting.supply_units import per_unit

SUPPLY_REVENUE = ("027", "062")
"""Families of revenue codes that are supplies and devices; drugs are known by their charge codes alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What both have. `code` is the charge code, `why_not` a reason why it is not compared."""

    id: str = field(repr=False)
    account: str = field(repr=False)
    visit: str = field(repr=False)
    day: date | None = field(repr=False)
    reverses: str = field(repr=False)
    facility: str = field(repr=False)
    code: str
    quantity: Fraction
    currency: str
    why_not: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used(Told):
    """A use. Its quantity is in stock units of the item, negative where it came back; `item` is that of the
    ERP, and `named` what the source calls it."""

    case: str = field(repr=False)
    charge_id: str = field(repr=False)
    change: str
    item: str
    named: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged(Told):
    """A charge. Its quantity is negative where it is a credit; `amount` is None where nobody priced it."""

    patient_class: str
    revenue_code: str
    amount: Decimal | None

    @property
    def is_supply(self) -> bool:
        """Whether its revenue code says that it is a supply."""
        return self.revenue_code[:3] in SUPPLY_REVENUE


def used(use: SupplyUse, master: MasterData, wasted: frozenset[str]) -> Used:
    """What is kept of a use; `wasted` are the categories of items that are charged though they are wasted."""
    item = item_of(use, master)
    told = use.charge_code.code if use.charge_code else ""
    code = (item.charge_code if item else "") or told
    each = per_unit(master.units, item, use.unit) if item else Fraction(1)
    return Used(
        id=use.id.strip(),
        case=use.case.strip(),
        account=use.account.strip(),
        visit=use.visit.strip(),
        day=day_of(use.used) or day_of(use.posted),
        charge_id=use.charge_id.strip(),
        reverses=use.reverses.strip(),
        facility=use.facility,
        change=use.change,
        item=item.item if item else "",
        named=use.item.code or _device(use) or use.item.supplier_code,
        code=code,
        quantity=Fraction(use.quantity) * (each or 1) * (-1 if use.change == "returned" else 1),
        currency=use.currency,
        why_not=_why_not(use, item, code, each, wasted),
        at=use.at,
    )


def item_of(use: SupplyUse, master: MasterData) -> Item | None:
    """The item of the ERP that was used; None where master data know none."""
    told = use.item
    reference = ItemReference(
        use.facility, told.code, _device(use), "", told.supplier_code, told.manufacturer_code
    )
    return master.items.item(reference) if master.items else None


def _device(use: SupplyUse) -> str:
    return use.item.device or (use.udi.device if use.udi else "")


def _why_not(
    use: SupplyUse, item: Item | None, code: str, each: Fraction | None, wasted: frozenset[str]
) -> str:
    """Why no charge is expected, or nobody can tell; empty where one is."""
    if "quantity" in use.unreadable:
        return "unreadable"
    if use.change == "explanted":
        return "explanted"
    if each is None:
        return "unit_unknown"
    if not code:
        return "no_charge_code" if item else "item_unknown"
    if use.change == "wasted" and (item is None or item.category not in wasted):
        return "wasted"
    return ""


def charged(charge: Charge) -> Charged:
    """What is kept of a charge."""
    quantity = Fraction(1) if charge.quantity is None else Fraction(charge.quantity)
    return Charged(
        id=charge.transaction_id.strip(),
        account=charge.account.strip(),
        visit=charge.visit.strip(),
        day=day_of(charge.performed) or day_of(charge.posted),
        reverses=charge.reverses.strip(),
        facility=charge.facility,
        patient_class=charge.patient_class,
        code=code_of(charge).strip(),
        revenue_code=charge.revenue_code.strip().zfill(4) if charge.revenue_code.strip() else "",
        quantity=-abs(quantity) if charge.change == "credit" else quantity,
        amount=charge.amount,
        currency=charge.currency,
        why_not="unreadable" if charge.unreadable else "",
        at=charge.at,
    )
