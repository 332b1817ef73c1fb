"""Every way in which master data can be wrong, as a fixture: file, line, column, what is wrong, what to do.

`fixtures/master/errors/<case>/` is a folder of tables, with or without `master.toml`, and gives `error.txt`;
with `pytest --accept` that file is written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

import cases
import hcfin
from hcfin import overlay
from hcfin.reconcile import (
    master_items,
    master_purchase,
    master_sheet,
    master_stock,
    master_tables,
)

FOLDERS = cases.folders("master", "errors")
# What names a file alone: the file itself is at fault.
OF_A_FILE = {"not_utf8", "no_table", "table_unknown", "table_unlike_any"}
MODULES = (master_items, master_purchase, master_sheet, master_stock, master_tables)
TELLS = {"tell", "refuse", "problem"}


def problems(case: Path) -> tuple[str, ...]:
    with pytest.raises(hcfin.MasterDataError) as caught:
        hcfin.load_master_data(case)
    return caught.value.problems


@pytest.mark.parametrize("case", FOLDERS, ids=cases.name_of)
def test_error(case: Path, expect) -> None:
    expect(case / "error.txt", "\n".join(problems(case)) + "\n")


@pytest.mark.parametrize("case", FOLDERS, ids=cases.name_of)
def test_each_error_has_file_line_excerpt_and_what_to_do(case: Path) -> None:
    for problem in problems(case):
        head, *rest = problem.split("\n")
        if case.name in OF_A_FILE:
            assert head.partition(":")[0] in {path.name for path in case.iterdir()} or case.name == "no_table"
            assert rest
            continue
        place = re.match(r"([\w.]+\.(?:toml|csv)):(\d+): \S", head)
        assert place, problem
        lines = (case / place[1]).read_text(encoding="utf-8", errors="replace").splitlines()
        if lines:
            assert rest.pop(0) == f"  {place[2]} | {lines[int(place[2]) - 1].strip()}"
        assert rest
        assert all(told.startswith("  ") and told.strip() for told in rest)


def _told_in(module: object) -> Iterator[tuple[str, int, int]]:
    path = str(module.__file__)  # type: ignore[attr-defined]
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in TELLS:
            yield path, node.lineno, node.end_lineno or node.lineno


def test_every_error_of_master_data_has_a_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[tuple[str, int]] = set()
    real = overlay.Overlay.problem_at

    def noting(self: overlay.Overlay, *arguments: object) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            said.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(overlay.Overlay, "problem_at", noting)
    for case in FOLDERS:
        problems(case)
    silent = [
        f"{Path(path).name}:{first}"
        for module in MODULES
        for path, first, last in _told_in(module)
        if not any(name == path and first <= line <= last for name, line in said)
    ]
    assert not silent
