"""The figures of an FT1: amount, price of one, quantity, cost, and the sign that they have together.

Strategy: FT1-11 is what counts. Only where it is empty is FT1-12 times FT1-10 taken, with one for an empty
quantity. Prices of ranges are never added up, and FT1-22 is a cost, which prices nothing. What is stated and
cannot be read leaves the row without an amount, marked as unreadable: no other figure stands in for it.
"""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from hcfin.billing.charge import PriceSource
from hcfin.money import extend, is_currency
from hcfin.standards.hl7v2.session import Fields, Session
from hcfin.standards.hl7v2.values import Money

TOTAL, PRICE, QUANTITY, INSURANCE, COST = 11, 12, 10, 15, 22
_texts = itemgetter(QUANTITY, TOTAL, PRICE, INSURANCE, COST)
_ONE = Decimal(1)
_KEPT = 10_000
_LARGEST = 14  # the decimal exponent beyond which a product is no amount

Where = tuple[int, Fields, int]
"""A field: the ordinal of its segment, the segment, its number."""


class Figures(NamedTuple):
    """The figures of one row, all without sign. `minus` says that a sign was sent, in the amount or in the
    quantity; `turned` that only the quantity has one."""

    currency: str
    amount: Decimal | None
    source: PriceSource
    quantity: Decimal | None
    price: Decimal | None
    cost: Decimal | None
    minus: bool
    turned: bool
    unreadable: bool
    position: int
    """The field in which the amount stands, or would stand."""
    at: int
    """Its segment, where it is not the FT1 itself; else 0."""
    of_charge: dict[str, Any]
    """The same as the fields of a charge that is not taken back."""


class FigureReader:
    """Reads the figures of rows. Those of a feed repeat, because its prices do: figures about which there was
    nothing to say are kept by their texts."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[tuple[str, ...], Figures] = {}

    def read(self, at: int, row: Fields, elsewhere: dict[str, Where]) -> Figures:
        """The figures of an FT1 that is filled up to its last field. `elsewhere` are fields of local segments
        that the profile calls `amount`, `unit_price` or `quantity`: they count where the FT1 has none."""
        if elsewhere:
            return _figures(self.session, at, row, elsewhere)
        key = _texts(row)
        known = self._known.get(key)
        if known is None:
            events = self.session.events
            before = len(events)
            known = _figures(self.session, at, row, elsewhere)
            if len(events) == before and len(self._known) < _KEPT:
                self._known[key] = known
        return known


def _figures(session: Session, at: int, fields: Fields, elsewhere: dict[str, Where]) -> Figures:
    fields = _with_currency(session, at, fields)
    total_at: Where = (at, fields, TOTAL)
    price_at: Where = (at, fields, PRICE)
    quantity_at: Where = (at, fields, QUANTITY)
    if elsewhere:
        if not session.has(fields, TOTAL) and not session.has(fields, PRICE):
            total_at = elsewhere.get("amount", total_at)
            price_at = elsewhere.get("unit_price", price_at)
        if not session.has(fields, QUANTITY):
            quantity_at = elsewhere.get("quantity", quantity_at)
    total = session.money(*total_at)
    price = session.price(*price_at)
    quantity = session.quantity(*quantity_at)
    insurance = session.money(at, fields, INSURANCE) if fields[INSURANCE] else None
    cost = session.price(at, fields, COST) if fields[COST] else None
    currency = (total or price or insurance or cost or (None, session.currency))[1]
    if price is not None:
        price = _same(session, price, currency, price_at)
    if insurance is not None:
        insurance = _same(session, insurance, currency, (at, fields, INSURANCE))
    if cost is not None:
        cost = _same(session, cost, currency, (at, fields, COST))
    each = None if price is None else price.amount
    product = _product(session, price_at, each, quantity, currency)
    negative = quantity is not None and quantity < 0
    amount, minus, unreadable, place = product, negative, False, price_at
    source: PriceSource = "unit"
    if total is not None:
        amount, source, minus, place = total.amount, "extended", negative or total.amount < 0, total_at
        if product is not None and quantity is not None and abs(product) != abs(amount):
            session.issue("FT1_PRICE_MISMATCH", total_at[0], total_at[2], expected=product, actual=amount)
    elif _states(session, total_at):
        amount, unreadable, place = None, True, total_at
    elif _states(session, price_at):
        minus = negative or (each is not None and each < 0)
        if quantity is None and session.has(*quantity_at[1:]):
            amount = None
        unreadable = amount is None
    else:
        place = total_at
    of_charge: dict[str, Any] = {
        "currency": currency,
        "quantity": _unsigned(quantity),
        "amount": _unsigned(amount),
        "price_source": source if amount is not None else "unpriced",
        "unit_price": _unsigned(each),
        "unit_cost": _unsigned(cost and cost.amount),
        "insurance_amount": _unsigned(insurance and insurance.amount),
    }
    if unreadable:
        of_charge["unreadable"] = ("amount",)
    return Figures(
        currency,
        of_charge["amount"],
        of_charge["price_source"],
        of_charge["quantity"],
        of_charge["unit_price"],
        of_charge["unit_cost"],
        minus,
        negative and total is not None and total.amount > 0,
        unreadable,
        place[2],
        0 if place[1] is fields else place[0],
        of_charge,
    )


def _states(session: Session, where: Where) -> bool:
    """Whether a field states an amount, in whatever form; a currency alone is none."""
    _, fields, position = where
    text = fields[position] if position < len(fields) else ""
    numbers = (row.split(session.component)[0] for row in session.repetitions([text], 0))
    return any(session.sub(number) for number in numbers)


def _unsigned(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else figure.copy_abs()


def _product(
    session: Session, where: Where, price: Decimal | None, quantity: Decimal | None, currency: str
) -> Decimal | None:
    """Price times quantity, rounded half-even once; None, with an issue, where it is beyond any amount."""
    if price is None:
        return None
    count = _ONE if quantity is None else quantity
    if price.adjusted() + count.adjusted() > _LARGEST:
        session.issue("FT1_PRODUCT", where[0], where[2])
        return None
    amount, added = extend(price, count, currency)
    if added:
        session.issue("FT1_ROUNDED", where[0], where[2], amount=amount, difference=added)
    return amount


def _same(session: Session, money: Money, currency: str, where: Where) -> Money | None:
    """A figure in the currency of the row; one in another currency is told, and not used."""
    if money.currency == currency:
        return money
    session.issue("FT1_CURRENCY_MIXED", where[0], where[2])
    return None


def _with_currency(session: Session, at: int, fields: Fields) -> Fields:
    """The row, with the currency inside FT1-11 where a feed has it as a field of its own: `|150000|VND|`."""
    code = fields[PRICE]
    if len(code) != 3 or not fields[TOTAL]:
        return fields
    alone = session.component not in fields[TOTAL] and session.subcomponent not in fields[TOTAL]
    if not is_currency(code) or not alone:
        return fields
    session.issue("FT1_CURRENCY_BESIDE", at, PRICE)
    between = session.delimiters.subcomponent or session.delimiters.component
    return [*fields[:TOTAL], f"{fields[TOTAL]}{between}{code}", "", *fields[PRICE + 1 :]]


def signed(figure: Decimal | None) -> Decimal | None:
    """A figure with a minus.

    >>> signed(Decimal("5.00")), signed(None)
    (Decimal('-5.00'), None)
    """
    return None if figure is None else -figure
