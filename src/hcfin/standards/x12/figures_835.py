"""Segments that are tables of figures: MIA, MOA, TS2, TS3.

Strategy: the models say at which position each of their fields stands and what it is, so the same table reads
and writes a segment, and no second list of positions is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import Node
from hcfin.billing.provider_summary import ProviderSupplement, ProviderTotals
from hcfin.model import blank, trusted
from hcfin.money import Amount, Quantity
from hcfin.standards.x12.session import Elements, Session, Strict
from hcfin.wire.x12_writer import day_text

_NodeT = TypeVar("_NodeT", bound=Node)

_TEXT = ""
# Which accessor of a session reads a field.
_ACCESSORS: tuple[tuple[Any, str], ...] = (
    (Amount | None, "amount"),
    (Quantity | None, "quantity"),
    (date | None, "day"),
    (str, _TEXT),
)


class Figures(NamedTuple):
    """What stands where in a segment that becomes one node."""

    segment: str
    kind: type[Node]
    remarks: tuple[int, ...] = ()
    """Positions of remark codes, which are not the node's."""


INPATIENT = Figures("MIA", InpatientAdjudication, (5, 20, 21, 22, 23))
OUTPATIENT = Figures("MOA", OutpatientAdjudication, (3, 4, 5, 6, 7))
TOTALS = Figures("TS3", ProviderTotals)
SUPPLEMENT = Figures("TS2", ProviderSupplement)
_ALL = (INPATIENT, OUTPATIENT, TOTALS, SUPPLEMENT)


def _table(kind: type[Node]) -> dict[int, tuple[str, str]]:
    table = {}
    for name, field in kind.model_fields.items():
        extra: Any = field.json_schema_extra or {}
        place = extra.get("source", {}).get("x12", "")
        if place:
            accessor = next(named for annotation, named in _ACCESSORS if field.annotation == annotation)
            table[int(place[-2:])] = name, accessor
    return table


_TABLES = {figures.segment: _table(figures.kind) for figures in _ALL}
_BLANKS = {figures.segment: blank(figures.kind) for figures in _ALL}

CARRIED = {figures.segment: frozenset((*_TABLES[figures.segment], *figures.remarks)) for figures in _ALL}
"""Positions that reach a fact, by segment."""


def read_figures(session: Session | Strict, at: int, elements: Elements, kind: type[_NodeT]) -> _NodeT | None:
    """The node of a segment; None where it holds no figure that can be read."""
    table = _TABLES[elements[0]]
    values = None
    for position, found in enumerate(elements):
        if found and position in table:
            name, accessor = table[position]
            value = getattr(session, accessor)(at, elements, position) if accessor else found
            if value is not None:
                if values is None:
                    values = _BLANKS[elements[0]].copy()
                    values["at"] = at
                values[name] = value
    return None if values is None else trusted(kind, values)


def figures_row(figures: Figures, node: Node | None, remarks: Sequence[str] = ()) -> tuple[str, ...]:
    """The segment of a node, with remark codes where it has room for them."""
    row = {}
    if node is not None:
        for position, (name, _) in _TABLES[figures.segment].items():
            row[position] = _shown(getattr(node, name))
    row.update(zip(figures.remarks, remarks, strict=False))
    return (figures.segment, *(row.get(position, "") for position in range(1, max(row, default=0) + 1)))


def number_text(value: Decimal | None) -> str:
    """A number without an exponent or zeros at its end; X12 wants neither."""
    if value is None:
        return ""
    shown = f"{value:f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) if value else "0"


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, date):
        return day_text(value)
    return str(value or "")
