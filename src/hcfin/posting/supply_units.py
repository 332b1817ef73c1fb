"""Quantities and prices in the stock unit of an item, exact: what cannot be said exactly is not guessed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from hcfin.finance.master import Item, Units
from hcfin.money import minor_units

PLACES = 6
"""Decimal places of a quantity."""


def per_unit(units: Units | None, item: Item, unit: str) -> Fraction | None:
    """How many stock units of an item one of a unit is; None where nobody knows. Empty is the stock unit."""
    if not unit or unit == item.stock_unit:
        return Fraction(1)
    found = units.conversion(item.item, unit, item.stock_unit) if units else None
    if found is None or found.of <= 0 or found.makes <= 0:
        return None
    return Fraction(found.makes) / Fraction(found.of)


def exact(number: Fraction) -> Decimal | None:
    """A number as a quantity; None where it has more decimal places than one may have.

    >>> exact(Fraction(5, 2)), exact(Fraction(1, 3))
    (Decimal('2.5'), None)
    """
    scaled = number * 10**PLACES
    if scaled.denominator != 1:
        return None
    return plain(Decimal(scaled.numerator).scaleb(-PLACES))


def plain(number: Decimal) -> Decimal:
    """The same without zeros at the end of its decimals.

    >>> plain(Decimal("2.50")), plain(Decimal("100"))
    (Decimal('2.5'), Decimal('100'))
    """
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else number


def total(units: Units | None, item: Item, told: Iterable[tuple[str, Decimal]]) -> Fraction | None:
    """Quantities of several units in stock units; None where one of the units is not known."""
    found = Fraction(0)
    for unit, quantity in told:
        each = per_unit(units, item, unit)
        if each is None:
            return None
        found += Fraction(quantity) * each
    return found


def money(number: Fraction, currency: str) -> Decimal:
    """A value as an amount, rounded half-even once.

    >>> money(Fraction(1, 3), "USD"), money(Fraction(5, 2), "JPY")
    (Decimal('0.33'), Decimal('2'))
    """
    places = minor_units(currency)
    scaled = number * 10**places
    return Decimal(round(scaled)).scaleb(-places)  # `round` of a fraction is half-even


def price_text(number: Fraction) -> Decimal:
    """A price for a document: with six decimal places, rounded half-even where it needs more.

    >>> price_text(Fraction(120)), price_text(Fraction(1, 3))
    (Decimal('120'), Decimal('0.333333'))
    """
    return plain(Decimal(round(number * 10**PLACES)).scaleb(-PLACES))
