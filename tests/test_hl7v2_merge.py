"""Merges, moves and new numbers: what MRG names ends in what PID and PV1 name, or it is an issue."""

from __future__ import annotations

import pytest

import cases
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.reading import Reading
from hl7_messages import Values, all_of, codes, message, only, read, segment

PID = segment("PID", {3: "TESTMRN-1^^^TESTHOSP^MR", 5: "TESTPERSON^ALPHA", 18: "TESTACCT-1"})
PV1 = segment("PV1", {2: "O", 19: "TESTVISIT-1", 50: "TESTALT-1"})
EVERYTHING: Values = {
    1: "TESTMRN-2^^^TESTHOSP^MR",
    3: "TESTACCT-2",
    5: "TESTVISIT-2",
    6: "TESTALT-2",
    7: "TESTPERSON^OTHER",
}


def reading(event: str, *segments: str, version: str = "2.5.1", **profile: object) -> Reading:
    return read(message(f"ADT^{event}", *segments, version=version, event="20260302101500"), **profile)


def merge(event: str, *segments: str, version: str = "2.5.1", **profile: object) -> AccountMerge:
    return only(AccountMerge, reading(event, *segments, version=version, **profile))


LEVELS = {
    "patient": "A18 A30 A34 A39 A40 A43 A46 A47 A48",
    "account": "A35 A41 A44 A49",
    "visit": "A42 A45 A50 A51",
}


@pytest.mark.parametrize(
    ("event", "level"), [(event, level) for level, events in LEVELS.items() for event in events.split()]
)
def test_what_an_event_merges(event: str, level: str) -> None:
    found = merge(event, PID, segment("MRG", EVERYTHING), PV1)
    assert (found.event, found.level, found.occurred) == (event, level, "2026-03-02T10:15:00")
    assert (found.prior_patient, found.patient_id) == ("TESTMRN-2", "TESTMRN-1")
    assert (found.prior_account, found.account) == ("TESTACCT-2", "TESTACCT-1")
    assert (found.prior_visit, found.visit) == ("TESTVISIT-2", "TESTVISIT-1")
    assert (found.facility, found.at) == ("TESTHOSP", 4)
    assert found.prior is not None
    assert found.prior.first_name == "OTHER"


def test_a36_merges_the_patient_and_the_account() -> None:
    found = all_of(AccountMerge, reading("A36", PID, segment("MRG", EVERYTHING)))
    assert [(one.level, one.prior_account, one.account) for one in found] == [
        ("patient", "TESTACCT-2", "TESTACCT-1"),
        ("account", "TESTACCT-2", "TESTACCT-1"),
    ]


def test_what_survives_is_told_as_an_account() -> None:
    found = reading("A40", PID, segment("MRG", EVERYTHING), PV1)
    survivor = only(Account, found)
    assert (survivor.account, survivor.visit, survivor.change) == ("TESTACCT-1", "TESTVISIT-1", "told")
    assert found.units[0].summary == {
        "merges": 1,
        "accounts": 1,
        "encounters": 1,
        "coverages": 0,
        "guarantors": 0,
        "diagnoses": 0,
        "procedures": 0,
    }
    carried = found.coverage.carried
    assert [carried[f"ADT.MRG-{n}"] for n in (1, 3, 5, 7)] == [1, 1, 1, 1]
    assert found.coverage.counted["ADT.MRG-6"] == 1  # the visit has a number of its own


def test_pairs_repeat() -> None:
    found = reading(
        "A40",
        PID,
        segment("MRG", {1: "TESTMRN-2"}),
        segment("PID", {3: "TESTMRN-3"}),
        segment("MRG", {1: "TESTMRN-4"}),
    )
    assert [(one.prior_patient, one.patient_id) for one in all_of(AccountMerge, found)] == [
        ("TESTMRN-2", "TESTMRN-1"),
        ("TESTMRN-4", "TESTMRN-3"),
    ]
    assert len(all_of(Account, found)) == 2


def test_visits_of_one_patient_move_in_pairs() -> None:
    found = reading(
        "A45",
        PID,
        segment("MRG", {1: "TESTMRN-2", 5: "V-OLD-1"}),
        segment("PV1", {19: "V-NEW-1"}),
        segment("MRG", {1: "TESTMRN-2", 5: "V-OLD-2"}),
        segment("PV1", {19: "V-NEW-2"}),
    )
    assert [(one.prior_visit, one.visit) for one in all_of(AccountMerge, found)] == [
        ("V-OLD-1", "V-NEW-1"),
        ("V-OLD-2", "V-NEW-2"),
    ]
    assert [one.visit for one in all_of(Account, found)] == ["V-NEW-1", "V-NEW-2"]


def test_a_visit_before_the_merge_segment_counts_too() -> None:
    assert merge("A42", PID, PV1, segment("MRG", {5: "TESTVISIT-2"})).visit == "TESTVISIT-1"


# Versions


@pytest.mark.parametrize(
    ("version", "fields", "prior", "everything"),
    [
        ("2.1", {1: "A1^5^M10"}, "A1", ["A1"]),
        ("2.2", {1: "A1", 4: "EXT", 2: "ALT"}, "A1", ["A1", "EXT", "ALT"]),
        ("2.3", {4: "EXT"}, "EXT", ["EXT"]),
        ("2.6", {2: "ALT"}, "ALT", ["ALT"]),
        ("2.7", {1: "A1", 2: "ALT", 4: "EXT"}, "A1", ["A1"]),
        ("2.9", {1: "A1~A2", 4: "EXT"}, "A1", ["A1", "A2"]),
    ],
)
def test_identifiers_that_end_by_version(
    version: str, fields: Values, prior: str, everything: list[str]
) -> None:
    found = merge("A34", PID, segment("MRG", fields), version=version)
    assert (found.prior_patient, [one.value for one in found.prior_identifiers]) == (prior, everything)


def test_withdrawn_identifiers_name_nobody() -> None:
    found = reading("A40", PID, segment("MRG", {2: "ALT", 4: "EXT"}), version="2.7")
    assert (all_of(AccountMerge, found), codes(found)) == ([], ["MERGE_INCOMPLETE"])
    assert found.coverage.counted["ADT.MRG-4"] == 1


def test_the_two_patients_are_named_in_one_way() -> None:
    pid = segment("PID", {3: "P1^^^STATE^PI~M1^^^TESTHOSP^MR"})
    mrg = segment("MRG", {1: "M2^^^TESTHOSP^MR~P2^^^STATE^PI"})
    found = merge("A40", pid, mrg)
    assert (found.prior_patient, found.patient_id) == ("P2", "P1")
    preferred = {"PID-3": {"kinds": ["MR"]}}
    found = merge("A40", pid, mrg, identifiers=preferred)
    assert (found.prior_patient, found.patient_id) == ("M2", "M1")
    assert merge("A40", pid, segment("MRG", {1: "X9"})).prior_patient == "X9"


def test_a_survivor_of_old_feeds_has_only_other_identifiers() -> None:
    found = merge("A34", segment("PID", {2: "EXT-1", 18: "A1"}), segment("MRG", {1: "OLD"}), version="2.5")
    assert (found.patient_id, [one.value for one in found.identifiers]) == ("EXT-1", ["EXT-1"])


# Which account


def test_accounts_are_of_one_kind_on_both_sides() -> None:
    keyed_by_visit = {"account": ["PV1-19"]}
    found = merge("A42", PID, segment("MRG", EVERYTHING), PV1, **keyed_by_visit)
    assert (found.prior_account, found.account) == ("TESTVISIT-2", "TESTVISIT-1")
    found = merge("A40", segment("PID", {3: "TESTMRN-1"}), segment("MRG", {1: "TESTMRN-2"}))
    assert (found.prior_account, found.account) == ("TESTMRN-2", "TESTMRN-1")
    found = merge("A40", PID, segment("MRG", {1: "TESTMRN-2"}))
    assert (found.prior_account, found.account) == ("", "TESTACCT-1")
    found = merge("A40", PID, segment("MRG", {1: "TESTMRN-2"}), account=["ZAC-1"])
    assert (found.prior_account, found.account) == ("", "")


def test_a_visit_may_be_known_by_its_other_number() -> None:
    found = merge("A51", PID, segment("MRG", {1: "TESTMRN-1", 6: "TESTALT-2"}), PV1)
    assert (found.prior_visit, found.visit) == ("TESTALT-2", "TESTALT-1")


def test_an_account_that_moves_keeps_its_number() -> None:
    found = merge("A44", PID, segment("MRG", {1: "TESTMRN-2", 3: "TESTACCT-1"}))
    assert (found.prior_account, found.account) == ("TESTACCT-1", "TESTACCT-1")
    assert (found.prior_patient, found.patient_id) == ("TESTMRN-2", "TESTMRN-1")


# What cannot be merged


@pytest.mark.parametrize(
    ("event", "segments", "expected"),
    [
        ("A40", (segment("MRG", {1: "TESTMRN-2"}),), ["MERGE_ORPHAN"]),
        ("A40", (PID,), ["MERGE_MISSING"]),
        ("A40", (PID, segment("MRG", {3: "TESTACCT-2"})), ["MERGE_INCOMPLETE"]),
        ("A41", (PID, segment("MRG", {1: "TESTMRN-2"})), ["MERGE_INCOMPLETE"]),
        ("A42", (PID, segment("MRG", {1: "TESTMRN-2", 5: "V2"})), ["MERGE_INCOMPLETE"]),
        ("A36", (PID, segment("MRG", {})), ["MERGE_INCOMPLETE", "MERGE_INCOMPLETE"]),
        (
            "A40",
            (segment("MRG", {1: "A"}), PID, segment("MRG", {1: "B"}), segment("PID", {3: "C"})),
            ["MERGE_ORPHAN", "MERGE_ORPHAN"],
        ),
    ],
)
def test_a_merge_that_is_not_certain_is_none(
    event: str, segments: tuple[str, ...], expected: list[str]
) -> None:
    found = reading(event, *segments)
    assert (all_of(AccountMerge, found), codes(found)) == ([], expected)
    assert found.units[0].summary["merges"] == 0
    assert not any(place.startswith("ADT.MRG") for place in found.coverage.carried)


def test_a_single_pair_is_certain_in_either_order() -> None:
    found = merge("A40", segment("MRG", {1: "TESTMRN-2"}), PID)
    assert (found.prior_patient, found.patient_id) == ("TESTMRN-2", "TESTMRN-1")


# A stay that changes


@pytest.mark.parametrize("event", ["A06", "A07"])
def test_a_stay_that_changes_may_have_a_new_account(event: str) -> None:
    found = reading(event, PID, segment("MRG", {1: "TESTMRN-1", 3: "TESTACCT-2"}), PV1)
    told = only(AccountMerge, found)
    assert (told.level, told.prior_account, told.account) == ("account", "TESTACCT-2", "TESTACCT-1")
    assert only(Account, found).change == "updated"
    assert codes(found) == []


def test_a_stay_that_changes_may_have_a_new_visit() -> None:
    mrg = segment("MRG", {3: "TESTACCT-1", 5: "TESTVISIT-2"})
    told = only(AccountMerge, reading("A06", PID, mrg, PV1))
    assert (told.level, told.prior_visit, told.visit) == ("visit", "TESTVISIT-2", "TESTVISIT-1")


@pytest.mark.parametrize(
    "segments",
    [
        (PID, segment("MRG", {1: "TESTMRN-2"})),
        (segment("PV1", {19: "V"}), segment("MRG", {3: "A"})),
        (PID, segment("MRG", {3: "TESTACCT-1"}), PV1),
    ],
)
def test_the_same_numbers_change_nothing(segments: tuple[str, ...]) -> None:
    found = reading("A06", *segments)
    assert all_of(AccountMerge, found) == []
    assert codes(found) == ["MERGE_UNEXPECTED"]


def test_a_stay_has_one_prior_number() -> None:
    mrg = segment("MRG", {3: "TESTACCT-2"})
    found = reading("A06", PID, mrg, mrg)
    assert len(all_of(AccountMerge, found)) == 1
    assert codes(found) == ["MERGE_UNEXPECTED"]
    assert reading("A06", PID).units[0].summary.get("merges") is None


def test_no_name_of_a_patient_shows_in_a_merge() -> None:
    told = merge("A40", PID, segment("MRG", EVERYTHING), PV1)
    for text in ("TESTMRN", "TESTACCT", "TESTVISIT", "TESTPERSON"):
        assert text not in repr(told)


def test_fixtures_of_merges_exist() -> None:
    names = {case.name for case in cases.folders("hl7v2", "merge")}
    assert {"patients", "visits", "account_old"} <= names
