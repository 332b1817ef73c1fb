"""What an answer says is what reading says: of every fixture, of damaged files, of files of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import cases
import hcfin
from hcfin.billing.reading import Reading
from hcfin.issues import Disposition
from hcfin.testing import leaks, robustness_cases
from test_acknowledge import SAID, ack


def files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(cases.FIXTURES.rglob("*.edi")):
        yield str(path.relative_to(cases.FIXTURES)), path.read_bytes()
    for case in robustness_cases():
        yield case.name, case.data


def oracle(reading: Reading) -> list[bool]:
    """Which sets reading accepts, in their order; by units and positions alone."""
    sets = [unit for unit in reading.units if unit.kind != "TA1"]
    ends = [*(unit.at for unit in sets[1:]), 10**9][: len(sets)]
    found = []
    for unit, end in zip(sets, ends, strict=True):
        inside = [one for one in reading.issues if one.origin and unit.at <= one.origin.at < end]
        refused = any(
            one.code == "SET_NOT_READ" or one.disposition is Disposition.REJECT_SET for one in inside
        )
        found.append(not refused)
    return found


def lawful(name: str, data: bytes) -> int:
    """The answer is read back as what it was made from, says of each set what reading says, and the foreign
    validator has nothing against it. How many sets it is about."""
    answer, reading = ack(data), hcfin.read(data)
    told = [status for status in answer.statuses if status.level == "set"]
    if answer.data:
        assert hcfin.read(answer.data).facts == answer.statuses, name
        assert not answer.data.count(b"\n"), name
        against = [issue for issue in hcfin.check(answer.data) if issue.code not in SAID]
        # Qualifiers of names come from the file; those of other trades are not in the guide.
        assert {issue.origin.element for issue in against if issue.origin} <= {"ISA05", "ISA07"}, name
    by_number = {
        (unit.envelope.get("interchange_control"), unit.envelope.get("group_control"), unit.at): accepted
        for unit, accepted in zip(
            (unit for unit in reading.units if unit.kind != "TA1"), oracle(reading), strict=True
        )
    }
    left_out = [issue.origin for issue in answer.issues if issue.code == "ACKNOWLEDGMENT_LEFT_OUT"]
    unnamed = {origin.at for origin in left_out if origin}
    groups = {unit.at: unit.envelope for unit in reading.units}
    expected = [
        accepted
        for (interchange, group, at), accepted in by_number.items()
        if at not in unnamed and interchange and group and _answered(groups[at], reading, at, unnamed)
    ]
    assert [status.accepted for status in told] == expected, name
    return len(told)


def _answered(envelope: dict[str, str], reading: Reading, at: int, unnamed: set[int]) -> bool:
    """Whether the set's group or interchange is one of those that are answered at all."""
    before = [n for n in range(at, 0, -1) if reading.origin(n).segment in ("GS", "ISA")]
    group = next((n for n in before if reading.origin(n).segment == "GS"), 0)
    return group not in unnamed and "version" in envelope and not _is_answer(reading, at)


def _is_answer(reading: Reading, at: int) -> bool:
    return any(unit.at == at and unit.kind in ("999", "997") for unit in reading.units)


@pytest.mark.parametrize(("name", "data"), list(files()), ids=[name for name, _ in files()])
def test_the_answer_says_what_reading_says(name: str, data: bytes) -> None:
    lawful(name, data)


@pytest.mark.corpus
def test_the_answer_says_what_reading_says_of_files_of_others(corpus: Path) -> None:
    told = 0
    for path in sorted((corpus / "x12").rglob("*")):
        if path.is_file():
            told += lawful(path.name, path.read_bytes())
    assert told > 250


def test_no_patient_data_is_given_back() -> None:
    for path in sorted(cases.FIXTURES.rglob("*.edi")):
        data = path.read_bytes().replace(b"TESTPERSON", b"ZZPHI7").replace(b"ACCT", b"ZZPHI7")
        answer = ack(data)
        shown = answer.data + "\n".join([*map(str, answer.issues), repr(answer.statuses)]).encode()
        assert not leaks(shown, ["ZZPHI7"]), path
