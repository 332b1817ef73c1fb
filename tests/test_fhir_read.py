"""FHIR read: the worked figures of the fixtures, exact amounts in every form, references, origins, and that
nothing of a patient gets out by way of issues, units or texts."""

from __future__ import annotations

import gzip
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from fhir_trees import changed, damaged, leaves, to_xml
from hcfin.billing.charge import Charge
from hcfin.billing.claim import Claim
from hcfin.billing.facts import load_fact
from hcfin.billing.reading import Reading
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.standards.fhir import STANDARD
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

FHIR = cases.FIXTURES / "fhir"
JSON = [
    case
    for unit in cases.folders("fhir")
    for case in cases.folders("fhir", unit.name)
    if (case / "input.json").exists()
]
SENTINEL = "ROESENTINEL"


def short(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def tree_of(name: str) -> Any:
    return json_reader.loads((FHIR / name / "input.json").read_bytes())


def bytes_of(tree: Any) -> bytes:
    return dumps(tree, numbers="number").encode()


def read(tree: Any) -> Reading:
    return hcfin.read(bytes_of(tree), standard="fhir")


def facts_of(name: str, kind: type[Any]) -> list[Any]:
    return [fact for fact in read(tree_of(name)).facts if isinstance(fact, kind)]


def amount(value: str) -> dict[str, Any]:
    return {"value": Decimal(value), "currency": "USD"}


def resource(tree: Any, kind: str) -> Any:
    return next(entry["resource"] for entry in tree["entry"] if entry["resource"]["resourceType"] == kind)


# Worked figures


def test_a_response_with_reasons() -> None:
    """250.00 charged; CO-45 80.00 and 20.00, PR-2 24.00; 126.00 paid."""
    (claim,) = facts_of("claim_response/with_reasons", ClaimPayment)
    assert (claim.charged, claim.paid, claim.status) == (Decimal("250.00"), Decimal("126.00"), "1")
    told = [(one.group, one.reason, str(one.amount)) for one, _ in claim.all_adjustments()]
    assert told == [("CO", "45", "80.00"), ("PR", "2", "24.00"), ("CO", "45", "20.00")]
    assert [(str(line.charged), str(line.paid)) for line in claim.lines] == [
        ("200.00", "96.00"),
        ("50.00", "30.00"),
    ]
    (header,) = facts_of("claim_response/with_reasons", Remittance)
    assert (header.payment, header.trace, header.payment_date.isoformat()) == (
        Decimal("126.00"),
        "EFT0001",
        "2026-12-03",
    )
    assert header.totals.patient_responsibility == Decimal("24.00")
    assert dict(header.totals.adjustments) == {"CO": Decimal("100.00"), "PR": Decimal("24.00")}


@pytest.mark.parametrize("name", ["categories", "two_codings", "header_amounts"])
def test_categories_stand_in_for_reasons(name: str) -> None:
    """200.00 submitted, 120.00 eligible, 20.00 copay, 10.00 deductible: 90.00 is paid."""
    (claim,) = facts_of(f"explanation_of_benefit/{name}", ClaimPayment)
    told = {one.reason: str(one.amount) for one, _ in claim.all_adjustments()}
    assert told == {"ineligible": "80.00", "copay": "20.00", "deductible": "10.00"}
    assert (
        claim.charged - sum(one.amount for one, _ in claim.all_adjustments())
        == claim.paid
        == Decimal("90.00")
    )


def test_a_cancelled_benefit_takes_back_all_of_it() -> None:
    (given_,), (taken,) = (
        facts_of(f"explanation_of_benefit/{name}", ClaimPayment) for name in ("categories", "cancelled")
    )
    assert (taken.charged, taken.paid, taken.status) == (-given_.charged, -given_.paid, "22")
    pairs = zip(given_.all_adjustments(), taken.all_adjustments(), strict=True)
    assert all(one.amount == -other.amount for (one, _), (other, _) in pairs)


def test_a_predetermination_is_told_by_its_status() -> None:
    (claim,) = facts_of("explanation_of_benefit/predetermination", ClaimPayment)
    assert claim.status == "25"


def test_prices_of_charges() -> None:
    """Two at 42.00; entered in error takes them back."""
    assert facts_of("charge_item/r4", Charge) == facts_of("charge_item/r5", Charge)
    (one,), (taken,) = facts_of("charge_item/r4", Charge), facts_of("charge_item/taken_back", Charge)
    assert (one.amount, one.quantity) == (Decimal("84.00"), Decimal(2))
    assert (taken.amount, taken.quantity, taken.reverses) == (
        Decimal("-84.00"),
        Decimal(-2),
        one.transaction_id,
    )
    (vendor,) = facts_of("charge_item/vendor_prices", Charge)
    assert (vendor.amount, vendor.unit_price, vendor.revenue_code) == (
        Decimal("84.00"),
        Decimal("42.00"),
        "0301",
    )


def test_components_of_an_invoice() -> None:
    """84.00 less a discount of 4.00."""
    (claim,) = facts_of("invoice/self_pay", Claim)
    assert (claim.charged, [line.charged for line in claim.lines]) == (Decimal("80.00"), [Decimal("80.00")])
    assert claim.filing_indicator == "09"


def test_hl7_s_own_example_leaves_systems_out() -> None:
    """Its amounts are what its codes say, and its contradictions are issues with both figures."""
    tree = tree_of("explanation_of_benefit/categories")
    for path, value in list(leaves(tree)):
        if path[-1] == "system" and value == "http://terminology.hl7.org/CodeSystem/adjudication":
            tree = changed(tree, path, None)
    assert read(tree).facts == read(tree_of("explanation_of_benefit/categories")).facts
    item = resource(tree, "ExplanationOfBenefit")["item"][0]
    item["adjudication"][-1]["amount"] = amount("96.00")
    (issue,) = [one for one in read(tree).issues if one.code == "REMIT_UNBALANCED_LINE"]
    assert dict(issue.values)["expected"] == "90.00"
    assert dict(issue.values)["actual"] == "96.00"


# Forms


@pytest.mark.parametrize("case", JSON, ids=short)
def test_every_form_of_a_text_gives_the_same_facts(case: Path) -> None:
    tree = json_reader.loads((case / "input.json").read_bytes())
    expected = read(tree)
    for data in (
        to_xml(tree),
        gzip.compress(bytes_of(tree)),
        b"\xef\xbb\xbf" + bytes_of(tree),
        bytes_of([tree]),
        bytes_of(tree) + b"\n" + bytes_of({"resourceType": "Organization", "id": "other"}),
    ):
        found = hcfin.read(data)
        assert found.facts == expected.facts
        assert [issue.code for issue in found.issues] == [issue.code for issue in expected.issues]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_amounts_have_the_digits_that_were_sent(value: Decimal) -> None:
    tree = tree_of("charge_item_definition/price")
    tree["propertyGroup"][0]["priceComponent"][0]["amount"] = {"value": value, "currency": "USD"}
    for data in (bytes_of(tree), to_xml(tree)):
        (price,) = hcfin.read(data).facts
        assert str(price.price) == str(value)


@pytest.mark.parametrize("value", ["112.41600000000001", "1.005"])
def test_more_decimals_than_the_currency_has_are_never_rounded(value: str) -> None:
    tree = tree_of("claim_response/with_reasons")
    resource(tree, "ClaimResponse")["total"][1]["amount"] = amount(value)
    reading = read(tree)
    (issue,) = [one for one in reading.issues if one.code == "AMOUNT_NOT_READ"]
    assert issue.origin is not None
    assert issue.origin.element.endswith("/total/1/amount/value")
    (claim,) = [fact for fact in reading.facts if isinstance(fact, ClaimPayment)]
    assert claim.unreadable


def test_yen_have_no_decimals() -> None:
    tree = tree_of("charge_item/r4")
    resource(tree, "ChargeItem")["priceOverride"] = {"value": 8400, "currency": "JPY"}
    charge = read(tree).facts[-1]
    assert (str(charge.amount), charge.currency) == ("8400", "JPY")


def test_two_currencies_are_an_issue() -> None:
    tree = tree_of("claim_response/with_reasons")
    resource(tree, "ClaimResponse")["item"][0]["adjudication"][1]["amount"]["currency"] = "EUR"
    reading = read(tree)
    assert [dict(one.values) for one in reading.issues if one.code == "CURRENCY_MIXED"]
    assert "currency" in next(fact for fact in reading.facts if isinstance(fact, ClaimPayment)).unreadable


# References


def bundle(reference: Any, full: str, contained: bool = False) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p1", "identifier": [{"value": "TP001"}]}
    item: dict[str, Any] = {
        "resourceType": "ChargeItem",
        "id": "c1",
        "status": "billable",
        "code": {"text": "x"},
        "subject": reference,
        "priceOverride": amount("1.00"),
    }
    entries: list[Any] = [{"fullUrl": "https://example.org/fhir/ChargeItem/c1", "resource": item}]
    if contained:
        item["contained"] = [patient]
    else:
        entries.append({"fullUrl": full, "resource": patient})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


FULL = "https://example.org/fhir/Patient/p1"


@pytest.mark.parametrize(
    ("reference", "full", "contained"),
    [
        ({"reference": FULL}, FULL, False),
        ({"reference": "Patient/p1"}, FULL, False),
        ({"reference": "Patient/p1/_history/3"}, FULL, False),
        ({"reference": "https://other.example.org/Patient/p1"}, FULL, False),
        ({"reference": "Patient/p1"}, "", False),
        (
            {"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"},
            "urn:uuid:00000000-0000-4000-8000-000000000001",
            False,
        ),
        ({"reference": "#p1"}, "", True),
        ({"identifier": {"value": "TP001"}}, FULL, False),
        ({"reference": "Patient/p2", "identifier": {"value": "TP001"}}, FULL, False),
    ],
)
def test_what_references_lead_to(reference: Any, full: str, contained: bool) -> None:
    for data in (bytes_of(bundle(reference, full, contained)), to_xml(bundle(reference, full, contained))):
        charge = next(fact for fact in hcfin.read(data).facts if isinstance(fact, Charge))
        assert charge.patient_id == "TP001"


def test_what_is_not_here_is_named_by_its_id() -> None:
    charge = read(bundle({"reference": "Patient/p2"}, FULL)).facts[0]
    assert charge.patient_id == "p2"
    data = bytes_of(bundle({"reference": "#p2"}, FULL, contained=True))
    assert "REFERENCE_DANGLING" in {issue.code for issue in STANDARD.check(data)}


def test_a_patient_is_told_once() -> None:
    """By the account, if another resource refers to him; else by himself."""
    alone = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource(tree_of("account/r4"), "Patient")}],
    }
    (account,) = read(alone).facts
    assert (account.event, account.patient_id) == ("Patient", "TP001")
    assert [fact.event for fact in read(tree_of("account/r4")).facts] == ["Coverage", "Account"]


# Origins and coverage


def test_every_node_says_where_it_stood() -> None:
    tree = tree_of("payment_reconciliation/r4")
    reading = read(tree)
    (claim,) = [fact for fact in reading.facts if isinstance(fact, ClaimPayment)]
    assert [str(reading.place(line, "charged")).rpartition("/item")[2] for line in claim.lines] == [
        "/0/charged",
        "/1/charged",
    ]
    place = str(reading.place(claim.lines[0].adjustments[0], "amount"))
    assert "/item/0/adjudication/1" in place


@pytest.mark.parametrize("case", JSON, ids=short)
def test_every_leaf_is_counted_once(case: Path) -> None:
    tree = json_reader.loads((case / "input.json").read_bytes())
    reading = read(tree)
    resources = [entry["resource"] for entry in tree["entry"]] if "entry" in tree else [tree]
    count = sum(
        1
        for one in resources
        for path, value in leaves(one)
        if path[-1] != "resourceType" and value is not None
    )
    assert sum(reading.coverage.carried.values()) + sum(reading.coverage.counted.values()) == count


# Nothing gets out


def texts(reading: Reading) -> str:
    return "\n".join(
        (
            *(f"{issue} {issue!r} {issue.to_dict()}" for issue in reading.issues),
            *(repr(fact) for fact in reading.facts),
            *(f"{unit.kind} {unit.control} {unit.summary}" for unit in reading.units),
            repr(reading),
        )
    )


# What a finance resource is called is told in summaries; what a business is called is no patient data.
_SHOWN = ("id", "resourceType")


@pytest.mark.parametrize("case", JSON, ids=short)
def test_no_value_stands_in_issues_units_or_texts(case: Path) -> None:
    tree = json_reader.loads((case / "input.json").read_bytes())
    people = {"Patient", "RelatedPerson", "Coverage"}
    for path, value in list(leaves(tree)):
        where = tree
        kinds = []
        for step in path:
            if isinstance(where, dict):
                kinds.append(where.get("resourceType"))
            where = where[step]
        personal = people & set(kinds) or path[-1] in (
            "family",
            "given",
            "valueString",
            "display",
            "birthDate",
        )
        if isinstance(value, str) and personal and path[-1] not in _SHOWN:
            shown = texts(read(changed(tree, path, SENTINEL)))
            assert SENTINEL not in shown, path
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            assert SENTINEL not in texts(read(changed(tree, path, SENTINEL))), path


# Whatever comes


@pytest.mark.parametrize("case", JSON, ids=short)
def test_damage_ends_in_facts_or_issues(case: Path) -> None:
    tree = json_reader.loads((case / "input.json").read_bytes())
    for seed in range(40):
        rng = random.Random(f"{short(case)}/{seed}")  # noqa: S311
        data = json.dumps(damaged(tree, rng), default=float).encode()
        reading = hcfin.read(data, standard="fhir")
        assert reading.facts or reading.issues or reading.units
        assert all(load_fact(fact.model_dump(mode="json")) == fact for fact in reading.facts)
        STANDARD.check(data)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    hcfin.read(data, standard="fhir")
    STANDARD.check(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
        lambda inside: (
            st.lists(inside, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["item", "total", "amount", "value", "coding", "adjudication", "detail", "reference"]
                ),
                inside,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(
        [
            "Claim",
            "ClaimResponse",
            "ExplanationOfBenefit",
            "PaymentReconciliation",
            "Invoice",
            "ChargeItem",
            "Account",
        ]
    ),
)
def test_any_tree(inside: Any, kind: str) -> None:
    tree = inside if isinstance(inside, dict) else {"item": inside, "entry": inside, "coverage": inside}
    data = json.dumps({"resourceType": kind, "status": "active", **tree}).encode()
    hcfin.read(data, standard="fhir")
