"""Orders, receipts and invoices in memory: learned from documents, and from what posting notes beside them.

Strategy: a run lays one over what was known before it. Whatever is asked for is taken over from there when it
is first asked, and changes here alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from hcfin.finance.base import Document
from hcfin.finance.known_supply import (
    ByUnit,
    Decided,
    HeldInvoice,
    KnownOrder,
    KnownOrderLine,
    KnownSupply,
    Noted,
    Seen,
    StockCount,
)
from hcfin.finance.procurement import GoodsReceipt, PurchaseOrder, Requisition, SupplierInvoice
from hcfin.finance.supplied import supplied

_Sums = dict[str, Decimal]
_At = tuple[str, str, str]


class SupplyMemory:
    """An implementation of `KnownSupply` in memory. Not to be shared between threads."""

    def __init__(self, before: KnownSupply | None = None) -> None:
        self.before = before
        self._digests: dict[str, str] = {}
        self._orders: dict[str, KnownOrder] = {}
        self._numbers: dict[tuple[str, str], list[str]] = {}
        self._used: dict[_At, list[str]] = {}
        self._decisions: dict[_At, str] = {}
        self._held: dict[tuple[str, str], dict[str, HeldInvoice | None]] = defaultdict(dict)
        """By entity and supplier, by number; None where nothing is held any more."""
        self._on_order: dict[_At, _Sums] = defaultdict(dict)
        self._requested: dict[_At, _Sums] = defaultdict(dict)
        self._stock: dict[tuple[str, str], dict[str, Decimal] | None] = {}
        self._twins: Counter[tuple[str, ...]] = Counter()

    # What posting asks

    def digest(self, document_id: str) -> str | None:
        """The digest of what the document of this id was made of, or of what was seen under it."""
        own = self._digests.get(document_id)
        return own if own is not None or self.before is None else self.before.digest(document_id)

    def orders(self, entity: str, number: str) -> tuple[KnownOrder, ...]:
        """The orders of a number, or of a document id, whoever the supplier is."""
        return tuple(self._orders[one] for one in self._numbered(entity, number))

    def used(self, entity: str, supplier: str, item: str) -> tuple[KnownOrder, ...]:
        """The orders that uses of an item made, in the order in which they came."""
        return tuple(self._orders[one] for one in self._uses((entity, supplier, item)))

    def decision(self, entity: str, supplier: str, number: str) -> str:
        """What was decided about an invoice; empty where nothing was."""
        own = self._decisions.get((entity, supplier, number))
        if own is not None:
            return own
        return self.before.decision(entity, supplier, number) if self.before else ""

    def held(self, entity: str, supplier: str, number: str) -> HeldInvoice | None:
        """What is held of an invoice."""
        own = self._held.get((entity, supplier), {})
        if number in own or self.before is None:
            return own.get(number)
        return self.before.held(entity, supplier, number)

    def held_for(self, entity: str, supplier: str) -> tuple[HeldInvoice, ...]:
        """Every invoice of a supplier of which something is held, by its number."""
        found = {one.number: one for one in (self.before.held_for(entity, supplier) if self.before else ())}
        for number, one in self._held.get((entity, supplier), {}).items():
            if one is None:
                found.pop(number, None)
            else:
                found[number] = one
        return tuple(found[number] for number in sorted(found))

    def on_order(self, entity: str, location: str, item: str) -> ByUnit:
        """What is ordered and not there yet for a location, or for none that was told."""
        sums = dict(self._on_order.get((entity, location, item), {}))
        if location:
            _add(sums, self._on_order.get((entity, "", item), {}).items())
        if self.before:
            _add(sums, self.before.on_order(entity, location, item))
        return _by_unit(sums)

    def requested(self, entity: str, location: str, item: str) -> ByUnit:
        """What is requisitioned for a location and not ordered yet."""
        sums = dict(self._requested.get((entity, location, item), {}))
        if self.before:
            _add(sums, self.before.requested(entity, location, item))
        return _by_unit(sums)

    def stock(self, entity: str, item: str) -> Mapping[str, Decimal] | None:
        """How much of an item each location has, in stock units; None where nobody counted it."""
        key = entity, item
        if key not in self._stock:
            told = self.before.stock(*key) if self.before else None
            self._stock[key] = None if told is None else dict(told)
        return self._stock[key]

    def twin(self, alike: tuple[str, ...]) -> int:
        """Which of several is at hand that say the same and have no number: 1 for the first."""
        self._twins[alike] += 1
        return self._twins[alike]

    # What it learns

    def learn(self, documents: Iterable[Document], noted: Iterable[Noted] = ()) -> None:
        """Learn documents, each once, and what posting noted beside them."""
        for document in documents:
            said = supplied(document.source)
            if said is None or document.id in self._digests:
                continue
            self._digests[document.id] = said.digest
            if isinstance(document, PurchaseOrder):
                self._order(document, used=said.kind == "supply_use")
            elif isinstance(document, GoodsReceipt):
                self._receipt(document)
            elif isinstance(document, SupplierInvoice):
                self._invoice(document)
            elif isinstance(document, Requisition):
                for wanted in document.lines:
                    place = document.entity, wanted.deliver_to, wanted.item
                    _add(self._requested[place], [(wanted.unit, wanted.quantity)])
        for one in noted:
            self._note(one)

    def _note(self, one: Noted) -> None:
        if isinstance(one, HeldInvoice):
            self._held[one.entity, one.supplier][one.number] = None if one.settled else one
        elif isinstance(one, Decided):
            self._decisions[one.entity, one.supplier, one.number] = one.decision
        elif isinstance(one, Seen):
            self._digests[one.id] = one.digest
        else:
            stock = dict(self.stock(one.entity, one.item) or {})
            if isinstance(one, StockCount):
                stock[one.location] = one.quantity
            elif one.location in stock:
                stock[one.location] += one.quantity
            else:
                return  # what moved where nobody has counted tells nothing of how much there is
            self._stock[one.entity, one.item] = stock

    def _numbered(self, entity: str, number: str) -> list[str]:
        key = entity, number
        if key not in self._numbers:
            self._numbers[key] = []
            for order in self.before.orders(entity, number) if self.before else ():
                self._orders.setdefault(order.id, order)
                self._numbers[key].append(order.id)
        return self._numbers[key]

    def _uses(self, key: _At) -> list[str]:
        if key not in self._used:
            self._used[key] = []
            for order in self.before.used(*key) if self.before else ():
                self._orders.setdefault(order.id, order)
                self._used[key].append(order.id)
        return self._used[key]

    def _order(self, document: PurchaseOrder, *, used: bool) -> None:
        supplier = document.supplier.token if document.supplier else ""
        if document.change == "order":
            made = KnownOrder(
                document.id,
                document.entity,
                supplier,
                document.number,
                document.currency,
                document.order_kind,
                document.case_token,
                used,
                False,
                _lines(document, used=used),
            )
            for number in {document.id, document.number} - {""}:
                self._numbered(document.entity, number).append(made.id)
            if used:
                for line in made.lines:
                    self._uses((document.entity, supplier, line.item)).append(made.id)
            self._orders[made.id] = made
            self._expect(made, Decimal(1))
            for line in () if used else made.lines:
                self._ordered(made.entity, line)
            return
        for number in document.depends_on:
            for order in self.orders(document.entity, number):
                self._revise(order, document)

    def _revise(self, order: KnownOrder, document: PurchaseOrder) -> None:
        """Another revision of an order, or its end; of one that a use made, what was given back."""
        if order.used:
            back = {line.n: line for line in document.lines}
            lines = tuple(
                replace(
                    line,
                    received=_plus(line.received, back[line.n].unit, -back[line.n].quantity),
                    accrued=line.accrued - (back[line.n].amount or Decimal(0)),
                )
                if line.n in back
                else line
                for line in order.lines
            )
            self._orders[order.id] = replace(order, lines=lines)
            return
        self._expect(order, Decimal(-1))
        if document.change == "cancellation":
            self._orders[order.id] = replace(order, cancelled=True)
            return
        before = {line.n: line for line in order.lines}
        lines = tuple(
            replace(before[line.n], quantity=line.quantity, unit_price=line.unit_price, item=line.item)
            if line.n in before
            else line
            for line in _lines(document, used=False)
        )
        kept = {line.n for line in lines}
        # A line that is gone from the order may have been received: what became of it is not lost.
        gone = tuple(
            replace(line, quantity=Decimal(0)) for line in order.lines if line.n not in kept and line.received
        )
        revised = replace(order, lines=(*lines, *gone))
        self._orders[order.id] = revised
        self._expect(revised, Decimal(1))

    def _expect(self, order: KnownOrder, sign: Decimal) -> None:
        """What is still to come of an order is on order for its location."""
        if order.used or order.cancelled:
            return
        for line in order.lines:
            place = order.entity, line.deliver_to, line.item
            _add(self._on_order[place], [(line.unit, sign * _open(line))])

    def _ordered(self, entity: str, line: KnownOrderLine) -> None:
        """What was requisitioned for a location is ordered: the oldest first."""
        place = entity, line.deliver_to, line.item
        asked = dict(self.requested(*place)).get(line.unit, Decimal(0))
        if asked > 0:
            _add(self._requested[place], [(line.unit, -min(asked, line.quantity))])

    def _receipt(self, document: GoodsReceipt) -> None:
        sign = Decimal(-1 if document.state == "returned" else 1)
        for received in document.lines:
            own = received.order_id or document.order_id
            order, line = self._line(document.entity, own, received.order_line)
            if order is None or line is None:
                continue
            if order.used:
                # What is owed since its use is only moved by what arrives.
                self._put(order, replace(line, moved=line.moved + sign * received.amount))
                continue
            quantity = sign * received.quantity
            new = replace(
                line,
                received=_plus(line.received, received.unit, quantity),
                accrued=line.accrued + sign * received.amount,
            )
            self._put(order, new)
            if not order.cancelled:
                change = _open(new) - _open(line) if received.unit == line.unit else -quantity
                _add(self._on_order[order.entity, line.deliver_to, line.item], [(received.unit, change)])

    def _invoice(self, document: SupplierInvoice) -> None:
        sign = Decimal(-1 if document.change == "credit" else 1)
        for invoiced in document.lines:
            if invoiced.what != "item":
                continue
            own = invoiced.order_id or document.order_id
            order, line = self._line(document.entity, own, invoiced.order_line)
            if order is None or line is None:
                continue
            amount, quantity = sign * invoiced.amount, sign * (invoiced.quantity or Decimal(0))
            new = replace(
                line,
                invoiced=_plus(line.invoiced, invoiced.unit, quantity),
                settled=line.settled + amount,
                moved=line.moved - min(amount, line.moved),
            )
            self._put(order, new)

    def _line(self, entity: str, order_id: str, n: str) -> tuple[KnownOrder | None, KnownOrderLine | None]:
        order = next(iter(self.orders(entity, order_id)), None) if order_id else None
        lines = order.lines if order else ()
        return order, next((line for line in lines if str(line.n) == n), None)

    def _put(self, order: KnownOrder, new: KnownOrderLine) -> None:
        lines = tuple(new if line.n == new.n else line for line in order.lines)
        self._orders[order.id] = replace(order, lines=lines)


def _open(line: KnownOrderLine) -> Decimal:
    """What is still to come of a line, in its own unit."""
    return max(line.quantity - dict(line.received).get(line.unit, Decimal(0)), Decimal(0))


def _lines(document: PurchaseOrder, *, used: bool) -> tuple[KnownOrderLine, ...]:
    return tuple(
        KnownOrderLine(
            line.n,
            line.item,
            line.unit,
            line.quantity,
            line.unit_price,
            line.deliver_to or document.location,
            ((line.unit, line.quantity),) if used else (),
            (line.amount or Decimal(0)) if used else Decimal(0),
        )
        for line in document.lines
    )


def _add(sums: _Sums, more: Iterable[tuple[str, Decimal]]) -> None:
    for unit, quantity in more:
        sums[unit] = sums.get(unit, Decimal(0)) + quantity


def _plus(told: ByUnit, unit: str, quantity: Decimal) -> ByUnit:
    sums = dict(told)
    _add(sums, [(unit, quantity)])
    return _by_unit(sums)


def _by_unit(sums: _Sums) -> ByUnit:
    return tuple(sorted((unit, quantity) for unit, quantity in sums.items() if quantity))
