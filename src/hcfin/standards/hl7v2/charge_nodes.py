"""Parts of a charge: moments, codes, procedures, providers, places, notes, as nodes of the facts.

Strategy: the texts of a feed repeat, so a text is read once, and a node is made from what was read before.
Each node is an object of its own all the same, because each knows where it stood.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hcfin.billing.base import Reference
from hcfin.billing.party import Provider
from hcfin.billing.registration import Coding, PerformedProcedure, Place
from hcfin.billing.remittance import Procedure
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2.fields import Parsed
from hcfin.standards.hl7v2.grouping import ChargeGroup, Row
from hcfin.standards.hl7v2.nodes import alone, moment_text, providers
from hcfin.standards.hl7v2.session import Fields, Session, numbers

_Template = dict[str, Any]
"""The fields of a node, but for its place."""

_PERFORMED = blank(PerformedProcedure)
# Names of code systems in HL7 table 0396 and in feeds, as claims say them.
_SYSTEMS = {
    **dict.fromkeys(("C4", "C5", "CPT", "CPT4", "CPT-4", "CPTM", "HCPCS", "HCPC", "HCPT", "HC"), "HC"),
    "NDC": "N4",
}
_NTE = numbers(3)
_PR1 = numbers(1, 3, 5, 6, 14, 16, 19, 20)
_PR1_TEXTS = ((1, "set_id"), (6, "type"), (14, "priority"), (19, "id"), (20, "action"))
_EI = numbers(3)
_DG1 = numbers(3)
_PRIMARY = "1"
_ROLES = {20: "82", 21: "DK"}
_KEPT = 10_000
_CR = "\r"  # stands in no field


class Nodes:
    """Makes nodes of fields under one set of delimiters. A row is an FT1, filled up to its last field."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._periods: dict[str, tuple[str, str]] = {}
        self._codings: Parsed[_Template] = Parsed(self._coding)
        self._lists: Parsed[tuple[str, ...]] = Parsed(self._list)
        self._places: Parsed[_Template | None] = Parsed(self._place)
        self._providers = {n: Parsed(partial(self._provider, n, role)) for n, role in _ROLES.items()}
        self._procedures: Parsed[_Template | None] = Parsed(self._procedure)

    # Moments

    def period(self, at: int, row: Fields, position: int) -> tuple[str, str]:
        """First and last moment of a range (DR), or the one of a TS. Empty where there is none, or it cannot
        be read."""
        text = row[position]
        if not text:
            return "", ""
        known = self._periods.get(text)
        if known is not None:
            return known
        session = self.session
        before = len(session.events)
        first = session.moment(at, row, position)
        # The second part of a TS is a letter.
        ranged = session.component in text and session.text(row, position, 2)[:1].isdigit()
        last = session.moment(at, row, position, 2) if ranged else None
        zone = session.profile.zone
        found = moment_text(first, zone), moment_text(last, zone)
        if len(session.events) == before and len(self._periods) < _KEPT:
            self._periods[text] = found
        return found

    # Codes

    def coding(self, at: int, text: str) -> Coding:
        """A code with its text and system."""
        values = self._codings[text].copy()
        values["at"] = at
        return trusted(Coding, values)

    def told(self, at: int, text: str) -> Coding | None:
        """A code that may be absent."""
        template = self._codings[text] if text else None
        if template is None or not (template["code"] or template["text"]):
            return None
        return self.coding(at, text)

    def codes(self, text: str) -> tuple[str, ...]:
        """The codes of a field that repeats."""
        return self._lists[text] if text else ()

    def _coding(self, text: str) -> _Template:
        code, words, system, *_ = self.session.coded([text], 0)
        return {"at": 0, "code": code, "text": words, "system": system}

    def _list(self, text: str) -> tuple[str, ...]:
        return tuple([one.code for one in self.session.coded_all([text], 0) if one.code])

    def procedures(
        self, at: int, row: Fields, group: ChargeGroup
    ) -> tuple[Procedure | None, tuple[PerformedProcedure, ...]]:
        """The procedure of a row and further ones of its PR1s.

        FT1-25 is the PR1 of priority 1, and FT1-26 has the modifiers of both, so neither counts twice. Where
        FT1-25 is empty that PR1 (else the first) is the procedure, and modifiers alone belong to the charge
        code, if that is a procedure code.
        """
        session = self.session
        told, modifiers = row[25], row[26]
        own, further = self._own(group, session.coded([told], 0).code) if group.rows else (None, [])
        if own is not None:
            session.carry(own[0], _PR1)
            modifiers = modifiers or _field(own[1], 16)
            if not session.has([told], 0):
                at, told = own[0], _field(own[1], 3)
        template = self._procedures[told + _CR + modifiers] if told or modifiers else None
        if template is not None and not template["code"]:
            charged = session.coded(row, 7)
            if charged.system.upper() in _SYSTEMS:
                template = self._procedures[row[7] + _CR + modifiers]
        if template is None:
            found = None
        else:
            values = template.copy()
            values["at"] = at
            found = trusted(Procedure, values)
        return found, tuple([self._performed(n, fields) for n, fields in further])

    def _procedure(self, told: str) -> _Template | None:
        text, _, modifiers = told.partition(_CR)
        code, words, system, *_ = self.session.coded([text], 0)
        found = self.codes(modifiers)
        if not code and not found:
            return None
        qualifier = _SYSTEMS.get(system.upper(), system)
        return {"at": 0, "qualifier": qualifier, "code": code, "modifiers": found, "description": words}

    def _own(self, group: ChargeGroup, code: str) -> tuple[Row | None, list[Row]]:
        """The PR1 that says the same as FT1-25, or says it instead; and the others."""
        session = self.session
        rows = [row for row in group.rows if row[1][0] == "PR1" and session.has(row[1], 3)]
        if code:
            fitting = [row for row in rows if session.coded(row[1], 3).code == code]
        else:
            fitting = [row for row in rows if session.text(row[1], 14) == _PRIMARY] or rows
        own = fitting[0] if fitting else None
        return own, [row for row in rows if row is not own]

    def _performed(self, at: int, fields: Fields) -> PerformedProcedure:
        session = self.session
        if session.covering:
            session.carry(at, _PR1)
        size = len(fields)
        coded = session.coded(fields, 3)
        values = _PERFORMED.copy()
        values["at"] = at
        values["code"] = coded.code
        values["text"] = coded.text
        values["system"] = coded.system or session.text(fields, 2)
        if size > 5:
            values["performed"] = self.period(at, fields, 5)[0]
        if size > 16:
            values["modifiers"] = self.codes(fields[16])
        for position, name in _PR1_TEXTS:
            if position < size and fields[position]:
                values[name] = session.text(fields, position)
        return trusted(PerformedProcedure, values)

    # Who and where

    def providers(self, at: int, row: Fields) -> tuple[Provider, ...]:
        """Who performed (FT1-20) and who ordered (FT1-21), by the identifiers that the profile prefers."""
        found: list[Provider] = []
        for position, known in self._providers.items():
            text = row[position]
            if not text:
                continue
            for template in known[text]:
                values = template.copy()
                values["at"] = at
                if values["references"]:
                    values["references"] = tuple(
                        [trusted(Reference, {**vars(one), "at": at}) for one in values["references"]]
                    )
                found.append(trusted(Provider, values))
        return tuple(found)

    def _provider(self, position: int, role: str, text: str) -> list[_Template]:
        row = alone("FT1", position, text)
        return [vars(one).copy() for one in providers(self.session, 0, row, position, role)]

    def place(self, at: int, text: str) -> Place | None:
        """Where a service was given."""
        template = self._places[text] if text else None
        if template is None:
            return None
        values = template.copy()
        values["at"] = at
        return trusted(Place, values)

    def _place(self, text: str) -> _Template | None:
        found = self.session.place([text], 0)
        if found is None:
            return None
        unit, room, bed, facility, *_ = found
        return {"at": 0, "point_of_care": unit, "room": room, "bed": bed, "facility": facility}


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
