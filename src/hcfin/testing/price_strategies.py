"""Hypothesis strategy of the price list that charges come from."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from hcfin.billing.charge import ChargePrice
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, details, from_minor

__all__ = ["charge_prices"]

_LARGEST = 9_999_999


@st.composite
def charge_prices(
    draw: st.DrawFn, *, currency: str = "USD", codes: Sequence[str] = ("300101", "450200", "ROOM-1", "99213")
) -> ChargePrice:
    """A `ChargePrice`: the price of one with up to four decimals, or an entry that takes the code away.

    `codes` are the charge codes to choose from.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(charge_prices(codes=["ROOM-1"]))
    ... def the_code_is_known(price):
    ...     assert price.code.code == "ROOM-1"
    >>> the_code_is_known()
    """
    money = st.one_of(
        st.integers(0, _LARGEST).map(lambda minor: from_minor(minor, currency)),
        st.integers(0, _LARGEST).map(lambda minor: from_minor(minor, currency).scaleb(-2)),
    )
    action = draw(st.sampled_from(("MAD", "MAD", "MUP", "MDL", "MDC", "MAC")))
    coded = st.fixed_dictionaries(
        {"code": st.sampled_from(("RAD", "LAB"))}, optional={"text": words.names(("Radiology",))}
    )
    data: Data = {
        "currency": currency,
        "action": action,
        "code": {"code": draw(st.sampled_from(tuple(codes)))},
        **draw(
            details(
                facility=st.just("TESTFAC"),
                description=words.names(("XR CHEST 2V", "ROOM, PRIVATE")),
                department=coded,
                patient_classes=st.lists(
                    st.sampled_from(("I", "O", "E")), min_size=1, max_size=2, unique=True
                ),
                minimum=money,
                maximum=money,
                cost=money,
                effective=st.sampled_from(words.MOMENTS),
                expires=st.sampled_from(words.MOMENTS),
                chargeable=st.sampled_from(("Y", "N")),
                charge_on=st.sampled_from(("O", "R")),
                active=st.sampled_from(("A", "I")),
                procedures=st.lists(coded, min_size=1, max_size=2),
            )
        ),
    }
    if action != "MDL":
        data["price"] = draw(money)
        data["price_type"] = draw(st.sampled_from(("UP", "TP", "")))
    return ChargePrice.build(data)
