"""An item that was used, wasted or came back, to its journal, by the way in which the item is kept.

Strategy: stock that is used becomes an expense at cost; an item that was an expense on arrival is not booked
again, so that nothing can be an expense twice; what is the supplier's until it is used is owed from that day,
at the price of the contract, and ordered to be billed (and replaced, where it stood on the shelf). What is
taken out of a patient moves no money.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hcfin.billing.registration import day_of
from hcfin.billing.supply import SupplyUse
from hcfin.finance.known_supply import ByUnit, KnownOrder, KnownOrderLine, Seen, StockMove
from hcfin.finance.master import Item
from hcfin.finance.procurement import PurchaseOrder
from hcfin.issues import PolicyText
from hcfin.money import format_amount
from hcfin.posting.draft import Destination
from hcfin.posting.supplied import Booking, Counted, Ground, SupplyWork, party
from hcfin.posting.supply_match import rematch
from hcfin.posting.supply_units import money, price_text, total


class _Cost(NamedTuple):
    """What one stock unit costs, whether the source told it, and the contract that says it, if one does."""

    each: Fraction
    told: bool = False
    contract: str = ""


class SupplyUsePosting(SupplyWork):
    """Posts a use."""

    fact: SupplyUse

    def work(self) -> None:
        """Book the use by the method of its item."""
        fact = self.fact
        if fact.change == "explanted":
            self.told_as = "explanted"
            return
        item = self.item(fact.item, fact, fact.facility)
        if item.category in self.policy.udi_categories and not (fact.udi and fact.udi.device):
            raise self.hold("UDI_MISSING", fact, "udi", item=PolicyText(item.item))
        counted = self.counted(item, fact.quantity, fact.unit, fact)
        if item.method == "expensed":
            # Already an expense on arrival, so that another one cannot happen.
            self.told_as = "expensed_on_arrival"
            return
        days = [day_of(fact.posted)]
        if self.policy.use_date == "used":
            days.append(day_of(fact.used))
        owed = item.method != "perpetual"
        supplier = self.supplier_named(item.supplier, fact).name if owed else ""
        cost = self._owed_at(counted, supplier) if owed else self._cost(counted)
        ground = self.ground([fact.facility], days, fact.currency if cost.told else None)
        key = self._key(ground.entity, item, fact.id.strip(), fact.change)
        digest = self.once(self.id("journal_entry", *key))
        if owed:
            self._owed(counted, supplier, cost, ground, key, digest)
        else:
            self._stock(counted, cost, ground, key, digest)

    def after(self) -> None:
        """An invoice may have come before the use."""
        rematch(self)

    def _key(self, entity: str, item: Item, number: str, change: str) -> tuple[str, ...]:
        """The business key: the sender's number, else case, item, lot and a number for each twin."""
        fact = self.fact
        if number:
            return ("supply_use", entity, fact.facility, number, change)
        udi = fact.udi
        lot, serial = (udi.lot, udi.serial) if udi else ("", "")
        what = (fact.case.strip(), item.item, lot, serial, fact.used)
        alike = ("supply_use", entity, fact.facility, *what, f"{fact.quantity:f}", fact.unit, change)
        return (*alike, str(self.memory.twin(alike)))

    def _fields(self, item: Item) -> Mapping[str, str]:
        fact = self.fact
        department = fact.department.code if fact.department else ""
        return self.fields(item, item.supplier, fact.facility, fact.location, department)

    def _expense(self) -> str:
        return "supply_wasted" if self.fact.change == "wasted" else "supply_used"

    def _sign(self) -> int:
        return -1 if self.fact.change == "returned" else 1

    def _stock(
        self, counted: Counted, cost: _Cost, ground: Ground, key: tuple[str, ...], digest: str
    ) -> None:
        """Stock that was used, at cost; what comes back unused is stock again."""
        fact, item = self.fact, counted.item
        fields, case = self._fields(item), self.case_token(fact.case)
        value = self._sign() * money(cost.each * counted.stocked, ground.currency)
        expense = self.to(self._expense(), fields, tags={"case": case, "item": item.item})
        stock = self.to("supply_stock", fields, tags={"item": item.item})
        self._journal(cost, value, expense, stock, ground, key, digest)
        moved = -self._sign() * counted.stock
        self.noted.append(StockMove(ground.entity, fact.location, item.item, moved))

    def _journal(
        self,
        cost: _Cost,
        value: Decimal,
        debit: Destination,
        credit: Destination,
        ground: Ground,
        key: tuple[str, ...],
        digest: str,
    ) -> None:
        booking = Booking()
        booking.move(self.fact, "unit_cost" if cost.told else "quantity", value, debit, credit)
        lines = self.lines(booking, ground)
        own_id = self.id("journal_entry", *key)
        if lines:
            self.journal(lines, own_id, ground, "supply_use", digest)
        else:
            self.noted.append(Seen(own_id, digest))

    def _cost(self, counted: Counted) -> _Cost:
        """What stock is booked at: by the master data, or as told."""
        fact, item = self.fact, counted.item
        if fact.unit_cost is not None and (self.policy.use_cost == "told" or item.cost is None):
            return _Cost(Fraction(fact.unit_cost) / counted.each, told=True)
        if item.cost is None:
            raise self.hold("SUPPLY_COST_UNKNOWN", fact, "unit_cost", item=PolicyText(item.item))
        return _Cost(Fraction(item.cost))

    def _owed_at(self, counted: Counted, supplier: str) -> _Cost:
        """What is owed for a use: by contract, else as told, else by the master data."""
        item, fact = counted.item, self.fact
        day = day_of(fact.used) or day_of(fact.posted) or self.run.context.posting_date
        found = self.contract_price(supplier, item, day) if day else None
        if found is not None:
            return _Cost(found[0], contract=found[1])
        if fact.unit_cost is not None:
            return _Cost(Fraction(fact.unit_cost) / counted.each, told=True)
        if item.cost is None:
            raise self.hold("SUPPLY_COST_UNKNOWN", fact, "unit_cost", item=PolicyText(item.item))
        return _Cost(Fraction(item.cost))

    def _owed(
        self,
        counted: Counted,
        supplier: str,
        cost: _Cost,
        ground: Ground,
        key: tuple[str, ...],
        digest: str,
    ) -> None:
        """What was the supplier's until now is owed, and ordered to be billed."""
        fact, item = self.fact, counted.item
        amount = money(cost.each * counted.stocked, ground.currency)
        returned = fact.change == "returned"
        original = self._original(ground, supplier, counted) if returned else None
        if original is not None:
            amount = self._given_back(original[1], counted, ground.currency)
        fields, case = self._fields(item), self.case_token(fact.case)
        tags = {"case": case, "item": item.item}
        expense = self.to(self._expense(), fields, supplier, tags=tags)
        owed = self.to("consignment_accrued", fields, supplier, tags=tags)
        self._journal(cost, self._sign() * amount, expense, owed, ground, key, digest)
        self.touched = supplier, ground
        if not returned or original is not None:
            self._order(counted, ground, key, digest, supplier, cost, amount, original)

    def _original(
        self, ground: Ground, supplier: str, counted: Counted
    ) -> tuple[KnownOrder, KnownOrderLine] | None:
        """The use that is undone: the one that is named, else one of the same case; sooner one that is not
        invoiced yet. None where it is not known."""
        fact, item = self.fact, counted.item
        case = self.case_token(fact.case)
        named = self.id(
            "purchase_order", *self._key(ground.entity, item, fact.reverses.strip() or "-", "consumed")
        )
        found: list[tuple[bool, KnownOrder, KnownOrderLine]] = []
        for order in self.memory.used(ground.entity, supplier, item.item):
            if order.id != named and (fact.reverses or order.case_token != case):
                continue
            for line in order.lines:
                left, billed = self._stocked(item, line.received), self._stocked(item, line.invoiced)
                if left >= counted.stocked:
                    found.append((left - billed < counted.stocked, order, line))
        if not found:
            if self.run.known_supply is not None:
                raise self.hold("SUPPLY_USE_UNKNOWN", fact, "kind", item=PolicyText(item.item))
            self.tell("SUPPLY_RETURN_UNLINKED", fact, "kind", item=PolicyText(item.item))
            return None
        return min(found, key=lambda one: one[0])[1:]

    def _stocked(self, item: Item, told: ByUnit) -> Fraction:
        return total(self.run.master.units, item, told) or Fraction(0)

    def _given_back(self, line: KnownOrderLine, counted: Counted, currency: str) -> Decimal:
        """What of the accrual goes: all that is left of it where nothing more is to be invoiced."""
        left, billed = self._stocked(counted.item, line.received), self._stocked(counted.item, line.invoiced)
        if left - counted.stocked == billed:
            return line.accrued - line.settled
        return money(Fraction(line.accrued) * counted.stocked / left, currency)

    def _order(
        self,
        counted: Counted,
        ground: Ground,
        key: tuple[str, ...],
        digest: str,
        supplier: str,
        cost: _Cost,
        amount: Decimal,
        original: tuple[KnownOrder, KnownOrderLine] | None,
    ) -> None:
        """The order by which the supplier bills what was used, and replaces it on the shelf; or its end."""
        fact, item = self.fact, counted.item
        # An expense since its use: what the supplier bills settles the accrual, and must not be another.
        account, dimensions = self.placed(self.to("consignment_accrued", self._fields(item)), ground)
        one = {
            "n": original[1].n if original else 1,
            "item": item.item,
            "supplier_item": item.supplier_code,
            "device": item.device,
            "quantity": counted.quantity,
            "unit": counted.unit,
            "account": account,
            "dimensions": dimensions,
            "unit_price": price_text(cost.each * counted.each),
            "amount": format_amount(amount, ground.currency),
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
            change="cancellation" if original else "order",
            order_kind="bill_only" if item.method == "bill_only" else "consignment",
            contract=cost.contract,
            lines=(one,),
            amount=format_amount(amount, ground.currency),
            depends_on=(original[0].id,) if original else (),
        )
