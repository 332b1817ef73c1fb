"""The posting loop where the ERP tells twins apart by id: an account of NetSuite, kept in memory."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from erp_documents import a_line, a_receipt, an_entry
from hcfin.erp import Payload
from hcfin.finance.base import Document
from post_to_erp import ALREADY, PENDING, POSTED, REFUSED, UNKNOWN, WAITS, post_all
from procurement_documents import ORDER, a_receipt_of_goods, a_requisition, a_supplier_invoice, an_order

CLOSED = "The transaction date you specified is not within the date range of your accounting period."


class Account:
    """Takes upserts; keeps records by path, and knows what it must refuse or keep silent about."""

    def __init__(self) -> None:
        self.records: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.closed: set[str] = set()
        self.silent: list[tuple[str, bool]] = []

    def send(self, method: str, path: str, body: str) -> tuple[int, str]:
        """Silence comes before or after the record was taken."""
        self.asked.append((method, path))
        if method == "GET":
            return (200, "{}") if path in self.records else (404, "")
        record = json.loads(body, parse_float=Decimal)
        if record["tranDate"] in self.closed:
            detail = {"detail": CLOSED, "o:errorCode": "USER_ERROR"}
            return 400, json.dumps({"status": 400, "o:errorDetails": [detail]})
        silence = self.silent.pop(0) if self.silent and self.silent[0][0] in path else None
        if silence and not silence[1]:
            return 503, ""
        if method == "POST":
            kind = path.partition("/!transform/")[2].partition("?")[0] or path.rpartition("/")[2]
            path = f"/record/v1/{kind}/eid:{record['externalId']}"
            if path in self.records:
                return 400, json.dumps({"status": 400, "o:errorDetails": [{"o:errorCode": "DUP_RCRD"}]})
        self.records[path] = record
        return (0, "") if silence else (204, "")


def payloads_of(*documents: Document, **settings: Any) -> tuple[Payload, ...]:
    return hcfin.render(documents, "netsuite", settings=settings).payloads


def an_other(name: str, **more: Any) -> Document:
    return an_entry(a_line(1, "debit", "12.30", "1029"), a_line(2, "credit", "12.30"), id=name, **more)


def test_each_is_sent_once_with_its_own_digits() -> None:
    account = Account()
    payloads = payloads_of(a_receipt(), an_other("second"))
    report = post_all(payloads, account.send)
    assert report.counted() == {POSTED: 2}
    assert account.asked == [(one.method, one.path) for one in payloads]
    assert account.records[payloads[1].path]["line"]["items"][0]["debit"] == Decimal("12.30")
    first = dict(account.records)
    assert post_all(payloads, account.send).complete
    assert account.records == first, "the same again is the same record"


@pytest.mark.parametrize("taken", [False, True])
def test_silence_is_asked_again_under_the_same_id(taken: bool) -> None:
    account = Account()
    account.silent = [("second", taken), ("second", taken)]
    report = post_all(payloads_of(an_other("second")), account.send, pause=0.001)
    assert report.outcomes == {"second": POSTED}
    assert len(account.asked) == 3
    assert len(account.records) == 1


def test_silence_without_end_is_told_and_a_chain_waits() -> None:
    account = Account()
    account.silent = [("second", False)] * 2
    payloads = payloads_of(an_other("second"), an_other("third", depends_on=["second"]), an_other("free"))
    report = post_all(payloads, account.send, attempts=2, pause=0.001)
    assert report.outcomes == {"second": UNKNOWN, "third": WAITS, "free": POSTED}
    assert not report.complete


def test_a_refusal_is_not_asked_again() -> None:
    account = Account()
    account.closed = {"2026-01-31"}
    payloads = payloads_of(an_other("second"), an_other("third", depends_on=["second"]))
    report = post_all(payloads, account.send, pause=0.001)
    assert report.outcomes == {"second": REFUSED, "third": WAITS}
    assert [one.code for one in report.issues["second"]] == ["ERP_PERIOD_CLOSED"]
    assert len(account.asked) == 1
    account.closed.clear()
    assert post_all(payloads, account.send).counted() == {POSTED: 2}


def test_what_must_be_approved_is_not_in_the_books() -> None:
    account = Account()
    payloads = payloads_of(an_other("second"), an_other("third", depends_on=["second"]), approval_status=1)
    report = post_all(payloads, account.send)
    assert report.counted() == {PENDING: 2}
    assert not report.complete


# --- records that others are made of


BOUGHT = {"requester": "buyer", "received_accounts": ["2020"]}


def test_what_is_created_is_looked_up_first_and_never_sent_over_itself() -> None:
    account = Account()
    payloads = payloads_of(a_requisition(), an_order(), a_receipt_of_goods(), a_supplier_invoice(), **BOUGHT)
    assert post_all(payloads, account.send).counted() == {POSTED: 4}
    first = dict(account.records)
    assert list(first) == [one.lookup for one in payloads[:3]] + [payloads[3].path]
    asked = len(account.asked)
    again = post_all(payloads, account.send)
    assert again.counted() == {ALREADY: 3, POSTED: 1}
    assert [method for method, _ in account.asked[asked:]] == ["GET", "GET", "GET", "PUT"]
    assert account.records == first


@pytest.mark.parametrize("taken", [False, True])
def test_a_creation_that_nobody_heard_of_is_looked_up(taken: bool) -> None:
    account = Account()
    account.silent = [("purchaseOrder", taken)]
    report = post_all(payloads_of(an_order(), a_receipt_of_goods(), **BOUGHT), account.send, pause=0.001)
    assert report.counted() == {POSTED: 2}
    assert len(account.records) == 2
    sent = [path for method, path in account.asked if method == "POST"]
    assert len(sent) == (2 if taken else 3)


def test_a_twin_that_comes_in_between_is_refused() -> None:
    account = Account()
    (payload,) = payloads_of(an_order(), **BOUGHT)

    def send(method: str, path: str, body: str) -> tuple[int, str]:
        if method == "POST":
            account.send(method, path, body)
        return account.send(method, path, body)

    report = post_all([payload], send)
    assert report.outcomes == {ORDER: REFUSED}
    assert [one.code for one in report.issues[ORDER]] == ["ERP_DUPLICATE"]


def test_a_requisition_that_must_be_approved_is_pending_once_sent() -> None:
    account = Account()
    payloads = payloads_of(a_requisition(approval="required"), **BOUGHT)
    assert post_all(payloads, account.send).counted() == {PENDING: 1}
    assert post_all(payloads, account.send).counted() == {ALREADY: 1}
