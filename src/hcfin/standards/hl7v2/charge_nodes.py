"""Parts of a charge: moments, codes, procedures, providers, places, notes, as nodes of the facts.

Strategy: the texts of a feed repeat, so a text is read once, and facts share the node that it made; see
`nodes.py`.
"""

from __future__ import annotations

from hcfin.billing.registration import PerformedProcedure
from hcfin.billing.remittance import Procedure
from hcfin.model import placed, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_coding import procedure
from hcfin.standards.hl7v2.grouping import ChargeGroup, Row
from hcfin.standards.hl7v2.known import Known, Parsed
from hcfin.standards.hl7v2.session import Fields, Session, numbers

# Names of code systems in HL7 table 0396 and in feeds, as claims say them.
_SYSTEMS = {
    **dict.fromkeys(("C4", "C5", "CPT", "CPT4", "CPT-4", "CPTM", "HCPCS", "HCPC", "HCPT", "HC"), "HC"),
    "NDC": "N4",
}
_TEXT, _OTHER_TEXT, _NOTHING = numbers(8), numbers(9), numbers()
_NTE = numbers(3)
_PR1 = numbers(1, 3, 5, 6, 14, 16, 19, 20)
_EI = numbers(3)
_DG1 = numbers(3)
_PRIMARY = "1"
_CR = "\r"  # stands in no field


class Nodes:
    """Makes nodes of fields under one set of delimiters. A row is an FT1, filled up to its last field."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.texts: Parsed[str] = Parsed(lambda text: session.text([text], 0))
        """Texts that repeat from row to row."""
        self.periods: Known[str, tuple[str, str]] = Known()
        known = nodes.made(session)
        self.codings, self.told, self.places = known.codings, known.told, known.places
        self.performers = known.providers("FT1", 20, "82")
        self.orderers = known.providers("FT1", 21, "DK")
        self.codes: Parsed[tuple[str, ...]] = Parsed(self._list)
        """The codes of a field that repeats."""
        self._procedures: Parsed[Procedure | None] = Parsed(self._procedure)

    # Moments

    def period(self, at: int, row: Fields, position: int) -> tuple[str, str]:
        """First and last moment of a range (DR), or the one of a TS. Empty where there is none, or it cannot
        be read."""
        text = row[position]
        known = self.periods.get(text)
        if known is not None:
            return known
        session = self.session
        before = len(session.events)
        # The second part of a TS is a letter.
        ranged = session.component in text and session.text(row, position, 2)[:1].isdigit()
        first = nodes.moment(session, at, row, position)
        found = first, nodes.moment(session, at, row, position, 2) if ranged else ""
        if len(session.events) == before:  # else it has to be said again
            self.periods.keep(text, found)
        return found

    # Texts and codes

    def description(self, row: Fields) -> str:
        """The text of a row: FT1-8, else FT1-9."""
        return self.texts[row[8]] or self.texts[row[9]]

    def description_carried(self, row: Fields) -> frozenset[int]:
        """The field that it stands in."""
        return _TEXT if self.texts[row[8]] else _OTHER_TEXT if row[9] else _NOTHING

    def _list(self, text: str) -> tuple[str, ...]:
        return tuple([one.code for one in self.session.coded_all([text], 0) if one.code])

    def procedure(self, row: Fields, told: str, modifiers: str) -> Procedure | None:
        """The procedure of a row, and its modifiers; those alone belong to the charge code, if that is a
        procedure code."""
        if not (told or modifiers):
            return None
        known = self._procedures[told + _CR + modifiers]
        if known is not None and not known.code:
            charged = self.session.coded(row, 7)
            if charged.system.upper() in _SYSTEMS:
                return self._procedures[row[7] + _CR + modifiers]
        return known

    def procedures(
        self, row: Fields, group: ChargeGroup
    ) -> tuple[Procedure | None, tuple[PerformedProcedure, ...]]:
        """The procedure of a row and further ones of its PR1s.

        FT1-25 is the PR1 of priority 1, and FT1-26 has the modifiers of both, so neither counts twice. Where
        FT1-25 is empty that PR1 (else the first) is the procedure.
        """
        told, modifiers = row[25], row[26]
        session = self.session
        own, others = self._own(group, session.coded(row, 25).code)
        further = tuple([procedure(session, *other) for other in others])
        if own is None:
            return self.procedure(row, told, modifiers), further
        at, fields = own
        session.carry(at, _PR1)
        modifiers = modifiers or _field(fields, 16)
        if session.has(row, 25):
            return self.procedure(row, told, modifiers), further
        known = self.procedure(row, _field(fields, 3), modifiers)
        return (None if known is None else placed(known, at)), further

    def _procedure(self, told: str) -> Procedure | None:
        text, _, modifiers = told.partition(_CR)
        code, words, system, *_ = self.session.coded([text], 0)
        found = self.codes[modifiers]
        if not code and not found:
            return None
        qualifier = _SYSTEMS.get(system.upper(), system)
        values = {"at": 0, "qualifier": qualifier, "code": code, "modifiers": found, "description": words}
        return trusted(Procedure, values)

    def _own(self, group: ChargeGroup, code: str) -> tuple[Row | None, list[Row]]:
        """The PR1 that says the same as FT1-25, or says it instead; and the others."""
        session = self.session
        own: Row | None = None
        others: list[Row] = []
        for row in group.rows:
            fields = row[1]
            if fields[0] != "PR1" or not session.has(fields, 3):
                continue
            if own is None and (
                session.coded(fields, 3).code == code if code else session.text(fields, 14) == _PRIMARY
            ):
                own = row
            else:
                others.append(row)
        if own is None and others and not code:
            own = others.pop(0)
        return own, others


def _field(fields: Fields, position: int) -> str:
    return fields[position] if position < len(fields) else ""


# What stands behind the row


def diagnoses_of(session: Session, group: ChargeGroup) -> tuple[str, ...]:
    """The diagnoses of a row's own DG1s (P11)."""
    found = []
    for at, row in group.named("DG1"):
        code = session.text(row, 3)
        if code:
            session.carry(at, _DG1)
            found.append(code)
    return tuple(dict.fromkeys(found))


def notes(session: Session, group: ChargeGroup) -> tuple[str, ...]:
    """The texts of its NTEs."""
    found = []
    for at, row in group.rows:
        if row[0] == "NTE":
            text = "\n".join(filter(None, map(session.clear, session.repetitions(row, 3))))
            if text:
                session.carry(at, _NTE)
                found.append(text)
    return tuple(found)


def order(session: Session, group: ChargeGroup) -> str:
    """The filler's number of the order that the row is of: ORC-3, else OBR-3."""
    rows = group.rows
    if group.order:
        rows = [*rows, (group.order.at, group.order.fields), *group.order.rows]
    for name in ("ORC", "OBR"):
        for at, row in rows:
            if row[0] == name:
                number = session.text(row, 3)
                if number:
                    session.carry(at, _EI)
                    return number
    return ""
