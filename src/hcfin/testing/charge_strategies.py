"""Hypothesis strategies of charges, and of HL7 v2 messages that hold them.

Strategy: facts are drawn first and their rows are written from them, one way of many: a credit with or
without a minus, an amount whole or as price times quantity, the currency inside or left to the profile. So
what a message says is known without reading it. The people do not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.payment import AccountTransaction, Payment, WriteOff
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, from_minor

__all__ = ["CHARGE_KINDS", "charges", "hl7_dft", "transactions"]

CHARGE_KINDS = ("charge", "credit", "unpriced")
"""Kinds of charge that can be asked for."""

_LARGEST = 999_999
_FACILITY = "TESTFAC"
_CODES = ("300101", "450200", "ROOM-1", "99213", "A4550")
_DEPARTMENTS = ("4W", "RAD", "LAB", "")
_DAYS = ("2025-01-15", "2024-12-31", "2025-02-28T09:30", "2025-03-01T23:59:59-06:00", "")
_ESCAPED = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E"}


def _escaped(text: str) -> str:
    return "".join(f"\\{_ESCAPED[one]}\\" if one in _ESCAPED else one for one in text)


@st.composite
def _charge(draw: st.DrawFn, feed: Feed, account: str, kinds: Sequence[str]) -> Data:
    kind = draw(st.sampled_from(kinds))
    units = draw(st.integers(1, 20))
    each = from_minor(draw(st.integers(0, _LARGEST)), feed.currency)
    sign = -1 if kind == "credit" else 1
    data: Data = {
        "currency": feed.currency,
        "change": "credit" if kind == "credit" else "charge",
        "type_code": "CD" if kind == "credit" else "CG",
        "facility": _FACILITY,
        "account": account,
        "patient_id": account,
        "transaction_id": draw(st.one_of(words.plain_identifiers(10), st.just(""))),
        "batch": draw(st.sampled_from(("", "B1"))),
        "performed": draw(st.sampled_from(_DAYS)),
        "posted": draw(st.sampled_from(("", "2025-01-16"))),
        "code": {"code": draw(st.sampled_from(_CODES))},
        "description": draw(st.one_of(feed.text, st.just(""))),
        "patient_class": draw(st.sampled_from(("I", "O", "E", ""))),
        "revenue_code": draw(st.sampled_from(("", "0120", "0450"))),
    }
    if draw(st.booleans()):
        data["quantity"] = Decimal(sign * units)
    department = draw(st.sampled_from(_DEPARTMENTS))
    if department:
        data["department"] = {"code": department}
    if draw(st.booleans()):
        modifiers = draw(st.lists(st.sampled_from(("25", "59", "LT")), max_size=2, unique=True))
        data["procedure"] = {"qualifier": "HC", "code": "99213", "modifiers": modifiers}
    if kind != "unpriced":
        by_price = draw(st.booleans())
        data["price_source"] = "unit" if by_price else "extended"
        data["unit_price"] = each if by_price or draw(st.booleans()) else None
        data["amount"] = sign * each * (units if "quantity" in data else 1)
    return data


def charges(
    *,
    currency: str = "USD",
    account: str = "TESTACCT1",
    text: st.SearchStrategy[str] | None = None,
    kinds: Sequence[str] = (*("charge",) * 4, "credit", "unpriced"),
) -> st.SearchStrategy[Charge]:
    """Charges to an account and credits of them, by FT1-11 or by price and quantity, or without a price.

    `kinds` is any selection of `CHARGE_KINDS`. `text` makes the descriptions.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(charges(kinds=["credit"]))
    ... def a_credit_takes_from_the_account(credit):
    ...     assert credit.amount <= 0
    >>> a_credit_takes_from_the_account()
    """
    feed = Feed(currency, words.identifiers() if text is None else text)
    return _charge(feed, account, tuple(kinds)).map(Charge.build)


@st.composite
def _transaction(draw: st.DrawFn, feed: Feed, account: str) -> AccountTransaction:
    amount = from_minor(draw(st.integers(0, _LARGEST)), feed.currency)
    code = draw(st.sampled_from(("PY", "CO", "AJ")))
    data: Data = {
        "currency": feed.currency,
        "id": draw(st.one_of(words.plain_identifiers(10), st.just(""))),
        "type_code": code,
        "facility": _FACILITY,
        "account": account,
        "patient_id": account,
        "occurred": draw(st.sampled_from(_DAYS)),
        "code": {"code": "OWN"},
        "amount": amount,
    }
    plan = draw(st.sampled_from(("", "PLAN1")))
    if code == "AJ":
        return WriteOff.build({**data, "payer_id": plan, "bucket": "payer" if plan else "patient"})
    reference = draw(st.sampled_from(("", "CHECK77")))
    data |= {"method": "OWN", "reference": reference}
    if code == "CO":
        return Payment.build({**data, "purpose": "co_payment"})
    return Payment.build({**data, "payer_id": plan, "payer": "payer" if plan else "patient"})


def transactions(
    *,
    currency: str = "USD",
    account: str = "TESTACCT1",
    text: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[AccountTransaction]:
    """Payments, co-payments and write-offs on an account, as FT1s say them."""
    return _transaction(Feed(currency, words.identifiers() if text is None else text), account)


# Messages


def _moment(text: str) -> str:
    return text[:10].replace("-", "") + text[10:].replace("T", "").replace(":", "")


def _money(draw: st.DrawFn, amount: Decimal, currency: str) -> str:
    """An amount with its currency; in dollars the currency may be left out."""
    if currency == "USD" and draw(st.booleans()):
        return f"{amount:f}"
    return f"{amount:f}{draw(st.sampled_from(('&', '^')))}{currency}"


def _row(draw: st.DrawFn, number: int, fact: Fact) -> str:
    fields = [""] * 44
    fields[0], fields[1] = "FT1", str(number)
    if isinstance(fact, Charge):
        _charge_row(draw, fields, fact)
    elif isinstance(fact, AccountTransaction):
        fields[2], fields[4], fields[6], fields[7] = fact.id, _moment(fact.occurred), fact.type_code, "OWN"
        minus = fact.type_code != "AJ" and draw(words.rarely())
        fields[11] = _money(draw, -fact.amount if minus else fact.amount, fact.currency)
        fields[14] = getattr(fact, "payer_id", "")
        fields[30] = getattr(fact, "reference", "")
    while not fields[-1]:
        fields.pop()
    return "|".join(fields)


def _charge_row(draw: st.DrawFn, fields: list[str], fact: Charge) -> None:
    minus = -1 if fact.change == "credit" and draw(st.booleans()) else 1
    fields[2], fields[3], fields[6] = fact.transaction_id, fact.batch, fact.type_code
    fields[4], fields[5] = _moment(fact.performed), _moment(fact.posted)
    fields[7], fields[8] = fact.code.code, _escaped(fact.description)
    if fact.quantity is not None:
        fields[10] = f"{abs(fact.quantity) * minus:f}"
    if fact.price_source == "extended" and fact.amount is not None:
        fields[11] = _money(draw, abs(fact.amount) * minus, fact.currency)
    if fact.unit_price is not None:
        fields[12] = _money(draw, fact.unit_price, fact.currency)
    fields[13] = fact.department.code if fact.department else ""
    if fact.procedure:
        fields[25], fields[26] = f"{fact.procedure.code}^^C4", "~".join(fact.procedure.modifiers)
    fields[41] = fact.revenue_code


@st.composite
def hl7_dft(
    draw: st.DrawFn,
    max_rows: int = 6,
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    version: str = "2.5.1",
) -> tuple[bytes, tuple[Fact, ...]]:
    """A DFT^P03 and the facts that it says, but for the account beside them: charges, credits, payments and
    write-offs on one account. A charge in dollars may leave its currency out.

    >>> import hcfin
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(hl7_dft())
    ... def a_message_is_read_as_it_was_meant(example):
    ...     data, facts = example
    ...     assert hcfin.read(data).facts == facts
    >>> a_message_is_read_as_it_was_meant()
    """
    account = draw(words.plain_identifiers(8))
    options: dict[str, Any] = {"currency": currency, "account": account, "text": text}
    one = st.one_of(charges(**options), charges(**options), transactions(**options))
    told = draw(st.lists(one, max_size=max_rows))
    shown = draw(st.sampled_from(("I", "O", "")))
    facts: list[Fact] = []
    rows = [
        f"MSH|^~\\&|TESTAPP|{_FACILITY}|HCFIN|RECEIVER|20250116090000||DFT^P03|MSG1|P|{version}",
        f"PID|1||{account}^^^TESTFAC^MR",
    ]
    if shown:
        rows.append(f"PV1|1|{shown}")
    for number, fact in enumerate(told, start=1):
        known: Data = {
            "number": str(number),
            **({"patient_class": shown} if isinstance(fact, Charge) else {}),
        }
        facts.append(fact.model_copy(update=known))
        rows.append(_row(draw, number, fact))
    return "".join(f"{row}\r" for row in rows).encode(), tuple(facts)
