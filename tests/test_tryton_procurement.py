"""Procurement in a real Tryton: stock, payables and trial balance equal ours in both modes, and once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from erp_documents import a_head
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, SupplierInvoice
from post_to_erp import ALREADY, DIFFERS, PENDING, POSTED, REFUSED, WAITS, post_all
from procurement_documents import (
    CONSIGNED,
    FREIGHT,
    GRNI,
    PAYABLE,
    STOCK,
    SUPPLY,
    VARIANCE,
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
from tryton_balance import ours, theirs
from tryton_client import Key, Tryton
from tryton_days import assert_same, key_of
from tryton_server import PASSWORD
from tryton_supplies import (
    DATABASE,
    LOCATION,
    Supplies,
    provisioned_for_supplies,
    records_in,
    stock_in,
    stock_of,
)

MEDSUP = {"kind": "supplier", "token": "MEDSUP"}
HEARTCO = {"kind": "supplier", "token": "HEARTCO"}
CATHETER, CONTRAST, DRAPE, STENT = "CATH-GUIDE-6F", "CONTRAST-100", "DRAPE-ANGIO", "STENT-DES-30"
BILL_ONLY = "demobillonlyorder001"


def booked(*amounts: tuple[str, str], supplier: dict[str, str] = MEDSUP) -> list[dict[str, Any]]:
    lines = a_booking(*amounts)
    return [{**line, "party": supplier} if line["account"] == PAYABLE else line for line in lines]


def the_documents() -> tuple[Document, ...]:
    """Ten catheters at 120.00 that come in two deliveries, ten boxes of contrast at 385.00, drapes that are
    an expense; the invoice at 123.00 and freight of 18.00 is released; an implant is billed after its use."""
    of_order = [
        an_ordered(1, item=CATHETER),
        an_ordered(2, item=CONTRAST, unit="BX", unit_price="385", amount="3850.00"),
        an_ordered(3, item=DRAPE, quantity="2", unit="BX", unit_price="145", amount="290.00", account=SUPPLY),
    ]
    first = a_receipt_of_goods(
        id="demofirstreceipt0001",
        supplier=MEDSUP,
        lines=[
            an_item(1, item=CATHETER, quantity="8", order_line="1", amount="960.00"),
            an_item(2, item=CONTRAST, unit="BX", order_line="2", amount="3850.00"),
            an_item(3, item=DRAPE, quantity="2", unit="BX", order_line="3", amount="290.00", account=SUPPLY),
        ],
        gl_lines=booked((STOCK, "4810.00"), (SUPPLY, "290.00"), (GRNI, "-5100.00")),
    )
    second = a_receipt_of_goods(
        id="demosecondreceipt001",
        supplier=MEDSUP,
        lines=[an_item(1, item=CATHETER, quantity="2", order_line="1", amount="240.00")],
        gl_lines=booked((STOCK, "240.00"), (GRNI, "-240.00")),
    )
    released = a_supplier_invoice(
        supplier=MEDSUP,
        depends_on=[an_order().id, second.id],
        lines=[
            a_settled(item=CATHETER),
            an_amount(2, "price_variance", "30.00", VARIANCE, item=CATHETER),
            an_amount(3, "freight", "18.00", FREIGHT),
        ],
        gl_lines=booked((GRNI, "1200.00"), (VARIANCE, "30.00"), (FREIGHT, "18.00"), (PAYABLE, "-1248.00")),
    )
    in_part = a_supplier_invoice(
        id="demoinvoiceinpart001",
        supplier=MEDSUP,
        number="INV-78",
        depends_on=[an_order().id, first.id],
        lines=[
            a_settled(
                item=CONTRAST, order_line="2", quantity="8", unit="BX", unit_price="385", amount="3080.00"
            )
        ],
        amount="3080.00",
        invoiced="3850.00",
        gl_lines=booked((GRNI, "3080.00"), (PAYABLE, "-3080.00")),
    )
    the_rest = in_part.model_copy(
        update={
            "id": "demoinvoicerest00001",
            "lines": (
                in_part.lines[0].model_copy(update={"quantity": Decimal(2), "amount": Decimal("770.00")}),
            ),
            "amount": Decimal("770.00"),
            "gl_lines": SupplierInvoice.build(
                {**in_part.to_dict(), "gl_lines": booked((GRNI, "770.00"), (PAYABLE, "-770.00"))}
            ).gl_lines,
        }
    )
    implant = an_order(
        id=BILL_ONLY,
        supplier=HEARTCO,
        number="PO-2",
        order_kind="bill_only",
        lines=[an_ordered(item=STENT, quantity="1", unit_price="5200", amount="5200.00", account=CONSIGNED)],
    )
    billed = a_supplier_invoice(
        id="demoimplantinvoice01",
        supplier=HEARTCO,
        number="H-9",
        order_id=BILL_ONLY,
        depends_on=[BILL_ONLY],
        amount="5350.00",
        invoiced="5350.00",
        lines=[
            a_settled(item=STENT, quantity="1", unit_price="5200", amount="5200.00", account=CONSIGNED),
            an_amount(2, "price_variance", "150.00", VARIANCE, item=STENT),
        ],
        gl_lines=booked(
            (CONSIGNED, "5200.00"), (VARIANCE, "150.00"), (PAYABLE, "-5350.00"), supplier=HEARTCO
        ),
    )
    credit = a_credit(
        supplier=MEDSUP, gl_lines=booked((PAYABLE, "30.00"), (VARIANCE, "-30.00")), depends_on=[released.id]
    )
    used = JournalEntry.build(
        a_head(
            "journal_entry",
            id="demoimplantused00001",
            gl_lines=booked((SUPPLY, "5200.00"), (CONSIGNED, "-5200.00")),
        )
    )
    requisition = a_requisition(supplier=MEDSUP, lines=of_order[:1])
    order = an_order(supplier=MEDSUP, lines=of_order, amount=None)
    return requisition, order, first, second, released, in_part, the_rest, used, implant, billed, credit


def as_memos(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The same under gl_only: a journal books what a memo tells."""
    found: list[Document] = []
    for one in documents:
        if one.kind in ("goods_receipt", "supplier_invoice"):
            found.append(one.model_copy(update={"memo": True, "gl_lines": ()}))
            lines = [line.model_dump() for line in one.gl_lines]
            data = a_head("journal_entry", id=f"demoj{one.id[4:19]}", gl_lines=lines)
            found.append(JournalEntry.build(data))
        else:
            found.append(one)
    return tuple(found)


MODES = ("open_item", "gl_only", "rest")


@pytest.fixture(scope="module")
def provided(tryton: Any) -> dict[str, Any]:
    return provisioned_for_supplies(tryton)


@pytest.fixture(scope="module")
def posted(tryton: Any, provided: dict[str, Any]) -> Iterator[dict[str, Supplies]]:
    """The chain posted in each mode, in a database of its own."""
    with contextlib.ExitStack() as servers:
        found = {}
        for mode in MODES:
            base = servers.enter_context(tryton.server(f"supplies_{mode}", DATABASE))
            session = Tryton(base, password=PASSWORD)
            documents = as_memos(the_documents()) if mode == "gl_only" else the_documents()
            own = {**provided, "api": "rest"} if mode == "rest" else provided
            supplies = Supplies(session, own, documents)
            send = Key(base, key_of(session)).send if mode == "rest" else session.send
            report = post_all(supplies.payloads(), send, pause=0.1)
            assert set(report.outcomes.values()) == {POSTED}, report
            again = post_all(supplies.payloads(), send, pause=0.1)
            assert set(again.outcomes.values()) == {ALREADY}, again
            found[mode] = supplies
        yield found


@pytest.mark.parametrize("mode", MODES)
def test_stock_payables_and_trial_balance_equal_ours(
    mode: str, posted: Any, tryton: Any, record_property: Any
) -> None:
    """GRNI and the accrual of the implant are at zero; 1,248 + 3,850 - 30 and 5,350 are owed."""
    own = posted[mode]
    booked_there = theirs(own.tryton, own.settings)
    assert_same(ours(own.documents, own.settings), booked_there)
    assert {key[1:]: amount for key, amount in booked_there.accounts.items()} == {
        (STOCK,): Decimal("5050.00"),
        (SUPPLY,): Decimal("5490.00"),
        (VARIANCE,): Decimal("150.00"),
        (FREIGHT,): Decimal("18.00"),
        (GRNI,): Decimal("-290.00"),
        (PAYABLE,): Decimal("-10418.00"),
    }
    assert booked_there.parties == {
        ("main", PAYABLE, "HEARTCO"): Decimal("-5350.00"),
        ("main", PAYABLE, "MEDSUP"): Decimal("-5068.00"),
    }
    there = stock_in(own.tryton, LOCATION)
    # A box of contrast holds ten vials, of which stock is kept.
    wanted = stock_of(own.documents, own.settings, LOCATION)
    assert (
        there
        == {**wanted, CONTRAST: wanted[CONTRAST] * 10}
        == {CATHETER: Decimal(10), CONTRAST: Decimal(100)}
    )
    record_property("erp", tryton.name)


def test_what_is_ordered_is_received_and_awaits_payment(posted: Any) -> None:
    """Tryton itself knows what came of which line of the order."""
    own = posted["open_item"]
    fields = ["reference", "state", "shipment_state", "invoice_state", "lines.moves_progress"]
    orders = {row["reference"]: row for row in own.tryton.rows("purchase.purchase", fields)}
    assert orders["PO-1"]["shipment_state"] == "received"
    assert orders["PO-1"]["invoice_state"] == "awaiting payment"
    assert [line["moves_progress"] for line in orders["PO-1"]["lines."]] == [1.0, 1.0, None]
    assert orders["PO-2"]["shipment_state"] == "none"
    assert not own.tryton.rows("stock.move", ["id"], ["state", "=", "draft"]), "nothing is waited for"
    (requisition,) = own.tryton.rows("purchase.requisition", ["state"])
    assert requisition["state"] == "processing"


def test_all_modes_have_the_same_stock_and_books(posted: Any) -> None:
    first, *others = (posted[mode] for mode in MODES)
    for other in others:
        assert_same(theirs(first.tryton, first.settings), theirs(other.tryton, other.settings))
        assert stock_in(first.tryton, LOCATION) == stock_in(other.tryton, LOCATION)


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
    before, stock = records_in(scratch.tryton), stock_in(scratch.tryton, LOCATION).get(CATHETER, Decimal(0))
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
        "stock.move": 2,
    }
    assert stock_in(scratch.tryton, LOCATION)[CATHETER] == stock + 10


@pytest.mark.parametrize(
    ("settings", "outcomes"),
    [
        ({"items": {CATHETER: "NOTHING"}}, [REFUSED, WAITS, WAITS, WAITS]),
        ({"locations": {LOCATION: "NOWHERE"}}, [POSTED, REFUSED, POSTED, WAITS]),
        ({"units": {"EA": "DOZEN"}}, [REFUSED, WAITS, WAITS, WAITS]),
        ({"parties": {"MEDSUP": "NOBODY"}}, [REFUSED, WAITS, WAITS, WAITS]),
    ],
)
def test_what_is_not_there_is_refused(
    settings: dict[str, Any], outcomes: list[str], scratch: Supplies
) -> None:
    (name,) = settings
    payloads = scratch.payloads(*a_chain(f"not{name}"), **settings)
    report = post_all(payloads, scratch.tryton.send, pause=0.01)
    assert list(report.outcomes.values()) == outcomes
    (issue,) = [issue for issues in report.issues.values() for issue in issues]
    assert issue.code == "ERP_REFERENCE_UNKNOWN"
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
