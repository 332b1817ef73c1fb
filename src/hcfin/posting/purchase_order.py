"""An order to its document: what receipts and invoices are matched with. Orders book nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hcfin.billing.purchase import OrderLine, PurchaseOrder
from hcfin.billing.registration import day_of
from hcfin.books.periods import BookingDate
from hcfin.finance.known_supply import KnownOrder
from hcfin.finance.procurement import PurchaseOrder as OrderDocument
from hcfin.money import format_amount
from hcfin.posting.order_lines import arrival_step, line_number
from hcfin.posting.settling import foreign
from hcfin.posting.supplied import Ground, Held, SupplyWork, party
from hcfin.posting.supply_match import rematch
from hcfin.posting.supply_units import money, price_text


class PurchaseOrderPosting(SupplyWork):
    """Posts an order, another revision of it, or its end."""

    fact: PurchaseOrder

    def work(self) -> None:
        """Make the document. What a supplier confirms, and frames that single orders fill, make none."""
        fact = self.fact
        if fact.change == "confirmation" or fact.order_kind == "blanket":
            self.told_as = fact.change if fact.change == "confirmation" else "blanket_order"
            return
        number = self.numbered(fact.number)
        ground = self._ground()
        supplier = self.supplier(fact.supplier, fact).name
        key: tuple[str, ...] = ("purchase_order", ground.entity, supplier, number)
        before = [one for one in self.memory.orders(ground.entity, number) if one.supplier == supplier]
        if fact.change != "order":
            key = (*key, fact.change, fact.revision.strip() or self.digest())
        own_id = self.id("purchase_order", *key)
        digest = self.once(own_id)
        if fact.change != "order" and not before:
            raise self.hold("ORDER_UNKNOWN", fact, "number")
        self._made(own_id, ground, digest, supplier, number, before if fact.change != "order" else [])
        self.touched = supplier, ground

    def after(self) -> None:
        """An invoice may have come before its order."""
        rematch(self)

    def _ground(self) -> Ground:
        """Like that of what is booked, but on the day itself: an order books nothing in a closed period."""
        fact = self.fact
        parties = (*fact.ship_to.identifiers(), *fact.buyer.identifiers())
        entity = self.entity([fact.facility, *parties])
        other = foreign(self.books, entity, fact.currency, "SUPPLY")
        if other is not None:
            raise Held(other, fact, "currency")
        day = day_of(fact.ordered) or self.run.context.posting_date
        if day is None:
            raise self.hold("SUPPLY_DATE_MISSING", fact, "kind")
        period = self.books.periods.of(day)
        if period is None:
            raise self.hold("SUPPLY_PERIOD_CLOSED", fact, "kind", day=day.isoformat())
        return Ground(entity, BookingDate(day, period.name), fact.currency)

    def _made(
        self,
        own_id: str,
        ground: Ground,
        digest: str,
        supplier: str,
        number: str,
        before: list[KnownOrder],
    ) -> None:
        fact, taken = self.fact, set[int]()
        lines = [self._line(n, line, ground, supplier, taken) for n, line in enumerate(fact.lines, start=1)]
        amounts = [line["amount"] for line in lines]
        known = None if None in amounts else sum((Decimal(one) for one in amounts), Decimal(0))
        self.document(
            OrderDocument,
            own_id,
            ground,
            "purchase_order",
            digest,
            supplier=party(supplier),
            number=number,
            case_token=self.case_token(fact.case),
            change=fact.change,
            order_kind=fact.order_kind,
            revision=fact.revision.strip(),
            contract=fact.contract,
            lines=tuple(lines),
            amount=None if known is None else format_amount(known, ground.currency),
            depends_on=tuple(one.id for one in before),
        )

    def _line(
        self, n: int, line: OrderLine, ground: Ground, supplier: str, taken: set[int]
    ) -> dict[str, Any]:
        fact = self.fact
        item = self.item(line.item, line, fact.facility, supplier)
        counted = self.counted(item, line.quantity, line.unit, line)
        price = None if line.unit_price is None else Fraction(line.unit_price)
        if price is None:
            agreed = self.contract_price(supplier, item, ground.booking.gl_date)
            price = agreed[0] * counted.each if agreed else None
        amount = line.amount
        if amount is None and price is not None:
            amount = money(price * Fraction(line.quantity), ground.currency)
        fields = self.fields(item, supplier, fact.facility, line.deliver_to)
        account, dimensions = self.placed(self.to(arrival_step(item), fields, supplier), ground)
        needed = day_of(line.needed_by or fact.needed_by)
        return {
            "n": line_number(line.number, n, taken),
            "item": item.item,
            "supplier_item": line.item.supplier_code or item.supplier_code,
            "device": line.item.device or item.device,
            "quantity": counted.quantity,
            "unit": counted.unit,
            "account": account,
            "dimensions": dimensions,
            "unit_price": None if price is None else price_text(price),
            "amount": None if amount is None else format_amount(amount, ground.currency),
            "needed_by": needed.isoformat() if needed else None,
            "deliver_to": line.deliver_to,
        }
