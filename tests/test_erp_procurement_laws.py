"""Laws of what targets are sent of procurement, over generated chains, in both AP modes.

Each is shown to bite by something that is broken on purpose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from erp_sent import Entry, Sent, entries_of
from hcfin.erp import Rendering
from hcfin.finance.base import Document
from hcfin.finance.procurement import GoodsReceipt, SupplierInvoice
from hcfin.testing import assert_no_phi
from hcfin.wire.json import dumps
from law_tools import CENT, fails
from procurement_documents import PAYABLE, STOCK, a_receipt_of_goods, a_supplier_invoice, an_order
from procurement_sent import DEPARTMENTS, SETTINGS, TEXTS, Chain, chains, counted, sent_of

CASES = [case for case in cases.folders("posting") if case.name.startswith("supply_")]
# The order that the parts are of came in an earlier run.
OTHERS = cases.documents_of(cases.FIXTURES / "posting" / "supply_procure_to_pay")[:1]
OWN = {
    # Journals name the suppliers that are listed.
    "netsuite": {"account_lines": ["2030"], "entities": {one: one for one in ("MEDSUP", "HEARTCO")}},
    "tryton": {"invoice_accounts": ["2020", "2030", "5210", "5220", "5230"]},
}
each = pytest.mark.parametrize("target", SETTINGS)
in_mode = st.sampled_from(("documents", "memos"))


def rendered(documents: Sequence[Document], target: str, **changes: Any) -> Rendering:
    return hcfin.render(documents, target.partition("_")[0], settings={**SETTINGS[target], **changes})


# --- the laws, of what was sent


def balances(sent: Sequence[Sent]) -> None:
    for one in sent:
        assert one.key
        assert sum(entry.amount for entry in one.entries) == 0


def sums_of(entries: Sequence[Entry]) -> Counter[tuple[str, ...]]:
    sums: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        cents = int(entry.amount * 100)
        sums["account", entry.account, entry.party if entry.account == PAYABLE else ""] += cents
        for name, value in entry.dimensions:
            # A received line has its dimensions; what it is owed against need not.
            if entry.account not in (PAYABLE,):
                sums["dimension", entry.account, name, value] += cents
    return Counter({key: cents for key, cents in sums.items() if cents})


def books_what_they_book(sent: Sequence[Sent], documents: Sequence[Document]) -> None:
    """Every money event once, by account, supplier and dimension."""
    entries = [entry for one in sent for entry in one.entries]
    assert sums_of(entries) == sums_of(list(entries_of(documents, "", "")))
    ids = [one.payload.external_id for one in sent]
    assert len(set(ids)) == len(ids)


def owes_what_is_approved(sent: Sequence[Sent], documents: Sequence[Document]) -> None:
    """Never the part that is held."""
    invoices = {one.id: one for one in documents if isinstance(one, SupplierInvoice) and not one.memo}
    for one in sent:
        document = invoices.get(one.payload.external_id)
        if document:
            owed = -sum(entry.amount for entry in one.entries if entry.account == PAYABLE)
            assert owed == (document.amount if document.change == "invoice" else -document.amount)
            assert document.amount <= document.invoiced


def counts_what_arrived(rendering: Rendering, documents: Sequence[Document], memos: bool) -> None:
    """Goods in Tryton under both modes, in NetSuite where it books them."""
    wanted: Counter[str] = Counter()
    for document in documents:
        if isinstance(document, GoodsReceipt) and (memos or not document.memo):
            for line in document.lines:
                if line.account == STOCK:
                    wanted[line.order_line] += line.quantity
    assert counted(rendering) == wanted


def fits(sent: Sequence[Sent]) -> None:
    for one in sent:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", one.payload.external_id)
        for name, texts in one.texts.items():
            for text in texts:
                assert len(text) <= TEXTS.get(name, 999), name
                assert text.isprintable()


def is_traced(sent: Sequence[Sent], documents: Sequence[Document]) -> None:
    lines = {(one.id, line.n): line for one in documents for line in one.gl_lines}
    for one in sent:
        assert set(one.payload.trace.values()) <= set(lines)
        for entry in one.entries:
            if entry.pointer in one.payload.trace:
                line = lines[one.payload.trace[entry.pointer]]
                assert (line.account, line.side) == (entry.account, "debit" if entry.amount > 0 else "credit")
        pointed = [entry for entry in one.entries if entry.pointer]
        assert all(entry.pointer in one.payload.trace for entry in pointed)


def has_dimensions_of_the_books_only(sent: Sequence[Sent]) -> None:
    for entry in (entry for one in sent for entry in one.entries):
        assert all(value in DEPARTMENTS for _, value in entry.dimensions)


def is_in_order(rendering: Rendering) -> None:
    ids, before = {one.external_id for one in rendering.payloads}, set()
    for one in rendering.payloads:
        assert {other for other in one.depends_on if other in ids} <= before
        before.add(one.external_id)


def bytes_of(rendering: Rendering) -> str:
    return "\n".join(
        dumps(
            [one.external_id, one.path, one.lookup, one.post_step, one.body, list(one.depends_on)],
            numbers="text",
        )
        for one in rendering.payloads
    )


# --- they hold


@each
@settings(max_examples=60, deadline=None)
@given(chain=chains(), mode=in_mode)
def test_each_money_event_is_sent_once(target: str, chain: Chain, mode: str) -> None:
    documents = getattr(chain, mode)
    rendering = rendered(documents, target)
    assert not [issue for issue in rendering.issues if issue.severity == "error"]
    found = sent_of(rendering)
    balances(found)
    books_what_they_book(found, documents)
    owes_what_is_approved(found, documents)
    counts_what_arrived(rendering, documents, target != "netsuite")
    fits(found)
    is_traced(found, documents)
    has_dimensions_of_the_books_only(found)
    is_in_order(rendering)


@each
@settings(max_examples=30, deadline=None)
@given(chain=chains(), mode=in_mode)
def test_nothing_of_a_patient_or_a_source_is_sent_and_bytes_are_the_same(
    target: str, chain: Chain, mode: str
) -> None:
    documents = getattr(chain, mode)
    rendering = rendered(documents, target)
    told = bytes_of(rendering)
    assert told == bytes_of(rendered(documents, target))
    assert_no_phi([told, *(str(issue) for issue in rendering.issues)], ["SENTINEL"])


@each
@settings(max_examples=30, deadline=None)
@given(chain=chains(), limit=st.integers(2, 4))
def test_parts_book_and_count_what_the_whole_does(target: str, chain: Chain, limit: int) -> None:
    changes = (
        {"item_limit": limit - 1, "line_limit": limit} if target == "netsuite" else {"line_limit": limit}
    )
    rendering = rendered(chain.documents, target, **changes)
    found = sent_of(rendering)
    balances(found)
    books_what_they_book(found, chain.documents)
    assert counted(rendering) == counted(rendered(chain.documents, target))
    is_traced(found, chain.documents)
    is_in_order(rendering)


@pytest.mark.parametrize("case", CASES, ids=cases.name_of)
@each
def test_what_posting_makes_is_sent_once(target: str, case: Path) -> None:
    """What cannot be sent is refused by an issue that names it; nothing is lost."""
    documents = cases.documents_of(case)
    known = [one for one in OTHERS if one.id not in {document.id for document in documents}]
    rendering = rendered([*known, *documents], target, **OWN.get(target.partition("_")[0], {}))
    refused = {dict(one.values)["document"] for one in rendering.issues if one.severity == "error"}
    # A return has no record in NetSuite, and what is not counted there is not booked either.
    assert refused == {
        one.id
        for one in documents
        if target == "netsuite" and isinstance(one, GoodsReceipt) and one.state == "returned" and not one.memo
    }
    found = sent_of(rendering)
    balances(found)
    kept = [one for one in documents if one.id not in refused]
    books_what_they_book(found, kept)
    owes_what_is_approved(found, kept)
    fits(found)
    is_traced(found, kept)
    is_in_order(rendering)


# --- and they bite

WORKED = (an_order(), a_receipt_of_goods(), a_supplier_invoice())


@each
def test_another_cent_or_a_record_too_many_is_found(target: str) -> None:
    found = sent_of(rendered(WORKED, target))
    books_what_they_book(found, WORKED)
    at = next(place for place, one in enumerate(found) if one.payload.external_id == WORKED[2].id)
    bill = found[at]
    first, *others = bill.entries
    more = replace(bill, entries=(replace(first, amount=first.amount + CENT), *others))
    changed = [*found[:at], more, *found[at + 1 :]]
    fails(balances, changed)
    fails(books_what_they_book, changed, WORKED)
    fails(books_what_they_book, found[:-1], WORKED)
    fails(books_what_they_book, [*found, bill], WORKED)
    lines = [*others, replace(first, amount=first.amount)]
    owed = [replace(one, amount=one.amount - 1) if one.account == PAYABLE else one for one in lines]
    fails(owes_what_is_approved, [replace(bill, entries=tuple(owed))], WORKED)


@each
def test_what_arrives_twice_or_not_is_found(target: str) -> None:
    rendering = rendered(WORKED, target)
    counts_what_arrived(rendering, WORKED, True)
    assert counted(rendering) == {"1": Decimal(10)}
    twice = Rendering(payloads=(*rendering.payloads, *rendering.payloads))
    fails(counts_what_arrived, twice, WORKED, True)
    fails(counts_what_arrived, Rendering(), WORKED, True)


@each
def test_texts_traces_orders_and_dimensions_that_are_wrong_are_found(target: str) -> None:
    rendering = rendered(WORKED, target)
    found = sent_of(rendering)
    bill = next(one for one in found if one.payload.external_id == WORKED[2].id)
    fails(fits, [replace(bill, texts={"memo": ("x" * 1000,)})])
    fails(fits, [replace(bill, texts={"memo": ("a\nb",)})])
    pointers = list(bill.payload.trace)
    swapped = {**bill.payload.trace, pointers[0]: bill.payload.trace[pointers[-1]]}
    fails(is_traced, [replace(bill, payload=replace(bill.payload, trace=swapped))], WORKED)
    fails(is_traced, [replace(bill, payload=replace(bill.payload, trace={}))], WORKED)
    wrong = tuple(replace(entry, dimensions=(("turn", WORKED[0].id),)) for entry in bill.entries)
    fails(has_dimensions_of_the_books_only, [replace(bill, entries=wrong)])
    fails(is_in_order, Rendering(payloads=rendering.payloads[::-1]))


@each
def test_a_token_that_was_no_token_would_be_found(target: str) -> None:
    order = an_order(case_token="ZZPHI0001QX")
    fails(assert_no_phi, [bytes_of(rendered([order], target))], ["ZZPHI0001QX"])
