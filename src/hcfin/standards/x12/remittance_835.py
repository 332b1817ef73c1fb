"""The 835 health care claim payment/advice (005010X221A1; 004010X091A1 tolerated) as billing facts.

Segments are taken in whatever order they come: each belongs to the innermost thing that is open (claim,
payee, payer, header).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.balance import claim_faults, remittance_faults
from hcfin.billing.findings import claim_findings, remittance_findings
from hcfin.billing.reading import Opened, Unit
from hcfin.billing.remittance import Remittance, remittance_ref
from hcfin.billing.tally import Tally
from hcfin.issues import Issue, located
from hcfin.money import format_amount, is_currency, zero
from hcfin.standards.x12.claim_payment_835 import CARRIED as CLAIM_CARRIED
from hcfin.standards.x12.claim_payment_835 import ClaimReader, reference
from hcfin.standards.x12.session import Elements, Handler, Session, text

_PARTIES = {"PR": ("payer", "1000A"), "PE": ("payee", "1000B")}
# Positions that reach a fact, by segment.
CARRIED = {
    **CLAIM_CARRIED,
    "BPR": frozenset({1, 2, 3, 4, 5, 16}),
    "TRN": frozenset({2, 3}),
    "CUR": frozenset({2}),
    "N1": frozenset({1, 2, 3, 4}),
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3}),
    "PLB": frozenset(range(1, 15)),
}
_NONE = Decimal(0)


class RemittanceReader:
    """Reads one 835 into a `Remittance` and its `ClaimPayment`s. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.header = at, elements
        self.data: dict[str, Any] = {"at": at, "version": session.version, "unreadable": []}
        self.parties: dict[str, dict[str, Any]] = {}
        # The party of an N1 that is not used is an empty dict: what describes it must not reach the header.
        self.party: dict[str, Any] | None = None
        self.claims: ClaimReader | None = None
        self.claim_open = False
        self.bpr: tuple[int, Elements] | None = None
        self.has_payment = False
        self.ref = ""
        self.tally = Tally()
        self.balanced = True
        session.settle_currency(session.profile.currency)
        session.carried = CARRIED
        session.place = "header"
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(CLAIM_CARRIED, self._misplaced),
            "BPR": self._bpr,
            "TRN": self._trn,
            "CUR": self._cur,
            "N1": self._n1,
            "N3": self._n3,
            "N4": self._n4,
            "REF": self._ref,
            "DTM": self._dtm,
            "PER": self._counted,
            "RDM": self._counted,
            "LX": self._lx,
            "TS2": self._counted,
            "TS3": self._counted,
            "CLP": self._clp,
            "PLB": self._plb,
        }
        self._handle(self.handlers)
        self._limit(at)

    # Driving

    def cut(self) -> None:
        """Claims of the set are missing: nothing of it may be posted."""
        self.data["unreadable"].append("claims")

    def end(self, at: int) -> None:
        """The set ends before this segment: emit the remittance, after its claims."""
        self._close_claim()
        self._open(at)
        remittance = self._remittance()
        events = self.session.events
        events.append(remittance)
        for issue in remittance_faults(remittance, self.tally.paid, "x12"):
            self.balanced = False
            self._found(issue)
        for issue in remittance_findings(remittance, self.tally.interest, "x12"):
            self._found(issue)
        events.append(Unit("835", remittance.trace, self.header[0], self._summary(remittance)))

    def _limit(self, at: int) -> None:
        """What begins here, a claim or the header or the summary, may have so many segments."""
        self.session.limit(at + self.session.limits.max_claim_segments, self._exceeded)

    def _exceeded(self, at: int, elements: Elements) -> None:
        """A part of the set beyond all measure: the rest of it is counted, and nothing of it is posted."""
        name = elements[0]
        if name in _PARTS:
            return
        session = self.session
        limit = session.limits.max_claim_segments
        if self.claim_open and self.claims:
            session.issue("CLAIM_TOO_LONG", at, elements, limit=limit)
            self.claims.unreadable.append("lines")
        else:
            session.issue("SECTION_TOO_LONG", at, elements, limit=limit)
            self.cut()
        parts = {part: self.handlers[part] for part in _PARTS}
        session.handlers.update(dict.fromkeys(self.handlers, self._beyond), **parts)
        session.otherwise = self._beyond
        self.beyond = True
        session.no_limit()

    def _beyond(self, at: int, elements: Elements) -> bool:
        self.session.trail.open(at)
        return False

    def _remittance(self) -> Remittance:
        return Remittance.build(
            {
                "payment": zero(self.session.currency),
                **self.data,
                "ref": self.ref,
                "currency": self.session.currency,
                "payer": self.parties.get("payer", {}),
                "payee": self.parties.get("payee", {}),
                "totals": self.tally.to_dict(self.session.currency),
            }
        )

    def _found(self, issue: Issue) -> None:
        place = issue.origin
        if place is not None:
            trail = self.session.trail
            origin = trail.origin(place.at, place.element)
            self.session.add(located(issue, origin, trail.excerpt(place.at)))

    def _summary(self, remittance: Remittance) -> dict[str, Any]:
        currency = self.session.currency
        totals = self.tally
        return {
            "claims": totals.claims,
            "services": totals.lines,
            "charged": format_amount(totals.charged, currency),
            "paid": format_amount(totals.paid, currency),
            "patient_responsibility": format_amount(totals.groups.get("PR", _NONE), currency),
            "adjustments": {
                group: format_amount(amount, currency) for group, amount in sorted(totals.groups.items())
            },
            "provider_adjustments": format_amount(remittance.provider_adjustment_total(), currency),
            "payment": format_amount(remittance.payment, currency),
            "balanced": self.balanced and not remittance.unreadable,
        }

    def _open(self, at: int) -> None:
        """The header is complete: settle the remittance's name and hand the header on.

        Segments of the header that come after the first claim are not used: what is booked must not depend
        on whether a file is streamed.
        """
        if self.ref:
            return
        self._payment()
        if not self.has_payment:
            self.session.issue("SEGMENT_MISSING", *self.header, missing="BPR")
            self.data["unreadable"].append("payment")
        data = self.data
        payee = self.parties.get("payee", {})
        ref = remittance_ref(
            data.get("payer_identifier", ""),
            data.get("trace", ""),
            data.get("payment", zero(self.session.currency)),
            data.get("payment_date"),
            payee.get("id") or payee.get("name", ""),
        )
        self.session.refs[ref] += 1
        occurrence = self.session.refs[ref]
        self.ref = ref if occurrence == 1 else f"{ref}#{occurrence}"
        self.session.events.append(Opened(self._remittance()))
        self.session.trail.pin_header(at)

    # Header

    def _bpr(self, at: int, elements: Elements) -> bool:
        if self._again(at, elements, self.has_payment):
            return False
        self.has_payment = True
        self.data.update(
            at=at,
            handling=text(elements, 1),
            credit_debit=text(elements, 3) or "C",
            method=text(elements, 4),
            payment_format=text(elements, 5),
            payment_date=self.session.day(at, elements, 16),
        )
        # CUR comes after BPR and says how many decimals BPR02 may have.
        self.bpr = at, elements
        return True

    def _payment(self) -> None:
        opened, self.bpr = self.bpr, None
        if opened is None:
            return
        payment = self.session.amount(*opened, 2, required=True)
        if payment is None and text(opened[1], 2):
            self.data["unreadable"].append("payment")
        self.data["payment"] = zero(self.session.currency) if payment is None else payment

    def _trn(self, at: int, elements: Elements) -> bool:
        if self._again(at, elements, "trace" in self.data):
            return False
        self.data["trace"] = text(elements, 2)
        self.data["payer_identifier"] = text(elements, 3)
        return True

    def _again(self, at: int, elements: Elements, already: bool) -> bool:
        """Whether a segment of the header that may stand once is not used; then with an issue."""
        late = already or bool(self.ref)
        if late:
            self.session.issue("SEGMENT_REPEATED" if already else "SEGMENT_MISPLACED", at, elements)
        return late

    def _cur(self, at: int, elements: Elements) -> bool:
        currency = text(elements, 2)
        # Once a claim is read its currency is that of the set: one set, one currency.
        if not self.ref and is_currency(currency):
            self.session.settle_currency(currency)
            return True
        self.session.issue("CURRENCY_INVALID", at, elements, 2)
        return False

    def _n1(self, at: int, elements: Elements) -> bool:
        session = self.session
        role, loop = _PARTIES.get(text(elements, 1), ("", ""))
        if not role or role in self.parties or self.ref:
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
        party = self._described()
        if party:
            lines = (text(elements, position) for position in (1, 2))
            party["address"] = (*party.get("address", ()), *(line for line in lines if line))
        return bool(party)

    def _n4(self, at: int, elements: Elements) -> bool:
        party = self._described()
        if party:
            for position, field in enumerate(("city", "state", "postal_code"), start=1):
                party[field] = text(elements, position)
        return bool(party)

    def _described(self) -> dict[str, Any] | None:
        """The party that a segment describes; nothing where it is not used or a claim is open."""
        return None if self.claim_open else self.party

    def _ref(self, at: int, elements: Elements) -> bool:
        target = self.data if self.party is None else self.party
        used = target is self.data or bool(target)
        if used:
            target.setdefault("references", []).append(reference(at, elements))
        return used

    def _dtm(self, at: int, elements: Elements) -> bool:
        produced = text(elements, 1) == "405" and not self.ref
        if produced:
            self.data["production_date"] = self.session.day(at, elements, 2)
        return produced

    def _counted(self, at: int, elements: Elements) -> bool:
        """Take a segment that belongs in an 835 and carries nothing that is posted or explained."""
        return False

    def _misplaced(self, at: int, elements: Elements) -> bool:
        self.session.issue("SEGMENT_MISPLACED", at, elements)
        return False

    def _unknown(self, at: int, elements: Elements) -> bool:
        self.session.issue("SEGMENT_UNKNOWN", at, elements)
        return False

    # Claims

    def _lx(self, at: int, elements: Elements) -> bool:
        self._close_claim()
        if self.ref:
            self.session.trail.open(at)
            self._limit(at)
        self.session.trail.enter(at, "2000")
        return False

    def _clp(self, at: int, elements: Elements) -> bool:
        if self.claim_open:
            self._take_claim()
        else:
            self._open(at)
        if self.claims is None:
            self.claims = ClaimReader(self.session, self.ref)
        if not self.claim_open or self.beyond:
            self._handle({**self.handlers, **self.claims.handlers})
            self.claim_open = True
        self.session.trail.open(at)
        self._limit(at)
        self.claims.begin(at, elements)
        return True

    def _close_claim(self) -> None:
        """What follows does not belong to a claim any more."""
        if self.claim_open:
            self._take_claim()
            self.claim_open = False
            self.party = {}
        self._handle(self.handlers)

    def _handle(self, handlers: dict[str, Handler]) -> None:
        self.session.handlers.update(handlers)
        self.session.otherwise = self._unknown
        self.beyond = False

    def _take_claim(self) -> None:
        """Hand on the claim that is open."""
        if self.claims is None:
            return
        fact = self.claims.fact()
        self.session.events.append(fact)
        if self.tally.add(fact):
            return
        if fact.unreadable:
            self.balanced = False
        for issue in claim_faults(fact, "x12"):
            self.balanced = False
            self._found(issue)
        for issue in claim_findings(fact, self.session.version, "x12"):
            self._found(issue)

    # Summary

    def _plb(self, at: int, elements: Elements) -> bool:
        self._close_claim()
        session = self.session
        if session.trail.loop != "summary":
            if self.ref:
                session.trail.open(at)
            session.trail.enter(at, "summary")
            self._limit(at)
        found = self.data.setdefault("provider_adjustments", [])
        fiscal_year_end = session.day(at, elements, 2)
        for nth, position in enumerate(range(3, min(len(elements), 15), 2), start=1):
            code, *rest = session.components(at, elements, position)
            stated = text(elements, position + 1)
            if not code and not stated:
                continue
            amount = session.amount(at, elements, position + 1, required=True)
            if amount is None:
                if stated:
                    self.data["unreadable"].append("provider_adjustments")
                continue
            found.append(
                {
                    "at": at,
                    "nth": nth,
                    "provider": text(elements, 1),
                    "fiscal_year_end": fiscal_year_end,
                    "code": code,
                    "reference": session.component.join(rest),
                    "amount": amount,
                }
            )
        return True


_PARTS = ("CLP", "LX", "PLB")
"""Segments that begin another part of the set."""
