"""Planted patient data, the laws and hypothesis' entry point of `hcfin.testing`."""

from __future__ import annotations

import base64
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from hcfin.billing.base import DatedEvent, Reference
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import HcfinError
from hcfin.finance.journal import JournalEntry
from hcfin.testing import (
    assert_balanced,
    assert_clearing_zero,
    assert_deterministic,
    assert_money_conserved,
    assert_never_raises,
    assert_no_phi,
    leaks,
    plant,
    remittances,
)
from hcfin.testing._hypothesis import register


def reach(strategy: st.SearchStrategy[Any], condition: Any) -> Any:
    """An example of that kind, as it comes."""
    return find(strategy, condition, settings=settings(phases=[Phase.generate], derandomize=True))


# Planted patient data


def test_equal_values_of_a_field_get_equal_sentinels_and_empty_ones_their_own() -> None:
    given_facts = [
        Reference(qualifier="EA", value="TESTPERSON-1"),
        Reference(qualifier="F8", value="TESTPERSON-1"),
        Reference(qualifier="1L"),
        DatedEvent(qualifier="232", day=date(2024, 5, 6)),
    ]
    planted, sentinels = plant(given_facts)
    assert [getattr(fact, "value", "") for fact in planted] == [
        "ZZPHI0001QX",
        "ZZPHI0001QX",
        "ZZPHI0002QX",
        "",
    ]
    assert sentinels == {
        "ZZPHI0001QX": "Reference.value",
        "ZZPHI0002QX": "Reference.value",
        "1901-02-03": "DatedEvent.day",
    }
    assert plant(given_facts, fill=False)[0][2] == given_facts[2]


@pytest.mark.parametrize(
    ("output", "how"),
    [
        ("ref zzphi0001qx.", "in clear"),
        ("ref XQ1000IHPZZ", "reversed"),
        *((base64.b64encode(b"x" * n + b"ZZPHI0001QX!").decode(), "base64") for n in range(3)),
        (base64.encodebytes(b"y" * 51 + b"ZZPHI0001QX and more"), "base64"),
        (b"ZZPHI0001QX".hex(), "hexadecimal"),
        ("ZZPHI0001QX".encode("utf-16"), "in clear"),
        ("nothing: ZZPHI0002QX", ""),
    ],
)
def test_a_leak_is_found_however_it_is_dressed(output: str | bytes, how: str) -> None:
    assert leaks(output, ["ZZPHI0001QX"]) == ([f"ZZPHI0001QX: {how}"] if how else [])


@pytest.mark.parametrize("output", ["1901-02-03", "19010203", "02/03/1901", "3020-10-91 30201091"])
def test_a_planted_date_is_found_in_its_usual_forms(output: str) -> None:
    assert leaks(output, ["1901-02-03"])


# Laws


def journal(*lines: tuple[str, str, str], **more: Any) -> JournalEntry:
    """A journal of (role, side, amount) lines."""
    shared = {
        "account": "1000",
        "currency": "USD",
        "rule": {"id": "r", "layer": "books.toml", "line": 1},
        "origins": {"first": (), "count": 1, "digest": ""},
    }
    data = {
        "id": "demo-journal",
        "content_hash": "",
        "entity": "MAIN",
        "currency": "USD",
        "gl_date": date(2025, 1, 1),
        "period": "2025-01",
        "source": "P/T",
        "gl_lines": [
            {"n": n, "role": role, "side": side, "amount": Decimal(amount), **shared}
            for n, (role, side, amount) in enumerate(lines, start=1)
        ],
    }
    return JournalEntry.build({**data, **more})


CASH_IN = ("cash.eft_in_transit", "debit", "100.00")
CLEAR = ("cash.remit_clearing", "credit", "100.00")
UNCLEAR = ("cash.remit_clearing", "debit", "100.00")
PATIENTS = ("ar.payer", "credit", "100.00")


def test_an_unbalanced_document_is_called_so() -> None:
    entry = journal(CASH_IN, CLEAR)
    assert_balanced(entry)
    with pytest.raises(AssertionError, match=r"demo-journal: debits less credits are 100\.00 USD"):
        assert_balanced(entry.model_copy(update={"gl_lines": entry.gl_lines[:1]}))
    negative = entry.gl_lines[0].model_copy(update={"amount": Decimal(-1)})
    with pytest.raises(AssertionError, match="line 1: the amount -1 is not positive"):
        assert_balanced(entry.model_copy(update={"gl_lines": (negative,)}))


def test_clearing_must_be_zero_for_each_entity_and_source() -> None:
    cash, claims = journal(CASH_IN, CLEAR), journal(UNCLEAR, PATIENTS)
    assert_clearing_zero([cash, claims])
    assert_clearing_zero([cash, claims, journal(CASH_IN, CLEAR, memo=True)])
    with pytest.raises(AssertionError, match=r"MAIN, P/T: -100\.00 USD is left"):
        assert_clearing_zero([cash])
    with pytest.raises(AssertionError, match="MAIN, P/T"):
        assert_clearing_zero([cash, journal(UNCLEAR, PATIENTS, entity="OTHER")])


def test_cash_must_be_the_payment() -> None:
    facts = reach(remittances(max_claims=0), lambda facts: facts[0].payment > 0)
    remittance = facts[0]
    amount = str(remittance.payment)
    booked = journal(("cash.lockbox_clearing", "debit", amount), ("cash.remit_clearing", "credit", amount))
    assert_money_conserved(remittance, [], [booked])
    with pytest.raises(AssertionError, match="the documents book 0 of cash"):
        assert_money_conserved(remittance, [], [])
    with pytest.raises(AssertionError, match="the remittance does not balance"):
        assert_money_conserved(remittance.model_copy(update={"payment": Decimal(-1)}), [], [booked])


def test_exceptions_and_models_are_searched_whole() -> None:
    planted, sentinels = plant([Reference(qualifier="EA", value="X")])
    with pytest.raises(AssertionError, match=r"output 1: ZZPHI0001QX \(Reference.value\): in clear"):
        assert_no_phi(planted, sentinels)
    try:
        raise HcfinError("outer") from ValueError("ZZPHI0001QX")
    except HcfinError as error:
        with pytest.raises(AssertionError, match="'log'"):
            assert_no_phi({"log": error}, sentinels)


def test_a_function_that_changes_its_mind_is_not_deterministic() -> None:
    assert assert_deterministic(plant, [Reference(qualifier="EA", value="X")])[1]
    calls: list[int] = []
    with pytest.raises(AssertionError, match="two calls differ"):
        assert_deterministic(lambda: calls.append(1) or len(calls))
    with pytest.raises(AssertionError, match="two calls differ"):
        assert_deterministic(lambda: Decimal("0.125").quantize(Decimal("0.01")))


def test_only_hcfin_errors_may_be_raised() -> None:
    def refuse(_: bytes) -> None:
        raise HcfinError("no")

    assert assert_never_raises(refuse, b"") is None
    with pytest.raises(AssertionError, match="raised ZeroDivisionError"):
        assert_never_raises(lambda n: 1 // n, 0)


# Hypothesis' entry point


def test_annotations_are_known() -> None:
    register()
    assert reach(st.from_type(Remittance), lambda fact: bool(fact.provider_adjustments))
    assert reach(st.from_type(ClaimPayment), lambda fact: bool(fact.lines))
    assert reach(st.from_type(Claim), lambda fact: bool(fact.other_payers))
    assert reach(st.from_type(ClaimSubmission), lambda fact: fact.claim_type == "dental")


def test_nothing_is_imported_for_the_annotations_before_the_models_are() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ENTRY_POINT],
        capture_output=True,
        text=True,
        timeout=60,
    )
    kinds = "remittance\nclaim_payment\nclaim\nclaim_submission\n"
    assert (done.returncode, done.stdout) == (0, kinds), done.stderr


_ENTRY_POINT = """
import sys
import hcfin.testing
assert not {"pydantic", "hypothesis"} & set(sys.modules)
import hypothesis
from hcfin.testing._hypothesis import register
before = set(sys.modules)
register()
assert "pydantic" not in set(sys.modules) - before
from hypothesis import Phase, find, settings, strategies as st
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.claim import Claim, ClaimSubmission
quick = settings(database=None, max_examples=5, phases=[Phase.generate])
for kind in (Remittance, ClaimPayment, Claim, ClaimSubmission):
    print(find(st.from_type(kind), lambda fact: True, settings=quick).kind)
"""
