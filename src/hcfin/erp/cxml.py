"""cXML: orders to suppliers as `OrderRequest` documents, for procurement networks.

The secret of the sender is not the library's to know: whoever sends adds a SharedSecret to the credential of
the Sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import Field

from hcfin.erp import Capabilities, Payload, Rendering, Target
from hcfin.erp._documents import ISSUE, issues_of
from hcfin.erp._orders import KINDS, Order, OrderSettings, render_orders
from hcfin.erp._procurement import UnsaidError
from hcfin.finance.base import Document
from hcfin.finance.procurement import OrderedLine
from hcfin.issues import Issue, PolicyText
from hcfin.wire.xml_writer import Element, write

_NAME = PolicyText("cxml")
_ABOUT = issues_of("cxml")
_VERSION = "1.2.040"
_DOCTYPE = f"http://xml.cxml.org/schemas/cXML/{_VERSION}/cXML.dtd"
_TYPES = {"order": "new", "revision": "update", "cancellation": "delete"}
_STATUS = re.compile(r'<Status\s[^<>]{0,400}?\bcode\s*=\s*["\']([0-9]{3})["\']', re.ASCII)
_MOST_READ = 100_000


class Settings(OrderSettings):
    """The `[erp.cxml]` table."""

    domain: str = Field(default="NetworkId", description="Domain of the credentials of buyers and suppliers.")
    sender: str = Field(
        default="", description="Identity of who sends; that of the buyer, where it is empty."
    )
    payload_host: str = Field(
        default="hcfin.invalid", description="What stands after the @ in ids of documents."
    )
    names: dict[str, str] = Field(
        default={}, description="Identifier of a buyer or ship-to to its name; else the identifier itself."
    )
    descriptions: dict[str, str] = Field(
        default={}, description="Item to its description; else the item itself."
    )
    classifications: dict[str, str] = Field(
        default={}, description="Item to its UNSPSC code; else it is left empty."
    )
    case_extrinsic: str = Field(default="case", description="Name of the Extrinsic of the case's token.")
    kind_extrinsic: str = Field(
        default="orderKind",
        description="Name of the Extrinsic of the kind of order, where that is not standard.",
    )
    path: str = Field(default="/cxml", description="Path of the URL to which documents are posted.")


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """An OrderRequest for each order, and for each supplier of a requisition that is approved."""
    return render_orders(documents, settings, _ABOUT, lambda order: _payload(order, settings))


def _payload(order: Order, settings: Settings) -> Payload:
    items = [_item(line, order, settings) for line in order.lines]
    root = _document(order, settings, items)
    written = write(root, _DOCTYPE)
    numbers = {id(item): line.n for item, line in zip(items, order.lines, strict=True)}
    trace = {
        f"/{line}": (order.document.id, numbers[id(element)])
        for element, line in written.lines
        if id(element) in numbers
    }
    return Payload(
        "cxml", "OrderRequest", order.id, "POST", settings.path, written.text, "text/xml", trace=trace
    )


def _document(order: Order, settings: Settings, items: Sequence[Element]) -> Element:
    stamp = f"{order.day.isoformat()}T00:00:00+00:00"
    header = Element(
        "Header",
        {},
        [
            Element("From", {}, [_credential(order.buyer, settings)]),
            Element("To", {}, [_credential(order.supplier, settings)]),
            Element(
                "Sender",
                {},
                [_credential(settings.sender or order.buyer, settings), Element("UserAgent", {}, "hcfin")],
            ),
        ],
    )
    request = Element("OrderRequest", {}, [_header(order, settings), *items])
    return Element(
        "cXML",
        {
            "payloadID": f"{order.id}@{settings.payload_host}",
            "timestamp": stamp,
            "version": _VERSION,
            "xml:lang": "en",
        },
        [header, Element("Request", {"deploymentMode": settings.usage}, [request])],
    )


def _credential(identity: str, settings: Settings) -> Element:
    return Element("Credential", {"domain": settings.domain}, [Element("Identity", {}, identity)])


def _header(order: Order, settings: Settings) -> Element:
    return Element(
        "OrderRequestHeader",
        {
            "orderID": order.number,
            "orderDate": order.day.isoformat(),
            "type": _TYPES[order.change],
            "orderVersion": order.revision,
            "agreementID": order.contract,
        },
        list(_header_parts(order, settings)),
    )


def _header_parts(order: Order, settings: Settings) -> Iterator[Element]:
    currency = order.document.currency
    if order.lines and order.total is None:
        raise UnsaidError("unit_price")
    yield Element("Total", {}, [_money(f"{order.total or 0:f}", currency)])
    if order.ship_to:
        yield Element("ShipTo", {}, [_address(order.ship_to, settings)])
    yield Element("BillTo", {}, [_address(order.buyer, settings)])
    if order.kind != "standard":
        yield Element("Extrinsic", {"name": settings.kind_extrinsic}, order.kind)
    if order.case:
        yield Element("Extrinsic", {"name": settings.case_extrinsic}, order.case)


def _address(identifier: str, settings: Settings) -> Element:
    name = settings.names.get(identifier, identifier)
    return Element("Address", {"addressID": identifier}, [Element("Name", {"xml:lang": "en"}, name)])


def _money(amount: str, currency: str) -> Element:
    return Element("Money", {"currency": currency}, amount)


def _item(line: OrderedLine, order: Order, settings: Settings) -> Element:
    if line.unit_price is None:
        raise UnsaidError("unit_price")
    device = [Element("IdReference", {"domain": "UDI-DI", "identifier": line.device})] if line.device else []
    needed = line.needed_by if order.tells_days else None
    place = settings.locations.get(line.deliver_to, line.deliver_to)
    return Element(
        "ItemOut",
        {
            "quantity": f"{line.quantity:f}",
            "lineNumber": str(line.n),
            "requestedDeliveryDate": needed.isoformat() if needed else "",
        },
        [
            Element(
                "ItemID",
                {},
                [
                    Element("SupplierPartID", {}, line.supplier_item),
                    Element("BuyerPartID", {}, line.item),
                    *device,
                ],
            ),
            Element(
                "ItemDetail",
                {},
                [
                    Element("UnitPrice", {}, [_money(f"{line.unit_price:f}", order.document.currency)]),
                    Element(
                        "Description", {"xml:lang": "en"}, settings.descriptions.get(line.item, line.item)
                    ),
                    Element("UnitOfMeasure", {}, settings.units.get(line.unit, line.unit)),
                    Element(
                        "Classification", {"domain": "UNSPSC"}, settings.classifications.get(line.item, "")
                    ),
                ],
            ),
            *([Element("ShipTo", {}, [_address(place, settings)])] if place else []),
        ],
    )


def explain_response(status: int, body: str) -> tuple[Issue, ...]:
    """Issues for the answer to one document: none where its Status, else the HTTP status, is 2xx."""
    found = _STATUS.search(body[:_MOST_READ])
    code = int(found[1]) if found and 200 <= status < 300 else status
    if 200 <= code < 300:
        return ()
    if code < 100 or code in (408, 429) or code >= 500:
        return (ISSUE("ERP_UNAVAILABLE", target=_NAME, status=code),)
    return (ISSUE("ERP_REJECTED", target=_NAME, status=code),)


_CAN = Capabilities(documents=KINDS, dedupes=False, balances_per="nothing: orders book nothing")
TARGET = Target("cxml", Settings, _CAN, render, explain_response)
