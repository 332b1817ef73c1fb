"""Master data to begin with: the tables of an invented cardiology laboratory."""

from __future__ import annotations

from importlib.resources import files

from hcfin.overlay import Layer

NAMES = ("items", "suppliers", "contracts", "budgets", "units", "levels")


def example_tables() -> dict[str, Layer]:
    """The tables by their names.

    >>> example_tables()["units"].text.splitlines()[0]
    'item,unit,into,of,makes'
    """
    folder = files(__name__)
    return {
        name: Layer(f"{name}.csv", (folder / f"{name}.csv").read_text(encoding="utf-8")) for name in NAMES
    }
