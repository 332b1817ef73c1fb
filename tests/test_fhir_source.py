"""Streams of FHIR: documents, lists, lines, compressed or not, and what is wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.cli.jobs import Feed, Summarize
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.limits import Limits
from hcfin.standards.fhir.source import Document, documents
from hcfin.translation import stream_facts

COVERAGE = {"resourceType": "Coverage", "id": "cov1", "status": "active"}
LINE = json.dumps(COVERAGE).encode()
XML = b'<Coverage xmlns="http://hl7.org/fhir"><id value="cov1"/><status value="active"/></Coverage>'


def drip(data: bytes, size: int) -> Callable[[int], bytes]:
    stream = io.BytesIO(data)
    return lambda asked: stream.read(min(asked, size))


def found(data: bytes, size: int = 1 << 20, limits: Limits | None = None) -> list[Document]:
    return list(documents(drip(data, size), limits or Limits()))


@pytest.mark.parametrize(
    "data",
    [
        LINE,
        b"\xef\xbb\xbf" + LINE,
        b"\r\n  " + LINE + b"\n\n",
        json.dumps(COVERAGE, indent=2).encode(),
        b"[" + LINE + b"]",
        XML,
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_one_resource(data: bytes, size: int) -> None:
    (one,) = found(data, size)
    assert one.tree is not None
    assert one.tree["resourceType"] == "Coverage"
    (packed,) = found(gzip.compress(data), size)
    assert packed.tree == one.tree


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_one_bad_line_costs_one_line(size: int) -> None:
    lines = [LINE, LINE[:-9], b"", b'{"resourceType": "Patient", "resourceType": "Claim"}', b'"x"', LINE]
    made = found(b"\n".join(lines), size)
    assert [(one.line, one.fault) for one in made] == [
        (1, ""),
        (2, "FHIR_JSON_INVALID"),
        (4, "FHIR_JSON_DUPLICATE_KEY"),
        (5, "FHIR_NOT_A_RESOURCE"),
        (6, ""),
    ]


def test_a_bad_first_line_costs_one_line() -> None:
    made = found(b'{"resourceType": "Claim", "id": oops}\n' + LINE)
    assert [one.fault for one in made] == ["FHIR_JSON_INVALID", ""]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "FHIR_NOT_A_RESOURCE"),
        (b" \n ", "FHIR_NOT_A_RESOURCE"),
        (b"{", "FHIR_JSON_INVALID"),
        (b'{"a": 1}', "FHIR_NOT_A_RESOURCE"),
        (b"<x/>", "FHIR_NOT_A_RESOURCE"),
        (b'<!DOCTYPE x><Patient xmlns="http://hl7.org/fhir"/>', "FHIR_XML_DOCTYPE"),
        # mtime: the clock may not get into the name of a test, or workers collect different tests.
        (gzip.compress(LINE, mtime=0)[:-9], "FHIR_GZIP_INVALID"),
        (gzip.compress(LINE, mtime=0)[:12] + b"????????", "FHIR_GZIP_INVALID"),
    ],
)
def test_faults(data: bytes, fault: str) -> None:
    assert [one.fault for one in found(data)] == [fault]


def test_members_of_a_compressed_file_follow_one_another() -> None:
    data = gzip.compress(LINE + b"\n") + gzip.compress(LINE)
    assert [one.line for one in found(data, 5)] == [1, 2]


def test_a_bomb_ends_at_the_limit() -> None:
    data = gzip.compress(b'{"resourceType": "Claim", "id": "' + b"a" * 5_000_000 + b'"}')
    (one,) = found(data, limits=Limits(max_bytes=100_000))
    assert (one.fault, one.values) == ("FHIR_TOO_LARGE", (("limit", 100_000),))


@given(st.binary(max_size=120) | st.text('{}[]"resourceType:Claim,\n<>').map(str.encode), st.integers(1, 9))
def test_any_bytes_end_in_documents(data: bytes, size: int) -> None:
    made = found(data, size)
    assert made
    assert [(one.line, one.fault) for one in made] == [(one.line, one.fault) for one in found(data)]


def test_types_that_fhir_does_not_have_are_not_shown() -> None:
    reading = hcfin.read(b'{"resourceType": "Testperson Alpha", "id": "TESTPERSON"}')
    assert "estperson" not in repr(reading.issues) + repr(reading.units)
    assert [unit.kind for unit in reading.units] == ["?"]


@pytest.mark.parametrize("name", ["modifierExtension", "modifierExtensi\\u006fn", "\\u006DodifierExtension"])
def test_a_modifier_extension_is_seen_however_its_name_is_written(name: str) -> None:
    data = '{"resourceType": "ChargeItem", "note": "caf\\u00e9", "inside": [{"name": [{"url": "urn:x"}]}]}'
    assert [one.modified for one in found(data.encode())] == [False]
    held = data.replace('"name"', f'"{name}"').encode()
    assert [one.modified for one in found(held)] == [True]
    assert [one.modified for one in found(held + b"\n" + data.encode())] == [True, False]


BENEFIT = next(
    entry["resource"]
    for entry in json.loads(
        (cases.FIXTURES / "fhir/explanation_of_benefit/categories/input.json").read_bytes()
    )["entry"]
    if entry["resource"]["resourceType"] == "ExplanationOfBenefit"
)
PADDING = [{"sequence": n, "category": {"text": "told beside the money"}} for n in range(100)]
ROOM = 100_000
"""Bytes; a document that is parsed takes more."""


def benefits(count: int) -> Iterator[bytes]:
    """Lines, each of a benefit of its own."""
    one = {**BENEFIT, "supportingInfo": PADDING}
    for number in range(count):
        told = {"id": f"b{number}", "identifier": [{"system": "urn:oid:2.999.11", "value": f"ICN{number}"}]}
        yield json.dumps({**one, **told}).encode() + b"\n"


def drained(lines: Iterator[bytes]) -> Any:
    held = bytearray()

    def read(size: int) -> bytes:
        while len(held) < size and (line := next(lines, b"")):
            held.extend(line)
        made = bytes(held[:size])
        del held[:size]
        return made

    return SimpleNamespace(read=read)


def _facts(lines: Iterator[bytes]) -> Iterator[object]:
    return hcfin.iter_facts(drained(lines))


def _facts_and_coverage(lines: Iterator[bytes]) -> Iterator[object]:
    return stream_facts(drained(lines), cover=True).events


def _facts_of_gzip(lines: Iterator[bytes]) -> Iterator[object]:
    # Each line is a member of its own, as in files that were put together.
    return hcfin.iter_facts(drained(gzip.compress(line, 1) for line in lines))


def _all_facts(lines: Iterator[bytes]) -> Iterator[object]:
    return iter(hcfin.read(drained(lines)).facts)


def peak(way: Callable[[Iterator[bytes]], Iterator[object]], count: int) -> int:
    tracemalloc.start()
    try:
        assert sum(1 for _ in way(benefits(count))) >= count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("way", [_facts, _facts_and_coverage, _facts_of_gzip])
def test_memory_of_lines_does_not_grow_with_their_number(
    way: Callable[[Iterator[bytes]], Iterator[object]],
) -> None:
    peak(way, 2)
    few = peak(way, 60)  # several blocks of the reader
    assert peak(way, 240) < few + ROOM
    if way is _facts:
        assert peak(_all_facts, 120) > peak(_all_facts, 60) + ROOM, "facts are kept: it measures"


def test_memory_of_a_summary_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def used(count: int) -> int:
        path = tmp_path / f"{count}.ndjson"
        path.write_bytes(b"".join(benefits(count)))
        tracemalloc.start()
        try:
            pieces = Summarize(Feed())(Source(str(path)), Meter())
            assert sum(str(getattr(piece, "text", "")).count('"kind"') for piece in pieces) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    used(2)
    few = used(150)
    assert used(450) < few + ROOM
