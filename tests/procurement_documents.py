"""Documents of procurement in Python, with the numbers of the worked example: ten at 120.00, invoiced at
123.00 with freight of 18.00. What must not leave the house says SENTINEL."""

from __future__ import annotations

from datetime import date
from typing import Any

from erp_documents import a_head, a_line
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice

SUPPLIER = {"kind": "supplier", "token": "medsup"}
STOCK, GRNI, PAYABLE, CONSIGNED = "1510", "2020", "2010", "2030"
SUPPLY, VARIANCE, FREIGHT = "5210", "5220", "5230"
ROLES = {
    STOCK: "inventory.stock",
    GRNI: "liability.goods_received_not_invoiced",
    PAYABLE: "liability.accounts_payable",
    CONSIGNED: "liability.consignment_accrual",
    SUPPLY: "expense.supply",
    VARIANCE: "expense.purchase_price_variance",
    FREIGHT: "expense.freight",
}
CASE = "democase1"
REQUISITION, ORDER, RECEIPT, INVOICE = ("demo" + one * 16 for one in "rdei")


def a_booking(*amounts: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    """Ledger lines of (account, amount): positive is a debit. The payable names the supplier."""
    return [
        a_line(
            n, "credit" if amount.startswith("-") else "debit", amount.lstrip("-"), account,
            role=ROLES[account], party=SUPPLIER if account == PAYABLE else None, **more,
        )
        for n, (account, amount) in enumerate(amounts, start=1)
    ]  # fmt: skip


def an_item(n: int = 1, **more: Any) -> dict[str, Any]:
    """Ten of an item that is stock."""
    return {
        "n": n,
        "item": "STENT-3",
        "supplier_item": "MS-0003",
        "device": "00812345670003",
        "quantity": "10",
        "unit": "EA",
        "account": STOCK,
        **more,
    }


def an_ordered(n: int = 1, **more: Any) -> dict[str, Any]:
    return an_item(n, **{"unit_price": "120", "amount": "1200.00", "needed_by": date(2026, 2, 10), **more})


def a_requisition(**more: Any) -> Requisition:
    """Of ten, to refill the shelf."""
    data = {
        "id": REQUISITION, "supplier": SUPPLIER, "number": "R-1", "location": "CATHLAB",
        "reason": "below_minimum", "lines": [an_ordered()], "amount": "1200.00", **more,
    }  # fmt: skip
    return Requisition.build(a_head("requisition", **data))


def an_order(**more: Any) -> PurchaseOrder:
    """Of ten at 120.00."""
    data = {
        "id": ORDER, "supplier": SUPPLIER, "number": "PO-1", "location": "CATHLAB",
        "lines": [an_ordered()], "amount": "1200.00", **more,
    }  # fmt: skip
    return PurchaseOrder.build(a_head("purchase_order", **data))


def a_receipt_of_goods(**more: Any) -> GoodsReceipt:
    """Of all ten."""
    data = {
        "id": RECEIPT, "supplier": SUPPLIER, "number": "S-1", "location": "CATHLAB", "order": "PO-1",
        "order_id": ORDER, "depends_on": [ORDER],
        "lines": [an_item(order_line="1", amount="1200.00")],
        "gl_lines": a_booking((STOCK, "1200.00"), (GRNI, "-1200.00")), **more,
    }  # fmt: skip
    return GoodsReceipt.build(a_head("goods_receipt", **data))


def a_settled(n: int = 1, **more: Any) -> dict[str, Any]:
    """A line of an invoice: ten at the price of their order."""
    return {
        "n": n, "what": "item", "item": "STENT-3", "order_line": "1", "quantity": "10", "unit": "EA",
        "unit_price": "120", "amount": "1200.00", "account": GRNI, **more,
    }  # fmt: skip


def an_amount(n: int, what: str, amount: str, account: str, **more: Any) -> dict[str, Any]:
    return {"n": n, "what": what, "amount": amount, "account": account, **more}


def a_supplier_invoice(**more: Any) -> SupplierInvoice:
    """Of ten at 123.00 and freight of 18.00, released."""
    data = {
        "id": INVOICE, "supplier": SUPPLIER, "number": "INV-77", "order": "PO-1", "order_id": ORDER,
        "depends_on": [ORDER, RECEIPT], "invoice_date": date(2026, 1, 28), "due_date": date(2026, 2, 27),
        "payable_account": PAYABLE, "amount": "1248.00", "invoiced": "1248.00",
        "lines": [
            a_settled(),
            an_amount(2, "price_variance", "30.00", VARIANCE, item="STENT-3"),
            an_amount(3, "freight", "18.00", FREIGHT),
        ],
        "gl_lines": a_booking(
            (GRNI, "1200.00"), (VARIANCE, "30.00"), (FREIGHT, "18.00"), (PAYABLE, "-1248.00")
        ),
        **more,
    }  # fmt: skip
    return SupplierInvoice.build(a_head("supplier_invoice", **data))


def a_bill_of_an_implant(**more: Any) -> SupplierInvoice:
    """What was used at 5,200.00 and is invoiced at 5,350.00, accepted."""
    data = {
        "order": "PO-2", "order_id": "", "case_token": CASE, "amount": "5350.00", "invoiced": "5350.00",
        "depends_on": [],
        "lines": [
            a_settled(item="VALVE-1", quantity="1", unit_price="5200", amount="5200.00", account=CONSIGNED),
            an_amount(2, "price_variance", "150.00", VARIANCE, item="VALVE-1"),
        ],
        "gl_lines": a_booking((CONSIGNED, "5200.00"), (VARIANCE, "150.00"), (PAYABLE, "-5350.00")),
        **more,
    }  # fmt: skip
    return a_supplier_invoice(**data)


def a_credit(**more: Any) -> SupplierInvoice:
    """Of the price variance, for the invoice."""
    data = {
        "id": "demo" + "c" * 16, "change": "credit", "number": "CM-5", "reverses": INVOICE, "order": "",
        "order_id": "", "depends_on": [INVOICE], "due_date": None, "amount": "30.00", "invoiced": "30.00",
        "lines": [an_amount(1, "price_variance", "30.00", VARIANCE, item="STENT-3")],
        "gl_lines": a_booking((PAYABLE, "30.00"), (VARIANCE, "-30.00")), **more,
    }  # fmt: skip
    return a_supplier_invoice(**data)
