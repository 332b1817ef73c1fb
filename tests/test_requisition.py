"""Requisitions: what locations are short of and what is asked for, by the example master data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.registration import Coding
from hcfin.billing.supply import StockLevel, SupplyItem, SupplyRequest, SupplyUse
from hcfin.books.supply import SupplyPolicy
from hcfin.context import Context
from hcfin.finance.known_supply import StockCount
from hcfin.finance.master import Budget, Conversion, Item, ItemReference, Replenishment
from hcfin.finance.procurement import Requisition
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.identity import DEMO_KEYS
from hcfin.posting import Posting, post

BOOKS = hcfin.load_books("example")
MASTER = hcfin.load_master_data("example")
CONTEXT = Context(keys=DEMO_KEYS)
GUIDE, CONTRAST, DRAPE, STENT = "CL-1201", "CL-2210", "CL-9001", "CL-4711"


def level(code: str, on_hand: str, location: str = "CATHLAB-1", **told: Any) -> StockLevel:
    given_ = {"item": SupplyItem(code=code), "location": location, "counted": "2025-03-10", **told}
    return StockLevel(on_hand=Decimal(on_hand), **given_)


def request(code: str, quantity: str, **told: Any) -> SupplyRequest:
    given_ = {"number": "REQ-1", "line": "1", "requested": "2025-03-10", "location": "CATHLAB-1", **told}
    return SupplyRequest(item=SupplyItem(code=code), quantity=Decimal(quantity), **given_)


def posted(*facts: Fact, **given_: Any) -> Posting:
    return post(facts, BOOKS, context=CONTEXT, **{"master": MASTER, **given_})


def requisitions(posting: Posting) -> list[Requisition]:
    return [one for one in posting.documents if isinstance(one, Requisition)]


def lines(posting: Posting) -> list[tuple[str, Decimal, str, Decimal | None]]:
    made = requisitions(posting)
    return [(line.item, line.quantity, line.unit, line.amount) for one in made for line in one.lines]


def codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


# Levels


def test_one_location_one_supplier_one_requisition() -> None:
    posting = posted(level(GUIDE, "4"), level(CONTRAST, "17"), level(DRAPE, "5"))
    (made,) = requisitions(posting)
    assert (made.reason, made.location, made.amount, made.approval) == (
        "below_minimum",
        "CATHLAB-1",
        Decimal("2500.00"),
        "",
    )
    assert made.supplier is not None
    assert made.supplier.token == "MEDSUP"
    assert lines(posting) == [
        ("CATH-GUIDE-6F", Decimal(12), "EA", Decimal("1440.00")),  # 16 less 4, at the contract's 120.00
        (
            "CONTRAST-100",
            Decimal(2),
            "BX",
            Decimal("770.00"),
        ),  # of 23 vials, no third box
        ("DRAPE-ANGIO", Decimal(2), "BX", Decimal("290.00")),  # at cost: 20 x 7.25
    ]
    assert [line.n for line in made.lines] == [1, 2, 3]
    assert not made.gl_lines
    assert codes(posting) == ["STOCK_BELOW_MIN", "STOCK_BELOW_MIN"]  # the contrast has no minimum


@pytest.mark.parametrize(
    ("on_hand", "told", "expected"),
    [
        ("6", {}, []),
        ("5", {"on_order": Decimal(1)}, []),
        ("5", {"on_order": Decimal(0)}, ["11"]),
        ("0", {"on_order": Decimal(5)}, ["11"]),
        ("-1", {}, ["17"]),
        ("5", {"unit": "each"}, ["11"]),
    ],
)
def test_what_is_on_order_counts_as_there(on_hand: str, told: dict[str, Any], expected: list[str]) -> None:
    found = lines(posted(level(GUIDE, on_hand, **told)))
    assert [str(quantity) for _, quantity, _, _ in found] == expected


def test_levels_of_the_source_where_the_master_data_has_none() -> None:
    told = {"minimum": Decimal(2), "maximum": Decimal(5)}
    boxes = level(CONTRAST, "1", "HALL-2", unit="BX", **told)
    assert lines(posted(boxes)) == [("CONTRAST-100", Decimal(4), "BX", Decimal("1540.00"))]
    assert lines(posted(level(GUIDE, "0", "HALL-2"))) == []
    contradicting = level(GUIDE, "1", "HALL-2", minimum=Decimal(9), maximum=Decimal(3))
    assert codes(posted(contradicting)) == ["LEVELS_CONTRADICT", "STOCK_BELOW_MIN"]


def test_less_than_a_box_is_not_asked_for() -> None:
    posting = posted(level(CONTRAST, "31"))
    assert (lines(posting), codes(posting)) == ([], ["REPLENISH_UNIT_TOO_LARGE"])
    assert posting.issues[0].message.startswith("9 of the item are missing")


def test_locations_are_requisitioned_apart() -> None:
    told = {"minimum": Decimal(5), "maximum": Decimal(8)}
    posting = posted(level(GUIDE, "4"), level(GUIDE, "1", "HALL-2", **told), level(CONTRAST, "0"))
    assert [(one.location, len(one.lines)) for one in requisitions(posting)] == [
        ("CATHLAB-1", 1),
        ("HALL-2", 1),
        ("CATHLAB-1", 1),
    ]
    assert len({one.id for one in requisitions(posting)}) == 3


def test_what_was_asked_for_is_not_asked_for_again() -> None:
    first = posted(level(GUIDE, "4"), level(GUIDE, "4"))
    assert lines(first) == [("CATH-GUIDE-6F", Decimal(12), "EA", Decimal("1440.00"))]
    memory = SupplyMemory()
    memory.learn(first.documents, first.noted)
    assert lines(posted(level(GUIDE, "3", counted="2025-03-11"), known_supply=memory)) == []
    assert lines(posted(level(GUIDE, "4"), known_supply=memory)) == []


def test_a_count_that_was_sent_again_after_all_came_asks_for_nothing() -> None:
    first = posted(level(GUIDE, "4"))
    forgetful = SupplyMemory()
    forgetful.learn(
        one.model_copy(
            update={"lines": tuple(line.model_copy(update={"item": "OTHER"}) for line in one.lines)}
        )
        for one in requisitions(first)
    )
    assert posted(level(GUIDE, "4"), known_supply=forgetful).documents == ()
    assert len(posted(level(GUIDE, "4", counted="2025-03-12"), known_supply=forgetful).documents) == 1


def test_a_count_without_a_moment_is_of_the_day_of_posting() -> None:
    def of(day: int) -> str:
        own = Context(keys=DEMO_KEYS, posting_date=date(2025, 3, day))
        return requisitions(post([level(GUIDE, "4", counted="")], BOOKS, context=own, master=MASTER))[0].id

    assert of(10) != of(11)
    assert of(10) == of(10)


def test_an_item_under_two_numbers_is_asked_for_once() -> None:
    boxes = level("RX-2210", "0")
    posting = posted(level(GUIDE, "4"), level(CONTRAST, "0"), boxes)
    assert [len(one.lines) for one in requisitions(posting)] == [2]


def test_every_count_is_noted() -> None:
    posting = posted(level(GUIDE, "16"), level(CONTRAST, "2", unit="BX"))
    assert posting.noted == (
        StockCount("main", "CATHLAB-1", "CATH-GUIDE-6F", Decimal(16)),
        StockCount("main", "CATHLAB-1", "CONTRAST-100", Decimal(20)),
    )


def test_what_its_supplier_replaces_is_not_asked_for() -> None:
    told = {"minimum": Decimal(1), "maximum": Decimal(2)}
    assert posted(level(STENT, "0", **told)).documents == ()
    posting = posted(request(STENT, "1"))
    assert (posting.documents, codes(posting)) == ((), ["SUPPLY_ORDERED_ON_USE"])


class _One:
    """Master data of one item, its levels and its budget."""

    def __init__(self, item: Item, keep: Replenishment | None = None, budget: Budget | None = None) -> None:
        self.made, self.keep, self.found = item, keep, budget

    def item(self, reference: ItemReference) -> Item | None:
        return self.made._replace(item=reference.code) if reference.code else None

    def replenishment(self, facility: str, location: str, item: str) -> Replenishment | None:
        return self.keep

    def budget(self, entity: str, account: str, department: str, day: date) -> Budget | None:
        return self.found if department == "CATHLAB" or account else None


def test_an_item_nobody_sells_or_prices_is_asked_for_without() -> None:
    plain = _One(Item("GAUZE", "expensed", "EA"), Replenishment(Decimal(5), Decimal(9)))
    posting = posted(level("1", "0"), master=replace(MASTER, items=plain, levels=plain))
    (made,) = requisitions(posting)
    assert (made.supplier, made.amount, made.lines[0].unit_price) == (None, None, None)
    assert made.lines[0].account == BOOKS.account("expense.supply", "main")


@pytest.mark.parametrize(
    ("item", "role"),
    [
        (Item("A", "perpetual", "EA"), "inventory.stock"),
        (Item("A", "expensed", "EA"), "expense.supply"),
        (Item("A", "expensed", "EA", capital=True), "construction_in_progress"),
        (Item("A", "perpetual", "EA", capital=True), "construction_in_progress"),
    ],
)
def test_the_account_is_that_of_the_receipt(item: Item, role: str) -> None:
    own = _One(item)
    (made,) = requisitions(posted(request("1", "2"), master=replace(MASTER, items=own)))
    assert made.lines[0].account == BOOKS.account(role, "main")


@pytest.mark.parametrize(
    ("item", "told", "code"),
    [
        (Item("A", "perpetual", "EA", active=False), {}, "ITEM_INACTIVE"),
        (Item("A", "perpetual", "EA"), {"unit": "PAL"}, "UOM_MISMATCH"),
        (Item("A", "perpetual", "EA", purchase_unit="PAL"), {}, "UOM_MISMATCH"),
        (Item("A", "perpetual", "EA", supplier="NOBODY"), {}, "SUPPLIER_UNKNOWN"),
        (Item("A", "perpetual", "EA"), {"facility": "?", "code": ""}, "ITEM_UNMAPPED"),
    ],
)
def test_what_is_not_known_holds_a_level(item: Item, told: dict[str, Any], code: str) -> None:
    own = _One(item, Replenishment(par=Decimal(5)))
    rest = {name: value for name, value in told.items() if name != "code"}
    fact = level(told.get("code", "1"), "0", **rest)
    posting = posted(fact, master=replace(MASTER, items=own, levels=own))
    assert (posting.documents, codes(posting)) == ((), [code])


class _Ordered(SupplyMemory):
    """Orders in a unit that nobody can convert."""

    def on_order(self, entity: str, location: str, item: str) -> tuple[tuple[str, Decimal], ...]:
        return (("PAL", Decimal(1)),)


def test_orders_in_an_unknown_unit_hold_a_level() -> None:
    posting = posted(level(GUIDE, "0"), known_supply=_Ordered())
    assert (posting.documents, codes(posting)[-1]) == ((), "UOM_MISMATCH")
    assert lines(posted(level(GUIDE, "0", on_order=Decimal(0)), known_supply=_Ordered()))


class _Thirds:
    """Three of every unit are one stock unit."""

    def conversion(self, item: str, unit: str, into: str) -> Conversion:
        return Conversion(Decimal(3), Decimal(1))


def test_a_count_that_is_no_exact_number_is_not_guessed() -> None:
    master = replace(MASTER, units=_Thirds())
    posting = posted(level(GUIDE, "1", unit="PART"), master=master)
    assert (posting.documents, codes(posting)) == ((), ["UOM_INEXACT"])
    assert lines(posted(level(GUIDE, "9", unit="PART"), master=master))[0][1] == Decimal(13)


# Requests


def test_a_request_is_a_requisition() -> None:
    asked = request(
        GUIDE, "3", department=Coding(code="CATHLAB"), needed_by="2025-03-14", requester="TESTPERSON"
    )
    (made,) = requisitions(posted(asked))
    assert (made.reason, made.number, made.amount, made.case_token) == (
        "request",
        "REQ-1",
        Decimal("360.00"),
        "",
    )
    line = made.lines[0]
    assert (line.needed_by, line.deliver_to, line.unit_price) == (
        date(2025, 3, 14),
        "CATHLAB-1",
        Decimal(120),
    )
    assert "TESTPERSON" not in made.model_dump_json()


def test_a_request_for_a_case_names_it_by_a_token() -> None:
    (made,) = requisitions(posted(request(GUIDE, "1", case="CASE-TESTPERSON")))
    assert made.reason == "case"
    assert made.case_token
    assert "TESTPERSON" not in made.model_dump_json()


def test_its_own_supplier_and_price() -> None:
    told = {"supplier": "Example Heart Supply", "unit_price": Decimal("7.125")}
    (made,) = requisitions(posted(request(DRAPE, "4", **told)))
    assert made.supplier is not None
    assert made.supplier.token == "HEARTCO"
    assert (made.lines[0].unit_price, made.amount) == (Decimal("7.125"), Decimal("28.50"))
    assert codes(posted(request(DRAPE, "4", supplier="Nobody"))) == ["SUPPLIER_UNKNOWN"]


def test_a_request_again_and_changed() -> None:
    first = posted(request(GUIDE, "3"))
    memory = SupplyMemory()
    memory.learn(first.documents)
    for asked, code in (
        (request(GUIDE, "3"), "SUPPLY_REPEATED"),
        (request(GUIDE, "4"), "SUPPLY_CONFLICT"),
        (request(GUIDE, "4", change="changed"), "REQUEST_CHANGED"),
        (request(GUIDE, "3", change="cancelled"), "REQUEST_CHANGED"),
    ):
        again = posted(asked, known_supply=memory)
        assert (again.documents, codes(again)) == ((), [code])
    assert len(posted(request(GUIDE, "3", line="2"), known_supply=memory).documents) == 1
    # What was never asked for here: a change is a request, the end of one is nothing.
    assert len(posted(request(GUIDE, "4", change="changed")).documents) == 1
    assert posted(request(GUIDE, "4", change="cancelled")) == Posting()


def test_requests_without_a_number_are_told_apart_by_what_they_say() -> None:
    one, two = request(GUIDE, "3", number=""), request(GUIDE, "4", number="")
    assert len(posted(one, two, one).documents) == 2


# Budgets


def test_a_budget_that_would_be_exceeded_asks_for_an_approval() -> None:
    item = Item("A", "expensed", "EA", cost=Decimal("100.00"))
    own = _One(item, budget=Budget("Cath lab", Decimal("1000.00"), Decimal("750.00")))
    master = replace(MASTER, items=own, budgets=own)
    asked = [request("1", "2", line="1"), request("1", "1", line="2")]
    posting = posted(*asked, master=master)
    assert [(one.amount, one.approval) for one in requisitions(posting)] == [
        (Decimal("200.00"), ""),
        (Decimal("100.00"), "required"),
    ]
    (issue,) = posting.issues
    assert issue.code == "BUDGET_EXCEEDED"
    assert dict(issue.values) == {"amount": "100.00", "promised": "1050.00", "limit": "1000.00"}


def test_the_whole_requisition_waits_for_one_line() -> None:
    item = Item("A", "expensed", "EA", cost=Decimal("100.00"))
    own = _One(item, Replenishment(par=Decimal(8)), Budget("All", Decimal("1000.00"), Decimal("0.00")))
    master = replace(MASTER, items=own, levels=own, budgets=own)
    posting = posted(level("1", "0"), level("2", "0"), master=master)
    (made,) = requisitions(posting)
    assert (made.approval, made.amount) == ("required", Decimal("1600.00"))


def test_no_budget_no_limit() -> None:
    own = _One(Item("A", "expensed", "EA", cost=Decimal("100.00")), budget=None)
    (made,) = requisitions(posted(request("1", "2"), master=replace(MASTER, items=own, budgets=own)))
    assert made.approval == ""


# Books


def test_books_without_supplies_want_nothing_of_them() -> None:
    silent = BOOKS.model_copy(update={"supply": SupplyPolicy()})
    plain = post([level(GUIDE, "0"), request(GUIDE, "1")], silent, context=CONTEXT, master=MASTER)
    assert plain == Posting()


def test_use_ends_the_requisition_of_a_location() -> None:
    used = SupplyUse(item=SupplyItem(code=GUIDE), quantity=Decimal(1), posted="2025-03-10", case="CASE-T")
    posting = posted(level(GUIDE, "4"), used, level(CONTRAST, "17"))
    kinds = [one.kind for one in posting.documents]
    assert kinds == ["requisition", "journal_entry", "requisition"]


# Laws


QUANTITIES = st.decimals(min_value=0, max_value=100, places=1)


@given(
    st.lists(st.tuples(QUANTITIES, QUANTITIES), min_size=1, max_size=6),
    st.sampled_from([GUIDE, CONTRAST, DRAPE]),
)
def test_never_more_than_maximum_less_on_hand_less_on_order(
    counts: list[tuple[Decimal, Decimal]], code: str
) -> None:
    """However counts come one after the other, without anything ordered or received between."""
    tops = {GUIDE: Decimal(16), CONTRAST: Decimal(40), DRAPE: Decimal(60)}
    units = {"EA": Decimal(1), "VL": Decimal(1), "BX": Decimal(10 if code == CONTRAST else 20)}
    memory, asked = SupplyMemory(), Decimal(0)
    for day, (on_hand, on_order) in enumerate(counts, 1):
        fact = level(code, str(on_hand), counted=f"2025-03-{day:02d}", on_order=on_order)
        posting = posted(fact, known_supply=memory)
        for _, quantity, unit, _ in lines(posting):
            more = quantity * units[unit]
            assert more <= tops[code] - on_hand - on_order - asked
            asked += more
        memory.learn(posting.documents, posting.noted)
