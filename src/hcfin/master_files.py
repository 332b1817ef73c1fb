"""Opens master data: folders of tables, TOML files that name them, and sources of item entries."""

from __future__ import annotations

import os
from pathlib import Path

from hcfin.errors import MasterDataError
from hcfin.files import read
from hcfin.finance.master import MasterData
from hcfin.overlay import Layer
from hcfin.reconcile.example_master import example_tables
from hcfin.reconcile.item_master import ItemMaster
from hcfin.reconcile.master_tables import MasterTables, names_of, of_tables, of_toml

_SEVERAL = "master data of two folders or TOML files\n  Name one; sources with item entries may be several."


def load_master_data(*paths: str | os.PathLike[str]) -> MasterData:
    """Master data: items, suppliers, contracts, budgets, units and levels.

    A path is a folder of CSV tables (`items.csv`, `suppliers.csv` …), a TOML file that names tables beside
    it, or `example` for those that hcfin ships; of these there may be one. Any other is a source with entries
    of an item master, which go over what the tables say. Raises `MasterDataError` with file, line, column and
    remedy of every problem, and `OSError` where a source cannot be read.

    >>> load_master_data("example").suppliers.supplier((), "Example Heart Supply").name
    'HEARTCO'
    """
    kept = [path for path in paths if _holds_tables(path)]
    if len(kept) > 1:
        raise MasterDataError([_SEVERAL])
    tables = load_master_tables(kept[0]) if kept else MasterTables()
    sources = [path for path in paths if path not in kept]
    if not sources:
        return tables.master()
    learned = ItemMaster(tables)
    for source in sources:
        learned.learn(read(source).facts)
    return learned.master()


def load_master_tables(path: str | os.PathLike[str]) -> MasterTables:
    """The tables of a folder, or of a TOML file; `example` are those that hcfin ships. Raises
    `MasterDataError`."""
    if path == "example":
        return of_tables(example_tables())
    given = Path(path)
    described = given / "master.toml" if given.is_dir() else given
    if described.exists() or not given.is_dir():
        return of_toml(_told(described), lambda name: _layer(described.parent / name))
    names = names_of(one.name for one in given.iterdir())
    return of_tables({table: _told(given / name) for table, name in names.items()})


def _holds_tables(path: str | os.PathLike[str]) -> bool:
    return path == "example" or os.fspath(path).endswith(".toml") or Path(path).is_dir()


def _layer(path: Path) -> Layer:
    # The name alone: what is said of it must not depend on the machine.
    return Layer(path.name, path.read_text(encoding="utf-8"))


def _told(path: Path) -> Layer:
    try:
        return _layer(path)
    except UnicodeDecodeError:
        problem = f"{path.name}: not UTF-8 text\n  Save it in UTF-8."
    except OSError as error:
        problem = f"{path.name}: {error.strerror or 'cannot be read'}"
    raise MasterDataError([problem])
