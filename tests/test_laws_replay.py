"""Laws P1 to P8 (replay, order, shape of files): each holds, and each is shown to fail for a variant that is
broken on purpose."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.reading import Reading
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import Document
from hcfin.posting import Posting
from hcfin.reconcile import Ledger, merge_by_trace, post_in_order
from hcfin.testing import remittances, x12_835
from law_tools import (
    BOOKS,
    CONTEXT,
    KEYS,
    Facts,
    by_role,
    changed,
    claims_of,
    fails,
    hashes,
    header_of,
    post,
    remit,
    with_end,
)

X12 = cases.FIXTURES / "x12" / "remittance_835"
R2 = X12 / "worked_r2" / "input.edi"
READING = hcfin.read(R2)
POSTED = post(READING)
FEW = settings(max_examples=40)
CO45 = "CLP*ACCT-1*1*100*80**12*C1~CAS*CO*45*20"


# P1 the same again is the same; P2 the same everywhere


def p1(once: Posting, twice: Posting) -> None:
    assert [document.id for document in once.documents] == [document.id for document in twice.documents]
    assert hashes(once.documents) == hashes(twice.documents)


@FEW
@given(x12_835(max_remittances=1))
def test_p1_a_file_sent_twice_is_booked_once(written: tuple[bytes, Facts]) -> None:
    reading = hcfin.read(written[0])
    again = list(reading)
    for fact in reading:
        name = "ref" if isinstance(fact, Remittance) else "remittance"
        again.append(fact.model_copy(update={name: f"{getattr(fact, name)}#2"}))
    p1(post(tuple(reading)), post(again))


def test_p1_another_envelope_is_the_same_and_other_keys_are_not() -> None:
    data = R2.read_bytes()
    other = (
        data.replace(b"000000310", b"000000999")
        .replace(b"*310*", b"*999*")
        .replace(b"MACPAYER ", b"SENDER   ")
    )
    p1(POSTED, post(hcfin.read(other)))
    keys = hcfin.Keys(id=b"i" * 32, token=b"t" * 32)
    fails(p1, POSTED, hcfin.post(READING, BOOKS, context=hcfin.Context(keys=keys)))


def p2(program: str) -> None:
    """The program prints the same under another hash seed, time zone and locale."""
    outputs = set()
    for seed, zone, locale in (("0", "UTC", "C"), ("4711", "Pacific/Kiritimati", "tr_TR.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        command = [sys.executable, "-c", program]
        outputs.add(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert len(outputs) == 1


def test_p2_the_same_bytes_everywhere() -> None:
    p2(
        "import hcfin, sys; books = hcfin.load_books(); context = hcfin.Context(keys=hcfin.DEMO_KEYS);"
        f"data = open({str(R2)!r}, 'rb').read();"
        "print(hcfin.translate(data, books, to='netsuite', context=context).to_json(facts=True));"
        "print(*(proof.to_json() for proof in hcfin.prove(data, books, context=context)))"
    )
    fails(p2, "print(hash('a text'))")


# P3 the order of claims and of files does not matter; P6 with what is known it does, until it is sorted


def p3(run: Callable[[Sequence[Reading]], Iterable[Document]], readings: Sequence[Reading]) -> None:
    turns = [hashes(run(turn)) for turn in itertools.permutations(readings)]
    assert all(turn == turns[0] for turn in turns)


def stateless(turn: Sequence[Reading]) -> list[Document]:
    return [document for reading in turn for document in post(reading).documents]


def as_they_come(turn: Sequence[Reading]) -> list[Document]:
    ledger, documents = Ledger(KEYS), []
    for reading in turn:
        posting = hcfin.post(reading, BOOKS, context=CONTEXT, known=ledger)
        ledger.learn(reading, posting)
        documents += posting.documents
    return documents


def sorted_first(turn: Sequence[Reading]) -> list[Document]:
    return [d for posting in post_in_order(turn, BOOKS, context=CONTEXT) for d in posting.documents]


DEPENDENT = [
    hcfin.read(remit("T1", "300", "CLP*A*1*500*300*75*12*C1~CAS*CO*45*125~CAS*PR*1*75", day="20250110")),
    hcfin.read(remit("T2", "65", "CLP*A*2*500*65**12*C2~CAS*OA*23*300~CAS*CO*45*135", day="20250111")),
    hcfin.read(remit("T3", "90", "CLP*B*1*100*100**12*D", plb="PLB*1*20251231*WO:C1*10", day="20250112")),
]


def test_p3_and_p6_order() -> None:
    p3(stateless, DEPENDENT)
    p3(sorted_first, DEPENDENT)
    fails(p3, as_they_come, DEPENDENT)


@FEW
@given(remittances(), st.randoms(use_true_random=False))
def test_p3_claims_in_any_order(facts: Facts, shuffled: random.Random) -> None:
    header, *claims = facts
    shuffled.shuffle(claims)
    p1(post(facts), post((header, *claims)))


# P4 a split remittance, merged, is the whole


def parts_of(facts: Facts) -> list[Facts]:
    header = header_of(facts)
    return [(header, claim) for claim in claims_of(facts)] or [(header,)]


@FEW
@given(remittances())
def test_p4_a_split_remittance_merges_to_the_whole(facts: Facts) -> None:
    p1(post(facts), post(merge_by_trace(parts_of(facts))))


def test_p4_parts_alone_post_nothing_and_a_lost_part_is_found() -> None:
    facts = tuple(READING.facts)
    parts = parts_of(facts)
    assert all(not post(part).documents for part in parts if claims_of(part)[0].paid == 0)
    p1(POSTED, post(merge_by_trace(parts)))
    fails(p1, POSTED, post(merge_by_trace(parts[1:])))


# P5 the shape of a file does not matter


def reshaped(data: bytes) -> list[bytes]:
    """The same remittances under other delimiters, line ends and notations of amounts."""
    text = data.decode().replace("\n", "")
    return [
        text.replace("~", "~\r\n").encode(),
        text.replace("*", "|").replace("~", "\n").encode(),
        text.replace("~", "~  ").encode(),
        text.replace("*754.99*", "*0754.990*")
        .replace("*0*", "*-0*", 0)
        .replace("*800*0**", "*800.00*.0**")
        .encode(),
    ]


def test_p5_delimiters_line_ends_and_zeros() -> None:
    for other in reshaped(R2.read_bytes()):
        assert other != R2.read_bytes()
        p1(POSTED, post(hcfin.read(other)))
    fails(p1, POSTED, post(hcfin.read(changed(R2.read_bytes(), "CAS*CO*29*150", "CAS*CO*50*150"))))


def test_p5_two_sets_in_a_group_are_two_files() -> None:
    one, other = remit("T1", "80", CO45), remit("T2", "80", CO45)
    start, end = other.index(b"ST*835"), other.index(b"GE*1*")
    second = other[start:end].replace(b"*0001~", b"*0002~")
    both = one.replace(b"GE*1*", second + b"GE*2*")

    def same(sources: list[bytes]) -> None:
        apart = Counter(document.id for source in sources for document in post(hcfin.read(source)).documents)
        assert Counter(document.id for document in post(hcfin.read(both)).documents) == apart

    same([one, other])
    fails(same, [one])


# P7 another policy moves money between roles; no source amount gains or loses


def p7(one: Posting, other: Posting) -> None:
    def by_source(posting: Posting) -> dict[tuple[int, str], Decimal]:
        ends = posting.dispositions
        return {(end.origin.at, end.origin.element): sum(end.booked, Decimal(0)) for end in ends if end.lines}

    assert by_source(one) == by_source(other)
    assert by_role(one.documents) != by_role(other.documents)


def test_p7_a_policy_moves_and_never_makes(tmp_path: Path) -> None:
    path = tmp_path / "final.toml"
    path.write_text("[policy]\ndenial_final_auto = true\n", encoding="utf-8")
    other = post(READING, hcfin.load_books("example", path))
    p7(POSTED, other)
    n = next(n for n, end in enumerate(other.dispositions) if end.amount == Decimal("150.00") and end.lines)
    fails(p7, POSTED, with_end(other, n, booked=(Decimal("149.99"),)))


# P8 twins are two


def p8(one: Posting, two: Posting) -> None:
    assert by_role(two.documents) == {role: 2 * amount for role, amount in by_role(one.documents).items()}


def test_p8_twin_claims_and_lines_count_twice() -> None:
    line = "SVC*HC:99213*100*80~CAS*CO*45*20"
    p8(post(hcfin.read(remit("T1", "80", CO45))), post(hcfin.read(remit("T1", "160", CO45, CO45))))
    single = post(hcfin.read(remit("T1", "80", f"CLP*A*1*100*80**12*C~{line}")))
    twin = hcfin.read(remit("T1", "160", f"CLP*A*1*200*160**12*C~{line}~{line}"))
    p8(single, post(twin))
    collapsed = tuple(
        fact.model_copy(update={"lines": tuple(dict.fromkeys(fact.lines))})
        if isinstance(fact, ClaimPayment)
        else fact
        for fact in twin
    )
    fails(p8, single, post(collapsed))
