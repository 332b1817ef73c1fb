"""Stock that changed without use, to its journal: counts and losses at cost, moves between locations."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.registration import day_of
from hcfin.billing.supply import StockAdjustment
from hcfin.finance.known_supply import Seen, StockMove
from hcfin.issues import PolicyText
from hcfin.posting.draft import Destination
from hcfin.posting.supplied import Booking, Counted, Ground, SupplyWork
from hcfin.posting.supply_units import money


class StockAdjustmentPosting(SupplyWork):
    """Posts a count, a loss or a move."""

    fact: StockAdjustment

    def work(self) -> None:
        """Book it at cost, where the item is kept in stock: what is not cannot be an expense twice."""
        fact = self.fact
        item = self.item(fact.item, fact, fact.facility)
        counted = self.counted(item, abs(fact.quantity), fact.unit, fact)
        if item.method != "perpetual":
            return
        ground = self.ground([fact.facility], [day_of(fact.moved)])
        key = self._key(ground, counted)
        digest = self.once(self.id("journal_entry", *key))
        if item.cost is None:
            raise self.hold("SUPPLY_COST_UNKNOWN", fact, "item", item=PolicyText(item.item))
        value = money(Fraction(item.cost) * counted.stocked, ground.currency)
        booking = Booking()
        if fact.change == "transfer":
            there, here = self._stock(counted, fact.to_location), self._stock(counted, fact.location)
            if fact.quantity < 0:
                there, here = here, there
            if self._told_apart(there, here, ground):
                booking.move(fact, "quantity", value, there, here)
        else:
            self._approved(value)
            signed = value if fact.quantity > 0 else -value
            lost = self.to(
                "stock_adjusted", self._fields(counted, fact.location), tags={"change": fact.change}
            )
            booking.move(fact, "quantity", signed, self._stock(counted, fact.location), lost)
        lines = self.lines(booking, ground)
        own_id = self.id("journal_entry", *key)
        if lines:
            self.journal(lines, own_id, ground, "stock_adjustment", digest)
        else:
            self.noted.append(Seen(own_id, digest))
        self._note(counted, ground)

    def _key(self, ground: Ground, counted: Counted) -> tuple[str, ...]:
        fact = self.fact
        own = (ground.entity, fact.facility, fact.location, fact.to_location, counted.item.item)
        if fact.id.strip():
            return ("stock_adjustment", *own, fact.id.strip())
        alike = ("stock_adjustment", *own, fact.change, fact.moved, f"{fact.quantity:f}", fact.unit)
        return (*alike, str(self.memory.twin(alike)))

    def _fields(self, counted: Counted, location: str) -> Mapping[str, str]:
        item = counted.item
        return self.fields(item, item.supplier, self.fact.facility, location)

    def _stock(self, counted: Counted, location: str) -> Destination:
        item = {"item": counted.item.item}
        return self.to("supply_stock", self._fields(counted, location), tags=item)

    def _told_apart(self, there: Destination, here: Destination, ground: Ground) -> bool:
        """Whether the ledger tells the two locations apart; if not, a move books nothing."""
        own = {"entity": ground.entity}
        places = [self.books.dimensions_of(one.role, {**own, **one.fields})[0] for one in (there, here)]
        return places[0] != places[1]

    def _approved(self, value: Decimal) -> None:
        cap, fact = self.policy.adjustment_cap, self.fact
        if cap is not None and value > cap and not fact.approver:
            raise self.hold("ADJUSTMENT_APPROVAL_MISSING", fact, "approver", amount=value, cap=cap)

    def _note(self, counted: Counted, ground: Ground) -> None:
        fact, item = self.fact, counted.item.item
        signed = counted.stock if fact.quantity > 0 else -counted.stock
        if fact.change == "transfer":
            self.noted.append(StockMove(ground.entity, fact.location, item, -signed))
            self.noted.append(StockMove(ground.entity, fact.to_location, item, signed))
        else:
            self.noted.append(StockMove(ground.entity, fact.location, item, signed))
