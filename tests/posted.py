"""One remittance written in segments, posted, and its journal lines as tests compare them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import hcfin
from hcfin.books import Books
from hcfin.identity import DEMO_KEYS
from hcfin.posting import Posting, post
from hcfin.reconcile import cash_proof, roll_forward

CONTEXT = hcfin.Context(keys=DEMO_KEYS)
BOOKS = hcfin.load_books()


class Line(NamedTuple):
    """What is compared of a journal line."""

    side: str
    role: str
    amount: str
    tags: tuple[tuple[str, str], ...] = ()


def line(role: str, amount: Decimal, **tags: str) -> Line:
    """A positive amount is a debit."""
    side = "debit" if amount > 0 else "credit"
    return Line(side, role, f"{abs(amount):.2f}", tuple(sorted(tags.items())))


def written(payment: Decimal, *body: str, handling: str = "", effective: str = "20250115") -> bytes:
    """One remittance of these segments as a file."""
    method = "ACH" if payment else "NON"
    handling = handling or ("I" if payment else "H")
    segments = [
        "ST*835*0001",
        f"BPR*{handling}*{payment}*C*{method}************{effective}",
        "TRN*1*TEST0001*1999999999",
        "DTM*405*20250115",
        "N1*PR*TEST PAYER",
        "N1*PE*TEST HOSPITAL*XX*1234567893",
        "LX*1",
        *body,
    ]
    head = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'TESTPAYER':15}*ZZ*{'TESTHOSPITAL':15}*250115*0900*^*00501*000000001"
    )
    group = "*0*T*:~GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1~"
    trailer = f"SE*{len(segments) + 1}*0001~GE*1*1~IEA*1*000000001~"
    return (head + group + "".join(f"{segment}~" for segment in segments) + trailer).encode()


def posted(
    payment: Decimal, *body: str, books: Books = BOOKS, handling: str = "", effective: str = "20250115"
) -> Posting:
    """The same posted; receivables roll forward and cash is proven."""
    reading = hcfin.read(written(payment, *body, handling=handling, effective=effective))
    assert not reading.issues, [str(issue) for issue in reading.issues]
    posting = post(reading, books, context=CONTEXT)
    assert all(forward.foots for forward in roll_forward(posting.documents))
    assert all(proof.holds for proof in cash_proof(posting.documents))
    return posting


def lines(posting: Posting) -> Counter[Line]:
    """The lines of its journal entries."""
    journal = [document for document in posting.documents if document.kind == "journal_entry"]
    return Counter(
        Line(line.side, line.role, f"{line.amount:f}", tuple(line.tags))
        for document in journal
        for line in document.gl_lines
    )


def cash(payment: Decimal) -> list[Line]:
    """What announces a payment."""
    return [line("cash.eft_in_transit", payment), line("cash.remit_clearing", -payment)] if payment else []
