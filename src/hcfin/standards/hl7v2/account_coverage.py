"""The insurances of a patient: IN1 with its IN2 and IN3, in the order in which they pay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hcfin.billing.base import InformationalAmount
from hcfin.billing.registration import Coding, Coverage
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_amounts import COVERAGE, Told
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.session import Session, numbers

_IN1 = numbers(range(1, 6), 8, 9, range(12, 23), range(36, 39), 40, 41, 43, 47, 49, 54, 55)
_IN2 = numbers(6, 8, 25, 26, 28, 29, 61, 72)
_IN3 = numbers(2)
_COVERAGE = blank(Coverage)
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
    session.carry(at, _IN1)
    values = {**_COVERAGE, **_plan(session, at, fields), **_insured(session, at, fields)}
    amounts: list[InformationalAmount] = [*told.amounts(at, fields, COVERAGE)]
    certifications: list[str] = []
    further = False
    for there, row in group.rows:
        if row[0] == "IN2":
            if further:
                session.issue("SEGMENT_SURPLUS", there)
                continue
            further = True
            values.update(_more(session, there, row))
            amounts += told.limits(there, row, 28, "room_coverage")
            amounts += told.limits(there, row, 29, "policy_amount")
        elif row[0] == "IN3":
            session.carry(there, _IN3)
            number = session.text(row, 2)
            certifications += [number] if number else []
    values["certifications"] = tuple(certifications)
    values["amounts"] = tuple(amounts)
    return trusted(Coverage, values)


def _plan(session: Session, at: int, fields: Fields) -> dict[str, Any]:
    text = session.text
    group_name = session.organization(fields, 9) if len(fields) > 9 and fields[9] else None
    address = session.address(fields, 5) if len(fields) > 5 and fields[5] else None
    return {
        "at": at,
        "set_id": text(fields, 1),
        "plan": nodes.coding_of(session, at, fields, 2) or _NO_PLAN,
        "payer_ids": nodes.identifiers(session, at, fields, 3),
        "payer": _payer(session, at, fields, address),
        "group_number": text(fields, 8),
        "group_name": group_name.name or group_name.identifier if group_name else "",
        "effective": session.day(at, fields, 12),
        "expires": session.day(at, fields, 13),
        "authorization": text(fields, 14),
        "plan_type": text(fields, 15),
        "assignment": text(fields, 20),
        "coordination": text(fields, 21),
        "priority": text(fields, 22),
        "policy_number": text(fields, 36),
        "coverage_type": text(fields, 47),
        "external_ids": nodes.identifiers(session, at, fields, 54),
        "action": text(fields, 55),
    }


def _payer(session: Session, at: int, fields: Fields, address: Any) -> Any:
    """The insurance company; where its name has no identifier, it has that of IN1-3."""
    found = session.organization(fields, 4) if len(fields) > 4 and fields[4] else None
    one = session.identifier(fields, 3) if len(fields) > 3 and fields[3] else None
    payer = nodes.organization(at, found, address)
    if one and not payer.id:
        return trusted(type(payer), {**payer.__dict__, "id": one.value, "id_qualifier": one.kind})
    return payer


def _insured(session: Session, at: int, fields: Fields) -> dict[str, Any]:
    person = nodes.person(
        "IL",
        at,
        session.name(fields, 16),
        session.address(fields, 19),
        session.day(at, fields, 18),
        session.text(fields, 43),
    )
    return {
        "insured": person,
        "relationship": session.text(fields, 17),
        "insured_ids": nodes.identifiers(session, at, fields, 49),
    }


def _more(session: Session, at: int, fields: Fields) -> dict[str, str]:
    session.carry(at, _IN2)
    text = session.text
    return {
        "medicare_number": text(fields, 6),
        "medicaid_number": text(fields, 8),
        "payer_number": text(fields, 25),
        "subscriber_number": text(fields, 26),
        "member_number": text(fields, 61),
        "patient_relationship": text(fields, 72),
    }


def in_turn(coverages: list[Coverage]) -> tuple[Coverage, ...]:
    """Insurances in the order in which they pay: by IN1-22 (1, 2, 3 or P, S, T), else by set id, else as they
    stand."""
    if len(coverages) < 2:
        return tuple(coverages)
    placed = []
    for n, one in enumerate(coverages, start=1):
        stated = _TURNS.get(one.priority.upper()) or _number(one.priority) or _number(one.set_id) or n
        placed.append((stated, n, one))
    placed.sort(key=lambda entry: entry[:2])
    return tuple(one for _, _, one in placed)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
