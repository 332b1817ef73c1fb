"""All kinds of finance documents: the table of kinds, loading from JSON, and the published schema."""

from __future__ import annotations

import json
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter

from hcfin.errors import HcfinError
from hcfin.finance import SCHEMA
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.finance.receivable import CreditMemo, Invoice, Receipt

KINDS: dict[str, type[Document]] = {
    "credit_memo": CreditMemo,
    "goods_receipt": GoodsReceipt,
    "invoice": Invoice,
    "journal_entry": JournalEntry,
    "purchase_order": PurchaseOrder,
    "receipt": Receipt,
    "requisition": Requisition,
    "supplier_invoice": SupplierInvoice,
}


def load_document(data: dict[str, Any]) -> Document:
    """A document from its JSON form. Raises `ModelError` where it does not fit or does not balance."""
    return KINDS[data["kind"]].build(data)


def documents_of(raw: bytes) -> tuple[Document, ...]:
    """The documents of JSON text: objects with `documents`, or bare ones, one after the other. Raises
    `HcfinError` where it is no such thing."""
    documents: list[Document] = []
    decoder = json.JSONDecoder()
    try:
        text, place = raw.decode("utf-8"), 0
        while rest := text[place:].lstrip():
            value, place = decoder.raw_decode(text, len(text) - len(rest))
            documents += [
                load_document(one) for one in value.get("documents", () if "kind" not in value else [value])
            ]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        documents = []
    else:
        return tuple(documents)
    raise HcfinError("these are not finance documents as `hcfin post` prints them")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document of any kind, with the version of the schema."""
    union: Any = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
    schema = TypeAdapter(union).json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hcfin:documents:{SCHEMA}",
        "title": "hcfin finance document",
        **schema,
    }
