"""FHIR charges and claims posted: what takes back or replaces another one, and versions of one resource.
What is left in the books is what was charged last."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from fhir_money import PAYER, benefits, billed, bundle, category, charged
from hcfin.books import Books, builtin, load
from hcfin.overlay import Layer
from hcfin.posting import Posting
from hcfin.reconcile import Ledger
from hcfin.testing.laws import assert_balanced

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)


def books(source: str = "charge_feed") -> Books:
    own = f'[payers.plan]\nclass = "commercial"\nids = ["{PAYER}"]\n[policy]\ncharge_source = "{source}"\n'
    return load([builtin("example.toml"), Layer("own.toml", own)])


def run(*bundles: list[dict[str, Any]], own: Books | None = None) -> list[Posting]:
    """Bundles posted one after the other, each knowing those before."""
    ledger = Ledger(hcfin.DEMO_KEYS)
    postings = []
    for resources in bundles:
        reading = hcfin.read(bundle(*resources))
        posting = hcfin.post(reading, own or books(), context=CONTEXT, known=ledger)
        for document in posting.documents:
            assert_balanced(document)
        ledger.learn(reading, posting)
        postings.append(posting)
    return postings


def left(postings: list[Posting], role: str) -> Decimal:
    """Debits less credits of a role."""
    return sum(
        (
            one.amount if one.side == "debit" else -one.amount
            for posting in postings
            for document in posting.documents
            for one in document.gl_lines
            if one.role == role
        ),
        Decimal(0),
    )


def codes(postings: list[Posting]) -> list[str]:
    return sorted({issue.code for posting in postings for issue in posting.issues})


def bare(number: str, amount: str = "84.00", **points: str) -> dict[str, Any]:
    """A charge item that has no number but its id, which is what others call it."""
    item = charged(amount, number, **points)
    del item["identifier"]
    return item


FIRST = [charged("84.00")]
OFFSET = [charged("84.00", offset_by="T-2")]


@pytest.mark.parametrize(
    ("bundles", "unbilled", "told"),
    [
        ([FIRST], "84.00", []),
        # Versions: the same again is nothing; another amount under the same number waits for a person.
        ([FIRST, FIRST], "84.00", ["DUPLICATE_CHARGE"]),
        ([FIRST, [charged("90.00")]], "84.00", ["CHARGE_CONFLICT"]),
        # Entered in error, once and again.
        ([FIRST, [charged("84.00", status="entered-in-error")]], "0.00", []),
        ([FIRST, *[[charged("84.00", status="entered-in-error")]] * 2], "0.00", ["DUPLICATE_CHARGE"]),
        # What is offset is no longer active, whether it was seen before or not, and however often it comes.
        ([FIRST, OFFSET], "0.00", ["DUPLICATE_CHARGE"]),
        ([OFFSET], "0.00", []),
        ([OFFSET, OFFSET], "0.00", ["DUPLICATE_CHARGE"]),
        # What offsets it is the other side of the same money, not a charge.
        ([[*OFFSET, charged("84.00", "T-2")]], "0.00", []),
        ([[charged("84.00", "T-2"), *OFFSET]], "0.00", []),
        ([[*OFFSET, charged("84.00", "T-2", offset_by="T-1")]], "0.00", []),
        ([FIRST, [*OFFSET, charged("84.00", "T-2")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([[charged("84.00", "T-2")], [*OFFSET, charged("84.00", "T-2")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([FIRST, [*FIRST, charged("84.00", "T-2", offset_by="T-1")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([OFFSET, [*OFFSET, charged("84.00", "T-2")]], "0.00", ["DUPLICATE_CHARGE"]),
        # Each in a file of its own, in either order, whichever of them refers to the other.
        ([[bare("1", offset_by="2")], [bare("2")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([[bare("1")], [bare("2", offset_by="1")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([[bare("2")], [bare("1", offset_by="2")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([[bare("2", offset_by="1")], [bare("1", offset_by="2")]], "0.00", ["DUPLICATE_CHARGE"]),
        ([[bare("1")], [bare("1", offset_by="2")], [bare("2")]], "0.00", ["DUPLICATE_CHARGE"]),
        # Of another amount it waits for a person, and is not lost.
        ([[bare("1", offset_by="2")], [bare("2", "60.00")]], "0.00", ["CHARGE_CONFLICT"]),
        # What was never billable and is offset was perhaps billed before.
        ([[charged("84.00", status="aborted", offset_by="T-2")]], "0.00", []),
        ([FIRST, [charged("84.00", status="aborted", offset_by="T-2")]], "0.00", ["DUPLICATE_CHARGE"]),
        # The one that replaces it counts; what is replaced says so itself, or stands beside it.
        ([[*FIRST, charged("60.00", "T-3", replacing="T-1")]], "60.00", []),
        ([[charged("60.00", "T-3", replacing="T-1"), *FIRST]], "60.00", []),
        ([FIRST, [*OFFSET, charged("60.00", "T-3", replacing="T-1")]], "60.00", ["DUPLICATE_CHARGE"]),
        ([FIRST, OFFSET, [charged("60.00", "T-3", replacing="T-1")]], "60.00", ["DUPLICATE_CHARGE"]),
    ],
)
def test_what_is_left_of_charges(bundles: list[Any], unbilled: str, told: list[str]) -> None:
    postings = run(*bundles)
    assert f"{left(postings, 'ar.unbilled') + Decimal('0.00'):.2f}" == unbilled
    assert left(postings, "revenue.gross") == -Decimal(unbilled)
    assert codes(postings) == told


def test_neither_of_two_that_offset_each_other_charges_anything() -> None:
    """Which of them was booked before nobody tells: each is a charge and what takes it back."""
    both = [("charge", Decimal("84.00")), ("credit", Decimal("-84.00"))]
    for resources in ([*OFFSET, charged("84.00", "T-2")], [charged("84.00", "T-2"), *OFFSET]):
        reading = hcfin.read(bundle(*resources))
        assert [issue.code for issue in reading.issues] == ["CHARGE_ITEM_OFFSETS"]
        facts = [fact for fact in reading.facts if fact.kind == "charge"]
        for number in ("T-1", "T-2"):
            assert [(one.change, one.amount) for one in facts if one.transaction_id == number] == both
        assert len({fact.at for fact in facts}) == 4
        assert hcfin.read(hcfin.write(facts, "fhir", identity={"release": "R4"})).facts == tuple(facts)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("pair", [({"offset_by": "2"}, {}), ({}, {"offset_by": "1"})])
def test_lines_that_offset_each_other(order: tuple[int, int], pair: Any) -> None:
    items = [bare("1", **pair[0]), bare("2", **pair[1])]
    reading = hcfin.read("\n".join(json.dumps(items[at]) for at in order).encode())
    posting = hcfin.post(reading, books(), context=CONTEXT)
    assert left([posting], "ar.unbilled") == left([posting], "revenue.gross") == 0


# Claims


@pytest.mark.parametrize("source", ["charge_feed", "claim_837"])
@pytest.mark.parametrize(
    ("bundles", "owed", "told"),
    [
        ([[billed("200.00", "50.00")]], "250.00", []),
        ([[billed("200.00", "50.00")]] * 2, "250.00", ["DUPLICATE_BILL"]),
        # Another amount under the same number is no version of a claim: it must say that it replaces one.
        ([[billed("200.00", "50.00")], [billed("200.00")]], "250.00", ["BILL_CONFLICT"]),
        # A claim that replaces another has a number of its own in FHIR, and names the one that it replaces.
        (
            [[billed("200.00", "50.00")], [billed("200.00", number="CL-2", related="replaces")]],
            "200.00",
            [],
        ),
        (
            [
                [billed("200.00", "50.00")],
                [billed("200.00", number="CL-2", related="replaces", payer_number="ICN-1")],
                [
                    billed("200.00", number="CL-2", related="replaces", payer_number="ICN-1"),
                    billed("180.00", number="CL-3", related="replaces", before="CL-2", payer_number="ICN-2"),
                ],
            ],
            "180.00",
            ["DUPLICATE_BILL"],
        ),
        # As in X12, what replaces a replacement is told by the payer's number of it; else a person looks.
        (
            [
                [billed("200.00", "50.00")],
                [billed("200.00", number="CL-2", related="replaces")],
                [billed("180.00", number="CL-3", related="replaces")],
            ],
            "200.00",
            ["BILL_CONFLICT"],
        ),
        # Cancelled, or entered in error: it is void.
        ([[billed("200.00", "50.00")], [billed("200.00", "50.00", status="cancelled")]], "0.00", []),
        ([[billed("200.00", "50.00")], [billed("200.00", "50.00", status="entered-in-error")]], "0.00", []),
        (
            [
                [billed("200.00", "50.00")],
                *[[billed("200.00", "50.00", status="cancelled")]] * 2,
            ],
            "0.00",
            ["DUPLICATE_BILL"],
        ),
    ],
)
def test_what_is_left_of_claims(bundles: list[Any], owed: str, told: list[str], source: str) -> None:
    postings = run(*bundles, own=books(source))
    assert f"{left(postings, 'ar.payer') + Decimal('0.00'):.2f}" == owed
    assert codes(postings) == told


@pytest.mark.parametrize("use", ["preauthorization", "predetermination"])
def test_what_asks_for_a_price_bills_nothing(use: str) -> None:
    (posting,) = run([billed("200.00", use=use)])
    assert posting.documents == ()
    assert codes([posting]) == ["PREDETERMINATION"]


@pytest.mark.parametrize("status", ["active", "cancelled"])
@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_claim_that_replaces_another_is_written_and_read_again(release: str, status: str) -> None:
    told = billed("200.00", number="CL-2", related="replaces", payer_number="ICN-1", status=status)
    facts = hcfin.read(bundle(told)).facts
    (claim,) = (fact for fact in facts if fact.kind == "claim")
    assert (claim.account, claim.frequency) == ("ACCT-1", "7" if status == "active" else "8")
    assert hcfin.read(hcfin.write(facts, "fhir", identity={"release": release})).facts == facts


def test_a_response_to_a_replacement_is_for_the_account_of_the_first() -> None:
    """The remittance settles the receivable that was billed."""
    answer = benefits(category("submitted", "200.00"), category("benefit", "200.00"), kind="ClaimResponse")
    del answer["supportingInfo"]
    answer["request"] = {"reference": "Claim/cl-CL-2"}
    replacing = billed("200.00", number="CL-2", related="replaces")
    told = hcfin.read(bundle(replacing, answer)).facts
    assert {fact.account for fact in told if fact.kind in ("claim", "claim_payment")} == {"ACCT-1"}


def test_claims_that_replace_one_another_end() -> None:
    one = billed("200.00", number="CL-1", related="replaces", before="CL-2")
    other = billed("200.00", number="CL-2", related="replaces", before="CL-1")
    for claim in (one, other):
        del claim["related"][0]["claim"]["identifier"]
    assert len(hcfin.read(bundle(one, other)).claims) == 2
