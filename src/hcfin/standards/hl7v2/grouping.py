"""Segments that belong together, found by anchors and not by the grammar of messages.

Real messages have segments before their group, behind it, and local ones anywhere. So nothing is ever left
out here: each segment belongs to the anchor that its kind goes with, or to the message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from hcfin.wire.hl7v2 import Message

Row = tuple[int, list[str]]
"""A segment: its ordinal in the file, and its fields."""


class Group:
    """An anchor segment, and what goes with it, in the order in which it stands."""

    __slots__ = ("at", "fields", "rows")

    def __init__(self, at: int, fields: list[str]) -> None:
        self.at = at
        self.fields = fields
        self.rows: list[Row] = []

    def named(self, name: str) -> Iterator[Row]:
        """The segments of a name that go with the anchor."""
        return (row for row in self.rows if row[1][0] == name)

    def one(self, name: str) -> Row | None:
        """The first segment of a name that goes with the anchor."""
        return next(self.named(name), None)


class ChargeGroup(Group):
    """An FT1 with the segments that are its own: NTE, PR1, ROL, PRT, ORC, OBR, OBX and local ones; in a P11
    the DG1, DRG, GT1 and insurances that follow it, too."""

    __slots__ = ("insurances", "order")

    def __init__(self, at: int, fields: list[str], order: Group | None = None) -> None:
        self.at = at
        self.fields = fields
        self.rows: list[Row] = []
        self.insurances: list[Group] = []
        self.order = order
        """The order that the row stands in, in a message of orders or results."""


@dataclass(slots=True)
class Grouped:
    """A message by anchors. `rows` are the segments of the message itself."""

    rows: list[Row] = field(default_factory=list)
    charges: list[ChargeGroup] = field(default_factory=list)
    insurances: list[Group] = field(default_factory=list)
    """IN1 with its IN2, IN3 and what follows them."""
    orders: list[Group] = field(default_factory=list)
    """ORC or OBR with what follows, in a message of orders or results."""
    own: bool = False
    """Whether a charge may have insurances, guarantors and diagnoses of its own."""

    def named(self, name: str) -> Iterator[Row]:
        """The segments of a name that belong to the message itself."""
        return (row for row in self.rows if row[1][0] == name)

    def one(self, name: str) -> Row | None:
        """The first segment of a name that belongs to the message itself."""
        return next(self.named(name), None)


_WITH_CHARGE = frozenset({"PR1", "ORC", "OBR", "OBX", "TQ1", "TQ2"})
_OF_CHARGE_P11 = frozenset({"DG1", "DRG", "GT1"})
_WITH_LATEST = frozenset({"NTE", "ROL", "PRT"})
_OF_MESSAGE = frozenset({"MSH", "EVN", "PID", "PD1", "PV1", "PV2", "ACC", "UB1", "UB2"})
_OF_INSURANCE = frozenset({"IN2", "IN3", "AUT", "RF1"})


def grouped(message: Message, *, orders: bool = False, own: bool = False) -> Grouped:
    """The charges, insurances and orders of a message.

    An FT1 owns what follows up to the next: NTE, PR1, ROL, PRT, ORC, OBR, OBX. DG1, DRG, GT1, ACC and IN1
    belong to the message wherever they stand, unless `own` (P11), where those behind an FT1 are its own. A
    note, a role or a local segment goes with the anchor before it. With `orders` an ORC, or an OBR that has
    none, opens an order, and an FT1 belongs to the order that is open.
    """
    result = Grouped(own=own)
    charge: ChargeGroup | None = None
    insurance: Group | None = None
    order: Group | None = None
    latest: list[Row] = result.rows  # where a note or a local segment goes
    for row in message.rows():
        at, fields = row
        name = fields[0]
        if name in _OF_MESSAGE and order is None:
            result.rows.append(row)
            latest = result.rows
        elif name == "FT1":
            charge = ChargeGroup(at, fields, order=order)
            result.charges.append(charge)
            latest = charge.rows
        elif name == "IN1":
            insurance = Group(at, fields)
            (charge.insurances if own and charge else result.insurances).append(insurance)
            latest = insurance.rows
        elif name in _OF_INSURANCE and insurance is not None:
            insurance.rows.append(row)
            latest = insurance.rows
        elif orders and _opens_order(name, order):
            order, charge = Group(at, fields), None
            result.orders.append(order)
            latest = order.rows
        elif name in _WITH_LATEST or name[:1] == "Z":
            latest.append(row)
        elif orders and order is not None:
            (charge.rows if charge and name == "PR1" else order.rows).append(row)
        elif charge is not None and (name in _WITH_CHARGE or (own and name in _OF_CHARGE_P11)):
            charge.rows.append(row)
            latest = charge.rows
        else:
            result.rows.append(row)
            latest = result.rows
    return result


def _opens_order(name: str, order: Group | None) -> bool:
    """Whether a segment begins an order: an ORC does, and an OBR that follows no ORC of its own."""
    if name == "ORC":
        return True
    if name != "OBR":
        return False
    return order is None or order.fields[0] == "OBR" or order.one("OBR") is not None


def anchored(rows: Iterable[Row], anchors: Collection[str]) -> tuple[list[Row], list[Group]]:
    """Segments cut at each anchor: those before the first, and each anchor with what follows it. For patients
    of a merge (PID), visits of an account message (PV1) or entries of a master file (MFE).

    >>> before, (one, two) = anchored([(1, ["MSH"]), (2, ["PID"]), (3, ["MRG"]), (4, ["PID"])], {"PID"})
    >>> before, one.one("MRG"), two.rows
    ([(1, ['MSH'])], (3, ['MRG']), [])
    """
    before: list[Row] = []
    groups: list[Group] = []
    for at, fields in rows:
        if fields[0] in anchors:
            groups.append(Group(at, fields))
        else:
            (groups[-1].rows if groups else before).append((at, fields))
    return before, groups
