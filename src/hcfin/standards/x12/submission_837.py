"""The 837 health care claim (005010X222, X223, X224 and their errata; 004010) as billing facts.

A set is a tree of levels: billing provider, below it subscribers, below these patients. Claims stand under a
subscriber or a patient. A level names the one above by its number, and that, not the order, joins them.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from hcfin.billing.claim import Claim, ClaimSubmission, ClaimType, submission_ref
from hcfin.billing.claim_findings import ClaimTally, claim_findings, submission_findings
from hcfin.billing.party import Organization
from hcfin.billing.reading import Event, Unit
from hcfin.issues import Issue, located
from hcfin.model import blank, trusted
from hcfin.money import is_currency, zero
from hcfin.standards.x12 import claim_837
from hcfin.standards.x12.claim_837 import ClaimReader, insurance
from hcfin.standards.x12.levels_837 import SUBSCRIBER, Level, Levels
from hcfin.standards.x12.parties_837 import LEVEL_PARTIES, SENDERS, Parties
from hcfin.standards.x12.plain_claims_837 import PlainClaims
from hcfin.standards.x12.session import Elements, Handler, Session, text
from hcfin.standards.x12.types_837 import KINDS, claim_type
from hcfin.wire.x12 import Block

CARRIED = {
    **claim_837.CARRIED,
    "BHT": frozenset({2, 3, 4, 6}),
    "HL": frozenset({1, 2, 3, 4}),
    "PAT": frozenset({1}),
    "CUR": frozenset({2}),
}
"""Positions that reach a fact, by segment, but for NM1, where it depends on the party."""

_PARTS = ("HL", "CLM")
"""Segments that begin another part of the set."""
_PAY_TO = "PT"
_PAID = "87"
_TAXONOMY = frozenset({3})
_TAXONOMY_OF = frozenset({1, 3})
_BLANK = blank(ClaimSubmission)


class SubmissionReader:
    """Reads one 837 into a `ClaimSubmission` and its `Claim`s. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.start = at
        self.longest = session.limits.max_claim_segments
        self.parties = Parties(session)
        self.stated = claim_type(session.version, text(elements, 3))
        self.type: ClaimType = self.stated or "professional"
        self.header: dict[str, Any] = {**_BLANK, "at": at}
        self.header_stated: set[str] = set()
        self.levels = Levels(session)
        self.level = self.levels.root
        self.plain: PlainClaims | None = None
        self.claims: ClaimReader | None = None
        self.claim_open = False
        self.ref = ""
        self.opened = False
        self.torn = False
        """Part of the level was not read: nobody knows whose the claims are."""
        self.beyond = False
        self.told: set[str] = set()
        """Issues that are told once in a set."""
        self.tally = ClaimTally()
        session.settle_currency(session.profile.currency)
        session.carried = CARRIED
        session.place = "header"
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(claim_837.CARRIED, self.session.misplaced),
            **dict.fromkeys(claim_837.COUNTED, self.session.misplaced),
            **self.parties.handlers,
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "REF": self._ref,
            "PRV": self._prv,
            "CUR": self._cur,
            "SBR": self._sbr,
            "PAT": self._pat,
            "CLM": self._clm,
        }
        self._handle(self.handlers)
        self._limit(at)
        session.whole = self._whole

    # Driving

    def cut(self) -> None:
        """Segments are missing, up to the end of the set: the claim that is open may lack some."""
        if self.claim_open and self.claims:
            self.claims.unreadable.append("lines")

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        self._close_claim()
        self.parties.settle()
        self.levels.ended()
        self._open(at, self.type)
        currency = self.header["currency"]
        totals = self.tally
        summary = {
            "claims": totals.claims,
            "charged": f"{totals.charged + zero(currency):f}",
            "lines": totals.lines,
            "line_charges": f"{totals.line_charges + zero(currency):f}",
            "balanced": totals.balanced,
        }
        kind, control = KINDS[self.header["claim_type"]], self.header["reference"]
        self.session.events.append(Unit(kind, control, self.start, summary, self.session.envelope))

    def _handle(self, handlers: dict[str, Handler]) -> None:
        self.session.handlers.update(handlers)
        self.session.otherwise = self.session.unknown
        self.beyond = False

    def _limit(self, at: int) -> None:
        """What begins here, the header, a level or a claim, may have so many segments."""
        self.session.limit(at + self.longest, self._exceeded)

    def _exceeded(self, at: int, elements: Elements) -> None:
        """A part of the set beyond all measure: the rest of it is counted."""
        if elements[0] in _PARTS:
            return
        session = self.session
        if self.claim_open and self.claims:
            session.issue("CLAIM_TOO_LONG", at, elements, limit=self.longest)
            self.claims.unreadable.append("lines")
        else:
            session.issue("SECTION_TOO_LONG", at, elements, limit=self.longest)
            self.torn = True
        parts = {part: self.handlers[part] for part in _PARTS}
        names = dict.fromkeys((*self.handlers, *(self.claims.handlers if self.claims else ())), self._count)
        session.handlers.update({**names, **parts})
        session.otherwise = self._count
        self.beyond = True
        session.no_limit()

    def _count(self, at: int, elements: Elements) -> bool:
        self.session.trail.open(at)
        return False

    def _once(self, code: str, at: int, elements: Elements, position: int = 0) -> None:
        """Tell of something that the whole set has."""
        if code not in self.told:
            self.told.add(code)
            self.session.issue(code, at, elements, position)

    def _found(self, issue: Issue) -> None:
        place = issue.origin
        if place is not None:
            trail = self.session.trail
            origin = trail.origin(place.at, place.element)
            self.session.add(located(issue, origin, trail.excerpt(place.at)))

    # The header

    def _bht(self, at: int, elements: Elements) -> bool:
        header = self.header
        if self.opened or "BHT" in self.header_stated:
            code = "SEGMENT_REPEATED" if "BHT" in self.header_stated else "SEGMENT_MISPLACED"
            self.session.issue(code, at, elements)
            return False
        self.header_stated.add("BHT")
        header["at"] = at
        header["purpose"] = text(elements, 2)
        header["reference"] = text(elements, 3)
        header["created"] = self.session.day(at, elements, 4)
        header["use"] = text(elements, 6)
        return True

    def _name(self) -> str:
        """The name of the submission; the header is complete."""
        if not self.ref:
            session, header = self.session, self.header
            self.parties.settle()
            submitter = header["submitter"]
            ref = submission_ref(submitter.id or submitter.name, header["reference"], header["created"])
            session.refs[ref] += 1
            occurrence = session.refs[ref]
            self.ref = ref if occurrence == 1 else f"{ref}#{occurrence}"
            header["ref"] = self.ref
        return self.ref

    def _open(self, at: int, kind: ClaimType) -> None:
        """Hand on the submission, before its claims. The first of them says of what kind they are."""
        if self.opened:
            return
        session = self.session
        self._name()
        self.opened = True
        self.header["claim_type"] = self.type = kind
        self.header["currency"] = session.currency
        submission = trusted(ClaimSubmission, self.header)
        session.events.append(submission)
        for issue in submission_findings(submission, session.version, "x12"):
            self._found(issue)

    # Levels

    def _hl(self, at: int, elements: Elements) -> bool:
        session = self.session
        self._close_claim()
        self.parties.close()
        self.parties.settle()
        session.trail.open(at)
        self._limit(at)
        self.torn = False
        self.level = self.levels.next(at, elements)
        return True

    def _again(self) -> Level:
        """The level that is open. A part of it that comes after its claims begins another one like it."""
        if self.level.used:
            self.level = self.level.like()
        return self.level

    def _nm1(self, at: int, elements: Elements) -> bool | frozenset[int]:
        session, role = self.session, text(elements, 1)
        if role in SENDERS:
            field, loop = SENDERS[role]
            session.trail.enter(at, loop)
            if self.opened or self.ref or field in self.header_stated:
                code = "PARTY_REPEATED" if field in self.header_stated else "SEGMENT_MISPLACED"
                session.issue(code, at, elements, 1)
                self.parties.skip()
                return False
            self.header_stated.add(field)
            self.header[field], carried = self.parties.begin(Organization, at, elements)
            return carried
        if role not in LEVEL_PARTIES:
            session.issue("PARTY_UNKNOWN", at, elements, 1)
            self.parties.skip()
            return False
        field, kind, loop = LEVEL_PARTIES[role]
        session.trail.enter(at, loop)
        level = self._again()
        if level is self.levels.root:
            self._once("HL_MISSING", at, elements)
        if role in level.stated:
            session.issue("PARTY_REPEATED", at, elements, 1)
            self.parties.skip()
            return False
        level.stated.add(role)
        party, carried = self.parties.begin(kind, at, elements)
        fields = level.fields
        if field == "pay_to":
            first = not level.stated & {_PAID, "PE"} - {role}
            fields[field] = (party,) if first else (*fields[field], party)
            taxonomy = level.taxonomies.pop(_PAY_TO, "") if role == _PAID else ""
        else:
            fields[field] = party
            taxonomy = level.taxonomies.pop("", "") if role == "85" else ""
        if taxonomy and self.parties.open:
            self.parties.open["taxonomy"] = taxonomy
        return carried

    def _ref(self, at: int, elements: Elements) -> bool:
        if self.parties.open is not None:
            return self.parties.reference(at, elements)
        # Beside the header of old sets there is one that says which guide is used, as GS08 does.
        return False if self.level is self.levels.root else self.session.misplaced(at, elements)

    def _prv(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """Of the billing provider, before whose name it stands, or of the party that is open."""
        if self.parties.open is not None:
            return self.parties.handlers["PRV"](at, elements)
        use = _PAY_TO if text(elements, 1) == _PAY_TO else ""
        level = self._again()
        if use in level.taxonomies:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        level.taxonomies[use] = text(elements, 3)
        return _TAXONOMY_OF if use else _TAXONOMY

    def _cur(self, at: int, elements: Elements) -> bool:
        currency = text(elements, 2)
        if not is_currency(currency):
            self.session.issue("CURRENCY_INVALID", at, elements, 2)
            return False
        level = self._again()
        if "CUR" in level.stated:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        level.stated.add("CUR")
        level.currency = currency
        return True

    def _sbr(self, at: int, elements: Elements) -> bool:
        level = self._again()
        if "SBR" in level.stated:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        level.stated.add("SBR")
        self.parties.close()
        self.session.trail.enter(at, SUBSCRIBER.loop)
        level.fields.update(insurance(elements))
        return True

    def _pat(self, at: int, elements: Elements) -> bool:
        level, relationship = self._again(), text(elements, 1)
        if not relationship:
            return False
        if "PAT" in level.stated:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        level.stated.add("PAT")
        level.fields["relationship"] = relationship
        return True

    # Claims

    def _clm(self, at: int, elements: Elements) -> bool:
        claims = self._ready(at)
        if self.level is self.levels.root:
            self._once("HL_MISSING", at, elements)
        self._handle(claims.handlers)
        self.claim_open = True
        self.session.trail.open(at)
        self._limit(at)
        claims.begin(at, elements, self.level.fields)
        if self.torn:
            claims.unreadable.append("subscriber")
        return True

    def _ready(self, at: int) -> ClaimReader:
        """Before a claim: the one before it is handed on, and what the levels say is settled."""
        self._close_claim()
        session, level = self.session, self.level
        if self.claims is None:
            session.trail.pin_header(at)
            self.claims = ClaimReader(session, self.parties, self._name())
            self.claims.handlers |= dict.fromkeys(("PAT", "CUR"), session.misplaced)
            self.claims.handlers["NM1"] = self._nm1_of_claim
        if not level.used:
            self.parties.settle()
            level.used = True
        if level.currency != session.currency:
            session.settle_currency(level.currency)
        level.fields["claim_type"] = self.type
        return self.claims

    def _whole(self, block: Block, at: int) -> Generator[Event, None, int]:
        """Take a plain claim from a CLM on, where levels are above it."""
        if not block.rows or self.level is self.levels.root or self.torn:
            return at
        claims = self._ready(at)
        self.plain = plain = self.plain or PlainClaims(self.session, claims)
        claim = plain.read(block, at, self.level.fields)
        if claim is None:
            return at
        self.session.trail.open(plain.taken)
        self._limit(plain.taken - 1)
        self._hand_on(claim)
        yield from self.session.events
        self.session.events.clear()
        return plain.taken

    def _nm1_of_claim(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """In a set without levels, a party of theirs after a claim means that another claim is coming."""
        claims = self.claims
        if claims is not None:
            levels = self.level.place[0] or claims.other
            if levels or text(elements, 1) not in LEVEL_PARTIES:
                return claims.party(at, elements)
        self._close_claim()
        return self._nm1(at, elements)

    def _close_claim(self) -> None:
        """What follows does not belong to a claim any more."""
        if self.claim_open:
            self._take_claim()
            self.claim_open = False
        elif not self.beyond:
            return
        self._handle(self.handlers)

    def _take_claim(self) -> None:
        """Hand on the claim that is open."""
        claims = self.claims
        if claims is None:
            return
        self._hand_on(claims.fact())

    def _hand_on(self, claim: Claim) -> None:
        """Hand on a claim, count it, and tell what is wrong with it."""
        # Where a set has claims of several kinds, each that differs is of its own kind; the first is told.
        if claim.claim_type != self.stated:
            self._once("CLAIM_TYPE_DIFFERS", claim.at, ["CLM"])
        self._open(claim.at, claim.claim_type)
        self.session.events.append(claim)
        if self.tally.add(claim):
            return
        for issue in claim_findings(claim, "x12"):
            self._found(issue)
