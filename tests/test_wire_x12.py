"""X12 syntax: the fast way of plain blocks and the careful way of all others see the same segments."""

from __future__ import annotations

import io

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from hcfin.limits import Limits
from hcfin.testing import mutations, x12_835
from hcfin.wire import x12
from hcfin.wire.x12 import Delimiters, Event, Fault, Segment, scan

ISA = (
    "ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   *250115*0900*^*00501"
    "*000000001*0*T*:"
)


def events(data: bytes, block: int = 1 << 18, **limits: int) -> list[Event]:
    """All events, read in blocks of a size."""
    stream = io.BytesIO(data)
    return list(scan(lambda size: stream.read(min(size, block)), Limits(**limits)))


def segments(data: bytes) -> list[list[str]]:
    return [event.elements for event in events(data) if isinstance(event, Segment)]


def carefully(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    with monkeypatch.context() as patched:
        patched.setattr(x12, "_cut", lambda *_: None)
        return events(data)


@settings(max_examples=200)
@given(written=x12_835(), data=st.data())
def test_both_ways_see_the_same(written, data: st.DataObject) -> None:
    monkeypatch = pytest.MonkeyPatch()
    _, damaged = data.draw(mutations(written[0]))
    for source in (written[0], written[0].replace(b"\n", b""), damaged):
        for line in (b"", b"\n", b"\r\n", b"\n\n", b"\n  "):
            text = source.replace(b"~", b"~" + line)
            assert events(text) == carefully(text, monkeypatch)


@settings(max_examples=50)
@given(written=x12_835(), block=st.integers(1, 700))
def test_the_size_of_blocks_does_not_matter(written, block: int) -> None:
    assert events(written[0], block) == events(written[0])


@pytest.mark.parametrize("line", ["", "\n", "\r\n"])
def test_plain_files_take_the_fast_way(line: str) -> None:
    block = f"~{line}".join(["GS*HP*A*B*20250115*0900*1*X*005010X221A1", "ST*835*0001", "BPR*I*5"])
    rows = block.split(f"~{line}")
    assert x12._cut(line + block, "~", "*") == (rows, f"~{line}", len(line))


@pytest.mark.parametrize(
    "block",
    [
        "A*1~\tB*2",
        "A*1 ~B*2",
        "A* 1~B*2",
        "A*1~ B*2",
        " A*1~B*2",
        "A*1~\nB*2~C",
        "A*1~B*\n2",
        "A*1~\nB*2~C\nD*3~\n",
        "A*1~B*2\r",
        "A*é~B",
        "A~ISA*1",
    ],
)
def test_odd_blocks_take_the_careful_way(block: str) -> None:
    assert x12._cut(block, "~", "*") is None


def test_many_small_interchanges_are_read_in_linear_time() -> None:
    one = f"{ISA}~GS*HP*A*B*20250115*0900*1*X*005010X221A1~GE*0*1~IEA*1*000000001~".encode()
    found = events(one * 3_000)
    assert sum(isinstance(event, Delimiters) for event in found) == 3_000
    assert sum(isinstance(event, Segment) for event in found) == 12_000


def test_limits_are_kept_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    data = f"{ISA}~{'A*1*2*3~' * 10}IEA*1*000000001~".encode()
    for ways in (events, lambda *a, **k: events(*a, **k)):
        found = ways(data, max_segments=5)
        assert [event.code for event in found if isinstance(event, Fault)] == ["TOO_MANY_SEGMENTS"]
        assert sum(isinstance(event, Segment) for event in found) == 5
    found = events(data, max_elements=3)
    assert {len(event.elements) for event in found if isinstance(event, Segment)} == {3}
    codes = [event.code for event in events(data, max_bytes=130) if isinstance(event, Fault)]
    assert codes == ["TERMINATOR_MISSING"] or "INPUT_TOO_LARGE" in codes


def test_offsets_are_bytes() -> None:
    data = f"\ufeff\n{ISA}~\nNM1*QC*1*DÖE~\nIEA*1*000000001~\n".encode()
    for event in events(data):
        if isinstance(event, Segment):
            assert data[event.offset :].startswith(event.elements[0].encode())
    assert segments(data)[1][3] == "DÖE"
