"""Laws J1 to J9 of the journal and Y1 to Y5 of privacy and robustness: each holds over generated remittances,
and each is shown to fail for a variant that is broken on purpose."""

from __future__ import annotations

import io
import tracemalloc
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import HcfinError, ModelError
from hcfin.finance.base import Document, GlLine
from hcfin.finance.journal import JournalEntry
from hcfin.posting import Outcome, Posting
from hcfin.testing import assert_balanced, assert_never_raises, assert_no_phi, plant, remittances
from law_tools import (
    BOOKS,
    CENT,
    CONTEXT,
    KEYS,
    Facts,
    booked,
    by_role,
    claims_of,
    fails,
    header_of,
    post,
    remit,
    signed,
    with_end,
    with_line,
)

R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
POSTED = post(hcfin.read(R2))
FEW = settings(max_examples=40)


# J1 each journal balances, per entity, currency and date


def j1(posting: Posting) -> None:
    for document in posting.documents:
        if not document.memo:
            assert_balanced(document)


@FEW
@given(remittances())
def test_j1_each_journal_balances(facts: Facts) -> None:
    j1(post(facts))


def test_j1_is_broken_by_a_cent_and_cannot_be_built() -> None:
    broken = with_line(POSTED, amount=POSTED.documents[0].gl_lines[0].amount + CENT)
    fails(j1, broken)
    with pytest.raises(ModelError, match="Debits and credits differ"):
        JournalEntry.build(broken.documents[0].model_dump())


# J2 the trial balance of any set of documents is zero


def j2(documents: list[Document]) -> None:
    assert sum((signed(line) for line in booked(documents)), Decimal(0)) == 0


@FEW
@given(remittances(), remittances())
def test_j2_the_trial_balance_is_zero(one: Facts, other: Facts) -> None:
    j2([*post(one).documents, *post(other).documents])


def test_j2_is_broken_by_a_lost_line() -> None:
    fails(j2, with_line(POSTED).documents)


# J3 one side, never negative, never zero


def j3(posting: Posting) -> None:
    for line in booked(posting.documents):
        assert line.side in ("debit", "credit")
        assert line.amount > 0


@FEW
@given(remittances())
def test_j3_lines_have_one_side_and_a_positive_amount(facts: Facts) -> None:
    j3(post(facts))


@pytest.mark.parametrize("changes", [{"amount": Decimal(0)}, {"amount": Decimal("-1.00")}, {"side": "both"}])
def test_j3_is_broken_by_a_zero_a_negative_or_two_sides(changes: dict[str, object]) -> None:
    broken = with_line(POSTED, **changes)
    fails(j3, broken)
    with pytest.raises(ModelError):
        GlLine.build(broken.documents[0].gl_lines[0].model_dump())


# J4 every line has an origin and one rule; every source amount ends once


def j4(facts: Facts, posting: Posting) -> None:
    for line in booked(posting.documents):
        assert line.rule.id
        assert line.origins.count >= len(line.origins.first) >= 1
    there: dict[Decimal, int] = defaultdict(int)
    for fact in facts:
        if isinstance(fact, Remittance):
            there[fact.payment] += 1
            for adjustment in fact.provider_adjustments:
                there[adjustment.amount] += 1
        elif isinstance(fact, ClaimPayment):
            for node in (fact, *fact.lines):
                there[node.charged] += 1
                there[node.paid] += 1
            for adjustment, _ in fact.all_adjustments():
                there[adjustment.amount] += 1
    told = [end for end in posting.dispositions if end.rule != "never_posted"]
    ended: dict[Decimal, int] = defaultdict(int)
    for end in told:
        ended[end.amount] += 1
        assert bool(end.lines) == (end.outcome is Outcome.POSTED)
    assert ended == there


@FEW
@given(remittances())
def test_j4_every_amount_ends_once(facts: Facts) -> None:
    j4(facts, post(facts))


def test_j4_is_broken_by_an_end_too_many_another_amount_or_no_rule() -> None:
    facts = tuple(hcfin.read(R2).facts)
    j4(facts, POSTED)
    posted = next(n for n, end in enumerate(POSTED.dispositions) if end.outcome is Outcome.POSTED)
    fails(j4, facts, with_end(POSTED, posted))
    fails(j4, facts, with_end(POSTED, posted, amount=Decimal("0.07")))
    fails(j4, facts, with_end(POSTED, posted, lines=()))
    line = POSTED.documents[0].gl_lines[0]
    fails(j4, facts, with_line(POSTED, rule=line.rule.model_copy(update={"id": ""})))


# J5 a remittance and its reversal net to zero


def negated(claim: ClaimPayment) -> ClaimPayment:
    """The reversal of a claim: everything negated, under its own groups."""

    def turned(node):
        return node.model_copy(update={"amount": -node.amount})

    lines = tuple(
        line.model_copy(
            update={
                "charged": -line.charged,
                "paid": -line.paid,
                "adjustments": tuple(map(turned, line.adjustments)),
            }
        )
        for line in claim.lines
    )
    changes = {"status": "22", "charged": -claim.charged, "paid": -claim.paid, "lines": lines}
    return claim.model_copy(
        update={
            **changes,
            "adjustments": tuple(map(turned, claim.adjustments)),
            "patient_responsibility": None,
        }
    )


def j5(facts: Facts, reverse) -> None:
    header = header_of(facts)
    # What is reversed was charged: a reversal with a positive charge is suspended (REVERSAL_POSITIVE).
    charged = [claim if claim.charged >= 0 else negated(claim) for claim in claims_of(facts)]
    claims = [claim.model_copy(update={"status": "1", "parties": ()}) for claim in charged]
    plain = header.model_copy(
        update={"provider_adjustments": (), "payment": sum((c.paid for c in claims), CENT * 0)}
    )
    first = post((plain, *claims))
    back = plain.model_copy(update={"payment": -plain.payment, "trace": f"{plain.trace}R"})
    second = post((back, *map(reverse, claims)))
    sums = by_role((*first.documents, *second.documents))
    # Cash that a payer draws is in suspense until somebody has looked.
    left = {role for role, amount in sums.items() if amount} - {
        "cash.eft_in_transit",
        "cash.lockbox_clearing",
        "suspense",
    }
    assert not left


@FEW
@given(remittances())
def test_j5_a_reversal_nets_to_zero(facts: Facts) -> None:
    j5(facts, negated)


def test_j5_is_broken_by_a_reversal_that_leaves_something() -> None:
    facts = tuple(hcfin.read(R2).facts)
    j5(facts, negated)
    fails(j5, facts, lambda claim: claim.model_copy(update={"account": "OTHER"}))


# J6 a correction is a reversal and a new posting, never an edit


def j6(first: Posting, second: Posting) -> None:
    """Other content under the key of a remittance books nothing."""
    known = {document.id: document.content_hash for document in first.documents}
    assert all(
        known.get(document.id, document.content_hash) == document.content_hash
        for document in second.documents
    )


def test_j6_nothing_is_edited_in_place() -> None:
    data = R2.read_bytes()
    other = data.replace(b"CAS*CO*45*600**253*10.29", b"CAS*CO*45*610.29")
    both = post(hcfin.read(data + other))
    assert "CONFLICT" in {issue.code for issue in both.issues}
    j6(POSTED, both)
    with pytest.raises(Exception, match="frozen"):
        both.documents[0].gl_lines = ()
    # In two calls that know nothing of each other, the second would replace the first in the ERP.
    fails(j6, POSTED, post(hcfin.read(other)))
    ledger = hcfin.reconcile.Ledger(KEYS)
    ledger.learn(hcfin.read(data), POSTED)
    j6(POSTED, hcfin.post(hcfin.read(other), BOOKS, context=CONTEXT, known=ledger))


# J7 accounts are a mapping of roles: another chart moves no amount between roles


def j7(one: Posting, other: Posting) -> None:
    assert by_role(one.documents) == by_role(other.documents)
    assert {line.account for line in booked(one.documents)} != {
        line.account for line in booked(other.documents)
    }


@FEW
@given(remittances())
def test_j7_another_chart_moves_nothing_between_roles(facts: Facts) -> None:
    j7(post(facts), post(facts, REMAPPED)) if post(facts).documents else None


REMAPPED = BOOKS.model_copy(update={"chart": {role: f"9{account}" for role, account in BOOKS.chart.items()}})


def test_j7_is_broken_by_a_chart_that_is_also_a_policy(tmp_path) -> None:
    path = tmp_path / "final.toml"
    path.write_text('[policy]\ndenial_final_auto = true\n[chart]\n"ar.payer" = "1"\n', encoding="utf-8")
    fails(j7, POSTED, post(hcfin.read(R2), hcfin.load_books("example", path)))


# J8 what is split by a dimension is the whole


def j8(whole: Posting, split: Posting) -> None:
    assert by_role(whole.documents) == by_role(split.documents)


@FEW
@given(remittances())
def test_j8_a_dimension_splits_and_loses_nothing(facts: Facts) -> None:
    j8(post(facts), post(facts, SPLIT))


_DIMENSION = next(iter(BOOKS.dimensions.values()))
SPLIT = BOOKS.model_copy(
    update={
        "dimensions": {
            **BOOKS.dimensions,
            "status": _DIMENSION.model_copy(
                update={
                    "source": "claim.status",
                    "on": ("revenue.*", "ar.*"),
                    "values": {},
                    "required": False,
                }
            ),
        }
    }
)


def test_j8_is_broken_by_a_part_that_is_lost() -> None:
    split = post(hcfin.read(R2), SPLIT)
    assert len(split.documents[0].gl_lines) >= len(POSTED.documents[0].gl_lines)
    fails(j8, POSTED, with_line(split))


# J9 no float anywhere, and nothing is rounded


def j9(value: object) -> None:
    assert not isinstance(value, float)
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    ):
        j9(part)


@FEW
@given(remittances())
def test_j9_nothing_is_a_float(facts: Facts) -> None:
    j9([document.model_dump() for document in post(facts).documents])
    j9([fact.model_dump() for fact in facts])


def test_j9_floats_and_mills_are_refused() -> None:
    line = POSTED.documents[0].gl_lines[0].model_dump()
    fails(j9, [{**line, "amount": 1.5}])
    for bad in (1.5, "1e-3", Decimal("1E-9"), Decimal("NaN"), "0.00001"):
        with pytest.raises(ModelError):
            GlLine.build({**line, "amount": bad})
    mills = R2.read_bytes().replace(b"CAS*CO*45*180", b"CAS*CO*45*180.001")
    assert "AMOUNT_SCALE" in {issue.code for issue in hcfin.read(mills).issues}


# Y1 and Y2: no patient data, no card number


def everything(data: bytes) -> str:
    result = hcfin.translate(data, BOOKS, to="netsuite", context=CONTEXT)
    return result.to_json() + repr(result) + "".join(map(str, result.issues))


@FEW
@given(remittances())
def test_y1_no_planted_patient_data(facts: Facts) -> None:
    planted, sentinels = plant(facts)
    parties = (header_of(planted).payer, header_of(planted).payee)
    own = {value for party in parties for value in party.identifiers()}
    assert_no_phi(everything(hcfin.write(planted, "x12")), [value for value in sentinels if value not in own])


def test_y1_is_broken_by_an_account_in_a_memo() -> None:
    fails(assert_no_phi, everything(R2.read_bytes()) + " memo ZZPHI0001QX", ["ZZPHI0001QX"])


def luhn(digits: str) -> bool:
    """Whether a number passes the check of card numbers."""
    doubled = [int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def y2(text: str) -> None:
    runs = "".join(c if c.isdigit() else " " for c in text).split()
    assert not [run for run in runs if 13 <= len(run) <= 19 and luhn(run)]


def test_y2_no_card_number_of_an_identifier() -> None:
    card = "4111111111111111"
    assert luhn(card)
    claim = f"CLP*{card}*1*100*90**12*{card}~CAS*CO*45*10~NM1*QC*1*TESTPERSON*A****MI*{card}"
    data = remit("T1", "80", claim, plb=f"PLB*1*20251231*WO:{card}*10")
    y2(everything(data))
    y2(next(hcfin.prove(data, BOOKS, context=CONTEXT)).to_json())
    fails(y2, f"paid by {card}")


# Y3 anything ends in facts, issues or HcfinError


def test_y3_a_parser_that_raises_something_else_is_found() -> None:
    for data in (b"", b"ISA", R2.read_bytes()[:-40], R2.read_bytes().replace(b"*", b""), bytes(range(256))):
        assert_never_raises(everything, data)
    fails(assert_never_raises, lambda data: data.decode("ascii"), b"\xff")

    def refuses(data: bytes) -> None:
        raise HcfinError("no")

    assert_never_raises(refuses, b"")


# Y4 memory does not grow with the file


def peak(sets: int, work) -> int:
    one = R2.read_bytes()
    data = b"".join(one.replace(b"EFT0310", b"EFT%05d" % n) for n in range(sets))
    tracemalloc.start()
    try:
        work(io.BytesIO(data))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def y4(work) -> None:
    work(io.BytesIO(R2.read_bytes()))  # what is loaded once does not count
    assert peak(90, work) < 2 * peak(30, work)


def test_y4_memory_is_that_of_one_remittance() -> None:
    def streamed(stream) -> None:
        for _ in hcfin.iter_translate(stream, BOOKS, to="netsuite", context=CONTEXT):
            pass

    def whole(stream) -> None:
        hcfin.translate(stream, BOOKS, to="netsuite", context=CONTEXT)

    y4(streamed)
    fails(y4, whole)


# Y5 an unknown code is never profit or loss


def y5(posting: Posting) -> None:
    for line in booked(posting.documents):
        if dict(line.tags).get("reason") == "9X9":
            assert not line.role.startswith(("revenue.", "other.", "expense."))


@pytest.mark.parametrize("group", ["CO", "PR", "OA", "PI", "ZZ"])
@pytest.mark.parametrize("amount", ["20", "-20"])
def test_y5_an_unknown_code_is_no_profit_or_loss(group: str, amount: str, tmp_path) -> None:
    paid = f"{100 - int(amount)}"
    data = remit("T1", paid, f"CLP*A*1*100*{paid}**12*C~CAS*{group}*9X9*{amount}")
    posting = post(hcfin.read(data))
    y5(posting)
    assert not {role for role in by_role(posting.documents) if role.startswith("revenue.")}
    path = tmp_path / "guess.toml"
    path.write_text(
        '[[rules]]\nid = "guess"\nwhen = { reason = ["9X9"] }\ntreatment = "contractual"\n', encoding="utf-8"
    )
    fails(y5, post(hcfin.read(data), hcfin.load_books("example", path)))
