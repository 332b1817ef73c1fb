"""Parts that come again: the same facts, at their own places, as if each message were read alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.account import Account
from hcfin.billing.base import Node
from hcfin.standards.hl7v2 import account_kept
from hcfin.testing import accounts
from hl7_messages import all_of, codes, message, read, segment

ADMIT = (cases.FIXTURES / "hl7v2" / "account" / "admit" / "input.hl7").read_bytes()
PID = segment("PID", {3: "TESTMRN-1", 18: "TESTACCT-1"})


def places(node: object) -> Iterator[int]:
    """Where the nodes of a fact stand, in their order."""
    if isinstance(node, Node):
        yield node.at
        for name in type(node).model_fields:
            yield from places(getattr(node, name))
    elif isinstance(node, tuple):
        for one in node:
            yield from places(one)


def test_what_comes_again_stands_at_its_own_place() -> None:
    size = ADMIT.count(b"\r")
    once = read(ADMIT)
    (alone,) = all_of(Account, once)
    reading = read(ADMIT * 5)
    for n, fact in enumerate(all_of(Account, reading)):
        assert fact == alone
        assert list(places(fact)) == [at + n * size if at else 0 for at in places(alone)]
    assert reading.coverage.carried == {name: 5 * count for name, count in once.coverage.carried.items()}
    assert reading.coverage.counted == {name: 5 * count for name, count in once.coverage.counted.items()}
    assert "CONTROL_ID_REPEATED" not in codes(once)


def test_stays_that_overlap_are_read_as_if_each_came_alone() -> None:
    patients = [
        message(
            "ADT^A08",
            segment("PID", {3: f"TESTMRN-{n}", 18: f"TESTACCT-{n}"}),
            segment("GT1", {3: f"TESTPERSON{n}"}),
            segment("IN1", {2: "PPO", 37: "500.00"}),
        )
        for n in range(account_kept._MOST_RECENT + 4)
    ]
    alone = [all_of(Account, read(one))[0] for one in patients]
    size = patients[0].count(b"\r")
    for order in (patients * 3, [one for one in patients for _ in range(3)]):
        found = all_of(Account, read(b"".join(order)))
        for n, (fact, data) in enumerate(zip(found, order, strict=True)):
            own = alone[patients.index(data)]
            assert fact == own
            assert list(places(fact)) == [at + n * size if at else 0 for at in places(own)]


def test_segments_that_come_again_with_other_patients_stand_at_their_own_places() -> None:
    coded = (segment("DG1", {3: "I10", 5: "20250115"}), segment("PR1", {3: "99213", 5: "NEVER"}))
    told = [message("ADT^A08", segment("PID", {3: f"TESTMRN-{n}"}), *coded) for n in range(3)]
    reading = read(b"".join(told))
    found = all_of(Account, reading)
    size = told[0].count(b"\r")
    (first, *_) = found
    for n, fact in enumerate(found):
        assert [fact.diagnoses[0].at, fact.procedures[0].at] == [
            first.diagnoses[0].at + n * size,
            first.procedures[0].at + n * size,
        ]
        assert (fact.diagnoses, fact.procedures) == (first.diagnoses, first.procedures)
    assert codes(reading).count("TIME_INVALID") == 3


def test_issues_are_said_each_time() -> None:
    data = message("ADT^A08", PID, segment("PV1", {44: "NEVER", 46: "MUCH"}), segment("GT1", {13: "x"}))
    reading = read(data * 4)
    assert codes(reading).count("TIME_INVALID") == 8
    assert codes(reading).count("MONEY_INVALID") == 4
    assert [fact.unreadable for fact in all_of(Account, reading)] == [("PV1-46",)] * 4


def test_an_amount_that_came_before_has_its_currency_still() -> None:
    cover = segment("IN1", {2: "PPO", 37: "500.00&CAD"})
    told = [message("ADT^A08", PID, cover)] * 3
    mixed = message("ADT^A08", PID, segment("PV1", {46: "10.00&EUR"}), cover)
    again = message("ADT^A08", PID, cover, segment("GT1", {3: "TESTPERSON", 27: "1.00&USD"}))
    reading = read(b"".join([*told, mixed, again]))
    found = all_of(Account, reading)
    assert [fact.currency for fact in found] == ["CAD", "CAD", "CAD", "EUR", "USD"]
    assert [len(fact.coverages[0].amounts) for fact in found] == [1, 1, 1, 0, 0]
    assert codes(reading).count("AMOUNT_OTHER_CURRENCY") == 2


def test_other_delimiters_make_other_parts() -> None:
    usual = message("ADT^A08", segment("PID", {3: "TEST^1"}))
    other = usual.replace(b"|^~\\&|", b"|*~\\&|").replace(b"ADT^", b"ADT*")
    found = all_of(Account, read(usual * 3 + other + usual))
    assert [fact.patient_id for fact in found] == ["TEST", "TEST", "TEST", "TEST^1", "TEST"]


def test_another_version_makes_other_parts() -> None:
    pid = segment("PID", {2: "EXT", 3: "TESTMRN-1"})
    old, new = (message("ADT^A08", pid, version=version) for version in ("2.3", "2.8"))
    found = all_of(Account, read(old * 3 + new * 3 + old))
    assert [len(fact.identifiers) for fact in found] == [2, 2, 2, 1, 1, 1, 2]


def test_further_data_of_an_insurance_belong_to_the_part() -> None:
    one, two = (
        message("ADT^A08", PID, segment("IN1", {2: "PPO"}), segment("IN2", {6: number})) for number in "AB"
    )
    found = all_of(Account, read(one * 3 + two + one))
    assert [fact.coverages[0].medicare_number for fact in found] == ["A", "A", "A", "B", "A"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_kept, "_MOST", 3)
    monkeypatch.setattr(account_kept, "_MOST_SEEN", 4)
    monkeypatch.setattr(account_kept, "_MOST_RECENT", 2)
    many = [message("ADT^A08", segment("PID", {3: f"TESTMRN-{n % 5}"})) for n in range(40)]
    found = all_of(Account, read(b"".join(many * 2)))
    assert [fact.patient_id for fact in found] == [f"TESTMRN-{n % 5}" for n in range(40)] * 2


@given(st.lists(accounts(account="TESTACCT-1"), min_size=1, max_size=3))
@settings(max_examples=40)
def test_a_feed_is_read_like_its_messages(drawn: list[Account]) -> None:
    feed = [one for _ in range(3) for one in drawn]
    assert list(hcfin.read(hcfin.write(feed, "hl7v2")).facts) == feed
