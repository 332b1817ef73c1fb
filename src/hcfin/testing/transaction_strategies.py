"""Hypothesis strategies of what happens on accounts beside claims: payments, payouts, refunds, disputes,
write-offs and transfers.

Strategy: fields of closed lists take each of their words, amounts are drawn in minor units, and signs agree
with what the fact says: what undoes another is negative and names it, what has states is positive.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from hcfin.billing.payment import (
    AccountTransaction,
    Dispute,
    Payment,
    Payout,
    Refund,
    Transfer,
    WriteOff,
)
from hcfin.money import minor_units
from hcfin.privacy import holds_card_number

__all__ = ["transactions"]

_KINDS: tuple[type[AccountTransaction], ...] = (Payment, Payout, Refund, Dispute, WriteOff, Transfer)
_CURRENCIES = ("USD", "USD", "USD", "EUR", "JPY", "KWD")
_LARGEST = 999_999
_MOMENTS = ("{day}", "{day}T08:15", "{day}T08:15:30-06:00", "{day}T23:59:59Z")
_EITHER_SIGN = frozenset({"payout"})
_UNDONE = frozenset({"payment", "write_off"})
_ACCOUNTS = ("ACCT-TESTPERSON-1", "ACCT-TESTPERSON-2", "")

_texts = st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda text: not holds_card_number(text))


@st.composite
def transactions(
    draw: st.DrawFn, kinds: tuple[str, ...] = (), *, currency: str | None = None
) -> AccountTransaction:
    """One payment, payout, refund, dispute, write-off or transfer, as a source tells of it.

    `kinds` are the kinds to draw from, all if empty; `currency` fixes the currency.
    """
    models = [one for one in _KINDS if not kinds or one.model_fields["kind"].default in kinds]
    model = draw(st.sampled_from(models))
    used = currency or draw(st.sampled_from(_CURRENCIES))
    data: dict[str, Any] = {"currency": used}
    for name, field in model.model_fields.items():
        if name in ("kind", "at", "currency", "unreadable"):
            continue
        if get_origin(field.annotation) is Literal:
            data[name] = draw(st.sampled_from(get_args(field.annotation)))
        elif field.annotation is str:
            data[name] = draw(_text_of(name))
        elif get_origin(field.annotation) is tuple:
            data[name] = draw(st.lists(_texts, max_size=2).map(tuple))
    data["code"] = {name: draw(_texts) for name in ("code", "text", "system")} if draw(st.booleans()) else {}
    kind = model.model_fields["kind"].default
    low = -_LARGEST if kind in _EITHER_SIGN else 0
    data["amount"] = _money(draw(st.integers(low, _LARGEST)), used)
    if "fee" in model.model_fields:
        data["fee"] = _money(draw(st.integers(-_LARGEST, _LARGEST)), used)
    if kind in _UNDONE:
        data["reverses"] = draw(st.sampled_from(("", "", "TX-1", "TX-2")))
        if data["reverses"]:
            data["amount"] = -data["amount"] or data["amount"]
    return model.build(data)


def _text_of(name: str) -> st.SearchStrategy[str]:
    if name in ("occurred", "posted"):
        days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
        return st.builds(lambda day, form: str(form.format(day=day)), days, st.sampled_from(_MOMENTS))
    if name == "account":
        return st.sampled_from(_ACCOUNTS)
    if name == "id":
        return st.sampled_from(("TX-1", "TX-2", "TX-3", "")) | _texts
    return st.just("") | _texts


def _money(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_units(currency))
