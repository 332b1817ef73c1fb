"""The 277 as billing facts: claim acknowledgment (277CA, 005010X214) and claim status response (005010X212).

Levels are found by HL03 and hang together by HL02, whatever their order; a level whose parent is not known
belongs to the last one above it. What is said of a level begins with its TRN, or with the first status where
there is none.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hcfin.billing.base import InformationalAmount, InformationalQuantity
from hcfin.billing.claim_status import (
    ClaimStatus,
    LineStatus,
    claim_outcome,
    claim_status_findings,
    codes_of,
)
from hcfin.billing.reading import Unit
from hcfin.issues import located
from hcfin.model import Model, blank, trusted
from hcfin.money import format_amount
from hcfin.standards.x12 import nodes_277, nodes_835
from hcfin.standards.x12.levels_277 import KINDS, LEVELS, PARTIES, Levels
from hcfin.standards.x12.session import Elements, Handler, Session, text

CARRIED = {
    **nodes_835.CARRIED,
    "BHT": frozenset({3, 4}),
    "HL": frozenset({1, 2, 3}),
    "NM1": frozenset(range(1, 10)),
    "TRN": frozenset({2}),
    "STC": frozenset(range(1, 13)),
    "QTY": frozenset({1, 2}),
    "AMT": frozenset({1, 2}),
    "DTP": frozenset({1, 3}),
    "SVC": frozenset({1, 2, 3, 4, 7}),
}
"""Positions that reach a fact, by segment."""

_FACTS: tuple[type[Model], ...] = (ClaimStatus, LineStatus)
_BLANKS = {kind: blank(kind) for kind in (*KINDS.values(), *_FACTS)}
_ACKNOWLEDGMENTS = ("X214", "X167")
_LISTS = ("reports", "dates", "references", "amounts", "quantities", "lines")
_POSITIONS = {kind: frozenset({1, *names}) for kind, names in nodes_277.NAMES.items()}


class ClaimStatusReader:
    """Reads one 277 into `ClaimStatus` facts. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.start = at
        guide = text(elements, 3) or session.version
        self.report = "acknowledgment" if guide[6:10] in _ACKNOWLEDGMENTS else "response"
        self.header: dict[str, Any] = {}
        self.levels = Levels()
        self.level = ""
        self.parties: dict[str, Model] = {}
        self.party: tuple[str, dict[str, Any]] | None = None
        """The party that is open: its name among `parties`, and its fields."""
        self.status: dict[str, Any] | None = None
        self.line: dict[str, Any] | None = None
        self.outcomes: Counter[str] = Counter()
        self.amounts = dict.fromkeys(("charged", "paid", "charged_rejected"), Decimal(0))
        session.settle_currency(session.profile.currency)
        session.carried = CARRIED
        session.place = "header"
        self.handlers: dict[str, Handler] = {
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "PER": self._per,
            "TRN": self._trn,
            "STC": self._stc,
            "REF": self._ref,
            "DTP": self._dtp,
            "AMT": self._amt,
            "QTY": self._qty,
            "SVC": self._svc,
        }
        session.handlers.update(self.handlers)
        session.otherwise = self.session.unknown
        self._limit(at)

    # Driving

    def cut(self) -> None:
        """Part is missing: of what is open, nobody knows the rest."""
        if self.status is not None:
            self.status["unreadable"] = (*self.status.get("unreadable", ()), "reports")

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        self._close()
        session = self.session
        currency = session.currency
        summary = {
            "claims": self.outcomes.total(),
            "accepted": self.outcomes["accepted"],
            "rejected": self.outcomes["rejected"],
            "outcomes": dict(sorted(self.outcomes.items())),
            **{name: format_amount(amount, currency) for name, amount in self.amounts.items()},
        }
        kind = "277CA" if self.report == "acknowledgment" else "277"
        control = self.header.get("reference", "")
        session.events.append(Unit(kind, control, self.start, summary, session.envelope))

    def _limit(self, at: int) -> None:
        """What is said of one claim may have so many segments."""
        self.session.limit(at + self.session.limits.max_claim_segments, self._exceeded)

    def _exceeded(self, at: int, elements: Elements) -> None:
        session = self.session
        if elements[0] in _PARTS:
            return
        session.issue("CLAIM_TOO_LONG", at, elements, limit=session.limits.max_claim_segments)
        if self.status is not None:
            self.status["unreadable"] = (*self.status.get("unreadable", ()), "lines")
        parts = {part: self.handlers[part] for part in _PARTS}
        session.handlers.update(dict.fromkeys(self.handlers, self.session.beyond), **parts)
        session.otherwise = self.session.beyond
        session.no_limit()

    def _begin(self, at: int) -> None:
        """Another part begins: what came before is handed on and may be let go."""
        self._close()
        self._close_party()
        session = self.session
        session.handlers.update(self.handlers)
        session.otherwise = self.session.unknown
        session.trail.open(at)
        self._limit(at)

    def _enter(self, at: int, loop: str) -> None:
        level = LEVELS.get(self.level)
        self.session.trail.enter(at, f"{loop}{level.letter}" if level else "")

    # Header and levels

    def _bht(self, at: int, elements: Elements) -> bool:
        if self.header:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        self.header = {"reference": text(elements, 3), "created": self.session.day(at, elements, 4)}
        if text(elements, 6) == "TH":
            self.report = "acknowledgment"
        return True

    def _hl(self, at: int, elements: Elements) -> bool:
        self._begin(at)
        number, parent, code = (text(elements, position) for position in (1, 2, 3))
        self.level = code
        self._enter(at, "2000")
        if code not in LEVELS:
            self.session.issue("LEVEL_UNKNOWN", at, elements, 3)
            self.parties = {}
            return False
        self.parties, placed = self.levels.open(number, parent, code)
        if not placed:
            self.session.issue("HL_PARENT_UNKNOWN", at, elements, 2)
        return True

    def _nm1(self, at: int, elements: Elements) -> bool | frozenset[int]:
        self._enter(at, "2100")
        self._close_party()
        level = LEVELS.get(self.level)
        if level is None or self.status is not None:
            return self.session.misplaced(at, elements)
        name = PARTIES.get(text(elements, 1), level.party)
        kind = KINDS[name]
        fields = {field: text(elements, position) for position, field in nodes_277.NAMES[kind].items()}
        self.party = name, {**_BLANKS[kind], "at": at, **fields}
        return _POSITIONS[kind]

    def _close_party(self) -> None:
        if self.party is not None:
            name, values = self.party
            self.parties[name] = trusted(KINDS[name], values)
            self.party = None

    def _per(self, at: int, elements: Elements) -> bool:
        _, party = self.party or ("", {})
        if "contacts" not in party:
            return self.session.misplaced(at, elements)
        found = nodes_835.contact(at, elements)
        if found is not None:
            party["contacts"] = (*party["contacts"], found)
        return found is not None

    # What is said of a level

    def _trn(self, at: int, elements: Elements) -> bool:
        if self.level not in LEVELS:
            return self.session.misplaced(at, elements)
        self._begin(at)
        self._open(at)["trace"] = text(elements, 2)
        return True

    def _open(self, at: int) -> dict[str, Any]:
        """What is said of the level that is open begins here."""
        self._close_party()
        self._enter(at, "2200")
        self.line = None
        self.status = {name: [] for name in _LISTS}
        self.status["at"] = at
        return self.status

    def _said(self, at: int) -> dict[str, Any] | None:
        """The status that is open; one begins where a level has none. None where no level is open."""
        if self.status is None and self.level in LEVELS:
            self._open(at)
        return self.status

    def _stc(self, at: int, elements: Elements) -> bool:
        status = self._said(at)
        if status is None:
            return self.session.misplaced(at, elements)
        report = nodes_277.status_report(self.session, at, elements)
        (self.line or status)["reports"].append(report)
        self._unreadable(elements, 4, "reports.charged", report.charged)
        self._unreadable(elements, 5, "reports.paid", report.paid)
        return True

    def _unreadable(self, elements: Elements, position: int, field: str, amount: Decimal | None) -> None:
        """Mark the fact where it has an amount that is there and cannot be read."""
        if amount is None and text(elements, position) and self.status is not None:
            field = f"lines.{field}" if self.line else field
            self.status["unreadable"] = (*self.status.get("unreadable", ()), field)

    def _ref(self, at: int, elements: Elements) -> bool:
        qualifier, value = text(elements, 1), text(elements, 2)
        reference = nodes_835.reference(at, elements)
        if self.status is None:
            if self.party is None:
                return self.session.misplaced(at, elements)
            _, party = self.party
            party["references"] = (*party["references"], reference)
            return True
        found = self.line or self.status
        field = _NUMBERS.get(qualifier) if found is self.status else ("number" if qualifier == "FJ" else None)
        if field and field not in found:
            found[field] = value
        else:
            found["references"].append(reference)
        return True

    def _dtp(self, at: int, elements: Elements) -> bool:
        status = self._said(at)
        if status is None:
            return self.session.misplaced(at, elements)
        period = nodes_277.period(self.session, at, elements)
        if period is not None:
            (self.line or status)["dates"].append(period)
        return period is not None

    def _amt(self, at: int, elements: Elements) -> bool:
        status = self._said(at)
        if status is None:
            return self.session.misplaced(at, elements)
        amount = self.session.amount(at, elements, 2)
        self._unreadable(elements, 2, "amounts", amount)
        if amount is not None:
            values = {"at": at, "qualifier": text(elements, 1), "amount": amount}
            status["amounts"].append(trusted(InformationalAmount, values))
        return amount is not None

    def _qty(self, at: int, elements: Elements) -> bool:
        status = self._said(at)
        if status is None:
            return self.session.misplaced(at, elements)
        quantity = self.session.quantity(at, elements, 2)
        if quantity is not None:
            values = {"at": at, "qualifier": text(elements, 1), "quantity": quantity}
            status["quantities"].append(trusted(InformationalQuantity, values))
        return quantity is not None

    def _svc(self, at: int, elements: Elements) -> bool:
        status = self._said(at)
        if status is None:
            return self.session.misplaced(at, elements)
        self._enter(at, "2220")
        session = self.session
        self.line = {
            "at": at,
            "procedure": nodes_277.procedure(session, at, elements),
            "charged": session.amount(at, elements, 2),
            "paid": session.amount(at, elements, 3),
            "revenue_code": text(elements, 4),
            "units": session.quantity(at, elements, 7),
            **{name: [] for name in ("reports", "references", "dates")},
        }
        status["lines"].append(self.line)
        self._unreadable(elements, 2, "charged", self.line["charged"])
        self._unreadable(elements, 3, "paid", self.line["paid"])
        return True

    # Handing on

    def _close(self) -> None:
        values, self.status, self.line = self.status, None, None
        if values is None:
            return
        level = LEVELS[self.level].speaks_of
        values["lines"] = [_made(LineStatus, line) for line in values["lines"]]
        for name in _LISTS:
            values[name] = tuple(values[name])
        account = values.get("trace", "") if self.report == "acknowledgment" else _first(values, "EJ")
        shared = {
            "currency": self.session.currency,
            "report": self.report,
            "level": level,
            "account": account if level == "claim" else "",
            "outcome": claim_outcome(codes_of(values["reports"], values["lines"])),
        }
        status = trusted(
            ClaimStatus, {**_BLANKS[ClaimStatus], **self.header, **self.parties, **values, **shared}
        )
        if level == "claim":
            self._count(status)
        self._emit(status)

    def _count(self, status: ClaimStatus) -> None:
        self.outcomes[status.outcome] += 1
        charged = status.charged or _NONE
        self.amounts["charged"] += charged
        self.amounts["paid"] += status.paid or _NONE
        if status.rejected:
            self.amounts["charged_rejected"] += charged

    def _emit(self, status: ClaimStatus) -> None:
        session = self.session
        session.events.append(status)
        for issue in claim_status_findings(status, "x12"):
            place = issue.origin
            if place is not None:
                origin = session.trail.origin(place.at, place.element)
                session.add(located(issue, origin, session.trail.excerpt(place.at)))


_NONE = Decimal(0)
_PARTS = ("HL", "TRN")
_NUMBERS = {"1K": "payer_claim_number", "D9": "clearinghouse_number"}


def _made(kind: type[LineStatus], values: dict[str, Any]) -> LineStatus:
    for name in ("reports", "references", "dates"):
        values[name] = tuple(values[name])
    return trusted(kind, {**_BLANKS[kind], **values})


def _first(values: dict[str, Any], qualifier: str) -> str:
    """The first identifier of a kind; empty where there is none."""
    return next((one.value for one in values["references"] if one.qualifier == qualifier), "")
