"""The laws of this domain as plain asserts: each raises `AssertionError` and says what is wrong."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal, localcontext
from typing import Any, TypeVar

from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import HcfinError
from hcfin.finance.base import Document
from hcfin.model import Model
from hcfin.testing.phi import leaks

CLEARING = "cash.remit_clearing"
CASH = ("cash.eft_in_transit", "cash.lockbox_clearing")

ResultT = TypeVar("ResultT")


def assert_balanced(document: Document) -> None:
    """Debits equal credits, exactly and in each currency, and every line has a positive amount."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in document.gl_lines:
        if not line.amount > 0:
            raise AssertionError(
                f"{document.kind} {document.id}, line {line.n}: the amount {line.amount} is not positive"
            )
        sums[line.currency] += _signed(line.side, line.amount)
    for currency, difference in sorted(sums.items()):
        if difference:
            raise AssertionError(
                f"{document.kind} {document.id}: debits less credits are {difference} {currency}, not zero"
            )


def assert_clearing_zero(documents: Iterable[Document]) -> None:
    """Role `cash.remit_clearing` nets to zero for each entity and source, in each currency.

    Memo documents book nothing and do not count.

    >>> assert_clearing_zero([])
    """
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for document in documents:
        for currency, amount in _net(document, (CLEARING,)).items():
            sums[document.entity, document.source, currency] += amount
    for (entity, source, currency), left in sorted(sums.items()):
        if left:
            raise AssertionError(f"{CLEARING} of {entity}, {source}: {left} {currency} is left, not zero")


def assert_money_conserved(
    remittance: Remittance, claims: Iterable[ClaimPayment], documents: Iterable[Document]
) -> None:
    """The cash that the documents book is the payment that the remittance announces.

    Cash is the net debit of `cash.eft_in_transit` and `cash.lockbox_clearing` in documents that book (no
    memo). `documents` are those of this remittance; claims of other remittances are passed over. The
    remittance must balance by itself: its payment is what its claims pay less its provider adjustments.
    """
    paid = sum((claim.paid for claim in claims if claim.remittance == remittance.ref), Decimal(0))
    expected = paid - remittance.provider_adjustment_total()
    if expected != remittance.payment:
        raise AssertionError(
            f"the remittance does not balance: claims less provider adjustments are {expected}, "
            f"its payment is {remittance.payment}"
        )
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for document in documents:
        for currency, amount in _net(document, CASH).items():
            booked[currency] += amount
    cash = booked.pop(remittance.currency, Decimal(0))
    if cash != remittance.payment:
        raise AssertionError(
            f"the payment is {remittance.payment} {remittance.currency}, the documents book {cash} of cash"
        )
    for currency, amount in sorted(booked.items()):
        if amount:
            raise AssertionError(f"cash of {amount} is booked in {currency}, not in {remittance.currency}")


def assert_no_phi(outputs: object, sentinels: Iterable[str]) -> None:
    """None of the sentinels of `plant` can be found in the outputs; see `leaks` for how they are searched.

    `outputs` is text, bytes, a model, an issue, an exception (searched with its traceback and causes), or
    a mapping or iterable of such; a mapping's keys name the output in the message.

    >>> assert_no_phi({"payload": '{"memo": "remit 1"}'}, ["ZZPHI0001QX"])
    >>> assert_no_phi([ValueError("no account ZZPHI0001QX")], ["ZZPHI0001QX"])
    Traceback (most recent call last):
    AssertionError: patient data in output 1: ZZPHI0001QX: in clear
    """
    planted = sentinels if isinstance(sentinels, Mapping) else tuple(sentinels)
    for name, text in _texts(outputs, "output"):
        found = leaks(text, planted)
        if found:
            raise AssertionError(f"patient data in {name}: " + "; ".join(found[:5]))


def assert_deterministic(function: Callable[..., ResultT], *args: Any) -> ResultT:
    """The function gives the same result twice, positions and order included; returns that result.

    The second call runs with another rounding mode in the thread's decimal context, because a result that
    depends on the caller's context is not the same on every machine. What differs between processes (the
    hash seed, the locale) needs a second process to show.

    >>> assert_deterministic(sorted, [2, 1])
    [1, 2]
    """
    with localcontext() as context:
        context.rounding = ROUND_HALF_EVEN
        first = function(*args)
        before = _form(first)
    with localcontext() as context:
        context.rounding = ROUND_UP
        after = _form(function(*args))
    if before != after:
        raise AssertionError(f"two calls differ: {_first_difference(repr(before), repr(after))}")
    return first


def assert_never_raises(function: Callable[[Any], ResultT], data: Any) -> ResultT | None:
    """The function returns, or raises an `HcfinError`; returns its result, None where it raised.

    >>> assert_never_raises(int, "7")
    7
    >>> assert_never_raises(int, "seven")
    Traceback (most recent call last):
    AssertionError: int raised ValueError, which is not an HcfinError
    """
    try:
        return function(data)
    except HcfinError:
        return None
    except Exception as error:
        name = getattr(function, "__qualname__", repr(function))
        kind = type(error).__name__
        raise AssertionError(f"{name} raised {kind}, which is not an HcfinError") from error


def _signed(side: str, amount: Decimal) -> Decimal:
    return amount if side == "debit" else -amount


def _net(document: Document, roles: tuple[str, ...]) -> dict[str, Decimal]:
    """Debits less credits of some roles, by currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in () if document.memo else document.gl_lines:
        if line.role in roles:
            sums[line.currency] += _signed(line.side, line.amount)
    return sums


def _texts(output: object, name: str) -> Iterable[tuple[str, str | bytes]]:
    """Everything of an output that a person, a log or another system may see."""
    if isinstance(output, str | bytes):
        yield name, output
    elif isinstance(output, BaseException):
        yield name, "".join(traceback.format_exception(output)) + repr(output)
    elif isinstance(output, Model):
        yield name, output.model_dump_json() + repr(output)
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield f"a key of {name}", str(key)
            yield from _texts(value, f"{name} {key!r}")
    elif isinstance(output, Iterable) and not is_dataclass(output):
        for number, value in enumerate(output, start=1):
            yield from _texts(value, f"{name} {number}")
    else:
        as_json = getattr(output, "to_json", None)
        yield name, f"{output!r}\n{output}\n{as_json() if callable(as_json) else ''}"


def _form(value: object, seen: tuple[int, ...] = ()) -> object:
    """A value as plain nested tuples of text that compare by content, order and position."""
    if id(value) in seen:
        return "(itself)"
    seen = (*seen, id(value))
    if isinstance(value, str | bytes | int | float | Decimal | None):
        return repr(value)
    if isinstance(value, Model):
        return value.model_dump_json()
    if is_dataclass(value) and not isinstance(value, type):
        return tuple((field.name, _form(getattr(value, field.name), seen)) for field in fields(value))
    if isinstance(value, Mapping):
        return tuple((_form(key, seen), _form(item, seen)) for key, item in value.items())
    if isinstance(value, Set):
        return tuple(sorted(repr(_form(item, seen)) for item in value))
    if isinstance(value, list | tuple):
        return tuple(_form(item, seen) for item in value)
    if type(value).__repr__ is object.__repr__:  # such a text holds an address
        return type(value).__qualname__, _form(getattr(value, "__dict__", {}), seen)
    return repr(value)


def _first_difference(before: str, after: str) -> str:
    pairs = zip(before, after, strict=False)
    place = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))
    start = max(place - 30, 0)
    return f"…{before[start : place + 30]}… and …{after[start : place + 30]}…"
