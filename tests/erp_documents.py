"""Documents in Python, for tests of targets. What must not leave the house says SENTINEL."""

from __future__ import annotations

from datetime import date
from typing import Any

from hcfin.erp import Rendering
from hcfin.finance.journal import JournalEntry
from hcfin.finance.receivable import CreditMemo, Invoice, Receipt

PAYER = {"kind": "payer", "token": "mac_a"}
_ROLES = {"1029": "cash.remit_clearing", "4010": "revenue.gross"}


def a_line(n: int, side: str, amount: str, account: str = "1100", **more: Any) -> dict[str, Any]:
    """A ledger line, by default of the payer's receivable."""
    return {
        "n": n,
        "role": _ROLES.get(account, "ar.payer"),
        "account": account,
        "side": side,
        "amount": amount,
        "currency": "USD",
        "party": PAYER if account == "1100" else None,
        "rule": {"id": "claim_settled", "layer": "default.toml", "line": 12},
        "origins": {"first": (), "count": 1, "digest": "SENTINEL-DIGEST"},
        **more,
    }


def a_head(kind: str, **more: Any) -> dict[str, Any]:
    """What every document has."""
    return {
        "kind": kind,
        "id": "demoaaaaaaaaaaaaaaaa",
        "content_hash": "SENTINEL-HASH",
        "entity": "main",
        "currency": "USD",
        "gl_date": date(2026, 1, 31),
        "period": "2026-01",
        "source": "SENTINEL-SOURCE",
        **more,
    }


def an_entry(*lines: dict[str, Any], **more: Any) -> JournalEntry:
    """A journal entry, by default of 100.00 from clearing to the receivable."""
    pair = lines or (a_line(1, "debit", "100.00", "1029"), a_line(2, "credit", "100.00"))
    return JournalEntry.build(a_head("journal_entry", gl_lines=pair, **more))


def a_receipt(**more: Any) -> Receipt:
    """A receipt of 100.00 that pays two accounts."""
    data = {
        "payer": PAYER,
        "amount": "100.00",
        "payment": "80.00",
        "method": "ACH",
        "trace": "TRN-1",
        "clearing_account": "1029",
        "receivable_account": "1100",
        "applications": [
            {"account_token": "demoacct1", "amount": "60.00"},
            {"account_token": "demoacct2", "amount": "40.00"},
        ],
        "gl_lines": [a_line(1, "debit", "100.00", "1029"), a_line(2, "credit", "100.00")],
        **more,
    }
    return Receipt.build(a_head("receipt", **data))


def a_bill(kind: type[Invoice | CreditMemo] = Invoice, **more: Any) -> Invoice | CreditMemo:
    """An invoice or a credit memo of 100.00 for one service."""
    debit, credit = ("debit", "credit") if kind is Invoice else ("credit", "debit")
    data = {
        "customer": PAYER,
        "account_token": "demoacct1",
        "amount": "100.00",
        "receivable_account": "1100",
        "lines": [{"n": 1, "procedure": "99213", "amount": "100.00", "account": "4010"}],
        "digest": "SENTINEL-DIGEST",
        "gl_lines": [a_line(1, credit, "100.00", "4010"), a_line(2, debit, "100.00")],
        **more,
    }
    name = "invoice" if kind is Invoice else "credit_memo"
    return kind.build(a_head(name, **data))


def codes_of(rendering: Rendering) -> list[str]:
    """The codes of its issues, in their order."""
    return [issue.code for issue in rendering.issues]
