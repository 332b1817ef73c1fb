"""FHIR supplies: uses, requests, receipts, stock and items; told once, in every release, with labels."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from fhir_trees import changed, leaves, to_xml
from hcfin.billing.charge import Charge
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.purchase import GoodsReceipt
from hcfin.billing.reading import Reading
from hcfin.billing.supply import ItemEntry, StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.standards.fhir import STANDARD
from hcfin.standards.fhir.profile import ExtensionRule, Profile
from hcfin.testing import leaks, plant
from hcfin.wire import json_reader

FHIR = cases.FIXTURES / "fhir"
PAIRS = [
    ("supply_delivery/case_r4", "supply_delivery/case_r5"),
    ("supply_delivery/receipt_r4", "supply_delivery/receipt_r5"),
    ("procedure/devices_r4", "procedure/devices_r5"),
    ("device_usage/r4", "device_usage/r5"),
    ("supply_request/r4", "supply_request/r5"),
    ("charge_item/product_r4", "charge_item/product_r5"),
]
STORIES = [*(name for pair in PAIRS for name in pair), "inventory_report/snapshot"]
STORIES += ["inventory_report/difference", "inventory_item/r5"]
KINDS = [
    *("Procedure", "DeviceUsage", "DeviceUseStatement", "SupplyDelivery", "SupplyRequest"),
    *("InventoryReport", "InventoryItem", "ChargeItem"),
]
ROUTED = Profile(usage=("ChargeItem", "SupplyDelivery", "DeviceUsage", "Procedure"))


def tree_of(name: str) -> Any:
    return json_reader.loads((FHIR / name / "input.json").read_bytes())


def bytes_of(tree: Any) -> bytes:
    return json.dumps(tree, default=float).encode()


def read(tree: Any, profile: Profile | None = None) -> Reading:
    return hcfin.read(bytes_of(tree), standard="fhir", profile=profile)


def resource(tree: Any, kind: str, number: int = 0) -> Any:
    found = [one["resource"] for one in tree["entry"] if one["resource"]["resourceType"] == kind]
    return found[number]


def uses(tree: Any, profile: Profile | None = None) -> list[SupplyUse]:
    return [fact for fact in read(tree, profile).facts if isinstance(fact, SupplyUse)]


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


def delivery(**told: Any) -> dict[str, Any]:
    return {
        "resourceType": "SupplyDelivery",
        "id": "sd1",
        "status": "completed",
        "patient": {"identifier": {"value": "TP001"}},
        "suppliedItem": {"quantity": {"value": 2}, "itemCodeableConcept": {"text": "GAUZE"}},
        "occurrenceDateTime": "2026-11-19",
        **told,
    }


def bundle(*resources: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }


# Releases and forms


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_releases_of_one_story_are_the_same_facts(one: str, other: str) -> None:
    first, second = cases.reading_of(FHIR / one), cases.reading_of(FHIR / other)
    assert first.facts == second.facts
    assert codes(first) == codes(second)


@pytest.mark.parametrize("name", STORIES)
def test_what_is_valid_raises_no_alarm(name: str) -> None:
    found = STANDARD.check((FHIR / name / "input.json").read_bytes())
    assert [issue for issue in found if issue.severity in ("warning", "error")] == []


@pytest.mark.parametrize("kind", ["SupplyDelivery", "SupplyRequest", "Procedure", "InventoryReport"])
def test_a_status_that_the_standard_does_not_have_is_found(kind: str) -> None:
    found = STANDARD.check(bytes_of({"resourceType": kind, "status": "gone"}))
    assert "CODE_NOT_IN_SET" in {issue.code for issue in found}


@pytest.mark.parametrize("name", STORIES)
def test_facts_are_the_same_from_their_json(name: str) -> None:
    for fact in cases.reading_of(FHIR / name).facts:
        assert load_fact(fact_json(fact)) == fact


# A case


def test_a_case_is_told_once() -> None:
    """A stent and two catheters were delivered for CASE-1; the procedure implanted the same stent."""
    stent, catheters = uses(tree_of("supply_delivery/case_r4"))
    assert [(one.quantity, one.unit, one.change) for one in (stent, catheters)] == [
        (Decimal(1), "{each}", "consumed"),
        (Decimal(2), "{each}", "consumed"),
    ]
    assert stent.udi is not None
    assert (stent.udi.device, stent.udi.lot, stent.udi.serial) == ("02000000000015", "LOT7", "SER9")
    assert (stent.case, stent.visit, stent.account, stent.facility) == (
        *("CASE-1", "TV-1", "TA-1"),
        "1999999984",
    )
    assert (stent.location, stent.item.code) == ("CATHLAB-1", "CL-4711")
    assert stent.procedure is not None
    assert stent.procedure.code == "92928"
    assert (stent.charge_id, catheters.charge_id) == ("T-2001", "")
    assert catheters.case == "CASE-1"  # the only procedure of the patient on that day


def test_the_charge_is_read_beside_the_use_and_has_the_amount() -> None:
    reading = read(tree_of("supply_delivery/case_r4"))
    (charge,) = [fact for fact in reading.facts if isinstance(fact, Charge)]
    assert (charge.amount, charge.transaction_id) == (Decimal("9800.00"), "T-2001")
    assert codes(reading) == ["USE_TOLD_TWICE"]


@pytest.mark.parametrize("last", ["SupplyDelivery", "Procedure"])
def test_who_tells_of_a_use_is_up_to_the_profile(last: str) -> None:
    """The stent is one use whoever tells of it, and never two."""
    order: Any = [one for one in ("SupplyDelivery", "Procedure") if one != last] + [last]
    told = uses(tree_of("supply_delivery/case_r4"), Profile(usage=tuple(order)))
    assert sum(1 for one in told if one.item.code == "CL-4711") == 1
    stent = next(one for one in told if one.item.code == "CL-4711")
    assert stent.id == ("CASE-1" if last == "SupplyDelivery" else "SD-1")


def test_two_deliveries_of_an_item_are_two_uses() -> None:
    again = delivery(id="sd2", identifier=[{"value": "SD-2"}])
    assert len(uses(bundle(delivery(), again))) == 2


def test_the_same_item_of_another_patient_is_another_use() -> None:
    item = {"coding": [{"system": "urn:oid:2.999.20", "code": "CL-1"}]}
    given_ = delivery(suppliedItem={"itemCodeableConcept": item})
    used: Any = {"resourceType": "Procedure", "status": "completed", "usedCode": [item]}
    same = {**used, "subject": {"identifier": {"value": "TP001"}}}
    other = {**used, "subject": {"identifier": {"value": "TP002"}}}
    assert len(uses(bundle(given_, same))) == 1
    assert len(uses(bundle(given_, other))) == 2


def test_what_was_not_done_takes_nothing_from_what_was() -> None:
    tree = tree_of("supply_delivery/case_r4")
    resource(tree, "SupplyDelivery")["status"] = "abandoned"
    told = uses(tree)
    assert [(one.id, one.item.code) for one in told] == [("CASE-1", "CL-4711"), ("SD-2", "CL-1201")]


def test_products_of_charges_are_uses_where_the_profile_says_so() -> None:
    tree = tree_of("charge_item/product_r4")
    assert codes(read(tree)) == ["USE_NOT_ROUTED"]
    (use,) = uses(tree, ROUTED)
    assert (use.charge_id, use.quantity, use.charge_code.code if use.charge_code else "") == (
        *("T-2002", Decimal(1)),
        "27800471",
    )
    assert len([fact for fact in read(tree, ROUTED).facts if isinstance(fact, Charge)]) == 1


def test_of_several_products_none_is_counted_by_the_charge() -> None:
    tree = tree_of("charge_item/product_r5")
    item = resource(tree, "ChargeItem")
    item["quantity"] = {"value": 5}
    item["product"].append({"concept": {"coding": [{"code": "CL-1201"}]}})
    told = uses(tree, ROUTED)
    assert [(one.id, one.quantity, one.charge_id) for one in told] == [
        ("T-2002", Decimal(1), ""),
        ("T-2002/2", Decimal(1), ""),
    ]


@pytest.mark.parametrize("told", ["reference", "identifier", "text"])
def test_a_case_that_an_extension_names(told: str) -> None:
    url = "https://example.org/case"
    value: Any = {
        "reference": {"valueReference": {"reference": "Procedure/pr9"}},
        "identifier": {"valueIdentifier": {"value": "CASE-9"}},
        "text": {"valueString": "CASE-9"},
    }[told]
    procedure = {"resourceType": "Procedure", "id": "pr9", "identifier": [{"value": "CASE-9"}]}
    rule = ExtensionRule(resource="SupplyDelivery", url=url, field="case")
    tree = bundle(procedure, delivery(extension=[{"url": url, **value}]))
    (use,) = uses(tree, Profile(extensions=(rule,)))
    assert use.case == "CASE-9"


def test_two_procedures_on_a_day_name_no_case() -> None:
    tree = tree_of("supply_delivery/case_r4")
    other = deepcopy(resource(tree, "Procedure"))
    other.update(id="pr2", identifier=[{"value": "CASE-2"}])
    tree["entry"].append({"resource": other})
    assert {one.case for one in uses(tree)} == {""}


# What became of it


def test_a_procedure_implants_takes_out_and_uses() -> None:
    """The stent that was implanted is among what was used, too: that is one piece."""
    implanted, explanted, used = uses(tree_of("procedure/devices_r4"))
    assert [one.change for one in (implanted, explanted, used)] == ["consumed", "explanted", "consumed"]
    assert implanted.udi is not None
    assert explanted.udi is not None
    assert (implanted.udi.serial, explanted.udi.serial) == ("SER9", "SER1")
    assert [one.id for one in (implanted, explanted, used)] == ["CASE-1", "CASE-1/2", "CASE-1/3"]


@pytest.mark.parametrize(
    ("actions", "changes", "issues"),
    [
        ({"implanted": "wasted", "explanted": "ignore"}, ["wasted", "consumed"], []),
        ({"*": "consumed"}, ["consumed", "consumed", "consumed"], []),
        ({}, ["consumed", "consumed"], ["DEVICE_ACTION_UNKNOWN", "DEVICE_ACTION_UNKNOWN"]),
    ],
)
def test_actions_are_what_the_profile_says(actions: Any, changes: list[str], issues: list[str]) -> None:
    """A focal device of which nobody knows what became is used where it is among what was used."""
    tree = tree_of("procedure/devices_r4")
    profile = Profile(device_actions=actions)
    assert [one.change for one in uses(tree, profile)] == changes
    assert codes(read(tree, profile)) == issues


@pytest.mark.parametrize(
    ("kind", "status", "change"),
    [
        ("SupplyDelivery", "completed", "consumed"),
        ("SupplyDelivery", "entered-in-error", "returned"),
        ("SupplyDelivery", "in-progress", ""),
        ("SupplyDelivery", "abandoned", ""),
        ("Procedure", "completed", "consumed"),
        ("Procedure", "stopped", "consumed"),
        ("Procedure", "entered-in-error", "returned"),
        *(("Procedure", status, "") for status in ("not-done", "preparation", "in-progress", "on-hold", "")),
        ("DeviceUsage", "active", "consumed"),
        ("DeviceUsage", "entered-in-error", "returned"),
        *(("DeviceUsage", status, "") for status in ("not-done", "intended", "on-hold")),
    ],
)
def test_statuses(kind: str, status: str, change: str) -> None:
    item = {"coding": [{"code": "CL-1"}]}
    told: Any = {
        "SupplyDelivery": delivery(),
        "Procedure": {"resourceType": kind, "id": "pr1", "usedCode": [item]},
        "DeviceUsage": {"resourceType": kind, "id": "du1", "device": {"concept": item}},
    }[kind]
    reading = read({**told, "status": status})
    found = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert [one.change for one in found] == ([change] if change else [])
    assert codes(reading) == ([] if change else ["SUPPLY_NOT_DONE"])
    assert [one.reverses for one in found] == (
        [told["id"] if status == "entered-in-error" else ""] if change else []
    )


def test_an_explanted_device_has_no_opposite() -> None:
    tree = tree_of("procedure/devices_r4")
    resource(tree, "Procedure")["status"] = "entered-in-error"
    reading = read(tree)
    assert codes(reading) == ["SUPPLY_TAKEN_BACK"]
    assert {fact.change for fact in reading.facts if isinstance(fact, SupplyUse)} == {"returned"}


def test_the_facility_is_that_of_who_performed_it_or_of_the_stay_or_of_the_place_or_of_the_profile() -> None:
    tree = tree_of("procedure/devices_r4")
    procedure = resource(tree, "Procedure")
    procedure["performer"] = [{"actor": {"display": "x"}, "onBehalfOf": {"identifier": {"value": "ORG-7"}}}]
    assert {one.facility for one in uses(tree)} == {"ORG-7"}
    del procedure["performer"]
    assert {one.facility for one in uses(tree)} == {"1999999984"}
    del resource(tree, "Encounter")["serviceProvider"]
    resource(tree, "Location")["managingOrganization"] = {"identifier": {"value": "ORG-8"}}
    assert {one.facility for one in uses(tree)} == {"ORG-8"}
    del resource(tree, "Location")["managingOrganization"]
    assert {one.facility for one in uses(tree, Profile(facility="TESTFAC"))} == {"TESTFAC"}


def test_a_procedure_without_supplies_is_not_read() -> None:
    reading = read({"resourceType": "Procedure", "status": "completed"})
    assert (reading.facts, codes(reading)) == ((), ["RESOURCE_NOT_READ"])


# Quantities


@pytest.mark.parametrize(
    ("quantity", "expected", "unit", "unreadable"),
    [
        ({"value": 2}, "2", "", ()),
        ({}, "1", "", ()),
        ({"value": 0.5, "unit": "box"}, "0.5", "box", ()),
        ({"value": 3, "unit": "each", "code": "{each}"}, "3", "{each}", ()),
        ({"value": "two"}, "1", "", ("quantity",)),
        ({"value": 5, "comparator": ">"}, "5", "", ("quantity",)),
        ({"value": 10**12}, "1", "", ("quantity",)),
    ],
)
def test_quantities_and_their_units(quantity: Any, expected: str, unit: str, unreadable: Any) -> None:
    reading = read(delivery(suppliedItem={"quantity": quantity, "itemCodeableConcept": {"text": "GAUZE"}}))
    (use,) = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert (str(use.quantity), use.unit, use.unreadable) == (expected, unit, unreadable)
    assert codes(reading) == ["AMOUNT_NOT_READ"] * len(unreadable)


def test_a_minus_is_a_return() -> None:
    (use,) = uses(
        delivery(suppliedItem={"quantity": {"value": -2}, "itemCodeableConcept": {"text": "GAUZE"}})
    )
    assert (use.change, use.quantity) == ("returned", Decimal(2))


def test_what_is_asked_for_without_a_quantity_cannot_be_read() -> None:
    tree = tree_of("supply_request/r4")
    del resource(tree, "SupplyRequest")["quantity"]
    request = next(fact for fact in read(tree).facts if isinstance(fact, SupplyRequest))
    assert (request.quantity, request.unreadable) == (Decimal(0), ("quantity",))


# Labels


def with_device(device: dict[str, Any], kind: str = "Device") -> dict[str, Any]:
    inside = {"resourceType": kind, "id": "d1", **device}
    return delivery(contained=[inside], suppliedItem={"itemReference": {"reference": "#d1"}})


LABEL = "(01)02000000000015(17)280131(10)LOT7(21)SER9"


@pytest.mark.parametrize(
    ("carrier", "issues"),
    [
        ({"carrierHRF": LABEL}, []),
        ({"carrierHRF": LABEL, "deviceIdentifier": "02000000000015"}, []),
        ({"carrierHRF": LABEL, "deviceIdentifier": "02000000000022"}, ["UDI_DISAGREES"]),
        ({"carrierAIDC": base64.b64encode(b"01020000000000151728013110LOT7\x1d21SER9").decode()}, []),
    ],
)
def test_a_label_is_taken_apart(carrier: dict[str, str], issues: list[str]) -> None:
    reading = read(with_device({"udiCarrier": [carrier]}))
    (use,) = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert use.udi is not None
    parts = (use.udi.device, use.udi.lot, use.udi.serial, use.udi.expires, use.item.device)
    assert parts == ("02000000000015", "LOT7", "SER9", "2028-01-31", "02000000000015")
    assert codes(reading) == issues


def test_a_label_that_cannot_be_read_is_kept_as_text() -> None:
    wrong = LABEL.replace("00015", "00016")
    reading = read(with_device({"udiCarrier": [{"carrierHRF": wrong}], "lotNumber": "LOT7"}))
    (use,) = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert use.udi is not None
    assert (use.udi.carrier, use.udi.device, use.udi.lot) == (wrong, "", "LOT7")
    assert codes(reading) == ["UDI_UNREADABLE"]


@pytest.mark.parametrize("text", ["!", "AAAA", "é", "A" * 1000])
def test_a_scan_that_is_no_label_says_nothing(text: str) -> None:
    (use,) = uses(with_device({"udiCarrier": [{"carrierAIDC": text}]}))
    assert use.udi is None


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        ("Device", {"distinctIdentifier": "A9999"}, ("donation", "A9999")),
        ("Device", {"biologicalSourceEvent": {"identifier": {"value": "A9999"}}}, ("donation", "A9999")),
        ("Medication", {"batch": {"lotNumber": "L5"}}, ("lot", "L5")),
        ("InventoryItem", {"instance": {"lotNumber": "L5", "expiry": "2028-01"}}, ("expires", "2028-01")),
        ("BiologicallyDerivedProduct", {"biologicalSourceEvent": {"value": "A9"}}, ("donation", "A9")),
    ],
)
def test_other_products_say_which_piece_they_are(kind: str, told: Any, expected: tuple[str, str]) -> None:
    (use,) = uses(with_device(told, kind))
    assert use.udi is not None
    assert getattr(use.udi, expected[0]) == expected[1]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"itemCodeableConcept": {"coding": [{"code": "CL-1", "display": "GAUZE"}]}}, ("CL-1", "", "GAUZE")),
        ({"itemCodeableConcept": {"text": "GAUZE"}}, ("", "", "GAUZE")),
        (
            {
                "itemCodeableConcept": {
                    "coding": [
                        {"system": "http://snomed.info/sct", "code": "1"},
                        {"system": "urn:oid:2.999.20", "code": "CL-1"},
                        {"system": "https://www.gs1.org/gtin", "code": "2000000000015"},
                    ]
                }
            },
            ("CL-1", "02000000000015", ""),
        ),
        ({"itemReference": {"type": "Medication", "identifier": {"value": "MED-1"}}}, ("MED-1", "", "")),
        ({"itemReference": {"reference": "Device/77", "display": "STENT"}}, ("", "", "STENT")),
    ],
)
def test_items_by_what_is_told_of_them(item: Any, expected: tuple[str, str, str]) -> None:
    (use,) = uses(delivery(suppliedItem=item))
    assert (use.item.code, use.item.device, use.item.description) == expected


# Requests, receipts, stock, items


def test_requests_are_new_or_cancelled() -> None:
    reading = read(tree_of("supply_request/r5"))
    first, second = [fact for fact in reading.facts if isinstance(fact, SupplyRequest)]
    assert (first.change, first.number, first.quantity, first.unit) == ("new", "SR-1", Decimal(10), "{box}")
    assert (first.supplier, first.location, first.needed_by) == ("HC-100", "CATHLAB-1", "2026-11-25")
    assert (second.change, second.item.device) == ("cancelled", "02000000000015")
    assert codes(reading) == ["SUPPLY_NOT_DONE"]  # a draft asks for nothing yet


def test_a_plan_asks_for_nothing() -> None:
    tree = tree_of("supply_request/r5")
    resource(tree, "SupplyRequest")["intent"] = "proposal"
    assert codes(read(tree)) == ["SUPPLY_NOT_DONE", "SUPPLY_NOT_DONE"]


def test_goods_arrive_or_are_on_their_way() -> None:
    arrived, coming = [
        fact for fact in read(tree_of("supply_delivery/receipt_r5")).facts if isinstance(fact, GoodsReceipt)
    ]
    assert (arrived.state, arrived.number, arrived.order, arrived.moved) == (
        *("received", "RC-7", "PO-77"),
        "2026-11-18",
    )
    assert (coming.state, coming.expected, coming.moved) == ("shipped", "2026-11-30", "")
    assert [(line.item.code, line.quantity, line.unit) for line in arrived.lines] == [
        ("CL-2210", Decimal(10), "{box}")
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "entered-in-error"}, "SUPPLY_TAKEN_BACK"),
        ({"status": "abandoned"}, "SUPPLY_NOT_DONE"),
        ({"suppliedItem": []}, "SUPPLY_EMPTY"),
        ({"suppliedItem": [{"quantity": {"value": 1}}]}, "SUPPLY_EMPTY"),
    ],
)
def test_what_is_no_receipt(change: Any, code: str) -> None:
    told = {**delivery(), **change}
    del told["patient"]
    reading = read(told)
    assert reading.facts == ()
    assert set(codes(reading)) == {code}


def test_a_line_without_a_quantity_holds_its_receipt() -> None:
    told = delivery(suppliedItem={"itemCodeableConcept": {"text": "GAUZE"}})
    del told["patient"]
    (receipt,) = read(told).facts
    assert receipt.unreadable == ("lines.quantity",)


def test_a_snapshot_tells_levels_and_a_difference_changes() -> None:
    levels = cases.reading_of(FHIR / "inventory_report/snapshot").facts
    assert [(one.item.code, one.on_hand, one.unit) for one in levels if isinstance(one, StockLevel)] == [
        ("CL-1201", Decimal(7), "{each}"),
        ("CL-2210", Decimal("31.5"), "{vial}"),
    ]
    changes = cases.reading_of(FHIR / "inventory_report/difference").facts
    found = [one for one in changes if isinstance(one, StockAdjustment)]
    assert [(one.id, one.change, one.quantity) for one in found] == [
        ("IR-1", "expiry", Decimal(-3)),
        ("IR-1/2", "expiry", Decimal(-1)),
    ]


@pytest.mark.parametrize(
    ("operation", "expected", "unreadable"),
    [
        ("addition", "3", ()),
        ("subtraction", "-3", ()),
        ("", "3", ()),
        ("sold", "3", ("quantity",)),
    ],
)
def test_operations_have_signs(operation: str, expected: str, unreadable: Any) -> None:
    tree = tree_of("inventory_report/difference")
    report = resource(tree, "InventoryReport")
    report["operationType"] = {"text": operation}
    change = next(fact for fact in read(tree).facts if isinstance(fact, StockAdjustment))
    assert (str(change.quantity), change.unreadable, change.change) == (expected, unreadable, "count")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("draft", "snapshot", "SUPPLY_NOT_DONE"),
        ("entered-in-error", "snapshot", "SUPPLY_NOT_DONE"),
        ("entered-in-error", "difference", "SUPPLY_TAKEN_BACK"),
    ],
)
def test_reports_that_do_not_count(status: str, kind: str, code: str) -> None:
    tree = tree_of("inventory_report/snapshot")
    resource(tree, "InventoryReport").update(status=status, countType=kind)
    reading = read(tree)
    assert (reading.facts, codes(reading)) == ((), [code])


@pytest.mark.parametrize(
    ("status", "action"),
    [("active", "MUP"), ("inactive", "MDC"), ("entered-in-error", "MDL"), ("unknown", "")],
)
def test_entries_of_the_item_list(status: str, action: str) -> None:
    tree = tree_of("inventory_item/r5")
    item = resource(tree, "InventoryItem")
    item["status"] = status
    item["responsibleOrganization"].append(
        {"role": {"coding": [{"code": "manufacturer"}]}, "organization": {"display": "EXAMPLE MAKER"}}
    )
    found = [fact for fact in read(tree).facts if isinstance(fact, ItemEntry)]
    assert [(one.action, one.supplier, one.item.manufacturer, one.stock_unit) for one in found] == (
        [(action, "HC-100", "EXAMPLE MAKER", "{vial}")] if action else []
    )


# What holds for every resource


@pytest.mark.parametrize("place", ["resource", "item", "device"])
@pytest.mark.parametrize("known", [False, True])
def test_a_modifier_extension_is_never_silent(place: str, known: bool) -> None:
    told = [{"url": "https://example.org/not-really", "valueBoolean": True}]
    tree = with_device({"modifierExtension": told} if place == "device" else {})
    if place == "resource":
        tree["modifierExtension"] = told
    if place == "item":
        tree["suppliedItem"]["modifierExtension"] = told
    profile = Profile(modifiers=("https://example.org/not-really",) if known else ())
    reading = read(tree, profile)
    (use,) = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert bool(use.unreadable) == (not known)
    assert ("MODIFIER_EXTENSION" in codes(reading)) == (not known)


def test_a_modifier_extension_of_a_device_elsewhere_in_the_bundle_holds_its_use() -> None:
    tree = tree_of("device_usage/r4")
    resource(tree, "Device")["modifierExtension"] = [{"url": "https://example.org/x", "valueBoolean": True}]
    reading = read(tree)
    (use,) = [fact for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert use.unreadable == ("modifier_extension",)
    assert "MODIFIER_EXTENSION" in codes(reading)


def test_every_use_says_where_it_stood() -> None:
    reading = read(tree_of("procedure/devices_r5"))
    found = [str(reading.place(fact, "quantity")) for fact in reading.facts if isinstance(fact, SupplyUse)]
    assert [place.rpartition("/resource")[2].removesuffix("/quantity") for place in found] == [
        "/focalDevice/0",
        "/focalDevice/1",
        "/used/1",
    ]


@pytest.mark.parametrize(
    ("name", "profile", "expected"),
    [
        ("supply_delivery/case_r4", None, ["/suppliedItem/quantity", "/suppliedItem/quantity"]),
        ("supply_delivery/case_r5", None, ["/suppliedItem/0/quantity", "/suppliedItem/0/quantity"]),
        ("charge_item/product_r5", ROUTED, ["/quantity"]),
        ("inventory_report/snapshot", None, ["/inventoryListing/0/item/0/quantity"]),
    ],
)
def test_a_quantity_that_cannot_be_read_is_placed_where_it_stands(
    name: str, profile: Profile | None, expected: list[str]
) -> None:
    """Each quantity of the story is broken in turn."""
    tree = tree_of(name)
    places = []
    for path, value in list(leaves(tree)):
        if path[-2:] == ("quantity", "value"):
            reading = read(changed(tree, path, "x" + str(value)), profile)
            found = [issue for issue in reading.issues if issue.code == "AMOUNT_NOT_READ"]
            assert found
            pointer = "".join(f"/{step}" for step in path)
            assert {str(issue.origin.element) for issue in found if issue.origin} == {pointer}
            places.append(pointer.rpartition("/resource")[2].removesuffix("/value"))
    assert places[: len(expected)] == expected


@pytest.mark.parametrize("name", STORIES)
def test_nothing_of_a_patient_shows(name: str) -> None:
    facts = cases.reading_of(FHIR / name).facts
    planted, sentinels = plant(facts)
    assert leaks(repr(planted), sentinels) == []


@pytest.mark.parametrize("name", STORIES)
def test_xml_gives_the_same_facts(name: str) -> None:
    tree = tree_of(name)
    assert hcfin.read(to_xml(tree)).facts == read(tree).facts


_PARTS = st.sampled_from(
    [
        *(
            "suppliedItem",
            "item",
            "quantity",
            "value",
            "itemReference",
            "reference",
            "coding",
            "code",
            "used",
        ),
        *("usedCode", "focalDevice", "action", "manipulated", "device", "product", "contained", "udiCarrier"),
        *("inventoryListing", "location", "extension", "subject", "concept", "responsibleOrganization"),
    ]
)
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("#d1"),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_PARTS, inside, max_size=4),
    max_leaves=14,
)


@given(
    _TREES, st.sampled_from(KINDS), st.sampled_from(["active", "completed", "billable", "entered-in-error"])
)
def test_any_tree(inside: Any, kind: str, status: str) -> None:
    tree = inside if isinstance(inside, dict) else {"suppliedItem": inside, "focalDevice": inside}
    told = {"resourceType": kind, "status": status, "countType": "snapshot", **tree}
    other = {"resourceType": "SupplyDelivery", "status": "completed", "patient": {"display": "x"}, **tree}
    for data in (told, bundle(told, other)):
        reading = read(data, ROUTED)
        assert reading.facts or reading.issues
        assert all(load_fact(fact_json(fact)) == fact for fact in reading.facts)


@pytest.mark.corpus
def test_supplies_of_the_corpus_are_read_or_explained(corpus: Path) -> None:
    """Each file of others ends in the facts of its kind, or in an issue that says why not."""
    kinds: dict[str, tuple[type[Any], ...]] = {
        "SupplyRequest": (SupplyRequest,),
        "SupplyDelivery": (SupplyUse, GoodsReceipt),
        "InventoryReport": (StockLevel, StockAdjustment),
        "InventoryItem": (ItemEntry,),
    }
    read_ = 0
    for kind, facts in kinds.items():
        for path in sorted((corpus / "fhir" / kind).iterdir()):
            reading = hcfin.read(path, standard="fhir")
            assert {unit.kind for unit in reading.units} == {kind}, path.name
            assert all(isinstance(fact, facts) for fact in reading.facts), path.name
            assert reading.facts or set(codes(reading)) <= {"SUPPLY_NOT_DONE", "SUPPLY_EMPTY"}, path.name
            read_ += len(reading.facts)
    assert read_ >= 9
