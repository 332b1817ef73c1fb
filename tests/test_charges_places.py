"""Places of credits that wait for their charge: those of the stream, which has let them go by then."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

import hcfin
from fhir_money import charged
from hcfin.books import builtin, load
from hcfin.overlay import Layer
from hcfin.posting import Posting, post_events
from hcfin.translation import stream_facts

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = load(
    [
        builtin("example.toml"),
        Layer(
            "own.toml",
            '[policy]\ncharge_source = "charge_feed"\n[entities.hospital]\nfacilities = ["HOSP"]\n',
        ),
    ]
)


def fhir() -> bytes:
    """A credit that names no charge, one whose charge comes later, and what comes between."""
    items = [
        charged("84.00", "T-1", status="entered-in-error"),
        charged("60.00", "T-2", status="entered-in-error"),
        charged("10.00", "T-3"),
        charged("60.00", "T-2"),
    ]
    return "\n".join(json.dumps(item, default=str) for item in items).encode()


def hl7() -> bytes:
    """The same as messages."""
    rows = [
        ("T-1", "CD^Credit", "84.00", "LAB02"),
        ("T-2", "CD^Credit", "60.00", "LAB01"),
        ("T-3", "CG^Charge", "10.00", "LAB01"),
        ("T-2", "CG^Charge", "60.00", "LAB01"),
    ]
    return "".join(
        f"MSH|^~\\&|TEST|HOSP|HCFIN|HOSP|20250115||DFT^P03|MSG{n}|P|2.5\rEVN|P03|20250115\r"
        "PID|1||P1^^^HOSP^MR||TESTPERSON^ALPHA||||||||||||A-1\r"
        f"FT1|1|{number}||20250115|20250115|{kind}|{code}||||{amount}&USD|{amount}&USD\r"
        for n, (number, kind, amount, code) in enumerate(rows, 1)
    ).encode()


def parts(data: bytes, *, keep: bool) -> Iterator[Posting]:
    source = stream_facts(io.BytesIO(data), keep=keep)
    return post_events(source.events, BOOKS, source.locator, context=CONTEXT, dispositions=True)


def told(data: bytes, *, keep: bool) -> list[Any]:
    """Every place that is told of, and what of it may be shown."""
    found: list[Any] = []
    for part in parts(data, keep=keep):
        found += [(issue.code, issue.origin, issue.excerpt) for issue in part.issues]
        found += [(end.origin, end.amount, end.rule) for end in part.dispositions]
        found += [
            (line.role, line.amount, line.origins)
            for document in part.documents
            for line in document.gl_lines
        ]
    return found


@pytest.mark.parametrize("data", [fhir(), hl7()], ids=["fhir", "hl7v2"])
def test_a_stream_tells_the_places_of_credits_that_waited(data: bytes) -> None:
    streamed = told(data, keep=False)
    assert streamed == told(data, keep=True)
    (origin,) = [one[1] for one in streamed if one[0] == "CREDIT_UNLINKED"]
    assert origin.segment in ("ChargeItem", "FT1")


def test_facts_of_no_source_name_their_own_fields() -> None:
    reading = hcfin.read(fhir())
    posting = hcfin.post(reading.facts, BOOKS, context=CONTEXT)
    (issue,) = [one for one in posting.issues if one.code == "CREDIT_UNLINKED"]
    assert issue.origin is not None
    assert issue.origin.segment == "Charge"
