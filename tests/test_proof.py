"""Balance proofs, judged by the checker in docs, which imports nothing of hcfin: true ones hold, changed ones
are refused."""

from __future__ import annotations

import ast
import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import cases
import hcfin
from conftest import ROOT
from hcfin.finance.base import hashed_content
from hcfin.identity import content_hash
from hcfin.testing import assert_no_phi, plant, remittances, x12_835
from test_laws import _is_header

CHECKER = ROOT / "docs" / "check_proof.py"
_spec = importlib.util.spec_from_file_location("check_proof", CHECKER)
assert _spec
assert _spec.loader
checker = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checker)

BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
X12 = cases.FIXTURES / "x12" / "remittance_835"
SOURCES = sorted(cases.FIXTURES.rglob("input.edi"))
# Amounts in segments that no guide has there reach no fact, only an issue: the bytes have more than the
# proof.
# And where a terminator is missing, the checker does not guess where the segment ended.
DAMAGED = {"SEGMENT_MISPLACED", "SEGMENT_UNTERMINATED"}


def proofs(data: bytes, books: hcfin.books.Books = BOOKS) -> list[dict[str, Any]]:
    made = hcfin.prove(data, books, context=CONTEXT)
    return [json.loads(proof.to_json()) for proof in made]


def refused(proof: dict[str, Any], source: bytes | None = None) -> bool:
    try:
        checker.check(proof, source)
    except (checker.Refused, KeyError, ValueError, IndexError, TypeError, InvalidOperation):
        return True
    return False


def sealed(proof: dict[str, Any]) -> dict[str, Any]:
    """The proof with its hashes made again, as a forger would."""
    for document in proof["documents"]:
        document["content_hash"] = content_hash(document["content"])
    proof["seal"] = content_hash({name: value for name, value in proof.items() if name != "seal"})
    return proof


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all leaves."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))
    else:
        yield path


def changed(proof: dict[str, Any], path: tuple[Any, ...], cent: Decimal = Decimal("0.01")) -> dict[str, Any]:
    """A copy with another value in one leaf: a cent more where it is a figure."""
    other = copy.deepcopy(proof)
    *way, last = path
    node = other
    for key in way:
        node = node[key]
    value = node[last]
    if isinstance(value, str) and figure(path):
        node[last] = f"{Decimal(value) + cent:f}"
    elif isinstance(value, bool):
        node[last] = not value
    elif isinstance(value, int):
        node[last] = value + 1
    else:
        node[last] = f"{value}x"
    return other


def figure(path: tuple[Any, ...]) -> bool:
    """Whether a leaf is an amount of money."""
    last = path[-1]
    return (
        last in ("amount", "debit", "credit", "payment")
        or path[0] == "totals"
        or (path[0] == "amounts" and "lines" in path and last == 2)
    )


def test_the_checker_needs_nothing_of_hcfin() -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.name)
def test_the_proof_of_each_fixture_holds(path: Path) -> None:
    case = path.parent
    books = cases.books_of(case) if (case / "books.toml").exists() else BOOKS
    data = path.read_bytes()
    made = proofs(data, books)
    for proof in made:
        checker.check(proof)
        if case.name not in DAMAGED:
            checker.check(proof, data)


@given(x12_835())
def test_the_proof_of_any_remittance_holds(written: tuple[bytes, Any]) -> None:
    for proof in proofs(written[0]):
        checker.check(proof, written[0])


@pytest.mark.parametrize("case", ["worked_r1", "worked_r2", "full"])
def test_a_proof_with_anything_changed_is_refused(case: str) -> None:
    (proof,) = proofs((X12 / case / "input.edi").read_bytes())
    for path in places(proof):
        assert refused(changed(proof, path)), path


@pytest.mark.parametrize("case", ["worked_r1", "worked_r2", "full"])
def test_a_figure_changed_under_new_hashes_is_refused(case: str) -> None:
    """Each figure by itself contradicts another one, without the source."""
    (proof,) = proofs((X12 / case / "input.edi").read_bytes())
    figures = [path for path in places(proof) if figure(path)]
    kinds = {
        (path[0], proof["amounts"][path[1]]["kind"] if path[0] == "amounts" else path[-1]) for path in figures
    }
    assert len(kinds) >= 14
    for path in figures:
        assert refused(sealed(changed(proof, path))), path


def test_places_kinds_and_ends_changed_under_new_hashes_are_refused() -> None:
    data = (X12 / "worked_r2" / "input.edi").read_bytes()
    (proof,) = proofs(data)
    for name in ("offset", "element", "kind", "claim", "service", "outcome", "lines"):
        for path in places(proof):
            if path[0] == "amounts" and name in path:
                assert refused(sealed(changed(proof, path)), data), path
    for path in (("source", "sha256"), ("source", "bytes"), ("currency",)):
        assert refused(sealed(changed(proof, path)), data), path


def test_a_consistent_lie_about_the_source_is_refused_by_its_bytes() -> None:
    """CLP05 and its total, a denied claim left out with all that follows: only the source can tell."""
    data = (X12 / "worked_r2" / "input.edi").read_bytes()
    (proof,) = proofs(data)
    told = next(n for n, one in enumerate(proof["amounts"]) if one["element"] == "CLP05")
    lie = changed(changed(proof, ("amounts", told, "amount")), ("totals", "told"))
    assert not refused(sealed(lie))
    assert refused(sealed(lie), data)

    without = copy.deepcopy(proof)
    denied = next(one["claim"] for one in proof["amounts"] if one["rule"] == "MA130")
    for one in [one for one in without["amounts"] if one["claim"] == denied]:
        without["amounts"].remove(one)
        total = Decimal(without["totals"][one["kind"]]) - Decimal(one["amount"])
        without["totals"][one["kind"]] = f"{total:f}"
        for _, n, part in one["lines"]:
            line = without["documents"][0]["content"]["gl_lines"][n - 1]
            line["amount"] = f"{Decimal(line['amount']) - abs(Decimal(part)):f}"
    lines = without["documents"][0]["content"]["gl_lines"]
    gone = [n for n, line in enumerate(lines, start=1) if not Decimal(line["amount"])]
    for n in reversed(gone):
        del lines[n - 1]
    for one in without["amounts"]:
        one["lines"] = [[d, n - sum(g < n for g in gone), part] for d, n, part in one["lines"]]
    assert not refused(sealed(without))
    assert refused(sealed(without), data)


def test_a_rejected_remittance_is_proven_to_book_nothing() -> None:
    data = (cases.FIXTURES / "errors" / "REMIT_UNBALANCED_TRANSACTION").glob("input.*")
    (proof,) = proofs(next(iter(data)).read_bytes())
    assert proof["documents"] == []
    assert {one["outcome"] for one in proof["amounts"]} <= {"informational", "rejected"}
    booked = copy.deepcopy(proof)
    booked["amounts"][0] |= {"outcome": "posted", "lines": [["x", 1, "1.00"]]}
    assert refused(sealed(booked))


@pytest.mark.parametrize("path", [p for p in SOURCES if p.is_relative_to(X12)], ids=lambda p: p.parent.name)
def test_the_content_of_each_document_is_what_its_hash_is_of(path: Path) -> None:
    documents = hcfin.post(hcfin.read(path), BOOKS, context=CONTEXT).documents
    assert documents or path.parent.name == "full_4010"
    for document in documents:
        assert content_hash(hashed_content(document)) == document.content_hash


@given(remittances())
def test_a_proof_holds_no_patient_data(facts: Any) -> None:
    planted, sentinels = plant(facts)
    wanted = [value for value in sentinels if not _is_header(planted, value)]
    made = list(hcfin.prove(hcfin.write(planted, "x12"), BOOKS, context=CONTEXT))
    assert_no_phi([proof.to_json() for proof in made], wanted)
    assert_no_phi(repr(made), wanted)


def test_from_the_command_line(tmp_path: Path) -> None:
    source = X12 / "worked_r2" / "input.edi"
    made = subprocess.run(
        [sys.executable, "-m", "hcfin", "prove", "-"],
        input=source.read_bytes() + (X12 / "worked_r1" / "input.edi").read_bytes(),
        capture_output=True,
        check=True,
    ).stdout
    assert made.count(b"\n") == 2
    path = tmp_path / "proofs.ndjson"
    path.write_bytes(made)
    checked = subprocess.run([sys.executable, CHECKER, path], capture_output=True, text=True, check=True)
    assert checked.stdout == "holds\nholds\n"
    against = subprocess.run([sys.executable, CHECKER, path, source], capture_output=True, text=True)
    assert against.returncode == 1
    assert "another size" in against.stderr
