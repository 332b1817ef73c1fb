"""CSV tables of dimension values: what a spreadsheet keeps better than TOML.

The first column is the field's value, the second the dimension's, or the one that `column` names. The first
row holds the names of the columns.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hcfin.overlay import Layer, Overlay, Place, near

TableReader = Callable[[str, str], Layer]
"""Reads a table: the layer that names it, and the name. Raises `OSError`, or `ValueError` where the text is
not UTF-8."""


def read_tables(source: Overlay, read: TableReader | None) -> Iterator[str]:
    """Put the rows of tables below the `values` written beside them; yields the problems."""
    dimensions = source.data.get("dimensions")
    for name, dimension in dimensions.items() if isinstance(dimensions, dict) else ():
        if not isinstance(dimension, dict) or not isinstance(dimension.get("table"), str):
            continue
        path = ("dimensions", name, "table")
        layer = _layer(source, path, dimension["table"], read)
        if isinstance(layer, str):
            yield layer
            continue
        source.add(layer)
        rows: dict[str, str] = {}
        yield from _rows(source, layer, dimension, rows)
        own = dimension.get("values")
        if own is None or isinstance(own, dict):
            dimension["values"] = {**rows, **(own or {})}


def _layer(source: Overlay, path: tuple[str, ...], table: str, read: TableReader | None) -> Layer | str:
    if read is None:
        return source.problem(path, "a table can be read only beside a file of books", "Use values instead.")
    if not table or "/" in table or "\\" in table or table in (".", ".."):
        return source.problem(path, f"{table!r} is not the name of a file beside the books", "Give a name.")
    try:
        return read(source.place(path).layer, table)
    except OSError as error:
        reason = error.strerror or "cannot be read"
    except ValueError:
        reason = "not UTF-8 text"
    return source.problem(path, f"table {table!r}: {reason}", "Put the CSV file beside the books, in UTF-8.")


def _rows(source: Overlay, layer: Layer, dimension: Mapping[str, Any], rows: dict[str, str]) -> Iterator[str]:
    reader = csv.reader(layer.text.removeprefix("\ufeff").splitlines())
    header = next(reader, [])
    column = dimension.get("column")
    if len(header) < 2:
        first = Place(layer.name, 1)
        yield source.problem_at(
            first, "a table needs two columns", "Name them in the first row: value, dimension."
        )
        return
    if isinstance(column, str) and column not in header:
        meant = near(column, header)
        remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(header[1:])}."
        yield source.problem_at(Place(layer.name, 1), f"the table has no column {column!r}", remedy)
        return
    at = header.index(column) if isinstance(column, str) else 1
    for row in reader:
        place = Place(layer.name, reader.line_num)
        if not any(row):
            continue
        if len(row) <= at or not row[0] or not row[at]:
            yield source.problem_at(place, "a row without its value or dimension", "Fill it, or delete it.")
        elif rows.setdefault(row[0], row[at]) != row[at]:
            yield source.problem_at(place, f"{row[0]!r} is here with another dimension", "Keep one row.")
