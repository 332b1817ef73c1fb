"""Laws of what targets are sent, over generated remittances and claims, in both AR modes.

Each is shown to bite by something that is broken on purpose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import cases
import hcfin
from erp_documents import a_line, an_entry
from erp_sent import CLASS, Sent, Spoken, base_id, entries_of, netsuite_books, sums_of, tryton_books
from hcfin.billing.base import Fact
from hcfin.billing.claim import ClaimSubmission
from hcfin.billing.remittance import Remittance
from hcfin.books import Books, Layer, builtin, load
from hcfin.erp import Rendering
from hcfin.finance.base import Document
from hcfin.finance.documents import load_document
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition
from hcfin.reconcile import Ledger
from hcfin.testing import assert_no_phi, claims, plant, remittances
from hcfin.wire.json import dumps
from law_tools import CENT, CONTEXT, fails

MODES = ("gl_only", "open_item")
TURN = """
[dimensions.turn]
from = "claim.status"
on = ["ar.payer", "revenue.*"]
values = { 1 = "primary", 2 = "secondary", 19 = "primary", 22 = "reversal" }
default = "other"

[policy]
charge_source = "claim_837"
ar_mode = "%s"
"""
BOOKS = {mode: load([builtin("example.toml"), Layer("mode.toml", TURN % mode)]) for mode in MODES}
OWN = BOOKS["gl_only"].erp["tryton"]
WITH_PARTY = frozenset(OWN["party_accounts"])
NOBODY = OWN["other_party"]
DATED = hcfin.Context(keys=CONTEXT.keys, posting_date=date(2025, 1, 31))

_TRYTON = {**OWN, "dimensions": {name: f"{name}/" for name in CLASS}}
_LONG = {"description": 1000, "line description": 1000}  # Tryton has no limit of its own
SPOKEN = (
    Spoken(
        "netsuite",
        {"dimensions": CLASS, "patients": "PATIENTS"},
        netsuite_books,
        {
            "externalId": 40,
            "memo": 999,
            "line memo": 999,
            "line description": 999,
            "otherRefNum": 45,
            "checkNumber": 45,
        },
        "PATIENTS",
        "journalEntry",
    ),
    Spoken("tryton", _TRYTON, tryton_books, _LONG, NOBODY, "account.move"),
    Spoken("tryton", {**_TRYTON, "api": "rest"}, tryton_books, _LONG, NOBODY, "account.move"),
)
each = pytest.mark.parametrize("spoken", SPOKEN, ids=("netsuite", "tryton", "tryton_rest"))
both_modes = st.sampled_from(MODES)


@st.composite
def bills(draw: st.DrawFn) -> tuple[Fact, ...]:
    """Claims to a first payer or a patient, that are to be paid."""
    header, *made = draw(claims(min_claims=1))
    bill = {"sequence": "P", "frequency": "1"}
    return header.model_copy(update={"use": "CH"}), *(one.model_copy(update=bill) for one in made)


facts_of_a_day = st.one_of(remittances(min_claims=1), bills())


def documents_of(facts: Any, mode: str) -> list[Document]:
    """What facts book; claims are void afterwards, so that there are credit memos."""
    if not isinstance(facts, tuple) or not isinstance(facts[0], ClaimSubmission):
        return list(hcfin.post(facts, BOOKS[mode], context=CONTEXT).documents)
    header, *made = facts
    ledger = Ledger(CONTEXT.keys)
    documents: list[Document] = []
    for frequency in ("1", "8"):
        again = [one.model_copy(update={"frequency": frequency}) for one in made]
        posting = hcfin.post((header, *again), BOOKS[mode], context=DATED, known=ledger)
        ledger.learn_documents(posting.documents)
        documents += posting.documents
    return documents


def rendered(documents: Sequence[Document], spoken: Spoken, **changes: Any) -> Rendering:
    return hcfin.render(documents, spoken.target, settings={**spoken.settings, **changes})


def sent(rendering: Rendering, spoken: Spoken) -> list[Sent]:
    return [spoken.booked(payload) for payload in rendering.payloads]


def said(documents: Sequence[Document], rendering: Rendering) -> list[Document]:
    """The documents that were rendered. Each other one that books is refused by an issue that names it."""
    ids = {document.id for document in documents}
    found = {base_id(payload.external_id, ids) for payload in rendering.payloads}
    refused = {dict(one.values).get("document") for one in rendering.issues if one.severity == "error"}
    assert {one.id for one in documents if not one.memo and one.gl_lines} <= found | refused
    return [one for one in documents if one.id in found]


# --- the laws, of what was sent


def balances(sent: Sequence[Sent]) -> None:
    """Each record for itself, and so all of a key."""
    for one in sent:
        assert one.key
        assert sum(entry.amount for entry in one.entries) == 0
        assert all(entry.amount for entry in one.entries)


def books_what_they_book(
    sent: Sequence[Sent], documents: Sequence[Document], patients: str, lost: frozenset[str] = frozenset()
) -> None:
    """Per account and party, and per account and dimension, but for `lost` ones; nothing more or twice."""
    entries = [entry for one in sent for entry in one.entries]
    wanted = sums_of(entries_of(documents, patients, NOBODY), WITH_PARTY)
    assert _known(sums_of(entries, WITH_PARTY), lost) == _known(wanted, lost)
    ids = [one.payload.external_id for one in sent]
    assert len(set(ids)) == len(ids)


def lost_in(rendering: Rendering) -> frozenset[str]:
    """Dimensions of which an issue says that a record holds one value where the document has several."""
    return frozenset(
        dict(one.values)["dimension"] for one in rendering.issues if one.code == "TARGET_DIMENSION_MIXED"
    )


def _known(sums: Any, lost: frozenset[str]) -> dict[Any, int]:
    """NetSuite names no party on lines about nobody, Tryton one that stands for them."""
    found: dict[Any, int] = {}
    for key, cents in sums.items():
        if key[0] == "dimension" and key[2] in lost:
            continue
        key = tuple("" if part == NOBODY else part for part in key)
        found[key] = found.get(key, 0) + cents
    return {key: cents for key, cents in found.items() if cents}


def fits(sent: Sequence[Sent], spoken: Spoken) -> None:
    """Nothing is longer than its field, or breaks a line in it; ids have the characters that ids may have."""
    for one in sent:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", one.payload.external_id)
        for name, texts in one.texts.items():
            for text in texts:
                assert len(text) <= spoken.limits[name], name
                assert text.isprintable()


def has_dimensions_of_the_books_only(sent: Sequence[Sent], allowed: dict[str, set[str]]) -> None:
    """Their values stand in the books: none can come from a patient or a claim."""
    for name, value in (pair for one in sent for entry in one.entries for pair in entry.dimensions):
        assert value in allowed[name]


def is_traced(sent: Sequence[Sent], documents: Sequence[Document]) -> None:
    """Each line that is sent leads to a line of the same account and side, and none leads astray."""
    lines = {(one.id, line.n): line for one in documents for line in one.gl_lines}
    for one in sent:
        trace = one.payload.trace
        for entry in one.entries:
            line = lines[trace[entry.pointer]]
            assert (line.account, line.side) == (entry.account, "debit" if entry.amount > 0 else "credit")
        assert set(trace.values()) <= set(lines)


def is_in_order(sent: Sequence[Sent], ids: set[str]) -> None:
    """Each after those that it depends on."""
    before: set[str] = set()
    for one in sent:
        assert {other for other in one.payload.depends_on if other in ids} <= before
        before.add(one.payload.external_id)


def bytes_of(rendering: Rendering) -> list[str]:
    return [
        "\n".join(
            (one.external_id, one.method, one.path, one.lookup, one.post_step, *one.depends_on)
        ) + dumps(one.body, numbers="number") + repr(sorted(one.trace.items()))
        for one in rendering.payloads
    ]  # fmt: skip


def allowed_values(books: Books) -> dict[str, set[str]]:
    found = {name: {*one.values.values(), one.default or ""} for name, one in books.dimensions.items()}
    found["payer_class"] |= {payer.payer_class for payer in books.payers.values()}
    return found


# --- they hold


@each
@settings(max_examples=60)
@given(facts=facts_of_a_day, mode=both_modes, limit=st.integers(2, 6))
def test_what_is_sent_is_what_the_documents_book(spoken: Spoken, facts: Any, mode: str, limit: int) -> None:
    """Whole or in parts: the same per account, party and dimension; and all other laws."""
    documents = documents_of(facts, mode)
    whole = rendered(documents, spoken)
    parts = rendered(documents, spoken, line_limit=limit)
    for rendering in (whole, parts):
        found = sent(rendering, spoken)
        balances(found)
        books_what_they_book(found, said(documents, rendering), spoken.patients, lost_in(rendering))
        fits(found, spoken)
        has_dimensions_of_the_books_only(found, allowed_values(BOOKS[mode]))
        is_traced(found, documents)
        is_in_order(found, {one.external_id for one in rendering.payloads})
    assert said(documents, whole) == said(documents, parts)
    assert all(one.size <= limit for one in sent(parts, spoken) if one.payload.record == spoken.split)


@each
@settings(max_examples=30)
@given(facts=facts_of_a_day, mode=both_modes)
def test_the_same_documents_give_the_same_bytes(spoken: Spoken, facts: Any, mode: str) -> None:
    """Again, after a way through JSON, and posted anew."""
    documents = documents_of(facts, mode)
    wanted = bytes_of(rendered(documents, spoken))
    assert bytes_of(rendered(documents, spoken)) == wanted
    loaded = [load_document(one.to_dict()) for one in documents]
    assert bytes_of(rendered(loaded, spoken)) == wanted
    assert bytes_of(rendered(documents_of(facts, mode), spoken)) == wanted


@each
@settings(max_examples=30)
@given(facts=facts_of_a_day)
def test_both_modes_are_booked_alike(spoken: Spoken, facts: Any) -> None:
    """The receivable of each party, every account and every dimension; memos stay at home."""
    made = [documents_of(facts, mode) for mode in MODES]
    renderings = [rendered(documents, spoken) for documents in made]
    if any(issue.severity == "error" for one in renderings for issue in one.issues):
        return  # what cannot be said is told, and differs by mode
    lost = frozenset().union(*map(lost_in, renderings))
    entries = [[entry for one in sent(one_of, spoken) for entry in one.entries] for one_of in renderings]
    single, open_item = (_known(sums_of(one, WITH_PARTY), lost) for one in entries)
    assert single == open_item


@each
@settings(max_examples=40)
@given(facts=facts_of_a_day, mode=both_modes)
def test_no_patient_data_is_sent(spoken: Spoken, facts: Any, mode: str) -> None:
    """Sentinels in every field of patient data; memos too."""
    planted, sentinels = plant(facts)
    header = {
        value
        for fact in planted
        if isinstance(fact, Remittance)
        for party in (fact.payer, fact.payee)
        for value in party.identifiers()
    }
    rendering = rendered(documents_of(planted, mode), spoken, render_memos=True)
    wanted = [value for value in sentinels if value not in header]
    assert_no_phi(bytes_of(rendering), wanted)
    assert_no_phi([str(issue) for issue in rendering.issues], wanted)


def test_what_is_generated_has_documents_of_all_kinds() -> None:
    """Or the laws above would hold of nothing."""
    kinds: Counter[str] = Counter()

    @settings(max_examples=60, derandomize=True)
    @given(facts=facts_of_a_day)
    def collect(facts: Any) -> None:
        kinds.update(one.kind for one in documents_of(facts, "open_item") if not one.memo)

    collect()
    assert kinds.keys() == {"journal_entry", "invoice", "credit_memo", "receipt"}
    assert min(kinds.values()) >= 5, kinds


@each
def test_all_kinds_of_documents_are_sent(spoken: Spoken) -> None:
    """The cases of postings: bills, replacements, voids, takebacks, affiliates, finer lines."""
    kinds = set()
    for case in cases.folders("posting"):
        documents = cases.documents_of(case)
        if any(isinstance(one, Requisition | PurchaseOrder | GoodsReceipt) for one in documents):
            continue  # they have laws of their own, test_erp_procurement_laws.py
        rendering = rendered(documents, spoken)
        found = sent(rendering, spoken)
        balances(found)
        fits(found, spoken)
        is_traced(found, documents)
        is_in_order(found, {one.external_id for one in rendering.payloads})
        kinds |= {one.kind for one in said(documents, rendering)}
    assert kinds == {"journal_entry", "invoice", "credit_memo", "receipt"}


@pytest.mark.parametrize("selector", ["claim.account", "claim.payer_claim_number", "claim.patient"])
def test_no_dimension_comes_from_a_patient_or_a_claim(selector: str, tmp_path: Path) -> None:
    """The books refuse it, for every target."""
    path = tmp_path / "mine.toml"
    path.write_text(f'[dimensions.one]\nfrom = "{selector}"\non = ["ar.payer"]\n', encoding="utf-8")
    with pytest.raises(hcfin.BooksError):
        hcfin.load_books("example", str(path))


# --- and they bite

R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"


def of_r2(mode: str) -> list[Document]:
    return documents_of(hcfin.read(R2), mode)


def broken(sent: Sequence[Sent], **changes: Any) -> list[Sent]:
    """Something else in the first line that is sent."""
    first, *rest = sent
    entry, *others = first.entries
    return [replace(first, entries=(replace(entry, **changes), *others)), *rest]


@each
def test_another_cent_party_or_dimension_is_found(spoken: Spoken) -> None:
    documents = of_r2("open_item")
    found = sent(rendered(documents, spoken), spoken)
    books_what_they_book(found, documents, spoken.patients)
    first = found[0].entries[0]
    fails(balances, broken(found, amount=first.amount + CENT))
    owed = next(entry for entry in found[0].entries if entry.account in WITH_PARTY)
    moved = [replace(found[0], entries=(replace(owed, party="another"),)), *found[1:]]
    for wrong in (
        broken(found, amount=first.amount + CENT),
        broken(found, dimensions=(("payer_class", "another"),)),
        moved,
    ):
        fails(books_what_they_book, wrong, documents, spoken.patients)
    allowed = allowed_values(BOOKS["open_item"])
    token = found[0].payload.external_id
    fails(has_dimensions_of_the_books_only, broken(found, dimensions=(("payer_class", token),)), allowed)


@each
def test_what_is_sent_twice_or_not_at_all_is_found(spoken: Spoken) -> None:
    """A record left out, or sent again under another id; the receipt of one mode beside the journal of the
    other."""
    documents = of_r2("open_item")
    found = sent(rendered(documents, spoken), spoken)
    assert len(found) > 1
    again = replace(found[0], payload=replace(found[0].payload, external_id="again"))
    fails(books_what_they_book, found[1:], documents, spoken.patients)
    fails(books_what_they_book, [*found, again], documents, spoken.patients)
    single = of_r2("gl_only")
    receipt = [one for one in documents if one.kind == "receipt"]
    assert receipt
    double = sent(rendered([*(one for one in single if not one.memo), *receipt], spoken), spoken)
    balances(double)
    fails(books_what_they_book, double, [one for one in single if not one.memo], spoken.patients)


@each
def test_texts_that_do_not_fit_are_found(spoken: Spoken) -> None:
    found = sent(rendered(of_r2("gl_only"), spoken), spoken)
    for name, limit in spoken.limits.items():
        fails(fits, [replace(found[0], texts={name: ("x" * (limit + 1),)})], spoken)
        fails(fits, [replace(found[0], texts={name: ("a\nb",)})], spoken)
    fails(fits, [replace(found[0], payload=replace(found[0].payload, external_id="a/b"))], spoken)


@each
def test_a_trace_that_leads_astray_and_another_order_are_found(spoken: Spoken) -> None:
    documents = of_r2("open_item")
    found = sent(rendered(documents, spoken), spoken)
    payload = found[0].payload
    pointers = list(payload.trace)
    swapped = {**payload.trace, pointers[0]: payload.trace[pointers[-1]]}
    fails(is_traced, [replace(found[0], payload=replace(payload, trace=swapped))], documents)
    after = replace(found[0], payload=replace(payload, depends_on=(found[1].payload.external_id,)))
    fails(is_in_order, [after, found[1]], {one.payload.external_id for one in found})


@each
def test_patient_data_in_a_document_would_be_found(spoken: Spoken) -> None:
    """The search finds what a party or a dimension would carry out."""
    sentinel = "ZZPHI0001QX"
    for wrong in (
        {"party": {"kind": "payer", "token": sentinel}},
        {"dimensions": [("payer_class", sentinel)]},
    ):
        entry = an_entry(a_line(1, "debit", "1.00", "1029"), a_line(2, "credit", "1.00", **wrong))
        fails(assert_no_phi, bytes_of(rendered([entry], spoken)), [sentinel])


@each
def test_a_document_that_is_left_out_without_a_word_is_found(spoken: Spoken) -> None:
    documents = of_r2("gl_only")
    fails(said, documents, Rendering())
