"""The header of an 835: payment, trace, currency, payer and payee (loops 1000A and 1000B).

A segment that may stand once and stands again is told and not used: which of two is meant nobody knows, and
what is booked must not depend on the order of a file.
"""

from __future__ import annotations

from typing import Any

from hcfin.billing.base import DatedEvent
from hcfin.billing.remittance import remittance_ref
from hcfin.model import trusted
from hcfin.money import is_currency, zero
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.session import Elements, Handler, Session, text

CARRIED = {
    **nodes_835.CARRIED,
    "BPR": frozenset(range(1, 17)),
    "TRN": frozenset({1, 2, 3, 4}),
    "CUR": frozenset({1, 2, 3}),
    "DTM": frozenset({1, 2}),
    "N1": frozenset({1, 2, 3, 4}),
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3, 4, 7}),
    "RDM": frozenset({1, 2, 3}),
}
"""Positions that reach a fact, by segment."""

_PARTIES = {"PR": ("payer", "1000A"), "PE": ("payee", "1000B")}
_ACCOUNT = ("routing_qualifier", "routing_number", "account_qualifier", "account_number")
_PRODUCED = "405"


class HeaderReader:
    """Collects the header of one set until it is closed. `data` are the fields of the `Remittance`."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.start = at, elements
        self.data: dict[str, Any] = {"at": at, "version": session.version, "unreadable": []}
        self.parties: dict[str, dict[str, Any]] = {}
        # The party of an N1 that is not used is an empty dict: what describes it must not reach the header.
        self.party: dict[str, Any] | None = None
        self.bpr: tuple[int, Elements] | None = None
        self.stated: set[str] = set()
        """Segments that have been taken and may not stand again."""
        self.closed = False
        self.handlers: dict[str, Handler] = {
            "BPR": self._bpr,
            "TRN": self._trn,
            "CUR": self._cur,
            "N1": self._n1,
            "N3": self._n3,
            "N4": self._n4,
            "REF": self._ref,
            "DTM": self._dtm,
            "PER": self._per,
            "RDM": self._rdm,
        }

    def close(self) -> str:
        """The header is complete: settle the payment; returns the business key.

        Segments of the header that come later are not used: what is booked must not depend on whether a file
        is streamed.
        """
        self.closed = True
        self.party = {}
        self._payment()
        data = self.data
        payee = self.parties.get("payee", {})
        return remittance_ref(
            data.get("payer_identifier", ""),
            data.get("trace", ""),
            data["payment"],
            data.get("payment_date"),
            payee.get("id") or payee.get("name", ""),
        )

    def _payment(self) -> None:
        session = self.session
        self.data["payment"] = zero(session.currency)
        if self.bpr is None:
            session.issue("SEGMENT_MISSING", *self.start, missing="BPR")
            self.data["unreadable"].append("payment")
            return
        payment = session.amount(*self.bpr, 2, required=True)
        if payment is not None:
            self.data["payment"] = payment
        elif text(self.bpr[1], 2):
            self.data["unreadable"].append("payment")

    def _again(self, at: int, elements: Elements, what: str = "") -> bool:
        """Whether a segment that may stand once is not used; then with an issue."""
        what = what or elements[0]
        if self.closed or what in self.stated:
            code = "SEGMENT_REPEATED" if what in self.stated else "SEGMENT_MISPLACED"
            self.session.issue(code, at, elements)
            return True
        self.stated.add(what)
        return False

    # The payment

    def _bpr(self, at: int, elements: Elements) -> bool:
        if self._again(at, elements):
            return False
        self.data.update(
            at=at,
            handling=text(elements, 1),
            credit_debit=text(elements, 3) or "C",
            method=text(elements, 4),
            payment_format=text(elements, 5),
            payer_account=_account(at, elements, 1),
            originator=text(elements, 10),
            originator_supplement=text(elements, 11),
            payee_account=_account(at, elements, 2),
            payment_date=self.session.day(at, elements, 16),
        )
        # CUR comes after BPR and says how many decimals BPR02 may have.
        self.bpr = at, elements
        return True

    def _trn(self, at: int, elements: Elements) -> bool:
        if self._again(at, elements):
            return False
        self.data.update(
            trace_type=text(elements, 1) or "1",
            trace=text(elements, 2),
            payer_identifier=text(elements, 3),
            payer_supplement=text(elements, 4),
        )
        return True

    def _cur(self, at: int, elements: Elements) -> bool:
        session = self.session
        currency = text(elements, 2)
        # Once a claim is read its currency is that of the set: one set, one currency.
        if self.closed or not is_currency(currency):
            session.issue("CURRENCY_INVALID", at, elements, 2)
            return False
        if self._again(at, elements):
            return False
        session.settle_currency(currency)
        self.data["currency_entity"] = text(elements, 1) or "PR"
        self.data["exchange_rate"] = session.quantity(at, elements, 3)
        return True

    # The parties

    def _n1(self, at: int, elements: Elements) -> bool:
        session = self.session
        role, loop = _PARTIES.get(text(elements, 1), ("", ""))
        if not role or role in self.parties or self.closed:
            repeated = "PARTY_REPEATED" if role in self.parties else "SEGMENT_MISPLACED"
            session.issue(repeated if role else "PARTY_UNKNOWN", at, elements, 1)
            self.party = {}
            return False
        session.trail.enter(at, loop)
        self.party = self.parties[role] = {
            "at": at,
            "name": text(elements, 2),
            "id_qualifier": text(elements, 3),
            "id": text(elements, 4),
        }
        return True

    def _n3(self, at: int, elements: Elements) -> bool:
        party = self.party
        lines = [line for line in elements[1:3] if line]
        if party and lines:
            party.setdefault("address", []).extend(lines)
        return bool(party and lines)

    def _n4(self, at: int, elements: Elements) -> bool:
        party = self.party
        if not party:
            return False
        if "city" in party:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        fields = ("city", "state", "postal_code", "country", "", "", "subdivision")
        for position, field in enumerate(fields, start=1):
            if field:
                party[field] = text(elements, position)
        return True

    def _per(self, at: int, elements: Elements) -> bool:
        found = nodes_835.contact(at, elements) if self.party else None
        if self.party and found:
            self.party.setdefault("contacts", []).append(found)
        return found is not None

    def _rdm(self, at: int, elements: Elements) -> bool:
        if self.party == {} and not self.closed:
            return False
        if self._again(at, elements):
            return False
        fields = {"method": text(elements, 1), "name": text(elements, 2), "address": text(elements, 3)}
        if any(fields.values()):
            self.data["delivery"] = {"at": at, **fields}
        return "delivery" in self.data

    # Identifiers and dates

    def _ref(self, at: int, elements: Elements) -> bool:
        target = self.data if self.party is None else self.party
        used = target is self.data or bool(target)
        if used:
            target.setdefault("references", []).append(nodes_835.reference(at, elements))
        return used

    def _dtm(self, at: int, elements: Elements) -> bool:
        qualifier = text(elements, 1)
        if qualifier == _PRODUCED:
            if self._again(at, elements, "production date"):
                return False
        elif self.closed:
            return False
        day = self.session.day(at, elements, 2)
        if day is None:
            return False
        if qualifier == _PRODUCED:
            self.data["production_date"] = day
        else:
            event = trusted(DatedEvent, {"at": at, "qualifier": qualifier, "day": day})
            self.data.setdefault("dates", []).append(event)
        return True


def _account(at: int, elements: Elements, nth: int) -> dict[str, Any] | None:
    """The payer's (1) or the payee's (2) bank account in BPR; None where nothing is said of it."""
    start = 6 * nth
    values = {name: text(elements, position) for position, name in enumerate(_ACCOUNT, start=start)}
    return {"at": at, "nth": nth, **values} if any(values.values()) else None
