"""Rows of inventory applications: tables and JSON to facts of supplies, and back."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.purchase import GoodsReceipt, InvoiceRelease
from hcfin.billing.reading import Reading, collect
from hcfin.billing.supply import StockAdjustment, StockLevel, SupplyUse
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards.rows import STANDARD
from hcfin.standards.rows.profile import CategoryRule, Profile
from hcfin.testing import (
    assert_never_raises,
    assert_no_phi,
    goods_receipts,
    plant,
    stock_adjustments,
    stock_levels,
    supply_requests,
    supply_uses,
)
from hcfin.wire.csv_rows import delimiter_of, scan_table
from hcfin.wire.json_rows import Fault, Row

SUPPLIES = cases.FIXTURES / "rows" / "supplies"
USE = {"kind": "supply_use", "item": "CL-1201", "quantity": "2", "used": "2026-11-19"}
HEAD = "kind,item,quantity,used"


def read(*rows: Any, profile: Any = None, **limits: int) -> Reading:
    data = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    return hcfin.read(data, standard="rows", profile=profile, limits=Limits(**limits))


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


def use(**told: Any) -> SupplyUse:
    (fact,) = read({**USE, **told}).facts
    assert isinstance(fact, SupplyUse)
    return fact


# What is a table


@pytest.mark.parametrize(
    "head", [b"kind,item,quantity\n", b"\xef\xbb\xbfitem;kind;quantity\r\n", b"item\tquantity\tkind\n"]
)
def test_a_table_with_kinds_is_found_by_itself(head: bytes) -> None:
    assert STANDARD.sniff(head) == 80


@pytest.mark.parametrize("head", [b"item,quantity\n", b"kindly, yours\n", b"MSH|^~\\&|kind", b"ISA*00*", b""])
def test_other_texts_are_none(head: bytes) -> None:
    assert STANDARD.sniff(head) == 0


def test_a_table_and_its_json_are_the_same_facts() -> None:
    path = SUPPLIES / "usage" / "input.csv"
    reading = cases.reading_of(SUPPLIES / "usage")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [{k: v for k, v in row.items() if v} for row in csv.DictReader(stream)]
    assert read(*rows).facts == reading.facts
    assert hcfin.read(path).facts == reading.facts


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    table = "\n".join(line.replace(",", delimiter) for line in (HEAD, "supply_use,CL-1201,2,2026-11-19"))
    assert delimiter_of(table.encode()) == delimiter
    assert read(table).facts == read(USE).facts
    told = Profile(delimiter=delimiter)
    assert read(table, profile=told).facts == read(USE).facts


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"CATHETER, 6F"', "CATHETER, 6F"),
        ('"a ""b"" c"', 'a "b" c'),
        ('"two\nlines"', "two\nlines"),
        ('CATHETER 5" LONG', 'CATHETER 5" LONG'),
        ("  blanks  ", "blanks"),
        ("", ""),
    ],
)
def test_cells(cell: str, expected: str) -> None:
    table = f"description,{HEAD}\n{cell},supply_use,CL-1201,2,2026-11-19\n,supply_use,CL-1,1,2026-11-19\n"
    first, second = read(table).facts
    assert isinstance(first, SupplyUse)
    assert first.item.description == expected
    assert isinstance(second, SupplyUse)
    assert second.item.code == "CL-1"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("supply_use,CL-1201,2", "ROW_CELLS"),
        ("supply_use,CL-1201,2,2026-11-19,more", "ROW_CELLS"),
        ('supply_use,"CL"1201,2,2026-11-19', "ROW_INVALID"),
        ("supply_use,\0,2,2026-11-19", "ROW_INVALID"),
        ("supply_use,,2,2026-11-19", "ROW_VALUE_MISSING"),
        ("supply_use,CL-1201,,2026-11-19", "ROW_VALUE_MISSING"),
        ("supply_use,CL-1201,two,2026-11-19", "ROW_QUANTITY_INVALID"),
        ("nothing,CL-1201,2,2026-11-19", "ROW_KIND_UNKNOWN"),
    ],
)
def test_a_bad_row_costs_that_row_and_is_placed(line: str, code: str) -> None:
    good = "supply_use,CL-1201,2,2026-11-19"
    reading = read(HEAD, good, line, good)
    assert codes(reading) == [code]
    origin = reading.issues[0].origin
    assert origin is not None
    assert (origin.at, origin.offset) == (2, len(HEAD) + len(good) + 2)
    assert len(reading.facts) - (code == "ROW_QUANTITY_INVALID") == 2


def test_a_row_that_is_not_utf8_costs_that_row() -> None:
    data = f"{HEAD}\nsupply_use,CL-1201,2,2026-11-19\n".encode()
    reading = hcfin.read(data + b"supply_use,\xff,2,2026-11-19\n" + data.partition(b"\n")[2], standard="rows")
    assert (codes(reading), len(reading.facts)) == (["ROW_NOT_UTF8"], 2)


@pytest.mark.parametrize("header", ["kind,item,item", '"kind,item', "kind,item,item "])
def test_a_header_that_cannot_be_read_is_the_end(header: str) -> None:
    reading = read(header, "supply_use,CL-1201,2")
    assert (reading.facts, codes(reading)) == ((), ["ROWS_HEADER_INVALID"])


def test_an_issue_names_row_and_column() -> None:
    reading = read(HEAD, "supply_use,CL-1201,many,2026-11-19")
    (issue,) = reading.issues
    assert issue.origin is not None
    assert (issue.origin.at, issue.origin.element) == (1, "/quantity")
    assert issue.excerpt == '{"kind":"supply_use","item":"•","quantity":"•","used":"•"}'
    (fact,) = reading.facts
    assert fact.unreadable == ("quantity",)


def test_a_table_of_nothing() -> None:
    assert codes(read(HEAD)) == ["ROWS_NOT_FOUND"]
    assert codes(read(HEAD, ",,,", "  ,, ,")) == ["ROWS_NOT_FOUND"]


def test_limits_of_a_table() -> None:
    good = "supply_use,CL-1201,2,2026-11-19"
    assert codes(read(HEAD, good, good, good, max_segments=2)) == ["ROWS_TOO_MANY"]
    long = f"supply_use,{'X' * 400},2,2026-11-19"
    reading = read(HEAD, long, good, max_segment_bytes=300)
    assert (codes(reading), len(reading.facts)) == (["ROW_TOO_LONG"], 1)
    assert "ROWS_TOO_LARGE" in codes(read(HEAD, *[good] * 40, max_bytes=400))


def test_a_line_without_an_end_takes_no_more_memory_than_a_row_may() -> None:
    stream = BytesIO(f"{HEAD}\nsupply_use,{'X' * 5000}\nsupply_use,CL-1201,2,2026-11-19\n".encode())
    found = list(scan_table(lambda size: stream.read(min(size, 64)), Limits(max_segment_bytes=300), ","))
    assert [one.code if isinstance(one, Fault) else "" for one in found] == ["ROW_TOO_LONG", ""]
    assert [one.at for one in found] == [1, 2]


def test_a_quote_that_never_closes_costs_no_more_than_the_longest_row() -> None:
    good = "supply_use,CL-1201,2,2026-11-19"
    reading = read(HEAD, 'supply_use,"CL-1201,2,2026-11-19', *[good] * 100, max_segment_bytes=300)
    assert codes(reading) == ["ROW_TOO_LONG"]
    assert len(reading.facts) >= 90
    assert codes(read(HEAD, good, 'supply_use,"CL-1201,2,2026-11-19')) == ["ROW_INVALID"]


@given(st.text(alphabet=st.sampled_from('ab,"\n\r;'), max_size=60), st.integers(1, 7))
def test_records_are_those_of_the_csv_module(text: str, size: int) -> None:
    """However the bytes arrive; but for rows that are refused, empty, or trimmed."""
    table = f"h1,h2\n{text}"
    stream = BytesIO(table.encode())
    found = list(scan_table(lambda wanted: stream.read(min(size, wanted)), Limits(), ","))
    try:
        expected = list(csv.reader(StringIO(table, newline=""), strict=True))[1:]
    except csv.Error:
        return
    if "\r" in table:
        return  # the module ends records at these, too
    told = [[cell.strip() for cell in row] for row in expected if any(cell.strip() for cell in row)]
    assert [one.at for one in found] == list(range(1, len(told) + 1))
    for one, row in zip(found, told, strict=True):
        if isinstance(one, Row):
            assert json.loads(one.data) == {k: v for k, v in zip(("h1", "h2"), row, strict=True) if v}
        else:
            assert one == Fault("ROW_CELLS", one.at, one.offset)
            assert len(row) != 2


# Kinds


def test_a_use() -> None:
    one = use(
        lot="L1", device="2000000000015", unit="EA", department="CATHLAB", unit_cost="1.125", change="wasted"
    )
    assert (one.change, one.quantity, one.unit, one.unit_cost) == (
        "wasted",
        Decimal(2),
        "EA",
        Decimal("1.125"),
    )
    assert (one.item.code, one.item.device) == ("CL-1201", "02000000000015")
    assert one.udi is not None
    assert (one.udi.lot, one.udi.device) == ("L1", "02000000000015")
    assert one.department is not None
    assert one.department.code == "CATHLAB"


def test_a_label_is_taken_apart() -> None:
    label = "(01)02000000000015(17)280131(10)LOT7(21)SER9"
    one = use(udi=label)
    assert one.udi is not None
    assert (one.udi.serial, one.udi.expires, one.item.device) == ("SER9", "2028-01-31", "02000000000015")
    assert codes(read({**USE, "udi": label, "lot": "OTHER"})) == ["UDI_DISAGREES"]
    assert codes(read({**USE, "udi": label[:-1] + "9", "device": "x"})) == ["UDI_DISAGREES"]
    assert codes(read({**USE, "udi": "(01)02000000000016"})) == ["UDI_UNREADABLE"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"change": "consumed"}, "returned"),
        ({}, "returned"),
        ({"change": "wasted"}, "returned"),
        ({"change": "returned"}, "consumed"),
    ],
)
def test_a_minus_turns_a_use_around(told: dict[str, str], expected: str) -> None:
    one = use(quantity="-2", **told)
    assert (one.change, one.quantity, one.unreadable) == (expected, Decimal(2), ())


@pytest.mark.parametrize(
    "row",
    [
        {**USE, "quantity": "-2", "change": "explanted"},
        {"kind": "supply_request", "item": "CL-1", "quantity": "-1"},
        {"kind": "goods_receipt", "item": "CL-1", "quantity": "-1", "state": "shipped"},
    ],
)
def test_a_minus_that_means_nothing_holds_the_row(row: dict[str, str]) -> None:
    reading = read(row)
    assert codes(reading) == ["ROW_QUANTITY_INVALID"]
    assert reading.facts[0].unreadable


@pytest.mark.parametrize(
    "text", ["1e3", "1,5", "٣", "0x1", "1234567890", "0.1234567", "", "--1", "+1", "NaN"]
)
def test_counts_are_plain_numbers(text: str) -> None:
    assert codes(read({**USE, "quantity": text})) == ["ROW_QUANTITY_INVALID"]


def test_a_count_as_a_number_of_json_has_its_digits() -> None:
    (fact,) = read(json.dumps(USE).replace('"2"', "0.10")).facts
    assert isinstance(fact, SupplyUse)
    assert str(fact.quantity) == "0.10"


def test_levels_and_adjustments() -> None:
    level, loss = read(
        {
            "kind": "stock_level",
            "item": "CL-1",
            "on_hand": "-1",
            "minimum": "6",
            "maximum": "16",
            "unit": "EA",
        },
        {"kind": "stock_adjustment", "item": "CL-1", "quantity": "-2", "change": "expiry", "id": "A1"},
    ).facts
    assert isinstance(level, StockLevel)
    assert (level.on_hand, level.minimum, level.maximum, level.par) == (
        *(Decimal(-1), Decimal(6), Decimal(16)),
        None,
    )
    assert isinstance(loss, StockAdjustment)
    assert (loss.change, loss.quantity) == ("expiry", Decimal(-2))
    bad = read({"kind": "stock_level", "item": "CL-1", "on_hand": "1", "par": "x"})
    assert bad.facts[0].unreadable == ("par",)


def receipt(**told: Any) -> dict[str, Any]:
    row = {"kind": "goods_receipt", "number": "R1", "order": "PO1", "supplier": "HC-100"}
    return {**row, "item": "CL-1", "quantity": "5", **told}


def test_rows_of_a_receipt_that_follow_each_other_are_one() -> None:
    reading = read(
        receipt(line="1"), receipt(line="2", lot="L2"), receipt(number="R2"), USE, receipt(line="3")
    )
    first, second, used, late = reading.facts
    assert isinstance(first, GoodsReceipt)
    assert [(line.number, line.lot, line.at) for line in first.lines] == [("1", "", 1), ("2", "L2", 2)]
    assert (first.at, first.supplier.id, first.order) == (1, "HC-100", "PO1")
    assert isinstance(second, GoodsReceipt)
    assert isinstance(used, SupplyUse)
    assert isinstance(late, GoodsReceipt)
    assert [second.number, late.number, len(late.lines)] == ["R2", "R1", 1]
    assert reading.units[0].summary == {
        "rows": 5,
        "kinds": {"supply_use": {"count": 1}, "goods_receipt": {"count": 4}},
    }


@pytest.mark.parametrize("other", [{"supplier": "MS-200"}, {"order": "PO2"}, {"quantity": "-5"}])
def test_rows_of_another_receipt_are_another(other: dict[str, str]) -> None:
    first, second = read(receipt(), receipt(**other)).facts
    assert isinstance(second, GoodsReceipt)
    assert (second.state, second.lines[0].quantity) == (
        "returned" if "quantity" in other else "received",
        Decimal(5),
    )
    assert first != second


def test_receipts_without_a_number_are_never_one() -> None:
    assert len(read(receipt(number=None), receipt(number=None)).facts) == 2


def test_a_line_that_cannot_be_read_holds_its_receipt() -> None:
    (fact,) = read(receipt(), receipt(quantity="x")).facts
    assert fact.unreadable == ("lines.quantity",)


def test_a_receipt_says_what_was_scanned() -> None:
    (fact,) = read(receipt(udi="(01)02000000000015(10)LOT7")).facts
    assert isinstance(fact, GoodsReceipt)
    assert (fact.lines[0].lot, fact.lines[0].item.device) == ("LOT7", "02000000000015")


def test_numbers_of_goods_are_no_cards() -> None:
    card = "4111111111111111"
    assert use(lot=card).udi is not None
    assert codes(read({**USE, "description": card})) == ["ROW_CARD_NUMBER"]
    assert codes(read({**USE, "case": card})) == ["ROW_CARD_NUMBER"]


# Profiles


def test_a_declared_column_map() -> None:
    """The table of an application that has names, words and dates of its own."""
    reading = cases.reading_of(SUPPLIES / "mapped")
    assert codes(reading) == []
    used, returned, level, gone = reading.facts
    assert isinstance(used, SupplyUse)
    assert isinstance(returned, SupplyUse)
    assert (used.change, used.case, used.used, used.facility) == (
        *("consumed", "CASE-1", "2026-11-19"),
        "TESTFAC",
    )
    assert returned.change == "returned"
    assert isinstance(level, StockLevel)
    assert (level.on_hand, level.location) == (Decimal(14), "CATHLAB-1")
    assert isinstance(gone, StockAdjustment)
    assert (gone.change, gone.quantity) == ("expiry", Decimal(-3))


def test_a_profile_may_say_the_kind_of_all_rows() -> None:
    profile = Profile(kind="stock_level", columns={"Item #": "item", "QOH": "on_hand"}, ignored=("Buyer",))
    reading = read("Item #,QOH,Buyer", "CL-1,7,X", profile=profile)
    assert codes(reading) == []
    (level,) = reading.facts
    assert isinstance(level, StockLevel)
    assert (level.item.code, level.on_hand) == ("CL-1", Decimal(7))


def test_words_of_the_source() -> None:
    profile = Profile(words={"change": {"W": "wasted"}})
    (one,) = read({**USE, "change": "W"}, profile=profile).facts
    assert isinstance(one, SupplyUse)
    assert one.change == "wasted"
    assert codes(read({**USE, "change": "X"}, profile=profile)) == ["ROW_VALUE_INVALID"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("11/19/2026", "2026-11-19"), ("19.11.2026 08:30", "2026-11-19T08:30"), ("2026-11-19", "2026-11-19")],
)
def test_other_forms_of_dates(text: str, expected: str) -> None:
    profile = Profile(date_formats=("%m/%d/%Y", "%d.%m.%Y %H:%M"))
    (one,) = read({**USE, "used": text}, profile=profile).facts
    assert isinstance(one, SupplyUse)
    assert one.used == expected
    assert codes(read({**USE, "used": "31/31/2026"}, profile=profile)) == ["ROW_MOMENT_INVALID"]


def test_quantities_the_other_way_round() -> None:
    rule = CategoryRule(
        kind="stock_adjustment",
        columns={"n": "quantity", "item": "item"},
        values={"change": "damage"},
        opposite=("quantity",),
    )
    profile = Profile(category="type", categories={"DMG": (rule,)})
    (one,) = read({"type": "DMG", "n": "4", "item": "CL-1"}, profile=profile).facts
    assert isinstance(one, StockAdjustment)
    assert (one.change, one.quantity) == ("damage", Decimal(-4))


def test_an_unknown_column_is_told() -> None:
    reading = read(f"{HEAD},clerk", "supply_use,CL-1201,2,2026-11-19,X")
    assert codes(reading) == ["ROW_KEY_UNKNOWN"]
    assert reading.coverage.counted["row.?"] == 1
    assert reading.coverage.carried["row.quantity"] == 1


# Laws

FACTS = st.one_of(supply_uses(), stock_levels(), stock_adjustments(), supply_requests(), goods_receipts())


@given(st.lists(FACTS, max_size=4))
@settings(max_examples=60)
def test_what_is_written_is_read_back(facts: list[Any]) -> None:
    written = assert_never_raises(lambda told: hcfin.write(told, "rows"), facts)
    if written is not None:
        assert hcfin.read(written, standard="rows").facts == tuple(facts)


@given(supply_uses())
@settings(max_examples=60)
def test_uses_can_be_written(one: Any) -> None:
    assert hcfin.read(hcfin.write([one], "rows"), standard="rows").facts == (one,)


@given(st.one_of(stock_levels(), stock_adjustments(), supply_requests()))
@settings(max_examples=40)
def test_stock_and_requests_can_be_written(one: Any) -> None:
    assert hcfin.read(hcfin.write([one], "rows"), standard="rows").facts == (one,)


def test_what_rows_cannot_say_is_refused() -> None:
    one = use().model_copy(update={"unreadable": ("quantity",)})
    with pytest.raises(HcfinError, match="read back the same"):
        hcfin.write([one], "rows")


CELLS = st.sampled_from(
    ["supply_use", "goods_receipt", "stock_level", "CL-1", "2", "-1", "", '"', "2026-11-19", "x,y", "\n", "é"]
)
NAMES = st.sampled_from(["kind", "item", "quantity", "on_hand", "number", "udi", "used", "change", "", "x"])


@given(
    st.lists(NAMES, max_size=6),
    st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=6).map("\n".join),
    st.binary(max_size=20),
)
@settings(max_examples=150)
def test_any_table_ends_in_facts_or_issues(names: list[str], rows: str, tail: bytes) -> None:
    data = (",".join(names) + "\n" + rows).encode() + tail
    for one in (data, data[: len(data) // 2]):
        reading = assert_never_raises(lambda told: hcfin.read(told, standard="rows"), one)
        assert reading.facts or reading.issues
        assert all(load_fact(fact_json(fact)) == fact for fact in reading.facts)
        assert collect(STANDARD.read(BytesIO(one), None, Limits(), False)).facts == reading.facts


@given(st.lists(st.one_of(supply_uses(), supply_requests()), min_size=1, max_size=3))
@settings(max_examples=30)
def test_no_patient_data_gets_out(facts: list[Any]) -> None:
    planted, sentinels = plant(facts)
    rows = []
    for fact in planted:
        days = {name: "1901-02-04" for name in ("used", "posted") if name in type(fact).model_fields}
        rows.append(json.dumps({"kind": fact.kind, **_flat(fact.model_copy(update=days))}))
    reading = read(*rows, '{"kind": "ZZPHI9", "account": "ZZPHI9"}')
    outputs = {
        "issues": [str(issue) for issue in reading.issues],
        "excerpts": [reading.trail.excerpt(at) for at in range(1, len(rows) + 2)],
        "repr": [repr(fact) for fact in reading.facts],
        "units": str(reading.units),
    }
    assert_no_phi(outputs, [*sentinels, "ZZPHI9", "1901-02-04"])


def _flat(fact: Any) -> dict[str, Any]:
    """The fields of a fact as keys of a row, whatever they hold."""
    from hcfin.standards.rows.supply_writer import supply_rows

    (row,) = supply_rows(fact)
    return json.loads(
        json.dumps(row, default=lambda value: f"{value:f}" if isinstance(value, Decimal) else value.code)
    )


@pytest.mark.parametrize("name", ["usage", "mapped"])
def test_fixtures_are_tables(name: str) -> None:
    paths: list[Path] = sorted((SUPPLIES / name).glob("input.*"))
    assert [path.suffix for path in paths] == [".csv"]


# Decisions about invoices


def test_what_was_decided_about_an_invoice() -> None:
    table = "kind,number,supplier,supplier_name,decision,decided,approver,reason\n"
    table += "invoice_release,INV-9,HC-100,Example Heart Supply,reject,2025-04-02,TESTPERSON,PRICE\n"
    reading = hcfin.read(table)
    (fact,) = reading.facts
    assert isinstance(fact, InvoiceRelease)
    assert (fact.number, fact.decision, fact.decided, fact.supplier.id, fact.supplier.name) == (
        "INV-9",
        "reject",
        "2025-04-02",
        "HC-100",
        "Example Heart Supply",
    )
    assert not reading.issues
    released = fact.model_copy(update={"decision": "release"})
    assert hcfin.read(hcfin.write([fact, released], "rows")).facts == (fact, released)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",HC-100,release", "ROW_VALUE_MISSING"),
        ("INV-9,HC-100,", "ROW_VALUE_MISSING"),
        ("INV-9,HC-100,perhaps", "ROW_VALUE_INVALID"),
    ],
)
def test_a_decision_that_nobody_can_use(row: str, code: str) -> None:
    reading = hcfin.read(f"kind,number,supplier,decision\ninvoice_release,{row}\n")
    assert code in [issue.code for issue in reading.issues]
    assert not any(isinstance(fact, InvoiceRelease) for fact in reading.facts)
