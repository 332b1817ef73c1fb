"""FHIR written: what is read back is what was written, valid in its release, and the same every time."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.facts import load_fact
from hcfin.billing.tally import Tally
from hcfin.errors import HcfinError
from hcfin.standards.fhir import STANDARD
from hcfin.wire import json_reader

RELEASES = ["R4", "R4B", "R5"]
# Supplies are read and not written.
SUPPLIES = {"supply_delivery", "supply_request", "procedure", "device_usage", "inventory_report"}
SUPPLIES |= {"inventory_item", "product_r4", "product_r5"}
READ = [
    case
    for unit in cases.folders("fhir")
    for case in cases.folders("fhir", unit.name)
    if not (case / "expected.json").exists() and not {unit.name, case.name} & SUPPLIES
]
SUPPLIED = [
    case
    for unit in cases.folders("fhir")
    for case in cases.folders("fhir", unit.name)
    if {unit.name, case.name} & SUPPLIES
]
# What only the later release has a place for.
R5_ALONE = {"account/r5_balance": "amounts", "charge_item/vendor_prices": "unit_price"}
# What no release has a place for.
NOWHERE = {"charge_item/oracle_health": "Charge", "basic/financial_transactions": "no resource"}
BROKEN = {"FHIR_VIOLATION", "FHIR_NOT_CHECKED", "CODE_NOT_IN_SET", "CURRENCY_NOT_ISO", "REFERENCE_DANGLING"}


def written(facts: Any, release: str = "R4") -> bytes:
    return STANDARD.write(facts, {"release": release})


def broken(data: bytes) -> list[str]:
    return [str(issue) for issue in STANDARD.check(data) if issue.code in BROKEN]


def resources(data: bytes) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json_reader.loads(data)["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def short(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("case", READ, ids=short)
def test_what_was_read_is_written_and_read_again(case: Path, release: str) -> None:
    facts = cases.reading_of(case).facts
    assert facts
    if short(case) in NOWHERE:
        with pytest.raises(HcfinError, match=NOWHERE[short(case)]):
            written(facts, release)
        return
    if release != "R5" and short(case) in R5_ALONE:
        with pytest.raises(HcfinError, match=f"`{R5_ALONE[short(case)]}`"):
            written(facts, release)
        return
    data = written(facts, release)
    assert hcfin.read(data).facts == facts
    assert broken(data) == []
    assert written(facts, release) == data


@pytest.mark.parametrize("case", SUPPLIED, ids=short)
def test_supplies_are_refused_by_their_kind(case: Path) -> None:
    facts = cases.reading_of(case).facts
    names = "supply_use|supply_request|stock_level|stock_adjustment|item_entry|goods_receipt"
    with pytest.raises(HcfinError, match=rf"fact \d+: FHIR has no resource for a ({names})$"):
        written(facts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("charge_item/r4", "charge_item/r5"),
        ("encounter/r4", "encounter/r5"),
        ("payment_reconciliation/r4", "payment_reconciliation/r5"),
    ],
)
def test_releases_of_one_story_are_the_same_facts(one: str, other: str) -> None:
    first, second = (cases.reading_of(cases.FIXTURES / "fhir" / name).facts for name in (one, other))
    assert first == second
    assert written(first, "R5") == written(second, "R5")


@pytest.mark.parametrize("case", READ, ids=short)
def test_written_releases_of_one_story_are_the_same_facts(case: Path) -> None:
    facts = cases.reading_of(case).facts
    if short(case) not in {**R5_ALONE, **NOWHERE}:
        assert hcfin.read(written(facts, "R4")).facts == hcfin.read(written(facts, "R5")).facts


def test_a_reconciliation_names_its_response_in_each_release() -> None:
    facts = cases.reading_of(cases.FIXTURES / "fhir" / "payment_reconciliation" / "r4").facts
    for release, money, details, target in (
        ("R4", "paymentAmount", "detail", "request"),
        ("R5", "amount", "allocation", "target"),
    ):
        data = written(facts, release)
        assert data.count(b"126.00") == 3  # the payment, its detail, the benefit of the response
        (paid,) = resources(data)["PaymentReconciliation"]
        assert paid[money] == {"value": Decimal("126.00"), "currency": "USD"}
        (detail,) = paid[details]
        urls = {
            entry["fullUrl"]: entry["resource"]["resourceType"] for entry in json_reader.loads(data)["entry"]
        }
        assert urls[detail["response"]["reference"]] == "ClaimResponse"
        assert urls[detail[target]["reference"]] == "Claim"


def test_urls_are_no_random_numbers_and_differ_from_bundle_to_bundle() -> None:
    facts = cases.reading_of(cases.FIXTURES / "fhir" / "charge_item" / "r4").facts
    urls = [set(re.findall(rb'"fullUrl":"(urn:uuid:[0-9a-f-]{36})"', written(facts, r))) for r in RELEASES]
    assert all(len(found) == len(resources(written(facts))) for found in urls)
    assert not urls[0] & urls[2]


def fact(kind: str, **fields: Any) -> Fact:
    return load_fact({"kind": kind, **fields})


def remittance(*claims: dict[str, Any], **fields: Any) -> list[Fact]:
    """A remittance with its claims and totals, as a reader makes them."""
    ref = f"P1/T1/{fields['payment']}/2026-12-03/1999999984"
    payments = [fact("claim_payment", remittance=ref, **claim) for claim in claims]
    tally = Tally()
    for one in payments:
        tally.add(one)
    header = fact(
        "remittance",
        ref=ref,
        handling="I",
        payment_date="2026-12-03",
        production_date="2026-12-01",
        trace="T1",
        payer_identifier="P1",
        method="ACH",
        payer={"name": "TEST HEALTH PLAN", "id": "P1"},
        payee={"name": "TEST CLINIC", "id_qualifier": "XX", "id": "1999999984"},
        totals=tally.to_dict("USD"),
        **fields,
    )
    return [header, *payments]


def claim_payment(number: int, charged: str, paid: str, **fields: Any) -> dict[str, Any]:
    return {
        "account": f"TA-{number}",
        "status": "1",
        "charged": charged,
        "paid": paid,
        "payer_claim_number": f"ICN{number}",
        "references": [{"qualifier": "urn:oid:2.999.11", "value": f"ICN{number}"}],
        **fields,
    }


CONTRACTUAL = [{"group": "CO", "reason": "45", "amount": "60.00"}]


@pytest.mark.parametrize("release", RELEASES)
def test_several_claims_and_money_beside_them(release: str) -> None:
    lines = [
        {
            "procedure": {},
            "charged": "100.00",
            "paid": "40.00",
            "adjustments": CONTRACTUAL,
            "references": [{"qualifier": "6R", "value": "1"}],
            "remarks": ["N30", "M15"],
        }
    ]
    facts = remittance(
        claim_payment(1, "100.00", "40.00", lines=lines, remarks=["MA01"], status="2"),
        claim_payment(2, "-80.00", "-80.00", status="22"),
        claim_payment(3, "50.00", "50.00", adjustments=[]),
        payment="15.00",
        provider_adjustments=[
            {"code": "CS", "reference": "REF1", "amount": "5.00"},
            {"code": "AP", "reference": "REF2", "amount": "-10.00"},
        ],
    )
    data = written(facts, release)
    assert list(hcfin.read(data).facts) == facts
    assert broken(data) == []
    assert not any(issue.disposition == "reject_set" for issue in hcfin.read(data).issues)
    assert len(resources(data)["ClaimResponse"]) == 3


def detailed(number: int) -> dict[str, Any]:
    line = {
        "procedure": {"qualifier": "HC", "code": "99214", "modifiers": ["25"]},
        "charged": "100.00",
        "paid": "40.00",
        "units": "2",
        "revenue_code": "0510",
        "adjustments": CONTRACTUAL,
        "dates": [{"qualifier": "472", "day": "2026-11-19"}],
        "references": [{"qualifier": "6R", "value": "1"}],
    }
    return claim_payment(number, "100.00", "40.00", lines=[line])


def test_details_of_lines_are_those_of_an_explanation_of_benefit() -> None:
    statement = remittance(detailed(1), payment="40.00", told_by="benefit_statement")
    advice = remittance(detailed(1), detailed(2), payment="80.00")
    for facts, release in ((statement, "R4"), (statement, "R5"), (advice, "R4")):
        data = written(facts, release)
        assert list(hcfin.read(data).facts) == facts
        assert broken(data) == []
        assert len(resources(data)["ExplanationOfBenefit"]) == len(facts) - 1
        assert ("PaymentReconciliation" in resources(data)) is (facts is advice)
    # An allocation of R5 is answered by a ClaimResponse, whose lines have no such places.
    with pytest.raises(HcfinError, match=r"fact 2: FHIR R5 cannot say ClaimPayment `lines\.1\.procedure"):
        written(advice, "R5")


def test_a_statement_without_details_is_a_claim_response() -> None:
    facts = remittance(claim_payment(1, "9.00", "9.00"), payment="9.00", told_by="benefit_statement")
    data = written(facts)
    assert list(hcfin.read(data).facts) == facts
    assert set(resources(data)) == {"ClaimResponse", "Organization"}


def test_a_statement_is_of_one_claim() -> None:
    one, two = (claim_payment(number, "9.00", "9.00") for number in (1, 2))
    for claims in ((one, two), ()):
        facts = remittance(*claims, payment="9.00", told_by="benefit_statement")
        with pytest.raises(HcfinError, match="so that it is read back so"):
            written(facts)


@pytest.mark.parametrize(("method", "code"), [("CHK", "CHCK"), ("ACH", "DDPO"), ("FWT", "SWFT")])
def test_methods_of_payment_are_told_by_r5_alone(method: str, code: str) -> None:
    facts = remittance(claim_payment(1, "9.00", "9.00"), payment="9.00")
    facts[0] = facts[0].model_copy(update={"method": method})
    data = written(facts, "R5")
    assert list(hcfin.read(data).facts) == facts
    assert resources(data)["PaymentReconciliation"][0]["method"]["coding"][0]["code"] == code
    if method != "ACH":
        with pytest.raises(HcfinError, match="`method`"):
            written(facts, "R4")


@pytest.mark.parametrize("release", RELEASES)
def test_money_that_the_payer_draws(release: str) -> None:
    facts = remittance(
        claim_payment(
            1, "-100.00", "-40.00", status="22", adjustments=[{**CONTRACTUAL[0], "amount": "-60.00"}]
        ),
        payment="-40.00",
        credit_debit="D",
    )
    assert list(hcfin.read(written(facts, release)).facts) == facts


CHARGE = {
    "type_code": "billable",
    "transaction_id": "T-1",
    "account": "TA-1",
    "patient_id": "TP001",
    "performed": "2026-11-19",
    "code": {"code": "LAB01"},
    "amount": "84.00",
    "price_source": "extended",
}
PATIENT = {"role": "QC", "entity": "1", "last_name": "TESTPERSON", "first_name": "ALPHA"}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ([fact("charge", **CHARGE, description="SENTINEL")], "description"),
        ([fact("charge", **CHARGE, insurance_amount="10.00")], "insurance_amount"),
        ([fact("charge", **{**CHARGE, "performed": "2026-11-19T08:30"})], "performed"),
        ([fact("charge", **{**CHARGE, "type_code": "CG"})], "type_code"),
        ([fact("charge", **CHARGE, change="credit", reverses="SENTINEL")], "type_code"),
        ([fact("account", event="A01", account="SENTINEL")], "event"),
        ([fact("account", event="Account", account="TA-1", visit="SENTINEL")], "visit"),
        (
            [
                fact(
                    "account",
                    event="Account",
                    patient=PATIENT,
                    coverages=[{"set_id": "c1", "authorization": "SENTINEL"}],
                )
            ],
            "coverages.1.authorization",
        ),
        (remittance(claim_payment(1, "9.00", "9.00", drg="SENTINEL"), payment="9.00"), "drg"),
        (remittance(claim_payment(1, "9.00", "9.00", status="4"), payment="9.00"), "status"),
    ],
)
@pytest.mark.parametrize("release", RELEASES)
def test_what_fhir_cannot_say_is_refused_by_name(facts: list[Fact], field: str, release: str) -> None:
    with pytest.raises(HcfinError, match=f"FHIR {release} cannot say .* `{re.escape(field)}`") as refused:
        written(facts, release)
    assert "SENTINEL" not in str(refused.value)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([fact("charge", **CHARGE, unreadable=["amount"])], "fact 1: what could not be read"),
        (
            [
                fact("charge", **CHARGE),
                fact("claim_payment", remittance="r", status="1", charged="1", paid="1"),
            ],
            "fact 2: it does not stand behind the header",
        ),
        (
            [fact("claim_submission", ref="r", claim_type="dental")],
            "fact 1: in FHIR a submission is one claim",
        ),
        (
            [fact("account_merge", level="account", prior_account="SENTINEL")],
            "FHIR has no resource for a account_merge",
        ),
        (
            remittance(claim_payment(1, "9.00", "9.00", unreadable=["charged"]), payment="9.00"),
            "what could not be read",
        ),
    ],
)
def test_what_has_no_resource_is_refused(facts: list[Fact], words: str) -> None:
    with pytest.raises(HcfinError, match=words) as refused:
        written(facts)
    assert "SENTINEL" not in str(refused.value)


def test_identity() -> None:
    assert STANDARD.write([], {}) == b'{"resourceType":"Bundle","type":"collection"}'
    assert hcfin.read(STANDARD.write([], {})).facts == ()
    for identity in ({"release": "R6"}, {"sender": "R4"}):
        with pytest.raises(HcfinError, match="identity"):
            STANDARD.write([], identity)


# Drawn facts

words = st.text("ABCdef0123456789&<>\"'\\/ -äß", min_size=1, max_size=12).map(str.strip).filter(bool)
codes = st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True)
amounts = st.integers(-(10**9), 10**9).map(lambda cents: str(Decimal(cents).scaleb(-2)))
days = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)


@st.composite
def charges(draw: st.DrawFn) -> Fact:
    sign = draw(st.sampled_from([1, -1]))
    amount = Decimal(draw(amounts))
    count = draw(st.none() | st.integers(1, 99))
    id_ = draw(words)
    return fact(
        "charge",
        currency=draw(st.sampled_from(["USD", "EUR"])),
        change="charge" if sign > 0 else "credit",
        type_code=draw(st.sampled_from(["billable", "billed"])) if sign > 0 else "entered-in-error",
        transaction_id=id_,
        reverses=id_ if sign < 0 else "",
        facility=draw(st.just("") | words),
        account=draw(st.just("") | words),
        visit=draw(st.just("") | words),
        patient_id=draw(st.just("") | words),
        performed=draw(st.just("") | days),
        posted=draw(st.just("") | days),
        code={"code": draw(codes), "text": draw(words), "system": "urn:oid:2.999.6"},
        quantity=None if count is None else str(sign * count),
        amount=str(amount * sign),
        price_source="extended",
        diagnoses=draw(st.lists(codes, max_size=2)),
        procedure=draw(
            st.none()
            | st.builds(lambda code: {"qualifier": "HC", "code": code}, st.sampled_from(["80053", "J1100"]))
        ),
        revenue_code=draw(st.sampled_from(["", "0301"])),
        drug=draw(st.sampled_from([None, {"code": "00000000000"}])),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Fact:
    identifiers = draw(
        st.lists(
            st.fixed_dictionaries({"value": words, "authority": st.just("urn:oid:2.999.1")}),
            min_size=1,
            max_size=2,
        )
    )
    who = {
        "role": "QC",
        "entity": "1",
        "last_name": draw(words),
        "first_name": draw(codes),
        "birth_date": draw(st.none() | days),
        "sex": draw(st.sampled_from(["", "F", "M", "U"])),
        "address": draw(st.lists(words, max_size=2)),
        "city": draw(st.just("") | words),
    }
    payer = {"name": draw(words), "id": draw(st.just("") | codes)}
    coverages = [
        {
            "set_id": f"c{number}",
            "payer": payer,
            "group_number": draw(st.just("") | words),
            "priority": str(number),
            "policy_number": draw(st.just("") | words),
            "effective": draw(st.none() | days),
            "insured_ids": [{"value": draw(words), "type": "MB"}],
            "relationship": draw(st.sampled_from(["", "self", "child"])),
        }
        for number in range(1, draw(st.integers(1, 3)))
    ]
    return fact(
        "account",
        event="Account",
        change=draw(st.sampled_from(["told", "ended", "cancelled"])),
        account=draw(words),
        facility=draw(st.just("") | codes),
        patient_id=identifiers[0]["value"],
        identifiers=identifiers,
        patient=who,
        coverages=coverages,
    )


@st.composite
def benefits(draw: st.DrawFn) -> list[Fact]:
    lines = []
    for number in range(1, draw(st.integers(2, 4))):
        charged = Decimal(draw(st.integers(0, 10**7))).scaleb(-2)
        cut = Decimal(draw(st.integers(0, 10**5))).scaleb(-2)
        copay = Decimal(draw(st.integers(1, 10**5))).scaleb(-2)
        lines.append(
            {
                "procedure": {"qualifier": "HC", "code": draw(st.sampled_from(["99213", "J1100"]))},
                "charged": str(charged),
                "paid": str(charged - cut - copay),
                "units": str(draw(st.integers(1, 9))),
                "adjustments": [
                    {"group": draw(st.sampled_from(["CO", "PR", "OA"])), "reason": "45", "amount": str(cut)},
                    {"group": "", "reason": "copay", "amount": str(copay)},
                ],
                "dates": [{"qualifier": "472", "day": draw(days)}],
                "references": [{"qualifier": "6R", "value": str(number)}],
                "amounts": [{"qualifier": draw(codes), "amount": draw(amounts)}],
            }
        )
    charged, paid = (sum(Decimal(line[name]) for line in lines) for name in ("charged", "paid"))
    payment = max(paid, Decimal("0.01"))
    claim = claim_payment(1, str(charged), str(paid), lines=lines)
    return remittance(claim, payment=str(payment), told_by="benefit_statement")


@pytest.mark.parametrize("release", ["R4", "R5"])
@given(st.data())
def test_drawn_facts(release: str, data: st.DataObject) -> None:
    facts = data.draw(st.lists(charges() | accounts(), min_size=1, max_size=3)) + data.draw(benefits())
    made = written(facts, release)
    assert list(hcfin.read(made).facts) == facts
    assert broken(made) == []
