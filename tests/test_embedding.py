"""Files inside resources: an 835 in a Binary is read, placed, posted, proven and explained as if it had come
by itself; what is no such file is an issue with its place, and nothing is unpacked without a bound."""

from __future__ import annotations

import gzip
import importlib.util
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.embedded import SPAN, Embedded, EmbeddedTrail, moved
from hcfin.billing.reading import NoTrail, Opened, Reading, Unit, collect
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.cli.commands import hcfin as command
from hcfin.context import Context
from hcfin.identity import DEMO_KEYS
from hcfin.limits import Limits
from hcfin.origin import Origin
from hcfin.standards.fhir import STANDARD
from hcfin.testing import assert_never_raises

R1 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi"
R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
BILL = sorted(R1.parents[2].glob("claim_837/*/input.edi"))[0]
BOOKS = hcfin.load_books()
CONTEXT = Context(keys=DEMO_KEYS)
EDI = "application/EDI-X12"
WITHIN = "Binary /entry/1/resource/data"


def packed(data: bytes) -> str:
    return b64encode(data).decode()


def binary(data: bytes, kind: str | None = EDI) -> dict[str, Any]:
    return {"resourceType": "Binary", "id": "b1", "contentType": kind, "data": packed(data)}


def bundle(*resources: Any) -> bytes:
    return json.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in ({"resourceType": "Patient", "id": "p"}, *resources)],
        }
    ).encode()


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


def alone() -> Reading:
    return hcfin.read(R1)


# What is inside is read


def inside(reading: Reading) -> tuple[Any, ...]:
    return tuple(fact for fact in reading.facts if fact.kind in ("remittance", "claim_payment"))


@pytest.mark.parametrize(
    "resource",
    [
        binary(R1.read_bytes()),
        binary(R1.read_bytes(), "application/edi-x12; charset=us-ascii"),
        binary(gzip.compress(R1.read_bytes()), "application/EDI-X12+gzip"),
        binary(gzip.compress(R1.read_bytes()), "application/gzip"),
        binary(R1.read_bytes(), "text/plain"),
        binary(R1.read_bytes(), None),
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "content": [{"attachment": {"contentType": EDI, "data": packed(R1.read_bytes())}}],
        },
        {
            "resourceType": "Communication",
            "status": "completed",
            "payload": [
                {"contentString": "see below"},
                {"contentAttachment": {"contentType": EDI, "data": packed(R1.read_bytes())}},
            ],
        },
    ],
    ids=["declared", "parameter", "packed", "gzip", "text", "undeclared", "document", "communication"],
)
def test_what_is_inside_is_what_stands_alone(resource: Any) -> None:
    reading = hcfin.read(bundle(resource))
    assert inside(reading) == alone().facts
    assert [unit.kind for unit in reading.units] == ["Patient", "835", resource["resourceType"]]
    assert not [issue for issue in reading.issues if issue.severity != "info"]


def test_base64_may_be_broken_into_lines() -> None:
    text = packed(R1.read_bytes())
    resource = binary(b"") | {"data": "\n".join(text[at : at + 76] for at in range(0, len(text), 76))}
    assert inside(hcfin.read(bundle(resource))) == alone().facts


def test_in_xml_too() -> None:
    data = f'<Binary xmlns="http://hl7.org/fhir"><contentType value="{EDI}"/><data value="%s"/></Binary>'
    assert inside(hcfin.read((data % packed(R1.read_bytes())).encode())) == alone().facts


def test_charge_messages_and_bundles_may_stand_inside() -> None:
    message = next((cases.FIXTURES / "hl7v2").rglob("input.hl7")).read_bytes()
    reading = hcfin.read(bundle(binary(message, "x-application/hl7-v2+er7")))
    assert [fact for fact in reading.facts if fact.kind != "account"][:1] == [
        fact for fact in hcfin.read(message).facts if fact.kind != "account"
    ][:1]
    twice = hcfin.read(bundle(binary(bundle(binary(R1.read_bytes())), "application/fhir+json")))
    assert inside(twice) == alone().facts


# Every place leads through both


def test_places_lead_through_the_resource_to_the_segment() -> None:
    reading, own = hcfin.read(bundle(binary(R1.read_bytes()))), alone()
    claim, first = next(one for one in reading if isinstance(one, ClaimPayment)), own.remittances[0].claims[0]
    assert claim.at == SPAN + first.at
    place, known = reading.place(claim, "paid"), own.place(first, "paid")
    assert place == replace(known, at=claim.at, unit=f"{known.unit} in {WITHIN}")
    assert str(place) == (
        f"segment {claim.at} CLP04 (loop 2100, {known.unit} in {WITHIN}, byte {known.offset})"
    )
    assert reading.origin(claim.at, "CLP04") == place
    assert reading.trail.excerpt(claim.at) == own.trail.excerpt(first.at) != ""
    assert reading.origin(1).segment == "Patient"
    adjustment = next(one for one, _ in claim.all_adjustments())
    assert reading.place(adjustment, "amount").segment == "CAS"


def test_units_and_issues_of_the_file_name_it() -> None:
    cut = R1.read_bytes().replace(b"\nSE*", b"\nXX*")
    reading, own = hcfin.read(bundle(binary(cut))), hcfin.read(cut)
    unit = next(one for one in reading.units if one.kind == "835")
    assert unit.summary == {**own.units[0].summary, "within": WITHIN}
    assert unit.at == SPAN + own.units[0].at
    told = [issue for issue in reading.issues if issue.origin and issue.origin.standard == "x12"]
    assert [issue.code for issue in told] == codes(own) != []
    assert [issue.origin.at for issue in told] == [SPAN + one.origin.at for one in own.issues]
    assert all(issue.origin.unit.endswith(f"in {WITHIN}") for issue in told)


def test_coverage_counts_the_file_and_the_resource() -> None:
    reading, own = hcfin.read(bundle(binary(R1.read_bytes()))), alone()
    assert reading.coverage.carried["Binary.data"] == 1
    assert {name: reading.coverage.carried[name] for name in own.coverage.carried} == own.coverage.carried
    assert {name: reading.coverage.counted[name] for name in own.coverage.counted} == own.coverage.counted


def test_a_file_in_a_file_names_both() -> None:
    outer = binary(bundle(binary(R1.read_bytes())), "application/fhir+json")
    reading = hcfin.read(bundle(outer))
    (header,) = (fact for fact in reading if isinstance(fact, Remittance))
    assert reading.place(header, "payment").unit.endswith(f"in {WITHIN} in {WITHIN}")
    assert header.at // SPAN == 2
    assert [unit.kind for unit in reading.units] == ["Patient", "Patient", "835", "Binary", "Binary"]


def test_lines_stream_in_one_pass() -> None:
    lines = [json.dumps(binary(path.read_bytes())).encode() for path in (R1, R2, R1)]
    data = b"\n".join([b'{"resourceType":"Patient","id":"p"}', *lines])
    events = list(hcfin.iter_facts(data))
    kept = hcfin.read(data)
    assert [one for one in events if isinstance(one, Unit)] == list(kept.units)
    assert sorted(str(one.ref) for one in events if isinstance(one, Remittance)) == sorted(
        one.ref for one in kept.facts if isinstance(one, Remittance)
    )
    assert [event.at // SPAN for event in events if isinstance(event, Remittance)] == [1, 2, 3]
    opened = [event.header for event in events if isinstance(event, Opened)]
    assert opened[2].ref == f"{opened[0].ref}#2"
    claims = [one for one in events if isinstance(one, ClaimPayment) and one.remittance == opened[2].ref]
    assert len(claims) == len(alone().remittances[0].claims)


def test_streams_forget_a_file_that_is_over() -> None:
    trail = EmbeddedTrail(NoTrail())
    base = trail.enter("x12", NoTrail(), Origin("fhir", 3, "Binary", "/data"))
    assert trail.origin(base + 4) == Origin("facts", base + 4, unit="in Binary /data")
    assert (trail.standard_at(base + 4), trail.standard_at(4), trail.excerpt(base + 4)) == ("x12", "", "")
    trail.leave(base)
    assert trail.origin(base + 4) == Origin("facts", base + 4)
    assert (trail.standard_at(base + 4), trail.excerpt(4)) == ("", "")


def test_nodes_without_a_place_keep_having_none() -> None:
    claim = alone().remittances[0].claims[0]
    assert moved(claim, SPAN) == claim
    assert moved(claim, SPAN).lines[0].procedure.at == claim.lines[0].procedure.at + SPAN
    assert moved(claim.model_copy(update={"at": 0}), SPAN).at == 0


def test_what_is_embedded_is_not_shown() -> None:
    found = Embedded("x12", b"ISA*SECRET", Origin("fhir", 1))
    assert repr(found) == "Embedded(standard='x12', bytes=10)"


def test_a_standard_by_itself_leaves_files_packed() -> None:
    import io

    stream = STANDARD.read(io.BytesIO(bundle(binary(R1.read_bytes()))), None, Limits(), True)
    assert stream.embeds
    assert [fact.kind for fact in collect(stream).facts] == ["account"]


# It is posted, proven, explained


def test_it_is_posted_as_the_file_itself() -> None:
    whole = hcfin.translate(bundle(binary(R2.read_bytes())), BOOKS, to="netsuite", context=CONTEXT)
    own = hcfin.translate(R2, BOOKS, to="netsuite", context=CONTEXT)
    assert whole.status == own.status
    assert [(one.id, one.content_hash) for one in whole.documents] == [
        (one.id, one.content_hash) for one in own.documents
    ]
    origins = {one.unit for line in whole.documents[0].gl_lines for one in line.origins.first}
    assert all(unit.endswith(f"in {WITHIN}") for unit in origins)
    parts = hcfin.iter_translate(bundle(binary(R2.read_bytes())), BOOKS, to="netsuite", context=CONTEXT)
    assert tuple(document for part in parts for document in part.documents) == whole.documents


def test_the_same_advice_in_two_files_is_booked_once() -> None:
    data = bundle(binary(R1.read_bytes()), binary(R1.read_bytes()) | {"id": "b2"})
    reading = hcfin.read(data)
    first, second = reading.remittances
    assert second.header.ref == f"{first.header.ref}#2"
    assert len(first.claims) == len(second.claims) == len(alone().remittances[0].claims)
    posting = hcfin.post(reading, BOOKS, context=CONTEXT)
    assert "DUPLICATE_REMITTANCE" in [issue.code for issue in posting.issues]
    once = hcfin.post(alone(), BOOKS, context=CONTEXT)
    assert [one.id for one in posting.documents] == [one.id for one in once.documents]


def test_bills_of_two_files_stay_with_their_submission() -> None:
    reading = hcfin.read(bundle(binary(BILL.read_bytes()), binary(BILL.read_bytes())))
    own = hcfin.read(BILL).submissions
    assert [len(one.claims) for one in reading.submissions] == [len(one.claims) for one in (*own, *own)]
    assert reading.submissions[-1].header.ref == f"{own[-1].header.ref}#2"


def test_its_proof_holds() -> None:
    spec = importlib.util.spec_from_file_location(
        "check_proof", Path(__file__).parent.parent / "docs" / "check_proof.py"
    )
    assert spec
    assert spec.loader
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    (proof,) = hcfin.prove(bundle(binary(R2.read_bytes())), BOOKS, context=CONTEXT)
    kinds = {amount["kind"] for amount in json.loads(proof.to_json())["amounts"]}
    assert {"claim_charge", "claim_payment", "adjustment", "remittance_payment"} <= kinds
    checker.check(json.loads(proof.to_json()))


def test_lines_are_explained_by_the_segment_inside() -> None:
    explained = hcfin.explain(bundle(binary(R2.read_bytes())), BOOKS, context=CONTEXT)
    told = str(explained)
    assert f"in {WITHIN}" in told
    assert "CLP04" in told


def test_the_summary_shows_what_is_inside(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle(binary(R2.read_bytes())))
    (shown,) = CliRunner().invoke(command, ["summary", str(path)]).output.splitlines()
    _, unit, outer = json.loads(shown)["units"]
    assert (unit["kind"], unit["control"], unit["payment"], unit["within"]) == (
        "835",
        "EFT0310",
        "285.46",
        WITHIN,
    )
    assert outer == {"kind": "Binary", "control": ""}


# What is not read


def test_other_files_are_named_and_not_opened() -> None:
    reading = hcfin.read(bundle(binary(b"%PDF-1.7", "application/pdf")))
    assert codes(reading) == ["RESOURCE_NOT_READ"]
    reading = hcfin.read(bundle(binary(b"Dear patient", "text/plain")))
    assert codes(reading) == ["EMBEDDED_UNKNOWN"]
    assert str(reading.issues[0].origin) == "segment 3 /entry/1/resource/data"
    assert codes(hcfin.read(bundle({"resourceType": "Binary", "contentType": EDI}))) == ["RESOURCE_NOT_READ"]


def test_a_document_that_was_replaced_is_not_read() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "superseded",
        "content": [{"attachment": {"contentType": EDI, "data": packed(R1.read_bytes())}}],
    }
    reading = hcfin.read(bundle(document))
    assert codes(reading) == ["DOCUMENT_NOT_CURRENT"]
    assert not inside(reading)


def test_a_modified_document_is_held() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}],
        "content": [{"attachment": {"contentType": EDI, "data": packed(R1.read_bytes())}}],
    }
    reading = hcfin.read(bundle(document))
    assert codes(reading) == ["MODIFIER_EXTENSION"]
    assert not inside(reading)


def test_what_is_declared_and_is_none_is_an_issue_of_the_file() -> None:
    reading = hcfin.read(bundle(binary(b"Dear patient")))
    assert codes(reading) == ["X12_NOT_FOUND"]
    assert str(reading.issues[0].origin) == "segment 3 /entry/1/resource/data"


def test_what_is_no_base64_is_an_issue() -> None:
    reading = hcfin.read(bundle(binary(b"") | {"data": "ISA*00*~"}))
    assert codes(reading) == ["FHIR_BASE64_INVALID"]
    assert str(reading.issues[0].origin) == "segment 3 /entry/1/resource/data"


@pytest.mark.parametrize("end", [30, -20])
def test_a_damaged_file_is_an_issue(end: int) -> None:
    data = gzip.compress(R1.read_bytes())[:end]
    reading = hcfin.read(bundle(binary(data)))
    assert codes(reading)[-1] == "EMBEDDED_DAMAGED"
    assert not hcfin.post(reading, BOOKS, context=CONTEXT).documents


def test_a_bomb_is_refused() -> None:
    start = R1.read_bytes()
    bomb = gzip.compress(start[: start.index(b"CLP*")] + b"\n" * 300_000_000)
    assert len(bomb) < 400_000
    reading = hcfin.read(bundle(binary(bomb)))
    assert codes(reading)[-1] == "EMBEDDED_TOO_LARGE"
    assert dict(reading.issues[-1].values)["limit"] == str(100 * len(bomb))


def test_all_files_together_are_bounded() -> None:
    size = len(R1.read_bytes())
    data = bundle(binary(R1.read_bytes()), binary(R1.read_bytes()))
    reading = hcfin.read(data, limits=Limits(max_embedded_bytes=2 * size - 1))
    assert codes(reading) == ["EMBEDDED_TOO_LARGE"]
    assert len(reading.remittances) == 1
    assert codes(hcfin.read(data, limits=Limits(max_embedded_bytes=2 * size))) == []


def test_files_inside_one_another_end() -> None:
    data = R1.read_bytes()
    for _ in range(4):
        data = bundle(binary(data, "application/fhir+json" if data[:1] == b"{" else EDI))
    assert len(hcfin.read(data).remittances) == 1
    deeper = bundle(binary(data, "application/fhir+json"))
    reading = hcfin.read(deeper)
    assert codes(reading) == ["EMBEDDED_TOO_DEEP"]
    assert reading.issues[0].origin.unit.count(WITHIN) == 4
    assert not reading.remittances


def test_issues_of_all_files_share_one_limit() -> None:
    broken = R1.read_bytes().replace(b"\nCAS*", b"\nQQQ*")
    many = len(codes(hcfin.read(broken)))
    assert many > 3
    data = bundle(*[binary(broken) for _ in range(10)])
    assert len(codes(hcfin.read(data, limits=Limits(max_issues=many + 1)))) <= many + 1 + 10


@given(st.binary(max_size=200), st.sampled_from([EDI, "text/plain", "application/fhir+json"]), st.booleans())
def test_whatever_stands_inside(data: bytes, kind: str, pack: bool) -> None:
    held = gzip.compress(data)[: 200 - len(data)] if pack else data
    assert_never_raises(lambda one: hcfin.read(one), bundle(binary(held, kind)))
