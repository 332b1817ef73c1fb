"""Procurement in databases of a real Tryton: what is sent, and how its stock and its books are compared."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import hcfin
import tryton_provision
from hcfin.books import Books
from hcfin.erp import Payload
from hcfin.finance.base import Document
from hcfin.finance.procurement import GoodsReceipt
from hcfin.master_files import load_master_tables
from tryton_client import Tryton
from tryton_server import PASSWORD

ENTITY = "main"
DATABASE = "supplies"
SHELF = "CATHLAB"


@dataclass(frozen=True)
class Supplies:
    """One database: a session in it, its settings, and documents to post there."""

    tryton: Tryton
    settings: dict[str, Any]
    documents: tuple[Document, ...]

    def payloads(self, *documents: Document, **settings: Any) -> tuple[Payload, ...]:
        """Of these documents, or of all."""
        chosen = documents or self.documents
        rendering = hcfin.render(chosen, "tryton", settings={**self.settings, **settings})
        assert not [issue for issue in rendering.issues if issue.severity == "error"]
        return rendering.payloads


def supplied_books() -> Books:
    """The example books, with their accounts of stock and payables."""
    return hcfin.load_books("example")


def provisioned_for_supplies(tryton: Any) -> dict[str, Any]:
    """Settings that fit the database `supplies`, which has items, suppliers and locations of master data."""
    tables = load_master_tables("example")
    with tryton.server(DATABASE) as base:
        session = Tryton(base, password=PASSWORD)
        more = {"locations": [SHELF]}
        settings = tryton_provision.provision(
            session, supplied_books(), [ENTITY], [2025, 2026], tables, **more
        )
        counted = _counted(session)
        again = tryton_provision.provision(session, supplied_books(), [ENTITY], [2025, 2026], tables, **more)
        assert (again, _counted(session)) == (settings, counted), "run again, it makes nothing twice"
        assert counted["product.product"] == len(tables.items.listed if tables.items else ())
    found: dict[str, Any] = tomllib.loads(settings)["erp"]["tryton"]
    return found


def _counted(session: Tryton) -> dict[str, int]:
    models = ("product.product", "product.uom", "stock.location", "party.party", "ir.sequence.strict")
    return {
        model: session.call(f"model.{model}.search_count", [], 0, None, session.context) for model in models
    }


def stock_in(tryton: Tryton, location: str) -> dict[str, Decimal]:
    """What Tryton says there is of each item in a location; its own figure."""
    number = tryton.find("stock.location", ["code", "=", location])
    context = {**tryton.context, "locations": [number], "with_childs": False}
    rows = tryton.call("model.product.product.search_read", [], 0, None, None, ["code", "quantity"], context)
    return {row["code"]: Decimal(str(row["quantity"])) for row in rows if row["quantity"]}


def stock_of(documents: tuple[Document, ...], settings: dict[str, Any], location: str) -> dict[str, Decimal]:
    """What the documents put there."""
    found: Counter[str] = Counter()
    for document in documents:
        if isinstance(document, GoodsReceipt) and document.location == location:
            for line in document.lines:
                if line.account in settings["stock_accounts"]:
                    found[line.item] += line.quantity if document.state == "received" else -line.quantity
    return {item: Decimal(many) for item, many in found.items()}


def records_in(tryton: Tryton) -> dict[str, int]:
    """How many records there are of all that is sent."""
    models = (
        "account.move",
        "account.invoice",
        "purchase.purchase",
        "purchase.requisition",
        "stock.shipment.in",
        "stock.shipment.in.return",
        "stock.move",
    )
    return {
        model: tryton.call(f"model.{model}.search_count", [], 0, None, tryton.context) for model in models
    }
