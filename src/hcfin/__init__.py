"""hcfin translates healthcare money: wire messages to billing facts, facts to finance documents by your
books, documents to the payload shapes of real ERPs.

    reading = hcfin.read("remit.835")                       # what happened (patient data in clear)
    posting = hcfin.post(reading, books, context=context)   # what to book (none)
    payloads = hcfin.render(posting.documents, "netsuite")  # what to send

Nothing is imported until it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "BooksError": "hcfin.errors",
    "Context": "hcfin.context",
    "DEMO_KEYS": "hcfin.identity",
    "HcfinError": "hcfin.errors",
    "Keys": "hcfin.identity",
    "Limits": "hcfin.limits",
    "MasterDataError": "hcfin.errors",
    "Rejected": "hcfin.errors",
    "accrue_receipts": "hcfin.reconcile",
    "acknowledge": "hcfin.files",
    "case_margins": "hcfin.reconcile",
    "cash_proof": "hcfin.reconcile",
    "check": "hcfin.files",
    "explain": "hcfin.files",
    "iter_facts": "hcfin.files",
    "iter_translate": "hcfin.files",
    "link_charges": "hcfin.reconcile",
    "load_books": "hcfin.files",
    "load_documents": "hcfin.files",
    "load_keys": "hcfin.files",
    "load_master_data": "hcfin.master_files",
    "load_profile": "hcfin.files",
    "match": "hcfin.reconcile",
    "post": "hcfin.posting",
    "prove": "hcfin.files",
    "read": "hcfin.files",
    "render": "hcfin.translation",
    "roll_forward": "hcfin.reconcile",
    "translate": "hcfin.files",
    "write": "hcfin.translation",
}
__all__ = [
    "DEMO_KEYS",
    "BooksError",
    "Context",
    "HcfinError",
    "Keys",
    "Limits",
    "MasterDataError",
    "Rejected",
    "__version__",
    "accrue_receipts",
    "acknowledge",
    "case_margins",
    "cash_proof",
    "check",
    "explain",
    "iter_facts",
    "iter_translate",
    "link_charges",
    "load_books",
    "load_documents",
    "load_keys",
    "load_master_data",
    "load_profile",
    "match",
    "post",
    "prove",
    "read",
    "render",
    "roll_forward",
    "translate",
    "write",
]

if TYPE_CHECKING:
    from hcfin.context import Context
    from hcfin.errors import BooksError, HcfinError, MasterDataError, Rejected
    from hcfin.files import (
        acknowledge,
        check,
        explain,
        iter_facts,
        iter_translate,
        load_books,
        load_documents,
        load_keys,
        load_profile,
        prove,
        read,
        translate,
    )
    from hcfin.identity import DEMO_KEYS, Keys
    from hcfin.limits import Limits
    from hcfin.master_files import load_master_data
    from hcfin.posting import post
    from hcfin.reconcile import accrue_receipts, case_margins, cash_proof, link_charges, match, roll_forward
    from hcfin.translation import render, write


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hcfin' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
