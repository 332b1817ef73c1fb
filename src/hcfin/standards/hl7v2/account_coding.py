"""What an account is coded with: DG1, PR1, DRG, ACC, and the codes of claims in UB1 and UB2."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from hcfin.billing.base import InformationalAmount
from hcfin.billing.claim import ClaimCode
from hcfin.billing.registration import Accident, Diagnosis, Grouping, PerformedProcedure
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_amounts import DIAGNOSIS, GROUPING, Told, claim_code
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.moving import again
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.standards.hl7v2.texts import Texts

DG1 = numbers(range(1, 7), 15, 20, 21, 26)
_DG1_GROUPING = numbers(8, 9, 11, 12, 13)
_DG1_COST = numbers(13)
PR1 = numbers(range(1, 7), 14, 16, 19, 20)
DRG = numbers(range(1, 4), range(5, 10), 15, 16, range(21, 25))
ACC = numbers(range(1, 6))
_UB1 = numbers(7, 10, range(16, 20))
_UB2 = numbers(3, 6, 7, 8)
_DIAGNOSIS = blank(Diagnosis)
_PROCEDURE = blank(PerformedProcedure)
_GROUPING = blank(Grouping)
_DIAGNOSIS_TEXTS = Texts(
    (1, "set_id"),
    (6, "type"),
    (15, "priority"),
    (20, "id"),
    (21, "action"),
    (26, "present_on_admission"),
)
_PROCEDURE_TEXTS = Texts((1, "set_id"), (6, "type"), (14, "priority"), (19, "id"), (20, "action"))


def diagnosis(session: Session, at: int, fields: Fields) -> Diagnosis:
    """A DG1. Old versions have the system and the text of the code in fields of their own."""
    session.carry(at, DG1)
    return again(session, at, fields, _diagnosis)


def _diagnosis(session: Session, at: int, fields: Fields) -> Diagnosis:
    values = _coded(session, at, fields, _DIAGNOSIS)
    _DIAGNOSIS_TEXTS.put(session, fields, values)
    values["day"] = nodes.moment(session, at, fields, 5)
    return trusted(Diagnosis, values)


def _coded(session: Session, at: int, fields: Fields, template: dict[str, Any]) -> dict[str, Any]:
    code = session.coded(fields, 3)
    values = template.copy()
    values["at"] = at
    values["code"] = code.code
    values["text"] = code.text or session.text(fields, 4)
    values["system"] = code.system or session.text(fields, 2)
    return values


def procedure(session: Session, at: int, fields: Fields) -> PerformedProcedure:
    """A PR1."""
    session.carry(at, PR1)
    return again(session, at, fields, _procedure)


def _procedure(session: Session, at: int, fields: Fields) -> PerformedProcedure:
    values = _coded(session, at, fields, _PROCEDURE)
    _PROCEDURE_TEXTS.put(session, fields, values)
    values["performed"] = nodes.moment(session, at, fields, 5)
    if len(fields) > 16:
        values["modifiers"] = tuple([code.code for code in session.coded_all(fields, 16) if code.code])
    return trusted(PerformedProcedure, values)


def grouping(session: Session, at: int, fields: Fields, told: Told) -> Grouping:
    """A DRG."""
    session.carry(at, DRG)
    text = session.text
    return trusted(
        Grouping,
        {
            **_GROUPING,
            "at": at,
            "code": text(fields, 1),
            "assigned": nodes.moment(session, at, fields, 2),
            "approved": text(fields, 3),
            "outlier_type": text(fields, 5),
            "outlier_days": session.quantity(at, fields, 6),
            "payer": text(fields, 8),
            "weight": session.quantity(at, fields, 15),
            "amounts": told.amounts(at, fields, GROUPING),
        },
    )


def grouping_of_diagnoses(
    session: Session, rows: Iterable[Row], known: Grouping | None, told: Told
) -> Grouping | None:
    """The group that DG1-8 to DG1-13 tell, up to 2.6, where no DRG does; the outlier costs of all."""
    amounts: list[InformationalAmount] = []
    for at, fields in rows:
        if not any(fields[8:14]) or not any(session.has(fields, position) for position in _DG1_GROUPING):
            continue
        if known is None:
            session.carry(at, _DG1_GROUPING)
            values = {
                **_GROUPING,
                "at": at,
                "code": session.text(fields, 8),
                "approved": session.text(fields, 9),
                "outlier_type": session.text(fields, 11),
                "outlier_days": session.quantity(at, fields, 12),
            }
            known = trusted(Grouping, values)
        session.carry(at, _DG1_COST)
        amounts += told.amounts(at, fields, DIAGNOSIS)
    if known is None or not amounts:
        return known
    return trusted(Grouping, {**known.__dict__, "amounts": (*known.amounts, *amounts)})


def accident(session: Session, at: int, fields: Fields) -> Accident:
    """An ACC."""
    session.carry(at, ACC)
    text = session.text
    return trusted(
        Accident,
        {
            "at": at,
            "occurred": nodes.moment(session, at, fields, 1),
            "code": text(fields, 2),
            "location": text(fields, 3),
            "state": text(fields, 4),
            "job_related": text(fields, 5),
        },
    )


def claim_codes(session: Session, at: int, fields: Fields, told: Told) -> list[ClaimCode]:
    """Value, condition and occurrence codes of a UB1 or UB2."""
    if fields[0] == "UB1":
        session.carry(at, _UB1)
        spans = _span(session, at, fields)
        return [
            *told.value_codes(at, fields, 10),
            *_conditions(session, at, fields, 7),
            *_occurrences(session, at, fields, 16, "BH"),
            *spans,
        ]
    session.carry(at, _UB2)
    return [
        *told.value_codes(at, fields, 6),
        *_conditions(session, at, fields, 3),
        *_occurrences(session, at, fields, 7, "BH"),
        *_occurrences(session, at, fields, 8, "BI"),
    ]


def _conditions(session: Session, at: int, fields: Fields, position: int) -> list[ClaimCode]:
    codes = enumerate(session.coded_all(fields, position), start=1)
    return [claim_code(at, nth, "BG", code.code) for nth, code in codes if code.code]


def _occurrences(session: Session, at: int, fields: Fields, position: int, qualifier: str) -> list[ClaimCode]:
    found = []
    for nth, row in enumerate(session.repetitions(fields, position), start=1):
        single = nodes.alone(fields[0], position, row)
        code = session.sub(row.partition(session.component)[0])
        days: list[date | None] = [session.day(at, single, position, component) for component in (2, 3)]
        if code or any(days):
            found.append(claim_code(at, nth, qualifier, code, first=days[0], last=days[1]))
    return found


def _span(session: Session, at: int, fields: Fields) -> list[ClaimCode]:
    """UB1-17 to UB1-19: the one span of the old form."""
    code = session.text(fields, 17)
    first, last = session.day(at, fields, 18), session.day(at, fields, 19)
    return [claim_code(at, 1, "BI", code, first=first, last=last)] if code or first or last else []
