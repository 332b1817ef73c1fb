"""The day posted to a real Tryton over REST: the same books, and the same refusals in other words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hcfin.erp import Payload
from hcfin.finance.receivable import Invoice
from hcfin.translation import render
from post_to_erp import ALREADY, POSTED, REFUSED, UNKNOWN, UNSOUND, post_all
from tryton_balance import ours, theirs
from tryton_client import Key
from tryton_days import Day, assert_same, day_of, key_of, moves_in

Send = Callable[[str, str, str], tuple[int, str]]


@pytest.fixture(scope="module")
def day(
    tryton: Any, provisioned: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Day, Send]]:
    """The day's payloads for REST, a session to look with, and a transport that knows a key only."""
    folder = tmp_path_factory.mktemp("rest")
    rest = folder / "rest.toml"
    rest.write_text('[erp.tryton]\napi = "rest"\n', encoding="utf-8")
    with tryton.server("rest", "books") as base:
        found = day_of(base, folder, provisioned, "open_item", str(rest))
        yield found, Key(base, key_of(found.tryton)).send


def test_the_day_is_posted_and_its_books_equal_ours(day: Any, tryton: Any, record_property: Any) -> None:
    own, send = day
    assert {payload.path for payload in own.payloads} == {"/rest/model/account.move/import_data"}
    report = post_all(own.payloads, send, pause=0.1)
    assert set(report.outcomes.values()) == {POSTED}
    assert_same(ours(own.documents, own.settings), theirs(own.tryton, own.settings))
    before = moves_in(own)
    assert set(post_all(own.payloads, send, pause=0.1).outcomes.values()) == {ALREADY}
    assert moves_in(own) == before
    record_property("erp", tryton.name)


def _bill(day: Day, name: str, settings: dict[str, Any], **changes: Any) -> Payload:
    """A bill of the day under another id."""
    bill = next(one for one in day.documents if isinstance(one, Invoice) and one.customer.token == "mac_a")
    document = bill.model_copy(update={"id": name, **changes})
    (payload,) = render([document], "tryton", settings={**day.settings, **settings}).payloads
    return payload


@pytest.mark.parametrize(
    ("settings", "record", "wrong"),
    [
        ({"accounts": {"1090": "999999"}}, "Account", "999999"),
        ({"parties": {"mac_a": "nobody"}}, "Party", "nobody"),
    ],
)
def test_what_is_not_there_is_named(settings: dict[str, Any], record: str, wrong: str, day: Any) -> None:
    own, send = day
    payload = _bill(own, f"unknown-{record.lower()}", settings)
    before = moves_in(own)
    report = post_all([payload], send, pause=0.1)
    (issue,) = report.issues[payload.external_id]
    values = dict(issue.values)
    assert (set(report.outcomes.values()), issue.code) == ({REFUSED}, "ERP_REFERENCE_UNKNOWN")
    assert (values["status"], values["record"]) == ("400", record)
    assert wrong in payload.body["data"][int(values["row"])]
    assert payload.trace[f"/data/{values['row']}"][0] == payload.external_id
    assert moves_in(own) == before


def test_what_does_not_balance_is_refused(day: Any, tryton: Any) -> None:
    own, send = day
    payload = _bill(own, "forced", {})
    body = json.loads(json.dumps(payload.body))
    row = next(row for row in body["data"] if Decimal(row[6] or 0))
    row[6] = str(Decimal(row[6]) + Decimal("0.01"))
    report = post_all([replace(payload, body=body)], send, pause=0.1)
    if tryton.backend.name == "sqlite":
        assert report.outcomes == {"forced": UNSOUND}
        return
    assert report.outcomes == {"forced": REFUSED}
    assert [issue.code for issue in report.issues["forced"]] == ["ERP_UNBALANCED"]
    # The draft that is left behind gives way to what is right.
    assert post_all([payload], send, pause=0.1).outcomes == {"forced": POSTED}


def test_a_closed_period_is_refused_without_a_reason(day: Any) -> None:
    """Tryton's REST says no more than 403 here, as to a user without the right: JSON-RPC says why."""
    own, send = day
    company = own.settings["company_ids"]["hospital"]
    own.tryton.work_for(company)
    period = own.tryton.find("account.period", ["name", "=", "2025-02"], ["company", "=", company])
    dated = next(one for one in own.documents if isinstance(one, Invoice)).gl_date.replace(month=2)
    payload = _bill(own, "late", {}, period="2025-02", gl_date=dated)
    own.tryton.call("model.account.period.close", [period], own.tryton.context)
    report = post_all([payload], send, pause=0.1)
    assert report.outcomes == {"late": REFUSED}
    (issue,) = report.issues["late"]
    assert (issue.code, dict(issue.values)["status"]) == ("ERP_REJECTED", "403")
    own.tryton.call("model.account.period.reopen", [period], own.tryton.context)
    assert post_all([payload], send, pause=0.1).outcomes == {"late": POSTED}


def test_a_lost_answer_books_once_and_silence_is_told(day: Any) -> None:
    own, send = day
    lost: list[str] = []

    def losing(method: str, path: str, body: str) -> tuple[int, str]:
        answer = send(method, path, body)
        step = path.rpartition("/")[2]
        if step in ("import_data", "post") and step not in lost:
            lost.append(step)
            return 0, ""
        return answer

    payload = _bill(own, "lost", {})
    before = moves_in(own)
    assert post_all([payload], losing, pause=0.01).outcomes == {"lost": POSTED}
    assert lost == ["import_data", "post"]
    assert moves_in(own) == before + 1
    assert post_all([_bill(own, "silence", {})], lambda *_: (503, ""), attempts=2, pause=0.01).outcomes == {
        "silence": UNKNOWN
    }


def test_a_wrong_key_is_refused(day: Any) -> None:
    own, _ = day
    report = post_all([_bill(own, "stranger", {})], Key(own.tryton.base, "no-key").send, pause=0.01)
    assert report.outcomes == {"stranger": REFUSED}
    assert [issue.code for issue in report.issues["stranger"]] == ["ERP_REJECTED"]
