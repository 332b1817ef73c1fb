"""What ADT and BAR say of accounts: every finance field of every version, wherever its segment stands."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

import cases
import hcfin
from hcfin.billing.account import Account
from hcfin.standards.hl7v2.account_adt import CHANGES
from hcfin.standards.hl7v2.merge_adt import LEVELS
from hl7_messages import Values, all_of, codes, message, only, read, segment

ADMIT = cases.FIXTURES / "hl7v2" / "account" / "admit" / "input.hl7"
PID = segment("PID", {3: "TESTMRN-1^^^TESTHOSP^MR", 5: "TESTPERSON^ALPHA", 18: "TESTACCT-1"})
PV1 = segment("PV1", {2: "I", 19: "TESTVISIT-1"})


def account(*segments: str, kind: str = "ADT^A08", version: str = "2.5.1", **profile: object) -> Account:
    return only(Account, read(message(kind, *segments, version=version), **profile))


def amounts(node: object) -> dict[str, Decimal]:
    return {one.qualifier: one.amount for one in node.amounts}  # type: ignore[attr-defined]


# Nothing is lost

FINANCE = {
    "PID": (3, 5, 7, 8, 11, 18),
    "PV1": (1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 17, 18, 19, 20, 26, 32, 33, 36, 41, 44, 46, 47, 48, 49, 50, 54),
    "GT1": (1, 2, 3, 5, 8, 9, 10, 11, 13, 14, 15, 21, 27, 54),
    "IN1": (
        1,
        2,
        3,
        4,
        5,
        8,
        9,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        36,
        37,
        38,
        40,
        41,
        43,
        47,
        49,
        54,
    ),
    "IN2": (6, 8, 25, 26, 28, 29, 61, 72),
    "IN3": (2,),
    "DG1": (1, 2, 3, 4, 5, 6, 15, 20, 26),
    "PR1": (1, 2, 3, 4, 5, 6, 14, 16, 19),
    "DRG": (1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 21, 22, 23, 24),
    "ACC": (1, 2, 3, 4, 5),
    "UB1": (7, 10, 16, 17, 18, 19),
    "UB2": (3, 6, 7, 8),
}
"""Fields with money, or that say whose money it is."""


def test_every_field_of_finance_is_carried() -> None:
    coverage = read(ADMIT.read_bytes()).coverage
    wanted = {f"ADT.{name}-{n}" for name, positions in FINANCE.items() for n in positions}
    assert wanted <= set(coverage.carried)
    assert not wanted.intersection(coverage.counted)


def test_every_amount_of_the_message_is_told_once() -> None:
    told = only(Account, read(ADMIT.read_bytes()))
    assert told.currency == "USD"
    assert told.encounter is not None
    assert told.grouping is not None
    assert [(one.qualifier, str(one.amount)) for one in told.encounter.amounts] == [
        ("contract", "900.00"),
        ("contract", "1100.00"),
        ("bad_debt_transfer", "10.00"),
        ("bad_debt_recovery", "5.00"),
        ("balance", "1250.00"),
        ("charges", "4100.50"),
        ("adjustments", "-50.00"),
        ("payments", "2800.50"),
    ]
    assert {name: str(amount) for name, amount in amounts(told.grouping).items()} == {
        "outlier_cost": "100.00",
        "outlier_reimbursement": "50.25",
        "monetary_amount": "7000.00",
        "relative_discount": "12.00",
        "basic_charge": "5000.00",
        "total_charge": "6900.00",
        "discount": "-100.00",
    }
    assert {name: str(amount) for name, amount in amounts(told.coverages[1]).items()} == {
        "deductible": "500.00",
        "policy_limit": "10000.00",
        "room_rate_semi_private": "120.00",
        "room_rate_private": "180.00",
        "room_coverage PRI": "250.00",
        "policy_amount MAJ": "1000.00",
    }
    values = [(code.code, str(code.amount)) for code in told.codes if code.qualifier == "BE"]
    assert values == [("01", "650.00"), ("80", "5.00"), ("A1", "100.00")]


def test_the_units_of_a_message_count_what_was_told() -> None:
    (unit,) = read(ADMIT.read_bytes()).units
    assert unit.summary == {
        "accounts": 1,
        "encounters": 1,
        "coverages": 2,
        "guarantors": 2,
        "diagnoses": 2,
        "procedures": 1,
    }


def test_places_of_facts_are_fields_of_segments() -> None:
    reading = read(ADMIT.read_bytes())
    told = only(Account, reading)
    assert reading.place(told, "account").element == "PID-18"
    assert (reading.place(told.coverages[0], "priority").segment, told.coverages[0].at) == ("IN1", 16)


# Events

EVENTS = {
    "opened": "A01 A04 A05",
    "updated": "A02 A08 A09 A10 A12 A17 A28 A31 A54",
    "discharged": "A03",
    "cancelled": "A11 A38",
    "reinstated": "A13",
    "purged": "A23 A29",
    "told": "A14 A15 A16 A24 A25 A26 A27 A37 A60 Z99",
}


@pytest.mark.parametrize(
    ("event", "change"), [(event, change) for change, events in EVENTS.items() for event in events.split()]
)
def test_what_an_event_does_to_the_account(event: str, change: str) -> None:
    found = account(PID, PV1, kind=f"ADT^{event}")
    assert (found.event, found.change, found.account) == (event, change, "TESTACCT-1")


@pytest.mark.parametrize(
    ("event", "change"),
    [("P01", "opened"), ("P05", "updated"), ("P02", "purged"), ("P06", "ended"), ("P10", "coded")],
)
def test_what_a_bar_does_to_the_account(event: str, change: str) -> None:
    found = account(PID, PV1, kind=f"BAR^{event}")
    assert (found.change, found.mode) == (change, "snapshot")


def test_coding_of_p12_comes_with_actions() -> None:
    deleted = segment("DG1", {1: "1", 3: "R07.9", 6: "F", 20: "DGID-1", 21: "D"})
    found = account(
        PID, PV1, deleted, segment("PR1", {1: "1", 3: "93000", 19: "P1", 20: "A"}), kind="BAR^P12"
    )
    assert (found.change, found.mode) == ("coded", "action_code")
    assert [(one.code, one.id, one.action) for one in found.diagnoses] == [("R07.9", "DGID-1", "D")]
    assert [(one.code, one.id, one.action) for one in found.procedures] == [("93000", "P1", "A")]


def test_a_feed_may_send_actions_in_every_message() -> None:
    found = account(PID, segment("IN1", {2: "PPO", 55: "D"}), mode="action_code")
    assert (found.mode, found.coverages[0].action) == ("action_code", "D")


def test_an_account_ends_when_the_event_says() -> None:
    reading = read(message("BAR^P06", PID, event="20260331235959-0600"))
    ended = only(Account, reading)
    assert (ended.change, ended.occurred) == ("ended", "2026-03-31T23:59:59-06:00")
    assert reading.coverage.carried["BAR.EVN-2"] == 1


def test_without_a_recording_time_the_event_has_its_own() -> None:
    data = message("ADT^A08", segment("EVN", {1: "A08", 6: "202603021007"}), PID)
    assert only(Account, read(data)).occurred == "2026-03-02T10:07"


def test_no_event_of_the_table_is_also_a_merge() -> None:
    assert not set(LEVELS).intersection(CHANGES)


# Where segments stand


def test_segments_count_wherever_they_stand() -> None:
    parts = [
        segment("GT1", {1: "1", 3: "TESTPERSON^BETA"}),
        PID,
        segment("IN1", {1: "1", 2: "PPO"}),
        segment("ACC", {2: "01"}),
        segment("IN2", {8: "MCD-1"}),
        segment("ZZZ", {1: "LOCAL"}),
        PV1,
        segment("DG1", {3: "R07.9"}),
        segment("OBX", {1: "1"}),
        segment("PR1", {3: "93000"}),
        segment("DRG", {1: "313"}),
    ]
    usual = [parts[n] for n in (1, 6, 7, 9, 10, 0, 2, 4, 3)]
    mixed, ordered = account(*parts), account(*usual)
    assert mixed == ordered
    assert mixed.coverages[0].medicaid_number == "MCD-1"
    assert mixed.accident is not None
    assert mixed.accident.code == "01"


def test_a_message_of_several_patients_has_an_account_for_each() -> None:
    other = segment("PID", {3: "TESTMRN-2", 18: "TESTACCT-2"})
    found = all_of(Account, read(message("BAR^P02", PID, PV1, other)))
    assert [(one.account, one.visit, one.change) for one in found] == [
        ("TESTACCT-1", "TESTVISIT-1", "purged"),
        ("TESTACCT-2", "", "purged"),
    ]


def test_each_visit_of_a_bar_has_its_own_insurance() -> None:
    data = message(
        "BAR^P01",
        PID,
        segment("PV1", {1: "1", 19: "V1"}),
        segment("IN1", {1: "1", 36: "POL-1", 37: "100.00&USD"}),
        segment("PV1", {1: "2", 19: "V2"}),
        segment("DG1", {1: "1", 3: "R07.9"}),
        segment("IN1", {1: "1", 36: "POL-2"}),
    )
    reading = read(data)
    first, second = all_of(Account, reading)
    assert (first.visit, [one.policy_number for one in first.coverages]) == ("V1", ["POL-1"])
    assert (second.visit, [one.policy_number for one in second.coverages]) == ("V2", ["POL-2"])
    assert (len(first.diagnoses), len(second.diagnoses)) == (0, 1)
    assert first.patient == second.patient
    assert first.identifiers == second.identifiers
    assert reading.units[0].summary["accounts"] == 2
    assert reading.coverage.carried["BAR.PID-3"] == 1


def test_further_data_of_no_insurance_is_an_issue() -> None:
    reading = read(message("ADT^A08", PID, segment("IN2", {6: "TEST-MBI"}), segment("IN1", {2: "PPO"})))
    assert codes(reading) == ["INSURANCE_MISSING"]
    assert reading.coverage.counted["ADT.IN2-6"] == 1


def test_what_stands_once_is_not_taken_twice() -> None:
    drg = segment("DRG", {1: "313", 7: "10.00&USD"})
    reading = read(message("ADT^A08", PID, drg, drg, segment("IN1", {2: "P"}), "IN2||||||M1", "IN2||||||M2"))
    found = only(Account, reading)
    assert codes(reading) == ["SEGMENT_SURPLUS", "SEGMENT_SURPLUS"]
    assert found.grouping is not None
    assert len(found.grouping.amounts) == 1
    assert found.coverages[0].medicare_number == "M1"
    assert reading.coverage.counted["ADT.DRG-7"] == 1


def test_a_message_without_patient_is_an_issue() -> None:
    reading = read(message("ADT^A20", segment("NPU", {1: "BED1"})))
    assert (reading.facts, codes(reading)) == ((), ["PATIENT_MISSING"])


def test_insurance_alone_is_told_too() -> None:
    found = account(segment("IN1", {1: "1", 36: "POL-1"}))
    assert (found.at, found.account, found.coverages[0].policy_number) == (2, "", "POL-1")


def test_a_merge_segment_elsewhere_is_an_issue() -> None:
    assert codes(read(message("ADT^A08", PID, segment("MRG", {1: "TESTMRN-2"})))) == ["MERGE_UNEXPECTED"]


# Whom it is about


@pytest.mark.parametrize(
    ("version", "fields", "chosen", "everything"),
    [
        ("2.1", {3: "TESTMRN-1^5^M10"}, "TESTMRN-1", ["TESTMRN-1"]),
        ("2.2", {2: "EXT-1", 3: "TESTMRN-1^5^M10^HOSP"}, "TESTMRN-1", ["TESTMRN-1", "EXT-1"]),
        ("2.5", {2: "EXT-1", 4: "ALT-1"}, "EXT-1", ["EXT-1", "ALT-1"]),
        ("2.5", {4: "ALT-1"}, "ALT-1", ["ALT-1"]),
        ("2.6", {2: "EXT-1", 3: "TESTMRN-1"}, "TESTMRN-1", ["TESTMRN-1", "EXT-1"]),
        ("2.7", {2: "EXT-1", 3: "TESTMRN-1"}, "TESTMRN-1", ["TESTMRN-1"]),
        ("2.8.2", {2: "EXT-1"}, "EXT-1", ["EXT-1"]),
        ("", {2: "EXT-1", 3: "TESTMRN-1"}, "TESTMRN-1", ["TESTMRN-1", "EXT-1"]),
        ("2.3", {2: "TESTMRN-1", 3: "TESTMRN-1"}, "TESTMRN-1", ["TESTMRN-1"]),
    ],
)
def test_identifiers_by_version(version: str, fields: Values, chosen: str, everything: list[str]) -> None:
    found = account(segment("PID", fields), version=version)
    assert (found.patient_id, [one.value for one in found.identifiers]) == (chosen, everything)


def test_a_withdrawn_field_that_is_not_used_is_counted() -> None:
    reading = read(message("ADT^A08", segment("PID", {2: "EXT-1", 3: "TESTMRN-1"}), version="2.7"))
    assert reading.coverage.counted["ADT.PID-2"] == 1


def test_the_profile_prefers_an_identifier_by_type_and_authority() -> None:
    pid = segment("PID", {3: "E1^^^STATE^PI~M1^^^CLINIC^MR~M2^^^TESTHOSP^MR"})
    preferred = {"PID-3": {"kinds": ["MR"], "authorities": ["TESTHOSP"]}}
    assert account(pid).patient_id == "E1"
    found = account(pid, identifiers=preferred)
    assert found.patient_id == "M2"
    assert [(one.value, one.authority, one.type) for one in found.identifiers] == [
        ("E1", "STATE", "PI"),
        ("M1", "CLINIC", "MR"),
        ("M2", "TESTHOSP", "MR"),
    ]


@pytest.mark.parametrize(
    ("places", "number"),
    [
        (["PID-18", "PV1-19"], "TESTACCT-1"),
        (["PV1-19", "PID-18"], "TESTVISIT-1"),
        (["PV1-50", "PID-3"], "TESTMRN-1"),
        (["ZAC-2"], "LOCAL-7"),
        (["nonsense", "PID-0", "PID-", "PID-²"], ""),
    ],
)
def test_the_profile_says_where_the_account_stands(places: list[str], number: str) -> None:
    local = segment("ZAC", {2: "LOCAL-7"})
    assert account(PID, PV1, local, account=places).account == number


def test_a_plain_number_is_a_visit() -> None:
    found = account(PID, segment("PV1", {1: "1", 2: "I", 19: "4711"}), version="2.1")
    assert found.visit == "4711"


def test_a_doctor_with_several_identifiers_is_one() -> None:
    rows = "A77^TESTDOC^ANN^^^^^^HOSP^L^^^DN~1234567893^TESTDOC^ANN^^^^^^CMS^L^^^NPI~B5^TESTOTHER^BEN"
    plain = account(PID, segment("PV1", {7: rows})).encounter
    assert plain is not None
    assert [(one.id, one.id_qualifier, one.name) for one in plain.providers] == [
        ("A77", "DN", "TESTDOC"),
        ("B5", "", "TESTOTHER"),
    ]
    assert plain.providers[0].identifiers() == ("A77", "1234567893")
    preferred = {"PV1-7": {"kinds": ["NPI"]}}
    chosen = account(PID, segment("PV1", {7: rows}), identifiers=preferred).encounter
    assert chosen is not None
    assert (chosen.providers[0].id_qualifier, chosen.providers[0].id) == ("XX", "1234567893")


def test_unnamed_identifiers_of_doctors_stay_apart() -> None:
    found = account(PID, segment("PV1", {9: "C1~C2"})).encounter
    assert found is not None
    assert [(one.role, one.id) for one in found.providers] == [("consulting", "C1"), ("consulting", "C2")]


def test_an_organisation_answers_for_the_patient() -> None:
    found = account(PID, segment("GT1", {1: "1", 3: '""', 10: "O", 21: "TEST CHARITY^L"}))
    assert (found.guarantors[0].organization, found.guarantors[0].person) == ("TEST CHARITY", None)
    assert found.cleared == ()


def test_a_guarantor_of_old_feeds() -> None:
    found = account(PID, segment("GT1", {1: "1", 3: "TESTPERSON^GAMMA", 5: '^""^SAMPLETOWN', 10: "SEL^SELF"}))
    (told,) = found.guarantors
    assert told.person is not None
    assert told.person.city == "SAMPLETOWN"
    assert (told.type, found.cleared) == ("SEL", ("GT1-5.2",))


# Coding


def test_codes_of_old_versions_have_their_text_beside_them() -> None:
    found = account(
        PID,
        segment("DG1", {1: "1", 2: "I9", 3: "786.50", 4: "CHEST PAIN"}),
        segment("PR1", {1: "1", 2: "C4", 3: "93000", 4: "ECG"}),
        version="2.1",
    )
    assert [(one.system, one.code, one.text) for one in found.diagnoses] == [("I9", "786.50", "CHEST PAIN")]
    assert [(one.system, one.code, one.text) for one in found.procedures] == [("C4", "93000", "ECG")]


def test_a_group_told_with_the_diagnosis() -> None:
    dg1 = segment("DG1", {1: "1", 3: "R07.9", 8: "143", 9: "Y", 11: "C", 12: "3", 13: "250.00&USD"})
    found = account(PID, dg1, segment("DG1", {3: "I10", 13: "10.00"}), version="2.4").grouping
    assert found is not None
    assert (found.code, found.approved, found.outlier_type, found.outlier_days) == (
        "143",
        "Y",
        "C",
        Decimal(3),
    )
    assert [str(one.amount) for one in found.amounts] == ["250.00", "10.00"]


def test_a_group_of_its_own_wins_and_no_cost_is_lost() -> None:
    reading = read(
        message(
            "ADT^A08",
            PID,
            segment("DG1", {3: "R07.9", 8: "143", 13: "250.00"}),
            segment("DRG", {1: "313", 7: "100.00"}),
        )
    )
    found = only(Account, reading).grouping
    assert found is not None
    assert (found.code, [str(one.amount) for one in found.amounts]) == ("313", ["100.00", "250.00"])
    assert reading.coverage.counted["ADT.DG1-8"] == 1
    assert reading.coverage.carried["ADT.DG1-13"] == 1


@pytest.mark.parametrize(
    ("version", "text"), [("2.3.1", "01^650"), ("2.5.1", "01^650.00&USD"), ("2.8.2", "01^650&USD^")]
)
def test_value_codes_by_version(version: str, text: str) -> None:
    for name, position in (("UB1", 10), ("UB2", 6)):
        (code,) = account(PID, segment(name, {position: text}), version=version).codes
        assert (code.qualifier, code.code, str(code.amount)) == ("BE", "01", "650.00")


def test_days_of_value_codes_stand_in_the_place_of_the_amount() -> None:
    (code,) = account(PID, segment("UB2", {6: "80^^5"}), version="2.8.2").codes
    assert (code.code, str(code.amount)) == ("80", "5.00")


# Insurance


@pytest.mark.parametrize(
    ("turns", "policies"),
    [
        ({"1": "2", "2": "1", "3": ""}, ["B", "A", "C"]),
        ({"1": "S", "2": "T", "3": "P"}, ["C", "A", "B"]),
        ({"1": "", "2": "", "3": ""}, ["A", "B", "C"]),
        ({"3": "", "1": "", "2": ""}, ["B", "C", "A"]),
        ({"x": "", "y": "", "": "1"}, ["A", "C", "B"]),
    ],
)
def test_insurances_stand_in_the_order_in_which_they_pay(turns: dict[str, str], policies: list[str]) -> None:
    rows = [
        segment("IN1", {1: number, 22: turn, 36: policy})
        for (number, turn), policy in zip(turns.items(), "ABC", strict=True)
    ]
    assert [one.policy_number for one in account(PID, *rows).coverages] == policies


def test_the_payer_has_the_identifier_of_the_company() -> None:
    def payer(fields: Values) -> tuple[str, str, str]:
        found = account(PID, segment("IN1", fields)).coverages[0].payer
        return found.name, found.id_qualifier, found.id

    assert payer({3: "P1^^^NAIC^NII", 4: "TEST PAYER"}) == ("TEST PAYER", "NII", "P1")
    assert payer({3: "P1^^^NAIC^NII", 4: "TEST PAYER^L^77"}) == ("TEST PAYER", "", "77")
    assert payer({3: "P1"}) == ("", "", "P1")


def test_percentages_are_no_amounts() -> None:
    rows = "SEM^PC^80~PRI^LM^^PC&90~WRD^^^AT&75.50"
    found = account(PID, segment("IN1", {2: "PPO"}), segment("IN2", {28: rows, 29: "^LM^99"})).coverages[0]
    assert [(one.qualifier, str(one.amount)) for one in found.amounts] == [
        ("room_coverage WRD", "75.50"),
        ("policy_amount", "99.00"),
    ]


# Money


def test_amounts_have_the_currency_of_the_message() -> None:
    reading = read(message("ADT^A08", PID, segment("PV1", {46: "12.5"}), country="CAN"))
    found = only(Account, reading)
    assert found.currency == "CAD"
    assert found.encounter is not None
    assert str(found.encounter.amounts[0].amount) == "12.50"


def test_a_stated_currency_is_that_of_the_fact() -> None:
    found = account(PID, segment("IN1", {37: "500&JPY"}))
    assert (found.currency, str(found.coverages[0].amounts[0].amount)) == ("JPY", "500")


def test_an_amount_of_another_currency_is_an_issue() -> None:
    reading = read(message("ADT^A08", PID, segment("PV1", {46: "12.50"}), segment("IN1", {37: "500&CAD"})))
    found = only(Account, reading)
    assert (found.currency, found.coverages[0].amounts) == ("USD", ())
    assert (codes(reading), found.unreadable) == (["AMOUNT_OTHER_CURRENCY"], ("IN1-37",))


def test_an_amount_that_cannot_be_read_is_named() -> None:
    reading = read(message("ADT^A08", PID, segment("PV1", {46: "TWELVE", 47: "5"})))
    found = only(Account, reading)
    assert (codes(reading), found.unreadable) == (["MONEY_INVALID"], ("PV1-46",))
    assert found.encounter is not None
    assert list(amounts(found.encounter)) == ["charges"]


# Moments


@pytest.mark.parametrize(
    ("sent", "zone", "told"),
    [
        ("2026", "", "2026"),
        ("202603", "", "2026-03"),
        ("20260302", "-0600", "2026-03-02"),
        ("2026030210", "", "2026-03-02T10"),
        ("202603021007", "", "2026-03-02T10:07"),
        ("20260302100705", "-0600", "2026-03-02T10:07:05-06:00"),
        ("20260302100705.1+0215", "-0600", "2026-03-02T10:07:05.1+02:15"),
        ('""', "", ""),
    ],
)
def test_moments_keep_their_precision_and_their_zone(sent: str, zone: str, told: str) -> None:
    found = account(PID, segment("PV1", {44: sent}), zone=zone).encounter
    assert found is not None
    assert found.admitted == told


def test_a_month_of_another_form_stays_as_it_is() -> None:
    found = account(PID, segment("PV1", {44: "03/2026"}), date_formats=["MM/YYYY"]).encounter
    assert found is not None
    assert found.admitted == "03/2026"


# What is deleted


@pytest.mark.parametrize(
    ("segments", "cleared"),
    [
        (('PV1|1|I||""',), ("PV1-4",)),
        (('PID|1||TESTMRN-1||TESTPERSON^""^Q',), ("PID-5.2",)),
        (('PID|1||TESTMRN-1||TESTPERSON&""^ALPHA',), ("PID-5.1.2",)),
        (('PID|1||TESTMRN-1^^^""^MR~TESTMRN-2^^^TESTHOSP^""',), ("PID-3[1].4", "PID-3[2].5")),
        (('IN1|""',), ("IN1",)),
        (('IN1|1|""',), ("IN1",)),
        (('GT1|1||""',), ("GT1",)),
        (('DRG|""',), ("DRG",)),
        (("IN1|1|PPO", 'IN1|2|MCARE||""', 'IN2||||||""'), ("IN1[2]-4", "IN2[2]-6")),
        (("DG1|7||R07.9", 'DG1|9||""'), ("DG1[9]",)),
        (('DG1|x||R07.9||""', 'DG1|||I10||""'), ("DG1[1]-5", "DG1[2]-5")),
        (('UB2|1||""',), ("UB2-3",)),
        (('NK1|1|""',), ()),
    ],
)
def test_what_is_deleted_is_named(segments: tuple[str, ...], cleared: tuple[str, ...]) -> None:
    others = () if segments[0].startswith("PID") else (PID,)
    reading = read(message("ADT^A08", *others, *segments))
    found = only(Account, reading)
    assert found.cleared == cleared
    for place in cleared:
        field = place.split("-")[-1].partition(".")[0].partition("[")[0]
        if field.isdigit():
            assert reading.coverage.carried[f"ADT.{place[:3]}-{field}"] > 0


def test_a_deleted_segment_tells_nothing_else() -> None:
    found = account(PID, 'IN1|""', 'GT1|""', 'DG1|""', 'PR1|""', 'DRG|""', 'ACC|""', 'UB1|""', 'UB2|""')
    assert (found.coverages, found.guarantors, found.diagnoses, found.procedures) == ((), (), (), ())
    assert (found.grouping, found.accident, found.codes) == (None, None, ())
    assert set(found.cleared) == {"IN1", "GT1", "DG1", "PR1", "DRG", "ACC", "UB1", "UB2"}


# Local segments


def test_local_fields_have_the_names_that_the_profile_gives() -> None:
    named = {"ZF2-6": "amount", "ZF2-7.2": "part", "ZF3-1": "nothing", "nonsense": "x", "ZF2-0": "y"}
    rows = (segment("ZF2", {6: "25.00", 7: "A^B"}), segment("IN1", {2: "PPO"}), segment("ZF2", {6: "30&USD"}))
    reading = read(message("ADT^A08", PID, *rows), segments=named)
    found = only(Account, reading)
    assert [(one.name, one.value) for one in found.vendor_fields] == [
        ("amount", "25.00"),
        ("part", "B"),
        ("amount", "30&USD"),
    ]
    assert reading.coverage.carried["ADT.ZF2-6"] == 2
    assert account(PID, *rows).vendor_fields == ()


# Real feeds


@pytest.mark.corpus
def test_every_real_message_of_registration_ends_in_facts_or_issues(corpus: Path) -> None:
    paths = [
        path
        for folder in sorted((corpus / "hl7v2").iterdir())
        if folder.name.startswith(("ADT", "BAR", "MFN"))
        for path in sorted(folder.iterdir())
    ]
    assert len(paths) > 90
    stand, told = Counter[str](), Counter[str]()
    for path in paths:
        reading = read(path.read_bytes())
        lines = path.read_bytes().replace(b"\n", b"\r").split(b"\r")
        stand.update(line[:3].decode() for line in lines if line[:4] in (b"IN1|", b"DG1|", b"GT1|"))
        staff = {unit.kind for unit in reading.units} == {"MFN^M02"}
        assert reading.facts or reading.issues or staff, path.name
        for name, positions in FINANCE.items():
            for n in positions:
                lost = reading.coverage.counted[f"ADT.{name}-{n}"]
                explained = {"SEGMENT_SURPLUS", "INSURANCE_MISSING"}.intersection(codes(reading))
                assert not lost or explained, (path.name, name, n)
        for fact in all_of(Account, reading):
            told.update(IN1=len(fact.coverages), DG1=len(fact.diagnoses), GT1=len(fact.guarantors))
    assert told == stand
    assert min(told.values()) > 10


@pytest.mark.corpus
def test_the_public_call_reads_them_too(corpus: Path) -> None:
    folder = corpus / "hl7v2" / "BAR_P01"
    for path in folder.iterdir():
        assert all_of(Account, hcfin.read(path))
