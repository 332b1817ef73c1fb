"""Facts to finance documents by the books. Pure, and stateless: each remittance stands for itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hcfin.billing.base import Fact
from hcfin.billing.reading import Reading, locator
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import KeysError
from hcfin.finance.base import Document
from hcfin.issues import Issue, located
from hcfin.posting.claim_payment import ISSUE
from hcfin.posting.remittance import RemittancePosting
from hcfin.posting.result import Outcome, Posting, SourceAmount

__all__ = ["Outcome", "Posting", "SourceAmount", "post"]


def post(facts: Reading | Iterable[Fact], books: Books, *, context: Context) -> Posting:
    """Post facts: journal entries and memo receipts, the issues met, and the end of every source amount.

    Give the `Reading` itself and origins point into the source; plain facts name their own fields. Raises
    `KeysError` where the context has no keys.
    """
    if context.keys is None:
        raise KeysError("posting needs keys for document ids and tokens: Context(keys=...)")
    locate = locator(facts)
    headers: list[Remittance] = []
    claims: dict[str, list[ClaimPayment]] = {}
    for fact in facts:
        if isinstance(fact, Remittance):
            headers.append(fact)
        elif isinstance(fact, ClaimPayment):
            claims.setdefault(fact.remittance, []).append(fact)
    documents: dict[str, Document] = {}
    issues: list[Issue] = []
    dispositions: list[SourceAmount] = []
    for header in headers:
        work = RemittancePosting(header, claims.pop(header.ref, []), books, context, context.keys, locate)
        work.post()
        issues += work.issues
        dispositions += work.dispositions
        repeat = next((doc for doc in work.documents if doc.id in documents), None)
        if repeat is None:
            documents.update({doc.id: doc for doc in work.documents})
            continue
        same = documents[repeat.id].content_hash == repeat.content_hash
        code = "DUPLICATE_REMITTANCE" if same else "CONFLICT"
        issues.append(located(ISSUE(code), locate(header, "payment")))
    for orphans in claims.values():
        issues.append(located(ISSUE("CLAIM_ORPHAN"), locate(orphans[0], "account")))
    if isinstance(facts, Reading):
        trail = facts.trail
        issues = [
            replace(issue, excerpt=trail.excerpt(issue.origin.at)) if issue.origin else issue
            for issue in issues
        ]
    return Posting(tuple(documents.values()), tuple(issues), tuple(dispositions))
