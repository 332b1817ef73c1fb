"""Laws of what Tryton is sent, over generated remittances."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hcfin
from hcfin.books import Layer, builtin, load
from hcfin.testing import remittances
from hcfin.wire.json import dumps
from tryton_rows import rows_of, sums_of

BOOKS = {
    mode: load([builtin("example.toml"), Layer("mode.toml", f'[policy]\nar_mode = "{mode}"\n')])
    for mode in ("gl_only", "open_item")
}


@settings(max_examples=40)
@given(remittances(), st.integers(2, 6), st.sampled_from(["gl_only", "open_item"]))
def test_what_is_sent_is_what_the_documents_book(facts: Any, limit: int, mode: str) -> None:
    """However it is split: per account, party and analytic account; and each move balances."""
    posting = hcfin.post(facts, BOOKS[mode], context=hcfin.Context(keys=hcfin.DEMO_KEYS))
    own = BOOKS[mode].erp["tryton"]
    rendering = hcfin.render(posting.documents, "tryton", settings={**own, "line_limit": limit})
    again = hcfin.render(posting.documents, "tryton", settings={**own, "line_limit": limit})
    assert [dumps(one.body) for one in again.payloads] == [dumps(one.body) for one in rendering.payloads]
    assert len({one.external_id for one in rendering.payloads}) == len(rendering.payloads)
    sent: Counter[tuple[str, str, str]] = Counter()
    for payload in rendering.payloads:
        debit, credit = sums_of(payload)
        assert debit == credit > 0
        rows = rows_of(payload)
        assert sum("lines/account" in row for row in rows) <= limit
        assert {int(pointer.rpartition("/")[2]) for pointer in payload.trace} == set(range(len(rows)))
        for row in rows:
            _count(sent, row, "lines/", row.get("lines/party", ""))
            _count(sent, row, "lines/analytic_lines/", "analytic")
    booked: Counter[tuple[str, str, str]] = Counter()
    currency = {line.currency for one in posting.documents for line in one.gl_lines}
    for line in (line for one in posting.documents if not one.memo for line in one.gl_lines):
        cents = int(line.amount * 100) * (1 if line.side == "debit" else -1)
        with_party = line.account in own["party_accounts"]
        token = (line.party.token if line.party else own["other_party"]) if with_party else ""
        booked["lines/", line.account, token] += cents
        for name, value in line.dimensions:
            booked["lines/analytic_lines/", own["dimensions"][name] + value, "analytic"] += cents
    if currency == {"USD"}:
        assert {key: cents for key, cents in sent.items() if cents} == {
            key: cents for key, cents in booked.items() if cents
        }


def _count(sums: Counter[tuple[str, str, str]], row: dict[str, str], prefix: str, party: str) -> None:
    if f"{prefix}account" in row:
        cents = (Decimal(row[f"{prefix}debit"]) - Decimal(row[f"{prefix}credit"])) * 100
        sums[prefix, row[f"{prefix}account"], party] += int(cents)


@pytest.mark.parametrize("selector", ["claim.account", "claim.payer_claim_number", "claim.patient"])
def test_no_dimension_comes_from_a_patient_or_a_claim(selector: str, tmp_path: Path) -> None:
    """The books refuse it, for this target as for any other."""
    path = tmp_path / "mine.toml"
    path.write_text(f'[dimensions.one]\nfrom = "{selector}"\non = ["ar.payer"]\n', encoding="utf-8")
    with pytest.raises(hcfin.BooksError):
        hcfin.load_books("example", str(path))
