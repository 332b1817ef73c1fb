"""Parts of a charge: moments, codes, procedures, providers, places, notes, as nodes of the facts."""

from __future__ import annotations

from datetime import time
from functools import lru_cache

from hcfin.billing.party import Provider
from hcfin.billing.registration import Coding, PerformedProcedure, Place
from hcfin.billing.remittance import Procedure
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.session import Fields, Session, numbers
from hcfin.standards.hl7v2.values import Moment
from hcfin.standards.hl7v2.values import Provider as Named

_PROVIDER = blank(Provider)
_PERFORMED = blank(PerformedProcedure)
_NPI = frozenset({"NPI", "2.16.840.1.113883.4.6"})
# Names of code systems in HL7 table 0396 and in feeds, as claims say them.
_SYSTEMS = {
    **dict.fromkeys(("C4", "C5", "CPT", "CPT4", "CPT-4", "CPTM", "HCPCS", "HCPC", "HCPT", "HC"), "HC"),
    "NDC": "N4",
}
_NTE = numbers(3)
_PR1 = numbers(1, 3, 5, 6, 14, 16, 19, 20)
_EI = numbers(3)
_DG1 = numbers(3)
_PRIMARY = "1"


# Moments


@lru_cache(maxsize=10_000)
def iso(moment: Moment) -> str:
    """A moment in ISO 8601, as precise as it was sent, with an offset only where one was sent.

    >>> from hcfin.standards.hl7v2.values import moment_of
    >>> [iso(moment_of(text)[0]) for text in ("2026", "202611", "20261121", "202611212007-0600")]
    ['2026', '2026-11', '2026-11-21', '2026-11-21T20:07-06:00']
    """
    if moment.day is None:
        digits = moment.text[:6]
        return f"{digits[:4]}-{digits[4:]}" if moment.precision == "month" else digits[:4]
    text = moment.day.isoformat()
    if moment.clock is None:
        return text
    zone = f"{moment.zone[:3]}:{moment.zone[3:]}" if moment.zone else ""
    return f"{text}T{_clock(moment.clock, moment.precision)}{zone}"


def _clock(clock: time, precision: str) -> str:
    if precision == "hour":
        return clock.isoformat("hours")
    if precision == "minute":
        return clock.isoformat("minutes")
    return clock.isoformat("seconds" if precision == "second" else "auto")


def moment(session: Session, at: int, fields: Fields, position: int, component: int = 1) -> str:
    """A moment of a field as text; empty where there is none, or it cannot be read."""
    found = session.moment(at, fields, position, component)
    return iso(found) if found else ""


def period(session: Session, at: int, fields: Fields, position: int) -> tuple[str, str]:
    """First and last moment of a range (DR), or the one of a TS. The second part of a TS is a letter."""
    first = moment(session, at, fields, position)
    if not first or session.component not in fields[position]:
        return first, ""
    dated = session.text(fields, position, 2)[:1].isdigit()
    return first, moment(session, at, fields, position, 2) if dated else ""


# Codes


def coding(session: Session, at: int, fields: Fields, position: int) -> Coding:
    """A code with its text and system."""
    code, text, system, *_ = session.coded(fields, position)
    return trusted(Coding, {"at": at, "code": code, "text": text, "system": system})


def codes(session: Session, fields: Fields, position: int) -> tuple[str, ...]:
    """The codes of a field that repeats."""
    if position >= len(fields) or not fields[position]:
        return ()
    return tuple([one.code for one in session.coded_all(fields, position) if one.code])


def procedures(
    session: Session, group: ChargeGroup
) -> tuple[Procedure | None, tuple[PerformedProcedure, ...]]:
    """The procedure of a row and further ones of its PR1s.

    FT1-25 is the PR1 of priority 1, and FT1-26 has the modifiers of both, so neither counts twice. Where
    FT1-25 is empty that PR1 (else the first) is the procedure, and modifiers alone belong to the charge code,
    if that is a procedure code.
    """
    at, fields = group.at, group.fields
    code, text, system, *_ = session.coded(fields, 25)
    modifiers = codes(session, fields, 26)
    rows = [(n, row) for n, row in group.rows if row[0] == "PR1"] if group.rows else []
    if rows:
        own = _own(session, rows, code)
        if own is not None:
            n, row = rows.pop(own)
            session.carry(n, _PR1)
            modifiers = modifiers or codes(session, row, 16)
            if not code:
                at = n
                code, text, system, *_ = session.coded(row, 3)
                system = system or session.text(row, 2)
    if not code and modifiers:
        charged = session.coded(fields, 7)
        if charged.system.upper() in _SYSTEMS:
            code, text, system, *_ = charged
    further = tuple([_performed(session, n, row) for n, row in rows]) if rows else ()
    if not code and not modifiers:
        return None, further
    qualifier = _SYSTEMS.get(system.upper(), system)
    values = {"at": at, "qualifier": qualifier, "code": code, "modifiers": modifiers, "description": text}
    return trusted(Procedure, values), further


def _own(session: Session, rows: list[tuple[int, Fields]], code: str) -> int | None:
    """Which of the PR1s says the same as FT1-25, or says it instead."""
    told = [session.text(row, 3) for _, row in rows]
    if code:
        return told.index(code) if code in told else None
    named = [n for n, one in enumerate(told) if one]
    primary = (n for n in named if session.text(rows[n][1], 14) == _PRIMARY)
    return next(primary, named[0] if named else None)


def _performed(session: Session, at: int, row: Fields) -> PerformedProcedure:
    session.carry(at, _PR1)
    code, text, system, *_ = session.coded(row, 3)
    values = _PERFORMED | {
        "at": at,
        "set_id": session.text(row, 1),
        "code": code,
        "text": text,
        "system": system or session.text(row, 2),
        "performed": moment(session, at, row, 5),
        "type": session.text(row, 6),
        "priority": session.text(row, 14),
        "modifiers": codes(session, row, 16),
        "id": session.text(row, 19),
        "action": session.text(row, 20),
    }
    return trusted(PerformedProcedure, values)


def diagnoses_of(session: Session, group: ChargeGroup) -> tuple[str, ...]:
    """The diagnoses of a row's own DG1s (P11)."""
    found = []
    for at, row in group.named("DG1"):
        code = session.text(row, 3)
        if code:
            session.carry(at, _DG1)
            found.append(code)
    return tuple(dict.fromkeys(found))


# Who and where


def providers(session: Session, at: int, fields: Fields) -> tuple[Provider, ...]:
    """Who performed (FT1-20) and who ordered (FT1-21), each by the identifier that the profile prefers."""
    found = []
    for position, role in ((20, "82"), (21, "DK")):
        if position < len(fields) and fields[position]:
            named = session.provider(fields, position)
            if named is not None:
                found.append(provider(at, role, named))
    return tuple(found)


def provider(at: int, role: str, named: Named) -> Provider:
    """A person who provides something, in a part of the claim's words."""
    values = _PROVIDER.copy()
    values["at"] = at
    values["role"] = role
    values["entity"] = "1"
    values["name"] = named.family
    values["first_name"] = named.given
    values["middle_name"] = named.middle
    values["suffix"] = named.suffix
    if named.identifier:
        national = named.kind in _NPI or named.authority in _NPI
        values["id_qualifier"] = "XX" if national else named.kind or named.authority
        values["id"] = named.identifier
    return trusted(Provider, values)


def place(session: Session, at: int, fields: Fields, position: int) -> Place | None:
    """Where a service was given."""
    found = session.place(fields, position) if position < len(fields) and fields[position] else None
    if found is None:
        return None
    values = {
        "at": at,
        "point_of_care": found.unit,
        "room": found.room,
        "bed": found.bed,
        "facility": found.facility,
    }
    return trusted(Place, values)


# What stands behind the row


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
