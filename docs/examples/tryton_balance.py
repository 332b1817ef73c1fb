"""Compare Tryton's books with what hcfin made of the same remittances, to the cent.

    python tryton_balance.py --books example --books mine.toml --books tryton.toml \\
        http://127.0.0.1:8000/demo FILE...

Prints Tryton's own trial balance beside ours, and what differs by account, by account and party, or by
analytic account. Ends with 1 if anything does. Nothing else may have been booked in those companies.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.finance.base import Document
from post_to_erp import chosen_documents
from tryton_client import Tryton

ZERO = Decimal("0.00")
_Amounts = Mapping[tuple[str, ...], Decimal]


@dataclass(frozen=True)
class Sums:
    """Debits less credits of each entity: by account, by account and party, by analytic account."""

    accounts: _Amounts
    parties: _Amounts
    analytic: _Amounts


def ours(documents: Iterable[Document], settings: Any) -> Sums:
    """What the documents book."""
    accounts, parties, analytic = _empty(), _empty(), _empty()
    for entity, line in ((one.entity, line) for one in documents if not one.memo for line in one.gl_lines):
        amount = line.amount if line.side == "debit" else -line.amount
        accounts[entity, line.account] += amount
        if line.account in settings["party_accounts"]:
            token = line.party.token if line.party else settings["other_party"]
            parties[entity, line.account, token] += amount
        for name, value in line.dimensions:
            analytic[entity, settings["dimensions"][name] + value] += amount
    return Sums(*(_shown(one) for one in (accounts, parties, analytic)))


def theirs(tryton: Tryton, settings: Any) -> Sums:
    """What Tryton says of its posted moves: its own trial balance, balances by party, analytic balances.

    All fiscal years count, for nothing is carried forward before a year is closed.
    """
    accounts, parties, analytic = _empty(), _empty(), _empty()
    for entity, number in settings["company_ids"].items():
        tryton.work_for(number)
        own = ["company", "=", number]
        for year in tryton.rows("account.fiscalyear", ["name"], own):
            tryton.context = {**tryton.context, "posted": True, "fiscalyear": year["id"]}
            for row in tryton.rows("account.account", ["code", "debit", "credit"], own):
                accounts[entity, row["code"]] += row["debit"] - row["credit"]
            fields = ["account.code", "party.code", "debit", "credit"]
            for row in tryton.rows("account.general_ledger.account.party", fields, own):
                key = (entity, row["account."]["code"], row["party."]["code"])
                parties[key] += row["debit"] - row["credit"]
        # Balances of analytic accounts count drafts, too; their lines say of which move they are.
        posted = ["move_line.move.state", "=", "posted"]
        company = ["move_line.move.company", "=", number]
        for row in tryton.rows("analytic_account.line", ["account.code", "debit", "credit"], posted, company):
            analytic[entity, row["account."]["code"]] += row["debit"] - row["credit"]
    return Sums(*(_shown(one) for one in (accounts, parties, analytic)))


def differences(one: Sums, other: Sums) -> list[str]:
    """What differs, one line each; none where the books agree to the cent."""
    found = []
    for name in ("accounts", "parties", "analytic"):
        left, right = getattr(one, name), getattr(other, name)
        for key in sorted({*left, *right}):
            if left.get(key, ZERO) != right.get(key, ZERO):
                found.append(f"{name} {' '.join(key)}: {left.get(key, ZERO)} and {right.get(key, ZERO)}")
    return found


def _empty() -> dict[tuple[str, ...], Decimal]:
    return defaultdict(lambda: ZERO)


def _shown(sums: _Amounts) -> _Amounts:
    return {key: amount for key, amount in sorted(sums.items()) if amount}


def main(arguments: list[str] | None = None) -> int:
    """Run as a command."""
    chosen, books, documents = chosen_documents(__doc__ or "", arguments)
    settings = books.erp["tryton"]
    made, booked = ours(documents, settings), theirs(Tryton(chosen.base), settings)
    for key in sorted({*made.accounts, *booked.accounts}):
        figures = (one.accounts.get(key, ZERO) for one in (made, booked))
        print(f"{' '.join(key):24}" + "".join(f"{figure:>14}" for figure in figures))
    different = differences(made, booked)
    print(*different or ["Tryton agrees: accounts, parties and analytic accounts."], sep="\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
