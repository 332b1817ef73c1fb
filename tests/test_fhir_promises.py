"""What senders of FHIR may count on: bundles of every type, outcomes as issues, releases, what never posts,
amounts of header and lines, parties by their references, and texts that are made to hurt."""

from __future__ import annotations

import copy
import gzip
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import cases
import hcfin
from fhir_trees import to_xml
from hcfin.billing.account import Account
from hcfin.billing.claim import Claim
from hcfin.billing.reading import Reading
from hcfin.billing.remittance import ClaimPayment
from hcfin.limits import Limits
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.release import form_of
from hcfin.wire import json_reader
from hcfin.wire.json import dumps

FHIR = cases.FIXTURES / "fhir"
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BUNDLES = [
    *("document", "message", "transaction", "transaction-response", "batch", "batch-response"),
    *("history", "searchset", "collection", "subscription-notification"),
]


def tree_of(name: str) -> Any:
    return json_reader.loads((FHIR / name / "input.json").read_bytes())


def resource(tree: Any, kind: str) -> Any:
    return next(entry["resource"] for entry in tree["entry"] if entry["resource"]["resourceType"] == kind)


def bytes_of(tree: Any) -> bytes:
    return dumps(tree, numbers="number").encode()


def read(tree: Any, profile: Profile | None = None) -> Reading:
    return hcfin.read(bytes_of(tree), standard="fhir", profile=profile)


def figures(reading: Reading, code: str) -> dict[str, str]:
    (issue,) = [one for one in reading.issues if one.code == code]
    assert issue.origin is not None
    return dict(issue.values)


# Bundles, outcomes


@pytest.mark.parametrize("kind", BUNDLES)
def test_bundles_of_every_type_hold_the_same_facts(kind: str) -> None:
    tree = tree_of("payment_reconciliation/r4")
    expected = read(tree)
    tree["type"] = kind
    for number, entry in enumerate(tree["entry"]):
        if kind in ("transaction", "batch", "history"):
            entry["request"] = {"method": "PUT", "url": f"x/{number}"}
        if kind.endswith("-response") or kind == "history":
            entry["response"] = {"status": "200 OK"}
        if kind == "searchset":
            entry["search"] = {"mode": "match"}
    for data in (bytes_of(tree), to_xml(tree)):
        found = hcfin.read(data)
        assert found.facts == expected.facts
        assert [issue.code for issue in found.issues] == [issue.code for issue in expected.issues]


def outcome(*told: tuple[str, str]) -> dict[str, Any]:
    issues = [{"severity": severity, "code": code, "diagnostics": "ROESENTINEL"} for severity, code in told]
    return {"resourceType": "OperationOutcome", "issue": issues}


def test_what_the_sender_says_went_wrong_is_an_issue_wherever_it_stands() -> None:
    told = outcome(("fatal", "exception"), ("warning", "incomplete"), ("information", "informational"))
    expected = ["OUTCOME_FAILED", "OUTCOME_WARNING", "OUTCOME_INFORMATION"]
    entry = {"response": {"status": "404", "outcome": told}}
    answer = {"resourceType": "Bundle", "type": "batch-response", "entry": [entry]}
    search = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": told}]}
    for tree, place in (
        (told, "/issue/1"),
        (answer, "/entry/0/response/outcome/issue/1"),
        (search, "/entry/0/resource/issue/1"),
    ):
        reading = read(tree)
        assert [issue.code for issue in reading.issues] == expected
        assert reading.issues[1].origin is not None
        assert reading.issues[1].origin.element == place
        assert dict(reading.issues[1].values) == {"type": "incomplete"}
        assert "ROESENTINEL" not in "".join(f"{issue!r}{issue.to_dict()}" for issue in reading.issues)


def test_a_failure_beside_money_leaves_the_job_partial() -> None:
    tree = tree_of("charge_item/r4")
    context, books = CONTEXT, hcfin.load_books("example")
    assert hcfin.translate(bytes_of(tree), books, to="netsuite", context=context).status == "ok"
    tree["entry"].append({"resource": outcome(("error", "timeout"))})
    result = hcfin.translate(bytes_of(tree), books, to="netsuite", context=context)
    assert (result.status, bool(result.documents)) == ("partial", True)


# Releases


@pytest.mark.parametrize(
    ("tree", "stated", "form"),
    [
        ({"resourceType": "ChargeItem", "priceOverride": {}}, "R5", "R4"),
        ({"resourceType": "ChargeItem", "totalPriceComponent": {}}, "R4", "R5"),
        ({"resourceType": "ExplanationOfBenefit"}, "", "R4"),
        ({"resourceType": "ExplanationOfBenefit"}, "R4B", "R4"),
        ({"resourceType": "ExplanationOfBenefit"}, "R5", "R5"),
        ({"resourceType": "ExplanationOfBenefit", "item": [{"adjudication": {"quantity": {}}}]}, "", "R5"),
        ({"resourceType": "ExplanationOfBenefit", "totalBenefit": {}}, "R4", "older"),
        ({"resourceType": "Account", "contained": [{"resourceType": "Coverage", "kind": "x"}]}, "", "R5"),
    ],
)
def test_the_release_is_detected_else_stated(tree: Any, stated: str, form: str) -> None:
    assert form_of(tree, stated) == form


# What never posts

NOTICE = {
    "resourceType": "PaymentNotice",
    "id": "n1",
    "status": "active",
    "amount": {"value": Decimal("126.00"), "currency": "USD"},
}
PCT = "http://hl7.org/fhir/us/davinci-pct/StructureDefinition/davinci-pct-aeob"


def _of_use(use: str) -> Callable[[Any], None]:
    return lambda one: one.update(use=use)


def _estimated(one: Any) -> None:
    one["meta"] = {"profile": [PCT]}


@pytest.mark.parametrize("change", [_of_use("predetermination"), _of_use("preauthorization"), _estimated])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("explanation_of_benefit/categories", "ExplanationOfBenefit"),
        ("claim_response/with_reasons", "ClaimResponse"),
        ("claim/professional", "Claim"),
    ],
)
def test_what_is_asked_beforehand_or_estimated_never_posts(
    name: str, kind: str, change: Callable[[Any], None]
) -> None:
    tree, books = tree_of(name), hcfin.load_books("example")
    tree["entry"] = [
        entry
        for entry in tree["entry"]
        if entry["resource"]["resourceType"] in (kind, "Organization", "Patient")
    ]
    if kind == "Claim":
        assert hcfin.post(read(tree), books, context=CONTEXT).documents, "without the change it is a bill"
    change(resource(tree, kind))
    assert not hcfin.post(read(tree), books, context=CONTEXT).documents
    told = [one for one in read(tree).facts if isinstance(one, Claim | ClaimPayment)]
    assert [one.predetermination if isinstance(one, Claim) else one.status for one in told] == [
        "PB" if kind == "Claim" else "25"
    ]


@pytest.mark.parametrize(
    "tree", [NOTICE, tree_of("account/r5_balance"), tree_of("charge_item_definition/price")]
)
def test_notices_balances_and_prices_never_post(tree: Any) -> None:
    reading = read(tree)
    assert reading.facts or reading.issues
    assert not hcfin.post(reading, hcfin.load_books("example"), context=CONTEXT).documents


def test_balances_of_an_account_are_told() -> None:
    (account,) = [
        one for one in read(tree_of("account/r5_balance")).facts if isinstance(one, Account) and one.amounts
    ]
    assert [one.amount for one in account.amounts]


# Figures


def test_amounts_of_the_header_are_not_added_to_those_of_the_lines() -> None:
    """200.00 submitted, 80.00 not eligible, 20.00 copay, 10.00 deductible, 90.00 paid: once."""
    tree = tree_of("explanation_of_benefit/categories")
    expected = read(tree).facts
    one = resource(tree, "ExplanationOfBenefit")
    assert len(one["item"]) == 1
    one["adjudication"] = copy.deepcopy(one["item"][0]["adjudication"])
    reading = read(tree)
    (claim,) = [fact for fact in reading.facts if isinstance(fact, ClaimPayment)]
    (before,) = [fact for fact in expected if isinstance(fact, ClaimPayment)]
    assert (
        (claim.charged, claim.paid) == (before.charged, before.paid) == (Decimal("200.00"), Decimal("90.00"))
    )
    assert [str(part.amount) for part, _ in claim.all_adjustments()] == ["80.00", "20.00", "10.00"]
    assert not [issue for issue in reading.issues if issue.code.startswith("REMIT_UNBALANCED")]


def test_totals_that_are_not_those_of_the_items_are_told_with_both_figures() -> None:
    tree = tree_of("claim/professional")
    claim = resource(tree, "Claim")
    right = claim["total"]["value"]
    claim["total"]["value"] = right + Decimal("0.01")
    told = figures(read(tree), "CLAIM_CHARGES_MISMATCH")
    assert {str(right), str(right + Decimal("0.01"))} <= set(told.values())
    tree = tree_of("invoice/self_pay")
    invoice = tree if tree["resourceType"] == "Invoice" else resource(tree, "Invoice")
    name = "totalGross" if "totalGross" in invoice else "totalNet"
    invoice[name]["value"] = Decimal("81.00")
    told = figures(read(tree), "CLAIM_CHARGES_MISMATCH")
    assert {"80.00", "81.00"} <= set(told.values())


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("professional", "professional"),
        ("institutional", "institutional"),
        ("oral", "dental"),
        ("pharmacy", "professional"),
        ("vision", "professional"),
    ],
)
def test_claims_of_every_type(code: str, kind: str) -> None:
    tree = tree_of("claim/professional")
    resource(tree, "Claim")["type"] = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": code}]
    }
    (claim,) = [one for one in read(tree).facts if isinstance(one, Claim)]
    assert claim.claim_type == kind
    assert claim.charged == sum(line.charged for line in claim.lines)


def test_who_stands_behind_a_role() -> None:
    """A PractitionerRole is its practitioner; a Location is where it was, and no person."""
    npi = "http://hl7.org/fhir/sid/us-npi"
    tree = tree_of("claim/professional")
    claim = resource(tree, "Claim")
    tree["entry"] += [
        {
            "resource": {
                "resourceType": "PractitionerRole",
                "id": "role9",
                "practitioner": {"reference": "Practitioner/pr9"},
            }
        },
        {
            "resource": {
                "resourceType": "Practitioner",
                "id": "pr9",
                "identifier": [{"system": npi, "value": "1999999992"}],
                "name": [{"family": "TESTROLE", "given": ["ROLF"]}],
            }
        },
        {
            "resource": {
                "resourceType": "Location",
                "id": "loc9",
                "identifier": [{"system": npi, "value": "1999999984"}],
                "name": "TEST ANNEX",
            }
        },
    ]
    claim["careTeam"] = [{"sequence": 1, "provider": {"reference": "PractitionerRole/role9"}}]
    claim["facility"] = {"reference": "Location/loc9"}
    (read_claim,) = [one for one in read(tree).facts if isinstance(one, Claim)]
    told = {(one.entity, one.name, one.id) for one in read_claim.providers}
    assert {("1", "TESTROLE", "1999999992"), ("2", "TEST ANNEX", "1999999984")} <= told


# Texts that are made to hurt

_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(10))
BOMBS = {
    "entities": (
        f'<!DOCTYPE x [{_ENTITIES}]><Claim xmlns="http://hl7.org/fhir"><id value="&a9;"/></Claim>'.encode(),
        "FHIR_XML_DOCTYPE",
    ),
    "outside": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Claim xmlns="http://hl7.org/fhir">&a;</Claim>',
        "FHIR_XML_DOCTYPE",
    ),
    "depth of XML": (
        b'<Claim xmlns="http://hl7.org/fhir">' + b"<item>" * 500_000,
        ("FHIR_XML_DEPTH", "FHIR_XML_INVALID"),
    ),
    "depth of objects": (b'{"resourceType": "Claim", "item": ' + b'{"item":' * 1_000_000, "FHIR_JSON_DEPTH"),
    "depth of lists": (b'{"resourceType": "Claim", "item": ' + b"[" * 5_000_000, "FHIR_JSON_DEPTH"),
    "exponent": (
        b'{"resourceType": "Claim", "total": {"value": 1E+999999999, "currency": "USD"}}',
        "FHIR_JSON_NUMBER",
    ),
    "digits": (
        b'{"resourceType": "Claim", "total": {"value": ' + b"9" * 5_000_000 + b"}}",
        "FHIR_JSON_NUMBER",
    ),
    "names": (b'{"resourceType": "Claim"' + b', "a": 1' * 500_000 + b"}", "FHIR_JSON_DUPLICATE_KEY"),
    "size": (
        gzip.compress(b'{"resourceType": "Claim", "id": "' + b" " * 60_000_000 + b'"}', 1, mtime=0),
        "FHIR_TOO_LARGE",
    ),
}
_SECONDS = 4.0
"""CPU time that refusing one may take on a slow machine; each takes a fraction of it."""


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_quickly(name: str) -> None:
    data, code = BOMBS[name]
    start = time.process_time()
    reading = hcfin.read(data, standard="fhir", limits=Limits(max_bytes=50_000_000))
    assert time.process_time() - start < _SECONDS
    assert not reading.facts
    assert reading.issues[0].code in code


def test_an_exponent_in_xml_is_no_amount() -> None:
    tree = tree_of("claim_response/with_reasons")
    data = to_xml(tree).replace(b'"126.00"', b'"1E+999999999"')
    start = time.process_time()
    reading = hcfin.read(data)
    assert time.process_time() - start < _SECONDS
    assert "AMOUNT_NOT_READ" in {issue.code for issue in reading.issues}
