"""Whose account a row is on: account, visit and patient, as the profile finds them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from hcfin.standards.hl7v2.grouping import ChargeGroup, Grouped, Row
from hcfin.standards.hl7v2.known import Known
from hcfin.standards.hl7v2.session import Fields, Session, numbers

PID_CARRIED = numbers(2, 3, 18)
PV1_CARRIED = numbers(2, 18, 19, 20, 50)
_MOST = 50
_AROUND = frozenset({"PID", "PV1"})


class Keys(NamedTuple):
    """What a row takes from the segments around it."""

    account: str = ""
    visit: str = ""
    patient: str = ""
    patient_class: str = ""
    patient_type: str = ""
    financial_class: str = ""


class KeyFinder:
    """Finds the keys of the rows of one message. Most messages have one patient and one visit; a message with
    several patients has the rows of each behind it."""

    def __init__(self, groups: Grouped, session: Session, *, orders: bool) -> None:
        self.session = session
        self.places, self.outside = _places(session.profile.account)
        self.groups = groups
        self.anchors = groups.people(several=not orders or session.code == "ORU")
        self._known: dict[int, Keys] = {}
        self._only: Keys | None = None
        """Those of all rows of the message, where they are the same."""
        if session.covering:
            for pid, visit in self.anchors:
                for row, carried in ((pid, PID_CARRIED), (visit, PV1_CARRIED)):
                    if row:
                        session.carry(row[0], carried)

    def keys(self, group: ChargeGroup) -> Keys:
        """The keys of a row."""
        if self._only is not None:
            return self._only
        n = 0
        while n + 1 < len(self.anchors) and (self.anchors[n + 1][0] or (0,))[0] < group.at:
            n += 1
        known = self._known.get(n)
        pid, visit = self.anchors[n]
        if known is None:
            known = self._known[n] = self._repeated(pid, visit)
            if len(self.anchors) == 1 and not self.outside:
                self._only = known
        return self._replaced(known, group, pid, visit) if self.outside else known

    def _repeated(self, pid: Row | None, visit: Row | None) -> Keys:
        """The keys that segments of the same text had before: charges of a stay repeat its patient and
        visit."""
        session = self.session
        message = session.message
        if not message.lines or session.covering:
            return self._around(pid, visit)
        told = tuple([message.lines[row[0] - message.at] if row else "" for row in (pid, visit)])
        memory: Known[tuple[str, ...], Keys] = session.remembered("keys", lambda: Known(_MOST))
        known = memory.get(told)
        if known is None:
            known = self._around(pid, visit)
            memory.keep(told, known)
        return known

    def _around(self, pid: Row | None, visit: Row | None) -> Keys:
        session = self.session
        fields = pid[1] if pid else []
        seen = visit[1] if visit else []
        return Keys(
            self._account({"PID": pid or (0, []), "PV1": visit or (0, [])}),
            _number(session, seen, 19),
            _number(session, fields, 3) or _number(session, fields, 2),
            session.text(seen, 2),
            session.text(seen, 18),
            session.text(seen, 20),
        )

    def _account(self, segments: dict[str, Row]) -> str:
        for name, position in self.places:
            at, fields = segments.get(name, (0, []))
            number = _number(self.session, fields, position)
            if number:
                if self.session.covering:
                    self.session.carry(at, frozenset({position}))
                return number
        return ""

    def _replaced(self, known: Keys, group: ChargeGroup, pid: Row | None, visit: Row | None) -> Keys:
        """The keys where the account stands in a segment of its own, such as BLG-3 of an order."""
        segments: dict[str, Row] = {}
        rows = [(group.at, group.fields), *group.rows]
        if group.order:
            rows += [(group.order.at, group.order.fields), *group.order.rows]
        for row in [*rows, *self.groups.rows]:
            segments.setdefault(row[1][0], row)
        for name, own in (("PID", pid), ("PV1", visit)):
            segments[name] = own or (0, [])
        return known._replace(account=self._account(segments))


def _number(session: Session, fields: Fields, position: int) -> str:
    """The identifier of a field that the profile prefers; else the first."""
    if position >= len(fields) or not fields[position]:
        return ""
    if not session.profile.identifiers:
        first = fields[position].partition(session.repetition)[0].partition(session.component)[0]
        if first.isalnum():
            return first
    found = session.identifier(fields, position)
    return found.value if found else ""


@lru_cache(maxsize=64)
def _places(told: tuple[str, ...]) -> tuple[tuple[tuple[str, int], ...], bool]:
    """Fields of the profile (`PID-18`) by segment and number, and whether any is outside PID and PV1. What
    is none is left out."""
    places = []
    for text in told:
        name, _, position = text.partition("-")
        if position.isascii() and position.isdigit():
            places.append((name, int(position)))
    return tuple(places), not _AROUND.issuperset([name for name, _ in places])
