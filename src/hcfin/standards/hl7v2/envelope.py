"""Batches and messages: what the headers say, counts, and each message handed to the reader of its type.

A wrong count or a missing trailer is an issue and costs no message. Messages of types that hcfin does not
read are units, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hcfin.billing.reading import Event, Unit
from hcfin.issues import PolicyText
from hcfin.standards.hl7v2.profile import Route
from hcfin.standards.hl7v2.readers import reader_of
from hcfin.standards.hl7v2.session import ISSUE, Session
from hcfin.wire.hl7v2 import BatchSegment, Fault, Message

# What `Unit.envelope` calls the fields of the headers.
_MESSAGE = {
    3: "sender",
    4: "sender_facility",
    5: "receiver",
    6: "receiver_facility",
    7: "time",
    10: "control",
    11: "processing",
    12: "version",
    17: "country",
    18: "character_set",
}
_BATCH = {3: "batch_sender", 4: "batch_facility", 7: "batch_time", 9: "batch_name", 11: "batch_control"}
_FILE = {3: "file_sender", 4: "file_facility", 7: "file_time", 9: "file_name", 11: "file_control"}
_TYPE = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_VERSION = re.compile(r"2(?:\.[0-9])+", re.ASCII)
_KEPT = 100_000


class Envelope:
    """Takes what the scanner finds and drives the readers of messages."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.file: Message | None = None
        self.batch: Message | None = None
        self.batches = 0
        self.messages = 0
        self.controls: set[str] = set()
        self.told: dict[str, str] = {}
        """What the headers of file and batch say."""

    def events(self, wire: Iterable[Message | Fault]) -> Iterator[Event]:
        """Read everything; hands on what the readers make, message by message. Never raises on data."""
        session = self.session
        events = session.events
        at = 0
        for found in wire:
            if isinstance(found, Fault):
                self._fault(found)
            else:
                session.trail.take(found)
                session.begin(found)
                at = found.at
                if isinstance(found, BatchSegment):
                    self._envelope(found)
                else:
                    self._message(found)
                if session.covering:
                    session.cover()
            if events:
                yield from events
                events.clear()
        self._end_file(at, missing=True)
        yield from events
        events.clear()

    def _fault(self, fault: Fault) -> None:
        trail = self.session.trail
        origin = trail.origin(fault.at)
        if origin.offset is None and fault.at:
            origin = replace(origin, offset=fault.offset)  # the segment itself is still to come
        # Names of codecs are our own or the profile's.
        values = {
            name: PolicyText(value) if isinstance(value, str) else value
            for name, value in fault.values.items()
        }
        self.session.add(ISSUE(fault.code, origin, excerpt=trail.excerpt(fault.at), **values))

    # File and batch

    def _envelope(self, segment: Message) -> None:
        name = segment.name
        if name == "FHS":
            self._end_file(segment.at, missing=True)
            self.file, self.batches = segment, 0
            self.told = self._read(segment, _FILE)
        elif name == "BHS":
            self._end_batch(segment.at, missing=True)
            self.batch, self.messages = segment, 0
            self.batches += 1
            self.controls.clear()
            self.told = {key: value for key, value in self.told.items() if not key.startswith("batch")}
            self.told.update(self._read(segment, _BATCH))
        elif name == "BTS":
            self._trailer(segment, self.batch, self.messages)
            self._end_batch(segment.at, missing=False)
        else:
            self._end_batch(segment.at, missing=True)
            self._trailer(segment, self.file, self.batches)
            self._end_file(segment.at, missing=False)
        for at, _ in list(segment.rows())[1:]:
            self.session.issue("SEGMENT_OUTSIDE_MESSAGE", at)

    def _trailer(self, segment: Message, opened: Message | None, actual: int) -> None:
        """Check the count of a trailer; an empty one says nothing."""
        if opened is None:
            self.session.issue("TRAILER_ALONE", segment.at)
        stated = self.session.text(segment.segments[0], 1)
        if stated and (not (stated.isascii() and stated.isdigit()) or int(stated[:12]) != actual):
            self.session.issue("COUNT_WRONG", segment.at, 1, stated=stated, actual=actual)

    def _end_batch(self, at: int, *, missing: bool) -> None:
        if self.batch and missing:
            self._missing("BTS", self.batch)
        self.batch = None
        self.messages = 0

    def _end_file(self, at: int, *, missing: bool) -> None:
        self._end_batch(at, missing=True)
        if self.file and missing:
            self._missing("FTS", self.file)
        self.file = None
        self.batches = 0
        self.told = {}

    def _missing(self, trailer: str, opened: Message) -> None:
        self.session.add(ISSUE("TRAILER_MISSING", self.session.trail.origin(opened.at), trailer=trailer))

    # Messages

    def _message(self, message: Message) -> None:
        session = self.session
        header = message.segments[0]
        self.messages += 1
        session.control = session.text(header, 10)
        session.version = self._version(message)
        session.code, session.kind = self._kind(message)
        session.sender, session.facility = session.text(header, 3), session.text(header, 4)
        session.route = self._route()
        session.envelope = {**self.told, **self._read(message, _MESSAGE), "encoding": message.encoding}
        if not session.control:
            session.issue("CONTROL_ID_MISSING", message.at, 10)
        elif session.control in self.controls:
            session.issue("CONTROL_ID_REPEATED", message.at, 10)
        elif len(self.controls) < _KEPT:
            self.controls.add(session.control)
        reader = reader_of(session.kind, message)
        if reader:
            before = len(session.events)
            reader(message, session)
            if len(session.events) == before:
                session.issue("MESSAGE_EMPTY", message.at)
        elif session.code != "?":
            session.issue("MESSAGE_NOT_READ", message.at, 9, kind=session.code)
        session.events.append(
            Unit(session.kind, session.control, message.at, session.summary, session.envelope)
        )

    def _kind(self, message: Message) -> tuple[str, str]:
        """The type of a message (`DFT`) and the type with its event (`DFT^P03`). Where MSH-9 leaves the event
        out, the structure in its third component or EVN says it."""
        session = self.session
        header = message.segments[0]
        code, event = session.text(header, 9, 1).upper(), session.text(header, 9, 2).upper()
        if not event:
            structure = session.text(header, 9, 3).upper()
            code, _, event = (code or structure[:3], "", structure[4:7])
        if not event and len(message.segments) > 1 and message.segments[1][0] == "EVN":
            event = session.text(message.segments[1], 1).upper()
        if not _TYPE.fullmatch(code):
            session.issue("MESSAGE_TYPE_MISSING", message.at, 9)
            return "?", "?"
        return code, f"{code}^{event}" if _TYPE.fullmatch(event) else code

    def _version(self, message: Message) -> str:
        version = self.session.text(message.segments[0], 12)
        if _VERSION.fullmatch(version):
            return version
        self.session.issue("VERSION_UNKNOWN", message.at, 12)
        return ""

    def _route(self) -> Route:
        session = self.session
        for one in session.profile.routing:
            if (
                one.sender in ("", session.sender)
                and one.facility in ("", session.facility)
                and one.message in ("", session.code, session.kind)
            ):
                return one.route
        return "charge"

    def _read(self, message: Message, names: dict[int, str]) -> dict[str, str]:
        fields = message.segments[0]
        told = {}
        for position, name in names.items():
            found = self.session.text(fields, position)
            if found:
                told[name] = found
        return told
