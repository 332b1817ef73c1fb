"""A day of work for an ERP: what came in, what hcfin books for it, and both sides of the comparison."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.payment import Payment
from hcfin.billing.reading import Reading
from hcfin.books import Books
from hcfin.finance.base import Document, GlLine
from hcfin.finance.receivable import CreditMemo, Invoice
from hcfin.reconcile import Ledger
from tryton_balance import Sums

ENTITY = "hospital"
ENTITIES = (ENTITY, "main")  # the day has a provider adjustment of an affiliate
BOOKS = """
name = "Example General Hospital"

[entities.hospital]
name = "Example General Hospital"
facilities = ["TESTHOSP"]
npi = ["1234567893", "9999999995"]
tin = ["123456789"]

# The affiliate has a calendar of its own.
[[entities.main.periods.calendar]]
name = "2025-H1"
first = 2025-01-01
last = 2025-06-28
[[entities.main.periods.calendar]]
name = "2025-H2"
first = 2025-06-29
last = 2026-01-03

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

[policy]
ar_mode = "{mode}"
granularity = "{granularity}"
charge_source = "charge_feed"
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
DAY_MODES = {
    "gl_only": ("gl_only", "remit"),
    "open_item": ("open_item", "remit"),
    "gl_only_by_claim": ("gl_only", "claim"),
    "open_item_by_claim": ("open_item", "claim"),
}
"""AR mode and granularity of the books. Claim by claim each line names its account, so open items match."""

CHANGED = "TEST-CHANGED"
"""Account of the bills that are replaced and void."""
LATE = "TEST-LATE"
"""Account whose charge is not billed yet."""


def books_of_mode(folder: Path, mode: str, *more: str) -> Books:
    """The day's books in one of its modes."""
    path = folder / f"{mode}.toml"
    ar_mode, granularity = DAY_MODES[mode]
    path.write_text(BOOKS.format(mode=ar_mode, granularity=granularity), encoding="utf-8")
    return hcfin.load_books("example", str(path), *more)


def remittances() -> list[bytes]:
    """The 835s of the day."""
    found = [(cases.FIXTURES / name).read_bytes() for name in FILES]
    for number, name in enumerate(CASES):
        written = hcfin.write(cases.facts_of(cases.FIXTURES / "posting" / name), "x12")
        found.append(written.replace(b"TEST0001", b"DAY%05d" % number).replace(b"1000234", b"DAY99999"))
    return found


def documents_of(books: Books) -> list[Document]:
    """What the day books, by date: charges of a feed, bills of all that is paid, a replacement, a void, the
    remittances, and what patients pay."""
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    readings = [hcfin.read(data) for data in remittances()]
    ledger = Ledger(hcfin.DEMO_KEYS)
    documents: list[Document] = []
    billed = bills(readings)
    for data in (charge_feed(billed), *billed):
        reading = hcfin.read(data)
        posting = hcfin.post(reading, books, context=context, known=ledger)
        ledger.learn(reading, posting)
        documents += posting.documents
    for reading in readings:
        documents += hcfin.post(reading, books, context=context).documents
    return sorted(documents, key=lambda document: document.gl_date)


def bills(readings: list[Reading]) -> list[bytes]:
    """837s: the claims that each remittance is the first to answer, and two that are changed later."""
    found, seen = [], set()
    for number, reading in enumerate(readings):
        for view in reading.remittances:
            header = {"name": view.header.payer.name, "id": view.header.payer_identifier}
            own = [claim for claim in view.claims if claim.charged > 0 and claim.account not in seen]
            seen.update(claim.account for claim in own)
            claims = [_claim(claim.account, claim.charged, header) for claim in own]
            found.append(_submission(f"DAY{number}", "2025-01-02", claims))
    mac = {"name": "EXAMPLE MAC A", "id": "1512345678"}
    first = [_claim(f"{CHANGED}-{n}", Decimal("500.00"), mac) for n in (1, 2)]
    replaced = _claim(f"{CHANGED}-1", Decimal("450.00"), mac, frequency="7")
    void = _claim(f"{CHANGED}-2", Decimal("500.00"), mac, frequency="8")
    return [
        *found,
        _submission("DAYFIRST", "2025-01-03", first),
        _submission("DAYAGAIN", "2025-01-20", [replaced, void]),
    ]


def charge_feed(billed: list[bytes]) -> bytes:
    """DFT messages: a charge for every claim that is billed for the first time, one that is not billed yet,
    a part of it taken back, and a co-payment."""
    claims = [claim for data in billed for claim in hcfin.read(data).claims if claim.frequency == "1"]
    rows = [(claim.account, claim.charged) for claim in claims]
    facts: list[Fact] = [_charge(f"T{n}", account, amount) for n, (account, amount) in enumerate(rows)]
    facts.append(_charge("T-LATE", LATE, Decimal("120.00")))
    facts.append(_charge("T-BACK", LATE, Decimal("-20.00"), reverses="T-LATE"))
    facts.append(
        Payment.build(
            {
                **_of_account(LATE),
                "id": "P-1",
                "type_code": "PY",
                "posted": "2025-01-04",
                "amount": "15.00",
                "code": {"code": "CHCK"},
                "method": "check",
            }
        )
    )
    return hcfin.write(facts, "hl7v2", identity={"date": "20250104"})


def _charge(name: str, account: str, amount: Decimal, **more: str) -> Charge:
    credit = amount < 0
    return Charge.build(
        {
            **_of_account(account),
            "transaction_id": name,
            "change": "credit" if credit else "charge",
            "type_code": "CD" if credit else "CG",
            "posted": "2025-01-02",
            "code": {"code": "TEST99213", "system": "L"},
            "quantity": Decimal(-1 if credit else 1),
            "amount": amount,
            "price_source": "extended",
            "department": {"code": "CARD"},
            "patient_class": "O",
            **more,
        }
    )


def _of_account(account: str) -> dict[str, str]:
    return {"facility": "TESTHOSP", "account": account, "patient_id": "TP001"}


def _submission(name: str, day: str, claims: list[Claim]) -> bytes:
    head = {"ref": "S1", "claim_type": "professional", "reference": name, "created": day, "use": "CH"}
    return hcfin.write([ClaimSubmission.build(head), *claims], "x12")


def _claim(account: str, charged: Decimal, payer: dict[str, str], **changes: str) -> Claim:
    line = {"charged": charged, "units": "1", "procedure": {"qualifier": "HC", "code": "99213"}}
    return Claim.build(
        {
            "submission": "S1",
            "claim_type": "professional",
            "account": account,
            "charged": charged,
            "frequency": "1",
            "sequence": "P",
            "filing_indicator": "MB",
            "payer": {"id_qualifier": "PI", **payer},
            "billing_provider": {
                "role": "85",
                "entity": "2",
                "name": "TEST HOSPITAL",
                "id": "1234567893",
                "id_qualifier": "XX",
            },
            "lines": [line],
            **changes,
        }
    )


def account_of(document: Document, line: GlLine) -> str:
    """The account that a line of a receivable is about, by its token; empty where that is not said."""
    if "account" in dict(line.tags):
        return dict(line.tags)["account"]
    if isinstance(document, Invoice | CreditMemo) and line.account == document.receivable_account:
        return document.account_token
    return ""


def grown(before: Sums, more: Sums) -> Sums:
    """Sums of what was there and what came."""
    return replace(
        before,
        **{
            name: {
                key: getattr(before, name).get(key, Decimal(0)) + getattr(more, name).get(key, Decimal(0))
                for key in {*getattr(before, name), *getattr(more, name)}
            }
            for name in ("accounts", "parties", "analytic")
        },
    )
