"""What the sets of the supply chain share: 850, 855, 856 and 810.

A set is one fact, so its parts are collected until it ends. What cannot be read marks the fact and costs
nothing beside it; segments that the sets have and nobody needs are counted, any other is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from hcfin.billing.base import Fact, Reference
from hcfin.billing.reading import Unit
from hcfin.errors import AmountError
from hcfin.issues import Issue, located
from hcfin.model import trusted
from hcfin.money import is_currency, parse_amount
from hcfin.standards.x12.session import Elements, Handler, Session, text
from hcfin.standards.x12.supply_parties import Parties

CARRIED = {
    "CUR": frozenset({2}),
    "REF": frozenset({1, 2}),
    "N9": frozenset({1, 2}),
    "PID": frozenset({5}),
    "CTT": frozenset({1, 2}),
}
"""Positions that reach a fact or are checked, by segment."""

# Segments that these sets have and hcfin does not need.
_NEEDLESS = """
ADV AMT BAL CAD CB1 CLD CN1 CRC CSH CTB CTP DIS DTM EFI ETD FA1 FA2 FOB G61 GF INC ISS IT3 IT8 ITA ITD L7 LDT
LE LFH LM LQ LS MAN MEA MSG MTX NM1 NTE NX2 PAL PAM PCT PKG PO3 PO4 PWK QTY R4 SAC SCH SDQ SI SLN SPI SR TAX
TC2 TD1 TD3 TD4 TD5 TSD TXI V1 YNQ
"""
_COUNTED = frozenset(_NEEDLESS.split())
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?[0-9]{0,2}", re.ASCII)
_SHORT_DAY = re.compile(r"[0-9]{6}", re.ASCII)
_CENTURY_ENDS = "70"
_UNDONE = frozenset({"01", "03", "17"})
"""Purposes of a set that takes an earlier one back: cancelled, deleted, cancelled to be issued anew."""


class SupplySet:
    """One set while it is read. `data` are the fields of its fact, `line` those of the line that is open."""

    def __init__(
        self,
        session: Session,
        at: int,
        parties: Iterable[str],
        carried: Mapping[str, frozenset[int]],
        handlers: Mapping[str, Handler],
    ) -> None:
        self.session = session
        self.start = at
        self.data: dict[str, Any] = {"at": at}
        self.line: dict[str, Any] | None = None
        self.lines: list[dict[str, Any]] = []
        self.unreadable: list[str] = []
        self.references: list[Reference] = []
        self.parties = Parties(session, tuple(parties))
        self.quantity = Decimal(0)
        self.agrees = True
        self._told: tuple[int, Elements] | None = None
        session.settle_currency(session.profile.currency)
        session.carried = carried
        session.place = "header"
        own: dict[str, Handler] = {
            "CUR": self._cur,
            "N1": self.parties.n1,
            "N2": self.parties.n2,
            "N3": self.parties.n3,
            "N4": self.parties.n4,
            "PER": self.parties.per,
            "REF": self.ref,
            "N9": self.ref,
            "PID": self._pid,
            "CTT": self.ctt,
            **handlers,
        }
        self._handlers = {**dict.fromkeys(_COUNTED, self.counted), **own}
        session.handlers.update(self._handlers)
        session.otherwise = session.unknown
        session.limit(at + session.limits.max_claim_segments, self._exceeded)

    # Driving

    def cut(self) -> None:
        """Part of the set is missing: nobody knows what else it held."""
        self.mark("lines")

    def _exceeded(self, at: int, elements: Elements) -> None:
        session = self.session
        session.issue("SET_TOO_LONG", at, elements, limit=session.limits.max_claim_segments)
        self.mark("lines")
        session.handlers.update(dict.fromkeys(self._handlers, session.beyond))
        session.otherwise = session.beyond
        session.no_limit()

    def counted(self, at: int, elements: Elements) -> bool:
        """Take a segment that is not needed."""
        return False

    def begin(self, at: int, elements: Elements) -> bool:
        """Whether the segment that says what the set is stands here for the first time; else an issue."""
        if self.data["at"] != self.start:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        self.data["at"] = at
        return True

    def begun(self, elements: Elements, missing: str) -> None:
        """The set has ended: told where it never said what it is."""
        if self.data["at"] == self.start:
            self.session.issue("SET_HEADER_MISSING", self.start, elements, missing=missing)
            self.mark("number")

    def undone(self, at: int, elements: Elements, position: int) -> bool:
        """Whether the set takes an earlier one back."""
        return text(elements, position) in _UNDONE

    def open_line(self, at: int, loop: str, **fields: Any) -> dict[str, Any]:
        """A line begins."""
        self.parties.close()
        self.session.trail.enter(at, loop)
        self.line = {"at": at, "item": {"at": at}, **fields}
        self.lines.append(self.line)
        return self.line

    def close_line(self, at: int) -> None:
        """The lines are over."""
        self.parties.close()
        self.session.trail.enter(at, "")
        self.session.place = "summary"
        self.line = None

    def mark(self, field: str) -> None:
        """A field holds something that cannot be read."""
        if field not in self.unreadable:
            self.unreadable.append(field)

    # Values

    def figure(self, at: int, elements: Elements, position: int, field: str) -> Decimal:
        """A quantity; zero, with the fact marked, where there is none that can be read."""
        found = self.session.quantity(at, elements, position)
        if found is None:
            if not text(elements, position):
                self.session.issue("ELEMENT_MISSING", at, elements, position)
            self.mark(field)
        return found or Decimal(0)

    def amount(self, at: int, elements: Elements, position: int, field: str) -> Decimal | None:
        """An amount with its decimals; None, with the fact marked, where it cannot be read."""
        found = self.session.amount(at, elements, position)
        if found is None and text(elements, position):
            self.mark(field)
        return found

    def cents(self, at: int, elements: Elements, position: int, field: str) -> Decimal | None:
        """An amount that is written in hundredths without a point (type N2); None as above.

        One with a point has one meaning only: it is taken as it stands, with an issue.
        """
        session, told = self.session, text(elements, position)
        if not _WHOLE.fullmatch(told):
            found = self.amount(at, elements, position, field)  # nothing, where nothing is told
            if found is not None:
                session.issue("DECIMAL_POINT", at, elements, position)
            return found
        try:
            return parse_amount(f"{Decimal(told).scaleb(-2):f}", session.currency)
        except AmountError as error:
            session.issue(error.code, at, elements, position)
            self.mark(field)
            return None

    def moment(self, at: int, elements: Elements, position: int, time: int = 0) -> str:
        """A date, and the time beside it, as ISO 8601; empty where there is none or, with an issue, none that
        can be read. Versions before 4010 write years with two digits."""
        told = text(elements, position)
        if _SHORT_DAY.fullmatch(told) and self.session.version.startswith("003"):
            century = "20" if told[:2] < _CENTURY_ENDS else "19"
            elements = [*elements[:position], century + told, *elements[position + 1 :]]
        day = self.session.day(at, elements, position)
        if day is None:
            return ""
        hour = text(elements, time) if time else ""
        if not _TIME.fullmatch(hour):
            return day.isoformat()
        return f"{day.isoformat()}T{hour[:2]}:{hour[2:4]}"

    # Segments that all of them have

    def _cur(self, at: int, elements: Elements) -> bool:
        currency = text(elements, 2)
        if self.lines or not is_currency(currency):
            self.session.issue("CURRENCY_INVALID", at, elements, 2)
            return False
        self.session.settle_currency(currency)
        return True

    def ref(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """A REF or N9 of a party, or of the whole."""
        position = 2 if text(elements, 2) else 3
        value = text(elements, position)
        if not value:
            return False
        qualifier = text(elements, 1)
        reference = trusted(Reference, {"at": at, "qualifier": qualifier, "value": value})
        if not self.parties.open and qualifier == self.session.profile.case and qualifier:
            self.data["case"] = value
        elif not self.parties.ref(reference):
            if self.parties.open:
                return False
            self.references.append(reference)
        return frozenset({1, position})

    def _pid(self, at: int, elements: Elements) -> bool:
        told = text(elements, 5)
        if self.line is None or not told:
            return False
        item = self.line["item"]
        item["description"] = f"{item['description']} {told}" if "description" in item else told
        return True

    def ctt(self, at: int, elements: Elements) -> bool:
        """The totals of lines and quantities, checked when the set has ended."""
        if self._told is not None:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        self.close_line(at)
        self._told = at, elements
        return True

    # The end

    def check_counts(self, counts: Iterable[int]) -> None:
        """Compare CTT with the lines: their number may be any of `counts`; CTT02 sums their quantities."""
        if self._told is None:
            return
        at, elements = self._told
        counts = tuple(counts)
        stated = self.session.quantity(at, elements, 1)
        if stated is not None and stated not in counts:
            self.agrees = False
            self.session.issue("LINE_COUNT_WRONG", at, elements, 1, stated=stated, actual=counts[0])
        stated = self.session.quantity(at, elements, 2)
        if stated is not None and stated != self.quantity:
            self.agrees = False
            self.session.issue("HASH_TOTAL_WRONG", at, elements, 2, stated=stated, actual=self.quantity)

    def collected(self) -> dict[str, Any]:
        """The fields of the fact that all sets have."""
        parties = self.parties.facts()
        places = [parties[part].id for part in ("ship_to", "buyer") if part in parties and parties[part].id]
        return {
            **self.data,
            **parties,
            "currency": self.session.currency,
            "facility": (*places, self.session.profile.facility)[0],
            "references": tuple(self.references),
            "unreadable": tuple(self.unreadable),
        }

    def emit(
        self, fact: Fact, kind: str, control: str, summary: Mapping[str, Any], found: Iterable[Issue]
    ) -> None:
        """Hand on the fact, what was found of it, and the unit."""
        session = self.session
        session.events.append(fact)
        for issue in found:
            self.agrees = False
            at, element = (issue.origin.at, issue.origin.element) if issue.origin else (fact.at, "")
            session.add(located(issue, session.trail.origin(at, element), session.trail.excerpt(at)))
        told = {**summary, "balanced": self.agrees and not self.unreadable}
        session.events.append(Unit(kind, control, self.start, told, session.envelope))
