"""An item that was used, wasted or came back, to its journal, by the way in which the item is kept.

Strategy: stock that is used becomes an expense at cost; an item that was an expense on arrival is not booked
again, so that nothing can be an expense twice; what is the supplier's until it is used is owed from that day,
at the price of the contract, and ordered to be billed (and replaced, where it stood on the shelf). What is
taken out of a patient moves no money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.registration import day_of
from hcfin.billing.supply import SupplyUse
from hcfin.finance.known_supply import KnownOrder, KnownOrderLine, StockMove
from hcfin.finance.master import Item
from hcfin.finance.procurement import PurchaseOrder
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.posting.run import Run
from hcfin.posting.supplied import Booking, Counted, Ground, SupplyWork, amount_text, party
from hcfin.posting.supply_units import exact, money, price_text

Twins = Counter[tuple[str, ...]]
"""How often a use without a number of its own came in a run."""


class SupplyUsePosting(SupplyWork):
    """Posts a use."""

    fact: SupplyUse

    def __init__(self, fact: SupplyUse, run: Run, memory: SupplyMemory, twins: Twins) -> None:
        super().__init__(fact, run, memory)
        self.twins = twins

    def work(self) -> None:
        """Book the use by the method of its item."""
        fact = self.fact
        if fact.change == "explanted":
            self.told_as = "explanted"
            return
        item = self.item(fact.item, fact, fact.facility)
        if item.category in self.policy.udi_categories and not (fact.udi and fact.udi.device):
            raise self.hold("UDI_MISSING", fact, "udi", item=item.item)
        counted = self.counted(item, fact.quantity, fact.unit, fact)
        if item.method == "expensed":
            # Already an expense on arrival, so that another one cannot happen.
            self.told_as = "expensed_on_arrival"
            return
        days = [day_of(fact.posted)]
        if self.policy.use_date == "used":
            days.append(day_of(fact.used))
        ground = self.ground([fact.facility], days, fact.currency if fact.unit_cost is not None else None)
        key = self._key(ground, item)
        digest = self.once(self.id("journal_entry", *key))
        if item.method == "perpetual":
            self._stock(counted, ground, key, digest)
        else:
            self._owed(counted, ground, key, digest)

    def _key(self, ground: Ground, item: Item) -> tuple[str, ...]:
        """The business key: the sender's number, else case, item, lot and a number for each twin."""
        fact = self.fact
        if fact.id.strip():
            return ("supply_use", ground.entity, fact.facility, fact.id.strip(), fact.change)
        udi = fact.udi
        lot, serial = (udi.lot, udi.serial) if udi else ("", "")
        alike = ("supply_use", ground.entity, fact.facility, fact.case.strip(), item.item, lot, serial)
        alike = (*alike, fact.used, f"{fact.quantity:f}", fact.unit, fact.change)
        self.twins[alike] += 1
        return (*alike, str(self.twins[alike]))

    def _fields(self, item: Item) -> Mapping[str, str]:
        fact = self.fact
        own = dict(self.run.used("").supply(SupplyUse).pairs(fact))
        return {
            **own,
            "supply.item": item.item,
            "supply.category": item.category,
            "supply.method": item.method,
            "supply.supplier": item.supplier,
            "supply.facility": fact.facility,
            "supply.location": fact.location,
            "supply.department": fact.department.code if fact.department else "",
        }

    def _expense(self) -> str:
        return "supply_wasted" if self.fact.change == "wasted" else "supply_used"

    def _sign(self) -> int:
        return -1 if self.fact.change == "returned" else 1

    def _stock(self, counted: Counted, ground: Ground, key: tuple[str, ...], digest: str) -> None:
        """Stock that was used, at cost; what comes back unused is stock again."""
        fact, item = self.fact, counted.item
        cost, name = self._cost(counted)
        fields, case = self._fields(item), self.case_token(fact.case)
        value = self._sign() * money(cost * counted.stocked, ground.currency)
        expense = self.to(self._expense(), fields, tags={"case": case, "item": item.item})
        booking = Booking()
        booking.move(fact, name, value, expense, self.to("supply_stock", fields, tags={"item": item.item}))
        lines = self.lines(booking, ground)
        if lines:
            self.journal(lines, self.id("journal_entry", *key), ground, "supply_use", digest)
        moved = -self._sign() * counted.stocked
        quantity = exact(moved)
        assert quantity is not None
        self.noted.append(StockMove(ground.entity, fact.location, item.item, quantity))

    def _cost(self, counted: Counted) -> tuple[Fraction, str]:
        """What one stock unit costs, and the field that says it, or that counts it."""
        fact, item = self.fact, counted.item
        if fact.unit_cost is not None and (self.policy.use_cost == "told" or item.cost is None):
            return Fraction(fact.unit_cost) / counted.each, "unit_cost"
        if item.cost is None:
            raise self.hold("SUPPLY_COST_UNKNOWN", fact, "unit_cost", item=item.item)
        return Fraction(item.cost), "quantity"

    def _owed(self, counted: Counted, ground: Ground, key: tuple[str, ...], digest: str) -> None:
        """What was the supplier's until now is owed, and ordered to be billed."""
        fact, item = self.fact, counted.item
        supplier = self.supplier_named(item.supplier, fact).name
        day = day_of(fact.used) or ground.booking.gl_date
        price = self._price(counted, supplier, day)
        fields, case = self._fields(item), self.case_token(fact.case)
        amount = money(price * counted.stocked, ground.currency)
        original = self._original(ground, supplier, counted) if fact.change == "returned" else None
        if original is not None:
            amount = self._given_back(original, counted, amount, ground.currency)
        expense = self.to(self._expense(), fields, supplier, tags={"case": case, "item": item.item})
        owed = self.to("consignment_accrued", fields, supplier, tags={"case": case, "item": item.item})
        booking = Booking()
        booking.move(fact, "quantity", self._sign() * amount, expense, owed)
        lines = self.lines(booking, ground)
        journal = self.id("journal_entry", *key)
        if lines:
            self.journal(lines, journal, ground, "supply_use", digest)
        if fact.change == "returned":
            if original is not None:
                self._order(
                    counted, ground, key, digest, supplier, price, amount, ("cancellation", *original)
                )
            return
        self._order(counted, ground, key, digest, supplier, price, amount, ("order", None, None))

    def _price(self, counted: Counted, supplier: str, day: date) -> Fraction:
        """What one stock unit is owed at: by contract, else as told, else by the master data."""
        item, fact = counted.item, self.fact
        price = self.contract_price(supplier, item, day)
        if price is not None:
            return price
        if fact.unit_cost is not None:
            return Fraction(fact.unit_cost) / counted.each
        if item.cost is None:
            raise self.hold("SUPPLY_COST_UNKNOWN", fact, "unit_cost", item=item.item)
        return Fraction(item.cost)

    def _original(
        self, ground: Ground, supplier: str, counted: Counted
    ) -> tuple[KnownOrder, KnownOrderLine] | None:
        """The use that is undone: that of the same case which is not invoiced yet."""
        case = self.case_token(self.fact.case)
        for order in self.memory.used(ground.entity, supplier, counted.item.item):
            for line in order.lines:
                left = dict(line.received).get(counted.unit, Decimal(0))
                billed = dict(line.invoiced).get(counted.unit, Decimal(0))
                if order.case_token == case and left - billed >= counted.quantity:
                    return order, line
        return None

    def _given_back(
        self, original: tuple[KnownOrder, KnownOrderLine], counted: Counted, amount: Decimal, currency: str
    ) -> Decimal:
        """What of the accrual goes: all that is left of it with the last one."""
        line = original[1]
        left = dict(line.received).get(counted.unit, Decimal(0))
        if left == counted.quantity:
            return line.accrued - line.settled
        return min(money(Fraction(line.accrued) * Fraction(counted.quantity) / Fraction(left), currency), amount)

    def _order(
        self,
        counted: Counted,
        ground: Ground,
        key: tuple[str, ...],
        digest: str,
        supplier: str,
        price: Fraction,
        amount: Decimal,
        what: tuple[str, KnownOrder | None, KnownOrderLine | None],
    ) -> None:
        """The order by which the supplier bills what was used, and replaces it on the shelf; or its end."""
        fact, item = self.fact, counted.item
        change, order, line = what
        fields = self._fields(item)
        role, _ = self.books.posting(self._expense())
        account = self.books.account(role, ground.entity) or ""
        dimensions, _ = self.books.dimensions_of(role, {"entity": ground.entity, **fields})
        one = {
            "n": line.n if line else 1,
            "item": item.item,
            "supplier_item": item.supplier_code,
            "device": item.device,
            "quantity": counted.quantity,
            "unit": counted.unit,
            "account": account,
            "dimensions": dimensions,
            "unit_price": price_text(price * counted.each),
            "amount": amount_text(amount, ground.currency),
            "deliver_to": fact.location,
        }
        self.document(
            PurchaseOrder,
            self.id("purchase_order", *key),
            ground,
            "supply_use",
            digest,
            supplier=party(supplier),
            location=fact.location,
            case_token=self.case_token(fact.case),
            change=change,
            order_kind="bill_only" if item.method == "bill_only" else "consignment",
            contract=self._contract(supplier, item, ground.booking.gl_date),
            lines=(one,),
            amount=amount_text(amount, ground.currency),
            **({"depends_on": (order.id,)} if order else {}),
        )

    def _contract(self, supplier: str, item: Item, day: date) -> str:
        contracts = self.run.master.contracts
        found = contracts.contract_price(supplier, item.item, day_of(self.fact.used) or day) if contracts else None
        return found.contract if found else ""
