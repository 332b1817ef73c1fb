"""Documents that are wrong cannot be made; streams without everything are posted all the same."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.reading import Locator, NoTrail, Opened, Reading
from hcfin.billing.remittance import ClaimPayment, Remittance, remittance_ref
from hcfin.errors import ModelError
from hcfin.finance.documents import load_document
from hcfin.posting import Outcome, post, post_events

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
FACTS = Locator("facts", NoTrail())


def _journal() -> dict[str, Any]:
    data: dict[str, Any] = cases.documents_of(cases.FIXTURES / "posting" / "worked_r1")[0].to_dict()
    return data


def _with_line(**changes: Any) -> dict[str, Any]:
    data = _journal()
    data["gl_lines"][0] = {**data["gl_lines"][0], **changes}
    return data


def test_a_document_comes_back_from_json() -> None:
    data = _journal()
    assert load_document(data).to_dict() == data


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "588.01"}, "Debits and credits differ"),
        ({"side": "debit"}, "Debits and credits differ"),
        ({"amount": "0.00"}, "must be positive"),
        ({"amount": "-588.00"}, "must be positive"),
        ({"currency": "EUR"}, "another currency"),
        ({"n": 7}, "not numbered from 1"),
        ({"side": "both"}, "side"),
    ],
)
def test_a_wrong_entry_cannot_be_made(changes: dict[str, Any], told: str) -> None:
    """Law 4: unbalanced, negative, mixed or misnumbered entries do not exist."""
    with pytest.raises(ModelError, match=told):
        load_document(_with_line(**changes))


def _bought(kind: str, **changes: Any) -> dict[str, Any]:
    """A document of the worked purchase, with changes to its first line."""
    path = cases.FIXTURES / "posting" / "supply_procure_to_pay" / "finance.json"
    documents = json.loads(path.read_text(encoding="utf-8"))["documents"]
    found = next(one for one in documents if one["kind"] == kind)
    found["lines"][0].update(changes)
    return found


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("purchase_order", {"quantity": "0"}, "quantity must be positive"),
        ("goods_receipt", {"quantity": "-1"}, "quantity must be positive"),
        ("supplier_invoice", {"amount": "1199.99"}, "lines are not the amount"),
    ],
)
def test_a_wrong_purchase_cannot_be_made(kind: str, changes: dict[str, Any], told: str) -> None:
    data = _bought(kind)
    assert load_document(data).to_dict() == data
    with pytest.raises(ModelError, match=told):
        load_document(_bought(kind, **changes))


def _remittance(**changes: Any) -> Remittance:
    values: dict[str, Any] = {
        "payment": "0.00",
        "trace": "T1",
        "payer_identifier": "1999999999",
        "handling": "H",
        "method": "NON",
        "payment_date": date(2025, 1, 15),
        **changes,
    }
    ref = remittance_ref("1999999999", "T1", Decimal(values["payment"]), values["payment_date"], "")
    return Remittance(ref=ref, **values)


def _claim(ref: str, **changes: Any) -> ClaimPayment:
    values = {"status": "1", "charged": "0.00", "paid": "0.00", **changes}
    return ClaimPayment(remittance=ref, **values)


def test_a_stream_without_its_opening_is_posted() -> None:
    (posting,) = post_events([_remittance()], hcfin.load_books(), FACTS, context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["NOTHING_TO_POST"]


def test_a_stream_keeps_no_dispositions_unless_asked() -> None:
    remittance = _remittance()
    events = [Opened(remittance), _claim(remittance.ref), remittance, _claim("elsewhere")]
    for asked in (False, True):
        postings = list(post_events(events, hcfin.load_books(), FACTS, context=CONTEXT, dispositions=asked))
        assert [issue.code for posting in postings for issue in posting.issues] == [
            "NOTHING_TO_POST",
            "CLAIM_ORPHAN",
        ]
        assert any(posting.dispositions for posting in postings) is asked


def test_a_stream_of_what_cannot_be_posted(tmp_path) -> None:
    """Rejected and suspended sets, without dispositions: the same issues as with them."""
    books = tmp_path / "books.toml"
    books.write_text("[payers.other]\ncatch_all = false\n", encoding="utf-8")
    unknown = hcfin.load_books("example", books)
    result = hcfin.translate(R2, unknown, to="netsuite", context=CONTEXT)
    assert (result.status, [issue.code for issue in result.issues]) == ("rejected", ["PAYER_UNKNOWN"])
    known = hcfin.load_books()
    lacking = {"ar.patient", "liability.unapplied_payer", "suspense"}
    chart = {role: account for role, account in known.chart.items() if role not in lacking}
    bare = known.model_copy(update={"chart": chart})
    result = hcfin.translate(R2, bare, to="netsuite", context=CONTEXT)
    assert {issue.code for issue in result.issues} == {"ACCOUNT_UNMAPPED", "CLAIM_ACCOUNT_UNMAPPED"}
    assert hcfin.translate(R2, known, to="netsuite", context=CONTEXT, facts=True).facts


def test_kinds_of_facts_that_posting_does_not_know_are_left_alone() -> None:
    remittance = _remittance()
    posting = post([Fact(), remittance], hcfin.load_books(), context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["NOTHING_TO_POST"]
    assert repr(posting) == "Posting(documents=0, issues=1, dispositions=1)"
    assert next(iter(posting.dispositions)).to_dict()["outcome"] == "informational"


def test_amounts_of_the_set_end_once_where_the_set_is_dropped() -> None:
    """An unbalanced set of facts without a source: nothing tells its amounts apart but themselves."""
    plb = {"code": "WO", "amount": "5.00", "reference": "X"}
    remittance = _remittance(provider_adjustments=[plb, {"code": "L6", "amount": "0.00"}])
    posting = post([remittance], hcfin.load_books(), context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["REMIT_UNBALANCED_TRANSACTION"]
    assert len(posting.dispositions) == 3
    assert {end.outcome for end in posting.dispositions} == {Outcome.REJECTED}


def test_a_set_level_dimension_that_is_missing_rejects_the_set(tmp_path) -> None:
    books = tmp_path / "books.toml"
    text = '[dimensions.drg]\nfrom = "claim.drg"\non = ["liability.*"]\nrequired = true\n'
    books.write_text(text + '[dimensions.site]\nfrom = "claim.drg"\non = ["ar.*"]\n', encoding="utf-8")
    posting = post(hcfin.read(R2), hcfin.load_books("example", books), context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["PATIENT_BILLING_HELD", "DIMENSION_UNMAPPED"]
    assert not posting.documents
    assert all(end.lines == () for end in posting.dispositions)


def test_a_claim_that_went_on_to_a_payer_nobody_knows(tmp_path) -> None:
    """A11: the share leaves the forwarding payer's bucket; whose it is now stays open."""
    books = tmp_path / "books.toml"
    text = "[payers.other]\ncatch_all = false\nids = ['1999999999']\n"
    books.write_text(text, encoding="utf-8")
    remittance = _remittance()
    adjustment = {"group": "PR", "reason": "2", "amount": "20.00"}
    claim = _claim(
        remittance.ref,
        charged="20.00",
        adjustments=[adjustment],
        parties=[{"role": "QC"}, {"role": "TT", "last_name": "SOMEBODY", "id": "77"}],
    )
    posting = post([remittance, claim], hcfin.load_books("example", books), context=CONTEXT)
    (line,) = (line for line in posting.documents[0].gl_lines if line.side == "debit")
    assert (line.role, line.party, dict(line.tags)["sequence"]) == ("ar.payer", None, "2")


def test_a_reading_is_a_stream_again() -> None:
    reading = hcfin.read(R2)
    stream = reading.stream()
    assert isinstance(reading, Reading)
    (posting,) = post_events(stream.events, hcfin.load_books(), stream.locator, context=CONTEXT)
    assert posting.documents == post(reading, hcfin.load_books(), context=CONTEXT).documents
    assert stream.coverage() is reading.coverage


def test_iterators_stream_and_agree_with_the_whole() -> None:
    data = R2.read_bytes() + (R2.parent.parent / "worked_r1" / "input.edi").read_bytes()
    books = hcfin.load_books()
    whole = hcfin.translate(data, books, to="netsuite", context=CONTEXT)
    parts = list(hcfin.iter_translate(data, books, to="netsuite", context=CONTEXT))
    assert [part.status for part in parts] == ["ok", "ok"]
    assert tuple(document for part in parts for document in part.documents) == whole.documents
    events = list(hcfin.iter_facts(data))
    assert [type(event).__name__ for event in events].count("ClaimPayment") == 7
    with pytest.raises(hcfin.HcfinError):
        next(hcfin.iter_translate(data, books, to="nosuch", context=CONTEXT))


def test_zero_amounts_of_the_set_are_told() -> None:
    """A provider adjustment of zero moves nothing and ends as informational."""
    remittance = _remittance(provider_adjustments=[{"code": "L6", "amount": "0.00"}])
    posting = post([remittance], hcfin.load_books(), context=CONTEXT)
    assert [(end.rule, end.outcome) for end in posting.dispositions] == [
        ("zero", Outcome.INFORMATIONAL),
        ("zero", Outcome.INFORMATIONAL),
    ]


def test_a_prenote_moves_nothing() -> None:
    posting = post([_remittance(handling="P")], hcfin.load_books(), context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["PRENOTE"]
    assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}


def test_amounts_that_ended_before_the_set_was_dropped_end_once(tmp_path) -> None:
    books = tmp_path / "books.toml"
    text = '[dimensions.drg]\nfrom = "claim.drg"\non = ["liability.*"]\nrequired = true\n'
    books.write_text(text, encoding="utf-8")
    plbs = [{"code": "L6", "amount": "0.00"}, {"code": "FB", "amount": "0.00"}]
    claim = {"charged": "5.00", "paid": "5.00"}
    remittance = _remittance(provider_adjustments=[*plbs, {"code": "WO", "amount": "5.00"}])
    posting = post(
        [remittance, _claim(remittance.ref, **claim)], hcfin.load_books("example", books), context=CONTEXT
    )
    assert [issue.code for issue in posting.issues] == ["DIMENSION_UNMAPPED"]
    assert len(posting.dispositions) == 6
