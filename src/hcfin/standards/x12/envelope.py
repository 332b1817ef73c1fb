"""Interchanges, groups and transaction sets: control numbers and counts, checked at each level.

A wrong count is an issue and costs no data. Every set is handed to the reader of its kind; sets of other
kinds are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from hcfin.billing.reading import Event, Unit
from hcfin.issues import Disposition
from hcfin.standards.x12.claim_status_277 import ClaimStatusReader
from hcfin.standards.x12.file_status_999 import FileStatusReader, read_ta1
from hcfin.standards.x12.purchase_order_850 import OrderReader
from hcfin.standards.x12.remittance_835 import RemittanceReader
from hcfin.standards.x12.session import ISSUE, Elements, Handler, Session, none_whole, text
from hcfin.standards.x12.ship_notice_856 import ShipNoticeReader
from hcfin.standards.x12.submission_837 import SubmissionReader
from hcfin.standards.x12.supplier_invoice_810 import InvoiceReader
from hcfin.wire.x12 import Block, Delimiters, Fault


class SetReader(Protocol):
    """Reads one transaction set. Made at its ST, when it tells the session what takes the segments."""

    def cut(self) -> None:
        """Part of the set is missing."""

    def end(self, at: int) -> None:
        """The set ends before this segment."""


class _Counted:
    """A transaction set that hcfin does not read: its segments are counted, nothing else."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        kind = text(elements, 1)
        self.kind = kind if kind.isascii() and kind.isdigit() else "?"
        session.issue("SET_NOT_READ", at, elements, 1, kind=self.kind)
        session.events.append(Unit(self.kind, text(elements, 2), at, envelope=session.envelope))
        session.place = self.kind
        session.otherwise = self._count

    def _count(self, at: int, elements: Elements) -> bool:
        self.session.trail.open(at)
        return False

    def cut(self) -> None:
        pass

    def end(self, at: int) -> None:
        pass


# What `Unit.envelope` calls the elements of the envelopes.
_INTERCHANGE = {
    5: "sender_qualifier",
    6: "sender",
    7: "receiver_qualifier",
    8: "receiver",
    9: "date",
    10: "time",
    12: "interchange_version",
    13: "interchange_control",
    14: "acknowledgment",
    15: "usage",
}
_GROUP = {
    2: "group_sender",
    3: "group_receiver",
    4: "group_date",
    5: "group_time",
    6: "group_control",
    8: "version",
}
_SET = {2: "set_control", 3: "set_version"}
# By ST01; a reader tells the session what takes the segments of its set.
_READERS: dict[str, Callable[[Session, int, Elements], SetReader]] = {
    "277": ClaimStatusReader,
    "810": InvoiceReader,
    "835": RemittanceReader,
    "837": SubmissionReader,
    "850": OrderReader,
    "855": OrderReader,
    "856": ShipNoticeReader,
    "997": FileStatusReader,
    "999": FileStatusReader,
}
_SOME = 64
_CLAIMS = frozenset({"CLM", "CLP"})
"""Segments that may begin whole claims."""
_Opened = tuple[int, Elements] | None


class Envelope:
    """Takes what the scanner finds and drives the set readers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.interchange: _Opened = None
        self.group: _Opened = None
        self.header: _Opened = None
        self.reader: SetReader | None = None
        self.groups = 0
        self.sets = 0
        self.empty = False
        """Whether an interchange is open in which no set has begun."""
        self.controls: set[str] = set()
        self.handlers: dict[str, Handler] = {
            "ISA": self._isa,
            "IEA": self._iea,
            "GS": self._gs,
            "GE": self._ge,
            "ST": self._st,
            "SE": self._se,
            "TA1": self._ta1,
        }
        self._between_sets()

    def events(self, wire: Iterable[Delimiters | Block | Fault]) -> Iterator[Event]:
        """Read everything; hands on what the readers make, when they make it. Never raises on data."""
        session = self.session
        covering, handlers, events = session.covering, session.handlers, session.events
        at = 0
        for found in wire:
            if isinstance(found, Block):
                session.trail.take(found)
                start, after = found.at, found.at + len(found)
                while start < after:
                    # Some at a time: where whole claims are taken, what follows begins elsewhere.
                    end = min(start + _SOME, after)
                    for at, elements in enumerate(found.some(start, end), start):
                        name = elements[0]
                        if name in _CLAIMS:
                            taken = yield from session.whole(found, at)
                            if taken > at:
                                end = taken
                                break
                        if at > session.stop:
                            session.exceeded(at, elements)
                        handler = handlers.get(name) or session.otherwise
                        used = handler(at, elements)
                        if covering:
                            session.cover(elements, used)
                        if events:
                            yield from events
                            events.clear()
                    start = end
            elif isinstance(found, Delimiters):
                self._end_interchange(None, at + 1)
                session.delimit(found)
                session.trail.delimit(found)
            else:
                self._fault(found)
            if events:
                yield from events
                events.clear()
        self._end_interchange(None, at + 1)
        yield from events
        events.clear()

    def _between_sets(self) -> None:
        session = self.session
        session.handlers.clear()
        session.handlers.update(self.handlers)
        session.otherwise = self._outside
        session.whole = none_whole
        session.place = "envelope"
        session.no_limit()

    def _outside(self, at: int, elements: Elements) -> bool:
        """Take a segment that stands in no transaction set."""
        self.session.issue("SEGMENT_OUTSIDE_SET", at, elements)
        self.session.trail.open(at)
        return False

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

    def _isa(self, at: int, elements: Elements) -> bool:
        self._end_interchange(None, at)
        self.interchange, self.groups, self.empty = (at, elements), 0, True
        self._mark(at)
        return True

    def _iea(self, at: int, elements: Elements) -> bool:
        self._end_group(None, at)
        known = self._trailer(at, elements, self.interchange, 13, self.groups)
        return known and self._end_interchange(at, at)

    def _end_interchange(self, trailer: int | None, before: int) -> bool:
        self._end_group(None, before)
        if self.interchange and trailer is None:
            self.session.issue("TRAILER_MISSING", *self.interchange, trailer="IEA")
        if self.interchange and self.empty:
            self.session.issue("INTERCHANGE_EMPTY", *self.interchange)
        self.interchange = None
        return True

    def _ta1(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """An acknowledgment of another interchange; it stands in no group."""
        if self.header is not None:
            return self.session.otherwise(at, elements)
        self.empty = False
        self.session.trail.open(at)
        self.session.envelope = self._told()
        return read_ta1(self.session, at, elements)

    # Group

    def _gs(self, at: int, elements: Elements) -> bool:
        self._end_group(None, at)
        self.groups += 1
        self.group, self.sets, self.controls = (at, elements), 0, set()
        self.session.version = text(elements, 8)
        self._mark(at)
        return True

    def _ge(self, at: int, elements: Elements) -> bool:
        self._end_set(None, at)
        return self._trailer(at, elements, self.group, 6, self.sets) and self._end_group(at, at)

    def _end_group(self, trailer: int | None, before: int) -> bool:
        self._end_set(None, before)
        if self.group and trailer is None:
            self.session.issue("TRAILER_MISSING", *self.group, trailer="GE")
        self.group = None
        return True

    # Transaction set

    def _st(self, at: int, elements: Elements) -> bool:
        self._end_set(None, at)
        session = self.session
        self.header = at, elements
        self.empty = False
        self.sets += 1
        control = text(elements, 2)
        if control in self.controls:
            session.issue("CONTROL_REPEATED", at, elements, 2)
        self.controls.add(control)
        self._mark(at)
        session.trail.begin_set(at)
        session.envelope = self._told()
        self.reader = _READERS.get(text(elements, 1), _Counted)(session, at, elements)
        return True

    def _told(self) -> dict[str, str]:
        """What the open envelopes say, by the names that `write` knows where it has them."""
        told = {}
        for opened, names in (
            (self.interchange, _INTERCHANGE),
            (self.group, _GROUP),
            (self.header, _SET),
        ):
            if opened:
                for position, name in names.items():
                    found = text(opened[1], position).strip()
                    if found:
                        told[name] = found
        return told

    def _se(self, at: int, elements: Elements) -> bool:
        self.session.trail.enter(at, "")
        actual = at - self.header[0] + 1 if self.header else 0
        return self._trailer(at, elements, self.header, 2, actual) and self._end_set(at, at)

    def _end_set(self, trailer: int | None, before: int) -> bool:
        if self.reader and self.header:
            if trailer is None:
                self.session.issue("TRAILER_MISSING", *self.header, trailer="SE")
            self.reader.end(before)
            self.session.trail.end_set(before if trailer is None else trailer)
        self.reader = self.header = None
        self._between_sets()
        return True

    # Checks

    def _trailer(self, at: int, elements: Elements, opened: _Opened, position: int, actual: int) -> bool:
        """Check the count and control number of a trailer; false where it closes nothing."""
        session = self.session
        if opened is None:
            session.issue("SEGMENT_OUTSIDE_SET", at, elements)
            return False
        stated = text(elements, 1)
        if not (stated.isascii() and stated.isdigit()) or int(stated[:12]) != actual:
            session.issue("COUNT_WRONG", at, elements, 1, stated=stated, actual=actual)
        if text(opened[1], position).lstrip("0") != text(elements, 2).lstrip("0"):
            session.issue("CONTROL_MISMATCH", at, elements, 2)
        return True

    def _mark(self, at: int) -> None:
        parts = []
        for opened, position in ((self.interchange, 13), (self.group, 6), (self.header, 2)):
            if opened:
                number = text(opened[1], position)
                # ST02 may have letters, but so may an identifier that slipped in there.
                parts.append(number if number.isascii() and number.isdigit() else "?")
        self.session.trail.unit(at, "/".join(parts))
