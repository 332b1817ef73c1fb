"""One CSV table of master data: its header, and rows whose cells are read and refused by name.

Strategy: all that is wrong is collected, each with file, line and column, what is wrong and what to do; a
cell that is wrong reads as nothing, and its row is left out. Nothing is guessed: no separator, no unit, no
decimal comma, and no column that is not known.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO

from hcfin.overlay import Layer, Overlay, Place, near

SEVERAL = "|"
"""Between the values of a cell that may hold several."""

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,12})?", re.ASCII)
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA = frozenset("=+-@＝＋－＠")
_FLAGS = {
    "yes": True,
    "no": False,
    "true": True,
    "false": False,
    "y": True,
    "n": False,
    "1": True,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a table: those that it must have, and those that it may."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, in the order in which people write them."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table of somebody else's is read: what its columns are called there, which do not matter, and
    what its values mean."""

    columns: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """A table that is being read. `problems` is what was wrong so far."""

    layer: Layer
    shape: Shape
    how: Reading
    source: Overlay
    problems: list[str]
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def tell(self, line: int, message: str, remedy: str) -> None:
        """Note what is wrong with a line."""
        self.problems.append(self.source.problem_at(Place(self.layer.name, line), message, remedy))

    def rows(self) -> Iterator[Row]:
        """The rows with something in them, one after the other."""
        self.source.add(self.layer)
        lines = StringIO(self.layer.text.removeprefix("\ufeff"), newline="")
        reader = csv.reader(lines, strict=True)
        names: list[str] | None = None
        while True:
            first = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                remedy = 'Close every text that a quote opens, and write "" for a quote inside it.'
                return self.tell(first, "not valid CSV", remedy)
            if names is None:
                names = self._header([cell.strip() for cell in cells], first)
                if names is None:
                    return None
            elif any(cell.strip() for cell in cells):
                if len(cells) == len(names):
                    yield Row(self, first, dict(zip(names, (cell.strip() for cell in cells), strict=True)))
                else:
                    remedy = "Put text with a comma in it in quotes; an empty cell needs its comma, too."
                    self.tell(first, f"{len(cells)} cells, and the header has {len(names)}", remedy)
        if names is None:
            self.tell(1, "an empty table", f"Its first line names the columns: {_list(self.shape.columns)}.")
        return None

    def once(self, row: Row, key: tuple[object, ...], what: str) -> bool:
        """Whether a key comes for the first time; what comes again is told."""
        before = self._seen.setdefault(key, row.line)
        if before != row.line:
            self.tell(row.line, f"{what} is in line {before} already", "Keep one of the two rows.")
        return before == row.line

    def _header(self, cells: Sequence[str], line: int) -> list[str] | None:
        told = len(self.problems)
        if len(cells) == 1 and cells[0].count(";") >= len(self.shape.required) - 1 > 0:
            self.tell(line, "cells are apart by semicolons", "Save the table with commas, in UTF-8.")
            return None
        ours = {self.how.columns.get(name, name): name for name in self.shape.columns}
        for number, cell in enumerate(cells):
            if cell in cells[:number]:
                self.tell(line, f"two columns are named {cell!r}", "Keep one of the two.")
            elif cell not in ours and cell not in self.how.ignore:
                self._unknown(cell, line, ours)
        for name in self.shape.required:
            theirs = self.how.columns.get(name, name)
            if theirs not in cells:
                self.tell(line, f"there is no column {theirs!r}", f"Needed: {_list(self.shape.required)}.")
        return [ours.get(cell, "") for cell in cells] if len(self.problems) == told else None

    def _unknown(self, cell: str, line: int, ours: Mapping[str, str]) -> None:
        meant = near(cell, ours)
        remedy = f"Did you mean {meant!r}?" if meant else f"Known: {_list(ours)}."
        named = f"there is no column {cell!r}" if cell else "a column without a name"
        self.tell(line, f"{named} in this table", remedy)


@dataclass(slots=True)
class Row:
    """A row: reads its cells by the name of the column. `sound` is false once one was refused."""

    sheet: Sheet
    line: int
    cells: Mapping[str, str]
    sound: bool = True

    def refuse(self, column: str, message: str, remedy: str) -> None:
        """Note what is wrong with a cell."""
        self.sound = False
        named = self.sheet.how.columns.get(column, column)
        self.sheet.tell(self.line, f"column {named!r}: {message}", remedy)

    def text(self, column: str) -> str:
        """A cell as text; what is required must be there."""
        text = self.cells.get(column, "")
        text = self.sheet.how.values.get(column, {}).get(text, text)
        if not text and column in self.sheet.shape.required:
            self.refuse(column, "nothing is here", "Fill it, or delete the row.")
        elif _CONTROL.search(text):
            self.refuse(column, "a line break or control character", "Write it in one line.")
        elif text[:1] in _FORMULA:
            self.refuse(
                column,
                f"{text!r} begins like a formula",
                "Spreadsheets would work it out: write it without the sign in front.",
            )
        elif _SHORTENED.fullmatch(text):
            self.refuse(
                column,
                f"{text!r} is a number that a spreadsheet has shortened",
                "Format the column as text, fill in the whole number, and save again.",
            )
        else:
            return text
        return ""

    def several(self, column: str) -> tuple[str, ...]:
        """The values of a cell, which `|` keeps apart."""
        parts = [part.strip() for part in self.text(column).split(SEVERAL)]
        found = tuple(dict.fromkeys(part for part in parts if part))
        if len(found) != len(parts) and parts != [""]:
            self.refuse(column, f"a value is empty or here twice between {SEVERAL!r}", "Write each once.")
        return found

    def one_of(self, column: str, known: Sequence[str]) -> str:
        """A word of a list."""
        text = self.text(column)
        if text and text not in known:
            meant = near(text, known)
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {_list(known)}."
            self.refuse(column, f"{text!r} is none of the words that it may hold", remedy)
        return text

    def flag(self, column: str, default: bool) -> bool:
        """Yes or no."""
        text = self.text(column).casefold()
        if text and text not in _FLAGS:
            self.refuse(column, f"{text!r} is neither yes nor no", "Write yes or no.")
        return _FLAGS.get(text, default)

    def number(self, column: str, *, positive: bool = False, places: int = 6) -> Decimal | None:
        """A number that is not negative, with up to six decimals; None where the cell is empty."""
        text = self.cells.get(column, "")
        if not text:
            if column in self.sheet.shape.required:
                self.refuse(column, "nothing is here", "Fill it, or delete the row.")
            return None
        if not _NUMBER.fullmatch(text):
            remedy = "Write digits and a point, as 1200.00: no sign, no currency, no blanks."
            self.refuse(column, f"{text!r} is no plain number", remedy)
            return None
        number = Decimal(text)
        if positive and not number:
            self.refuse(column, "it must be more than zero", "Fill it, or delete the row.")
        elif number != number.quantize(Decimal(1).scaleb(-places)):
            self.refuse(column, f"{text!r} has more than {places} decimals", "Write it as it is charged.")
        return number

    def count(self, column: str) -> int | None:
        """A whole number; None where the cell is empty."""
        text = self.cells.get(column, "")
        if text and not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII):
            self.refuse(column, f"{text!r} is no whole number", "Write digits alone, as 30.")
            return None
        return int(text) if text else None

    def day(self, column: str) -> date | None:
        """A day; None where the cell is empty."""
        text = self.text(column)
        if not text:
            return None
        found = _day(text)
        if found is None:
            self.refuse(column, f"{text!r} is no day", "Write days as 2026-01-31.")
        return found

    def known(self, column: str, value: str, names: Iterable[str] | None, table: str) -> None:
        """Refuse what another table should have and has not. A table that is not there is not asked."""
        if not value or names is None:
            return
        listed = set(names)
        if value not in listed:
            meant = near(value, listed)
            remedy = f"Did you mean {meant!r}?" if meant else f"Add it to the {table}, or delete the row."
            self.refuse(column, f"{value!r} is not among the {table}", remedy)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
