"""Exact money: `Decimal` only, parsed from strict ASCII text, at the scale of its currency.

Strategy: text is matched before `Decimal` sees it, because `Decimal` accepts exponent bombs, underscores
and the digits of every script. A parsed amount always carries exactly the currency's minor units, so equal
amounts are equal texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

from hcfin.errors import AmountError

ZERO = Decimal("0.00")

# ISO 4217 minor units that are not two.
_NO_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MINOR_UNITS = {
    **dict.fromkeys(_NO_CENTS.split(), 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    "CLF": 4,
    "UYW": 4,
}
_EXPONENTS = {n: Decimal(1).scaleb(-n) for n in range(7)}
_PLAIN = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_TEXT = re.compile(r"-?(?:[0-9]{1,23}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_CENTS = re.compile(r"-?[0-9]{1,13}\.?[0-9]{0,2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CENT = Decimal("0.01")
_BOUND = Decimal(10) ** 23  # sums of everything that a read may hold, still exact at 28 digits


def is_currency(code: str) -> bool:
    """Whether a text has the form of an ISO 4217 code.

    >>> is_currency("USD"), is_currency("usd"), is_currency("$")
    (True, False, False)
    """
    return _CURRENCY.fullmatch(code) is not None


def minor_units(currency: str) -> int:
    """Decimal places of a currency (ISO 4217): 2 unless listed otherwise.

    >>> minor_units("USD"), minor_units("JPY"), minor_units("KWD")
    (2, 0, 3)
    """
    return _MINOR_UNITS.get(currency, 2)


def parse_amount(text: str, currency: str = "USD") -> Decimal:
    """Read an amount; the result has exactly the currency's minor units. Never rounds.

    Raises `AmountError` with code `AMOUNT_INVALID` (not a plain decimal number) or `AMOUNT_SCALE` (more
    significant decimals than the currency has).

    >>> parse_amount(".5"), parse_amount("25."), parse_amount("0100.00"), parse_amount("-0")
    (Decimal('0.50'), Decimal('25.00'), Decimal('100.00'), Decimal('0.00'))
    >>> parse_amount("1E5")
    Traceback (most recent call last):
    hcfin.errors.AmountError: not a plain decimal number
    """
    units = _MINOR_UNITS.get(currency, 2)
    if not _PLAIN.fullmatch(text):
        raise AmountError("AMOUNT_INVALID", "not a plain decimal number")
    exact = Decimal(text)
    amount = exact.quantize(_EXPONENTS[units])
    if amount != exact:
        raise AmountError("AMOUNT_SCALE", "more decimals than the currency has")
    return amount if amount else abs(amount)


def amount_parser(currency: str) -> Callable[[str], Decimal]:
    """`parse_amount` for many amounts of one currency.

    >>> amount_parser("USD")("38.6")
    Decimal('38.60')
    """
    if minor_units(currency) != 2:
        return partial(parse_amount, currency=currency)
    plain = _CENTS.fullmatch

    def parse(text: str) -> Decimal:
        # Most amounts are digits, a point and two digits: that is seen faster than it is matched.
        whole, _, cents = text.partition(".")
        if len(cents) == 2 and len(whole) < 14 and whole.isdigit() and cents.isdigit() and text.isascii():
            return Decimal(text)
        # The other usual forms of X12 and HL7: as few decimals as the value needs, two at most.
        if not plain(text):
            return parse_amount(text)
        amount = Decimal(text)
        if text[-3:-2] != ".":
            amount = amount.quantize(_CENT)
        return amount or ZERO

    return parse


def format_amount(amount: Decimal, currency: str = "USD") -> str:
    """Write an amount with exactly the currency's minor units.

    >>> format_amount(Decimal("1000"))
    '1000.00'
    """
    return f"{amount.quantize(_EXPONENTS[minor_units(currency)]):f}"


def zero(currency: str = "USD") -> Decimal:
    """Zero at the scale of a currency.

    >>> zero("KWD")
    Decimal('0.000')
    """
    return Decimal(0).quantize(_EXPONENTS[minor_units(currency)])


def _checked(value: object, places: int) -> Decimal:
    # The usual case first: two places, finite, of bearable size.
    if type(value) is Decimal and value.same_quantum(_CENT) and -_BOUND < value < _BOUND:
        return value
    if isinstance(value, str):
        if not _TEXT.fullmatch(value):
            raise PydanticCustomError("decimal_text", "Not a plain decimal number")
        value = Decimal(value)
    if type(value) is not Decimal:
        raise PydanticCustomError("decimal_type", "Amounts are Decimal or text, never float or int")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise PydanticCustomError("decimal_finite", "Not a finite number")
    if exponent < -places or exponent > 0 or not -_BOUND < value < _BOUND:
        raise PydanticCustomError("decimal_scale", "Too many digits")
    return value


class _DecimalType:
    """Pydantic type of a bounded exact decimal, a string in JSON."""

    def __init__(self, places: int) -> None:
        self.places = places

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: _checked(value, self.places),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: f"{value:f}", when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": rf"^-?[0-9]{{1,23}}(\.[0-9]{{1,{self.places}}})?$"}


Amount = Annotated[Decimal, _DecimalType(4)]
"""An amount of money: `Decimal` within the currency's minor units, a string in JSON."""

Quantity = Annotated[Decimal, _DecimalType(6)]
"""A count, unit quantity, weight or fraction with up to six places."""

UnitPrice = Annotated[Decimal, _DecimalType(6)]
"""The price or cost of one, with up to six places: exact, never rounded by itself. See `extend`."""


def extend(price: Decimal, quantity: Decimal, currency: str = "USD") -> tuple[Decimal, Decimal]:
    """Price times quantity as an amount, rounded half-even once, and what the rounding added.

    >>> extend(Decimal("0.333333"), Decimal("3"))
    (Decimal('1.00'), Decimal('0.000001'))
    """
    exact = price * quantity
    amount = exact.quantize(_EXPONENTS[minor_units(currency)], rounding=ROUND_HALF_EVEN)
    return amount, amount - exact
