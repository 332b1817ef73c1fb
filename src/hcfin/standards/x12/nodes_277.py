"""Nodes of a 277: names, statuses, services, periods."""

from __future__ import annotations

from typing import Any

from hcfin.billing.base import DatedPeriod
from hcfin.billing.claim_status import StatusCode, StatusReport
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.remittance import Procedure
from hcfin.model import Model, trusted
from hcfin.standards.x12.session import Elements, Session, text

_COMPOSITES = (1, 10, 11)
_PERSON = {1: "role", 2: "entity", 4: "first_name", 5: "middle_name", 7: "suffix"}
_ID = {8: "id_qualifier", 9: "id"}
NAMES: dict[type[Model], dict[int, str]] = {
    Organization: {3: "name", **_ID},
    Provider: {**_PERSON, 3: "name", **_ID},
    Person: {**_PERSON, 3: "last_name", 6: "prefix", **_ID},
}
"""The fields of a party that an NM1 fills, by position."""


def status_report(session: Session, at: int, elements: Elements) -> StatusReport:
    """An STC."""
    codes = []
    for nth, position in enumerate(_COMPOSITES, start=1):
        if text(elements, position):
            category, status, entity, code_list, *rest = [
                *session.components(at, elements, position),
                "",
                "",
                "",
            ]
            if any(rest[:-3]):
                session.issue("COMPONENTS_LEFT_OUT", at, elements, position, read=4)
            named = {"category": category, "status": status, "entity": entity, "code_list": code_list}
            codes.append(trusted(StatusCode, {"at": at, "nth": nth, **named}))
    values = {
        "at": at,
        "codes": tuple(codes),
        "effective": session.day(at, elements, 2),
        "action": text(elements, 3),
        "charged": session.amount(at, elements, 4),
        "paid": session.amount(at, elements, 5),
        "adjudicated": session.day(at, elements, 6),
        "method": text(elements, 7),
        "paid_on": session.day(at, elements, 8),
        "trace": text(elements, 9),
        "message": text(elements, 12),
    }
    return trusted(StatusReport, values)


def procedure(session: Session, at: int, elements: Elements) -> Procedure:
    """The service of an SVC."""
    parts = session.components(at, elements, 1)
    if len(parts) > 7:
        session.issue("COMPONENTS_LEFT_OUT", at, elements, 1, read=7)
    values: dict[str, Any] = {
        "at": at,
        "qualifier": parts[0],
        "code": parts[1] if len(parts) > 1 else "",
        "modifiers": tuple([part for part in parts[2:6] if part]),
        "description": parts[6] if len(parts) > 6 else "",
    }
    return trusted(Procedure, values)


def period(session: Session, at: int, elements: Elements) -> DatedPeriod | None:
    """A DTP; None, with an issue, where it holds no date."""
    found = session.period(at, elements, 3)
    if found is None:
        return None
    first, last = found
    return trusted(DatedPeriod, {"at": at, "qualifier": text(elements, 1), "first": first, "last": last})
