"""The commands that work with master data: check, init."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from hcfin.cli import options as o
from hcfin.files import new_file
from hcfin.master_files import load_master_tables
from hcfin.reconcile.example_master import example_tables
from hcfin.reconcile.master_review import Gap, cost_differs, counts, gaps


@click.group("master")
def master_group() -> None:
    """Work with master data: items, suppliers, contracts, budgets, units, levels."""


@master_group.command("check")
@click.argument("path", metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def master_check(path: str, as_json: bool) -> None:
    """Load a folder or TOML file of tables, say what is wrong with them, and what they do not say.

    `example` are the tables that hcfin ships. The exit status is 1 where something would be held, 2 where the
    tables cannot be used as they are.
    """
    tables = load_master_tables(path)
    numbers, found = counts(tables), (*gaps(tables), *cost_differs(tables))
    if as_json:
        o.echo_json({"tables": numbers, "gaps": [gap.to_dict() for gap in found]}, False)
    else:
        with o.writing():
            click.echo("\n".join(_told(numbers, found)))
    raise SystemExit(o.HELD_BACK if any(gap.held for gap in found) else o.OK)


@master_group.command("init")
@click.argument("path", metavar="DIR")
def master_init(path: str) -> None:
    """Write tables to begin with to a new folder DIR. Never overwrites."""
    folder = Path(path)
    folder.mkdir()
    for layer in example_tables().values():
        new_file(folder / layer.name, layer.text)
    click.echo("hcfin: replace the rows by your own, then run `hcfin master check` on the folder", err=True)


def _told(numbers: dict[str, int], found: Sequence[Gap]) -> Iterator[str]:
    yield ", ".join(f"{count} {name}" for name, count in numbers.items())
    yield from map(str, found)
    held = sum(gap.held for gap in found)
    yield f"{held} would hold something" if held else "nothing would be held for want of master data"
