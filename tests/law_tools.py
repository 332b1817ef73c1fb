"""What the tests of laws share: small 835s, sums, and postings that are broken on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import Document, GlLine
from hcfin.posting import Posting

KEYS = hcfin.DEMO_KEYS
CONTEXT = hcfin.Context(keys=KEYS)
BOOKS = hcfin.load_books("example")
CENT = Decimal("0.01")
Facts = tuple[Fact, ...]


def remit(trace: str, payment: str, *claims: str, plb: str = "", day: str = "20250115") -> bytes:
    """A small 835 of one payer. Claims are texts of segments, without terminators."""
    body = [
        "ST*835*0001",
        (f"BPR*I*{payment}*C*ACH" if Decimal(payment) else "BPR*H*0*C*NON") + f"************{day}",
        f"TRN*1*{trace}*1999999999",
        f"DTM*405*{day}",
        "N1*PR*TEST PAYER",
        "N1*PE*TEST HOSPITAL*XX*1234567893",
        "LX*1",
        *(segment for claim in claims for segment in claim.split("~")),
        *([plb] if plb else []),
    ]
    body.append(f"SE*{len(body) + 1}*0001")
    parties = "*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   "
    head = f"ISA{parties}*250115*0900*^*00501*000000001*0*T*:"
    segments = [head, "GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1", *body]
    return ("~".join([*segments, "GE*1*1", "IEA*1*000000001"]) + "~").encode()


def changed(data: bytes, old: str, new: str) -> bytes:
    """A file with something else in it."""
    assert old.encode() in data  # or nothing is changed
    return data.replace(old.encode(), new.encode())


def post(facts: Any, books: hcfin.books.Books = BOOKS) -> Posting:
    return hcfin.post(facts, books, context=CONTEXT)


def signed(line: GlLine) -> Decimal:
    return line.amount if line.side == "debit" else -line.amount


def booked(documents: Iterable[Document]) -> list[GlLine]:
    return [line for document in documents if not document.memo for line in document.gl_lines]


def by_role(documents: Iterable[Document]) -> dict[str, Decimal]:
    """Debits less credits of each role."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in booked(documents):
        sums[line.role] += signed(line)
    return dict(sums)


def hashes(documents: Iterable[Document]) -> Counter[str]:
    """What is booked, as a multiset."""
    return Counter(document.content_hash for document in documents)


def claims_of(facts: Iterable[Fact]) -> list[ClaimPayment]:
    return [fact for fact in facts if isinstance(fact, ClaimPayment)]


def header_of(facts: Iterable[Fact]) -> Remittance:
    return next(fact for fact in facts if isinstance(fact, Remittance))


def codes(posting: Posting) -> set[str]:
    return {issue.code for issue in posting.issues}


def fails(law: Callable[..., object], *arguments: Any) -> None:
    """The law does not hold for what is broken."""
    with pytest.raises(AssertionError):
        law(*arguments)


def with_line(posting: Posting, n: int = 0, **changes: Any) -> Posting:
    """A posting with something else in one line of its first document; None takes the line away."""
    first, *rest = posting.documents
    lines = list(first.gl_lines)
    if changes:
        lines[n] = lines[n].model_copy(update=changes)
    else:
        del lines[n]
    return replace(posting, documents=(first.model_copy(update={"gl_lines": tuple(lines)}), *rest))


def with_end(posting: Posting, n: int = 0, **changes: Any) -> Posting:
    """A posting with something else in one disposition; without changes it is told twice."""
    ends = list(posting.dispositions)
    if changes:
        ends[n] = replace(ends[n], **changes)
    else:
        ends.append(ends[n])
    return replace(posting, dispositions=tuple(ends))
