"""Items of the supply chain's sets: pairs of product identifiers, units and what a price is the price of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from hcfin.standards.x12.session import Elements, Session, text

_PLACES = 6
_PRICE = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_EXPONENT = Decimal(1).scaleb(-_PLACES)

# Field of the item by the qualifier of an identifier, the best first.
_FIELDS: dict[str, tuple[str, ...]] = {
    "code": ("IN", "BP", "PI", "CB", "SK"),
    "supplier_code": ("VN", "VP", "VC"),
    "manufacturer": ("MF",),
    "manufacturer_code": ("MG", "MN", "N4", "ND"),
    "device": ("UK", "EN", "UI", "UP", "UA", "UD", "EO"),
}
_RANKS = {code: (field, rank) for field, codes in _FIELDS.items() for rank, code in enumerate(codes)}
ORDER_LINE, ORDER_NUMBER, LOT, SERIAL = "PL", "PO", "LT", "SN"
_BESIDE = frozenset({ORDER_LINE, ORDER_NUMBER, LOT, SERIAL})

# How many pieces a price is for, by its basis (element 639).
_PRICED: dict[str, int] = {
    "PN": 10,
    **dict.fromkeys(("PD", "LD", "RD", "TD", "WD"), 12),
    **dict.fromkeys(("HP", "LC", "QH", "RC", "TC", "WC"), 100),
    **dict.fromkeys(("TP", "LM", "QS", "RM", "TM", "WM"), 1000),
    "TT": 10_000,
    "HT": 100_000,
}
_COUNTED = {"EA": 1, "PC": 1, "UN": 1, "DZ": 12, "HU": 100, "TH": 1000}
"""How many pieces a unit is."""


class Identified(NamedTuple):
    """What the pairs of a segment say: fields of the item, what else they name (order, line, lot, serial
    number, by qualifier), and the positions that were used."""

    item: dict[str, str]
    beside: dict[str, str]
    positions: frozenset[int]


def identified(elements: Elements, first: int) -> Identified:
    """The item of pairs that begin at a position. Of several identifiers for one field the best counts."""
    ranks: dict[str, int] = {}
    found: dict[str, tuple[str, int]] = {}
    beside: dict[str, tuple[str, int]] = {}
    for position in range(first, len(elements) - 1, 2):
        qualifier, value = elements[position], elements[position + 1]
        if not value:
            continue
        if qualifier in _BESIDE:
            beside.setdefault(qualifier, (value, position))
            continue
        field, rank = _RANKS.get(qualifier, ("", 0))
        if field and rank < ranks.get(field, len(_RANKS)):
            ranks[field] = rank
            found[field] = value, position
    used = [place for _, place in (*found.values(), *beside.values())]
    return Identified(
        {field: value for field, (value, _) in found.items()},
        {qualifier: value for qualifier, (value, _) in beside.items()},
        frozenset(used) | {place + 1 for place in used},
    )


def price(
    session: Session, at: int, elements: Elements, position: int, basis: int, unit: str
) -> Decimal | None:
    """The price of one `unit`: a `Decimal`, or None where there is none or, with an issue, none that can be
    read. `basis` is the position of the code that says what the price is for."""
    told = text(elements, position)
    if not told:
        return None
    if not _PRICE.fullmatch(told):
        session.issue("AMOUNT_INVALID", at, elements, position)
        return None
    per = _PRICED.get(text(elements, basis), 1)
    pieces = _COUNTED.get(unit)
    if per == 1 or per == pieces:
        return _exact(session, at, elements, position, Decimal(told))
    if pieces is None or per % 10:
        # A box may hold any number, and a twelfth is no decimal: the price of one is not known.
        session.issue("PRICE_BASIS", at, elements, basis, basis=text(elements, basis), unit=unit)
        return None
    return _exact(session, at, elements, position, Decimal(told) * pieces / per)


def _exact(session: Session, at: int, elements: Elements, position: int, value: Decimal) -> Decimal | None:
    found = value.quantize(_EXPONENT)
    if found != value:
        session.issue("AMOUNT_SCALE", at, elements, position)
        return None
    # As short as it was told, so that equal prices are equal texts.
    return value if -_PLACES <= int(value.as_tuple().exponent) <= 0 else found
