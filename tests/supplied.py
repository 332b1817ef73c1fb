"""Facts of supplies for tests, and what is booked for them, in short."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.purchase import (
    GoodsReceipt,
    InvoiceRelease,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from hcfin.billing.reading import Reading
from hcfin.billing.supply import StockAdjustment, SupplyUse
from hcfin.books import Books
from hcfin.finance.base import Document
from hcfin.finance.known_supply import KnownSupply
from hcfin.finance.master import MasterData
from hcfin.master_files import load_master_data
from hcfin.posting import Posting
from hcfin.reconcile import SupplyLedger

KEYS = hcfin.DEMO_KEYS
CONTEXT = hcfin.Context(keys=KEYS)
BOOKS = hcfin.load_books("example")
MASTER = load_master_data("example")
DAY = "2025-03-10"
CASE = "CASE-TESTPERSON"

CATHETER = {"code": "CL-1201"}  # stock, at 120.00
CONTRAST = {"code": "CL-2210"}  # stock by the vial, bought in boxes of ten at 385.00
DRAPE = {"code": "CL-9001"}  # an expense on arrival
PUMP = {"code": "CL-9950"}  # an asset
STENT = {"code": "CL-4711"}  # bill-only, by contract at 5,200.00
LEAD = {"code": "CL-4805"}  # consigned, by contract at 1,450.00
GRNI = "liability.goods_received_not_invoiced"
PAYABLE = "liability.accounts_payable"
VARIANCE = "expense.purchase_price_variance"
ACCRUAL = "liability.consignment_accrual"

UDI = {"device": "02000000000015"}

BookedLine = tuple[str, str, str]


def used(item: dict[str, str] = CATHETER, quantity: str = "2", **rest: Any) -> SupplyUse:
    """A use of an item for the case of all of them."""
    given = {
        "id": "U1",
        "case": CASE,
        "facility": "MAIN",
        "location": "CATHLAB-1",
        "department": {"code": "CATHLAB"},
        "item": item,
        "udi": UDI if item in (STENT, LEAD) else None,
        "quantity": quantity,
        "posted": DAY,
    }
    return SupplyUse.build({**given, **rest})


def adjusted(quantity: str, change: str = "shrinkage", **rest: Any) -> StockAdjustment:
    """Stock of the catheter that changed without use."""
    given = {"id": "A1", "facility": "MAIN", "location": "CATHLAB-1", "item": CATHETER, "moved": DAY}
    return StockAdjustment.build({**given, "change": change, "quantity": quantity, **rest})


def posted(
    *facts: Fact,
    books: Books = BOOKS,
    master: MasterData | None = MASTER,
    known: KnownSupply | None = None,
    context: hcfin.Context = CONTEXT,
) -> Posting:
    """The posting of facts; every amount of them has one end."""
    reading = Reading("facts", facts)
    return hcfin.post(reading, books, context=context, master=master, known_supply=known)


def lines(posting: Posting | Document) -> list[BookedLine]:
    """What the ledger takes: side, amount, role."""
    documents = posting.documents if isinstance(posting, Posting) else (posting,)
    return [(line.side, f"{line.amount:f}", line.role) for one in documents for line in one.gl_lines]


def last(posting: Posting) -> list[tuple[str, str, str]]:
    """What the last document books."""
    return lines(posting.documents[-1])


def sums(*postings: Posting) -> dict[str, str]:
    """What is left on each role, debits above zero; nothing where that is zero."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        for one in posting.documents:
            for line in one.gl_lines:
                found[line.role] += line.amount if line.side == "debit" else -line.amount
    return {role: f"{amount:f}" for role, amount in sorted(found.items()) if amount}


def codes(posting: Posting) -> list[str]:
    """The codes of its issues."""
    return [issue.code for issue in posting.issues]


def held(posting: Posting) -> str:
    """The one code under which nothing is booked."""
    assert not posting.documents
    (code,) = codes(posting)
    assert {(str(end.outcome), end.rule) for end in posting.dispositions} <= {("kept_open", code)}
    return code


def with_books(folder: Path, text: str) -> Books:
    """The example books, with a text laid over them."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return hcfin.load_books("example", path)


def with_items(folder: Path, *rows: str, units: str = "", contracts: str = "") -> MasterData:
    """Master data with the example suppliers, and items and units of its own."""
    head = "item,source_item,method,stock_unit,supplier,category,cost\n"
    tables = {
        "items": head + "".join(f"{row}\n" for row in rows),
        "suppliers": "supplier,identifiers\nHEARTCO,HC-100\nMEDSUP,MS-200\nGONE,GN-300\n",
        "units": f"item,unit,into,of,makes\n{units}",
        "contracts": f"supplier,item,contract,price,unit\n{contracts}",
    }
    own = folder / "master"
    own.mkdir(exist_ok=True)
    for name, text in tables.items():
        (own / f"{name}.csv").write_text(text, encoding="utf-8")
    return load_master_data(own)


def ordered(
    *lines: dict[str, Any], number: str = "PO-1", supplier: str = "MS-200", **rest: Any
) -> PurchaseOrder:
    """An order of catheters, ten at 120.00, or of lines."""
    given = {
        "number": number,
        "facility": "MAIN",
        "supplier": {"id": supplier},
        "ordered": "2025-03-01",
        "lines": lines or (line(),),
    }
    return PurchaseOrder.build({**given, **rest})


def line(quantity: str = "10", price: str | None = "120.00", **rest: Any) -> dict[str, Any]:
    """A line of an order, of the catheter where nothing else is said."""
    return {"number": "1", "item": CATHETER, "quantity": quantity, "unit_price": price, **rest}


def received(quantity: str = "10", number: str = "R-1", **rest: Any) -> GoodsReceipt:
    """A receipt of catheters, or of lines."""
    own = {name: rest.pop(name) for name in ("item", "unit", "order_line") if name in rest}
    given = {
        "number": number,
        "order": "PO-1",
        "facility": "MAIN",
        "location": "CATHLAB-1",
        "supplier": {"id": "MS-200"},
        "moved": "2025-03-05",
        "lines": [{"item": CATHETER, "quantity": quantity, **own}],
    }
    return GoodsReceipt.build({**given, **rest})


def invoiced(
    quantity: str = "10", price: str | None = "120.00", number: str = "INV-1", **rest: Any
) -> SupplierInvoice:
    """An invoice of catheters, or of lines."""
    names = ("item", "unit", "order_line", "amount")
    own = {name: rest.pop(name) for name in names if name in rest}
    given = {
        "number": number,
        "order": "PO-1",
        "facility": "MAIN",
        "supplier": {"id": "MS-200"},
        "invoiced": "2025-03-08",
        "lines": [{"item": CATHETER, "quantity": quantity, "unit_price": price, **own}],
    }
    return SupplierInvoice.build({**given, **rest})


def released(number: str = "INV-1", decision: str = "release", **rest: Any) -> InvoiceRelease:
    """Somebody's decision about an invoice."""
    given = {
        "number": number,
        "decision": decision,
        "facility": "MAIN",
        "supplier": {"id": "MS-200"},
        "decided": "2025-03-20",
        "approver": "TESTPERSON",
    }
    return InvoiceRelease.build({**given, **rest})


def paid(amount: str, number: str = "PAY-1", **rest: Any) -> SupplierPayment:
    """Money to a supplier."""
    given = {
        "id": number,
        "facility": "MAIN",
        "supplier": {"id": "MS-200"},
        "amount": amount,
        "paid": "2025-04-20",
    }
    return SupplierPayment.build({**given, **rest})


def learned(*facts: Fact, **rest: Any) -> SupplyLedger:
    """What is known when each of the facts was posted by itself, in turn."""
    ledger = SupplyLedger()
    for fact in facts:
        ledger.learn_postings([posted(fact, known=ledger, **rest)])
    return ledger
