"""Vendor extensions by the rows of a profile: prices, offsets and replacements of Oracle Health, its payments
and adjustments, and those of a vendor that nobody knows."""

from __future__ import annotations

import copy
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

import cases
import hcfin
from hcfin.billing.charge import Charge
from hcfin.billing.payment import Payment, WriteOff
from hcfin.billing.reading import Reading
from hcfin.reconcile import Ledger
from hcfin.standards.fhir.profile import ExtensionRule, Profile
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

FHIR = cases.FIXTURES / "fhir"
ORACLE = "https://fhir-ehr.cerner.com/r4/StructureDefinition/"


def resources(name: str) -> list[Any]:
    tree = json_reader.loads((FHIR / name / "input.json").read_bytes())
    return [entry["resource"] for entry in tree["entry"]]


def lines(*told: Any) -> bytes:
    return b"\n".join(dumps(one, numbers="number").encode() for one in told)


def bundle(*told: Any) -> bytes:
    entries = [{"resource": one} for one in told]
    return lines({"resourceType": "Bundle", "type": "collection", "entry": entries})


def read(data: bytes, profile: Profile | None = None) -> Reading:
    return hcfin.read(data, standard="fhir", profile=profile)


def charged(reading: Reading) -> list[tuple[str, str, str]]:
    return [(one.transaction_id, one.change, str(one.amount)) for one in reading.facts if type(one) is Charge]


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


DEBIT, CREDIT, CORRECTED = resources("charge_item/oracle_health")


NOTHING_LEFT = [
    (number, *one) for number in ("1001", "1002") for one in (("charge", "84.00"), ("credit", "-84.00"))
]


def test_a_charge_that_is_offset_and_replaced() -> None:
    """Two at 42.00 are taken back, as is the item that offsets them; three take their place."""
    for data in (bundle(DEBIT, CREDIT, CORRECTED), bundle(CORRECTED, CREDIT, DEBIT)):
        reading = read(data)
        assert sorted(charged(reading)) == [*NOTHING_LEFT, ("1003", "charge", "126.00")]
        assert codes(reading) == ["CHARGE_ITEM_OFFSETS"]
        (new,) = [one for one in reading.facts if type(one) is Charge and one.transaction_id == "1003"]
        assert [(one.qualifier, one.value) for one in new.references] == [("replacing", "1001")]


def test_the_ledger_ends_where_the_corrected_charge_is() -> None:
    """What was charged on the first day, 84.00, and what comes on the second leave 126.00 unbilled."""
    before = {**DEBIT, "extension": [one for one in DEBIT["extension"] if "offset-by" not in one["url"]]}
    context, books = hcfin.Context(keys=hcfin.DEMO_KEYS), hcfin.load_books("example")
    unbilled, known = Decimal(0), Ledger(hcfin.DEMO_KEYS)
    for data in (bundle(before), bundle(DEBIT, CREDIT, CORRECTED), bundle(CREDIT), lines(CORRECTED)):
        reading = read(data)
        posting = hcfin.post(reading, books, context=context, known=known)
        known.learn(reading, posting)
        for document in posting.documents:
            for line in document.gl_lines:
                if line.role == "ar.unbilled":
                    unbilled += line.amount if line.side == "debit" else -line.amount
    assert unbilled == Decimal("126.00")


def test_lines_are_known_as_they_come() -> None:
    """The first one tells of the second one before it comes; the third one knows of both."""
    reading = read(lines(DEBIT, CREDIT, CORRECTED))
    assert charged(reading) == [*NOTHING_LEFT, ("1003", "charge", "126.00")]
    assert codes(reading) == ["CHARGE_ITEM_OFFSETS"]
    alone = read(lines(CORRECTED))
    assert charged(alone) == [("1003", "charge", "126.00")]
    assert codes(alone) == ["CHARGE_ITEM_REPLACES"]


def test_two_that_offset_each_other() -> None:
    mutual = copy.deepcopy(CREDIT)
    back = {"url": f"{ORACLE}offset-by", "valueReference": {"reference": "ChargeItem/1001"}}
    mutual["extension"].append(back)
    for data in (bundle(DEBIT, mutual), lines(DEBIT, mutual)):
        reading = read(data)
        assert charged(reading) == NOTHING_LEFT
        assert not codes(reading)


def test_what_stands_in_the_extensions_of_a_charge() -> None:
    """The code of a procedure stands inside its extension; that of revenue in it, or inside it."""
    for inside in (False, True):
        told = copy.deepcopy(CORRECTED)
        for one in told["extension"]:
            if inside and one["url"] == f"{ORACLE}revenue-code":
                one["extension"] = [{"url": "code", "valueCodeableConcept": one.pop("valueCodeableConcept")}]
        (charge,) = read(lines(told)).facts
        assert isinstance(charge, Charge)
        assert (charge.unit_price, charge.quantity) == (Decimal("42.00"), Decimal(3))
        assert charge.procedure is not None
        assert (charge.procedure.code, charge.procedure.modifiers) == ("80053", ("91",))
        assert [one.code for one in charge.procedures] == ["G0480"]
        assert charge.drug is not None
        assert (charge.drug.quantity, charge.drug.unit) == (Decimal("2.5"), "mg")
        assert (charge.revenue_code, charge.description) == ("0301", "Test panel")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueMoney": {"value": Decimal("84.00"), "currency": "USD"}}, "84.00"),
        ({"valueDecimal": Decimal("84.00")}, "84.00"),
        ({"valueDecimal": Decimal("84.005")}, None),
        ({"valueString": "84.00"}, None),
        ({}, None),
    ],
)
def test_a_vendor_that_nobody_knows(value: dict[str, Any], expected: str | None) -> None:
    """Its price is read where the profile says so; what is no price is never a charge of nothing."""
    url = "https://example.org/fhir/price"
    profile = Profile(extensions=(ExtensionRule(resource="ChargeItem", url=url, field="amount"),))
    told = {**CREDIT, "extension": [{"url": url, **value}]}
    reading = read(lines(told), profile)
    (charge,) = reading.facts
    assert isinstance(charge, Charge)
    assert (None if charge.amount is None else str(charge.amount)) == expected
    assert bool(charge.unreadable) == (expected is None)
    assert codes(reading) in ([], ["AMOUNT_NOT_READ"], ["EXTENSION_NOT_READ"])
    unknown = read(lines(told)).facts[0]
    assert isinstance(unknown, Charge)
    assert (unknown.amount, unknown.price_source) == (None, "unpriced")


def test_financial_transactions() -> None:
    """Cash 12.50; a cheque of 40.25 for two accounts; an advance of 100.00; 1.00 written off."""
    reading = read((FHIR / "basic/financial_transactions/input.json").read_bytes())
    payments = [one for one in reading.facts if isinstance(one, Payment)]
    assert [(one.id, str(one.amount), one.channel, one.method, one.purpose) for one in payments] == [
        ("14266754", "12.50", "drawer", "cash", ""),
        ("14266755/1", "30.00", "lockbox", "check", ""),
        ("14266755/2", "10.25", "lockbox", "check", ""),
        ("14266756", "100.00", "gateway", "card", "deposit"),
    ]
    assert [(one.account, one.visit) for one in payments] == [("", "e1"), ("", "e1"), ("a2", ""), ("", "")]
    (adjusted,) = [one for one in reading.facts if isinstance(one, WriteOff)]
    assert (str(adjusted.amount), adjusted.code.code, adjusted.reason) == ("1.00", "3100", "")
    assert not reading.issues
    assert reading.place(payments[1], "amount").element == "/entry/1/resource/extension/4/extension/1/amount"


def test_financial_transactions_are_booked() -> None:
    """152.75 of cash; the write-off once the books say what the site's code means."""
    reading = read((FHIR / "basic/financial_transactions/input.json").read_bytes())
    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    debits: Counter[str] = Counter()
    for document in hcfin.post(reading, hcfin.load_books("example"), context=context).documents:
        for line in document.gl_lines:
            if line.side == "debit":
                debits[line.role] += line.amount
    assert debits["cash.drawer"] == Decimal("12.50")
    assert debits["cash.lockbox_clearing"] == Decimal("40.25")
    assert sum(debits.values()) == Decimal("152.75")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one: one["extension"].pop(0), "TRANSACTION_TYPE_UNKNOWN"),
        (lambda one: one["extension"].pop(), "EXTENSION_NOT_READ"),
        (lambda one: one["extension"].pop(-2), "ALLOCATION_DIFFERS"),
        (lambda one: one["code"].update(coding=[{"code": "Referral"}]), "RESOURCE_NOT_READ"),
    ],
)
def test_a_transaction_that_is_not_whole_books_nothing(change: Any, code: str) -> None:
    told = copy.deepcopy(resources("basic/financial_transactions")[1])
    change(told)
    reading = read(lines(told))
    assert codes(reading) == [code]
    posting = hcfin.post(reading, hcfin.load_books("example"), context=hcfin.Context(keys=hcfin.DEMO_KEYS))
    assert not posting.documents


def test_other_codes_of_basic_may_be_money() -> None:
    told = copy.deepcopy(resources("basic/financial_transactions")[0])
    told["code"] = {"coding": [{"code": "till-receipt"}]}
    (payment,) = read(lines(told), Profile(transactions=("till-receipt",))).facts
    assert isinstance(payment, Payment)
    assert str(payment.amount) == "12.50"
