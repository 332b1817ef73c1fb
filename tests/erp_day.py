"""A day of work for an ERP: what came in, what hcfin books for it, and both sides of the comparison."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import cases
import hcfin
from hcfin.books import Books
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry

ENTITY = "hospital"
ENTITIES = (ENTITY, "main")  # the day has a provider adjustment of an affiliate
BOOKS = """
name = "Example General Hospital"

[entities.hospital]
name = "Example General Hospital"
npi = ["1234567893", "9999999995"]
tin = ["123456789"]

[payers.mac_a]
name = "Example MAC A"
class = "medicare"
ids = ["1512345678"]

[payers.second]
name = "Test Second"
class = "commercial"
ids = ["1999999999"]

[dimensions.turn]
from = "claim.status"
on = ["ar.payer", "revenue.*"]
values = {{ 1 = "primary", 2 = "secondary", 19 = "primary", 22 = "reversal" }}
default = "other"

[chart]
"revenue.gross" = "4000"

[policy]
ar_mode = "{mode}"
"""

# Cases of fixtures/posting, each a remittance of its own once it has a trace of its own.
CASES = (
    "cheque",
    "crossover",
    "forwarded_primary",
    "qmb_remark",
    "reversal_group_cr",
    "secondary_payer",
    "secondary_without_23",
    "unbalanced_claim",
    "unbalanced_takeback",
    "underpaid_and_held",
    "unknown_code",
    "unknown_provider_adjustment",
    "zero_remittance",
)
FILES = (
    "reconcile/worked_5_4/r0.edi",
    "x12/remittance_835/worked_r1/input.edi",
    "x12/remittance_835/worked_r2/input.edi",
    "x12/remittance_835/full/input.edi",
    "x12/remittance_835/dirty/input.edi",
)
ZERO = Decimal("0.00")


def books_of_mode(folder: Path, mode: str, *more: str) -> Books:
    """The day's books: `gl_only` or `open_item`."""
    path = folder / f"{mode}.toml"
    path.write_text(BOOKS.format(mode=mode), encoding="utf-8")
    return hcfin.load_books("example", str(path), *more)


def remittances() -> list[bytes]:
    """The 835s of the day."""
    found = [(cases.FIXTURES / name).read_bytes() for name in FILES]
    for number, name in enumerate(CASES):
        written = hcfin.write(cases.facts_of(cases.FIXTURES / "posting" / name), "x12")
        found.append(written.replace(b"TEST0001", b"DAY%05d" % number).replace(b"1000234", b"DAY99999"))
    return found


def documents_of(books: Books) -> list[Document]:
    """What the day books: charges first, then the remittances, by date."""
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    postings = []
    charged: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for data in remittances():
        reading = hcfin.read(data)
        postings.append(hcfin.post(reading, books, context=context))
        for view in reading.remittances:
            header = view.header
            known_as = [header.payer_identifier, *header.payer.identifiers()]
            payer = books.payer(known_as, header.payer.name) or "other"
            charged[payer] += sum((claim.charged for claim in view.claims if claim.charged > 0), ZERO)
    documents = [_charges(books, payer, amount) for payer, amount in sorted(charged.items()) if amount]
    documents += [document for posting in postings for document in posting.documents]
    return sorted(documents, key=lambda document: document.gl_date)


def _charges(books: Books, payer: str, amount: Decimal) -> Document:
    """The journal by which a billing system opens what the remittances settle."""
    dimensions = {"payer_class": books.payers[payer].payer_class}
    party = {"kind": "payer", "token": payer}
    shared = {
        "amount": amount,
        "currency": "USD",
        "dimensions": dimensions,
        "rule": {"id": "charges", "layer": "billing system", "line": 1},
        "origins": {"first": [], "count": 1, "digest": ""},
    }
    lines = [
        {"n": 1, "role": "ar.payer", "account": "1100", "side": "debit", "party": party, **shared},
        {"n": 2, "role": "revenue.gross", "account": "4000", "side": "credit", **shared},
    ]
    return JournalEntry.build(
        {
            "kind": "journal_entry",
            "id": f"charges-2025-{payer}",
            "content_hash": "",
            "entity": ENTITY,
            "currency": "USD",
            "gl_date": "2025-01-02",
            "period": "2025-01",
            "source": f"charges/2025/{payer}",
            "gl_lines": lines,
        }
    )
