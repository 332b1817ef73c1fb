"""Invoices of suppliers: what is owed, what is held, credited, released, rejected and paid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hcfin.finance.known_supply import StockCount
from hcfin.finance.procurement import SupplierInvoice
from hcfin.posting import Posting
from hcfin.reconcile import SupplyLedger
from supplied import (
    ACCRUAL,
    CONTRAST,
    DRAPE,
    GRNI,
    LEAD,
    PAYABLE,
    PUMP,
    STENT,
    VARIANCE,
    codes,
    held,
    invoiced,
    last,
    learned,
    line,
    lines,
    ordered,
    paid,
    posted,
    received,
    released,
    sums,
    used,
    with_books,
    with_items,
)

CATHETER = {"code": "CL-1201"}
HEART = {"supplier": {"id": "HC-100"}, "order": ""}


def bills(posting: Posting) -> list[SupplierInvoice]:
    return [one for one in posting.documents if isinstance(one, SupplierInvoice)]


# Prices


def test_what_is_within_tolerance_is_paid_and_its_variance_told() -> None:
    posting = posted(ordered(), received(), invoiced("10", "122.40"))
    assert codes(posting) == []
    assert last(posting) == [
        ("debit", "1200.00", GRNI),
        ("credit", "1224.00", PAYABLE),
        ("debit", "24.00", VARIANCE),
    ]
    over = posted(ordered(), received(), invoiced("10", "122.41"))
    assert codes(over) == ["MATCH_PRICE"]


def test_less_than_ordered_is_never_held() -> None:
    posting = posted(ordered(), received(), invoiced("10", "90.00"))
    assert last(posting) == [
        ("debit", "1200.00", GRNI),
        ("credit", "900.00", PAYABLE),
        ("credit", "300.00", VARIANCE),
    ]
    free = posted(ordered(), received(), invoiced("10", "0"))
    assert last(free) == [("debit", "1200.00", GRNI), ("credit", "1200.00", VARIANCE)]


def test_tolerances_of_an_amount_and_of_a_contract(tmp_path: Path) -> None:
    books = with_books(
        tmp_path, '[supply]\nprice_tolerance_amount = "30.00"\ncontract_tolerance = "150.00"\n'
    )
    posting = posted(ordered(), received(), invoiced("10", "123.00"), books=books)
    assert codes(posting) == []
    stent = invoiced("1", "5350.00", item=STENT, **HEART)
    assert codes(posted(used(STENT, "1"), stent, books=books)) == []


def test_a_cent_of_rounding_is_no_price(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\nprice_tolerance = "0"\n')
    order = ordered(line("3", "33.333333"))
    posting = posted(order, received("3"), invoiced("3", None, amount="100.00"), books=books)
    assert codes(posting) == []
    assert sums(posting) == {"inventory.stock": "100.00", PAYABLE: "-100.00"}
    # In three parts, each rounded by itself: nothing stays.
    parts = [received("1", f"R{n}") for n in range(3)]
    posting = posted(order, invoiced("3", None, amount="100.00"), *parts, books=books)
    assert codes(posting) == ["MATCH_NO_RECEIPT", "MATCH_QTY"]
    assert [f"{bill.amount}" for bill in bills(posting)] == ["33.33", "33.34", "33.33"]
    assert GRNI not in sums(posting)
    assert sums(posting)[PAYABLE] == "-100.00"


@pytest.mark.parametrize(
    ("costing", "counted", "expected"),
    [
        ("standard", "4", {VARIANCE: "20.00"}),
        ("average", "4", {"inventory.stock": "1208.00", VARIANCE: "12.00"}),
        ("fifo", "40", {"inventory.stock": "1220.00"}),
        ("average", "0", {VARIANCE: "20.00"}),
        ("average", "", {VARIANCE: "20.00"}),
    ],
)
def test_a_variance_is_a_cost_of_what_is_still_there(
    tmp_path: Path, costing: str, counted: str, expected: dict[str, str]
) -> None:
    books = with_books(tmp_path, f'[supply]\ncosting = "{costing}"\n')
    ledger = learned(ordered(), received(), books=books)
    if counted:
        ledger.learn((), [StockCount("main", "CATHLAB-1", "CATH-GUIDE-6F", Decimal(counted))])
    found = sums(
        posted(ordered(), received(), books=books),
        posted(invoiced("10", "122.00"), known=ledger, books=books),
    )
    assert found == {"inventory.stock": "1200.00", PAYABLE: "-1220.00", **expected}


def test_a_variance_of_an_expense_or_an_asset_is_its_cost() -> None:
    order = ordered(line("40", "7.25", item=DRAPE), line("1", "2400.00", number="2", item=PUMP))
    there = [{"item": DRAPE, "quantity": "40"}, {"item": PUMP, "quantity": "1"}]
    bill = invoiced(
        lines=[
            {"item": DRAPE, "quantity": "40", "amount": "295.00"},
            {"item": PUMP, "quantity": "1", "amount": "2440.00"},
        ],
        freight="100.00",
        tax="50.00",
        other="-5.00",
    )
    posting = posted(order, received(lines=there), bill)
    # Of freight, tax and allowance 2440/2735 are cost of the asset: 89.21, 44.61 and 4.46.
    assert sums(posting) == {
        "construction_in_progress": "2569.36",
        "expense.supply": "299.85",
        "expense.freight": "10.79",
        PAYABLE: "-2880.00",
    }
    (document,) = bills(posting)
    assert sum((one.amount for one in document.lines), Decimal(0)) == document.amount == Decimal("2880.00")


# Quantities


def test_an_invoice_before_its_goods_waits_for_them() -> None:
    posting = posted(ordered(), invoiced())
    assert codes(posting) == ["MATCH_NO_RECEIPT"]
    assert not bills(posting)
    posting = posted(ordered(), invoiced(), received())
    assert sums(posting) == {"inventory.stock": "1200.00", PAYABLE: "-1200.00"}
    first = posted(invoiced(), ordered(), received())
    assert codes(first) == ["MATCH_NO_PO", "MATCH_NO_RECEIPT"]
    assert sums(first) == sums(posting)
    stepwise = learned(invoiced(), ordered())
    assert sums(posted(received(), known=stepwise)) == sums(posting)


def test_an_invoice_before_its_use_waits_for_it() -> None:
    bill = invoiced("1", "5200.00", item=STENT, **HEART)
    posting = posted(bill, used(STENT, "1"))
    assert codes(posting) == ["MATCH_NO_PO"]
    assert sums(posting) == {"expense.supply": "5200.00", PAYABLE: "-5200.00"}


def test_a_use_is_settled_once_and_by_its_own_case() -> None:
    mine = invoiced("1", "5200.00", item=STENT, case="CASE-TESTPERSON", **HEART)
    again = invoiced("1", "5200.00", "INV-2", item=STENT, case="CASE-TESTPERSON", **HEART)
    posting = posted(used(STENT, "1"), mine, again)
    assert codes(posting) == ["MATCH_QTY"]
    other = invoiced("1", "5200.00", item=STENT, case="CASE-OTHER", **HEART)
    assert codes(posted(used(STENT, "1"), other)) == ["MATCH_NO_PO"]
    # The order that the use made goes by its id.
    (order,) = [one for one in posted(used(STENT, "1")).documents if one.kind == "purchase_order"]
    named = invoiced("1", "5200.00", item=STENT, supplier={"id": "HC-100"}, order=order.id, case="CASE-OTHER")
    assert sums(posted(used(STENT, "1"), named))[PAYABLE] == "-5200.00"
    # So does one of the ERP's own, by its case.
    paper = ordered(
        line("1", "5200.00", item=STENT), supplier="HC-100", order_kind="bill_only", case="CASE-2"
    )
    uses = used(STENT, "1"), used(STENT, "1", id="U2", case="CASE-2")
    bill = invoiced("1", "5200.00", item=STENT, supplier={"id": "HC-100"})
    posting = posted(paper, *uses, bill)
    (second,) = [
        one for one in posting.documents if one.kind == "purchase_order" and one.case_token and not one.number
    ][1:]
    assert posting.documents[-1].depends_on == (second.id,)
    # Without either, uses are settled in turn.
    two = invoiced("2", "5200.00", item=STENT, **HEART)
    posting = posted(used(STENT, "1"), used(STENT, "1", id="U2", case="CASE-2"), two)
    assert sums(posting) == {"expense.supply": "10400.00", PAYABLE: "-10400.00"}
    assert len(bills(posting)[0].depends_on) == 2


def test_units_of_invoices_are_converted() -> None:
    order = ordered(line("2", "385.00", item=CONTRAST, unit="BX"))
    posting = posted(
        order, received("20", item=CONTRAST, unit="VL"), invoiced("2", "385.00", item=CONTRAST, unit="BX")
    )
    assert sums(posting) == {"inventory.stock": "770.00", PAYABLE: "-770.00"}
    # Three vials of an invoiced box are there.
    part = posted(
        order, received("3", item=CONTRAST, unit="VL"), invoiced("1", "385.00", item=CONTRAST, unit="BX")
    )
    (document,) = bills(part)
    assert [(one.quantity, one.unit, one.unit_price) for one in document.lines] == [
        (Decimal("0.3"), "BX", Decimal(385))
    ]


def test_a_quantity_that_is_no_decimal_of_its_unit_is_told_in_the_stock_unit(tmp_path: Path) -> None:
    master = with_items(tmp_path, "CATH,CL-1201,perpetual,EA,MEDSUP,supply,10.00", units="*,PK,EA,1,3\n")
    posting = posted(
        ordered(line("2", "30.00", unit="PK")),
        received("1"),
        invoiced("1", "30.00", unit="PK"),
        master=master,
    )
    (document,) = bills(posting)
    assert [(one.quantity, one.unit, one.unit_price) for one in document.lines] == [(1, "EA", 10)]


def test_tolerance_of_quantities(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\nquantity_tolerance = "10"\n')
    posting = posted(ordered(), received("10"), invoiced("11"), books=books)
    assert codes(posting) == []
    assert sums(posting) == {"inventory.stock": "1200.00", GRNI: "120.00", PAYABLE: "-1320.00"}
    # The eleventh comes, and nothing waits any more.
    posting = posted(ordered(), received("10"), invoiced("11"), received("1", "R-2"), books=books)
    assert sums(posting) == {"inventory.stock": "1320.00", PAYABLE: "-1320.00"}
    assert codes(posted(ordered(), received("10"), invoiced("12"), books=books)) == ["MATCH_QTY"]


# Credits and rebates


def test_goods_that_went_back_are_credited() -> None:
    back = received("3", "RT-1", state="returned")
    credit = invoiced("3", "120.00", "CM-1", change="credit")
    posting = posted(ordered(), received(), invoiced(), back, credit)
    assert codes(posting) == []
    assert last(posting) == [("credit", "360.00", GRNI), ("debit", "360.00", PAYABLE)]
    assert bills(posting)[-1].change == "credit"
    assert sums(posting) == {"inventory.stock": "840.00", PAYABLE: "-840.00"}
    # A credit before its return waits for it.
    posting = posted(ordered(), received(), invoiced(), credit, back)
    assert codes(posting) == ["CREDIT_NO_RETURN"]
    assert sums(posting) == {"inventory.stock": "840.00", PAYABLE: "-840.00"}
    # Or somebody says that nothing will go back.
    let = posted(ordered(), received(), invoiced(), credit, released("CM-1"))
    assert last(let) == [("debit", "360.00", PAYABLE), ("credit", "360.00", "expense.supply")]


def test_a_credit_at_another_price_than_was_ordered() -> None:
    back = received("3", "RT-1", state="returned")
    credit = invoiced("3", None, "CM-1", change="credit", amount="350.00", freight="5.00")
    posting = posted(ordered(), received(), invoiced(), back, credit)
    assert last(posting) == [
        ("credit", "360.00", GRNI),
        ("debit", "355.00", PAYABLE),
        ("debit", "10.00", VARIANCE),
        ("credit", "5.00", "expense.freight"),
    ]


def test_a_price_that_is_reduced_is_less_cost_and_no_income() -> None:
    credit = invoiced("10", "3.00", "CM-1", change="credit")
    posting = posted(ordered(), received(), invoiced("10", "122.00"), credit)
    assert last(posting) == [("debit", "30.00", PAYABLE), ("credit", "30.00", "expense.supply")]
    (one,) = bills(posting)[-1].lines
    assert (one.what, one.item) == ("rebate", "CATH-GUIDE-6F")
    # Of what nobody ordered, it waits.
    assert codes(posted(credit)) == ["CREDIT_NO_RETURN"]


def test_a_credit_of_an_implant_that_came_back() -> None:
    bill = invoiced("1", "5200.00", item=STENT, **HEART)
    back = used(STENT, "1", id="U2", change="returned")
    credit = invoiced("1", "5200.00", "CM-1", change="credit", item=STENT, **HEART)
    posting = posted(used(STENT, "1"), bill, back, credit)
    assert codes(posting) == []
    assert sums(posting) == {}


def test_rebates(tmp_path: Path) -> None:
    rebate = invoiced(number="RB-1", change="rebate", lines=[], total="500.00")
    posting = posted(rebate)
    assert last(posting) == [("debit", "500.00", PAYABLE), ("credit", "500.00", "expense.supply")]
    assert [(str(end.outcome), end.amount) for end in posting.dispositions if end.lines] == [
        ("posted", Decimal("500.00"))
    ]
    of_items = posted(invoiced("10", "2.00", "RB-1", change="rebate"))
    assert last(of_items)[0] == ("debit", "20.00", PAYABLE)
    books = with_books(tmp_path, '[postings.rebate]\nrole = "inventory.stock"\n')
    assert last(posted(rebate, books=books))[0][2] == "inventory.stock"


# Releases


def test_a_release_pays_all_that_was_held() -> None:
    # Without a receipt: what arrives later clears it.
    posting = posted(ordered(), invoiced(), released())
    assert last(posting) == [("debit", "1200.00", GRNI), ("credit", "1200.00", PAYABLE)]
    posting = posted(ordered(), invoiced(), released(), received("4"), received("6", "R-2"))
    assert sums(posting) == {"inventory.stock": "1200.00", PAYABLE: "-1200.00"}
    # Without an order, too.
    assert last(posted(invoiced(), released()))[0] == ("debit", "1200.00", GRNI)
    implant = posted(invoiced("1", "5200.00", item=STENT, **HEART), released(supplier={"id": "HC-100"}))
    assert last(implant)[0] == ("debit", "5200.00", ACCRUAL)


def test_only_what_is_held_is_released() -> None:
    posting = posted(ordered(), received("8"), invoiced("10", freight="18.00"), released())
    first, second = bills(posting)
    assert (first.amount, second.amount) == (Decimal("960.00"), Decimal("258.00"))
    assert first.id != second.id
    assert sums(posting) == {
        "inventory.stock": "960.00",
        GRNI: "240.00",
        "expense.freight": "18.00",
        PAYABLE: "-1218.00",
    }
    again = posted(ordered(), received("8"), invoiced("10"), released(), released())
    assert codes(again) == ["MATCH_QTY", "INVOICE_NOT_HELD"]
    assert codes(posted(ordered(), received(), invoiced(), released())) == ["INVOICE_NOT_HELD"]


def test_a_decision_before_its_invoice_holds_when_that_comes() -> None:
    posting = posted(ordered(), released(), invoiced("10", "123.00"))
    assert codes(posting) == []
    assert last(posting)[2] == ("debit", "30.00", VARIANCE)
    assert codes(posted(released(), released())) == ["INVOICE_NOT_HELD"]
    for first, second in (("release", "reject"), ("reject", "release")):
        both = released(decision=first), released(decision=second)
        assert codes(posted(*both)) == ["SUPPLY_CONFLICT"]
        assert codes(posted(ordered(), received(), *both, invoiced("10", "123.00")))[0] == "SUPPLY_CONFLICT"
    assert not bills(posted(ordered(), received(), *both, invoiced("10", "123.00")))
    posting = posted(ordered(), received(), released(decision="reject"), invoiced())
    assert not bills(posting)
    assert {end.rule for end in posting.dispositions if end.amount == 120}  # told, not lost
    again = posted(ordered(), received(), released(decision="reject"), invoiced(), invoiced())
    assert codes(again) == ["SUPPLY_REPEATED"]


def test_what_is_rejected_is_not_paid_later() -> None:
    posting = posted(
        ordered(), received(), invoiced("10", "123.00"), released(decision="reject"), received("1", "R-2")
    )
    assert not bills(posting)
    ledger = learned(ordered(), received(), invoiced("10", "123.00"), released(decision="reject"))
    assert ledger.held_for("main", "MEDSUP") == ()
    assert ledger.decision("main", "MEDSUP", "INV-1") == "reject"


def test_somebody_must_have_decided() -> None:
    posting = posted(ordered(), received(), invoiced("10", "123.00"), released(approver=" "))
    assert codes(posting) == ["MATCH_PRICE", "INVOICE_APPROVER_MISSING"]
    assert not bills(posting)


# What is not booked


def test_what_cannot_be_an_invoice_is_held() -> None:
    assert held(posted(invoiced(number=""))) == "SUPPLY_NUMBER_MISSING"
    assert held(posted(invoiced(supplier={"id": "XX"}))) == "SUPPLIER_UNKNOWN"
    for fact, code in (
        (invoiced("10", None), "INVOICE_LINE_UNPRICED"),
        (invoiced("10", None, amount="-1.00"), "SUPPLY_SIGN"),
        (invoiced(freight="-1.00"), "SUPPLY_SIGN"),
        (invoiced(other="-1200.01"), "SUPPLY_SIGN"),
        (invoiced(lines=[]), "SUPPLY_SIGN"),
        (invoiced(total="1200.01"), "INVOICE_UNBALANCED"),
        (invoiced("-1", None, amount="1.00"), "SUPPLY_QUANTITY"),
        (invoiced(item={"code": "CL-0000"}), "ITEM_UNMAPPED"),
    ):
        posting = posted(fact)
        assert (posting.documents, codes(posting), posting.noted) == ((), [code], ())
    assert codes(posted(invoiced(), master=None)) == ["SUPPLIER_UNKNOWN"]


def test_the_same_again_and_another_under_its_number() -> None:
    everything = [ordered(), received(), invoiced()]
    posting = posted(*everything, *everything)
    assert codes(posting) == ["SUPPLY_REPEATED"] * 3
    assert len(posting.documents) == 3
    ledger = learned(*everything)
    assert codes(posted(*everything, known=ledger)) == ["SUPPLY_REPEATED"] * 3
    assert codes(posted(invoiced("9"), known=ledger)) == ["SUPPLY_CONFLICT"]
    assert codes(posted(ordered(line("11")), known=ledger)) == ["SUPPLY_CONFLICT"]
    assert codes(posted(received("9"), known=ledger)) == ["SUPPLY_CONFLICT"]
    waiting = learned(ordered(), invoiced())
    assert codes(posted(invoiced(), known=waiting)) == ["SUPPLY_REPEATED"]
    assert codes(posted(invoiced("9"), known=waiting)) == ["SUPPLY_CONFLICT"]
    assert codes(posted(invoiced(change="credit"), known=waiting)) == ["SUPPLY_CONFLICT"]


def test_what_was_lost_of_the_master_data_waits_on(tmp_path: Path) -> None:
    waiting = learned(ordered(), invoiced(), ordered(line("1", "385.00", item=CONTRAST), number="PO-2"))
    without = with_items(tmp_path, "CONTRAST-100,CL-2210,perpetual,VL,MEDSUP,drug,38.50")
    posting = posted(received("1", item=CONTRAST, order="PO-2"), known=waiting, master=without)
    assert [one.kind for one in posting.documents] == ["goods_receipt"]
    assert codes(posted(released(), known=waiting, master=without)) == ["ITEM_UNMAPPED"]


# Consigned receipts, invoices alone, memos, payments


def test_receipts_of_what_is_owed_since_its_use_book_nothing() -> None:
    bare = posted(received("1", item=LEAD, order="", supplier={"id": "HC-100"}))
    assert lines(bare) == []
    assert bare.documents[0].lines[0].amount == 0
    replaced = ordered(line("1", "1450.00", item=LEAD), supplier="HC-100", order_kind="consignment")
    posting = posted(replaced, received("1", item=LEAD, supplier={"id": "HC-100"}))
    assert lines(posting) == []
    assert posting.documents[1].order_id == posting.documents[0].id


def test_receipts_may_move_the_accrual(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\nconsigned_receipts = "accrue"\n')
    heart = {"supplier": {"id": "HC-100"}}
    use, arrived = used(LEAD, "2"), received("1", item=LEAD, order="", **heart)
    posting = posted(use, arrived, books=books)
    assert last(posting) == [("credit", "1450.00", GRNI), ("debit", "1450.00", ACCRUAL)]
    bill = invoiced("2", "1450.00", item=LEAD, **HEART)
    everything = posted(use, arrived, bill, books=books)
    assert sums(everything) == {"expense.supply": "2900.00", PAYABLE: "-2900.00"}
    (document,) = bills(everything)
    assert [(one.what, one.quantity, one.amount) for one in document.lines] == [
        ("item", 2, Decimal("1450.00")),
        ("item", None, Decimal("1450.00")),
    ]
    both = posted(use, received("2", item=LEAD, order="", **heart), bill, books=books)
    assert sums(both) == sums(everything)
    back = received("1", "RT-1", item=LEAD, order="", state="returned", **heart)
    assert sums(posted(use, arrived, back, bill, books=books)) == sums(everything)
    # More than was used is the supplier's still.
    more = posted(use, received("5", item=LEAD, order="", **heart), books=books)
    assert last(more)[1] == ("debit", "2900.00", ACCRUAL)
    assert [one.quantity for one in more.documents[-1].lines] == [2, 3]
    late = posted(use, bill, arrived, books=books)
    assert sums(late) == sums(everything)


def test_where_invoices_alone_book_what_arrives(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\ngrni = "at_invoice"\n')
    order = ordered(line(), line("40", "7.25", number="2", item=DRAPE))
    there = received(lines=[{"item": CATHETER, "quantity": "10"}, {"item": DRAPE, "quantity": "40"}])
    bill = invoiced(
        lines=[
            {"item": CATHETER, "quantity": "10", "unit_price": "121.00"},
            {"item": DRAPE, "quantity": "40", "unit_price": "7.25"},
        ]
    )
    posting = posted(order, there, bill, books=books)
    assert lines(posting.documents[1]) == []
    assert posting.documents[1].lines[0].amount == Decimal("1200.00")
    assert sums(posting) == {
        "inventory.stock": "1200.00",
        "expense.supply": "290.00",
        VARIANCE: "10.00",
        PAYABLE: "-1500.00",
    }


def test_memos_beside_a_journal_that_books_all(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[policy]\nap_mode = "gl_only"\n')
    facts = [ordered(), received(), invoiced("10", "122.00"), used(STENT, "1")]
    memo, booked = posted(*facts, books=books), posted(*facts)
    assert sums(memo) == sums(booked)
    assert [(one.kind, one.memo) for one in memo.documents[1:5]] == [
        ("journal_entry", False),
        ("goods_receipt", True),
        ("journal_entry", False),
        ("supplier_invoice", True),
    ]
    assert memo.documents[2].depends_on == (memo.documents[1].id, memo.documents[0].id)
    assert sorted(lines(memo)) == sorted(lines(booked))


def test_a_payment_and_its_end(tmp_path: Path) -> None:
    posting = posted(paid("1248.00"))
    assert lines(posting) == [("credit", "1248.00", "cash.bank"), ("debit", "1248.00", PAYABLE)]
    (document,) = posting.documents
    assert {line.party.token for line in document.gl_lines if line.party} == {"MEDSUP"}
    assert sums(posted(paid("1248.00"), paid("1248.00", state="voided"))) == {}
    assert codes(posted(paid("1248.00"), paid("1248.00"))) == ["SUPPLY_REPEATED"]
    assert held(posted(paid("-1.00"))) == "SUPPLY_SIGN"
    books = with_books(tmp_path, '[supply]\npayments = "elsewhere"\n')
    posting = posted(paid("1248.00"), books=books)
    assert (posting.documents, [end.rule for end in posting.dispositions]) == ((), ["paid_elsewhere"])


def test_stock_is_what_was_counted_and_what_moved_since() -> None:
    ledger = SupplyLedger()
    ledger.learn_postings([posted(ordered()), posted(ordered(), received("4"))])
    assert ledger.stock("main", "CATH-GUIDE-6F") is None
    ledger.learn((), [StockCount("main", "CATHLAB-1", "CATH-GUIDE-6F", Decimal(6))])
    ledger.learn_postings([posted(received("5", "R-2"), known=ledger), posted(used(), known=ledger)])
    assert ledger.stock("main", "CATH-GUIDE-6F") == {"CATHLAB-1": Decimal(9)}
    assert SupplyLedger(ledger).stock("main", "CATH-GUIDE-6F") == {"CATHLAB-1": Decimal(9)}


def test_what_completes_an_invoice_takes_what_is_left_of_it() -> None:
    """Three at 33.333333 are paid as 100.00 before they arrive one by one, each worth 33.33."""
    parts = [received("1", f"R{n}") for n in range(3)]
    bill = invoiced("3", None, amount="100.00")
    posting = posted(ordered(line("3", "33.333333")), bill, released(), *parts)
    assert [line[1] for line in lines(posting) if line[2] == "inventory.stock"] == ["33.33", "33.33", "33.34"]
    assert sums(posting) == {"inventory.stock": "100.00", PAYABLE: "-100.00"}


def test_an_accrual_that_moved_is_settled_once_by_lines_of_one_invoice(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\nconsigned_receipts = "accrue"\n')
    arrived = received("1", item=LEAD, order="", supplier={"id": "HC-100"})
    two = [{"item": LEAD, "quantity": "1", "unit_price": "1450.00"}] * 2
    posting = posted(used(LEAD, "2"), arrived, invoiced(lines=two, **HEART), books=books)
    assert last(posting)[:2] == [("debit", "1450.00", GRNI), ("debit", "1450.00", ACCRUAL)]
    assert sums(posting) == {"expense.supply": "2900.00", PAYABLE: "-2900.00"}


def test_a_credit_waits_until_all_of_it_has_gone_back() -> None:
    credit = invoiced("3", "120.00", "CM-1", change="credit")
    parts = [received(quantity, f"RT-{quantity}", state="returned") for quantity in ("1", "2")]
    posting = posted(ordered(), received(), invoiced(), credit, *parts)
    assert codes(posting) == ["CREDIT_NO_RETURN"]
    assert sums(posting) == {"inventory.stock": "840.00", PAYABLE: "-840.00"}
    assert [one.kind for one in posting.documents[-3:]] == [
        "goods_receipt",
        "goods_receipt",
        "supplier_invoice",
    ]
