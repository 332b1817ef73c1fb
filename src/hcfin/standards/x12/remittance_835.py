"""The 835 health care claim payment/advice (005010X221A1; 004010X091A1) as billing facts.

Segments are taken in whatever order they come: each belongs to the innermost thing that is open (claim,
group of claims, payee, payer, header).
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import claim_faults, remittance_faults
from hcfin.billing.base import Node
from hcfin.billing.findings import claim_findings, remittance_findings
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.reading import Event, Opened, Unit
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.tally import Tally
from hcfin.issues import Issue, located
from hcfin.model import blank, trusted
from hcfin.money import format_amount, zero
from hcfin.standards.x12 import claim_payment_835, figures_835, header_835
from hcfin.standards.x12.claim_payment_835 import ClaimReader
from hcfin.standards.x12.figures_835 import SUPPLEMENT, TOTALS, read_figures
from hcfin.standards.x12.header_835 import HeaderReader
from hcfin.standards.x12.plain_claims_835 import PlainClaims
from hcfin.standards.x12.session import Elements, Handler, Session, text
from hcfin.wire.x12 import Block

CARRIED = {
    **header_835.CARRIED,
    **claim_payment_835.CARRIED,
    "LX": frozenset({1}),
    "TS2": figures_835.CARRIED["TS2"],
    "TS3": figures_835.CARRIED["TS3"],
    "PLB": frozenset(range(1, 15)),
}
"""Positions that reach a fact, by segment."""

_SUMMARIES = {"TS3": ("totals", TOTALS.kind), "TS2": ("supplement", SUPPLEMENT.kind)}
_BLANK_SUMMARY = blank(ProviderSummary)
_NONE = Decimal(0)


class RemittanceReader:
    """Reads one 835 into a `Remittance` and its `ClaimPayment`s. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.start = at
        self.header = HeaderReader(session, at, elements)
        self.data = self.header.data
        self.plain: PlainClaims | None = None
        self.claims: ClaimReader | None = None
        self.claim_open = False
        self.group = 0, "1"
        """Where the group of claims begins that is open, and its number."""
        self.summary: dict[str, Node] = {}
        """What the payer sums up for the group, until it is handed on."""
        self.summed: set[str] = set()
        self.ref = ""
        self.tally = Tally()
        self.balanced = True
        session.settle_currency(session.profile.currency)
        session.carried = CARRIED
        session.place = "header"
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(claim_payment_835.CARRIED, self.session.misplaced),
            **self.header.handlers,
            "LX": self._lx,
            "TS2": self._sums,
            "TS3": self._sums,
            "CLP": self._clp,
            "PLB": self._plb,
        }
        self._handle(self.handlers)
        self._limit(at)
        session.whole = self._whole

    # Driving

    def cut(self) -> None:
        """Claims of the set are missing: nothing of it may be posted."""
        self.data["unreadable"].append("claims")

    def end(self, at: int) -> None:
        """The set ends before this segment: emit the remittance, after its claims."""
        self._close_claim()
        self._open(at)
        self._take_summary()
        remittance = self._remittance()
        events = self.session.events
        events.append(remittance)
        for issue in remittance_faults(remittance, self.tally.paid, "x12"):
            self.balanced = False
            self._found(issue)
        for issue in remittance_findings(remittance, self.tally.interest, "x12"):
            self._found(issue)
        summary = self._summary(remittance)
        events.append(Unit("835", remittance.trace, self.start, summary, self.session.envelope))

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
        session.handlers.update(dict.fromkeys(self.handlers, self.session.beyond), **parts)
        session.otherwise = self.session.beyond
        self.beyond = True
        session.no_limit()

    def _remittance(self) -> Remittance:
        return Remittance.build(
            {
                "payment": zero(self.session.currency),
                **self.data,
                "ref": self.ref,
                "currency": self.session.currency,
                "payer": self.header.parties.get("payer", {}),
                "payee": self.header.parties.get("payee", {}),
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
        """The header is complete: settle the remittance's name and hand the header on."""
        if self.ref:
            return
        session = self.session
        ref = self.header.close()
        session.refs[ref] += 1
        occurrence = session.refs[ref]
        self.ref = ref if occurrence == 1 else f"{ref}#{occurrence}"
        session.events.append(Opened(self._remittance()))
        session.trail.pin_header(at)

    # Claims

    def _lx(self, at: int, elements: Elements) -> bool:
        self._close_claim()
        self._take_summary()
        if self.ref:
            self.session.trail.open(at)
            self._limit(at)
        self.session.trail.enter(at, "2000")
        self.group = at, text(elements, 1) or "1"
        self.summed.clear()
        return True

    def _sums(self, at: int, elements: Elements) -> bool:
        """TS2 and TS3: what the payer sums up for the group that is open."""
        session, name = self.session, elements[0]
        if name in self.summed:
            session.issue("SEGMENT_REPEATED", at, elements)
            return False
        self.summed.add(name)
        if not self.group[0]:
            self.group = at, self.group[1]
        if not self.ref:
            first = self.group[0]
            self._open(first)
            session.trail.open(first)
            self._limit(first)
        field, kind = _SUMMARIES[name]
        node = read_figures(session, at, elements, kind)
        if node is not None:
            self.summary[field] = node
        return node is not None

    def _take_summary(self) -> None:
        """Hand on what was summed up for a group, where there is anything."""
        if self.summary:
            at, number = self.group
            named = {"at": at, "currency": self.session.currency, "remittance": self.ref}
            values = {**_BLANK_SUMMARY, **named, "group_number": number, **self.summary}
            self.session.events.append(trusted(ProviderSummary, values))
            self.summary = {}

    def _clp(self, at: int, elements: Elements) -> bool:
        if self.claim_open:
            self._take_claim()
        else:
            self._open(at)
        if self.claims is None:
            self.claims = ClaimReader(self.session, self.ref)
        if self.summary:
            self._take_summary()
        if not self.claim_open or self.beyond:
            self._handle({**self.handlers, **self.claims.handlers})
            self.claim_open = True
            self.claims.group = self.group[1]
        self.session.trail.open(at)
        self._limit(at)
        self.claims.begin(at, elements)
        return True

    def _whole(self, block: Block, at: int) -> Generator[Event, None, int]:
        """Take plain claims, one after the other, from a CLP on."""
        if not block.rows:
            return at
        session, events = self.session, self.session.events
        self._close_claim()
        self._open(at)
        self._take_summary()
        if self.plain is None:
            self.plain = PlainClaims(session, self.ref)
        for fact in self.plain.read(block, at, self.group[1]):
            events.append(fact)
            self._check(fact)
            yield from events
            events.clear()
        taken = self.plain.taken
        if taken > at:
            session.trail.open(taken)
            self._limit(taken - 1)
        return taken

    def _close_claim(self) -> None:
        """What follows does not belong to a claim any more."""
        if self.claim_open:
            self._take_claim()
            self.claim_open = False
        self._handle(self.handlers)

    def _handle(self, handlers: dict[str, Handler]) -> None:
        self.session.handlers.update(handlers)
        self.session.otherwise = self.session.unknown
        self.beyond = False

    def _take_claim(self) -> None:
        """Hand on the claim that is open."""
        if self.claims is None:
            return
        fact = self.claims.fact()
        self.session.events.append(fact)
        self._check(fact)

    def _check(self, fact: ClaimPayment) -> None:
        """Count a claim, and tell what is wrong with it."""
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
        self._take_summary()
        session = self.session
        if session.trail.loop != "summary":
            if self.ref:
                session.trail.open(at)
            session.trail.enter(at, "summary")
            self._limit(at)
        found = self.data.setdefault("provider_adjustments", [])
        used = False
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
            used = True
        return used


_PARTS = ("CLP", "LX", "PLB")
"""Segments that begin another part of the set."""
