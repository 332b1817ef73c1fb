"""Procurement in a real Tryton: stock, payables and trial balance equal ours in both modes, and once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from erp_day import grown
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, SupplierInvoice
from post_to_erp import ALREADY, DIFFERS, PENDING, POSTED, REFUSED, WAITS, post_all
from procurement_documents import (
    FREIGHT,
    GRNI,
    PAYABLE,
    STOCK,
    SUPPLY,
    VARIANCE,
    a_booking,
    a_receipt_of_goods,
    a_requisition,
    a_settled,
    a_supplier_invoice,
    an_amount,
    an_item,
    an_order,
    an_ordered,
)
from supply_journey import LOCATION, documents
from tryton_balance import ours, theirs
from tryton_client import Key, Tryton
from tryton_days import assert_same, key_of
from tryton_server import PASSWORD
from tryton_supplies import (
    DATABASE,
    Supplies,
    provisioned_for_supplies,
    records_in,
    stock_in,
    stock_of,
)

MEDSUP = {"kind": "supplier", "token": "MEDSUP"}
HEARTCO = {"kind": "supplier", "token": "HEARTCO"}
CATHETER, CONTRAST = "CATH-GUIDE-6F", "CONTRAST-100"
BANK, SHELF = "1010", "CATHLAB"


def booked(*amounts: tuple[str, str], supplier: dict[str, str] = MEDSUP) -> list[dict[str, Any]]:
    lines = a_booking(*amounts)
    return [{**line, "party": supplier} if line["account"] == PAYABLE else line for line in lines]


MODES = ("open_item", "gl_only")


@pytest.fixture(scope="module")
def provided(tryton: Any) -> dict[str, Any]:
    return provisioned_for_supplies(tryton)


@pytest.fixture(scope="module")
def journeys(
    tryton: Any, provided: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Supplies]]:
    """The journey posted in each mode, in a database of its own, and then again."""
    with contextlib.ExitStack() as servers:
        found = {}
        for mode in MODES:
            base = servers.enter_context(tryton.server(f"supplies_{mode}", DATABASE))
            session = Tryton(base, password=PASSWORD)
            supplies = Supplies(session, provided, documents(tmp_path_factory.mktemp(mode), mode))
            report = post_all(supplies.payloads(), session.send, pause=0.1)
            assert set(report.outcomes.values()) == {POSTED}, report
            before = records_in(session)
            again = post_all(supplies.payloads(), session.send, pause=0.1)
            assert set(again.outcomes.values()) == {ALREADY}, again
            assert records_in(session) == before
            found[mode] = supplies
        yield found


@pytest.mark.parametrize("mode", MODES)
def test_stock_payables_and_trial_balance_equal_ours(
    mode: str, journeys: Any, tryton: Any, record_property: Any
) -> None:
    """What is received and not invoiced are the drapes; the accrual of the implant is at zero."""
    own = journeys[mode]
    there = theirs(own.tryton, own.settings)
    assert_same(ours(own.documents, own.settings), there)
    assert {account: str(amount) for (_, account), amount in there.accounts.items()} == {
        BANK: "-1248.00",
        STOCK: "2380.00",
        PAYABLE: "-6530.00",
        GRNI: "-290.00",
        SUPPLY: "5490.00",
        VARIANCE: "180.00",
        FREIGHT: "18.00",
    }
    assert {party: str(amount) for (_, _, party), amount in there.parties.items()} == {
        "HEARTCO": "-5350.00",
        "MEDSUP": "-1180.00",
    }
    # A box of contrast holds ten vials, of which stock is kept.
    wanted = stock_of(own.documents, own.settings, LOCATION)
    assert stock_in(own.tryton, LOCATION) == {**wanted, CONTRAST: wanted[CONTRAST] * 10}
    assert wanted == {CATHETER: 7, CONTRAST: 4}
    record_property("erp", tryton.name)


def test_what_is_ordered_is_received_and_awaits_payment(journeys: Any) -> None:
    """Tryton itself knows what came of which order, and of what it is invoiced."""
    own = journeys["open_item"]
    fields = ["reference", "shipment_state", "invoice_state", "lines.moves_progress"]
    orders = {row["reference"]: row for row in own.tryton.rows("purchase.purchase", fields)}
    states = {name: (row["shipment_state"], row["invoice_state"]) for name, row in orders.items()}
    assert states == {
        "PO-1": ("received", "awaiting payment"),
        "PO-2": ("received", "awaiting payment"),
        "": ("none", "awaiting payment"),
    }
    assert [line["moves_progress"] for line in orders["PO-2"]["lines."]] == [1.0, None]
    assert not own.tryton.rows("stock.move", ["id"], ["state", "=", "draft"]), "nothing is waited for"
    (requisition,) = own.tryton.rows("purchase.requisition", ["state", "total_amount"])
    assert (requisition["state"], requisition["total_amount"]) == ("processing", Decimal("1440.00"))
    clauses = ["move.origin.reference", "=", "INV-1", "account.invoice"], ["account.code", "=", PAYABLE]
    due = own.tryton.rows("account.move.line", ["maturity_date"], *clauses)
    assert [line["maturity_date"] for line in due] == [date(2025, 4, 22)]


def test_under_gl_only_tryton_has_no_invoice_and_the_same_stock_and_books(journeys: Any) -> None:
    first, other = (journeys[mode] for mode in MODES)
    assert_same(theirs(first.tryton, first.settings), theirs(other.tryton, other.settings))
    assert stock_in(first.tryton, LOCATION) == stock_in(other.tryton, LOCATION)
    assert [records_in(one.tryton)["account.invoice"] for one in (first, other)] == [5, 0]


# --- what goes wrong


@pytest.fixture(scope="module")
def scratch(tryton: Any, provided: dict[str, Any]) -> Iterator[Supplies]:
    with tryton.server("supplies_scratch", DATABASE) as base:
        yield Supplies(Tryton(base, password=PASSWORD), provided, ())


def a_chain(name: str, **goods: Any) -> tuple[PurchaseOrder, GoodsReceipt, SupplierInvoice]:
    """An order, its receipt and its invoice under ids of their own."""
    order, receipt, invoice = (f"demo{name}{kind}" for kind in ("order", "receipt", "invoice"))
    lines = [an_item(item=CATHETER, order_line="1", amount="1200.00", **goods)]
    return (
        an_order(id=order, supplier=MEDSUP, lines=[an_ordered(item=CATHETER)]),
        a_receipt_of_goods(id=receipt, supplier=MEDSUP, order_id=order, depends_on=[order], lines=lines),
        a_supplier_invoice(
            id=invoice,
            supplier=MEDSUP,
            number=f"INV-{name}",
            order_id=order,
            depends_on=[order, receipt],
            lines=[a_settled(item=CATHETER)],
            amount="1200.00",
            invoiced="1200.00",
            gl_lines=booked((GRNI, "1200.00"), (PAYABLE, "-1200.00")),
        ),
    )


def test_the_same_over_rest(scratch: Supplies) -> None:
    """An order, its goods, its invoice, and three that go back; with the key of a user application."""
    order, receipt, invoice = a_chain("rest")
    back = receipt.model_copy(
        update={
            "id": "demorestback",
            "state": "returned",
            "depends_on": (receipt.id,),
            "lines": (receipt.lines[0].model_copy(update={"quantity": Decimal(3), "amount": Decimal(360)}),),
            "gl_lines": a_receipt_of_goods(gl_lines=booked((GRNI, "360.00"), (STOCK, "-360.00"))).gl_lines,
        }
    )
    sent = (order, receipt, invoice, back)
    session = scratch.tryton
    before, stock = theirs(session, scratch.settings), stock_in(session, SHELF).get(CATHETER, Decimal(0))
    send = Key(session.base, key_of(session)).send
    payloads = scratch.payloads(*sent, api="rest")
    assert {payload.path.partition("/model/")[0] for payload in payloads} == {"/rest"}
    for outcome in (POSTED, ALREADY):
        report = post_all(payloads, send, pause=0.01)
        assert set(report.outcomes.values()) == {outcome}, report
    assert_same(grown(before, ours(sent, scratch.settings)), theirs(session, scratch.settings))
    assert stock_in(session, SHELF)[CATHETER] == stock + 7


LOST = (
    "purchase.purchase.confirm",
    "stock.move.write",
    "stock.shipment.in.receive",
    "account.invoice.validate_invoice",
)


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_answer_counts_and_books_once(lost: str, scratch: Supplies) -> None:
    """Tryton did what it was asked, and nobody heard of it."""
    documents = a_chain(f"lost{LOST.index(lost)}")
    before, stock = records_in(scratch.tryton), stock_in(scratch.tryton, SHELF).get(CATHETER, Decimal(0))
    times: list[int] = []

    def send(method: str, path: str, body: str) -> tuple[int, str]:
        answer = scratch.tryton.send(method, path, body)
        if json.loads(body)["method"] == f"model.{lost}" and not times:
            times.append(1)
            return 0, ""
        return answer

    report = post_all(scratch.payloads(*documents), send, pause=0.01)
    assert set(report.outcomes.values()) == {POSTED}, report
    assert times
    after = records_in(scratch.tryton)
    assert {model: after[model] - before[model] for model in after} == {
        "account.move": 2,
        "account.invoice": 1,
        "purchase.purchase": 1,
        "purchase.requisition": 0,
        "stock.shipment.in": 1,
        "stock.shipment.in.return": 0,
        "stock.move": 2,
    }
    assert stock_in(scratch.tryton, SHELF)[CATHETER] == stock + 10


@pytest.mark.parametrize(
    ("settings", "record", "outcomes"),
    [
        ({"items": {CATHETER: "NOTHING"}}, "Product", [REFUSED, WAITS, WAITS, WAITS]),
        ({"locations": {SHELF: "NOWHERE"}}, "Stock Location", [POSTED, REFUSED, WAITS, WAITS]),
        ({"units": {"EA": "DOZEN"}}, "Product Uom", [REFUSED, WAITS, WAITS, WAITS]),
    ],
)
def test_what_is_not_there_is_refused(
    settings: dict[str, Any], record: str, outcomes: list[str], scratch: Supplies
) -> None:
    (name,) = settings
    payloads = scratch.payloads(*a_chain(f"not{name}"), **settings)
    report = post_all(payloads, scratch.tryton.send, pause=0.01)
    assert list(report.outcomes.values()) == outcomes
    (issue,) = [issue for issues in report.issues.values() for issue in issues]
    assert (issue.code, dict(issue.values)["record"]) == ("ERP_REFERENCE_UNKNOWN", record)
    again = post_all(scratch.payloads(*a_chain(f"not{name}")), scratch.tryton.send, pause=0.01)
    assert set(again.outcomes.values()) <= {POSTED, ALREADY}


def test_goods_of_an_order_that_is_not_there_are_refused(scratch: Supplies) -> None:
    _, receipt, _ = a_chain("orphan")
    goods, _ = scratch.payloads(receipt)
    report = post_all([replace(goods, depends_on=())], scratch.tryton.send, pause=0.01)
    assert list(report.outcomes.values()) == [REFUSED]
    assert [issue.code for issue in report.issues[goods.external_id]] == ["ERP_REFERENCE_UNKNOWN"]


def test_more_than_was_ordered_is_refused(scratch: Supplies) -> None:
    """Tryton warns of it, and a warning is a no to a machine: a person brings it in."""
    order, receipt, _ = a_chain("more", quantity="11")
    report = post_all(scratch.payloads(order, receipt), scratch.tryton.send, pause=0.01)
    assert list(report.outcomes.values())[:2] == [POSTED, REFUSED]


def test_an_order_with_other_prices_differs(scratch: Supplies) -> None:
    order, _, _ = a_chain("other")
    assert post_all(scratch.payloads(order), scratch.tryton.send).counted() == {POSTED: 1}
    dearer = order.model_copy(
        update={"lines": (order.lines[0].model_copy(update={"unit_price": Decimal(121)}),)}
    )
    assert post_all(scratch.payloads(dearer), scratch.tryton.send).counted() == {DIFFERS: 1}


def test_a_requisition_that_must_be_approved_waits_until_it_is(scratch: Supplies) -> None:
    lines = [an_ordered(item=CATHETER)]
    requisition = a_requisition(id="demoapprove", supplier=MEDSUP, lines=lines, approval="required")
    payloads = scratch.payloads(requisition)
    for _ in range(2):
        assert post_all(payloads, scratch.tryton.send).counted() == {PENDING: 1}
    number = scratch.tryton.find("purchase.requisition", ["description", "like", "demoapprove;%"])
    scratch.tryton.call("model.purchase.requisition.approve", [number], scratch.tryton.context)
    assert post_all(payloads, scratch.tryton.send).counted() == {ALREADY: 1}


def test_dimensions_of_an_invoice_are_analytic_lines(scratch: Supplies) -> None:
    """Of each line its own, none of the payable."""
    where = {"payer_class": "unclassified"}
    lines = booked((FREIGHT, "18.00"), (PAYABLE, "-18.00"))
    invoice = a_supplier_invoice(
        id="demoanalytic", supplier=MEDSUP, number="INV-A", order="", order_id="", depends_on=[],
        lines=[an_amount(1, "freight", "18.00", FREIGHT, dimensions=where)],
        amount="18.00", invoiced="18.00", gl_lines=[{**lines[0], "dimensions": where}, lines[1]],
    )  # fmt: skip
    before = theirs(scratch.tryton, scratch.settings).analytic
    assert post_all(scratch.payloads(invoice), scratch.tryton.send).counted() == {POSTED: 1}
    after = theirs(scratch.tryton, scratch.settings).analytic
    key = ("main", "payer_class/unclassified")
    assert after[key] - before.get(key, Decimal(0)) == Decimal("18.00")
