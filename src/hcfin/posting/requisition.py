"""What is wanted, to requisitions: what somebody asks for, and what a location is short of. Books nothing.

Strategy: a request is one requisition under its own number, so that the same request makes the same document
however it is sent. What locations are short of is collected: the levels of one location that follow one
another make one requisition for each supplier, as a buyer wants it. What was requisitioned counts as on its
way, so that a count that comes again asks for nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from hcfin.billing.registration import day_of
from hcfin.billing.supply import StockLevel, SupplyRequest
from hcfin.finance.known_supply import StockCount
from hcfin.finance.master import Item, Supplier
from hcfin.finance.procurement import OrderedLine, Requisition
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.identity import document_id
from hcfin.posting.replenish import Keep, wanted
from hcfin.posting.result import Posting
from hcfin.posting.run import Run
from hcfin.posting.supplied import Ground, SupplyWork, amount_text, party
from hcfin.posting.supply_units import exact, money, per_unit, price_text, total

Commitments = defaultdict[tuple[str, str], Decimal]
"""What requisitions of a run promise, by entity and budget."""


class InUnit(NamedTuple):
    """A unit, and the stock units in one of it."""

    name: str
    each: Fraction


class RequisitionWork(SupplyWork):
    """What requests and levels share: the line of a requisition, and whether its budget holds it."""

    fact: SupplyRequest | StockLevel

    def __init__(
        self, fact: SupplyRequest | StockLevel, run: Run, memory: SupplyMemory, commitments: Commitments
    ) -> None:
        super().__init__(fact, run, memory)
        self.commitments = commitments
        self.approval = ""

    def bought(self) -> Item | None:
        """The item; None, and it is told, where its supplier replaces it by orders of what was used."""
        fact = self.fact
        item = self.item(fact.item, fact, fact.facility)
        if not item.active:
            raise self.hold("ITEM_INACTIVE", fact, "item", item=item.item)
        if item.method in ("consigned", "bill_only"):
            self.told_as = "ordered_on_use"
            return None
        return item

    def line(
        self,
        item: Item,
        supplier: Supplier | None,
        quantity: Decimal,
        unit: InUnit,
        ground: Ground,
        *,
        department: str = "",
        told: Decimal | None = None,
        needed_by: date | None = None,
    ) -> OrderedLine:
        """A line in this unit, at the price of the contract, as told, or at cost."""
        price = self._price(item, supplier, unit.each, ground, told)
        amount = None if price is None else money(price * Fraction(quantity), ground.currency)
        account, dimensions = self._account(item, supplier, ground, department)
        if amount is not None:
            self._budget(ground, account, department, amount)
        return OrderedLine.build(
            {
                "n": 1,
                "item": item.item,
                "supplier_item": item.supplier_code,
                "device": item.device,
                "quantity": quantity,
                "unit": unit.name,
                "account": account,
                "dimensions": dimensions,
                "unit_price": None if price is None else price_text(price),
                "amount": None if amount is None else amount_text(amount, ground.currency),
                "needed_by": None if needed_by is None else needed_by.isoformat(),
                "deliver_to": self.fact.location,
            }
        )

    def _price(
        self, item: Item, supplier: Supplier | None, each: Fraction, ground: Ground, told: Decimal | None
    ) -> Fraction | None:
        """What one of the unit is expected to cost."""
        agreed = self.contract_price(supplier.name if supplier else "", item, ground.booking.gl_date)
        if agreed is not None:
            return agreed * each
        if told is not None:
            return Fraction(told)
        return None if item.cost is None else Fraction(item.cost) * each

    def _account(
        self, item: Item, supplier: Supplier | None, ground: Ground, department: str
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Where its receipt will be booked."""
        step = "supply_stock" if item.method == "perpetual" else "received_expense"
        role, _ = self.books.posting("received_capital" if item.capital else step)
        fields: Mapping[str, str] = {
            **dict(self.run.used("").supply(type(self.fact)).pairs(self.fact)),
            "entity": ground.entity,
            "supply.item": item.item,
            "supply.category": item.category,
            "supply.method": item.method,
            "supply.supplier": supplier.name if supplier else "",
            "supply.facility": self.fact.facility,
            "supply.location": self.fact.location,
            "supply.department": department,
        }
        return self.books.account(role, ground.entity) or "", self.books.dimensions_of(role, fields)[0]

    def _budget(self, ground: Ground, account: str, department: str, amount: Decimal) -> None:
        """Require an approval where what is spent and promised would exceed a budget."""
        budgets, day = self.run.master.budgets, ground.booking.gl_date
        found = budgets.budget(ground.entity, account, department, day) if budgets else None
        if found is None:
            return
        key = ground.entity, found.name
        self.commitments[key] += amount
        promised = found.used + self.commitments[key]
        if promised > found.limit:
            self.approval = "required"
            self.tell(
                "BUDGET_EXCEEDED",
                self.fact,
                "quantity" if isinstance(self.fact, SupplyRequest) else "on_hand",
                amount=amount,
                promised=promised,
                limit=found.limit,
            )

    def requisition(
        self,
        key: tuple[str, ...],
        ground: Ground,
        digest: str,
        reason: str,
        lines: tuple[OrderedLine, ...],
        **rest: Any,
    ) -> None:
        """The document of these lines."""
        amounts = [line.amount for line in lines]
        known = [amount for amount in amounts if amount is not None]
        amount = amount_text(sum(known, Decimal(0)), ground.currency) if len(known) == len(lines) else None
        self.document(
            Requisition,
            self.id("requisition", *key),
            ground,
            self.fact.kind,
            digest,
            location=self.fact.location,
            reason=reason,
            lines=tuple(line.model_copy(update={"n": n}) for n, line in enumerate(lines, 1)),
            amount=amount,
            **rest,
        )


class SupplyRequestPosting(RequisitionWork):
    """A request to its requisition."""

    fact: SupplyRequest

    def work(self) -> None:
        """Raises `Held` where the item, its unit or its supplier is not known."""
        fact = self.fact
        item = self.bought()
        if item is None:
            self.tell("SUPPLY_ORDERED_ON_USE", fact, "item")
            return
        ground = self.ground([fact.facility], [day_of(fact.requested)], fact.currency)
        key = self._key(ground, item)
        if fact.change != "new" and self.memory.digest(self.id("requisition", *key)) is not None:
            raise self.hold("REQUEST_CHANGED", fact, "change")
        if fact.change == "cancelled":
            self.told_as = "cancelled"
            return
        digest = self.once(self.id("requisition", *key))
        counted = self.counted(item, fact.quantity, fact.unit, fact)
        supplier = self._wanted_of(item)
        line = self.line(
            item,
            supplier,
            counted.quantity,
            InUnit(counted.unit, counted.each),
            ground,
            department=fact.department.code if fact.department else "",
            told=fact.unit_price,
            needed_by=day_of(fact.needed_by),
        )
        self.requisition(
            key,
            ground,
            digest,
            "case" if fact.case.strip() else "request",
            (line,),
            supplier=party(supplier.name if supplier else ""),
            number=fact.number,
            case_token=self.case_token(fact.case),
            approval=self.approval,
        )

    def _wanted_of(self, item: Item) -> Supplier | None:
        """The supplier that is wanted, else that of the item; a buyer finds one where there is neither."""
        if self.fact.supplier:
            return self._active(self._supplier((self.fact.supplier,), self.fact.supplier), self.fact)
        return self.supplier_named(item.supplier, self.fact) if item.supplier else None

    def _key(self, ground: Ground, item: Item) -> tuple[str, ...]:
        fact = self.fact
        if fact.number.strip():
            return ("supply_request", ground.entity, fact.facility, fact.number.strip(), fact.line.strip())
        alike = (fact.location, item.item, f"{fact.quantity:f}", fact.unit, fact.requested, fact.needed_by)
        return ("supply_request", ground.entity, fact.facility, *alike)


class StockLevelPosting(RequisitionWork):
    """What a location is short of an item: a line for its next requisition."""

    fact: StockLevel
    short: tuple[Ground, str, OrderedLine] | None = None
    """Of which entity and when, from which supplier, and what."""
    said = ""

    def work(self) -> None:
        """Note the count, and find out what is missing. Raises `Held`."""
        fact = self.fact
        item = self.bought()
        ground = self.ground([fact.facility], [day_of(fact.counted)])
        if item is None:
            return
        each = per_unit(self.run.master.units, item, fact.unit)
        if each is None:
            raise self.hold("UOM_MISMATCH", fact, "unit", unit=fact.unit, stock=item.stock_unit)
        on_hand = Fraction(fact.on_hand) * each
        quantity = exact(on_hand)
        if quantity is None:
            raise self.hold("UOM_INEXACT", fact, "unit", unit=fact.unit, stock=item.stock_unit)
        keep = self._keep(item, each)
        if keep.minimum is not None and keep.maximum is not None and keep.minimum > keep.maximum:
            self.tell("LEVELS_CONTRADICT", fact, "minimum", minimum=keep.minimum, maximum=keep.maximum)
        if keep.minimum is not None and on_hand < keep.minimum:
            self.tell("STOCK_BELOW_MIN", fact, "on_hand", on_hand=on_hand, minimum=keep.minimum)
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
            raise self.hold("UOM_MISMATCH", fact, name, unit="", stock=item.stock_unit)
        return ordered + requested

    def _ask(self, item: Item, keep: Keep, available: Fraction, ground: Ground) -> None:
        fact = self.fact
        unit = item.purchase_unit or item.stock_unit
        each = per_unit(self.run.master.units, item, unit)
        if each is None:
            raise self.hold("UOM_MISMATCH", fact, "item", unit=unit, stock=item.stock_unit)
        found = wanted(keep, available, each)
        if found is None:
            return
        if not found.quantity:
            self.tell("REPLENISH_UNIT_TOO_LARGE", fact, "on_hand", unit=unit, missing=found.missing)
            return
        supplier = self.supplier_named(item.supplier, fact) if item.supplier else None
        line = self.line(item, supplier, Decimal(found.quantity), InUnit(unit, each), ground)
        # A count that does not say when it was made is of the day on which it is posted.
        self.said = self.digest() + ("" if fact.counted else ground.booking.gl_date.isoformat())
        self.short = (ground, supplier.name if supplier else "", line)


class Replenishing:
    """Collects what one location is short of. `flush` before anything else of supplies is posted."""

    def __init__(self, run: Run, memory: SupplyMemory) -> None:
        self.run = run
        self.memory = memory
        self.commitments: Commitments = defaultdict(Decimal)
        self._place: tuple[str, str] | None = None
        self._items: set[str] = set()
        self._open: dict[tuple[str, str], list[StockLevelPosting]] = {}

    def request(self, request: SupplyRequest) -> Posting:
        """The posting of a request."""
        return SupplyRequestPosting(request, self.run, self.memory, self.commitments).post()

    def level(self, level: StockLevel) -> tuple[Posting, ...]:
        """The posting of a level, before it that of the location that has ended with it."""
        place = level.facility, level.location
        ended: tuple[Posting, ...] = ()
        work = StockLevelPosting(level, self.run, self.memory, self.commitments)
        again = level.item.code or level.item.device
        if place != self._place or again in self._items:
            ended = self.flush()
        posting = work.post()
        self._place = place
        self._items.add(again)
        if work.short is not None:
            ground, supplier, _ = work.short
            self._open.setdefault((ground.entity, supplier), []).append(work)
        return (*ended, posting)

    def flush(self) -> tuple[Posting, ...]:
        """The requisitions of the location that is open."""
        done = tuple(self._made(works) for works in self._open.values())
        self._place, self._items, self._open = None, set(), {}
        return done

    def _made(self, works: list[StockLevelPosting]) -> Posting:
        first = works[0]
        shorts = [work.short for work in works if work.short is not None]
        ground, supplier, _ = shorts[0]
        members = sorted(work.said for work in works)
        key = ("stock_level", ground.entity, first.fact.facility, first.fact.location, supplier, *members)
        if self.memory.digest(first.id("requisition", *key)) is not None:
            return Posting()  # a count that was sent again after what it asked for came
        digest = document_id(self.run.keys, "supply", members)
        first.requisition(
            key,
            ground,
            digest,
            "below_minimum",
            tuple(line for _, _, line in shorts),
            supplier=party(supplier),
            approval=next((work.approval for work in works if work.approval), ""),
        )
        made = tuple(first.documents)
        self.memory.learn(made)
        return Posting(made)
