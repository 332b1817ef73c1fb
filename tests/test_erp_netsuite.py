"""NetSuite: what the record API is sent, and what it cannot be told."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from erp_documents import PAYER, a_head, a_line, a_receipt, an_entry, codes_of
from hcfin import discover
from hcfin.erp import Rendering
from hcfin.erp.netsuite import TARGET
from hcfin.errors import ModelError
from hcfin.finance.base import Document
from hcfin.wire.json import dumps


def _render(*documents: Document, **settings: Any) -> Rendering:
    return TARGET.render(documents, TARGET.settings(**settings))


def _at(body: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


# --- journal entries


def test_found_by_name() -> None:
    assert discover.load("hcfin.erp", "netsuite", "TARGET") is TARGET


def test_a_journal_entry_becomes_an_upsert_under_its_own_id() -> None:
    (payload,) = _render(an_entry()).payloads
    assert (payload.method, payload.record) == ("PUT", "journalEntry")
    assert payload.path == "/record/v1/journalEntry/eid:demoaaaaaaaaaaaaaaaa?replace=line"
    assert payload.lookup == "/record/v1/journalEntry/eid:demoaaaaaaaaaaaaaaaa"
    assert payload.post_step == ""
    assert payload.body == {
        "externalId": "demoaaaaaaaaaaaaaaaa",
        "tranDate": "2026-01-31",
        "subsidiary": {"externalId": "main"},
        "currency": {"externalId": "USD"},
        "memo": "period 2026-01",
        "line": {
            "items": [
                {
                    "account": {"externalId": "1029"},
                    "debit": Decimal("100.00"),
                    "memo": "cash.remit_clearing; rule claim_settled",
                },
                {
                    "account": {"externalId": "1100"},
                    "credit": Decimal("100.00"),
                    "entity": {"externalId": "mac_a"},
                    "memo": "ar.payer; rule claim_settled",
                },
            ]
        },
    }
    assert '"debit":100.00' in dumps(payload.body, numbers="number")


def test_settings_name_the_records() -> None:
    lines = (
        a_line(
            1, "debit", "1.00", party=PAYER, dimensions=[("dept", "310")], tags=[("patient_class", "copay")]
        ),
        a_line(2, "credit", "1.00", "4510"),
    )
    rendering = _render(
        an_entry(*lines),
        subsidiaries={"main": "sub-1"},
        accounts={"1100": "AR"},
        entities={"mac_a": "cust-9"},
        currencies={"USD": "1"},
        dimensions={"dept": "department"},
        tags={"patient_class": "custcol_patient_class"},
    )
    body = rendering.payloads[0].body
    assert body["subsidiary"] == {"externalId": "sub-1"}
    assert body["currency"] == {"externalId": "1"}
    assert body["line"]["items"][0] == {
        "account": {"externalId": "AR"},
        "debit": Decimal("1.00"),
        "entity": {"externalId": "cust-9"},
        "memo": "ar.payer; rule claim_settled",
        "department": {"externalId": "310"},
        "custcol_patient_class": "copay",
    }
    assert rendering.issues == ()


def test_what_has_no_place_is_a_loss_once_for_each_document() -> None:
    more = {
        "party": {"kind": "patient", "token": "SENTINEL"},
        "dimensions": [("dept", "310"), ("line", "x")],
        "tags": [("patient_class", "copay")],
    }
    entry = an_entry(a_line(1, "debit", "1.00", **more), a_line(2, "credit", "1.00", **more))
    rendering = _render(entry, dimensions={"dept": "department"})
    assert codes_of(rendering) == [
        "TARGET_DIMENSION_UNMAPPED",
        "TARGET_TAG_UNMAPPED",
        "TARGET_PARTY_UNMAPPED",
    ]
    assert {issue.disposition for issue in rendering.issues} == {"loss"}
    assert "dimension line of document demoaaaaaaaaaaaaaaaa" in rendering.issues[0].message
    assert "SENTINEL" not in dumps(rendering.payloads[0].body)


def test_suppliers_go_out_only_where_they_are_listed() -> None:
    supplier = {"kind": "supplier", "token": "S1"}
    entry = an_entry(a_line(1, "debit", "1.00", party=supplier), a_line(2, "credit", "1.00"))
    without, listed = _render(entry), _render(entry, entities={"S1": "vendor-1"})
    assert "entity" not in without.payloads[0].body["line"]["items"][0]
    assert codes_of(without) == ["TARGET_PARTY_UNMAPPED"]
    assert listed.payloads[0].body["line"]["items"][0]["entity"] == {"externalId": "vendor-1"}
    assert not listed.issues


def test_all_patients_are_one_customer_in_journals_too() -> None:
    """Else the receivable by customer would differ from what invoices and payments make of it."""
    patient = {"kind": "patient", "token": "SENTINEL"}
    entry = an_entry(a_line(1, "debit", "1.00", "1110", party=patient), a_line(2, "credit", "1.00"))
    rendering = _render(entry, patients="patients")
    first, _ = rendering.payloads[0].body["line"]["items"]
    assert first["entity"] == {"externalId": "patients"}
    assert rendering.issues == ()
    assert "SENTINEL" not in dumps(rendering.payloads[0].body)


def test_the_memo_says_what_has_no_field() -> None:
    entry = an_entry(
        original_period="2025-12", settlement_date=date(2026, 2, 3), reverses="demobbbbbbbbbbbbbbbb"
    )
    assert _render(entry).payloads[0].body["memo"] == (
        "period 2026-01; first period 2025-12; settles 2026-02-03; reverses demobbbbbbbbbbbbbbbb"
    )


def test_source_origins_and_hash_stay_at_home() -> None:
    rendering = _render(an_entry(), a_receipt(), render_memos=True)
    assert "SENTINEL" not in "".join(dumps(payload.body) for payload in rendering.payloads)


def test_a_long_entry_becomes_several_that_balance() -> None:
    lines = [a_line(1, "debit", "5.00", "1029"), *(a_line(n, "credit", "1.00") for n in range(2, 7))]
    after = an_entry(depends_on=["demoaaaaaaaaaaaaaaaa", "demosentbefore000000"], id="demobbbbbbbbbbbbbbbb")
    first, second, third = _render(an_entry(*lines), after, line_limit=4).payloads
    assert [first.external_id, second.external_id] == ["demoaaaaaaaaaaaaaaaa-1", "demoaaaaaaaaaaaaaaaa-2"]
    assert first.body["memo"] == "period 2026-01; part 1 of 2"
    assert second.path == "/record/v1/journalEntry/eid:demoaaaaaaaaaaaaaaaa-2?replace=line"
    for payload in (first, second):
        items = payload.body["line"]["items"]
        assert len(items) <= 4
        assert sum(item.get("debit", 0) for item in items) == sum(item.get("credit", 0) for item in items)
    assert [n for _, n in first.trace.values()] == [1, 2, 3, 4]
    assert [n for _, n in second.trace.values()] == [1, 5, 6]
    assert third.depends_on == (
        "demoaaaaaaaaaaaaaaaa-1",
        "demoaaaaaaaaaaaaaaaa-2",
        "demosentbefore000000",
    )


def test_the_trace_leads_from_each_item_to_its_line() -> None:
    entry = an_entry()
    (payload,) = _render(entry).payloads
    assert set(payload.trace) == {"/line/items/0", "/line/items/1"}
    for pointer, (document, n) in payload.trace.items():
        line = entry.gl_lines[n - 1]
        assert document == entry.id
        assert _at(payload.body, pointer)[line.side] == line.amount


@pytest.mark.parametrize(("status", "step"), [(None, False), (1, True), (2, False)])
def test_pending_approval_needs_a_step_before_it_books(status: int | None, step: bool) -> None:
    (payload,) = _render(an_entry(), approval_status=status).payloads
    assert payload.body.get("approvalStatus") == (None if status is None else {"id": str(status)})
    assert ("approve" in payload.post_step) is step


@pytest.mark.parametrize(
    ("amount", "said"),
    [("9999999999999.99", True), ("12345678901234.50", True), ("12345678901234.56", False)],
)
def test_amounts_beyond_a_double_are_not_sent(amount: str, said: bool) -> None:
    rendering = _render(an_entry(a_line(1, "debit", amount), a_line(2, "credit", amount)))
    assert bool(rendering.payloads) is said
    assert codes_of(rendering) == ([] if said else ["TARGET_AMOUNT_TOO_LARGE"])
    if said:
        body = json.loads(dumps(rendering.payloads[0].body, numbers="number"))
        assert Decimal(repr(body["line"]["items"][0]["debit"])) == Decimal(amount)


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    (payload,) = _render(an_entry(id="a/../b?x=1#y")).payloads
    assert payload.path == "/record/v1/journalEntry/eid:a%2F..%2Fb%3Fx%3D1%23y?replace=line"


# --- order


def test_documents_follow_what_they_depend_on() -> None:
    a = an_entry(id="a", depends_on=["c", "elsewhere"])
    b = an_entry(id="b")
    c = an_entry(id="c", depends_on=["d"])
    d = an_entry(id="d")
    assert [payload.external_id for payload in _render(a, b, c, d).payloads] == ["d", "c", "a", "b"]


def test_circles_and_long_chains_lose_nothing() -> None:
    circle = [an_entry(id="a", depends_on=["b"]), an_entry(id="b", depends_on=["a"])]
    assert {payload.external_id for payload in _render(*circle).payloads} == {"a", "b"}
    chain = [an_entry(id=f"e{n}", depends_on=[f"e{n + 1}"]) for n in range(3000)]
    assert [payload.external_id for payload in _render(*chain).payloads][:2] == ["e2999", "e2998"]
    assert len(_render(an_entry(), an_entry()).payloads) == 2


# --- receipts


def test_a_receipt_becomes_a_customer_payment() -> None:
    rendering = _render(a_receipt(), entities={"mac_a": "cust-9"})
    (payload,) = rendering.payloads
    assert payload.path == "/record/v1/customerPayment/eid:demoaaaaaaaaaaaaaaaa"
    assert payload.body == {
        "externalId": "demoaaaaaaaaaaaaaaaa",
        "customer": {"externalId": "cust-9"},
        "payment": Decimal("100.00"),
        "tranDate": "2026-01-31",
        "subsidiary": {"externalId": "main"},
        "currency": {"externalId": "USD"},
        "arAcct": {"externalId": "1100"},
        "account": {"externalId": "1029"},
        "memo": "period 2026-01; method ACH",
        "checkNumber": "TRN-1",
        "autoApply": False,
        "apply": {
            "items": [
                {"doc": {"externalId": "demoacct1"}, "apply": True, "amount": Decimal("60.00")},
                {"doc": {"externalId": "demoacct2"}, "apply": True, "amount": Decimal("40.00")},
            ]
        },
    }
    assert payload.trace["/account"] == (payload.external_id, 1)
    assert payload.trace["/apply/items/1"] == (payload.external_id, 2)
    assert all(_at(payload.body, pointer) for pointer in payload.trace)
    assert rendering.issues == ()


def test_a_trace_longer_than_its_field_stands_in_the_memo() -> None:
    """X12 has traces of 50 characters (TRN02); a check number holds 45."""
    short, long = (_render(a_receipt(trace="T" * length)).payloads[0].body for length in (45, 46))
    assert (short["checkNumber"], short["memo"]) == ("T" * 45, "period 2026-01; method ACH")
    assert "checkNumber" not in long
    assert long["memo"] == "period 2026-01; method ACH; trace " + "T" * 46


def test_applications_to_one_account_are_one_line() -> None:
    twice = [{"account_token": "t", "amount": "30.00"}, {"account_token": "t", "amount": "70.00"}]
    (payload,) = _render(a_receipt(applications=twice)).payloads
    assert payload.body["apply"]["items"] == [
        {"doc": {"externalId": "t"}, "apply": True, "amount": Decimal("100.00")}
    ]


def test_more_accounts_than_one_payment_takes_become_several_payments() -> None:
    many = [{"account_token": f"t{n}", "amount": "0.01"} for n in range(5001)]
    lines = [a_line(1, "debit", "60.00", "1029"), a_line(2, "credit", "60.00")]
    first, second = _render(a_receipt(applications=many, amount="60.00", gl_lines=lines)).payloads
    assert [first.body["payment"], second.body["payment"]] == [Decimal("50.00"), Decimal("10.00")]
    assert [len(one.body["apply"]["items"]) for one in (first, second)] == [5000, 1]
    assert second.external_id == "demoaaaaaaaaaaaaaaaa-2"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": "-5.00", "applications": [], "gl_lines": []}, "amount"),
        ({"amount": "90.00"}, "applications"),
        ({"applications": [{"account_token": "t", "amount": "-1.00"}]}, "applications"),
        ({"clearing_account": "1010"}, "gl_lines"),
    ],
)
def test_a_receipt_that_a_payment_cannot_say_is_not_sent(more: dict[str, Any], field: str) -> None:
    rendering = _render(a_receipt(**more))
    assert not rendering.payloads
    assert codes_of(rendering) == ["TARGET_VALUE_UNSUPPORTED"]
    assert dict(rendering.issues[0].values)["field"] == field


def test_a_receipt_too_large_for_a_double_is_not_sent() -> None:
    amount = "12345678901234.56"
    lines = [a_line(1, "debit", amount, "1029"), a_line(2, "credit", amount)]
    assert codes_of(_render(a_receipt(amount=amount, gl_lines=lines))) == ["TARGET_AMOUNT_TOO_LARGE"]


def test_a_receipt_of_nothing_is_nothing_and_nobody_waits_for_it() -> None:
    nothing = a_receipt(amount="0.00", applications=[], gl_lines=[], id="nothing")
    rendering = _render(nothing, an_entry(depends_on=["nothing"]))
    assert codes_of(rendering) == ["TARGET_DOCUMENT_EMPTY"]
    assert [payload.depends_on for payload in rendering.payloads] == [()]


def test_dimensions_of_a_receipt_stand_in_its_header_if_its_lines_agree() -> None:
    lines = [
        a_line(1, "debit", "100.00", "1029", dimensions=[("dept", "310")]),
        a_line(2, "credit", "60.00", dimensions=[("dept", "310"), ("site", "N")]),
        a_line(3, "credit", "40.00", dimensions=[("site", "S")], tags=[("sub", "x")]),
    ]
    mapped = {"dept": "department", "site": "location"}
    rendering = _render(a_receipt(gl_lines=lines), dimensions=mapped, tags={"sub": "custcol_sub"})
    (payload,) = rendering.payloads
    assert payload.body["department"] == {"externalId": "310"}
    assert "location" not in payload.body
    assert codes_of(rendering) == ["TARGET_TAG_UNMAPPED", "TARGET_DIMENSION_MIXED"]


def test_memos_are_left_out_unless_asked_for() -> None:
    memo = a_receipt(memo=True, gl_lines=[], id="memo")
    journal = an_entry(depends_on=["memo"])
    without, asked = _render(memo, journal), _render(memo, journal, render_memos=True)
    assert [payload.record for payload in without.payloads] == ["journalEntry"]
    assert without.payloads[0].depends_on == ()
    assert without.issues == ()
    assert [payload.record for payload in asked.payloads] == ["customerPayment", "journalEntry"]
    assert asked.payloads[1].depends_on == ("memo",)
    assert codes_of(asked) == ["TARGET_MEMO_BOOKS"]


def test_a_kind_without_a_form_is_a_loss_and_what_depends_on_it_waits() -> None:
    other = Document.build(a_head("requisition", id="other"))
    rendering = _render(other, an_entry(depends_on=["other"]))
    assert codes_of(rendering) == ["TARGET_DOCUMENT_UNKNOWN"]
    assert "kind requisition" in rendering.issues[0].message
    assert rendering.payloads[0].depends_on == ("other",)


# --- settings


@pytest.mark.parametrize(
    "settings",
    [
        {"line_limit": 1},
        {"line_limit": 1001},
        {"line_limit": "200"},
        {"approval_status": 4},
        {"dimensions": {"a": "department", "b": "department"}},
        {"dimensions": {"a": "department"}, "tags": {"b": "department"}},
        {"dimensions": {"a": "account"}},
        {"tags": {"account": "department"}},
        {"tags": {"account": "class"}},
        {"tags": {"account": "location"}},
        {"dimensions": {"a": "Dep artment"}},
        {"accounts": {"1100": ""}},
        {"unknown": 1},
    ],
)
def test_settings_refuse_what_cannot_work(settings: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        TARGET.settings(**settings)
