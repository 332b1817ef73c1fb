"""Master data: what tables, TOML files and item entries tell, and what is asked of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import hcfin
from hcfin.billing.registration import Coding
from hcfin.billing.supply import ItemEntry, SupplyItem
from hcfin.cli.commands import hcfin as command
from hcfin.finance.master import Conversion, Item, ItemReference, Replenishment
from hcfin.master_files import load_master_tables
from hcfin.overlay import Layer
from hcfin.reconcile import ItemMaster
from hcfin.reconcile.master_items import device_key, is_gtin
from hcfin.reconcile.master_purchase import Span, span_of
from hcfin.reconcile.master_review import cost_differs, gaps
from hcfin.reconcile.master_tables import MasterTables, of_tables

EXAMPLE = hcfin.load_master_data("example")


def of(**tables: str) -> MasterTables:
    return of_tables({name: Layer(f"{name}.csv", text) for name, text in tables.items()})


def item(**names: str) -> Item | None:
    assert EXAMPLE.items is not None
    return EXAMPLE.items.item(ItemReference(**names))


# Items


@pytest.mark.parametrize(
    "names",
    [
        {"code": "CL-4711"},
        {"device": "02000000000015"},
        {"device": "2000000000015"},
        {"code": "CL-4711", "device": "02000000000015", "supplier": "HEARTCO", "supplier_code": "HS-DES-30"},
        {"supplier": "HC-100", "supplier_code": "HS-DES-30"},
        {"supplier": "example  HEART supply", "supplier_code": "HS-DES-30"},
        {"supplier_code": "HS-DES-30"},
        {"code": "CL-4711", "device": "09999999999994"},
        {"facility": "NORTH", "code": "CL-4711"},
    ],
)
def test_each_number_finds_its_item(names: dict[str, str]) -> None:
    found = item(**names)
    assert found is not None
    assert (found.item, found.method, found.cost) == ("STENT-DES-30", "bill_only", Decimal("5200.00"))
    assert (found.charge_code, found.supplier, found.category) == ("27800471", "HEARTCO", "implant")


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"code": "CL-9999"},
        {"code": "cl-4711"},
        {"code": "CL-4711", "device": "02000000000022"},
        {"code": "CL-4711", "supplier": "MEDSUP", "supplier_code": "MS-GC6"},
        {"supplier": "MEDSUP", "supplier_code": "HS-DES-31"},
    ],
)
def test_nothing_is_guessed_of_an_item(names: dict[str, str]) -> None:
    assert item(**names) is None


def test_packages_of_an_item_are_the_item() -> None:
    each, box = item(device="02000000000046"), item(device="12000000000043")
    assert each == box
    assert each is not None
    assert each.device == "02000000000046"


def test_a_facilitys_own_item_goes_before_that_of_all() -> None:
    head = "item,method,stock_unit,source_item,facility\n"
    tables = of(items=f"{head}LEAD,consigned,EA,L-1,\nLEAD,perpetual,EA,L-1,NORTH\n")
    assert tables.items is not None
    methods = [
        getattr(tables.items.item(ItemReference(facility=facility, code="L-1")), "method", None)
        for facility in ("", "NORTH", "SOUTH")
    ]
    assert methods == ["consigned", "perpetual", "consigned"]
    assert getattr(tables.items.of("LEAD", "NORTH"), "method", None) == "perpetual"
    assert getattr(tables.items.of("LEAD", "SOUTH"), "method", None) == "consigned"
    assert tables.items.of("STENT", "SOUTH") is None


def test_the_makers_number_finds_an_item_that_nothing_else_names() -> None:
    head = "item,method,stock_unit,manufacturer_item\n"
    tables = of(items=f"{head}LEAD,consigned,EA,M-1\nSTENT,bill_only,EA,M-2\nPATCH,perpetual,EA,M-2\n")
    assert tables.items is not None
    found = [
        getattr(tables.items.item(ItemReference(code=code, manufacturer_code=number)), "item", None)
        for code, number in (("", "M-1"), ("", "M-2"), ("PATCH", "M-2"), ("PATCH", "M-1"))
    ]
    assert found == ["LEAD", None, "PATCH", "PATCH"]


@given(st.text("0123456789", min_size=7, max_size=13))
def test_a_gtin_is_the_same_whatever_zeros_stand_in_front(body: str) -> None:
    digits = (int(digit) for digit in reversed(body))
    check = -sum(digit * (3, 1)[nth % 2] for nth, digit in enumerate(digits)) % 10
    padded = (f"{body}{check}".zfill(length) for length in (8, 12, 13, 14))
    forms = [text for text in padded if len(text) in (8, 12, 13, 14)]
    assert all(map(is_gtin, forms))
    assert len({device_key(form) for form in forms}) == 1
    assert not is_gtin(f"{body}{(check + 1) % 10}")


# Suppliers, contracts, budgets, units, levels


@pytest.mark.parametrize(
    ("identifiers", "name", "found"),
    [
        (("MS-200",), "", "MEDSUP"),
        (("XX", "ms-200"), "Example Heart Supply", "MEDSUP"),
        ((), "EXAMPLE MEDICAL SUPPLY", "MEDSUP"),
        (("XX",), "MEDSUP", "MEDSUP"),
        (("MS-200", "HC-100"), "MEDSUP", None),
        ((), "Example Medical", None),
        ((), "", None),
    ],
)
def test_a_supplier_is_found_by_identifier_before_name(
    identifiers: tuple[str, ...], name: str, found: str | None
) -> None:
    assert EXAMPLE.suppliers is not None
    supplier = EXAMPLE.suppliers.supplier(identifiers, name)
    assert (supplier and supplier.name) == found


def test_a_contract_holds_from_its_first_to_its_last_day() -> None:
    head = "supplier,item,price,unit,from,to,contract\n"
    rows = "HEARTCO,STENT,5200.00,EA,2025-01-01,2025-12-31,HC-1\nHEARTCO,STENT,5300.00,EA,2026-01-01,,HC-2\n"
    contracts = of(contracts=head + rows).contracts
    assert contracts is not None
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2030, 1, 1))
    prices = [contracts.contract_price("HEARTCO", "STENT", day) for day in days]
    assert [price and (price.contract, price.price) for price in prices] == [
        None,
        ("HC-1", Decimal("5200.00")),
        ("HC-1", Decimal("5200.00")),
        ("HC-2", Decimal("5300.00")),
        ("HC-2", Decimal("5300.00")),
    ]
    assert contracts.contract_price("MEDSUP", "STENT", days[1]) is None


def test_the_most_specific_budget_counts() -> None:
    rows = "main,,,2026,4\nmain,6100,,2026,3\nmain,,OR,2026,2\nmain,6100,OR,2026-Q1,1\n"
    budgets = of(budgets="entity,account,department,period,limit\n" + rows).budgets
    assert budgets is not None

    def limit(account: str, department: str, day: date, entity: str = "main") -> int | None:
        found = budgets.budget(entity, account, department, day)
        return None if found is None else int(found.limit)

    march, april = date(2026, 3, 31), date(2026, 4, 1)
    assert [limit("6100", "OR", march), limit("6100", "OR", april)] == [1, 2]
    assert [limit("6100", "ICU", march), limit("6200", "OR", march), limit("6200", "ICU", march)] == [3, 2, 4]
    assert [limit("6100", "OR", date(2027, 1, 1)), limit("6100", "OR", march, "other")] == [None, None]


def test_a_budget_is_named_after_what_it_is_for() -> None:
    budgets = of(budgets="entity,department,period,limit,used,name\nmain,OR,2026,10.00,2.5,\n").budgets
    assert budgets is not None
    found = budgets.budget("main", "6100", "OR", date(2026, 6, 1))
    assert found is not None
    assert found == ("main OR 2026", Decimal("10.00"), Decimal("2.5"))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2025-07-01..2026-06-30", date(2025, 7, 1), date(2026, 6, 30)),
    ],
)
def test_a_period_is_its_days(text: str, first: date, last: date) -> None:
    assert span_of(text) == Span(first, last)


@pytest.mark.parametrize("text", ["2026-Q5", "2026-1", "26", "0000", "2026-02-30..2026-03-01", "..", "FY26"])
def test_other_texts_are_no_period(text: str) -> None:
    assert span_of(text) is None


def test_a_conversion_is_what_a_row_says_or_its_reverse() -> None:
    units = EXAMPLE.units
    assert units is not None
    assert units.conversion("CONTRAST-100", "BX", "VL") == Conversion(Decimal(1), Decimal(10))
    assert units.conversion("CONTRAST-100", "VL", "BX") == Conversion(Decimal(10), Decimal(1))
    assert units.conversion("CONTRAST-100", "each", "EA") == Conversion(Decimal(1), Decimal(1))
    assert units.conversion("CATH-GUIDE-6F", "BX", "VL") is None


def test_levels_of_the_location_go_before_those_of_the_facility() -> None:
    head = "item,facility,location,minimum,maximum,par\n"
    levels = of(levels=f"{head}A,NORTH,OR-1,1,5,\nA,,OR-1,2,6,\nA,NORTH,,3,7,\n").levels
    assert levels is not None
    found = [
        levels.replenishment(*place, "A")
        for place in (("NORTH", "OR-1"), ("SOUTH", "OR-1"), ("NORTH", "OR-2"), ("SOUTH", "OR-2"))
    ]
    assert [one and one.minimum for one in found] == [1, 2, 3, None]


# TOML


def test_a_toml_file_reads_the_export_of_an_erp_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ITEMMAST.csv").write_text(
        "\ufeffITEM_NO,BIN,KEPT,UOM\nSTENT,B7,S,EA\nLEAD,B8,C,EA\n\n", encoding="utf-8"
    )
    (tmp_path / "master.toml").write_text(
        '[tables]\nitems = "ITEMMAST.csv"\n[columns.items]\nitem = "ITEM_NO"\nmethod = "KEPT"\n'
        'stock_unit = "UOM"\n[ignore]\nitems = ["BIN"]\n'
        '[values.items.method]\nS = "perpetual"\nC = "consigned"\n',
        encoding="utf-8",
    )
    for path in (tmp_path, tmp_path / "master.toml"):
        found = hcfin.load_master_data(path)
        assert found.items is not None
        lead = found.items.item(ItemReference(code="LEAD"))
        assert lead == Item("LEAD", "consigned", "EA")
        assert found.suppliers is None


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(hcfin.MasterDataError, match=r"missing\.toml: No such file"):
        hcfin.load_master_data(tmp_path / "missing.toml")
    with pytest.raises(hcfin.MasterDataError, match="master data of two"):
        hcfin.load_master_data("example", "example")


# Item entries


def entry(code: str, **fields: object) -> ItemEntry:
    return ItemEntry(item=SupplyItem(code=code), **fields)  # type: ignore[arg-type]


def test_entries_go_over_what_the_tables_say() -> None:
    master = ItemMaster(load_master_tables("example"))
    master.learn(
        [
            entry("CL-1201", cost=Decimal("124.50")),
            entry("CL-4711", action="MDC"),
            entry("CL-4805", chargeable="N", charge_code=Coding(code="X"), method="no method"),
        ]
    )
    found = [master.item(ItemReference(code=code)) for code in ("CL-1201", "CL-4711", "CL-4805")]
    assert [one and (one.cost, one.active, one.charge_code, one.method) for one in found] == [
        (Decimal("124.50"), True, "27200120", "perpetual"),
        (Decimal("5200.00"), False, "27800471", "bill_only"),
        (Decimal("1450.00"), True, "", "consigned"),
    ]
    assert (found[0] and found[0].supplier_code) == "MS-GC6"
    master.learn([entry("CL-4711", action="MAC")])
    back = master.item(ItemReference(device="02000000000015"))
    assert back is not None
    assert back.active


def test_a_new_item_is_listed_where_it_says_how_it_is_kept() -> None:
    master = ItemMaster()
    told = {"method": "perpetual", "stock_unit": "EA", "purchase_unit": "BX"}
    master.learn(
        [
            entry("N-1", stock_unit="EA"),
            entry("N-2", method="perpetual"),
            entry("", **told),
            entry("N-3", unreadable=("cost",), **told),
            entry("N-4", units_in_purchase_unit=Decimal(25), location="OR-1", par=Decimal(9), **told),
            entry("N-4", category=Coding(code="supply"), supplier="MEDSUP"),
        ]
    )
    found = [master.item(ItemReference(code=f"N-{number}")) for number in range(1, 5)]
    assert found[:3] == [None, None, None]
    assert found[3] == Item("N-4", "perpetual", "EA", "BX", "MEDSUP", category="supply")
    assert master.conversion("N-4", "BX", "EA") == Conversion(Decimal(1), Decimal(25))
    assert master.conversion("N-4", "EA", "BX") == Conversion(Decimal(25), Decimal(1))
    assert master.conversion("N-4", "EA", "CS") is None
    assert master.replenishment("NORTH", "OR-1", "N-4") == Replenishment(par=Decimal(9))
    assert master.replenishment("NORTH", "OR-2", "N-4") is None


def test_what_entries_do_not_say_the_tables_do() -> None:
    found = ItemMaster(load_master_tables("example")).master()
    assert found.units is not None
    assert found.levels is not None
    assert found.units.conversion("DRAPE-ANGIO", "BX", "EA") == Conversion(Decimal(1), Decimal(20))
    assert found.levels.replenishment("", "CATHLAB-1", "DRAPE-ANGIO") == Replenishment(
        Decimal(20), Decimal(60)
    )
    assert found.contracts is not None
    price = found.contracts.contract_price("HEARTCO", "STENT-DES-30", date(2025, 3, 31))
    assert price == ("HC-2025", Decimal("5200.00"), "EA")


# Review and commands

GAPS = {
    "items": "item,method,stock_unit,purchase_unit,supplier,charge_code,cost,active\n"
    "A,perpetual,EA,BX,S,,,\nB,bill_only,EA,,,,,\nC,consigned,EA,,S,1,10,\nD,perpetual,EA,,,,,no\n",
    "contracts": "supplier,item,price,unit\nS,A,1.00,CS\nS,C,11.00,EA\n",
}


def test_gaps_are_what_something_would_be_held_for() -> None:
    tables = of(**GAPS)
    told = [(gap.item, gap.what.split(":")[0], gap.held) for gap in gaps(tables)]
    assert told == [
        ("A", "stock without a cost", True),
        ("A", "no conversion of its purchase unit 'BX' into 'EA'", True),
        ("A", "no conversion of its contract unit 'CS' into 'EA'", True),
        ("B", "neither a contract price nor a cost", True),
        ("B", "no supplier", False),
        ("B", "no charge code", False),
    ]
    assert [str(gap).split("\n")[0] for gap in cost_differs(tables)] == [
        "C: cost 10, and 11.00 by the contract"
    ]
    assert not list(cost_differs(of(items=GAPS["items"])))


def run(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["master", *args])
    return done.exit_code, done.output


def test_the_command_checks_a_folder(tmp_path: Path) -> None:
    for name, text in GAPS.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    status, told = run("check", str(tmp_path))
    assert status == 1
    assert told.splitlines()[0] == "4 items, 2 contracts"
    assert told.splitlines()[-1] == "4 would hold something"
    status, told = run("check", "--json", str(tmp_path))
    assert status == 1
    assert '"contracts": 2' in told
    assert run("check", "example") == (
        0,
        "6 items, 2 suppliers, 4 contracts, 2 budgets, 4 units, 3 levels\n"
        "nothing would be held for want of master data\n",
    )


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,method\n", encoding="utf-8")
    status, told = run("check", str(tmp_path))
    assert status == 2
    assert "items.csv:1: there is no column 'stock_unit'" in told


def test_the_command_writes_tables_to_begin_with(tmp_path: Path) -> None:
    folder = tmp_path / "master"
    assert run("init", str(folder))[0] == 0
    assert run("check", str(folder))[0] == 0
    assert run("init", str(folder))[0] == 2
