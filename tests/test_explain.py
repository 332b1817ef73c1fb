"""Explanations both ways: from a payload line to the segments, and from a segment to where it went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.cli.commands import hcfin as command
from hcfin.errors import UnknownNameError
from hcfin.explanation import Explained
from hcfin.posting import Outcome

BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
ERRORS = cases.FIXTURES / "errors"


def explain(path: Path, **selection: object) -> Explained:
    return hcfin.explain(path, BOOKS, context=CONTEXT, **selection)


@pytest.mark.parametrize("target", ["netsuite", "beancount"])
def test_each_payload_line_leads_to_segments_and_back(target: str) -> None:
    """Payload line to line to segments; each of those segments to the same line and payload line."""
    everything = explain(R2, to=target)
    assert len(everything.lines) == 17
    for line in everything.lines:
        (place,) = line.payloads
        (found,) = explain(R2, to=target, payload=place).lines
        assert (found.document_id, found.line, found.sources) == (line.document_id, line.line, line.sources)
        for source in found.sources:
            origin = source.amount.origin
            back = explain(R2, to=target, at=origin.at, element=origin.element)
            assert place in [shown for other in back.lines for shown in other.payloads]


def test_one_element_of_a_segment() -> None:
    """CAS*CO*45*600**253*10.29: two amounts, two lines."""
    both = explain(R2, at=20)
    assert [line.rule.id for line in both.lines] == ["CO-45", "CO-253"]
    (one,) = explain(R2, at=20, element="CAS06").lines
    assert [f"{source.amount.amount}" for source in one.sources] == ["10.29"]
    assert one.rule.layer == "codes/carc.csv"
    assert one.rule_text.startswith("253,")
    with pytest.raises(UnknownNameError, match="segment 20, element CAS09, holds no amount"):
        explain(R2, at=20, element="CAS09")
    with pytest.raises(UnknownNameError, match="say which"):
        explain(R2, element="CAS03")


# Where an amount ended without a line: fixture, place, end, and a part of the words that say why.
UNPOSTED = [
    (R2, 17, "AMT02", Outcome.INFORMATIONAL, "no journal takes it"),
    (R2, 18, "SVC02", Outcome.INFORMATIONAL, "the claim's own charge and payment"),
    (R2, 28, "CLP04", Outcome.INFORMATIONAL, "nothing to post"),
    ("CODE_UNCLASSIFIED", 11, "CAS03", Outcome.KEPT_OPEN, "999"),
    ("ADJUSTMENT_HELD", 11, "CAS03", Outcome.KEPT_OPEN, "needs a person"),
    ("COB_MISSING_23", 11, "CAS03", Outcome.SUSPENDED, "CARC 23"),
    ("REMIT_UNBALANCED_TRANSACTION", 4, "BPR02", Outcome.REJECTED, "does not balance"),
    ("PREDETERMINATION", 11, "CAS03", Outcome.INFORMATIONAL, "price quotation"),
]


@pytest.mark.parametrize(("where", "at", "element", "outcome", "words"), UNPOSTED)
def test_what_has_no_line_says_why(where, at: int, element: str, outcome: Outcome, words: str) -> None:
    path = where if isinstance(where, Path) else ERRORS / where / "input.edi"
    (source,) = explain(path, at=at, element=element).unposted
    assert source.amount.outcome is outcome
    assert words in source.because
    assert source.because in str(source)
    assert source.to_dict()["because"] == source.because


def test_a_rule_that_posts_nothing_is_shown_with_layer_and_line() -> None:
    """OA-23 of a secondary payer: the rule is a row of the code table."""
    data = (ERRORS / "COB_MISSING_23" / "input.edi").read_bytes()
    with_prior = data.replace(b"CAS*CO*45*20", b"CAS*OA*23*20")
    (source,) = hcfin.explain(with_prior, BOOKS, context=CONTEXT, at=11).unposted
    rule = source.to_dict()["rule"]
    assert (rule["id"], rule["layer"]) == ("OA-23", "codes/carc.csv")
    assert rule["text"].startswith("23,")
    assert "what the payer settles is less by it" in source.because
    assert f"codes/carc.csv:{rule['line']}" in str(source)


def test_everything_that_ends_without_a_line_has_words() -> None:
    for path in sorted(ERRORS.glob("*/input.edi")):
        books = cases.books_of(path.parent)
        for source in hcfin.explain(path, books, context=cases.context_of(path.parent)).unposted:
            assert source.because, path.parent.name


def test_from_the_command_line() -> None:
    arguments = ["explain", "--at", "33", "--element", "CAS03", "--to", "netsuite"]
    words = CliRunner().invoke(command, [*arguments, str(R2)]).stdout
    assert "rendered as demomuewewo57wdt3qwn#/line/items/8" in words
    data = json.loads(CliRunner().invoke(command, [*arguments, "--json", str(R2)]).stdout)
    assert [line["payloads"] for line in data["lines"]] == [["demomuewewo57wdt3qwn#/line/items/8"]]
