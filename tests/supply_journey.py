"""A catheter laboratory buys: facts from the requisition to the payment, and what posting makes of them.

The numbers of the worked example: ten at 120.00 that are invoiced at 123.00 with freight of 18.00, held and
released; an implant of 5,200.00 that is invoiced at 5,350.00. Beside it partial deliveries, boxes of another
unit than the stock's, an expense on arrival, goods that go back and their credit, and a payment.
"""

from __future__ import annotations

from pathlib import Path

from hcfin.billing.base import Fact
from hcfin.billing.supply import StockLevel
from hcfin.finance.base import Document
from supplied import (
    CATHETER,
    CONTRAST,
    DRAPE,
    STENT,
    invoiced,
    line,
    ordered,
    paid,
    posted,
    received,
    released,
    used,
    with_books,
)

LOCATION = "CATHLAB-1"


def facts() -> tuple[Fact, ...]:
    """In the order in which they happen."""
    low = {
        "facility": "MAIN",
        "location": LOCATION,
        "item": CATHETER,
        "on_hand": "4",
        "counted": "2025-02-28",
    }
    return (
        StockLevel.build(low),
        ordered(),
        received(),
        invoiced(price="123.00", freight="18.00", total="1248.00"),
        released(),
        ordered(
            line("4", "385.00", item=CONTRAST, unit="BX"),
            line("2", "145.00", item=DRAPE, unit="BX", number="2"),
            number="PO-2",
        ),
        received(
            number="R-2",
            order="PO-2",
            lines=[
                {"item": CONTRAST, "quantity": "3", "unit": "BX", "order_line": "1"},
                {"item": DRAPE, "quantity": "2", "unit": "BX", "order_line": "2"},
            ],
        ),
        invoiced("4", "385.00", "INV-2", item=CONTRAST, unit="BX", order="PO-2", order_line="1"),
        received("1", "R-3", order="PO-2", item=CONTRAST, unit="BX", order_line="1", moved="2025-03-15"),
        received("3", "RT-1", state="returned", moved="2025-03-25"),
        invoiced("3", "120.00", "CM-1", change="credit", invoiced="2025-03-26"),
        used(STENT, "1"),
        invoiced(
            "1", "5350.00", "INV-3", item=STENT, order="", supplier={"id": "HC-100"}, case="CASE-TESTPERSON"
        ),
        released("INV-3", supplier={"id": "HC-100"}),
        paid("1248.00", invoices=["INV-1"]),
    )


def documents(folder: Path, ap_mode: str) -> tuple[Document, ...]:
    """What is booked, by date; the books are the example's."""
    books = with_books(folder, f'[policy]\nap_mode = "{ap_mode}"\n')
    posting = posted(*facts(), books=books)
    return tuple(sorted(posting.documents, key=lambda one: one.gl_date))
