"""What is booked of an invoice: each amount against the payable, and the document that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hcfin.billing.base import Node
from hcfin.billing.purchase import SupplierInvoice as InvoiceFact
from hcfin.finance.known_supply import HeldInvoice, KnownOrder, KnownOrderLine
from hcfin.finance.master import Item
from hcfin.finance.procurement import SupplierInvoice
from hcfin.money import format_amount
from hcfin.posting.draft import Destination, Draft
from hcfin.posting.order_lines import OWED_WHEN_USED, arrival_step
from hcfin.posting.supplied import Booking, Counted, Ground, SupplyWork, party
from hcfin.posting.supply_units import exact, money, price_text
from hcfin.posting.three_way import Approved, Credited

_CHARGES = {"freight": "freight", "tax": "purchase_tax", "other": "purchase_other"}
_Part = tuple[str, Decimal, Destination]
"""What an amount is, how much, and where it goes."""


class InvoiceBooking:
    """One invoice, or a part of one, while it is booked. Credits book the other way round."""

    def __init__(
        self, work: SupplyWork, invoice: HeldInvoice, ground: Ground, nodes: tuple[tuple[Node, str], ...]
    ) -> None:
        self.work = work
        self.invoice = invoice
        self.ground = ground
        self.nodes = nodes
        self.own = isinstance(work.fact, InvoiceFact)
        self.sign = 1 if invoice.change == "invoice" else -1
        self.excess = Decimal(0)
        self.drafts: list[Draft] = []
        self.lines: list[dict[str, Any]] = []
        self.amount = Decimal(0)
        self.capital = Decimal(0)
        self.orders: list[str] = []
        self.moved: dict[tuple[str, int], Decimal] = {}
        self.payable = work.to("payable", self._fields(None), invoice.supplier, {"invoice": invoice.number})

    def place(self, nth: int) -> tuple[Node, str]:
        """The field that a line comes from; the fact that made it be booked, where that is another."""
        return self.nodes[nth] if self.own else (self.work.fact, "kind")

    def named(self, name: str) -> str:
        """A field of a line, where the fact has it."""
        return name if self.own else "kind"

    def keep(self, nth: int, code: str) -> None:
        """A line is held."""
        if self.own:
            node, name = self.place(nth)
            self.work.kept[id(node), name] = code
            for charge in _CHARGES:
                if getattr(self.invoice, charge):
                    self.work.kept.setdefault((id(self.work.fact), charge), code)

    # What is booked

    def approve(
        self,
        counted: Counted,
        one: Approved | Credited,
        ordered: tuple[KnownOrder, KnownOrderLine] | None,
    ) -> None:
        """What of a line is owed, or is taken back."""
        item = counted.item
        fields = self._fields(item, ordered[1].deliver_to if ordered else "")
        parts = [*self._settled(one, item, ordered, fields), *self._variance(one, item, ordered, fields)]
        self._book(self.place(one.line), parts)
        if item.capital:
            self.capital += one.settles + one.variance
        about: dict[str, Any] = {"item": item.item}
        if ordered:
            about |= {"order_id": ordered[0].id, "order_line": str(ordered[1].n)}
            self.orders.append(ordered[0].id)
        each = counted.each
        quantity, unit = exact(one.quantity / each), counted.unit
        if quantity is None:
            quantity, unit, each = exact(one.quantity), item.stock_unit, Fraction(1)
        price = one.owed.price if one.owed else Fraction(one.settles) / one.quantity
        priced = {"quantity": quantity, "unit": unit, "unit_price": price_text(price * each)}
        for what, amount, there in parts:
            if what == "item" or amount:
                self._line(what, amount, there, {**about, **(priced if what == "item" else {})})
                priced = {} if what == "item" else priced

    def reduce(self, nth: int, item: Item | None, amount: Decimal) -> None:
        """A rebate, or a price that is reduced."""
        there = self.work.to("rebate", self._fields(item), self.invoice.supplier)
        self._book(self.place(nth), [("rebate", amount, there)])
        self._line("rebate", amount, there, {"item": item.item} if item else {})

    def charge(self) -> None:
        """Freight, tax and other charges; what comes with assets is part of their cost."""
        fields, total, capital = self._fields(None), self.amount, self.capital
        for name, step in _CHARGES.items():
            amount = getattr(self.invoice, name)
            share = Decimal(0)
            if capital and total:
                share = money(Fraction(amount) * Fraction(capital) / Fraction(total), self.ground.currency)
            assets = self.work.to("received_capital", fields, self.invoice.supplier)
            own = self.work.to(step, fields, self.invoice.supplier)
            parts = [(name, part, there) for part, there in ((amount - share, own), (share, assets)) if part]
            self._book((self.work.fact, self.named(name)), parts)
            for what, part, there in parts:
                self._line(what, part, there, {})

    def _settled(
        self,
        one: Approved | Credited,
        item: Item,
        ordered: tuple[KnownOrder, KnownOrderLine] | None,
        fields: Any,
    ) -> Iterator[_Part]:
        """What waits since the receipt or the use is settled; where invoices book alone, what arrives."""
        supplier = self.invoice.supplier
        arrived = self.work.policy.grni == "receipts"
        waiting = self.work.to("received_not_invoiced", fields, supplier, {"item": item.item})
        step = arrival_step(item)
        left = one.settles
        if item.method in OWED_WHEN_USED:
            if ordered:
                key = ordered[0].id, ordered[1].n
                there = self.moved.setdefault(key, ordered[1].moved)
                part = min(left, there)
                if part > 0:
                    self.moved[key] = there - part
                    left -= part
                    yield "item", part, waiting
                    if not left:
                        return
            yield "item", left, self.work.to(step, fields, supplier, {"item": item.item})
        elif arrived:
            yield "item", left, waiting
        else:
            yield "item", left, self.work.to(step, fields, supplier, {"item": item.item})

    def _variance(
        self,
        one: Approved | Credited,
        item: Item,
        ordered: tuple[KnownOrder, KnownOrderLine] | None,
        fields: Any,
    ) -> Iterator[_Part]:
        """What is asked beyond the price of the order: a cost of what it was asked for, as far as it is
        there, and an expense else."""
        supplier, tags, left = self.invoice.supplier, {"item": item.item}, one.variance
        if item.capital or item.method == "expensed":
            yield "price_variance", left, self.work.to(arrival_step(item), fields, supplier, tags)
            return
        if item.method == "perpetual" and self.work.policy.costing != "standard":
            counted = self.work.memory.stock(self.ground.entity, item.item) or {}
            there = max(Fraction(sum(counted.values(), Decimal(0))), Fraction(0))
            part = money(Fraction(left) * min(there, one.quantity) / one.quantity, self.ground.currency)
            yield "price_variance", part, self.work.to("supply_stock", fields, supplier, tags)
            left -= part
        yield "price_variance", left, self.work.to("price_variance", fields, supplier, tags)

    def _book(self, place: tuple[Node, str], parts: Iterable[_Part]) -> None:
        """Book the parts of one amount against the payable."""
        owed = Decimal(0)
        for _, amount, there in parts:
            owed += amount
            if amount:
                self.drafts.append((there, self.sign * amount, *place))
        if owed:
            self.drafts.append((self.payable, -self.sign * owed, *place))
        self.amount += owed

    def _line(self, what: str, amount: Decimal, there: Destination, about: dict[str, Any]) -> None:
        account, dimensions = self.work.placed(there, self.ground)
        self.lines.append(
            {
                "n": len(self.lines) + 1,
                "what": what,
                "amount": format_amount(amount, self.ground.currency),
                "account": account,
                "dimensions": dimensions,
                **about,
            }
        )

    def _fields(self, item: Item | None, location: str = "") -> Any:
        return self.work.fields(item, self.invoice.supplier, self.invoice.facility, location)

    # What is made

    def document(self) -> int:
        """Make the document; how many were made: none where nothing is owed."""
        if not self.lines:
            return 0
        invoice, ground, work = self.invoice, self.ground, self.work
        lines = work.lines(Booking(self.drafts), ground)
        account, _ = work.placed(self.payable, ground)
        orders = tuple(dict.fromkeys(self.orders))
        if len(orders) == 1:
            for line in self.lines:
                line.pop("order_id", None)
        part = invoice.part + 1
        key = ("supplier_invoice", invoice.entity, invoice.supplier, invoice.number, invoice.change)
        work.booked(
            SupplierInvoice,
            key if part == 1 else (*key, str(part)),
            ground,
            "supplier_invoice",
            invoice.digest,
            lines,
            supplier=party(invoice.supplier),
            number=invoice.number,
            case_token=invoice.case_token,
            change="invoice" if invoice.change == "invoice" else "credit",
            order=invoice.order,
            order_id=orders[0] if len(orders) == 1 else "",
            invoice_date=invoice.invoiced_on.isoformat() if invoice.invoiced_on else None,
            due_date=invoice.due.isoformat() if invoice.due else None,
            payable_account=account,
            amount=format_amount(self.amount, ground.currency),
            invoiced=format_amount(invoice.total, ground.currency),
            lines=tuple(self.lines),
            depends_on=orders,
        )
        return 1
