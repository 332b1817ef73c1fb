"""The journey: from a procedure to the payment of what it took, from files of five kinds, in one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.cli.case_documents import balance_table, document_table
from hcfin.cli.commands import hcfin as command
from hcfin.erp import Rendering
from hcfin.finance.base import Document
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.identity import token
from hcfin.reconcile import SupplyLedger, post_in_order

JOURNEY = cases.FIXTURES / "reconcile" / "procedure_to_payment"
FILES = sorted(JOURNEY.glob("[0-9]*"))
FEED = ("--standard", "hl7v2", "--profile", JOURNEY / "profile.toml", "--master", "example")
CASE = token(hcfin.DEMO_KEYS, "case", "CASE-77")
PATIENT = (
    "TESTPERSON",
    "MRN1",
    "TEST001",
    "ACCT-1001",
    "CASE-77",
    "SN0001",
    "LOT7",
    "19500101",
    "1950-01-01",
)
TREATED = ("20250304", "2025-03-04")
"""The day of the procedure."""


def follow(*arguments: Any) -> Any:
    return CliRunner().invoke(command, ["case", "follow", *map(str, arguments)])


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    """What the one command prints, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in follow(*FEED, "--ndjson", *FILES).stdout.splitlines():
        row = json.loads(line)
        found.setdefault(row["kind"], []).append(row)
    return found


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """The documents of the journey, as Python makes them."""
    profile = hcfin.load_profile("hl7v2", JOURNEY / "profile.toml")
    readings = []
    for path in FILES:
        ours = path.suffix == ".hl7"
        how: dict[str, Any] = {"standard": "hl7v2", "profile": profile} if ours else {}
        readings.append(hcfin.read(path, **how))
    books, master = hcfin.load_books(), hcfin.load_master_data("example")
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    postings = post_in_order(readings, books, context=context, master=master, known_supply=SupplyLedger())
    return [document for posting in postings for document in posting.documents]


def test_the_report(expect: Callable[[Path, Any], None]) -> None:
    done = follow(*FEED, *FILES)
    assert done.exit_code == 1  # two vials are not charged
    expect(JOURNEY / "report.txt", done.stdout)


def test_uses_and_charges(rows: dict[str, list[dict[str, Any]]]) -> None:
    """§5.8: the implant MATCHED. Ten vials used and eight charged at 95.50: 191.00 are missing."""
    told = {(one["items"][0], one["status"], one["missing"]) for one in rows["usage_link"]}
    assert told == {
        ("STENT-DES-30", "matched", None),
        ("CATH-GUIDE-6F", "matched", None),
        ("CATH-GUIDE-6F", "not_chargeable", None),
        ("CONTRAST-100", "quantity_mismatch", "191.00"),
        ("DRAPE-ANGIO", "not_chargeable", None),
    }


def test_what_is_short_is_requisitioned(documents: list[Document]) -> None:
    """Five of at most sixteen catheters are left: eleven at 120.00. Of forty vials 21: a box of ten at
    385.00, for a second would be one too many. Together 1,705.00."""
    (one,) = (one for one in documents if isinstance(one, Requisition))
    lines = [(line.item, f"{line.quantity:f}", line.unit, f"{line.amount}") for line in one.lines]
    assert lines == [("CATH-GUIDE-6F", "11", "EA", "1320.00"), ("CONTRAST-100", "1", "BX", "385.00")]
    assert (one.amount, one.approval, one.reason) == (Decimal("1705.00"), "", "below_minimum")


def test_the_implant_is_ordered_to_be_billed(documents: list[Document]) -> None:
    """§5.8: at the 5,200.00 of its contract, for the token of the case."""
    (one,) = (one for one in documents if isinstance(one, PurchaseOrder) and one.order_kind == "bill_only")
    assert (one.amount, one.case_token, one.contract) == (Decimal("5200.00"), CASE, "HC-2025")


def test_invoices_are_held_and_then_released(documents: list[Document]) -> None:
    """§5.8: 10 × 123.00 and freight of 18.00 wait, while the box at 385.00 is owed at once; then 1,200.00 of
    goods, 30.00 of variance and 18.00. The implant: 5,200.00 and 150.00."""
    told = [
        (one.number, str(one.gl_date), str(one.amount), [(line.what, str(line.amount)) for line in one.lines])
        for one in documents
        if isinstance(one, SupplierInvoice)
    ]
    assert told[0] == ("MS-INV-77", "2025-03-12", "385.00", [("item", "385.00")])
    released = {number: (day, amount, dict(lines)) for number, day, amount, lines in told[1:]}
    assert released == {
        "MS-INV-77": (
            "2025-03-18",
            "1248.00",
            {"item": "1200.00", "price_variance": "30.00", "freight": "18.00"},
        ),
        "HC-INV-9": ("2025-03-18", "5350.00", {"item": "5200.00", "price_variance": "150.00"}),
    }


def test_why_they_were_held() -> None:
    said = follow(*FEED, *FILES).stderr
    assert "MATCH_PRICE: 1230.00 is asked for CATH-GUIDE-6F, and the order says 1200.00" in said
    assert "CONTRACT_PRICE_VARIANCE: 5350.00 is asked for STENT-DES-30, and the contract says 5200.00" in said


def test_balances(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Nothing waits any more: clearing, goods received, the accrual of the implant, unbilled, the payer."""
    assert {one["role"]: one["balance"] for one in rows["balance"]} == {
        "cash.eft_in_transit": "11000.00",
        "cash.remit_clearing": "0.00",
        "ar.unbilled": "0.00",
        "ar.payer": "0.00",
        "ar.patient": "400.00",
        "inventory.stock": "840.00",  # 1,585.00 arrived; 240.00, 120.00 and 385.00 were used
        "liability.accounts_payable": "-6983.00",  # 385.00, 1,248.00 and 5,350.00
        "liability.goods_received_not_invoiced": "0.00",
        "liability.consignment_accrual": "0.00",
        "revenue.gross": "-28984.00",
        "revenue.adjustment.contractual": "17584.00",
        "expense.supply": "5945.00",
        "expense.purchase_price_variance": "180.00",
        "expense.freight": "18.00",
    }
    assert sum(Decimal(one["balance"]) for one in rows["balance"]) == 0


def test_the_margin(rows: dict[str, list[dict[str, Any]]]) -> None:
    """5,945.00 of the journals and 150.00 of the implant's variance, 14.50 of drapes: 6,109.50. The 30.00 and
    18.00 of the replenishment are of no case."""
    (case,) = rows["case_margin"]
    assert case["cases"] == [CASE]
    figures = ("charge", "allowed", "paid", "booked_cost", "arrival_cost", "supply_cost", "margin")
    assert [case[name] for name in figures] == [
        "28984.00",
        "11400.00",
        "11000.00",
        "6095.00",
        "14.50",
        "6109.50",
        "5290.50",
    ]
    (rest,) = rows["no_case"]
    assert rest["booked_cost"] == "48.00"


def test_the_order_of_files_does_not_matter() -> None:
    assert follow(*FEED, *FILES[::-1]).stdout == follow(*FEED, *FILES).stdout


def test_no_patient_data_in_the_report(rows: dict[str, list[dict[str, Any]]]) -> None:
    done = follow(*FEED, *FILES)
    for sentinel in (*PATIENT, *TREATED):
        assert sentinel not in done.stdout
        assert sentinel not in json.dumps(rows)
    for sentinel in PATIENT:
        assert sentinel not in done.stderr


@pytest.mark.parametrize("to", ["netsuite", "tryton", "cxml", "x12_850"])
def test_suppliers_learn_the_case_by_its_token_alone(documents: list[Document], to: str) -> None:
    """What an ERP hands on to suppliers: neither who was treated, nor when."""
    kinds = (Requisition, PurchaseOrder, GoodsReceipt, SupplierInvoice)
    rendering: Rendering = hcfin.render([one for one in documents if isinstance(one, kinds)], to)
    text = repr([(payload.path, payload.body) for payload in rendering.payloads])
    assert CASE in text
    for sentinel in (*PATIENT, *TREATED):
        assert sentinel not in text


def test_the_same_procedure_from_fhir() -> None:
    """A bundle with Procedure, Device and SupplyDelivery in place of the DFT: the same links, and the token
    of the same case. It tells no day of posting, and nothing of the wasted catheter: 6,109.50 less 120.00."""
    files = [JOURNEY / "fhir" / "usage.json", *FILES[1:]]
    done = follow(*FEED, "--posting-date", "2025-03-24", "--ndjson", *files)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    links = {(one["items"][0], one["status"], one["missing"]) for one in told if one["kind"] == "usage_link"}
    assert links == {
        ("STENT-DES-30", "matched", None),
        ("CATH-GUIDE-6F", "matched", None),
        ("CONTRAST-100", "quantity_mismatch", "191.00"),
        ("DRAPE-ANGIO", "not_chargeable", None),
    }
    (case,) = (one for one in told if one["kind"] == "case_margin")
    assert (case["cases"], case["supply_cost"], case["margin"]) == ([CASE], "5989.50", "5410.50")


def test_tables_of_nothing_and_lines_that_end() -> None:
    assert list(document_table([], width=None)) == []
    assert list(balance_table([], width=None)) == []


def test_lines_end_where_the_terminal_does(documents: list[Document]) -> None:
    for lines in (document_table(documents, width=60), balance_table(documents, width=60)):
        assert max(map(len, lines)) == 60
