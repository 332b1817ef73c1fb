"""cXML to facts: a document is one request, and a request one fact.

Strategy: the document is parsed whole by the parser for XML from strangers; readers ask for what they know,
and coverage tells what nobody asked for. A value that cannot be read marks the fact and costs nothing beside
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from hcfin.billing.reading import FactStream, Reading, Unit
from hcfin.coverage import Coverage
from hcfin.issues import Catalogue, Issue, PolicyText, located
from hcfin.limits import Limits
from hcfin.standards.cxml import invoices, orders, shipments
from hcfin.standards.cxml.made import Made
from hcfin.standards.cxml.profile import Profile
from hcfin.standards.cxml.trail import Trail
from hcfin.standards.cxml.tree import Node, Session, settle_currency
from hcfin.wire import xml_reader
from hcfin.wire.stream import read_fully

_ISSUE = Catalogue.of("hcfin.standards.cxml")
_READERS: dict[str, Callable[[Session, Node, Node], Made]] = {
    "OrderRequest": orders.read_order,
    "ConfirmationRequest": orders.read_confirmation,
    "ShipNoticeRequest": shipments.read_shipment,
    "InvoiceDetailRequest": invoices.read_invoice,
}
_TAGS = 20  # where a line is one or two segments in X12, it is some twenty tags here
_PARTS = ("Request", "Message", "Response")


def read(stream: BinaryIO, profile: Profile, limits: Limits) -> FactStream:
    """The fact of a document. Never raises on data."""
    return _reading(stream, profile, limits).stream()


def _reading(stream: BinaryIO, profile: Profile, limits: Limits) -> Reading:
    room = min(limits.max_bytes, limits.max_message_bytes)
    data = read_fully(stream.read, room + 1)
    trail = Trail()
    if len(data) > room:
        return _refused(trail, "CXML_TOO_LARGE", limit=room)
    most = limits.max_claim_segments * _TAGS
    if data.count(b"<") > most:
        return _refused(trail, "CXML_TOO_LONG", limit=most)
    try:
        root: Any = xml_reader.parse(data.lstrip(), external_doctype=True)
    except xml_reader.XmlError as error:
        return _refused(trail, f"CXML_{error.code}", line=error.line, limit=xml_reader.MAX_DEPTH)
    if root.tag != "cXML":
        return _refused(trail, "CXML_NOT_CXML")
    session = Session(root, profile, limits, trail)
    document = Node(session, root)
    made, units = [], []
    envelope = {name: value for name in ("payloadID", "timestamp") if (value := document.get(name))}
    for part in document.children(*_PARTS):
        if mode := part.get("deploymentMode"):
            envelope["deploymentMode"] = mode
        for body in part.children():
            reader = _READERS.get(body.name)
            if reader is None:
                session.issue("CXML_NOT_READ", body.at, name=PolicyText(body.name))
                continue
            settle_currency(session, body)
            one = reader(session, document, body)
            made.append(one)
            found = _found(session, one)
            told = {**one.summary, "balanced": not found and not one.fact.unreadable}
            units.append(Unit(body.name, one.control, body.at, told, envelope))
    if not units and not session.issues:
        session.issue("CXML_NOT_READ", document.at, name=PolicyText("cXML without a request"))
    facts = tuple(one.fact for one in made)
    return Reading("cxml", facts, tuple(session.issues), session.coverage(), tuple(units), trail)


def _found(session: Session, made: Made) -> list[Issue]:
    """What was found of a fact, at the places of the document."""
    found = list(made.found)
    for issue in found:
        origin = issue.origin
        place = session.trail.origin(origin.at, origin.element) if origin else None
        session.issues.append(located(issue, place, "") if place else issue)
    return found


def _refused(trail: Trail, code: str, **values: int) -> Reading:
    issue = _ISSUE(code, trail.origin(1), excerpt="", **values)
    return Reading("cxml", (), (issue,), Coverage(), (), trail)
