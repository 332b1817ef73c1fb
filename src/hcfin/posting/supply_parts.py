"""What the work on a fact of supplies is made of: whose books, how many of what, and what is booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.base import Node
from hcfin.books.periods import BookingDate
from hcfin.finance.base import Party
from hcfin.finance.master import Item
from hcfin.issues import Issue
from hcfin.posting.draft import Destination, Draft, Finding


class Held(Exception):  # noqa: N818 - no error: a fact that waits
    """Why a fact is held, and the field that it is about."""

    def __init__(self, issue: Issue, node: Node, name: str) -> None:
        super().__init__(issue.code)
        self.finding: Finding = (issue, node, name)


class Dropped(Exception):  # noqa: N818 - no error: a fact that came before
    """A fact that is not booked again. `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Ground:
    """Whose books, when, and in which currency."""

    entity: str
    booking: BookingDate
    currency: str


@dataclass(slots=True)
class Counted:
    """An item of the ERP, and how many of it: as told, and in stock units."""

    item: Item
    quantity: Decimal
    unit: str
    each: Fraction
    """Stock units in one of the unit."""
    stock: Decimal
    """How many stock units."""

    @property
    def stocked(self) -> Fraction:
        """The same, to reckon with."""
        return Fraction(self.stock)


@dataclass(slots=True)
class Booking:
    """What a fact books: drafts in pairs, so that they balance, and the fields that dimensions come from."""

    drafts: list[Draft] = field(default_factory=list)

    def move(self, node: Node, name: str, amount: Decimal, debit: Destination, credit: Destination) -> None:
        """Book an amount of a field; a negative one the other way round, and nothing for zero."""
        if amount:
            self.drafts += [(debit, amount, node, name), (credit, -amount, node, name)]


def party(supplier: str) -> Party | None:
    """A supplier as documents name it."""
    return Party(kind="supplier", token=supplier) if supplier else None
