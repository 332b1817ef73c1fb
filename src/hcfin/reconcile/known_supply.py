"""Orders, receipts and invoices in memory: an implementation of `hcfin.finance.known_supply`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.finance.base import Document, Pairs
from hcfin.finance.known_supply import HeldInvoice, KnownOrder, KnownOrderLine, KnownSupply, Noted
from hcfin.finance.procurement import GoodsReceipt, ItemLine, PurchaseOrder
from hcfin.finance.supplied import supplied
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.posting import Posting


class Waiting(NamedTuple):
    """What of an order line is received and not invoiced, at the price of the order, and where it belongs."""

    order: KnownOrder
    line: KnownOrderLine
    amount: Decimal
    account: str
    dimensions: Pairs


class SupplyLedger(SupplyMemory):
    """Learns from postings what has become of orders, and answers what posting asks of them.

    Strategy: everything that posting needs is in the documents that it made, but for what is held, decided
    and counted, which it notes beside them. So postings that were kept, of whatever run, are learned in their
    order; a document that was learned before changes nothing. Not to be shared between threads.
    """

    def __init__(self, before: KnownSupply | None = None) -> None:
        super().__init__(before)
        self.latest: date | None = None
        """The last date on which something that was learned is booked."""
        self._places: dict[tuple[str, str], tuple[str, Pairs]] = {}

    def learn_postings(self, postings: Iterable[Posting]) -> None:
        """Learn postings in the order in which they were made."""
        for posting in postings:
            self.learn(posting.documents, posting.noted)

    def learn(self, documents: Iterable[Document], noted: Iterable[Noted] = ()) -> None:
        """Learn documents, each once, and what posting noted beside them."""
        given = tuple(documents)
        super().learn(given, noted)
        for document in given:
            if supplied(document.source) is not None:
                self.latest = max(self.latest or document.gl_date, document.gl_date)
            if isinstance(document, PurchaseOrder):
                for line in document.lines:
                    self._places.setdefault((document.id, str(line.n)), _place(line))
            elif isinstance(document, GoodsReceipt):
                for received in document.lines:
                    own = received.order_id or document.order_id
                    self._places[own, received.order_line] = _place(received)

    def received_not_invoiced(self) -> tuple[Waiting, ...]:
        """What is received of orders and not invoiced; nothing of what is owed since its use. More invoiced
        than received is no liability, and not among them."""
        found: list[Waiting] = []
        for order in sorted(self._orders.values(), key=lambda one: one.id):
            for line in () if order.used else order.lines:
                amount = line.accrued - line.settled
                if amount > 0:
                    found.append(
                        Waiting(order, line, amount, *self._places.get((order.id, str(line.n)), _UNTOLD))
                    )
        return tuple(found)

    def price_holds(self) -> tuple[HeldInvoice, ...]:
        """The invoices that are held because they ask more than was agreed."""
        held = (one for _, invoices in sorted(self._held.items()) for _, one in sorted(invoices.items()))
        return tuple(one for one in held if one is not None and one.excess > 0)


_UNTOLD: tuple[str, Pairs] = ("", ())


def _place(line: ItemLine) -> tuple[str, Pairs]:
    return line.account, line.dimensions
