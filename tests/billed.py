"""Claims of invented people, posted, and what is booked in sum, as tests of bills compare it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.books import Books, builtin, load
from hcfin.finance.base import Document
from hcfin.finance.expected import Expected
from hcfin.finance.known import Known
from hcfin.identity import token
from hcfin.overlay import Layer
from hcfin.posting import Posting, post
from hcfin.reconcile import Ledger

KEYS = hcfin.DEMO_KEYS
CONTEXT = hcfin.Context(keys=KEYS)
ACCOUNT = token(KEYS, "acct", "ACCT-C")
OWN = (
    '[entities.main]\nnpi = ["1234567893"]\ntin = ["123456789"]\ncatch_all = false\n'
    '[payers.mac_a]\nclass = "medicare"\nids = ["1512345678"]\n'
)
SUBMISSION: dict[str, Any] = {
    "ref": "S1", "claim_type": "professional", "created": "2025-01-31", "use": "CH",
}  # fmt: skip


def books(policy: str = "", more: str = "") -> Books:
    return load([builtin("example.toml"), Layer("mine.toml", f"{OWN}[policy]\n{policy}\n{more}")])


def submission(**changes: Any) -> ClaimSubmission:
    return ClaimSubmission.build({**SUBMISSION, **changes})


def service(
    charged: str, revenue_code: str = "", procedure: str = "", units: str | None = "1"
) -> dict[str, Any]:
    line: dict[str, Any] = {"charged": charged, "revenue_code": revenue_code, "units": units}
    return {**line, "procedure": {"qualifier": "HC", "code": procedure}} if procedure else line


LINES = (service("1500.00", "0750", "43239"), service("500.00", "0310", "88305", "2"))


def claim(charged: str = "2000.00", *lines: dict[str, Any], **changes: Any) -> Claim:
    """Claim C of the worked remittance R2; of other charges, it has one line."""
    own = lines or (LINES if charged == "2000.00" else (service(charged, "0750", "43239"),))
    return Claim.build(
        {
            "submission": "S1", "claim_type": "professional", "account": "ACCT-C", "charged": charged,
            "frequency": "1", "sequence": "P", "filing_indicator": "MB",
            "payer": {"name": "EXAMPLE MAC A", "id_qualifier": "PI", "id": "1512345678"},
            "billing_provider": {"role": "85", "entity": "2", "name": "TEST HOSPITAL", "id": "1234567893"},
            "subscriber": {"role": "IL", "last_name": "TESTPERSON"},
            "lines": own, **changes,
        }
    )  # fmt: skip


def posted(
    *facts: Fact,
    used: Books | None = None,
    known: Known | None = None,
    expected: Expected | None = None,
    header: ClaimSubmission | None = None,
) -> Posting:
    given = (header or submission(), *facts)
    return post(given, used or books(), context=CONTEXT, known=known, expected=expected)


def learned(*postings: Posting) -> Ledger:
    ledger = Ledger(KEYS)
    for one in postings:
        ledger.learn_documents(one.documents)
    return ledger


def codes(posting: Posting) -> list[str]:
    return [issue.code for issue in posting.issues]


def net(*documents: Document) -> dict[tuple[str, ...], str]:
    """Debits less credits by role, bucket, status and revenue code; what is zero is left out."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for line in (line for document in documents for line in document.gl_lines):
        tags = dict(line.tags)
        told = [tags[name] for name in ("sequence", "ar_status", "revenue_code", "estimate") if name in tags]
        sums[(line.role, *told)] += line.amount if line.side == "debit" else -line.amount
    return {place: f"{amount}" for place, amount in sorted(sums.items()) if amount}


def by_role(documents: Iterable[Document]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in (line for document in documents for line in document.gl_lines):
        sums[line.role] += line.amount if line.side == "debit" else -line.amount
    return {role: amount for role, amount in sorted(sums.items()) if amount}
