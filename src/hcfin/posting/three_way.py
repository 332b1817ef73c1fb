"""The three-way match: what of an invoice is owed by its orders and what arrived, and why the rest is held.

Strategy: a pure function over figures in stock units. Each line settles order lines in turn. A price above
tolerance holds its line whole; a quantity beyond what arrived holds the rest of it. What is released is
approved as it is asked. The last of what arrived settles exactly what is left of what was accrued, so that
rounding never leaves a cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from hcfin.money import minor_units
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
    rounding: Decimal = Decimal(0)
    """What rounding may have added to the amount, where it is the rest of a line."""


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
            return [Approved(number, None, line.quantity, line.amount, line.amount - line.amount)]
        return [Hold(number, "MATCH_NO_PO", line.amount, Decimal(0), line.quantity, line.amount)]
    taken = list(_taken(line.quantity, owed, tolerances, released))
    left = line.quantity - sum(quantity for _, quantity in taken)
    paid = line.amount if not left else _share(line, line.quantity - left, currency)
    if not released:
        expected = sum((one.price * quantity for one, quantity in taken), Fraction(0))
        # Of a part, its own rounding is no price either.
        cent = Decimal(1).scaleb(-minor_units(currency)) if left else Decimal(0)
        parts = (
            (paid, expected, line.rounding + cent),
            (line.amount, expected + owed[-1].price * left, line.rounding),
        )
        for amount, price, rounding in parts:
            if _excessive(amount, price, owed[0].used, rounding, tolerances, currency):
                code: HoldCode = "CONTRACT_PRICE_VARIANCE" if owed[0].used else "MATCH_PRICE"
                return [Hold(number, code, amount, money(price, currency), line.quantity, line.amount)]
    found: list[Approved | Hold] = []
    for nth, (one, quantity) in enumerate(taken, start=1):
        amount = paid if nth == len(taken) else _share(line, quantity, currency)
        paid -= amount
        settles = _settled(one, quantity, currency)
        found.append(Approved(number, one, quantity, settles, amount - settles))
    if left:
        arrived = any(one.received > 0 for one in owed)
        there = sum((max(one.received - one.invoiced, Fraction(0)) for one in owed), Fraction(0))
        short: HoldCode = "MATCH_QTY" if arrived else "MATCH_NO_RECEIPT"
        held = line.amount - (_share(line, line.quantity - left, currency) if taken else Decimal(0))
        found.append(Hold(number, short, line.quantity, there, left, held))
    return found


def _taken(
    quantity: Fraction, owed: Sequence[OwedLine], tolerances: Tolerances, released: bool
) -> Iterator[tuple[OwedLine, Fraction]]:
    """How much of a quantity each order line takes, in turn; of what is released, the last takes the rest."""
    for nth, one in enumerate(owed, start=1):
        room = one.received * (1 + Fraction(tolerances.quantity) / 100) - one.invoiced
        if released and nth == len(owed):
            room = quantity
        taken = min(quantity, max(room, Fraction(0)))
        if taken:
            yield one, taken
            quantity -= taken


def _share(line: AskedLine, quantity: Fraction, currency: str) -> Decimal:
    return money(Fraction(line.amount) * quantity / line.quantity, currency)


def _excessive(
    amount: Decimal, expected: Fraction, used: bool, rounding: Decimal, tolerances: Tolerances, currency: str
) -> bool:
    """Whether an amount is beyond what its order or contract says, and what is tolerated."""
    over = Fraction(amount) - expected
    if amount <= money(expected, currency) + rounding:
        return False
    if used:
        return over > Fraction(tolerances.contract)
    return over * 100 > Fraction(tolerances.price) * expected and over > Fraction(tolerances.price_amount)


def _settled(one: OwedLine, taken: Fraction, currency: str) -> Decimal:
    """The value of a quantity at the order's price; with the last of what arrived, all that is left of it."""
    if one.invoiced + taken == one.received:
        return one.accrued - one.settled
    return money(one.price * taken, currency)


class Credited(NamedTuple):
    """What of a credited line takes back what was invoiced: a quantity that is not there any more."""

    line: int
    owed: OwedLine
    quantity: Fraction
    settles: Decimal
    variance: Decimal


class PriceCredit(NamedTuple):
    """What of a credited line is a reduction of a price."""

    line: int
    amount: Decimal


class Credit(NamedTuple):
    """The result for a credit; `waiting` are lines of goods that are still here, or of which nobody knows."""

    goods: tuple[Credited, ...]
    prices: tuple[PriceCredit, ...]
    waiting: tuple[int, ...]


def credited(
    asked: Sequence[AskedLine],
    owed: Iterable[OwedLine],
    tolerances: Tolerances,
    currency: str,
    *,
    released: bool = False,
) -> Credit:
    """Match the lines of a credit: goods that were invoiced and went back, or a price that is reduced.

    A line that credits less than its order's price, beyond what is tolerated of prices, is about a price. One
    that credits goods waits until all of them have gone back; one that is released is about a price.
    """
    state = {(line.order, line.n): line for line in owed}
    goods: list[Credited] = []
    prices: list[PriceCredit] = []
    waiting: list[int] = []
    for number, line in enumerate(asked):
        lines = [state[key] for key in line.candidates]
        taken = list(_given(line.quantity, lines))
        if sum((quantity for _, quantity in taken), Fraction(0)) == line.quantity:
            left = line.amount
            for nth, (one, quantity) in enumerate(taken, start=1):
                amount = left if nth == len(taken) else _share(line, quantity, currency)
                left -= amount
                settles = -_settled(one, -quantity, currency)
                goods.append(Credited(number, one, quantity, settles, amount - settles))
                state[one.order, one.n] = one._replace(
                    invoiced=one.invoiced - quantity, settled=one.settled - settles
                )
        elif released or (lines and _of_a_price(line, lines, tolerances)):
            prices.append(PriceCredit(number, line.amount))
        else:
            waiting.append(number)
    return Credit(tuple(goods), tuple(prices), tuple(waiting))


def _given(quantity: Fraction, owed: Sequence[OwedLine]) -> Iterator[tuple[OwedLine, Fraction]]:
    """How much was invoiced of each order line beyond what is there."""
    for one in owed:
        taken = min(quantity, max(one.invoiced - one.received, Fraction(0)))
        if taken:
            yield one, taken
            quantity -= taken


def _of_a_price(line: AskedLine, owed: Sequence[OwedLine], tolerances: Tolerances) -> bool:
    full = min(one.price for one in owed) * line.quantity
    return Fraction(line.amount) * 100 < full * (100 - Fraction(tolerances.price))
