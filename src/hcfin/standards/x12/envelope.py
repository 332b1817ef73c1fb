"""Interchanges, groups and transaction sets: control numbers and counts, checked at each level.

A wrong count is an issue and costs no data. Every set is handed to the reader of its kind; sets of other
kinds are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from hcfin.billing.reading import Event, Unit
from hcfin.issues import Disposition
from hcfin.standards.x12.remittance_835 import RemittanceReader
from hcfin.standards.x12.session import ISSUE, Session, SetReader
from hcfin.wire.x12 import Delimiters, Fault, Segment
from hcfin.wire.x12 import Event as WireEvent

_READERS = {"835": RemittanceReader}


class _Counted:
    """A transaction set that hcfin does not read: its segments are counted, nothing else."""

    def __init__(self, session: Session, header: Segment) -> None:
        self.session = session
        kind = session.text(header, 1)
        self.kind = kind if kind.isascii() and kind.isdigit() else "?"
        session.issue("SET_NOT_READ", header, 1, kind=self.kind)
        session.events.append(Unit(self.kind, session.text(header, 2), header.at))

    def segment(self, segment: Segment) -> None:
        self.session.cover(self.kind, segment)
        self.session.trail.open(segment.at)

    def cut(self) -> None:
        pass

    def end(self, segment: Segment | None) -> None:
        pass


class Envelope:
    """Takes the events of a source and drives the set readers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.interchange: Segment | None = None
        self.group: Segment | None = None
        self.header: Segment | None = None
        self.reader: SetReader | None = None
        self.groups = 0
        self.sets = 0
        self.take: Callable[[Segment], None] = self._outside
        self.controls: set[str] = set()

    def events(self, wire: Iterable[WireEvent | list[Segment]]) -> Iterator[Event]:
        """Read everything; hands on what the readers make, when they make it. Never raises on data."""
        session = self.session
        trail = session.trail
        add = trail.add
        for batch in wire:
            for event in batch if type(batch) is list else (batch,):
                if type(event) is Segment:
                    add(event)
                    handler = _ENVELOPE.get(event[2][0])
                    if handler is not None:
                        handler(self, event)
                    else:
                        self.take(event)
                elif isinstance(event, Delimiters):
                    self._end_interchange(None)
                    session.delimiters = event
                    trail.delimit(trail.next, event)
                elif isinstance(event, Fault):
                    self._fault(event)
                if session.events:
                    made, session.events = session.events, []
                    yield from made
                if trail.due:
                    trail.settle()
        self._end_interchange(None)
        yield from session.events
        trail.open(trail.next)
        trail.settle()

    def _outside(self, segment: Segment) -> None:
        """Take a segment that stands in no transaction set."""
        self.session.issue("SEGMENT_OUTSIDE_SET", segment)
        self.session.cover("envelope", segment)
        self.session.trail.open(segment.at)

    def _fault(self, fault: Fault) -> None:
        trail = self.session.trail
        origin = trail.origin(fault.at)
        if origin.offset is None and fault.at:
            origin = replace(origin, offset=fault.offset)  # the segment itself is still to come
        issue = ISSUE(fault.code, origin, excerpt=trail.excerpt(fault.at), **fault.values)
        self.session.add(issue)
        if self.reader and issue.disposition is Disposition.REJECT_SET:
            self.reader.cut()

    # Interchange

    def _isa(self, segment: Segment) -> None:
        self.interchange, self.groups = segment, 0
        self.session.cover("envelope", segment, _CONTROL)
        self._mark(segment)

    def _iea(self, segment: Segment) -> None:
        self._end_group(None)
        self.session.cover("envelope", segment, _CONTROL)
        opened = self.interchange
        if opened is None:
            self.session.issue("SEGMENT_OUTSIDE_SET", segment)
            return
        self._count(segment, self.groups)
        self._control(segment, opened, 13)
        self._end_interchange(segment)

    def _end_interchange(self, trailer: Segment | None) -> None:
        self._end_group(None)
        if self.interchange and trailer is None:
            self.session.issue("TRAILER_MISSING", self.interchange, trailer="IEA")
        self.interchange = None

    # Group

    def _gs(self, segment: Segment) -> None:
        self._end_group(None)
        self.groups += 1
        self.group, self.sets, self.controls = segment, 0, set()
        self.session.version = self.session.text(segment, 8)
        self.session.cover("envelope", segment, _CONTROL)
        self._mark(segment)

    def _ge(self, segment: Segment) -> None:
        self._end_set(None)
        self.session.cover("envelope", segment, _CONTROL)
        opened = self.group
        if opened is None:
            self.session.issue("SEGMENT_OUTSIDE_SET", segment)
            return
        self._count(segment, self.sets)
        self._control(segment, opened, 6)
        self._end_group(segment)

    def _end_group(self, trailer: Segment | None) -> None:
        self._end_set(None)
        if self.group and trailer is None:
            self.session.issue("TRAILER_MISSING", self.group, trailer="GE")
        self.group = None

    # Transaction set

    def _st(self, segment: Segment) -> None:
        self._end_set(None)
        session = self.session
        self.header = segment
        self.sets += 1
        control = session.text(segment, 2)
        if control in self.controls:
            session.issue("CONTROL_REPEATED", segment, 2)
        self.controls.add(control)
        session.cover("envelope", segment, _CONTROL)
        self._mark(segment)
        reader = _READERS.get(session.text(segment, 1), _Counted)
        self.reader = reader(session, segment)
        self.take = self.reader.segment

    def _se(self, segment: Segment) -> None:
        self.session.cover("envelope", segment, _CONTROL)
        self.session.trail.enter(segment.at, "")
        opened = self.header
        if opened is None:
            self.session.issue("SEGMENT_OUTSIDE_SET", segment)
            return
        self._count(segment, segment.at - opened.at + 1)
        self._control(segment, opened, 2)
        self._end_set(segment)

    def _end_set(self, trailer: Segment | None) -> None:
        if self.reader and self.header:
            if trailer is None:
                self.session.issue("TRAILER_MISSING", self.header, trailer="SE")
            self.reader.end(trailer)
            self.session.trail.end_set((trailer or self.header).at)
        self.reader = self.header = None
        self.take = self._outside

    # Checks

    def _count(self, trailer: Segment, actual: int) -> None:
        stated = self.session.text(trailer, 1)
        if not (stated.isascii() and stated.isdigit()) or int(stated[:12]) != actual:
            self.session.issue("COUNT_WRONG", trailer, 1, stated=stated, actual=actual)

    def _control(self, trailer: Segment, opened: Segment, position: int) -> None:
        first, second = self.session.text(opened, position), self.session.text(trailer, 2)
        if first.lstrip("0") != second.lstrip("0"):
            self.session.issue("CONTROL_MISMATCH", trailer, 2)

    def _mark(self, segment: Segment) -> None:
        parts = []
        for opened, position in ((self.interchange, 13), (self.group, 6), (self.header, 2)):
            if opened:
                number = self.session.text(opened, position)
                parts.append(number if number.isascii() and number.isalnum() else "?")
        self.session.trail.unit(segment.at, "/".join(parts))
        self.session.trail.open(segment.at)
        self.session.trail.enter(segment.at, "")


_CONTROL = frozenset(range(1, 17))
_ENVELOPE = {
    "ISA": Envelope._isa,
    "IEA": Envelope._iea,
    "GS": Envelope._gs,
    "GE": Envelope._ge,
    "ST": Envelope._st,
    "SE": Envelope._se,
}
