"""The 999 implementation acknowledgment (005010X231) and the 997 (004010 and later) as billing facts; TA1.

Both sets have the same shape under other names: AK3 is IK3, AK4 is IK4, AK5 is IK5. What is said of a set
comes before what is said of its group.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hcfin.billing.file_status import (
    ErrorContext,
    FileStatus,
    ReportedError,
    file_outcome,
    file_status_findings,
)
from hcfin.billing.reading import Unit
from hcfin.issues import located
from hcfin.model import blank, trusted
from hcfin.privacy import shown
from hcfin.standards.x12.session import UNREADABLE, Elements, Handler, Session, text

_POSITIONS = {
    "AK1": frozenset({1, 2, 3}),
    "AK2": frozenset({1, 2, 3}),
    "IK3": frozenset({1, 2, 3, 4}),
    "IK4": frozenset({1, 2, 3, 4}),
    "IK5": frozenset(range(1, 7)),
    "AK9": frozenset(range(1, 10)),
    "CTX": frozenset(range(1, 6)),
}
_OLD = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}
CARRIED = {**_POSITIONS, **{old: _POSITIONS[new] for old, new in _OLD.items()}}
"""Positions that reach a fact, by segment."""

_TA1 = frozenset(range(1, 6))
_LOOPS = {
    "AK2": "2000",
    "IK3": "2100",
    "AK3": "2100",
    "IK4": "2110",
    "AK4": "2110",
    "IK5": "2000",
    "AK5": "2000",
}
_BLANK = blank(FileStatus)
_BLANK_ERROR = blank(ReportedError)
_BLANK_CONTEXT = blank(ErrorContext)


class FileStatusReader:
    """Reads one 999 or 997 into `FileStatus` facts: each set, then its group. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.start = at, elements
        self.kind = text(elements, 1)
        self.group: dict[str, Any] | None = None
        self.set: dict[str, Any] | None = None
        self.errors: list[dict[str, Any]] = []
        self.segment: dict[str, Any] | None = None
        """The IK3 that is open."""
        self.element: dict[str, Any] | None = None
        """The IK4 that is open."""
        self.closed: dict[str, Any] = {}
        """The group that was told of last."""
        self.counts = {"sets": 0, "accepted": 0, "rejected": 0, "errors": 0}
        session.carried = CARRIED
        session.place = "header"
        self.handlers: dict[str, Handler] = {
            "AK1": self._ak1,
            "AK2": self._ak2,
            "AK9": self._ak9,
            "CTX": self._ctx,
            **dict.fromkeys(("IK3", "AK3"), self._ik3),
            **dict.fromkeys(("IK4", "AK4"), self._ik4),
            **dict.fromkeys(("IK5", "AK5"), self._ik5),
        }
        session.handlers.update(self.handlers)
        session.otherwise = self.session.unknown
        self._limit(at)

    # Driving

    def cut(self) -> None:
        """Part is missing: what is open ends as it is, without a code, and is told as such."""

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        self._close_set()
        self._close_group()
        told = self.closed
        summary = {
            "group": shown(told.get("group_code", "")),
            "code": shown(told.get("code", "")),
            **self.counts,
        }
        session = self.session
        session.events.append(
            Unit(self.kind, told.get("group_control", ""), self.start[0], summary, session.envelope)
        )

    def _limit(self, at: int) -> None:
        """What is said of one set may have so many segments."""
        self.session.limit(at + self.session.limits.max_claim_segments, self._exceeded)

    def _exceeded(self, at: int, elements: Elements) -> None:
        session = self.session
        if elements[0] in _PARTS:
            return
        session.issue("SECTION_TOO_LONG", at, elements, limit=session.limits.max_claim_segments)
        if self.set is not None:
            self.set["unreadable"] = ("errors",)
        parts = {part: self.handlers[part] for part in _PARTS}
        session.handlers.update(dict.fromkeys(self.handlers, self.session.beyond), **parts)
        session.otherwise = self.session.beyond
        session.no_limit()

    def _begin(self, at: int, elements: Elements, loop: str) -> None:
        """Another part begins: what came before may be let go."""
        session = self.session
        session.handlers.update(self.handlers)
        session.otherwise = self.session.unknown
        session.trail.open(at)
        session.trail.enter(at, loop)
        self._limit(at)

    # The group

    def _ak1(self, at: int, elements: Elements) -> bool:
        self._close_set()
        self._close_group()
        self._begin(at, elements, "")
        self.group = {
            "at": at,
            "level": "group",
            "group_code": text(elements, 1),
            "group_control": text(elements, 2),
            "group_version": text(elements, 3),
        }
        return True

    def _ak9(self, at: int, elements: Elements) -> bool:
        self._close_set()
        self._begin(at, elements, "")
        if self.group is None:
            return self.session.misplaced(at, elements)
        self.group.update(
            at=at,
            code=text(elements, 1),
            sets_included=self._number(at, elements, 2),
            sets_received=self._number(at, elements, 3),
            sets_accepted=self._number(at, elements, 4),
            error_codes=tuple([code for code in elements[5:10] if code]),
        )
        self.group["told"] = elements
        self._close_group()
        return True

    def _close_group(self) -> None:
        values, self.group = self.group, None
        if values is not None:
            self.closed = values
            self._emit(values, values.pop("told", None))

    # The sets of the group

    def _ak2(self, at: int, elements: Elements) -> bool:
        self._close_set()
        self._begin(at, elements, "2000")
        group = self.group
        if group is None:
            return self.session.misplaced(at, elements)
        self.set = {
            "at": at,
            "level": "set",
            **{name: group[name] for name in ("group_code", "group_control", "group_version")},
            "set_kind": text(elements, 1),
            "set_control": text(elements, 2),
            "set_version": text(elements, 3),
        }
        return True

    def _ik5(self, at: int, elements: Elements) -> bool:
        self.session.trail.enter(at, "2000")
        if self.set is None:
            return self.session.misplaced(at, elements)
        if "told" in self.set:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        codes = tuple([code for code in elements[2:7] if code])
        self.set.update(at=at, code=text(elements, 1), error_codes=codes, told=elements)
        return True

    def _close_set(self) -> None:
        values, self.set = self.set, None
        self._close_segment()
        errors, self.errors = self.errors, []
        if values is None:
            return
        values["errors"] = tuple([_error(error) for error in errors])
        self.counts["errors"] += len(errors)
        status = self._emit(values, values.pop("told", None))
        self.counts["sets"] += 1
        self.counts["accepted"] += status.accepted
        self.counts["rejected"] += status.rejected

    def _emit(self, values: dict[str, Any], told: Elements | None) -> FileStatus:
        values["outcome"] = file_outcome(values.get("code", ""))
        status = trusted(FileStatus, {**_BLANK, **values})
        emit(self.session, status, f"{told[0]}01" if told else "")
        return status

    # Errors of a set

    def _ik3(self, at: int, elements: Elements) -> bool:
        self.session.trail.enter(at, "2100")
        self._close_segment()
        if self.set is None:
            return self.session.misplaced(at, elements)
        self.segment = {
            **_BLANK_ERROR,
            "at": at,
            "segment": text(elements, 1),
            "position": self._number(at, elements, 2),
            "loop": text(elements, 3),
            "segment_code": text(elements, 4),
            "contexts": [],
        }
        return True

    def _ik4(self, at: int, elements: Elements) -> bool:
        self.session.trail.enter(at, "2110")
        if self.segment is None:
            return self.session.misplaced(at, elements)
        place = self._place(at, elements, 1)
        self.element = {
            **self.segment,
            "at": at,
            **dict(zip(("element", "component", "repetition"), place, strict=True)),
            "element_reference": text(elements, 2),
            "element_code": text(elements, 3),
            "bad_data": text(elements, 4),
            "contexts": list(self.segment["contexts"]),
        }
        self.errors.append(self.element)
        return True

    def _close_segment(self) -> None:
        """A segment without errors in its elements is an error by itself."""
        if self.segment is not None and self.element is None:
            self.errors.append(self.segment)
        self.segment = self.element = None

    def _ctx(self, at: int, elements: Elements) -> bool:
        found = self.element or self.segment
        if found is None:
            return self.session.misplaced(at, elements)
        # The element repeats for several contexts of one kind; of these the first is what names it.
        name, _, value = text(elements, 1).partition(self.session.component)
        place = self._place(at, elements, 5)
        values = {
            **_BLANK_CONTEXT,
            "at": at,
            "name": name,
            "value": value,
            "segment": text(elements, 2),
            "position": self._number(at, elements, 3),
            "loop": text(elements, 4),
            **dict(zip(("element", "component", "repetition"), place, strict=True)),
        }
        found["contexts"].append(trusted(ErrorContext, values))
        return True

    def _place(self, at: int, elements: Elements, position: int) -> tuple[int | None, int | None, int | None]:
        """Element, component and repetition of a composite that says where something is."""
        parts = [*text(elements, position).split(self.session.component), "", ""][:3]
        numbers = [_whole(part) for part in parts]
        if any(part and number is None for part, number in zip(parts, numbers, strict=True)):
            self.session.issue("QUANTITY_INVALID", at, elements, position)
        first, second, third = numbers
        return first, second, third

    def _number(self, at: int, elements: Elements, position: int) -> int | None:
        stated = text(elements, position)
        number = _whole(stated)
        if stated and number is None:
            self.session.issue("QUANTITY_INVALID", at, elements, position)
        return number


_PARTS = ("AK1", "AK2", "AK9", "IK5", "AK5")
"""Segments that are read however long what they close or follow is."""


def read_ta1(session: Session, at: int, elements: Elements) -> frozenset[int]:
    """A TA1, which stands outside any set, as a `FileStatus` of an interchange."""
    code = text(elements, 4)
    values = {
        **_BLANK,
        "at": at,
        "level": "interchange",
        "interchange_control": text(elements, 1),
        "interchange_date": _day(session, at, elements),
        "interchange_time": text(elements, 3),
        "code": code,
        "outcome": file_outcome(code),
        "error_codes": (text(elements, 5),) if text(elements, 5) else (),
    }
    status = trusted(FileStatus, values)
    emit(session, status, "TA104")
    summary = {
        "code": shown(code),
        "note": shown(text(elements, 5)),
        "accepted": int(status.accepted),
        "rejected": int(status.rejected),
    }
    session.events.append(Unit("TA1", status.interchange_control, at, summary, session.envelope))
    return _TA1


def emit(session: Session, status: FileStatus, element: str) -> None:
    """Hand on a status, and what it means for whoever sent the file."""
    session.events.append(status)
    trail = session.trail
    for issue in file_status_findings(status, "x12"):
        session.add(located(issue, trail.origin(status.at, element), trail.excerpt(status.at)))


def _error(values: dict[str, Any]) -> ReportedError:
    return trusted(ReportedError, {**values, "contexts": tuple(values["contexts"])})


def _whole(stated: str) -> int | None:
    """A count or place; None where it is none, or beyond any file."""
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= 10 else None


def _day(session: Session, at: int, elements: Elements) -> date | None:
    """YYMMDD; some senders write the century."""
    stated = text(elements, 2)
    if not stated:
        return None
    try:
        return session.days[f"20{stated}" if len(stated) == 6 else stated]
    except UNREADABLE:
        session.issue("DATE_INVALID", at, elements, 2)
        return None
