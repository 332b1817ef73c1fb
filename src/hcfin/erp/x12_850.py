"""X12 850: orders to suppliers as purchase orders of version 004010, each in an interchange of its own.

X12 before 7040 has no escape: the separators are characters that no value holds (`wire.x12_writer`). Control
numbers are digits of the document's id, so the same order has the same number each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256

from pydantic import Field

from hcfin.erp import Capabilities, Payload, Rendering, Target
from hcfin.erp._documents import ISSUE, issues_of
from hcfin.erp._orders import KINDS, Order, OrderSettings, render_orders
from hcfin.erp._procurement import UnsaidError
from hcfin.finance.base import Document
from hcfin.finance.procurement import OrderedLine
from hcfin.issues import Issue, PolicyText
from hcfin.wire.x12_writer import Group, Row, control_data, day_text, interchange

_NAME = PolicyText("x12_850")
_ABOUT = issues_of("x12_850")
_VERSION = "004010"
_IDENTITY, _QUALIFIER = r"^[!-~](?:[ -~]{0,13}[!-~])?$", r"^[A-Z0-9]{2}$"
_ENVELOPED = re.compile(_IDENTITY, re.ASCII)
_PURPOSES = {"order": "00", "revision": "05", "cancellation": "01"}
_KINDS = {"standard": "SA", "bill_only": "SA", "consignment": "CN"}
_DEVICES = {14: "UK", 13: "EN", 12: "UP"}
"""Qualifier of a GTIN by its length."""
# The most characters that an element has in 4010, and the field of the document that goes there.
_LENGTHS = {
    ("BEG", 3): (22, "number"),
    ("BEG", 4): (30, "revision"),
    ("BEG", 6): (30, "contract"),
    ("REF", 2): (30, "case_token"),
    ("N1", 4): (80, "party"),
    ("PO1", 2): (15, "quantity"),
    ("PO1", 3): (2, "unit"),
    ("PO1", 4): (17, "unit_price"),
    ("PO1", 7): (48, "item"),
    ("PO1", 9): (48, "item"),
    ("PO1", 11): (48, "item"),
}


class Settings(OrderSettings):
    """The `[erp.x12_850]` table."""

    sender: str = Field(default="SENDER", pattern=_IDENTITY, description="Who sends the interchange (ISA06).")
    sender_qualifier: str = Field(
        default="ZZ", pattern=_QUALIFIER, description="What kind of identifier that is (ISA05)."
    )
    receivers: dict[str, str] = Field(
        default={},
        description="Identifier of a supplier to who receives (ISA08); else the identifier itself.",
    )
    receiver_qualifier: str = Field(
        default="ZZ", pattern=_QUALIFIER, description="What kind of identifier that is (ISA07)."
    )
    party_qualifier: str = Field(
        default="92", description="What kind of identifiers parties have (N103); 92 are the buyer's own."
    )
    case_qualifier: str = Field(default="CR", description="Qualifier (REF01) of the case's token.")
    path: str = Field(default="", description="Where interchanges are sent.")


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """An interchange for each order, and for each supplier of a requisition that is approved."""
    return render_orders(documents, settings, _ABOUT, lambda order: _payload(order, settings), _left_out)


def _left_out(line: OrderedLine) -> Iterator[str]:
    if line.device and _device(line) is None:
        yield "device"


def _payload(order: Order, settings: Settings) -> Payload:
    rows = list(_rows(order, settings))
    _check(rows)
    receiver = settings.receivers.get(order.supplier, order.supplier)
    if not _ENVELOPED.fullmatch(receiver):
        raise UnsaidError("supplier")
    number = str(int(sha256(order.id.encode()).hexdigest(), 16) % 10**9)
    control = control_data(
        {
            "sender": settings.sender,
            "sender_qualifier": settings.sender_qualifier,
            "receiver": receiver,
            "receiver_qualifier": settings.receiver_qualifier,
            "interchange_control": number,
            "group_control": number,
            "usage": settings.usage[0].upper(),
        },
        order.day,
    )
    text = interchange([Group("PO", _VERSION, [("850", rows)])], control).decode()
    # The last character ends each segment and stands in no value: a line for each is easier to look at.
    text = text.replace(text[-1], f"{text[-1]}\n")
    before = 3  # ISA, GS, ST
    trace = {
        f"/{place + before}": (order.document.id, int(str(row[1])))
        for place, row in enumerate(rows, start=1)
        if row[0] == "PO1"
    }
    return Payload("x12_850", "850", order.id, "POST", settings.path, text, "text/plain", trace=trace)


def _rows(order: Order, settings: Settings) -> Iterator[Row]:
    day = day_text(order.day)
    purpose, kind = _PURPOSES[order.change], _KINDS[order.kind]
    yield ("BEG", purpose, kind, order.number, order.revision, day, order.contract)
    yield ("CUR", "BY", order.document.currency)
    if order.kind == "bill_only":
        yield ("REF", "ZZ", "BILL ONLY")
    if order.case:
        yield ("REF", settings.case_qualifier, order.case)
    qualifier = settings.party_qualifier
    for part, identifier in (("BY", order.buyer), ("VN", order.supplier), ("ST", order.ship_to)):
        if identifier:
            yield ("N1", part, "", qualifier, identifier)
    for line in order.lines:
        yield from _line(line, order, settings)
    yield ("CTT", str(len(order.lines)))
    if order.total is not None:
        yield ("AMT", "TT", f"{order.total:f}")


def _line(line: OrderedLine, order: Order, settings: Settings) -> Iterator[Row]:
    price = "" if line.unit_price is None else f"{line.unit_price:f}"
    pairs = [("IN", line.item), ("VN", line.supplier_item), (_device(line) or "", line.device)]
    told = [part for qualifier, value in pairs if qualifier and value for part in (qualifier, value)]
    unit = settings.units.get(line.unit, line.unit)
    yield ("PO1", str(line.n), f"{line.quantity:f}", unit, price, "", *told)
    if line.needed_by and order.tells_days:
        yield ("DTM", "002", day_text(line.needed_by))
    if line.deliver_to:
        place = settings.locations.get(line.deliver_to, line.deliver_to)
        yield ("N1", "ST", "", settings.party_qualifier, place)


def _device(line: OrderedLine) -> str | None:
    """The qualifier of a device identifier; X12 4010 has none for one that is no GTIN."""
    return _DEVICES.get(len(line.device)) if line.device.isascii() and line.device.isdigit() else None


def _check(rows: Sequence[Row]) -> None:
    for row in rows:
        for position, value in enumerate(row):
            most, field = _LENGTHS.get((str(row[0]), position), (0, ""))
            if most and len(value) > most:
                raise UnsaidError(field)


def explain_response(status: int, body: str) -> tuple[Issue, ...]:
    """Issues for the answer of whoever takes the file: none for 0 (it was written) and 2xx. What the supplier
    says is an 855 or a 997, to be read."""
    if status == 0 or 200 <= status < 300:
        return ()
    code = "ERP_UNAVAILABLE" if status in (408, 429) or status >= 500 or status < 100 else "ERP_REJECTED"
    return (ISSUE(code, target=_NAME, status=status),)


_CAN = Capabilities(documents=KINDS, dedupes=False, balances_per="nothing: orders book nothing")
TARGET = Target("x12_850", Settings, _CAN, render, explain_response)
