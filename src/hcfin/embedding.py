"""Files inside files: what a reader finds packed in a resource is read as if it had come by itself.

Strategy: one pass. When a reader yields `Embedded`, the reader of that standard takes over until the file
inside is over; then the outer one goes on. Ordinals of the inner facts are moved beyond those of the source,
so that every `at` still leads to one place. Depth and bytes are bounded for all files of a source together.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from gzip import GzipFile
from io import BytesIO
from typing import BinaryIO, TypeVar, cast

from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.embedded import Embedded, EmbeddedTrail, moved
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.reading import Event, FactStream, Opened, Unit
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.taken import Taken
from hcfin.coverage import Coverage
from hcfin.issues import Catalogue, Issue, located
from hcfin.limits import Limits
from hcfin.origin import Origin
from hcfin.standards import Standard
from hcfin.wire.stream import Prefixed, read_fully

_ISSUE = Catalogue.of("hcfin")
_HEAD = 4096
_GZIP = b"\x1f\x8b"
# Real remittances pack to a tenth; what unpacks to more than this many times its size is a bomb.
_MOST_PACKED = 100
_FactT = TypeVar("_FactT", bound=Fact)
_TOO_LARGE, _DAMAGED = "EMBEDDED_TOO_LARGE", "EMBEDDED_DAMAGED"


class Unfolding:
    """The events of a source with those of the files inside it. `standard` finds a standard by its name."""

    def __init__(
        self, source: FactStream, standard: Callable[[str], Standard], limits: Limits, *, keep: bool
    ) -> None:
        self._outer = source
        self._standard = standard
        self._limits = limits
        self._keep = keep
        self._bytes_left = limits.max_embedded_bytes
        self._issues_left = limits.max_issues
        self._covering = False
        self._coverage = Coverage()
        self._taken = Taken()
        self.trail = EmbeddedTrail(source.trail)

    def stream(self) -> FactStream:
        """The whole as a stream."""
        return FactStream(self._outer.standard, self._own(), self.trail, self._counted, self._cover)

    def _cover(self) -> None:
        self._covering = True
        self._outer.cover()

    def _counted(self) -> Coverage:
        outer = self._outer.coverage()
        return Coverage(outer.carried + self._coverage.carried, outer.counted + self._coverage.counted)

    def _own(self) -> Iterator[Event]:
        """The events of the source itself, which stay as its reader made them; its names are taken."""
        for event in self._outer.events:
            kind = type(event)  # the way of every document, so exact types and no call for most
            if kind is Embedded:
                yield from self._inside(cast(Embedded, event), 0, 1)
                continue
            if kind is Opened:
                self._taken.name(cast(Opened, event).header.ref)
            elif kind is ClaimSubmission:
                self._taken.name(cast(ClaimSubmission, event).ref)
            elif kind is Issue:
                self._issues_left -= 1
            yield event

    def _walk(self, events: Iterator[Event], base: int, depth: int) -> Iterator[Event]:
        """The events of a file inside; `base` is what its ordinals are moved by."""
        names = _Names(self._taken)
        for event in events:
            if isinstance(event, Embedded):
                yield from self._inside(event, base, depth + 1)
                continue
            if isinstance(event, Issue):
                self._issues_left -= 1
            yield self._lifted(names.of(event), base)

    def _lifted(self, event: Event, base: int) -> Event:
        if isinstance(event, Issue):
            return located(event, self.trail.lifted(event.origin, base))
        if isinstance(event, Opened):
            return Opened(moved(event.header, base))
        if isinstance(event, Unit):
            summary = {**event.summary, "within": self.trail.place_of(base)}
            return replace(event, at=event.at + base, summary=summary)
        return moved(event, base) if isinstance(event, Fact) else event

    def _inside(self, found: Embedded, base: int, depth: int) -> Iterator[Event]:
        place = self.trail.lifted(found.origin, base) if base else found.origin
        if depth > self._limits.max_embedded_depth:
            yield _ISSUE("EMBEDDED_TOO_DEEP", place, limit=self._limits.max_embedded_depth)
            return
        data = _Packed(found.data, self._bytes_left)
        head = read_fully(data.read, _HEAD)
        standard = self._standard(found.standard)
        if data.fault or (not found.sure and not standard.sniff(head)):
            yield data.issue(place) if data.fault else _ISSUE("EMBEDDED_UNKNOWN", place)
            return
        rest = cast(BinaryIO, Prefixed(head, cast(BinaryIO, data)))
        limits = replace(self._limits, max_issues=max(self._issues_left, 0))
        source = standard.read(rest, None, limits, self._keep)
        if self._covering:
            source.cover()
        own = self.trail.enter(found.standard, source.trail, place)
        yield from self._walk(source.events, own, depth)
        if not self._keep:
            self.trail.leave(own)
        self._bytes_left -= data.size
        inner = source.coverage()
        self._coverage.carried.update(inner.carried)
        self._coverage.counted.update(inner.counted)
        if data.fault:
            yield data.issue(place)


class _Names:
    """Names of remittances and submissions, unique in the whole source: two files inside may hold the same
    advice. Those of the source itself stay as its reader made them."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._named: dict[str, str] = {}

    def of(self, event: Event) -> Event:
        """The event under the name that it has in the source."""
        if isinstance(event, Opened):
            return Opened(self._renamed(event.header, "ref", self._begin(event.header.ref)))
        if isinstance(event, ClaimSubmission):
            return self._renamed(event, "ref", self._begin(event.ref))
        if isinstance(event, Remittance):
            return self._renamed(event, "ref", self._named.get(event.ref, event.ref))
        if isinstance(event, ClaimPayment | ProviderSummary):
            name = self._named.get(event.remittance, event.remittance)
            return self._renamed(event, "remittance", name)
        if isinstance(event, Claim):
            return self._renamed(event, "submission", self._named.get(event.submission, event.submission))
        return event

    def _begin(self, ref: str) -> str:
        name = self._taken.name(ref)
        # Only the open one is remembered: its facts come before the next begins.
        self._named = {} if name == ref else {ref: name}
        return name

    def _renamed(self, fact: _FactT, field: str, name: str) -> _FactT:
        return fact if getattr(fact, field) == name else fact.model_copy(update={field: name})


class _Packed:
    """The bytes of a file inside, plain or gzip, as far as there is room for them. `fault` is the issue of
    what cannot be unpacked, `size` how much was taken."""

    def __init__(self, data: bytes, room: int) -> None:
        packed = data.startswith(_GZIP)
        self.room = min(room, len(data) * _MOST_PACKED) if packed else room
        self.fault = _TOO_LARGE if len(data) > room else ""
        self.size = 0
        self._stream = GzipFile(fileobj=BytesIO(data)) if packed else BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        """Up to that many bytes, and never more than there is room for."""
        if self.fault:
            return b""
        try:
            block = self._stream.read(size if 0 <= size <= self.room else self.room + 1)
        except (OSError, EOFError, zlib.error):
            self.fault = _DAMAGED
            return b""
        self.size += len(block)
        if self.size > self.room:
            self.fault = _TOO_LARGE
            return b""
        return block

    def issue(self, place: Origin) -> Issue:
        """The issue of the fault."""
        if self.fault == _TOO_LARGE:
            return _ISSUE(self.fault, place, limit=self.room)
        return _ISSUE(self.fault, place)
