"""Policies: granularity, open items, unbalanced claims. None of them changes what is booked in sum."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.remittance import ClaimPayment
from hcfin.books import Books, builtin, load
from hcfin.comparison import compare
from hcfin.errors import ModelError
from hcfin.finance.base import Document, hashed_content
from hcfin.finance.documents import load_document
from hcfin.finance.receivable import Receipt
from hcfin.identity import content_hash
from hcfin.overlay import Layer
from hcfin.posting import Outcome, Posting, post, remittance
from hcfin.posting.detail import OpenItem, open_item
from hcfin.testing import assert_balanced, assert_clearing_zero, remittances, x12_835

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
Facts = tuple[Fact, ...]
Sums = dict[tuple[object, ...], Decimal]
R1, R2 = (cases.FIXTURES / "posting" / name for name in ("worked_r1", "worked_r2"))


OPEN = '[[rules]]\nid = "open"\nwhen = { group = ["CO", "PR"] }\ntreatment = "hold"\n'


def books(policy: str, more: str = "") -> Books:
    return load([builtin("example.toml"), Layer("mine.toml", f"[policy]\n{policy}\n{more}")])


MODES = {
    f"{mode} {granularity}": books(f'ar_mode = "{mode}"\ngranularity = "{granularity}"')
    for mode in ("gl_only", "open_item")
    for granularity in ("remit", "claim", "line")
}


def posted(facts: Facts, used: Books) -> Posting:
    return post(facts, used, context=CONTEXT)


def net(documents: tuple[Document, ...]) -> Sums:
    """What the documents book in sum: by role, account, kind of party that is no patient, and dimensions."""
    sums: Sums = {}
    for line in (line for document in documents for line in document.gl_lines):
        payer = line.party.token if line.party and line.party.kind == "payer" else ""
        key = (line.role, line.account, payer, line.dimensions, line.currency)
        sums[key] = sums.get(key, Decimal(0)) + (line.amount if line.side == "debit" else -line.amount)
    return {key: amount for key, amount in sums.items() if amount}


@settings(max_examples=80)
@given(remittances())
def test_no_mode_changes_what_is_booked_in_sum(facts: Facts) -> None:
    """Booked once: the sum of `gl_lines` by role is the same in every mode."""
    plain = posted(facts, MODES["gl_only remit"])
    for used in MODES.values():
        other = posted(facts, used)
        assert net(other.documents) == net(plain.documents)
        assert [issue.code for issue in other.issues] == [issue.code for issue in plain.issues]
        assert_clearing_zero(other.documents)
        for document in other.documents:
            assert_balanced(document)
            assert load_document(json.loads(document.model_dump_json(by_alias=True))) == document
            assert document.content_hash == content_hash(hashed_content(document))


@pytest.mark.corpus
def test_real_remittances_are_booked_alike_in_every_mode(corpus: Path) -> None:
    """And whatever one set of books does otherwise than another adds up to zero by source amount."""
    context = hcfin.Context(keys=hcfin.DEMO_KEYS, posting_date=date(2025, 1, 31))
    with (corpus / "835_totals.tsv").open(encoding="utf-8", newline="") as stream:
        paths = sorted({row["path"] for row in csv.DictReader(stream, delimiter="\t")})
    plain = MODES["gl_only remit"]
    posted_ones = 0
    for path in paths:
        reading = hcfin.read(corpus / path)
        wanted = post(reading, plain, context=context).documents
        posted_ones += bool(wanted)
        for used in MODES.values():
            documents = post(reading, used, context=context).documents
            assert net(documents) == net(wanted), path
            assert_clearing_zero(documents)
        for other in (
            books("denial_final_auto = true", "[payers.other]\ncatch_all = false\n"),
            books("", OPEN),
        ):
            assert compare(plain, other, [reading], context=context).unproven == 0, path
    assert posted_ones > 20


def test_the_law_of_modes_is_broken_by_a_receipt_that_books_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(claim: ClaimPayment, result: remittance.Drafted) -> OpenItem | None:
        item = open_item(claim, result)
        return item and item._replace(journal=list(result.drafts))

    monkeypatch.setattr(remittance, "open_item", twice)
    facts = tuple(cases.facts_of(R2))
    documents = posted(facts, MODES["open_item remit"]).documents
    assert net(documents) != net(posted(facts, MODES["gl_only remit"]).documents)
    with pytest.raises(AssertionError):
        assert_clearing_zero(documents)


@settings(max_examples=80)
@given(x12_835(max_remittances=1))
def test_every_source_amount_ends_once_in_every_mode(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    plain = Counter(
        (end.origin, end.amount)
        for end in post(reading, MODES["gl_only remit"], context=CONTEXT).dispositions
    )
    for used in MODES.values():
        posting = post(reading, used, context=CONTEXT)
        assert Counter((end.origin, end.amount) for end in posting.dispositions) == plain
        counts = Counter(place for end in posting.dispositions for place in end.lines)
        for document in posting.documents:
            for line in document.gl_lines:
                assert line.origins.count == counts[document.id, line.n]


@settings(max_examples=60)
@given(remittances())
def test_a_line_holds_amounts_of_one_claim(facts: Facts) -> None:
    for granularity in ("claim", "line"):
        for document in posted(facts, MODES[f"gl_only {granularity}"]).documents:
            for line in document.gl_lines:
                tags = dict(line.tags)
                assert ("account" in tags) == ("claim_status" in tags)
                assert "line" not in tags or granularity == "line"
                if line.role == "ar.patient" and line.party:
                    assert (line.party.kind, line.party.token) == ("patient", tags["account"])


def test_open_items_of_remittance_r2() -> None:
    """Payment 754.99 by the receipt; 3,250.00 - 754.99 = 2,495.01 stays with the journal."""
    journal, receipt = posted(tuple(cases.facts_of(R2)), MODES["open_item remit"]).documents
    assert isinstance(receipt, Receipt)
    assert (receipt.memo, receipt.amount, receipt.depends_on) == (False, Decimal("754.99"), ())
    assert [(line.side, line.amount, line.role) for line in receipt.gl_lines] == [
        ("debit", Decimal("754.99"), "cash.remit_clearing"),
        ("credit", Decimal("754.99"), "ar.payer"),
    ]
    settled = [line for line in journal.gl_lines if line.rule.id == "claim_settled"]
    assert [(line.side, line.amount) for line in settled] == [("credit", Decimal("2495.01"))]
    memo = posted(tuple(cases.facts_of(R2)), MODES["gl_only remit"]).documents[1]
    assert memo.id == receipt.id
    assert memo.content_hash != receipt.content_hash


def test_a_takeback_is_a_journal_line_and_never_a_negative_receipt() -> None:
    """R1: 235.20 is paid, 588.00 taken back; 1,500.00 - 235.20 = 1,264.80 stays with the journal."""
    journal, receipt = posted(tuple(cases.facts_of(R1)), MODES["open_item remit"]).documents
    assert isinstance(receipt, Receipt)
    assert receipt.amount == Decimal("235.20")
    sides = [(line.side, line.amount) for line in journal.gl_lines if line.rule.id == "claim_settled"]
    assert ("credit", Decimal("588.00")) in sides
    assert ("credit", Decimal("1264.80")) in sides


def claim_of(case: str, **changes: object) -> Facts:
    header, *claims = cases.facts_of(cases.FIXTURES / "posting" / case)
    return (header, *(claim.model_copy(update=changes) for claim in claims))


def paid_claim(charged: str, paid: str, adjustments: list[tuple[str, str, str]]) -> Facts:
    """R2 with one claim alone, of these figures."""
    header, first, *_ = cases.facts_of(R2)
    total = {"payment": paid, "provider_adjustments": []}
    made = hcfin.billing.facts.load_fact(
        {
            **json.loads(first.model_dump_json()), "charged": charged, "paid": paid, "lines": [],
            "patient_responsibility": None,
            "adjustments": [{"group": g, "reason": r, "amount": a} for g, r, a in adjustments],
        }
    )  # fmt: skip
    return hcfin.billing.facts.load_fact({**json.loads(header.model_dump_json()), **total}), made


def test_a_claim_that_its_payment_settles_whole() -> None:
    posting = posted(paid_claim("100.00", "100.00", []), MODES["open_item remit"])
    journal, receipt = posting.documents
    assert [line.role for line in journal.gl_lines] == ["cash.eft_in_transit", "cash.remit_clearing"]
    assert len(receipt.gl_lines) == 2
    (charge,) = (end for end in posting.dispositions if end.rule == "settled_by_receipt")
    assert (charge.amount, charge.outcome) == (Decimal("100.00"), Outcome.INFORMATIONAL)


def test_a_claim_that_pays_more_than_it_settles() -> None:
    """Charge 100, an adjustment of -10, 110 paid: the receipt takes 110, the journal gives 10 back."""
    facts = paid_claim("100.00", "110.00", [("CO", "45", "-10.00")])
    journal, receipt = posted(facts, MODES["open_item remit"]).documents
    assert isinstance(receipt, Receipt)
    assert receipt.amount == Decimal("110.00")
    assert ("debit", Decimal("10.00"), "ar.payer") in {
        (line.side, line.amount, line.role) for line in journal.gl_lines
    }
    assert net((journal, receipt)) == net(posted(facts, MODES["gl_only remit"]).documents)


def test_a_payment_that_settles_nothing_stays_in_the_journal() -> None:
    """Nothing leaves the receivable, so there is no open item that a receipt could pay."""
    facts = paid_claim("0.00", "10.00", [("CO", "45", "-10.00")])
    (journal,) = posted(facts, MODES["open_item remit"]).documents
    assert journal.kind == "journal_entry"
    assert [document.kind for document in posted(facts, MODES["gl_only remit"]).documents] == [
        "journal_entry", "receipt",
    ]  # fmt: skip


def test_amounts_that_only_together_are_zero_move_together() -> None:
    """Nothing leaves the receivable, so no single amount of the claim has another side of its own."""
    facts = paid_claim("0.00", "10.00", [("CO", "45", "-10.00")])
    reading = hcfin.billing.reading.Reading("facts", facts)
    result = compare(MODES["gl_only remit"], books("denial_final_auto = true"), [reading], context=CONTEXT)
    assert (result.unproven, result.source_amounts) == (0, 2)


def test_a_receipt_that_books_is_never_left_out() -> None:
    facts = tuple(cases.facts_of(R2))
    left_out = posted(facts, books("memo_receipt_limit = 0"))
    assert [document.kind for document in left_out.documents] == ["journal_entry"]
    kept = posted(facts, books('memo_receipt_limit = 0\nar_mode = "open_item"'))
    assert [document.kind for document in kept.documents] == ["journal_entry", "receipt"]


def test_a_receipt_does_not_balance_by_itself_only() -> None:
    _, receipt = posted(tuple(cases.facts_of(R2)), MODES["open_item remit"]).documents
    data = json.loads(receipt.model_dump_json(by_alias=True))
    data["gl_lines"][0]["amount"] = "754.98"
    with pytest.raises(ModelError, match="Debits and credits differ"):
        load_document(data)


def test_suspended_claims_are_told_apart_too() -> None:
    case = cases.FIXTURES / "posting" / "unbalanced_claim"
    plain = post(cases.facts_of(case), cases.books_of(case), context=CONTEXT)
    fine = post(cases.facts_of(case), MODES["open_item line"], context=CONTEXT)
    assert any(dict(line.tags).get("account") for line in fine.documents[0].gl_lines)
    assert Counter(line.amount for line in plain.documents[0].gl_lines if "issue" in dict(line.tags)) == (
        Counter(line.amount for line in fine.documents[0].gl_lines if "issue" in dict(line.tags))
    )


def test_a_claim_without_numbers_has_no_tokens() -> None:
    facts = claim_of("worked_r2", account="", payer_claim_number="")
    documents = posted(facts, MODES["gl_only claim"]).documents
    tags = {name for line in documents[0].gl_lines for name, _ in line.tags}
    assert "claim_status" in tags
    assert not tags & {"account", "claim"}


def test_an_unbalanced_claim_may_reject_its_remittance() -> None:
    case = cases.FIXTURES / "posting" / "unbalanced_claim"
    facts = tuple(cases.facts_of(case))
    assert posted(facts, books('unbalanced_claim = "suspend"')).documents
    rejected = posted(facts, books('unbalanced_claim = "reject"'))
    assert rejected.documents == ()
    assert "UNBALANCED_CLAIM_REJECTS" in {issue.code for issue in rejected.issues}
    assert {end.outcome for end in rejected.dispositions} <= {Outcome.REJECTED, Outcome.INFORMATIONAL}
    sound = posted(tuple(cases.facts_of(R2)), books('unbalanced_claim = "reject"'))
    assert len(sound.documents) == 2


def test_a_payer_may_have_a_mode_of_its_own() -> None:
    own = (
        '[payers.mac]\nclass = "medicare"\nids = ["1512345678"]\n[payers.mac.policy]\nar_mode = "open_item"\n'
    )
    journal, receipt = posted(tuple(cases.facts_of(R2)), books("", own)).documents
    assert not receipt.memo
    assert_clearing_zero([journal, receipt])
