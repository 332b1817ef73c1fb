"""Orders as suppliers are told them: the same for every neutral format.

A supplier learns what is ordered, by whom, for which place and, where the settings allow it, for which case
by its token. Accounts and dimensions stay at home, and so do numbers of requests, which lead to charts. The
date of an order that is for a case may be that of the procedure, so it is told by its month only, unless the
settings say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import Field

from hcfin.erp import Payload, Rendering
from hcfin.erp._documents import About, part_ids
from hcfin.erp._order import Rendered, rendered_in_order
from hcfin.erp._procurement import UnsaidError, unmapped
from hcfin.errors import HcfinError
from hcfin.finance.base import Document
from hcfin.finance.procurement import OrderedLine, PurchaseOrder, Requisition
from hcfin.issues import Issue, PolicyText
from hcfin.model import Model

KINDS = ("requisition", "purchase_order")


class OrderSettings(Model):
    """What all neutral formats of orders let the user say."""

    buyers: dict[str, str] = Field(
        default={}, description="Legal entity to the identifier that suppliers know it by; else its own name."
    )
    suppliers: dict[str, str] = Field(
        default={}, description="Supplier of the master data to its identifier; else its own name."
    )
    locations: dict[str, str] = Field(
        default={}, description="Location to the identifier of the ship-to; else its own name."
    )
    units: dict[str, str] = Field(default={}, description="Unit to its code; else its own name.")
    requisitions: bool = Field(
        default=True,
        description="Order what requisitions ask for, where nobody has to approve it first.",
    )
    cases: bool = Field(default=True, description="Tell the token of the case that an order is for.")
    case_dates: bool = Field(
        default=False,
        description="Tell the days of an order that is for a case: they may be the procedure's. Otherwise "
        "the first day of the month stands for its date.",
    )
    usage: Literal["test", "production"] = Field(
        default="test", description="Whether suppliers are to deliver what is sent."
    )


def _nothing(line: OrderedLine) -> Iterable[str]:
    return ()


class Order(NamedTuple):
    """What one supplier is told."""

    id: str
    document: Requisition | PurchaseOrder
    number: str
    change: Literal["order", "revision", "cancellation"]
    kind: str
    revision: str
    contract: str
    supplier: str
    buyer: str
    ship_to: str
    day: date
    tells_days: bool
    case: str
    lines: tuple[OrderedLine, ...]
    total: Decimal | None


def render_orders(
    documents: Sequence[Document],
    settings: OrderSettings,
    about: About,
    payload: Callable[[Order], Payload],
    left_out: Callable[[OrderedLine], Iterable[str]] = _nothing,
) -> Rendering:
    """Payloads of requisitions and orders, each after those that it depends on; others are told.

    `left_out` names the fields of a line that have no place.
    """

    def rendered(document: Document) -> Rendered:
        made, said = _rendered(document, settings, about, payload)
        if made and isinstance(document, Requisition | PurchaseOrder):
            fields = {field for line in document.lines for field in left_out(line)}
            said += [
                about("TARGET_FIELD_LEFT_OUT", document, field=PolicyText(one)) for one in sorted(fields)
            ]
        return made, said

    return rendered_in_order(documents, rendered, memos=False)


def _rendered(
    document: Document, settings: OrderSettings, about: About, payload: Callable[[Order], Payload]
) -> Rendered:
    if not isinstance(document, Requisition | PurchaseOrder) or (
        isinstance(document, Requisition) and not settings.requisitions
    ):
        return [], [about("TARGET_DOCUMENT_UNKNOWN", document, kind=PolicyText(document.kind))]
    try:
        orders = _orders(document, settings)
        made = [payload(order) for order in orders]
    except UnsaidError as error:
        return [], [error.issue(document, about)]
    except HcfinError:
        # What no format holds: control characters, blanks that are not read back, texts that are too long.
        return [], [about("TARGET_VALUE_UNSUPPORTED", document, field=PolicyText("text"))]
    return made, [*unmapped(document, about, ()), *_withheld(orders, about)]


def _withheld(orders: Sequence[Order], about: About) -> Iterator[Issue]:
    if orders and not orders[0].tells_days:
        yield about("TARGET_DATE_WITHHELD", orders[0].document)


def _orders(document: Requisition | PurchaseOrder, settings: OrderSettings) -> list[Order]:
    """One, or one for each supplier of a requisition. Raises `UnsaidError`."""
    if isinstance(document, Requisition) and document.approval:
        raise UnsaidError("approval")
    found: dict[str, list[OrderedLine]] = {}
    whole = document.supplier.token if document.supplier else ""
    if isinstance(document, PurchaseOrder):
        found[whole] = []
    for line in document.lines:
        own = line.supplier.token if line.supplier else whole
        found.setdefault(own, []).append(line)
    if "" in found:
        raise UnsaidError("supplier")
    if isinstance(document, PurchaseOrder) and len(found) > 1:
        raise UnsaidError("supplier")
    ids = part_ids(document.id, len(found))
    return [
        _order(one, document, settings, supplier, tuple(lines))
        for one, (supplier, lines) in zip(ids, found.items(), strict=True)
    ]


def _order(
    one: str,
    document: Requisition | PurchaseOrder,
    settings: OrderSettings,
    supplier: str,
    lines: tuple[OrderedLine, ...],
) -> Order:
    tells_days = settings.case_dates or not document.case_token
    day = document.gl_date
    is_order = isinstance(document, PurchaseOrder)
    amounts = [line.amount for line in lines]
    total = None if None in amounts else sum((one for one in amounts if one is not None), Decimal(0))
    return Order(
        id=one,
        document=document,
        number=document.number or one if is_order else one,
        change=document.change if isinstance(document, PurchaseOrder) else "order",
        kind=document.order_kind if isinstance(document, PurchaseOrder) else "standard",
        revision=document.revision if isinstance(document, PurchaseOrder) else "",
        contract=document.contract if isinstance(document, PurchaseOrder) else "",
        supplier=settings.suppliers.get(supplier, supplier),
        buyer=settings.buyers.get(document.entity, document.entity),
        ship_to=settings.locations.get(document.location, document.location),
        day=day if tells_days else day.replace(day=1),
        tells_days=tells_days,
        case=document.case_token if settings.cases else "",
        lines=lines,
        total=total if lines else None,
    )
