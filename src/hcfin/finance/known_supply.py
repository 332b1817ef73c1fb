"""What posting asks of earlier orders, receipts and invoices, and what it notes that documents cannot hold.

Items and suppliers go by their names in the master data, cases by tokens. Quantities are told by unit, as
documents have them; posting converts. An answer is about the time before the call: posting asks and never
writes. `hcfin.reconcile.SupplyLedger` learns from postings; a caller with a database writes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from hcfin.finance.master import ItemReference
from hcfin.finance.procurement import OrderKind

ByUnit = tuple[tuple[str, Decimal], ...]
"""Quantities by unit."""


@dataclass(frozen=True, slots=True)
class KnownOrderLine:
    """A line of an order, and what has become of it.

    `received` is less what was sent back, `accrued` what was booked as owed for it; `invoiced` and `settled`
    are what invoices took of the two. `moved` is how much of what a use accrued waits as received and not
    invoiced.
    """

    n: int
    item: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None
    deliver_to: str = ""
    received: ByUnit = ()
    accrued: Decimal = Decimal(0)
    invoiced: ByUnit = ()
    settled: Decimal = Decimal(0)
    moved: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order. `used`: made by the use of items that are owed since, so that no receipt is waited for."""

    id: str
    entity: str
    supplier: str
    number: str
    currency: str
    order_kind: OrderKind
    case_token: str
    used: bool
    cancelled: bool
    lines: tuple[KnownOrderLine, ...]


class HeldLine(NamedTuple):
    """What is held of a line of an invoice, and the code of the issue that says why.

    `order` and `order_line` are as the supplier names them, `reference` is how the source names the item.
    `cut` is how often a part of the line was approved before.
    """

    item: str
    reference: ItemReference
    quantity: Decimal
    unit: str
    amount: Decimal
    order: str
    order_line: str
    code: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True)
class HeldInvoice:
    """What of an invoice was not approved: nothing is left of it where it has neither lines nor charges.

    `part` counts the documents that were made of it. `excess` is how much of it prices ask beyond orders and
    contracts: a price hold at a period's end accrues it, where it will probably be paid.
    """

    id: str
    entity: str
    supplier: str
    number: str
    currency: str
    digest: str
    order: str
    case_token: str
    invoiced_on: date | None
    due: date | None
    total: Decimal
    part: int
    lines: tuple[HeldLine, ...]
    freight: Decimal
    tax: Decimal
    other: Decimal
    excess: Decimal = Decimal(0)
    change: Literal["invoice", "credit", "rebate"] = "invoice"
    facility: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing of it is held any more."""
        return not (self.lines or self.freight or self.tax or self.other)


class Decided(NamedTuple):
    """What somebody decided about an invoice."""

    entity: str
    supplier: str
    number: str
    decision: Literal["release", "reject"]


class Seen(NamedTuple):
    """A fact that made no document, by the id that one would have, and a digest of what it says."""

    id: str
    digest: str


class StockCount(NamedTuple):
    """How much of an item a location had, in stock units."""

    entity: str
    location: str
    item: str
    quantity: Decimal


class StockMove(NamedTuple):
    """By how much the stock of an item changed at a location, in stock units."""

    entity: str
    location: str
    item: str
    quantity: Decimal


Noted = HeldInvoice | Decided | Seen | StockCount | StockMove
"""What documents cannot hold, and the next run needs."""


class KnownSupply(Protocol):
    """What posting asks."""

    def digest(self, document_id: str) -> str | None:
        """The digest of what the document of this id was made of, or of what was seen under it."""

    def orders(self, entity: str, number: str) -> tuple[KnownOrder, ...]:
        """The orders of a number, or of a document id, whoever the supplier is."""

    def used(self, entity: str, supplier: str, item: str) -> tuple[KnownOrder, ...]:
        """The orders that uses of an item made, in the order in which they came."""

    def decision(self, entity: str, supplier: str, number: str) -> str:
        """What was decided about an invoice; empty where nothing was."""

    def held(self, entity: str, supplier: str, number: str) -> HeldInvoice | None:
        """What is held of an invoice."""

    def held_for(self, entity: str, supplier: str) -> tuple[HeldInvoice, ...]:
        """Every invoice of a supplier of which something is held, by its number."""

    def on_order(self, entity: str, location: str, item: str) -> ByUnit:
        """What is ordered and not there yet for a location, or for none that was told."""

    def requested(self, entity: str, location: str, item: str) -> ByUnit:
        """What is requisitioned for a location and not ordered yet."""

    def stock(self, entity: str, item: str) -> Mapping[str, Decimal] | None:
        """How much of an item each location has, in stock units; None where nobody counted it."""
