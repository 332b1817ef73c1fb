"""Who the patient is and where: PID and PV1, and who answers for the bill: GT1."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hcfin.billing.party import Provider
from hcfin.billing.registration import Encounter, FinancialClass, Guarantor
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2 import values as v
from hcfin.standards.hl7v2.account_amounts import ENCOUNTER, GUARANTOR, Told
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.standards.hl7v2.texts import Texts

PATIENT = numbers(3, 5, 7, 8, 11, 18)
VISIT = numbers(range(1, 6), range(7, 11), 14, range(17, 21), 26, 32, 33, 36, 41, range(44, 51), 54)
ANSWERS = numbers(1, 2, 3, 5, range(8, 12), range(13, 16), 21, 27, 54)
_ENCOUNTER = blank(Encounter)
_GUARANTOR = blank(Guarantor)
_VISIT_TEXTS = Texts(
    (1, "set_id"),
    (2, "patient_class"),
    (4, "admission_type"),
    (10, "hospital_service"),
    (14, "admission_source"),
    (18, "patient_type"),
    (36, "disposition"),
    (41, "account_status"),
)
_GUARANTOR_TEXTS = Texts(
    (1, "set_id"),
    (10, "type"),
    (11, "relationship"),
    (15, "priority"),
    (54, "financial_class"),
)
_PROVIDERS = ((7, "71"), (8, "DN"), (9, "consulting"), (17, "admitting"))


def withdrawn(session: Session) -> bool:
    """Whether the message is of 2.7 or later, which have no PID-2, PID-4, MRG-2 and MRG-4 any more."""
    return _since_2_7(session.version)


@lru_cache(maxsize=64)
def _since_2_7(version: str) -> bool:
    major, _, minor = version.partition(".")
    return bool(minor) and (int(major), int(minor.partition(".")[0])) >= (2, 7)


def known_as(session: Session, fields: Fields) -> tuple[list[v.Identifier], v.Identifier | None, set[int]]:
    """The identifiers of the patient of a PID, the one that the profile prefers, and the fields that they
    stand in.

    PID-2 and PID-4 are identifiers too: beside PID-3 up to 2.6, and in any version where PID-3 is empty.
    """
    found = session.identifiers(fields, 3)
    chosen = session.identifier(fields, 3)
    positions = {3}
    if not found or not withdrawn(session):
        for position in (2, 4):
            if position < len(fields) and fields[position]:
                chosen = chosen or session.identifier(fields, position)
                found = further(found, session.identifiers(fields, position))
                positions.add(position)
    return found, chosen, positions


def further(found: list[v.Identifier], others: list[v.Identifier]) -> list[v.Identifier]:
    """Identifiers, and those of others that are not among them."""
    known = set(found)
    return [*found, *(one for one in dict.fromkeys(others) if one not in known)]


def patient(session: Session, at: int, fields: Fields) -> dict[str, Any]:
    """What a PID says, as fields of a fact: the identifiers of the patient, and the person."""
    found, chosen, positions = known_as(session, fields)
    if session.covering:
        session.carry(at, PATIENT | positions)
    birth_date = session.day(at, fields, 7)
    return {
        "patient_id": chosen.value if chosen else "",
        "identifiers": tuple([nodes.identifier(one) for one in found]),
        "patient": nodes.person(
            "QC",
            session.name(fields, 5),
            session.address(fields, 11),
            birth_date,
            session.text(fields, 8),
        ),
    }


def encounter(session: Session, at: int, fields: Fields, told: Told) -> Encounter:
    """The visit or stay of a PV1."""
    session.carry(at, VISIT)
    values = _ENCOUNTER.copy()
    values["at"] = at
    _VISIT_TEXTS.put(session, fields, values)
    values["place"] = nodes.place(session, fields, 3)
    values["preadmission"] = nodes.preferred(session, fields, 5)
    found: tuple[Provider, ...] = ()
    for position, role in _PROVIDERS:
        if position < len(fields) and fields[position]:
            found += nodes.providers(session, fields, position, role)
    values["providers"] = found
    if len(fields) > 20:
        values["financial_classes"] = _financial_classes(session, at, fields)
        values["admitted"] = nodes.moment(session, at, fields, 44)
        values["discharged"] = nodes.moment(session, at, fields, 45)
        values["alternate_visit"] = nodes.preferred(session, fields, 50)
        values["episode"] = nodes.preferred(session, fields, 54)
        values["amounts"] = told.amounts(at, fields, ENCOUNTER)
    return trusted(Encounter, values)


def _financial_classes(session: Session, at: int, fields: Fields) -> tuple[FinancialClass, ...]:
    found = []
    for row in session.repetitions(fields, 20):
        code = session.part(row, 1)
        effective = ""
        if session.component in row:
            effective = nodes.moment(session, at, nodes.alone("PV1", 20, row), 20, 2)
        if code or effective:
            found.append(trusted(FinancialClass, {"at": 0, "code": code, "effective": effective}))
    return tuple(found)


def visit_number(session: Session, fields: Fields) -> v.Identifier | None:
    """The number of a visit: PV1-19, a plain number in 2.1."""
    return session.identifier(fields, 19) if len(fields) > 19 and fields[19] else None


def guarantor(session: Session, at: int, fields: Fields, told: Told) -> Guarantor:
    """Who answers for the bill: a person, or the organisation of GT1-21."""
    session.carry(at, ANSWERS)
    person = nodes.person(
        "QD",
        session.name(fields, 3),
        session.address(fields, 5),
        session.day(at, fields, 8),
        session.text(fields, 9),
        "1" if session.has(fields, 3) or not session.has(fields, 21) else "2",
    )
    organization = session.organization(fields, 21)
    values = _GUARANTOR.copy()
    values["at"] = at
    _GUARANTOR_TEXTS.put(session, fields, values)
    values["identifiers"] = nodes.identifiers(session, fields, 2)
    values["person"] = person
    values["organization"] = organization.name if organization else ""
    values["begin"] = session.day(at, fields, 13)
    values["end"] = session.day(at, fields, 14)
    values["amounts"] = told.amounts(at, fields, GUARANTOR)
    return trusted(Guarantor, values)
