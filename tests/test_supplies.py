"""Supplies that are used, come back, are lost or moved, to their journals and orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import hcfin
from hcfin.billing.supply import ItemEntry, StockLevel
from hcfin.finance.procurement import PurchaseOrder
from hcfin.identity import token
from supplied import (
    BOOKS,
    CASE,
    CONTRAST,
    DRAPE,
    KEYS,
    LEAD,
    STENT,
    adjusted,
    codes,
    held,
    lines,
    posted,
    sums,
    used,
    with_books,
    with_items,
)

# The worked example of an implant that is billed after its use (posting rules, §5.8).


def test_worked_implant_is_owed_from_its_use_and_ordered() -> None:
    posting = posted(used(STENT, "1"))
    assert not posting.issues
    journal, order = posting.documents
    assert lines(journal) == [
        ("credit", "5200.00", "liability.consignment_accrual"),
        ("debit", "5200.00", "expense.supply"),
    ]
    assert journal.gl_date == date(2025, 3, 10)
    expense = journal.gl_lines[1]
    assert dict(expense.tags) == {"case": token(KEYS, "case", CASE), "item": "STENT-DES-30"}
    assert isinstance(order, PurchaseOrder)
    assert (order.change, order.order_kind, order.contract) == ("order", "bill_only", "HC-2025")
    assert (order.supplier.token, order.amount, order.case_token) == (
        "HEARTCO",
        Decimal("5200.00"),
        token(KEYS, "case", CASE),
    )
    (line,) = order.lines
    assert (line.item, line.supplier_item, line.device) == ("STENT-DES-30", "HS-DES-30", "02000000000015")
    assert (line.quantity, line.unit, line.unit_price, line.account) == (1, "EA", 5200, "2030")
    assert CASE not in posting.documents[1].model_dump_json()


def test_stock_that_is_used_is_an_expense_at_cost() -> None:
    posting = posted(used())
    assert lines(posting) == [
        ("credit", "240.00", "inventory.stock"),
        ("debit", "240.00", "expense.supply"),
    ]
    assert not posting.issues
    # Ten vials are a box: nothing is lost in the conversion.
    assert lines(posted(used(CONTRAST, "1", unit="BX")))[0] == ("credit", "385.00", "inventory.stock")
    assert lines(posted(used(CONTRAST, "10")))[0] == ("credit", "385.00", "inventory.stock")


def test_what_was_an_expense_on_arrival_is_not_booked_again() -> None:
    for change in ("consumed", "wasted", "returned"):
        posting = posted(used(DRAPE, "3", change=change, unit_cost="7.25"))
        assert not posting.documents
        assert not posting.issues
        (end,) = posting.dispositions
        assert (str(end.outcome), end.rule) == ("informational", "expensed_on_arrival")


def test_what_comes_back_is_stock_again_and_what_is_taken_out_is_told() -> None:
    assert lines(posted(used(change="returned"))) == [
        ("debit", "240.00", "inventory.stock"),
        ("credit", "240.00", "expense.supply"),
    ]
    posting = posted(used(change="explanted", unit_cost="120.00"))
    assert not posting.documents
    assert [end.rule for end in posting.dispositions] == ["explanted"]


def test_waste_has_a_step_of_its_own(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[postings.supply_wasted]\nrole = "expense.penalty"\n')
    assert lines(posted(used(change="wasted"), books=books))[1][2] == "expense.penalty"
    assert lines(posted(used(), books=books))[1][2] == "expense.supply"


def test_cost_of_the_master_data_or_as_told(tmp_path: Path) -> None:
    told = used(unit_cost="111.11")
    posting = posted(told)
    assert lines(posting)[0][1] == "240.00"
    assert [(str(end.outcome), end.rule) for end in posting.dispositions] == [
        ("informational", "never_posted")
    ]
    books = with_books(tmp_path, '[supply]\nuse_cost = "told"\n')
    posting = posted(told, books=books)
    assert lines(posting)[0][1] == "222.22"
    (end,) = posting.dispositions
    assert (str(end.outcome), end.amount, end.booked) == (
        "posted",
        Decimal("111.11"),
        (Decimal("222.22"), Decimal("-222.22")),
    )
    without = with_items(tmp_path, "CATH,CL-1201,perpetual,EA,,supply,")
    assert lines(posted(told, master=without))[0][1] == "222.22"
    assert held(posted(used(), master=without)) == "SUPPLY_COST_UNKNOWN"


def test_what_costs_nothing_is_seen_once(tmp_path: Path) -> None:
    free = with_items(tmp_path, "CATH,CL-1201,perpetual,EA,,supply,0")
    posting = posted(used(), used(), master=free)
    assert not posting.documents
    assert codes(posting) == ["SUPPLY_REPEATED"]
    assert len(posting.noted) == 2
    posting = posted(adjusted("-1"), adjusted("-1"), master=free)
    assert (posting.documents, codes(posting)) == ((), ["SUPPLY_REPEATED"])


def test_the_price_of_what_is_owed(tmp_path: Path) -> None:
    row = "STENT,CL-4711,bill_only,EA,HEARTCO,implant"
    priced = with_items(tmp_path, f"{row},5100.00", contracts="HEARTCO,STENT,C1,10400.00,PR\n")
    # A contract in a unit that nobody can convert says nothing.
    assert lines(posted(used(STENT, "1"), master=priced))[0][1] == "5100.00"
    assert lines(posted(used(STENT, "1", unit_cost="5150.00"), master=priced))[0][1] == "5150.00"
    pairs = with_items(
        tmp_path, f"{row},5100.00", units="*,PR,EA,1,2\n", contracts="HEARTCO,STENT,C1,10400.00,PR\n"
    )
    assert lines(posted(used(STENT, "1"), master=pairs))[0][1] == "5200.00"
    nothing = with_items(tmp_path, f"{row},")
    assert held(posted(used(STENT, "1"), master=nothing)) == "SUPPLY_COST_UNKNOWN"
    nobody = with_items(tmp_path, "STENT,CL-4711,bill_only,EA,,implant,5100.00")
    assert held(posted(used(STENT, "1"), master=nobody)) == "SUPPLIER_UNKNOWN"


def test_a_use_is_never_booked_on_the_day_of_the_procedure_unless_the_books_say_so(tmp_path: Path) -> None:
    late = used(used="2025-03-07", posted="")
    assert held(posted(late)) == "SUPPLY_DATE_MISSING"
    books = with_books(tmp_path, '[supply]\nuse_date = "used"\n')
    assert posted(late, books=books).documents[0].gl_date == date(2025, 3, 7)
    given = hcfin.Context(keys=KEYS, posting_date=date(2025, 3, 12))
    assert posted(late, context=given).documents[0].gl_date == date(2025, 3, 12)
    redated = posted(used(), books=with_books(tmp_path, '[periods]\nclosed_through = "2025-03"\n'))
    assert codes(redated) == ["PERIOD_CLOSED"]
    assert (redated.documents[0].period, redated.documents[0].original_period) == ("2025-04", "2025-03")


# What comes back of what was owed


def test_an_implant_that_comes_back_is_no_longer_owed() -> None:
    back = used(STENT, "1", id="U2", change="returned")
    posting = posted(used(STENT, "1"), back)
    assert sums(posting) == {}
    _, order, _, end = posting.documents
    assert (end.change, end.depends_on, end.lines[0].n) == ("cancellation", (order.id,), 1)
    assert codes(posting) == []
    # Named by its number, it is found without its case.
    named = used(STENT, "1", id="U2", change="returned", case="", reverses="U1")
    assert sums(posted(used(STENT, "1"), named)) == {}
    # Of another case, or more than was used: not this one.
    for other in (back.model_copy(update={"case": "OTHER"}), used(STENT, "2", id="U2", change="returned")):
        assert codes(posted(used(STENT, "1"), other)) == ["SUPPLY_RETURN_UNLINKED"]


def test_rounding_of_what_comes_back_leaves_no_cent(tmp_path: Path) -> None:
    master = with_items(
        tmp_path,
        "LEAD,CL-4805,consigned,EA,HEARTCO,lead,",
        units="*,PR,EA,1,3\n",
        contracts="HEARTCO,LEAD,C1,100.00,PR\n",
    )
    back = [used(LEAD, "1", id=f"B{n}", change="returned") for n in range(3)]
    posting = posted(used(LEAD, "3"), *back, master=master)
    assert [line[1] for line in lines(posting) if line[2] == "expense.supply"] == [
        "100.00",
        "33.33",
        "33.34",
        "33.33",
    ]
    assert sums(posting) == {}


def test_twins_without_a_number_are_told_apart() -> None:
    posting = posted(*[used(id="") for _ in range(3)])
    assert len({one.id for one in posting.documents}) == 3
    again = posted(*[used(id="") for _ in range(3)])
    assert posting.documents == again.documents
    posting = posted(*[adjusted("-1", id="") for _ in range(2)])
    assert len({one.id for one in posting.documents}) == 2


def test_the_same_again_and_another_under_its_number() -> None:
    posting = posted(used(), used(posted="2025-03-11"))
    assert (len(posting.documents), codes(posting)) == (1, ["SUPPLY_REPEATED"])
    posting = posted(used(), used(quantity="3"))
    assert (len(posting.documents), codes(posting)) == (1, ["SUPPLY_CONFLICT"])


# What is lost, found and moved


@pytest.mark.parametrize("change", ["count", "shrinkage", "damage", "expiry"])
def test_stock_that_is_lost_is_an_expense(change: str) -> None:
    posting = posted(adjusted("-2", change))
    assert lines(posting) == [
        ("credit", "240.00", "inventory.stock"),
        ("debit", "240.00", "expense.supply"),
    ]
    assert dict(posting.documents[0].gl_lines[1].tags) == {"change": change}
    assert lines(posted(adjusted("2", "found")))[0] == ("debit", "240.00", "inventory.stock")


def test_much_must_be_approved(tmp_path: Path) -> None:
    assert held(posted(adjusted("-5"))) == "ADJUSTMENT_APPROVAL_MISSING"
    assert posted(adjusted("-5", approver="TESTPERSON")).documents
    books = with_books(tmp_path, '[supply]\nadjustment_cap = "600.00"\n')
    assert posted(adjusted("-5"), books=books).documents


def test_a_move_is_booked_where_the_ledger_tells_locations_apart(tmp_path: Path) -> None:
    move = adjusted("4", "transfer", to_location="OR-2")
    posting = posted(move)
    assert not posting.documents
    assert not posting.issues
    books = with_books(
        tmp_path,
        '[dimensions.location]\nfrom = "supply.location"\non = ["inventory.stock"]\nrequired = true\n',
    )
    (document,) = posted(move, books=books).documents
    assert [(line.side, f"{line.amount}", dict(line.dimensions)) for line in document.gl_lines] == [
        ("credit", "480.00", {"location": "CATHLAB-1"}),
        ("debit", "480.00", {"location": "OR-2"}),
    ]
    back = posted(adjusted("-4", "transfer", to_location="OR-2"), books=books)
    assert [(line.side, dict(line.dimensions)["location"]) for line in back.documents[0].gl_lines] == [
        ("credit", "OR-2"),
        ("debit", "CATHLAB-1"),
    ]


def test_what_is_no_stock_of_ours_cannot_be_lost() -> None:
    for item in (DRAPE, STENT, LEAD):
        posting = posted(adjusted("-2", item=item))
        assert (posting.documents, posting.issues) == ((), ())


def test_stock_without_a_cost_is_held(tmp_path: Path) -> None:
    without = with_items(tmp_path, "CATH,CL-1201,perpetual,EA,,supply,")
    assert held(posted(adjusted("-2"), master=without)) == "SUPPLY_COST_UNKNOWN"


# What is held


def test_what_nobody_knows_is_held_whole(tmp_path: Path) -> None:
    assert held(posted(used(), master=None)) == "ITEM_UNMAPPED"
    gone = with_items(tmp_path, "STENT,CL-4711,bill_only,EA,GONE,implant,5100.00")
    assert posted(used(STENT, "1"), master=gone).documents
    (tmp_path / "master" / "suppliers.csv").write_text("supplier,identifiers,active\nGONE,GN-300,no\n")
    inactive = hcfin.load_master_data(tmp_path / "master")
    assert held(posted(used(STENT, "1"), master=inactive)) == "SUPPLIER_UNKNOWN"


def test_a_role_without_an_account_is_held() -> None:
    """Books that were loaded have every account; those that are made in Python may not."""
    bare = BOOKS.model_copy(
        update={"chart": {k: v for k, v in BOOKS.chart.items() if k != "inventory.stock"}}
    )
    assert held(posted(used(), books=bare)) == "SUPPLY_ACCOUNT_UNMAPPED"


def test_dimensions_of_supplies(tmp_path: Path) -> None:
    books = with_books(
        tmp_path,
        '[dimensions.department]\nfrom = "supply.department"\non = ["expense.supply"]\n'
        '[dimensions.item]\nfrom = "supply.item"\non = ["expense.supply"]\n',
    )
    posting = posted(used(), books=books)
    assert dict(posting.documents[0].gl_lines[1].dimensions) == {
        "department": "CATHLAB",
        "item": "CATH-GUIDE-6F",
    }
    bare = posted(used(department=None), books=books)
    assert dict(bare.documents[0].gl_lines[1].dimensions) == {"item": "CATH-GUIDE-6F"}


def test_lists_and_levels_are_told_and_book_nothing() -> None:
    entry = ItemEntry.build({"item": {"code": "CL-1201"}, "cost": "120.00"})
    posting = posted(
        entry, StockLevel.build({"item": {"code": "CL-1201"}, "on_hand": "3", "counted": "2025-03-10"})
    )
    assert (posting.documents, posting.issues) == ((), ())
    assert [(str(end.outcome), end.rule) for end in posting.dispositions] == [
        ("informational", "never_posted")
    ]
