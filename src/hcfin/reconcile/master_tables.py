"""Master data from CSV tables, and the TOML that may say where and how they are kept.

A folder holds tables under their own names (`items.csv`, `suppliers.csv` …). A TOML file names tables of any
name, what their columns are called, which columns do not matter, and what their values mean:

    [tables]
    items = "ITEMMAST.csv"
    [columns.items]
    item = "ITEM_NO"
    [ignore]
    items = ["BIN", "BUYER"]
    [values.items.method]
    S = "perpetual"

Whatever is wrong is told together, by file, line and column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hcfin.errors import BooksError, MasterDataError
from hcfin.finance.master import MasterData
from hcfin.overlay import Layer, Overlay, near, overlay
from hcfin.reconcile.master_items import ITEMS, ItemList, read_items
from hcfin.reconcile.master_purchase import (
    BUDGETS,
    CONTRACTS,
    SUPPLIERS,
    BudgetList,
    ContractList,
    SupplierList,
    read_budgets,
    read_contracts,
    read_suppliers,
)
from hcfin.reconcile.master_sheet import Reading, Shape, Sheet
from hcfin.reconcile.master_stock import LEVELS, UNITS, LevelList, UnitList, read_levels, read_units

SHAPES: Mapping[str, Shape] = {
    "items": ITEMS,
    "suppliers": SUPPLIERS,
    "contracts": CONTRACTS,
    "budgets": BUDGETS,
    "units": UNITS,
    "levels": LEVELS,
}
"""The tables, and their columns."""

_SECTIONS = ("tables", "columns", "ignore", "values")


@dataclass(frozen=True, slots=True)
class MasterTables:
    """The tables that were read. What is None was not given, and knows nothing."""

    items: ItemList | None = None
    suppliers: SupplierList | None = None
    contracts: ContractList | None = None
    budgets: BudgetList | None = None
    units: UnitList | None = None
    levels: LevelList | None = None

    def master(self) -> MasterData:
        """As posting asks it."""
        return MasterData(
            items=self.items,
            suppliers=self.suppliers,
            contracts=self.contracts,
            budgets=self.budgets,
            units=self.units,
            levels=self.levels,
            charge_codes=self.items,
        )


def of_tables(layers: Mapping[str, Layer]) -> MasterTables:
    """Master data of tables by their names. Raises `MasterDataError`.

    >>> table = Layer("suppliers.csv", "supplier,identifiers\\nHEARTCO,HC-1|HC-2\\n")
    >>> found = of_tables({"suppliers": table})
    >>> found.master().suppliers.supplier(("HC-2",), "").name
    'HEARTCO'
    """
    return _read(overlay([]), dict(layers), {}, [])


def of_toml(layer: Layer, read: Callable[[str], Layer]) -> MasterTables:
    """Master data of the tables that a TOML text names. `read` reads the table of a name, and raises
    `OSError`, or `ValueError` where it is not UTF-8. Raises `MasterDataError`."""
    try:
        source = overlay([layer])
    except BooksError as error:
        problems = error.problems
    else:
        told: list[str] = []
        how = _described(source, told)
        return _read(source, _layers(source, read, told), how, told)
    raise MasterDataError(problems)


def names_of(files: Iterable[str]) -> dict[str, str]:
    """The tables among the names of files, by their names. Raises `MasterDataError` for a table that is not
    known, and where there is none.

    >>> names_of(["items.csv", "README.md"])
    {'items': 'items.csv'}
    """
    tables = {name.removesuffix(".csv"): name for name in sorted(files) if name.endswith(".csv")}
    problems = [
        f"{file}: there is no table of this name\n  {_meant(name)}"
        for name, file in tables.items()
        if name not in SHAPES
    ]
    if not tables:
        problems.append(f"no table is here\n  Known: {', '.join(f'{name}.csv' for name in SHAPES)}.")
    if problems:
        raise MasterDataError(problems)
    return tables


def _meant(name: str) -> str:
    meant = near(name, SHAPES)
    return f"Did you mean {meant}.csv?" if meant else f"Known: {', '.join(f'{one}.csv' for one in SHAPES)}."


def _read(
    source: Overlay, layers: Mapping[str, Layer], how: Mapping[str, Reading], problems: list[str]
) -> MasterTables:
    def sheet(name: str) -> Sheet:
        return Sheet(layers[name], SHAPES[name], how.get(name, Reading()), source, problems)

    suppliers = read_suppliers(sheet("suppliers")) if "suppliers" in layers else None
    named = None if suppliers is None else suppliers.suppliers
    listed = read_items(sheet("items"), named) if "items" in layers else None
    items = None if listed is None else ItemList(listed, suppliers)
    stocked = None if listed is None else {one.item.item for one in listed}
    found = MasterTables(
        items=items,
        suppliers=suppliers,
        contracts=read_contracts(sheet("contracts"), named, stocked) if "contracts" in layers else None,
        budgets=read_budgets(sheet("budgets")) if "budgets" in layers else None,
        units=read_units(sheet("units"), stocked) if "units" in layers else None,
        levels=read_levels(sheet("levels"), stocked) if "levels" in layers else None,
    )
    if problems:
        raise MasterDataError(problems)
    return found


# The TOML


def _described(source: Overlay, problems: list[str]) -> dict[str, Reading]:
    """How each table is read; what is wrong with the description is told."""
    data = source.data
    for name in data:
        if name not in _SECTIONS:
            meant = near(name, _SECTIONS)
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(_SECTIONS)}."
            problems.append(source.problem([name], f"there is no setting {name!r}", remedy))
        elif not isinstance(data[name], dict):
            problems.append(source.problem([name], f"{name} must be a table", f"Write [{name}]."))
        else:
            _check_section(source, name, problems)
    if not data.get("tables"):
        problems.append(source.problem(["tables"], "no table is named", 'Write [tables] and items = "…".'))
    if problems:
        raise MasterDataError(problems)
    return {
        name: Reading(
            data.get("columns", {}).get(name, {}),
            tuple(data.get("ignore", {}).get(name, ())),
            data.get("values", {}).get(name, {}),
        )
        for name in data["tables"]
    }


def _check_section(source: Overlay, section: str, problems: list[str]) -> None:
    for name, value in source.data[section].items():
        path = [section, name]
        if name not in SHAPES:
            meant = near(name, SHAPES)
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(SHAPES)}."
            problems.append(source.problem(path, f"there is no table {name!r}", remedy))
        elif section == "tables":
            if not _is_name(value):
                problems.append(
                    source.problem(path, "not the name of a file beside this one", 'Write "items.csv".')
                )
        elif section == "ignore":
            if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
                problems.append(source.problem(path, "not a list of columns", 'Write ["BIN", "BUYER"].'))
        else:
            _check_columns(source, section, name, problems)


def _check_columns(source: Overlay, section: str, table: str, problems: list[str]) -> None:
    columns = source.data[section][table]
    if not isinstance(columns, dict):
        problems.append(source.problem([section, table], "not a table", f"Write [{section}.{table}]."))
        return
    for column, value in columns.items():
        path = [section, table, column]
        wanted: Callable[[Any], bool] = _is_text if section == "columns" else _is_meaning
        if column not in SHAPES[table].columns:
            meant = near(column, SHAPES[table].columns)
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(SHAPES[table].columns)}."
            problems.append(source.problem(path, f"{table} have no column {column!r}", remedy))
        elif not wanted(value):
            remedy = 'Write item = "ITEM_NO".' if section == "columns" else 'Write S = "perpetual" below it.'
            problems.append(source.problem(path, "not what is expected here", remedy))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_meaning(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _is_name(value: Any) -> bool:
    return _is_text(value) and value not in (".", "..") and not {"/", "\\"} & set(value)


def _layers(source: Overlay, read: Callable[[str], Layer], problems: list[str]) -> dict[str, Layer]:
    found: dict[str, Layer] = {}
    for table, name in source.data["tables"].items():
        try:
            found[table] = read(name)
        except OSError as error:
            reason = error.strerror or "cannot be read"
        except ValueError:
            reason = "not UTF-8 text"
        else:
            continue
        told = source.problem(["tables", table], f"{name!r}: {reason}", "Put it beside this file, in UTF-8.")
        problems.append(told)
    return found
