"""Money is exact, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hcfin.errors import AmountError, ModelError
from hcfin.model import Model
from hcfin.money import (
    Amount,
    Quantity,
    amount_parser,
    format_amount,
    is_currency,
    minor_units,
    parse_amount,
    zero,
)


class Priced(Model):
    amount: Amount
    quantity: Quantity = Decimal(1)


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("100", "USD", "100.00"),
        (".5", "USD", "0.50"),
        ("25.", "USD", "25.00"),
        ("0100.00", "USD", "100.00"),
        ("-0", "USD", "0.00"),
        ("-0.00", "USD", "0.00"),
        ("0.00", "USD", "0.00"),
        ("38.600000", "USD", "38.60"),
        ("-588", "USD", "-588.00"),
        ("999999999999999.99", "USD", "999999999999999.99"),
        ("1500", "JPY", "1500"),
        ("1500.00", "JPY", "1500"),
        ("1.234", "KWD", "1.234"),
    ],
)
def test_parse(text: str, currency: str, expected: str) -> None:
    amount = parse_amount(text, currency)
    assert str(amount) == expected
    assert not (amount.is_signed() and not amount)


@pytest.mark.parametrize(
    "text",
    ["", ".", "-", "-.", "+1", "1E5", "1E+999999999", "١٢", "1_000", " 1", "1 ", "1,5", "NaN", "Infinity",
     "2O0", "0x1", "1.2.3", "--1", "1234567890123456"],
)  # fmt: skip
def test_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_amount(text)
    assert caught.value.code == "AMOUNT_INVALID"
    assert not text or text not in str(caught.value)


def _read(parse: Callable[[str], Decimal], text: str) -> str:
    try:
        return str(parse(text))
    except AmountError as error:
        return error.code


# Near misses of an amount: what `Decimal` takes and what no ASCII has among them.
_NEARLY = st.from_regex(r"\A-?[0-9]{0,16}[.,_E+ ]{0,2}[0-9\u0661\u00b2]{0,4}[ \nf]?\Z")


@given(st.one_of(_NEARLY, st.text("0123456789.-+ E_", max_size=18)), st.sampled_from(["USD", "JPY", "KWD"]))
@example("1234567890123.45", "USD")
@example("12345678901234.56", "USD")
@example("1234567890123456.78", "USD")
@example("-1.50", "USD")
@example("00.00", "USD")
@example("\u0661\u0662.\u0663\u0664", "USD")
def test_reading_many_is_reading_each(text: str, currency: str) -> None:
    assert _read(amount_parser(currency), text) == _read(partial(parse_amount, currency=currency), text)


@pytest.mark.parametrize(("text", "currency"), [("1.234", "USD"), ("0.001", "USD"), ("1.5", "JPY")])
def test_never_rounds(text: str, currency: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_amount(text, currency)
    assert caught.value.code == "AMOUNT_SCALE"


@given(st.decimals(min_value=1 - 10**15, max_value=10**15 - 1, places=2))
def test_format_and_parse_are_inverse(amount: Decimal) -> None:
    assert parse_amount(format_amount(amount)) == amount


@given(st.text(max_size=25))
def test_any_text_is_an_amount_or_an_amount_error(text: str) -> None:
    try:
        assert parse_amount(text).is_finite()
    except AmountError:
        pass


def test_currencies() -> None:
    assert [minor_units(code) for code in ("USD", "JPY", "KWD", "CLF", "XXX")] == [2, 0, 3, 4, 2]
    assert is_currency("EUR")
    assert not is_currency("€")
    assert str(zero("JPY")) == "0"


@pytest.mark.parametrize(
    "value",
    [1.5, 1, True, None, float("nan"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+5"), Decimal("1E-5"),
     Decimal(10) ** 23, "1" * 24, "1e3", "x", b"1"],
)  # fmt: skip
def test_amounts_in_models_are_decimals_or_plain_text(value: object) -> None:
    with pytest.raises(ModelError):
        Priced(amount=value)


def test_amounts_in_json_are_text_and_keep_their_digits() -> None:
    priced = Priced(amount="1234567890123456.78", quantity="1.900000")
    assert priced.model_dump(mode="json") == {"amount": "1234567890123456.78", "quantity": "1.900000"}
    assert Priced(amount=Decimal("5.00")).amount == Decimal(5)
