"""Every way in which books can be wrong, as a fixture: file, line, excerpt, what to do.

`fixtures/books/<case>/mine.toml` is laid over the example books (over the defaults alone with `only` in
options.json) and gives `error.txt`; with `pytest --accept` that file is written.
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
from hcfin import files, overlay
from hcfin.books import (
    builtin,
    category_checks,
    checks,
    medicare_checks,
    period_checks,
    shape,
    tables,
    transaction_checks,
)
from hcfin.errors import BooksError

FOLDERS = cases.folders("books")
# Said only of books that were built in Python, or that no file can bring about.
ELSEWHERE = {"step {step!r} is missing", "a table can be read only beside a file", "self.books.where"}


def problems(case: Path) -> tuple[str, ...]:
    base = [] if cases.options(case).get("only") else ["example"]
    with pytest.raises(BooksError) as caught:
        files.load_books(*base, case / "mine.toml")
    return caught.value.problems


@pytest.mark.parametrize("case", FOLDERS, ids=cases.name_of)
def test_error(case: Path, expect) -> None:
    # hcfin's own lines move with every default that is added.
    told = re.sub(r"(default|example)\.toml:\d+", r"\1.toml:*", "\n".join(problems(case)))
    expect(case / "error.txt", told + "\n")


@pytest.mark.parametrize("case", FOLDERS, ids=cases.name_of)
def test_each_error_has_file_line_excerpt_and_what_to_do(case: Path) -> None:
    for problem in problems(case):
        head, excerpt, *remedy = problem.split("\n")
        place = re.match(r"([\w.]+\.(?:toml|csv)):(\d+): \S", head)
        assert place, problem
        own = case / place[1]
        text = own.read_text(encoding="utf-8") if own.exists() else builtin(place[1]).text
        line = text.splitlines()[int(place[2]) - 1]
        assert excerpt == f"  {place[2]} | {line.strip()}"
        assert remedy
        assert all(told.startswith("  ") and told.strip() for told in remedy)


def _told_in(module: object) -> Iterator[tuple[str, int, int]]:
    """Where a module says what is wrong: the lines of each call of `problem`."""
    path = str(module.__file__)  # type: ignore[attr-defined]
    text = Path(path).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"problem", "problem_at"}:
            said = ast.get_source_segment(text, node) or ""
            if not any(words in said for words in ELSEWHERE):
                yield path, node.lineno, node.end_lineno or node.lineno


def test_every_error_of_books_has_a_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[tuple[str, int]] = set()
    real = overlay.Overlay.problem_at

    def noting(self: overlay.Overlay, *arguments: object) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_name == "problem":
            frame = frame.f_back
        assert frame is not None
        said.add((frame.f_code.co_filename, frame.f_lineno))
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(overlay.Overlay, "problem_at", noting)
    for case in FOLDERS:
        problems(case)
    silent = [
        f"{Path(path).name}:{first}"
        for module in (
            category_checks,
            checks,
            medicare_checks,
            period_checks,
            shape,
            tables,
            transaction_checks,
        )
        for path, first, last in _told_in(module)
        if not any(name == path and first <= line <= last for name, line in said)
    ]
    assert not silent


def test_every_reason_of_invalid_toml_has_a_fixture() -> None:
    told = "\n".join(problem for case in FOLDERS for problem in problems(case))
    rare = {"there is no such date or time"}  # tomllib of Python 3.11 reads them as unquoted text
    assert not [words for _, words, _ in overlay._REASONS if words not in told and words not in rare]
