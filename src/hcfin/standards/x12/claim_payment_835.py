"""One claim of an 835 (loops 2100 and 2110): its segments become one nested dict, validated once.

Segments are taken in whatever order they come: each belongs to the open service line, else to the claim.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.remittance import ClaimPayment
from hcfin.errors import ModelError
from hcfin.money import zero
from hcfin.standards.x12.session import Session
from hcfin.wire.x12 import Segment

# Positions that reach a fact, by segment.
_CARRIED = {
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
_NM1 = {
    "role": 1,
    "entity": 2,
    "last_name": 3,
    "first_name": 4,
    "middle_name": 5,
    "suffix": 7,
    "id_qualifier": 8,
    "id": 9,
}
SEGMENTS = frozenset(_CARRIED) - {"CLP"}
"""Names of the segments that belong to an open claim."""


class ClaimReader:
    """Reads one claim, from its CLP on."""

    def __init__(self, session: Session, remittance: str, currency: str, segment: Segment) -> None:
        self.session = session
        self.currency = currency
        self.first = segment
        self.loop = "2100"
        self.line: dict[str, Any] | None = None
        self.claim: dict[str, Any] = {
            "at": segment.at,
            "remittance": remittance,
            "currency": currency,
            "unreadable": [],
        }
        session.trail.enter(segment.at, self.loop)
        self._clp(segment)

    def segment(self, segment: Segment) -> None:
        """Take a segment of the claim; its name is one of `SEGMENTS`."""
        name = segment.elements[0]
        if name == "SVC":
            self.loop = "2110"
            self.session.trail.enter(segment.at, self.loop)
        self.session.cover(self.loop, segment, _CARRIED[name])
        handler = _HANDLERS.get(name)
        if handler:
            handler(self, segment)

    def fact(self) -> ClaimPayment | None:
        """The claim; None, with an issue, where its values do not form one."""
        try:
            return ClaimPayment.build(self.claim)
        except ModelError:
            self.session.issue("FACT_REFUSED", self.first)
            return None

    def _open(self, field: str) -> list[dict[str, Any]]:
        """A list of the open line, else of the claim."""
        found: list[dict[str, Any]] = (self.line or self.claim).setdefault(field, [])
        return found

    def _clp(self, segment: Segment) -> None:
        session = self.session
        session.cover(self.loop, segment, _CARRIED["CLP"])
        self.claim.update(
            account=session.text(segment, 1),
            status=session.text(segment, 2),
            charged=self._required(segment, 3, "charged"),
            paid=self._required(segment, 4, "paid"),
            patient_responsibility=session.amount(segment, 5, self.currency),
            filing_indicator=session.text(segment, 6),
            payer_claim_number=session.text(segment, 7),
            facility_type=session.text(segment, 8),
            frequency=session.text(segment, 9),
            drg=session.text(segment, 11),
            drg_weight=session.quantity(segment, 12),
            discharge_fraction=session.quantity(segment, 13),
        )
        if not self.claim["status"]:
            session.issue("ELEMENT_MISSING", segment, 2)
            self.claim["unreadable"].append("status")

    def _required(self, segment: Segment, position: int, field: str) -> Decimal:
        """An amount that the guide requires. An empty one is zero, which the balance proves or refutes; one
        that cannot be read is marked, so that nothing rests on it."""
        amount = self.session.amount(segment, position, self.currency, required=True)
        if amount is None and self.session.text(segment, position):
            self.claim["unreadable"].append(field)
        return zero(self.currency) if amount is None else amount

    def _svc(self, segment: Segment) -> None:
        session = self.session
        line: dict[str, Any] = {
            "at": segment.at,
            "procedure": self._procedure(segment, 1),
            "charged": self._required(segment, 2, "lines.charged"),
            "paid": self._required(segment, 3, "lines.paid"),
            "revenue_code": session.text(segment, 4),
            "submitted_units": session.quantity(segment, 7),
        }
        units = session.quantity(segment, 5)
        if units is not None:
            line["units"] = units
        if session.text(segment, 6):
            line["submitted"] = self._procedure(segment, 6)
        self.line = line
        self.claim.setdefault("lines", []).append(line)

    def _procedure(self, segment: Segment, position: int) -> dict[str, Any]:
        parts = self.session.components(segment, position)
        parts += [""] * (7 - len(parts))
        return {
            "at": segment.at,
            "qualifier": parts[0],
            "code": parts[1],
            "modifiers": tuple(part for part in parts[2:6] if part),
            "description": parts[6],
        }

    def _cas(self, segment: Segment) -> None:
        session = self.session
        found = self._open("adjustments")
        group = session.text(segment, 1)
        for nth, position in enumerate(range(2, min(len(segment.elements), 20), 3), start=1):
            reason, stated = session.text(segment, position), session.text(segment, position + 1)
            if not reason and not stated:
                continue
            amount = session.amount(segment, position + 1, self.currency, required=True)
            if amount is None:
                if stated:
                    self.claim["unreadable"].append("adjustments")
                continue
            found.append(
                {
                    "at": segment.at,
                    "nth": nth,
                    "group": group,
                    "reason": reason,
                    "amount": amount,
                    "quantity": session.quantity(segment, position + 2),
                }
            )

    def _nm1(self, segment: Segment) -> None:
        party = {name: self.session.text(segment, position) for name, position in _NM1.items()}
        self.claim.setdefault("parties", []).append({"at": segment.at, **party})

    def _remarks(self, segment: Segment) -> None:
        """MIA and MOA: only the remark codes are carried; their amounts never change a posting."""
        positions = sorted(_CARRIED[segment.elements[0]])
        codes = (self.session.text(segment, position) for position in positions)
        self.claim.setdefault("remarks", []).extend(code for code in codes if code)

    def _lq(self, segment: Segment) -> None:
        code = self.session.text(segment, 2)
        if code:
            (self.line or self.claim).setdefault("remarks", []).append(code)

    def _ref(self, segment: Segment) -> None:
        self._open("references").append(reference(self.session, segment))

    def _dtm(self, segment: Segment) -> None:
        day = self.session.day(segment, 2)
        if day is not None:
            qualifier = self.session.text(segment, 1)
            self._open("dates").append({"at": segment.at, "qualifier": qualifier, "day": day})

    def _amt(self, segment: Segment) -> None:
        amount = self.session.amount(segment, 2, self.currency)
        if amount is not None:
            qualifier = self.session.text(segment, 1)
            self._open("amounts").append({"at": segment.at, "qualifier": qualifier, "amount": amount})

    def _qty(self, segment: Segment) -> None:
        quantity = self.session.quantity(segment, 2)
        if quantity is not None:
            qualifier = self.session.text(segment, 1)
            self._open("quantities").append({"at": segment.at, "qualifier": qualifier, "quantity": quantity})


def reference(session: Session, segment: Segment) -> dict[str, Any]:
    """A REF as data, wherever it stands."""
    return {
        "at": segment.at,
        "qualifier": session.text(segment, 1),
        "value": session.text(segment, 2),
    }


_HANDLERS = {
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
}
