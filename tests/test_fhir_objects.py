"""Resources of fhir.resources and dicts are sources like any other, and no digit of an amount is lost."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.money import Money
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.reading import Reading
from hcfin.errors import HcfinError
from hcfin.standards.fhir import STANDARD
from hcfin.standards.fhir.objects import encode
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

FHIR = cases.FIXTURES / "fhir"
CASES = [
    ("claim_response/with_reasons", Bundle),
    ("explanation_of_benefit/two_codings", Bundle),
    ("charge_item/r4", Bundle),
    ("encounter/r4", Bundle),
    ("invoice/self_pay", Bundle),
    ("charge_item/r5", BundleR5),
    ("encounter/r5", BundleR5),
    ("payment_reconciliation/r5", BundleR5),
    ("account/r5_balance", BundleR5),
]


def source(case: str) -> bytes:
    return (FHIR / case / "input.json").read_bytes()


def canonical(data: bytes) -> str:
    return dumps(json_reader.loads(data), numbers="number", sort_keys=True)


def told(reading: Reading) -> tuple[object, ...]:
    return reading.facts, reading.issues, reading.units, reading.coverage


@pytest.mark.parametrize(("case", "model"), CASES)
def test_an_object_of_fhir_resources_is_what_was_parsed(case: str, model: Any) -> None:
    parsed = model.model_validate(json_reader.loads(source(case)))
    made = encode(parsed)
    assert made is not None
    assert hcfin.read(parsed).facts == hcfin.read(source(case)).facts
    assert canonical(made) == canonical(source(case))
    assert hcfin.check(parsed) == hcfin.check(made)


@pytest.mark.parametrize(("case", "model"), CASES)
def test_a_dict_is_what_was_parsed(case: str, model: Any) -> None:
    exact = json_reader.loads(source(case))
    assert told(hcfin.read(exact)) == told(hcfin.read(source(case)))
    assert hcfin.read(json.loads(source(case))).facts == hcfin.read(source(case)).facts
    assert hcfin.read([exact]).facts == hcfin.read(source(case)).facts


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_digits_of_amounts(amount: Decimal) -> None:
    """The library's own JSON makes floats of them; ours has each digit."""
    notice = {"resourceType": "PaymentNotice", "amount": {"value": amount, "currency": "USD"}}
    assert encode(notice) == b'{"resourceType":"PaymentNotice","amount":{"value":%b,"currency":"USD"}}' % (
        str(amount).encode()
    )
    (unit,) = hcfin.read(notice).units
    assert Decimal(unit.summary["total"]) == amount


def test_an_object_keeps_what_its_own_json_loses() -> None:
    tree = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "resource": {
                    "resourceType": "Invoice",
                    "status": "issued",
                    "totalGross": {"value": Decimal("90071992547409.93"), "currency": "USD"},
                }
            }
        ],
    }
    parsed = Bundle.model_validate(tree)
    assert b"90071992547409.93" in (encode(parsed) or b"")
    assert hcfin.read(parsed).facts[1].charged == Decimal("90071992547409.93")


def test_a_float_is_what_its_shortest_digits_say() -> None:
    made = encode({"resourceType": "PaymentNotice", "amount": {"value": 0.1, "currency": "USD"}})
    assert made is not None
    assert b'"value":0.1,' in made
    # Garbage of a sender's own sum stays visible, and is no amount.
    garbage = {"resourceType": "PaymentNotice", "amount": {"value": 112.41600000000001, "currency": "USD"}}
    reading = hcfin.read(garbage)
    assert reading.units[0].summary["total"] == "112.41600000000001"
    assert "AMOUNT_NOT_READ" in {issue.code for issue in reading.issues}


def test_moments_and_types() -> None:
    utc = datetime.datetime(2026, 11, 19, 8, 0, tzinfo=datetime.UTC)
    made = encode({"id": "e1", "period": {"start": utc, "end": utc.date()}, "resourceType": "Encounter"})
    assert made == (
        b'{"resourceType":"Encounter","id":"e1","period":{"start":"2026-11-19T08:00:00Z","end":"2026-11-19"}}'
    )


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), object(), {1: 2}, {"SENTINEL"}]
)
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(HcfinError, match="cannot be JSON") as refused:
        hcfin.read({"resourceType": "Claim", "total": {"value": value, "note": "SENTINEL"}})
    assert "SENTINEL" not in str(refused.value)


def test_endless_nesting_is_refused() -> None:
    ring: dict[str, Any] = {"resourceType": "Claim"}
    ring["contained"] = [ring]
    with pytest.raises(HcfinError, match="nested too deeply"):
        hcfin.read(ring)


@pytest.mark.parametrize("value", [{}, {"resourceType": 1}, [], [1], [{"resourceType": "Claim"}, 2], 3, None])
def test_what_is_no_resource_is_no_source(value: Any) -> None:
    assert encode(value) is None
    with pytest.raises(HcfinError, match="a source is"):
        hcfin.read(value)


def test_a_part_of_a_resource_is_no_source() -> None:
    assert encode(Money(value=Decimal("1.00"), currency="USD")) is None


def test_text_is_a_source() -> None:
    data = source("charge_item/r4")
    assert told(hcfin.read(data.decode())) == told(hcfin.read(data))


def test_translate_takes_an_object(tmp_path: Path) -> None:
    data = source("claim_response/with_reasons")
    books = hcfin.load_books("example")
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    parsed = Bundle.model_validate(json_reader.loads(data))
    results = [
        hcfin.translate(one, books, to="netsuite", context=context).to_json()
        for one in (data, parsed, json_reader.loads(data))
    ]
    assert results[0] == results[1] == results[2]


def test_the_library_is_not_imported() -> None:
    code = (
        "import sys, hcfin\n"
        "hcfin.read({'resourceType': 'Patient', 'id': 'p'})\n"
        "assert not {'fhir', 'fhir.resources', 'fhir_core'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_standard_says_what_it_encodes() -> None:
    assert STANDARD.encode({"resourceType": "Patient"}) == b'{"resourceType":"Patient"}'
    assert STANDARD.encode("text") is None
