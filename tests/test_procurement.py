"""Orders, receipts, invoices, releases and payments: the three-way match, and what is booked when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from hcfin.finance.procurement import GoodsReceipt, SupplierInvoice
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
    adjusted,
    codes,
    held,
    invoiced,
    last,
    learned,
    line,
    lines,
    ordered,
    posted,
    received,
    released,
    sums,
    used,
    with_books,
    with_items,
)

# The worked example of a three-way match (posting rules, §5.8).

FREIGHT = {"freight": "18.00", "total": "1248.00"}


def test_worked_receipt_is_received_and_not_invoiced() -> None:
    order, receipt = posted(ordered(), received()).documents
    assert (order.gl_lines, order.amount, order.lines[0].account) == ((), Decimal("1200.00"), "1510")
    assert lines(receipt) == [
        ("debit", "1200.00", "inventory.stock"),
        ("credit", "1200.00", GRNI),
    ]
    assert isinstance(receipt, GoodsReceipt)
    assert (receipt.order_id, receipt.depends_on, receipt.order) == (order.id, (order.id,), "PO-1")
    (one,) = receipt.lines
    assert (one.item, one.order_line, one.quantity, one.amount) == (
        "CATH-GUIDE-6F",
        "1",
        10,
        Decimal("1200.00"),
    )


def test_worked_invoice_beyond_tolerance_is_held_whole() -> None:
    known = learned(ordered(), received())
    posting = posted(invoiced("10", "123.00", **FREIGHT), known=known)
    assert not posting.documents
    (issue,) = posting.issues
    assert (issue.code, dict(issue.values)) == (
        "MATCH_PRICE",
        {"item": "CATH-GUIDE-6F", "asked": "1230.00", "expected": "1200.00", "amount": "1230.00"},
    )
    kept = {(end.amount, end.rule) for end in posting.dispositions if str(end.outcome) == "kept_open"}
    assert kept == {(Decimal("123.00"), "MATCH_PRICE"), (Decimal("18.00"), "MATCH_PRICE")}
    ledger = learned(ordered(), received(), invoiced("10", "123.00", **FREIGHT))
    (waiting,) = ledger.held_for("main", "MEDSUP")
    assert (waiting.excess, waiting.freight, waiting.part) == (Decimal("30.00"), Decimal("18.00"), 0)


def test_worked_invoice_is_paid_as_it_is_once_released() -> None:
    known = learned(ordered(), received(), invoiced("10", "123.00", **FREIGHT))
    (document,) = posted(released(), known=known).documents
    assert lines(document) == [
        ("debit", "1200.00", GRNI),
        ("credit", "1248.00", PAYABLE),
        ("debit", "30.00", VARIANCE),
        ("debit", "18.00", "expense.freight"),
    ]
    assert isinstance(document, SupplierInvoice)
    assert [(one.what, one.amount, one.account) for one in document.lines] == [
        ("item", Decimal("1200.00"), "2020"),
        ("price_variance", Decimal("30.00"), "5220"),
        ("freight", Decimal("18.00"), "5230"),
    ]
    assert (document.amount, document.invoiced, document.payable_account) == (
        Decimal("1248.00"),
        Decimal("1248.00"),
        "2010",
    )
    assert document.gl_date == date(2025, 3, 20)
    assert (document.invoice_date, document.due_date) == (date(2025, 3, 8), date(2025, 4, 22))


def test_worked_invoice_of_more_than_arrived_is_paid_for_what_is_there() -> None:
    posting = posted(ordered(), received("8"), invoiced("10"))
    _, receipt, invoice = posting.documents
    assert lines(receipt) == [("debit", "960.00", "inventory.stock"), ("credit", "960.00", GRNI)]
    assert lines(invoice) == [("debit", "960.00", GRNI), ("credit", "960.00", PAYABLE)]
    assert (invoice.amount, invoice.invoiced) == (Decimal("960.00"), Decimal("1200.00"))
    (issue,) = posting.issues
    assert (issue.code, dict(issue.values)) == (
        "MATCH_QTY",
        {"item": "CATH-GUIDE-6F", "asked": "10", "expected": "8", "amount": "240.00"},
    )
    # What arrives later is paid then, without anybody's doing.
    posting = posted(ordered(), received("8"), invoiced("10"), received("2", "R-2"))
    assert [one.kind for one in posting.documents[-2:]] == ["goods_receipt", "supplier_invoice"]
    assert last(posting) == [("debit", "240.00", GRNI), ("credit", "240.00", PAYABLE)]
    assert sums(posting) == {"inventory.stock": "1200.00", PAYABLE: "-1200.00"}


def test_worked_implant_beyond_its_contract_is_held_and_accepted() -> None:
    heart = {"supplier": {"id": "HC-100"}, "order": "", "case": "CASE-TESTPERSON"}
    invoice = invoiced("1", "5350.00", item=STENT, **heart)
    known = learned(used(STENT, "1"), invoice)
    (waiting,) = known.held_for("main", "HEARTCO")
    assert (waiting.excess, waiting.lines[0].code) == (Decimal("150.00"), "CONTRACT_PRICE_VARIANCE")
    posting = posted(invoice, known=learned(used(STENT, "1")))
    assert (posting.documents, codes(posting)) == ((), ["CONTRACT_PRICE_VARIANCE"])
    assert dict(posting.issues[0].values)["expected"] == "5200.00"
    (document,) = posted(released(supplier={"id": "HC-100"}), known=known).documents
    assert lines(document) == [
        ("debit", "5200.00", ACCRUAL),
        ("credit", "5350.00", PAYABLE),
        ("debit", "150.00", VARIANCE),
    ]
    everything = posted(used(STENT, "1"), invoice, released(supplier={"id": "HC-100"}))
    assert sums(everything) == {"expense.supply": "5200.00", VARIANCE: "150.00", PAYABLE: "-5350.00"}


# Orders


def test_an_order_names_what_the_erp_knows() -> None:
    (order,) = posted(
        ordered(
            line(number="0010", unit="EA", needed_by="2025-03-04", deliver_to="CATHLAB-1"),
            line("2", None, number="A", item=CONTRAST, unit="BX"),
            line("1", "2400.00", number="10", item=PUMP, amount="2300.00"),
            line("1", "7.25", number="", item=DRAPE),
            line("1", "1450.00", number="7", item=LEAD),
            needed_by="2025-03-09",
            revision="0",
            contract="MS-7",
        )
    ).documents
    assert [(one.n, one.item, one.unit, one.account) for one in order.lines] == [
        (10, "CATH-GUIDE-6F", "EA", "1510"),
        (2, "CONTRAST-100", "BX", "1510"),
        (3, "PUMP-INFUSION", "EA", "1650"),
        (4, "DRAPE-ANGIO", "EA", "5210"),
        (7, "LEAD-PACE-52", "EA", "2030"),
    ]
    assert [one.amount for one in order.lines] == [
        Decimal("1200.00"),
        Decimal("770.00"),  # by contract, 385.00 a box
        Decimal("2300.00"),
        Decimal("7.25"),
        Decimal("1450.00"),
    ]
    assert order.amount == Decimal("5727.25")
    assert (order.lines[0].needed_by, order.lines[1].needed_by) == (date(2025, 3, 4), date(2025, 3, 9))
    assert (order.number, order.contract, order.supplier.token) == ("PO-1", "MS-7", "MEDSUP")


def test_an_order_without_a_price_is_made_and_nothing_is_received_at_a_guess(tmp_path: Path) -> None:
    master = with_items(tmp_path, "CATH,CL-1201,perpetual,EA,MEDSUP,supply,120.00")
    posting = posted(ordered(line("10", None)), received(), invoiced(), master=master)
    (order,) = posting.documents
    assert (order.amount, order.lines[0].amount, order.lines[0].unit_price) == (None, None, None)
    assert codes(posting) == ["SUPPLY_PRICE_UNKNOWN", "SUPPLY_PRICE_UNKNOWN"]


def test_an_order_books_nothing_so_closed_periods_do_not_move_it(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[periods]\nclosed_through = "2025-03"\n')
    posting = posted(ordered(), books=books)
    assert (posting.documents[0].gl_date, posting.issues) == (date(2025, 3, 1), ())
    calendar = '[[periods.calendar]]\nname = "P1"\nfirst = 2024-01-01\nlast = 2024-12-31\n'
    assert held(posted(ordered(), books=with_books(tmp_path, calendar))) == "SUPPLY_PERIOD_CLOSED"
    assert held(posted(ordered(ordered=""))) == "SUPPLY_DATE_MISSING"
    assert held(posted(ordered(currency="EUR"))) == "SUPPLY_CURRENCY_MISMATCH"
    assert held(posted(ordered(number=" "))) == "SUPPLY_NUMBER_MISSING"


def test_confirmations_and_frames_are_told() -> None:
    for rest, rule in (
        ({"change": "confirmation"}, "confirmation"),
        ({"order_kind": "blanket"}, "blanket_order"),
    ):
        posting = posted(ordered(**rest))
        assert (posting.documents, posting.issues) == ((), ())
        assert {end.rule for end in posting.dispositions} == {rule}


def test_a_revision_holds_from_then_on() -> None:
    revised = ordered(line("12", "118.00"), change="revision", revision="1")
    posting = posted(ordered(), revised, received("12"), invoiced("12", "118.00"))
    assert codes(posting) == []
    first, second, _, _ = posting.documents
    assert (second.change, second.revision, second.depends_on) == ("revision", "1", (first.id,))
    assert sums(posting) == {"inventory.stock": "1416.00", PAYABLE: "-1416.00"}
    # Without a number of its own, what it says tells it from others.
    again = ordered(line("12", "118.00"), change="revision")
    other = ordered(line("14", "118.00"), change="revision")
    posting = posted(ordered(), again, other, again)
    assert (len(posting.documents), codes(posting)) == (3, ["SUPPLY_REPEATED"])
    assert held(posted(revised)) == "ORDER_UNKNOWN"


def test_a_line_that_is_revised_away_keeps_what_arrived() -> None:
    gone = ordered(line("1", "385.00", number="2", item=CONTRAST, unit="BX"), change="revision", revision="1")
    posting = posted(ordered(), received("4"), gone, invoiced("4"))
    assert sums(posting) == {"inventory.stock": "480.00", PAYABLE: "-480.00"}
    ledger = learned(ordered(), received("4"), gone)
    assert ledger.on_order("main", "", "CATH-GUIDE-6F") == ()
    assert ledger.on_order("main", "", "CONTRAST-100") == (("BX", Decimal(1)),)


def test_what_is_on_order_is_what_is_still_to_come() -> None:
    here = line(deliver_to="CATHLAB-1", unit="EA")
    steps = [
        (ordered(here), "10"),
        (received("4"), "6"),
        (received("1", "RT-1", state="returned"), "7"),
        (ordered(here | {"quantity": "12"}, change="revision", revision="1"), "9"),
        (ordered(change="cancellation"), None),
    ]
    ledger = SupplyLedger()
    for fact, expected in steps:
        ledger.learn_postings([posted(fact, known=ledger)])
        told = dict(ledger.on_order("main", "CATHLAB-1", "CATH-GUIDE-6F"))
        assert told == ({"EA": Decimal(expected)} if expected else {})
    # What came late against an order that was cancelled is owed all the same.
    assert posted(received("2", "R-9"), known=ledger).documents


# Receipts


def test_what_arrives_is_booked_by_what_it_is() -> None:
    order = ordered(
        line(),
        line("2", "145.00", number="2", item=DRAPE, unit="BX"),
        line("1", "2400.00", number="3", item=PUMP),
    )
    lines_ = [
        {"item": CONTRAST_OR, "quantity": quantity, "unit": unit}
        for CONTRAST_OR, quantity, unit in (
            ({"code": "CL-1201"}, "10", ""),
            (DRAPE, "40", "EA"),
            (PUMP, "1", ""),
        )
    ]
    posting = posted(order, received(lines=lines_))
    assert sums(posting) == {
        "inventory.stock": "1200.00",
        "expense.supply": "290.00",
        "construction_in_progress": "2400.00",
        GRNI: "-3890.00",
    }
    # An expense on arrival; its use is none, and neither is its loss.
    with_use = posted(order, received(lines=lines_), used(DRAPE, "40"), adjusted("-1", item=DRAPE))
    assert sums(with_use) == sums(posting)


def test_what_is_announced_is_told_and_what_nobody_ordered_is_held() -> None:
    assert posted(received(state="shipped")).documents == ()
    assert held(posted(received())) == "RECEIPT_ORDER_UNKNOWN"
    assert held(posted(received(order=""))) == "RECEIPT_ORDER_UNKNOWN"
    assert held(posted(received(number=""))) == "SUPPLY_NUMBER_MISSING"
    assert codes(posted(ordered(), received(lines=[]))) == ["RECEIPT_EMPTY"]
    posting = posted(ordered(), received(item=DRAPE))
    assert codes(posting) == ["RECEIPT_ORDER_UNKNOWN"]


def test_a_receipt_without_a_supplier_takes_that_of_its_order() -> None:
    posting = posted(ordered(), received(supplier={}))
    assert posting.documents[1].supplier.token == "MEDSUP"
    alone = {"lines": [{"item": {"code": "CL-1201"}, "quantity": "10", "order": "PO-1"}]}
    posting = posted(ordered(), received(supplier={}, order="", **alone))
    assert lines(posting)[0] == ("debit", "1200.00", "inventory.stock")
    two = posted(ordered(), ordered(supplier="HC-100"), received(supplier={}))
    assert codes(two) == ["RECEIPT_ORDER_UNKNOWN"]
    of_one = posted(ordered(), ordered(supplier="HC-100"), received(supplier={"id": "HC-100"}))
    assert of_one.documents[2].depends_on == (of_one.documents[1].id,)


def test_a_receipt_of_several_orders() -> None:
    second = ordered(line("5", "130.00"), number="PO-2")
    one = {"item": {"code": "CL-1201"}}
    both = received(lines=[{**one, "quantity": "10"}, {**one, "quantity": "5", "order": "PO-2"}])
    posting = posted(ordered(), second, both)
    receipt = posting.documents[2]
    assert (receipt.order_id, receipt.case_token) == ("", "")
    assert [one.order_id for one in receipt.lines] == [one.id for one in posting.documents[:2]]
    assert sums(posting) == {"inventory.stock": "1850.00", GRNI: "-1850.00"}
    invoice = invoiced(
        lines=[
            {**one, "quantity": "10", "amount": "1200.00"},
            {**one, "quantity": "5", "amount": "650.00", "order": "PO-2"},
        ]
    )
    posting = posted(ordered(), second, both, invoice)
    assert sums(posting) == {"inventory.stock": "1850.00", PAYABLE: "-1850.00"}
    bill = posting.documents[-1]
    assert (bill.order_id, [one.order_id for one in bill.lines]) == ("", list(receipt.depends_on))


def test_lines_of_the_same_item_are_filled_in_turn() -> None:
    order = ordered(line("4"), line("6", "110.00", number="2"))
    posting = posted(order, received("4"), received("6", "R-2"))
    assert [[one.order_line for one in receipt.lines] for receipt in posting.documents[1:]] == [["1"], ["2"]]
    assert sums(posting)["inventory.stock"] == "1140.00"
    named = posted(order, received("4", order_line="2"))
    assert sums(named)["inventory.stock"] == "440.00"
    twice = received(lines=[{"item": {"code": "CL-1201"}, "quantity": "5"}] * 2)
    assert sums(posted(order, twice))["inventory.stock"] == "1150.00"
    back = posted(order, received("4"), received("6", "R-2"), received("5", "RT", state="returned"))
    assert back.documents[-1].lines[0].order_line == "2"


def test_more_than_was_ordered_is_owed_and_told() -> None:
    posting = posted(ordered(), received("11"), invoiced("11"))
    assert codes(posting) == ["RECEIPT_EXCEEDS_ORDER"]
    assert sums(posting) == {"inventory.stock": "1320.00", PAYABLE: "-1320.00"}


def test_what_is_sent_back_is_not_owed() -> None:
    posting = posted(ordered(), received(), received("3", "RT-1", state="returned"))
    assert last(posting) == [("credit", "360.00", "inventory.stock"), ("debit", "360.00", GRNI)]
    assert sums(posting) == {"inventory.stock": "840.00", GRNI: "-840.00"}
    posting = posted(ordered(), received("2"), received("3", "RT-1", state="returned"))
    assert codes(posting) == ["RETURN_EXCEEDS_RECEIPT"]


def test_units_that_nobody_can_convert_are_held(tmp_path: Path) -> None:
    row = "CATH,CL-1201,perpetual,EA,MEDSUP,supply,120.00"
    known = with_items(tmp_path, row, units="*,BX,EA,1,5\n")
    ledger = learned(ordered(line("2", "600.00", unit="BX")), received(), master=known)
    lost = with_items(tmp_path, row)
    assert held(posted(received("1", "R-2"), known=ledger, master=lost)) == "UOM_MISMATCH"
    posting = posted(invoiced(), known=ledger, master=lost)
    assert (posting.documents, codes(posting)) == ((), ["UOM_MISMATCH"])


def test_orders_of_one_receipt_have_one_currency(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[entities.main]\naccepts = ["EUR"]\n')
    euro = ordered(number="PO-2", currency="EUR")
    one = {"item": {"code": "CL-1201"}, "quantity": "1"}
    both = received(lines=[one, {**one, "order": "PO-2"}])
    assert codes(posted(ordered(), euro, both, books=books)) == ["SUPPLY_CURRENCY_MISMATCH"]
    posting = posted(euro, received(order="PO-2"), books=books)
    assert posting.documents[1].currency == "EUR"
    # An invoice in another currency than what waits is left to wait.
    waiting = invoiced("10", order="PO-2", currency="USD", number="INV-9")
    posting = posted(waiting, euro, received(order="PO-2"), books=books)
    assert codes(posting) == ["MATCH_NO_PO"]
