"""The 835 health care claim payment/advice (005010X221A1; 004010X091A1 tolerated) as billing facts.

Segments are taken in whatever order they come: each belongs to the innermost thing that is open (service
line, claim, payee, payer, header). One nested dict is built per claim and validated once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.balance import claim_faults, remittance_faults
from hcfin.billing.reading import Unit
from hcfin.billing.remittance import ClaimPayment, Remittance, remittance_ref
from hcfin.errors import ModelError
from hcfin.issues import located
from hcfin.money import ZERO, format_amount, is_currency, zero
from hcfin.standards.x12.session import Session
from hcfin.wire.x12 import Segment

_PARTIES = {"PR": ("payer", "1000A"), "PE": ("payee", "1000B")}
_CLAIM = {
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
    "LQ": frozenset({1, 2}),
    "LX": frozenset({1}),
}
_HEADER = {
    "BPR": frozenset({1, 2, 3, 4, 5, 16}),
    "TRN": frozenset({2, 3}),
    "CUR": frozenset({2}),
    "N1": frozenset({1, 2, 3, 4}),
    "N3": frozenset({1, 2}),
    "N4": frozenset({1, 2, 3}),
    "PLB": frozenset(range(1, 15)),
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


class RemittanceReader:
    """Reads one 835 into a `Remittance` and its `ClaimPayment`s."""

    def __init__(self, session: Session, header: Segment) -> None:
        self.session = session
        self.start = header.at
        self.first_fact = len(session.facts)
        self.currency = session.profile.currency
        self.data: dict[str, Any] = {"at": header.at, "version": session.version, "unreadable": []}
        self.parties: dict[str, dict[str, Any]] = {}
        self.party: dict[str, Any] | None = None
        self.claim: dict[str, Any] | None = None
        self.claim_segment = header
        self.payment_segment: Segment | None = None
        self.line: dict[str, Any] | None = None
        self.loop = "header"
        self.ref = ""
        self.totals = _Totals()
        self.balanced = True

    # Driving

    def segment(self, segment: Segment) -> None:
        """Take a segment between ST and SE."""
        handler = _HANDLERS.get(segment.elements[0])
        if handler is None:
            self.session.issue("SEGMENT_UNKNOWN", segment)
            self.session.cover(self.loop, segment)
            return
        handler(self, segment)

    def end(self, segment: Segment | None) -> None:
        """Take SE: emit the remittance before its claims."""
        self._close_claim()
        self._name()
        remittance = self._remittance()
        if remittance is None:
            return
        session = self.session
        session.facts.insert(self.first_fact, remittance)
        for issue in remittance_faults(remittance, self.totals.paid, "x12"):
            self.balanced = False
            at = issue.origin.at if issue.origin else self.start
            session.add(located(issue, session.trail.origin(at, "BPR02"), session.trail.excerpt(at)))
        session.units.append(Unit("835", remittance.trace, self.start, self._summary(remittance)))

    def _remittance(self) -> Remittance | None:
        data = self.data
        data.setdefault("payment", zero(self.currency))
        if "bpr" not in data:
            self.session.issue("SEGMENT_MISSING", self._here(), missing="BPR")
            data["unreadable"].append("payment")
        data.pop("bpr", None)
        try:
            return Remittance.build(
                {
                    **data,
                    "ref": self.ref,
                    "currency": self.currency,
                    "payer": self.parties.get("payer", {}),
                    "payee": self.parties.get("payee", {}),
                    "totals": self.totals.to_dict(),
                }
            )
        except ModelError:
            self.session.issue("FACT_REFUSED", self._here())
            return None

    def _here(self) -> Segment:
        return Segment(self.start, 0, ["ST"])

    def _summary(self, remittance: Remittance) -> dict[str, Any]:
        currency = self.currency
        totals = self.totals
        return {
            "claims": totals.claims,
            "services": totals.lines,
            "charged": format_amount(totals.charged, currency),
            "paid": format_amount(totals.paid, currency),
            "patient_responsibility": format_amount(totals.groups.get("PR", ZERO), currency),
            "adjustments": {
                group: format_amount(amount, currency) for group, amount in sorted(totals.groups.items())
            },
            "provider_adjustments": format_amount(remittance.provider_adjustment_total(), currency),
            "payment": format_amount(remittance.payment, currency),
            "balanced": self.balanced and "payment" not in remittance.unreadable,
        }

    def _enter(self, segment: Segment, loop: str) -> None:
        self.loop = loop
        self.session.trail.enter(segment.at, loop)

    def _name(self) -> None:
        """Settle the remittance's name from what the header has told so far."""
        if self.ref:
            return
        self._payment()
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

    def _open(self) -> dict[str, Any]:
        """The innermost thing that segments may describe now."""
        # The party of an N1 that is not used is an empty dict: what describes it must not reach the header.
        opened = (self.line, self.claim, self.party)
        return next((thing for thing in opened if thing is not None), self.data)

    # Header

    def _bpr(self, segment: Segment) -> None:
        session, data = self.session, self.data
        session.cover(self.loop, segment, _HEADER["BPR"])
        data["bpr"] = True
        data.update(
            at=segment.at,
            handling=session.text(segment, 1),
            credit_debit=session.text(segment, 3) or "C",
            method=session.text(segment, 4),
            payment_format=session.text(segment, 5),
            payment_date=session.day(segment, 16),
        )
        # CUR comes after BPR and says how many decimals BPR02 may have.
        self.payment_segment = segment
        if self.ref:
            self._payment()

    def _payment(self) -> None:
        segment, self.payment_segment = self.payment_segment, None
        if segment is None:
            return
        payment = self.session.amount(segment, 2, self.currency, required=True)
        if payment is None and self.session.text(segment, 2):
            self.data["unreadable"].append("payment")
        self.data["payment"] = zero(self.currency) if payment is None else payment

    def _trn(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _HEADER["TRN"])
        if "trace" not in self.data:
            self.data["trace"] = self.session.text(segment, 2)
            self.data["payer_identifier"] = self.session.text(segment, 3)

    def _cur(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _HEADER["CUR"])
        currency = self.session.text(segment, 2)
        # Once a claim is read its currency is that of the set: one set, one currency.
        if not self.ref and is_currency(currency):
            self.currency = currency
        else:
            self.session.issue("CURRENCY_INVALID", segment, 2)

    def _n1(self, segment: Segment) -> None:
        session = self.session
        session.cover(self.loop, segment, _HEADER["N1"])
        role, loop = _PARTIES.get(session.text(segment, 1), ("", ""))
        if not role or role in self.parties:
            session.issue("PARTY_REPEATED" if role else "PARTY_UNKNOWN", segment, 1)
            self.party = {}
            return
        self._enter(segment, loop)
        self.party = self.parties[role] = {
            "at": segment.at,
            "name": session.text(segment, 2),
            "id_qualifier": session.text(segment, 3),
            "id": session.text(segment, 4),
        }

    def _n3(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _HEADER["N3"])
        if self.party is not None and self.claim is None:
            lines = (self.session.text(segment, 1), self.session.text(segment, 2))
            self.party["address"] = tuple(line for line in lines if line)

    def _n4(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _HEADER["N4"])
        if self.party is not None and self.claim is None:
            for position, field in enumerate(("city", "state", "postal_code"), start=1):
                self.party[field] = self.session.text(segment, position)

    # Claim

    def _lx(self, segment: Segment) -> None:
        self._close_claim()
        self._enter(segment, "2000")
        self.session.cover(self.loop, segment, _CLAIM["LX"])

    def _clp(self, segment: Segment) -> None:
        self._close_claim()
        self._name()
        self._enter(segment, "2100")
        session = self.session
        session.cover(self.loop, segment, _CLAIM["CLP"])
        claim: dict[str, Any] = {
            "at": segment.at,
            "remittance": self.ref,
            "currency": self.currency,
            "account": session.text(segment, 1),
            "status": session.text(segment, 2),
            "patient_responsibility": session.amount(segment, 5, self.currency),
            "filing_indicator": session.text(segment, 6),
            "payer_claim_number": session.text(segment, 7),
            "facility_type": session.text(segment, 8),
            "frequency": session.text(segment, 9),
            "drg": session.text(segment, 11),
            "drg_weight": session.quantity(segment, 12),
            "discharge_fraction": session.quantity(segment, 13),
            "unreadable": [],
        }
        self.claim, self.claim_segment = claim, segment
        for position, field in ((3, "charged"), (4, "paid")):
            claim[field] = self._required(segment, position, field)
        if not claim["status"]:
            session.issue("ELEMENT_MISSING", segment, 2)
            claim["unreadable"].append("status")

    def _required(self, segment: Segment, position: int, field: str) -> Decimal:
        """An amount that the guide requires. An empty one is zero, which the balance proves or refutes; one
        that cannot be read is marked, so that nothing rests on it."""
        amount = self.session.amount(segment, position, self.currency, required=True)
        if amount is None and self.claim is not None and self.session.text(segment, position):
            self.claim["unreadable"].append(field)
        return zero(self.currency) if amount is None else amount

    def _svc(self, segment: Segment) -> None:
        claim = self._claimed(segment)
        self._enter(segment, "2110")
        session = self.session
        session.cover(self.loop, segment, _CLAIM["SVC"])
        if claim is None:
            return
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
        claim.setdefault("lines", []).append(line)

    def _procedure(self, segment: Segment, position: int) -> dict[str, Any]:
        parts = self.session.components(segment, position)
        parts += [""] * (8 - len(parts))
        return {
            "at": segment.at,
            "qualifier": parts[0],
            "code": parts[1],
            "modifiers": tuple(part for part in parts[2:6] if part),
            "description": parts[6],
        }

    def _cas(self, segment: Segment) -> None:
        claim = self._claimed(segment)
        session = self.session
        session.cover(self.loop, segment, _CLAIM["CAS"])
        if claim is None:
            return
        found = (self.line or claim).setdefault("adjustments", [])
        group = session.text(segment, 1)
        for nth, position in enumerate(range(2, min(len(segment.elements), 20), 3), start=1):
            reason, stated = session.text(segment, position), session.text(segment, position + 1)
            if not reason and not stated:
                continue
            amount = session.amount(segment, position + 1, self.currency, required=True)
            if amount is None:
                if stated:
                    claim["unreadable"].append("adjustments")
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
        claim = self._claimed(segment)
        session = self.session
        session.cover(self.loop, segment, _CLAIM["NM1"])
        if claim is None:
            return
        party = {name: session.text(segment, position) for name, position in _NM1.items()}
        claim.setdefault("parties", []).append({"at": segment.at, **party})

    def _remarks(self, segment: Segment) -> None:
        """MIA and MOA: only the remark codes are carried; their amounts never change a posting."""
        claim = self._claimed(segment)
        name = segment.elements[0]
        self.session.cover(self.loop, segment, _CLAIM[name])
        if claim is not None:
            codes = (self.session.text(segment, position) for position in sorted(_CLAIM[name]))
            claim.setdefault("remarks", []).extend(code for code in codes if code)

    def _lq(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _CLAIM["LQ"])
        target = self.line or self._claimed(segment)
        code = self.session.text(segment, 2)
        if target is not None and code:
            target.setdefault("remarks", []).append(code)

    def _claimed(self, segment: Segment) -> dict[str, Any] | None:
        """The open claim; an issue where a claim's segment stands before any claim."""
        if self.claim is None:
            self.session.issue("SEGMENT_MISPLACED", segment)
        return self.claim

    def _close_claim(self) -> None:
        claim, self.claim, self.line, self.party = self.claim, None, None, None
        if claim is None:
            return
        session = self.session
        try:
            fact = ClaimPayment.build(claim)
        except ModelError:
            session.issue("FACT_REFUSED", self.claim_segment)
            return
        session.facts.append(fact)
        self.totals.add(fact)
        for issue in claim_faults(fact, "x12"):
            self.balanced = False
            place = issue.origin
            if place is not None:
                origin = session.trail.origin(place.at, place.element)
                session.add(located(issue, origin, session.trail.excerpt(place.at)))

    # Shared by header, parties, claims and lines

    def _ref(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _CLAIM["REF"])
        self._open().setdefault("references", []).append(
            {
                "at": segment.at,
                "qualifier": self.session.text(segment, 1),
                "value": self.session.text(segment, 2),
            }
        )

    def _dtm(self, segment: Segment) -> None:
        self.session.cover(self.loop, segment, _CLAIM["DTM"])
        qualifier, day = self.session.text(segment, 1), self.session.day(segment, 2)
        if day is None:
            return
        if self.claim is not None:
            self._open().setdefault("dates", []).append(
                {"at": segment.at, "qualifier": qualifier, "day": day}
            )
        elif qualifier == "405":
            self.data["production_date"] = day

    def _amt(self, segment: Segment) -> None:
        claim = self._claimed(segment)
        self.session.cover(self.loop, segment, _CLAIM["AMT"])
        amount = self.session.amount(segment, 2, self.currency)
        if claim is not None and amount is not None:
            (self.line or claim).setdefault("amounts", []).append(
                {"at": segment.at, "qualifier": self.session.text(segment, 1), "amount": amount}
            )

    def _qty(self, segment: Segment) -> None:
        claim = self._claimed(segment)
        self.session.cover(self.loop, segment, _CLAIM["QTY"])
        quantity = self.session.quantity(segment, 2)
        if claim is not None and quantity is not None:
            (self.line or claim).setdefault("quantities", []).append(
                {"at": segment.at, "qualifier": self.session.text(segment, 1), "quantity": quantity}
            )

    def _counted(self, segment: Segment) -> None:
        """Segments that belong in an 835 and carry nothing that is posted or explained."""
        self.session.cover(self.loop, segment)

    # Summary

    def _plb(self, segment: Segment) -> None:
        self._close_claim()
        self._enter(segment, "summary")
        session = self.session
        session.cover(self.loop, segment, _HEADER["PLB"])
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


class _Totals:
    """Control totals, kept while claims go by."""

    def __init__(self) -> None:
        self.claims = self.lines = 0
        self.charged = self.paid = ZERO
        self.groups: dict[str, Decimal] = {}

    def add(self, claim: ClaimPayment) -> None:
        self.claims += 1
        self.lines += len(claim.lines)
        self.charged += claim.charged
        self.paid += claim.paid
        for adjustment, _ in claim.all_adjustments():
            self.groups[adjustment.group] = self.groups.get(adjustment.group, ZERO) + adjustment.amount

    def to_dict(self) -> dict[str, Any]:
        return {
            "claims": self.claims,
            "lines": self.lines,
            "charged": self.charged,
            "paid": self.paid,
            "patient_responsibility": self.groups.get("PR", ZERO),
            "adjustments": tuple(sorted(self.groups.items())),
        }


_HANDLERS = {
    "BPR": RemittanceReader._bpr,
    "TRN": RemittanceReader._trn,
    "CUR": RemittanceReader._cur,
    "N1": RemittanceReader._n1,
    "N3": RemittanceReader._n3,
    "N4": RemittanceReader._n4,
    "LX": RemittanceReader._lx,
    "CLP": RemittanceReader._clp,
    "SVC": RemittanceReader._svc,
    "CAS": RemittanceReader._cas,
    "NM1": RemittanceReader._nm1,
    "MIA": RemittanceReader._remarks,
    "MOA": RemittanceReader._remarks,
    "LQ": RemittanceReader._lq,
    "REF": RemittanceReader._ref,
    "DTM": RemittanceReader._dtm,
    "AMT": RemittanceReader._amt,
    "QTY": RemittanceReader._qty,
    "PLB": RemittanceReader._plb,
    "PER": RemittanceReader._counted,
    "RDM": RemittanceReader._counted,
    "TS2": RemittanceReader._counted,
    "TS3": RemittanceReader._counted,
}
