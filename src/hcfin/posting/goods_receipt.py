"""Goods that arrived or were sent back, to what is received and not invoiced, at the price of their order.

Strategy: the quantity that arrives is valued at the order's price, but for the one that completes what was
invoiced: that takes what is left, so that nothing stays where everything received is invoiced. What is owed
when it is used books nothing on arrival, or moves its accrual.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hcfin.billing.purchase import GoodsReceipt, ReceiptLine
from hcfin.billing.registration import day_of
from hcfin.finance.known_supply import KnownOrder, KnownOrderLine, StockMove
from hcfin.finance.procurement import GoodsReceipt as ReceiptDocument
from hcfin.issues import PolicyText
from hcfin.money import format_amount
from hcfin.posting.order_lines import OWED_WHEN_USED, Ordered, arrival_step, meant, price_of
from hcfin.posting.supplied import Booking, Counted, Ground, SupplyWork, party
from hcfin.posting.supply_match import rematch
from hcfin.posting.supply_units import exact, money, total


class GoodsReceiptPosting(SupplyWork):
    """Posts a receipt, or a return to the supplier. What is announced is only told."""

    fact: GoodsReceipt

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.booking = Booking()
        self.lines_made: list[dict[str, Any]] = []
        self.seen: dict[tuple[str, int], KnownOrderLine] = {}
        self.orders: dict[str, KnownOrder] = {}

    def work(self) -> None:
        """Book what arrived."""
        fact = self.fact
        if fact.state == "shipped":
            self.told_as = "shipped"
            return
        number = self.numbered(fact.number)
        entity = self.entity([fact.facility, *fact.ship_to.identifiers()])
        supplier = self._whose(entity)
        found = [self._found(entity, supplier, line) for line in fact.lines]
        supplier = supplier or next((pairs[0][0].supplier for _, pairs in found if pairs), "")
        currencies = {order.currency for _, pairs in found for order, _ in pairs[:1]}
        own = self.books.entities[entity].currency
        if len(currencies) > 1:
            raise self.hold("SUPPLY_CURRENCY_MISMATCH", fact, "kind", currency=max(currencies), own=own)
        ids = [fact.facility, *fact.ship_to.identifiers()]
        ground = self.ground(ids, [day_of(fact.moved)], next(iter(currencies), None))
        key = ("goods_receipt", entity, supplier, fact.order.strip(), number, fact.state)
        digest = self.once(self.id("goods_receipt", *key))
        for line, (counted, pairs) in zip(fact.lines, found, strict=True):
            self._line(line, counted, pairs, ground, supplier)
        self._made(key, ground, digest, supplier, number)
        self.touched = supplier, ground

    def after(self) -> None:
        """An invoice may have come before its goods."""
        rematch(self)

    def _whose(self, entity: str) -> str:
        """The supplier; that of the order where the receipt names none."""
        fact = self.fact
        if fact.supplier.identifiers() or fact.supplier.name:
            return self.supplier(fact.supplier, fact).name
        number = fact.order or next((line.order for line in fact.lines if line.order), "")
        names = {order.supplier for order in self.memory.orders(entity, number)} if number else set()
        return next(iter(names)) if len(names) == 1 else ""

    def _found(self, entity: str, supplier: str, line: ReceiptLine) -> tuple[Counted, list[Ordered]]:
        """What is meant by a line: the item, and the order lines that it may be of."""
        fact = self.fact
        item = self.item(line.item, line, fact.facility, supplier)
        counted = self.counted(item, line.quantity, line.unit, line)
        number = (line.order or fact.order).strip()
        orders = self.memory.orders(entity, number) if number else ()
        pairs = meant(orders, supplier, item.item, line.order_line)
        if item.method in OWED_WHEN_USED:
            uses = [pair for pair in pairs if pair[0].used]
            if self.policy.consigned_receipts == "accrue" and not uses:
                uses = meant(self.memory.used(entity, supplier, item.item), supplier, item.item, "")
            return counted, uses or pairs
        if not pairs or not supplier:
            raise self.hold("RECEIPT_ORDER_UNKNOWN", line, "order", item=PolicyText(item.item))
        return counted, pairs

    def _line(
        self, line: ReceiptLine, counted: Counted, pairs: list[Ordered], ground: Ground, supplier: str
    ) -> None:
        item, fact = counted.item, self.fact
        moved = counted.stock if fact.state == "received" else -counted.stock
        if item.method == "perpetual":
            self.noted.append(StockMove(ground.entity, fact.location, item.item, moved))
        if item.method not in OWED_WHEN_USED:
            self._arrived(line, counted, pairs, ground, supplier)
        elif self.policy.consigned_receipts == "accrue" and any(order.used for order, _ in pairs):
            self._accrued(line, counted, pairs, ground, supplier)
        else:
            pair = next((one for one in pairs if not one[0].used), None)
            self._add(counted, pair, counted.stocked, Decimal(0), ground, supplier)

    def _arrived(
        self, line: ReceiptLine, counted: Counted, pairs: list[Ordered], ground: Ground, supplier: str
    ) -> None:
        """Goods of an order: what they cost waits for the invoice."""
        order, known = self._chosen(counted, pairs)
        one = self.seen.get((order.id, known.n), known)
        received, invoiced = (
            self._stocked(line, counted, one.received),
            self._stocked(line, counted, one.invoiced),
        )
        ordered = self._stocked(line, counted, ((one.unit, one.quantity),))
        back = self.fact.state == "returned"
        if back and received < counted.stocked:
            raise self.hold("RETURN_EXCEEDS_RECEIPT", line, "quantity", item=PolicyText(counted.item.item))
        after = received - counted.stocked if back else received + counted.stocked
        price = price_of(one, self.run.master.units, counted.item)
        if price is None:
            raise self.hold("SUPPLY_PRICE_UNKNOWN", line, "item", item=PolicyText(counted.item.item))
        if not back and after > ordered:
            self.tell("RECEIPT_EXCEEDS_ORDER", line, "quantity", item=PolicyText(counted.item.item))
        value = money(price * counted.stocked, ground.currency)
        if after == invoiced:
            value = one.accrued - one.settled if back else one.settled - one.accrued
        sign = -1 if back else 1
        self.seen[order.id, known.n] = replace(
            one,
            received=(*one.received, (counted.unit, sign * counted.quantity)),
            accrued=one.accrued + sign * value,
        )
        fields = self._fields(counted, known.deliver_to or self.fact.location, supplier)
        tags = {"item": counted.item.item}
        if self.policy.grni == "receipts":
            there = self.to(arrival_step(counted.item), fields, supplier, tags)
            waiting = self.to("received_not_invoiced", fields, supplier, tags)
            self.booking.move(line, "quantity", sign * value, there, waiting)
        self._add(counted, (order, known), counted.stocked, value, ground, supplier)

    def _chosen(self, counted: Counted, pairs: list[Ordered]) -> Ordered:
        """Of several order lines of the item, the first that still waits for some of it, or has some to give
        back."""
        back = self.fact.state == "returned"
        units, item = self.run.master.units, counted.item
        for order, known in pairs:
            one = self.seen.get((order.id, known.n), known)
            received = total(units, item, one.received) or Fraction(0)
            ordered = total(units, item, ((one.unit, one.quantity),)) or Fraction(0)
            if (received if back else ordered - received) >= counted.stocked:
                return order, known
        return pairs[0]

    def _accrued(
        self, line: ReceiptLine, counted: Counted, pairs: list[Ordered], ground: Ground, supplier: str
    ) -> None:
        """Goods that were owed since their use: what was accrued waits for the invoice from now on."""
        left, back = counted.stocked, self.fact.state == "returned"
        fields, tags = self._fields(counted, self.fact.location, supplier), {"item": counted.item.item}
        accrual = self.to("consignment_accrued", fields, supplier, tags)
        waiting = self.to("received_not_invoiced", fields, supplier, tags)
        for order, known in pairs:
            one = self.seen.get((order.id, known.n), known)
            quantity = self._stocked(line, counted, one.received)
            open_ = one.moved if back else one.accrued - one.settled - one.moved
            taken = min(left, quantity)
            if not taken or open_ <= 0:
                continue
            value = min(money(Fraction(one.accrued) * taken / quantity, ground.currency), open_)
            sign = -1 if back else 1
            self.seen[order.id, known.n] = replace(one, moved=one.moved + sign * value)
            self.booking.move(line, "quantity", sign * value, accrual, waiting)
            self._add(counted, (order, known), taken, value, ground, supplier)
            left -= taken
        if left:
            self._add(counted, None, left, Decimal(0), ground, supplier)

    def _stocked(self, line: ReceiptLine, counted: Counted, told: Any) -> Fraction:
        found = total(self.run.master.units, counted.item, told)
        if found is None:
            raise self.hold(
                "UOM_MISMATCH", line, "unit", unit=line.unit, stock=PolicyText(counted.item.stock_unit)
            )
        return found

    def _fields(self, counted: Counted, location: str, supplier: str) -> Any:
        return self.fields(counted.item, supplier, self.fact.facility, location)

    def _add(
        self,
        counted: Counted,
        pair: Ordered | None,
        quantity: Fraction,
        value: Decimal,
        ground: Ground,
        supplier: str,
    ) -> None:
        """A line of the document."""
        item = counted.item
        fields = self._fields(counted, self.fact.location, supplier)
        account, dimensions = self.placed(self.to(arrival_step(item), fields, supplier), ground)
        whole = quantity == counted.stocked
        if pair:
            self.orders.setdefault(pair[0].id, pair[0])
        self.lines_made.append(
            {
                "n": len(self.lines_made) + 1,
                "item": item.item,
                "supplier_item": item.supplier_code,
                "device": item.device,
                "quantity": counted.quantity if whole else exact(quantity),
                "unit": counted.unit if whole else item.stock_unit,
                "account": account,
                "dimensions": dimensions,
                "order_id": pair[0].id if pair else "",
                "order_line": str(pair[1].n) if pair else "",
                "amount": format_amount(value, ground.currency),
            }
        )

    def _made(self, key: tuple[str, ...], ground: Ground, digest: str, supplier: str, number: str) -> None:
        if not self.lines_made:
            raise self.hold("RECEIPT_EMPTY", self.fact, "kind")
        orders = list(self.orders.values())
        one = orders[0] if len(orders) == 1 else None
        if one is not None:
            for line in self.lines_made:
                line["order_id"] = ""
        self.booked(
            ReceiptDocument,
            key,
            ground,
            "goods_receipt",
            digest,
            self.lines(self.booking, ground),
            supplier=party(supplier),
            number=number,
            location=self.fact.location,
            case_token=one.case_token if one else "",
            state=self.fact.state,
            order=self.fact.order.strip(),
            order_id=one.id if one else "",
            lines=tuple(self.lines_made),
            depends_on=tuple(order.id for order in orders),
        )
