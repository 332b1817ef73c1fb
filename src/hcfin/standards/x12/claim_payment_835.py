"""One claim of an 835 (loops 2100 and 2110), segment by segment, straight to facts.

Segments are taken in whatever order they come: each belongs to the open service line, else to the claim. The
accessors check every value once; nodes are then made without validating them again (`hcfin.model.trusted`).
A value is read first, and only where that fails is it found out what is wrong with it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from hcfin.billing.base import (
    Adjustment,
    DatedEvent,
    InformationalAmount,
    InformationalQuantity,
    Reference,
)
from hcfin.billing.party import Individual
from hcfin.billing.remittance import ClaimPayment, Procedure, ServicePayment
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.x12.session import UNREADABLE, Elements, Handler, Session, text

# Positions that reach a fact, by segment.
CARRIED = {
    "CLP": frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13}),
    "NM1": frozenset({1, 2, 3, 4, 5, 7, 8, 9}),
    "CAS": frozenset(range(1, 20)),
    "REF": frozenset({1, 2}),
    "DTM": frozenset({1, 2}),
    "AMT": frozenset({1, 2}),
    "QTY": frozenset({1, 2}),
    "MIA": frozenset({5, 20, 21, 22, 23}),
    "MOA": frozenset({3, 4, 5, 6, 7}),
    "SVC": frozenset({1, 2, 3, 4, 5, 6, 7}),
    "LQ": frozenset({2}),
}
_REMARKS = {name: sorted(CARRIED[name]) for name in ("MIA", "MOA")}
_Made = TypeVar("_Made", ClaimPayment, ServicePayment)
_CLP_SIZE, _NM1_SIZE = 14, 10
_PAD = [""] * 14
_LISTS = ("adjustments", "dates", "references", "amounts", "quantities", "remarks")
_BLANK_CLAIM = blank(ClaimPayment)
_BLANK_LINE = blank(ServicePayment)


class ClaimReader:
    """Reads the claims of one set, one after the other: `begin` at CLP, then `handlers`, then `fact`."""

    def __init__(self, session: Session, remittance: str) -> None:
        self.session = session
        self.remittance = remittance
        self.currency = session.currency
        self.parse_amount = session.parse_amount
        self.days = session.days
        self.quantities = session.quantities
        self.enter = session.trail.enter
        self.unreadable: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.parties: list[Individual] = []
        self.claim: dict[str, Any] = {}
        self.open = self.claim
        """The line that is open, else the claim: what the next segment belongs to."""
        self.handlers: dict[str, Handler] = {
            "SVC": self._svc,
            "CAS": self._cas,
            "NM1": self._nm1,
            "MIA": self._remarks,
            "MOA": self._remarks,
            "LQ": self._lq,
            "REF": self._ref,
            "DTM": self._dtm,
            "AMT": self._amt,
            "QTY": self._qty,
            "PER": self._counted,
        }

    def begin(self, at: int, elements: Elements) -> None:
        """Take the CLP of the next claim."""
        self.enter(at, "2100")
        self.unreadable = []
        self.lines = []
        self.parties = []
        session = self.session
        size, padded = len(elements), elements
        if size != _CLP_SIZE:
            padded = (elements + _PAD)[:_CLP_SIZE]
        _, account, status, _, _, patient, indicator, icn, facility, frequency, _, drg, _, _ = padded
        self.open = self.claim = claim = _BLANK_CLAIM.copy()
        claim["at"] = at
        claim["currency"] = self.currency
        claim["remittance"] = self.remittance
        claim["account"] = account
        claim["status"] = status
        claim["charged"] = self._required(at, elements, 3, "charged")
        claim["paid"] = self._required(at, elements, 4, "paid")
        if patient:
            claim["patient_responsibility"] = session.amount(at, elements, 5)
        claim["filing_indicator"] = indicator
        claim["payer_claim_number"] = icn
        claim["facility_type"] = facility
        claim["frequency"] = frequency
        if size > 10:
            claim["drg"] = drg
            claim["drg_weight"] = session.quantity(at, elements, 12)
            claim["discharge_fraction"] = session.quantity(at, elements, 13)
        if not status:
            session.issue("ELEMENT_MISSING", at, elements, 2)
            self.unreadable.append("status")

    def fact(self) -> ClaimPayment:
        """The claim as it was read."""
        claim = self.claim
        if self.unreadable:
            claim["unreadable"] = tuple(self.unreadable)
        claim["parties"] = tuple(self.parties)
        if self.lines:
            claim["lines"] = tuple([_made(ServicePayment, line) for line in self.lines])
        return _made(ClaimPayment, claim)

    def _add(self, name: str, node: object) -> None:
        """Add to a list of what is open."""
        found = self.open[name]
        if found:
            found.append(node)
        else:
            self.open[name] = [node]

    def _required(self, at: int, elements: Elements, position: int, field: str) -> Decimal:
        """An amount that the guide requires. An empty one is zero, which the balance proves or refutes; one
        that cannot be read is marked, so that nothing rests on it."""
        try:
            return self.parse_amount(elements[position])
        except UNREADABLE:
            pass
        if self.session.amount(at, elements, position, required=True) is None and text(elements, position):
            self.unreadable.append(field)
        return zero(self.currency)

    def _svc(self, at: int, elements: Elements) -> bool:
        self.enter(at, "2110")
        session = self.session
        size = len(elements)
        self.open = line = _BLANK_LINE.copy()
        line["at"] = at
        line["procedure"] = self._procedure(at, elements, 1)
        line["charged"] = self._required(at, elements, 2, "lines.charged")
        line["paid"] = self._required(at, elements, 3, "lines.paid")
        if size > 4:
            line["revenue_code"] = elements[4]
            if size > 5 and elements[5]:
                try:
                    line["units"] = self.quantities[elements[5]]
                except UNREADABLE:
                    session.quantity(at, elements, 5)
            if size > 6:
                if elements[6]:
                    line["submitted"] = self._procedure(at, elements, 6)
                line["submitted_units"] = session.quantity(at, elements, 7)
        self.lines.append(line)
        return True

    def _procedure(self, at: int, elements: Elements, position: int) -> Procedure:
        parts = self.session.components(at, elements, position)
        count = len(parts)
        values = {
            "at": at,
            "qualifier": parts[0],
            "code": parts[1] if count > 1 else "",
            "modifiers": tuple([part for part in parts[2:6] if part]) if count > 2 else (),
            "description": parts[6] if count > 6 else "",
        }
        return trusted(Procedure, values)

    def _cas(self, at: int, elements: Elements) -> bool:
        size = min(len(elements), 20)
        group = elements[1] if size > 1 else ""
        for position in range(2, size, 3):
            reason = elements[position]
            stated = elements[position + 1] if position + 1 < size else ""
            if not reason and not stated:
                continue
            try:
                amount = self.parse_amount(stated)
            except UNREADABLE:
                self.session.amount(at, elements, position + 1, required=True)
                if stated:
                    self.unreadable.append("adjustments")
                continue
            quantity = None
            if position + 2 < size:
                quantity = self.session.quantity(at, elements, position + 2)
            values = {
                "at": at,
                "nth": (position + 1) // 3,
                "group": group,
                "reason": reason,
                "amount": amount,
                "quantity": quantity,
            }
            self._add("adjustments", trusted(Adjustment, values))
        return True

    def _nm1(self, at: int, elements: Elements) -> bool:
        if len(elements) != _NM1_SIZE:
            elements = (elements + _PAD)[:_NM1_SIZE]
        _, role, entity, last, first, middle, _, suffix, qualifier, number = elements
        values = {
            "at": at,
            "role": role,
            "entity": entity,
            "last_name": last,
            "first_name": first,
            "middle_name": middle,
            "suffix": suffix,
            "id_qualifier": qualifier,
            "id": number,
        }
        self.parties.append(trusted(Individual, values))
        return True

    def _remarks(self, at: int, elements: Elements) -> bool:
        """MIA and MOA: only the remark codes are carried; their amounts never change a posting."""
        for position in _REMARKS[elements[0]]:
            code = text(elements, position)
            if code:
                self.claim["remarks"] = [*self.claim["remarks"], code]
        return True

    def _lq(self, at: int, elements: Elements) -> bool:
        code = text(elements, 2)
        if code:
            self._add("remarks", code)
        return True

    def _ref(self, at: int, elements: Elements) -> bool:
        self._add("references", reference(at, elements))
        return True

    def _dtm(self, at: int, elements: Elements) -> bool:
        try:
            day = self.days[elements[2]]
        except UNREADABLE:
            self.session.day(at, elements, 2)
            return True
        self._add("dates", trusted(DatedEvent, {"at": at, "qualifier": elements[1], "day": day}))
        return True

    def _amt(self, at: int, elements: Elements) -> bool:
        try:
            amount = self.parse_amount(elements[2])
        except UNREADABLE:
            self.session.amount(at, elements, 2)
            return True
        values = {"at": at, "qualifier": elements[1], "amount": amount}
        self._add("amounts", trusted(InformationalAmount, values))
        return True

    def _qty(self, at: int, elements: Elements) -> bool:
        quantity = self.session.quantity(at, elements, 2)
        if quantity is not None:
            values = {"at": at, "qualifier": elements[1], "quantity": quantity}
            self._add("quantities", trusted(InformationalQuantity, values))
        return True

    def _counted(self, at: int, elements: Elements) -> bool:
        """Take a segment that carries nothing that is posted or explained."""
        return False


def reference(at: int, elements: Elements) -> Reference:
    """A REF, wherever it stands."""
    values = {"at": at, "qualifier": text(elements, 1), "value": text(elements, 2)}
    return trusted(Reference, values)


def _made(kind: type[_Made], values: dict[str, Any]) -> _Made:
    """A claim or line whose lists are complete."""
    for name in _LISTS:
        found = values[name]
        if found:
            values[name] = tuple(found)
    return trusted(kind, values)
