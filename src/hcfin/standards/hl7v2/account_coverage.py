"""The insurances of a patient: IN1 with its IN2 and IN3, in the order in which they pay."""

from __future__ import annotations

from collections.abc import Iterable

from hcfin.billing.base import InformationalAmount
from hcfin.billing.party import Organization, Person
from hcfin.billing.registration import Coding, Coverage
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_amounts import COVERAGE, Told
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.known import Known
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.standards.hl7v2.texts import Texts

IN1 = numbers(range(1, 6), 8, 9, range(12, 23), range(36, 39), 40, 41, 43, 47, 49, 54, 55)
_IN2 = numbers(6, 8, 25, 26, 28, 29, 61, 72)
_IN3 = numbers(2)
_COVERAGE = blank(Coverage)
_TEXTS = Texts(
    (1, "set_id"),
    (8, "group_number"),
    (14, "authorization"),
    (15, "plan_type"),
    (17, "relationship"),
    (20, "assignment"),
    (21, "coordination"),
    (22, "priority"),
    (36, "policy_number"),
    (47, "coverage_type"),
    (55, "action"),
)
_IN2_TEXTS = Texts(
    (6, "medicare_number"),
    (8, "medicaid_number"),
    (25, "payer_number"),
    (26, "subscriber_number"),
    (61, "member_number"),
    (72, "patient_relationship"),
)
_NO_PLAN = Coding()
_TURNS = {"P": 1, "S": 2, "T": 3}


def insurances(rows: Iterable[Row]) -> tuple[list[Row], list[Group]]:
    """Segments without the insurances among them, and those: each IN1 with its IN2, IN3 and local segments,
    wherever they stand. An IN2 before any IN1 stays where it is."""
    others: list[Row] = []
    groups: list[Group] = []
    inside = False
    for row in rows:
        name = row[1][0]
        if name == "IN1":
            groups.append(Group(row[0], row[1]))
            inside = True
        elif groups and (name in ("IN2", "IN3") or (inside and name[:1] == "Z")):
            groups[-1].rows.append(row)
            inside = True
        else:
            others.append(row)
            inside = False
    return others, groups


def coverage(session: Session, group: Group, told: Told) -> Coverage:
    """One insurance."""
    at, fields = group.at, group.fields
    session.carry(at, IN1)
    values = _COVERAGE.copy()
    values["at"] = at
    _TEXTS.put(session, fields, values)
    values["plan"] = nodes.coding_of(session, fields, 2) or _NO_PLAN
    values["payer_ids"] = nodes.identifiers(session, fields, 3)
    values["payer"] = _payer(session, fields)
    group_name = session.organization(fields, 9)
    values["group_name"] = group_name.name or group_name.identifier if group_name else ""
    values["effective"] = session.day(at, fields, 12)
    values["expires"] = session.day(at, fields, 13)
    values["insured"] = _insured(session, at, fields)
    values["insured_ids"] = nodes.identifiers(session, fields, 49)
    values["external_ids"] = nodes.identifiers(session, fields, 54)
    amounts: list[InformationalAmount] = [*told.amounts(at, fields, COVERAGE)]
    certifications: list[str] = []
    further = False
    for there, row in group.rows:
        if row[0] == "IN2":
            if further:
                session.issue("SEGMENT_SURPLUS", there)
                continue
            further = True
            session.carry(there, _IN2)
            _IN2_TEXTS.put(session, row, values)
            amounts += told.limits(there, row, 28, "room_coverage")
            amounts += told.limits(there, row, 29, "policy_amount")
        elif row[0] == "IN3":
            session.carry(there, _IN3)
            number = session.text(row, 2)
            certifications += [number] if number else []
    values["certifications"] = tuple(certifications)
    values["amounts"] = tuple(amounts)
    return trusted(Coverage, values)


def _payer(session: Session, fields: Fields) -> Organization:
    """The insurance company; where its name has no identifier, it has that of IN1-3."""
    told = tuple(fields[3:6])
    memory: Known[tuple[str, ...], Organization] = session.remembered("payers", Known)
    known = memory.get(told)
    if known is None:
        known = nodes.organization(session.organization(fields, 4), session.address(fields, 5))
        one = session.identifier(fields, 3)
        if one and not known.id:
            known = trusted(Organization, {**vars(known), "id": one.value, "id_qualifier": one.kind})
        memory.keep(told, known)
    return known


def _insured(session: Session, at: int, fields: Fields) -> Person | None:
    return nodes.person(
        "IL",
        session.name(fields, 16),
        session.address(fields, 19),
        session.day(at, fields, 18),
        session.text(fields, 43),
    )


def in_turn(coverages: list[Coverage]) -> tuple[Coverage, ...]:
    """Insurances in the order in which they pay: by IN1-22 (1, 2, 3 or P, S, T), else by set id, else as they
    stand."""
    if len(coverages) < 2:
        return tuple(coverages)
    turns = [
        _TURNS.get(one.priority.upper()) or _number(one.priority) or _number(one.set_id) or n
        for n, one in enumerate(coverages, start=1)
    ]
    if turns == sorted(turns):
        return tuple(coverages)
    order = sorted(range(len(turns)), key=turns.__getitem__)
    return tuple([coverages[n] for n in order])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
