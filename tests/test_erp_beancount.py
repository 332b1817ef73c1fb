"""Beancount: the ledger text is accepted by the real `bean-check`, whatever the documents hold."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp_documents import a_head, a_line, a_receipt, an_entry
from hcfin import discover
from hcfin.erp import Payload, Rendering
from hcfin.erp.beancount import _ACCOUNT, _ROLE_WORD, TARGET, _component, _key
from hcfin.errors import ModelError
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from procurement_documents import INVOICE, ORDER, RECEIPT, a_receipt_of_goods, a_supplier_invoice, an_order

BEAN_CHECK = Path(sys.executable).parent / "bean-check"

HOSTILE = 'x"\n2020-01-01 open Assets:Evil\n"\\" \\\n\r\t\x00\x0b\x1b\x85\u2028\ud800 option "title" ; é😀 \\'


def _render(*documents: Document, **more: Any) -> Rendering:
    return TARGET.render(documents, TARGET.settings(**more))


def _ledger(*documents: Document, **more: Any) -> str:
    rendering = _render(*documents, **more)
    assert rendering.issues == ()
    (payload,) = rendering.payloads
    assert isinstance(payload.body, str)
    return payload.body


def _check(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "ledger.beancount"
    path.write_bytes(text.encode("utf-8"))
    return subprocess.run([BEAN_CHECK, path], capture_output=True, text=True, timeout=60)


def _accepted(text: str, folder: Path) -> bool:
    done = _check(text, folder)
    assert TARGET.explain_response(done.returncode, done.stderr) == (), done.stderr
    return done.returncode == 0 and not done.stderr


def test_found_by_name() -> None:
    assert discover.load("hcfin.erp", "beancount", "TARGET") is TARGET


def test_an_entry_reads_like_this(tmp_path: Path) -> None:
    entry = an_entry(
        a_line(1, "debit", "100.00", account="1029"),
        a_line(
            2,
            "credit",
            "100.00",
            party={"kind": "payer", "token": "mac_a"},
            dimensions=[("dept", "310")],
            tags=[("patient_class", "copay")],
        ),
        original_period="2025-12",
        settlement_date=date(2026, 2, 3),
        reverses="demobbbbbbbbbbbbbbbb",
    )
    text = _ledger(entry)
    assert (
        text
        == """\
2026-01-31 open Assets:Ar:Payer:1100 USD
2026-01-31 open Assets:Cash:Remit-Clearing:1029 USD

2026-01-31 * "journal_entry demoaaaaaaaaaaaaaaaa"
  id: "demoaaaaaaaaaaaaaaaa"
  entity: "main"
  period: "2026-01"
  original-period: "2025-12"
  settlement-date: 2026-02-03
  reverses: "demobbbbbbbbbbbbbbbb"
  Assets:Cash:Remit-Clearing:1029  100.00 USD
    line: 1
    role: "cash.remit_clearing"
    rule: "claim_settled"
    rule-at: "default.toml:12"
  Assets:Ar:Payer:1100  -100.00 USD
    line: 2
    role: "ar.payer"
    rule: "claim_settled"
    rule-at: "default.toml:12"
    party: "payer:mac_a"
    dim-dept: "310"
    tag-patient_class: "copay"
"""
    )
    assert _accepted(text, tmp_path)


def test_all_documents_share_one_ledger_open_from_the_first_date(tmp_path: Path) -> None:
    later = an_entry(id="later", gl_date=date(2026, 3, 1), period="2026-03")
    yen = [
        a_line(n, side, "5", currency="JPY") | {"role": "suspense"}
        for n, side in ((1, "debit"), (2, "credit"))
    ]
    tokyo = an_entry(*yen, id="yen", currency="JPY")
    dollars = an_entry(
        a_line(1, "debit", "1.00", role="suspense"), a_line(2, "credit", "1.00", role="suspense"), id="usd"
    )
    rendering = _render(later, tokyo, dollars)
    (payload,) = rendering.payloads
    assert (payload.record, payload.media_type) == ("ledger", "text/plain")
    opened = [line for line in payload.body.splitlines() if " open " in line]
    assert opened == [
        "2026-01-31 open Assets:Ar:Payer:1100 USD",
        "2026-01-31 open Assets:Cash:Remit-Clearing:1029 USD",
        "2026-01-31 open Assets:Suspense:1100 JPY,USD",
    ]
    assert _accepted(payload.body, tmp_path)


def test_the_trace_leads_from_each_posting_to_its_line() -> None:
    first, second = an_entry(), an_entry(id="demobbbbbbbbbbbbbbbb")
    (payload,) = _render(first, second).payloads
    text = payload.body.split("\n")
    assert len(payload.trace) == 4
    by_id = {document.id: document for document in (first, second)}
    for pointer, (document, n) in payload.trace.items():
        line = by_id[document].gl_lines[n - 1]
        sign = "" if line.side == "debit" else "-"
        assert text[int(pointer[1:]) - 1].endswith(f"{line.account}  {sign}{line.amount} USD")
        assert text[int(pointer[1:])] == f"    line: {n}"


def test_receipts_that_book_are_in_the_ledger_and_memos_are_not(tmp_path: Path) -> None:
    memo = a_receipt(memo=True, gl_lines=[])
    text = _ledger(a_receipt(), memo)
    assert text.count(" * ") == 1
    assert _accepted(text, tmp_path)
    assert _render(memo) == Rendering()


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({}, "TARGET_DOCUMENT_UNKNOWN", None),
        ({"gl_lines": [a_line(1, "debit", "1.00")]}, "TARGET_VALUE_UNSUPPORTED", "gl_lines"),
        (
            {
                "gl_lines": [
                    a_line(1, "debit", "1.00", currency="USD\n2020-01-01 open Assets:Evil"),
                    a_line(2, "credit", "1.00", currency="USD\n2020-01-01 open Assets:Evil"),
                ]
            },
            "TARGET_VALUE_UNSUPPORTED",
            "currency",
        ),
    ],
)
def test_what_a_ledger_cannot_hold_is_a_loss(more: dict[str, Any], code: str, field: str | None) -> None:
    rendering = _render(Document.build(a_head("requisition", **more)), an_entry())
    assert [issue.code for issue in rendering.issues] == [code]
    assert dict(rendering.issues[0].values).get("field") == field
    assert rendering.payloads[0].body.count(" * ") == 1


def test_only_facts_of_the_document_are_written() -> None:
    assert "SENTINEL" not in _ledger(an_entry())


# --- hostile text


def _hostile(text: str) -> JournalEntry:
    more = {
        "role": text,
        "account": text,
        "party": {"kind": "payer", "token": text},
        "dimensions": [("dept", text), (text, text)],
        "tags": [(text, text)],
        "rule": {"id": text, "layer": text, "line": 1},
    }
    lines = (a_line(1, "debit", "1.00", **more), a_line(2, "credit", "1.00"))
    return an_entry(*lines, id=text, entity=text, period=text, original_period=text, reverses=text)


def _is_only_one_transaction(payload: Payload) -> bool:
    """Whether each line of the text is one that the renderer writes for a single transaction."""
    lines = payload.body.split("\n")
    directives = [line for line in lines if line[:1].strip()]
    return (
        [line.split(" ")[1] for line in directives] == ["open", "open", "*"]
        and [f"/{n}" for n, line in enumerate(lines, 1) if line[2:3].isupper() and line[:2] == "  "]
        == list(payload.trace)
        and lines == [*payload.body.splitlines(), ""]
    )


def test_hostile_text_is_accepted_and_adds_no_directive(tmp_path: Path) -> None:
    from beancount import loader
    from beancount.core.data import Open, Transaction

    (payload,) = _render(_hostile(HOSTILE)).payloads
    assert _is_only_one_transaction(payload)
    assert _accepted(payload.body, tmp_path)
    entries, errors, options = loader.load_file(str(tmp_path / "ledger.beancount"))
    assert errors == []
    assert options["title"] == "Beancount"
    assert [type(entry) for entry in entries] == [Open, Open, Transaction]
    kept = entries[2].postings[0].meta["dim-dept"]
    assert kept.startswith(
        'x"\n2020-01-01 open Assets:Evil\n"\\" \\\n\r\t\\u0000\\u000b\\u001b\\u0085\\u2028'
    )
    assert kept.endswith('\\ud800 option "title" ; é😀 \\')


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters() | st.sampled_from('"\\\n\r:;*#^{}@ \ud800')))
def test_any_text_is_accepted(tmp_path: Path, text: str) -> None:
    (payload,) = _render(_hostile(text)).payloads
    assert _is_only_one_transaction(payload)
    assert _accepted(payload.body, tmp_path)


# --- accounts


@pytest.mark.parametrize(
    ("role", "account", "expected"),
    [
        ("ar.allowance.charity", "1190", "Assets:Ar:Allowance:Charity:1190"),
        ("liability.payer_recoup", "2120-01", "Liabilities:Liability:Payer-Recoup:2120-01"),
        ("revenue.adjustment.contractual", "4510", "Income:Revenue:Adjustment:Contractual:4510"),
        ("other.payer_interest", "Interest", "Income:Other:Payer-Interest:Interest"),
        ("expense.supply", "5", "Expenses:Expense:Supply:5"),
        ("construction_in_progress", "1500", "Assets:Construction-In-Progress:1500"),
        ("fund.balance", "3000", "Equity:Fund:Balance:3000"),
        ("suspense", "19.99", "Assets:Suspense:19-99-2b8216946c"),
    ],
)
def test_accounts_are_named_by_root_role_and_account(role: str, account: str, expected: str) -> None:
    line = {"role": role, "account": account}
    text = _ledger(an_entry(a_line(1, "debit", "1.00", **line), a_line(2, "credit", "1.00", **line)))
    assert text.split(" ")[2] == expected


def test_roots_of_the_settings_win_by_the_longest_match(tmp_path: Path) -> None:
    roots = {"ar": "Equity", "ar.payer": "Liabilities", "cash": "Expenses"}
    text = _ledger(an_entry(), roots=roots)
    assert "open Liabilities:Ar:Payer:1100" in text
    assert "open Expenses:Cash:Remit-Clearing:1029" in text
    assert _accepted(text, tmp_path)
    with pytest.raises(ModelError):
        TARGET.settings(roots={"ar": "Asset"})


def test_every_role_of_the_code_list_has_the_root_of_its_statement() -> None:
    roots = {
        "asset": "Assets",
        "contra_asset": "Assets",
        "technical": "Assets",
        "liability": "Liabilities",
        "revenue": "Income",
        "deduction": "Income",
        "other_income": "Income",
        "expense": "Expenses",
    }
    table = (files("hcfin.codes") / "roles.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(line for line in table if not line.startswith("#")):
        lines = [a_line(1, "debit", "1.00", role=row["role"]), a_line(2, "credit", "1.00", role=row["role"])]
        assert _ledger(an_entry(*lines)).split(" ")[2].startswith(roots[row["statement"]] + ":"), row["role"]


NAMES = st.text(st.sampled_from("abAB01-_. é"), max_size=5) | st.text(max_size=5)


@given(NAMES, NAMES)
def test_different_names_stay_different(one: str, other: str) -> None:
    for made in (
        lambda text: _component(text, _ACCOUNT),
        lambda text: _component(text, _ROLE_WORD),
        _key,
    ):
        assert (made(one) == made(other)) is (one == other)


def test_a_name_that_looks_like_a_digested_one_is_not_taken_for_it() -> None:
    account = _component("19.99", _ACCOUNT)
    assert account == "19-99-2b8216946c"
    assert _component(account, _ACCOUNT) != account
    assert _component("a_" + account[-10:], _ROLE_WORD) != "A-" + account[-10:]


# --- the answer of bean-check


def test_an_unbalanced_ledger_and_an_unknown_account_are_found(tmp_path: Path) -> None:
    text = _ledger(an_entry())
    wrong = text.replace("  100.00 USD", "  100.01 USD")
    done = _check(wrong, tmp_path)
    (issue,) = TARGET.explain_response(done.returncode, done.stderr)
    assert (issue.code, dict(issue.values)["line"]) == ("ERP_UNBALANCED", "4")
    done = _check("\n".join(text.split("\n")[1:]), tmp_path)
    (issue,) = TARGET.explain_response(done.returncode, done.stderr)
    assert issue.code == "ERP_REFERENCE_UNKNOWN"
    done = _check(text + "nonsense here\n", tmp_path)
    assert {issue.code for issue in TARGET.explain_response(done.returncode, done.stderr)} == {"ERP_REJECTED"}


def test_an_answer_without_places_is_a_refusal_and_shows_no_text() -> None:
    (issue,) = TARGET.explain_response(1, "DOE^JANE")
    assert issue.code == "ERP_REJECTED"
    assert "DOE" not in repr(issue)


def test_amounts_are_exact(tmp_path: Path) -> None:
    text = _ledger(
        an_entry(
            a_line(1, "debit", "12345678901234.56"), a_line(2, "credit", "12345678901234.56", account="2")
        )
    )
    assert "  12345678901234.56 USD" in text
    assert Decimal("12345678901234.56") == Decimal(text.split("1100  ")[1].split(" ")[0])
    assert _accepted(text, tmp_path)


# --- procurement


def test_receipts_and_invoices_of_suppliers_are_transactions_and_orders_are_refused() -> None:
    documents = [a_receipt_of_goods(), a_supplier_invoice(), a_receipt_of_goods(gl_lines=()), an_order()]
    rendering = _render(*documents)
    assert [(issue.code, dict(issue.values)["document"]) for issue in rendering.issues] == [
        ("TARGET_DOCUMENT_EMPTY", RECEIPT),
        ("TARGET_DOCUMENT_UNKNOWN", ORDER),
    ]
    (payload,) = rendering.payloads
    assert [name for name, _ in payload.trace.values()] == [RECEIPT] * 2 + [INVOICE] * 4
