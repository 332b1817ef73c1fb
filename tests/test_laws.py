"""The laws of the design, over generated remittances and damaged files.

Law 2: facts, issues, or HcfinError; nothing else, and no hang. Law 4: money is exact. Law 5: clearing is
zero. Law 6: deterministic. Law 7: explainable. Law 8: minimum necessary.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import random
import traceback
from collections import Counter
from decimal import Decimal
from functools import cache

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.cli.commands import hcfin as command
from hcfin.erp import Rendering
from hcfin.errors import HcfinError
from hcfin.finance.documents import load_document
from hcfin.finance.journal import JournalEntry
from hcfin.model import Model
from hcfin.posting import Outcome, Posting
from hcfin.testing import (
    assert_balanced,
    assert_clearing_zero,
    assert_deterministic,
    assert_money_conserved,
    assert_never_raises,
    assert_no_phi,
    mutations,
    plant,
    remittances,
    x12_835,
    x12_segments,
)

BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
TARGETS = ("netsuite", "beancount", "tryton")
FULL = cases.FIXTURES / "x12" / "remittance_835" / "full" / "input.edi"
Facts = tuple[Fact, ...]


def post(facts: Facts) -> Posting:
    return hcfin.post(facts, BOOKS, context=CONTEXT)


def journals(posting: Posting) -> list[JournalEntry]:
    return [document for document in posting.documents if isinstance(document, JournalEntry)]


def whole_job(data: bytes) -> list[hcfin.translation.Translation]:
    return [hcfin.translate(data, BOOKS, to=target, context=CONTEXT) for target in TARGETS]


# Law 2


@settings(max_examples=150)
@given(st.data(), x12_835())
def test_a_damaged_file_ends_in_facts_issues_or_hcfin_error(data, written) -> None:
    _, damaged = data.draw(mutations(written[0]))
    assert_never_raises(whole_job, damaged)


@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=400), x12_segments()))
def test_any_bytes_end_in_facts_issues_or_hcfin_error(data: bytes) -> None:
    for result in whole_job(data):
        assert result.issues or result.facts


@settings(max_examples=150)
@given(st.data(), x12_835())
def test_what_a_reader_makes_fits_the_models(data, written) -> None:
    """Readers make nodes without validating them again; here they are, also those of damaged files."""
    _, damaged = data.draw(mutations(written[0]))
    for source in (written[0], damaged):
        for fact in hcfin.read(source).facts:
            assert type(fact).build(fact.model_dump()) == fact
            assert load_fact(json.loads(json.dumps(fact_json(fact)))) == fact


# Laws 4 and 5, and conservation


@given(remittances())
def test_every_entry_balances_and_clearing_is_zero(facts: Facts) -> None:
    posting = post(facts)
    for document in posting.documents:
        if not document.memo:
            assert_balanced(document)
    assert_clearing_zero(posting.documents)
    remittance, *claims = facts
    assert isinstance(remittance, Remittance)
    assert_money_conserved(remittance, claims, posting.documents)


@given(x12_835(max_remittances=1))
def test_the_receivable_loses_exactly_what_was_settled(written: tuple[bytes, Facts]) -> None:
    """What leaves ar.payer under `claim_settled` is the payments plus the posted adjustments of the claims
    that are neither suspended nor left open, and every adjustment ends exactly once."""
    posting = hcfin.post(hcfin.read(written[0]), BOOKS, context=CONTEXT)
    settled = [
        line.amount if line.side == "credit" else -line.amount
        for entry in journals(posting)
        for line in entry.gl_lines
        if line.role == "ar.payer" and line.rule.id == "claim_settled"
    ]
    ends = {(end.origin.at, end.origin.element): end for end in posting.dispositions}
    assert len(ends) == len(posting.dispositions), "an amount ended twice"
    waiting = {"REMIT_UNBALANCED_CLAIM", "SHADOW_CLAIM", "suspended_receipt", "suspended_takeback"}
    through_claims = [
        end.amount
        for (_, element), end in ends.items()
        if end.outcome is Outcome.POSTED and (element.startswith("CAS") or element == "CLP04")
        and end.rule not in waiting
    ]  # fmt: skip
    assert sum(settled, Decimal(0)) == sum(through_claims, Decimal(0))


@given(x12_835())
def test_every_source_amount_ends_exactly_once(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    posting = hcfin.post(reading, BOOKS, context=CONTEXT)
    repeated = {"DUPLICATE_REMITTANCE", "CONFLICT"} & {issue.code for issue in posting.issues}
    lines = {(d.id, line.n) for d in posting.documents for line in d.gl_lines}
    told = Counter((end.origin.at, end.origin.element) for end in posting.dispositions)
    assert set(told.values()) <= {1}
    for end in posting.dispositions:
        assert bool(end.lines) == (end.outcome is Outcome.POSTED)
        assert repeated or set(end.lines) <= lines
    expected = Counter()
    for fact in reading.facts:
        if isinstance(fact, Remittance):
            expected["BPR02"] += 1
            expected["PLB"] += len(fact.provider_adjustments)
        elif isinstance(fact, ProviderSummary):
            for node, segment in ((fact.totals, "TS3"), (fact.supplement, "TS2")):
                expected[segment] += _money_in(node)
        elif isinstance(fact, ClaimPayment):
            expected["CLP03"] += 1
            expected["CLP04"] += 1
            expected["CLP05"] += fact.patient_responsibility is not None
            expected["CAS"] += sum(1 for _ in fact.all_adjustments())
            expected["SVC"] += 2 * len(fact.lines)
            expected["AMT"] += sum(len(node.amounts) for node in (fact, *fact.lines))
            expected["MIA"] += _money_in(fact.inpatient)
            expected["MOA"] += _money_in(fact.outpatient)
    kinds = Counter(
        element if element in {"BPR02", "CLP03", "CLP04", "CLP05"} else element[:3] for _, element in told
    )
    assert kinds == +expected


def _money_in(node: Model | None) -> int:
    """How many amounts stand in a node of figures."""
    return sum(getattr(node, name) is not None for name in _amounts_of(type(node))) if node else 0


@cache
def _amounts_of(kind: type[Model]) -> frozenset[str]:
    """The amounts among the fields of a model, by its schema: four places at most, as quantities have six."""
    fields = kind.model_json_schema(mode="serialization")["properties"]
    return frozenset(
        name
        for name, field in fields.items()
        if any("{1,4}" in option.get("pattern", "") for option in field.get("anyOf", ()))
    )


def test_a_summary_is_accepted_wherever_it_stands_and_books_nothing() -> None:
    """Beside its remittance or without one, in a stream or among facts."""
    reading = hcfin.read(FULL)
    plain = [fact for fact in reading.facts if not isinstance(fact, ProviderSummary)]
    summaries = [fact for fact in reading.facts if isinstance(fact, ProviderSummary)]
    assert len(summaries) == 1
    told = hcfin.post(reading, BOOKS, context=CONTEXT).documents
    assert told
    assert [document.content_hash for document in told] == [
        document.content_hash for document in hcfin.post(plain, BOOKS, context=CONTEXT).documents
    ]
    alone = hcfin.post(summaries, BOOKS, context=CONTEXT)
    assert (alone.documents, alone.issues) == ((), ())
    assert len(alone.dispositions) == sum(1 for _ in summaries[0].amounts()) == 9 + 12
    assert {end.outcome for end in alone.dispositions} == {Outcome.INFORMATIONAL}


@given(x12_835())
def test_the_lines_of_a_document_are_the_sum_of_their_sources(written: tuple[bytes, Facts]) -> None:
    """Law 7: each line names its rule and its origins, and what they hold adds up to it."""
    posting = hcfin.post(hcfin.read(written[0]), BOOKS, context=CONTEXT)
    if any(issue.code in {"DUPLICATE_REMITTANCE", "CONFLICT"} for issue in posting.issues):
        return
    sums: Counter[tuple[str, int]] = Counter()
    for end in posting.dispositions:
        for place in end.lines:
            sums[place] += 1
    for entry in journals(posting):
        for line in entry.gl_lines:
            assert line.origins.count == sums[entry.id, line.n]
            assert line.rule.id
            assert line.rule.layer
            assert BOOKS.rule_text(line.rule)
            assert all(origin.offset is not None for origin in line.origins.first)


@given(x12_835())
def test_what_posting_makes_fits_the_models(written: tuple[bytes, Facts]) -> None:
    """Origins and applications are made without being validated; here they are."""
    for document in hcfin.post(hcfin.read(written[0]), BOOKS, context=CONTEXT).documents:
        assert type(document).build(document.model_dump()) == document
        assert load_document(json.loads(document.model_dump_json(by_alias=True))) == document
        assert pickle.loads(pickle.dumps(document)) == document  # noqa: S301 - our own bytes


# Law 6


@given(remittances(), st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_nothing_that_is_booked(facts: Facts, shuffled: random.Random) -> None:
    remittance, *claims = facts
    shuffled.shuffle(claims)
    first, second = post(facts), post((remittance, *claims))
    assert [(d.id, d.content_hash) for d in journals(first)] == [
        (d.id, d.content_hash) for d in journals(second)
    ]


@settings(max_examples=50)
@given(x12_835())
def test_same_bytes_same_output(written: tuple[bytes, Facts]) -> None:
    assert_deterministic(lambda data: [result.to_json(facts=True) for result in whole_job(data)], written[0])


@settings(max_examples=50)
@given(remittances())
def test_another_envelope_gives_the_same_ids(facts: Facts) -> None:
    one = hcfin.write(facts, "x12")
    other = hcfin.write(
        facts,
        "x12",
        identity={"interchange_control": "777", "group_control": "88", "sender": "OTHER", "usage": "P"},
    )
    assert one != other
    ids = [
        [d.id for d in hcfin.post(hcfin.read(data), BOOKS, context=CONTEXT).documents]
        for data in (one, other)
    ]
    assert ids[0] == ids[1]


# Law 8


def _everything_shown(data: bytes) -> list[object]:
    """All that leaves hcfin, other than facts."""
    shown: list[object] = []
    try:
        reading = hcfin.read(data)
        posting = hcfin.post(reading, BOOKS, context=CONTEXT)
        shown += [
            repr(reading),
            repr(reading.facts),
            posting,
            [str(i) for i in reading.issues],
            reading.coverage,
        ]
        shown += [document.to_dict() for document in posting.documents]
        shown += [[end.to_dict() for end in posting.dispositions], [i.to_dict() for i in posting.issues]]
        for target in TARGETS:
            rendering: Rendering = hcfin.render(posting.documents, target, settings={"render_memos": True}
                                                if target != "beancount" else None)  # fmt: skip
            shown += [repr(rendering), [str(issue) for issue in rendering.issues]]
            shown += [str(payload.body) for payload in rendering.payloads]
        shown += [result.to_json() for result in whole_job(data)]
        explained = hcfin.explain(io.BytesIO(data), BOOKS, context=CONTEXT)
        shown += [str(explained), explained.to_dict()]
        shown += [unit.summary for unit in reading.units]
    except HcfinError as error:
        shown.append("".join(traceback.TracebackException.from_exception(error).format()))
    return shown


@settings(max_examples=60)
@given(facts=remittances(), data=st.data())
def test_no_planted_patient_data_leaves(facts: Facts, data: st.DataObject) -> None:
    """Sentinels in every PHI field; whole and damaged files; documents, payloads, issues, repr, explain."""
    planted, sentinels = plant(facts)
    wanted = [value for value in sentinels if not _is_header(planted, value)]
    written = hcfin.write(planted, "x12")
    _, damaged = data.draw(mutations(written))
    for source in (written, damaged):
        assert_no_phi(_everything_shown(source), wanted)


def _is_header(facts: Facts, value: str) -> bool:
    """Identifiers of payer and payee are no patient's; they share a type with those of claims."""
    return any(
        value in party.identifiers()
        for fact in facts
        if isinstance(fact, Remittance)
        for party in (fact.payer, fact.payee)
    )


def test_nothing_is_logged_and_nothing_goes_to_the_screen(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for result in whole_job(b"ISA*00*" + b"DOE^JANE" * 200):
        assert result.issues
    assert not caplog.text
    assert capsys.readouterr() == ("", "")


def test_errors_of_the_command_line_show_no_patient_data(tmp_path) -> None:
    from click.testing import CliRunner

    planted = tmp_path / "remit.edi"
    planted.write_bytes(b"ISA*00*ZZPHI0001QX*" + b"*".join([b"ZZPHI0002QX"] * 30))
    for arguments in (["translate", "--to", "netsuite"], ["summary"], ["read"], ["explain"], ["post"]):
        result = CliRunner().invoke(command, [*arguments, str(planted)])
        assert "ZZPHI" not in result.output, arguments
        assert result.exit_code in {0, 1, 2}
