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
    ListedCode,
)
from hcfin.billing.party import Individual
from hcfin.billing.remittance import ClaimPayment, Procedure, ServicePayment
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.x12 import figures_835, nodes_835
from hcfin.standards.x12.figures_835 import INPATIENT, OUTPATIENT, read_figures
from hcfin.standards.x12.session import UNREADABLE, Elements, Handler, Session, text

CARRIED = {
    **nodes_835.CARRIED,
    "CLP": frozenset(range(1, 14)),
    "NM1": frozenset(range(1, 10)),
    "CAS": frozenset(range(1, 20)),
    "DTM": frozenset({1, 2}),
    "AMT": frozenset({1, 2}),
    "QTY": frozenset({1, 2}),
    "MIA": figures_835.CARRIED["MIA"],
    "MOA": figures_835.CARRIED["MOA"],
    "SVC": frozenset(range(1, 8)),
    "LQ": frozenset({1, 2}),
}
"""Positions that reach a fact, by segment."""

_ADJUDICATIONS = {"MIA": ("inpatient", INPATIENT), "MOA": ("outpatient", OUTPATIENT)}
_Made = TypeVar("_Made", ClaimPayment, ServicePayment)
_CLP_SIZE, _NM1_SIZE = 14, 10
_COMPONENTS = 7
_PAD = [""] * 14
# An LQ that names no list is taken for a remark code: some of these protect patients.
_REMARKS = ("HE", "")
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
        self.group = ""
        """LX01 of the group that the claims are in."""
        self.rare: list[tuple[dict[str, Any], str]] = []
        """Lists that few claims have: the claim or line, and the field."""
        self.stated: dict[str, int] = {}
        """Where the last claim began that had a segment which may stand once."""
        self.claim: dict[str, Any] = {}
        self.open = self.claim
        """The line that is open, else the claim: what the next segment belongs to."""
        self.handlers: dict[str, Handler] = {
            "SVC": self._svc,
            "CAS": self._cas,
            "NM1": self._nm1,
            "MIA": self._adjudication,
            "MOA": self._adjudication,
            "LQ": self._lq,
            "REF": self._ref,
            "DTM": self._dtm,
            "AMT": self._amt,
            "QTY": self._qty,
            "PER": self._per,
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
        _, account, status, _, _, patient, indicator, icn, facility, frequency, left, drg, _, _ = padded
        self.open = self.claim = claim = _BLANK_CLAIM.copy()
        claim["at"] = at
        claim["currency"] = self.currency
        claim["remittance"] = self.remittance
        claim["group_number"] = self.group
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
            claim["patient_status"] = left
            claim["drg"] = drg
            claim["drg_weight"] = session.quantity(at, elements, 12)
            claim["discharge_fraction"] = session.quantity(at, elements, 13)
        if not status:
            session.issue("ELEMENT_MISSING", at, elements, 2)
            self.unreadable.append("status")

    def fact(self) -> ClaimPayment:
        """The claim as it was read."""
        claim = self.claim
        if self.rare:
            for node, name in self.rare:
                node[name] = tuple(node[name])
            self.rare = []
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

    def _add_rare(self, node: dict[str, Any], name: str, value: object) -> None:
        """Add to a list that few claims have."""
        found = node[name]
        if found:
            found.append(value)
        else:
            node[name] = [value]
            self.rare.append((node, name))

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
        description = ""
        if count > 6:
            description = parts[6]
            if count > _COMPONENTS:
                self.session.issue("COMPONENTS_LEFT_OUT", at, elements, position, read=_COMPONENTS)
        values = {
            "at": at,
            "qualifier": parts[0],
            "code": parts[1] if count > 1 else "",
            "modifiers": tuple([part for part in parts[2:6] if part]) if count > 2 else (),
            "description": description,
        }
        return trusted(Procedure, values)

    def _cas(self, at: int, elements: Elements) -> bool:
        size = min(len(elements), 20)
        group = elements[1] if size > 1 else ""
        amount = None
        for position in range(2, size, 3):
            reason = elements[position]
            stated = elements[position + 1] if position + 1 < size else ""
            if not reason and not stated:
                if position + 2 < size and elements[position + 2]:
                    self.session.issue("ELEMENT_MISSING", at, elements, position + 1)
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
        return amount is not None

    def _nm1(self, at: int, elements: Elements) -> bool:
        if len(elements) != _NM1_SIZE:
            elements = (elements + _PAD)[:_NM1_SIZE]
        _, role, entity, last, first, middle, prefix, suffix, qualifier, number = elements
        values = {
            "at": at,
            "role": role,
            "entity": entity,
            "last_name": last,
            "first_name": first,
            "middle_name": middle,
            "prefix": prefix,
            "suffix": suffix,
            "id_qualifier": qualifier,
            "id": number,
        }
        self.parties.append(trusted(Individual, values))
        return True

    def _adjudication(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """MIA and MOA. Remark codes of a second one count too: some of them protect patients."""
        field, figures = _ADJUDICATIONS[elements[0]]
        size = len(elements)
        remarks = [
            elements[position] for position in figures.remarks if position < size and elements[position]
        ]
        if remarks:
            self.claim["remarks"] = found = self.claim["remarks"] or []
            found += remarks
        start: int = self.claim["at"]
        if self.stated.get(field) == start:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return frozenset(figures.remarks)
        self.stated[field] = start
        self.claim[field] = node = read_figures(self.session, at, elements, figures.kind)
        return bool(remarks) or node is not None

    def _per(self, at: int, elements: Elements) -> bool:
        found = nodes_835.contact(at, elements)
        if found is not None:
            self._add_rare(self.claim, "contacts", found)
        return found is not None

    def _lq(self, at: int, elements: Elements) -> bool:
        code = text(elements, 2)
        if not code:
            return False
        kind = elements[1]
        if kind in _REMARKS:
            self._add("remarks", code)
        elif self.open is self.claim:
            self.session.issue("SEGMENT_MISPLACED", at, elements)
            return False
        elif kind == "RX":
            self._add_rare(self.open, "reject_codes", code)
        else:
            node = trusted(ListedCode, {"at": at, "qualifier": kind, "code": code})
            self._add_rare(self.open, "other_codes", node)
        return True

    def _ref(self, at: int, elements: Elements) -> bool:
        self._add("references", nodes_835.reference(at, elements))
        return True

    def _dtm(self, at: int, elements: Elements) -> bool:
        try:
            day = self.days[elements[2]]
        except UNREADABLE:
            self.session.day(at, elements, 2)
            return False
        self._add("dates", trusted(DatedEvent, {"at": at, "qualifier": elements[1], "day": day}))
        return True

    def _amt(self, at: int, elements: Elements) -> bool:
        try:
            amount = self.parse_amount(elements[2])
        except UNREADABLE:
            self.session.amount(at, elements, 2)
            return False
        values = {"at": at, "qualifier": elements[1], "amount": amount}
        self._add("amounts", trusted(InformationalAmount, values))
        return True

    def _qty(self, at: int, elements: Elements) -> bool:
        quantity = self.session.quantity(at, elements, 2)
        if quantity is not None:
            values = {"at": at, "qualifier": elements[1], "quantity": quantity}
            self._add("quantities", trusted(InformationalQuantity, values))
        return quantity is not None


def _made(kind: type[_Made], values: dict[str, Any]) -> _Made:
    """A claim or line whose lists are complete."""
    for name in _LISTS:
        found = values[name]
        if found:
            values[name] = tuple(found)
    return trusted(kind, values)
