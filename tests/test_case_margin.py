"""Margins of cases: the worked example to the cent, what is missing, and that all adds up to the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.billing.account import AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.payment import Payment, Refund
from hcfin.billing.supply import SupplyUse
from hcfin.finance.base import Document
from hcfin.finance.procurement import SupplierInvoice
from hcfin.identity import token
from hcfin.reconcile import CaseMargin, CaseMargins, case_margins
from hcfin.reconcile.case_result import GAPS, MEASURES
from hcfin.testing import leaks, plant
from match_cases import claim, payment, remittance, submission
from supplied import (
    BOOKS,
    CASE,
    CATHETER,
    CONTRAST,
    DRAPE,
    KEYS,
    LEAD,
    MASTER,
    PUMP,
    STENT,
    posted,
    used,
    with_items,
)
from usage_cases import charge

ACCOUNT = "ACCT-1"


def use(item: dict[str, str], quantity: str = "1", **rest: Any) -> SupplyUse:
    return used(item, quantity, **{"account": ACCOUNT, "id": "", **rest})


def charged(code: str, amount: str, **rest: Any) -> Charge:
    return charge(code, amount, facility="MAIN", posted="2025-03-10", **rest)


def margins(*facts: Fact, documents: Sequence[Document] | None = None, **options: Any) -> CaseMargins:
    """The margins of facts and of what is posted of uses, charges and payments."""
    kinds = (SupplyUse, Charge, Payment, Refund, AccountMerge)
    made = posted(*(fact for fact in facts if isinstance(fact, kinds))).documents
    given = {"keys": KEYS, "master": MASTER, "books": BOOKS, **options}
    return case_margins(facts, made if documents is None else documents, **given)


def only(*facts: Fact, **options: Any) -> CaseMargin:
    (one,) = margins(*facts, **options).cases
    return one


PROCEDURE: tuple[Fact, ...] = (
    use(STENT),
    use(CATHETER, "2"),
    use(DRAPE, "2"),
    charged("27800471", "18200.00", transaction_id="T1"),
    charged("27200120", "620.00", quantity="2", transaction_id="T2"),
)
PAID: tuple[Fact, ...] = (
    claim(ACCOUNT, "18820.00"),
    submission(),
    payment(ACCOUNT, "18820.00", "11000.00", "CO-45 7420.00", "PR-2 400.00"),
    remittance(),
)


def test_the_procedure() -> None:
    """§5.8: the implant at 5,200.00, charged at 18,200.00. Two catheters at 120.00 are 240.00; two drapes at
    7.25 were an expense on arrival. The payer allows 11,000.00 and leaves 400.00 to the patient:
    11,400.00 − 5,440.00 − 14.50 = 5,945.50."""
    one = only(*PROCEDURE, *PAID)
    figures = {name: str(getattr(one, name)) for name in (*MEASURES, "supply_cost", "margin")}
    assert figures == {
        "charge": "18820.00",
        "allowed": "11400.00",
        "paid": "11000.00",
        "patient_paid": "0.00",
        "booked_cost": "5440.00",
        "arrival_cost": "14.50",
        "supply_cost": "5454.50",
        "margin": "5945.50",
    }
    assert (one.cases, one.gaps) == ((token(KEYS, "case", CASE),), ())


def test_a_price_variance_is_a_cost_of_the_case() -> None:
    """§5.8: the invoice of the implant is 150.00 above its contract: 5,350.00 in all."""
    documents = posted(*PROCEDURE[:2]).documents
    line = {
        "account": "1",
        "currency": "USD",
        "amount": "150.00",
        "rule": {"id": "r", "layer": "l", "line": 1},
    }
    line["origins"] = {"first": [], "count": 1, "digest": "d"}
    invoice = SupplierInvoice.build(
        {
            "id": "demoinvoice",
            "content_hash": "",
            "entity": "main",
            "currency": "USD",
            "gl_date": "2025-03-20",
            "period": "2025-03",
            "source": "supply/supplier_invoice/d",
            "case_token": token(KEYS, "case", CASE),
            "payable_account": "2010",
            "amount": "150.00",
            "invoiced": "150.00",
            "lines": [{"n": 1, "what": "price_variance", "amount": "150.00", "account": "5220"}],
            "gl_lines": [
                {**line, "n": 1, "side": "debit", "role": "expense.purchase_price_variance"},
                {**line, "n": 2, "side": "credit", "role": "liability.accounts_payable"},
            ],
        }
    )
    one = only(*PROCEDURE[:2], documents=(*documents, invoice, invoice))
    assert one.booked_cost == Decimal("5590.00")  # 5,200.00 + 240.00 + 150.00


def test_what_came_back_costs_nothing() -> None:
    one = only(
        use(CATHETER, "2"), use(CATHETER, "1", change="returned"), use(DRAPE), use(DRAPE, change="returned")
    )
    assert (one.booked_cost, one.arrival_cost) == (Decimal("120.00"), Decimal("0.00"))


def test_what_is_explanted_or_an_asset_costs_the_case_nothing() -> None:
    one = only(use(STENT, change="explanted"), use(PUMP))
    assert (one.supply_cost, one.gaps) == (Decimal("0.00"), ("no_answer", "no_charge"))


def test_a_patient_pays() -> None:
    money = Payment.build(
        {
            "id": "P1",
            "facility": "MAIN",
            "account": ACCOUNT,
            "amount": "400.00",
            "channel": "drawer",
            "method": "cash",
            "occurred": "2025-04-01",
        }
    )
    one = only(*PROCEDURE, *PAID, money)
    assert (one.paid, one.patient_paid, one.margin) == (
        Decimal("11000.00"),
        Decimal("400.00"),
        Decimal("5945.50"),
    )


def test_a_refund_to_a_payer_is_less_paid() -> None:
    """100.00 of the payment go back, by cheque; the patient gets 30.00 back, too."""
    given = {
        "id": "F1",
        "facility": "MAIN",
        "account": ACCOUNT,
        "state": "approved",
        "occurred": "2025-05-02",
    }
    back = Refund.build({**given, "amount": "100.00", "payee": "payer", "payer_id": "12345"})
    patient = Refund.build({**given, "id": "F2", "amount": "30.00"})
    one = only(*PROCEDURE, *PAID, back, patient)
    assert (one.paid, one.patient_paid) == (Decimal("10900.00"), Decimal("-30.00"))


# Payments without claims


def test_payments_without_claims_tell_what_is_allowed() -> None:
    assert only(*PROCEDURE, *PAID[2:]).allowed == Decimal("11400.00")
    assert only(*PROCEDURE, PAID[2]).margin == Decimal("5945.50")


def test_a_payment_that_was_taken_back_and_corrected() -> None:
    again = (
        payment(
            ACCOUNT, "-18820.00", "-11000.00", "CO-45 -7420.00", "PR-2 -400.00", status="22", remittance="R2"
        ),
        payment(ACCOUNT, "18820.00", "10000.00", "CO-45 8420.00", "PR-2 400.00", remittance="R2"),
        remittance("R2", "2025-02-28"),
    )
    for facts in ((*PAID, *again), (*PAID[2:], *again)):
        one = only(*PROCEDURE, *facts)
        assert (one.paid, one.allowed) == (Decimal("10000.00"), Decimal("10400.00"))


def test_a_later_payer_pays_and_allows_nothing_more() -> None:
    second = payment(
        ACCOUNT, "18820.00", "400.00", "OA-23 18420.00", status="2", remittance="R2", number="N2"
    )
    one = only(*PROCEDURE, *PAID[2:], second)
    assert (one.paid, one.allowed) == (Decimal("11400.00"), Decimal("11400.00"))


def test_a_remittance_that_comes_twice_counts_once() -> None:
    assert only(*PROCEDURE, *PAID, *PAID[2:]).paid == Decimal("11000.00")


@pytest.mark.parametrize("facts", [PAID, PAID[2:]])
def test_a_pending_claim_is_no_answer(facts: tuple[Fact, ...]) -> None:
    pending = [
        fact.model_copy(update={"status": "13", "paid": Decimal("0.00"), "adjustments": ()})
        if fact is PAID[2]
        else fact
        for fact in facts
    ]
    one = only(*PROCEDURE, *pending)
    assert (one.margin, one.gaps) == (None, ("no_answer",))


# What is missing


@pytest.mark.parametrize(
    ("facts", "gap"),
    [
        ((use(CATHETER, account=""),), "account_missing"),
        ((use({"code": "CL-0000"}),), "cost_unknown"),
        ((use(STENT, udi=None),), "cost_unknown"),
        ((use(DRAPE, unit="PALLET"),), "cost_unknown"),
        ((use(CATHETER),), "no_charge"),
        ((use(CATHETER),), "no_answer"),
        ((use(CATHETER), use(CONTRAST, case="CASE-2")), "several_cases"),
    ],
)
def test_what_is_missing_is_told(facts: tuple[Fact, ...], gap: str) -> None:
    found = margins(*facts)
    (one,) = found.cases
    assert gap in one.gaps
    assert not found.complete
    assert set(one.gaps) <= set(GAPS)


def test_a_case_of_which_nothing_is_booked_is_told() -> None:
    """The item is unknown, so the use is held: the case is there, with nothing but what is missing."""
    one = only(use({"code": "CL-0000"}))
    assert (one.supply_cost, one.currency) == (Decimal("0.00"), "USD")


def test_an_item_without_a_cost(tmp_path: Path) -> None:
    """Of two that were an expense on arrival one has no cost in the master data; a free one has."""
    master = with_items(tmp_path, "A,A-1,expensed,EA,MEDSUP,,", "B,B-1,perpetual,EA,MEDSUP,,0.00")
    assert "cost_unknown" in only(use({"code": "A-1"}), documents=(), master=master).gaps
    assert "cost_unknown" not in only(use({"code": "B-1"}), documents=(), master=master).gaps


def test_several_cases_of_an_account_are_one_row() -> None:
    one = only(*PROCEDURE, use(LEAD, case="CASE-2"), *PAID)
    assert sorted(one.cases) == sorted(token(KEYS, "case", case) for case in (CASE, "CASE-2"))
    assert one.supply_cost == Decimal("6904.50")  # 5,454.50 and the lead at 1,450.00


def test_what_is_of_no_case_stands_apart() -> None:
    found = margins(
        *PROCEDURE,
        *PAID,
        use(CATHETER, case="", account="ACCT-2"),
        charged("ROOM", "2000.00", account="ACCT-2"),
        payment("ACCT-2", "2000.00", "1500.00", "CO-45 500.00", number="ICN2"),
    )
    (rest,) = found.elsewhere
    assert (rest.charge, rest.allowed, rest.paid, rest.booked_cost) == tuple(
        map(Decimal, ("2000.00", "1500.00", "1500.00", "120.00"))
    )
    assert [row["kind"] for row in found.to_dicts()] == ["case_margin", "no_case"]
    assert found.complete


def test_a_use_that_comes_again_counts_once() -> None:
    """The second is no second entry, and no second drape."""
    facts = [use(CATHETER, id="U1"), use(DRAPE, id="U2")]
    assert only(*facts, *facts).supply_cost == Decimal("127.25")


def test_accounts_that_became_one() -> None:
    merge = AccountMerge.build(
        {
            "level": "account",
            "prior_account": "ACCT-0",
            "account": ACCOUNT,
            "facility": "MAIN",
            "occurred": "2025-03-11",
        }
    )
    early = charged("27800471", "18200.00", account="ACCT-0", transaction_id="T0")
    one = only(use(STENT), early, merge)
    assert one.charge == Decimal("18200.00")


def test_without_books_and_master_data() -> None:
    """What is booked is known all the same; the currency is that of the uses."""
    documents = posted(*PROCEDURE).documents
    (one,) = case_margins([*PROCEDURE, *PAID], documents, keys=KEYS).cases
    assert (one.charge, one.allowed, one.booked_cost) == tuple(
        map(Decimal, ("18820.00", "11400.00", "5440.00"))
    )
    assert one.gaps == ("cost_unknown",)
    assert case_margins([], [], keys=KEYS) == CaseMargins()


# Laws

ITEMS = st.sampled_from([STENT, CATHETER, CONTRAST, DRAPE, LEAD, {"code": "CL-0000"}])
ACCOUNTS = st.sampled_from(["A1", "A2", "A3", ""])


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    kind = draw(st.sampled_from(["use", "use", "charge", "payment"]))
    account = draw(ACCOUNTS)
    if kind == "use":
        item = draw(ITEMS)
        case = draw(st.sampled_from(["C1", "C2", ""]))
        return use(item, draw(st.sampled_from(["1", "2"])), account=account, case=case)
    if kind == "charge":
        return charged("27200120", draw(st.sampled_from(["310.00", "95.50"])), account=account)
    return payment(account, "100.00", "80.00", "CO-45 20.00", number=draw(st.sampled_from(["N1", "N2"])))


FACTS = st.lists(facts(), max_size=8)


@given(FACTS)
def test_cases_and_the_rest_are_what_the_ledger_holds(given_facts: list[Fact]) -> None:
    booked = posted(*(one for one in given_facts if isinstance(one, SupplyUse | Charge))).documents
    found = case_margins(given_facts, booked, keys=KEYS, master=MASTER, books=BOOKS)
    rows = (*found.cases, *found.elsewhere)
    lines = [line for document in booked for line in document.gl_lines]
    ledger = {
        role: sum(
            (line.amount if line.side == "debit" else -line.amount for line in lines if line.role == role),
            Decimal(0),
        )
        for role in ("revenue.gross", "expense.supply")
    }
    assert sum((one.charge for one in rows), Decimal(0)) == -ledger["revenue.gross"]
    assert sum((one.booked_cost for one in rows), Decimal(0)) == ledger["expense.supply"]
    named = [case for one in found.cases for case in one.cases]
    assert len(named) == len(set(named))
    assert set(named) == {
        token(KEYS, "case", one.case) for one in given_facts if isinstance(one, SupplyUse) and one.case
    }


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(given_facts: list[Fact], random: Any) -> None:
    booked = posted(*(one for one in given_facts if isinstance(one, SupplyUse | Charge))).documents
    before = case_margins(given_facts, booked, keys=KEYS, master=MASTER, books=BOOKS)
    random.shuffle(given_facts)
    assert case_margins(given_facts, booked, keys=KEYS, master=MASTER, books=BOOKS) == before


@given(FACTS)
def test_no_patient_data(given_facts: list[Fact]) -> None:
    planted, sentinels = plant(given_facts, fill=False)
    found = case_margins(planted, [], keys=KEYS, master=MASTER, books=BOOKS)
    for text in (repr(found), repr(list(found.to_dicts()))):
        assert not list(leaks(text, sentinels))
