"""Segments that belong together, found by anchors and not by the grammar of messages.

Real messages have segments before their group, behind it, and local ones anywhere. So nothing is ever left
out here: each segment belongs to the anchor that its kind goes with, or to the message.

Strategy: what goes with what depends on the names of the segments alone, and messages of a feed have the same
names in the same order. So it is found once for each order of names, as numbers of segments (`_Plan`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

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

    def __init__(self, at: int, fields: list[str]) -> None:
        self.at = at
        self.fields = fields
        self.rows: list[Row] = []
        self.insurances: list[Group] = []
        self.order: Group | None = None
        """The order that the row stands in, in a message of orders or results."""


class Grouped:
    """A message by anchors."""

    __slots__ = ("_plan", "_segments", "charges", "insurances", "orders", "own", "rows")

    def __init__(self, message: Message, plan: _Plan, *, own: bool) -> None:
        self._segments = list(message.rows())
        take = self._segments.__getitem__
        self._plan = plan
        self.own = own
        """Whether a charge may have insurances, guarantors and diagnoses of its own."""
        self.rows: list[Row] = list(map(take, plan.rows))
        """The segments of the message itself."""
        self.orders = self._groups(plan.orders)
        """ORC or OBR with what follows, in a message of orders or results."""
        self.insurances = self._groups(plan.insurances)
        """IN1 with its IN2, IN3 and what follows them."""
        self.charges = [ChargeGroup(at, fields) for at, fields in map(take, plan.starts)]
        for charge, part in zip(self.charges, plan.charges, strict=True):
            if part.rows or part.insurances or part.order is not None:
                charge.rows = list(map(take, part.rows))
                charge.insurances = self._groups(part.insurances)
                charge.order = None if part.order is None else self.orders[part.order]

    def _groups(self, parts: list[_Part]) -> list[Group]:
        take = self._segments.__getitem__
        groups = []
        for part in parts:
            group = Group(*take(part.n))
            group.rows += map(take, part.rows)
            groups.append(group)
        return groups

    def people(self, *, several: bool) -> list[tuple[Row | None, Row | None]]:
        """Each PID with its PV1. Those of orders and all but the first only if there may be `several`: later
        ones of a message of orders are of earlier results."""
        found = self._plan.everybody if several else self._plan.people[:1]
        rows = self._segments
        return [
            (None if pid is None else rows[pid], None if visit is None else rows[visit])
            for pid, visit in found
        ]

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
_LONG = 200
"""So many segments are no order of names that comes again."""


def grouped(message: Message, *, orders: bool = False, own: bool = False) -> Grouped:
    """The charges, insurances and orders of a message.

    An FT1 owns what follows up to the next: NTE, PR1, ROL, PRT, ORC, OBR, OBX. DG1, DRG, GT1, ACC and IN1
    belong to the message wherever they stand, unless `own` (P11), where those behind an FT1 are its own. A
    note, a role or a local segment goes with the anchor before it. With `orders` an ORC, or an OBR that has
    none, opens an order, and an FT1 belongs to the order that is open.
    """
    names = message.names
    plan = _Plan(names, orders, own) if len(names) > _LONG else _plan(names, orders, own)
    return Grouped(message, plan, own=own)


class _Part:
    """An anchor and what goes with it, by the numbers of the segments in their message."""

    __slots__ = ("insurances", "n", "order", "rows")

    def __init__(self, n: int, order: int | None = None) -> None:
        self.n = n
        self.rows: list[int] = []
        self.insurances: list[_Part] = []
        self.order = order
        """The number of its order among the orders."""


class _Plan:
    """What goes with what in messages whose segments have these names."""

    def __init__(self, names: Sequence[str], orders: bool, own: bool) -> None:
        self.rows: list[int] = []
        self.charges: list[_Part] = []
        self.insurances: list[_Part] = []
        self.orders: list[_Part] = []
        self._group(names, orders, own)
        self.starts = [part.n for part in self.charges]
        self.people = list(_people(names, self.rows))
        """PID and PV1 of the message itself, pair by pair."""
        within = [n for part in self.orders for n in part.rows if names[n] in ("PID", "PV1")]
        self.everybody = list(_people(names, sorted(self.rows + within))) if within else self.people

    def _group(self, names: Sequence[str], orders: bool, own: bool) -> None:
        charge: _Part | None = None
        insurance: _Part | None = None
        order: _Part | None = None
        latest = self.rows  # where a note or a local segment goes
        for n, name in enumerate(names):
            if name in _OF_MESSAGE and order is None:
                self.rows.append(n)
                latest = self.rows
            elif name == "FT1":
                charge = _Part(n, None if order is None else len(self.orders) - 1)
                self.charges.append(charge)
                latest = charge.rows
            elif name == "IN1":
                insurance = _Part(n)
                (charge.insurances if own and charge else self.insurances).append(insurance)
                latest = insurance.rows
            elif name in _OF_INSURANCE and insurance is not None:
                insurance.rows.append(n)
                latest = insurance.rows
            elif orders and _opens_order(name, order, names):
                order, charge = _Part(n), None
                self.orders.append(order)
                latest = order.rows
            elif name in _WITH_LATEST or name[:1] == "Z":
                latest.append(n)
            elif orders and order is not None:
                (charge.rows if charge and name == "PR1" else order.rows).append(n)
            elif charge is not None and (name in _WITH_CHARGE or (own and name in _OF_CHARGE_P11)):
                charge.rows.append(n)
                latest = charge.rows
            else:
                self.rows.append(n)
                latest = self.rows


_plan = lru_cache(maxsize=256)(_Plan)


def _opens_order(name: str, order: _Part | None, names: Sequence[str]) -> bool:
    """Whether a segment begins an order: an ORC does, and an OBR that follows no ORC of its own."""
    if name == "ORC":
        return True
    if name != "OBR":
        return False
    return order is None or names[order.n] == "OBR" or any(names[n] == "OBR" for n in order.rows)


def _people(names: Sequence[str], rows: Iterable[int]) -> Iterator[tuple[int | None, int | None]]:
    """Each PID with the first PV1 behind it; a PV1 before any PID goes with the first."""
    pid: int | None = None
    visit: int | None = None
    for n in rows:
        if names[n] == "PID":
            if pid is not None:
                yield pid, visit
                visit = None
            pid = n
        elif names[n] == "PV1" and visit is None:
            visit = n
    yield pid, visit


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
