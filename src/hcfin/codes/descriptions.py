"""Descriptions of codes that the user holds a licence for: read from a file of theirs, never shipped.

The file is CSV with a header: `code` and `text`; `start` and `end` where a text was valid for a time only;
`list` (carc, rarc, plb, status, bpr) where one file describes several lists.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from hcfin.errors import HcfinError

LISTS = ("carc", "rarc", "plb", "status", "bpr")
"""Names of the lists that may be described."""

# As licensed lists head their columns.
_NAMES = {
    "description": "text",
    "effective date": "start",
    "start date": "start",
    "end date": "end",
    "stop": "end",
    "stop date": "end",
    "deactivation date": "end",
}
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


class Described(NamedTuple):
    """One text and the days that it is valid for; an empty `list` means whichever is asked for."""

    list: str
    code: str
    start: date | None
    end: date | None
    text: str

    def valid(self, day: date | None) -> bool:
        """Whether it describes the code on a day; without one, whether it still does."""
        if day is None:
            return self.end is None
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Descriptions:
    """Texts by list and code.

    >>> texts = descriptions("mine.csv", "code,start,end,text\\n45,1995-01-01,,My licensed words\\n")
    >>> texts.of("carc", "45"), texts.of("carc", "46")
    ('My licensed words', None)
    """

    def __init__(self, rows: Iterable[Described]) -> None:
        self._rows: dict[str, list[Described]] = {}
        for row in rows:
            self._rows.setdefault(row.code, []).append(row)

    def of(self, name: str, code: str, day: date | None = None) -> str | None:
        """The text of a code of a list on a day, else its newest one; None where the file has none."""
        rows = [row for row in self._rows.get(code, ()) if row.list in ("", name)]
        rows.sort(key=lambda row: (row.valid(day), row.start or date.min))
        return rows[-1].text if rows else None


def descriptions(name: str, text: str) -> Descriptions:
    """Descriptions from the text of a CSV file. `name` is how messages call it. Raises `HcfinError`."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        return Descriptions(_rows(name, reader))
    except csv.Error as error:
        raise HcfinError(f"{name}:{reader.line_num}: {error}") from None


def _rows(name: str, reader: Any) -> Iterator[Described]:
    head = [_NAMES.get(cell.strip().lower(), cell.strip().lower()) for cell in next(reader, [])]
    missing = [column for column in ("code", "text") if column not in head]
    if missing:
        raise HcfinError(f"{name}:1: no column {missing[0]!r}; the header is code,start,end,text")
    for cells in reader:
        row = dict(zip(head, (" ".join(cell.split()) for cell in cells), strict=False))
        if row.get("code"):
            yield _row(row, f"{name}:{reader.line_num}")


def _row(row: Mapping[str, str], where: str) -> Described:
    described = row.get("list", "").lower()
    if described not in ("", *LISTS):
        raise HcfinError(f"{where}: there is no list {described!r}; known: {', '.join(LISTS)}")
    days = [_day(row.get(column, ""), f"{where}: {column}") for column in ("start", "end")]
    return Described(described, row["code"].upper(), days[0], days[1], row.get("text", ""))


def _day(text: str, where: str) -> date | None:
    if not text:
        return None
    american = _AMERICAN.fullmatch(text)
    try:
        if american:
            return date(int(american[3]), int(american[1]), int(american[2]))
        return date.fromisoformat(text)
    except ValueError:
        raise HcfinError(f"{where} must be a date, YYYY-MM-DD or MM/DD/YYYY") from None
