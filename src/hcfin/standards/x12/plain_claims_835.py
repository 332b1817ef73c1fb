"""Claims of an 835 in which nothing is odd, each read in one go; `claim_payment_835` reads the others.

Strategy: almost every claim of a feed is plain: segments that a claim may have, with the elements that the
guide gives them and values that can be read. One loop over the rows of a block reads it, its parts in local
variables; a call for each segment costs more than the segment does. At the first thing that is odd the loop
lets go of the claim, of which nobody has heard yet, and the careful reader begins again at its CLP. So what
is odd, and what is said of it, stands there alone, and here only what needs no word.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from hcfin.standards.x12 import nodes_835
from hcfin.standards.x12.figures_835 import INPATIENT, OUTPATIENT, read_figures
from hcfin.standards.x12.session import UNREADABLE, Session, Strict
from hcfin.wire.x12 import Block

_Values = dict[str, Any]
_ENDS = frozenset({"CLP", "LX", "PLB"})
"""Segments that end a claim before anything is said of themselves, as is said of SE: the last claim of a set
that ends with claims is not read here."""
_ADJUDICATIONS = {"MIA": ("inpatient", INPATIENT), "MOA": ("outpatient", OUTPATIENT)}
_REMARKS = ("HE", "")
_CLP_SIZE, _NM1_SIZE, _CAS_SIZE = 14, 10, 20
_PAD = [""] * _CLP_SIZE
_KEPT = 10_000
_BLANK_CLAIM = blank(ClaimPayment)
_BLANK_LINE = blank(ServicePayment)


class _OddError(Exception):
    """Something that the careful reader must look at."""


# A segment of other elements than expected here, and a value that cannot be read.
_ODD = (_OddError, ValueError, *UNREADABLE)


class PlainClaims:
    """Reads the plain claims of one set, whose currency is settled."""

    def __init__(self, session: Session, remittance: str) -> None:
        self.session = session
        self.strict = Strict(session)
        self.remittance = remittance
        self.taken = 0
        """The ordinal after the last claim that was read."""
        self.component = ""
        self.procedures: dict[str, _Values] = {}
        """Fields of procedures by their text, as this component separator takes it apart."""

    def read(self, block: Block, first: int, group: str) -> Iterator[ClaimPayment]:
        """The plain claims that stand one after the other from a CLP on, as far as they end in this block."""
        session = self.session
        parse_amount, days, quantities = session.parse_amount, session.days, session.quantities
        separator, longest = block.separator, session.limits.max_claim_segments
        self.taken = first
        if self.component != session.component:
            self.component = session.component
            self.procedures.clear()
        claim: _Values = {}
        holder = claim
        """The line that is open, else the claim: what the next segment belongs to."""
        lines: list[ServicePayment] = []
        parties: list[Individual] = []
        adjustments: list[Adjustment] = []
        dates: list[DatedEvent] = []
        references: list[Reference] = []
        amounts: list[InformationalAmount] = []
        counts: list[InformationalQuantity] = []
        remarks: list[str] = []
        loops: list[tuple[int, str]] = []
        try:
            # The most frequent segments are asked for first.
            for at, row in enumerate(block.rows[first - block.at :], first):
                elements = row.split(separator)
                name = elements[0]
                if name == "DTM":
                    _, qualifier, stated = elements
                    values = {"at": at, "qualifier": qualifier, "day": days[stated]}
                    dates.append(trusted(DatedEvent, values))
                elif name == "CAS":
                    size = len(elements)
                    if not 4 <= size <= _CAS_SIZE:
                        raise _OddError
                    for position in range(2, size, 3):
                        quantity = None
                        if position + 2 < size and elements[position + 2]:
                            quantity = quantities[elements[position + 2]]
                        values = {
                            "at": at,
                            "nth": (position + 1) // 3,
                            "group": elements[1],
                            "reason": elements[position],
                            "amount": parse_amount(elements[position + 1]),
                            "quantity": quantity,
                        }
                        adjustments.append(trusted(Adjustment, values))
                elif name == "NM1":
                    if len(elements) != _NM1_SIZE:
                        elements = (elements + _PAD)[:_NM1_SIZE]
                    _, role, entity, last, given, middle, prefix, suffix, qualifier, number = elements
                    values = {
                        "at": at,
                        "role": role,
                        "entity": entity,
                        "last_name": last,
                        "first_name": given,
                        "middle_name": middle,
                        "prefix": prefix,
                        "suffix": suffix,
                        "id_qualifier": qualifier,
                        "id": number,
                    }
                    parties.append(trusted(Individual, values))
                elif name == "AMT":
                    _, qualifier, stated = elements
                    values = {"at": at, "qualifier": qualifier, "amount": parse_amount(stated)}
                    amounts.append(trusted(InformationalAmount, values))
                elif name == "SVC" or name in _ENDS:
                    # The claim or line that was open has all its lists.
                    if adjustments:
                        holder["adjustments"], adjustments = tuple(adjustments), []
                    if dates:
                        holder["dates"], dates = tuple(dates), []
                    if references:
                        holder["references"], references = tuple(references), []
                    if amounts:
                        holder["amounts"], amounts = tuple(amounts), []
                    if counts:
                        holder["quantities"], counts = tuple(counts), []
                    if remarks:
                        holder["remarks"], remarks = (*holder["remarks"], *remarks), []
                    if name == "SVC":
                        holder = self._line(at, elements)
                        lines.append(trusted(ServicePayment, holder))
                        loops.append((at, "2110"))
                        continue
                    if claim:
                        if at - claim["at"] > longest:
                            raise _OddError
                        claim["parties"] = tuple(parties)
                        claim["lines"] = tuple(lines)
                        self._hand_over(block, at, loops)
                        yield trusted(ClaimPayment, claim)
                    if name != "CLP":
                        break
                    lines, parties, loops = [], [], [(at, "2100")]
                    holder = claim = self._claim(at, elements, group)
                elif name == "REF":
                    values = {"at": at, "qualifier": elements[1], "value": elements[2]}
                    references.append(trusted(Reference, values))
                elif name == "LQ":
                    _, qualifier, code = elements
                    if qualifier not in _REMARKS or not code:
                        raise _OddError
                    remarks.append(code)
                elif name == "QTY":
                    _, qualifier, stated = elements
                    values = {"at": at, "qualifier": qualifier, "quantity": quantities[stated]}
                    counts.append(trusted(InformationalQuantity, values))
                elif name in _ADJUDICATIONS:
                    self._adjudication(at, elements, claim)
                elif name == "PER":
                    contact = nodes_835.contact(at, elements)
                    if contact is None:
                        raise _OddError
                    claim["contacts"] += (contact,)
                else:
                    raise _OddError
        except _ODD:
            pass

    def _claim(self, at: int, elements: list[str], group: str) -> _Values:
        """The fields of a CLP."""
        session = self.session
        size = len(elements)
        padded = elements if size == _CLP_SIZE else (elements + _PAD)[:_CLP_SIZE]
        _, account, status, charged, paid, patient, indicator, icn, facility, frequency, *more = padded
        if not status:
            raise _OddError
        parse_amount = session.parse_amount
        claim = _BLANK_CLAIM.copy()
        claim["at"] = at
        claim["currency"] = session.currency
        claim["remittance"] = self.remittance
        claim["group_number"] = group
        claim["account"] = account
        claim["status"] = status
        claim["charged"] = parse_amount(charged)
        claim["paid"] = parse_amount(paid)
        if patient:
            claim["patient_responsibility"] = parse_amount(patient)
        claim["filing_indicator"] = indicator
        claim["payer_claim_number"] = icn
        claim["facility_type"] = facility
        claim["frequency"] = frequency
        if size > 10:
            left, drg, weight, fraction = more
            claim["patient_status"] = left
            claim["drg"] = drg
            if weight:
                claim["drg_weight"] = session.quantities[weight]
            if fraction:
                claim["discharge_fraction"] = session.quantities[fraction]
        return claim

    def _line(self, at: int, elements: list[str]) -> _Values:
        """The fields of an SVC."""
        parse_amount = self.session.parse_amount
        size = len(elements)
        known = self.procedures.get(elements[1]) or self._procedure(elements[1])
        line = _BLANK_LINE.copy()
        line["at"] = at
        line["procedure"] = trusted(Procedure, {**known, "at": at})
        line["charged"] = parse_amount(elements[2])
        line["paid"] = parse_amount(elements[3])
        if size > 4:
            line["revenue_code"] = elements[4]
            if size > 5 and elements[5]:
                line["units"] = self.session.quantities[elements[5]]
            if size > 6:
                if elements[6]:
                    known = self.procedures.get(elements[6]) or self._procedure(elements[6])
                    line["submitted"] = trusted(Procedure, {**known, "at": at})
                if size > 7 and elements[7]:
                    line["submitted_units"] = self.session.quantities[elements[7]]
        return line

    def _procedure(self, text: str) -> _Values:
        """The fields of a procedure, which are remembered: the procedures of a feed repeat."""
        qualifier, code, *more = text.split(self.component)
        if len(more) > 4:
            raise _OddError
        modifiers = tuple([part for part in more if part])
        values = {"at": 0, "qualifier": qualifier, "code": code, "modifiers": modifiers, "description": ""}
        if len(self.procedures) >= _KEPT:
            self.procedures.clear()
        self.procedures[text] = values
        return values

    def _adjudication(self, at: int, elements: list[str], claim: _Values) -> None:
        """MIA and MOA, of which a plain claim has one each."""
        field, figures = _ADJUDICATIONS[elements[0]]
        size = len(elements)
        remarks = [elements[place] for place in figures.remarks if place < size and elements[place]]
        node = read_figures(self.strict, at, elements, figures.kind)
        if claim[field] is not None or (node is None and not remarks):
            raise _OddError
        claim[field] = node
        claim["remarks"] += tuple(remarks)

    def _hand_over(self, block: Block, end: int, loops: list[tuple[int, str]]) -> None:
        """A claim is complete: where its loops begin is known from now on, and its segments are counted."""
        session = self.session
        start, self.taken = self.taken, end
        if not session.covering:
            session.trail.entered(loops)
            return
        begins = dict(loops)
        for at in range(start, end):
            if at in begins:
                session.trail.enter(at, begins[at])
            session.cover(block.segment(at).elements, True)
