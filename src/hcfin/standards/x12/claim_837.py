"""One claim of an 837 (loops 2300 to 2330), segment by segment, straight to facts; `line_837` has its lines.

SBR after CLM opens another payer. Its segments are its own until the next one, or a line, begins.
"""

from __future__ import annotations

import re

from hcfin.billing.base import InformationalAmount
from hcfin.billing.claim import Claim, ClaimCode, OtherPayer
from hcfin.billing.party import Organization, Person
from hcfin.model import blank, trusted
from hcfin.standards.x12 import figures_835, line_837, nodes_835, parties_837
from hcfin.standards.x12.figures_835 import INPATIENT, OUTPATIENT, read_figures
from hcfin.standards.x12.line_837 import LineReader, Values, remember
from hcfin.standards.x12.parties_837 import Parties
from hcfin.standards.x12.session import Elements, Handler, Session, text

CARRIED = {
    **parties_837.CARRIED,
    **line_837.CARRIED,
    "CLM": frozenset({1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 19, 20}),
    "CL1": frozenset({1, 2, 3}),
    "CN1": frozenset({1, 2}),
    "HI": frozenset(range(1, 13)),
    "SBR": frozenset({1, 2, 3, 4, 5, 9}),
    "OI": frozenset({3, 6}),
    "MIA": figures_835.CARRIED["MIA"],
    "MOA": figures_835.CARRIED["MOA"],
}
"""Positions that reach a fact, by segment."""

_COUNTED = """
CR1 CR2 CR3 CR4 CR5 CR6 CR7 CRC DN1 DN2 DSB FRM HCP HSD IMM K3 LQ MEA PS1 PWK SV4 SV5 SV6 SV7 UR
"""
COUNTED = frozenset(_COUNTED.split())
"""Segments of a claim that are counted, without a word: no money to be booked or matched is in them."""

_BLANK_CLAIM = blank(Claim)
BLANK_OTHER = blank(OtherPayer)
_BLANK_CODE = blank(ClaimCode)
_ADJUDICATIONS = {"MIA": ("inpatient", INPATIENT), "MOA": ("outpatient", OUTPATIENT)}
_CLM_SIZE, _SBR_SIZE = 21, 10
_PAD = [""] * _CLM_SIZE
_LOCATION = re.compile(r"[A-Z0-9]{1,3}([^A-Za-z0-9\s])[AB]\1", re.ASCII)
_LIST = re.compile(r"[A-Z]{2,3}([^A-Za-z0-9\s])[A-Za-z0-9]", re.ASCII)
_CODE_COMPONENTS = 9
_DRG = "DR"
HOURS = {"435": "admission_hour", "096": "discharge_hour"}
TIME = re.compile(r"(?:[0-9]{8})?([0-9]{4})", re.ASCII)
GIVEN = frozenset({"F8", "G1", "9F", "T4"})
"""References that another payer gave to the claim; all others say who it is."""


def insurance(elements: Elements) -> dict[str, str]:
    """What an SBR says, by the fields of a claim and of another payer."""
    if len(elements) < _SBR_SIZE:
        elements = elements + _PAD[len(elements) : _SBR_SIZE]
    _, sequence, relationship, number, name, kind, _, _, _, indicator, *_ = elements
    return {
        "sequence": sequence,
        "relationship": relationship,
        "group_number": number,
        "group_name": name,
        "insurance_type": kind,
        "filing_indicator": indicator,
    }


class ClaimReader(LineReader):
    """Reads the claims of one set, one after the other: `begin` at CLM, then `handlers`, then `fact`."""

    def __init__(self, session: Session, parties: Parties, submission: str) -> None:
        super().__init__(session, parties)
        self.submission = submission
        self.bills: dict[str, tuple[str, str, str]] = session.meanings("bills")
        self.codes: dict[str, Values] = session.meanings("codes")
        """Fields of codes by their text, as the separators of the interchange take it apart."""
        self.payer: Values = {}
        """The open other payer's own party; empty until it is named."""
        self.insured: Values = {}
        """And its insured's."""
        self.handlers: dict[str, Handler] = {
            **parties.handlers,
            **self.line_handlers,
            **dict.fromkeys(COUNTED, self._count),
            "NM1": self.party,
            "REF": self._ref,
            "SBR": self._sbr,
            "HI": self._hi,
            "CL1": self._cl1,
            "CN1": self._cn1,
            "OI": self._oi,
            "DMG": self._dmg,
            "MIA": self._figures,
            "MOA": self._figures,
        }

    def begin(self, at: int, elements: Elements, level: Values) -> None:
        """Take the CLM of the next claim; `level` is what the levels above say of it."""
        session = self.session
        self.enter(at, "2300")
        self.parties.open = None
        self.parse_amount = session.parse_amount
        if self.currency != session.currency:
            self.currency = session.currency
            self.codes.clear()  # with their amounts
        self.unreadable = []
        self.types = set()
        self.other = self.line = self.adjudication = self.drug = self.payer = self.insured = {}
        self.claim = self.holder = claim = _BLANK_CLAIM.copy()
        claim.update(level)
        claim["at"] = at
        claim["currency"] = self.currency
        claim["submission"] = self.submission
        if len(elements) != _CLM_SIZE:
            elements = (elements + _PAD)[:_CLM_SIZE]
        claim["account"] = elements[1]
        claim["charged"] = self._required(at, elements, 2, "charged")
        bill = self.bills.get(elements[5]) or self._bill(at, elements)
        claim["facility_type"], claim["facility_qualifier"], claim["frequency"] = bill
        claim["provider_signature"] = elements[6]
        claim["assignment"] = elements[7]
        claim["benefits_assigned"] = elements[8]
        claim["release"] = elements[9]
        claim["signature_source"] = elements[10]
        if elements[11]:
            causes = elements[11].split(session.component)
            claim["related_causes"] = tuple([cause for cause in causes[:3] if cause])
            claim["accident_state"], claim["accident_country"] = (*causes[3:5], "", "")[:2]
            self._left_out(at, elements, 11, causes, 5)
        claim["special_program"] = elements[12]
        claim["predetermination"] = elements[19]
        claim["delay_reason"] = elements[20]
        if not elements[1]:
            session.issue("ELEMENT_MISSING", at, elements, 1)

    def _bill(self, at: int, elements: Elements) -> tuple[str, str, str]:
        """CLM05: where, by which list, and how often the claim is sent."""
        parts = self.session.components(at, elements, 5, _LOCATION)
        facility, qualifier, frequency = (*parts[:3], "", "")[:3]
        self._left_out(at, elements, 5, parts, 3)
        if len(parts) == 3:
            remember(self.bills, elements[5], (facility, qualifier, frequency))
        return facility, qualifier, frequency

    def fact(self) -> Claim:
        """The claim as it was read; its type is still what the level said."""
        self._end_line()
        self.parties.open = None
        claim = self.claim
        if self.unreadable:
            claim["unreadable"] = tuple(dict.fromkeys(self.unreadable))
        if len(self.types) == 1:
            (claim["claim_type"],) = self.types
        self.parties.settle()
        return trusted(Claim, claim)

    def _left_out(self, at: int, elements: Elements, position: int, parts: list[str], read: int) -> None:
        if any(parts[read:]):
            self.session.issue("COMPONENTS_LEFT_OUT", at, elements, position, read=read)

    def _count(self, at: int, elements: Elements) -> bool:
        return False

    def party(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """Take the NM1 of a party of the claim, of another payer or of a line."""
        if self.line:
            self.adjudication = self.drug = {}
            return self._provider(at, elements, self.line, "2420")
        other = self.other
        if not other:
            return self._provider(at, elements, self.claim, "2310")
        role = text(elements, 1)
        field, kind, loop = _PARTIES.get(role, ("", None, ""))
        if kind is None:
            return self._provider(at, elements, other, "2330")
        self.enter(at, loop)
        if self.insured if kind is Person else self.payer:
            self.session.issue("PARTY_REPEATED", at, elements, 1)
            self.parties.skip()
            return False
        early = other[field]
        other[field], carried = self.parties.begin(kind, at, elements)
        party = self.parties.open or {}
        if kind is Organization:
            self.payer = party
            return carried
        self.insured = party
        if early is not None:
            party["birth_date"], party["sex"] = early.birth_date, early.sex
        return carried

    def _dmg(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """In old files the insured of another payer is described before being named."""
        other = self.other
        if other and self.parties.open is None and not other["insured"]:
            other["insured"], _ = self.parties.begin(Person, at, ["NM1", "IL"])
            used = self.parties.handlers["DMG"](at, elements)
            self.parties.close()
            return used
        return self.parties.handlers["DMG"](at, elements)

    def _ref(self, at: int, elements: Elements) -> bool:
        party = self.parties.open
        if party is None:
            holder = self.line or self.other or self.claim
        elif party is self.payer and party and text(elements, 1) in GIVEN:
            holder = self.other
        elif party:
            holder = party
        else:
            return False
        self.add(holder, "references", nodes_835.reference(at, elements))
        return True

    def _time(self, elements: Elements) -> bool:
        field = "" if self.line else HOURS.get(text(elements, 1), "")
        found = TIME.fullmatch(text(elements, 3)) if field else None
        if found:
            self.claim[field] = found[1]
        return found is not None

    # The claim

    def _cl1(self, at: int, elements: Elements) -> bool:
        claim = self.claim
        if claim["admission_type"] or claim["admission_source"] or claim["patient_status"]:
            return self._again(at, elements)
        claim["admission_type"] = text(elements, 1)
        claim["admission_source"] = text(elements, 2)
        claim["patient_status"] = text(elements, 3)
        return True

    def _cn1(self, at: int, elements: Elements) -> bool:
        claim = self.claim
        if self.line:
            return False  # of a line: not carried
        if claim["contract_type"] or claim["contract_amount"] is not None:
            return self._again(at, elements)
        claim["contract_type"] = text(elements, 1)
        claim["contract_amount"] = self.session.amount(at, elements, 2)
        return True

    def _hi(self, at: int, elements: Elements) -> bool:
        self.parties.open = None
        used = False
        for nth, element in enumerate(elements[1:13], start=1):
            if not element:
                continue
            used = True
            known = self.codes.get(element)
            if known is None:
                known = self.code(at, elements, nth)
            if known["qualifier"] == _DRG and not self.claim["drg"]:
                self.claim["drg"] = known["code"]
                continue
            self.add(self.claim, "codes", trusted(ClaimCode, {**known, "at": at, "nth": nth}))
        return used

    def code(self, at: int, elements: Elements, position: int) -> Values:
        """The fields of a code, which are remembered where nothing is odd: the codes of a feed repeat."""
        qualifier, *parts = self.session.components(at, elements, position, _LIST)
        values = _BLANK_CODE.copy()
        values["qualifier"] = qualifier
        values["code"] = parts[0] if parts else ""
        if any(parts[1 : _CODE_COMPONENTS - 2]) or len(parts) >= _CODE_COMPONENTS:
            if self._told_of_code(at, elements, position, parts, values):
                remember(self.codes, elements[position], values)
        elif parts:
            values["present_on_admission"] = parts[-1] if len(parts) == _CODE_COMPONENTS - 1 else ""
            remember(self.codes, elements[position], values)
        return values

    def _told_of_code(
        self, at: int, elements: Elements, position: int, parts: list[str], values: Values
    ) -> bool:
        """Date, amount and presence on admission; whether nothing is odd. `parts` begin with the code."""
        parts = (parts + _PAD)[: max(len(parts), _CODE_COMPONENTS - 1)]
        _, _, day, amount, *unused, present = parts[: _CODE_COMPONENTS - 1]
        # The accessors take elements, so a component stands for its element here.
        where, session = [*elements[:position], ""], self.session
        if day:
            where[position] = day
            values["first"], values["last"] = session.period(at, where, position) or (None, None)
        if amount:
            where[position] = amount
            values["amount"] = session.amount(at, where, position)
        values["present_on_admission"] = present
        readable = bool(day) == (values["first"] is not None) and bool(amount) == (
            values["amount"] is not None
        )
        if any(unused) or any(parts[_CODE_COMPONENTS - 1 :]):
            session.issue("COMPONENTS_LEFT_OUT", at, elements, position, read=_CODE_COMPONENTS)
            return False
        return readable

    # Other payers

    def _sbr(self, at: int, elements: Elements) -> bool:
        self._end_line()
        self.enter(at, "2320")
        self.parties.open = None
        self.line = self.adjudication = self.drug = self.payer = self.insured = {}
        self.holder = self.claim
        self.other = other = BLANK_OTHER.copy()
        other["at"] = at
        other.update(insurance(elements))
        self.add(self.claim, "other_payers", trusted(OtherPayer, other))
        return True

    def _amt(self, at: int, elements: Elements) -> bool:
        other = self.other
        if not other or self.line:
            return super()._amt(at, elements)
        amount = self.session.amount(at, elements, 2)
        qualifier = text(elements, 1)
        # The 4010 guide for hospitals calls it prior payment, C4.
        paid = qualifier == "D" or (qualifier == "C4" and self.session.version.startswith("004010"))
        if amount is None:
            if paid and text(elements, 2):
                self.unreadable.append("other_payers")
            return False
        if paid and other["paid"] is None:
            other["paid"] = amount
            return True
        if paid:
            return self._again(at, elements)
        values = {"at": at, "qualifier": qualifier, "amount": amount}
        self.add(other, "amounts", trusted(InformationalAmount, values))
        return True

    def _oi(self, at: int, elements: Elements) -> bool:
        other = self.other
        if not other:
            return self._misplaced(at, elements)
        if other["benefits_assigned"] or other["release"]:
            return self._again(at, elements)
        other["benefits_assigned"] = text(elements, 3)
        other["release"] = text(elements, 6)
        return True

    def _figures(self, at: int, elements: Elements) -> bool | frozenset[int]:
        """MIA and MOA. Remark codes of a second one count too: some of them protect patients."""
        other = self.other
        if not other:
            return self._misplaced(at, elements)
        field, figures = _ADJUDICATIONS[elements[0]]
        size = len(elements)
        remarks = [elements[n] for n in figures.remarks if n < size and elements[n]]
        for remark in remarks:
            self.add(other, "remarks", remark)
        if other[field] is not None:
            self._again(at, elements)
            return frozenset(figures.remarks)
        other[field] = node = read_figures(self.session, at, elements, figures.kind)
        return bool(remarks) or node is not None


_PARTIES: dict[str, tuple[str, type[Person] | type[Organization] | None, str]] = {
    "IL": ("insured", Person, "2330A"),
    "PR": ("payer", Organization, "2330B"),
}
