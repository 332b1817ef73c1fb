"""The whole-job call: statuses, sources, determinism, errors at the edge."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import cases
import hcfin
from hcfin.errors import KeysError, SettingsError, UnknownNameError
from hcfin.standards.x12 import STANDARD
from hcfin.translation import standard_of

R1 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi"
R2 = cases.FIXTURES / "x12" / "remittance_835" / "worked_r2" / "input.edi"
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = hcfin.load_books()


class Unseekable(io.RawIOBase):
    """A pipe: read once, forwards."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)


class Dribble(Unseekable):
    """Gives less than it is asked for, as sockets do."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, self.most))


@pytest.mark.parametrize("most", [1, 4095, 70_000])
@pytest.mark.parametrize("data", [R2.read_bytes(), b"ST*835*0001~N1*PE*" + b"*" * 105_000 + b"~CLP*A*1*1*1~"])
def test_how_bytes_arrive_does_not_show(data: bytes, most: int) -> None:
    whole, parts = hcfin.read(data), hcfin.read(Dribble(data, most))
    assert (parts.facts, parts.issues, parts.units) == (whole.facts, whole.issues, whole.units)
    assert whole.facts


@pytest.mark.parametrize(
    "make",
    [
        lambda: R2.read_bytes(),
        lambda: bytearray(R2.read_bytes()),
        lambda: memoryview(R2.read_bytes()),
        lambda: R2.read_text(encoding="utf-8"),
        lambda: R2,
        lambda: str(R2),
        lambda: io.BytesIO(R2.read_bytes()),
        lambda: io.BufferedReader(io.BytesIO(R2.read_bytes())),
        lambda: Unseekable(R2.read_bytes()),
    ],
)
def test_any_source_gives_the_same(make) -> None:
    expected = hcfin.translate(R2.read_bytes(), BOOKS, to="netsuite", context=CONTEXT)
    result = hcfin.translate(make(), BOOKS, to="netsuite", context=CONTEXT)
    assert result.to_json() == expected.to_json()
    assert result.status == "ok"


def test_an_open_file_is_read_from_where_it_stands() -> None:
    stream = io.BytesIO(b"HEADER LINE\n" + R2.read_bytes())
    stream.readline()
    reading = hcfin.read(stream)
    assert len(reading.facts) == 5
    strict = io.BytesIO(b"HEADER LINE\n" + R2.read_bytes())
    strict.readline()
    assert {issue.code for issue in hcfin.read(strict, strict=True).issues} <= {"GUIDE_VIOLATION"}


def test_other_envelope_same_documents() -> None:
    """Control numbers, file and delimiters change nothing of what is booked."""
    text = R2.read_text(encoding="utf-8").replace("\n", "")
    other = text.replace("000000310", "000009999").replace("*310*X", "*77*X").replace("GE*1*310", "GE*1*77")
    other = other.replace("ST*835*0001", "ST*835*0042").replace("SE*48*0001", "SE*48*0042")
    other = other.replace("*", "|").replace(":", ">").replace("~", "\n")
    first = hcfin.post(hcfin.read(text.encode()), BOOKS, context=CONTEXT)
    second = hcfin.post(hcfin.read(other.encode()), BOOKS, context=CONTEXT)
    assert [issue.code for issue in second.issues] == ["PATIENT_BILLING_HELD"]
    assert [d.id for d in first.documents] == [d.id for d in second.documents]
    assert [d.content_hash for d in first.documents] == [d.content_hash for d in second.documents]


def test_the_same_bytes_everywhere() -> None:
    """Byte-identical in other processes: hash seeds, locales and zones do not matter."""
    program = (
        "import sys, hcfin; sys.stdout.write(hcfin.translate(sys.argv[1], hcfin.load_books(), to='netsuite', "
        "context=hcfin.Context(keys=hcfin.DEMO_KEYS)).to_json())"
    )
    outputs = set()
    for seed, zone, locale in (
        ("0", "UTC", "C.UTF-8"),
        ("1", "Asia/Tokyo", "C"),
        ("77", "America/Adak", "POSIX"),
    ):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-c", program, str(R2)], capture_output=True, check=True, env=environment
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_pieces_travel_between_processes() -> None:
    """Everything that a worker needs or returns can be pickled."""
    for value in (BOOKS, CONTEXT, hcfin.Limits(), STANDARD, hcfin.read(R2)):
        assert pickle.loads(pickle.dumps(value)) is not None  # noqa: S301 - our own bytes
    result = hcfin.translate(R2, BOOKS, to="netsuite", context=CONTEXT)
    assert pickle.loads(pickle.dumps(result)).to_json() == result.to_json()  # noqa: S301


def test_facts_are_patient_data_and_only_on_request() -> None:
    result = hcfin.translate(R1, BOOKS, to="netsuite", context=CONTEXT)
    assert "DOE" not in result.to_json()
    assert "DOE" not in repr(result)
    kept = hcfin.translate(R1, BOOKS, to="netsuite", context=CONTEXT, facts=True)
    assert "DOE" in kept.to_json(facts=True)
    assert kept.to_json() == result.to_json()


def test_statuses() -> None:
    errors = cases.FIXTURES / "errors"
    held = errors / "REMIT_UNBALANCED_CLAIM" / "input.edi"
    stopped = errors / "REMIT_UNBALANCED_TRANSACTION" / "input.edi"
    assert hcfin.translate(held, BOOKS, to="netsuite", context=CONTEXT).status == "partial"
    result = hcfin.translate(stopped, BOOKS, to="netsuite", context=CONTEXT)
    assert result.status == "rejected"
    assert not result.documents
    codes = [issue.code for issue in result.issues]
    assert codes.count("REMIT_UNBALANCED_TRANSACTION") == 1, "reader and posting say it once"


def test_on_error_raise() -> None:
    stopped = cases.FIXTURES / "errors" / "REMIT_UNBALANCED_TRANSACTION" / "input.edi"
    with pytest.raises(hcfin.Rejected) as caught:
        hcfin.translate(stopped, BOOKS, to="netsuite", context=CONTEXT, on_error="raise")
    assert [issue.code for issue in caught.value.issues] == ["REMIT_UNBALANCED_TRANSACTION"]
    assert "difference" in str(caught.value)
    assert hcfin.translate(R2, BOOKS, to="netsuite", context=CONTEXT, on_error="raise").status == "ok"


def test_what_the_caller_must_change_is_an_hcfin_error() -> None:
    with pytest.raises(KeysError):
        hcfin.translate(R2, BOOKS, to="netsuite", context=hcfin.Context())
    with pytest.raises(UnknownNameError):
        hcfin.translate(R2, BOOKS, to="nosuch", context=CONTEXT)
    with pytest.raises(SettingsError):
        hcfin.translate(R2, BOOKS, to="netsuite", context=CONTEXT, settings={"nosuch": 1})
    with pytest.raises(UnknownNameError):
        hcfin.read(R2, standard="nosuch")
    with pytest.raises(UnknownNameError):
        hcfin.explain(R2, BOOKS, context=CONTEXT, payload="nosuch#/line/items/0")
    with pytest.raises(FileNotFoundError):
        hcfin.read("no-such-file.edi")


def test_unknown_input_is_an_issue() -> None:
    assert standard_of(b"UNB+UNOA:1+") is None
    reading = hcfin.read(b"%PDF-1.7")
    assert [issue.code for issue in reading.issues] == ["STANDARD_UNKNOWN"]
    result = hcfin.translate(b"", BOOKS, to="netsuite", context=CONTEXT)
    assert result.status == "rejected"


def test_sniffing() -> None:
    assert STANDARD.sniff(b"\xef\xbb\xbf  ISA*00*") == 100
    assert STANDARD.sniff(b"cover sheet\nISA*" + b"00*" * 40) == 60
    assert STANDARD.sniff(b"ST*835*0001~BPR*I*1~") == 60
    assert STANDARD.sniff(b"VISAGE") == 0


def test_write_and_read_back() -> None:
    reading = hcfin.read(R2)
    assert hcfin.read(hcfin.write(reading.facts, "x12")).facts == reading.facts


def test_check_runs_the_strict_validator() -> None:
    codes = {issue.code for issue in hcfin.check(b"ISA*00*")}
    assert "X12_NOT_FOUND" in codes
    assert "GUIDE_VIOLATION" in {issue.code for issue in hcfin.check(_without_ref(R2))}


def _without_ref(path: Path) -> bytes:
    """A remittance without its required trace."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("TRN")).replace("SE*48", "SE*47").encode()


def test_views_group_claims_by_remittance() -> None:
    reading = hcfin.read(R1.read_bytes() + R2.read_bytes())
    assert [len(view.claims) for view in reading.remittances] == [3, 4]
    assert reading.origin(14).segment == "CLP"
    assert len(list(reading)) == 9


def test_the_same_remittance_twice_is_booked_once() -> None:
    posting = hcfin.post(hcfin.read(R2.read_bytes() * 2), BOOKS, context=CONTEXT)
    assert len(posting.documents) == 2
    codes = [issue.code for issue in posting.issues]
    assert codes == ["PATIENT_BILLING_HELD", "PATIENT_BILLING_HELD", "DUPLICATE_REMITTANCE"]


def test_explain_selects() -> None:
    everything = hcfin.explain(R2, BOOKS, context=CONTEXT)
    document = everything.lines[0].document_id
    assert len(everything.lines) == 17
    assert everything.unposted
    one = hcfin.explain(R2, BOOKS, context=CONTEXT, line=f"{document}:15")
    assert [source.amount.amount.__str__() for source in one.lines[0].sources] == ["600.00", "180.00"]
    assert one.lines[0].rule.id == "CO-45"
    assert not one.unposted
    assert len(hcfin.explain(R2, BOOKS, context=CONTEXT, line=document).lines) == 17
    assert "is informational" in str(hcfin.explain(R2, BOOKS, context=CONTEXT, at=18))


def test_every_cent_of_a_line_is_explained() -> None:
    """The sources of a line add up to it."""
    for path in (R1, R2):
        for line in hcfin.explain(path, BOOKS, context=CONTEXT).lines:
            total = sum(abs(source.amount.amount) for source in line.sources)
            assert total == line.line.amount
