"""Hypothesis strategies of submissions of claims: balanced by construction, every optional field reachable.

Strategy: lines are drawn first and the claim's charge is their sum. For each payer that has already done its
part, what it does not pay of a line, and then of the claim, is drawn and shared out among adjustments, so
that charge, payment and adjustments agree at both levels without filtering.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission, ClaimType, submission_ref
from hcfin.testing import claim_details as more
from hcfin.testing import claim_parties as parties
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, contacts, days
from hcfin.testing.shares import SHAPES, adjustment_data

__all__ = ["CLAIM_TYPES", "claims"]

CLAIM_TYPES: tuple[str, ...] = get_args(ClaimType)
"""Types of claim that can be asked for."""

_LARGEST = 999_999  # minor units of one line's charge
_NO_CLAIMS = "USD"
_RELATED = ("01", "19", "20", "G8")
# Which payer's turn it is, and who else insures the patient: those before have adjudicated.
_TURNS = (("P", "", ""), ("P", "", ""), ("P", "", "S"), ("S", "P", ""), ("S", "P", "T"), ("T", "PS", ""))


@st.composite
def _lines(draw: st.DrawFn, feed: Feed, claim_type: str, most: int) -> list[tuple[int, Data]]:
    """Service lines: minor units charged, and data."""
    charges = draw(st.lists(st.integers(0, _LARGEST), min_size=1, max_size=most))
    return [
        (
            charged,
            {"charged": feed.money(charged), "number": str(number), **draw(more.of_line(feed, claim_type))},
        )
        for number, charged in enumerate(charges, start=1)
    ]


@st.composite
def _other_payer(draw: st.DrawFn, feed: Feed, claim_type: str, sequence: str, number: int) -> Data:
    """Another payer, before it has done anything. Its identifier is one that no other payer has."""
    payer = draw(parties.organizations(feed, words.PLANS, "PI"))
    return {
        "sequence": sequence,
        "payer": {**payer, "id": f"TESTPAYER{number}"},
        **draw(more.of_insurance(feed)),
    }


@st.composite
def _adjudicate(
    draw: st.DrawFn, feed: Feed, claim_type: str, other: Data, lines: Sequence[tuple[int, Data]]
) -> None:
    """Let another payer adjudicate a claim: by line and claim, or by claim alone."""
    shape = SHAPES["secondary" if other["sequence"] != "P" else draw(st.sampled_from(("primary", "denial")))]
    payable = sum(charged for charged, _ in lines)
    by_line = draw(st.booleans())
    if by_line:
        for charged, data in lines:
            reduced = draw(st.integers(0, charged)) if shape.pays else charged
            payable -= reduced
            adjustments = draw(adjustment_data(feed, reduced, 1, shape))
            # Rarely a payer takes a line apart: one adjudication for each service that it sees in it.
            first = draw(st.integers(0, charged - reduced)) if draw(words.rarely()) else charged - reduced
            shares = [first] if first == charged - reduced else [first, charged - reduced - first]
            for paid in shares:
                told = {
                    "payer": other["payer"]["id"],
                    "paid": feed.money(paid),
                    "adjustments": adjustments,
                    **draw(more.of_adjudication(feed, claim_type)),
                }
                data.setdefault("adjudications", []).append(told)
                adjustments = []
    at_claim = not by_line or draw(words.rarely())
    reduced = 0
    if at_claim:
        reduced = draw(st.integers(0, payable)) if shape.pays else payable
    other["adjustments"] = draw(adjustment_data(feed, reduced, 1, shape))
    other["paid"] = feed.money(payable - reduced)


@st.composite
def _claim(draw: st.DrawFn, feed: Feed, claim_type: str, most: int) -> Data:
    """A claim without those whom it shares with its neighbours: biller, subscriber, patient."""
    form = more.FORMS[claim_type]
    lines = draw(_lines(feed, claim_type, most))
    sequence, before, after = draw(st.sampled_from(_TURNS))
    others = []
    for number, turn in enumerate((*before, *after), start=1):
        other = draw(_other_payer(feed, claim_type, turn, number))
        if turn in before:
            draw(_adjudicate(feed, claim_type, other, lines))
        others.append({**other, **draw(more.of_other_payer(feed, claim_type, turn in before))})
    frequency = draw(st.sampled_from(("1", "1", "7", "8")))
    found = draw(more.of_claim(feed, claim_type))
    if frequency != "1":
        again = {"qualifier": "F8", "value": draw(feed.text)}
        found["references"] = [again, *found.get("references", [])]
    return {
        "currency": feed.currency,
        "claim_type": claim_type,
        "account": draw(feed.text),
        "charged": feed.money(sum(charged for charged, _ in lines)),
        "facility_type": draw(st.sampled_from(form.facility)),
        "facility_qualifier": form.facility_qualifier,
        "frequency": frequency,
        "sequence": sequence,
        "other_payers": others,
        "lines": [data for _, data in lines],
        **found,
    }


@st.composite
def _biller(draw: st.DrawFn, feed: Feed) -> Data:
    found: Data = {"billing_provider": draw(parties.providers(feed, "85"))}
    if draw(words.rarely()):
        found["pay_to"] = draw(parties.pay_to(feed))
    return found


@st.composite
def _covered(draw: st.DrawFn, feed: Feed) -> Data:
    """A subscriber with a policy, and the patient where that is another."""
    found = {
        **draw(more.of_insurance(feed)),
        "payer": draw(parties.organizations(feed, words.PLANS, "PI", "2U", "NF")),
        "subscriber": draw(parties.persons(feed, "IL")),
        "relationship": "18",
    }
    if draw(st.booleans()):
        found["patient"] = draw(parties.persons(feed, "QC"))
        found["relationship"] = draw(st.sampled_from(_RELATED))
    return found


@st.composite
def claims(
    draw: st.DrawFn,
    max_claims: int = 4,
    *,
    min_claims: int = 0,
    currency: str = "USD",
    text: st.SearchStrategy[str] | None = None,
    claim_types: Sequence[str] = CLAIM_TYPES,
    max_lines: int = 3,
) -> tuple[Fact, ...]:
    """A `ClaimSubmission` and then its `Claim`s, all of one type: professional, institutional or dental.

    Line charges add up to the claim's. What payers before have paid and adjusted adds up to the charge, of
    each line where they adjudicated lines, and of the claim. Replacements and voids (frequency 7 and 8) name
    the payer's claim number. Neighbours may share the billing provider, the subscriber and the patient.
    `claim_types` are the types to choose from; `text` makes the identifiers, as in `claim_payments`.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(claims(max_claims=2))
    ... def lines_add_up(facts):
    ...     submission, *found = facts
    ...     assert all(claim.charged == sum(line.charged for line in claim.lines) for claim in found)
    >>> lines_add_up()
    """
    feed = Feed(currency, words.identifiers() if text is None else text)
    claim_type = draw(st.sampled_from(tuple(claim_types)))
    billers = draw(st.lists(_biller(feed), min_size=1, max_size=2))
    covered = draw(st.lists(_covered(feed), min_size=1, max_size=2))
    found = [
        {**draw(_claim(feed, claim_type, max_lines)), **biller, **subscriber}
        for biller, subscriber in draw(
            st.lists(
                st.tuples(st.sampled_from(billers), st.sampled_from(covered)),
                min_size=min_claims,
                max_size=max_claims,
            )
        )
    ]
    # Nothing says the currency of a submission but its claims.
    submission = draw(_submission(feed, claim_type, currency if found else _NO_CLAIMS))
    return (
        ClaimSubmission.build(submission),
        *(Claim.build({**data, "submission": submission["ref"]}) for data in found),
    )


@st.composite
def _submission(draw: st.DrawFn, feed: Feed, claim_type: str, currency: str) -> Data:
    header: dict[str, Any] = {
        "currency": currency,
        "claim_type": claim_type,
        "purpose": draw(st.sampled_from(("00", "18"))),
        "reference": draw(words.plain_identifiers()),
        "use": draw(st.sampled_from(("CH", "RP", "31"))),
        "submitter": draw(parties.senders(feed)),
        "receiver": draw(parties.senders(feed)),
    }
    if draw(st.booleans()):
        header["created"] = draw(days())
    if draw(st.booleans()):
        header["submitter"]["contacts"] = draw(contacts(feed, "IC"))
    own = header["submitter"]["id"]
    return {**header, "ref": submission_ref(own, header["reference"], header.get("created"))}
