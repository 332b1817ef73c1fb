"""The strict check of FHIR: structure by fhir.resources, and what money needs beside it. No value is told."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import cases
import hcfin

CLAIM = json.loads((cases.FIXTURES / "fhir/claim/professional/input.json").read_text(encoding="utf-8"))


def found(change: dict[str, Any] | None = None, **top: Any) -> list[tuple[str, str]]:
    """Codes and places of what checking the claim of the fixture finds, with something changed."""
    bundle = copy.deepcopy(CLAIM)
    claim = next(
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Claim"
    )
    claim.update(top)
    if change:
        claim["item"][0].update(change)
    issues = hcfin.check(json.dumps(bundle).encode())
    assert "SENTINEL" not in repr(issues)
    return [(issue.code, issue.origin.element if issue.origin else "") for issue in issues]


def test_a_sound_claim_has_nothing_to_tell() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("top", "code", "place"),
    [
        ({"status": "SENTINEL"}, "CODE_NOT_IN_SET", "/entry/4/resource/status"),
        ({"use": "SENTINEL"}, "CODE_NOT_IN_SET", "/entry/4/resource/use"),
        ({"SENTINEL": 1}, "FHIR_VIOLATION", "/entry/4/resource"),
        ({"type": 5}, "FHIR_VIOLATION", "/entry/4/resource/type"),
        (
            {"patient": {"reference": "#SENTINEL"}},
            "REFERENCE_DANGLING",
            "/entry/4/resource/patient/reference",
        ),
        (
            {"total": {"value": 250, "currency": "dollars"}},
            "CURRENCY_NOT_ISO",
            "/entry/4/resource/total/currency",
        ),
    ],
)
def test_findings(top: dict[str, Any], code: str, place: str) -> None:
    assert (code, place) in found(**top)


def test_a_line_is_its_price_times_its_quantity() -> None:
    change = {"net": {"value": 200.00, "currency": "USD"}, "unitPrice": {"value": 150.00, "currency": "USD"}}
    assert ("LINE_NET_MISMATCH", "/entry/4/resource/item/0/net") in found(change)


def test_what_cannot_be_checked_is_said() -> None:
    xml = b'<Claim xmlns="http://hl7.org/fhir"><status value="active"/><use value="claim"/></Claim>'
    assert "FHIR_NOT_CHECKED" in [issue.code for issue in hcfin.check(xml)]


def test_names_that_fhir_does_not_have_are_not_shown() -> None:
    """A sender may put anything into a name: neither coverage nor a place of an issue repeats it."""
    claim = {
        "resourceType": "Claim",
        "SentinelName": {"inside": {"modifierExtension": [{"url": "urn:oid:2.999.1"}]}},
        "SentinelList": [{"currency": "x", "value": 1}],
    }
    data = json.dumps(claim).encode()
    reading = hcfin.read(data)
    told = repr(reading.coverage.to_dict()) + repr(reading.issues) + repr(hcfin.check(data))
    assert "Sentinel" not in told
    assert "Claim.?" in told
