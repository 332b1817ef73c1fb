"""Supplies from any source to the journal: the same use books the same, and nothing of a patient leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from hcfin import discover
from hcfin.billing.base import Fact
from hcfin.billing.reading import Reading
from hcfin.billing.supply import SupplyUse
from hcfin.finance.procurement import PurchaseOrder
from hcfin.posting import Posting
from hcfin.testing import (
    assert_balanced,
    assert_deterministic,
    assert_no_phi,
    goods_receipts,
    plant,
    purchase_orders,
    purchases,
    stock_adjustments,
    stock_levels,
    supplier_invoices,
    supply_requests,
    supply_uses,
)
from hcfin.translation import payload_dict, render
from supplied import BOOKS, KEYS, MASTER, codes, sums

CONTEXT = hcfin.Context(keys=KEYS, posting_date=date(2026, 11, 20))
TARGETS = discover.names("hcfin.erp")

ALONE = st.one_of(
    *(make(strangers=True) for make in (supply_uses, stock_levels, stock_adjustments, supply_requests)),
    *(make(strangers=True) for make in (purchase_orders, goods_receipts, supplier_invoices)),
)
FACTS = st.builds(
    lambda some, bought: (*some, *bought), st.lists(ALONE, max_size=5), st.one_of(st.just(()), purchases())
)


def post(facts: Any) -> Posting:
    return hcfin.post(Reading("facts", tuple(facts)), BOOKS, context=CONTEXT, master=MASTER)


@given(FACTS)
@settings(max_examples=60)
def test_whatever_comes_balances_and_comes_out_the_same(facts: tuple[Fact, ...]) -> None:
    posting = assert_deterministic(post, facts)
    for document in posting.documents:
        assert_balanced(document)
    kept = {end.rule for end in posting.dispositions if str(end.outcome) == "kept_open"}
    assert kept <= set(codes(posting)), "what is held is said"


@given(st.lists(st.one_of(supply_uses(), stock_adjustments()), min_size=1, max_size=3), purchases())
@settings(max_examples=25, deadline=None)
def test_nothing_of_a_patient_leaves(facts: list[Fact], bought: tuple[Fact, ...]) -> None:
    planted, sentinels = plant([*facts, *bought])
    assert sentinels
    posting = post(planted)
    outputs: dict[str, Any] = {
        "documents": [document.model_dump_json() for document in posting.documents],
        "issues": [str(issue) for issue in posting.issues],
        "repr": repr(posting),
    }
    for target in TARGETS:
        rendering = render(posting.documents, target, settings=BOOKS.erp.get(target))
        outputs[target] = [str(payload_dict(payload)) for payload in rendering.payloads]
        outputs[f"{target} issues"] = [str(issue) for issue in rendering.issues]
    assert_no_phi(outputs, sentinels)


def test_the_search_for_patients_bites() -> None:
    """A case or a lot that stood in a document in clear would be found."""
    use = hcfin.read(cases.FIXTURES / "rows/supplies/usage/input.csv").facts[0]
    (planted,), sentinels = plant([use])
    assert isinstance(planted, SupplyUse)
    assert planted.udi is not None
    for text in (planted.case, planted.udi.lot, planted.udi.serial, planted.item.description):
        with pytest.raises(AssertionError, match="patient data"):
            assert_no_phi({"payload": f'{{"memo": "{text}"}}'}, sentinels)


# One story in four standards: a stent that is owed after its use, and two catheters from stock.

HL7 = (
    "MSH|^~\\&|TESTAPP|TESTFAC|HCFIN|RECEIVER|20261119090000||DFT^P03|M1|P|2.5.1\r"
    "PID|1||TP001^^^TESTFAC^MR|||||||||||||||TA-1\rPV1|1|I|||||||||||||||||TV-1\r"
    "FT1|1|SD-1||20261119|20261119|CG|CL-4711^DES 3.0 STENT|||1\r"
    "ZSU|(01)02000000000015(17)280131(10)LOT7(21)SER9|CASE-1\r"
    "FT1|2|SD-2||20261119|20261119|CG|CL-1201^GUIDE CATHETER 6F|||2\rZSU||CASE-1\r"
)
TABLE = (
    "kind,id,case,item,udi,quantity,used\n"
    "supply_use,SD-1,CASE-1,CL-4711,(01)02000000000015(17)280131(10)LOT7(21)SER9,1,2026-11-19\n"
    "supply_use,SD-2,CASE-1,CL-1201,,2,2026-11-19\n"
)


def told(standard: str) -> tuple[SupplyUse, ...]:
    if standard == "hl7v2":
        profile = hcfin.load_profile("hl7v2", cases.FIXTURES / "hl7v2/supply/usage_with_labels/profile.toml")
        found = hcfin.read(HL7, standard="hl7v2", profile=profile).facts
    elif standard == "rows":
        found = hcfin.read(TABLE).facts
    else:
        found = hcfin.read(cases.FIXTURES / f"fhir/supply_delivery/case_{standard}/input.json").facts
    return tuple(fact for fact in found if isinstance(fact, SupplyUse))


@pytest.mark.parametrize("standard", ["r4", "r5", "hl7v2", "rows"])
def test_one_story_books_the_same_whoever_tells_it(standard: str) -> None:
    """5,200.00 are owed for the stent, which is ordered; two catheters leave the stock at 120.00."""
    facts = told(standard)
    assert [(one.item.code, one.quantity, one.case) for one in facts] == [
        ("CL-4711", Decimal(1), "CASE-1"),
        ("CL-1201", Decimal(2), "CASE-1"),
    ]
    posting = post(facts)
    assert codes(posting) == []
    assert sums(posting) == {
        "expense.supply": "5440.00",
        "inventory.stock": "-240.00",
        "liability.consignment_accrual": "-5200.00",
    }
    (order,) = [document for document in posting.documents if isinstance(document, PurchaseOrder)]
    assert [(line.item, line.quantity) for line in order.lines] == [("STENT-DES-30", Decimal(1))]
    assert order.supplier.token == "HEARTCO"
