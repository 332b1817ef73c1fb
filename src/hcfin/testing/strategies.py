"""Hypothesis strategies of money and billing facts: valid by construction, every optional field reachable.

Strategy: money is drawn as whole minor units (cents) from the top down. A charge is drawn, then the part
of it that is not paid, then that part is shared out among adjustments; so every balance holds without
filtering, and an example shrinks towards "charged and paid nothing". A reversal is drawn as the claim that
it takes back and negated at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import ClaimPayment, Remittance, remittance_ref
from hcfin.testing import details as more
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed
from hcfin.testing.shares import SHAPES, Shape, adjustment_data, adjustments, amounts

__all__ = ["KINDS", "adjustments", "amounts", "claim_payments", "remittances"]

_LARGEST = 9_999_999  # minor units of one charge


KINDS = (*SHAPES, "reversal")
"""Kinds of claim payment that can be asked for."""

_USUAL = (*("primary",) * 4, "secondary", "denial", "reversal", "reversal", "predetermination")


@st.composite
def _line(draw: st.DrawFn, feed: Feed, shape: Shape, sign: int) -> tuple[int, int, Data]:
    """A service line: minor units charged and paid (unsigned), and its data."""
    charged = draw(st.integers(0, _LARGEST // 10))
    reduced = draw(_reduction(shape, charged))
    data = {
        "procedure": draw(more.procedures(feed)),
        "charged": feed.money(sign * charged),
        "paid": feed.money(sign * (charged - reduced)),
        "adjustments": draw(adjustment_data(feed, reduced, sign, shape)),
        **draw(more.of_line(feed, sign)),
    }
    return charged, charged - reduced, data


@st.composite
def _reduction(draw: st.DrawFn, shape: Shape, payable: int) -> int:
    """How much of what is payable is not paid; rarely less than nothing."""
    if not shape.pays:
        return payable
    if not shape.lead and draw(words.rarely()):
        return -draw(st.integers(1, 10_000))
    return draw(st.integers(min(1, payable) if shape.lead else 0, payable))


@st.composite
def _claim(draw: st.DrawFn, feed: Feed, kinds: Sequence[str], max_lines: int) -> Data:
    kind = draw(st.sampled_from(kinds))
    reversal = kind == "reversal"
    sign = -1 if reversal else 1
    shape = SHAPES[draw(st.sampled_from(("primary", "secondary", "denial"))) if reversal else kind]
    lines = draw(st.lists(_line(feed, shape, sign), max_size=max_lines))
    if lines:
        charged = sum(line[0] for line in lines)
        payable = sum(line[1] for line in lines)
        reduced = draw(_reduction(shape, payable)) if draw(words.rarely()) else 0
    else:
        charged = payable = draw(st.integers(0, _LARGEST))
        reduced = draw(_reduction(shape, payable))
    at_claim = draw(adjustment_data(feed, reduced, sign, shape))
    every = [*at_claim, *(entry for line in lines for entry in line[2]["adjustments"])]
    patient = sum((entry["amount"] for entry in every if entry["group"] == "PR"), feed.money(0))
    return {
        "currency": feed.currency,
        "account": draw(feed.text),
        "status": "22" if reversal else draw(st.sampled_from(shape.statuses)),
        "charged": feed.money(sign * charged),
        "paid": feed.money(sign * (payable - reduced)),
        "patient_responsibility": patient if draw(st.booleans()) else None,
        "adjustments": at_claim,
        "lines": [line[2] for line in lines],
        **draw(more.of_claim(feed, sign)),
    }


def claim_payments(
    remittance: str = "EXAMPLE/TRACE/0.00//",
    *,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    kinds: Sequence[str] = _USUAL,
    max_lines: int = 3,
) -> st.SearchStrategy[ClaimPayment]:
    """Claim payments that balance at line and claim level, inside the remittance of that `ref`.

    `kinds` is any selection of `KINDS`; one that stands there twice comes twice as often. `text` makes the
    patient identifiers (not empty, no control characters, no blanks at the ends), so that a test can plant
    its own. Reversals (CLP02 22) have every amount negated; denials and predeterminations pay nothing.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(claim_payments(kinds=["denial"]))
    ... def a_denial_pays_nothing(claim):
    ...     assert claim.paid == 0
    >>> a_denial_pays_nothing()
    """
    feed = Feed(currency, words.identifiers() if text is None else text)
    return _claim(feed, tuple(kinds), max_lines).map(
        lambda data: ClaimPayment.build({**data, "remittance": remittance})
    )


@st.composite
def _claims(
    draw: st.DrawFn, feed: Feed, kinds: Sequence[str], max_lines: int, sizes: tuple[int, int]
) -> list[Data]:
    """Claims of one remittance; some reversals are followed by their correction."""
    least, most = sizes
    found = draw(st.lists(_claim(feed, kinds, max_lines), min_size=least, max_size=most))
    reversals = [n for n, data in enumerate(found) if data["status"] == "22"]
    if reversals and len(found) < most and draw(st.booleans()):
        place = reversals[0]
        correction = draw(_claim(feed, ("primary",), max_lines))
        correction["account"] = found[place]["account"]
        correction.pop("payer_claim_number", None)
        if "payer_claim_number" in found[place]:
            correction["payer_claim_number"] = found[place]["payer_claim_number"]
        found.insert(place + 1, correction)
    return found


@st.composite
def _provider_adjustment(draw: st.DrawFn, feed: Feed) -> Data:
    code = draw(st.sampled_from(words.ODD_PROVIDER_CODES if draw(words.rarely()) else words.PROVIDER_CODES))
    amount = draw(st.integers(1, _LARGEST // 10))
    # Interest adds to the payment as a rule; the others take from it.
    usual = -1 if code == "L6" else 1
    years = st.one_of(st.integers(2019, 2027).map(lambda year: date(year, 12, 31)), st.none())
    return {
        "provider": draw(st.sampled_from(words.PROVIDERS)),
        "fiscal_year_end": draw(years),
        "code": code,
        "reference": draw(st.one_of(feed.text, st.just(""))),
        "amount": feed.money(draw(st.sampled_from((usual, -usual))) * amount),
    }


@st.composite
def remittances(
    draw: st.DrawFn,
    max_claims: int = 4,
    *,
    min_claims: int = 0,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    kinds: Sequence[str] = _USUAL,
    max_lines: int = 3,
    versions: Sequence[str] = ("005010X221A1",),
    summaries: bool = False,
) -> tuple[Fact, ...]:
    """A `Remittance` and then its `ClaimPayment`s, balanced at line, claim and transaction level.

    With `summaries`, a `ProviderSummary` may stand before the claims of a group.

    The payment is what the claims pay less the provider adjustments. It is never negative: what would be
    is carried forward by an FB adjustment with a negative amount that refers to the trace. A payment of
    nothing is handled as H/NON. `ref` and `totals` are what a reader makes of the same bytes. The other
    parameters are those of `claim_payments`.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(remittances(max_claims=2))
    ... def a_payment_is_never_negative(facts):
    ...     remittance, *claims = facts
    ...     assert remittance.payment >= 0
    >>> a_payment_is_never_negative()
    """
    feed = Feed(currency, words.identifiers() if text is None else text)
    claims = draw(_claims(feed, tuple(kinds), max_lines, (min_claims, max_claims)))
    trace = draw(words.plain_identifiers())
    provider_adjustments = draw(st.lists(_provider_adjustment(feed), max_size=3))
    paid = sum((claim["paid"] for claim in claims), feed.money(0))
    payment = paid - sum((entry["amount"] for entry in provider_adjustments), feed.money(0))
    if payment < 0:
        first = provider_adjustments[0] if provider_adjustments else {"provider": words.PROVIDERS[0]}
        forward = {"code": "FB", "reference": trace, "amount": payment}
        provider_adjustments.append({**first, **forward})
        payment = feed.money(0)
    header = {
        "currency": currency,
        "payment": payment,
        "trace": trace,
        "payer_identifier": draw(words.plain_identifiers(10)),
        "payer": draw(more.organizations(feed, words.PLANS, "XV", "2U", "EO", "NF")),
        "payee": draw(more.organizations(feed, words.CLINICS, "XX", "TJ", "PQ")),
        "provider_adjustments": provider_adjustments,
        "totals": _totals(feed, claims),
        "version": draw(st.sampled_from(tuple(versions))),
        **draw(more.payment_way(feed, bool(payment))),
        **draw(more.payment_dates()),
        **draw(more.of_transaction(feed)),
    }
    payee = header["payee"].get("id") or header["payee"]["name"]
    ref = remittance_ref(header["payer_identifier"], trace, payment, header.get("payment_date"), payee)
    parts = draw(_grouped(feed, claims, summaries))
    return (
        Remittance.build({**header, "ref": ref}),
        *(kind.build({**data, "remittance": ref}) for kind, data in parts),
    )


@st.composite
def _grouped(
    draw: st.DrawFn, feed: Feed, claims: Sequence[Data], summaries: bool
) -> list[tuple[type[Fact], Data]]:
    """The claims in groups, each perhaps after what is summed up for it."""
    parts: list[tuple[type[Fact], Data]] = []
    summarized = st.booleans() if summaries else st.just(False)
    group, left = 1, list(claims)
    while True:
        number = {"group_number": str(group)}
        if draw(summarized):
            data = {"currency": feed.currency, **number, **draw(more.summaries(feed))}
            parts.append((ProviderSummary, data))
        size = draw(st.sampled_from(range(len(left), 0, -1))) if left else 0
        parts += [(ClaimPayment, {**data, **number}) for data in left[:size]]
        group, left = group + 1, left[size:]
        if not left:
            return parts


def _totals(feed: Feed, claims: Sequence[Data]) -> Data:
    groups: dict[str, Decimal] = {}
    lines = [line for claim in claims for line in claim["lines"]]
    every: list[dict[str, Any]] = [entry for node in (*claims, *lines) for entry in node["adjustments"]]
    for entry in every:
        groups[entry["group"]] = groups.get(entry["group"], feed.money(0)) + entry["amount"]
    return {
        "claims": len(claims),
        "lines": len(lines),
        "charged": sum((claim["charged"] for claim in claims), feed.money(0)),
        "paid": sum((claim["paid"] for claim in claims), feed.money(0)),
        "patient_responsibility": groups.get("PR", feed.money(0)),
        "adjustments": tuple(sorted(groups.items())),
    }
