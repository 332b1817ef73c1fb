"""Strategies of amounts, and of adjustments that share out exactly what is not paid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from hcfin.billing.base import Adjustment
from hcfin.money import minor_units
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, from_minor
from hcfin.testing.vocabulary import Code


class Shape(NamedTuple):
    """How claims of one kind are adjudicated."""

    statuses: tuple[str, ...]
    codes: tuple[Code, ...]
    lead: Code | None = None
    pays: bool = True


SHAPES = {
    "primary": Shape(("1", "1", "1", "19"), words.EVERYDAY),
    "secondary": Shape(("2", "3"), words.EVERYDAY, lead=words.PRIOR_PAYER),
    "denial": Shape(("1", "4"), words.DENIALS, pays=False),
    "predetermination": Shape(("25",), words.PREDETERMINED, pays=False),
}


def amounts(
    min_value: Decimal | int | str = 0,
    max_value: Decimal | int | str = "99999.99",
    currency: str = "USD",
) -> st.SearchStrategy[Decimal]:
    """Amounts between two bounds, both included, with exactly the currency's decimal places.

    >>> from hypothesis import find
    >>> find(amounts(currency="KWD"), lambda amount: amount > 5)
    Decimal('5.001')
    """
    units = minor_units(currency)
    low = int(Decimal(min_value).scaleb(units).to_integral_value(ROUND_CEILING))
    high = int(Decimal(max_value).scaleb(units).to_integral_value(ROUND_FLOOR))
    return st.integers(low, high).map(lambda minor: from_minor(minor, currency))


@st.composite
def adjustments(
    draw: st.DrawFn,
    total: Decimal,
    *,
    currency: str = "USD",
    codes: Sequence[Code] = words.EVERYDAY,
    lead: Code | None = None,
) -> tuple[Adjustment, ...]:
    """Adjustments whose sum is exactly `total`, which may be negative.

    `codes` are the (group, reason) pairs to choose from; unknown ones come in rarely. `lead` comes first
    wherever there is anything to adjust, such as OA-23 for a secondary payer.

    >>> from hypothesis import find
    >>> [(a.group, a.reason, a.amount) for a in find(adjustments(Decimal("20.00")), bool)]
    [('CO', '45', Decimal('20.00'))]
    """
    minor = int(total.scaleb(minor_units(currency)))
    feed = Feed(currency, words.identifiers())
    sign = -1 if minor < 0 else 1
    found = draw(adjustment_data(feed, abs(minor), sign, Shape((), tuple(codes), lead)))
    return tuple(Adjustment.build(data) for data in found)


@st.composite
def adjustment_data(draw: st.DrawFn, feed: Feed, total: int, sign: int, shape: Shape) -> list[Data]:
    """Data of adjustments that share out `total` minor units; `sign` -1 negates them all.

    A negative total says that more was paid than was payable.
    """
    codes = list(shape.codes) if total >= 0 else list(words.EXCESS)
    if draw(words.rarely()):
        codes = [*words.UNKNOWN, *codes]
    if total < 0:
        total, sign = -total, -sign
    shares = draw(_shares(total, tuple(codes), shape.lead)) if total else []
    if shape.pays and draw(words.rarely()):
        excess = draw(st.integers(1, 50_000))
        shares += [(draw(st.sampled_from(codes)), excess), (draw(st.sampled_from(words.EXCESS)), -excess)]
    quantities = st.one_of(st.none(), st.integers(1, 9).map(Decimal))
    return [
        {
            "group": group,
            "reason": reason,
            "amount": feed.money(sign * share),
            "quantity": draw(quantities) if draw(words.rarely()) else None,
        }
        for (group, reason), share in shares
        if share
    ]


@st.composite
def _shares(
    draw: st.DrawFn, total: int, codes: tuple[Code, ...], lead: Code | None
) -> list[tuple[Code, int]]:
    """Codes and their shares of a positive total."""
    many = draw(words.rarely())  # more than six of one group do not fit into one CAS segment
    least, most = (7, 9) if many else (1, 3)
    chosen = draw(st.lists(st.sampled_from(codes), min_size=least, max_size=most, unique=not many))
    if lead:
        chosen = [lead, *chosen[1:]]
    shares = []
    rest = total
    for nth, code in enumerate(chosen[:-1]):
        high = rest // (len(chosen) - nth) if many else rest
        low = min(1, high) if many else 0
        if code == lead and nth == 0:
            # Never nothing: a secondary without OA-23 is another kind of claim.
            low, high = 1, max(1, high)
        share = draw(st.integers(low, high))
        rest -= share
        shares.append((code, share))
    return [*shares, (chosen[-1], rest)]
