"""DFT messages, and FT1s in messages of orders and results, to facts.

The account that a message tells of comes first, then one fact for each FT1, in their order. An FT1 that is no
fact ends in an issue with its amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hcfin.money import zero
from hcfin.standards.hl7v2.account_adt import SEGMENTS, account_of
from hcfin.standards.hl7v2.charge_keys import PID_CARRIED, PV1_CARRIED, KeyFinder
from hcfin.standards.hl7v2.charge_row import RowReader
from hcfin.standards.hl7v2.grouping import Group, Grouped, Row, grouped
from hcfin.standards.hl7v2.session import Fields, Session
from hcfin.standards.hl7v2.supply_use import read_uses
from hcfin.wire.hl7v2 import Message

ORDERS = frozenset(
    {"ORM", "OMB", "OMD", "OMG", "OML", "OMN", "OMP", "OMQ", "OMS", "OPL"}
    | {"RAS", "RDE", "RDR", "RDS", "RGV", "ORU", "OUL"}
)
"""Messages of orders and results, in which each order has its own FT1s."""
_LINK = 31
_SUMS = ("charged", "credited", "paid", "adjusted")
_KEYS = {"PID": PID_CARRIED | {0, 1}, "PV1": PV1_CARRIED | {0, 1}}
_OWN = frozenset({"GT1", "DRG"})
_OF_PATIENT = SEGMENTS - {"PR1", "DG1", "DRG"}


def read_charges(message: Message, session: Session) -> None:
    """Read a message with FT1s; see the module."""
    groups = _grouped(message, session)
    finder = KeyFinder(groups, session, orders=session.code in ORDERS)
    for rows, insured in _told(message, groups, finder):
        if _says_more(rows, insured):
            account = account_of(session, rows, insured)
            if account is not None:
                session.fact(account)
    _read(groups, finder, session)


def read_rows(message: Message, session: Session) -> None:
    """Read the FT1s of a message whose account has been told already."""
    groups = _grouped(message, session)
    _read(groups, KeyFinder(groups, session, orders=session.code in ORDERS), session)


def _grouped(message: Message, session: Session) -> Grouped:
    return grouped(message, orders=session.code in ORDERS, own=session.kind == "DFT^P11")


def _read(groups: Grouped, finder: KeyFinder, session: Session) -> None:
    if session.route == "usage":
        uses = read_uses(groups, finder, _numbers(groups, session), session)
        session.summary.update({**_summary(len(groups.charges), {}, session.currency), "uses": uses})
        return
    reader = session.remembered("charges", lambda: RowReader(session))
    reader.begin(_numbers(groups, session))
    for group in groups.charges:
        reader.read(group, finder.keys(group))
    session.summary.update(_summary(len(groups.charges), reader.sums, session.currency))


def _numbers(groups: Grouped, session: Session) -> dict[str, str]:
    """FT1-2 by FT1-1, where a row of the message refers to another one (FT1-31)."""
    for group in groups.charges:
        if len(group.fields) > _LINK and group.fields[_LINK]:
            break
    else:
        return {}
    found: dict[str, str] = {}
    for fields in [group.fields for group in groups.charges]:
        number, own = session.text(fields, 1), session.text(fields, 2)
        if number and own:
            found.setdefault(number, own)
    return found


# The account


def _told(
    message: Message, groups: Grouped, finder: KeyFinder
) -> Iterator[tuple[Sequence[Row], Sequence[Group]]]:
    """What tells of each patient: segments, and insurances that were taken out of them."""
    starts = [pid[0] for pid, _ in finder.anchors if pid]
    if len(starts) < 2:
        own, insured = _own(groups) if groups.own else ([], [])
        yield [*groups.rows, *own], [*groups.insurances, *insured]
        return
    ends = [*starts[1:], message.at + len(message.segments)]
    for first, last in zip(starts, ends, strict=True):
        rows = message.segments[first - message.at : last - message.at]
        yield [(at, fields) for at, fields in enumerate(rows, first) if fields[0] in _OF_PATIENT], ()


def _own(groups: Grouped) -> tuple[list[Row], list[Group]]:
    """What the rows of a P11 tell of the account, where they all tell the same; what differs from row to row
    is said by each row of itself."""
    told: dict[tuple[tuple[str, ...], ...], tuple[list[Row], list[Group]]] = {}
    for charge in groups.charges:
        rows = [row for row in charge.rows if row[1][0] in _OWN]
        if rows or charge.insurances:
            says = [*(fields for _, fields in rows), *(group.fields for group in charge.insurances)]
            told.setdefault(tuple(map(tuple, says)), (rows, charge.insurances))
    return next(iter(told.values())) if len(told) == 1 else ([], [])


def _says_more(rows: Sequence[Row], insured: Sequence[Group]) -> bool:
    """Whether segments say more of an account than the keys that every row has."""
    return bool(insured) or any(fields[0] in SEGMENTS and _beside_keys(fields) for _, fields in rows)


def _beside_keys(fields: Fields) -> bool:
    keys = _KEYS.get(fields[0])
    return keys is None or any(text and n not in keys for n, text in enumerate(fields))


# The figures


def _summary(rows: int, sums: dict[tuple[str, str], Decimal], currency: str) -> dict[str, Any]:
    """Figures by kind; those of a second currency stand beside the others, never in them."""
    figures: dict[str, dict[str, str]] = {}
    for (stated, name), amount in sums.items():
        if stated not in figures:
            figures[stated] = _no_figures(stated).copy()
        figures[stated][name] = f"{amount:f}"
    first = next(iter(figures), currency)
    summary: dict[str, Any] = {"transactions": rows, "currency": first}
    summary.update(figures.pop(first, _no_figures(first)))
    if figures:
        summary["other_currencies"] = figures
    return summary


@lru_cache(maxsize=16)
def _no_figures(currency: str) -> dict[str, str]:
    return dict.fromkeys(_SUMS, f"{zero(currency):f}")
