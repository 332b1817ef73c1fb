"""Claims of an 837 in which nothing is odd, each read in one go; `claim_837` reads the others.

As `plain_claims_835` does it: one loop over the rows of a block, which lets go of the claim at the first
thing that is odd. What a claim or a code says is found by the careful reader's own functions, and remembered
there.
"""

from __future__ import annotations

from hcfin.billing.base import DatedPeriod, InformationalAmount, Reference
from hcfin.billing.claim import Claim, ClaimCode, ClaimLine, LineAdjudication, OtherPayer
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.remittance import Procedure
from hcfin.model import trusted
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.claim_837 import BLANK_OTHER, GIVEN, HOURS, TIME, ClaimReader, insurance
from hcfin.standards.x12.line_837 import (
    ADJUDICATED,
    BLANK_ADJUDICATION,
    BLANK_LINE,
    PROVIDERS,
    REMAINING,
    Values,
)
from hcfin.standards.x12.parties_837 import PLACE
from hcfin.standards.x12.session import UNREADABLE, OddError, Session, Strict, text
from hcfin.wire.x12 import Block

_ENDS = frozenset({"HL", "CLM"})
"""Segments that end a claim before anything is said of themselves, as is said of SE."""
_REACH = 300
"""A claim of more segments is left to the careful reader."""
_DRG = "DR"
_PAID = ("D", "C4")
"""What another payer has paid; C4 in old files alone."""
_PARTLY = {"NM1": frozenset({1, 2, 3, 4, 5, 7, 8, 9})}
"""Positions that reach a fact, of a provider."""
_ODD = (OddError, ValueError, *UNREADABLE)


class PlainClaims:
    """Reads the plain claims of one set. `claims` is the careful reader."""

    def __init__(self, session: Session, claims: ClaimReader) -> None:
        self.session = session
        self.strict = Strict(session)
        self.claims = claims
        self.taken = 0

    def read(self, block: Block, first: int, level: Values) -> Claim | None:
        """The claim of a CLM, where it is plain and ends in this block; `taken` is then the ordinal after it.
        `level` is what the levels above say of it."""
        try:
            return self._read(block, first, level)
        except _ODD:
            return None

    def _read(self, block: Block, first: int, level: Values) -> Claim | None:
        session, claims, parties = self.session, self.claims, self.claims.parties
        separator, start = block.separator, first - block.at
        parse_amount, periods, quantities = session.parse_amount, session.periods, session.quantities
        claim: Values = {}
        line: Values = {}
        """The line that is open; empty where none is."""
        holder = claim
        """The line that is open, else the claim."""
        other: Values = {}
        adjudication: Values = {}
        party: Values | None = None
        payer: Values | None = None
        """The party of the other payer that is open."""
        codes: list[ClaimCode] = []
        lines: list[ClaimLine] = []
        loops: list[tuple[int, str]] = []
        # The most frequent segments are asked for first.
        for at, row in enumerate(block.rows[start : start + _REACH], first):
            elements = row.split(separator)
            name = elements[0]
            if name == "DTP":
                _, qualifier, _, stated = elements
                if qualifier in HOURS and not line:
                    hour = TIME.fullmatch(stated)
                    if hour:
                        claim[HOURS[qualifier]] = hour[1]
                        if len(stated) == len(hour[1]):
                            continue
                begin, end = periods[stated]
                if qualifier == ADJUDICATED and (adjudication or other):
                    told, field = (adjudication, "day") if line else (other, "adjudicated")
                    if end or told[field]:
                        raise OddError
                    told[field] = begin
                    continue
                values = {"at": at, "qualifier": qualifier, "first": begin, "last": end}
                holder["dates"] += (trusted(DatedPeriod, values),)
                party = None
            elif name == "REF":
                values = {"at": at, "qualifier": elements[1], "value": elements[2]}
                if party is None:
                    described = other or holder
                else:
                    described = other if party is payer and elements[1] in GIVEN else party
                described["references"] += (trusted(Reference, values),)
            elif name == "LX":
                if line and line["charged"] is None:
                    raise OddError
                other = adjudication = {}
                holder = line = BLANK_LINE.copy()
                line["number"] = elements[1]
                lines.append(trusted(ClaimLine, line))
                loops.append((at, "2400"))
                party = None
            elif name == "SV1":
                if not line or line["charged"] is not None:
                    raise OddError
                size = len(elements)
                line["at"] = at
                line["charged"] = parse_amount(elements[2])
                if elements[1]:
                    line["procedure"] = self._procedure(at, elements, 1)
                if size > 3:
                    line["unit_basis"] = elements[3]
                if size > 4 and elements[4]:
                    line["units"] = quantities[elements[4]]
                if size > 5:
                    line["facility_type"] = elements[5]
                    pointers = elements[7] if size > 7 else ""
                    if pointers:
                        line["diagnosis_pointers"] = claims.pointers.get(pointers) or claims.several(pointers)
                    if size > 9:
                        line["emergency"] = elements[9]
                claims.types.add("professional")
                party = None
            elif name == "SV2":
                if not line or line["charged"] is not None:
                    raise OddError
                size = len(elements)
                line["at"] = at
                line["revenue_code"] = elements[1]
                line["charged"] = parse_amount(elements[3])
                if elements[2]:
                    line["procedure"] = self._procedure(at, elements, 2)
                if size > 4:
                    line["unit_basis"] = elements[4]
                if size > 5 and elements[5]:
                    line["units"] = quantities[elements[5]]
                if size > 7 and elements[7]:
                    line["noncovered"] = parse_amount(elements[7])
                claims.types.add("institutional")
                party = None
            elif name == "HI":
                if len(elements) < 2:
                    raise OddError
                for nth, element in enumerate(elements[1:13], start=1):
                    known = claims.codes.get(element) or self._code(at, elements, nth)
                    if known["qualifier"] == _DRG and not claim["drg"]:
                        claim["drg"] = known["code"]
                    else:
                        codes.append(trusted(ClaimCode, {**known, "at": at, "nth": nth}))
                party = None
            elif name == "NM1":
                role = elements[1]
                if other and role == "IL" and other["insured"] is None:
                    other["insured"], _ = parties.begin(Person, at, elements)
                    loops.append((at, "2330A"))
                    party = parties.open
                elif other and role == "PR" and payer is None:
                    other["payer"], _ = parties.begin(Organization, at, elements)
                    loops.append((at, "2330B"))
                    party = payer = parties.open
                elif role in PROVIDERS:
                    provider, _ = parties.begin(Provider, at, elements)
                    (other or holder)["providers"] += (provider,)
                    loops.append((at, "2420" if line else "2330" if other else "2310"))
                    adjudication = {}
                    party = parties.open
                else:
                    raise OddError
            elif name in _ENDS and claim:
                if at - first > session.limits.max_claim_segments or (line and line["charged"] is None):
                    raise OddError
                claim["codes"] = tuple(codes)
                claim["lines"] = tuple(lines)
                self.taken = at
                session.took(block, first, at, loops, _PARTLY)
                return claims.fact()
            elif name == "CLM":
                parse_amount(elements[2])
                if not elements[1] or elements[5].count(session.component) != 2 or any(elements[11:12]):
                    raise OddError
                claims.begin(at, elements, level)
                holder = claim = claims.claim
            elif name == "CL1":
                _, kind, source, status = elements
                if claim["admission_type"] or claim["admission_source"] or claim["patient_status"]:
                    raise OddError
                claim["admission_type"], claim["admission_source"], claim["patient_status"] = (
                    kind,
                    source,
                    status,
                )
            elif name == "AMT":
                _, qualifier, stated = elements
                amount = parse_amount(stated)
                if (other and qualifier in _PAID) or (adjudication and qualifier == REMAINING):
                    told, field = (adjudication, "remaining") if line else (other, "paid")
                    if told[field] is not None or qualifier == "C4":
                        raise OddError
                    told[field] = amount
                    continue
                values = {"at": at, "qualifier": qualifier, "amount": amount}
                if other:
                    other["amounts"] += (trusted(InformationalAmount, values),)
                    continue
                holder["amounts"] += (trusted(InformationalAmount, values),)
                party = None
            elif name == "CAS":
                told = adjudication if line else other
                found = tuple(nodes_835.adjustments(self.strict, at, elements, [], ""))
                if not told or not found:
                    raise OddError
                told["adjustments"] += found
            elif name == "SVD":
                if not line:
                    raise OddError
                adjudication = self._adjudication(at, elements)
                line["adjudications"] += (trusted(LineAdjudication, adjudication),)
                loops.append((at, "2430"))
                party = None
            elif name == "SBR":
                if line or session.covering:  # of other payers' parties the positions that count are others
                    raise OddError
                other = BLANK_OTHER.copy()
                other["at"] = at
                other.update(insurance(elements))
                claim["other_payers"] += (trusted(OtherPayer, other),)
                loops.append((at, "2320"))
                party = payer = None
            elif name == "OI":
                if not other or other["benefits_assigned"] or other["release"]:
                    raise OddError
                other["benefits_assigned"], other["release"] = text(elements, 3), text(elements, 6)
            elif name == "NTE":
                _, _, note = elements
                if not note:
                    raise OddError
                holder["notes"] += (note,)
                party = None
            elif party is None:
                raise OddError
            elif name == "PRV":
                if "taxonomy" not in party or party["taxonomy"] or not elements[3]:
                    raise OddError
                party["taxonomy"] = elements[3]
            elif name == "N3":
                if party["address"] or not any(elements[1:3]):
                    raise OddError
                party["address"] = tuple([street for street in elements[1:3] if street])
            elif name == "N4":
                if "subdivision" in party or any(party[part] for part in PLACE):
                    raise OddError
                party.update(zip(PLACE, elements[1:5], strict=False))
            else:
                raise OddError
        return None

    def _adjudication(self, at: int, elements: list[str]) -> Values:
        """The fields of an SVD."""
        told = BLANK_ADJUDICATION.copy()
        told["at"] = at
        told["payer"] = elements[1]
        told["paid"] = self.session.parse_amount(elements[2])
        if text(elements, 3):
            told["procedure"] = self._procedure(at, elements, 3)
        told["revenue_code"] = text(elements, 4)
        if text(elements, 5):
            told["units"] = self.session.quantities[elements[5]]
        told["bundled_line"] = text(elements, 6)
        return told

    def _procedure(self, at: int, elements: list[str], position: int) -> Procedure:
        known = self.claims.procedures.get(elements[position])
        if known is None:
            if not 1 <= elements[position].count(self.session.component) <= 5:
                raise OddError
            return self.claims.procedure(at, elements, position)
        return trusted(Procedure, {**known, "at": at})

    def _code(self, at: int, elements: list[str], position: int) -> Values:
        """A code that is not remembered. Of two components nothing can be odd."""
        if elements[position].count(self.session.component) != 1:
            raise OddError
        return self.claims.code(at, elements, position)
