"""Who the patient is and where: PID and PV1, and who answers for the bill: GT1."""

from __future__ import annotations

from typing import Any

from hcfin.billing.party import Provider
from hcfin.billing.registration import Encounter, FinancialClass, Guarantor, Identifier
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2 import values as v
from hcfin.standards.hl7v2.account_amounts import ENCOUNTER, GUARANTOR, Told
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.session import Session, numbers

_PATIENT = numbers(3, 5, 7, 8, 11, 18)
_VISIT = numbers(range(1, 6), range(7, 11), 14, range(17, 21), 26, 32, 33, 36, 41, range(44, 51), 54)
_ANSWERS = numbers(1, 2, 3, 5, range(8, 12), range(13, 16), 21, 27, 54)
_ENCOUNTER = blank(Encounter)
_GUARANTOR = blank(Guarantor)
_PROVIDERS = ((7, "71"), (8, "DN"), (9, "consulting"), (17, "admitting"))
_WITHDRAWN = (2, 7)


def withdrawn(session: Session) -> bool:
    """Whether the message is of 2.7 or later, which have no PID-2, PID-4, MRG-2 and MRG-4 any more."""
    major, _, minor = session.version.partition(".")
    if not minor:
        return False
    return (int(major), int(minor.partition(".")[0])) >= _WITHDRAWN


def patient(session: Session, at: int, fields: Fields) -> dict[str, Any]:
    """What a PID says, as fields of a fact: the identifiers of the patient, and the person.

    PID-2 and PID-4 are identifiers too: beside PID-3 up to 2.6, and in any version where PID-3 is empty.
    """
    found = session.identifiers(fields, 3)
    chosen = session.identifier(fields, 3)
    carried = _PATIENT
    if not found or not withdrawn(session):
        for position in (2, 4):
            if position < len(fields) and fields[position]:
                others = session.identifiers(fields, position)
                chosen = chosen or session.identifier(fields, position)
                found += [one for one in others if one not in found]
                carried |= {position}
    session.carry(at, carried)
    birth_date = session.day(at, fields, 7) if len(fields) > 7 and fields[7] else None
    return {
        "patient_id": chosen.value if chosen else "",
        "identifiers": tuple([nodes.identifier(at, one) for one in found]),
        "patient": nodes.person(
            "QC",
            at,
            session.name(fields, 5),
            session.address(fields, 11),
            birth_date,
            session.text(fields, 8),
        ),
    }


def encounter(session: Session, at: int, fields: Fields, told: Told) -> Encounter:
    """The visit or stay of a PV1."""
    session.carry(at, _VISIT)
    text = session.text
    found: list[Provider] = []
    for position, role in _PROVIDERS:
        if position < len(fields) and fields[position]:
            found += nodes.providers(session, at, fields, position, role)
    values = {
        **_ENCOUNTER,
        "at": at,
        "set_id": text(fields, 1),
        "patient_class": text(fields, 2),
        "place": nodes.place(session, at, fields, 3),
        "admission_type": text(fields, 4),
        "preadmission": nodes.preferred(session, at, fields, 5),
        "hospital_service": text(fields, 10),
        "admission_source": text(fields, 14),
        "patient_type": text(fields, 18),
        "providers": tuple(found),
    }
    if len(fields) > 20:
        values["financial_classes"] = _financial_classes(session, at, fields)
        values["disposition"] = text(fields, 36)
        values["account_status"] = text(fields, 41)
        values["admitted"] = nodes.moment(session, at, fields, 44)
        values["discharged"] = nodes.moment(session, at, fields, 45)
        values["alternate_visit"] = nodes.preferred(session, at, fields, 50)
        values["episode"] = nodes.preferred(session, at, fields, 54)
        values["amounts"] = told.amounts(at, fields, ENCOUNTER)
    return trusted(Encounter, values)


def _financial_classes(session: Session, at: int, fields: Fields) -> tuple[FinancialClass, ...]:
    found = []
    for row in session.repetitions(fields, 20):
        code = session.part(row, 1)
        effective = nodes.moment(session, at, nodes.alone("PV1", 20, row), 20, 2)
        if code or effective:
            found.append(trusted(FinancialClass, {"at": at, "code": code, "effective": effective}))
    return tuple(found)


def visit_number(session: Session, fields: Fields) -> v.Identifier | None:
    """The number of a visit: PV1-19, a plain number in 2.1."""
    return session.identifier(fields, 19) if len(fields) > 19 and fields[19] else None


def guarantor(session: Session, at: int, fields: Fields, told: Told) -> Guarantor:
    """Who answers for the bill: a person, or the organisation of GT1-21."""
    session.carry(at, _ANSWERS)
    text = session.text
    person = nodes.person(
        "QD",
        at,
        session.name(fields, 3),
        session.address(fields, 5),
        session.day(at, fields, 8) if len(fields) > 8 and fields[8] else None,
        text(fields, 9),
        "1" if session.has(fields, 3) or not session.has(fields, 21) else "2",
    )
    ids: tuple[Identifier, ...] = nodes.identifiers(session, at, fields, 2)
    organization = session.organization(fields, 21) if len(fields) > 21 and fields[21] else None
    values = {
        **_GUARANTOR,
        "at": at,
        "set_id": text(fields, 1),
        "identifiers": ids,
        "person": person,
        "organization": organization.name if organization else "",
        "type": text(fields, 10),
        "relationship": text(fields, 11),
        "begin": session.day(at, fields, 13),
        "end": session.day(at, fields, 14),
        "priority": text(fields, 15),
        "financial_class": text(fields, 54),
        "amounts": told.amounts(at, fields, GUARANTOR),
    }
    return trusted(Guarantor, values)
