"""Invoices and credit memos as NetSuite records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import hcfin
from billed import ACCOUNT, CONTEXT, books, claim, learned, posted, service
from hcfin.erp import Rendering
from hcfin.finance.base import Document, hashed_content
from hcfin.finance.receivable import Invoice, Receipt
from hcfin.identity import content_hash
from hcfin.posting import post
from hcfin.translation import render
from law_tools import remit

OPEN = books('ar_mode = "open_item"\ncharge_source = "claim_837"')
SETTINGS = {"dimensions": {"payer_class": "class"}, "items": {"4010": "charges"}}


def rendered(*documents: Document, **settings: Any) -> Rendering:
    return render(documents, "netsuite", settings={**SETTINGS, **settings})


def test_an_invoice_is_an_upsert_under_its_own_id() -> None:
    (invoice,) = posted(claim(), used=OPEN).documents
    rendering = rendered(invoice)
    (payload,) = rendering.payloads
    assert (payload.record, payload.method) == ("invoice", "PUT")
    assert payload.path == f"/record/v1/invoice/eid:{invoice.id}?replace=item"
    assert payload.body == {
        "externalId": invoice.id,
        "entity": {"externalId": "mac_a"},
        "tranDate": "2025-01-31",
        "subsidiary": {"externalId": "main"},
        "currency": {"externalId": "USD"},
        "account": {"externalId": "1100"},
        "otherRefNum": ACCOUNT,
        "memo": "period 2025-01",
        "class": {"externalId": "medicare"},
        "item": {
            "items": [
                {
                    "item": {"externalId": "charges"}, "quantity": Decimal(1), "amount": Decimal("1500.00"),
                    "description": "revenue code 0750; 43239", "class": {"externalId": "medicare"},
                },
                {
                    "item": {"externalId": "charges"}, "quantity": Decimal(2), "amount": Decimal("500.00"),
                    "description": "revenue code 0310; 88305", "class": {"externalId": "medicare"},
                },
            ]
        },
    }  # fmt: skip
    lines = {pointer: n for pointer, (_, n) in payload.trace.items()}
    booked = {line.n: (line.role, dict(line.tags).get("revenue_code")) for line in invoice.gl_lines}
    assert {pointer: booked[n] for pointer, n in lines.items()} == {
        "/account": ("ar.payer", None),
        "/item/items/0": ("revenue.gross", "0750"),
        "/item/items/1": ("revenue.gross", "0310"),
    }
    assert {issue.code for issue in rendering.issues} == {"TARGET_TAG_UNMAPPED"}


def test_lines_told_apart_are_traced_apart() -> None:
    fine = books('ar_mode = "open_item"\ngranularity = "line"')
    twins = claim(
        "20.00", service("10.00", "0250"), service("0.00", "0250"), service("10.00", "0250", units=None)
    )
    (invoice,) = posted(twins, used=fine).documents
    (payload,) = rendered(invoice).payloads
    first, last = payload.body["item"]["items"]  # the one without a charge is left out
    assert "quantity" in first
    assert "quantity" not in last
    told = {line.n: dict(line.tags)["line"] for line in invoice.gl_lines}
    assert [told[payload.trace[f"/item/items/{n}"][1]] for n in (0, 1)] == ["1", "3"]


def test_a_memo_is_rendered_only_when_asked() -> None:
    journal, invoice = posted(claim()).documents
    assert [one.record for one in rendered(journal, invoice).payloads] == ["journalEntry"]
    asked = rendered(journal, invoice, render_memos=True)
    assert [one.record for one in asked.payloads] == ["journalEntry", "invoice"]
    assert "TARGET_MEMO_BOOKS" in {issue.code for issue in asked.issues}
    assert "class" not in asked.payloads[1].body  # a memo has no line of the receivable


def test_a_credit_memo_is_applied_to_its_invoice() -> None:
    first = posted(claim(), used=OPEN)
    modified = service("300.00", "", "88305")
    modified["procedure"]["modifiers"] = ["26"]
    second = posted(claim("300.00", modified, frequency="7"), used=OPEN, known=learned(first))
    (old,) = first.documents
    credit, invoice = second.documents
    credited, billed = rendered(*second.documents).payloads
    assert (credited.record, credited.depends_on) == ("creditMemo", (old.id,))
    assert credited.body["apply"]["items"] == [
        {"doc": {"externalId": old.id}, "apply": True, "amount": Decimal("2000.00")}
    ]
    assert credited.body["autoApply"] is False
    assert "autoApply" not in billed.body
    assert billed.body["item"]["items"][0]["description"] == "88305-26"
    assert (credit.kind, invoice.kind) == ("credit_memo", "invoice")


@pytest.mark.parametrize("bills", [1, 2])
def test_a_receipt_pays_the_invoice_that_is_known(bills: int) -> None:
    """One bill of the account to this payer is what it pays; of two, none is guessed."""
    days = [[{"qualifier": "434", "first": f"2025-01-0{n}"}] for n in range(1, bills + 1)]
    billed = posted(*(claim(frequency="3", dates=one) for one in days), used=OPEN)
    known = learned(billed)
    data = remit("T1", "1500", "CLP*ACCT-C*1*2000*1500**MB*ICN1~CAS*CO*45*500")
    reading = hcfin.read(data.replace(b"1999999999", b"1512345678"))
    paid = post(reading, OPEN, context=CONTEXT, known=known)
    (receipt,) = (one for one in paid.documents if isinstance(one, Receipt))
    assert receipt.content_hash == content_hash(hashed_content(receipt))
    (payment,) = (one for one in rendered(*paid.documents).payloads if one.record == "customerPayment")
    (applied,) = payment.body["apply"]["items"]
    wanted = billed.documents[0].id if bills == 1 else ACCOUNT
    assert applied["doc"] == {"externalId": wanted}
    alone = post(reading, OPEN, context=CONTEXT)
    assert all(not one.invoices for one in alone.documents if isinstance(one, Receipt))


def test_patients_are_one_customer_or_none() -> None:
    (invoice,) = posted(claim(filing_indicator="09"), used=OPEN).documents
    (issue,) = rendered(invoice).issues
    assert (issue.code, dict(issue.values)["field"]) == ("TARGET_VALUE_UNSUPPORTED", "customer")
    (payload,) = rendered(invoice, patients="patients").payloads
    assert payload.body["entity"] == {"externalId": "patients"}


def test_more_services_than_a_record_takes_are_summed() -> None:
    """By what the ledger tells apart: account, revenue code, dimensions. The receivable stays one record."""
    many = (service("10.00", "0250", "J1"), service("5.00", "0250", "J2"), service("7.00", "0310", "88305"))
    (invoice,) = posted(claim("22.00", *many), used=OPEN).documents
    whole, summed = rendered(invoice), rendered(invoice, item_limit=2)
    assert [item["amount"] for item in whole.payloads[0].body["item"]["items"]] == [
        Decimal("10.00"), Decimal("5.00"), Decimal("7.00"),
    ]  # fmt: skip
    first, second = summed.payloads[0].body["item"]["items"]
    assert (first["amount"], first["description"]) == (Decimal("15.00"), "revenue code 0250")
    assert (second["amount"], second["description"]) == (Decimal("7.00"), "revenue code 0310")
    assert "quantity" not in first
    assert first["class"] == {"externalId": "medicare"}
    codes = [{issue.code for issue in one.issues} for one in (whole, summed)]
    assert codes[1] - codes[0] == {"TARGET_SERVICES_LEFT_OUT"}
    lines = {line.n: dict(line.tags).get("revenue_code") for line in invoice.gl_lines}
    trace = summed.payloads[0].trace
    assert [lines[trace[f"/item/items/{n}"][1]] for n in (0, 1)] == ["0250", "0310"]
    assert {dict(one.values).get("field") for one in rendered(invoice, item_limit=1).issues} >= {"lines"}


def bad(field: str) -> Document:
    (invoice,) = posted(claim(), used=OPEN).documents
    assert isinstance(invoice, Invoice)
    first, *rest = invoice.lines
    if field == "amount":
        lines = (first.model_copy(update={"amount": Decimal("-1.00")}), *rest)
        return invoice.model_copy(update={"lines": lines})
    if field == "lines":
        lines = tuple(first.model_copy(update={"revenue_code": f"{n:04}"}) for n in range(1001))
        return invoice.model_copy(update={"lines": lines})
    return invoice.model_copy(update={"receivable_account": "1199"})


@pytest.mark.parametrize("field", ["amount", "lines", "gl_lines"])
def test_what_the_record_would_book_otherwise_is_not_rendered(field: str) -> None:
    rendering = rendered(bad(field))
    assert rendering.payloads == ()
    assert dict(rendering.issues[0].values)["field"] == field


def test_an_item_without_a_line_of_its_account_is_not_traced() -> None:
    _, invoice = posted(claim()).documents
    (payload,) = rendered(invoice, render_memos=True).payloads
    assert payload.trace == {}


def test_amounts_beyond_exactness_are_refused() -> None:
    huge = claim("9999999999999999.99", service("9999999999999999.99", "0250"))
    (invoice,) = posted(huge, used=OPEN).documents
    assert [issue.code for issue in rendered(invoice).issues] == ["TARGET_AMOUNT_TOO_LARGE"]
