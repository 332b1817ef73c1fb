"""A long journal falls into short ones that balance, and nothing is added or lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.erp._chunks import balanced_chunks
from hcfin.finance.base import GlLine


def _line(n: int, side: str, cents: int) -> GlLine:
    return GlLine.build(
        {
            "n": n,
            "role": "ar.payer",
            "account": str(1000 + n),
            "side": side,
            "amount": Decimal(cents).scaleb(-2),
            "currency": "USD",
            "rule": {"id": "C1", "layer": "default.toml", "line": 1},
            "origins": {"first": (), "count": 1, "digest": ""},
        }
    )


def _lines(*signed_cents: int) -> list[GlLine]:
    return [
        _line(n, "debit" if cents > 0 else "credit", abs(cents))
        for n, cents in enumerate(signed_cents, start=1)
    ]


@st.composite
def _balanced(draw: st.DrawFn) -> list[GlLine]:
    cents = draw(st.lists(st.integers(-5000, 5000).filter(bool), min_size=1, max_size=40))
    rest = -sum(cents)
    if rest:
        cents.append(rest)
    elif len(cents) < 2:
        cents.append(-cents[0])
    return _lines(*draw(st.permutations(cents)))


def _of(lines: Sequence[GlLine], limit: int) -> list[list[tuple[int, str]]]:
    return [[(line.n, f"{amount:f}") for line, amount in chunk] for chunk in balanced_chunks(lines, limit)]


@given(_balanced(), st.integers(2, 12))
def test_every_chunk_balances_and_the_parts_sum_to_the_lines(lines: list[GlLine], limit: int) -> None:
    given_ids = {id(line) for line in lines}
    sums = dict.fromkeys(range(1, len(lines) + 1), Decimal(0))
    for chunk in balanced_chunks(lines, limit):
        assert 0 < len(chunk) <= limit
        numbers = [line.n for line, _ in chunk]
        assert numbers == sorted(set(numbers)), "each line once, in the order of the journal"
        by_side = {"debit": Decimal(0), "credit": Decimal(0)}
        for line, amount in chunk:
            assert id(line) in given_ids, "no line that the journal does not have"
            assert amount > 0
            by_side[line.side] += amount
            sums[line.n] += amount
        assert by_side["debit"] == by_side["credit"]
    assert sums == {line.n: line.amount for line in lines}


@given(_balanced(), st.integers(2, 12))
def test_lines_that_fit_stay_as_they_are(lines: list[GlLine], limit: int) -> None:
    if len(lines) <= limit:
        assert balanced_chunks(lines, limit) == (tuple((line, line.amount) for line in lines),)


def test_one_payment_over_many_claims_is_split_at_the_border_only() -> None:
    lines = _lines(-6000, 1000, 1000, 1000, 1000, 2000)
    assert _of(lines, 4) == [
        [(1, "30.00"), (2, "10.00"), (3, "10.00"), (4, "10.00")],
        [(1, "30.00"), (5, "10.00"), (6, "20.00")],
    ]


def test_pairs_that_balance_are_kept_together() -> None:
    lines = _lines(500, 700, -500, -700)
    assert _of(lines, 2) == [[(1, "5.00"), (3, "5.00")], [(2, "7.00"), (4, "7.00")]]


def test_a_limit_under_two_and_unbalanced_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="debit and a credit"):
        balanced_chunks(_lines(100, -100), 1)
    with pytest.raises(ValueError, match="do not balance"):
        balanced_chunks(_lines(100, -100, 50), 2)
