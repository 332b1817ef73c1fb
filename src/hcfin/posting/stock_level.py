"""What locations are short of, to requisitions as a buyer wants them: levels of one location that follow one
another make one for each supplier. What was requisitioned counts as on its way, so that a count that comes
again asks for nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hcfin.billing.registration import day_of
from hcfin.billing.supply import StockLevel, SupplyRequest
from hcfin.finance.base import Document
from hcfin.finance.known_supply import StockCount
from hcfin.finance.master import Item
from hcfin.finance.procurement import OrderedLine
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.identity import document_id
from hcfin.issues import PolicyText
from hcfin.posting.replenish import Keep, wanted
from hcfin.posting.requisition import Commitments, InUnit, RequisitionWork
from hcfin.posting.result import Posting
from hcfin.posting.run import Run
from hcfin.posting.supplied import Ground, party
from hcfin.posting.supply_request import SupplyRequestPosting
from hcfin.posting.supply_units import exact, per_unit, price_text, total


class Short(NamedTuple):
    """What a location is short of: whose, when, from which supplier. `said` is a digest of the count."""

    ground: Ground
    supplier: str
    line: OrderedLine
    said: str


class StockLevelPosting(RequisitionWork):
    """What a location is short of an item: a line for its next requisition."""

    fact: StockLevel
    short: Short | None = None

    def __init__(self, fact: StockLevel, run: Run, memory: SupplyMemory, replenishing: Replenishing) -> None:
        super().__init__(fact, run, memory, replenishing.commitments)
        self.replenishing = replenishing

    def work(self) -> None:
        """Note the count, and find out what is missing. Raises `Held`."""
        fact = self.fact
        item = self.bought()
        ground = self.ground([fact.facility], [day_of(fact.counted)])
        if item is None:
            return
        each = per_unit(self.run.master.units, item, fact.unit)
        if each is None:
            raise self.hold("UOM_MISMATCH", fact, "unit", unit=fact.unit, stock=PolicyText(item.stock_unit))
        on_hand = Fraction(fact.on_hand) * each
        quantity = exact(on_hand)
        if quantity is None:
            raise self.hold("UOM_INEXACT", fact, "unit", unit=fact.unit, stock=PolicyText(item.stock_unit))
        self.replenishing.begin(fact.facility, fact.location, item.item)
        keep = self._keep(item, each)
        if keep.minimum is not None and keep.maximum is not None and keep.minimum > keep.maximum:
            low, high = price_text(keep.minimum), price_text(keep.maximum)
            self.tell("LEVELS_CONTRADICT", fact, "minimum", minimum=low, maximum=high)
        if keep.minimum is not None and on_hand < keep.minimum:
            low = price_text(keep.minimum)
            self.tell("STOCK_BELOW_MIN", fact, "on_hand", on_hand=quantity, minimum=low)
        self._ask(item, keep, on_hand + self._coming(ground, item, each), ground)
        self.noted.append(StockCount(ground.entity, fact.location, item.item, quantity))

    def _keep(self, item: Item, each: Fraction) -> Keep:
        """Between what the location keeps it: by the master data, else as the source tells."""
        fact, levels = self.fact, self.run.master.levels
        known = levels.replenishment(fact.facility, fact.location, item.item) if levels else None
        if known is not None:
            told, each = (known.minimum, known.maximum, known.par), Fraction(1)
        else:
            told = (fact.minimum, fact.maximum, fact.par)
        return Keep(*(None if one is None else Fraction(one) * each for one in told))

    def _coming(self, ground: Ground, item: Item, each: Fraction) -> Fraction:
        """What is on its way: ordered, as the source tells or as is known, and requisitioned."""
        fact, place = self.fact, (ground.entity, self.fact.location, item.item)
        told = fact.on_order is not None
        ordered = (
            Fraction(fact.on_order) * each
            if fact.on_order is not None
            else total(self.run.master.units, item, self.memory.on_order(*place))
        )
        requested = total(self.run.master.units, item, self.memory.requested(*place))
        if ordered is None or requested is None:
            name = "on_order" if told else "unit"
            raise self.hold("UOM_MISMATCH", fact, name, unit="", stock=PolicyText(item.stock_unit))
        return ordered + requested

    def _ask(self, item: Item, keep: Keep, available: Fraction, ground: Ground) -> None:
        fact = self.fact
        unit = item.purchase_unit or item.stock_unit
        each = per_unit(self.run.master.units, item, unit)
        if each is None:
            raise self.hold("UOM_MISMATCH", fact, "item", unit=unit, stock=PolicyText(item.stock_unit))
        found = wanted(keep, available, each)
        if found is None:
            return
        if not found.quantity:
            self.tell(
                "REPLENISH_UNIT_TOO_LARGE",
                fact,
                "on_hand",
                unit=PolicyText(unit),
                missing=price_text(found.missing),
            )
            return
        supplier = self.supplier_named(item.supplier, fact) if item.supplier else None
        line = self.line(item, supplier, Decimal(found.quantity), InUnit(unit, each), ground)
        # A count that does not say when it was made is of the day on which it is posted.
        said = self.digest() + ("" if fact.counted else ground.booking.gl_date.isoformat())
        self.short = Short(ground, supplier.name if supplier else "", line, said)


class Replenishing:
    """Collects what one location is short of. `flush` before anything else of supplies is posted."""

    def __init__(self, run: Run, memory: SupplyMemory) -> None:
        self.run = run
        self.memory = memory
        self.commitments: Commitments = defaultdict(Decimal)
        self._place: tuple[str, str] | None = None
        self._items: set[str] = set()
        self._open: dict[tuple[str, str], list[StockLevelPosting]] = {}
        self._ended: list[Posting] = []

    def request(self, request: SupplyRequest) -> Posting:
        """The posting of a request."""
        return SupplyRequestPosting(request, self.run, self.memory, self.commitments).post()

    def level(self, level: StockLevel) -> tuple[Posting, ...]:
        """The posting of a level, before it those of the location that ended with it."""
        work = StockLevelPosting(level, self.run, self.memory, self)
        posting = work.post()
        if work.short is not None:
            self._open.setdefault((work.short.ground.entity, work.short.supplier), []).append(work)
        ended, self._ended = self._ended, []
        return (*ended, posting)

    def begin(self, facility: str, location: str, item: str) -> None:
        """End the requisition that is open where another location begins, or the item was counted in it."""
        place = facility, location
        if place != self._place or item in self._items:
            self._ended += self.flush()
        self._place = place
        self._items.add(item)

    def flush(self) -> tuple[Posting, ...]:
        """The requisitions of the location that is open."""
        done = tuple(Posting(made) for works in self._open.values() if (made := self._made(works)))
        self._place, self._items, self._open = None, set(), {}
        return done

    def _made(self, works: list[StockLevelPosting]) -> tuple[Document, ...]:
        first, shorts = works[0], [work.short for work in works if work.short is not None]
        ground, supplier = shorts[0].ground, shorts[0].supplier
        members = sorted(short.said for short in shorts)
        key = ("stock_level", ground.entity, first.fact.facility, first.fact.location, supplier, *members)
        if self.memory.digest(first.id("requisition", *key)) is not None:
            return ()  # a count that was sent again after what it asked for came
        first.requisition(
            key,
            ground,
            document_id(self.run.keys, "supply", members),
            "below_minimum",
            tuple(short.line for short in shorts),
            supplier=party(supplier),
            approval=next((work.approval for work in works if work.approval), ""),
        )
        made = tuple(first.documents)
        self.memory.learn(made)
        return made
