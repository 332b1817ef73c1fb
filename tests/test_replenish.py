"""Replenishment: how much a location is asked for, to worked numbers and by its law."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.posting.replenish import Keep, Wanted, wanted

MIN_MAX = Keep(minimum=Fraction(10), maximum=Fraction(40))
PAR = Keep(par=Fraction(24))


@pytest.mark.parametrize(
    ("keep", "available", "each", "expected"),
    [
        (MIN_MAX, 9, 1, (31, 31)),
        (MIN_MAX, 10, 1, None),
        (MIN_MAX, 0, 10, (4, 40)),
        (MIN_MAX, 7, 10, (3, 33)),  # four boxes would be 47
        (MIN_MAX, -2, 1, (42, 42)),
        (MIN_MAX, 5, 50, (0, 35)),  # one box does not fit
        (PAR, 23, 1, (1, 1)),
        (PAR, 24, 1, None),
        (PAR, 30, 1, None),
        (Keep(par=Fraction(24), maximum=Fraction(20)), 19, 1, (1, 1)),
        (Keep(par=Fraction(24), maximum=Fraction(20)), 20, 1, None),
        (Keep(minimum=Fraction(5)), 3, 1, (2, 2)),
        (Keep(maximum=Fraction(5)), 0, 1, None),  # nothing says when to begin
        (Keep(), 0, 1, None),
        (Keep(minimum=Fraction(5), maximum=Fraction(3)), 4, 1, None),
        (MIN_MAX, Fraction(1, 2), 1, (39, Fraction(79, 2))),
    ],
)
def test_worked(keep: Keep, available: int, each: int, expected: tuple[int, int] | None) -> None:
    found = wanted(keep, Fraction(available), Fraction(each))
    assert found == (expected if expected is None else Wanted(expected[0], Fraction(expected[1])))


LEVEL = st.none() | st.fractions(min_value=0, max_value=1000, max_denominator=8)


@given(
    st.builds(Keep, LEVEL, LEVEL, LEVEL),
    st.fractions(min_value=-50, max_value=1200, max_denominator=8),
    st.fractions(min_value=Fraction(1, 8), max_value=60, max_denominator=8),
)
def test_never_more_than_there_may_be_and_never_one_too_few(
    keep: Keep, available: Fraction, each: Fraction
) -> None:
    found = wanted(keep, available, each)
    top = keep.maximum if keep.par is None else keep.par
    if found is None:
        return
    assert found.missing > 0
    if keep.maximum is not None:
        assert available + found.quantity * each <= keep.maximum
    if top is not None:
        assert available + found.quantity * each <= top
    assert (found.quantity + 1) * each > found.missing
    # Once it has been asked for, nothing more is: at most what is less than a purchase unit stays missing.
    again = wanted(keep, available + found.quantity * each, each)
    assert again is None or again.quantity == 0
