"""The service lines of a claim in an 837 (loops 2400 to 2430), and what they share with the claim itself.

Segments are taken in whatever order they come: each belongs to the innermost thing that is open. Nodes are
made at their first segment without validating them again, and filled until the claim ends.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from hcfin.billing.base import DatedPeriod, InformationalAmount, InformationalQuantity
from hcfin.billing.claim import ClaimLine, Drug, LineAdjudication
from hcfin.billing.party import Provider
from hcfin.billing.remittance import Procedure
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.parties_837 import PERSONS, Parties
from hcfin.standards.x12.session import UNREADABLE, Elements, Handler, Session, text

CARRIED = {
    "LX": frozenset({1}),
    "SV1": frozenset({1, 2, 3, 4, 5, 7, 9}),
    "SV2": frozenset({1, 2, 3, 4, 5, 7}),
    "SV3": frozenset({1, 2, 3, 4, 6, 11}),
    "TOO": frozenset({2}),
    "LIN": frozenset({2, 3}),
    "CTP": frozenset({4, 5}),
    "SVD": frozenset(range(1, 7)),
    "CAS": frozenset(range(1, 20)),
    "DTP": frozenset({1, 3}),
    "AMT": frozenset({1, 2}),
    "QTY": frozenset({1, 2}),
    "NTE": frozenset({2}),
}
"""Positions that reach a fact, by segment."""

Values = dict[str, Any]
_T = TypeVar("_T")
BLANK_LINE = blank(ClaimLine)
BLANK_ADJUDICATION = blank(LineAdjudication)
_BLANK_DRUG = blank(Drug)
_COMPONENTS = 7
_KEPT = 10_000
ADJUDICATED = "573"
REMAINING = "EAF"
_SV1_SIZE, _SV2_SIZE = 10, 8
_PAD = [""] * 10
_ROLES = "45 71 72 73 77 82 85 87 AS DD DK DN DQ FA LI P3 PE PW QB QV SU TL TT ZZ"
PROVIDERS = frozenset(_ROLES.split())


def remember(known: dict[str, _T], text: str, values: _T) -> None:
    """Keep what a text means. Bounded, because the texts of a hostile feed do not repeat."""
    if len(known) >= _KEPT:
        known.clear()
    known[text] = values


class LineReader:
    """Reads the lines of the claims of one set, one claim after the other."""

    def __init__(self, session: Session, parties: Parties) -> None:
        self.session = session
        self.parties = parties
        self.add = parties.add
        self.enter = session.trail.enter
        self.parse_amount = session.parse_amount
        self.currency = session.currency
        self.periods = session.periods
        self.quantities = session.quantities
        self.claim: Values = {}
        self.other: Values = {}
        """The other payer that is open; empty where none is."""
        self.line: Values = {}
        """The line that is open; empty where none is."""
        self.adjudication: Values = {}
        self.drug: Values = {}
        self.holder = self.claim
        """The line that is open, else the claim: whose dates, amounts and notes come."""
        self.unreadable: list[str] = []
        self.procedures: dict[str, Values] = session.meanings("procedures")
        """Fields of procedures by their text, as the separators of the interchange take it apart."""
        self.pointers: dict[str, tuple[str, ...]] = session.meanings("pointers")
        """Parts of short composites by their text."""
        self.types: set[str] = set()
        """Types of claim that the lines of this one are of."""
        self.line_handlers: dict[str, Handler] = {
            "LX": self._lx,
            "SV1": self._sv1,
            "SV2": self._sv2,
            "SV3": self._sv3,
            "TOO": self._too,
            "LIN": self._lin,
            "CTP": self._ctp,
            "SVD": self._svd,
            "CAS": self._cas,
            "DTP": self._dtp,
            "AMT": self._amt,
            "QTY": self._qty,
            "NTE": self._nte,
        }

    # What claims and lines share

    def _required(self, at: int, elements: Elements, position: int, field: str) -> Decimal:
        """An amount that the guide requires. An empty one is zero, which the totals prove or refute; one that
        cannot be read is marked, so that nothing rests on it."""
        try:
            return self.parse_amount(elements[position])
        except UNREADABLE:
            pass
        if self.session.amount(at, elements, position, required=True) is None and text(elements, position):
            self.unreadable.append(field)
        return zero(self.currency)

    def _misplaced(self, at: int, elements: Elements) -> bool:
        self.session.issue("SEGMENT_MISPLACED", at, elements)
        return False

    def _again(self, at: int, elements: Elements) -> bool:
        self.session.issue("SEGMENT_REPEATED", at, elements)
        return False

    def procedure(self, at: int, elements: Elements, position: int) -> Procedure:
        """The procedure of a composite."""
        known = self.procedures.get(elements[position])
        if known is None:
            known = self._parsed(at, elements, position)
        return trusted(Procedure, {**known, "at": at})

    def _parsed(self, at: int, elements: Elements, position: int) -> Values:
        """The fields of a procedure. Plain ones are remembered: the procedures of a feed repeat."""
        parts = self.session.components(at, elements, position)
        count = len(parts)
        values = {
            "at": at,
            "qualifier": parts[0],
            "code": parts[1] if count > 1 else "",
            "modifiers": tuple([part for part in parts[2:6] if part]) if count > 2 else (),
            "description": parts[6] if count > 6 else "",
        }
        if count > _COMPONENTS:
            self.session.issue("COMPONENTS_LEFT_OUT", at, elements, position, read=_COMPONENTS)
        elif 1 < count <= 6:
            remember(self.procedures, elements[position], values)
        return values

    def _provider(self, at: int, elements: Elements, holder: Values, loop: str) -> bool | frozenset[int]:
        """A provider of a claim, line or other payer. Who is none stays out: that is patient data."""
        role = text(elements, 1)
        self.enter(at, loop)
        if role not in PROVIDERS:
            self.parties.skip()
            if role not in PERSONS and role != "PR":
                self.session.issue("PARTY_UNKNOWN", at, elements, 1)
            return False
        provider, carried = self.parties.begin(Provider, at, elements)
        self.add(holder, "providers", provider)
        return carried

    def _dtp(self, at: int, elements: Elements) -> bool:
        try:
            first, last = self.periods[elements[3]]
        except UNREADABLE:
            if not self._time(elements):
                self.session.period(at, elements, 3)
                return False
            return True
        qualifier = elements[1]
        if qualifier == ADJUDICATED and not last:
            told, name = (self.adjudication, "day") if self.line else (self.other, "adjudicated")
            if told:
                if told[name]:
                    return self._again(at, elements)
                told[name] = first
                return True
        self.parties.open = None
        values = {"at": at, "qualifier": qualifier, "first": first, "last": last}
        self.add(self.holder, "dates", trusted(DatedPeriod, values))
        self._time(elements)
        return True

    def _time(self, elements: Elements) -> bool:
        """Whether a DTP tells an hour of the claim. Only stays in a hospital have such."""
        return False

    def _amt(self, at: int, elements: Elements) -> bool:
        try:
            amount = self.parse_amount(elements[2])
        except UNREADABLE:
            self.session.amount(at, elements, 2)
            return False
        if self.adjudication and elements[1] == REMAINING:
            if self.adjudication["remaining"] is not None:
                return self._again(at, elements)
            self.adjudication["remaining"] = amount
            return True
        self.parties.open = None
        values = {"at": at, "qualifier": elements[1], "amount": amount}
        self.add(self.holder, "amounts", trusted(InformationalAmount, values))
        return True

    def _qty(self, at: int, elements: Elements) -> bool:
        quantity = self.session.quantity(at, elements, 2)
        if quantity is not None:
            self.parties.open = None
            values = {"at": at, "qualifier": elements[1], "quantity": quantity}
            self.add(self.holder, "quantities", trusted(InformationalQuantity, values))
        return quantity is not None

    def _nte(self, at: int, elements: Elements) -> bool:
        note = text(elements, 2)
        if note:
            self.parties.open = None
            self.add(self.holder, "notes", note)
        return bool(note)

    def _cas(self, at: int, elements: Elements) -> bool:
        holder = self.adjudication if self.line else self.other
        if not holder:
            return self._misplaced(at, elements)
        used = False
        for adjustment in nodes_835.adjustments(self.session, at, elements, self.unreadable, "other_payers"):
            self.add(holder, "adjustments", adjustment)
            used = True
        return used

    # Lines

    def _lx(self, at: int, elements: Elements) -> bool:
        self._begin_line(at)["number"] = text(elements, 1)
        return True

    def _begin_line(self, at: int) -> Values:
        if self.line:
            self._end_line()
        self.enter(at, "2400")
        self.parties.open = None
        self.other = self.adjudication = self.drug = {}
        self.line = self.holder = line = BLANK_LINE.copy()
        line["at"] = at
        self.add(self.claim, "lines", trusted(ClaimLine, line))
        return line

    def _end_line(self) -> None:
        """A line that has no charge has one of zero, which the totals prove or refute."""
        line = self.line
        if line and line["charged"] is None:
            line["charged"] = zero(self.currency)
            self.session.issue("ELEMENT_MISSING", line["at"], ["LX", line["number"]])

    def _service(self, at: int, kind: str) -> Values:
        """The line of an SV1, SV2 or SV3."""
        line = self.line
        if not line or line["charged"] is not None:
            line = self._begin_line(at)
        self.parties.open = None
        line["at"] = at
        self.types.add(kind)
        return line

    def _sv1(self, at: int, elements: Elements) -> bool:
        line = self._service(at, "professional")
        if len(elements) < _SV1_SIZE:
            elements = elements + _PAD[len(elements) : _SV1_SIZE]
        _, procedure, _, basis, units, facility, _, pointers, _, emergency, *_ = elements
        if procedure:
            line["procedure"] = self.procedure(at, elements, 1)
        try:
            line["charged"] = self.parse_amount(elements[2])
        except UNREADABLE:
            line["charged"] = self._required(at, elements, 2, "lines.charged")
        line["unit_basis"] = basis
        if units:
            try:
                line["units"] = self.quantities[units]
            except UNREADABLE:
                self.session.quantity(at, elements, 4)
        line["facility_type"] = facility
        if pointers:
            known = self.pointers.get(pointers)
            line["diagnosis_pointers"] = self.several(pointers) if known is None else known
        line["emergency"] = emergency
        return True

    def _sv2(self, at: int, elements: Elements) -> bool:
        line = self._service(at, "institutional")
        if len(elements) < _SV2_SIZE:
            elements = elements + _PAD[len(elements) : _SV2_SIZE]
        _, revenue, procedure, _, basis, units, _, noncovered, *_ = elements
        line["revenue_code"] = revenue
        if procedure:
            line["procedure"] = self.procedure(at, elements, 2)
        try:
            line["charged"] = self.parse_amount(elements[3])
        except UNREADABLE:
            line["charged"] = self._required(at, elements, 3, "lines.charged")
        line["unit_basis"] = basis
        if units:
            try:
                line["units"] = self.quantities[units]
            except UNREADABLE:
                self.session.quantity(at, elements, 5)
        if noncovered:
            line["noncovered"] = self.session.amount(at, elements, 7)
        return True

    def _sv3(self, at: int, elements: Elements) -> bool:
        line = self._service(at, "dental")
        if text(elements, 1):
            line["procedure"] = self.procedure(at, elements, 1)
        line["charged"] = self._required(at, elements, 2, "lines.charged")
        line["facility_type"] = text(elements, 3)
        line["oral_cavity"] = self.several(text(elements, 4))
        line["units"] = self.session.quantity(at, elements, 6)
        line["diagnosis_pointers"] = self.several(text(elements, 11))
        return True

    def several(self, element: str) -> tuple[str, ...]:
        """The parts of a composite, which are remembered."""
        found = tuple([part for part in element.split(self.session.component) if part])
        remember(self.pointers, element, found)
        return found

    def _too(self, at: int, elements: Elements) -> bool:
        if not self.line:
            return self._misplaced(at, elements)
        tooth = text(elements, 2)
        if tooth:
            self.add(self.line, "teeth", tooth)
        return bool(tooth)

    def _lin(self, at: int, elements: Elements) -> bool:
        if not self.line:
            return self._misplaced(at, elements)
        self.enter(at, "2410")
        self.parties.open = None
        self.adjudication = {}
        self.drug = drug = _BLANK_DRUG.copy()
        drug["at"] = at
        drug["qualifier"] = text(elements, 2)
        drug["code"] = text(elements, 3)
        self.add(self.line, "drugs", trusted(Drug, drug))
        return True

    def _ctp(self, at: int, elements: Elements) -> bool:
        drug = self.drug
        if not drug:
            return self._misplaced(at, elements)
        if drug["quantity"] is not None or drug["unit"]:
            return self._again(at, elements)
        drug["quantity"] = self.session.quantity(at, elements, 4)
        unit = text(elements, 5).split(self.session.component)
        drug["unit"] = unit[0]
        if any(unit[1:]):
            self.session.issue("COMPONENTS_LEFT_OUT", at, elements, 5, read=1)
        return drug["quantity"] is not None or bool(unit[0])

    def _svd(self, at: int, elements: Elements) -> bool:
        if not self.line:
            return self._misplaced(at, elements)
        self.enter(at, "2430")
        self.parties.open = None
        self.drug = {}
        self.adjudication = told = BLANK_ADJUDICATION.copy()
        told["at"] = at
        told["payer"] = text(elements, 1)
        told["paid"] = self._required(at, elements, 2, "other_payers")
        if text(elements, 3):
            told["procedure"] = self.procedure(at, elements, 3)
        told["revenue_code"] = text(elements, 4)
        units = self.session.quantity(at, elements, 5)
        if units is not None:
            told["units"] = units
        told["bundled_line"] = text(elements, 6)
        self.add(self.line, "adjudications", trusted(LineAdjudication, told))
        return True
