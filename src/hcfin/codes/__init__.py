"""Published codes as data: bare codes with our own short labels and treatments, dated and sourced.

The first line of each table says where its facts come from and as of when. Descriptions that others own
(X12, AMA, AHA) are not shipped; labels here are our own words.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of a code table, and the line that it stands on."""

    values: Mapping[str, str]
    line: int

    def __getitem__(self, column: str) -> str:
        return self.values[column]


@cache
def table(name: str) -> Mapping[str, CodeRow]:
    """A code table by its first column. `name` is the file's name without `.csv`.

    >>> table("carc")["45"]["CO"]
    'contractual'
    """
    text = (files("hcfin.codes") / f"{name}.csv").read_text(encoding="utf-8")
    source, *lines = text.splitlines()
    if not source.startswith("# source:"):
        raise ValueError(f"codes/{name}.csv has no source line")
    reader = csv.DictReader(lines)
    key = (reader.fieldnames or [""])[0]
    # +1 for the source line, which the reader has not seen.
    return {row[key]: CodeRow(row, reader.line_num + 1) for row in reader}


def line_of(name: str, line: int) -> str:
    """One line of a code table as it is written.

    >>> line_of("carc", 2)
    'code,label,CO,PR,OA,PI,class,start,end,scenario,policy,negative,note'
    """
    lines = (files("hcfin.codes") / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def layer(name: str) -> str:
    """The name under which a code table is cited as a rule's layer.

    >>> layer("carc")
    'codes/carc.csv'
    """
    return f"codes/{name}.csv"
