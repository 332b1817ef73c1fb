"""How much of an item a location should be asked for: by minimum and maximum, or up to par.

Strategy: a pure function over exact figures in stock units. What is on order or requisitioned counts as if it
were there. Only whole purchase units are asked for, rounded down, so that a location never has more than it
may; where not even one fits, nothing is asked for and the caller tells it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Keep(NamedTuple):
    """Between what a location keeps an item, in stock units."""

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    par: Fraction | None = None


class Wanted(NamedTuple):
    """How many purchase units to ask for. `missing` is what is short of the target, in stock units."""

    quantity: int
    missing: Fraction


def wanted(keep: Keep, available: Fraction, each: Fraction) -> Wanted | None:
    """What to ask for, given what is there or on its way and the stock units in one purchase unit.

    None where there is enough. With `par` a location is filled up each time; else it is filled up to its
    maximum (to its minimum where it has none) once there is less than the minimum.

    >>> wanted(Keep(minimum=Fraction(10), maximum=Fraction(40)), Fraction(7), Fraction(10))
    Wanted(quantity=3, missing=Fraction(33, 1))
    >>> wanted(Keep(minimum=Fraction(10), maximum=Fraction(40)), Fraction(10), Fraction(10))
    """
    target, trigger = _target(keep)
    if target is None or trigger is None or available >= trigger:
        return None
    missing = target - available
    return Wanted(missing // each, missing) if missing > 0 else None


def _target(keep: Keep) -> tuple[Fraction | None, Fraction | None]:
    """Up to what to fill, and below what to begin."""
    if keep.par is not None:
        top = keep.par if keep.maximum is None else min(keep.par, keep.maximum)
        return top, top
    return (keep.minimum if keep.maximum is None else keep.maximum), keep.minimum
