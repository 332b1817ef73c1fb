"""Requisitions, purchases, shipments and supplier invoices as Tryton records."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import hcfin
from erp_documents import codes_of
from hcfin.erp import Payload, Rendering
from hcfin.erp.tryton import PLACE_OF_IDS
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
from tryton_rows import rows_of

SETTINGS = {
    "party_accounts": [PAYABLE],
    "other_party": "OTHERS",
    "invoice_accounts": [GRNI, CONSIGNED, SUPPLY, VARIANCE, FREIGHT],
    "stock_accounts": [STOCK],
    "requester": "BUYER",
}


def rendered(*documents: Document, **settings: Any) -> Rendering:
    return hcfin.render(documents, "tryton", settings={**SETTINGS, **settings})


def payload_of(document: Document, **settings: Any) -> Payload:
    rendering = rendered(document, **settings)
    assert not [issue for issue in rendering.issues if issue.severity == "error"]
    (payload,) = rendering.payloads
    return payload


def steps_of(payload: Payload) -> list[dict[str, Any]]:
    """The steps after the draft; a place of numbers must have been found before it is used."""
    steps: list[dict[str, Any]] = json.loads(payload.post_step)
    known = {PLACE_OF_IDS}
    for step in steps:
        text = json.dumps([step["path"], step["body"]])
        wanted = {f"<{part.split('>')[0]}>" for part in text.split("<")[1:]}
        assert wanted <= known
        known |= {step["find"]} if "find" in step else set()
    return steps


def buttons_of(payload: Payload) -> list[tuple[str, tuple[str, ...]]]:
    pressed = [step for step in steps_of(payload) if "to" in step]
    return [(step["body"]["method"].rpartition(".")[2], tuple(step["to"])) for step in pressed]


def parts_of(rendering: Rendering) -> list[tuple[str, str]]:
    return [(one.record, one.external_id) for one in rendering.payloads]


# --- the worked example


def test_a_requisition_is_approved() -> None:
    payload = payload_of(a_requisition())
    assert (payload.record, payload.external_id) == ("purchase.requisition", REQUISITION)
    assert rows_of(payload) == [
        {
            "company": "main",
            "description": f"{REQUISITION}; period 2026-01; location CATHLAB; reason below_minimum; "
            "number R-1",
            "employee": "BUYER",
            "supply_date": "2026-02-10",
            "warehouse": "WH",
            "currency": "USD",
            "lines/product": "STENT-3",
            "lines/quantity": "10",
            "lines/unit": "EA",
            "lines/unit_price": "120.0000",
            "lines/supplier": "medsup",
            "lines/description": "supplier item MS-0003; device 00812345670003; account 1510; "
            "needed by 2026-02-10",
        }
    ]
    assert buttons_of(payload) == [
        ("wait", ("waiting", "approved", "processing", "done")),
        ("approve", ("approved", "processing", "done")),
        ("process", ("processing", "done")),
    ]
    looked = json.loads(payload.lookup)
    assert looked["method"] == "model.purchase.requisition.search_read"
    assert looked["params"][0] == [["description", "like", f"{REQUISITION};%"]]


@pytest.mark.parametrize(
    ("document", "settings"),
    [(a_requisition(approval="required"), {}), (a_requisition(), {"approve_requisitions": False})],
)
def test_a_requisition_waits_for_whoever_must_approve_it(
    document: Document, settings: dict[str, Any]
) -> None:
    (step,) = steps_of(payload_of(document, **settings))
    assert step["pending"] is True
    assert step["to"] == ["waiting", "approved", "rejected", "processing", "done"]


def test_an_order_is_confirmed_and_is_invoiced_by_us() -> None:
    payload = payload_of(
        an_order(case_token=CASE, order_kind="bill_only", lines=[an_ordered(), an_ordered(2)])
    )
    first, second = rows_of(payload)
    assert {name: value for name, value in first.items() if "/" not in name} == {
        "company": "main",
        "party": "medsup",
        "invoice_address": "medsup",
        "reference": "PO-1",
        "description": f"{ORDER}; period 2026-01; location CATHLAB; number PO-1; kind bill_only; case {CASE}",
        "purchase_date": "2026-01-31",
        "warehouse": "WH",
        "currency": "USD",
        "invoice_method": "manual",
    }
    assert (second["lines/sequence"], second["lines/unit_price"]) == ("2", "120.0000")
    assert [button for button, _ in buttons_of(payload)] == ["quote", "confirm", "process"]
    assert payload.trace == {}, "it books nothing"


def test_goods_are_counted_and_a_move_books_them() -> None:
    """Dr stock 1,200.00, Cr received and not invoiced 1,200.00: the shipment says no amount."""
    goods, move = rendered(a_receipt_of_goods()).payloads
    assert (goods.record, goods.external_id) == ("stock.shipment.in", f"{RECEIPT}-goods")
    assert rows_of(goods) == [
        {
            "company": "main",
            "supplier": "medsup",
            "reference": f"{RECEIPT}-goods; period 2026-01; location CATHLAB; number S-1; order PO-1",
            "effective_date": "2026-01-31",
            "warehouse": "WH",
            "warehouse_input": "IN",
            "warehouse_storage": "CATHLAB",
        }
    ]
    ordered, waiting, unit, change, *pressed = steps_of(goods)
    assert ordered["body"]["params"][0] == [
        ["purchase.description", "like", f"{ORDER};%"],
        ["sequence", "=", 1],
    ]
    assert ["origin", "=", f"purchase.line,{ordered['find']}"] in waiting["body"]["params"][0]
    assert unit["body"]["params"][0] == [["rec_name", "=", "EA"]]
    numbers, values, _ = change["body"]["params"]
    assert numbers == [waiting["find"]]
    assert (values["quantity"], values["unit"]) == (10.0, unit["find"])
    assert values["shipment"] == f"stock.shipment.in,{PLACE_OF_IDS}"
    assert [step["to"] for step in pressed] == [["received", "done"], ["done"]]
    assert (move.record, move.external_id) == ("account.move", RECEIPT)
    booked = [(row["lines/account"], row["lines/debit"], row["lines/credit"]) for row in rows_of(move)]
    assert booked == [(STOCK, "1200.00", "0.00"), (GRNI, "0.00", "1200.00")]
    assert rows_of(move)[0]["journal"] == "STO"


def test_what_goes_back_leaves_the_storage() -> None:
    """Three of ten at 120.00: Dr received and not invoiced 360.00, Cr stock 360.00."""
    back = a_receipt_of_goods(
        state="returned",
        lines=[an_item(quantity="3", order_line="1", amount="360.00")],
        gl_lines=a_booking((GRNI, "360.00"), (STOCK, "-360.00")),
    )
    goods, move = rendered(back).payloads
    assert (goods.record, goods.external_id) == ("stock.shipment.in.return", f"{RECEIPT}-goods")
    (row,) = rows_of(goods)
    assert (row["from_location"], row["to_location"]) == ("CATHLAB", "SUP")
    moved = {name.removeprefix("moves/"): value for name, value in row.items() if "/" in name}
    assert moved == {
        "product": "STENT-3",
        "quantity": "3",
        "unit": "EA",
        "unit_price": "120.0000",
        "currency": "USD",
        "company": "main",
        "effective_date": "2026-01-31",
        "from_location": "CATHLAB",
        "to_location": "SUP",
    }
    ordered, came, own, change, *_ = steps_of(goods)
    assert ["origin", "=", f"purchase.line,{ordered['find']}"] in came["body"]["params"][0]
    assert own["body"]["params"][2] == 1, "the first that has no origin yet"
    assert change["body"]["params"][:2] == [[own["find"]], {"origin": f"stock.move,{came['find']}"}]
    assert [button for button, _ in buttons_of(goods)] == ["wait", "assign_force", "do"]
    assert [row["lines/account"] for row in rows_of(move)] == [GRNI, STOCK]


def test_an_invoice_is_one_of_trytons_own() -> None:
    """1,200.00 + 30.00 + 18.00 against the payable, with the supplier's number and the day it is due."""
    payload = payload_of(a_supplier_invoice())
    first, second, third = rows_of(payload)
    assert {name: value for name, value in first.items() if "/" not in name} == {
        "company": "main",
        "type": "in",
        "party": "medsup",
        "invoice_address": "medsup",
        "currency": "USD",
        "account": PAYABLE,
        "journal": "EXP",
        "reference": "INV-77",
        "description": f"{INVOICE}; period 2026-01; order PO-1",
        "invoice_date": "2026-01-28",
        "accounting_date": "2026-01-31",
        "payment_term_date": "2026-02-27",
    }
    names = ("sequence", "account", "quantity", "unit_price", "product")
    assert [tuple(row.get(f"lines/{name}") for name in names) for row in (first, second, third)] == [
        ("1", GRNI, "10", "120", "STENT-3"),
        ("2", VARIANCE, "1", "30.00", None),
        ("3", FREIGHT, "1", "18.00", None),
    ]
    assert payload.trace == {f"/params/1/{place}": (INVOICE, place + 1) for place in range(3)}
    ordered, own, change, *pressed = steps_of(payload)
    assert change["body"]["params"][:2] == [[own["find"]], {"origin": f"purchase.line,{ordered['find']}"}]
    assert [step["to"] for step in pressed] == [["validated", "posted", "paid"], ["posted", "paid"]]


def test_a_credit_is_an_invoice_below_zero() -> None:
    payload = payload_of(a_credit())
    (row,) = rows_of(payload)
    assert (row["lines/quantity"], row["lines/unit_price"]) == ("-1", "30.00")
    assert payload.trace == {"/params/1/0": (payload.external_id, 2)}
    rebate = a_supplier_invoice(
        lines=[a_settled(), an_amount(2, "rebate", "-50.00", SUPPLY)],
        amount="1150.00",
        invoiced="1150.00",
        gl_lines=a_booking((GRNI, "1200.00"), (SUPPLY, "-50.00"), (PAYABLE, "-1150.00")),
    )
    assert [row["lines/quantity"] for row in rows_of(payload_of(rebate))] == ["10", "-1"]


def test_what_is_held_is_never_owed_and_parts_have_numbers_of_their_own() -> None:
    """Tryton warns of a second invoice of the same number; a part says what it is."""
    bill = a_supplier_invoice(
        lines=[a_settled(quantity="8", amount="960.00")],
        amount="960.00",
        invoiced="1200.00",
        gl_lines=a_booking((GRNI, "960.00"), (PAYABLE, "-960.00")),
    )
    (row,) = rows_of(payload_of(bill))
    assert (row["lines/quantity"], row["lines/unit_price"]) == ("8", "120")
    assert row["reference"] == "INV-77 (960.00 of 1200.00)"


def test_a_price_that_does_not_make_the_amount_is_left_out() -> None:
    """3 at 33.3333 are 100.00: Tryton would multiply."""
    line = a_settled(quantity="3", unit_price="33.3333", amount="100.00")
    bill = a_supplier_invoice(
        lines=[line],
        amount="100.00",
        invoiced="100.00",
        gl_lines=a_booking((GRNI, "100.00"), (PAYABLE, "-100.00")),
    )
    payload = payload_of(bill)
    (row,) = rows_of(payload)
    assert (row["lines/quantity"], row["lines/unit_price"]) == ("1", "100.00")
    assert "lines/product" not in row
    assert row["lines/description"] == "item of STENT-3"
    assert len(steps_of(payload)) == 2, "no line of the order is said to be invoiced"


def test_an_implant_is_billed_without_goods() -> None:
    row, variance = rows_of(payload_of(a_bill_of_an_implant()))
    assert (row["lines/account"], variance["lines/account"]) == (CONSIGNED, VARIANCE)
    assert f"case {CASE}" in row["description"]


# --- where Tryton has no record of its own


def test_an_invoice_on_another_account_is_a_move() -> None:
    bill = a_supplier_invoice(
        lines=[a_settled(account=STOCK)],
        amount="1200.00",
        invoiced="1200.00",
        gl_lines=a_booking((STOCK, "1200.00"), (PAYABLE, "-1200.00")),
    )
    payload = payload_of(bill)
    assert (payload.record, rows_of(payload)[0]["journal"]) == ("account.move", "EXP")
    assert rows_of(payload)[1]["lines/party"] == "medsup"


def test_a_payable_with_dimensions_is_a_move() -> None:
    where = {"department": "cath"}
    booked = a_booking((GRNI, "1200.00"), (PAYABLE, "-1200.00"), dimensions=where)
    lines = [a_settled(dimensions=where)]
    bill = a_supplier_invoice(lines=lines, amount="1200.00", invoiced="1200.00", gl_lines=booked)
    assert payload_of(bill, dimensions={"department": "department/"}).record == "account.move"
    assert payload_of(bill).record == "account.invoice"
    assert codes_of(rendered(bill)) == ["TARGET_DIMENSION_UNMAPPED"]


def test_dimensions_of_lines_are_analytic_accounts() -> None:
    where = {"department": "cath", "site": "north"}
    booked = a_booking((FREIGHT, "18.00"), (VARIANCE, "30.00"), dimensions=where)
    bill = a_supplier_invoice(
        lines=[
            an_amount(1, "freight", "18.00", FREIGHT, dimensions=where),
            an_amount(2, "other", "30.00", VARIANCE, dimensions=where),
        ],
        amount="48.00",
        invoiced="48.00",
        gl_lines=[*booked, {**a_booking((PAYABLE, "-48.00"))[0], "n": 3}],
    )
    payload = payload_of(bill, dimensions={"department": "department/", "site": "site/"})
    column = "lines/analytic_accounts"
    assert [(row[f"{column}/root"], row[f"{column}/account"]) for row in rows_of(payload)] == [
        ("department", "department/cath"),
        ("site", "site/north"),
    ] * 2
    assert [n for _, n in payload.trace.values()] == [1, 1, 2, 2]


def test_what_is_no_goods_is_booked_and_not_counted() -> None:
    booked = a_booking((SUPPLY, "1200.00"), (GRNI, "-1200.00"))
    receipt = a_receipt_of_goods(
        lines=[an_item(order_line="1", amount="1200.00", account=SUPPLY)], gl_lines=booked
    )
    assert parts_of(rendered(receipt)) == [("account.move", RECEIPT)]
    back = a_receipt_of_goods(
        lines=[an_item(order_line="1", amount="1200.00", account=SUPPLY)], gl_lines=booked, state="returned"
    )
    assert parts_of(rendered(back)) == [("account.move", RECEIPT)]
    consigned = a_receipt_of_goods(lines=[an_item(order_line="1", amount="0.00", account="")], gl_lines=())
    assert codes_of(rendered(consigned)) == ["TARGET_DOCUMENT_EMPTY"]


def test_the_goods_of_a_memo_are_counted() -> None:
    """Under gl_only the journal books them; the invoice says nothing more than that."""
    memo = a_receipt_of_goods(memo=True, gl_lines=())
    rendering = rendered(memo, a_supplier_invoice(memo=True, gl_lines=()))
    assert parts_of(rendering) == [("stock.shipment.in", f"{RECEIPT}-goods")]
    assert codes_of(rendering) == []
    both = rendered(memo, a_supplier_invoice(memo=True, gl_lines=()), render_memos=True)
    assert [record for record, _ in parts_of(both)] == ["stock.shipment.in", "account.invoice"]
    assert codes_of(both) == ["TARGET_MEMO_BOOKS"]


# --- refused


BIG = "1234567890123456.5"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (a_requisition(currency="EUR", lines=[an_ordered()]), "currency"),
        (a_requisition(lines=[an_ordered(quantity=BIG)]), "quantity"),
        (a_requisition(lines=[an_ordered(unit_price="1.23456")]), "unit_price"),
        (an_order(change="revision"), "change"),
        (an_order(lines=()), "lines"),
        (an_order(supplier=None), "supplier"),
        (an_order(lines=[an_ordered(unit_price=None)]), "unit_price"),
        (a_receipt_of_goods(order_id=""), "order"),
        (a_receipt_of_goods(lines=[an_item(order_line="x", amount="1200.00")]), "order_line"),
        (a_supplier_invoice(supplier=None), "supplier"),
        (a_supplier_invoice(gl_lines=a_booking((GRNI, "1248.00"), (PAYABLE, "-1248.00"))), "gl_lines"),
        (
            a_supplier_invoice(lines=[an_amount(1, "other", "0.00", SUPPLY)], amount="0.00", gl_lines=()),
            "lines",
        ),
    ],
)
def test_what_tryton_cannot_hold_is_refused_whole(document: Document, field: str) -> None:
    rendering = rendered(document)
    assert rendering.payloads == ()
    (issue,) = rendering.issues
    values = dict(issue.values)
    assert (issue.code, values["document"], values["field"]) == (
        "TARGET_VALUE_UNSUPPORTED",
        document.id,
        field,
    )


def test_a_requisition_needs_somebody_who_asks() -> None:
    (issue,) = rendered(a_requisition(), requester="").issues
    assert dict(issue.values)["field"] == "requester"


def test_goods_go_with_what_they_book_or_not_at_all() -> None:
    """Lines in another currency than the company's are refused, and so are their goods."""
    rendering = rendered(a_receipt_of_goods(), currencies={"main": "EUR"})
    assert (rendering.payloads, codes_of(rendering)) == ((), ["TARGET_VALUE_UNSUPPORTED"])


# --- the rest


def test_names_come_from_the_settings() -> None:
    names = {
        "items": {"STENT-3": "P-3"},
        "units": {"EA": "u", "STENT-3 BX": "box of ten"},
        "locations": {"CATHLAB": "C1"},
        "parties": {"medsup": "V-1"},
        "addresses": {"medsup": "1 Main Street"},
        "warehouse": "W2",
    }
    head, box = rows_of(payload_of(an_order(lines=[an_ordered(), an_ordered(2, unit="BX")]), **names))
    assert (head["party"], head["invoice_address"], head["warehouse"]) == ("V-1", "1 Main Street", "W2")
    assert (head["lines/product"], head["lines/unit"], box["lines/unit"]) == ("P-3", "u", "box of ten")
    goods, _ = rendered(a_receipt_of_goods(), **names).payloads
    assert rows_of(goods)[0]["warehouse_storage"] == "C1"
    (nowhere, _) = rendered(a_receipt_of_goods(location="")).payloads
    assert rows_of(nowhere)[0]["warehouse_storage"] == "STO"


def test_documents_go_after_what_they_depend_on() -> None:
    documents = [a_credit(), a_supplier_invoice(), a_receipt_of_goods(), an_order()]
    found = rendered(*documents).payloads
    assert [one.external_id for one in found] == [
        ORDER,
        f"{RECEIPT}-goods",
        RECEIPT,
        INVOICE,
        a_credit().id,
    ]
    assert found[2].depends_on == (ORDER, f"{RECEIPT}-goods"), "what goods book waits for the goods"
    assert set(found[3].depends_on) == {ORDER, f"{RECEIPT}-goods", RECEIPT}


def test_the_requests_are_the_same_over_rest() -> None:
    settings = {"api": "rest", "company_ids": {"main": 7}}
    payloads = rendered(an_order(), a_receipt_of_goods(), a_supplier_invoice(), **settings).payloads
    order, goods, move, invoice = payloads
    assert order.path == "/rest/model/purchase.purchase/import_data"
    looked = urlsplit(order.lookup)
    (domain,) = parse_qs(looked.query)["d"]
    assert json.loads(urlsafe_b64decode(domain)) == [
        ["description", "like", f"{ORDER};%"],
        ["company", "=", 7],
    ]
    assert [(step["method"], step["path"]) for step in steps_of(order)] == [
        ("POST", f"/rest/model/purchase.purchase/{PLACE_OF_IDS}/{button}")
        for button in ("quote", "confirm", "process")
    ]
    find, _, _, change, *_ = steps_of(goods)
    assert (find["path"], sorted(find["body"])) == ("/rest/model/purchase.line/search", ["domain", "limit"])
    assert (change["method"], change["body"]["quantity"]) == ("PUT", 10.0)
    assert move.post_step == f"/rest/model/account.move/{PLACE_OF_IDS}/post"
    same = rendered(an_order(), a_receipt_of_goods(), a_supplier_invoice(), company_ids={"main": 7}).payloads
    assert [rows_of(one) for one in payloads] == [rows_of(one) for one in same]
    assert json.loads(same[0].lookup)["params"][-1] == {"company": 7}
    assert invoice.trace == {f"/data/{place}": (INVOICE, place + 1) for place in range(3)}


def test_quantities_are_plain_numbers() -> None:
    (row,) = rows_of(payload_of(an_order(lines=[an_ordered(quantity="1000.00")])))
    assert row["lines/quantity"] == "1000"
