"""RQD and RQ1, in messages of any type, to requests for supplies.

Each RQD is one request; ORC says of all that follow it who asks, when and under which number. What an order
control other than new, changed or cancelled says is no request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from hcfin.billing.supply import SupplyRequest
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.session import Fields, Session, numbers
from hcfin.standards.hl7v2.supply_item import case_of, device_of, item, needed
from hcfin.wire.hl7v2 import Message

_REQUEST = blank(SupplyRequest)
_ORC = numbers(1, 2, 3, 9, 12)
_RQD = numbers(1, range(2, 8), 9, 10)
_RQ1 = numbers(1, 2, 3, 4, 5)
_NOTHING: Row = (0, [])
# HL7 table 0119.
_CONTROLS: dict[str, Literal["new", "changed", "cancelled"]] = {
    **dict.fromkeys(("", "NW", "RO", "PA", "CH"), "new"),
    **dict.fromkeys(("XO", "XX", "RP", "RU"), "changed"),
    **dict.fromkeys(("CA", "OC", "DC", "OD"), "cancelled"),
}


class _Line(NamedTuple):
    """An RQD with its RQ1 and the ORC that it stands under."""

    rqd: Row
    rq1: Row
    orc: Row


def read_requests(message: Message, session: Session) -> None:
    """Read every requisition line of a message."""
    found = 0
    for line in _lines(message):
        request = _request(message, session, line)
        if request is not None:
            session.fact(request)
            found += 1
    session.summary.update(requests=found)


def _lines(message: Message) -> Iterator[_Line]:
    orc, line = _NOTHING, None
    for at, fields in message.rows():
        name = fields[0]
        if name == "RQ1" and line is not None and line.rq1 is _NOTHING:
            line = line._replace(rq1=(at, fields))
        elif name in ("ORC", "RQD"):
            if line is not None:
                yield line
            line = _Line((at, fields), _NOTHING, orc) if name == "RQD" else None
            orc = (at, fields) if name == "ORC" else orc
    if line is not None:
        yield line


def _request(message: Message, session: Session, line: _Line) -> SupplyRequest | None:
    (at, rqd), (at_rq1, rq1), (at_orc, orc) = line
    control = session.text(orc, 1).upper()
    change = _CONTROLS.get(control)
    if change is None:
        session.issue("REQUEST_CONTROL", at_orc, 1, control=control)
        return None
    values: dict[str, Any] = {**_REQUEST, "at": at, "change": change}
    own, other, hospital = (session.coded(rqd, position) for position in (2, 3, 4))
    maker, vendor = session.coded(rq1, 2), session.coded(rq1, 4)
    named = item(
        at,
        code=own.code or hospital.code,
        supplier_code=session.text(rq1, 5) or ("" if device_of(other.code) else other.code),
        manufacturer=maker.text or maker.code,
        manufacturer_code=session.text(rq1, 3),
        device=device_of(other.code) or device_of(own.code),
        description=own.text or hospital.text or other.text,
    )
    if not any((named.code, named.supplier_code, named.manufacturer_code, named.device, named.description)):
        session.issue("REQUEST_EMPTY", at)
        return None
    unreadable: list[str] = []
    quantity = needed(session, at, rqd, 5, "quantity", unreadable)
    money = session.price(at_rq1, rq1, 1)
    if money is None and session.has(rq1, 1):
        unreadable.append("unit_price")
    unit = session.coded(rqd, 6)
    values.update(
        currency=money.currency if money else session.currency,
        unreadable=tuple(unreadable),
        number=_number(session, orc),
        line=session.text(rqd, 1),
        facility=session.facility,
        location=session.text(rqd, 9),
        department=nodes.coding_of(session, rqd, 7),
        requester=_requester(session, orc),
        case=case_of(session, [line.rqd, line.orc, *message.rows()]),
        item=named,
        quantity=quantity if quantity is not None else values["quantity"],
        unit=unit.code or unit.text,
        unit_price=money.amount if money else None,
        supplier=vendor.code or vendor.text,
        needed_by=nodes.moment(session, at, rqd, 10),
        requested=nodes.moment(session, at_orc, orc, 9),
    )
    for place, carried in ((at, _RQD), (at_rq1, _RQ1), (at_orc, _ORC)):
        if place:
            session.carry(place, carried)
    return trusted(SupplyRequest, values)


def _number(session: Session, orc: Fields) -> str:
    """The placer's number of the order, else the filler's."""
    for position in (2, 3):
        found = session.identifier(orc, position) if position < len(orc) else None
        if found:
            return found.value
    return ""


def _requester(session: Session, orc: Fields) -> str:
    """Who asks: an identifier, else a name."""
    asking = session.providers(orc, 12)
    return (asking[0].identifier or f"{asking[0].family} {asking[0].given}".strip()) if asking else ""
