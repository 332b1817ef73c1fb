"""What requisitions, purchases, shipments and supplier invoices have in common in Tryton."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hcfin.erp import Payload
from hcfin.erp._procurement import Procurement, UnsaidError, header_notes, line_notes
from hcfin.erp.tryton._fields import COMPANY_CURRENCY, description_of
from hcfin.erp.tryton._requests import APIS, PLACE_OF_IDS, Find, Kind, Push, Rows, Step, by_id
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document, Party
from hcfin.finance.procurement import ItemLine

Columns = list[tuple[str, str]]
"""Names of columns and their values in one row."""

PURCHASE = Kind("purchase.purchase", "description", ("number", "state", "lines.quantity", "lines.unit_price"))

# Tryton keeps quantities as binary numbers, which hold every decimal of fifteen digits.
_EXACT_DIGITS = 15


def supplier_of(party: Party | None, settings: Settings) -> str:
    """Code of the supplier. Raises `UnsaidError` without one."""
    if party is None:
        raise UnsaidError("supplier")
    return settings.parties.get(party.token, party.token)


def address_of(party: Party | None, settings: Settings) -> str:
    """What finds the supplier's address: its code, if it has one address."""
    supplier = supplier_of(party, settings)
    return settings.addresses.get(party.token, supplier) if party else supplier


def quantity_text(quantity: Decimal) -> str:
    """A quantity as Tryton reads it. Raises `UnsaidError` if it cannot hold it."""
    text = f"{quantity.normalize():f}"
    if len(text.replace(".", "").replace("-", "").strip("0")) > _EXACT_DIGITS:
        raise UnsaidError("quantity")
    return text


def price_text(price: Decimal, settings: Settings) -> str:
    """A unit price. Raises `UnsaidError` if Tryton keeps fewer decimal places."""
    if price != round(price, settings.price_digits):
        raise UnsaidError("unit_price")
    return f"{round(price, settings.price_digits):f}"


def currency_of(document: Document, settings: Settings) -> str:
    """The currency, which is the company's: records in another book at a rate that hcfin does not know.
    Raises `UnsaidError`."""
    if document.currency != settings.currencies.get(document.entity, COMPANY_CURRENCY):
        raise UnsaidError("currency")
    return document.currency


def company_of(document: Document, settings: Settings) -> str:
    """Code or name of the company's party."""
    return settings.companies.get(document.entity, document.entity)


def storage_of(document: Procurement, settings: Settings) -> str:
    """Code of the storage location."""
    return settings.locations.get(document.location, document.location) or settings.warehouse_storage


def described(document: Procurement, external_id: str) -> str:
    """The id first, so that the record is found by it; then what it has no field for."""
    location = (f"location {document.location}",) if document.location else ()
    return description_of(document, external_id, 1, 1, *location, *header_notes(document))


def unit_of(item: str, unit: str, settings: Settings) -> str:
    """Name of the unit of measure."""
    return settings.units.get(f"{item} {unit}") or settings.units.get(unit, unit)


def item_columns(line: ItemLine, settings: Settings) -> Columns:
    """The product of a line, and how much of it. Raises `UnsaidError`."""
    return [
        ("lines/product", settings.items.get(line.item, line.item)),
        ("lines/quantity", quantity_text(line.quantity)),
        ("lines/unit", unit_of(line.item, line.unit, settings)),
    ]


def notes_of_line(line: ItemLine, *more: str) -> str:
    """What a line has no field for: its account and dimensions, too."""
    booked = ((name, value) for name, value in (("account", line.account), *line.dimensions) if value)
    return "; ".join((*line_notes(line), *(f"{name} {value}" for name, value in booked), *more))


def find_order_line(place: str, order: str, number: str) -> Find:
    """The line of an order that hcfin sent: Tryton keeps its number as its place."""
    return Find(
        place, "purchase.line", (by_id("purchase.description", order), ["sequence", "=", int(number)])
    )


def pushes(model: str, *buttons: tuple[str, str], pending: bool = False) -> list[Push]:
    """Buttons in their order, each with the state that it leads to; the last one's may be one of several."""
    states = [state for _, state in buttons]
    return [
        Push(
            model,
            button,
            tuple(one for state in states[place:] for one in state.split()),
            PLACE_OF_IDS,
            pending and place == len(buttons) - 1,
        )
        for place, (button, _) in enumerate(buttons)
    ]


def table(head: Columns, lines: Sequence[Sequence[Columns]]) -> tuple[list[str], Rows]:
    """Columns and rows. Each line has a row, and more where it has more of something; what a row does not
    say is empty, and goes on with the record above it."""
    rows = [dict(row) for line in lines for row in line] or [{}]
    rows[0] = dict(head) | rows[0]
    fields = list(dict.fromkeys(name for row in rows for name in row))
    return fields, [[row.get(name, "") for name in fields] for row in rows]


def payload_of(
    document: Procurement,
    settings: Settings,
    kind: Kind,
    external_id: str,
    content: tuple[list[str], Rows],
    steps: Sequence[Step],
    trace: Mapping[int, tuple[str, int]] | None = None,
) -> Payload:
    """The payload of a record; `trace` is by row, 0 for the first."""
    fields, rows = content
    company = settings.company_ids.get(document.entity)
    wanted = APIS[settings.api](kind, external_id, fields, rows, company, steps)
    return Payload(
        target="tryton",
        record=kind.model,
        external_id=external_id,
        method="POST",
        path=wanted.path,
        body=wanted.body,
        lookup=wanted.lookup,
        post_step=wanted.post_step,
        trace={f"{wanted.rows}/{place}": line for place, line in (trace or {}).items()},
    )
