"""A day of work in a real Tryton: its books equal ours, in each mode, and it refuses what it should."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import hcfin
from erp_day import DAY_MODES, ENTITIES, account_of, grown
from hcfin.erp import Payload
from hcfin.finance.base import Document
from hcfin.finance.receivable import Invoice
from hcfin.issues import Issue
from post_to_erp import ALREADY, DIFFERS, POSTED, REFUSED, TWICE, UNKNOWN, UNSOUND, WAITS, Report, post_all
from tryton_balance import differences, ours, theirs
from tryton_days import Day, assert_same, day_of, moves_in
from tryton_match import match

MODES = tuple(DAY_MODES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("day")


@pytest.fixture(scope="module")
def days(tryton: Any, folder: Path, provisioned: Path) -> Iterator[dict[str, tuple[Day, Report]]]:
    """The day posted in each mode, in a database of its own."""
    with contextlib.ExitStack() as servers:
        found = {}
        for mode in MODES:
            day = day_of(servers.enter_context(tryton.server(mode, "books")), folder, provisioned, mode)
            found[mode] = day, post_all(day.payloads, day.tryton.send, pause=0.1)
        yield found


@pytest.fixture(scope="module")
def scratch(tryton: Any, folder: Path, provisioned: Path) -> Iterator[Day]:
    """A database for what goes wrong."""
    with tryton.server("scratch", "books") as base:
        yield day_of(base, folder, provisioned, "open_item")


# --- the books agree


@pytest.mark.parametrize("mode", MODES)
def test_the_day_is_posted(mode: str, days: Any, tryton: Any, record_property: Any) -> None:
    day, report = days[mode]
    assert set(report.outcomes.values()) == {POSTED}
    assert len(report.outcomes) == sum(not document.memo for document in day.documents)
    dates = [payload.body["params"][1][0][3] for payload in day.payloads]
    assert dates == sorted(dates)
    assert "2025-H1" in {payload.body["params"][1][0][2] for payload in day.payloads}
    record_property("erp", tryton.name)


@pytest.mark.parametrize("mode", MODES)
def test_its_books_equal_ours(mode: str, days: Any) -> None:
    day, _ = days[mode]
    booked = theirs(day.tryton, day.settings)
    assert_same(ours(day.documents, day.settings), booked)
    assert ("hospital", "1029") not in booked.accounts, "clearing is zero"
    assert sum(booked.accounts.values()) == 0
    assert {entity for entity, *_ in booked.accounts} == set(ENTITIES)
    assert len({party for _, _, party in booked.parties}) > 3
    assert {code.split("/")[0] for _, code in booked.analytic} == {"payer_class", "turn"}


def test_all_modes_leave_the_same_books(days: Any) -> None:
    first, *others = (theirs(days[mode][0].tryton, days[mode][0].settings) for mode in MODES)
    for other in others:
        assert_same(first, other)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_day_again_changes_nothing(mode: str, days: Any) -> None:
    day, first = days[mode]
    before, moves = theirs(day.tryton, day.settings), moves_in(day)
    again = post_all(day.payloads, day.tryton.send, pause=0.1)
    assert set(again.outcomes.values()) == {ALREADY}
    assert again.outcomes.keys() == first.outcomes.keys()
    assert_same(before, theirs(day.tryton, day.settings))
    assert moves_in(day) == moves


def test_open_items_name_the_accounts_that_are_paid(days: Any) -> None:
    """What a receipt pays stands in lines of its own, so that the sub-ledger can match them."""
    day, _ = days["open_item"]
    day.tryton.work_for(day.settings["company_ids"]["hospital"])
    receipts = [document for document in day.documents if document.kind == "receipt"]
    assert len(receipts) > 5
    for receipt in receipts:
        lines = day.tryton.rows(
            "account.move.line",
            ["credit", "description"],
            ["move.description", "like", f"{receipt.id};%"],
            ["account.code", "=", receipt.receivable_account],
        )
        paid = {line["description"].rpartition("; account ")[2]: line["credit"] for line in lines}
        wanted: dict[str, Decimal] = {}
        for one in receipt.applications:
            wanted[one.account_token] = wanted.get(one.account_token, Decimal(0)) + one.amount
        assert paid == wanted


def test_open_items_equal_ours_and_each_other(days: Any) -> None:
    """Claim by claim each line of a receivable names its account; what adds up is closed."""
    found = []
    for mode in ("gl_only_by_claim", "open_item_by_claim"):
        day, _ = days[mode]
        wanted: dict[tuple[str, ...], Decimal] = {}
        for document in day.documents:
            for line in () if document.memo else document.gl_lines:
                if line.account in day.settings["party_accounts"]:
                    token = account_of(document, line)
                    party = line.party.token if line.party else day.settings["other_party"]
                    item = (document.entity, line.account, party, token)
                    amount = line.amount if line.side == "debit" else -line.amount
                    wanted[item] = wanted.get(item, Decimal(0)) + amount
        still_open = match(day.tryton, day.settings)
        assert still_open == {item: amount for item, amount in wanted.items() if amount or not item[-1]}
        closed = [item for item, amount in wanted.items() if not amount and item[-1]]
        assert len(closed) > 3, "bills that are paid in full, replaced or void"
        assert match(day.tryton, day.settings) == still_open
        found.append({item: amount for item, amount in still_open.items() if amount})
    assert found[0] == found[1]


# --- booked in parts, and booked twice


def test_parts_book_what_the_whole_books(scratch: Day) -> None:
    (journal,) = [one for one in _of_source(scratch, "EFT0310") if one.kind == "journal_entry"]
    journal = journal.model_copy(update={"id": "in-parts"})
    rendering = hcfin.render([journal], "tryton", settings={**scratch.settings, "line_limit": 4})
    before = theirs(scratch.tryton, scratch.settings)
    report = post_all(rendering.payloads, scratch.tryton.send, pause=0.1)
    assert set(report.outcomes.values()) == {POSTED}
    assert len(report.outcomes) > 4
    assert_same(grown(before, ours([journal], scratch.settings)), theirs(scratch.tryton, scratch.settings))


def test_a_receipt_beside_a_journal_that_has_it_is_found(days: Any, scratch: Day) -> None:
    """The journal of `gl_only` and the receipt of `open_item` together book the payment twice."""
    single = _of_source(days["gl_only"][0], "EFT0310")
    receipt = [one for one in _of_source(scratch, "EFT0310") if one.kind == "receipt"]
    rendering = hcfin.render([*single, *receipt], "tryton", settings=scratch.settings)
    before = theirs(scratch.tryton, scratch.settings)
    report = post_all(rendering.payloads, scratch.tryton.send, pause=0.1)
    assert report.counted() == {POSTED: 2}, "Tryton itself sees nothing wrong"
    booked = theirs(scratch.tryton, scratch.settings)
    found = differences(grown(before, ours(single, scratch.settings)), booked)
    assert [one.partition(":")[0] for one in found] == [
        "accounts hospital 1029",
        "accounts hospital 1100",
        "parties hospital 1100 mac_a",
        "analytic hospital payer_class/medicare",
        "analytic hospital turn/primary",
    ], "what the receipt books, and nothing else"
    assert_same(grown(before, ours([*single, *receipt], scratch.settings)), booked)


def _of_source(day: Day, trace: str) -> list[Document]:
    return [one for one in day.documents if f"/{trace}/" in one.source]


def test_the_other_mode_does_not_come_on_top(days: Any) -> None:
    """The journal of a posted remittance has the same id in both modes; its receipt would be booked twice."""
    day, _ = days["gl_only"]
    other = hcfin.render(_of_source(days["open_item"][0], "EFT0310"), "tryton", settings=day.settings)
    before = moves_in(day)
    report = post_all(other.payloads, day.tryton.send, pause=0.1)
    assert list(report.outcomes.values()) == [DIFFERS, WAITS]
    assert moves_in(day) == before


# --- refused


def _changed(day: Day, name: str, **settings: Any) -> Payload:
    """A bill of the day under another id, rendered with something wrong."""
    document = _bill(day).model_copy(update={"id": name})
    (payload,) = hcfin.render([document], "tryton", settings={**day.settings, **settings}).payloads
    return payload


def _bill(day: Day) -> Invoice:
    return next(one for one in day.documents if isinstance(one, Invoice) and one.customer.token == "mac_a")


def _one(report: Report) -> tuple[str, Issue]:
    ((name, outcome),) = report.outcomes.items()
    (issue,) = report.issues[name]
    return outcome, issue


@pytest.mark.parametrize(
    ("settings", "record", "wrong"),
    [
        ({"accounts": {"1090": "999999"}}, "Account", "999999"),
        ({"parties": {"mac_a": "nobody"}}, "Party", "nobody"),
        ({"companies": {"hospital": "nowhere"}}, "Company", "nowhere"),
        ({"journals": {"invoice": "NONE"}}, "Account Journal", "NONE"),
        ({"periods": {"2025-01": "2031-01"}}, "Account Period", "2031-01"),
        ({"dimensions": {"payer_class": "other/"}}, "Analytic Account", "other/medicare"),
    ],
)
def test_what_is_not_there_is_named(settings: dict[str, Any], record: str, wrong: str, scratch: Day) -> None:
    payload = _changed(scratch, f"unknown-{record.lower()}", **settings)
    before = moves_in(scratch)
    outcome, issue = _one(post_all([payload], scratch.tryton.send, pause=0.1))
    assert (outcome, issue.code) == (REFUSED, "ERP_REFERENCE_UNKNOWN")
    values = dict(issue.values)
    assert values["record"] == record
    assert wrong in payload.body["params"][1][int(values["row"])]
    assert payload.trace[f"/params/1/{values['row']}"][0] == payload.external_id
    assert moves_in(scratch) == before


def test_what_does_not_balance_is_refused(scratch: Day, tryton: Any) -> None:
    payload = _changed(scratch, "forced")
    body = json.loads(json.dumps(payload.body))
    row = next(row for row in body["params"][1] if Decimal(row[6] or 0))
    row[6] = str(Decimal(row[6]) + Decimal("0.01"))
    before = theirs(scratch.tryton, scratch.settings)
    report = post_all([replace(payload, body=body)], scratch.tryton.send, pause=0.1)
    if tryton.backend.name == "sqlite":
        # Tryton's check compares a number with bytes there; the state of the lines gives it away.
        assert report.outcomes == {"forced": UNSOUND}
        return
    outcome, issue = _one(report)
    assert (outcome, issue.code) == (REFUSED, "ERP_UNBALANCED")
    assert_same(before, theirs(scratch.tryton, scratch.settings))
    # The draft that is left behind gives way to what is right.
    assert post_all([payload], scratch.tryton.send, pause=0.1).outcomes == {"forced": POSTED}


def test_a_closed_period_is_refused_and_open_again_takes_it(scratch: Day) -> None:
    session = scratch.tryton
    company = scratch.settings["company_ids"]["hospital"]
    session.work_for(company)
    period = session.find("account.period", ["name", "=", "2025-02"], ["company", "=", company])
    document = _bill(scratch)
    changes = {"id": "late", "period": "2025-02", "gl_date": document.gl_date.replace(month=2)}
    (payload,) = hcfin.render(
        [document.model_copy(update=changes)], "tryton", settings=scratch.settings
    ).payloads
    session.call("model.account.period.close", [period], session.context)
    outcome, issue = _one(post_all([payload], session.send, pause=0.1))
    assert (outcome, issue.code, issue.retry) == (REFUSED, "ERP_PERIOD_CLOSED", "next_period")
    session.call("model.account.period.reopen", [period], session.context)
    assert post_all([payload], session.send, pause=0.1).outcomes == {"late": POSTED}


def test_a_chain_stops_where_it_breaks(scratch: Day) -> None:
    """The entry of an affiliate waits for that of the payee; what does not depend on it goes on."""
    entry = next(one for one in scratch.payloads if one.depends_on)
    first = next(one for one in scratch.payloads if one.external_id in entry.depends_on)
    broken = json.loads(json.dumps(first.body))
    broken["params"][1][0][5] = "999999"
    free = _changed(scratch, "free")
    report = post_all([replace(first, body=broken), entry, free], scratch.tryton.send, pause=0.1)
    assert list(report.outcomes.values()) == [REFUSED, WAITS, POSTED]
    again = post_all([first, entry, free], scratch.tryton.send, pause=0.1)
    assert list(again.outcomes.values()) == [POSTED, POSTED, ALREADY]


# --- answers that get lost


@pytest.mark.parametrize(
    "lost", ["model.res.user.set_preferences", "model.account.move.import_data", "model.account.move.post"]
)
def test_a_lost_answer_books_once(lost: str, scratch: Day) -> None:
    """Tryton did what it was asked, and nobody heard of it."""
    payload = _changed(scratch, f"lost-{lost.rpartition('.')[2]}")
    times = []

    def send(method: str, path: str, body: str) -> tuple[int, str]:
        answer = scratch.tryton.send(method, path, body)
        if json.loads(body)["method"] == lost and not times:
            times.append(1)
            return 0, ""
        return answer

    report = post_all([payload], send, pause=0.01)
    assert set(report.outcomes.values()) == {POSTED}
    assert times
    assert len(_found(scratch, payload)) == 1


def test_silence_is_told_and_not_guessed(scratch: Day) -> None:
    payload = _changed(scratch, "silence")
    asked = []

    def send(method: str, path: str, body: str) -> tuple[int, str]:
        asked.append(json.loads(body)["method"])
        return (503, "busy") if asked[-1].endswith("import_data") else scratch.tryton.send(method, path, body)

    report = post_all([payload, replace(payload, external_id="next", depends_on=("silence",))], send,
                      attempts=3, pause=0.01)  # fmt: skip
    assert report.outcomes == {"silence": UNKNOWN, "next": WAITS}
    assert not report.complete
    assert asked.count("model.account.move.import_data") == 3
    assert _found(scratch, payload) == []


def test_two_copies_are_told(scratch: Day) -> None:
    """Two callers at once, or a copy made by hand: a person must look."""
    payload = _changed(scratch, "copied")
    for _ in range(2):
        status, text = scratch.tryton.send("POST", payload.path, json.dumps(payload.body))
        assert (status, json.loads(text)["result"]) == (200, 1)
    assert post_all([payload], scratch.tryton.send).outcomes == {"copied": TWICE}


def test_a_copy_that_comes_in_between_is_told_and_not_posted(scratch: Day) -> None:
    payload = _changed(scratch, "raced")

    def send(method: str, path: str, body: str) -> tuple[int, str]:
        if json.loads(body)["method"].endswith("import_data"):
            scratch.tryton.send(method, path, body)  # another caller, in the same moment
        return scratch.tryton.send(method, path, body)

    assert post_all([payload], send, pause=0.01).outcomes == {"raced": TWICE}
    assert [move["state"] for move in _found(scratch, payload)] == ["draft", "draft"]


def _found(day: Day, payload: Payload) -> list[Any]:
    _, text = day.tryton.send("POST", payload.path, payload.lookup)
    found: list[Any] = json.loads(text)["result"]
    return found
