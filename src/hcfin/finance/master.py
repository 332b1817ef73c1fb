"""What posting asks of master data: items, suppliers, contracts, budgets, units.

The caller implements the protocols, from an ERP or a table; `hcfin.reconcile` has implementations that are
made of CSV and TOML. What is asked holds codes and days, never patient data. Whatever is not known is None,
and then nothing is guessed: the fact is held whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

InventoryMethod = Literal["perpetual", "expensed", "consigned", "bill_only"]
"""perpetual: stock until it is used; expensed: an expense on arrival; consigned, bill_only: the supplier's
until it is used, kept on the shelf or brought for the case."""


class ItemReference(NamedTuple):
    """How a source names an item. Empty is what it does not say."""

    facility: str = ""
    code: str = ""
    device: str = ""
    supplier: str = ""
    supplier_code: str = ""
    manufacturer_code: str = ""


class Item(NamedTuple):
    """An item of the ERP. `cost` is of one stock unit, in the currency of the books.

    `category` tells kinds of items apart (implant, drug …), for rules and dimensions; `capital` is bought as
    an asset.
    """

    item: str
    method: InventoryMethod
    stock_unit: str
    purchase_unit: str = ""
    supplier: str = ""
    supplier_code: str = ""
    device: str = ""
    charge_code: str = ""
    category: str = ""
    cost: Decimal | None = None
    capital: bool = False
    active: bool = True


class Items(Protocol):
    """Which item of the ERP is meant."""

    def item(self, reference: ItemReference) -> Item | None:
        """The item; None where nobody knows it, or several are meant."""


class ChargeCodes(Protocol):
    """What charge codes charge."""

    def charged(self, code: str) -> tuple[Item, ...]:
        """The items that a charge code of the site charges; none where it charges something else."""


class Supplier(NamedTuple):
    """A supplier by its name in the ERP. `currency` is what it invoices in; empty for that of the books."""

    name: str
    active: bool = True
    currency: str = ""
    terms_days: int | None = None


class Suppliers(Protocol):
    """Which supplier is meant."""

    def supplier(self, identifiers: tuple[str, ...], name: str) -> Supplier | None:
        """The supplier, by one of its identifiers, else its name; None where nobody knows it."""


class ContractPrice(NamedTuple):
    """What a contract says of an item: the price of one `unit`."""

    contract: str
    price: Decimal
    unit: str


class Contracts(Protocol):
    """Prices that are agreed with suppliers."""

    def contract_price(self, supplier: str, item: str, day: date) -> ContractPrice | None:
        """The price in force on a day; None where there is none."""


class Budget(NamedTuple):
    """What may be spent, and what of it is spent or promised before this run."""

    name: str
    limit: Decimal
    used: Decimal


class Budgets(Protocol):
    """What may be spent on what."""

    def budget(self, entity: str, account: str, department: str, day: date) -> Budget | None:
        """The budget that an expected expense falls under; None where there is none, and so no limit."""


class Conversion(NamedTuple):
    """So many of one unit are so many of another: `of` boxes make `makes` pieces. Both are positive."""

    of: Decimal
    makes: Decimal


class Units(Protocol):
    """How many of a unit are how many of another, for one item."""

    def conversion(self, item: str, unit: str, into: str) -> Conversion | None:
        """The conversion; None where nobody knows it. Never asked for equal units."""


class Replenishment(NamedTuple):
    """Between what a location keeps an item, in stock units. With `par` it is filled up to that each time."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    par: Decimal | None = None


class Levels(Protocol):
    """Between what locations keep items."""

    def replenishment(self, facility: str, location: str, item: str) -> Replenishment | None:
        """The levels; None where nobody set any."""


@dataclass(frozen=True, slots=True)
class MasterData:
    """The master data of a run. What is None knows nothing."""

    items: Items | None = None
    suppliers: Suppliers | None = None
    contracts: Contracts | None = None
    budgets: Budgets | None = None
    units: Units | None = None
    levels: Levels | None = None
    charge_codes: ChargeCodes | None = None
