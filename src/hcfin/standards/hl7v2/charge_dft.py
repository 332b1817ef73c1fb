"""DFT messages, and FT1s in messages of orders and results, to facts.

The account that a message tells of comes first, then one fact for each FT1, in their order. An FT1 that is no
fact ends in an issue with its amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.money import ZERO, format_amount
from hcfin.standards.hl7v2.charge_keys import KeyFinder
from hcfin.standards.hl7v2.charge_row import RowReader
from hcfin.standards.hl7v2.grouping import Grouped, grouped
from hcfin.standards.hl7v2.session import Session
from hcfin.wire.hl7v2 import Message

ORDERS = frozenset(
    {"ORM", "OMB", "OMD", "OMG", "OML", "OMN", "OMP", "OMQ", "OMS", "OPL"}
    | {"RAS", "RDE", "RDR", "RDS", "RGV", "ORU", "OUL"}
)
"""Messages of orders and results, in which each order has its own FT1s."""
_SUMS = ("charged", "credited", "paid", "adjusted")


def read_charges(message: Message, session: Session) -> None:
    """Read a message with FT1s; see the module."""
    orders = session.code in ORDERS
    groups = grouped(message, orders=orders, own=session.kind == "DFT^P11")
    _tell_account(groups, session)
    finder = KeyFinder(groups, session, orders=orders)
    ids: dict[str, str] = {}
    for group in groups.charges:
        number, own = session.text(group.fields, 1), session.text(group.fields, 2)
        if number and own:
            ids.setdefault(number, own)
    reader = RowReader(session, ids)
    for group in groups.charges:
        reader.read(group, finder.keys(group))
    session.summary.update(_summary(len(groups.charges), reader.sums, session.currency))


def _tell_account(groups: Grouped, session: Session) -> None:
    """The account that stands beside the charges."""


def _summary(rows: int, sums: dict[str, dict[str, Decimal]], currency: str) -> dict[str, Any]:
    """Figures by kind; those of a second currency stand beside the others, never in them."""
    currency = next(iter(sums), currency)
    summary: dict[str, Any] = {"transactions": rows, "currency": currency, **_figures(sums, currency)}
    if len(sums) > 1:
        summary["other_currencies"] = {other: _figures(sums, other) for other in sums if other != currency}
    return summary


def _figures(sums: dict[str, dict[str, Decimal]], currency: str) -> dict[str, str]:
    found = sums.get(currency, {})
    return {name: format_amount(found.get(name, ZERO), currency) for name in _SUMS}
