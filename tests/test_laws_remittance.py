"""Laws R1 to R14: every cent of an 835 exactly once. Each holds, and each is shown to fail for a variant that
is broken on purpose."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.balance import claim_expected, line_expected
from hcfin.billing.base import Fact
from hcfin.billing.reading import Reading
from hcfin.billing.remittance import ClaimPayment
from hcfin.codes import table
from hcfin.posting import Outcome, Posting
from hcfin.reconcile import Ledger, post_in_order
from hcfin.testing import assert_clearing_zero, assert_money_conserved, remittances, x12_835
from law_tools import (
    BOOKS,
    CENT,
    CONTEXT,
    KEYS,
    Facts,
    booked,
    changed,
    claims_of,
    codes,
    fails,
    hashes,
    header_of,
    post,
    remit,
    signed,
    with_end,
    with_line,
)

X12 = cases.FIXTURES / "x12" / "remittance_835"
R1, R2 = X12 / "worked_r1" / "input.edi", X12 / "worked_r2" / "input.edi"
READING = hcfin.read(R2)
POSTED = post(READING)
FEW = settings(max_examples=40)
CO45 = "CLP*ACCT-1*1*100*80**12*C1~CAS*CO*45*20"


# R1 and R2: what is posted of a claim balances, line by line and in all


def r1_r2(facts: Iterable[Fact], posting: Posting) -> None:
    posted = {end.origin.at for end in posting.dispositions if end.outcome is Outcome.POSTED}
    for claim in claims_of(facts):
        if any(adjustment.at in posted for adjustment, _ in claim.all_adjustments()):
            assert claim_expected(claim) == claim.paid
            assert all(line_expected(line) == line.paid for line in claim.lines)


@FEW
@given(x12_835())
def test_r1_r2_what_is_posted_balances(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    r1_r2(reading, post(reading))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("CAS*CO*45*180**253*5.12", "CAS*CO*45*181**253*5.12", "REMIT_UNBALANCED_LINE"),
        ("CLP*ACCT-C*1*2000*", "CLP*ACCT-C*1*2001*", "REMIT_UNBALANCED_CLAIM"),
    ],
)
def test_r1_r2_are_broken_by_posting_what_does_not_balance(old: str, new: str, code: str) -> None:
    reading = hcfin.read(changed(R2.read_bytes(), old, new))
    posting = post(reading)
    assert code in codes(posting)
    r1_r2(reading, posting)
    fails(r1_r2, reading, POSTED)


# R3 and R4: payment = claims - provider adjustments; clearing is zero, cash is the payment


def r3_r4(facts: Iterable[Fact], posting: Posting) -> None:
    facts = tuple(facts)
    if posting.documents:
        assert_money_conserved(header_of(facts), claims_of(facts), posting.documents)
    assert_clearing_zero(posting.documents)


@FEW
@given(x12_835(max_remittances=1))
def test_r3_r4_cash_is_the_payment_and_clearing_is_zero(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    r3_r4(reading, post(reading))


def test_r3_r4_are_broken_by_another_payment_or_a_lost_line() -> None:
    unbalanced = hcfin.read(changed(R2.read_bytes(), "BPR*I*285.46", "BPR*I*285.47"))
    assert post(unbalanced).documents == ()
    r3_r4(READING, POSTED)
    fails(r3_r4, unbalanced, POSTED)
    lines = POSTED.documents[0].gl_lines
    for n, line in enumerate(lines):
        if line.role.startswith("cash."):
            fails(r3_r4, READING, with_line(POSTED, n, amount=line.amount + CENT))


# R5 what leaves the receivable of a claim is its charge less what is not posted


def r5(reading: Reading, posting: Posting) -> None:
    ends = {(end.origin.at, end.origin.element): end for end in posting.dispositions}

    def end_of(node, name):
        origin = reading.place(node, name)
        return ends[origin.at, origin.element]

    for claim in claims_of(reading):
        charge = end_of(claim, "charged")
        if charge.outcome is Outcome.POSTED:
            adjustments = [end_of(adjustment, "amount") for adjustment, _ in claim.all_adjustments()]
            not_posted = sum(end.amount for end in adjustments if end.outcome is not Outcome.POSTED)
            assert -sum(charge.booked) == claim.charged - not_posted


@FEW
@given(x12_835())
def test_r5_the_receivable_loses_what_is_posted(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    posting = post(reading)
    if not codes(posting) & {"DUPLICATE_REMITTANCE", "CONFLICT"}:
        r5(reading, posting)


def test_r5_is_broken_by_crediting_the_whole_charge() -> None:
    secondary = hcfin.read(remit("T1", "65", "CLP*A*2*500*65**12*C~CAS*OA*23*425~CAS*CO*45*10"))
    posting = post(secondary)
    r5(secondary, posting)
    n = next(n for n, end in enumerate(posting.dispositions) if end.origin.element == "CLP03")
    assert posting.dispositions[n].booked == (Decimal("-75.00"),)
    fails(r5, secondary, with_end(posting, n, booked=(Decimal("-500.00"),)))


# R6, R7, R11, R12: what is told changes no journal, and is compared with what is posted


def unchanged(one: Posting, other: Posting) -> None:
    assert hashes(one.documents) == hashes(other.documents) != Counter()


def test_r6_clp05_is_compared_and_never_posted() -> None:
    data = remit("T1", "60", "CLP*A*1*100*60*20*12*C~CAS*CO*45*20~CAS*PR*1*20")
    other = hcfin.read(changed(data, "100*60*20*", "100*60*99*"))
    assert "CLP05_MISMATCH" not in {issue.code for issue in hcfin.read(data).issues}
    assert "CLP05_MISMATCH" in {issue.code for issue in other.issues}
    unchanged(post(hcfin.read(data)), post(other))
    swapped = changed(data, "CO*45*20~CAS*PR*1*20", "CO*45*10~CAS*PR*1*30")
    fails(unchanged, post(hcfin.read(data)), post(hcfin.read(swapped)))


def r7(reading: Reading) -> None:
    told = sum(a.amount for claim in claims_of(reading) for a in claim.amounts if a.qualifier == "I")
    interest = sum(p.amount for p in header_of(reading).provider_adjustments if p.code == "L6")
    if told and interest:
        mismatch = "INTEREST_MISMATCH" in {issue.code for issue in reading.issues}
        assert mismatch == (told != -interest)


def test_r7_interest_of_claims_and_of_the_provider() -> None:
    r7(READING)
    other = hcfin.read(changed(R2.read_bytes(), "AMT*I*3.27", "AMT*I*3.28"))
    r7(other)
    fails(r7, replace(other, issues=()))


def bare(fact: Fact) -> Fact:
    """A claim without amounts and quantities that are only told."""
    if not isinstance(fact, ClaimPayment):
        return fact
    nothing = {"amounts": (), "quantities": ()}
    lines = tuple(line.model_copy(update=nothing) for line in fact.lines)
    return fact.model_copy(update={**nothing, "lines": lines, "inpatient": None, "outpatient": None})


@FEW
@given(remittances())
def test_r11_told_amounts_change_nothing(facts: Facts) -> None:
    assert hashes(post(facts).documents) == hashes(post(map(bare, facts)).documents)


def test_r11_is_broken_by_leaving_out_an_adjustment() -> None:
    unchanged(POSTED, post(map(bare, READING)))

    def barer(fact: Fact) -> Fact:
        return fact.model_copy(update={"lines": ()}) if isinstance(fact, ClaimPayment) else fact

    fails(unchanged, POSTED, post(map(barer, READING)))


def test_r12_alerts_change_nothing_and_guards_do() -> None:
    data = remit("T1", "60", "CLP*A*1*100*60*40*12*C~SVC*HC:99213*100*60~CAS*PR*1*40~LQ*HE*N1")
    plain = post(hcfin.read(changed(data, "~LQ*HE*N1", "")))
    guards = {code for code, row in table("rarc").items() if row["effect"] == "billing_guard"}
    for alert in ("N1", "N130", "M15", "MA01", "MA18"):
        assert alert not in guards
        unchanged(plain, post(hcfin.read(changed(data, "LQ*HE*N1~", f"LQ*HE*{alert}~"))))
    for guard in sorted(guards):
        fails(unchanged, plain, post(hcfin.read(changed(data, "LQ*HE*N1~", f"LQ*HE*{guard}~"))))


# R8 and R9: chains by reference


def r8(postings: Iterable[Posting]) -> None:
    """A forwarded balance that is closed is zero."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        for line in booked(posting.documents):
            if line.role == "liability.payer_forward":
                sums[dict(line.tags)["reference"]] += signed(line)
    assert not any(sums.values())


def test_r8_a_forwarded_balance_ends_at_zero() -> None:
    r8([post(hcfin.read(R1)), POSTED])
    other = changed(changed(R2.read_bytes(), "*352.8~", "*352.79~"), "BPR*I*285.46", "BPR*I*285.47")
    fails(r8, [post(hcfin.read(R1)), post(hcfin.read(other))])


def r9(postings: Iterable[Posting]) -> None:
    """A liability by reference never becomes a claim on the payer without an issue."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        for line in booked(posting.documents):
            if line.role == "liability.payer_recoup":
                sums[dict(line.tags)["reference"]] -= signed(line)
        assert all(balance >= 0 for balance in sums.values()) or any(
            "RECOUP" in code or "TAKEBACK" in code for code in codes(posting)
        )


def test_r9_a_recovery_needs_a_liability_or_an_issue() -> None:
    sources = [
        remit("T1", "90", "CLP*A*1*100*100**12*C", plb="PLB*1*20251231*WO:X1*10"),
        remit("T2", "110", "CLP*B*1*100*100**12*D", plb="PLB*1*20251231*WO:X2*-10", day="20250116"),
        remit("T3", "90", "CLP*E*1*100*100**12*F", plb="PLB*1*20251231*WO:X2*10", day="20250117"),
    ]
    readings = [hcfin.read(source) for source in sources]
    postings = post_in_order(readings, BOOKS, context=CONTEXT)
    r9(postings)
    assert [sorted(codes(posting)) for posting in postings] == [["RECOUP_UNIDENTIFIED"], [], []]
    fails(r9, [post(reading) for reading in readings])


# R10 a reversal is the mirror of an adjudication, or flagged


def r10(earlier: Reading, reversal: Reading, posting: Posting) -> None:
    def told(claim: ClaimPayment, sign: int) -> tuple[object, ...]:
        sums: Counter[tuple[str, str]] = Counter()
        for adjustment, _ in claim.all_adjustments():
            sums[adjustment.group, adjustment.reason] += sign * adjustment.amount
        return claim.account, sign * claim.charged, sign * claim.paid, tuple(sorted(sums.items()))

    there = {told(claim, 1) for claim in claims_of(earlier)}
    mirrored = all(told(claim, -1) in there for claim in claims_of(reversal) if claim.status == "22")
    assert ("REVERSAL_MISMATCH" in codes(posting)) != mirrored


@pytest.mark.parametrize("cas", ["CO*45*-20", "CO*97*-20", "OA*45*-20"])
def test_r10_a_reversal_mirrors_or_is_flagged(cas: str) -> None:
    earlier = hcfin.read(remit("T1", "80", CO45))
    reversal = hcfin.read(
        remit("T2", "0", f"CLP*ACCT-1*22*-100*-80**12*C1~CAS*{cas}", plb="PLB*1*20251231*FB:T2*-80")
    )
    ledger = Ledger(KEYS)
    ledger.learn(earlier, post(earlier))
    r10(earlier, reversal, hcfin.post(reversal, BOOKS, context=CONTEXT, known=ledger))
    if cas != "CO*45*-20":
        fails(r10, earlier, reversal, post(reversal))


# R13 how adjustments are packed into segments does not matter


TRIPLETS = [("45", "5"), ("253", "6"), ("50", "7"), ("16", "8"), ("96", "9"), ("29", "4")]


def packed(groups: Iterable[Sequence[tuple[str, str]]]) -> bytes:
    segments = ["CAS*CO*" + "**".join(f"{code}*{amount}" for code, amount in group) for group in groups]
    return remit("T1", "61", "~".join(["CLP*A*1*100*61**12*C", *segments]))


@FEW
@given(st.permutations(TRIPLETS), st.lists(st.integers(1, 5), max_size=3, unique=True))
def test_r13_packing_is_irrelevant(order: list[tuple[str, str]], cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), 6]
    groups = [order[start:end] for start, end in itertools.pairwise(bounds)]
    unchanged(post(hcfin.read(packed([TRIPLETS]))), post(hcfin.read(packed(groups))))


def test_r13_is_broken_by_an_amount_under_another_code() -> None:
    other = [("45", "6"), ("253", "5"), *TRIPLETS[2:]]
    fails(unchanged, post(hcfin.read(packed([TRIPLETS]))), post(hcfin.read(packed([other]))))


# R14 what does not balance posts nothing, or its payment alone


def r14(reading: Reading, posting: Posting) -> None:
    header, claims = header_of(reading), claims_of(reading)
    if sum(claim.paid for claim in claims) - header.provider_adjustment_total() != header.payment:
        assert posting.documents == ()
    unbalanced = {claim.at for claim in claims if claim_expected(claim) != claim.paid}
    for end in posting.dispositions:
        if end.origin.at in unbalanced and end.outcome is Outcome.POSTED:
            assert end.origin.element == "CLP04"
            assert sum(end.booked) == 0
    assert_clearing_zero(posting.documents)


def test_r14_only_exceptions_of_what_does_not_balance() -> None:
    data = remit("T1", "160", CO45, "CLP*B*1*100*80**12*D~CAS*CO*45*20")
    good = post(hcfin.read(data))
    for old, new in (("BPR*I*160", "BPR*I*161"), ("CLP*B*1*100*", "CLP*B*1*101*")):
        reading = hcfin.read(changed(data, old, new))
        r14(reading, post(reading))
        fails(r14, reading, good)
