"""The code tables and the default books as plain data, read without hcfin: what tests compare it with."""

from __future__ import annotations

import csv
import tomllib
from typing import Any

from conftest import ROOT

CODES = ROOT / "src" / "hcfin" / "codes"
GROUPS = ("CO", "PR", "OA", "PI")


def words(text: str) -> list[str]:
    """Codes as people write them: with blanks between."""
    return text.split()


def lines(name: str) -> list[str]:
    """The lines of a table below its source line."""
    return (CODES / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table as they stand, duplicates too."""
    return list(csv.DictReader(lines(name)))


def by_code(name: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(name)}


def default_books() -> dict[str, Any]:
    text = (ROOT / "src" / "hcfin" / "books" / "default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def dispositions() -> dict[str, str]:
    """The disposition of each issue of posting."""
    path = ROOT / "src" / "hcfin" / "posting" / "issues.csv"
    return {row["code"]: row["disposition"] for row in csv.DictReader(path.read_text("utf-8").splitlines())}


TREATMENTS: dict[str, dict[str, Any]] = default_books()["treatments"]
ROLES = {row["role"] for row in rows("roles")}
