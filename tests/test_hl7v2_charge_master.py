"""Price lists and locations: one price a fact, by type; ranges are never summed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import cases
from hcfin.billing.charge import ChargePrice, LocationEntry
from hcfin.billing.reading import Reading
from hl7_messages import Values, all_of, codes, message, only, read, segment

MFI = segment("MFI", {1: "CDM", 3: "UPD"})
MFE = segment("MFE", {1: "MAD", 3: "20260101", 4: "4711"})
FOLDER = cases.FIXTURES / "hl7v2" / "charge_price"


def reading(*segments: str, kind: str = "MFN^M04", version: str = "2.5.1", **profile: object) -> Reading:
    return read(message(kind, MFI, *segments, version=version), **profile)


def prices(prc: Values, **profile: object) -> list[ChargePrice]:
    return all_of(ChargePrice, reading(MFE, segment("PRC", {1: "4711", **prc}), **profile))


FINANCE = {
    "MFE": (1, 3, 4),
    "CDM": (1, 2, 3, 7, 8, 9, 13),
    "PRC": (1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 15, 16, 17, 18),
}


def test_every_field_of_a_price_is_carried() -> None:
    coverage = read((FOLDER / "charge_master" / "input.hl7").read_bytes()).coverage
    wanted = {f"MFN.{name}-{n}" for name, positions in FINANCE.items() for n in positions}
    assert wanted <= set(coverage.carried)
    assert not wanted.intersection(coverage.counted)


def test_each_price_of_each_facility_is_a_fact() -> None:
    found = all_of(ChargePrice, read((FOLDER / "charge_master" / "input.hl7").read_bytes()))
    told = [(one.code.code, one.facility, one.price_type, one.price) for one in found]
    assert told == [
        ("4500123", "TESTHOSP", "UP", Decimal("425.00")),
        ("4500123", "TESTHOSP", "TP", Decimal("1200.00")),
        ("4500123", "TESTCLINIC", "UP", Decimal("425.00")),
        ("4500123", "TESTCLINIC", "TP", Decimal("1200.00")),
        ("4500124", "", "", Decimal("12.3456")),
        ("4500125", "", "", None),
        ("4500126", "", "", None),
    ]
    assert [one.action for one in found[4:]] == ["MUP", "MDL", "MDC"]
    assert {str(one.cost) for one in found[:4]} == {"31.1875"}


def test_departments_are_facts_of_their_own() -> None:
    found = prices({3: "RAD^Radiology~CARD", 5: "10.00"})
    assert [one.department.code for one in found if one.department] == ["RAD", "CARD"]


def test_what_has_no_price_of_its_own_is_known_by_its_code() -> None:
    found = prices({15: "N"})
    assert [(one.price, one.chargeable, one.unreadable) for one in found] == [(None, "N", ())]


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({11: "20260201", 12: "20261231"}, "2026-02-01"),
        ({12: "20261231"}, "2026-01-01"),
    ],
)
def test_a_price_holds_since_its_own_day_or_that_of_the_entry(fields: Values, since: str) -> None:
    (found,) = prices({5: "10.00", **fields})
    assert (found.effective, found.expires) == (since, "2026-12-31")


def test_ranges_have_no_price_of_one_unit() -> None:
    found = reading(MFE, segment("PRC", {1: "4711", 5: "50.00&USD^UP^0^9^min^P~80.00&USD^TP"}))
    told = [(one.price, one.unreadable) for one in all_of(ChargePrice, found)]
    assert told == [(None, ("price",)), (Decimal("80.00"), ())]
    assert codes(found) == ["MONEY_RANGED"]


@pytest.mark.parametrize(
    ("sent", "currency", "price", "kind"),
    [
        ("75", "USD", "75.00", ""),
        ("75.00&CAD^UP", "CAD", "75.00", "UP"),
        ("75.00^CAD", "CAD", "75.00", ""),
        ("0.0125", "USD", "0.0125", ""),
        ("75&JPY", "JPY", "75", ""),
    ],
)
def test_prices_of_every_form(sent: str, currency: str, price: str, kind: str) -> None:
    (found,) = prices({5: sent})
    assert (found.currency, str(found.price), found.price_type) == (currency, price, kind)


def test_limits_and_cost_are_prices_of_one_too() -> None:
    (found,) = prices({5: "10.00", 9: "5^USD", 10: "20^USD", 17: "3.1234^USD"})
    assert [str(one) for one in (found.minimum, found.maximum, found.cost)] == ["5.00", "20.00", "3.1234"]


def test_a_cost_in_another_currency_is_not_told_with_the_price() -> None:
    found = reading(MFE, segment("PRC", {1: "4711", 5: "10.00&USD", 9: "MUCH", 17: "3.00^CAD"}))
    told = only(ChargePrice, found)
    assert (told.currency, told.cost, told.minimum) == ("USD", None, None)
    assert told.unreadable == ("minimum", "cost")
    assert codes(found) == ["MONEY_INVALID", "AMOUNT_OTHER_CURRENCY"]


def test_a_cost_alone_says_the_currency() -> None:
    (found,) = prices({17: "3.00^CAD"})
    assert (found.currency, str(found.cost), found.price) == ("CAD", "3.00", None)


def test_an_entry_without_a_code_is_an_issue() -> None:
    bare = segment("MFE", {1: "MAD"})
    assert codes(reading(bare)) == ["ENTRY_EMPTY"]
    assert codes(reading(bare, segment("PRC", {5: "10.00"}))) == ["ENTRY_EMPTY"]


def test_the_code_stands_where_the_version_has_it() -> None:
    bare = segment("MFE", {1: "MUP"})
    by_price = only(ChargePrice, reading(bare, segment("PRC", {1: "P1", 5: "1"})))
    by_entry = only(ChargePrice, reading(MFE, segment("CDM", {3: "ECG"}), segment("PRC", {5: "1"})))
    assert (by_price.code.code, by_entry.code.code, by_entry.description) == ("P1", "4711", "ECG")


def test_a_long_description_stands_in() -> None:
    found = reading(MFE, segment("CDM", {1: "4711", 4: "LONG"}))
    assert only(ChargePrice, found).description == "LONG"
    assert found.coverage.carried["MFN.CDM-4"] == 1


def test_combinations_are_bounded() -> None:
    many = "~".join(f"F{n}" for n in range(40))
    found = reading(MFE, segment("PRC", {1: "4711", 2: many, 3: many, 5: "1"}))
    assert len(all_of(ChargePrice, found)) == 1000
    assert codes(found) == ["PRICES_LEFT_OUT"]


# Which master file it is


def test_the_content_says_what_an_entry_is() -> None:
    found = reading(
        MFE,
        segment("CDM", {1: "4711"}),
        segment("MFE", {1: "MAD", 4: "3WEST"}),
        segment("LOC", {1: "3WEST^301"}),
        kind="MFN^M01",
        version="2.2",
    )
    assert [fact.model_dump()["kind"] for fact in found.facts] == ["charge_price", "location_entry"]
    assert found.units[0].summary == {
        "entries": 2,
        "prices": 1,
        "locations": 1,
        "master": "CDM",
        "file_event": "UPD",
    }


def test_staff_is_counted_and_no_issue() -> None:
    found = reading(MFE, segment("STF", {1: "4711"}), kind="MFN^M02")
    assert (found.facts, found.issues) == ((), ())
    assert found.coverage.counted["MFN.STF-1"] == 1


def test_other_master_files_are_not_read() -> None:
    assert codes(reading(MFE, segment("OM1", {1: "1"}), kind="MFN^M08")) == ["MESSAGE_NOT_READ"]


# Locations


def test_a_location_with_its_departments_and_charges() -> None:
    first, gone = all_of(LocationEntry, read((FOLDER / "locations" / "input.hl7").read_bytes()))
    assert (first.action, first.place.room, first.types) == ("MAD", "301", ("B", "N"))
    assert [one.code for one in first.departments] == ["MED", "SUR"]
    assert [one.code for one in first.charge_codes] == ["ROOM301", "ROOM301B", "ROOM302"]
    assert (gone.action, gone.place.point_of_care) == ("MDL", "4EAST")


def test_a_location_without_a_place_is_an_issue() -> None:
    found = reading(segment("MFE", {1: "MAD"}), segment("LOC", {2: "NOWHERE"}), kind="MFN^M05")
    assert (found.facts, codes(found)) == ((), ["ENTRY_EMPTY"])


@pytest.mark.corpus
def test_real_master_files(corpus: Path) -> None:
    (path,) = (corpus / "hl7v2" / "MFN_M02").iterdir()
    (unit,) = read(path.read_bytes()).units
    assert (unit.kind, unit.summary["entries"]) == ("MFN^M02", 1)
