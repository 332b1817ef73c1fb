"""Requisitions, orders, receipts of goods and supplier invoices as NetSuite records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from erp_documents import codes_of
from hcfin.erp import Payload, Rendering
from hcfin.finance.base import Document
from procurement_documents import (
    CASE,
    CONSIGNED,
    FREIGHT,
    GRNI,
    INVOICE,
    ORDER,
    PAYABLE,
    RECEIPT,
    REQUISITION,
    STOCK,
    SUPPLY,
    VARIANCE,
    a_bill_of_an_implant,
    a_booking,
    a_credit,
    a_receipt_of_goods,
    a_requisition,
    a_settled,
    a_supplier_invoice,
    an_amount,
    an_item,
    an_order,
    an_ordered,
)

SETTINGS = {"requester": "buyer", "units": {"EA": "1"}, "received_accounts": [GRNI]}
HEAD = {
    "tranDate": "2026-01-31",
    "subsidiary": {"externalId": "main"},
    "currency": {"externalId": "USD"},
}


def rendered(*documents: Document, **settings: Any) -> Rendering:
    return hcfin.render(documents, "netsuite", settings={**SETTINGS, **settings})


def payload_of(document: Document, **settings: Any) -> Payload:
    rendering = rendered(document, **settings)
    assert not [issue for issue in rendering.issues if issue.severity == "error"]
    (payload,) = rendering.payloads
    return payload


# --- the worked example


def test_a_requisition_is_created_once() -> None:
    payload = payload_of(a_requisition())
    assert (payload.method, payload.path) == ("POST", "/record/v1/purchaseRequisition")
    assert payload.lookup == f"/record/v1/purchaseRequisition/eid:{REQUISITION}"
    assert payload.body == {
        "externalId": REQUISITION,
        "entity": {"externalId": "buyer"},
        **HEAD,
        "location": {"externalId": "CATHLAB"},
        "memo": "period 2026-01; reason below_minimum; number R-1",
        "dueDate": "2026-02-10",
        "item": {
            "items": [
                {
                    "item": {"externalId": "STENT-3"},
                    "quantity": Decimal(10),
                    "units": "1",
                    "estimatedRate": Decimal(120),
                    "estimatedAmount": Decimal("1200.00"),
                    "expectedReceiptDate": "2026-02-10",
                    "description": "supplier item MS-0003; device 00812345670003",
                    "poVendor": {"externalId": "medsup"},
                }
            ]
        },
    }
    assert payload.post_step == ""


def test_an_order_is_created_once() -> None:
    payload = payload_of(an_order(contract="C-9"))
    assert (payload.record, payload.method, payload.external_id) == ("purchaseOrder", "POST", ORDER)
    assert payload.lookup == f"/record/v1/purchaseOrder/eid:{ORDER}"
    (line,) = payload.body["item"]["items"]
    assert (line["quantity"], line["rate"], line["amount"]) == (10, 120, Decimal("1200.00"))
    assert "poVendor" not in line
    assert payload.body["entity"] == {"externalId": "medsup"}
    assert payload.body["memo"] == "period 2026-01; number PO-1; contract C-9"
    assert payload.trace == {}, "it books nothing"


def test_a_receipt_is_made_of_its_order() -> None:
    payload = payload_of(a_receipt_of_goods())
    assert payload.method == "POST"
    assert payload.path == f"/record/v1/purchaseOrder/eid:{ORDER}/!transform/itemReceipt?replace=item"
    assert payload.lookup == f"/record/v1/itemReceipt/eid:{RECEIPT}"
    assert payload.body == {
        "externalId": RECEIPT,
        "tranDate": "2026-01-31",
        "location": {"externalId": "CATHLAB"},
        "memo": "period 2026-01; number S-1; order PO-1",
        "item": {
            "items": [
                {
                    "orderLine": 1,
                    "itemReceive": True,
                    "item": {"externalId": "STENT-3"},
                    "quantity": Decimal(10),
                    "units": "1",
                    "description": "supplier item MS-0003; device 00812345670003",
                }
            ]
        },
    }
    assert payload.trace == {"/item/items/0": (RECEIPT, 1)}


def test_an_invoice_settles_the_order_at_its_price_and_the_rest_by_account() -> None:
    """1,200.00 + 30.00 + 18.00 = 1,248.00."""
    payload = payload_of(a_supplier_invoice())
    assert (payload.method, payload.record) == ("PUT", "vendorBill")
    assert payload.path == f"/record/v1/vendorBill/eid:{INVOICE}?replace=item,expense"
    assert payload.body == {
        "externalId": INVOICE,
        "entity": {"externalId": "medsup"},
        "tranId": "INV-77",
        **HEAD,
        "memo": "period 2026-01; order PO-1",
        "dueDate": "2026-02-27",
        "account": {"externalId": PAYABLE},
        "item": {
            "items": [
                {
                    "orderDoc": {"externalId": ORDER},
                    "orderLine": 1,
                    "item": {"externalId": "STENT-3"},
                    "quantity": Decimal(10),
                    "units": "1",
                    "rate": Decimal(120),
                    "amount": Decimal("1200.00"),
                }
            ]
        },
        "expense": {
            "items": [
                {"account": {"externalId": VARIANCE}, "amount": Decimal("30.00"), "memo": "price_variance"},
                {"account": {"externalId": FREIGHT}, "amount": Decimal("18.00"), "memo": "freight"},
            ]
        },
    }
    assert payload.trace == {
        "/account": (INVOICE, 4),
        "/item/items/0": (INVOICE, 1),
        "/expense/items/0": (INVOICE, 2),
        "/expense/items/1": (INVOICE, 3),
    }


def test_without_the_account_of_receipts_all_of_an_invoice_goes_by_account() -> None:
    payload = payload_of(a_supplier_invoice(), received_accounts=[])
    assert payload.path.endswith("?replace=expense")
    assert [one["account"]["externalId"] for one in payload.body["expense"]["items"]] == [
        GRNI,
        VARIANCE,
        FREIGHT,
    ]
    assert payload.body["expense"]["items"][0]["memo"] == "item; 10 EA of STENT-3"


def test_a_bill_of_an_implant_settles_the_accrual_of_its_use() -> None:
    """5,200.00 + 150.00 = 5,350.00, and never against what is received."""
    payload = payload_of(a_bill_of_an_implant())
    assert [
        (one["account"]["externalId"], str(one["amount"])) for one in payload.body["expense"]["items"]
    ] == [(CONSIGNED, "5200.00"), (VARIANCE, "150.00")]
    assert "item" not in payload.body
    assert payload.body["memo"] == f"period 2026-01; order PO-2; case {CASE}"


def test_what_is_held_is_never_owed() -> None:
    """Eight arrived of ten that are invoiced: 960.00 of 1,200.00."""
    lines = [a_settled(quantity="8", amount="960.00")]
    bill = a_supplier_invoice(
        lines=lines,
        amount="960.00",
        invoiced="1200.00",
        gl_lines=a_booking((GRNI, "960.00"), (PAYABLE, "-960.00")),
    )
    body = payload_of(bill).body
    assert [one["amount"] for one in body["item"]["items"]] == [Decimal("960.00")]
    assert "expense" not in body
    assert "960.00 of 1200.00 approved" in body["memo"]


def test_an_invoice_that_is_held_whole_sends_nothing() -> None:
    rendering = rendered(a_supplier_invoice(lines=(), gl_lines=(), amount="0.00"))
    assert (rendering.payloads, codes_of(rendering)) == ((), ["TARGET_DOCUMENT_EMPTY"])


def test_a_credit_is_applied_to_its_invoice() -> None:
    payload = payload_of(a_credit())
    assert payload.path == f"/record/v1/vendorCredit/eid:{payload.external_id}?replace=expense"
    body = payload.body
    assert body["autoApply"] is False
    assert body["apply"] == {
        "items": [{"doc": {"externalId": INVOICE}, "apply": True, "amount": Decimal("30.00")}]
    }
    assert body["expense"]["items"][0]["amount"] == Decimal("30.00")
    assert payload.trace == {
        "/account": (payload.external_id, 1),
        "/expense/items/0": (payload.external_id, 2),
    }
    assert "apply" not in payload_of(a_credit(reverses=None)).body


def test_a_rebate_takes_away_from_its_account() -> None:
    bill = a_supplier_invoice(
        lines=[a_settled(), an_amount(2, "rebate", "-50.00", SUPPLY)],
        amount="1150.00",
        invoiced="1150.00",
        gl_lines=a_booking((GRNI, "1200.00"), (SUPPLY, "-50.00"), (PAYABLE, "-1150.00")),
    )
    payload = payload_of(bill)
    assert payload.body["expense"]["items"][0]["amount"] == Decimal("-50.00")
    assert payload.trace["/expense/items/0"] == (INVOICE, 2)


# --- by account


EXPENSED = {"account": SUPPLY, "item": "GAUZE"}


def test_lines_of_accounts_that_are_listed_go_by_account() -> None:
    """Requisitions may have both kinds; orders one, for their lines are named by place."""
    lines = [an_ordered(), an_ordered(2, **EXPENSED, deliver_to="OR-2")]
    body = payload_of(a_requisition(lines=lines), account_lines=[SUPPLY]).body
    assert len(body["item"]["items"]) == 1
    assert body["expense"]["items"] == [
        {
            "account": {"externalId": SUPPLY},
            "estimatedAmount": Decimal("1200.00"),
            "memo": "10 EA of GAUZE; at 120; needed by 2026-02-10; supplier item MS-0003; "
            "device 00812345670003; deliver to OR-2",
            "poVendor": {"externalId": "medsup"},
        }
    ]
    order = payload_of(an_order(lines=[an_ordered(**EXPENSED)]), account_lines=[SUPPLY]).body
    assert "item" not in order
    assert order["expense"]["items"][0]["amount"] == Decimal("1200.00")
    assert refused(an_order(lines=lines), account_lines=[SUPPLY]) == "account"
    assert len(payload_of(an_order(lines=lines)).body["item"]["items"]) == 2


@pytest.mark.parametrize("state", ["received", "returned"])
def test_what_arrives_by_account_is_a_journal_entry(state: str) -> None:
    booked = a_booking((SUPPLY, "1200.00"), (GRNI, "-1200.00"))
    receipt = a_receipt_of_goods(
        lines=[an_item(order_line="1", amount="1200.00", **EXPENSED)], gl_lines=booked, state=state
    )
    payload = payload_of(receipt, account_lines=[SUPPLY])
    assert (payload.record, payload.method) == ("journalEntry", "PUT")
    assert payload.path == f"/record/v1/journalEntry/eid:{RECEIPT}?replace=line"
    assert [
        (one["account"]["externalId"], one.get("debit"), one.get("credit"))
        for one in payload.body["line"]["items"]
    ] == [(SUPPLY, Decimal("1200.00"), None), (GRNI, None, Decimal("1200.00"))]
    assert payload.trace == {"/line/items/0": (RECEIPT, 1), "/line/items/1": (RECEIPT, 2)}


# --- what cannot be said


def refused(document: Document, **settings: Any) -> str:
    rendering = rendered(document, **settings)
    assert not rendering.payloads
    (issue,) = rendering.issues
    values = dict(issue.values)
    assert (issue.code, values["document"]) == ("TARGET_VALUE_UNSUPPORTED", document.id)
    return str(values["field"])


BIG = "1234567890123456.5"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (an_order(change="revision"), "change"),
        (an_order(change="cancellation", lines=()), "change"),
        (an_order(lines=()), "lines"),
        (an_order(lines=[an_ordered(n) for n in range(1, 5002)]), "lines"),
        (an_order(lines=[an_ordered(unit_price=None)]), "unit_price"),
        (an_order(supplier=None), "supplier"),
        (an_order(contract="x" * 1000), "memo"),
        (an_order(lines=[an_ordered(supplier_item="x" * 1000)]), "lines"),
        (an_order(lines=[an_ordered(quantity=BIG)]), "quantity"),
        (a_receipt_of_goods(state="returned"), "state"),
        (a_receipt_of_goods(order="", order_id=""), "order"),
        (a_receipt_of_goods(lines=[an_item(order_line="a", amount="1200.00")]), "order_line"),
        (a_receipt_of_goods(lines=[an_item(order_line="1", amount="1199.00")]), "gl_lines"),
        (a_receipt_of_goods(gl_lines=a_booking((STOCK, "1200.00"), (CONSIGNED, "-1200.00"))), "gl_lines"),
        (
            a_receipt_of_goods(
                gl_lines=a_booking((STOCK, "1200.00"), (GRNI, "-1199.00"), (CONSIGNED, "-1.00"))
            ),
            "gl_lines",
        ),
        (a_supplier_invoice(supplier=None), "supplier"),
        (a_supplier_invoice(gl_lines=a_booking((GRNI, "1248.00"), (PAYABLE, "-1248.00"))), "gl_lines"),
        (
            a_supplier_invoice(
                lines=[an_amount(1, "rebate", "-5.00", SUPPLY)],
                amount="-5.00",
                gl_lines=a_booking((PAYABLE, "5.00"), (SUPPLY, "-5.00")),
            ),
            "amount",
        ),
    ],
)
def test_what_netsuite_cannot_hold_is_refused(document: Document, field: str) -> None:
    assert refused(document) == field


def test_a_requisition_needs_somebody_who_asks() -> None:
    assert refused(a_requisition(), requester="") == "requester"
    assert (
        refused(a_requisition(lines=[an_ordered(amount=None, **EXPENSED)]), account_lines=[SUPPLY])
        == "amount"
    )


def test_amounts_that_are_too_large_by_account_are_refused() -> None:
    whole = "12345678901234.56"
    booked = a_booking((SUPPLY, whole), (GRNI, f"-{whole}"))
    lines = [an_item(order_line="1", amount=whole, **EXPENSED)]
    assert refused(a_receipt_of_goods(lines=lines, gl_lines=booked), account_lines=[SUPPLY]) == "amount"


def test_a_receipt_that_books_nothing_is_not_sent() -> None:
    """Consigned goods are the supplier's: NetSuite would put them into stock."""
    lines = [an_item(order_line="1", amount="0.00")]
    rendering = rendered(a_receipt_of_goods(lines=lines, gl_lines=()))
    assert (rendering.payloads, codes_of(rendering)) == ((), ["TARGET_DOCUMENT_EMPTY"])


def test_memos_are_left_out_unless_they_are_asked_for() -> None:
    """Under gl_only the journal books them."""
    memos = [
        a_receipt_of_goods(memo=True, gl_lines=()),
        a_supplier_invoice(memo=True, gl_lines=()),
    ]
    assert rendered(*memos) == Rendering()
    rendering = rendered(*memos, render_memos=True)
    assert [one.record for one in rendering.payloads] == ["itemReceipt", "vendorBill"]
    assert codes_of(rendering) == ["TARGET_MEMO_BOOKS"] * 2
    by_account = {"account_lines": [STOCK], "render_memos": True}
    assert refused(memos[0], **by_account) == "gl_lines", "a journal entry of nothing"


# --- the rest


def test_documents_go_after_what_they_are_made_of() -> None:
    documents = [a_credit(), a_supplier_invoice(), a_receipt_of_goods(), an_order(), a_requisition()]
    assert [one.record for one in rendered(*documents).payloads] == [
        "purchaseOrder",
        "itemReceipt",
        "vendorBill",
        "vendorCredit",
        "purchaseRequisition",
    ]


def test_long_requisitions_and_receipts_are_split() -> None:
    lines = [an_ordered(n, needed_by=date(2026, 2, n)) for n in (1, 2, 3)]
    first, second = rendered(a_requisition(lines=lines), item_limit=2).payloads
    assert [first.external_id, second.external_id] == [f"{REQUISITION}-1", f"{REQUISITION}-2"]
    assert [first.body["dueDate"], second.body["dueDate"]] == ["2026-02-01", "2026-02-03"]
    assert "part 1 of 2" in first.body["memo"]
    goods = [an_item(n, order_line=str(n), amount="400.00") for n in (1, 2, 3)]
    parts = rendered(a_receipt_of_goods(lines=goods), item_limit=2).payloads
    assert [[one["orderLine"] for one in part.body["item"]["items"]] for part in parts] == [[1, 2], [3]]
    assert all(where == (RECEIPT, 1) for part in parts for where in part.trace.values())


def test_goods_of_several_orders_are_a_receipt_of_each() -> None:
    lines = [
        an_item(1, order_line="1", amount="600.00"),
        an_item(2, order_id="demoother", order_line="4", amount="600.00"),
    ]
    first, second = rendered(a_receipt_of_goods(lines=lines)).payloads
    assert f"eid:{ORDER}/" in first.path
    assert "eid:demoother/" in second.path
    assert [one.external_id for one in (first, second)] == [f"{RECEIPT}-1", f"{RECEIPT}-2"]
    assert [one["orderLine"] for one in second.body["item"]["items"]] == [4]


def test_what_needs_approval_says_so() -> None:
    payload = payload_of(a_requisition(approval="required"))
    assert payload.body["approvalStatus"] == {"id": "1"}
    assert payload.post_step


def test_dimensions_stand_where_their_line_does_or_are_told() -> None:
    where = {"department": "cath"}
    order = an_order(lines=[an_ordered(dimensions=where)])
    (payload,) = rendered(order, dimensions={"department": "department"}).payloads
    assert payload.body["item"]["items"][0]["department"] == {"externalId": "cath"}
    assert codes_of(rendered(order)) == ["TARGET_DIMENSION_UNMAPPED"]
    bill = a_supplier_invoice(
        lines=[a_settled(dimensions=where), an_amount(2, "freight", "48.00", FREIGHT, dimensions=where)],
        gl_lines=a_booking((GRNI, "1200.00"), (FREIGHT, "48.00"), (PAYABLE, "-1248.00"), dimensions=where),
    )
    body = rendered(bill, dimensions={"department": "department"}).payloads[0].body
    assert body["department"] == body["item"]["items"][0]["department"] == {"externalId": "cath"}
    assert codes_of(rendered(bill)) == ["TARGET_DIMENSION_UNMAPPED"]


def test_names_come_from_the_settings() -> None:
    names = {
        "products": {"STENT-3": "1003"},
        "units": {"EA": "7"},
        "locations": {"CATHLAB": "L4"},
        "entities": {"medsup": "V-1"},
        "accounts": {PAYABLE: "AP"},
    }
    body = payload_of(an_order(), **names).body
    assert body["location"] == {"externalId": "L4"}
    assert body["entity"] == {"externalId": "V-1"}
    assert body["item"]["items"][0]["item"] == {"externalId": "1003"}
    assert body["item"]["items"][0]["units"] == "7"
    assert payload_of(a_supplier_invoice(), **names).body["account"] == {"externalId": "AP"}


def test_an_order_from_elsewhere_goes_by_its_number() -> None:
    receipt = payload_of(a_receipt_of_goods(order_id=""))
    assert receipt.path.startswith("/record/v1/purchaseOrder/eid:PO-1/!transform/")
    bill = payload_of(a_supplier_invoice(order_id=""))
    assert bill.body["item"]["items"][0]["orderDoc"] == {"externalId": "PO-1"}
    other = a_supplier_invoice(
        lines=[a_settled(order_id="demoother"), an_amount(2, "freight", "48.00", FREIGHT)],
        gl_lines=a_booking((GRNI, "1200.00"), (FREIGHT, "48.00"), (PAYABLE, "-1248.00")),
    )
    assert payload_of(other).body["item"]["items"][0]["orderDoc"] == {"externalId": "demoother"}


def test_a_number_that_is_too_long_stands_in_the_memo() -> None:
    body = payload_of(a_supplier_invoice(number="9" * 46)).body
    assert "tranId" not in body
    assert f"number {'9' * 46}" in body["memo"]
