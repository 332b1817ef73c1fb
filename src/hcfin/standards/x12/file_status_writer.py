"""File statuses as X12: a TA1 for each interchange, a 999 (005010X231A1) for each group with its sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from hcfin.billing.file_status import ErrorContext, FileStatus, ReportedError
from hcfin.errors import HcfinError
from hcfin.standards.x12.read_back import Said, prove
from hcfin.wire.x12_writer import Element, Group, Row, control_data, interchange

VERSION = "005010X231A1"
"""The guide of a 999 where the caller names none."""

_Place = tuple[int | None, int | None, int | None]


def write(statuses: Sequence[FileStatus], identity: Mapping[str, str]) -> bytes:
    """One interchange: what is said of interchanges as TA1s, then a 999 for each group.

    The statuses of sets stand before that of their group. `identity` is that of `hcfin.write`. Raises
    `HcfinError` where reading the result would not give the same facts.
    """
    control = control_data(identity, date(2000, 1, 1))
    told = [status for status in statuses if status.level == "interchange"]
    sets = [("999", list(_set(*part))) for part in _parts(statuses)]
    version = control["version"] or VERSION
    groups = [Group("FA", version, sets, states_guide=True)] if sets else []
    data = interchange(groups, control, [_ta1(status) for status in told])
    prove(data, [Said(status, *_name(n, status), frozenset()) for n, status in enumerate(statuses, start=1)])
    return data


def _name(number: int, status: FileStatus) -> tuple[str, str]:
    kind = "TA1" if status.level == "interchange" else "999"
    return kind, f"status {number} ({status.level})"


def _parts(statuses: Iterable[FileStatus]) -> Iterator[tuple[FileStatus, list[FileStatus]]]:
    """Each group with the sets before it."""
    sets: list[FileStatus] = []
    for status in statuses:
        if status.level == "set":
            sets.append(status)
        elif status.level == "group":
            yield status, sets
            sets = []
    if sets:
        raise HcfinError("the statuses of sets end without that of their group")


def _ta1(status: FileStatus) -> Row:
    day = status.interchange_date
    stated = day.strftime("%y%m%d") if day else ""
    return (
        "TA1",
        status.interchange_control,
        stated,
        status.interchange_time,
        status.code,
        *status.error_codes,
    )


def _set(group: FileStatus, sets: Iterable[FileStatus]) -> Iterator[Row]:
    yield ("AK1", group.group_code, group.group_control, group.group_version)
    for status in sets:
        yield ("AK2", status.set_kind, status.set_control, status.set_version)
        for segment, errors in _by_segment(status.errors):
            yield from _segment(segment, errors)
        yield ("IK5", status.code, *status.error_codes)
    counts = group.sets_included, group.sets_received, group.sets_accepted
    yield ("AK9", group.code, *map(_number, counts), *group.error_codes)


def _by_segment(errors: Iterable[ReportedError]) -> Iterator[tuple[ReportedError, list[ReportedError]]]:
    """Errors in elements of one segment together; an error without an element stands for itself."""

    def place(error: ReportedError) -> tuple[object, ...]:
        alone = not error.element_code and error.element is None
        return (error.segment, error.position, error.loop, error.segment_code, id(error) if alone else None)

    for _, members in groupby(errors, key=place):
        found = list(members)
        yield found[0], found


def _segment(first: ReportedError, errors: Sequence[ReportedError]) -> Iterator[Row]:
    """IK3 with its IK4s. What all errors of the segment are in stands once, behind the segment."""
    shared = first.contexts if all(error.contexts == first.contexts for error in errors) else ()
    yield ("IK3", first.segment, _number(first.position), first.loop, first.segment_code)
    yield from map(_context, shared)
    for error in errors:
        place = _place((error.element, error.component, error.repetition))
        if error.element_code or any(place):
            yield ("IK4", place, error.element_reference, error.element_code, error.bad_data)
            yield from map(_context, error.contexts[len(shared) :])


def _context(context: ErrorContext) -> Row:
    place = _place((context.element, context.component, context.repetition))
    name = (context.name, context.value)
    return ("CTX", name, context.segment, _number(context.position), context.loop, place)


def _place(numbers: _Place) -> Element:
    return tuple(_number(number) for number in numbers)


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
