"""The law of charge items that offset or replace one another: nothing is left of what is no longer active,
and every other charge is booked once, in whatever order and in how many bundles, lines and files they come.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

import hcfin
from fhir_money import bundle, charged
from hcfin.books import builtin, load
from hcfin.finance.base import Document
from hcfin.issues import Issue
from hcfin.overlay import Layer
from hcfin.reconcile import Ledger

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = load([builtin("example.toml"), Layer("own.toml", '[policy]\ncharge_source = "charge_feed"\n')])
NPI = "1234567893"
ABSENT = "CHARGE_ITEM_OFFSET_ABSENT"


class Shape(NamedTuple):
    """How charge items name one another. `numbered`: by numbers of their own, beside their ids; `by_number`:
    and the references have those."""

    numbered: bool
    by_number: bool


class Delivery(NamedTuple):
    """Files of parts of charge items; a part of several is a bundle, one of one is a line or a bundle."""

    files: tuple[tuple[tuple[int, ...], ...], ...]
    lines: bool


SHAPES = [Shape(False, False), Shape(True, False), Shape(True, True)]


def item(number: str, shape: Shape, amount: str, status: str, **points: str) -> dict[str, Any]:
    """A charge item as the system that Oracle Health runs tells it."""
    made = charged(amount, number, status=status, **points)
    # As everywhere: what a line names by id alone and a bundle by its number are two of them.
    made["performingOrganization"] = {
        "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": NPI}
    }
    if not shape.numbered:
        del made["identifier"]
    for extension, other in zip(made["extension"], points.values(), strict=True):
        if shape.by_number:
            extension["valueReference"] = {"identifier": {"value": other}}
    return made


@st.composite
def stories(draw: st.DrawFn, shapes: list[Shape] = SHAPES) -> tuple[list[dict[str, Any]], Decimal, Shape]:
    """Charge items of groups where one offsets another, and of others; what the others charge."""
    shape = draw(st.sampled_from(shapes))
    items: list[dict[str, Any]] = []
    expected = Decimal(0)
    for group in range(draw(st.integers(1, 3))):
        amount = f"{draw(st.integers(1, 9999))}.00"
        names = [f"{group}{letter}" for letter in "abcd"]
        kind = draw(
            st.sampled_from(["pair", "mutual", "chain", "two", "self", "status", "alone", "corrected"])
        )
        a, b, c, d = names
        told: list[tuple[str, str, dict[str, str]]] = {
            "pair": [(a, "billable", {"offset_by": b}), (b, "billable", {})],
            "mutual": [(a, "billed", {"offset_by": b}), (b, "billable", {"offset_by": a})],
            "chain": [
                (a, "billable", {"offset_by": b}),
                (b, "billable", {"offset_by": c}),
                (c, "billable", {}),
            ],
            "two": [
                (a, "billable", {"offset_by": c}),
                (b, "billable", {"offset_by": c}),
                (c, "billable", {}),
            ],
            "self": [(a, "billable", {"offset_by": a})],
            "status": [(a, "entered-in-error", {"offset_by": b}), (b, "billable", {})],
            "alone": [(a, "billable", {})],
            "corrected": [
                (a, "billable", {"offset_by": b}),
                (b, "billable", {}),
                (d, "billable", {"replacing": a}),
            ],
        }[kind]
        if kind in ("alone", "corrected"):
            expected += Decimal(amount)
        items += [item(name, shape, amount, status, **points) for name, status, points in told]
    return items, expected, shape


@st.composite
def deliveries(draw: st.DrawFn, count: int, *, most_files: int = 3) -> Delivery:
    """Every charge item at least once, some again, in any order and any parts."""
    order = draw(st.permutations(range(count)))
    order += draw(st.lists(st.integers(0, count - 1), max_size=2))
    files: list[list[list[int]]] = [[[]]]
    for number in order:
        cut = draw(st.sampled_from(["file", "part", "part", "same"]))
        if cut == "file" and len(files) < most_files and files[-1][-1]:
            files.append([[]])
        elif cut != "same" and files[-1][-1]:
            files[-1].append([])
        files[-1][-1].append(number)
    return Delivery(
        tuple(tuple(tuple(part) for part in parts) for parts in files), draw(st.sampled_from([True, False]))
    )


def written(items: list[dict[str, Any]], parts: tuple[tuple[int, ...], ...], *, lines: bool) -> bytes:
    """A file: a bundle by itself, or lines of charge items and of bundles."""
    if not lines and len(parts) == 1:
        return bundle(*(items[number] for number in parts[0]))
    rows = []
    for part in parts:
        told = [items[number] for number in part]
        alone = told[0] if len(told) == 1 else json.loads(bundle(*told))
        rows.append(json.dumps(alone, default=str))
    return "\n".join(rows).encode()


def left(documents: list[Document]) -> dict[tuple[str, str], Decimal]:
    """Debits less credits of each role and account of the journal, each document once."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for document in {one.id: one for one in documents}.values():
        for line in document.gl_lines:
            sums[line.role, line.account] += line.amount if line.side == "debit" else -line.amount
    return {place: amount for place, amount in sums.items() if amount}


def post(
    items: list[dict[str, Any]], delivery: Delivery, known: Ledger | None
) -> tuple[list[Document], list[Issue]]:
    documents: list[Document] = []
    issues: list[Issue] = []
    for parts in delivery.files:
        data = written(items, parts, lines=delivery.lines)
        reading = hcfin.read(data)
        posting = hcfin.post(reading, BOOKS, context=CONTEXT, known=known)
        if known is not None:
            known.learn(reading, posting)
        documents += posting.documents
        issues += {*reading.issues, *posting.issues}
    return documents, issues


def holds(documents: list[Document], expected: Decimal) -> None:
    amounts = left(documents)
    assert {role: amount for (role, _), amount in amounts.items()} == (
        {"ar.unbilled": expected, "revenue.gross": -expected} if expected else {}
    )
    assert len(amounts) in (0, 2)


@settings(max_examples=150)
@given(st.data())
def test_one_file(data: st.DataObject) -> None:
    """In one file, with whatever names: nothing else is needed, and nothing is missed."""
    items, expected, _ = data.draw(stories())
    delivery = data.draw(deliveries(len(items), most_files=1))
    documents, issues = post(items, delivery, None)
    holds(documents, expected)
    assert not {issue.code for issue in issues} & {ABSENT, "CHARGE_CONFLICT", "CREDIT_UNLINKED"}


@settings(max_examples=150)
@given(st.data())
def test_files_with_what_is_known(data: st.DataObject) -> None:
    items, expected, _ = data.draw(stories([SHAPES[0], SHAPES[2]]))
    delivery = data.draw(deliveries(len(items)))
    documents, issues = post(items, delivery, Ledger(hcfin.DEMO_KEYS))
    holds(documents, expected)
    assert len({one.id for one in documents}) == len(documents)
    assert ABSENT not in {issue.code for issue in issues}


@settings(max_examples=150)
@given(st.data())
def test_files_without(data: st.DataObject) -> None:
    """The same journal may be made again under its id; the ledger that takes each once has nothing left."""
    items, expected, _ = data.draw(stories([SHAPES[0], SHAPES[2]]))
    delivery = data.draw(deliveries(len(items)))
    documents, _ = post(items, delivery, None)
    holds(documents, expected)


@settings(max_examples=150)
@given(st.data())
def test_names_that_nothing_tells(data: st.DataObject) -> None:
    """Named by its id, charged under a number of its own, and in another file: an issue says what is left."""
    items, expected, _ = data.draw(stories([SHAPES[1]]))
    delivery = data.draw(deliveries(len(items)))
    documents, issues = post(items, delivery, Ledger(hcfin.DEMO_KEYS))
    if ABSENT not in {issue.code for issue in issues}:
        holds(documents, expected)
