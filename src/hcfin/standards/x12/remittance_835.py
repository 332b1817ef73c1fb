"""The 835 health care claim payment/advice (005010X221A1; 004010X091A1 tolerated) as billing facts.

Segments are taken in whatever order they come: each belongs to the innermost thing that is open (claim,
payee, payer, header).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.balance import claim_balances, claim_faults, remittance_faults
from hcfin.billing.findings import claim_findings, remittance_findings
from hcfin.billing.reading import Opened, Unit
from hcfin.billing.remittance import Remittance, remittance_ref
from hcfin.issues import Issue, located
from hcfin.money import format_amount, is_currency, zero
from hcfin.standards.x12.claim_payment_835 import CARRIED as CLAIM_CARRIED
from hcfin.standards.x12.claim_payment_835 import HANDLERS as CLAIM_HANDLERS
from hcfin.standards.x12.claim_payment_835 import ClaimReader, reference
from hcfin.standards.x12.session import Session
from hcfin.standards.x12.totals import Totals
from hcfin.wire.x12 import Segment

_PARTIES = {"PR": ("payer", "1000A"), "PE": ("payee", "1000B")}
# Positions that reach a fact, by segment.
_CARRIED = {
    "BPR": frozenset({1, 2, 3, 4, 5, 16}),
    "TRN": frozenset({2, 3}),
    "CUR": frozenset({2}),
    "N1": frozenset({1, 2, 3, 4}),
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3}),
    "REF": frozenset({1, 2}),
    "DTM": frozenset({1, 2}),
    "PLB": frozenset(range(1, 15)),
}
_NOTHING: frozenset[int] = frozenset()
_NONE = Decimal(0)


class RemittanceReader:
    """Reads one 835 into a `Remittance` and its `ClaimPayment`s."""

    def __init__(self, session: Session, header: Segment) -> None:
        self.session = session
        self.header = header
        self.start = header.at
        self.taken = 0
        self.limit = session.limits.max_claim_segments
        self.counts = {
            loop: {name: session.counts(loop, name, carried) for name, carried in CLAIM_CARRIED.items()}
            for loop in ("2100", "2110")
        }
        self.currency = session.profile.currency
        self.data: dict[str, Any] = {"at": header.at, "version": session.version, "unreadable": []}
        self.parties: dict[str, dict[str, Any]] = {}
        # The party of an N1 that is not used is an empty dict: what describes it must not reach the header.
        self.party: dict[str, Any] | None = None
        self.claim: ClaimReader | None = None
        self.payment_segment: Segment | None = None
        self.has_payment = False
        self.loop = "header"
        self.ref = ""
        self.totals = Totals()
        self.balanced = True

    # Driving

    def segment(self, segment: Segment) -> None:
        """Take a segment between ST and SE."""
        elements = segment.elements
        name = elements[0]
        claim = self.claim
        if claim is not None and (take := CLAIM_HANDLERS.get(name)) is not None:
            self.taken += 1
            if self.taken > self.limit:
                self._too_long(segment)
                return
            take(claim, segment)
            counts = self.counts[claim.loop][name]
            seen = bytes(map(bool, elements)) if "" in elements else len(elements)
            counts[seen] = counts.get(seen, 0) + 1
            return
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(self, segment)
            return
        self.session.issue("SEGMENT_MISPLACED" if name in CLAIM_HANDLERS else "SEGMENT_UNKNOWN", segment)
        self.session.cover(self._place(), segment)

    def cut(self) -> None:
        """Claims of the set are missing: nothing of it may be posted."""
        self.data["unreadable"].append("claims")

    def end(self, segment: Segment | None) -> None:
        """Take SE: emit the remittance before its claims."""
        self._close_claim()
        self._open(segment)
        remittance = self._remittance()
        events = self.session.events
        events.append(remittance)
        for issue in remittance_faults(remittance, self.totals.paid, "x12"):
            self.balanced = False
            self._found(issue)
        for issue in remittance_findings(remittance, self.totals.interest, "x12"):
            self._found(issue)
        events.append(Unit("835", remittance.trace, self.start, self._summary(remittance)))

    def _remittance(self) -> Remittance:
        return Remittance.build(
            {
                "payment": zero(self.currency),
                **self.data,
                "ref": self.ref,
                "currency": self.currency,
                "payer": self.parties.get("payer", {}),
                "payee": self.parties.get("payee", {}),
                "totals": self.totals.to_dict(self.currency),
            }
        )

    def _found(self, issue: Issue) -> None:
        place = issue.origin
        if place is not None:
            trail = self.session.trail
            origin = trail.origin(place.at, place.element)
            self.session.add(located(issue, origin, trail.excerpt(place.at)))

    def _place(self) -> str:
        return self.claim.loop if self.claim else self.loop

    def _summary(self, remittance: Remittance) -> dict[str, Any]:
        currency = self.currency
        totals = self.totals
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

    def _enter(self, segment: Segment, loop: str) -> None:
        self.loop = loop
        self.session.trail.enter(segment.at, loop)

    def _open(self, segment: Segment | None) -> None:
        """The header is complete: settle the remittance's name and hand the header on.

        Segments of the header that come after the first claim are not used: what is booked must not depend
        on whether a file is streamed.
        """
        if self.ref:
            return
        self._payment()
        if not self.has_payment:
            self.session.issue("SEGMENT_MISSING", self.header, missing="BPR")
            self.data["unreadable"].append("payment")
        data = self.data
        payee = self.parties.get("payee", {})
        ref = remittance_ref(
            data.get("payer_identifier", ""),
            data.get("trace", ""),
            data.get("payment", zero(self.currency)),
            data.get("payment_date"),
            payee.get("id") or payee.get("name", ""),
        )
        self.session.refs[ref] += 1
        occurrence = self.session.refs[ref]
        self.ref = ref if occurrence == 1 else f"{ref}#{occurrence}"
        self.session.events.append(Opened(self._remittance()))
        if segment is not None:
            self.session.trail.pin_header(segment.at)

    def _too_long(self, segment: Segment) -> None:
        """A claim beyond all measure: the rest of it is counted, and nothing of it is posted."""
        limit = self.session.limits.max_claim_segments
        if self.claim and self.taken == limit + 1:
            self.session.issue("CLAIM_TOO_LONG", segment, limit=limit)
            self.claim.unreadable.append("lines")
        self.session.cover(self._place(), segment)

    # Header

    def _bpr(self, segment: Segment) -> None:
        session = self.session
        if self._again(segment, self.has_payment):
            return
        self.has_payment = True
        self.data.update(
            at=segment.at,
            handling=session.text(segment, 1),
            credit_debit=session.text(segment, 3) or "C",
            method=session.text(segment, 4),
            payment_format=session.text(segment, 5),
            payment_date=session.day(segment, 16),
        )
        # CUR comes after BPR and says how many decimals BPR02 may have.
        self.payment_segment = segment

    def _payment(self) -> None:
        segment, self.payment_segment = self.payment_segment, None
        if segment is None:
            return
        payment = self.session.amount(segment, 2, self.currency, required=True)
        if payment is None and self.session.text(segment, 2):
            self.data["unreadable"].append("payment")
        self.data["payment"] = zero(self.currency) if payment is None else payment

    def _trn(self, segment: Segment) -> None:
        if not self._again(segment, "trace" in self.data):
            self.data["trace"] = self.session.text(segment, 2)
            self.data["payer_identifier"] = self.session.text(segment, 3)

    def _again(self, segment: Segment, already: bool) -> bool:
        """Cover a segment of the header that may stand once; true, with an issue, where it is not used."""
        late = already or bool(self.ref)
        self.session.cover(self._place(), segment, _NOTHING if late else _CARRIED[segment.elements[0]])
        if late:
            self.session.issue("SEGMENT_REPEATED" if already else "SEGMENT_MISPLACED", segment)
        return late

    def _cur(self, segment: Segment) -> None:
        self.session.cover(self._place(), segment, _CARRIED["CUR"])
        currency = self.session.text(segment, 2)
        # Once a claim is read its currency is that of the set: one set, one currency.
        if not self.ref and is_currency(currency):
            self.currency = currency
        else:
            self.session.issue("CURRENCY_INVALID", segment, 2)

    def _n1(self, segment: Segment) -> None:
        session = self.session
        role, loop = _PARTIES.get(session.text(segment, 1), ("", ""))
        if not role or role in self.parties or self.ref:
            session.cover(self._place(), segment)
            repeated = "PARTY_REPEATED" if role in self.parties else "SEGMENT_MISPLACED"
            session.issue(repeated if role else "PARTY_UNKNOWN", segment, 1)
            self.party = {}
            return
        self._enter(segment, loop)
        session.cover(loop, segment, _CARRIED["N1"])
        self.party = self.parties[role] = {
            "at": segment.at,
            "name": session.text(segment, 2),
            "id_qualifier": session.text(segment, 3),
            "id": session.text(segment, 4),
        }

    def _n3(self, segment: Segment) -> None:
        party = self._described(segment)
        if party:
            lines = (self.session.text(segment, position) for position in (1, 2))
            party["address"] = (*party.get("address", ()), *(line for line in lines if line))

    def _n4(self, segment: Segment) -> None:
        party = self._described(segment)
        if party:
            for position, field in enumerate(("city", "state", "postal_code"), start=1):
                party[field] = self.session.text(segment, position)

    def _described(self, segment: Segment) -> dict[str, Any] | None:
        """The party that a segment describes; nothing where it is not used or a claim is open."""
        party = self.party if self.claim is None else None
        carried = _CARRIED[segment.elements[0]] if party else _NOTHING
        self.session.cover(self._place(), segment, carried)
        return party

    def _ref(self, segment: Segment) -> None:
        target = self.data if self.party is None else self.party
        used = target is self.data or bool(target)
        self.session.cover(self._place(), segment, _CARRIED["REF"] if used else _NOTHING)
        if used:
            target.setdefault("references", []).append(reference(segment))

    def _dtm(self, segment: Segment) -> None:
        produced = self.session.text(segment, 1) == "405" and not self.ref
        self.session.cover(self._place(), segment, _CARRIED["DTM"] if produced else _NOTHING)
        if produced:
            self.data["production_date"] = self.session.day(segment, 2)

    def _counted(self, segment: Segment) -> None:
        """Segments that belong in an 835 and carry nothing that is posted or explained."""
        self.session.cover(self._place(), segment)

    # Claims

    def _lx(self, segment: Segment) -> None:
        self._close_claim()
        if self.ref:
            self.session.trail.open(segment.at)
        self._enter(segment, "2000")
        self.session.cover(self.loop, segment)

    def _clp(self, segment: Segment) -> None:
        self._close_claim()
        self._open(segment)
        self.session.trail.open(segment.at)
        self.taken = 0
        self.session.cover("2100", segment, CLAIM_CARRIED["CLP"])
        self.claim = ClaimReader(self.session, self.ref, self.currency, segment)

    def _close_claim(self) -> None:
        claim, self.claim = self.claim, None
        if claim is None:
            return
        fact = claim.fact()
        self.session.events.append(fact)
        self.totals.add(fact)
        if fact.unreadable:
            self.balanced = False
        if fact.unreadable or not claim_balances(fact):
            for issue in claim_faults(fact, "x12"):
                self.balanced = False
                self._found(issue)
        for issue in claim_findings(fact, self.session.version, "x12"):
            self._found(issue)
        self.party = {}

    # Summary

    def _plb(self, segment: Segment) -> None:
        self._close_claim()
        self._enter(segment, "summary")
        session = self.session
        session.cover(self.loop, segment, _CARRIED["PLB"])
        found = self.data.setdefault("provider_adjustments", [])
        fiscal_year_end = session.day(segment, 2)
        for nth, position in enumerate(range(3, min(len(segment.elements), 15), 2), start=1):
            code, *rest = session.components(segment, position)
            stated = session.text(segment, position + 1)
            if not code and not stated:
                continue
            amount = session.amount(segment, position + 1, self.currency, required=True)
            if amount is None:
                if stated:
                    self.data["unreadable"].append("provider_adjustments")
                continue
            found.append(
                {
                    "at": segment.at,
                    "nth": nth,
                    "provider": session.text(segment, 1),
                    "fiscal_year_end": fiscal_year_end,
                    "code": code,
                    "reference": session.delimiters.component.join(rest),
                    "amount": amount,
                }
            )


_HANDLERS = {
    "BPR": RemittanceReader._bpr,
    "TRN": RemittanceReader._trn,
    "CUR": RemittanceReader._cur,
    "N1": RemittanceReader._n1,
    "N3": RemittanceReader._n3,
    "N4": RemittanceReader._n4,
    "REF": RemittanceReader._ref,
    "DTM": RemittanceReader._dtm,
    "PER": RemittanceReader._counted,
    "RDM": RemittanceReader._counted,
    "LX": RemittanceReader._lx,
    "TS2": RemittanceReader._counted,
    "TS3": RemittanceReader._counted,
    "CLP": RemittanceReader._clp,
    "PLB": RemittanceReader._plb,
}
