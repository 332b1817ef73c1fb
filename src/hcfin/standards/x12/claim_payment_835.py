"""One claim of an 835 (loops 2100 and 2110), segment by segment, straight to facts.

Segments are taken in whatever order they come: each belongs to the open service line, else to the claim. The
accessors check every value once; nodes are then made without validating them again (`hcfin.model.trusted`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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
from hcfin.standards.x12.session import Session
from hcfin.wire.x12 import Segment

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
    "PER": frozenset[int](),
}
_REMARKS = {name: sorted(CARRIED[name]) for name in ("MIA", "MOA")}
_PAD = [""] * 14
_LISTS = ("adjustments", "dates", "references", "amounts", "quantities", "remarks")
_BLANK_CLAIM = blank(ClaimPayment)
_BLANK_LINE = blank(ServicePayment)


class ClaimReader:
    """Reads one claim, from its CLP on."""

    __slots__ = ("claim", "currency", "line", "lines", "loop", "parties", "session", "unreadable")

    def __init__(self, session: Session, remittance: str, currency: str, segment: Segment) -> None:
        self.session = session
        self.currency = currency
        self.loop = "2100"
        self.unreadable: list[str] = []
        self.line: dict[str, Any] | None = None
        self.lines: list[dict[str, Any]] = []
        self.parties: list[Individual] = []
        self.claim = {**_BLANK_CLAIM, "at": segment.at, "currency": currency, "remittance": remittance}
        session.trail.enter(segment.at, "2100")
        self._clp(segment)

    def fact(self) -> ClaimPayment:
        """The claim as it was read."""
        claim = self.claim
        claim["unreadable"] = tuple(self.unreadable)
        claim["parties"] = tuple(self.parties)
        claim["lines"] = tuple([_service(line) for line in self.lines])
        for name in _LISTS:
            claim[name] = tuple(claim[name])
        return trusted(ClaimPayment, claim)

    def add(self, name: str, node: object) -> None:
        """Add to a list of the open line, else of the claim."""
        target = self.line or self.claim
        found = target[name]
        if found:
            found.append(node)
        else:
            target[name] = [node]

    def _clp(self, segment: Segment) -> None:
        session, claim, currency = self.session, self.claim, self.currency
        _, account, status, _, _, _, indicator, icn, facility, frequency, _, drg, _, _, *_ = (
            segment.elements + _PAD
        )
        claim["account"] = account
        claim["status"] = status
        claim["charged"] = self._required(segment, 3, "charged")
        claim["paid"] = self._required(segment, 4, "paid")
        claim["patient_responsibility"] = session.amount(segment, 5, currency)
        claim["filing_indicator"] = indicator
        claim["payer_claim_number"] = icn
        claim["facility_type"] = facility
        claim["frequency"] = frequency
        if len(segment.elements) > 11:
            claim["drg"] = drg
            claim["drg_weight"] = session.quantity(segment, 12)
            claim["discharge_fraction"] = session.quantity(segment, 13)
        if not status:
            session.issue("ELEMENT_MISSING", segment, 2)
            self.unreadable.append("status")

    def _required(self, segment: Segment, position: int, field: str) -> Decimal:
        """An amount that the guide requires. An empty one is zero, which the balance proves or refutes; one
        that cannot be read is marked, so that nothing rests on it."""
        amount = self.session.amount(segment, position, self.currency, True)
        if amount is not None:
            return amount
        if self.session.text(segment, position):
            self.unreadable.append(field)
        return zero(self.currency)

    def _svc(self, segment: Segment) -> None:
        session = self.session
        self.loop = "2110"
        session.trail.enter(segment.at, "2110")
        elements = segment.elements
        size = len(elements)
        line = self.line = {**_BLANK_LINE, "at": segment.at}
        line["procedure"] = self._procedure(segment, 1)
        line["charged"] = self._required(segment, 2, "lines.charged")
        line["paid"] = self._required(segment, 3, "lines.paid")
        if size > 4:
            line["revenue_code"] = elements[4]
            units = session.quantity(segment, 5)
            if units is not None:
                line["units"] = units
            if size > 6:
                if elements[6]:
                    line["submitted"] = self._procedure(segment, 6)
                line["submitted_units"] = session.quantity(segment, 7)
        self.lines.append(line)

    def _procedure(self, segment: Segment, position: int) -> Procedure:
        parts = self.session.components(segment, position)
        count = len(parts)
        return trusted(
            Procedure,
            {
                "at": segment.at,
                "qualifier": parts[0],
                "code": parts[1] if count > 1 else "",
                "modifiers": tuple([part for part in parts[2:6] if part]) if count > 2 else (),
                "description": parts[6] if count > 6 else "",
            },
        )

    def _cas(self, segment: Segment) -> None:
        session, elements, currency = self.session, segment.elements, self.currency
        size = min(len(elements), 20)
        group = elements[1] if size > 1 else ""
        nth = 0
        for position in range(2, size, 3):
            nth += 1
            reason = elements[position]
            stated = elements[position + 1] if position + 1 < size else ""
            if not reason and not stated:
                continue
            amount = session.amount(segment, position + 1, currency, True)
            if amount is None:
                if stated:
                    self.unreadable.append("adjustments")
                continue
            quantity = session.quantity(segment, position + 2) if position + 2 < size else None
            self.add(
                "adjustments",
                trusted(
                    Adjustment,
                    {
                        "at": segment.at,
                        "nth": nth,
                        "group": group,
                        "reason": reason,
                        "amount": amount,
                        "quantity": quantity,
                    },
                ),
            )

    def _nm1(self, segment: Segment) -> None:
        _, role, entity, last, first, middle, _, suffix, qualifier, number, *_ = segment.elements + _PAD
        values = {
            "at": segment.at,
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

    def _remarks(self, segment: Segment) -> None:
        """MIA and MOA: only the remark codes are carried; their amounts never change a posting."""
        for position in _REMARKS[segment.elements[0]]:
            code = self.session.text(segment, position)
            if code:
                self.claim["remarks"] = [*self.claim["remarks"], code]

    def _lq(self, segment: Segment) -> None:
        code = self.session.text(segment, 2)
        if code:
            self.add("remarks", code)

    def _ref(self, segment: Segment) -> None:
        self.add("references", reference(segment))

    def _dtm(self, segment: Segment) -> None:
        day = self.session.day(segment, 2)
        if day is not None:
            values = {"at": segment.at, "qualifier": segment.elements[1], "day": day}
            self.add("dates", trusted(DatedEvent, values))

    def _amt(self, segment: Segment) -> None:
        amount = self.session.amount(segment, 2, self.currency)
        if amount is not None:
            values = {"at": segment.at, "qualifier": segment.elements[1], "amount": amount}
            self.add("amounts", trusted(InformationalAmount, values))

    def _qty(self, segment: Segment) -> None:
        quantity = self.session.quantity(segment, 2)
        if quantity is not None:
            values = {"at": segment.at, "qualifier": segment.elements[1], "quantity": quantity}
            self.add("quantities", trusted(InformationalQuantity, values))

    def _counted(self, segment: Segment) -> None:
        """Carries nothing that is posted or explained."""


def reference(segment: Segment) -> Reference:
    """A REF, wherever it stands."""
    elements = segment.elements
    size = len(elements)
    values = {
        "at": segment.at,
        "qualifier": elements[1] if size > 1 else "",
        "value": elements[2] if size > 2 else "",
    }
    return trusted(Reference, values)


def _service(line: dict[str, Any]) -> ServicePayment:
    for name in _LISTS:
        line[name] = tuple(line[name])
    return trusted(ServicePayment, line)


HANDLERS = {
    "SVC": ClaimReader._svc,
    "CAS": ClaimReader._cas,
    "NM1": ClaimReader._nm1,
    "MIA": ClaimReader._remarks,
    "MOA": ClaimReader._remarks,
    "LQ": ClaimReader._lq,
    "REF": ClaimReader._ref,
    "DTM": ClaimReader._dtm,
    "AMT": ClaimReader._amt,
    "QTY": ClaimReader._qty,
    "PER": ClaimReader._counted,
}
"""What takes each segment of an open claim, by the segment's name."""
