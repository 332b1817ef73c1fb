"""FHIR PaymentReconciliation: a payment with what of it is for which claim, to a balanced journal with
clearing at zero; and what takes it back."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from fhir_money import benefits, bundle, category, detail, other, reason, reconciliation
from hcfin.books import builtin, load
from hcfin.overlay import Layer
from hcfin.posting import Outcome, Posting
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from posted import Line, cash, line, lines

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = load([builtin("example.toml")])
STATED = Layer("own.toml", '[policy]\nadjudication_source = "eob"\n')
D = Decimal
RELEASES = ["R4", "R5"]


def answer(account: str = "ACCT-1", kind: str = "ClaimResponse", **fields: Any) -> dict[str, Any]:
    """100.00 = 70.00 paid + 20.00 by contract + 10.00 coinsurance."""
    return benefits(
        category("submitted", "100.00"),
        reason("CO", "45", "20.00"),
        reason("PR", "2", "10.00"),
        category("benefit", "70.00"),
        account=account,
        kind=kind,
        **fields,
    )


def posted(*resources: dict[str, Any], issues: tuple[str, ...] = ()) -> Posting:
    reading = hcfin.read(bundle(*resources))
    assert tuple(issue.code for issue in reading.issues) == issues
    posting = hcfin.post(reading, BOOKS, context=CONTEXT)
    for document in posting.documents:
        assert_balanced(document)
    assert_clearing_zero(posting.documents)
    return posting


def codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


SETTLED: list[Line] = [
    line("ar.payer", D("-100.00"), sequence="1"),
    line("revenue.adjustment.contractual", D("20.00"), group="CO", reason="45"),
    line(
        "ar.patient",
        D("10.00"),
        group="PR",
        reason="2",
        patient_class="coinsurance",
        statement_hold="coverage",
    ),
    line("cash.remit_clearing", D("70.00")),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["ClaimResponse", "ExplanationOfBenefit"])
def test_a_payment_with_its_response(release: str, kind: str) -> None:
    response = answer(kind=kind)
    posting = posted(response, reconciliation(detail(response, "70.00"), paid="70.00", release=release))
    assert codes(posting) == []
    assert lines(posting) == Counter([*SETTLED, *cash(D("70.00"))])
    assert [document.kind for document in posting.documents] == ["journal_entry", "receipt"]


@pytest.mark.parametrize("release", RELEASES)
def test_a_response_that_is_not_here_leaves_its_money_unapplied(release: str) -> None:
    """A2: 70.00 are announced and wait with their issue; nothing of the claim is booked."""
    absent = {**detail(answer(), "70.00"), "response": {"identifier": {"value": "ICN-9"}}}
    posting = posted(reconciliation(absent, paid="70.00", release=release))
    assert codes(posting)[0] == "CLAIM_UNREADABLE"
    assert lines(posting) == Counter(
        [
            *cash(D("70.00")),
            line("cash.remit_clearing", D("70.00")),
            line("liability.unapplied_payer", D("-70.00"), issue="CLAIM_UNREADABLE"),
        ]
    )


@pytest.mark.parametrize("release", RELEASES)
def test_money_beside_claims(release: str) -> None:
    """70.00 and an advance of 20.00, less 5.00 that nobody explains, are 85.00."""
    response = answer()
    parts = [detail(response, "70.00"), other("advance", "20.00"), other("adjustment", "-5.00", "REF2")]
    posting = posted(response, reconciliation(*parts, paid="85.00", release=release))
    assert codes(posting) == ["PLB_HELD"]
    sums = {role: amount for (_, role, *_), amount in balances(posting).items()}
    assert sums["cash.eft_in_transit"] == D("85.00")
    assert sums["liability.advance"] == D("-20.00")
    assert sums["suspense"] == D("5.00")
    assert "cash.remit_clearing" not in sums


@pytest.mark.parametrize("release", RELEASES)
def test_a_payment_that_is_not_its_parts_is_rejected(release: str) -> None:
    response = answer()
    payment = reconciliation(detail(response, "70.00"), paid="75.00", release=release)
    posting = posted(response, payment, issues=("RECONCILIATION_UNBALANCED",))
    assert codes(posting) == ["REMIT_UNBALANCED_TRANSACTION"]
    assert posting.documents == ()
    ends = {(f"{end.amount:f}", end.outcome) for end in posting.dispositions if end.rule != "balance_only"}
    assert ends == {(amount, Outcome.REJECTED) for amount in ("100.00", "70.00", "20.00", "10.00", "75.00")}
    values = dict(posting.issues[0].values)
    assert (values["expected"], values["actual"]) == ("70.00", "75.00")


@pytest.mark.parametrize("release", RELEASES)
def test_a_payment_of_nothing_books_what_was_adjudicated(release: str) -> None:
    denied = benefits(category("submitted", "80.00"), reason("PR", "1", "80.00"), kind="ClaimResponse")
    posting = posted(denied, reconciliation(detail(denied, "0.00"), paid="0.00", release=release))
    share = {
        "group": "PR",
        "reason": "1",
        "patient_class": "deductible",
        "statement_hold": "coverage",
    }
    assert lines(posting) == Counter(
        [line("ar.payer", D("-80.00"), sequence="1"), line("ar.patient", D("80.00"), **share)]
    )


def test_an_estimate_within_a_payment_books_nothing() -> None:
    """A predetermination pays nothing; one that says so is held with its money."""
    estimate = answer(use="predetermination")
    posting = posted(answer("ACCT-2"), estimate, reconciliation(detail(estimate, "70.00"), paid="70.00"))
    assert codes(posting) == ["CLAIM_STATUS_PAID"]
    assert not [one for one in lines(posting) if one.role.startswith(("ar.", "revenue."))]


def test_a_draft_is_no_payment() -> None:
    response = answer()
    posting = posted(
        response,
        reconciliation(detail(response, "70.00"), paid="70.00", status="draft"),
        issues=("RESPONSE_UNDECIDED",),
    )
    assert posting.documents == ()


# What is taken back


def balances(*postings: Posting) -> dict[tuple[str, ...], Decimal]:
    """What is left by account, role and what tells a receivable's parts apart; turns aside, which a reversal
    does not tell."""
    found: dict[tuple[str, ...], Decimal] = {}
    for posting in postings:
        for document in posting.documents:
            for one in document.gl_lines:
                kept = tuple(f"{name} {value}" for name, value in one.tags if name != "sequence")
                key = (one.account, one.role, *kept)
                found[key] = found.get(key, D(0)) + (one.amount if one.side == "debit" else -one.amount)
    return {key: amount for key, amount in found.items() if amount}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_a_payment_that_is_taken_back_leaves_nothing(release: str, status: str) -> None:
    """Every amount of the first comes back from where it went, the announced cash too."""
    takeback = answer("ACCT-2", status="cancelled")
    response = answer()
    absent = {**detail(answer("ACCT-3"), "7.00"), "response": {"identifier": {"value": "ICN-9"}}}
    parts = [detail(response, "70.00"), absent, other("advance", "3.00")]
    first = posted(response, reconciliation(*parts, paid="80.00", release=release))
    back = posted(response, reconciliation(*parts, paid="80.00", release=release, status=status))
    assert balances(first)
    assert balances(first, back) == {}
    assert {document.id for document in first.documents}.isdisjoint(
        document.id for document in back.documents
    )
    # A payment that took back a claim itself gives it again.
    parts = [detail(response, "70.00"), detail(takeback, "-70.00"), other("advance", "3.00")]
    mixed = [response, takeback]
    first = posted(*mixed, reconciliation(*parts, paid="3.00", release=release))
    back = posted(*mixed, reconciliation(*parts, paid="3.00", release=release, status=status))
    assert balances(first, back) == {}


@pytest.mark.parametrize("identifier", ["", "TEST0001"])
@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_a_statement_that_is_taken_back_leaves_nothing(identifier: str, status: str) -> None:
    own = load([builtin("example.toml"), STATED])
    first, back = (
        hcfin.post(
            hcfin.read(bundle(answer(paid="70.00", identifier=identifier, status=one))), own, context=CONTEXT
        )
        for one in ("active", status)
    )
    assert balances(first)
    assert balances(first, back) == {}
    assert_clearing_zero([*first.documents, *back.documents])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("status", ["active", "cancelled"])
def test_it_is_written_and_read_again(release: str, status: str) -> None:
    response, takeback = answer(), answer("ACCT-2", status="cancelled")
    parts = [detail(response, "70.00"), detail(takeback, "-70.00"), other("advance", "3.00")]
    told = reconciliation(*parts, paid="3.00", release=release, status=status)
    facts = hcfin.read(bundle(response, takeback, told)).facts
    assert any(getattr(fact, "taken_back", False) for fact in facts) is (status == "cancelled")
    # The lines name services, for which R5 has no place in a response that a payment names.
    facts = tuple(_without_services(fact) for fact in facts)
    assert hcfin.read(hcfin.write(facts, "fhir", identity={"release": release})).facts == facts


def _without_services(fact: Any) -> Any:
    if fact.kind != "claim_payment":
        return fact
    bare = [one.model_copy(update={"procedure": type(one.procedure)()}) for one in fact.lines]
    return fact.model_copy(update={"lines": tuple(bare)})
