"""Splits a long journal into short ones that each balance.

Strategy: two pointers walk the debits and the credits. The smaller of the two open amounts is matched
against the larger, which leaves a rest; every matched pair balances by itself, so any run of pairs does. A
run ends before the pair that would bring in one line too many. A line whose rest moves on is split there:
its parts are on its own account and side, and sum to the line. No line or account is invented, so no
clearing account shows traffic that nobody booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hcfin.finance.base import GlLine

Part = tuple[GlLine, Decimal]
"""A line and how much of it is meant; the whole amount unless it was split."""


def balanced_chunks(lines: Sequence[GlLine], limit: int) -> tuple[tuple[Part, ...], ...]:
    """Chunks of at most `limit` lines, each with equal debits and credits, lines in their own order.

    Lines that fit already come back as one chunk. Raises `ValueError` if `limit` is under 2, or if lines
    that must be split do not balance.
    """
    if limit < 2:
        raise ValueError("a chunk needs room for a debit and a credit")
    if len(lines) <= limit:
        return (tuple((line, line.amount) for line in lines),)
    debits = [place for place, line in enumerate(lines) if line.side == "debit"]
    credits_ = [place for place, line in enumerate(lines) if line.side == "credit"]
    rest = [line.amount for line in lines]
    chunks: list[dict[int, Decimal]] = [{}]
    at_debit = at_credit = 0
    while at_debit < len(debits) and at_credit < len(credits_):
        pair = (debits[at_debit], credits_[at_credit])
        if len(chunks[-1]) + sum(place not in chunks[-1] for place in pair) > limit:
            chunks.append({})
        matched = min(rest[place] for place in pair)
        for place in pair:
            chunks[-1][place] = chunks[-1].get(place, Decimal(0)) + matched
            rest[place] -= matched
        at_debit += not rest[pair[0]]
        at_credit += not rest[pair[1]]
    if any(rest):
        raise ValueError("the lines do not balance")
    return tuple(tuple((lines[place], chunk[place]) for place in sorted(chunk)) for chunk in chunks)
