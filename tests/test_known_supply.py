"""What is known of supplies: learned from postings, handed to whole jobs, the same in whatever order."""

from __future__ import annotations

import itertools
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.billing.reading import Event, FactStream, Reading
from hcfin.billing.supply import SupplyRequest
from hcfin.cli.commands import hcfin as command
from hcfin.finance.documents import load_document
from hcfin.reconcile import SupplyLedger, post_in_order
from hcfin.translation import iter_translate_facts, translate_facts
from supplied import (
    BOOKS,
    CONTEXT,
    MASTER,
    STENT,
    invoiced,
    learned,
    line,
    ordered,
    posted,
    received,
    released,
    sums,
    used,
)

EVERYTHING = (ordered(), received("8"), invoiced("10"), received("2", "R-2"))


def test_runs_one_by_one_come_to_the_same_as_one_run() -> None:
    ledger, postings = SupplyLedger(), []
    for fact in EVERYTHING:
        postings.append(posted(fact, known=ledger))
        ledger.learn_postings(postings[-1:])
    whole = posted(*EVERYTHING)
    assert tuple(one for posting in postings for one in posting.documents) == whole.documents
    assert ledger.held_for("main", "MEDSUP") == ()


def test_a_posting_is_learned_once() -> None:
    ledger = learned(*EVERYTHING)
    before = ledger.orders("main", "PO-1")
    ledger.learn(posted(*EVERYTHING).documents)
    assert ledger.orders("main", "PO-1") == before
    (order,) = before
    assert ledger.orders("main", order.id) == (order,)
    assert (order.lines[0].accrued, order.lines[0].settled) == (1200, 1200)


def test_documents_that_were_kept_as_json_are_learned_too() -> None:
    ledger = SupplyLedger()
    kept = [json.dumps(one.to_dict()) for one in posted(ordered(), received()).documents]
    ledger.learn([load_document(json.loads(one)) for one in kept])
    assert sums(posted(invoiced(), known=ledger)) == {
        "liability.goods_received_not_invoiced": "1200.00",
        "liability.accounts_payable": "-1200.00",
    }


def test_another_order_of_what_is_known_is_asked_first() -> None:
    """One ledger over another: what changes here does not change there."""
    below = learned(ordered(), used(STENT, "1"), invoiced("10", "123.00"))
    over = SupplyLedger(below)
    over.learn_postings([posted(received(), known=over), posted(released(), known=over)])
    assert over.held("main", "MEDSUP", "INV-1") is None
    assert below.held("main", "MEDSUP", "INV-1") is not None
    assert len(over.used("main", "HEARTCO", "STENT-DES-30")) == 1
    assert below.orders("main", "PO-1")[0].lines[0].received == ()
    assert over.orders("main", "PO-1")[0].lines[0].received != ()
    assert over.decision("main", "MEDSUP", "INV-9") == below.decision("main", "MEDSUP", "INV-9") == ""
    below.learn_postings([posted(released("INV-9"))])
    assert over.decision("main", "MEDSUP", "INV-9") == "release"
    assert over.held_for("main", "MEDSUP") == ()
    assert [one.number for one in SupplyLedger(below).held_for("main", "MEDSUP")] == ["INV-1"]
    # An order that names no location may be for any.
    for place in ("CATHLAB-1", ""):
        assert SupplyLedger(below).on_order("main", place, "CATH-GUIDE-6F") == (("EA", Decimal(10)),)
    assert over.on_order("main", "", "CATH-GUIDE-6F") == ()


@pytest.mark.parametrize("turn", list(itertools.permutations(range(len(EVERYTHING)))), ids=str)
def test_readings_in_whatever_order_give_the_same(turn: tuple[int, ...]) -> None:
    readings = [Reading("facts", (EVERYTHING[nth],)) for nth in turn]
    ledger = SupplyLedger()
    postings = post_in_order(readings, BOOKS, context=CONTEXT, master=MASTER, known_supply=ledger)
    expected = post_in_order(
        [Reading("facts", (one,)) for one in EVERYTHING], BOOKS, context=CONTEXT, master=MASTER
    )
    assert [one.documents for one in postings] == [one.documents for one in expected]
    assert ledger.orders("main", "PO-1")


def stream(*facts: Any) -> FactStream:
    events: list[Event] = list(facts)
    return FactStream("facts", iter(events))


def test_whole_jobs_know_it_too() -> None:
    known = learned(ordered(), received())
    how: dict[str, Any] = {"to": "beancount", "context": CONTEXT, "master": MASTER, "known_supply": known}
    result = translate_facts(stream(invoiced()), BOOKS, **how)
    assert (result.status, len(result.documents)) == ("ok", 1)
    (part,) = iter_translate_facts(stream(invoiced()), BOOKS, **how)
    assert part.documents == result.documents
    without = translate_facts(stream(invoiced()), BOOKS, to="beancount", context=CONTEXT, master=MASTER)
    assert [issue.code for issue in without.issues] == ["MATCH_NO_PO"]


def test_an_invoice_is_not_booked_before_its_day() -> None:
    early, late = received(moved="2025-03-05"), received(moved="2025-03-11")
    for receipt, day in ((early, "2025-03-08"), (late, "2025-03-11")):
        assert posted(ordered(), invoiced(), receipt).documents[-1].gl_date.isoformat() == day
    given = hcfin.Context(keys=CONTEXT.keys, posting_date=date(2025, 3, 1))
    assert posted(ordered(), invoiced(), early, context=given).documents[-1].gl_date == date(2025, 3, 1)


def test_the_command_line_knows_what_came_before(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        "item,source_item,method,stock_unit,supplier\nGUIDE,100-200,perpetual,EA,TESTMED\n", encoding="utf-8"
    )
    (tmp_path / "suppliers.csv").write_text("supplier,identifiers\nTESTMED,TESTMED\n", encoding="utf-8")
    order, invoice = (
        str(cases.FIXTURES / "x12" / kind / "worked" / "input.edi")
        for kind in ("purchase_order_850", "supplier_invoice_810")
    )
    given = ["post", invoice, "--master", str(tmp_path)]
    assert "MATCH_NO_PO" in CliRunner().invoke(command, given).stderr
    told = CliRunner().invoke(command, [*given, "--after", order]).stderr
    assert "1230.00 is asked for GUIDE, and the order says 1200.00" in told
    assert "MATCH_NO_PO" not in told


def test_what_is_ordered_is_no_longer_only_asked_for() -> None:
    wanted = {"number": "REQ-1", "facility": "MAIN", "location": "CATHLAB-1", "requested": "2025-03-01"}
    request = SupplyRequest.build({**wanted, "item": {"code": "CL-1201"}, "quantity": "12"})
    ledger = learned(request)
    assert ledger.requested("main", "CATHLAB-1", "CATH-GUIDE-6F") == (("EA", Decimal(12)),)
    order = ordered(line("10", unit="EA", deliver_to="CATHLAB-1"))
    ledger.learn_postings([posted(order, known=ledger)])
    assert ledger.requested("main", "CATHLAB-1", "CATH-GUIDE-6F") == (("EA", Decimal(2)),)
    assert ledger.on_order("main", "CATHLAB-1", "CATH-GUIDE-6F") == (("EA", Decimal(10)),)


def test_numbers_of_lines_are_told_apart() -> None:
    order = ordered(*[line("1", number=number) for number in ("2", "", "", "2")])
    assert [one.n for one in posted(order).documents[0].lines] == [2, 3, 4, 5]
