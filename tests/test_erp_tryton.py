"""Tryton: what it is sent, and what it cannot be told. No server is needed here."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from erp_documents import PAYER, a_bill, a_head, a_line, a_receipt, an_entry, codes_of
from hcfin import discover
from hcfin.erp import Rendering
from hcfin.erp.tryton import PLACE_OF_IDS, TARGET
from hcfin.errors import ModelError
from hcfin.finance.base import Document
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.wire.json import dumps
from tryton_rows import rows_of, sums_of

WITH_PARTY = {"party_accounts": ["1100"]}


def _render(*documents: Document, **settings: Any) -> Rendering:
    return TARGET.render(documents, TARGET.settings(**{**WITH_PARTY, **settings}))


# --- moves


def test_found_by_name() -> None:
    assert discover.load("hcfin.erp", "tryton", "TARGET") is TARGET


def test_a_journal_entry_becomes_a_move_by_import() -> None:
    (payload,) = _render(an_entry()).payloads
    assert (payload.method, payload.path, payload.record) == ("POST", "/rpc/", "account.move")
    assert set(payload.body) == {"id", "method", "params"}, "else errors come without their envelope"
    assert payload.body["method"] == "model.account.move.import_data"
    assert payload.body["params"][2] == {}
    assert rows_of(payload) == [
        {
            "company": "main",
            "journal": "MISC",
            "period": "2026-01",
            "date": "2026-01-31",
            "description": "demoaaaaaaaaaaaaaaaa; period 2026-01",
            "lines/account": "1029",
            "lines/debit": "100.00",
            "lines/credit": "0.00",
            "lines/description": "cash.remit_clearing; rule claim_settled",
        },
        {
            "lines/account": "1100",
            "lines/debit": "0.00",
            "lines/credit": "100.00",
            "lines/party": "mac_a",
            "lines/description": "ar.payer; rule claim_settled",
        },
    ]


def test_three_calls_make_a_posting() -> None:
    (payload,) = _render(an_entry(), company_ids={"main": 7}).payloads
    lookup, step = json.loads(payload.lookup), json.loads(payload.post_step)
    assert payload.body["params"][2] == {"company": 7}
    assert lookup["method"] == "model.account.move.search_read"
    assert lookup["params"][0] == [["description", "like", "demoaaaaaaaaaaaaaaaa;%"]]
    assert lookup["params"][-1] == {"company": 7}
    assert step == {
        "id": 1,
        "method": "model.account.move.post",
        "params": [PLACE_OF_IDS, {"company": 7}],
    }


def test_the_same_over_rest() -> None:
    """The key of a user application instead of a session; the rows are the same."""
    by_call, by_rest = (
        _render(an_entry(), company_ids={"main": 7}, api=api).payloads[0] for api in ("json-rpc", "rest")
    )
    assert (by_rest.method, by_rest.path) == ("POST", "/rest/model/account.move/import_data")
    assert by_rest.body == dict(zip(("fields_names", "data"), by_call.body["params"][:2], strict=True))
    path, _, query = by_rest.lookup.partition("?")
    asked = parse_qs(query, strict_parsing=True)
    assert path == "/rest/model/account.move"
    assert json.loads(urlsafe_b64decode(asked.pop("d")[0])) == [
        ["description", "like", "demoaaaaaaaaaaaaaaaa;%"],
        ["company", "=", 7],
    ]
    assert asked == {"f": ["number", "state", "lines.state", "lines.debit", "lines.credit"]}
    assert by_rest.post_step == f"/rest/model/account.move/{PLACE_OF_IDS}/post"
    assert [pointer.replace("/data/", "/params/1/") for pointer in by_rest.trace] == [*by_call.trace]
    assert list(by_rest.trace.values()) == list(by_call.trace.values())
    (alone,) = _render(an_entry(), api="rest").payloads
    assert (
        "company" not in urlsafe_b64decode(parse_qs(alone.lookup)["/rest/model/account.move?d"][0]).decode()
    )


def test_an_id_is_no_pattern_and_no_start_of_another() -> None:
    (payload,) = _render(an_entry(id="a_b%c\\d")).payloads
    assert json.loads(payload.lookup)["params"][0] == [["description", "like", "a\\_b\\%c\\\\d;%"]]
    assert rows_of(payload)[0]["description"].startswith("a_b%c\\d;")


def test_settings_name_the_records() -> None:
    entry = an_entry(a_line(1, "debit", "1.00", "1029"), a_line(2, "credit", "1.00"))
    rendering = _render(
        entry,
        companies={"main": "Main Hospital"},
        journals={"journal_entry": "PAY"},
        periods={"2026-01": "P01"},
        accounts={"1100": "AR"},
        parties={"mac_a": "C-9"},
    )
    head, line = rows_of(rendering.payloads[0])
    assert (head["company"], head["journal"], head["period"]) == ("Main Hospital", "PAY", "P01")
    assert (line["lines/account"], line["lines/party"]) == ("AR", "C-9")
    assert rendering.issues == ()


def test_each_dimension_is_an_analytic_line_of_its_own() -> None:
    more = {"dimensions": [("dept", "310"), ("payer_class", "medicare")]}
    entry = an_entry(a_line(1, "debit", "1.00", "1029"), a_line(2, "credit", "1.00", **more))
    rendering = _render(entry, dimensions={"dept": "dept/", "payer_class": "pc/"})
    (payload,) = rendering.payloads
    analytic = {
        "lines/analytic_lines/debit": "0.00",
        "lines/analytic_lines/credit": "1.00",
        "lines/analytic_lines/date": "2026-01-31",
    }
    _, line, more_of_it = rows_of(payload)
    assert line["lines/analytic_lines/account"] == "dept/310"
    assert more_of_it == {"lines/analytic_lines/account": "pc/medicare", **analytic}
    assert payload.trace == {
        "/params/1/0": (entry.id, 1),
        "/params/1/1": (entry.id, 2),
        "/params/1/2": (entry.id, 2),
    }
    assert rendering.issues == ()


def test_parties_go_where_tryton_wants_one_and_nowhere_else() -> None:
    lines = (
        a_line(1, "debit", "3.00", "1029", party=PAYER),
        a_line(2, "credit", "1.00", party={"kind": "patient", "token": "SENTINEL"}),
        a_line(3, "credit", "1.00", party=None),
        a_line(4, "credit", "1.00"),
    )
    rendering = _render(an_entry(*lines), other_party="OTHERS")
    assert [row.get("lines/party") for row in rows_of(rendering.payloads[0])] == [
        None,
        "OTHERS",
        "OTHERS",
        "mac_a",
    ]
    assert codes_of(rendering) == ["TARGET_PARTY_UNMAPPED", "TARGET_PARTY_UNMAPPED"]
    assert "SENTINEL" not in dumps(rendering.payloads[0].body)
    without = _render(an_entry(*lines))
    assert codes_of(without) == ["TARGET_VALUE_UNSUPPORTED"]
    assert not without.payloads


def test_what_has_no_place_is_a_loss_once_for_each_document() -> None:
    more = {"dimensions": [("dept", "310")], "tags": [("ar_status", "denied"), ("account", "demotoken")]}
    entry = an_entry(a_line(1, "debit", "1.00", **more), a_line(2, "credit", "1.00", **more))
    rendering = _render(entry)
    assert codes_of(rendering) == ["TARGET_DIMENSION_UNMAPPED", "TARGET_TAG_UNMAPPED"]
    assert {issue.disposition for issue in rendering.issues} == {"loss"}
    (row, _) = rows_of(rendering.payloads[0])
    assert row["lines/description"] == "ar.payer; rule claim_settled; account demotoken"
    tagged = _render(entry, dimensions={"dept": "d/"}, tags=["account", "ar_status"])
    assert tagged.issues == ()
    assert "; ar_status denied" in rows_of(tagged.payloads[0])[0]["lines/description"]


def test_the_description_says_what_has_no_field() -> None:
    entry = an_entry(
        original_period="2025-12", settlement_date=date(2026, 2, 3), reverses="demobbbbbbbbbbbbbbbb"
    )
    assert rows_of(_render(entry).payloads[0])[0]["description"] == (
        "demoaaaaaaaaaaaaaaaa; period 2026-01; first period 2025-12; settles 2026-02-03; "
        "reverses demobbbbbbbbbbbbbbbb"
    )


def test_source_origins_and_hash_stay_at_home() -> None:
    rendering = _render(an_entry(), a_receipt(), render_memos=True)
    sent = "".join(dumps(one.body) + one.lookup + one.post_step for one in rendering.payloads)
    assert "SENTINEL" not in sent


def test_a_company_holds_one_currency() -> None:
    yen = [a_line(n, side, "100", currency="JPY") for n, side in ((1, "debit"), (2, "credit"))]
    entry = an_entry(*yen, currency="JPY")
    assert codes_of(_render(entry)) == ["TARGET_VALUE_UNSUPPORTED"]
    (payload,) = _render(entry, currencies={"main": "JPY"}).payloads
    assert rows_of(payload)[0]["lines/debit"] == "100"


def test_a_long_entry_becomes_several_that_balance() -> None:
    lines = [a_line(1, "debit", "5.00", "1029"), *(a_line(n, "credit", "1.00") for n in range(2, 7))]
    after = an_entry(depends_on=["demoaaaaaaaaaaaaaaaa", "demosentbefore000000"], id="demobbbbbbbbbbbbbbbb")
    first, second, third = _render(an_entry(*lines), after, line_limit=4).payloads
    assert [first.external_id, second.external_id] == ["demoaaaaaaaaaaaaaaaa-1", "demoaaaaaaaaaaaaaaaa-2"]
    assert rows_of(first)[0]["description"] == "demoaaaaaaaaaaaaaaaa-1; period 2026-01; part 1 of 2"
    for payload in (first, second):
        debit, credit = sums_of(payload)
        assert debit == credit
    assert sums_of(first)[0] + sums_of(second)[0] == Decimal("5.00")
    assert third.depends_on == (
        "demoaaaaaaaaaaaaaaaa-1",
        "demoaaaaaaaaaaaaaaaa-2",
        "demosentbefore000000",
    )


def test_documents_follow_what_they_depend_on() -> None:
    a, b = an_entry(id="a", depends_on=["b"]), an_entry(id="b")
    assert [payload.external_id for payload in _render(a, b).payloads] == ["b", "a"]


# --- receipts


def test_a_receipt_pays_each_account_in_a_line_of_its_own() -> None:
    rendering = _render(a_receipt())
    (payload,) = rendering.payloads
    head, first, second = rows_of(payload)
    assert head["journal"] == "CASH"
    assert head["description"].endswith("; method ACH; trace TRN-1")
    assert [row["lines/credit"] for row in (first, second)] == ["60.00", "40.00"]
    assert first["lines/description"].endswith("; account demoacct1")
    assert payload.trace["/params/1/2"] == (payload.external_id, 2)
    assert sums_of(payload) == (Decimal("100.00"), Decimal("100.00"))
    assert rendering.issues == ()


def test_accounts_are_not_guessed_among_several_lines() -> None:
    two = [
        a_line(1, "debit", "100.00", "1029"),
        a_line(2, "credit", "70.00", dimensions=[("payer_class", "a")]),
        a_line(3, "credit", "30.00", dimensions=[("payer_class", "b")]),
    ]
    rendering = _render(a_receipt(gl_lines=two), dimensions={"payer_class": "pc/"})
    assert codes_of(rendering) == ["TARGET_APPLICATIONS_LEFT_OUT"]
    assert [row.get("lines/credit") for row in rows_of(rendering.payloads[0])] == ["0.00", "70.00", "30.00"]
    named = [{**line, "tags": [("account", f"t{line['n']}")]} for line in two]
    assert _render(a_receipt(gl_lines=named), dimensions={"payer_class": "pc/"}).issues == ()


@pytest.mark.parametrize(
    "applications",
    [[], [{"account_token": "t", "amount": "90.00"}],
     [{"account_token": "t", "amount": "110.00"}, {"account_token": "u", "amount": "-10.00"}]],
)  # fmt: skip
def test_applications_that_are_not_the_line_are_left_out(applications: list[dict[str, str]]) -> None:
    rendering = _render(a_receipt(applications=applications))
    assert codes_of(rendering) == ["TARGET_APPLICATIONS_LEFT_OUT"]
    assert [row["lines/credit"] for row in rows_of(rendering.payloads[0])] == ["0.00", "100.00"]


# --- invoices and credit memos


@pytest.mark.parametrize("kind", [Invoice, CreditMemo])
def test_a_bill_names_its_account_where_it_is_owed(kind: type[Invoice | CreditMemo]) -> None:
    rendering = _render(a_bill(kind))
    (payload,) = rendering.payloads
    other, owed = rows_of(payload)
    assert other["journal"] == "REV"
    assert owed["lines/description"].endswith("; account demoacct1")
    assert "account demoacct1" not in other["lines/description"]
    assert owed["lines/debit" if kind is Invoice else "lines/credit"] == "100.00"
    assert codes_of(rendering) == ["TARGET_SERVICES_LEFT_OUT"]
    assert "SENTINEL" not in dumps(payload.body)


def test_an_account_that_a_line_names_is_not_named_twice() -> None:
    tagged = [a_line(1, "credit", "100.00", "4010"), a_line(2, "debit", "100.00", tags=[("account", "own")])]
    (payload,) = _render(a_bill(Invoice, gl_lines=tagged)).payloads
    assert rows_of(payload)[1]["lines/description"].endswith("claim_settled; account own")


# --- documents that are not sent


def test_memos_are_left_out_unless_asked_for() -> None:
    memo = a_receipt(memo=True, id="memo")
    journal = an_entry(depends_on=["memo"])
    without, asked = _render(memo, journal), _render(memo, journal, render_memos=True)
    assert [payload.external_id for payload in without.payloads] == [journal.id]
    assert without.payloads[0].depends_on == ()
    assert without.issues == ()
    assert asked.payloads[1].depends_on == ("memo",)
    assert codes_of(asked) == ["TARGET_MEMO_BOOKS"]


def test_a_document_of_nothing_is_nothing_and_nobody_waits_for_it() -> None:
    nothing = a_receipt(amount="0.00", applications=[], gl_lines=[], id="nothing")
    rendering = _render(nothing, an_entry(depends_on=["nothing"]))
    assert codes_of(rendering) == ["TARGET_DOCUMENT_EMPTY"]
    assert [payload.depends_on for payload in rendering.payloads] == [()]


def test_a_kind_without_a_form_is_a_loss_and_what_depends_on_it_waits() -> None:
    other = Document.build(a_head("requisition", id="other"))
    rendering = _render(other, an_entry(depends_on=["other"]))
    assert codes_of(rendering) == ["TARGET_DOCUMENT_UNKNOWN"]
    assert rendering.payloads[0].depends_on == ("other",)


def test_lines_that_do_not_balance_are_not_sent() -> None:
    entry = an_entry()
    lost = entry.model_copy(update={"gl_lines": entry.gl_lines[:1]})
    rendering = _render(lost)
    assert (rendering.payloads, codes_of(rendering)) == ((), ["TARGET_VALUE_UNSUPPORTED"])


@pytest.mark.parametrize(
    "settings",
    [
        {"line_limit": 1},
        {"line_limit": "500"},
        {"api": "xml-rpc"},
        {"company_ids": {"main": 0}},
        {"company_ids": {"main": "1"}},
        {"accounts": {"1100": ""}},
        {"unknown": 1},
    ],
)
def test_settings_refuse_what_cannot_work(settings: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        TARGET.settings(**settings)
