"""The three-way match: what of an invoice is owed by its orders and what arrived, and why the rest is held.

Strategy: a pure function over figures in stock units. Each line settles order lines in turn. A price above
tolerance holds its line whole; a quantity beyond what arrived holds the rest of it. What is released is
approved as it is asked. The last of what arrived settles exactly what is left of what was accrued, so that
rounding never leaves a cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from hcfin.posting.supply_units import money

HoldCode = Literal["MATCH_NO_PO", "MATCH_NO_RECEIPT", "MATCH_PRICE", "MATCH_QTY", "CONTRACT_PRICE_VARIANCE"]


class Tolerances(NamedTuple):
    """How far an invoice may go beyond its order: per cent and amount of a line's price, per cent of what
    arrived, amount of a line beyond a contract."""

    price: Decimal = Decimal(0)
    price_amount: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    contract: Decimal = Decimal(0)


class OwedLine(NamedTuple):
    """A line of an order as it stands, in stock units. `used`: owed since its use, at a contract's price."""

    order: str
    n: int
    price: Fraction
    received: Fraction
    invoiced: Fraction
    accrued: Decimal = Decimal(0)
    settled: Decimal = Decimal(0)
    used: bool = False


class AskedLine(NamedTuple):
    """A line of an invoice, in stock units, with the order lines that it may settle, best first."""

    quantity: Fraction
    amount: Decimal
    candidates: tuple[tuple[str, int], ...]


class Approved(NamedTuple):
    """What of a line is owed: `settles` at the price of the order, and `variance` beyond (or below) it."""

    line: int
    owed: OwedLine | None
    quantity: Fraction
    settles: Decimal
    variance: Decimal


class Hold(NamedTuple):
    """Why something of a line is held. `asked` and `expected` are both figures: amounts where the price is
    in question, stock units else; `quantity` and `amount` are what is held."""

    line: int
    code: HoldCode
    asked: Decimal | Fraction
    expected: Decimal | Fraction
    quantity: Fraction
    amount: Decimal


class Match(NamedTuple):
    """The result: what is approved, and what is held."""

    approved: tuple[Approved, ...]
    holds: tuple[Hold, ...]


def three_way(
    asked: Sequence[AskedLine],
    owed: Iterable[OwedLine],
    tolerances: Tolerances,
    currency: str,
    *,
    released: bool = False,
) -> Match:
    """Match the lines of an invoice. Lines of one invoice that settle the same order line count together."""
    state = {(line.order, line.n): line for line in owed}
    approved: list[Approved] = []
    holds: list[Hold] = []
    for number, line in enumerate(asked):
        lines = [state[key] for key in line.candidates]
        for one in _matched(number, line, lines, tolerances, currency, released):
            if isinstance(one, Hold):
                holds.append(one)
                continue
            approved.append(one)
            if one.owed is not None:
                own = one.owed
                state[own.order, own.n] = own._replace(
                    invoiced=own.invoiced + one.quantity, settled=own.settled + one.settles
                )
    return Match(tuple(approved), tuple(holds))


def _matched(
    number: int,
    line: AskedLine,
    owed: Sequence[OwedLine],
    tolerances: Tolerances,
    currency: str,
    released: bool,
) -> list[Approved | Hold]:
    if not owed:
        if released:
            return [Approved(number, None, line.quantity, line.amount, Decimal(0) * line.amount)]
        return [Hold(number, "MATCH_NO_PO", line.amount, Decimal(0), line.quantity, line.amount)]
    if not released:
        price = _price_hold(number, line, owed[0], tolerances, currency)
        if price is not None:
            return [price]
    found: list[Approved | Hold] = []
    left, paid = line.quantity, Decimal(0)
    for place, one in enumerate(owed):
        last = place == len(owed) - 1
        room = left if released and last else _room(one, tolerances)
        taken = min(left, max(room, Fraction(0)))
        if not taken:
            continue
        left -= taken
        amount = (
            line.amount - paid if not left else money(Fraction(line.amount) * taken / line.quantity, currency)
        )
        settles = _settled(one, taken, currency)
        found.append(Approved(number, one, taken, settles, amount - settles))
        paid += amount
    if left:
        arrived = sum((one.received for one in owed), Fraction(0))
        open_ = sum((max(one.received - one.invoiced, Fraction(0)) for one in owed), Fraction(0))
        code: HoldCode = "MATCH_QTY" if arrived > 0 else "MATCH_NO_RECEIPT"
        found.append(Hold(number, code, line.quantity, open_, left, line.amount - paid))
    return found


def _room(one: OwedLine, tolerances: Tolerances) -> Fraction:
    """How much more may be invoiced of an order line."""
    return one.received * (1 + Fraction(tolerances.quantity) / 100) - one.invoiced


def _price_hold(
    number: int, line: AskedLine, one: OwedLine, tolerances: Tolerances, currency: str
) -> Hold | None:
    """A hold where the line asks more than its order or contract says, beyond what is tolerated."""
    expected = one.price * line.quantity
    over = Fraction(line.amount) - expected
    if one.used:
        within = over <= Fraction(tolerances.contract)
    else:
        # A cent of rounding is no price.
        within = (
            over * 100 <= Fraction(tolerances.price) * expected
            or over <= Fraction(tolerances.price_amount)
            or line.amount == money(expected, currency)
        )
    if within:
        return None
    code: HoldCode = "CONTRACT_PRICE_VARIANCE" if one.used else "MATCH_PRICE"
    return Hold(number, code, line.amount, money(expected, currency), line.quantity, line.amount)


def _settled(one: OwedLine, taken: Fraction, currency: str) -> Decimal:
    """The value of a quantity at the order's price; with the last of what arrived, all that is left of it."""
    if one.accrued and one.invoiced + taken == one.received:
        return one.accrued - one.settled
    return money(one.price * taken, currency)
