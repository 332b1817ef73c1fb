"""Match open items in Tryton: lines of one account, party and account token that add up to zero.

    python tryton_match.py --books example --books mine.toml --books tryton.toml http://127.0.0.1:8000/demo

Invoices and receipts of `ar_mode = "open_item"` name the patient account by a token, and so do adjustments
where the books post in granularity `claim` or `line`. What adds up is reconciled; the rest is printed: it is
open. Run it after each day.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from decimal import Decimal
from typing import Any

import hcfin
from tryton_client import Tryton

TOKEN = re.compile(r"; account ([^;]+)")

Item = tuple[str, str, str, str]
"""Entity, account, party and account token; the token is empty where a line names none."""


def match(tryton: Tryton, settings: Any) -> dict[Item, Decimal]:
    """Reconcile what adds up to zero, and return what is open, debits less credits."""
    still_open: dict[Item, Decimal] = {}
    for entity, number in settings["company_ids"].items():
        tryton.work_for(number)
        lines = tryton.rows(
            "account.move.line",
            ["account.code", "party.code", "description", "date", "debit", "credit"],
            ["account.party_required", "=", True],
            ["move_state", "=", "posted"],
            ["reconciliation", "=", None],
        )
        items: dict[Item, list[dict[str, Any]]] = defaultdict(list)
        for line in lines:
            found = TOKEN.search(line["description"] or "")
            token = found[1] if found else ""
            items[entity, line["account."]["code"], line["party."]["code"], token].append(line)
        for item, own in sorted(items.items()):
            total = sum((line["debit"] - line["credit"] for line in own), Decimal(0))
            if total or not item[-1]:
                still_open[item] = total
                continue
            tryton.create(
                "account.move.reconciliation",
                company=number,
                date=max(line["date"] for line in own),
                lines=[["add", [line["id"] for line in own]]],
            )
    return still_open


def main(arguments: list[str] | None = None) -> int:
    """Run as a command."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("base", help="address of the database, as http://127.0.0.1:8000/demo")
    options.add_argument("--books", action="append", default=[], help="layer of the books; repeat for more")
    chosen = options.parse_args(arguments)
    settings = hcfin.load_books(*chosen.books).erp["tryton"]
    for item, amount in match(Tryton(chosen.base), settings).items():
        print(f"{' '.join(item):60}{amount:>14}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
