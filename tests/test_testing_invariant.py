"""The invariant finds what it promises: for each part, a library that breaks it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import cases
import hcfin
from hcfin import files
from hcfin.billing.reading import Opened, Reading
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import ModelError
from hcfin.posting import Posting
from hcfin.testing import invariant
from hcfin.testing.invariant import Verdict, assert_invariant
from hcfin.translation import Translation

BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
FILE = (cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi").read_bytes()


def held(data: bytes = FILE, **options: Any) -> Verdict:
    return assert_invariant(data, BOOKS, CONTEXT, **options)


def broken(monkeypatch: pytest.MonkeyPatch, name: str, change: Any) -> None:
    """A function of `hcfin.files` whose result is changed."""
    whole = getattr(files, name)
    monkeypatch.setattr(files, name, lambda *args, **options: change(whole(*args, **options)))


def test_a_clean_file_and_what_is_none() -> None:
    verdict = held(sentinel="ACCT")
    assert verdict.status == "ok"
    assert (verdict.claims, verdict.documents) == (3, 2)
    assert held(b"", sentinel="ACCT") == Verdict("rejected", frozenset({"STANDARD_UNKNOWN"}))


def test_any_other_exception_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    broken(monkeypatch, "read", fail)
    with pytest.raises(ZeroDivisionError):
        held()


def refuse(_: object) -> None:
    raise ModelError("ACCT-1 does not fit")


def test_an_hcfin_error_is_an_end_and_must_not_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "translate", refuse)
    assert held() == Verdict("refused", frozenset({"ModelError"}))
    with pytest.raises(AssertionError, match="patient data, in clear"):
        held(sentinel="ACCT")


def test_reading_ends_as_translating_does(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "read", refuse)
    with pytest.raises(AssertionError, match="reading in ModelError"):
        held()


def test_an_end_without_facts_and_issues(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "translate", lambda _: Translation("ok"))
    with pytest.raises(AssertionError, match="neither facts nor issues"):
        held()


def test_a_fact_that_only_one_way_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "read", lambda reading: replace(reading, facts=reading.facts[:-1]))
    with pytest.raises(AssertionError, match="facts, read and streamed"):
        held()


def test_an_issue_that_is_not_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "translate", lambda result: replace(result, issues=result.issues[:0]))
    with pytest.raises(AssertionError, match="COUNT_WRONG"):
        held(FILE.replace(b"SE*", b"SE*9"))


@pytest.mark.parametrize(
    ("side", "match"), [("debit", "debits less credits"), ("credit", "debits less credits")]
)
def test_a_document_that_does_not_balance(monkeypatch: pytest.MonkeyPatch, side: str, match: str) -> None:
    def one_sided(result: Translation) -> Translation:
        entry, _ = result.documents
        lines = tuple(line for line in entry.gl_lines if line.side == side)
        return replace(result, documents=(entry.model_copy(update={"gl_lines": lines}),))

    broken(monkeypatch, "translate", one_sided)
    with pytest.raises(AssertionError, match=match):
        held()


def test_clearing_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_clearing(result: Translation) -> Translation:
        entry, _ = result.documents
        first, *rest = entry.gl_lines
        other = next(line for line in rest if line.side != first.side)
        pair = (
            first.model_copy(update={"role": "cash.remit_clearing"}),
            other.model_copy(update={"role": "ar.payer", "amount": first.amount}),
        )
        return replace(result, documents=(entry.model_copy(update={"gl_lines": pair}),))

    broken(monkeypatch, "translate", without_clearing)
    with pytest.raises(AssertionError, match="is left, not zero"):
        held()


def test_patient_data_in_an_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    def quoting(reading: Reading) -> Reading:
        return replace(
            reading, issues=tuple(replace(i, values=(("account", "ZZPHI7"),)) for i in reading.issues)
        )

    broken(monkeypatch, "read", quoting)
    wrong = FILE.replace(b"SE*", b"SE*9")
    assert held(wrong).status == "ok"
    with pytest.raises(AssertionError, match="patient data, in clear, in warning COUNT_WRONG"):
        held(wrong, sentinel="ZZPHI")


def test_two_results_of_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(100))
    broken(
        monkeypatch, "translate", lambda result: replace(result, status=("ok", "partial")[next(calls) % 2])
    )
    with pytest.raises(AssertionError, match="two calls differ"):
        held()
    held(thorough=False)


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        (ClaimPayment, "claims and summaries, read"),
        (Remittance, "remittances, read"),
        (Opened, "the open remittance"),
    ],
)
def test_a_stream_that_leaves_something_out(monkeypatch: pytest.MonkeyPatch, kind: type, match: str) -> None:
    broken(monkeypatch, "iter_facts", lambda events: [event for event in events if type(event) is not kind])
    with pytest.raises(AssertionError, match=match):
        held()


def test_a_fact_that_does_not_fit_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def misfit(claim: object) -> object:
        return claim.model_copy(update={"paid": Decimal(1)}) if isinstance(claim, ClaimPayment) else claim

    def with_misfits(facts: Any) -> tuple[object, ...]:
        return tuple(map(misfit, facts))

    facts = with_misfits(hcfin.read(FILE).facts)
    invariant._fitting(facts)
    wrong = tuple(
        fact.model_copy(update={"paid": Decimal("1E+5")}) for fact in facts if isinstance(fact, ClaimPayment)
    )
    with pytest.raises(ModelError):
        invariant._fitting(wrong)


def test_an_amount_that_ends_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = invariant.post

    def forgetful(*args: Any, **options: Any) -> Posting:
        posting = whole(*args, **options)
        kept = [end for end in posting.dispositions if end.origin.element != "CLP04"]
        return replace(posting, dispositions=tuple(kept))

    monkeypatch.setattr(invariant, "post", forgetful)
    with pytest.raises(AssertionError, match="the ends of the amounts"):
        held()


def test_a_validator_that_tells_less_or_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = FILE.replace(b"SE*", b"SE*9")
    held(wrong, thorough=False, strict=True)
    quoting = tuple(replace(issue, message="ZZPHI7") for issue in files.check(wrong))
    monkeypatch.setattr(files, "check", lambda _: ())
    with pytest.raises(AssertionError, match="issues, read and checked"):
        held(wrong, thorough=False, strict=True)
    monkeypatch.setattr(files, "check", lambda _: quoting)
    with pytest.raises(AssertionError, match="patient data, in clear"):
        held(wrong, sentinel="ZZPHI7", thorough=False, strict=True)


def test_a_rejection_that_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    held(FILE.replace(b"BPR*H*0*", b"BPR*H*1*"), sentinel="ACCT")
    whole = files.translate

    def quoting(*args: Any, **options: Any) -> Translation:
        if options.get("on_error") == "raise":
            raise hcfin.Rejected(
                [
                    replace(i, message="ACCT-7")
                    for i in whole(*args, **{**options, "on_error": "collect"}).issues
                ]
            )
        return whole(*args, **options)

    monkeypatch.setattr(files, "translate", quoting)
    with pytest.raises(AssertionError, match="patient data"):
        held(FILE.replace(b"BPR*H*0*", b"BPR*H*1*"), sentinel="ACCT")


def test_an_answer_that_says_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "acknowledge", lambda answer: replace(answer, statuses=answer.statuses[1:]))
    with pytest.raises(AssertionError, match="statuses, said and read"):
        held()


def test_a_standard_without_answers_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "acknowledge", refuse)
    assert held().status == "ok"
